
#include "ngx_invoke_bind.h"


static void ngx_invoke_bind_vm_script(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_vm_run(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_vm_function(ngx_invoke_v8_call_t *call);


const ngx_invoke_v8_native_t  ngx_invoke_bind_contextify[] = {
    { "script", ngx_invoke_bind_vm_script },
    { "run", ngx_invoke_bind_vm_run },
    { "compile", ngx_invoke_bind_vm_function },
    { NULL, NULL }
};


/* actor thread, all of this file */

/* script(text, file, line, column) */

static void
ngx_invoke_bind_vm_script(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_return(call,
        ngx_invoke_v8_vm_script(call, ngx_invoke_v8_arg(call, 0),
                                ngx_invoke_v8_arg(call, 1),
                                ngx_invoke_v8_int32(ngx_invoke_v8_arg(call,
                                                                      2)),
                                ngx_invoke_v8_int32(ngx_invoke_v8_arg(call,
                                                                      3))));
}


/* run(script) */

static void
ngx_invoke_bind_vm_run(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_return(call,
        ngx_invoke_v8_vm_run(call, ngx_invoke_v8_arg(call, 0)));
}


/* compile(text, file, line, column, params, extensions) */

static void
ngx_invoke_bind_vm_function(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_return(call,
        ngx_invoke_v8_vm_function(call, ngx_invoke_v8_arg(call, 0),
                                  ngx_invoke_v8_arg(call, 1),
                                  ngx_invoke_v8_int32(ngx_invoke_v8_arg(call,
                                                                        2)),
                                  ngx_invoke_v8_int32(ngx_invoke_v8_arg(call,
                                                                        3)),
                                  ngx_invoke_v8_arg(call, 4),
                                  ngx_invoke_v8_arg(call, 5)));
}
