
#include "ngx_invoke_openssl.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>


static void ngx_invoke_bind_key_export_native(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_key_type(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_key_bits(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_key_number(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_key_text(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_key_pss(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_key_raw(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_key_make(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_key_make_raw(ngx_invoke_v8_call_t *call);


/* Of the crypto binding: what a key of two halves is written as. */

const ngx_invoke_v8_native_t  ngx_invoke_bind_key_export[] = {
    { "keyExport", ngx_invoke_bind_key_export_native },
    { "keyType", ngx_invoke_bind_key_type },
    { "keyBits", ngx_invoke_bind_key_bits },
    { "keyNumber", ngx_invoke_bind_key_number },
    { "keyText", ngx_invoke_bind_key_text },
    { "keyPSS", ngx_invoke_bind_key_pss },
    { "keyRaw", ngx_invoke_bind_key_raw },
    { "keyMake", ngx_invoke_bind_key_make },
    { "keyMakeRaw", ngx_invoke_bind_key_make_raw },
    { NULL, NULL }
};


/* actor thread, all of this file */

static int
ngx_invoke_key_write_public(BIO *bio, EVP_PKEY *pkey, int format, int type)
{
    int       len, rc;
    uint8_t  *der;

    if (type == NGX_INVOKE_KEY_SPKI) {
        return format == NGX_INVOKE_KEY_PEM ? PEM_write_bio_PUBKEY(bio, pkey)
                                            : i2d_PUBKEY_bio(bio, pkey);
    }

    der = NULL;
    len = i2d_PublicKey(pkey, &der);

    rc = len > 0
         && (format == NGX_INVOKE_KEY_PEM
             ? PEM_write_bio(bio, "RSA PUBLIC KEY", "", der, len) > 0
             : BIO_write(bio, der, len) == len);

    OPENSSL_free(der);

    return rc;
}


static int
ngx_invoke_key_write_private(BIO *bio, EVP_PKEY *pkey, int format, int type,
    const EVP_CIPHER *cipher, ngx_invoke_input_t *pass)
{
    int    len;
    char  *text;

    /* OpenSSL asks for what is NULL at the terminal, not for what is empty */

    text = cipher == NULL ? NULL : pass->len > 0 ? (char *) pass->data : "";
    len = cipher == NULL ? 0 : pass->len;

    if (type == NGX_INVOKE_KEY_PKCS8) {
        return format == NGX_INVOKE_KEY_PEM
               ? PEM_write_bio_PKCS8PrivateKey(bio, pkey, cipher, text, len,
                                               NULL, NULL)
               : i2d_PKCS8PrivateKey_bio(bio, pkey, cipher, text, len, NULL,
                                         NULL);
    }

    return format == NGX_INVOKE_KEY_PEM
           ? PEM_write_bio_PrivateKey_traditional(bio, pkey, cipher,
                                                  (uint8_t *) text, len,
                                                  NULL, NULL)
           : i2d_PrivateKey_bio(bio, pkey);
}


/*
 * keyExport(key, whether it is private, format, type, cipher, passphrase) →
 * a string with PEM, a Uint8Array with DER
 */

static void
ngx_invoke_bind_key_export_native(ngx_invoke_v8_call_t *call)
{
    BIO                    *bio;
    int                     rc, format, type, base, private;
    char                    name[80], *data;
    long                    len;
    ngx_invoke_key_t       *key;
    const EVP_CIPHER       *cipher;
    ngx_invoke_input_t      pass;
    ngx_invoke_v8_value_t   text;

    key = ngx_invoke_key_pair(call, 0);
    if (key == NULL) {
        return;
    }

    private = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1)) == 1;
    format = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 2));
    type = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 3));
    base = EVP_PKEY_get_base_id(key->pkey);
    cipher = NULL;
    pass.text = NULL;

    if ((type == NGX_INVOKE_KEY_PKCS1 && base != EVP_PKEY_RSA)
        || (type == NGX_INVOKE_KEY_SEC1 && base != EVP_PKEY_EC))
    {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_ERROR,
                            "ERR_CRYPTO_INCOMPATIBLE_KEY_OPTIONS",
                            "The selected key encoding is not for this key");
        return;
    }

    if (ngx_invoke_v8_type(ngx_invoke_v8_arg(call, 4))
        == NGX_INVOKE_V8_STRING)
    {
        ngx_invoke_openssl_name(call, 4, name, sizeof(name));
        cipher = EVP_get_cipherbyname(name);
        ERR_clear_error();

        if (cipher == NULL) {
            ngx_invoke_v8_throw(call, NGX_INVOKE_V8_ERROR,
                                "ERR_CRYPTO_UNKNOWN_CIPHER",
                                "Unknown cipher");
            return;
        }

        if (ngx_invoke_input_get(call, 5, -1, &pass) != NGX_OK) {
            return;
        }
    }

    bio = BIO_new(BIO_s_mem());

    rc = bio != NULL
         && (private ? ngx_invoke_key_write_private(bio, key->pkey, format,
                                                    type, cipher, &pass)
                     : ngx_invoke_key_write_public(bio, key->pkey, format,
                                                   type))
            == 1;

    ngx_invoke_input_free(&pass);

    if (!rc) {
        ngx_invoke_openssl_throw(call, private
                                       ? "Failed to encode private key"
                                       : "Failed to encode public key");

    } else {
        len = BIO_get_mem_data(bio, &data);

        if (format != NGX_INVOKE_KEY_PEM) {
            ngx_invoke_openssl_return(call, -1, (uint8_t *) data, len);

        } else {
            text = ngx_invoke_v8_new_string(call, NGX_INVOKE_V8_LATIN1, data,
                                            len);
            if (text != NULL) {
                ngx_invoke_v8_return(call, text);
            }
        }
    }

    BIO_free(bio);
    ERR_clear_error();
}


/* keyType(key) → Node's name of its algorithm, or undefined */

static void
ngx_invoke_bind_key_type(ngx_invoke_v8_call_t *call)
{
    const char             *name;
    ngx_invoke_key_t       *key;
    ngx_invoke_v8_value_t   text;

    key = ngx_invoke_key_pair(call, 0);
    if (key == NULL) {
        return;
    }

    switch (EVP_PKEY_get_id(key->pkey)) {

    case EVP_PKEY_RSA:
        name = "rsa";
        break;

    case EVP_PKEY_RSA_PSS:
        name = "rsa-pss";
        break;

    case EVP_PKEY_DSA:
        name = "dsa";
        break;

    case EVP_PKEY_DH:
        name = "dh";
        break;

    case EVP_PKEY_EC:
        name = "ec";
        break;

    case EVP_PKEY_ED25519:
        name = "ed25519";
        break;

    case EVP_PKEY_ED448:
        name = "ed448";
        break;

    case EVP_PKEY_X25519:
        name = "x25519";
        break;

    case EVP_PKEY_X448:
        name = "x448";
        break;

    default:
        return;
    }

    text = ngx_invoke_v8_new_name(call, name, ngx_strlen(name));

    if (text != NULL) {
        ngx_invoke_v8_return(call, text);
    }
}


/* keyBits(key) → its size */

static void
ngx_invoke_bind_key_bits(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_key_t  *key;

    key = ngx_invoke_key_pair(call, 0);

    if (key != NULL) {
        ngx_invoke_v8_return_number(call, EVP_PKEY_get_bits(key->pkey));
    }
}


/*
 * keyNumber(key, OpenSSL's name, length or 0) → a Uint8Array of so many
 * bytes, or undefined
 */

static void
ngx_invoke_bind_key_number(ngx_invoke_v8_call_t *call)
{
    int                  len;
    char                 name[80];
    BIGNUM              *bn;
    uint8_t              data[4096];
    ngx_invoke_key_t    *key;
    ngx_invoke_index_t   size;

    if (ngx_invoke_index_get(call, 2, &size) != NGX_OK) {
        return;
    }

    key = ngx_invoke_key_pair(call, 0);
    if (key == NULL) {
        return;
    }

    ngx_invoke_openssl_name(call, 1, name, sizeof(name));

    bn = NULL;

    if (EVP_PKEY_get_bn_param(key->pkey, name, &bn) == 1) {
        len = ngx_max(size.value, (size_t) BN_num_bytes(bn));

        if (len <= (int) sizeof(data) && BN_bn2binpad(bn, data, len) == len) {
            ngx_invoke_openssl_return(call, -1, data, len);
        }
    }

    BN_clear_free(bn);
    OPENSSL_cleanse(data, sizeof(data));
    ERR_clear_error();
}


/* keyText(key, OpenSSL's name) → string, a number as well, or undefined */

static void
ngx_invoke_bind_key_text(ngx_invoke_v8_call_t *call)
{
    int                     number;
    char                    name[80], text[80];
    const char             *found;
    const EVP_MD           *md;
    ngx_invoke_key_t       *key;
    ngx_invoke_v8_value_t   value;

    key = ngx_invoke_key_pair(call, 0);
    if (key == NULL) {
        return;
    }

    ngx_invoke_openssl_name(call, 1, name, sizeof(name));

    if (EVP_PKEY_get_utf8_string_param(key->pkey, name, text, sizeof(text),
                                       NULL)
        == 1)
    {
        md = EVP_get_digestbyname(text);
        found = md != NULL ? OBJ_nid2ln(EVP_MD_get_type(md)) : text;
        value = ngx_invoke_v8_new_name(call, found, ngx_strlen(found));

        if (value != NULL) {
            ngx_invoke_v8_return(call, value);
        }

    } else if (EVP_PKEY_get_int_param(key->pkey, name, &number) == 1) {
        ngx_invoke_v8_return_number(call, number);
    }

    ERR_clear_error();
}


/*
 * keyPSS(key) → [digest, digest of MGF1 or undefined, length of the salt], or
 * undefined: the key is for any. What is left out in ASN.1 has a default, which
 * OpenSSL's providers do not tell apart from no parameters at all.
 */

static void
ngx_invoke_bind_key_pss(ngx_invoke_v8_call_t *call)
{
    int64_t                 salt;
    const RSA              *rsa;
    const char             *name, *mgf1;
    ngx_invoke_key_t       *key;
    ngx_invoke_v8_value_t   values[3];
    const RSA_PSS_PARAMS   *pss;

    key = ngx_invoke_key_pair(call, 0);
    if (key == NULL) {
        return;
    }

    rsa = EVP_PKEY_get0_RSA(key->pkey);
    pss = rsa != NULL ? RSA_get0_pss_params(rsa) : NULL;
    ERR_clear_error();

    if (pss == NULL) {
        return;
    }

    name = LN_sha1;
    mgf1 = LN_sha1;
    salt = 20;

    if (pss->hashAlgorithm != NULL) {
        name = OBJ_nid2ln(OBJ_obj2nid(pss->hashAlgorithm->algorithm));
    }

    if (pss->maskGenAlgorithm != NULL) {
        mgf1 = pss->maskHash != NULL
               && OBJ_obj2nid(pss->maskGenAlgorithm->algorithm) == NID_mgf1
               ? OBJ_nid2ln(OBJ_obj2nid(pss->maskHash->algorithm)) : NULL;
    }

    if (pss->saltLength != NULL
        && ASN1_INTEGER_get_int64(&salt, pss->saltLength) != 1)
    {
        ngx_invoke_openssl_throw(call, "ASN1_INTEGER_get_in64 error");
        return;
    }

    values[0] = ngx_invoke_v8_new_name(call, name, ngx_strlen(name));
    values[1] = mgf1 == NULL ? ngx_invoke_v8_undefined(call)
                : ngx_invoke_v8_new_name(call, mgf1, ngx_strlen(mgf1));
    values[2] = ngx_invoke_v8_new_number(call, salt);

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_array(call, values, 3));
}


