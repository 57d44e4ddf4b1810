
#include "ngx_invoke_zlib.h"


/*
 * What a step takes: the best quality makes half a megabyte a second of it,
 * the worst two hundred, and their output depends on how much they see.
 */
#define NGX_INVOKE_BROTLI_SLICE  (64 * 1024)


static void ngx_invoke_brotli_encode(ngx_invoke_zlib_t *z,
    ngx_invoke_zlib_io_t *io, int flush);
static ngx_uint_t ngx_invoke_brotli_encode_more(ngx_invoke_zlib_t *z);
static void ngx_invoke_brotli_encode_error(ngx_invoke_zlib_t *z,
    ngx_invoke_zlib_io_t *io, int flush, ngx_invoke_zlib_error_t *error);
static void ngx_invoke_brotli_decode(ngx_invoke_zlib_t *z,
    ngx_invoke_zlib_io_t *io, int flush);
static ngx_uint_t ngx_invoke_brotli_decode_more(ngx_invoke_zlib_t *z);
static void ngx_invoke_brotli_decode_error(ngx_invoke_zlib_t *z,
    ngx_invoke_zlib_io_t *io, int flush, ngx_invoke_zlib_error_t *error);
static void ngx_invoke_brotli_reset(ngx_invoke_zlib_t *z,
    ngx_invoke_zlib_error_t *error);
static void ngx_invoke_brotli_close(ngx_invoke_zlib_t *z);


static const ngx_invoke_zlib_ops_t  ngx_invoke_brotli_encode_ops = {
    ngx_invoke_brotli_encode,
    ngx_invoke_brotli_encode_more,
    ngx_invoke_brotli_encode_error,
    ngx_invoke_brotli_reset,
    ngx_invoke_brotli_close,
    NGX_INVOKE_BROTLI_SLICE,
    0
};

static const ngx_invoke_zlib_ops_t  ngx_invoke_brotli_fast_ops = {
    ngx_invoke_brotli_encode,
    ngx_invoke_brotli_encode_more,
    ngx_invoke_brotli_encode_error,
    ngx_invoke_brotli_reset,
    ngx_invoke_brotli_close,
    64 * NGX_INVOKE_BROTLI_SLICE,
    0
};

static const ngx_invoke_zlib_ops_t  ngx_invoke_brotli_decode_ops = {
    ngx_invoke_brotli_decode,
    ngx_invoke_brotli_decode_more,
    ngx_invoke_brotli_decode_error,
    ngx_invoke_brotli_reset,
    ngx_invoke_brotli_close,
    16 * NGX_INVOKE_BROTLI_SLICE,
    16 * NGX_INVOKE_BROTLI_SLICE
};


/* actor thread, all of this file */

static void *
ngx_invoke_brotli_alloc(void *data, size_t size)
{
    return ngx_invoke_v8_alloc(size);
}


static void
ngx_invoke_brotli_free(void *data, void *p)
{
    ngx_invoke_v8_free(p);
}


/*
 * The encoder of some systems ends the process when it gets no memory, so it
 * is left for good instead. All that it has is freed by the list of that.
 */

static void *
ngx_invoke_brotli_encoder_alloc(void *data, size_t size)
{
    ngx_queue_t        *block;
    ngx_invoke_zlib_t  *z = data;

    block = size < SIZE_MAX - sizeof(ngx_queue_t)
            ? ngx_invoke_v8_alloc(size + sizeof(ngx_queue_t)) : NULL;

    if (block != NULL) {
        ngx_queue_insert_tail(&z->blocks, block);
        return block + 1;
    }

    if (z->jump != NULL) {
        longjmp(*z->jump, 1);
    }

    return NULL;
}


static void
ngx_invoke_brotli_encoder_free(void *data, void *p)
{
    ngx_queue_t  *block;

    if (p != NULL) {
        block = (ngx_queue_t *) p - 1;
        ngx_queue_remove(block);
        ngx_invoke_v8_free(block);
    }
}


static void
ngx_invoke_brotli_leave(ngx_invoke_zlib_t *z)
{
    z->encoder = NULL;

    while (!ngx_queue_empty(&z->blocks)) {
        ngx_invoke_brotli_encoder_free(z, ngx_queue_head(&z->blocks) + 1);
    }
}


static void
ngx_invoke_brotli_make(ngx_invoke_zlib_t *z, ngx_invoke_zlib_error_t *error)
{
    ngx_invoke_brotli_close(z);

    z->failed = 0;
    z->result = BROTLI_DECODER_RESULT_SUCCESS;
    z->started = 0;

    if (z->mode == NGX_INVOKE_ZLIB_BROTLI_ENCODE) {
        ngx_queue_init(&z->blocks);
        z->encoder = BrotliEncoderCreateInstance(
                                              ngx_invoke_brotli_encoder_alloc,
                                              ngx_invoke_brotli_encoder_free,
                                              z);
    } else {
        z->decoder = BrotliDecoderCreateInstance(ngx_invoke_brotli_alloc,
                                                 ngx_invoke_brotli_free, NULL);
    }

    if (z->encoder == NULL && z->decoder == NULL) {
        error->message = "Could not initialize Brotli instance";
        error->code = "ERR_ZLIB_INITIALIZATION_FAILED";
        error->number = -1;
    }
}


