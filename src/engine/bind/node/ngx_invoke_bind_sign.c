
#include "ngx_invoke_openssl.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>


static void ngx_invoke_bind_sign_data(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_verify_data(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_rsa(ngx_invoke_v8_call_t *call);


/* Of the crypto binding: what is done with a key of two halves. */

const ngx_invoke_v8_native_t  ngx_invoke_bind_sign[] = {
    { "sign", ngx_invoke_bind_sign_data },
    { "verify", ngx_invoke_bind_verify_data },
    { "rsa", ngx_invoke_bind_rsa },
    { NULL, NULL }
};


/* No signature and no block of RSA is longer. */
#define NGX_INVOKE_SIGN_SIZE  4096

/* The largest r and s, of a curve of 571 bits. */
#define NGX_INVOKE_SIGN_RS    72


/* The arguments that sign() and verify() share. */

typedef struct {
    ngx_invoke_key_t    *key;
    const EVP_MD        *md;
    int                  padding;       /* 0: none was given */
    int                  salt;
    unsigned             salted:1;
    unsigned             p1363:1;
    unsigned             hashed:1;
    ngx_invoke_input_t   data;
} ngx_invoke_sign_t;


/* actor thread, all of this file */

/*
 * (key, digest or undefined, data, padding, length of the salt, encoding,
 * whether the data is the digest). NGX_ERROR: it has thrown.
 */

static ngx_int_t
ngx_invoke_sign_get(ngx_invoke_v8_call_t *call, ngx_invoke_sign_t *s)
{
    int  id;

    s->key = ngx_invoke_key_pair(call, 0);
    if (s->key == NULL) {
        return NGX_ERROR;
    }

    s->md = ngx_invoke_v8_type(ngx_invoke_v8_arg(call, 1))
            == NGX_INVOKE_V8_STRING
            ? ngx_invoke_openssl_digest(call, 1) : NULL;

    id = EVP_PKEY_get_id(s->key->pkey);

    s->padding = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 3));
    s->salted = ngx_invoke_v8_is_int32(ngx_invoke_v8_arg(call, 4));
    s->salt = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 4));
    s->p1363 = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 5)) == 1
               && (id == EVP_PKEY_EC || id == EVP_PKEY_DSA);
    s->hashed = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 6)) == 1;

    if (s->padding == 0) {
        s->padding = id == EVP_PKEY_RSA_PSS ? RSA_PKCS1_PSS_PADDING
                                            : RSA_PKCS1_PADDING;
    }

    return ngx_invoke_input_get(call, 2, -1, &s->data);
}


static int
ngx_invoke_sign_options(ngx_invoke_sign_t *s, EVP_PKEY_CTX *ctx)
{
    int  id;

    id = EVP_PKEY_get_id(s->key->pkey);

    if (id != EVP_PKEY_RSA && id != EVP_PKEY_RSA_PSS) {
        return 1;
    }

    if (EVP_PKEY_CTX_set_rsa_padding(ctx, s->padding) <= 0) {
        return 0;
    }

    return s->padding != RSA_PKCS1_PSS_PADDING || !s->salted
           || EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, s->salt) > 0;
}


/* Bytes of r and of s of the key's signatures; 0: it has none. */

static size_t
ngx_invoke_sign_rs(EVP_PKEY *pkey)
{
    BIGNUM  *n;
    size_t   size;

    n = NULL;
    size = 0;

    if (EVP_PKEY_get_bn_param(pkey, EVP_PKEY_get_id(pkey) == EVP_PKEY_EC
                                    ? "order" : "q", &n)
        == 1)
    {
        size = BN_num_bytes(n);
    }

    BN_free(n);

    return size <= NGX_INVOKE_SIGN_RS ? size : 0;
}


/* DER as r and s after each other, in place. */

static int
ngx_invoke_sign_flat(ngx_invoke_sign_t *s, uint8_t *sig, size_t *len)
{
    int             rc;
    size_t          n;
    ECDSA_SIG      *parts;
    const uint8_t  *p;

    p = sig;
    n = ngx_invoke_sign_rs(s->key->pkey);
    parts = n > 0 ? d2i_ECDSA_SIG(NULL, &p, *len) : NULL;

    rc = parts != NULL
         && BN_bn2binpad(ECDSA_SIG_get0_r(parts), sig, n) == (int) n
         && BN_bn2binpad(ECDSA_SIG_get0_s(parts), sig + n, n) == (int) n;

    ECDSA_SIG_free(parts);
    *len = 2 * n;

    return rc;
}


