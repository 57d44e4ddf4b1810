
#include "ngx_invoke_openssl.h"

#include <openssl/err.h>

#include <pthread.h>


/*
 * OpenSSL 3 looks an algorithm up among those of its providers, by name and
 * under locks, whenever one that a provider does not have itself is used,
 * which takes longer than a digest of a kilobyte. So each is looked up once a
 * process and kept: what OpenSSL calls it, and what the provider has for it.
 */

#define NGX_INVOKE_OPENSSL_KEPT  256


typedef struct {
    const void        *known[NGX_INVOKE_OPENSSL_KEPT];
    const void        *fetched[NGX_INVOKE_OPENSSL_KEPT];
    ngx_uint_t         n;           /* atomic: those before it are complete */
    pthread_mutex_t    mutex;       /* who adds one */
} ngx_invoke_openssl_kept_t;


static ngx_invoke_openssl_kept_t  ngx_invoke_openssl_digests = {
    .mutex = PTHREAD_MUTEX_INITIALIZER
};

static ngx_invoke_openssl_kept_t  ngx_invoke_openssl_ciphers = {
    .mutex = PTHREAD_MUTEX_INITIALIZER
};


/* actor thread, all of this file */

/* The number of one that is kept, or -1. */

static ngx_int_t
ngx_invoke_openssl_find(ngx_invoke_openssl_kept_t *kept, const void *known)
{
    ngx_uint_t  i, n;

    n = __atomic_load_n(&kept->n, __ATOMIC_ACQUIRE);

    for (i = 0; i < n; i++) {
        if (kept->known[i] == known) {
            return i;
        }
    }

    return -1;
}


/* The same for one that was fetched now; "fetched" is kept or not needed. */

static ngx_int_t
ngx_invoke_openssl_keep(ngx_invoke_openssl_kept_t *kept, const void *known,
    const void *fetched, ngx_uint_t *added)
{
    ngx_int_t  i;

    (void) pthread_mutex_lock(&kept->mutex);

    i = ngx_invoke_openssl_find(kept, known);
    *added = i < 0 && kept->n < NGX_INVOKE_OPENSSL_KEPT;

    if (*added) {
        i = kept->n;
        kept->known[i] = known;
        kept->fetched[i] = fetched;
        __atomic_store_n(&kept->n, i + 1, __ATOMIC_RELEASE);
    }

    (void) pthread_mutex_unlock(&kept->mutex);

    return i;
}


/* What argument i names by its number; NULL: it does not. */

static const void *
ngx_invoke_openssl_numbered(ngx_invoke_openssl_kept_t *kept,
    ngx_invoke_v8_value_t v)
{
    ngx_uint_t  i;

    if (!ngx_invoke_v8_is_int32(v)) {
        return NULL;
    }

    i = (uint32_t) ngx_invoke_v8_int32(v);

    return i < __atomic_load_n(&kept->n, __ATOMIC_ACQUIRE)
           ? kept->fetched[i] : NULL;
}


/* That of an extendable output has a length that is OpenSSL's alone. */

static ngx_int_t
ngx_invoke_openssl_keep_digest(const EVP_MD *known)
{
    EVP_MD      *md;
    ngx_int_t    i;
    ngx_uint_t   added;

    i = ngx_invoke_openssl_find(&ngx_invoke_openssl_digests, known);

    if (i >= 0 || (EVP_MD_get_flags(known) & EVP_MD_FLAG_XOF)) {
        return i;
    }

    md = EVP_MD_fetch(NULL, EVP_MD_get0_name(known), NULL);

    if (md != NULL) {
        i = ngx_invoke_openssl_keep(&ngx_invoke_openssl_digests, known, md,
                                    &added);
        if (!added) {
            EVP_MD_free(md);
        }
    }

    return i;
}


static ngx_int_t
ngx_invoke_openssl_keep_cipher(const EVP_CIPHER *known)
{
    ngx_int_t    i;
    EVP_CIPHER  *cipher;
    ngx_uint_t   added;

    i = ngx_invoke_openssl_find(&ngx_invoke_openssl_ciphers, known);

    if (i >= 0) {
        return i;
    }

    cipher = EVP_CIPHER_fetch(NULL, EVP_CIPHER_get0_name(known), NULL);

    if (cipher != NULL) {
        i = ngx_invoke_openssl_keep(&ngx_invoke_openssl_ciphers, known,
                                    cipher, &added);
        if (!added) {
            EVP_CIPHER_free(cipher);
        }
    }

    return i;
}


ngx_int_t
ngx_invoke_openssl_digest_number(ngx_invoke_v8_call_t *call, int i)
{
    char           name[80];
    ngx_int_t      n;
    const EVP_MD  *known;

    ngx_invoke_openssl_name(call, i, name, sizeof(name));

    known = EVP_get_digestbyname(name);
    n = known != NULL ? ngx_invoke_openssl_keep_digest(known) : -1;

    ERR_clear_error();

    return n;
}


const EVP_MD *
ngx_invoke_openssl_digest(ngx_invoke_v8_call_t *call, int i)
{
    char           name[80];
    ngx_int_t      n;
    const EVP_MD  *md;

    md = ngx_invoke_openssl_numbered(&ngx_invoke_openssl_digests,
                                     ngx_invoke_v8_arg(call, i));
    if (md != NULL) {
        return md;
    }

    ngx_invoke_openssl_name(call, i, name, sizeof(name));

    md = EVP_get_digestbyname(name);
    n = md != NULL ? ngx_invoke_openssl_keep_digest(md) : -1;

    ERR_clear_error();

    return n >= 0 ? ngx_invoke_openssl_digests.fetched[n] : md;
}


const EVP_CIPHER *
ngx_invoke_openssl_cipher(ngx_invoke_v8_call_t *call, int i)
{
    char               name[80];
    ngx_int_t          n;
    const EVP_CIPHER  *cipher;

    ngx_invoke_openssl_name(call, i, name, sizeof(name));

    cipher = EVP_get_cipherbyname(name);
    n = cipher != NULL ? ngx_invoke_openssl_keep_cipher(cipher) : -1;

    ERR_clear_error();

    return n >= 0 ? ngx_invoke_openssl_ciphers.fetched[n] : cipher;
}
