
#include "ngx_invoke_bind.h"
#include "ngx_invoke_zlib.h"


static void ngx_invoke_bind_zlib_create(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_zlib_init(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_zlib_init_brotli(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_zlib_params(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_zlib_reset(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_zlib_write(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_zlib_close(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_zlib_has_room(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_zlib_constants(ngx_invoke_v8_call_t *call);


const ngx_invoke_v8_native_t  ngx_invoke_bind_zlib[] = {
    { "create", ngx_invoke_bind_zlib_create },
    { "init", ngx_invoke_bind_zlib_init },
    { "initBrotli", ngx_invoke_bind_zlib_init_brotli },
    { "params", ngx_invoke_bind_zlib_params },
    { "reset", ngx_invoke_bind_zlib_reset },
    { "write", ngx_invoke_bind_zlib_write },
    { "close", ngx_invoke_bind_zlib_close },
    { "hasRoom", ngx_invoke_bind_zlib_has_room },
    { "constants", ngx_invoke_bind_zlib_constants },
    { NULL, NULL }
};


/* Tells these streams from other objects that own memory. */
static const char  ngx_invoke_zlib_kind;


/* actor thread, all of this file */

static void
ngx_invoke_zlib_release(void *data)
{
    ngx_invoke_zlib_t  *z = data;

    if (z->ops != NULL) {
        z->ops->close(z);
    }

    ngx_invoke_v8_free(z->dictionary);
    free(z);
}


/* create(mode) */

static void
ngx_invoke_bind_zlib_create(ngx_invoke_v8_call_t *call)
{
    int32_t                 mode;
    ngx_invoke_zlib_t      *z;
    ngx_invoke_v8_value_t   holder;

    mode = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 0));

    if (mode < NGX_INVOKE_ZLIB_DEFLATE || mode > NGX_INVOKE_ZLIB_BROTLI_ENCODE)
    {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_TYPE_ERROR,
                            "ERR_INVALID_ARG_TYPE", "Bad argument");
        return;
    }

    z = calloc(1, sizeof(ngx_invoke_zlib_t));
    if (z == NULL) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR, NULL,
                            "Out of memory");
        return;
    }

    z->mode = mode;

    holder = ngx_invoke_v8_new_holder(call, &ngx_invoke_zlib_kind, z,
                                      sizeof(ngx_invoke_zlib_t),
                                      ngx_invoke_zlib_release);
    if (holder != NULL) {
        ngx_invoke_v8_return(call, holder);
    }
}


/* The stream that is argument 0, or NULL with an exception pending. */

static ngx_invoke_zlib_t *
ngx_invoke_zlib_get(ngx_invoke_v8_call_t *call, ngx_uint_t initialised)
{
    ngx_invoke_zlib_t  *z;

    z = ngx_invoke_v8_holder(ngx_invoke_v8_arg(call, 0),
                             &ngx_invoke_zlib_kind);

    if (z == NULL || z->closed || (z->ops != NULL) != initialised) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_ERROR, NULL,
                            z != NULL && z->closed ? "zlib binding closed"
                                                   : "Bad zlib stream");
        return NULL;
    }

    return z;
}


/* [message, errno, code], or nothing */

static void
ngx_invoke_zlib_return(ngx_invoke_v8_call_t *call,
    ngx_invoke_zlib_error_t *error)
{
    ngx_invoke_v8_value_t  values[3];

    if (error->message == NULL) {
        return;
    }

    values[0] = ngx_invoke_v8_new_string(call, NGX_INVOKE_V8_LATIN1,
                                         error->message,
                                         ngx_strlen(error->message));
    values[1] = ngx_invoke_v8_new_number(call, error->number);
    values[2] = ngx_invoke_v8_new_name(call, error->code,
                                       ngx_strlen(error->code));

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_array(call, values, 3));
}


/* init(stream, windowBits, level, memLevel, strategy, dictionary) */

