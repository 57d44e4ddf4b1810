
#include "ngx_invoke_tls.h"

#include <openssl/err.h>


/* A record of TLS. */
#define NGX_INVOKE_TLS_RECORD  16384


static void ngx_invoke_tls_pull_all(ngx_invoke_tls_t *t);
static void ngx_invoke_tls_close_handle(ngx_invoke_handle_t *h);
static void ngx_invoke_tls_free_handle(ngx_invoke_handle_t *h);
static int ngx_invoke_tls_read_start(ngx_invoke_stream_t *s);
static int ngx_invoke_tls_read_stop(ngx_invoke_stream_t *s);
static int ngx_invoke_tls_write(ngx_invoke_stream_t *s, const uv_buf_t *bufs,
    unsigned n);
static int ngx_invoke_tls_shutdown(ngx_invoke_stream_t *s);
static int ngx_invoke_tls_fd(ngx_invoke_stream_t *s);
static size_t ngx_invoke_tls_queued(ngx_invoke_stream_t *s);
static void ngx_invoke_tls_below_read(ngx_invoke_stream_listener_t *l,
    ngx_invoke_stream_t *s, int status, const u_char *data, size_t len);
static void ngx_invoke_tls_below_written(ngx_invoke_stream_listener_t *l,
    ngx_invoke_stream_t *s, int status);
static void ngx_invoke_tls_below_shut(ngx_invoke_stream_listener_t *l,
    ngx_invoke_stream_t *s, int status);
static void ngx_invoke_tls_below_closing(ngx_invoke_stream_listener_t *l,
    ngx_invoke_stream_t *s);


static const ngx_invoke_handle_ops_t  ngx_invoke_tls_handle_ops = {
    &ngx_invoke_stream_kind,
    ngx_invoke_tls_close_handle,
    ngx_invoke_tls_free_handle,
    NULL
};


static const ngx_invoke_stream_ops_t  ngx_invoke_tls_ops = {
    ngx_invoke_tls_read_start,
    ngx_invoke_tls_read_stop,
    ngx_invoke_tls_write,
    ngx_invoke_tls_shutdown,
    ngx_invoke_tls_fd,
    ngx_invoke_tls_queued
};


/* actor thread, all of this file */

int
ngx_invoke_tls_take_any(int ok, X509_STORE_CTX *ctx)
{
    return 1;
}


static ngx_int_t
ngx_invoke_tls_open(ngx_invoke_tls_t *t, ngx_invoke_tls_context_t *c)
{
    BIO      *bio;
    SSL_CTX  *ctx;

    ERR_clear_error();

    ctx = t->server ? ngx_invoke_tls_context_private(c)
                    : ngx_invoke_tls_context_use(c);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    t->ssl = SSL_new(ctx);
    bio = t->ssl != NULL ? ngx_invoke_tls_bio_create(t) : NULL;

    if (bio == NULL) {
        SSL_free(t->ssl);
        t->ssl = NULL;
        ERR_clear_error();
        return NGX_ERROR;
    }

    SSL_set_bio(t->ssl, bio, bio);
    SSL_set_app_data(t->ssl, t);

    SSL_set_verify(t->ssl, SSL_VERIFY_NONE, ngx_invoke_tls_take_any);

    SSL_set_mode(t->ssl, SSL_MODE_RELEASE_BUFFERS|SSL_MODE_AUTO_RETRY
                         |SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);

    if (t->server) {
        SSL_set_accept_state(t->ssl);

    } else {
        SSL_set_connect_state(t->ssl);
    }

    ngx_memcpy(t->identity, c->digest, sizeof(t->identity));

    return NGX_OK;
}