/* The other way; OPENSSL_free() it. NULL: that is no signature of this key. */

static uint8_t *
ngx_invoke_sign_der(ngx_invoke_sign_t *s, const uint8_t *sig, size_t len,
    size_t *der_len)
{
    int         n;
    BIGNUM     *r, *t;
    uint8_t    *der;
    ECDSA_SIG  *parts;

    n = ngx_invoke_sign_rs(s->key->pkey);

    if (n == 0 || len != 2 * (size_t) n) {
        return NULL;
    }

    der = NULL;
    parts = ECDSA_SIG_new();
    r = BN_bin2bn(sig, n, NULL);
    t = BN_bin2bn(sig + n, n, NULL);

    if (parts != NULL && r != NULL && t != NULL
        && ECDSA_SIG_set0(parts, r, t) == 1)
    {
        n = i2d_ECDSA_SIG(parts, &der);
        *der_len = n > 0 ? n : 0;

    } else {
        BN_free(r);
        BN_free(t);
    }

    ECDSA_SIG_free(parts);

    return der;
}


static int
ngx_invoke_sign_hash(ngx_invoke_sign_t *s, uint8_t *sig, size_t *len)
{
    int            rc;
    EVP_PKEY_CTX  *ctx;

    ctx = EVP_PKEY_CTX_new(s->key->pkey, NULL);

    rc = ctx != NULL
         && EVP_PKEY_sign_init(ctx) > 0
         && ngx_invoke_sign_options(s, ctx)
         && EVP_PKEY_CTX_set_signature_md(ctx, s->md) > 0
         && EVP_PKEY_sign(ctx, sig, len, s->data.data, s->data.len) > 0;

    EVP_PKEY_CTX_free(ctx);

    return rc;
}


static int
ngx_invoke_sign_all(ngx_invoke_sign_t *s, uint8_t *sig, size_t *len)
{
    int            rc;
    EVP_MD_CTX    *md;
    EVP_PKEY_CTX  *ctx;

    md = EVP_MD_CTX_new();

    rc = md != NULL
         && EVP_DigestSignInit(md, &ctx, s->md, NULL, s->key->pkey) > 0
         && ngx_invoke_sign_options(s, ctx)
         && EVP_DigestSign(md, sig, len, s->data.data, s->data.len) > 0;

    EVP_MD_CTX_free(md);

    return rc;
}


/* OpenSSL's error, or Node's where it tells none. */

static void
ngx_invoke_sign_failed(ngx_invoke_v8_call_t *call, const char *message)
{
    if (ERR_peek_error() != 0) {
        ngx_invoke_openssl_throw(call, NULL);

    } else {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_ERROR,
                            "ERR_CRYPTO_OPERATION_FAILED", message);
    }
}


/* sign(as above) → Uint8Array */

static void
ngx_invoke_bind_sign_data(ngx_invoke_v8_call_t *call)
{
    int                 rc;
    size_t              len;
    uint8_t             sig[NGX_INVOKE_SIGN_SIZE];
    ngx_invoke_sign_t   s;

    if (ngx_invoke_sign_get(call, &s) != NGX_OK) {
        return;
    }

    len = sizeof(sig);
    ERR_clear_error();

    rc = EVP_PKEY_get_size(s.key->pkey) <= NGX_INVOKE_SIGN_SIZE
         && (s.hashed ? ngx_invoke_sign_hash(&s, sig, &len)
                      : ngx_invoke_sign_all(&s, sig, &len))
         && (!s.p1363 || ngx_invoke_sign_flat(&s, sig, &len));

    ngx_invoke_input_free(&s.data);

    if (rc) {
        ngx_invoke_openssl_return(call, -1, sig, len);
        ERR_clear_error();

    } else {
        ngx_invoke_sign_failed(call, "PEM_read_bio_PrivateKey failed");
    }
}


static int
ngx_invoke_verify_hash(ngx_invoke_sign_t *s, const uint8_t *sig, size_t len)
{
    int            rc;
    EVP_PKEY_CTX  *ctx;

    ctx = EVP_PKEY_CTX_new(s->key->pkey, NULL);

    rc = ctx != NULL
         && EVP_PKEY_verify_init(ctx) > 0
         && ngx_invoke_sign_options(s, ctx)
         && EVP_PKEY_CTX_set_signature_md(ctx, s->md) > 0
         && EVP_PKEY_verify(ctx, sig, len, s->data.data, s->data.len) == 1;

    EVP_PKEY_CTX_free(ctx);

    return rc;
}


