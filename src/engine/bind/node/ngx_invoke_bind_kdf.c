
#include "ngx_invoke_openssl.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>


static void ngx_invoke_bind_pbkdf2(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_scrypt(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_hkdf(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_hkdf_may(ngx_invoke_v8_call_t *call);


/* Of the crypto binding: keys from passwords and from other keys. */

const ngx_invoke_v8_native_t  ngx_invoke_bind_kdf[] = {
    { "pbkdf2", ngx_invoke_bind_pbkdf2 },
    { "scrypt", ngx_invoke_bind_scrypt },
    { "hkdf", ngx_invoke_bind_hkdf },
    { "hkdfMay", ngx_invoke_bind_hkdf_may },
    { NULL, NULL }
};


/* Rounds of PBKDF2 between two looks whether the invocation is to end. */
#define NGX_INVOKE_KDF_ROUNDS   1000

/* OpenSSL's scrypt cannot be ended: this is a second or so. */
#define NGX_INVOKE_SCRYPT_WORK  ((uint64_t) 1 << 27)


/* HMAC with the password, and the context that is computed in. */

typedef struct {
    HMAC_CTX    *start;
    HMAC_CTX    *run;
    size_t       size;
    ngx_uint_t   rounds;
} ngx_invoke_pbkdf2_t;


/* actor thread, all of this file */

/* 1, or 0: OpenSSL has failed */

static int
ngx_invoke_pbkdf2_hmac(ngx_invoke_pbkdf2_t *kdf, const uint8_t *data,
    size_t len, const uint8_t *more, size_t more_len, uint8_t *result)
{
    return HMAC_CTX_copy(kdf->run, kdf->start) == 1
           && HMAC_Update(kdf->run, data, len) == 1
           && (more_len == 0 || HMAC_Update(kdf->run, more, more_len) == 1)
           && HMAC_Final(kdf->run, result, NULL) == 1;
}


/* NGX_OK, NGX_ERROR, or NGX_ABORT: the invocation is to end. */

static ngx_int_t
ngx_invoke_pbkdf2_block(ngx_invoke_v8_call_t *call, ngx_invoke_pbkdf2_t *kdf,
    ngx_invoke_input_t *salt, uint32_t number, size_t iterations,
    uint8_t *result)
{
    size_t   i, n;
    uint8_t  u[EVP_MAX_MD_SIZE], be[4];

    be[0] = number >> 24;
    be[1] = number >> 16;
    be[2] = number >> 8;
    be[3] = number;

    if (!ngx_invoke_pbkdf2_hmac(kdf, salt->data, salt->len, be, 4, u)) {
        return NGX_ERROR;
    }

    ngx_memcpy(result, u, kdf->size);

    for (i = 1; i < iterations; i++) {

        if (++kdf->rounds % NGX_INVOKE_KDF_ROUNDS == 0
            && ngx_invoke_openssl_ended(call))
        {
            return NGX_ABORT;
        }

        if (!ngx_invoke_pbkdf2_hmac(kdf, u, kdf->size, NULL, 0, u)) {
            return NGX_ERROR;
        }

        for (n = 0; n < kdf->size; n++) {
            result[n] ^= u[n];
        }
    }

    if (++kdf->rounds % NGX_INVOKE_KDF_ROUNDS == 0
        && ngx_invoke_openssl_ended(call))
    {
        return NGX_ABORT;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_invoke_pbkdf2_run(ngx_invoke_v8_call_t *call, const EVP_MD *md,
    ngx_invoke_input_t *pass, ngx_invoke_input_t *salt, size_t iterations,
    uint8_t *out, size_t len)
{
    size_t               n;
    uint8_t              block[EVP_MAX_MD_SIZE];
    uint32_t             number;
    ngx_int_t            rc;
    ngx_invoke_pbkdf2_t  kdf;

    kdf.start = HMAC_CTX_new();
    kdf.run = HMAC_CTX_new();
    kdf.size = EVP_MD_get_size(md);
    kdf.rounds = 0;

    rc = kdf.start != NULL && kdf.run != NULL && pass->len <= INT_MAX
         && HMAC_Init_ex(kdf.start,
                         pass->len > 0 ? pass->data : (uint8_t *) "",
                         pass->len, md, NULL)
            == 1
         ? NGX_OK : NGX_ERROR;

    for (number = 1; len > 0 && rc == NGX_OK; number++) {
        rc = ngx_invoke_pbkdf2_block(call, &kdf, salt, number, iterations,
                                     block);
        n = ngx_min(len, kdf.size);

        if (rc == NGX_OK) {
            ngx_memcpy(out, block, n);
            out += n;
            len -= n;
        }
    }

    HMAC_CTX_free(kdf.start);
    HMAC_CTX_free(kdf.run);
    OPENSSL_cleanse(block, sizeof(block));

    return rc;
}


/* The bytes, or what went wrong: nothing is told to what is ended. */

static void
ngx_invoke_kdf_return(ngx_invoke_v8_call_t *call, ngx_int_t rc,
    ngx_invoke_v8_value_t bytes)
{
    if (rc == NGX_OK) {
        ngx_invoke_v8_return(call, bytes);

    } else if (rc == NGX_ERROR) {
        ngx_invoke_openssl_throw(call, "Deriving bits failed");
    }
}


/* pbkdf2(password, salt, iterations, length, digest) → Uint8Array */

static void
ngx_invoke_bind_pbkdf2(ngx_invoke_v8_call_t *call)
{
    uint8_t                *out;
    ngx_int_t               rc;
    const EVP_MD           *md;
    ngx_invoke_index_t      iterations, len;
    ngx_invoke_input_t      pass, salt;
    ngx_invoke_v8_value_t   bytes;

    if (ngx_invoke_index_get(call, 2, &iterations) != NGX_OK
        || ngx_invoke_index_get(call, 3, &len) != NGX_OK)
    {
        return;
    }

    md = ngx_invoke_openssl_digest(call, 4);
    if (md == NULL) {
        ngx_invoke_openssl_throw(call, "Deriving bits failed");
        return;
    }

    bytes = ngx_invoke_v8_new_bytes(call, len.value, &out);

    if (bytes == NULL || ngx_invoke_input_get(call, 0, -1, &pass) != NGX_OK)
    {
        return;
    }

    if (ngx_invoke_input_get(call, 1, -1, &salt) == NGX_OK) {
        rc = ngx_invoke_pbkdf2_run(call, md, &pass, &salt, iterations.value,
                                   out, len.value);
        ngx_invoke_kdf_return(call, rc, bytes);
        ngx_invoke_input_free(&salt);
    }

    ngx_invoke_input_free(&pass);
}


/*
 * Whether OpenSSL takes these parameters, and the isolate has the memory: what
 * OpenSSL allocates counts for no limit.
 */

static ngx_uint_t
ngx_invoke_scrypt_may(ngx_invoke_v8_call_t *call, uint64_t n, uint64_t r,
    uint64_t p, uint64_t maxmem)
{
    size_t                    held;
    ngx_invoke_v8_stat_t      stat;
    ngx_invoke_v8_isolate_t  *iso;

    if (n > NGX_INVOKE_SCRYPT_WORK || r > NGX_INVOKE_SCRYPT_WORK
        || p > NGX_INVOKE_SCRYPT_WORK
        || n * r > NGX_INVOKE_SCRYPT_WORK
        || n * r * p > NGX_INVOKE_SCRYPT_WORK)
    {
        return 0;
    }

    iso = ngx_invoke_v8_call_isolate(call);
    ngx_invoke_v8_isolate_stat(iso, &stat);
    held = ngx_invoke_v8_held(ngx_invoke_v8_account(iso));

    return 128 * (n + p + 2) * r + held <= stat.limit
           && EVP_PBE_scrypt(NULL, 0, NULL, 0, n, r, p, maxmem, NULL, 0)
              == 1;
}


/*
 * scrypt(password, salt, N, r, p, maxmem, length) → Uint8Array; without a
 * length the parameters are looked at alone
 */

static void
ngx_invoke_bind_scrypt(ngx_invoke_v8_call_t *call)
{
    uint8_t                *out;
    ngx_uint_t              i;
    ngx_invoke_index_t      arg[5];
    ngx_invoke_input_t      pass, salt;
    ngx_invoke_v8_value_t   bytes;

    for (i = 0; i < 5; i++) {
        if (ngx_invoke_index_get(call, 2 + i, &arg[i]) != NGX_OK) {
            return;
        }
    }

    if (!ngx_invoke_scrypt_may(call, arg[0].value, arg[1].value,
                               arg[2].value, arg[3].value))
    {
        ERR_clear_error();
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR,
                            "ERR_CRYPTO_INVALID_SCRYPT_PARAMS",
                            "Invalid scrypt params");
        return;
    }

    if (!arg[4].given) {
        return;
    }

    bytes = ngx_invoke_v8_new_bytes(call, arg[4].value, &out);

    if (bytes == NULL || ngx_invoke_input_get(call, 0, -1, &pass) != NGX_OK)
    {
        return;
    }

    if (ngx_invoke_input_get(call, 1, -1, &salt) == NGX_OK) {
        ERR_clear_error();

        /* without memory for the key OpenSSL looks at the parameters only */

        ngx_invoke_kdf_return(call,
            arg[4].value == 0
            || EVP_PBE_scrypt((char *) pass.data, pass.len, salt.data,
                              salt.len, arg[0].value, arg[1].value,
                              arg[2].value, arg[3].value, out, arg[4].value)
               == 1
            ? NGX_OK : NGX_ERROR, bytes);

        ngx_invoke_input_free(&salt);
    }

    ngx_invoke_input_free(&pass);
}


static ngx_int_t
ngx_invoke_hkdf_run(char *digest, ngx_invoke_input_t *in, uint8_t *out,
    size_t len)
{
    EVP_KDF      *kdf;
    ngx_int_t     rc;
    OSSL_PARAM    params[5];
    EVP_KDF_CTX  *ctx;

    ERR_clear_error();

    kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    ctx = kdf != NULL ? EVP_KDF_CTX_new(kdf) : NULL;

    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST,
                                                 digest, 0);
    params[1] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY,
                                    in[0].len ? (void *) in[0].data : "",
                                    in[0].len);
    params[2] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT,
                                    in[1].len ? (void *) in[1].data : "",
                                    in[1].len);
    params[3] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO,
                                    in[2].len ? (void *) in[2].data : "",
                                    in[2].len);
    params[4] = OSSL_PARAM_construct_end();

    rc = ctx != NULL && EVP_KDF_derive(ctx, out, len, params) == 1
         ? NGX_OK : NGX_ERROR;

    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);

    return rc;
}


