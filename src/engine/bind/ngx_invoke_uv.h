/*
 * Errors as libuv numbers, names and describes them: on Linux the negative
 * errno.
 */

#ifndef _NGX_INVOKE_UV_H_INCLUDED_
#define _NGX_INVOKE_UV_H_INCLUDED_


typedef struct {
    int          value;
    const char  *name;
    const char  *text;
} ngx_invoke_uv_error_t;


/* Never NULL. Any thread. */
const ngx_invoke_uv_error_t *ngx_invoke_uv_error(int value);


#endif /* _NGX_INVOKE_UV_H_INCLUDED_ */