/* 1, 0, or -1: it could not be looked at */

static int
ngx_invoke_verify_all(ngx_invoke_sign_t *s, const uint8_t *sig, size_t len)
{
    int            rc;
    EVP_MD_CTX    *md;
    EVP_PKEY_CTX  *ctx;

    md = EVP_MD_CTX_new();
    rc = -1;

    if (md != NULL
        && EVP_DigestVerifyInit(md, &ctx, s->md, NULL, s->key->pkey) > 0
        && ngx_invoke_sign_options(s, ctx))
    {
        rc = EVP_DigestVerify(md, sig, len, s->data.data, s->data.len) == 1;
    }

    EVP_MD_CTX_free(md);

    return rc;
}


/* verify(as sign(), then the signature) → boolean */

static void
ngx_invoke_bind_verify_data(ngx_invoke_v8_call_t *call)
{
    int                  rc;
    size_t               len;
    uint8_t             *der;
    const uint8_t       *data;
    ngx_invoke_sign_t    s;
    ngx_invoke_input_t   sig;

    if (ngx_invoke_sign_get(call, &s) != NGX_OK) {
        return;
    }

    if (ngx_invoke_input_get(call, 7, -1, &sig) != NGX_OK) {
        ngx_invoke_input_free(&s.data);
        return;
    }

    ERR_clear_error();

    der = NULL;
    data = sig.data;
    len = sig.len;

    if (s.p1363) {
        der = ngx_invoke_sign_der(&s, sig.data, sig.len, &len);
        data = der;
    }

    if (s.p1363 && der == NULL) {
        rc = s.hashed ? -2 : 0;

    } else {
        rc = s.hashed ? ngx_invoke_verify_hash(&s, data, len)
                      : ngx_invoke_verify_all(&s, data, len);
    }

    OPENSSL_free(der);
    ngx_invoke_input_free(&sig);
    ngx_invoke_input_free(&s.data);

    if (rc >= 0) {
        ERR_clear_error();
        ngx_invoke_v8_return(call, ngx_invoke_v8_new_boolean(call, rc));

    } else if (rc == -2) {
        ERR_clear_error();
        ngx_invoke_sign_failed(call, "Malformed signature");

    } else {
        ngx_invoke_sign_failed(call, "EVP_SignInit_ex failed");
    }
}


/* RSA: the four operations of Node, by number. */

typedef enum {
    NGX_INVOKE_RSA_PUBLIC_ENCRYPT = 0,
    NGX_INVOKE_RSA_PRIVATE_DECRYPT,
    NGX_INVOKE_RSA_PRIVATE_ENCRYPT,
    NGX_INVOKE_RSA_PUBLIC_DECRYPT,
    NGX_INVOKE_RSA_OPERATIONS
} ngx_invoke_rsa_e;


typedef struct {
    int    (*init)(EVP_PKEY_CTX *ctx);
    int    (*run)(EVP_PKEY_CTX *ctx, unsigned char *out, size_t *out_len,
                  const unsigned char *in, size_t in_len);
} ngx_invoke_rsa_t;


static const ngx_invoke_rsa_t  ngx_invoke_rsa[NGX_INVOKE_RSA_OPERATIONS] = {
    { EVP_PKEY_encrypt_init, EVP_PKEY_encrypt },
    { EVP_PKEY_decrypt_init, EVP_PKEY_decrypt },
    { EVP_PKEY_sign_init, EVP_PKEY_sign },
    { EVP_PKEY_verify_recover_init, EVP_PKEY_verify_recover }
};


/* OpenSSL owns a copy of the label. */

static int
ngx_invoke_rsa_label(EVP_PKEY_CTX *ctx, ngx_invoke_input_t *label)
{
    void  *copy;

    if (label->len == 0) {
        return 1;
    }

    copy = OPENSSL_memdup(label->data, label->len);

    if (copy == NULL
        || EVP_PKEY_CTX_set0_rsa_oaep_label(ctx, copy, label->len) <= 0)
    {
        OPENSSL_free(copy);
        return 0;
    }

    return 1;
}


