
#include "ngx_invoke_openssl.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>


static void ngx_invoke_bind_key_secret(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_key_bytes(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_key_size(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_key_equals(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_key_parse(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_key_check(ngx_invoke_v8_call_t *call);


/* Of the crypto binding: what is behind a KeyObject. */

const ngx_invoke_v8_native_t  ngx_invoke_bind_key[] = {
    { "keySecret", ngx_invoke_bind_key_secret },
    { "keyBytes", ngx_invoke_bind_key_bytes },
    { "keySize", ngx_invoke_bind_key_size },
    { "keyEquals", ngx_invoke_bind_key_equals },
    { "keyParse", ngx_invoke_bind_key_parse },
    { "keyCheck", ngx_invoke_bind_key_check },
    { NULL, NULL }
};


/*
 * What the file of an encrypted key may make OpenSSL do, which cannot be ended
 * and takes a second or so of it: rounds of PBKDF2, and work of scrypt.
 */
#define NGX_INVOKE_KEY_ROUNDS  4000000
#define NGX_INVOKE_KEY_SCRYPT  ((uint64_t) 1 << 27)


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
        key->secret = ngx_invoke_v8_alloc(view.len + 1);
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


/* keyEquals(key, key) → boolean, of two secret or two other keys */

static void
ngx_invoke_bind_key_equals(ngx_invoke_v8_call_t *call)
{
    int                rc;
    ngx_invoke_key_t  *a, *b;

    a = ngx_invoke_key_get(ngx_invoke_v8_arg(call, 0));
    b = ngx_invoke_key_get(ngx_invoke_v8_arg(call, 1));

    if (a == NULL || b == NULL) {
        rc = 0;

    } else if (a->pkey != NULL && b->pkey != NULL) {
        rc = EVP_PKEY_eq(a->pkey, b->pkey);
        ERR_clear_error();

        if (rc == -2) {
            ngx_invoke_v8_throw(call, NGX_INVOKE_V8_ERROR,
                                "ERR_CRYPTO_UNSUPPORTED_OPERATION",
                                "Unsupported crypto operation");
            return;
        }

    } else {
        rc = a->pkey == NULL && b->pkey == NULL && a->len == b->len
             && CRYPTO_memcmp(a->secret, b->secret, a->len) == 0;
    }

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_boolean(call, rc == 1));
}


/* No passphrase is no reason to ask for one at a terminal. */

static int
ngx_invoke_key_passphrase(char *buf, int size, int rwflag, void *data)
{
    ngx_invoke_input_t  *pass = data;

    if (pass == NULL || pass->len > (size_t) size) {
        return -1;
    }

    ngx_memcpy(buf, pass->data, pass->len);

    return pass->len;
}


static EVP_PKEY *
ngx_invoke_key_certificate(const uint8_t **p, long len)
{
    X509      *cert;
    EVP_PKEY  *pkey;

    cert = d2i_X509(NULL, p, len);
    pkey = cert != NULL ? X509_get_pubkey(cert) : NULL;
    X509_free(cert);

    return pkey;
}


/* Of a public key or a certificate in PEM; *known: there was one. */

static EVP_PKEY *
ngx_invoke_key_public_pem(ngx_invoke_input_t *in, ngx_uint_t *known)
{
    BIO            *bio;
    long            len;
    EVP_PKEY       *pkey;
    ngx_uint_t      i;
    unsigned char  *der;
    const uint8_t  *p;

    static const char  *names[] = { "PUBLIC KEY", "RSA PUBLIC KEY",
                                    "CERTIFICATE" };

    *known = 0;
    pkey = NULL;

    for (i = 0; i < 3; i++) {
        bio = BIO_new_mem_buf(in->data, in->len);

        if (bio == NULL) {
            return NULL;
        }

        if (PEM_bytes_read_bio(&der, &len, NULL, names[i], bio,
                               ngx_invoke_key_passphrase, NULL)
            == 1)
        {
            p = der;
            pkey = i == 0 ? d2i_PUBKEY(NULL, &p, len)
                   : i == 1 ? d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, len)
                            : ngx_invoke_key_certificate(&p, len);
            OPENSSL_free(der);
            *known = 1;
        }

        BIO_free(bio);

        if (*known) {
            break;
        }

        ERR_clear_error();
    }

    return pkey;
}


/* Whether DER is of a sequence that begins with another one, or a number. */

static ngx_uint_t
ngx_invoke_key_begins(ngx_invoke_input_t *in, int expected, int nth)
{
    int             tag, class;
    long            len;
    const uint8_t  *p, *end;

    p = in->data;
    end = p + in->len;

    if ((ASN1_get_object(&p, &len, &tag, &class, end - p) & 0x80)
        || tag != V_ASN1_SEQUENCE)
    {
        ERR_clear_error();
        return 0;
    }

    for ( ;; ) {
        if (p >= end
            || (ASN1_get_object(&p, &len, &tag, &class, end - p) & 0x80))
        {
            ERR_clear_error();
            return 0;
        }

        if (nth-- == 0) {
            return tag == expected;
        }

        p += len;
    }
}


static ngx_uint_t
ngx_invoke_key_within(const ASN1_INTEGER *rounds)
{
    int64_t  n;

    return ASN1_INTEGER_get_int64(&n, rounds) == 1
           && n <= NGX_INVOKE_KEY_ROUNDS;
}


/* Whether PBKDF2 or scrypt with these parameters is bearable. */

static ngx_uint_t
ngx_invoke_key_derivable(const X509_ALGOR *kdf)
{
    uint64_t        n, r, p;
    ngx_uint_t      rc;
    PBKDF2PARAM    *pbkdf2;
    SCRYPT_PARAMS  *scrypt;

    if (OBJ_obj2nid(kdf->algorithm) == NID_id_scrypt) {
        scrypt = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(SCRYPT_PARAMS),
                                           kdf->parameter);
        if (scrypt == NULL) {
            return 0;
        }

        rc = ASN1_INTEGER_get_uint64(&n, scrypt->costParameter) == 1
             && ASN1_INTEGER_get_uint64(&r, scrypt->blockSize) == 1
             && ASN1_INTEGER_get_uint64(&p, scrypt->parallelizationParameter)
                == 1
             && n <= NGX_INVOKE_KEY_SCRYPT && r <= NGX_INVOKE_KEY_SCRYPT
             && n * r <= NGX_INVOKE_KEY_SCRYPT && p <= NGX_INVOKE_KEY_SCRYPT
             && n * r * p <= NGX_INVOKE_KEY_SCRYPT;

        SCRYPT_PARAMS_free(scrypt);

        return rc;
    }

    pbkdf2 = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM),
                                       kdf->parameter);

    rc = pbkdf2 != NULL && ngx_invoke_key_within(pbkdf2->iter);
    PBKDF2PARAM_free(pbkdf2);

    return rc;
}


