
#include "ngx_invoke_tls.h"

#include <openssl/err.h>


/* What the collector should think a connection holds. */
#define NGX_INVOKE_TLS_HOLDS  NGX_INVOKE_TLS_SIZE


static void ngx_invoke_bind_tls_wrap(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tls_start(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tls_receive(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tls_destroy(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tls_release(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tls_verify(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tls_enable(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tls_set_name(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tls_set_session(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tls_set_protocols(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tls_set_fragment(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tls_renegotiate(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tls_cache(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tls_trust(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tls_go_on(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tls_choose(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tls_answer(ngx_invoke_v8_call_t *call);


/* Of the tls_wrap binding: what is done with a connection. */

const ngx_invoke_v8_native_t  ngx_invoke_bind_tls[] = {
    { "wrap", ngx_invoke_bind_tls_wrap },
    { "start", ngx_invoke_bind_tls_start },
    { "receive", ngx_invoke_bind_tls_receive },
    { "destroy", ngx_invoke_bind_tls_destroy },
    { "release", ngx_invoke_bind_tls_release },
    { "verify", ngx_invoke_bind_tls_verify },
    { "enable", ngx_invoke_bind_tls_enable },
    { "setName", ngx_invoke_bind_tls_set_name },
    { "setSession", ngx_invoke_bind_tls_set_session },
    { "setProtocols", ngx_invoke_bind_tls_set_protocols },
    { "setFragment", ngx_invoke_bind_tls_set_fragment },
    { "renegotiate", ngx_invoke_bind_tls_renegotiate },
    { "cache", ngx_invoke_bind_tls_cache },
    { "trust", ngx_invoke_bind_tls_trust },
    { "goOn", ngx_invoke_bind_tls_go_on },
    { "choose", ngx_invoke_bind_tls_choose },
    { "answer", ngx_invoke_bind_tls_answer },
    { NULL, NULL }
};


/* actor thread, all of this file */

/* The connection that argument 0 is, if OpenSSL's is still there. */

static ngx_invoke_tls_t *
ngx_invoke_bind_tls_arg(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_tls_t  *t;

    t = ngx_invoke_tls_get(ngx_invoke_v8_arg(call, 0));

    ERR_clear_error();

    return t != NULL && t->ssl != NULL ? t : NULL;
}


static void
ngx_invoke_bind_tls_memory(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR, NULL,
                        "Out of memory");
}


/* Puts a copy where another may have been. */

static void
ngx_invoke_bind_tls_keep(ngx_invoke_v8_call_t *call, ngx_str_t *to,
    ngx_invoke_view_t *view)
{
    u_char  *p;

    p = malloc(view->len + 1);

    if (p == NULL) {
        ngx_invoke_bind_tls_memory(call);
        return;
    }

    ngx_memcpy(p, view->data, view->len);

    free(to->data);
    to->data = p;
    to->len = view->len;
}


/* wrap(stream, context, whether it is a server, whether to wait) → holder */

static void
ngx_invoke_bind_tls_wrap(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_tls_t          *t, *below;
    ngx_invoke_stream_t       *parent;
    ngx_invoke_context_t      *ctx = ngx_invoke_v8_data(call);
    ngx_invoke_v8_value_t      value;
    ngx_invoke_tls_context_t  *c;

    c = ngx_invoke_tls_context_arg(call, 1);
    if (c == NULL) {
        return;
    }

    parent = ngx_invoke_stream_get(ngx_invoke_v8_arg(call, 0));

    if (parent == NULL || parent->handle.closing || c->len == 0) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_TYPE_ERROR,
                            "ERR_INVALID_ARG_TYPE",
                            "The argument must be an open stream");
        return;
    }

    below = ngx_invoke_tls_get(ngx_invoke_v8_arg(call, 0));

    if (below != NULL && below->layer == NGX_INVOKE_TLS_LAYERS) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR, NULL,
                            "Too many connections over each other");
        return;
    }

    t = ngx_invoke_tls_create(ctx, parent, c,
                              ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 2)));
    if (t == NULL) {
        ngx_invoke_bind_tls_memory(call);
        return;
    }

    t->held_up = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 3)) == 1;

    value = ngx_invoke_handle_wrap(call, &t->stream.handle,
                                   NGX_INVOKE_TLS_HOLDS);
    if (value != NULL) {
        ngx_invoke_v8_return(call, value);
    }
}


/* start(tls): a client begins */

static void
ngx_invoke_bind_tls_start(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_tls_t  *t;

    t = ngx_invoke_bind_tls_arg(call);

    if (t == NULL) {
        return;
    }

    if (t->established && !t->started) {

        /* it has come from the lot, so that no handshake is to be done */

        (void) ngx_invoke_handle_defer(&t->stream.handle, NGX_INVOKE_TLS_DONE,
                                       0, NULL, 0);
    }

    t->started = 1;
    ngx_invoke_tls_cycle(t);
}


/* receive(tls, bytes): as if they had come from the stream below */

static void
ngx_invoke_bind_tls_receive(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_view_t   view;
    ngx_invoke_tls_t   *t;

    t = ngx_invoke_bind_tls_arg(call);

    if (t != NULL
        && ngx_invoke_view_get(call, ngx_invoke_v8_arg(call, 1), &view)
           == NGX_OK)
    {
        ngx_invoke_tls_receive(t, view.data, view.len);
    }
}


/* destroy(tls) */

static void
ngx_invoke_bind_tls_destroy(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_tls_t  *t;

    t = ngx_invoke_tls_get(ngx_invoke_v8_arg(call, 0));

    if (t != NULL) {
        ngx_invoke_tls_destroy(t);
    }
}


/* release(tls): the stream below has written what was not of TLS */

static void
ngx_invoke_bind_tls_release(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_tls_t  *t;

    t = ngx_invoke_bind_tls_arg(call);

    if (t != NULL) {
        t->held_up = 0;
        ngx_invoke_tls_cycle(t);
    }
}


/*
 * verify(tls, whether a client is to show a certificate, and must): a server's
 * part, since servers show one in any case
 */

static void
ngx_invoke_bind_tls_verify(ngx_invoke_v8_call_t *call)
{
    int                mode;
    ngx_invoke_tls_t  *t;

    t = ngx_invoke_bind_tls_arg(call);
    if (t == NULL) {
        return;
    }

    mode = SSL_VERIFY_NONE;

    if (t->server && ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1)) == 1) {
        mode = SSL_VERIFY_PEER;

        if (ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 2)) == 1) {
            mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
        }
    }

    SSL_set_verify(t->ssl, mode, ngx_invoke_tls_take_any);
}


/* enable(tls, 0: sessions, 1: secrets, 2: OCSP, 3: a choice of certificates) */

static void
ngx_invoke_bind_tls_enable(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_tls_t  *t;

    t = ngx_invoke_bind_tls_arg(call);
    if (t == NULL) {
        return;
    }

    switch (ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1))) {

    case 0:
        t->sessions = 1;
        t->hello = t->server;
        break;

    case 1:
        t->keylog = 1;
        break;

    case 2:
        (void) SSL_set_tlsext_status_type(t->ssl, TLSEXT_STATUSTYPE_ocsp);
        break;

    default:
        t->choice = 1;
        break;
    }
}


/* setName(tls, the name of the server that is asked for) */

static void
ngx_invoke_bind_tls_set_name(ngx_invoke_v8_call_t *call)
{
    ngx_str_t          name;
    ngx_invoke_tls_t  *t;

    t = ngx_invoke_bind_tls_arg(call);
    if (t == NULL || t->started) {
        return;
    }

    name = ngx_invoke_bind_string(call, 1, NGX_INVOKE_V8_UTF8);

    if (name.data != NULL) {
        (void) SSL_set_tlsext_host_name(t->ssl, (char *) name.data);
        free(name.data);
        ERR_clear_error();
    }
}


/*
 * setSession(tls, DER): what a client goes on with, or what a server is to go
 * on with; what is none is passed over
 */

static void
ngx_invoke_bind_tls_set_session(ngx_invoke_v8_call_t *call)
{
    SSL_SESSION        *session;
    const uint8_t      *p;
    ngx_invoke_view_t   view;
    ngx_invoke_tls_t   *t;

    t = ngx_invoke_bind_tls_arg(call);

    if (t == NULL
        || ngx_invoke_view_get(call, ngx_invoke_v8_arg(call, 1), &view)
           != NGX_OK)
    {
        return;
    }

    p = view.data;
    session = d2i_SSL_SESSION(NULL, &p, view.len);
    ERR_clear_error();

    if (t->server) {
        SSL_SESSION_free(t->resumed);
        t->resumed = session;
        return;
    }

    if (session != NULL && SSL_set_session(t->ssl, session) != 1) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_ERROR, NULL,
                            "SSL_set_session error");
    }

    SSL_SESSION_free(session);
    ERR_clear_error();
}


