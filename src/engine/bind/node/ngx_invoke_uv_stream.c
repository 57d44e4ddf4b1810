
#include "ngx_invoke_uv_stream.h"
#include "ngx_invoke_clock.h"


/* Of what is left of a write. */

typedef struct {
    uv_write_t               req;
    ngx_invoke_uv_stream_t  *stream;
    size_t                   len;
    char                     data[];
} ngx_invoke_uv_write_t;


static void ngx_invoke_uv_stream_close(ngx_invoke_handle_t *h);
static void ngx_invoke_uv_stream_free(ngx_invoke_handle_t *h);
static void ngx_invoke_uv_stream_park(ngx_invoke_handle_t *h);
static int ngx_invoke_uv_stream_read_start(ngx_invoke_stream_t *s);
static int ngx_invoke_uv_stream_read_stop(ngx_invoke_stream_t *s);
static int ngx_invoke_uv_stream_write(ngx_invoke_stream_t *s,
    const uv_buf_t *bufs, unsigned n);
static int ngx_invoke_uv_stream_shutdown(ngx_invoke_stream_t *s);
static int ngx_invoke_uv_stream_fd(ngx_invoke_stream_t *s);
static size_t ngx_invoke_uv_stream_queued(ngx_invoke_stream_t *s);
static void ngx_invoke_uv_stream_closed(uv_handle_t *handle);
static void ngx_invoke_uv_stream_alloc(uv_handle_t *handle, size_t size,
    uv_buf_t *buf);
static void ngx_invoke_uv_stream_readable(uv_stream_t *stream, ssize_t n,
    const uv_buf_t *buf);
static void ngx_invoke_uv_stream_written(uv_write_t *req, int status);
static void ngx_invoke_uv_stream_shut(uv_shutdown_t *req, int status);


static const ngx_invoke_handle_ops_t  ngx_invoke_uv_stream_handle_ops = {
    &ngx_invoke_stream_kind,
    ngx_invoke_uv_stream_close,
    ngx_invoke_uv_stream_free,
    ngx_invoke_uv_stream_park
};

static const ngx_invoke_stream_ops_t  ngx_invoke_uv_stream_ops = {
    ngx_invoke_uv_stream_read_start,
    ngx_invoke_uv_stream_read_stop,
    ngx_invoke_uv_stream_write,
    ngx_invoke_uv_stream_shutdown,
    ngx_invoke_uv_stream_fd,
    ngx_invoke_uv_stream_queued
};


/* actor thread, all of this file */

ngx_invoke_uv_stream_t *
ngx_invoke_uv_stream_create(ngx_invoke_v8_call_t *call, uv_handle_type type)
{
    int                      rc;
    uv_loop_t               *loop;
    ngx_invoke_context_t    *ctx = ngx_invoke_v8_data(call);
    ngx_invoke_uv_stream_t  *u;

    loop = ngx_invoke_poll_loop(ctx->isolate);
    u = loop != NULL ? calloc(1, sizeof(ngx_invoke_uv_stream_t)) : NULL;

    if (u == NULL) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR, NULL,
                            "Out of memory");
        return NULL;
    }

    rc = type == UV_TCP ? uv_tcp_init(loop, &u->uv.tcp)
                        : uv_pipe_init(loop, &u->uv.pipe, 0);

    if (rc != 0) {
        free(u);
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_ERROR, NULL, uv_strerror(rc));
        return NULL;
    }

    u->uv.handle.data = u;
    u->context = ctx;
    u->fd = -1;

    ngx_invoke_stream_init(&u->stream, ctx, &ngx_invoke_uv_stream_handle_ops,
                           &ngx_invoke_uv_stream_ops);

    /* the loop's */
    ngx_invoke_handle_hold(&u->stream.handle);

    return u;
}


void
ngx_invoke_uv_stream_return(ngx_invoke_v8_call_t *call, uv_handle_type type)
{
    ngx_invoke_v8_value_t    holder;
    ngx_invoke_uv_stream_t  *u;

    u = ngx_invoke_uv_stream_create(call, type);

    if (u == NULL) {
        return;
    }

    holder = ngx_invoke_handle_wrap(call, &u->stream.handle,
                                    sizeof(ngx_invoke_uv_stream_t));
    if (holder != NULL) {
        ngx_invoke_v8_return(call, holder);
    }
}


