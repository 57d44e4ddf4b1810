
#include "ngx_invoke_tls_context.h"
#include "ngx_invoke_roots.h"

#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>


/* A protocol by its name, as Node has it from OpenSSL 1.0. */

typedef struct {
    const char         *name;
    int                 min;
    int                 max;
} ngx_invoke_tls_method_t;


static const ngx_invoke_tls_method_t  ngx_invoke_tls_methods[] = {
    { "SSLv23", -1, TLS1_2_VERSION },
    { "TLS", 0, TLS1_3_VERSION },
    { "TLSv1", TLS1_VERSION, TLS1_VERSION },
    { "TLSv1_1", TLS1_1_VERSION, TLS1_1_VERSION },
    { "TLSv1_2", TLS1_2_VERSION, TLS1_2_VERSION },
    { NULL, 0, 0 }
};


/* actor thread, all of this file */

static ngx_int_t
ngx_invoke_tls_refuse(ngx_invoke_tls_refusal_t *refusal,
    ngx_invoke_v8_error_e kind, const char *code, const char *message)
{
    ERR_clear_error();

    refusal->kind = kind;
    refusal->code = code;
    refusal->message = message;

    return NGX_ERROR;
}


/* No passphrase is no reason to ask for one at a terminal. */

static int
ngx_invoke_tls_passphrase(char *buf, int size, int rwflag, void *data)
{
    ngx_invoke_tls_step_t  *step = data;

    if (step == NULL || !step->passphrase) {
        return 0;
    }

    if (step->pass.len > (size_t) size) {
        return -1;
    }

    ngx_memcpy(buf, step->pass.data, step->pass.len);

    return step->pass.len;
}


static BIO *
ngx_invoke_tls_bio(ngx_invoke_tls_step_t *step)
{
    return step->data.len <= INT_MAX
           ? BIO_new_mem_buf(step->data.data, step->data.len) : NULL;
}


/* "TLSv1_2_client_method" is the name and one of three ends of it. */

static const SSL_METHOD *
ngx_invoke_tls_method(ngx_str_t *text, const ngx_invoke_tls_method_t **found)
{
    size_t                          len;
    const char                     *end;
    const ngx_invoke_tls_method_t  *m;

    for (m = ngx_invoke_tls_methods; m->name != NULL; m++) {
        len = ngx_strlen(m->name);

        if (text->len < len || ngx_strncmp(text->data, m->name, len) != 0) {
            continue;
        }

        end = (char *) text->data + len;
        *found = m;

        if (ngx_strcmp(end, "_method") == 0) {
            return TLS_method();
        }

        if (ngx_strcmp(end, "_client_method") == 0) {
            return TLS_client_method();
        }

        if (ngx_strcmp(end, "_server_method") == 0) {
            return TLS_server_method();
        }
    }

    return NULL;
}


static void
ngx_invoke_tls_no_method(ngx_str_t *name, ngx_invoke_tls_refusal_t *refusal)
{
    const char  *p;

    p = (char *) name->data;

    if (ngx_strncmp(p, "SSLv2_", 6) == 0 || ngx_strncmp(p, "SSLv3_", 6) == 0) {
        (void) snprintf(refusal->text, sizeof(refusal->text),
                        "%.5s methods disabled", p);

    } else {
        (void) snprintf(refusal->text, sizeof(refusal->text),
                        "Unknown method: %s", p);
    }

    (void) ngx_invoke_tls_refuse(refusal, NGX_INVOKE_V8_TYPE_ERROR,
                                 "ERR_TLS_INVALID_PROTOCOL_METHOD",
                                 refusal->text);
}