/* setProtocols(tls, names of ALPN, each with its length in front) */

static void
ngx_invoke_bind_tls_set_protocols(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_view_t   view;
    ngx_invoke_tls_t   *t;

    t = ngx_invoke_bind_tls_arg(call);

    if (t == NULL
        || ngx_invoke_view_get(call, ngx_invoke_v8_arg(call, 1), &view)
           != NGX_OK
        || view.len > 65535)
    {
        return;
    }

    if (!t->server) {
        (void) SSL_set_alpn_protos(t->ssl, view.data, view.len);
        ERR_clear_error();
        return;
    }

    ngx_invoke_bind_tls_keep(call, &t->protocols, &view);
}


/* setFragment(tls, bytes of a record at most) → 1, or it is no such number */

static void
ngx_invoke_bind_tls_set_fragment(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_tls_t  *t;

    t = ngx_invoke_bind_tls_arg(call);

    ngx_invoke_v8_return_number(call,
        t != NULL
        ? SSL_set_max_send_fragment(t->ssl,
              ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1)))
        : 0);

    ERR_clear_error();
}


/* renegotiate(tls) */

static void
ngx_invoke_bind_tls_renegotiate(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_tls_t  *t;

    t = ngx_invoke_bind_tls_arg(call);

    if (t != NULL && SSL_renegotiate(t->ssl) != 1) {
        ngx_invoke_openssl_throw(call, "SSL_renegotiate error");
    }
}


