
#include "ngx_invoke_bind.h"
#include "ngx_invoke_stream.h"


/* What a write has at the most of pieces in memory of the thread's stack. */
#define NGX_INVOKE_STREAM_PIECES  16


static void ngx_invoke_bind_stream_read_start(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_stream_read_stop(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_stream_part(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_stream_write(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_stream_shutdown(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_stream_bytes_read(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_stream_bytes_written(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_stream_queued(ngx_invoke_v8_call_t *call);


const ngx_invoke_v8_native_t  ngx_invoke_bind_stream[] = {
    { "readStart", ngx_invoke_bind_stream_read_start },
    { "readStop", ngx_invoke_bind_stream_read_stop },
    { "part", ngx_invoke_bind_stream_part },
    { "write", ngx_invoke_bind_stream_write },
    { "shutdown", ngx_invoke_bind_stream_shutdown },
    { "bytesRead", ngx_invoke_bind_stream_bytes_read },
    { "bytesWritten", ngx_invoke_bind_stream_bytes_written },
    { "queued", ngx_invoke_bind_stream_queued },
    { NULL, NULL }
};


/* actor thread, all of this file */

static void
ngx_invoke_bind_stream_read_start(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_stream_t  *s;

    s = ngx_invoke_stream_get(ngx_invoke_v8_arg(call, 0));

    ngx_invoke_v8_return_number(call, s != NULL
                                      ? ngx_invoke_stream_read_start(s)
                                      : UV_EBADF);
}


static void
ngx_invoke_bind_stream_read_stop(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_stream_t  *s;

    s = ngx_invoke_stream_get(ngx_invoke_v8_arg(call, 0));

    ngx_invoke_v8_return_number(call, s != NULL
                                      ? ngx_invoke_stream_read_stop(s)
                                      : UV_EBADF);
}


/* part(stream, n): no more than n bytes are to be told of at a time */

static void
ngx_invoke_bind_stream_part(ngx_invoke_v8_call_t *call)
{
    size_t                n;
    ngx_invoke_stream_t  *s;

    s = ngx_invoke_stream_get(ngx_invoke_v8_arg(call, 0));

    if (s != NULL && ngx_invoke_v8_arg_index(call, 1, &n) == 1) {
        s->part = n;
    }
}


/* The bytes of a piece, strings in "text", which has room for them. */

static ngx_int_t
ngx_invoke_stream_piece(ngx_invoke_v8_call_t *call, int i, uv_buf_t *buf,
    u_char **text)
{
    size_t                     size;
    uint8_t                   *data;
    int32_t                    encoding;
    ngx_invoke_v8_value_t      v = ngx_invoke_v8_arg(call, i);

    encoding = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, i + 1));

    if (ngx_invoke_v8_type(v) != NGX_INVOKE_V8_STRING) {

        if (ngx_invoke_v8_bytes(v, &data, &size) != 0) {
            return ngx_invoke_bytes_throw(call);
        }

        *buf = uv_buf_init((char *) data, size);
        return NGX_OK;
    }

    size = ngx_invoke_v8_string_size(call, v, encoding);
    size = ngx_invoke_v8_string_write(call, v, encoding, *text, size);

    *buf = uv_buf_init((char *) *text, size);
    *text += size;

    return NGX_OK;
}


/* Bytes that the strings take; what is no encoding throws. */

static ngx_int_t
ngx_invoke_stream_text_size(ngx_invoke_v8_call_t *call, size_t *size)
{
    int                    i;
    int32_t                encoding;
    ngx_invoke_v8_value_t  v;

    *size = 0;

    for (i = 1; i < ngx_invoke_v8_argc(call); i += 2) {
        v = ngx_invoke_v8_arg(call, i);
        encoding = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, i + 1));

        if (encoding < NGX_INVOKE_V8_LATIN1 || encoding > NGX_INVOKE_V8_UTF16)
        {
            return ngx_invoke_bytes_throw(call);
        }

        *size += ngx_invoke_v8_string_size(call, v, encoding);
    }

    return NGX_OK;
}


/*
 * write(stream, piece, encoding, ...): pieces are bytes or strings, encodings
 * as ngx_invoke_v8_encoding_e has them. Returns an error, less than 0, or twice
 * the bytes, and one more where the end of the write is yet to be told.
 */

static void
ngx_invoke_bind_stream_write(ngx_invoke_v8_call_t *call)
{
    int                   i, rc;
    u_char               *text, *p, room[4096];
    size_t                size;
    double                bytes;
    unsigned              n;
    uv_buf_t              fixed[NGX_INVOKE_STREAM_PIECES], *bufs;
    ngx_invoke_stream_t  *s;

    s = ngx_invoke_stream_get(ngx_invoke_v8_arg(call, 0));

    if (s == NULL) {
        ngx_invoke_v8_return_number(call, UV_EBADF);
        return;
    }

    if (ngx_invoke_stream_text_size(call, &size) != NGX_OK) {
        return;
    }

    n = ngx_invoke_v8_argc(call) / 2;

    bufs = n <= NGX_INVOKE_STREAM_PIECES ? fixed
                                         : malloc(n * sizeof(uv_buf_t));
    text = size <= sizeof(room) ? room : ngx_invoke_v8_alloc(size);

    if (bufs == NULL || text == NULL) {
        rc = UV_ENOMEM;
        goto done;
    }

    p = text;
    bytes = 0;
    n = 0;

    for (i = 1; i < ngx_invoke_v8_argc(call); i += 2) {

        if (ngx_invoke_stream_piece(call, i, &bufs[n], &p) != NGX_OK) {
            rc = UV_EINVAL;
            goto done;
        }

        bytes += bufs[n++].len;
    }

    rc = ngx_invoke_stream_write(s, bufs, n);

    if (rc >= 0) {
        ngx_invoke_v8_return_number(call, 2 * bytes
                                          + (rc == NGX_INVOKE_STREAM_LATER));
    }

done:

    if (rc < 0) {
        ngx_invoke_v8_return_number(call, rc);
    }

    if (bufs != fixed) {
        free(bufs);
    }

    if (text != room) {
        ngx_invoke_v8_free(text);
    }
}


static void
ngx_invoke_bind_stream_shutdown(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_stream_t  *s;

    s = ngx_invoke_stream_get(ngx_invoke_v8_arg(call, 0));

    ngx_invoke_v8_return_number(call, s != NULL
                                      ? ngx_invoke_stream_shutdown(s)
                                      : UV_EBADF);
}


static void
ngx_invoke_bind_stream_bytes_read(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_stream_t  *s;

    s = ngx_invoke_stream_get(ngx_invoke_v8_arg(call, 0));

    ngx_invoke_v8_return_number(call, s != NULL ? s->bytes_read : 0);
}


static void
ngx_invoke_bind_stream_bytes_written(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_stream_t  *s;

    s = ngx_invoke_stream_get(ngx_invoke_v8_arg(call, 0));

    ngx_invoke_v8_return_number(call, s != NULL ? s->bytes_written : 0);
}


/* queued(stream): bytes of writes that are under way */

static void
ngx_invoke_bind_stream_queued(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_stream_t  *s;

    s = ngx_invoke_stream_get(ngx_invoke_v8_arg(call, 0));

    ngx_invoke_v8_return_number(call, s != NULL ? s->ops->queued(s) : 0);
}