ngx_invoke_tls_t *
ngx_invoke_tls_create(ngx_invoke_context_t *ctx, ngx_invoke_stream_t *parent,
    ngx_invoke_tls_context_t *c, ngx_uint_t server)
{
    ngx_invoke_tls_t  *t;

    if (!ngx_invoke_v8_charge(NGX_INVOKE_TLS_SIZE)) {
        return NULL;
    }

    t = calloc(1, sizeof(ngx_invoke_tls_t));

    if (t != NULL) {
        t->server = server;
        t->layer = parent->ops == &ngx_invoke_tls_ops
                   ? ((ngx_invoke_tls_t *) parent)->layer + 1 : 1;
    }

    if (t == NULL || ngx_invoke_tls_open(t, c) != NGX_OK) {
        free(t);
        ngx_invoke_v8_discharge(NGX_INVOKE_TLS_SIZE);
        return NULL;
    }

    ngx_invoke_stream_init(&t->stream, ctx, &ngx_invoke_tls_handle_ops,
                           &ngx_invoke_tls_ops);

    t->listener.read = ngx_invoke_tls_below_read;
    t->listener.written = ngx_invoke_tls_below_written;
    t->listener.shut = ngx_invoke_tls_below_shut;
    t->listener.closing = ngx_invoke_tls_below_closing;
    t->listener.unload = ngx_invoke_tls_unload;
    t->listener.load = ngx_invoke_tls_load;

    t->parent = parent;
    ngx_invoke_handle_hold(&parent->handle);
    ngx_invoke_stream_listen(parent, &t->listener);

    return t;
}


ngx_invoke_tls_t *
ngx_invoke_tls_get(ngx_invoke_v8_value_t v)
{
    ngx_invoke_stream_t  *s;

    s = ngx_invoke_stream_get(v);

    return s != NULL && s->ops == &ngx_invoke_tls_ops
           ? (ngx_invoke_tls_t *) s : NULL;
}


/* It is above the other stream no more. */

static void
ngx_invoke_tls_leave(ngx_invoke_tls_t *t)
{
    ngx_invoke_stream_t  *parent = t->parent;

    if (parent == NULL) {
        return;
    }

    t->parent = NULL;

    if (parent->listener == &t->listener) {
        ngx_invoke_stream_listen(parent, NULL);
    }

    ngx_invoke_handle_release(&parent->handle);
}


/* Tells of all writes that wait. */

static void
ngx_invoke_tls_tell_written(ngx_invoke_tls_t *t, int status)
{
    while (t->waiting > 0) {
        t->waiting--;
        ngx_invoke_stream_tell_written(&t->stream, status);
    }
}


void
ngx_invoke_tls_destroy(ngx_invoke_tls_t *t)
{
    if (t->ssl == NULL) {
        return;
    }

    SSL_free(t->ssl);
    t->ssl = NULL;
    ERR_clear_error();

    ngx_invoke_v8_discharge(NGX_INVOKE_TLS_SIZE);

    ngx_invoke_tls_free(&t->in);
    ngx_invoke_tls_free(&t->out);
    ngx_invoke_tls_free(&t->pending);
    t->nunread = 0;

    SSL_SESSION_free(t->resumed);
    t->resumed = NULL;

    if (t->session.data != NULL) {
        OPENSSL_cleanse(t->session.data, t->session.len);
        free(t->session.data);
        ngx_str_null(&t->session);
    }

    free(t->protocols.data);
    ngx_str_null(&t->protocols);
    free(t->ocsp.data);
    ngx_str_null(&t->ocsp);

    ngx_invoke_tls_leave(t);

    ngx_invoke_handle_hold(&t->stream.handle);
    ngx_invoke_tls_tell_written(t, UV_ECANCELED);
    ngx_invoke_handle_release(&t->stream.handle);
}


static void
ngx_invoke_tls_close_handle(ngx_invoke_handle_t *h)
{
    ngx_invoke_tls_t  *t = (ngx_invoke_tls_t *) h;

    ngx_invoke_stream_closing(&t->stream);
    ngx_invoke_tls_destroy(t);

    ngx_invoke_isolate_tell(h, NGX_INVOKE_IO_CLOSED, 0, NULL, 0);
}