/*
 * cache(tls, where it connects to): sessions of before may be gone on with, and
 * this one later on, by the same function with the same settings
 */

static void
ngx_invoke_bind_tls_cache(ngx_invoke_v8_call_t *call)
{
    ngx_str_t              place, none, *id;
    SHA256_CTX             sha;
    SSL_SESSION           *session;
    ngx_invoke_tls_t      *t;
    ngx_invoke_context_t  *ctx = ngx_invoke_v8_data(call);

    t = ngx_invoke_bind_tls_arg(call);
    if (t == NULL || t->server || t->started || t->established) {
        return;
    }

    place = ngx_invoke_bind_string(call, 1, NGX_INVOKE_V8_UTF8);
    if (place.data == NULL) {
        return;
    }

    ngx_str_set(&none, "");
    id = ctx->program != NULL ? &ctx->program->function->id : &none;

    SHA256_Init(&sha);
    SHA256_Update(&sha, t->identity, sizeof(t->identity));
    SHA256_Update(&sha, &id->len, sizeof(size_t));
    SHA256_Update(&sha, id->data, id->len);
    SHA256_Update(&sha, place.data, place.len);
    SHA256_Final(t->key, &sha);

    free(place.data);

    t->cached = 1;

    session = ngx_invoke_tls_session_take(t->key);

    if (session != NULL) {
        (void) SSL_set_session(t->ssl, session);
        SSL_SESSION_free(session);
        ERR_clear_error();
    }
}


