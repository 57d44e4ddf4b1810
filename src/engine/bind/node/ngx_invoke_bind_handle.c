
#include "ngx_invoke_bind.h"
#include "ngx_invoke_handle.h"


static void ngx_invoke_bind_handle_number(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_handle_adopt(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_handle_own(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_handle_close(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_handle_take(ngx_invoke_v8_call_t *call);


const ngx_invoke_v8_native_t  ngx_invoke_bind_handle[] = {
    { "number", ngx_invoke_bind_handle_number },
    { "adopt", ngx_invoke_bind_handle_adopt },
    { "own", ngx_invoke_bind_handle_own },
    { "close", ngx_invoke_bind_handle_close },
    { "take", ngx_invoke_bind_handle_take },
    { NULL, NULL }
};


/* actor thread, all of this file */

/* number(handle): 0 for what is none */

static void
ngx_invoke_bind_handle_number(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_handle_t  *h;

    h = ngx_invoke_handle_get(ngx_invoke_v8_arg(call, 0), NULL);

    ngx_invoke_v8_return_number(call, h != NULL ? h->number : 0);
}


/* adopt(handle) */

static void
ngx_invoke_bind_handle_adopt(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_handle_t  *h;

    h = ngx_invoke_handle_get(ngx_invoke_v8_arg(call, 0), NULL);

    if (h != NULL) {
        ngx_invoke_handle_adopt(h);
    }
}


/* own(handle) */

static void
ngx_invoke_bind_handle_own(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_handle_t  *h;

    h = ngx_invoke_handle_get(ngx_invoke_v8_arg(call, 0), NULL);

    if (h != NULL) {
        ngx_invoke_handle_own(h);
    }
}


/* close(handle) */

static void
ngx_invoke_bind_handle_close(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_handle_t  *h;

    h = ngx_invoke_handle_get(ngx_invoke_v8_arg(call, 0), NULL);

    if (h != NULL) {
        ngx_invoke_handle_close(h);
    }
}


/* take(): the bytes of the event that is told, once; or undefined */

static void
ngx_invoke_bind_handle_take(ngx_invoke_v8_call_t *call)
{
    uint8_t               *p;
    ngx_str_t              data;
    ngx_invoke_context_t  *ctx = ngx_invoke_v8_data(call);
    ngx_invoke_v8_value_t  bytes;

    data = ngx_invoke_handle_take(ctx->isolate);

    if (data.len == 0) {
        return;
    }

    bytes = ngx_invoke_v8_new_bytes_raw(call, data.len, &p);

    if (bytes != NULL) {
        ngx_memcpy(p, data.data, data.len);
        ngx_invoke_v8_return(call, bytes);
    }
}