/* The same of an encrypted key; what is none is told by OpenSSL. */

static ngx_uint_t
ngx_invoke_key_bearable(const uint8_t *der, long len)
{
    X509_SIG          *sig;
    PBEPARAM          *pbe;
    PBE2PARAM         *pbe2;
    ngx_uint_t         rc;
    const X509_ALGOR  *alg;

    rc = 1;
    sig = d2i_X509_SIG(NULL, &der, len);

    if (sig != NULL) {
        X509_SIG_get0(sig, &alg, NULL);

        if (OBJ_obj2nid(alg->algorithm) == NID_pbes2) {
            pbe2 = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM),
                                             alg->parameter);
            rc = pbe2 == NULL || ngx_invoke_key_derivable(pbe2->keyfunc);
            PBE2PARAM_free(pbe2);

        } else {
            pbe = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBEPARAM),
                                            alg->parameter);
            rc = pbe == NULL || ngx_invoke_key_within(pbe->iter);
            PBEPARAM_free(pbe);
        }
    }

    X509_SIG_free(sig);
    ERR_clear_error();

    if (!rc) {
        ERR_raise(ERR_LIB_EVP, EVP_R_PBKDF2_ERROR);
    }

    return rc;
}


/* The same of all such keys in PEM, as OpenSSL takes the first that it can. */

static ngx_uint_t
ngx_invoke_key_bearable_pem(ngx_invoke_input_t *in)
{
    BIO            *bio;
    long            len;
    ngx_uint_t      rc;
    unsigned char  *der;

    rc = 1;
    bio = BIO_new_mem_buf(in->data, in->len);

    while (rc && bio != NULL
           && PEM_bytes_read_bio(&der, &len, NULL, PEM_STRING_PKCS8, bio,
                                 ngx_invoke_key_passphrase, NULL)
              == 1)
    {
        rc = ngx_invoke_key_bearable(der, len);
        OPENSSL_free(der);
    }

    BIO_free(bio);

    if (rc) {
        ERR_clear_error();
    }

    return rc;
}


static EVP_PKEY *
ngx_invoke_key_pkcs8(ngx_invoke_input_t *in, ngx_invoke_input_t *pass)
{
    BIO                  *bio;
    EVP_PKEY             *pkey;
    PKCS8_PRIV_KEY_INFO  *info;

    bio = BIO_new_mem_buf(in->data, in->len);
    if (bio == NULL) {
        return NULL;
    }

    /* an encrypted one begins with how it is, else there is a version */

    if (ngx_invoke_key_begins(in, V_ASN1_SEQUENCE, 0)) {
        pkey = ngx_invoke_key_bearable(in->data, in->len)
               ? d2i_PKCS8PrivateKey_bio(bio, NULL, ngx_invoke_key_passphrase,
                                         pass)
               : NULL;

    } else {
        info = d2i_PKCS8_PRIV_KEY_INFO_bio(bio, NULL);
        pkey = info != NULL ? EVP_PKCS82PKEY(info) : NULL;
        PKCS8_PRIV_KEY_INFO_free(info);
    }

    BIO_free(bio);

    return pkey;
}


