
#include "ngx_invoke_bind.h"


static void ngx_invoke_bind_to_utf8(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_from_utf8(ngx_invoke_v8_call_t *call);


const ngx_invoke_v8_native_t  ngx_invoke_bind_encoding[] = {
    { "toUtf8", ngx_invoke_bind_to_utf8 },
    { "fromUtf8", ngx_invoke_bind_from_utf8 },
    { NULL, NULL }
};


/* actor thread, all of this file */

static void
ngx_invoke_bind_to_utf8(ngx_invoke_v8_call_t *call)
{
    size_t                 size;
    uint8_t               *data;
    ngx_invoke_v8_value_t  bytes, v;

    v = ngx_invoke_v8_arg(call, 0);
    size = ngx_invoke_v8_string_size(call, v, NGX_INVOKE_V8_UTF8);

    bytes = ngx_invoke_v8_new_bytes(call, size, &data);

    if (bytes != NULL) {
        (void) ngx_invoke_v8_string_write(call, v, NGX_INVOKE_V8_UTF8, data,
                                          size);
        ngx_invoke_v8_return(call, bytes);
    }
}


static void
ngx_invoke_bind_from_utf8(ngx_invoke_v8_call_t *call)
{
    size_t    len;
    uint8_t  *data;

    if (ngx_invoke_v8_bytes(ngx_invoke_v8_arg(call, 0), &data, &len) == 0) {
        ngx_invoke_v8_return(call,
                             ngx_invoke_v8_new_string(call,
                                                      NGX_INVOKE_V8_UTF8,
                                                      data, len));
    }
}