/* hkdf(digest, key, salt, info, length) → Uint8Array */

static void
ngx_invoke_bind_hkdf(ngx_invoke_v8_call_t *call)
{
    uint8_t                *out;
    ngx_int_t               rc;
    ngx_uint_t              n;
    const EVP_MD           *md;
    ngx_invoke_index_t      len;
    ngx_invoke_input_t      in[3];
    ngx_invoke_v8_value_t   bytes;

    if (ngx_invoke_index_get(call, 4, &len) != NGX_OK) {
        return;
    }

    md = ngx_invoke_openssl_digest(call, 0);

    if (md == NULL) {
        ngx_invoke_openssl_throw(call, "Deriving bits failed");
        return;
    }

    bytes = ngx_invoke_v8_new_bytes(call, len.value, &out);
    if (bytes == NULL) {
        return;
    }

    for (n = 0; n < 3; n++) {
        if (ngx_invoke_input_get(call, 1 + n, -1, &in[n]) != NGX_OK) {
            goto done;
        }
    }

    rc = len.value > 0
         ? ngx_invoke_hkdf_run((char *) EVP_MD_get0_name(md), in, out,
                               len.value)
         : NGX_OK;

    ngx_invoke_kdf_return(call, rc, bytes);

done:

    while (n-- > 0) {
        ngx_invoke_input_free(&in[n]);
    }
}


/* hkdfMay(digest, length) → whether a key can be that long */

static void
ngx_invoke_bind_hkdf_may(ngx_invoke_v8_call_t *call)
{
    const EVP_MD        *md;
    ngx_invoke_index_t   len;

    if (ngx_invoke_index_get(call, 1, &len) != NGX_OK) {
        return;
    }

    md = ngx_invoke_openssl_digest(call, 0);

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_boolean(call,
        md != NULL && len.value <= 255 * (size_t) EVP_MD_get_size(md)));
}