static EVP_PKEY *
ngx_invoke_key_private(ngx_invoke_input_t *in, int format, int type,
    ngx_invoke_input_t *pass)
{
    BIO            *bio;
    EVP_PKEY       *pkey;
    const uint8_t  *p;

    p = in->data;

    if (format == NGX_INVOKE_KEY_PEM) {
        bio = ngx_invoke_key_bearable_pem(in)
              ? BIO_new_mem_buf(in->data, in->len) : NULL;
        pkey = bio != NULL
               ? PEM_read_bio_PrivateKey(bio, NULL,
                                         ngx_invoke_key_passphrase, pass)
               : NULL;
        BIO_free(bio);

    } else if (type == NGX_INVOKE_KEY_PKCS8) {
        pkey = ngx_invoke_key_pkcs8(in, pass);

    } else {
        pkey = d2i_PrivateKey(type == NGX_INVOKE_KEY_PKCS1 ? EVP_PKEY_RSA
                                                           : EVP_PKEY_EC,
                              NULL, &p, in->len);
    }

    /* OpenSSL can fail and still return a key */

    if (ERR_peek_error() != 0) {
        EVP_PKEY_free(pkey);
        return NULL;
    }

    return pkey;
}


static EVP_PKEY *
ngx_invoke_key_either(ngx_invoke_input_t *in, int format, int type,
    ngx_invoke_input_t *pass)
{
    EVP_PKEY       *pkey;
    ngx_uint_t      known;
    const uint8_t  *p;

    if (format == NGX_INVOKE_KEY_PEM) {
        pkey = ngx_invoke_key_public_pem(in, &known);

        return known ? pkey : ngx_invoke_key_private(in, format, type, pass);
    }

    p = in->data;

    if (type == NGX_INVOKE_KEY_SPKI) {
        return d2i_PUBKEY(NULL, &p, in->len);
    }

    /* a private one begins with a version of one byte, and has more */

    if (type == NGX_INVOKE_KEY_PKCS1
        && !ngx_invoke_key_begins(in, V_ASN1_INTEGER, 2))
    {
        return d2i_PublicKey(EVP_PKEY_RSA, NULL, &p, in->len);
    }

    return ngx_invoke_key_private(in, format, type, pass);
}


/*
 * keyParse(whether it must be private, data, format, type, passphrase) →
 * key
 */

static void
ngx_invoke_bind_key_parse(ngx_invoke_v8_call_t *call)
{
    int                  format, type, only, given;
    EVP_PKEY            *pkey;
    ngx_invoke_key_t    *key;
    ngx_invoke_input_t   in, pass;

    only = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 0));
    format = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 2));
    type = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 3));
    given = ngx_invoke_v8_type(ngx_invoke_v8_arg(call, 4))
            == NGX_INVOKE_V8_BYTES;

    if (ngx_invoke_input_get(call, 1, -1, &in) != NGX_OK
        || (given && ngx_invoke_input_get(call, 4, -1, &pass) != NGX_OK))
    {
        return;
    }

    ERR_clear_error();

    pkey = in.len > INT_MAX ? NULL
           : only ? ngx_invoke_key_private(&in, format, type,
                                           given ? &pass : NULL)
                  : ngx_invoke_key_either(&in, format, type,
                                          given ? &pass : NULL);

    if (pkey == NULL && !given
        && ERR_GET_LIB(ERR_peek_error()) == ERR_LIB_PEM
        && ERR_GET_REASON(ERR_peek_error()) == PEM_R_BAD_PASSWORD_READ)
    {
        ERR_clear_error();
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_TYPE_ERROR,
                            "ERR_MISSING_PASSPHRASE",
                            "Passphrase required for encrypted key");
        return;
    }

    if (pkey == NULL) {
        ngx_invoke_openssl_throw(call, only ? "Failed to read private key"
                                            : "Failed to read asymmetric key");
        return;
    }

    key = ngx_invoke_key_new(call, pkey);

    if (key != NULL) {
        ngx_invoke_key_return(call, key);
    }

    ERR_clear_error();
}


/* keyCheck(key, whether it is private) → whether it is one of its curve */

static void
ngx_invoke_bind_key_check(ngx_invoke_v8_call_t *call)
{
    int                rc;
    EVP_PKEY_CTX      *ctx;
    ngx_invoke_key_t  *key;

    key = ngx_invoke_key_pair(call, 0);
    if (key == NULL) {
        return;
    }

    ctx = EVP_PKEY_CTX_new(key->pkey, NULL);
    rc = ctx != NULL
         && (ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1)) == 1
             ? EVP_PKEY_check(ctx) : EVP_PKEY_public_check(ctx))
            == 1;

    EVP_PKEY_CTX_free(ctx);
    ERR_clear_error();

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_boolean(call, rc));
}