static void
ngx_invoke_bind_zlib_init(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_view_t       view;
    ngx_invoke_zlib_t      *z;
    ngx_invoke_v8_value_t   dictionary;

    z = ngx_invoke_zlib_get(call, 0);
    if (z == NULL) {
        return;
    }

    dictionary = ngx_invoke_v8_arg(call, 5);

    if (z->mode >= NGX_INVOKE_ZLIB_BROTLI_DECODE) {
        (void) ngx_invoke_bytes_throw(call);
        return;
    }

    if (ngx_invoke_v8_type(dictionary) != NGX_INVOKE_V8_UNDEFINED) {

        if (ngx_invoke_view_get(call, dictionary, &view) != NGX_OK) {
            return;
        }

        if (view.len != 0) {
            z->dictionary = ngx_invoke_v8_alloc(view.len);
            if (z->dictionary == NULL) {
                ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR, NULL,
                                    "Out of memory");
                return;
            }

            ngx_memcpy(z->dictionary, view.data, view.len);
            z->dictionary_len = view.len;
        }
    }

    z->window_bits = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1));
    z->level = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 2));
    z->mem_level = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 3));
    z->strategy = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 4));

    if (z->window_bits < 0 || z->window_bits > 15) {
        z->window_bits = 15;
    }

    ngx_invoke_zlib_init(z);
}


/* initBrotli(stream, params): a Uint32Array by the parameters' numbers */

static void
ngx_invoke_bind_zlib_init_brotli(ngx_invoke_v8_call_t *call)
{
    size_t                    n;
    uint32_t                  params[16];
    ngx_invoke_view_t         view;
    ngx_invoke_zlib_t        *z;
    ngx_invoke_zlib_error_t   error;

    z = ngx_invoke_zlib_get(call, 0);

    if (z == NULL
        || ngx_invoke_view_get(call, ngx_invoke_v8_arg(call, 1), &view)
           != NGX_OK)
    {
        return;
    }

    if (z->mode < NGX_INVOKE_ZLIB_BROTLI_DECODE) {
        (void) ngx_invoke_bytes_throw(call);
        return;
    }

    n = ngx_min(view.len, sizeof(params)) / sizeof(uint32_t);
    ngx_memcpy(params, view.data, n * sizeof(uint32_t));

    error.message = NULL;
    ngx_invoke_brotli_init(z, params, n, &error);
    ngx_invoke_zlib_return(call, &error);
}


/* params(stream, level, strategy) */

static void
ngx_invoke_bind_zlib_params(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_zlib_t        *z;
    ngx_invoke_zlib_error_t   error;

    z = ngx_invoke_zlib_get(call, 1);

    if (z == NULL || z->mode >= NGX_INVOKE_ZLIB_BROTLI_DECODE) {
        return;
    }

    error.message = NULL;
    ngx_invoke_zlib_params(z, ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1)),
                           ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 2)),
                           &error);
    ngx_invoke_zlib_return(call, &error);
}


/* reset(stream) */

static void
ngx_invoke_bind_zlib_reset(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_zlib_t        *z;
    ngx_invoke_zlib_error_t   error;

    z = ngx_invoke_zlib_get(call, 1);
    if (z == NULL) {
        return;
    }

    error.message = NULL;
    z->ops->reset(z, &error);
    ngx_invoke_zlib_return(call, &error);
}


/*
 * As one call of the library would do it, in parts of a bounded time: where the
 * loop ends the function in the midst, what is not done stays so.
 */

static void
ngx_invoke_zlib_run(ngx_invoke_zlib_t *z, ngx_invoke_zlib_io_t *io, int flush,
    ngx_invoke_watch_t *watch, ngx_invoke_zlib_error_t *error)
{
    size_t                 taken, made;
    ngx_uint_t             last;
    ngx_invoke_zlib_io_t   part;

    for ( ;; ) {
        part = *io;
        last = 1;

        if (part.in_len > z->ops->input
            && !(z->mode == NGX_INVOKE_ZLIB_BROTLI_ENCODE
                 && flush == BROTLI_OPERATION_EMIT_METADATA))
        {
            part.in_len = z->ops->input;
            last = 0;
        }

        if (z->ops->output != 0) {
            part.out_len = ngx_min(part.out_len, z->ops->output);
        }

        taken = part.in_len;
        made = part.out_len;

        z->ops->step(z, &part, last ? flush : 0);

        taken -= part.in_len;
        made -= part.out_len;

        io->in += taken;
        io->in_len -= taken;
        io->out += made;
        io->out_len -= made;

        if (ngx_invoke_watch_ends(watch)) {
            return;
        }

        if (!z->ops->more(z) || io->out_len == 0
            || (part.out_len != 0 && (last || (taken == 0 && made == 0))))
        {
            break;
        }
    }

    z->ops->error(z, io, flush, error);
}


/* The part of "len" bytes from "off" on, by arguments; 0: it is outside. */

