
#include "ngx_invoke_openssl.h"

#include <openssl/err.h>
#include <openssl/rand.h>


static void ngx_invoke_bind_random_fill(ngx_invoke_v8_call_t *call);


const ngx_invoke_v8_native_t  ngx_invoke_bind_random[] = {
    { "randomFill", ngx_invoke_bind_random_fill },
    { NULL, NULL }
};


/* What is filled between two looks whether the invocation is to end. */
#define NGX_INVOKE_RANDOM_PART  (1024 * 1024)


/* actor thread, all of this file */

/* randomFill(bytes, offset, size) */

static void
ngx_invoke_bind_random_fill(ngx_invoke_v8_call_t *call)
{
    size_t              n;
    ngx_invoke_bytes_t  bytes;
    ngx_invoke_index_t  offset, size;

    if (ngx_invoke_index_get(call, 1, &offset) != NGX_OK
        || ngx_invoke_index_get(call, 2, &size) != NGX_OK
        || ngx_invoke_bytes_get(call, ngx_invoke_v8_arg(call, 0), &bytes)
           != NGX_OK)
    {
        return;
    }

    if (offset.value > bytes.len || size.value > bytes.len - offset.value) {
        ngx_invoke_index_throw(call, "buffer is too small");
        return;
    }

    ERR_clear_error();

    bytes.data += offset.value;

    while (size.value > 0 && !ngx_invoke_openssl_ended(call)) {
        n = ngx_min(size.value, NGX_INVOKE_RANDOM_PART);

        if (RAND_bytes(bytes.data, n) != 1) {
            ngx_invoke_openssl_throw(call, "Operation failed");
            return;
        }

        bytes.data += n;
        size.value -= n;
    }
}
