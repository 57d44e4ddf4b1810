
#include "ngx_invoke_openssl.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/dh.h>
#include <openssl/dsa.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>


static void ngx_invoke_bind_keygen_rsa(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_keygen_ec(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_keygen_id(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_keygen_dsa(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_keygen_dh(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_curve(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_curves(ngx_invoke_v8_call_t *call);


/* Of the crypto binding: new keys of two halves. */

const ngx_invoke_v8_native_t  ngx_invoke_bind_keygen[] = {
    { "keygenRSA", ngx_invoke_bind_keygen_rsa },
    { "keygenEC", ngx_invoke_bind_keygen_ec },
    { "keygenId", ngx_invoke_bind_keygen_id },
    { "keygenDSA", ngx_invoke_bind_keygen_dsa },
    { "keygenDH", ngx_invoke_bind_keygen_dh },
    { "hasCurve", ngx_invoke_bind_curve },
    { "curveNames", ngx_invoke_bind_curves },
    { NULL, NULL }
};


/* A test whether such a number is a prime takes a second. */
#define NGX_INVOKE_KEYGEN_BITS  16384

#define NGX_INVOKE_CURVES       128


/* actor thread, all of this file */

/* Called between two candidates for a prime. */

static int
ngx_invoke_keygen_goes_on(EVP_PKEY_CTX *ctx)
{
    return !ngx_invoke_openssl_ended(EVP_PKEY_CTX_get_app_data(ctx));
}


static void
ngx_invoke_keygen_run(ngx_invoke_v8_call_t *call, EVP_PKEY_CTX *ctx)
{
    EVP_PKEY          *pkey;
    ngx_invoke_key_t  *key;

    pkey = NULL;

    EVP_PKEY_CTX_set_app_data(ctx, call);
    EVP_PKEY_CTX_set_cb(ctx, ngx_invoke_keygen_goes_on);

    if (EVP_PKEY_keygen(ctx, &pkey) <= 0) {
        ngx_invoke_openssl_throw(call, "Key generation job failed");
        return;
    }

    key = ngx_invoke_key_new(call, pkey);

    if (key != NULL) {
        ngx_invoke_key_return(call, key);
    }
}


/* Of the parameters of RSA-PSS, arguments 3 to 5. */

static int
ngx_invoke_keygen_pss(ngx_invoke_v8_call_t *call, EVP_PKEY_CTX *ctx)
{
    int            salt;
    const EVP_MD  *md, *mgf1;

    md = NULL;

    if (ngx_invoke_v8_type(ngx_invoke_v8_arg(call, 3))
        == NGX_INVOKE_V8_STRING)
    {
        md = ngx_invoke_openssl_digest(call, 3);

        if (md == NULL || EVP_PKEY_CTX_set_rsa_pss_keygen_md(ctx, md) <= 0) {
            return 0;
        }
    }

    mgf1 = md;

    if (ngx_invoke_v8_type(ngx_invoke_v8_arg(call, 4))
        == NGX_INVOKE_V8_STRING)
    {
        mgf1 = ngx_invoke_openssl_digest(call, 4);

        if (mgf1 == NULL) {
            return 0;
        }
    }

    if (mgf1 != NULL
        && EVP_PKEY_CTX_set_rsa_pss_keygen_mgf1_md(ctx, mgf1) <= 0)
    {
        return 0;
    }

    salt = md != NULL ? EVP_MD_get_size(md) : -1;

    if (ngx_invoke_v8_is_int32(ngx_invoke_v8_arg(call, 5))) {
        salt = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 5));
    }

    return salt < 0 || EVP_PKEY_CTX_set_rsa_pss_keygen_saltlen(ctx, salt) > 0;
}


/*
 * keygenRSA(whether for PSS alone, bits, exponent, digest, that of MGF1,
 * length of the salt) → key
 */

static void
ngx_invoke_bind_keygen_rsa(ngx_invoke_v8_call_t *call)
{
    int                  pss;
    BIGNUM              *e;
    EVP_PKEY_CTX        *ctx;
    ngx_invoke_index_t   bits, exponent;

    if (ngx_invoke_index_get(call, 1, &bits) != NGX_OK
        || ngx_invoke_index_get(call, 2, &exponent) != NGX_OK)
    {
        return;
    }

    if (bits.value > NGX_INVOKE_KEYGEN_BITS) {
        ngx_invoke_index_throw(call, "modulusLength is too large");
        return;
    }

    ERR_clear_error();

    pss = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 0)) == 1;
    ctx = EVP_PKEY_CTX_new_id(pss ? EVP_PKEY_RSA_PSS : EVP_PKEY_RSA, NULL);
    e = BN_new();

    if (ctx != NULL && e != NULL && EVP_PKEY_keygen_init(ctx) > 0
        && EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, bits.value) > 0
        && BN_set_word(e, exponent.value) == 1
        && EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, e) > 0
        && (!pss || ngx_invoke_keygen_pss(call, ctx)))
    {
        ngx_invoke_keygen_run(call, ctx);

    } else {
        ngx_invoke_openssl_throw(call, "Key generation job failed");
    }

    BN_free(e);
    EVP_PKEY_CTX_free(ctx);
}