static void
ngx_invoke_tls_free_handle(ngx_invoke_handle_t *h)
{
    free(h);
}


/*
 * Hands over what is to be sent, one write at a time. 0: nothing is left,
 * NGX_INVOKE_STREAM_LATER: something is, or an error.
 */

static int
ngx_invoke_tls_flush(ngx_invoke_tls_t *t)
{
    int       rc;
    uv_buf_t  buf;

    if (t->flushing) {
        return NGX_INVOKE_STREAM_LATER;
    }

    while (t->out.len > 0 && t->sending == 0) {

        if (t->held_up || t->session_wait) {
            return NGX_INVOKE_STREAM_LATER;
        }

        buf = uv_buf_init((char *) t->out.data + t->out.pos, t->out.len);

        /*
         * The stream below may tell of it in there, and JavaScript write more,
         * which waits for its turn.
         */

        t->sending = 1;
        t->flushing = 1;

        rc = t->parent != NULL ? ngx_invoke_stream_write(t->parent, &buf, 1)
                               : UV_ECANCELED;

        t->flushing = 0;

        if (t->ssl == NULL) {
            return UV_ECANCELED;
        }

        ngx_invoke_tls_consume(&t->out, buf.len);

        if (rc != NGX_INVOKE_STREAM_LATER) {
            t->sending = 0;
        }

        if (rc < 0) {
            ngx_invoke_tls_tell_written(t, rc);
            return rc;
        }

        if (t->sending != 0 && t->stream.handle.context != NULL) {

            /* the loop has to take notice of that, though nothing was told */

            t->stream.handle.context->isolate->told++;
        }
    }

    if (t->sending != 0 || t->pending.len > 0) {
        return NGX_INVOKE_STREAM_LATER;
    }

    ngx_invoke_tls_tell_written(t, 0);

    return 0;
}


/* The last error of OpenSSL as the event has it, or what has just been. */

static int
ngx_invoke_tls_error_line(const char *line, size_t len, void *data)
{
    ngx_str_t  *text = data;

    text->len = ngx_min(len, 512);
    ngx_memcpy(text->data, line, text->len);

    return 1;
}


/* Where a write waits it is that which fails, as in Node. */

static void
ngx_invoke_tls_tell_error(ngx_invoke_tls_t *t)
{
    u_char         *p, data[1024];
    ngx_str_t       line;
    const char     *lib, *reason;
    unsigned long   err;

    err = ERR_peek_error();
    lib = ERR_lib_error_string(err);
    reason = ERR_reason_error_string(err);

    line.data = data;
    line.len = 0;
    ERR_print_errors_cb(ngx_invoke_tls_error_line, &line);

    p = data + line.len;
    *p++ = '\0';
    p = ngx_slprintf(p, data + sizeof(data), "%s%Z%s", lib != NULL ? lib : "",
                     reason != NULL ? reason : "");

    if (t->stream.handle.context != NULL) {
        (void) ngx_invoke_handle_defer(&t->stream.handle,
                                       NGX_INVOKE_TLS_ERROR,
                                       t->pending.len > 0, data, p - data);
    }
}


/* OpenSSL takes all or nothing: 1, 0: not now, -1: it has failed. */

static int
ngx_invoke_tls_encrypt(ngx_invoke_tls_t *t, const u_char *data, size_t len)
{
    int     n, err;
    size_t  done;

    if (t->failed) {
        return -1;
    }

    /* nobody is told anything before JavaScript has looked at who it is */

    if (!SSL_is_init_finished(t->ssl) || (!t->server && !t->known)) {
        return 0;
    }

    ERR_clear_error();

    n = SSL_write_ex(t->ssl, data, len, &done);
    err = n == 1 ? SSL_ERROR_NONE : SSL_get_error(t->ssl, n);

    ERR_clear_error();

    if (n == 1) {
        return 1;
    }

    return err == SSL_ERROR_SSL || err == SSL_ERROR_SYSCALL ? -1 : 0;
}


/* Clear text that had to wait. */

