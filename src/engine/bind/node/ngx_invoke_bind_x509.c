
#include "ngx_invoke_x509.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>


/* Of one name, or usages of one key: more are not told. */
#define NGX_INVOKE_X509_VALUES  256

/* What OpenSSL takes for a certificate, about. */
#define NGX_INVOKE_X509_SIZE  8192


static void ngx_invoke_bind_x509_parse(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_x509_text(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_x509_names(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_x509_usage(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_x509_raw(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_x509_key(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_x509_nist(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_x509_ca(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_x509_check(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_x509_issued(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_x509_check_key(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_x509_verify(ngx_invoke_v8_call_t *call);


/* Of the crypto binding: certificates. */

const ngx_invoke_v8_native_t  ngx_invoke_bind_x509[] = {
    { "x509Parse", ngx_invoke_bind_x509_parse },
    { "x509Text", ngx_invoke_bind_x509_text },
    { "x509Names", ngx_invoke_bind_x509_names },
    { "x509Usage", ngx_invoke_bind_x509_usage },
    { "x509Raw", ngx_invoke_bind_x509_raw },
    { "x509Key", ngx_invoke_bind_x509_key },
    { "x509Nist", ngx_invoke_bind_x509_nist },
    { "x509CheckCA", ngx_invoke_bind_x509_ca },
    { "x509Check", ngx_invoke_bind_x509_check },
    { "x509CheckIssued", ngx_invoke_bind_x509_issued },
    { "x509CheckKey", ngx_invoke_bind_x509_check_key },
    { "x509Verify", ngx_invoke_bind_x509_verify },
    { NULL, NULL }
};


static const char  ngx_invoke_x509_kind;


/* actor thread, all of this file */

static void
ngx_invoke_x509_free(void *data)
{
    X509_free(data);
}


X509 *
ngx_invoke_x509_get(ngx_invoke_v8_value_t v)
{
    return ngx_invoke_v8_holder(v, &ngx_invoke_x509_kind);
}


ngx_invoke_v8_value_t
ngx_invoke_x509_new(ngx_invoke_v8_call_t *call, X509 *cert)
{
    return ngx_invoke_v8_new_holder(call, &ngx_invoke_x509_kind, cert,
                                    NGX_INVOKE_X509_SIZE,
                                    ngx_invoke_x509_free);
}


/* The certificate that argument i is, or NULL: it has thrown. */

static X509 *
ngx_invoke_x509_arg(ngx_invoke_v8_call_t *call, int i)
{
    X509  *cert;

    cert = ngx_invoke_x509_get(ngx_invoke_v8_arg(call, i));

    if (cert == NULL) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_TYPE_ERROR,
                            "ERR_INVALID_ARG_TYPE",
                            "The argument must be a certificate");
        return NULL;
    }

    ERR_clear_error();

    return cert;
}


static void
ngx_invoke_x509_return_boolean(ngx_invoke_v8_call_t *call, int value)
{
    ERR_clear_error();
    ngx_invoke_v8_return(call, ngx_invoke_v8_new_boolean(call, value));
}


/* It has no terminal to ask at. */

static int
ngx_invoke_x509_no_password(char *buf, int size, int rwflag, void *data)
{
    return 0;
}


/* x509Parse(PEM or DER) → certificate */

static void
ngx_invoke_bind_x509_parse(ngx_invoke_v8_call_t *call)
{
    BIO                    *bio;
    X509                   *cert;
    const uint8_t          *p;
    ngx_invoke_view_t       view;
    ngx_invoke_v8_value_t   value;

    if (ngx_invoke_view_get(call, ngx_invoke_v8_arg(call, 0), &view)
        != NGX_OK)
    {
        return;
    }

    ERR_clear_error();

    cert = NULL;
    bio = view.len <= INT_MAX ? BIO_new_mem_buf(view.data, view.len) : NULL;

    if (bio != NULL) {
        cert = PEM_read_bio_X509_AUX(bio, NULL, ngx_invoke_x509_no_password,
                                     NULL);
        BIO_free(bio);
    }

    if (cert == NULL && bio != NULL) {
        p = view.data;

        /* the error is told that PEM had */

        ERR_set_mark();
        cert = d2i_X509(NULL, &p, view.len);
        ERR_pop_to_mark();
    }

    if (cert == NULL) {
        ngx_invoke_openssl_throw(call, "Failed to read the certificate");
        return;
    }

    ERR_clear_error();

    value = ngx_invoke_x509_new(call, cert);

    if (value != NULL) {
        ngx_invoke_v8_return(call, value);
    }
}


/*
 * x509Text(certificate, what) → string; undefined: it has none, false: it
 * cannot be told
 */

static void
ngx_invoke_bind_x509_text(ngx_invoke_v8_call_t *call)
{
    BIO                    *bio;
    int                     what;
    X509                   *cert;
    char                   *data;
    long                    len;
    ngx_int_t               rc;
    ngx_invoke_v8_value_t   text;

    cert = ngx_invoke_x509_arg(call, 0);
    if (cert == NULL) {
        return;
    }

    what = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1));
    bio = BIO_new(BIO_s_mem());
    rc = bio != NULL
         ? ngx_invoke_x509_text(bio, cert, what) : NGX_DECLINED;

    if (rc == NGX_OK) {
        len = BIO_get_mem_data(bio, &data);
        text = ngx_invoke_v8_new_string(call, NGX_INVOKE_V8_UTF8, data, len);

    } else {
        text = rc == NGX_ERROR ? ngx_invoke_v8_new_boolean(call, 0) : NULL;
    }

    if (text != NULL) {
        ngx_invoke_v8_return(call, text);
    }

    BIO_free(bio);
    ERR_clear_error();
}


/* A type of a name and its value; NGX_DECLINED: it is no text. */

static ngx_int_t
ngx_invoke_x509_pair(ngx_invoke_v8_call_t *call, X509_NAME_ENTRY *entry,
    ngx_invoke_v8_value_t *pair)
{
    int           len, nid;
    char          buf[80];
    uint8_t      *data;
    const char   *type;
    ASN1_OBJECT  *object;

    object = X509_NAME_ENTRY_get_object(entry);
    nid = OBJ_obj2nid(object);
    type = nid != NID_undef ? OBJ_nid2sn(nid) : NULL;

    if (type == NULL) {
        OBJ_obj2txt(buf, sizeof(buf), object, 1);
        type = buf;
    }

    len = ASN1_STRING_to_UTF8(&data, X509_NAME_ENTRY_get_data(entry));
    if (len < 0) {
        return NGX_DECLINED;
    }

    pair[0] = ngx_invoke_v8_new_string(call, NGX_INVOKE_V8_UTF8, type,
                                       ngx_strlen(type));
    pair[1] = ngx_invoke_v8_new_string(call, NGX_INVOKE_V8_UTF8, data, len);

    OPENSSL_free(data);

    return pair[0] != NULL && pair[1] != NULL ? NGX_OK : NGX_ERROR;
}


/*
 * x509Names(certificate, 0: of the subject, 1: of the issuer) → types and
 * values by turns; undefined: one is no text
 */

static void
ngx_invoke_bind_x509_names(ngx_invoke_v8_call_t *call)
{
    int                     i, n;
    X509                   *cert;
    X509_NAME              *name;
    ngx_int_t               rc;
    ngx_invoke_v8_value_t   values[2 * NGX_INVOKE_X509_VALUES];

    cert = ngx_invoke_x509_arg(call, 0);
    if (cert == NULL) {
        return;
    }

    name = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1)) == 1
           ? X509_get_issuer_name(cert) : X509_get_subject_name(cert);

    n = ngx_min(X509_NAME_entry_count(name), NGX_INVOKE_X509_VALUES);
    rc = NGX_OK;

    for (i = 0; i < n && rc == NGX_OK; i++) {
        rc = ngx_invoke_x509_pair(call, X509_NAME_get_entry(name, i),
                                  &values[2 * i]);
    }

    ERR_clear_error();

    if (rc != NGX_OK) {
        return;
    }

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_array(call, values, 2 * n));
}


/* x509Usage(certificate) → the numbers of its extended usages, or undefined */

static void
ngx_invoke_bind_x509_usage(ngx_invoke_v8_call_t *call)
{
    int                     i, n;
    char                    text[256];
    X509                   *cert;
    EXTENDED_KEY_USAGE     *usage;
    ngx_invoke_v8_value_t   values[NGX_INVOKE_X509_VALUES];

    cert = ngx_invoke_x509_arg(call, 0);
    if (cert == NULL) {
        return;
    }

    usage = X509_get_ext_d2i(cert, NID_ext_key_usage, NULL, NULL);
    ERR_clear_error();

    if (usage == NULL) {
        return;
    }

    n = ngx_min(sk_ASN1_OBJECT_num(usage), NGX_INVOKE_X509_VALUES);

    for (i = 0; i < n; i++) {
        if (OBJ_obj2txt(text, sizeof(text), sk_ASN1_OBJECT_value(usage, i), 1)
            < 0)
        {
            text[0] = '\0';
        }

        values[i] = ngx_invoke_v8_new_string(call, NGX_INVOKE_V8_LATIN1, text,
                                             ngx_strlen(text));
    }

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_array(call, values, n));

    sk_ASN1_OBJECT_pop_free(usage, ASN1_OBJECT_free);
}


/* x509Raw(certificate) → a Uint8Array with DER */

static void
ngx_invoke_bind_x509_raw(ngx_invoke_v8_call_t *call)
{
    int       len;
    X509     *cert;
    uint8_t  *der;

    cert = ngx_invoke_x509_arg(call, 0);
    if (cert == NULL) {
        return;
    }

    der = NULL;
    len = i2d_X509(cert, &der);

    if (len < 0) {
        ngx_invoke_openssl_throw(call, "Failed to encode the certificate");
        return;
    }

    ngx_invoke_openssl_return(call, -1, der, len);
    OPENSSL_free(der);
}


/* x509Key(certificate) → its public key */

static void
ngx_invoke_bind_x509_key(ngx_invoke_v8_call_t *call)
{
    X509              *cert;
    EVP_PKEY          *pkey;
    ngx_invoke_key_t  *key;

    cert = ngx_invoke_x509_arg(call, 0);
    if (cert == NULL) {
        return;
    }

    pkey = X509_get_pubkey(cert);

    if (pkey == NULL) {
        ngx_invoke_openssl_throw(call, "Failed to read the public key");
        return;
    }

    key = ngx_invoke_key_new(call, pkey);

    if (key != NULL) {
        ngx_invoke_key_return(call, key);
    }

    ERR_clear_error();
}


/* x509Nist(OpenSSL's name of a curve) → NIST's, or undefined */

static void
ngx_invoke_bind_x509_nist(ngx_invoke_v8_call_t *call)
{
    char                    name[80];
    const char             *nist;
    ngx_invoke_v8_value_t   text;

    ngx_invoke_openssl_name(call, 0, name, sizeof(name));

    nist = EC_curve_nid2nist(OBJ_txt2nid(name));
    ERR_clear_error();

    if (nist == NULL) {
        return;
    }

    text = ngx_invoke_v8_new_name(call, nist, ngx_strlen(nist));

    if (text != NULL) {
        ngx_invoke_v8_return(call, text);
    }
}


/* x509CheckCA(certificate) → whether it may sign others */

static void
ngx_invoke_bind_x509_ca(ngx_invoke_v8_call_t *call)
{
    X509  *cert;

    cert = ngx_invoke_x509_arg(call, 0);

    if (cert != NULL) {
        ngx_invoke_x509_return_boolean(call, X509_check_ca(cert) == 1);
    }
}


static int
ngx_invoke_x509_match(X509 *cert, int what, ngx_str_t *name, unsigned flags,
    char **peer)
{
    switch (what) {

    case 0:
        return X509_check_host(cert, (char *) name->data, name->len, flags,
                               peer);

    case 1:
        return X509_check_email(cert, (char *) name->data, name->len, flags);

    default:
        return X509_check_ip_asc(cert, (char *) name->data, flags);
    }
}


/*
 * x509Check(certificate, 0: host, 1: email, 2: address, name, flags) → the
 * name that has matched, or undefined
 */

static void
ngx_invoke_bind_x509_check(ngx_invoke_v8_call_t *call)
{
    int                     rc, what, flags;
    X509                   *cert;
    char                   *peer;
    ngx_str_t               name;
    ngx_invoke_v8_value_t   text;

    cert = ngx_invoke_x509_arg(call, 0);
    if (cert == NULL) {
        return;
    }

    what = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1));
    flags = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 3));
    name = ngx_invoke_bind_string(call, 2, NGX_INVOKE_V8_UTF8);

    if (name.data == NULL) {
        return;
    }

    peer = NULL;
    rc = ngx_invoke_x509_match(cert, what, &name, flags, &peer);
    free(name.data);
    ERR_clear_error();

    switch (rc) {

    case 1:
        text = peer == NULL ? ngx_invoke_v8_arg(call, 2)
               : ngx_invoke_v8_new_string(call, NGX_INVOKE_V8_LATIN1, peer,
                                          ngx_strlen(peer));
        if (text != NULL) {
            ngx_invoke_v8_return(call, text);
        }

        break;

    case 0:
        break;

    case -2:
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_TYPE_ERROR,
                            "ERR_INVALID_ARG_VALUE",
                            what == 2 ? "Invalid IP" : "Invalid name");
        break;

    default:
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_ERROR,
                            "ERR_CRYPTO_OPERATION_FAILED",
                            "Operation failed");
        break;
    }

    OPENSSL_free(peer);
}