SSL_CTX *
ngx_invoke_tls_step_init(ngx_invoke_tls_step_t *step,
    ngx_invoke_tls_refusal_t *refusal)
{
    int                             min, max;
    SSL_CTX                        *ctx;
    const SSL_METHOD               *method;
    const ngx_invoke_tls_method_t  *m;

    method = TLS_method();
    min = step->number;
    max = step->last != 0 ? (int) step->last : TLS1_3_VERSION;

    if (step->data.len > 0) {
        method = ngx_invoke_tls_method(&step->data, &m);

        if (method == NULL) {
            ngx_invoke_tls_no_method(&step->data, refusal);
            return NULL;
        }

        min = m->min >= 0 ? m->min : min;
        max = m->max;
    }

    ctx = SSL_CTX_new(method);

    if (ctx == NULL) {
        refusal->message = NULL;
        return NULL;
    }

    /* sessions are kept by whoever uses it, and a peer may renegotiate */

    SSL_CTX_set_options(ctx, SSL_OP_NO_SSLv2|SSL_OP_NO_SSLv3
                             |SSL_OP_ALLOW_CLIENT_RENEGOTIATION);
    SSL_CTX_clear_mode(ctx, SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_BOTH
                                        |SSL_SESS_CACHE_NO_INTERNAL
                                        |SSL_SESS_CACHE_NO_AUTO_CLEAR);
    SSL_CTX_set_default_passwd_cb(ctx, ngx_invoke_tls_passphrase);

    (void) SSL_CTX_set_min_proto_version(ctx, min);
    (void) SSL_CTX_set_max_proto_version(ctx, max);

    return ctx;
}


/* The store of a context, which is its own from now on; NULL: no memory. */

static X509_STORE *
ngx_invoke_tls_own_store(SSL_CTX *ctx)
{
    X509_STORE  *store, *shared;

    store = SSL_CTX_get_cert_store(ctx);
    shared = ngx_invoke_roots_hold();

    if (shared == NULL || store != shared) {
        X509_STORE_free(shared);
        return store;
    }

    X509_STORE_free(shared);

    store = ngx_invoke_roots_copy();

    if (store != NULL) {
        SSL_CTX_set_cert_store(ctx, store);
    }

    return store;
}


static ngx_int_t
ngx_invoke_tls_step_roots(SSL_CTX *ctx, ngx_invoke_tls_refusal_t *refusal)
{
    X509_STORE  *store;

    store = ngx_invoke_roots_hold();

    if (store == NULL) {
        return ngx_invoke_tls_refuse(refusal, NGX_INVOKE_V8_RANGE_ERROR, NULL,
                                     "Out of memory");
    }

    SSL_CTX_set_cert_store(ctx, store);

    return NGX_OK;
}


/* What is behind the last certificate is no error, as in Node. */

static ngx_int_t
ngx_invoke_tls_step_ca(SSL_CTX *ctx, ngx_invoke_tls_step_t *step,
    ngx_invoke_tls_refusal_t *refusal)
{
    BIO         *bio;
    X509        *cert;
    X509_STORE  *store;

    bio = ngx_invoke_tls_bio(step);
    store = NULL;

    while (bio != NULL) {
        cert = PEM_read_bio_X509_AUX(bio, NULL, ngx_invoke_tls_passphrase,
                                     NULL);
        if (cert == NULL) {
            break;
        }

        store = store != NULL ? store : ngx_invoke_tls_own_store(ctx);

        if (store == NULL || X509_STORE_add_cert(store, cert) != 1
            || SSL_CTX_add_client_CA(ctx, cert) != 1)
        {
            X509_free(cert);
            BIO_free(bio);
            return ngx_invoke_tls_refuse(refusal, NGX_INVOKE_V8_RANGE_ERROR,
                                         NULL, "Out of memory");
        }

        X509_free(cert);
    }

    BIO_free(bio);

    return NGX_OK;
}


