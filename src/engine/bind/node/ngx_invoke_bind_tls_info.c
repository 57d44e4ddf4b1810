
#include "ngx_invoke_tls.h"
#include "ngx_invoke_x509.h"

#include <openssl/err.h>


/* Of a peer: more are not told. */
#define NGX_INVOKE_TLS_CHAIN  32


static void ngx_invoke_bind_tls_name(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tls_session(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tls_ticket(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tls_reused(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tls_protocol(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tls_version(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tls_cipher(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tls_finished(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tls_ephemeral(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tls_sigalgs(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tls_error(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tls_own_cert(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tls_peer_certs(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tls_issuer(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tls_export(ngx_invoke_v8_call_t *call);


/* Of the tls_wrap binding: what is known of a connection. */

const ngx_invoke_v8_native_t  ngx_invoke_bind_tls_info[] = {
    { "name", ngx_invoke_bind_tls_name },
    { "session", ngx_invoke_bind_tls_session },
    { "ticket", ngx_invoke_bind_tls_ticket },
    { "reused", ngx_invoke_bind_tls_reused },
    { "protocol", ngx_invoke_bind_tls_protocol },
    { "version", ngx_invoke_bind_tls_version },
    { "cipher", ngx_invoke_bind_tls_cipher },
    { "finished", ngx_invoke_bind_tls_finished },
    { "ephemeral", ngx_invoke_bind_tls_ephemeral },
    { "sigalgs", ngx_invoke_bind_tls_sigalgs },
    { "error", ngx_invoke_bind_tls_error },
    { "ownCertificate", ngx_invoke_bind_tls_own_cert },
    { "peerCertificates", ngx_invoke_bind_tls_peer_certs },
    { "issuer", ngx_invoke_bind_tls_issuer },
    { "exportKey", ngx_invoke_bind_tls_export },
    { NULL, NULL }
};


typedef struct {
    long                number;
    const char         *name;
} ngx_invoke_tls_code_t;


#define ngx_invoke_tls_code(name)  { X509_V_ERR_##name, #name }

static const ngx_invoke_tls_code_t  ngx_invoke_tls_codes[] = {
    ngx_invoke_tls_code(UNABLE_TO_GET_ISSUER_CERT),
    ngx_invoke_tls_code(UNABLE_TO_GET_CRL),
    ngx_invoke_tls_code(UNABLE_TO_DECRYPT_CERT_SIGNATURE),
    ngx_invoke_tls_code(UNABLE_TO_DECRYPT_CRL_SIGNATURE),
    ngx_invoke_tls_code(UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY),
    ngx_invoke_tls_code(CERT_SIGNATURE_FAILURE),
    ngx_invoke_tls_code(CRL_SIGNATURE_FAILURE),
    ngx_invoke_tls_code(CERT_NOT_YET_VALID),
    ngx_invoke_tls_code(CERT_HAS_EXPIRED),
    ngx_invoke_tls_code(CRL_NOT_YET_VALID),
    ngx_invoke_tls_code(CRL_HAS_EXPIRED),
    ngx_invoke_tls_code(ERROR_IN_CERT_NOT_BEFORE_FIELD),
    ngx_invoke_tls_code(ERROR_IN_CERT_NOT_AFTER_FIELD),
    ngx_invoke_tls_code(ERROR_IN_CRL_LAST_UPDATE_FIELD),
    ngx_invoke_tls_code(ERROR_IN_CRL_NEXT_UPDATE_FIELD),
    ngx_invoke_tls_code(OUT_OF_MEM),
    ngx_invoke_tls_code(DEPTH_ZERO_SELF_SIGNED_CERT),
    ngx_invoke_tls_code(SELF_SIGNED_CERT_IN_CHAIN),
    ngx_invoke_tls_code(UNABLE_TO_GET_ISSUER_CERT_LOCALLY),
    ngx_invoke_tls_code(UNABLE_TO_VERIFY_LEAF_SIGNATURE),
    ngx_invoke_tls_code(CERT_CHAIN_TOO_LONG),
    ngx_invoke_tls_code(CERT_REVOKED),
    ngx_invoke_tls_code(INVALID_CA),
    ngx_invoke_tls_code(PATH_LENGTH_EXCEEDED),
    ngx_invoke_tls_code(INVALID_PURPOSE),
    ngx_invoke_tls_code(CERT_UNTRUSTED),
    ngx_invoke_tls_code(CERT_REJECTED),
    ngx_invoke_tls_code(HOSTNAME_MISMATCH),
    { 0, "UNSPECIFIED" }
};


/* actor thread, all of this file */

/* The connection that argument 0 is, if OpenSSL's is still there, or NULL. */

static SSL *
ngx_invoke_bind_tls_ssl(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_tls_t  *t;

    ERR_clear_error();

    t = ngx_invoke_tls_get(ngx_invoke_v8_arg(call, 0));

    return t != NULL ? t->ssl : NULL;
}


static void
ngx_invoke_bind_tls_return(ngx_invoke_v8_call_t *call, const char *text)
{
    ngx_invoke_v8_value_t  value;

    if (text == NULL) {
        return;
    }

    value = ngx_invoke_v8_new_string(call, NGX_INVOKE_V8_LATIN1, text,
                                     ngx_strlen(text));
    if (value != NULL) {
        ngx_invoke_v8_return(call, value);
    }
}


static void
ngx_invoke_bind_tls_return_list(ngx_invoke_v8_call_t *call,
    const char **texts, ngx_uint_t n)
{
    ngx_uint_t             i;
    ngx_invoke_v8_value_t  values[4];

    for (i = 0; i < n; i++) {
        values[i] = texts[i] == NULL ? ngx_invoke_v8_undefined(call)
                    : ngx_invoke_v8_new_string(call, NGX_INVOKE_V8_LATIN1,
                                               texts[i],
                                               ngx_strlen(texts[i]));
    }

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_array(call, values, n));
}


/* name(tls) → the server's name that was asked for, or undefined */

static void
ngx_invoke_bind_tls_name(ngx_invoke_v8_call_t *call)
{
    SSL  *ssl;

    ssl = ngx_invoke_bind_tls_ssl(call);

    if (ssl != NULL) {
        ngx_invoke_bind_tls_return(call,
            SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name));
    }
}


/* session(tls) → a Uint8Array with DER, or undefined */

static void
ngx_invoke_bind_tls_session(ngx_invoke_v8_call_t *call)
{
    int           len;
    SSL          *ssl;
    u_char       *der;
    SSL_SESSION  *session;

    ssl = ngx_invoke_bind_tls_ssl(call);
    session = ssl != NULL ? SSL_get_session(ssl) : NULL;

    if (session == NULL) {
        return;
    }

    len = i2d_SSL_SESSION(session, NULL);
    der = len > 0 ? malloc(len) : NULL;

    if (der != NULL) {
        len = i2d_SSL_SESSION(session, &der);
        der -= len;

        ngx_invoke_openssl_return(call, -1, der, len);

        OPENSSL_cleanse(der, len);
        free(der);
    }

    ERR_clear_error();
}


/* ticket(tls) → a Uint8Array, or undefined */

static void
ngx_invoke_bind_tls_ticket(ngx_invoke_v8_call_t *call)
{
    SSL           *ssl;
    size_t         len;
    const u_char  *ticket;
    SSL_SESSION   *session;

    ssl = ngx_invoke_bind_tls_ssl(call);
    session = ssl != NULL ? SSL_get_session(ssl) : NULL;

    if (session == NULL) {
        return;
    }

    SSL_SESSION_get0_ticket(session, &ticket, &len);

    if (ticket != NULL) {
        ngx_invoke_openssl_return(call, -1, ticket, len);
    }
}


/* reused(tls) → whether it goes on with a session of before */

static void
ngx_invoke_bind_tls_reused(ngx_invoke_v8_call_t *call)
{
    SSL  *ssl;

    ssl = ngx_invoke_bind_tls_ssl(call);

    ngx_invoke_v8_return(call,
        ngx_invoke_v8_new_boolean(call, ssl != NULL
                                        && SSL_session_reused(ssl)));
}


/* protocol(tls) → of ALPN, or undefined */

static void
ngx_invoke_bind_tls_protocol(ngx_invoke_v8_call_t *call)
{
    SSL                    *ssl;
    unsigned                len;
    const u_char           *name;
    ngx_invoke_v8_value_t   text;

    ssl = ngx_invoke_bind_tls_ssl(call);
    if (ssl == NULL) {
        return;
    }

    SSL_get0_alpn_selected(ssl, &name, &len);

    if (len == 0) {
        return;
    }

    text = ngx_invoke_v8_new_string(call, NGX_INVOKE_V8_LATIN1, name, len);

    if (text != NULL) {
        ngx_invoke_v8_return(call, text);
    }
}


/* version(tls) → of TLS */

static void
ngx_invoke_bind_tls_version(ngx_invoke_v8_call_t *call)
{
    SSL  *ssl;

    ssl = ngx_invoke_bind_tls_ssl(call);

    if (ssl != NULL) {
        ngx_invoke_bind_tls_return(call, SSL_get_version(ssl));
    }
}


/* cipher(tls) → its name, the standard's and its version, or undefined */

static void
ngx_invoke_bind_tls_cipher(ngx_invoke_v8_call_t *call)
{
    SSL               *ssl;
    const char        *texts[3];
    const SSL_CIPHER  *cipher;

    ssl = ngx_invoke_bind_tls_ssl(call);
    cipher = ssl != NULL ? SSL_get_current_cipher(ssl) : NULL;

    if (cipher != NULL) {
        texts[0] = SSL_CIPHER_get_name(cipher);
        texts[1] = SSL_CIPHER_standard_name(cipher);
        texts[2] = SSL_CIPHER_get_version(cipher);

        ngx_invoke_bind_tls_return_list(call, texts, 3);
    }
}


/* finished(tls, 0: ours, 1: the peer's) → a Uint8Array, or undefined */

static void
ngx_invoke_bind_tls_finished(ngx_invoke_v8_call_t *call)
{
    SSL     *ssl;
    size_t   len;
    u_char   data[EVP_MAX_MD_SIZE];

    ssl = ngx_invoke_bind_tls_ssl(call);
    if (ssl == NULL) {
        return;
    }

    len = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1)) == 1
          ? SSL_get_peer_finished(ssl, data, sizeof(data))
          : SSL_get_finished(ssl, data, sizeof(data));

    if (len > 0) {
        ngx_invoke_openssl_return(call, -1, data,
                                  ngx_min(len, sizeof(data)));
    }
}


/*
 * ephemeral(tls) → the key that was agreed on by: its bits, and the name of a
 * curve, undefined of a number; undefined: there is none
 */

static void
ngx_invoke_bind_tls_ephemeral(ngx_invoke_v8_call_t *call)
{
    int                     id;
    SSL                    *ssl;
    char                    name[80];
    size_t                  len;
    EVP_PKEY               *key;
    const char             *text;
    ngx_invoke_v8_value_t   values[2];

    ssl = ngx_invoke_bind_tls_ssl(call);

    if (ssl == NULL || SSL_is_server(ssl)
        || SSL_get_peer_tmp_key(ssl, &key) != 1)
    {
        ERR_clear_error();
        return;
    }

    id = EVP_PKEY_get_id(key);
    text = id == EVP_PKEY_DH ? NULL : OBJ_nid2sn(id);

    if (id == EVP_PKEY_EC
        && EVP_PKEY_get_group_name(key, name, sizeof(name), &len) == 1)
    {
        text = name;
    }

    values[0] = ngx_invoke_v8_new_number(call, EVP_PKEY_get_bits(key));
    values[1] = text == NULL ? ngx_invoke_v8_undefined(call)
                : ngx_invoke_v8_new_name(call, text, ngx_strlen(text));

    EVP_PKEY_free(key);
    ERR_clear_error();

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_array(call, values, 2));
}


static const char *
ngx_invoke_bind_tls_signature(int id)
{
    const char  *name;

    switch (id) {

    case EVP_PKEY_RSA:
        return "RSA";

    case EVP_PKEY_RSA_PSS:
        return "RSA-PSS";

    case EVP_PKEY_DSA:
        return "DSA";

    case EVP_PKEY_EC:
        return "ECDSA";

    case NID_ED25519:
        return "Ed25519";

    case NID_ED448:
        return "Ed448";

    default:
        name = OBJ_nid2sn(id);
        return name != NULL ? name : "UNDEF";
    }
}


/* sigalgs(tls) → those that both sides have, as "RSA+SHA256" */

static void
ngx_invoke_bind_tls_sigalgs(ngx_invoke_v8_call_t *call)
{
    int                     i, n, sign, hash;
    SSL                    *ssl;
    char                    text[80];
    const char             *name;
    ngx_invoke_v8_value_t   values[64];

    ssl = ngx_invoke_bind_tls_ssl(call);
    if (ssl == NULL) {
        return;
    }

    n = SSL_get_shared_sigalgs(ssl, 0, NULL, NULL, NULL, NULL, NULL);
    n = ngx_min(n, 64);

    for (i = 0; i < n; i++) {
        (void) SSL_get_shared_sigalgs(ssl, i, &sign, &hash, NULL, NULL, NULL);

        name = OBJ_nid2sn(hash);
        (void) snprintf(text, sizeof(text), "%s+%s",
                        ngx_invoke_bind_tls_signature(sign),
                        name != NULL ? name : "UNDEF");

        values[i] = ngx_invoke_v8_new_name(call, text, ngx_strlen(text));
    }

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_array(call, values, n));
}


/*
 * What is wrong with the peer's certificate. That there is none is no error
 * where the session is one of before.
 */

static long
ngx_invoke_bind_tls_verify_result(SSL *ssl)
{
    if (SSL_get0_peer_certificate(ssl) != NULL) {
        return SSL_get_verify_result(ssl);
    }

    return SSL_version(ssl) == TLS1_3_VERSION && SSL_session_reused(ssl)
           ? X509_V_OK : X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT;
}


/* error(tls) → what is wrong with the peer: message and code, or undefined */

static void
ngx_invoke_bind_tls_error(ngx_invoke_v8_call_t *call)
{
    SSL                          *ssl;
    long                          number;
    const char                   *texts[2];
    const ngx_invoke_tls_code_t  *c;

    ssl = ngx_invoke_bind_tls_ssl(call);
    if (ssl == NULL) {
        return;
    }

    number = ngx_invoke_bind_tls_verify_result(ssl);

    if (number == X509_V_OK) {
        return;
    }

    for (c = ngx_invoke_tls_codes; c->number != 0; c++) {
        if (c->number == number) {
            break;
        }
    }

    texts[0] = X509_verify_cert_error_string(number);
    texts[1] = c->name;

    ngx_invoke_bind_tls_return_list(call, texts, 2);
}


/* ownCertificate(tls) → certificate, or undefined */

static void
ngx_invoke_bind_tls_own_cert(ngx_invoke_v8_call_t *call)
{
    SSL                    *ssl;
    X509                   *cert;
    ngx_invoke_v8_value_t   value;

    ssl = ngx_invoke_bind_tls_ssl(call);
    cert = ssl != NULL ? SSL_get_certificate(ssl) : NULL;

    if (cert == NULL || X509_up_ref(cert) != 1) {
        return;
    }

    value = ngx_invoke_x509_new(call, cert);

    if (value != NULL) {
        ngx_invoke_v8_return(call, value);
    }
}


/* peerCertificates(tls) → those that it has sent, its own first */

static void
ngx_invoke_bind_tls_peer_certs(ngx_invoke_v8_call_t *call)
{
    int                     i, n;
    SSL                    *ssl;
    X509                   *cert;
    STACK_OF(X509)         *chain;
    ngx_invoke_v8_value_t   values[NGX_INVOKE_TLS_CHAIN + 1];

    ssl = ngx_invoke_bind_tls_ssl(call);
    if (ssl == NULL) {
        return;
    }

    n = 0;
    chain = SSL_get_peer_cert_chain(ssl);

    /* a client's own is not in its chain, and there may be that alone */

    cert = SSL_get0_peer_certificate(ssl);

    if (cert != NULL && (SSL_is_server(ssl) || sk_X509_num(chain) <= 0)) {
        X509_up_ref(cert);
        values[n] = ngx_invoke_x509_new(call, cert);

        if (values[n++] == NULL) {
            return;
        }
    }

    for (i = 0; i < sk_X509_num(chain) && n <= NGX_INVOKE_TLS_CHAIN; i++) {
        cert = sk_X509_value(chain, i);
        X509_up_ref(cert);
        values[n] = ngx_invoke_x509_new(call, cert);

        if (values[n++] == NULL) {
            return;
        }
    }

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_array(call, values, n));
}


/* issuer(tls, certificate) → who is trusted and has issued it, or undefined */

static void
ngx_invoke_bind_tls_issuer(ngx_invoke_v8_call_t *call)
{
    SSL                    *ssl;
    X509                   *cert, *issuer;
    X509_STORE_CTX         *store;
    ngx_invoke_v8_value_t   value;

    ssl = ngx_invoke_bind_tls_ssl(call);
    cert = ngx_invoke_x509_get(ngx_invoke_v8_arg(call, 1));

    if (ssl == NULL || cert == NULL) {
        return;
    }

    issuer = NULL;
    store = X509_STORE_CTX_new();

    if (store != NULL
        && X509_STORE_CTX_init(store,
                               SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl)),
                               NULL, NULL)
           == 1
        && X509_STORE_CTX_get1_issuer(&issuer, store, cert) != 1)
    {
        issuer = NULL;
    }

    X509_STORE_CTX_free(store);
    ERR_clear_error();

    if (issuer == NULL) {
        return;
    }

    value = ngx_invoke_x509_new(call, issuer);

    if (value != NULL) {
        ngx_invoke_v8_return(call, value);
    }
}


/* exportKey(tls, length, label, bytes or undefined) → a Uint8Array */

static void
ngx_invoke_bind_tls_export(ngx_invoke_v8_call_t *call)
{
    int                     rc, given;
    SSL                    *ssl;
    size_t                  len;
    uint8_t                *data;
    ngx_str_t               label;
    ngx_invoke_view_t       view;
    ngx_invoke_v8_value_t   value;

    ssl = ngx_invoke_bind_tls_ssl(call);

    if (ssl == NULL || ngx_invoke_v8_arg_index(call, 1, &len) != 1) {
        return;
    }

    ngx_memzero(&view, sizeof(ngx_invoke_view_t));

    given = ngx_invoke_v8_type(ngx_invoke_v8_arg(call, 3))
            != NGX_INVOKE_V8_UNDEFINED;

    if (given
        && ngx_invoke_view_get(call, ngx_invoke_v8_arg(call, 3), &view)
           != NGX_OK)
    {
        return;
    }

    label = ngx_invoke_bind_string(call, 2, NGX_INVOKE_V8_UTF8);
    if (label.data == NULL) {
        return;
    }

    value = ngx_invoke_v8_new_bytes(call, len, &data);

    if (value != NULL) {
        rc = SSL_export_keying_material(ssl, data, len, (char *) label.data,
                                        label.len, view.data, view.len, given);
        if (rc == 1) {
            ngx_invoke_v8_return(call, value);

        } else {
            ngx_invoke_openssl_throw(call, "SSL_export_keying_material");
        }
    }

    free(label.data);
    ERR_clear_error();
}