static void
ngx_invoke_tls_push(ngx_invoke_tls_t *t)
{
    int  rc;

    if (t->ssl == NULL || t->pending.len == 0) {
        return;
    }

    rc = ngx_invoke_tls_encrypt(t, t->pending.data + t->pending.pos,
                                t->pending.len);
    if (rc == 0) {
        return;
    }

    ngx_invoke_tls_consume(&t->pending, t->pending.len);

    if (rc < 0) {
        ngx_invoke_tls_tell_written(t, UV_EPROTO);
    }
}


/*
 * Tells what can be read; the end of it, or of the connection, is told once.
 * Whoever is told may write, after which it comes here again: what follows is
 * not to be told before that.
 */

static void
ngx_invoke_tls_pull(ngx_invoke_tls_t *t)
{
    if (!t->pulling) {
        t->pulling = 1;
        ngx_invoke_tls_pull_all(t);
        t->pulling = 0;
    }
}


static void
ngx_invoke_tls_pull_all(ngx_invoke_tls_t *t)
{
    int     n, err;
    u_char  data[NGX_INVOKE_TLS_RECORD];

    while (t->ssl != NULL && !t->eof && !t->failed
           && (t->server || t->started))
    {
        ERR_clear_error();

        n = SSL_read(t->ssl, data, sizeof(data));

        if (n > 0) {
            ngx_invoke_stream_tell_read(&t->stream, 0, data, n);
            continue;
        }

        err = SSL_get_error(t->ssl, n);

        if (err == SSL_ERROR_ZERO_RETURN) {
            t->eof = 1;
            ngx_invoke_stream_tell_read(&t->stream, UV_EOF, NULL, 0);

        } else if (err == SSL_ERROR_SSL || err == SSL_ERROR_SYSCALL) {
            t->failed = 1;
            ngx_invoke_tls_tell_error(t);
        }

        ERR_clear_error();
        return;
    }
}


/* What shutdown() has asked for, once all was sent. */

static int
ngx_invoke_tls_end(ngx_invoke_tls_t *t)
{
    int  rc;

    t->ending = 0;

    rc = t->parent != NULL ? ngx_invoke_stream_shutdown(t->parent)
                           : UV_ENOTCONN;

    t->shutting = (rc == NGX_INVOKE_STREAM_LATER);

    return rc;
}


void
ngx_invoke_tls_cycle(ngx_invoke_tls_t *t)
{
    ngx_invoke_handle_hold(&t->stream.handle);

    ngx_invoke_tls_pull(t);
    ngx_invoke_tls_send(t);

    ngx_invoke_handle_release(&t->stream.handle);
}


void
ngx_invoke_tls_send(ngx_invoke_tls_t *t)
{
    int  rc;

    ngx_invoke_handle_hold(&t->stream.handle);

    ngx_invoke_tls_push(t);

    rc = ngx_invoke_tls_flush(t);

    if (t->ending && rc != NGX_INVOKE_STREAM_LATER) {
        rc = ngx_invoke_tls_end(t);

        if (rc != NGX_INVOKE_STREAM_LATER) {
            ngx_invoke_stream_tell_shut(&t->stream, rc);
        }
    }

    ngx_invoke_handle_release(&t->stream.handle);
}


void
ngx_invoke_tls_receive(ngx_invoke_tls_t *t, const u_char *data, size_t len)
{
    if (t->ssl == NULL || t->eof || t->failed) {
        return;
    }

    ngx_invoke_handle_hold(&t->stream.handle);

    t->unread = data;
    t->nunread = len;

    ngx_invoke_tls_cycle(t);

    /* what OpenSSL has no use for yet stays */

    if (t->ssl != NULL && t->nunread > 0
        && ngx_invoke_tls_append(&t->in, t->unread, t->nunread) != NGX_OK)
    {
        t->eof = 1;
        ngx_invoke_stream_tell_read(&t->stream, UV_ENOMEM, NULL, 0);
    }

    t->nunread = 0;

    ngx_invoke_handle_release(&t->stream.handle);
}


