	.section .rodata


	.balign 8
	.globl ngx_invoke_js_files_n
	.hidden ngx_invoke_js_files_n
ngx_invoke_js_files_n:
	.quad 0

	.section .data.rel.ro, "aw"
	.balign 8
	.globl ngx_invoke_js_files
	.hidden ngx_invoke_js_files
ngx_invoke_js_files:

	.section .note.GNU-stack, "", %progbits