static ngx_uint_t
ngx_invoke_zlib_within(ngx_invoke_v8_call_t *call, int i, size_t size,
    size_t *off, size_t *len)
{
    return ngx_invoke_v8_arg_index(call, i, off) == 1
           && ngx_invoke_v8_arg_index(call, i + 1, len) == 1
           && *off <= size && *len <= size - *off;
}


/*
 * write(stream, flush, in, inOff, inLen, out, outOff, outLen, state): state is
 * a Uint32Array that gets how many bytes are left of the output, and the input.
 */

static void
ngx_invoke_bind_zlib_write(ngx_invoke_v8_call_t *call)
{
    size_t                    off, flush;
    uint32_t                  left[2];
    ngx_invoke_view_t         in;
    ngx_invoke_zlib_t        *z;
    ngx_invoke_bytes_t        out, state;
    ngx_invoke_zlib_io_t      io;
    ngx_invoke_context_t     *ctx = ngx_invoke_v8_data(call);
    ngx_invoke_zlib_error_t   error;

    z = ngx_invoke_zlib_get(call, 1);
    if (z == NULL) {
        return;
    }

    if (ngx_invoke_bytes_get(call, ngx_invoke_v8_arg(call, 5), &out) != NGX_OK
        || ngx_invoke_bytes_get(call, ngx_invoke_v8_arg(call, 8), &state)
           != NGX_OK
        || ngx_invoke_view_get(call, ngx_invoke_v8_arg(call, 2), &in)
           != NGX_OK)
    {
        return;
    }

    if (ngx_invoke_v8_arg_index(call, 1, &flush) != 1
        || flush > (z->mode >= NGX_INVOKE_ZLIB_BROTLI_DECODE
                    ? (size_t) BROTLI_OPERATION_EMIT_METADATA
                    : (size_t) Z_BLOCK)
        || !ngx_invoke_zlib_within(call, 3, in.len, &off, &io.in_len)
        || io.in_len > UINT32_MAX || state.len < sizeof(left))
    {
        ngx_invoke_index_throw(call, "Index out of range");
        return;
    }

    io.in = in.data + off;

    if (!ngx_invoke_zlib_within(call, 6, out.len, &off, &io.out_len)
        || io.out_len > UINT32_MAX)
    {
        ngx_invoke_index_throw(call, "Index out of range");
        return;
    }

    io.out = out.data + off;

    /* What a library reads it may read twice. */

    if (io.in < io.out + io.out_len && io.out < io.in + io.in_len) {
        ngx_invoke_index_throw(call, "Input and output overlap");
        return;
    }

    if (!z->started) {
        z->hint = io.in_len;
    }

    error.message = NULL;
    ngx_invoke_zlib_run(z, &io, flush, ctx->isolate->watch, &error);

    left[0] = io.out_len;
    left[1] = io.in_len;
    ngx_memcpy(state.data, left, sizeof(left));

    ngx_invoke_zlib_return(call, &error);
}


/* close(stream) */

static void
ngx_invoke_bind_zlib_close(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_zlib_t  *z;

    z = ngx_invoke_v8_holder(ngx_invoke_v8_arg(call, 0),
                             &ngx_invoke_zlib_kind);

    if (z != NULL && z->ops != NULL && !z->closed) {
        z->closed = 1;
        z->ops->close(z);
    }
}


/* hasRoom(n): whether buffers of n bytes more are within the limit of memory */

static void
ngx_invoke_bind_zlib_has_room(ngx_invoke_v8_call_t *call)
{
    size_t  n;

    n = 0;
    (void) ngx_invoke_v8_arg_index(call, 0, &n);

    ngx_invoke_v8_return(call,
        ngx_invoke_v8_new_boolean(call, ngx_invoke_v8_has_room(call, n)));
}


/* constants(): a flat array of names and numbers */

static void
ngx_invoke_bind_zlib_constants(ngx_invoke_v8_call_t *call)
{
    ngx_uint_t                         i, n;
    ngx_invoke_v8_value_t              values[256];
    const ngx_invoke_zlib_constant_t  *c = ngx_invoke_zlib_constants;

    n = sizeof(values) / sizeof(values[0]) / 2;

    for (i = 0; i < n && c[i].name != NULL; i++) {
        values[2 * i] = ngx_invoke_v8_new_name(call, c[i].name,
                                               ngx_strlen(c[i].name));
        values[2 * i + 1] = ngx_invoke_v8_new_number(call, c[i].value);
    }

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_array(call, values, 2 * i));
}