static int
ngx_invoke_tls_read_start(ngx_invoke_stream_t *s)
{
    ngx_invoke_tls_t  *t = (ngx_invoke_tls_t *) s;

    return t->parent != NULL && !t->eof
           ? ngx_invoke_stream_read_start(t->parent) : 0;
}


static int
ngx_invoke_tls_read_stop(ngx_invoke_stream_t *s)
{
    ngx_invoke_tls_t  *t = (ngx_invoke_tls_t *) s;

    return t->parent != NULL ? ngx_invoke_stream_read_stop(t->parent) : 0;
}


/*
 * Small pieces become one record. What OpenSSL does not take now is kept, and
 * all that comes after it.
 */

static int
ngx_invoke_tls_write_all(ngx_invoke_tls_t *t, const uv_buf_t *bufs, unsigned n)
{
    int       rc;
    size_t    len;
    u_char    room[NGX_INVOKE_TLS_RECORD];
    unsigned  i;
    uv_buf_t  one;

    len = 0;

    for (i = 0; i < n; i++) {
        len += bufs[i].len;
    }

    if (n > 1 && len <= sizeof(room)) {
        one.base = (char *) room;
        one.len = 0;

        for (i = 0; i < n; i++) {
            if (bufs[i].len > 0) {
                ngx_memcpy(room + one.len, bufs[i].base, bufs[i].len);
                one.len += bufs[i].len;
            }
        }

        bufs = &one;
        n = 1;
    }

    for (i = 0; i < n; i++) {

        if (bufs[i].len == 0) {
            continue;
        }

        rc = t->pending.len > 0 ? 0
             : ngx_invoke_tls_encrypt(t, (u_char *) bufs[i].base, bufs[i].len);

        if (rc < 0) {
            return UV_EPROTO;
        }

        if (rc == 0
            && ngx_invoke_tls_append(&t->pending, (u_char *) bufs[i].base,
                                     bufs[i].len)
               != NGX_OK)
        {
            return UV_ENOMEM;
        }
    }

    return 0;
}


/*
 * A client's handshake begins with the first write, if it has not before.
 * NGX_ERROR: it has failed.
 */

static ngx_int_t
ngx_invoke_tls_begin(ngx_invoke_tls_t *t)
{
    int  n, err;

    if (t->started || t->server || SSL_is_init_finished(t->ssl)) {
        return NGX_OK;
    }

    t->started = 1;

    ERR_clear_error();

    n = SSL_do_handshake(t->ssl);
    err = SSL_get_error(t->ssl, n);

    if (n != 1 && (err == SSL_ERROR_SSL || err == SSL_ERROR_SYSCALL)) {
        t->failed = 1;
        ngx_invoke_tls_tell_error(t);
        ERR_clear_error();
        return NGX_ERROR;
    }

    ERR_clear_error();

    return NGX_OK;
}


/* The end of a write is always told later, as in Node. */

static int
ngx_invoke_tls_write(ngx_invoke_stream_t *s, const uv_buf_t *bufs, unsigned n)
{
    int                rc;
    size_t             len;
    unsigned           i;
    ngx_invoke_tls_t  *t = (ngx_invoke_tls_t *) s;

    len = 0;

    for (i = 0; i < n; i++) {
        len += bufs[i].len;
    }

    if (len == 0 && t->ssl != NULL) {

        /* JavaScript lets OpenSSL's state move on */

        ngx_invoke_tls_pull(t);
    }

    if (t->ssl == NULL) {
        return UV_EPROTO;
    }

    if (t->parent == NULL) {
        return UV_EINVAL;
    }

    if (ngx_invoke_tls_begin(t) != NGX_OK) {
        return UV_EPROTO;
    }

    rc = ngx_invoke_tls_write_all(t, bufs, n);
    if (rc < 0) {
        return rc;
    }

    t->waiting++;
    (void) ngx_invoke_tls_flush(t);

    return NGX_INVOKE_STREAM_LATER;
}


