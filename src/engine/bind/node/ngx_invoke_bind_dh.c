
#include "ngx_invoke_openssl.h"

#include <openssl/bn.h>
#include <openssl/dh.h>
#include <openssl/err.h>
#include <openssl/objects.h>


static void ngx_invoke_bind_dh_create(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_dh_group(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_dh_verify(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_dh_generate(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_dh_secret(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_dh_number(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_dh_set(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_dh_prime(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_derive(ngx_invoke_v8_call_t *call);


/* Of the crypto binding: Diffie-Hellman, and what two keys have in common. */

const ngx_invoke_v8_native_t  ngx_invoke_bind_dh[] = {
    { "dhCreate", ngx_invoke_bind_dh_create },
    { "dhGroup", ngx_invoke_bind_dh_group },
    { "dhVerifyError", ngx_invoke_bind_dh_verify },
    { "dhGenerate", ngx_invoke_bind_dh_generate },
    { "dhSecret", ngx_invoke_bind_dh_secret },
    { "dhNumber", ngx_invoke_bind_dh_number },
    { "dhSet", ngx_invoke_bind_dh_set },
    { "dhPrime", ngx_invoke_bind_dh_prime },
    { "derive", ngx_invoke_bind_derive },
    { NULL, NULL }
};


/* What OpenSSL takes for one, about. */
#define NGX_INVOKE_DH_SIZE   8192

/*
 * OpenSSL computes with no larger prime, and a power to a larger exponent
 * takes seconds.
 */
#define NGX_INVOKE_DH_BYTES  ((OPENSSL_DH_MAX_MODULUS_BITS + 7) / 8)

#define NGX_INVOKE_DH_GENERATOR  2


typedef struct {
    DH   *dh;
    int   codes;                /* what DH_check() would tell of it */
} ngx_invoke_dh_t;


/* The primes of RFC 2409 and RFC 3526 by Node's names. */

typedef struct {
    const char   *name;
    BIGNUM     *(*prime)(BIGNUM *bn);
} ngx_invoke_dh_group_t;


static const ngx_invoke_dh_group_t  ngx_invoke_dh_groups[] = {
    { "modp1", BN_get_rfc2409_prime_768 },
    { "modp2", BN_get_rfc2409_prime_1024 },
    { "modp5", BN_get_rfc3526_prime_1536 },
    { "modp14", BN_get_rfc3526_prime_2048 },
    { "modp15", BN_get_rfc3526_prime_3072 },
    { "modp16", BN_get_rfc3526_prime_4096 },
    { "modp17", BN_get_rfc3526_prime_6144 },
    { "modp18", BN_get_rfc3526_prime_8192 },
    { NULL, NULL }
};


static const char  ngx_invoke_dh_kind;


/* actor thread, all of this file */

static void
ngx_invoke_dh_free(void *data)
{
    ngx_invoke_dh_t  *d = data;

    DH_free(d->dh);
    free(d);
}


/* The prime of the group that argument i names, or NULL: it has thrown. */

static BIGNUM *
ngx_invoke_dh_named(ngx_invoke_v8_call_t *call, int i)
{
    char                          name[16];
    const ngx_invoke_dh_group_t  *g;

    ngx_invoke_openssl_name(call, i, name, sizeof(name));

    for (g = ngx_invoke_dh_groups; g->name != NULL; g++) {
        if (strcasecmp(name, g->name) == 0) {
            return g->prime(NULL);
        }
    }

    ngx_invoke_v8_throw(call, NGX_INVOKE_V8_ERROR,
                        "ERR_CRYPTO_UNKNOWN_DH_GROUP", "Unknown DH group");
    return NULL;
}


/*
 * As DH_check(), which cannot be ended: whether the prime and its half are
 * primes is what takes long. NGX_ERROR: in OpenSSL's queue, or it is to end.
 */

static ngx_int_t
ngx_invoke_dh_check(ngx_invoke_v8_call_t *call, ngx_invoke_dh_t *d)
{
    int           rc;
    BIGNUM       *half;
    BN_CTX       *ctx;
    BN_GENCB     *cb;
    const BIGNUM *p;

    if (DH_check_params(d->dh, &d->codes) != 1) {
        return NGX_ERROR;
    }

    if (DH_get_nid(d->dh) != NID_undef) {
        return NGX_OK;
    }

    p = DH_get0_p(d->dh);

    if (BN_num_bits(p) > OPENSSL_DH_MAX_MODULUS_BITS) {
        ERR_raise(ERR_LIB_DH, DH_R_MODULUS_TOO_LARGE);
        return NGX_ERROR;
    }

    half = BN_new();
    ctx = BN_CTX_new();
    cb = ngx_invoke_openssl_watch(call);
    rc = -1;

    if (half != NULL && ctx != NULL && cb != NULL && BN_rshift1(half, p)) {
        rc = BN_check_prime(p, ctx, cb);

        if (rc == 0) {
            d->codes |= DH_CHECK_P_NOT_PRIME;

        } else if (rc == 1) {
            rc = BN_check_prime(half, ctx, cb);

            if (rc == 0) {
                d->codes |= DH_CHECK_P_NOT_SAFE_PRIME;
            }
        }
    }

    BN_GENCB_free(cb);
    BN_CTX_free(ctx);
    BN_free(half);

    return rc >= 0 ? NGX_OK : NGX_ERROR;
}


/* Takes over both numbers in any case. */

static DH *
ngx_invoke_dh_from(BIGNUM *p, BIGNUM *g)
{
    DH  *dh;

    dh = p != NULL && g != NULL ? DH_new() : NULL;

    if (dh == NULL || DH_set0_pqg(dh, p, NULL, g) != 1) {
        DH_free(dh);
        BN_free(p);
        BN_free(g);
        return NULL;
    }

    return dh;
}


static BIGNUM *
ngx_invoke_dh_word(BN_ULONG value)
{
    BIGNUM  *bn;

    bn = BN_new();

    if (bn != NULL && BN_set_word(bn, value) != 1) {
        BN_free(bn);
        return NULL;
    }

    return bn;
}


/* A new prime of so many bits. */

static DH *
ngx_invoke_dh_generated(ngx_invoke_v8_call_t *call, int bits, int generator)
{
    DH        *dh;
    BN_GENCB  *cb;

    dh = DH_new();
    cb = ngx_invoke_openssl_watch(call);

    if (dh == NULL || cb == NULL
        || DH_generate_parameters_ex(dh, bits, generator, cb) != 1)
    {
        DH_free(dh);
        dh = NULL;
    }

    BN_GENCB_free(cb);

    return dh;
}


/* The prime that was given; NULL: it has thrown, or in OpenSSL's queue. */

static DH *
ngx_invoke_dh_given(ngx_invoke_v8_call_t *call)
{
    int                     word;
    BIGNUM                 *p, *g;
    ngx_invoke_v8_value_t   v;

    p = ngx_invoke_openssl_number(call, 0, NGX_INVOKE_DH_BYTES);
    if (p == NULL) {
        return NULL;
    }

    v = ngx_invoke_v8_arg(call, 1);

    if (ngx_invoke_v8_is_int32(v)) {
        word = ngx_invoke_v8_int32(v);
        g = ngx_invoke_dh_word(word > 1 ? word : 0);

    } else {
        g = ngx_invoke_openssl_number(call, 1, NGX_INVOKE_DH_BYTES);
    }

    if (g == NULL) {
        BN_free(p);
        return NULL;
    }

    if (BN_is_zero(p)) {
        ERR_raise(ERR_LIB_BN, BN_R_BITS_TOO_SMALL);

    } else if (BN_is_zero(g) || BN_is_one(g)) {
        ERR_raise(ERR_LIB_DH, DH_R_BAD_GENERATOR);

    } else {
        return ngx_invoke_dh_from(p, g);
    }

    BN_free(p);
    BN_free(g);

    return NULL;
}


/* Takes over OpenSSL's. */

static void
ngx_invoke_dh_return(ngx_invoke_v8_call_t *call, DH *dh)
{
    ngx_invoke_dh_t        *d;
    ngx_invoke_v8_value_t   value;

    d = dh != NULL ? calloc(1, sizeof(ngx_invoke_dh_t)) : NULL;

    if (d == NULL) {
        DH_free(dh);
        ngx_invoke_openssl_throw(call, "Initialization failed");
        return;
    }

    d->dh = dh;

    if (ngx_invoke_dh_check(call, d) != NGX_OK) {
        ngx_invoke_dh_free(d);
        ngx_invoke_openssl_throw(call, "Initialization failed");
        return;
    }

    ERR_clear_error();

    value = ngx_invoke_v8_new_holder(call, &ngx_invoke_dh_kind, d,
                                     NGX_INVOKE_DH_SIZE, ngx_invoke_dh_free);
    if (value != NULL) {
        ngx_invoke_v8_return(call, value);
    }
}


/* dhCreate(bits or prime, generator: a number or bytes) → dh */

static void
ngx_invoke_bind_dh_create(ngx_invoke_v8_call_t *call)
{
    DH                     *dh;
    ngx_invoke_v8_value_t   v;

    ERR_clear_error();

    v = ngx_invoke_v8_arg(call, 0);

    if (ngx_invoke_v8_is_int32(v)) {
        dh = ngx_invoke_dh_generated(call, ngx_invoke_v8_int32(v),
                 ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1)));

    } else {
        dh = ngx_invoke_dh_given(call);

        if (dh == NULL && ERR_peek_error() == 0) {
            return;                                     /* it has thrown */
        }
    }

    ngx_invoke_dh_return(call, dh);
}


/* dhGroup(name) → dh */

static void
ngx_invoke_bind_dh_group(ngx_invoke_v8_call_t *call)
{
    BIGNUM  *p;

    ERR_clear_error();

    p = ngx_invoke_dh_named(call, 0);

    if (p != NULL) {
        ngx_invoke_dh_return(call, ngx_invoke_dh_from(p,
                             ngx_invoke_dh_word(NGX_INVOKE_DH_GENERATOR)));
    }
}


/* Argument 0, or NULL: it has thrown. */

static ngx_invoke_dh_t *
ngx_invoke_dh_of(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_dh_t  *d;

    d = ngx_invoke_v8_holder(ngx_invoke_v8_arg(call, 0),
                             &ngx_invoke_dh_kind);
    if (d == NULL) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_TYPE_ERROR,
                            "ERR_INVALID_THIS", "this is no DiffieHellman");
    }

    ERR_clear_error();

    return d;
}


/* dhVerifyError(dh) → number */

static void
ngx_invoke_bind_dh_verify(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_dh_t  *d;

    d = ngx_invoke_dh_of(call);

    if (d != NULL) {
        ngx_invoke_v8_return_number(call, d->codes);
    }
}


/* dhGenerate(dh) → the public key */

static void
ngx_invoke_bind_dh_generate(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_dh_t  *d;

    d = ngx_invoke_dh_of(call);
    if (d == NULL) {
        return;
    }

    if (DH_generate_key(d->dh) != 1) {
        ngx_invoke_openssl_throw(call, "Key generation failed");
        return;
    }

    ngx_invoke_openssl_return_number(call, DH_get0_pub_key(d->dh));
}


/* Why a key of someone else was not taken. */

static void
ngx_invoke_dh_refuse(ngx_invoke_v8_call_t *call, DH *dh, BIGNUM *key)
{
    int          codes;
    const char  *code, *message;

    codes = 0;

    if (DH_check_pub_key(dh, key, &codes) != 1) {
        ngx_invoke_openssl_throw(call, "Invalid Key");
        return;
    }

    code = "ERR_CRYPTO_INVALID_KEYLEN";

    if (codes & DH_CHECK_PUBKEY_TOO_SMALL) {
        message = "Supplied key is too small";

    } else if (codes & DH_CHECK_PUBKEY_TOO_LARGE) {
        message = "Supplied key is too large";

    } else {
        code = "ERR_CRYPTO_INVALID_KEYTYPE";
        message = "Invalid key type";
    }

    ERR_clear_error();
    ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR, code, message);
}


/* dhSecret(dh, key of the other) → Uint8Array as long as the prime */

static void
ngx_invoke_bind_dh_secret(ngx_invoke_v8_call_t *call)
{
    int               len;
    BIGNUM           *key;
    uint8_t           secret[NGX_INVOKE_DH_BYTES];
    ngx_invoke_dh_t  *d;

    d = ngx_invoke_dh_of(call);
    if (d == NULL) {
        return;
    }

    key = ngx_invoke_openssl_number(call, 1, NGX_INVOKE_DH_BYTES);
    if (key == NULL) {
        return;
    }

    len = DH_compute_key_padded(secret, key, d->dh);

    if (len < 0) {
        ngx_invoke_dh_refuse(call, d->dh, key);

    } else {
        ngx_invoke_openssl_return(call, -1, secret, len);
        OPENSSL_cleanse(secret, sizeof(secret));
    }

    BN_free(key);
    ERR_clear_error();
}


/* dhNumber(dh, 0: prime, 1: generator, 2: public key, 3: private key) */

static void
ngx_invoke_bind_dh_number(ngx_invoke_v8_call_t *call)
{
    const char       *message;
    const BIGNUM     *bn;
    ngx_invoke_dh_t  *d;

    d = ngx_invoke_dh_of(call);
    if (d == NULL) {
        return;
    }

    switch (ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1))) {

    case 0:
        bn = DH_get0_p(d->dh);
        message = "p is null";
        break;

    case 1:
        bn = DH_get0_g(d->dh);
        message = "g is null";
        break;

    case 2:
        bn = DH_get0_pub_key(d->dh);
        message = "No public key - did you forget to generate one?";
        break;

    default:
        bn = DH_get0_priv_key(d->dh);
        message = "No private key - did you forget to generate one?";
        break;
    }

    if (bn != NULL) {
        ngx_invoke_openssl_return_number(call, bn);

    } else {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_ERROR,
                            "ERR_CRYPTO_INVALID_STATE", message);
    }
}


