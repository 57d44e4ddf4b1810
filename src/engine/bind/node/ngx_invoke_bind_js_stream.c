
#include "ngx_invoke_bind.h"
#include "ngx_invoke_stream.h"


/*
 * A stream that JavaScript makes, of the js_stream binding: TLS may be over it.
 * What C asks of it is told as an event, always later.
 */


/* Events of it; src/js knows the numbers. */

typedef enum {
    NGX_INVOKE_JS_READ_START = NGX_INVOKE_IO_OTHER,
    NGX_INVOKE_JS_READ_STOP,
    NGX_INVOKE_JS_WRITE,        /* the bytes */
    NGX_INVOKE_JS_SHUTDOWN
} ngx_invoke_js_event_e;


static void ngx_invoke_bind_js_create(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_js_read(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_js_end(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_js_written(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_js_shut(ngx_invoke_v8_call_t *call);

static void ngx_invoke_js_close(ngx_invoke_handle_t *h);
static void ngx_invoke_js_free(ngx_invoke_handle_t *h);
static int ngx_invoke_js_read_start(ngx_invoke_stream_t *s);
static int ngx_invoke_js_read_stop(ngx_invoke_stream_t *s);
static int ngx_invoke_js_write(ngx_invoke_stream_t *s, const uv_buf_t *bufs,
    unsigned n);
static int ngx_invoke_js_shutdown(ngx_invoke_stream_t *s);
static int ngx_invoke_js_fd(ngx_invoke_stream_t *s);
static size_t ngx_invoke_js_queued(ngx_invoke_stream_t *s);


const ngx_invoke_v8_native_t  ngx_invoke_bind_js_stream[] = {
    { "create", ngx_invoke_bind_js_create },
    { "read", ngx_invoke_bind_js_read },
    { "end", ngx_invoke_bind_js_end },
    { "written", ngx_invoke_bind_js_written },
    { "shut", ngx_invoke_bind_js_shut },
    { NULL, NULL }
};


static const ngx_invoke_handle_ops_t  ngx_invoke_js_handle_ops = {
    &ngx_invoke_stream_kind,
    ngx_invoke_js_close,
    ngx_invoke_js_free,
    NULL
};


static const ngx_invoke_stream_ops_t  ngx_invoke_js_ops = {
    ngx_invoke_js_read_start,
    ngx_invoke_js_read_stop,
    ngx_invoke_js_write,
    ngx_invoke_js_shutdown,
    ngx_invoke_js_fd,
    ngx_invoke_js_queued
};


/* actor thread, all of this file */

static int
ngx_invoke_js_tell(ngx_invoke_stream_t *s, int32_t event, const u_char *data,
    size_t len)
{
    if (s->handle.context == NULL) {
        return UV_EBADF;
    }

    return ngx_invoke_handle_defer(&s->handle, event, 0, data, len) == NGX_OK
           ? 0 : UV_ENOMEM;
}


static int
ngx_invoke_js_read_start(ngx_invoke_stream_t *s)
{
    return ngx_invoke_js_tell(s, NGX_INVOKE_JS_READ_START, NULL, 0);
}


static int
ngx_invoke_js_read_stop(ngx_invoke_stream_t *s)
{
    return ngx_invoke_js_tell(s, NGX_INVOKE_JS_READ_STOP, NULL, 0);
}


static int
ngx_invoke_js_write(ngx_invoke_stream_t *s, const uv_buf_t *bufs, unsigned n)
{
    int       rc;
    size_t    len;
    u_char   *p, *data;
    unsigned  i;

    if (n == 1) {
        rc = ngx_invoke_js_tell(s, NGX_INVOKE_JS_WRITE,
                                (u_char *) bufs[0].base, bufs[0].len);

        return rc < 0 ? rc : NGX_INVOKE_STREAM_LATER;
    }

    len = 0;

    for (i = 0; i < n; i++) {
        len += bufs[i].len;
    }

    data = ngx_invoke_v8_alloc(len + 1);
    if (data == NULL) {
        return UV_ENOMEM;
    }

    p = data;

    for (i = 0; i < n; i++) {
        p = ngx_cpymem(p, bufs[i].base, bufs[i].len);
    }

    rc = ngx_invoke_js_tell(s, NGX_INVOKE_JS_WRITE, data, len);

    ngx_invoke_v8_free(data);

    return rc < 0 ? rc : NGX_INVOKE_STREAM_LATER;
}


static int
ngx_invoke_js_shutdown(ngx_invoke_stream_t *s)
{
    int  rc;

    rc = ngx_invoke_js_tell(s, NGX_INVOKE_JS_SHUTDOWN, NULL, 0);

    return rc < 0 ? rc : NGX_INVOKE_STREAM_LATER;
}


static int
ngx_invoke_js_fd(ngx_invoke_stream_t *s)
{
    return -1;
}


static size_t
ngx_invoke_js_queued(ngx_invoke_stream_t *s)
{
    return 0;
}


static void
ngx_invoke_js_close(ngx_invoke_handle_t *h)
{
    ngx_invoke_stream_closing((ngx_invoke_stream_t *) h);
    ngx_invoke_isolate_tell(h, NGX_INVOKE_IO_CLOSED, 0, NULL, 0);
}


static void
ngx_invoke_js_free(ngx_invoke_handle_t *h)
{
    free(h);
}


/* create() → stream */

static void
ngx_invoke_bind_js_create(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_stream_t    *s;
    ngx_invoke_v8_value_t   value;

    s = malloc(sizeof(ngx_invoke_stream_t));

    if (s == NULL) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR, NULL,
                            "Out of memory");
        return;
    }

    ngx_invoke_stream_init(s, ngx_invoke_v8_data(call),
                           &ngx_invoke_js_handle_ops, &ngx_invoke_js_ops);

    value = ngx_invoke_handle_wrap(call, &s->handle,
                                   sizeof(ngx_invoke_stream_t));
    if (value != NULL) {
        ngx_invoke_v8_return(call, value);
    }
}


static ngx_invoke_stream_t *
ngx_invoke_js_arg(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_stream_t  *s;

    s = ngx_invoke_stream_get(ngx_invoke_v8_arg(call, 0));

    return s != NULL && s->ops == &ngx_invoke_js_ops ? s : NULL;
}


/* read(stream, bytes) */

static void
ngx_invoke_bind_js_read(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_view_t     view;
    ngx_invoke_stream_t  *s;

    s = ngx_invoke_js_arg(call);

    if (s == NULL || s->handle.closing
        || ngx_invoke_view_get(call, ngx_invoke_v8_arg(call, 1), &view)
           != NGX_OK)
    {
        return;
    }

    if (view.len > 0) {
        ngx_invoke_stream_tell_read(s, 0, view.data, view.len);
    }
}


/* end(stream): nothing more is to be read */

static void
ngx_invoke_bind_js_end(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_stream_t  *s;

    s = ngx_invoke_js_arg(call);

    if (s != NULL && !s->handle.closing) {
        ngx_invoke_stream_tell_read(s, UV_EOF, NULL, 0);
    }
}


/* written(stream, status), shut(stream, status) */

static void
ngx_invoke_bind_js_written(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_stream_t  *s;

    s = ngx_invoke_js_arg(call);

    if (s != NULL) {
        ngx_invoke_stream_tell_written(s,
            ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1)));
    }
}


static void
ngx_invoke_bind_js_shut(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_stream_t  *s;

    s = ngx_invoke_js_arg(call);

    if (s != NULL) {
        ngx_invoke_stream_tell_shut(s,
            ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1)));
    }
}