/*
 * keyRaw(key, 0: the public half, 1: the private one, 2: the point of a curve)
 * → Uint8Array
 */

static void
ngx_invoke_bind_key_raw(ngx_invoke_v8_call_t *call)
{
    int                rc, what;
    size_t             len;
    uint8_t            data[512];
    ngx_invoke_key_t  *key;

    key = ngx_invoke_key_pair(call, 0);
    if (key == NULL) {
        return;
    }

    what = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1));
    len = sizeof(data);

    switch (what) {

    case 0:
        rc = EVP_PKEY_get_raw_public_key(key->pkey, data, &len);
        break;

    case 1:
        rc = EVP_PKEY_get_raw_private_key(key->pkey, data, &len);
        break;

    default:
        rc = EVP_PKEY_get_octet_string_param(key->pkey,
                                             OSSL_PKEY_PARAM_PUB_KEY, data,
                                             sizeof(data), &len);
        break;
    }

    if (rc == 1) {
        ngx_invoke_openssl_return(call, -1, data, len);
        ERR_clear_error();

    } else {
        ngx_invoke_openssl_throw(call, "Failed to export the key");
    }

    OPENSSL_cleanse(data, sizeof(data));
}


/* A parameter of keyMake(): a number, which is kept until it is used. */

static ngx_int_t
ngx_invoke_key_param(ngx_invoke_v8_call_t *call, OSSL_PARAM_BLD *bld, int i,
    BIGNUM **bn)
{
    char                name[80];
    ngx_int_t           rc;
    const char         *known;
    ngx_invoke_input_t  in;

    /* the builder keeps the pointer to the name */
    static const char  *names[] = {
        OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E, OSSL_PKEY_PARAM_RSA_D,
        OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2,
        OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2,
        OSSL_PKEY_PARAM_RSA_COEFFICIENT1, OSSL_PKEY_PARAM_PRIV_KEY
    };

    known = NULL;
    ngx_invoke_openssl_name(call, i, name, sizeof(name));

    for (rc = 0; rc < (ngx_int_t) (sizeof(names) / sizeof(char *)); rc++) {
        if (ngx_strcmp(name, names[rc]) == 0) {
            known = names[rc];
        }
    }

    if (known == NULL || ngx_invoke_input_get(call, i + 1, -1, &in) != NGX_OK)
    {
        return NGX_ERROR;
    }

    *bn = in.len <= 4096 ? BN_bin2bn(in.data, in.len, NULL) : NULL;

    rc = *bn != NULL && OSSL_PARAM_BLD_push_BN(bld, known, *bn) == 1
         ? NGX_OK : NGX_ERROR;

    ngx_invoke_input_free(&in);

    return rc;
}


