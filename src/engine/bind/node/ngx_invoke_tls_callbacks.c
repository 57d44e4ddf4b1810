
#include "ngx_invoke_tls.h"
#include "ngx_invoke_metrics.h"

#include <openssl/err.h>


/*
 * OpenSSL's callbacks: no JavaScript runs in them, and none of them looks at
 * anything but the connection.
 */


/* actor thread, all of this file */

ngx_invoke_tls_t *
ngx_invoke_tls_of(const SSL *ssl)
{
    return SSL_get_app_data(ssl);
}


static void
ngx_invoke_tls_put_off(ngx_invoke_tls_t *t, int32_t event, int32_t value,
    const u_char *data, size_t len)
{
    if (t->stream.handle.context != NULL) {
        (void) ngx_invoke_handle_defer(&t->stream.handle, event, value, data,
                                       len);
    }
}


static void
ngx_invoke_tls_on_info(const SSL *ssl, int where, int rc)
{
    ngx_invoke_tls_t  *t = ngx_invoke_tls_of(ssl);

    if ((where & SSL_CB_HANDSHAKE_START) && t->server) {
        ngx_invoke_tls_put_off(t, NGX_INVOKE_TLS_STARTED, 0, NULL, 0);
    }

    if ((where & SSL_CB_HANDSHAKE_DONE)
        && !SSL_renegotiate_pending((SSL *) ssl))
    {
        if (!t->established && !t->server) {
            ngx_invoke_metrics_add(NGX_INVOKE_METRIC_EGRESS_TLS_HANDSHAKES, 1);

            if (SSL_session_reused(ssl)) {
                ngx_invoke_metrics_add(NGX_INVOKE_METRIC_EGRESS_TLS_RESUMED,
                                       1);
            }
        }

        t->established = 1;
        ngx_invoke_tls_put_off(t, NGX_INVOKE_TLS_DONE, 0, NULL, 0);
    }
}


/* Of a client, that may be gone on with by another connection. */

static void
ngx_invoke_tls_keep(ngx_invoke_tls_t *t, const u_char *der, size_t len)
{
    u_char  *p;

    if (t->trusted) {
        ngx_invoke_tls_session_put(t->key, der, len);
        return;
    }

    p = malloc(len);
    if (p == NULL) {
        return;
    }

    ngx_memcpy(p, der, len);

    if (t->session.data != NULL) {
        OPENSSL_cleanse(t->session.data, t->session.len);
        free(t->session.data);
    }

    t->session.data = p;
    t->session.len = len;
}


/* Id and DER of a session, as the event has them. */

static int
ngx_invoke_tls_on_session(SSL *ssl, SSL_SESSION *session)
{
    int                n;
    u_char            *der;
    unsigned           len;
    const u_char      *id;
    ngx_invoke_tls_t  *t = ngx_invoke_tls_of(ssl);
    u_char             data[SSL_MAX_SSL_SESSION_ID_LENGTH
                            + NGX_INVOKE_TLS_SESSION_SIZE];

    n = i2d_SSL_SESSION(session, NULL);

    if (n <= 0 || n > NGX_INVOKE_TLS_SESSION_SIZE
        || (!t->sessions && !t->cached))
    {
        return 0;
    }

    id = SSL_SESSION_get_id(session, &len);
    der = ngx_cpymem(data, id, len);
    n = i2d_SSL_SESSION(session, &der);

    if (t->cached) {
        ngx_invoke_tls_keep(t, data + len, n);
    }

    if (t->sessions) {
        t->session_wait = t->server;
        ngx_invoke_tls_put_off(t, NGX_INVOKE_TLS_SESSION, len, data, len + n);
    }

    OPENSSL_cleanse(data, sizeof(data));

    return 0;
}


static SSL_SESSION *
ngx_invoke_tls_on_resume(SSL *ssl, const unsigned char *id, int len,
    int *copy)
{
    SSL_SESSION       *session;
    ngx_invoke_tls_t  *t = ngx_invoke_tls_of(ssl);

    session = t->resumed;
    t->resumed = NULL;
    *copy = 0;

    return session;
}


static void
ngx_invoke_tls_on_keylog(const SSL *ssl, const char *line)
{
    size_t             len;
    u_char             data[1024];
    ngx_invoke_tls_t  *t = ngx_invoke_tls_of(ssl);

    len = ngx_strlen(line);

    if (t->keylog && len < sizeof(data)) {
        ngx_memcpy(data, line, len);
        data[len++] = '\n';
        ngx_invoke_tls_put_off(t, NGX_INVOKE_TLS_KEYLOG, 0, data, len);
        OPENSSL_cleanse(data, sizeof(data));
    }
}