static ngx_int_t
ngx_invoke_tls_step_crl(SSL_CTX *ctx, ngx_invoke_tls_step_t *step,
    ngx_invoke_tls_refusal_t *refusal)
{
    BIO         *bio;
    int          rc;
    X509_CRL    *crl;
    X509_STORE  *store;

    bio = ngx_invoke_tls_bio(step);
    crl = bio != NULL
          ? PEM_read_bio_X509_CRL(bio, NULL, ngx_invoke_tls_passphrase, NULL)
          : NULL;
    BIO_free(bio);

    if (crl == NULL) {
        return ngx_invoke_tls_refuse(refusal, NGX_INVOKE_V8_ERROR,
                                     "ERR_CRYPTO_OPERATION_FAILED",
                                     "Failed to parse CRL");
    }

    store = ngx_invoke_tls_own_store(ctx);

    rc = store != NULL
         && X509_STORE_add_crl(store, crl) == 1
         && X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK
                                        |X509_V_FLAG_CRL_CHECK_ALL)
            == 1;

    X509_CRL_free(crl);

    return rc ? NGX_OK
           : ngx_invoke_tls_refuse(refusal, NGX_INVOKE_V8_RANGE_ERROR, NULL,
                                   "Out of memory");
}


/* A certificate, and those behind it that are sent along. */

static int
ngx_invoke_tls_use_chain(SSL_CTX *ctx, X509 *cert, STACK_OF(X509) *chain)
{
    int  i;

    if (SSL_CTX_use_certificate(ctx, cert) != 1) {
        return 0;
    }

    (void) SSL_CTX_clear_chain_certs(ctx);

    for (i = 0; i < sk_X509_num(chain); i++) {
        if (SSL_CTX_add1_chain_cert(ctx, sk_X509_value(chain, i)) != 1) {
            return 0;
        }
    }

    return 1;
}


static int
ngx_invoke_tls_use_pem(SSL_CTX *ctx, BIO *bio)
{
    int              rc;
    X509            *cert, *extra;
    unsigned long    err;
    STACK_OF(X509)  *chain;

    cert = PEM_read_bio_X509_AUX(bio, NULL, ngx_invoke_tls_passphrase, NULL);
    if (cert == NULL) {
        return 0;
    }

    chain = sk_X509_new_null();

    for ( ;; ) {
        extra = chain != NULL
                ? PEM_read_bio_X509(bio, NULL, ngx_invoke_tls_passphrase, NULL)
                : NULL;

        if (extra == NULL) {
            break;
        }

        if (sk_X509_push(chain, extra) == 0) {
            X509_free(extra);
            break;
        }
    }

    err = ERR_peek_last_error();
    rc = 0;

    if (ERR_GET_LIB(err) == ERR_LIB_PEM
        && ERR_GET_REASON(err) == PEM_R_NO_START_LINE)
    {
        ERR_clear_error();
        rc = ngx_invoke_tls_use_chain(ctx, cert, chain);
    }

    sk_X509_pop_free(chain, X509_free);
    X509_free(cert);

    return rc;
}