static EVP_PKEY *
ngx_invoke_key_from(const char *type, int selection, OSSL_PARAM_BLD *bld)
{
    EVP_PKEY      *pkey;
    OSSL_PARAM    *params;
    EVP_PKEY_CTX  *ctx;

    pkey = NULL;
    params = OSSL_PARAM_BLD_to_param(bld);
    ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);

    if (params != NULL && ctx != NULL && EVP_PKEY_fromdata_init(ctx) == 1
        && EVP_PKEY_fromdata(ctx, &pkey, selection, params) != 1)
    {
        pkey = NULL;
    }

    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);

    return pkey;
}


/*
 * keyMake(type, whether it is private, curve, point, then OpenSSL's names
 * and numbers) → key, or undefined: these make none
 */

static void
ngx_invoke_bind_key_make(ngx_invoke_v8_call_t *call)
{
    int                  i, n, selection;
    char                 type[16], curve[80];
    BIGNUM              *numbers[8];
    EVP_PKEY            *pkey;
    OSSL_PARAM_BLD      *bld;
    ngx_invoke_key_t    *key;
    ngx_invoke_input_t   point;

    ngx_invoke_openssl_name(call, 0, type, sizeof(type));
    ngx_invoke_openssl_name(call, 2, curve, sizeof(curve));

    selection = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1)) == 1
                ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;

    n = 0;
    pkey = NULL;
    point.text = NULL;

    ERR_clear_error();
    bld = OSSL_PARAM_BLD_new();

    if (bld == NULL) {
        return;
    }

    if (curve[0] != '\0') {
        if (ngx_invoke_input_get(call, 3, -1, &point) != NGX_OK
            || OSSL_PARAM_BLD_push_utf8_string(bld,
                                           OSSL_PKEY_PARAM_GROUP_NAME, curve,
                                           0)
               != 1
            || OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY,
                                                point.data, point.len)
               != 1)
        {
            goto done;
        }
    }

    for (i = 4; i + 1 < ngx_invoke_v8_argc(call) && n < 8; i += 2) {
        numbers[n] = NULL;

        if (ngx_invoke_key_param(call, bld, i, &numbers[n++]) != NGX_OK) {
            goto done;
        }
    }

    pkey = ngx_invoke_key_from(type, selection, bld);