ngx_invoke_uv_stream_t *
ngx_invoke_uv_stream_of(ngx_invoke_stream_t *s)
{
    return !s->handle.closing && s->ops == &ngx_invoke_uv_stream_ops
           ? (ngx_invoke_uv_stream_t *) s : NULL;
}


ngx_invoke_uv_stream_t *
ngx_invoke_uv_stream_get(ngx_invoke_v8_call_t *call, uv_handle_type type)
{
    ngx_invoke_stream_t     *s;
    ngx_invoke_uv_stream_t  *u;

    s = ngx_invoke_stream_get(ngx_invoke_v8_arg(call, 0));
    u = s != NULL ? ngx_invoke_uv_stream_of(s) : NULL;

    return u == NULL || type == UV_UNKNOWN_HANDLE
           || u->uv.handle.type == type ? u : NULL;
}


int
ngx_invoke_uv_stream_open(ngx_invoke_uv_stream_t *u)
{
    int  rc;

    if (u->opened) {
        return 0;
    }

    rc = ngx_invoke_gate_open(u->context);
    if (rc != 0) {
        return rc;
    }

    u->opened = 1;

    return 0;
}


int
ngx_invoke_uv_stream_opened(ngx_invoke_uv_stream_t *u)
{
    int         rc;
    uv_os_fd_t  fd;

    if (u->fd != -1 || uv_fileno(&u->uv.handle, &fd) != 0) {
        return 0;
    }

    rc = ngx_invoke_poll_add(u->context->isolate, fd, &u->stream.handle.owner);

    if (rc == 0) {
        u->fd = fd;
    }

    return rc;
}


/* The end of it for all but the loop, which has it until closed(). */

static void
ngx_invoke_uv_stream_end(ngx_invoke_uv_stream_t *u)
{
    ngx_invoke_stream_closing(&u->stream);

    if (u->fd != -1) {
        ngx_invoke_poll_remove(u->context->isolate, u->fd);
        u->fd = -1;
    }

    if (u->opened) {
        ngx_invoke_gate_close(u->context);
        u->opened = 0;
    }

    u->context = NULL;
}


static void
ngx_invoke_uv_stream_close(ngx_invoke_handle_t *h)
{
    ngx_invoke_uv_stream_t  *u = (ngx_invoke_uv_stream_t *) h;

    ngx_invoke_uv_stream_end(u);
    uv_close(&u->uv.handle, ngx_invoke_uv_stream_closed);
}


int
ngx_invoke_uv_stream_reset(ngx_invoke_uv_stream_t *u)
{
    int  rc, fd;

    /* The descriptor is closed by that. */

    fd = u->fd;

    if (fd != -1) {
        ngx_invoke_poll_remove(u->context->isolate, fd);
    }

    rc = uv_tcp_close_reset(&u->uv.tcp, ngx_invoke_uv_stream_closed);

    if (rc != 0) {

        if (fd != -1) {
            (void) ngx_invoke_poll_add(u->context->isolate, fd,
                                       &u->stream.handle.owner);
        }

        return rc;
    }

    u->fd = -1;
    u->stream.handle.closing = 1;
    ngx_invoke_uv_stream_end(u);

    return 0;
}


static void
ngx_invoke_uv_stream_closed(uv_handle_t *handle)
{
    ngx_invoke_uv_stream_t  *u = handle->data;

    ngx_invoke_isolate_tell(&u->stream.handle, NGX_INVOKE_IO_CLOSED, 0, NULL,
                            0);
    ngx_invoke_handle_release(&u->stream.handle);
}


static void
ngx_invoke_uv_stream_free(ngx_invoke_handle_t *h)
{
    free(h);
}


static int
ngx_invoke_uv_stream_read_start(ngx_invoke_stream_t *s)
{
    ngx_invoke_uv_stream_t  *u = (ngx_invoke_uv_stream_t *) s;

    return uv_read_start(&u->uv.stream, ngx_invoke_uv_stream_alloc,
                         ngx_invoke_uv_stream_readable);
}