static int
ngx_invoke_tls_shutdown(ngx_invoke_stream_t *s)
{
    ngx_invoke_tls_t  *t = (ngx_invoke_tls_t *) s;

    if (t->ssl != NULL && SSL_is_init_finished(t->ssl)) {
        ERR_clear_error();
        (void) SSL_shutdown(t->ssl);
        ERR_clear_error();
    }

    if (ngx_invoke_tls_flush(t) == NGX_INVOKE_STREAM_LATER) {
        t->ending = 1;
        return NGX_INVOKE_STREAM_LATER;
    }

    return ngx_invoke_tls_end(t);
}


static int
ngx_invoke_tls_fd(ngx_invoke_stream_t *s)
{
    ngx_invoke_tls_t  *t = (ngx_invoke_tls_t *) s;

    return t->parent != NULL && !t->parent->handle.closing
           ? t->parent->ops->fd(t->parent) : -1;
}


static size_t
ngx_invoke_tls_queued(ngx_invoke_stream_t *s)
{
    ngx_invoke_tls_t  *t = (ngx_invoke_tls_t *) s;

    return t->out.len;
}


/* What the stream below has read. */

static void
ngx_invoke_tls_below_read(ngx_invoke_stream_listener_t *l,
    ngx_invoke_stream_t *s, int status, const u_char *data, size_t len)
{
    ngx_invoke_tls_t  *t = ngx_queue_data(l, ngx_invoke_tls_t, listener);

    if (t->eof) {
        return;
    }

    if (len > 0) {
        ngx_invoke_tls_receive(t, data, len);
        return;
    }

    ngx_invoke_handle_hold(&t->stream.handle);

    ngx_invoke_tls_pull(t);

    if (!t->eof) {
        t->eof = (status == UV_EOF);
        ngx_invoke_stream_tell_read(&t->stream, status, NULL, 0);
    }

    ngx_invoke_handle_release(&t->stream.handle);
}


static void
ngx_invoke_tls_below_written(ngx_invoke_stream_listener_t *l,
    ngx_invoke_stream_t *s, int status)
{
    ngx_invoke_tls_t  *t = ngx_queue_data(l, ngx_invoke_tls_t, listener);

    if (t->sending == 0) {

        /* it was written before there was TLS */

        ngx_invoke_stream_script.written(&ngx_invoke_stream_script, s, status);
        return;
    }

    t->sending = 0;

    if (status == 0) {
        ngx_invoke_tls_cycle(t);
        return;
    }

    ngx_invoke_handle_hold(&t->stream.handle);
    ngx_invoke_tls_tell_written(t, status);
    ngx_invoke_handle_release(&t->stream.handle);
}


static void
ngx_invoke_tls_below_shut(ngx_invoke_stream_listener_t *l,
    ngx_invoke_stream_t *s, int status)
{
    ngx_invoke_tls_t  *t = ngx_queue_data(l, ngx_invoke_tls_t, listener);

    if (!t->shutting) {
        ngx_invoke_stream_script.shut(&ngx_invoke_stream_script, s, status);
        return;
    }

    t->shutting = 0;
    ngx_invoke_stream_tell_shut(&t->stream, status);
}


static void
ngx_invoke_tls_below_closing(ngx_invoke_stream_listener_t *l,
    ngx_invoke_stream_t *s)
{
    ngx_invoke_tls_t  *t = ngx_queue_data(l, ngx_invoke_tls_t, listener);

    ngx_invoke_handle_hold(&t->stream.handle);

    ngx_invoke_tls_leave(t);
    ngx_invoke_tls_tell_written(t, UV_ECANCELED);

    if (t->ending || t->shutting) {
        t->ending = 0;
        t->shutting = 0;
        ngx_invoke_stream_tell_shut(&t->stream, UV_ECANCELED);
    }

    ngx_invoke_handle_release(&t->stream.handle);
}
