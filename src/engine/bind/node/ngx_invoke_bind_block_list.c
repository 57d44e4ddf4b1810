
#include "ngx_invoke_bind.h"

#include <uv.h>


static void ngx_invoke_bind_block_list_parse(ngx_invoke_v8_call_t *call);


const ngx_invoke_v8_native_t  ngx_invoke_bind_block_list[] = {
    { "parse", ngx_invoke_bind_block_list_parse },
    { NULL, NULL }
};


/* actor thread, all of this file */

/*
 * parse(address, six): [address, bytes], those of the address of IPv6 that it
 * is or is mapped to; throws where it is none.
 */

static void
ngx_invoke_bind_block_list_parse(ngx_invoke_v8_call_t *call)
{
    int                     rc;
    char                    text[INET6_ADDRSTRLEN + 1];
    size_t                  n;
    uint8_t                *p, address[16] = { 0 };
    ngx_uint_t              six;
    ngx_invoke_v8_value_t   v, values[2];

    v = ngx_invoke_v8_arg(call, 0);
    six = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1)) != 0;

    n = ngx_invoke_v8_string_size(call, v, NGX_INVOKE_V8_UTF8);
    rc = n == 0 || n >= sizeof(text);

    if (rc == 0) {
        n = ngx_invoke_v8_string_write(call, v, NGX_INVOKE_V8_UTF8, text, n);
        text[n] = '\0';

        if (six) {
            rc = uv_inet_pton(AF_INET6, text, address);

        } else {
            address[10] = 0xff;
            address[11] = 0xff;
            rc = uv_inet_pton(AF_INET, text, &address[12]);
        }
    }

    if (rc != 0) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_ERROR, "ERR_INVALID_ADDRESS",
                            "Invalid socket address");
        return;
    }

    (void) uv_inet_ntop(six ? AF_INET6 : AF_INET,
                        six ? address : &address[12], text, sizeof(text));

    values[0] = ngx_invoke_v8_new_string(call, NGX_INVOKE_V8_LATIN1, text,
                                         ngx_strlen(text));
    values[1] = ngx_invoke_v8_new_bytes(call, sizeof(address), &p);

    if (values[0] == NULL || values[1] == NULL) {
        return;
    }

    ngx_memcpy(p, address, sizeof(address));

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_array(call, values, 2));
}