static int
ngx_invoke_uv_stream_read_stop(ngx_invoke_stream_t *s)
{
    ngx_invoke_uv_stream_t  *u = (ngx_invoke_uv_stream_t *) s;

    return uv_read_stop(&u->uv.stream);
}


/* What is read is told before anything else is read. */

static void
ngx_invoke_uv_stream_alloc(uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
    ngx_invoke_uv_stream_t  *u = handle->data;

    buf->base = (char *) u->context->isolate->poll->buffer;
    buf->len = NGX_INVOKE_POLL_BUFFER;

    if (u->stream.part != 0) {
        buf->len = ngx_min(buf->len, u->stream.part);
    }
}


static void
ngx_invoke_uv_stream_readable(uv_stream_t *stream, ssize_t n,
    const uv_buf_t *buf)
{
    int                      rc;
    ngx_invoke_uv_stream_t  *u = stream->data;

    if (n == 0) {
        return;
    }

    if (n < 0) {
        ngx_invoke_stream_tell_read(&u->stream, n, NULL, 0);
        return;
    }

    rc = ngx_invoke_gate_bytes(u->context,
                               ngx_invoke_handle_invocation(&u->stream.handle),
                               n, 0);

    if (rc != 0) {
        (void) uv_read_stop(stream);
        ngx_invoke_stream_tell_read(&u->stream, rc, NULL, 0);
        return;
    }

    ngx_invoke_stream_tell_read(&u->stream, 0, (u_char *) buf->base, n);
}


/* Buffers are JavaScript's, so that what is left is copied. */

static int
ngx_invoke_uv_stream_write_rest(ngx_invoke_uv_stream_t *u,
    const uv_buf_t *bufs, unsigned n, size_t skip, size_t len)
{
    int                     rc;
    char                   *p;
    size_t                  part;
    unsigned                i;
    uv_buf_t                buf;
    ngx_invoke_uv_write_t  *write;

    write = ngx_invoke_v8_alloc(sizeof(ngx_invoke_uv_write_t) + len);
    if (write == NULL) {
        return UV_ENOMEM;
    }

    write->stream = u;
    write->len = len;
    p = write->data;

    for (i = 0; i < n; i++) {
        part = ngx_min(skip, bufs[i].len);
        skip -= part;
        p = (char *) ngx_cpymem(p, bufs[i].base + part, bufs[i].len - part);
    }

    buf = uv_buf_init(write->data, len);

    rc = uv_write(&write->req, &u->uv.stream, &buf, 1,
                  ngx_invoke_uv_stream_written);

    if (rc != 0) {
        ngx_invoke_v8_free(write);
        return rc;
    }

    u->queued += len;

    return NGX_INVOKE_STREAM_LATER;
}


static int
ngx_invoke_uv_stream_write(ngx_invoke_stream_t *s, const uv_buf_t *bufs,
    unsigned n)
{
    int                      rc;
    size_t                   len;
    unsigned                 i;
    ngx_invoke_uv_stream_t  *u = (ngx_invoke_uv_stream_t *) s;

    len = 0;

    for (i = 0; i < n; i++) {
        len += bufs[i].len;
    }

    rc = ngx_invoke_gate_bytes(u->context,
                               ngx_invoke_handle_invocation(&s->handle), 0,
                               len);
    if (rc != 0) {
        return rc;
    }

    rc = len != 0 ? uv_try_write(&u->uv.stream, bufs, n) : UV_EAGAIN;

    if (rc < 0) {

        if (rc != UV_EAGAIN && rc != UV_ENOSYS) {
            return rc;
        }

        rc = 0;
    }

    if (len != 0 && (size_t) rc == len) {
        return 0;
    }

    return ngx_invoke_uv_stream_write_rest(u, bufs, n, rc, len - rc);
}


static void
ngx_invoke_uv_stream_written(uv_write_t *req, int status)
{
    ngx_invoke_uv_write_t   *write = (ngx_invoke_uv_write_t *) req;
    ngx_invoke_uv_stream_t  *u = write->stream;

    u->queued -= write->len;
    ngx_invoke_v8_free(write);

    ngx_invoke_stream_tell_written(&u->stream, status);
}