/* The number of a curve by any of its names, or 0. */

static int
ngx_invoke_keygen_curve(ngx_invoke_v8_call_t *call, int i)
{
    int   nid;
    char  name[80];

    ngx_invoke_openssl_name(call, i, name, sizeof(name));

    nid = EC_curve_nist2nid(name);

    return nid != NID_undef ? nid : OBJ_sn2nid(name);
}


/* keygenEC(curve, 1: the curve is named, 0: written out) → key */

static void
ngx_invoke_bind_keygen_ec(ngx_invoke_v8_call_t *call)
{
    int            nid;
    EVP_PKEY_CTX  *ctx;

    nid = ngx_invoke_keygen_curve(call, 0);

    ERR_clear_error();
    ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);

    if (ctx != NULL && EVP_PKEY_keygen_init(ctx) > 0
        && EVP_PKEY_CTX_set_ec_paramgen_curve_nid(ctx, nid) > 0
        && EVP_PKEY_CTX_set_ec_param_enc(ctx,
               ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1)))
           > 0)
    {
        ngx_invoke_keygen_run(call, ctx);

    } else {
        ngx_invoke_openssl_throw(call, "Key generation job failed");
    }

    EVP_PKEY_CTX_free(ctx);
}


/* keygenId(OpenSSL's number of an algorithm without parameters) → key */

static void
ngx_invoke_bind_keygen_id(ngx_invoke_v8_call_t *call)
{
    EVP_PKEY_CTX  *ctx;

    ERR_clear_error();
    ctx = EVP_PKEY_CTX_new_id(ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 0)),
                              NULL);

    if (ctx != NULL && EVP_PKEY_keygen_init(ctx) > 0) {
        ngx_invoke_keygen_run(call, ctx);

    } else {
        ngx_invoke_openssl_throw(call, "Key generation job failed");
    }

    EVP_PKEY_CTX_free(ctx);
}


/* New parameters, which a key is made of then. */

static void
ngx_invoke_keygen_params(ngx_invoke_v8_call_t *call, EVP_PKEY_CTX *from)
{
    EVP_PKEY      *params;
    EVP_PKEY_CTX  *ctx;

    ctx = NULL;
    params = NULL;

    EVP_PKEY_CTX_set_app_data(from, call);
    EVP_PKEY_CTX_set_cb(from, ngx_invoke_keygen_goes_on);

    if (EVP_PKEY_paramgen(from, &params) > 0) {
        ctx = EVP_PKEY_CTX_new(params, NULL);
    }

    if (ctx != NULL && EVP_PKEY_keygen_init(ctx) > 0) {
        ngx_invoke_keygen_run(call, ctx);

    } else {
        ngx_invoke_openssl_throw(call, "Key generation job failed");
    }

    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(params);
}


/* keygenDSA(bits, bits of the divisor or -1) → key */

static void
ngx_invoke_bind_keygen_dsa(ngx_invoke_v8_call_t *call)
{
    int                  divisor;
    EVP_PKEY_CTX        *ctx;
    ngx_invoke_index_t   bits;

    if (ngx_invoke_index_get(call, 0, &bits) != NGX_OK) {
        return;
    }

    if (bits.value > NGX_INVOKE_KEYGEN_BITS) {
        ngx_invoke_index_throw(call, "modulusLength is too large");
        return;
    }

    ERR_clear_error();

    divisor = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1));
    ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_DSA, NULL);

    if (ctx != NULL && EVP_PKEY_paramgen_init(ctx) > 0
        && EVP_PKEY_CTX_set_dsa_paramgen_bits(ctx, bits.value) > 0
        && (divisor == -1
            || EVP_PKEY_CTX_set_dsa_paramgen_q_bits(ctx, divisor) > 0))
    {
        ngx_invoke_keygen_params(call, ctx);

    } else {
        ngx_invoke_openssl_throw(call, "Key generation job failed");
    }

    EVP_PKEY_CTX_free(ctx);
}