/*
 * Without implicit rejection the padding of PKCS #1 tells who asks often what
 * was encrypted (CVE-2023-46809).
 */

static ngx_uint_t
ngx_invoke_rsa_refused(ngx_invoke_v8_call_t *call, EVP_PKEY_CTX *ctx)
{
    if (EVP_PKEY_CTX_ctrl_str(ctx, "rsa_pkcs1_implicit_rejection", "1") > 0) {
        return 0;
    }

    ERR_clear_error();
    ngx_invoke_v8_throw(call, NGX_INVOKE_V8_TYPE_ERROR,
                        "ERR_INVALID_ARG_VALUE",
                        "RSA_PKCS1_PADDING is no longer supported for "
                        "private decryption, this can be reverted with "
                        "--security-revert=CVE-2023-46809");
    return 1;
}


static void
ngx_invoke_rsa_run(ngx_invoke_v8_call_t *call, EVP_PKEY_CTX *ctx, int op,
    ngx_invoke_input_t *in, ngx_invoke_input_t *label)
{
    int            padding;
    size_t         len;
    uint8_t        out[NGX_INVOKE_SIGN_SIZE];
    const EVP_MD  *md;

    padding = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 3));
    md = NULL;

    if (ngx_invoke_v8_type(ngx_invoke_v8_arg(call, 4))
        == NGX_INVOKE_V8_STRING)
    {
        md = ngx_invoke_openssl_digest(call, 4);

        if (md == NULL) {
            ngx_invoke_v8_throw(call, NGX_INVOKE_V8_ERROR,
                                "ERR_OSSL_EVP_INVALID_DIGEST",
                                "Invalid digest used");
            return;
        }
    }

    len = sizeof(out);
    ERR_clear_error();

    if (ngx_invoke_rsa[op].init(ctx) <= 0) {
        ngx_invoke_openssl_throw(call, NULL);
        return;
    }

    if (op == NGX_INVOKE_RSA_PRIVATE_DECRYPT && padding == RSA_PKCS1_PADDING
        && ngx_invoke_rsa_refused(call, ctx))
    {
        return;
    }

    if (EVP_PKEY_CTX_set_rsa_padding(ctx, padding) <= 0
        || (md != NULL && EVP_PKEY_CTX_set_rsa_oaep_md(ctx, md) <= 0)
        || !ngx_invoke_rsa_label(ctx, label)
        || ngx_invoke_rsa[op].run(ctx, out, &len, in->data, in->len) <= 0)
    {
        ngx_invoke_openssl_throw(call, NULL);

    } else {
        ngx_invoke_openssl_return(call, -1, out, len);
    }

    OPENSSL_cleanse(out, sizeof(out));
    ERR_clear_error();
}


/*
 * rsa(operation, key, data, padding, digest or undefined, label or undefined) →
 * Uint8Array
 */

static void
ngx_invoke_bind_rsa(ngx_invoke_v8_call_t *call)
{
    int                  op;
    EVP_PKEY_CTX        *ctx;
    ngx_invoke_key_t    *key;
    ngx_invoke_input_t   in, label;

    op = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 0));
    key = ngx_invoke_key_pair(call, 1);

    if (key == NULL) {
        return;
    }

    label.text = NULL;
    label.len = 0;

    if (op < 0 || op >= NGX_INVOKE_RSA_OPERATIONS
        || EVP_PKEY_get_size(key->pkey) > NGX_INVOKE_SIGN_SIZE)
    {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR,
                            "ERR_OUT_OF_RANGE", "the key is too large");
        return;
    }

    if (ngx_invoke_input_get(call, 2, -1, &in) != NGX_OK) {
        return;
    }

    if (ngx_invoke_v8_type(ngx_invoke_v8_arg(call, 5))
        == NGX_INVOKE_V8_UNDEFINED
        || ngx_invoke_input_get(call, 5, -1, &label) == NGX_OK)
    {
        ctx = EVP_PKEY_CTX_new(key->pkey, NULL);

        if (ctx != NULL) {
            ngx_invoke_rsa_run(call, ctx, op, &in, &label);
            EVP_PKEY_CTX_free(ctx);

        } else {
            ngx_invoke_openssl_throw(call, NULL);
        }
    }

    ngx_invoke_input_free(&label);
    ngx_invoke_input_free(&in);
}