/* x509CheckIssued(certificate, other) → whether the other one is its issuer */

static void
ngx_invoke_bind_x509_issued(ngx_invoke_v8_call_t *call)
{
    X509  *cert, *issuer;

    cert = ngx_invoke_x509_arg(call, 0);
    issuer = cert != NULL ? ngx_invoke_x509_arg(call, 1) : NULL;

    if (issuer != NULL) {
        ngx_invoke_x509_return_boolean(call,
            X509_check_issued(issuer, cert) == X509_V_OK);
    }
}


/* x509CheckKey(certificate, private key) → boolean */

static void
ngx_invoke_bind_x509_check_key(ngx_invoke_v8_call_t *call)
{
    X509              *cert;
    ngx_invoke_key_t  *key;

    cert = ngx_invoke_x509_arg(call, 0);
    key = cert != NULL ? ngx_invoke_key_pair(call, 1) : NULL;

    if (key != NULL) {
        ngx_invoke_x509_return_boolean(call,
            X509_check_private_key(cert, key->pkey) == 1);
    }
}


/* x509Verify(certificate, public key) → whether that key has signed it */

static void
ngx_invoke_bind_x509_verify(ngx_invoke_v8_call_t *call)
{
    X509              *cert;
    ngx_invoke_key_t  *key;

    cert = ngx_invoke_x509_arg(call, 0);
    key = cert != NULL ? ngx_invoke_key_pair(call, 1) : NULL;

    if (key != NULL) {
        ngx_invoke_x509_return_boolean(call,
            X509_verify(cert, key->pkey) > 0);
    }
}