/* trust(tls): who the peer is was found in order, by all that Node looks at */

static void
ngx_invoke_bind_tls_trust(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_tls_t  *t;

    t = ngx_invoke_bind_tls_arg(call);

    if (t == NULL || !t->cached || t->trusted
        || SSL_get_verify_result(t->ssl) != X509_V_OK)
    {
        return;
    }

    t->trusted = 1;

    if (t->session.data != NULL) {
        ngx_invoke_tls_session_put(t->key, t->session.data, t->session.len);

        OPENSSL_cleanse(t->session.data, t->session.len);
        free(t->session.data);
        ngx_str_null(&t->session);
    }
}


/*
 * goOn(tls, 0: the session was told, 1: the server has no other session, 2: the
 * peer is one that the client may write to)
 */

static void
ngx_invoke_bind_tls_go_on(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_tls_t  *t;

    t = ngx_invoke_bind_tls_arg(call);
    if (t == NULL) {
        return;
    }

    switch (ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1))) {

    case 0:
        t->session_wait = 0;
        break;

    case 1:
        t->hello = t->hello == 2 ? 3 : t->hello;
        break;

    default:
        t->known = t->established;
        ngx_invoke_tls_send(t);
        return;
    }

    ngx_invoke_tls_cycle(t);
}


static ngx_int_t
ngx_invoke_bind_tls_use(ngx_invoke_tls_t *t, SSL_CTX *ctx)
{
    STACK_OF(X509)  *chain;

    chain = NULL;

    if (SSL_CTX_get0_certificate(ctx) == NULL
        || SSL_CTX_get0_chain_certs(ctx, &chain) != 1
        || SSL_use_certificate(t->ssl, SSL_CTX_get0_certificate(ctx)) != 1
        || SSL_use_PrivateKey(t->ssl, SSL_CTX_get0_privatekey(ctx)) != 1
        || (chain != NULL && SSL_set1_chain(t->ssl, chain) != 1))
    {
        return NGX_DECLINED;
    }

    if (SSL_set1_verify_cert_store(t->ssl, SSL_CTX_get_cert_store(ctx)) != 1) {
        return NGX_ERROR;
    }

    SSL_set_client_CA_list(t->ssl,
                           SSL_dup_CA_list(SSL_CTX_get_client_CA_list(ctx)));

    return NGX_OK;
}


/* choose(tls, the context that a server has chosen, or undefined) */

static void
ngx_invoke_bind_tls_choose(ngx_invoke_v8_call_t *call)
{
    SSL_CTX                   *ctx;
    ngx_invoke_tls_t          *t;
    ngx_invoke_tls_context_t  *c;

    t = ngx_invoke_bind_tls_arg(call);

    if (t == NULL || t->choice != 2) {
        return;
    }

    if (ngx_invoke_v8_type(ngx_invoke_v8_arg(call, 1))
        != NGX_INVOKE_V8_UNDEFINED)
    {
        c = ngx_invoke_tls_context_arg(call, 1);
        if (c == NULL) {
            return;
        }

        ctx = ngx_invoke_tls_context_look(c);

        if (ctx == NULL || ngx_invoke_bind_tls_use(t, ctx) == NGX_ERROR) {
            ngx_invoke_openssl_throw(call, "CertCbDone");
            return;
        }

        ERR_clear_error();
    }

    t->choice = 3;
    ngx_invoke_tls_cycle(t);
}


/* answer(tls, bytes): of OCSP, which a server sends along */

static void
ngx_invoke_bind_tls_answer(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_view_t   view;
    ngx_invoke_tls_t   *t;

    t = ngx_invoke_bind_tls_arg(call);

    if (t == NULL
        || ngx_invoke_view_get(call, ngx_invoke_v8_arg(call, 1), &view)
           != NGX_OK)
    {
        return;
    }

    ngx_invoke_bind_tls_keep(call, &t->ocsp, &view);
}
