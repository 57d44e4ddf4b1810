
#include "ngx_invoke_stream.h"


static void ngx_invoke_stream_script_read(ngx_invoke_stream_listener_t *l,
    ngx_invoke_stream_t *s, int status, const u_char *data, size_t len);
static void ngx_invoke_stream_script_written(ngx_invoke_stream_listener_t *l,
    ngx_invoke_stream_t *s, int status);
static void ngx_invoke_stream_script_shut(ngx_invoke_stream_listener_t *l,
    ngx_invoke_stream_t *s, int status);
static void ngx_invoke_stream_script_closing(ngx_invoke_stream_listener_t *l,
    ngx_invoke_stream_t *s);
static ngx_int_t ngx_invoke_stream_script_unload(
    ngx_invoke_stream_listener_t *l, ngx_invoke_stream_t *s,
    ngx_invoke_lot_load_t *load);
static ngx_int_t ngx_invoke_stream_script_load(ngx_invoke_stream_listener_t *l,
    ngx_invoke_stream_t *s, ngx_invoke_lot_load_t load);


const char  ngx_invoke_stream_kind;

ngx_invoke_stream_listener_t  ngx_invoke_stream_script = {
    ngx_invoke_stream_script_read,
    ngx_invoke_stream_script_written,
    ngx_invoke_stream_script_shut,
    ngx_invoke_stream_script_closing,
    ngx_invoke_stream_script_unload,
    ngx_invoke_stream_script_load
};


/* actor thread, all of this file */

void
ngx_invoke_stream_init(ngx_invoke_stream_t *s, ngx_invoke_context_t *ctx,
    const ngx_invoke_handle_ops_t *handle_ops,
    const ngx_invoke_stream_ops_t *ops)
{
    ngx_invoke_handle_init(&s->handle, ctx, handle_ops);

    s->ops = ops;
    s->listener = &ngx_invoke_stream_script;
    s->bytes_read = 0;
    s->bytes_written = 0;
    s->part = 0;
}


ngx_invoke_stream_t *
ngx_invoke_stream_get(ngx_invoke_v8_value_t v)
{
    return (ngx_invoke_stream_t *)
           ngx_invoke_handle_get(v, &ngx_invoke_stream_kind);
}


void
ngx_invoke_stream_listen(ngx_invoke_stream_t *s,
    ngx_invoke_stream_listener_t *l)
{
    s->listener = l != NULL ? l : &ngx_invoke_stream_script;
}


int
ngx_invoke_stream_read_start(ngx_invoke_stream_t *s)
{
    ngx_invoke_handle_adopt(&s->handle);

    return s->handle.closing ? UV_EBADF : s->ops->read_start(s);
}


int
ngx_invoke_stream_read_stop(ngx_invoke_stream_t *s)
{
    return s->handle.closing ? UV_EBADF : s->ops->read_stop(s);
}


int
ngx_invoke_stream_write(ngx_invoke_stream_t *s, const uv_buf_t *bufs,
    unsigned n)
{
    int       rc;
    unsigned  i;

    if (s->handle.closing) {
        return UV_EBADF;
    }

    ngx_invoke_handle_adopt(&s->handle);

    rc = s->ops->write(s, bufs, n);

    if (rc >= 0) {
        for (i = 0; i < n; i++) {
            s->bytes_written += bufs[i].len;
        }
    }

    return rc;
}


int
ngx_invoke_stream_shutdown(ngx_invoke_stream_t *s)
{
    return s->handle.closing ? UV_EBADF : s->ops->shutdown(s);
}


void
ngx_invoke_stream_tell_read(ngx_invoke_stream_t *s, int status,
    const u_char *data, size_t len)
{
    s->bytes_read += len;
    s->listener->read(s->listener, s, status, data, len);
}


void
ngx_invoke_stream_tell_written(ngx_invoke_stream_t *s, int status)
{
    s->listener->written(s->listener, s, status);
}


void
ngx_invoke_stream_tell_shut(ngx_invoke_stream_t *s, int status)
{
    s->listener->shut(s->listener, s, status);
}


void
ngx_invoke_stream_closing(ngx_invoke_stream_t *s)
{
    s->listener->closing(s->listener, s);
}


/* The listener by which JavaScript is told. */

static void
ngx_invoke_stream_script_read(ngx_invoke_stream_listener_t *l,
    ngx_invoke_stream_t *s, int status, const u_char *data, size_t len)
{
    size_t  n;

    if (len == 0) {
        ngx_invoke_isolate_tell(&s->handle, NGX_INVOKE_IO_READ, status, NULL,
                                0);
        return;
    }

    /* The last of what it is told may be that of its context. */

    ngx_invoke_handle_hold(&s->handle);

    while (len != 0 && s->handle.context != NULL && !s->handle.closing) {
        n = s->part != 0 ? ngx_min(s->part, len) : len;

        ngx_invoke_isolate_tell(&s->handle, NGX_INVOKE_IO_READ, n, data, n);

        data += n;
        len -= n;
    }

    ngx_invoke_handle_release(&s->handle);
}


static void
ngx_invoke_stream_script_written(ngx_invoke_stream_listener_t *l,
    ngx_invoke_stream_t *s, int status)
{
    ngx_invoke_isolate_tell(&s->handle, NGX_INVOKE_IO_WRITTEN, status, NULL,
                            0);
}


static void
ngx_invoke_stream_script_shut(ngx_invoke_stream_listener_t *l,
    ngx_invoke_stream_t *s, int status)
{
    ngx_invoke_isolate_tell(&s->handle, NGX_INVOKE_IO_SHUT, status, NULL, 0);
}


static void
ngx_invoke_stream_script_closing(ngx_invoke_stream_listener_t *l,
    ngx_invoke_stream_t *s)
{
    /* who closes it knows */
}


static ngx_int_t
ngx_invoke_stream_script_unload(ngx_invoke_stream_listener_t *l,
    ngx_invoke_stream_t *s, ngx_invoke_lot_load_t *load)
{
    load->data = NULL;

    return NGX_OK;
}


static ngx_int_t
ngx_invoke_stream_script_load(ngx_invoke_stream_listener_t *l,
    ngx_invoke_stream_t *s, ngx_invoke_lot_load_t load)
{
    return load.data == NULL ? NGX_OK : NGX_DECLINED;
}