/* dhSet(dh, whether it is the private key, bytes) */

static void
ngx_invoke_bind_dh_set(ngx_invoke_v8_call_t *call)
{
    int               private;
    BIGNUM           *key;
    ngx_invoke_dh_t  *d;

    d = ngx_invoke_dh_of(call);
    if (d == NULL) {
        return;
    }

    private = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1)) == 1;
    key = ngx_invoke_openssl_number(call, 2, NGX_INVOKE_DH_BYTES);

    if (key == NULL) {
        return;
    }

    if (DH_set0_key(d->dh, private ? NULL : key, private ? key : NULL) != 1) {
        BN_clear_free(key);
        ngx_invoke_openssl_throw(call, "Operation failed");
    }
}


/* dhPrime(name of a group) → Uint8Array */

static void
ngx_invoke_bind_dh_prime(ngx_invoke_v8_call_t *call)
{
    BIGNUM  *p;

    p = ngx_invoke_dh_named(call, 0);

    if (p != NULL) {
        ngx_invoke_openssl_return_number(call, p);
        BN_free(p);
    }
}


/* derive(private key, public key) → Uint8Array */

static void
ngx_invoke_bind_derive(ngx_invoke_v8_call_t *call)
{
    int                rc;
    size_t             len, size;
    uint8_t            secret[NGX_INVOKE_DH_BYTES];
    EVP_PKEY_CTX      *ctx;
    ngx_invoke_key_t  *own, *other;

    own = ngx_invoke_key_pair(call, 0);
    other = own != NULL ? ngx_invoke_key_pair(call, 1) : NULL;

    if (other == NULL) {
        return;
    }

    ctx = EVP_PKEY_CTX_new(own->pkey, NULL);
    size = 0;

    rc = ctx != NULL
         && EVP_PKEY_derive_init(ctx) > 0
         && EVP_PKEY_derive_set_peer(ctx, other->pkey) > 0
         && EVP_PKEY_derive(ctx, NULL, &size) > 0
         && size <= sizeof(secret);

    len = size;
    rc = rc && EVP_PKEY_derive(ctx, secret, &len) > 0;

    EVP_PKEY_CTX_free(ctx);

    if (!rc) {
        ngx_invoke_openssl_throw(call, "diffieHellman failed");
        return;
    }

    /* of Diffie-Hellman it is as long as the prime */

    ngx_memmove(secret + (size - len), secret, len);
    ngx_memzero(secret, size - len);

    ngx_invoke_openssl_return(call, -1, secret, size);
    OPENSSL_cleanse(secret, sizeof(secret));
    ERR_clear_error();
}
