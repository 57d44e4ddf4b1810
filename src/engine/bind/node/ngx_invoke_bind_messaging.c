
#include "ngx_invoke_bind.h"


static void ngx_invoke_bind_clone(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_carrier(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_is_carrier(ngx_invoke_v8_call_t *call);


const ngx_invoke_v8_native_t  ngx_invoke_bind_messaging[] = {
    { "clone", ngx_invoke_bind_clone },
    { "carrier", ngx_invoke_bind_carrier },
    { "isCarrier", ngx_invoke_bind_is_carrier },
    { NULL, NULL }
};


/* actor thread, all of this file */

/* clone(value, transfer, fail, host, ready): see ngx_invoke_v8_clone() */

static void
ngx_invoke_bind_clone(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_return(call,
                         ngx_invoke_v8_clone(call, ngx_invoke_v8_arg(call, 0),
                                             ngx_invoke_v8_arg(call, 1),
                                             ngx_invoke_v8_arg(call, 2),
                                             ngx_invoke_v8_arg(call, 3),
                                             ngx_invoke_v8_arg(call, 4)));
}


/* carrier(model): an object that no copy is made of without asking host() */

static void
ngx_invoke_bind_carrier(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_return(call,
        ngx_invoke_v8_new_carrier(call, ngx_invoke_v8_arg(call, 0)));
}


static void
ngx_invoke_bind_is_carrier(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_return(call,
        ngx_invoke_v8_new_boolean(call,
            ngx_invoke_v8_is_carrier(ngx_invoke_v8_arg(call, 0))));
}