static int
ngx_invoke_uv_stream_shutdown(ngx_invoke_stream_t *s)
{
    int                      rc;
    ngx_invoke_uv_stream_t  *u = (ngx_invoke_uv_stream_t *) s;

    rc = uv_shutdown(&u->shutdown, &u->uv.stream, ngx_invoke_uv_stream_shut);

    return rc == 0 ? NGX_INVOKE_STREAM_LATER : rc;
}


static void
ngx_invoke_uv_stream_shut(uv_shutdown_t *req, int status)
{
    ngx_invoke_uv_stream_t  *u = req->handle->data;

    ngx_invoke_stream_tell_shut(&u->stream, status);
}


static int
ngx_invoke_uv_stream_fd(ngx_invoke_stream_t *s)
{
    return ((ngx_invoke_uv_stream_t *) s)->fd;
}


static size_t
ngx_invoke_uv_stream_queued(ngx_invoke_stream_t *s)
{
    return ((ngx_invoke_uv_stream_t *) s)->queued;
}


/*
 * Its context ends. What has waited since its last answer, and has neither sent
 * nor got anything since then, may wait for another context.
 */

static void
ngx_invoke_uv_stream_park(ngx_invoke_handle_t *h)
{
    ngx_invoke_lot_load_t    load;
    ngx_invoke_stream_t     *s = (ngx_invoke_stream_t *) h;
    ngx_invoke_uv_stream_t  *u = (ngx_invoke_uv_stream_t *) h;

    if (u->until == 0 || u->fd == -1 || u->queued != 0
        || s->bytes_read != u->idle_read
        || s->bytes_written != u->idle_written
        || !uv_is_readable(&u->uv.stream) || !uv_is_writable(&u->uv.stream)
        || u->until <= ngx_invoke_now())
    {
        return;
    }

    (void) uv_read_stop(&u->uv.stream);

    if (!ngx_invoke_lot_silent(u->fd)
        || s->listener->unload(s->listener, s, &load) != NGX_OK)
    {
        return;
    }

    ngx_invoke_lot_park(u->context, &u->ticket, u->fd, load, u->until);
    u->until = 0;
}


int
ngx_invoke_uv_stream_resume(ngx_invoke_uv_stream_t *u, int fd,
    ngx_invoke_lot_load_t load)
{
    int                   rc;
    ngx_invoke_stream_t  *s = &u->stream;

    if (s->listener->load(s->listener, s, load) != NGX_OK) {
        ngx_invoke_lot_drop(fd, load);
        return UV_ECONNRESET;
    }

    rc = uv_tcp_open(&u->uv.tcp, fd);

    if (rc != 0) {
        (void) close(fd);
        return rc;
    }

    u->waited = 1;
    ngx_invoke_isolate_tell(&s->handle, NGX_INVOKE_IO_CONNECTED, 0, NULL, 0);

    return 0;
}


void
ngx_invoke_uv_stream_connected(uv_connect_t *req, int status)
{
    ngx_invoke_uv_stream_t  *u = req->handle->data;

    if (status != 0 && status != UV_ECANCELED && u->context != NULL) {
        ngx_invoke_gate_failed(u->context);
    }

    ngx_invoke_isolate_tell(&u->stream.handle, NGX_INVOKE_IO_CONNECTED, status,
                            NULL, 0);
}


int
ngx_invoke_uv_stream_may_listen(const struct sockaddr *sa)
{
    const struct sockaddr_in   *in = (const struct sockaddr_in *) sa;
    const struct sockaddr_in6  *in6 = (const struct sockaddr_in6 *) sa;

    if (!ngx_invoke_poll_listens) {
        return UV_ENOTSUP;
    }

    switch (sa->sa_family) {

    case AF_INET:
        return in->sin_addr.s_addr == INADDR_ANY
               || (ntohl(in->sin_addr.s_addr) >> 24) == 127 ? 0 : UV_EACCES;

    case AF_INET6:
        return IN6_IS_ADDR_UNSPECIFIED(&in6->sin6_addr)
               || IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr) ? 0 : UV_EACCES;

    default:
        return 0;
    }
}
