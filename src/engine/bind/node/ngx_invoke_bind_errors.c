
#include "ngx_invoke_bind.h"


static void ngx_invoke_bind_on_stack(ngx_invoke_v8_call_t *call);


const ngx_invoke_v8_native_t  ngx_invoke_bind_errors[] = {
    { "setPrepareStackTraceCallback", ngx_invoke_bind_on_stack },
    { NULL, NULL }
};


/* actor thread, all of this file */

static void
ngx_invoke_bind_on_stack(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_value_t  fn;

    fn = ngx_invoke_v8_arg(call, 0);

    if (ngx_invoke_v8_type(fn) == NGX_INVOKE_V8_FUNCTION) {
        ngx_invoke_v8_on_stack(call, fn);
    }
}