void
ngx_invoke_brotli_init(ngx_invoke_zlib_t *z, const uint32_t *params, size_t n,
    ngx_invoke_zlib_error_t *error)
{
    int     rc;
    size_t  i;

    z->ops = z->mode == NGX_INVOKE_ZLIB_BROTLI_ENCODE
             ? &ngx_invoke_brotli_encode_ops : &ngx_invoke_brotli_decode_ops;

    ngx_invoke_brotli_make(z, error);

    for (i = 0; i < n && error->message == NULL; i++) {

        if (params[i] == (uint32_t) -1) {
            continue;
        }

        if (z->encoder != NULL) {
            rc = BrotliEncoderSetParameter(z->encoder, i, params[i]);

            if (i == BROTLI_PARAM_QUALITY && params[i] <= 1) {
                z->ops = &ngx_invoke_brotli_fast_ops;

            } else if (i == BROTLI_PARAM_SIZE_HINT) {
                z->started = 1;
            }

        } else {
            rc = BrotliDecoderSetParameter(z->decoder, i, params[i]);
        }

        if (!rc) {
            error->message = "Setting parameter failed";
            error->code = "ERR_BROTLI_PARAM_SET_FAILED";
            error->number = -1;
        }
    }
}


/* It goes by the size of its input, of which it sees a part. */

static void
ngx_invoke_brotli_encode(ngx_invoke_zlib_t *z, ngx_invoke_zlib_io_t *io,
    int flush)
{
    jmp_buf  jump;

    if (z->encoder == NULL) {
        z->failed = 1;
        return;
    }

    if (!z->started && z->hint > z->ops->input) {
        (void) BrotliEncoderSetParameter(z->encoder, BROTLI_PARAM_SIZE_HINT,
                                         z->hint);
    }

    z->started = 1;

    if (setjmp(jump) == 0) {
        z->jump = &jump;
        z->failed = !BrotliEncoderCompressStream(z->encoder, flush,
                                                 &io->in_len, &io->in,
                                                 &io->out_len, &io->out, NULL);
    } else {
        z->failed = 1;
        ngx_invoke_brotli_leave(z);
    }

    z->jump = NULL;
}


static ngx_uint_t
ngx_invoke_brotli_encode_more(ngx_invoke_zlib_t *z)
{
    return !z->failed;
}


static void
ngx_invoke_brotli_encode_error(ngx_invoke_zlib_t *z, ngx_invoke_zlib_io_t *io,
    int flush, ngx_invoke_zlib_error_t *error)
{
    if (z->failed) {
        error->message = "Compression failed";
        error->code = "ERR_BROTLI_COMPRESSION_FAILED";
        error->number = -1;
    }
}


static void
ngx_invoke_brotli_decode(ngx_invoke_zlib_t *z, ngx_invoke_zlib_io_t *io,
    int flush)
{
    if (z->decoder == NULL) {
        z->result = BROTLI_DECODER_RESULT_ERROR;
        return;
    }

    z->result = BrotliDecoderDecompressStream(z->decoder, &io->in_len, &io->in,
                                              &io->out_len, &io->out, NULL);
}


static ngx_uint_t
ngx_invoke_brotli_decode_more(ngx_invoke_zlib_t *z)
{
    return z->result == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT
           || z->result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
}


/* As Node's own brotli names them, other than some a system has. */

static void
ngx_invoke_brotli_code(ngx_invoke_zlib_t *z, int rc)
{
    u_char                            *last = (u_char *) z->code
                                              + sizeof(z->code);
    const ngx_invoke_zlib_constant_t  *c;

    static const char  error[] = "BROTLI_DECODER_ERROR_";

    for (c = ngx_invoke_zlib_constants; c->name != NULL; c++) {
        if (c->value == rc
            && ngx_strncmp(c->name, error, sizeof(error) - 1) == 0)
        {
            break;
        }
    }

    (void) ngx_slprintf((u_char *) z->code, last, "ERR_%s%Z",
                        c->name != NULL
                        ? c->name + sizeof("BROTLI_DECODER") - 1
                        : "_ERROR_UNREACHABLE");
    last[-1] = '\0';
}


static void
ngx_invoke_brotli_decode_error(ngx_invoke_zlib_t *z, ngx_invoke_zlib_io_t *io,
    int flush, ngx_invoke_zlib_error_t *error)
{
    BrotliDecoderErrorCode  rc;

    if (z->result == BROTLI_DECODER_RESULT_ERROR) {
        rc = z->decoder != NULL ? BrotliDecoderGetErrorCode(z->decoder)
                                : BROTLI_DECODER_ERROR_UNREACHABLE;

        ngx_invoke_brotli_code(z, rc);

        error->message = "Decompression failed";
        error->code = z->code;
        error->number = rc;

    } else if (flush == BROTLI_OPERATION_FINISH
               && z->result == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT)
    {
        error->message = "unexpected end of file";
        error->code = "Z_BUF_ERROR";
        error->number = Z_BUF_ERROR;
    }
}


static void
ngx_invoke_brotli_reset(ngx_invoke_zlib_t *z, ngx_invoke_zlib_error_t *error)
{
    ngx_invoke_brotli_make(z, error);
}


static void
ngx_invoke_brotli_close(ngx_invoke_zlib_t *z)
{
    if (z->encoder != NULL) {
        BrotliEncoderDestroyInstance(z->encoder);
        z->encoder = NULL;
    }

    if (z->decoder != NULL) {
        BrotliDecoderDestroyInstance(z->decoder);
        z->decoder = NULL;
    }
}
