
#include "ngx_invoke_openssl.h"

#include <openssl/crypto.h>


static void ngx_invoke_bind_key_secret(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_key_bytes(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_key_size(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_key_equals(ngx_invoke_v8_call_t *call);


/* Of the crypto binding: what is behind a KeyObject. */

const ngx_invoke_v8_native_t  ngx_invoke_bind_key[] = {
    { "keySecret", ngx_invoke_bind_key_secret },
    { "keyBytes", ngx_invoke_bind_key_bytes },
    { "keySize", ngx_invoke_bind_key_size },
    { "keyEquals", ngx_invoke_bind_key_equals },
    { NULL, NULL }
};


/* actor thread, all of this file */

/* keySecret(bytes) → key */

static void
ngx_invoke_bind_key_secret(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_key_t   *key;
    ngx_invoke_view_t   view;

    if (ngx_invoke_view_get(call, ngx_invoke_v8_arg(call, 0), &view)
        != NGX_OK)
    {
        return;
    }

    key = calloc(1, sizeof(ngx_invoke_key_t));

    if (key != NULL) {
        key->secret = malloc(view.len + 1);
    }

    if (key == NULL || key->secret == NULL) {
        free(key);
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR, NULL,
                            "Out of memory");
        return;
    }

    key->len = view.len;
    ngx_memcpy(key->secret, view.data, view.len);

    ngx_invoke_key_return(call, key);
}


/* The secret key that argument i is, or NULL: it has thrown. */

static ngx_invoke_key_t *
ngx_invoke_key_secret(ngx_invoke_v8_call_t *call, int i)
{
    ngx_invoke_key_t  *key;

    key = ngx_invoke_key_get(ngx_invoke_v8_arg(call, i));

    if (key == NULL || key->secret == NULL) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_TYPE_ERROR,
                            "ERR_INVALID_ARG_TYPE",
                            "The argument must be a secret key");
        return NULL;
    }

    return key;
}


/* keyBytes(key) → Uint8Array */

static void
ngx_invoke_bind_key_bytes(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_key_t  *key;

    key = ngx_invoke_key_secret(call, 0);

    if (key != NULL) {
        ngx_invoke_openssl_return(call, -1, key->secret, key->len);
    }
}


/* keySize(key) → bytes of a secret one */

static void
ngx_invoke_bind_key_size(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_key_t  *key;

    key = ngx_invoke_key_secret(call, 0);

    if (key != NULL) {
        ngx_invoke_v8_return_size(call, key->len);
    }
}


/* keyEquals(key, key) → boolean */

static void
ngx_invoke_bind_key_equals(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_key_t  *a, *b;

    a = ngx_invoke_key_secret(call, 0);
    b = a != NULL ? ngx_invoke_key_secret(call, 1) : NULL;

    if (b != NULL) {
        ngx_invoke_v8_return(call, ngx_invoke_v8_new_boolean(call,
                                       a->len == b->len
                                       && CRYPTO_memcmp(a->secret, b->secret,
                                                        a->len)
                                          == 0));
    }
}
