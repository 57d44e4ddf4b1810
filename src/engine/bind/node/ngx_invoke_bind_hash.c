
#include "ngx_invoke_openssl.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/hmac.h>


static void ngx_invoke_bind_hash_create(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_hash_update(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_hash_digest(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_hmac_create(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_hmac_update(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_hmac_digest(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_digest_number(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_has_digest(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_hashes(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_equal(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_equal_bytes(ngx_invoke_v8_call_t *call);


/* Of the crypto binding: digests and what is made of them. */

const ngx_invoke_v8_native_t  ngx_invoke_bind_hash[] = {
    { "hashCreate", ngx_invoke_bind_hash_create },
    { "hashUpdate", ngx_invoke_bind_hash_update },
    { "hashDigest", ngx_invoke_bind_hash_digest },
    { "hmacCreate", ngx_invoke_bind_hmac_create },
    { "hmacUpdate", ngx_invoke_bind_hmac_update },
    { "hmacDigest", ngx_invoke_bind_hmac_digest },
    { "digestNumber", ngx_invoke_bind_digest_number },
    { "hasDigest", ngx_invoke_bind_has_digest },
    { "hashNames", ngx_invoke_bind_hashes },
    { "timingSafeEqual", ngx_invoke_bind_equal },
    { "equalBytes", ngx_invoke_bind_equal_bytes },
    { NULL, NULL }
};


/* What OpenSSL takes for one, about. */
#define NGX_INVOKE_HASH_SIZE  512
#define NGX_INVOKE_HMAC_SIZE  1536

/* A longer digest, which is one of SHAKE, would keep the thread for long. */
#define NGX_INVOKE_HASH_LONG  (64 * 1024 * 1024)


typedef struct {
    EVP_MD_CTX  *ctx;                   /* NULL: the digest is there */
    size_t       len;
    uint8_t     *digest;                /* NULL: it is not there yet */
    uint8_t      room[EVP_MAX_MD_SIZE];
} ngx_invoke_hash_t;


static const char  ngx_invoke_hash_kind;
static const char  ngx_invoke_hmac_kind;


/* actor thread, all of this file */

static void
ngx_invoke_hash_drop(ngx_invoke_hash_t *hash)
{
    if (hash->digest != hash->room) {
        ngx_invoke_v8_free(hash->digest);
    }

    hash->digest = NULL;
}


static void
ngx_invoke_hash_free(void *data)
{
    ngx_invoke_hash_t  *hash = data;

    EVP_MD_CTX_free(hash->ctx);
    ngx_invoke_hash_drop(hash);
    free(hash);
}


/* NULL: what went wrong is in OpenSSL's queue, if it was that. */

static ngx_invoke_hash_t *
ngx_invoke_hash_make(const EVP_MD *md, ngx_invoke_index_t *len)
{
    ngx_invoke_hash_t  *hash;

    hash = calloc(1, sizeof(ngx_invoke_hash_t));
    if (hash == NULL) {
        return NULL;
    }

    hash->ctx = EVP_MD_CTX_new();
    hash->len = EVP_MD_get_size(md);

    if (hash->ctx == NULL || EVP_DigestInit_ex(hash->ctx, md, NULL) != 1) {
        goto failed;
    }

    if (len->given && len->value != hash->len) {

        if ((EVP_MD_get_flags(md) & EVP_MD_FLAG_XOF) == 0
            || len->value > NGX_INVOKE_HASH_LONG)
        {
            ERR_raise(ERR_LIB_EVP, EVP_R_NOT_XOF_OR_INVALID_LENGTH);
            goto failed;
        }

        hash->len = len->value;
    }

    return hash;

failed:

    ngx_invoke_hash_free(hash);

    return NULL;
}


/* hashCreate(name or hash, length) → hash */

static void
ngx_invoke_bind_hash_create(ngx_invoke_v8_call_t *call)
{
    const EVP_MD           *md;
    ngx_invoke_hash_t      *hash, *from;
    ngx_invoke_index_t      len;
    ngx_invoke_v8_value_t   value;

    if (ngx_invoke_index_get(call, 1, &len) != NGX_OK) {
        return;
    }

    from = ngx_invoke_v8_holder(ngx_invoke_v8_arg(call, 0),
                                &ngx_invoke_hash_kind);
    if (from != NULL) {
        md = from->ctx != NULL ? EVP_MD_CTX_get0_md(from->ctx) : NULL;

    } else {
        md = ngx_invoke_openssl_digest(call, 0);
    }

    hash = md != NULL ? ngx_invoke_hash_make(md, &len) : NULL;

    if (hash == NULL) {
        ngx_invoke_openssl_throw(call, "Digest method not supported");
        return;
    }

    if (from != NULL && EVP_MD_CTX_copy_ex(hash->ctx, from->ctx) != 1) {
        ngx_invoke_hash_free(hash);
        ngx_invoke_openssl_throw(call, "Digest copy error");
        return;
    }

    value = ngx_invoke_v8_new_holder(call, &ngx_invoke_hash_kind, hash,
                                     NGX_INVOKE_HASH_SIZE,
                                     ngx_invoke_hash_free);
    if (value != NULL) {
        ngx_invoke_v8_return(call, value);
    }
}


static void *
ngx_invoke_hash_of(ngx_invoke_v8_call_t *call, const void *kind)
{
    void  *data;

    data = ngx_invoke_v8_holder(ngx_invoke_v8_arg(call, 0), kind);

    if (data == NULL) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_TYPE_ERROR,
                            "ERR_INVALID_THIS", "this is no hash");
    }

    return data;
}


/* hashUpdate(hash, data, encoding) → whether it could be */

static void
ngx_invoke_bind_hash_update(ngx_invoke_v8_call_t *call)
{
    int                  rc;
    ngx_invoke_hash_t   *hash;
    ngx_invoke_input_t   in;

    hash = ngx_invoke_hash_of(call, &ngx_invoke_hash_kind);

    if (hash == NULL || ngx_invoke_input_get(call, 1, 2, &in) != NGX_OK) {
        return;
    }

    rc = hash->ctx != NULL
         && EVP_DigestUpdate(hash->ctx, in.data, in.len) == 1;

    ngx_invoke_input_free(&in);

    if (!rc) {
        ERR_clear_error();
    }

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_boolean(call, rc));
}


/* hashDigest(hash, encoding) → a string or bytes; the same if asked again */

static void
ngx_invoke_bind_hash_digest(ngx_invoke_v8_call_t *call)
{
    int                 rc;
    ngx_invoke_hash_t  *hash;

    hash = ngx_invoke_hash_of(call, &ngx_invoke_hash_kind);
    if (hash == NULL) {
        return;
    }

    if (hash->digest == NULL && hash->len > 0) {
        hash->digest = hash->len <= EVP_MAX_MD_SIZE
                       ? hash->room : ngx_invoke_v8_alloc(hash->len);
        if (hash->digest == NULL) {
            ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR, NULL,
                                "Out of memory");
            return;
        }

        rc = hash->len == (size_t) EVP_MD_CTX_get_size(hash->ctx)
             ? EVP_DigestFinal_ex(hash->ctx, hash->digest, NULL)
             : EVP_DigestFinalXOF(hash->ctx, hash->digest, hash->len);

        if (rc != 1) {
            ngx_invoke_hash_drop(hash);
            ngx_invoke_openssl_throw(call, NULL);
            return;
        }

        /* the next one gets the memory that is in the processor's cache */

        EVP_MD_CTX_free(hash->ctx);
        hash->ctx = NULL;
    }

    ngx_invoke_openssl_return(call, 1, hash->digest, hash->len);
}


static void
ngx_invoke_hmac_free(void *data)
{
    HMAC_CTX_free(data);
}


/* hmacCreate(name, key) → hmac, or undefined: there is no such digest */

static void
ngx_invoke_bind_hmac_create(ngx_invoke_v8_call_t *call)
{
    int                     rc;
    HMAC_CTX               *hmac;
    const EVP_MD           *md;
    ngx_invoke_input_t      key;
    ngx_invoke_v8_value_t   value;

    md = ngx_invoke_openssl_digest(call, 0);

    if (md == NULL
        || ngx_invoke_input_get(call, 1, -1, &key) != NGX_OK)
    {
        return;
    }

    hmac = HMAC_CTX_new();

    /* no key is the former one for OpenSSL, not an empty one */

    rc = hmac != NULL && key.len <= INT_MAX
         && HMAC_Init_ex(hmac, key.len > 0 ? key.data : (uint8_t *) "",
                         key.len, md, NULL)
            == 1;

    ngx_invoke_input_free(&key);

    if (!rc) {
        HMAC_CTX_free(hmac);
        ngx_invoke_openssl_throw(call, "Initialization failed");
        return;
    }

    value = ngx_invoke_v8_new_holder(call, &ngx_invoke_hmac_kind, hmac,
                                     NGX_INVOKE_HMAC_SIZE,
                                     ngx_invoke_hmac_free);
    if (value != NULL) {
        ngx_invoke_v8_return(call, value);
    }
}


/* hmacUpdate(hmac, data, encoding) → whether it could be */

static void
ngx_invoke_bind_hmac_update(ngx_invoke_v8_call_t *call)
{
    int                  rc;
    HMAC_CTX            *hmac;
    ngx_invoke_input_t   in;

    hmac = ngx_invoke_hash_of(call, &ngx_invoke_hmac_kind);

    if (hmac == NULL || ngx_invoke_input_get(call, 1, 2, &in) != NGX_OK) {
        return;
    }

    rc = HMAC_Update(hmac, in.data, in.len) == 1;

    ngx_invoke_input_free(&in);

    if (!rc) {
        ERR_clear_error();
    }

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_boolean(call, rc));
}


/* hmacDigest(hmac, encoding) → a string or bytes, which ends it */

static void
ngx_invoke_bind_hmac_digest(ngx_invoke_v8_call_t *call)
{
    uint8_t    digest[EVP_MAX_MD_SIZE];
    unsigned   len;
    HMAC_CTX  *hmac;

    hmac = ngx_invoke_hash_of(call, &ngx_invoke_hmac_kind);
    if (hmac == NULL) {
        return;
    }

    if (HMAC_Final(hmac, digest, &len) != 1) {
        ngx_invoke_openssl_throw(call, "Failed to finalize HMAC");
        return;
    }

    ngx_invoke_openssl_return(call, 1, digest, len);
}


/* digestNumber(name) → a number that stands for it, or -1 */

static void
ngx_invoke_bind_digest_number(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_return_number(call,
                                ngx_invoke_openssl_digest_number(call, 0));
}


/* hasDigest(name) → boolean */

static void
ngx_invoke_bind_has_digest(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_return(call, ngx_invoke_v8_new_boolean(call,
                                   ngx_invoke_openssl_digest(call, 0)
                                   != NULL));
}


static void
ngx_invoke_hash_name(const EVP_MD *md, const char *from, const char *to,
    void *data)
{
    EVP_MD                      *fetched;
    ngx_invoke_openssl_names_t  *list = data;

    if (from == NULL || list->n == sizeof(list->names) / sizeof(char *)) {
        return;
    }

    /* those of a provider that is not loaded have a name alone */

    fetched = EVP_MD_fetch(NULL, md != NULL ? EVP_MD_get0_name(md) : from,
                           NULL);
    if (fetched != NULL) {
        EVP_MD_free(fetched);
        list->names[list->n++] = from;
    }
}


/* hashNames() → array */

static void
ngx_invoke_bind_hashes(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_openssl_names_t  list;

    list.n = 0;
    EVP_MD_do_all_sorted(ngx_invoke_hash_name, &list);

    ngx_invoke_openssl_names(call, &list);
}


/* timingSafeEqual(a, b) → boolean */

static void
ngx_invoke_bind_equal(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_view_t  a, b;

    if (ngx_invoke_view_get(call, ngx_invoke_v8_arg(call, 0), &a) != NGX_OK
        || ngx_invoke_view_get(call, ngx_invoke_v8_arg(call, 1), &b)
           != NGX_OK)
    {
        return;
    }

    if (a.len != b.len) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR,
                            "ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH",
                            "Input buffers must have the same byte length");
        return;
    }

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_boolean(call,
                                   CRYPTO_memcmp(a.data, b.data, a.len)
                                   == 0));
}


/* equalBytes(a, b) → boolean: bytes or secret keys, of any lengths */

static void
ngx_invoke_bind_equal_bytes(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_input_t  a, b;

    if (ngx_invoke_input_get(call, 0, -1, &a) != NGX_OK) {
        return;
    }

    if (ngx_invoke_input_get(call, 1, -1, &b) == NGX_OK) {
        ngx_invoke_v8_return(call, ngx_invoke_v8_new_boolean(call,
                                       a.len == b.len
                                       && CRYPTO_memcmp(a.data, b.data, a.len)
                                          == 0));
        ngx_invoke_input_free(&b);
    }

    ngx_invoke_input_free(&a);
}
