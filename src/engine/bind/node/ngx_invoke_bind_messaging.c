
#include "ngx_invoke_bind.h"


static void ngx_invoke_bind_clone(ngx_invoke_v8_call_t *call);


const ngx_invoke_v8_native_t  ngx_invoke_bind_messaging[] = {
    { "clone", ngx_invoke_bind_clone },
    { NULL, NULL }
};


/* actor thread, all of this file */

/* clone(value, transfer, fail): see ngx_invoke_v8_clone() */

static void
ngx_invoke_bind_clone(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_return(call,
                         ngx_invoke_v8_clone(call, ngx_invoke_v8_arg(call, 0),
                                             ngx_invoke_v8_arg(call, 1),
                                             ngx_invoke_v8_arg(call, 2)));
}