static int
ngx_invoke_tls_on_status(SSL *ssl, void *data)
{
    long               len;
    u_char            *p;
    const u_char      *response;
    ngx_invoke_tls_t  *t = ngx_invoke_tls_of(ssl);

    if (!t->server) {
        len = SSL_get_tlsext_status_ocsp_resp(ssl, &response);
        ngx_invoke_tls_put_off(t, NGX_INVOKE_TLS_OCSP, 0, response,
                               len > 0 ? len : 0);
        return 1;
    }

    p = t->ocsp.len > 0 ? OPENSSL_memdup(t->ocsp.data, t->ocsp.len) : NULL;

    if (p == NULL) {
        return SSL_TLSEXT_ERR_NOACK;
    }

    (void) SSL_set_tlsext_status_ocsp_resp(ssl, p, t->ocsp.len);

    return SSL_TLSEXT_ERR_OK;
}


static int
ngx_invoke_tls_on_servername(SSL *ssl, int *alert, void *data)
{
    return SSL_TLSEXT_ERR_OK;
}


static int
ngx_invoke_tls_on_protocols(SSL *ssl, const unsigned char **out,
    unsigned char *len, const unsigned char *in, unsigned inlen, void *data)
{
    int                rc;
    ngx_invoke_tls_t  *t = ngx_invoke_tls_of(ssl);

    if (t->protocols.len == 0) {
        return SSL_TLSEXT_ERR_NOACK;
    }

    rc = SSL_select_next_proto((unsigned char **) out, len, t->protocols.data,
                               t->protocols.len, in, inlen);

    return rc == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK
                                        : SSL_TLSEXT_ERR_NOACK;
}


/* A server's JavaScript may choose a certificate, or send a response. */

static int
ngx_invoke_tls_on_certificate(SSL *ssl, void *data)
{
    const char        *name;
    ngx_invoke_tls_t  *t = ngx_invoke_tls_of(ssl);

    if (!t->server || t->choice == 0 || t->choice == 3) {
        return 1;
    }

    if (t->choice == 1) {
        t->choice = 2;
        name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

        ngx_invoke_tls_put_off(t, NGX_INVOKE_TLS_CERTIFICATE,
                               SSL_get_tlsext_status_type(ssl)
                               == TLSEXT_STATUSTYPE_ocsp,
                               (u_char *) name,
                               name != NULL ? ngx_strlen(name) : 0);
    }

    return -1;
}


/* A server's JavaScript may have the session that is asked for. */

static int
ngx_invoke_tls_on_hello(SSL *ssl, int *alert, void *data)
{
    size_t             len, ticket;
    const u_char      *id, *p;
    ngx_invoke_tls_t  *t = ngx_invoke_tls_of(ssl);

    if (t->hello == 0 || t->hello == 3) {
        return SSL_CLIENT_HELLO_SUCCESS;
    }

    if (t->hello == 1) {
        t->hello = 2;
        len = SSL_client_hello_get0_session_id(ssl, &id);
        ticket = 0;

        (void) SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_session_ticket, &p,
                                         &ticket);

        ngx_invoke_tls_put_off(t, NGX_INVOKE_TLS_HELLO, ticket > 0, id, len);
    }

    return SSL_CLIENT_HELLO_RETRY;
}


void
ngx_invoke_tls_prepare(SSL_CTX *ctx)
{
    SSL_CTX_set_info_callback(ctx, ngx_invoke_tls_on_info);
    SSL_CTX_sess_set_new_cb(ctx, ngx_invoke_tls_on_session);
    SSL_CTX_sess_set_get_cb(ctx, ngx_invoke_tls_on_resume);
    SSL_CTX_set_keylog_callback(ctx, ngx_invoke_tls_on_keylog);
    SSL_CTX_set_tlsext_status_cb(ctx, ngx_invoke_tls_on_status);
    SSL_CTX_set_tlsext_servername_callback(ctx, ngx_invoke_tls_on_servername);
    SSL_CTX_set_alpn_select_cb(ctx, ngx_invoke_tls_on_protocols, NULL);
    SSL_CTX_set_cert_cb(ctx, ngx_invoke_tls_on_certificate, NULL);
    SSL_CTX_set_client_hello_cb(ctx, ngx_invoke_tls_on_hello, NULL);
}