done:

    OSSL_PARAM_BLD_free(bld);
    ngx_invoke_input_free(&point);
    ERR_clear_error();

    while (n-- > 0) {
        BN_clear_free(numbers[n]);
    }

    key = pkey != NULL ? ngx_invoke_key_new(call, pkey) : NULL;

    if (key != NULL) {
        ngx_invoke_key_return(call, key);
    }
}


/* keyMakeRaw(OpenSSL's number, whether it is private, bytes) → key */

static void
ngx_invoke_bind_key_make_raw(ngx_invoke_v8_call_t *call)
{
    int                id;
    EVP_PKEY          *pkey;
    ngx_invoke_key_t  *key;
    ngx_invoke_view_t  view;

    if (ngx_invoke_view_get(call, ngx_invoke_v8_arg(call, 2), &view)
        != NGX_OK)
    {
        return;
    }

    id = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 0));

    pkey = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1)) == 1
           ? EVP_PKEY_new_raw_private_key(id, NULL, view.data, view.len)
           : EVP_PKEY_new_raw_public_key(id, NULL, view.data, view.len);

    ERR_clear_error();

    key = pkey != NULL ? ngx_invoke_key_new(call, pkey) : NULL;

    if (key != NULL) {
        ngx_invoke_key_return(call, key);
    }
}