static ngx_int_t
ngx_invoke_tls_step_cert(SSL_CTX *ctx, ngx_invoke_tls_step_t *step)
{
    BIO  *bio;
    int   rc;

    bio = ngx_invoke_tls_bio(step);
    rc = bio != NULL && ngx_invoke_tls_use_pem(ctx, bio);
    BIO_free(bio);

    return rc ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_invoke_tls_step_key(SSL_CTX *ctx, ngx_invoke_tls_step_t *step)
{
    BIO       *bio;
    int        rc;
    EVP_PKEY  *pkey;

    bio = ngx_invoke_tls_bio(step);
    pkey = bio != NULL
           ? PEM_read_bio_PrivateKey(bio, NULL, ngx_invoke_tls_passphrase,
                                     step)
           : NULL;
    BIO_free(bio);

    rc = pkey != NULL && SSL_CTX_use_PrivateKey(ctx, pkey) == 1;
    EVP_PKEY_free(pkey);

    return rc ? NGX_OK : NGX_ERROR;
}


static int
ngx_invoke_tls_use_pkcs12(SSL_CTX *ctx, PKCS12 *p12, const char *pass)
{
    int              i, rc;
    X509            *cert;
    EVP_PKEY        *pkey;
    X509_STORE      *store;
    STACK_OF(X509)  *chain;

    pkey = NULL;
    cert = NULL;
    chain = NULL;

    rc = PKCS12_parse(p12, pass, &pkey, &cert, &chain) == 1
         && cert != NULL && pkey != NULL
         && ngx_invoke_tls_use_chain(ctx, cert, chain)
         && SSL_CTX_use_PrivateKey(ctx, pkey) == 1;

    if (rc && sk_X509_num(chain) > 0) {
        store = ngx_invoke_tls_own_store(ctx);

        for (i = 0; store != NULL && i < sk_X509_num(chain); i++) {
            (void) X509_STORE_add_cert(store, sk_X509_value(chain, i));
            (void) SSL_CTX_add_client_CA(ctx, sk_X509_value(chain, i));
        }
    }

    sk_X509_pop_free(chain, X509_free);
    X509_free(cert);
    EVP_PKEY_free(pkey);

    return rc;
}


static ngx_int_t
ngx_invoke_tls_step_pkcs12(SSL_CTX *ctx, ngx_invoke_tls_step_t *step,
    ngx_invoke_tls_refusal_t *refusal)
{
    int             rc;
    PKCS12         *p12;
    const char     *reason;
    const uint8_t  *p;

    p = step->data.data;
    p12 = step->data.len <= INT_MAX ? d2i_PKCS12(NULL, &p, step->data.len)
                                    : NULL;

    rc = p12 != NULL
         && ngx_invoke_tls_use_pkcs12(ctx, p12, (char *) step->pass.data);
    PKCS12_free(p12);

    if (rc) {
        return NGX_OK;
    }

    /* Node tells the reason alone */

    reason = ERR_reason_error_string(ERR_get_error());

    return ngx_invoke_tls_refuse(refusal, NGX_INVOKE_V8_ERROR, NULL,
                                 reason != NULL ? reason : "Unknown error");
}


/* OpenSSL's PEM_read_bio_Parameters() would ask for a passphrase. */

static EVP_PKEY *
ngx_invoke_tls_parameters(ngx_invoke_tls_step_t *step)
{
    size_t             len;
    EVP_PKEY          *pkey;
    const uint8_t     *p;
    OSSL_DECODER_CTX  *ctx;

    pkey = NULL;
    p = step->data.data;
    len = step->data.len;

    ctx = OSSL_DECODER_CTX_new_for_pkey(&pkey, "PEM", NULL, "DH",
                                        EVP_PKEY_KEY_PARAMETERS, NULL, NULL);

    if (ctx != NULL
        && OSSL_DECODER_CTX_set_pem_password_cb(ctx, ngx_invoke_tls_passphrase,
                                                step)
           == 1)
    {
        (void) OSSL_DECODER_from_data(ctx, &p, &len);
    }

    OSSL_DECODER_CTX_free(ctx);

    return pkey;
}


static ngx_int_t
ngx_invoke_tls_step_dh(SSL_CTX *ctx, ngx_invoke_tls_step_t *step,
    ngx_invoke_tls_refusal_t *refusal)
{
    EVP_PKEY  *pkey;

    if (step->number == 1) {
        (void) SSL_CTX_set_dh_auto(ctx, 1);
        return NGX_OK;
    }

    pkey = ngx_invoke_tls_parameters(step);

    /* what is none is passed over, as in Node */

    if (pkey == NULL) {
        return NGX_OK;
    }

    step->last = EVP_PKEY_get_bits(pkey);

    if (step->last < 1024) {
        EVP_PKEY_free(pkey);
        return ngx_invoke_tls_refuse(refusal, NGX_INVOKE_V8_TYPE_ERROR,
                                     "ERR_INVALID_ARG_VALUE",
                                     "DH parameter is less than 1024 bits");
    }

    if (SSL_CTX_set0_tmp_dh_pkey(ctx, pkey) != 1) {
        EVP_PKEY_free(pkey);
        return ngx_invoke_tls_refuse(refusal, NGX_INVOKE_V8_ERROR,
                                     "ERR_CRYPTO_OPERATION_FAILED",
                                     "Error setting temp DH parameter");
    }

    return NGX_OK;
}


static ngx_int_t
ngx_invoke_tls_step_ciphers(SSL_CTX *ctx, ngx_invoke_tls_step_t *step)
{
    if (SSL_CTX_set_cipher_list(ctx, (char *) step->data.data) == 1) {
        return NGX_OK;
    }

    /* none but those of TLS 1.3 is what an empty list says */

    return step->data.len == 0
           && ERR_GET_REASON(ERR_peek_error()) == SSL_R_NO_CIPHER_MATCH
           ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_invoke_tls_step_text(SSL_CTX *ctx, ngx_invoke_tls_step_t *step,
    ngx_invoke_tls_refusal_t *refusal)
{
    const char  *text;

    text = (char *) step->data.data;

    switch (step->what) {

    case NGX_INVOKE_TLS_SUITES:
        return SSL_CTX_set_ciphersuites(ctx, text) == 1 ? NGX_OK : NGX_ERROR;

    case NGX_INVOKE_TLS_CIPHERS:
        return ngx_invoke_tls_step_ciphers(ctx, step);

    case NGX_INVOKE_TLS_SIGALGS:
        return SSL_CTX_set1_sigalgs_list(ctx, text) == 1 ? NGX_OK : NGX_ERROR;

    case NGX_INVOKE_TLS_CURVES:
        return ngx_strcmp(text, "auto") == 0
               || SSL_CTX_set1_groups_list(ctx, text) == 1
               ? NGX_OK
               : ngx_invoke_tls_refuse(refusal, NGX_INVOKE_V8_ERROR,
                                       "ERR_CRYPTO_OPERATION_FAILED",
                                       "Failed to set ECDH curve");

    default:
        return SSL_CTX_set_session_id_context(ctx, step->data.data,
                                              step->data.len)
               == 1
               ? NGX_OK
               : ngx_invoke_tls_refuse(refusal, NGX_INVOKE_V8_TYPE_ERROR, NULL,
                                       "SSL_CTX_set_session_id_context error");
    }
}


ngx_int_t
ngx_invoke_tls_step(SSL_CTX *ctx, ngx_invoke_tls_step_t *step,
    ngx_invoke_tls_refusal_t *refusal)
{
    ngx_int_t  rc;

    ERR_clear_error();

    refusal->message = NULL;
    rc = NGX_OK;

    switch (step->what) {

    case NGX_INVOKE_TLS_OPTIONS:
        (void) SSL_CTX_set_options(ctx, step->number);
        break;

    case NGX_INVOKE_TLS_ROOTS:
        rc = ngx_invoke_tls_step_roots(ctx, refusal);
        break;

    case NGX_INVOKE_TLS_CA:
        rc = ngx_invoke_tls_step_ca(ctx, step, refusal);
        break;

    case NGX_INVOKE_TLS_CRL:
        rc = ngx_invoke_tls_step_crl(ctx, step, refusal);
        break;

    case NGX_INVOKE_TLS_CERT:
        rc = ngx_invoke_tls_step_cert(ctx, step);
        break;

    case NGX_INVOKE_TLS_KEY:
        rc = ngx_invoke_tls_step_key(ctx, step);
        break;

    case NGX_INVOKE_TLS_PKCS12:
        rc = ngx_invoke_tls_step_pkcs12(ctx, step, refusal);
        break;

    case NGX_INVOKE_TLS_DH:
        rc = ngx_invoke_tls_step_dh(ctx, step, refusal);
        break;

    case NGX_INVOKE_TLS_MIN:
        (void) SSL_CTX_set_min_proto_version(ctx, step->number);
        break;

    case NGX_INVOKE_TLS_MAX:
        (void) SSL_CTX_set_max_proto_version(ctx, step->number);
        break;

    case NGX_INVOKE_TLS_SESSION_TIMEOUT:
        (void) SSL_CTX_set_timeout(ctx, step->number);
        break;

    default:
        rc = ngx_invoke_tls_step_text(ctx, step, refusal);
        break;
    }

    if (rc == NGX_OK) {
        ERR_clear_error();
    }

    return rc;
}