/* Of a prime that is known. */

static void
ngx_invoke_keygen_dh(ngx_invoke_v8_call_t *call, int generator)
{
    DH            *dh;
    BIGNUM        *p, *g;
    EVP_PKEY      *params;
    EVP_PKEY_CTX  *ctx;

    p = ngx_invoke_openssl_number(call, 0, NGX_INVOKE_KEYGEN_BITS / 8);
    if (p == NULL) {
        return;
    }

    ctx = NULL;
    params = EVP_PKEY_new();
    dh = DH_new();
    g = BN_new();

    if (dh != NULL && g != NULL && BN_set_word(g, generator) == 1
        && DH_set0_pqg(dh, p, NULL, g) == 1)
    {
        p = NULL;
        g = NULL;

        if (params != NULL && EVP_PKEY_set1_DH(params, dh) == 1) {
            ctx = EVP_PKEY_CTX_new(params, NULL);
        }
    }

    if (ctx != NULL && EVP_PKEY_keygen_init(ctx) > 0) {
        ngx_invoke_keygen_run(call, ctx);

    } else {
        ngx_invoke_openssl_throw(call, "Key generation job failed");
    }

    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(params);
    DH_free(dh);
    BN_free(g);
    BN_free(p);
}


/* keygenDH(prime or its bits, generator) → key */

static void
ngx_invoke_bind_keygen_dh(ngx_invoke_v8_call_t *call)
{
    int                     generator;
    EVP_PKEY_CTX           *ctx;
    ngx_invoke_v8_value_t   bits;

    ERR_clear_error();

    bits = ngx_invoke_v8_arg(call, 0);
    generator = ngx_max(0, ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1)));

    if (!ngx_invoke_v8_is_int32(bits)) {
        ngx_invoke_keygen_dh(call, generator);
        return;
    }

    if (ngx_invoke_v8_int32(bits) > NGX_INVOKE_KEYGEN_BITS) {
        ngx_invoke_index_throw(call, "primeLength is too large");
        return;
    }

    ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_DH, NULL);

    if (ctx != NULL && EVP_PKEY_paramgen_init(ctx) > 0
        && EVP_PKEY_CTX_set_dh_paramgen_prime_len(ctx,
                                                  ngx_invoke_v8_int32(bits))
           > 0
        && EVP_PKEY_CTX_set_dh_paramgen_generator(ctx, generator) > 0)
    {
        ngx_invoke_keygen_params(call, ctx);

    } else {
        ngx_invoke_openssl_throw(call, "Key generation job failed");
    }

    EVP_PKEY_CTX_free(ctx);
}


/* hasCurve(name) → boolean */

static void
ngx_invoke_bind_curve(ngx_invoke_v8_call_t *call)
{
    int        nid;
    EC_GROUP  *group;

    nid = ngx_invoke_keygen_curve(call, 0);
    group = nid != NID_undef ? EC_GROUP_new_by_curve_name(nid) : NULL;

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_boolean(call,
                                                         group != NULL));
    EC_GROUP_free(group);
    ERR_clear_error();
}


/* curveNames() → array */

static void
ngx_invoke_bind_curves(ngx_invoke_v8_call_t *call)
{
    size_t                  i, n;
    const char             *name;
    EC_builtin_curve        curves[NGX_INVOKE_CURVES];
    ngx_invoke_v8_value_t   values[NGX_INVOKE_CURVES];

    n = EC_get_builtin_curves(curves, NGX_INVOKE_CURVES);
    n = ngx_min(n, NGX_INVOKE_CURVES);

    for (i = 0; i < n; i++) {
        name = OBJ_nid2sn(curves[i].nid);
        values[i] = ngx_invoke_v8_new_name(call, name, ngx_strlen(name));
    }

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_array(call, values, n));
}
