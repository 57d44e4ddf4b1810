
#include "ngx_invoke_zlib.h"

#include <libdeflate.h>


/* What deflate() takes at a time; level 0 copies, and is as fast as that. */
#define NGX_INVOKE_ZLIB_SLICE  (128 * 1024)

/*
 * What is given as a whole is compressed at once, by a library that takes half
 * of zlib's time and cannot be ended. What is short looks as zlib makes it.
 */
#define NGX_INVOKE_ZLIB_WHOLE  (512 * 1024)
#define NGX_INVOKE_ZLIB_SHORT  1024


static void *ngx_invoke_zlib_alloc(void *data, uInt items, uInt size);
static void ngx_invoke_zlib_free(void *data, void *p);
static ngx_int_t ngx_invoke_zlib_start(ngx_invoke_zlib_t *z);
static int ngx_invoke_zlib_set_dictionary(ngx_invoke_zlib_t *z);
static void ngx_invoke_zlib_deflate(ngx_invoke_zlib_t *z,
    ngx_invoke_zlib_io_t *io, int flush);
static void ngx_invoke_zlib_deflate_whole(ngx_invoke_zlib_t *z,
    ngx_invoke_zlib_io_t *io, int flush);
static void ngx_invoke_zlib_inflate(ngx_invoke_zlib_t *z,
    ngx_invoke_zlib_io_t *io, int flush);
static ngx_uint_t ngx_invoke_zlib_more(ngx_invoke_zlib_t *z);
static void ngx_invoke_zlib_error(ngx_invoke_zlib_t *z,
    ngx_invoke_zlib_io_t *io, int flush, ngx_invoke_zlib_error_t *error);
static void ngx_invoke_zlib_reset(ngx_invoke_zlib_t *z,
    ngx_invoke_zlib_error_t *error);
static void ngx_invoke_zlib_reset_whole(ngx_invoke_zlib_t *z,
    ngx_invoke_zlib_error_t *error);
static void ngx_invoke_zlib_close(ngx_invoke_zlib_t *z);


static const ngx_invoke_zlib_ops_t  ngx_invoke_zlib_deflate_ops = {
    ngx_invoke_zlib_deflate,
    ngx_invoke_zlib_more,
    ngx_invoke_zlib_error,
    ngx_invoke_zlib_reset,
    ngx_invoke_zlib_close,
    NGX_INVOKE_ZLIB_SLICE,
    0
};

/* Until it is clear that there is more than one write. */

static const ngx_invoke_zlib_ops_t  ngx_invoke_zlib_whole_ops = {
    ngx_invoke_zlib_deflate_whole,
    ngx_invoke_zlib_more,
    ngx_invoke_zlib_error,
    ngx_invoke_zlib_reset_whole,
    ngx_invoke_zlib_close,
    NGX_INVOKE_ZLIB_WHOLE,
    0
};

/* Stored blocks are better the more of the input is seen at once. */

static const ngx_invoke_zlib_ops_t  ngx_invoke_zlib_store_ops = {
    ngx_invoke_zlib_deflate,
    ngx_invoke_zlib_more,
    ngx_invoke_zlib_error,
    ngx_invoke_zlib_reset,
    ngx_invoke_zlib_close,
    128 * NGX_INVOKE_ZLIB_SLICE,
    0
};

static const ngx_invoke_zlib_ops_t  ngx_invoke_zlib_inflate_ops = {
    ngx_invoke_zlib_inflate,
    ngx_invoke_zlib_more,
    ngx_invoke_zlib_error,
    ngx_invoke_zlib_reset,
    ngx_invoke_zlib_close,
    8 * NGX_INVOKE_ZLIB_SLICE,
    8 * NGX_INVOKE_ZLIB_SLICE
};


/* actor thread, all of this file */

static void *
ngx_invoke_zlib_alloc(void *data, uInt items, uInt size)
{
    return ngx_invoke_v8_alloc((size_t) items * size);
}


static void
ngx_invoke_zlib_free(void *data, void *p)
{
    ngx_invoke_v8_free(p);
}


static ngx_uint_t
ngx_invoke_zlib_compresses(ngx_invoke_zlib_t *z)
{
    return z->mode == NGX_INVOKE_ZLIB_DEFLATE
           || z->mode == NGX_INVOKE_ZLIB_GZIP
           || z->mode == NGX_INVOKE_ZLIB_DEFLATERAW;
}


void
ngx_invoke_zlib_init(ngx_invoke_zlib_t *z)
{
    if (!ngx_invoke_zlib_compresses(z)) {
        z->ops = &ngx_invoke_zlib_inflate_ops;

    } else if (z->level == Z_NO_COMPRESSION) {
        z->ops = &ngx_invoke_zlib_store_ops;

    } else if (z->window_bits == MAX_WBITS
               && z->strategy == Z_DEFAULT_STRATEGY && z->dictionary == NULL)
    {
        z->ops = &ngx_invoke_zlib_whole_ops;

    } else {
        z->ops = &ngx_invoke_zlib_deflate_ops;
    }

    z->stream.zalloc = ngx_invoke_zlib_alloc;
    z->stream.zfree = ngx_invoke_zlib_free;

    switch (z->mode) {

    case NGX_INVOKE_ZLIB_GZIP:
    case NGX_INVOKE_ZLIB_GUNZIP:
        z->window_bits += 16;
        break;

    case NGX_INVOKE_ZLIB_UNZIP:
        z->window_bits += 32;
        break;

    case NGX_INVOKE_ZLIB_DEFLATERAW:
    case NGX_INVOKE_ZLIB_INFLATERAW:
        z->window_bits = -z->window_bits;
        break;

    default:
        break;
    }
}


/* zlib's memory is there from the first use on. */

static ngx_int_t
ngx_invoke_zlib_start(ngx_invoke_zlib_t *z)
{
    if (z->started) {
        return NGX_OK;
    }

    if (ngx_invoke_zlib_compresses(z)) {
        z->rc = deflateInit2(&z->stream, z->level, Z_DEFLATED, z->window_bits,
                             z->mem_level, z->strategy);
    } else {
        z->rc = inflateInit2(&z->stream, z->window_bits);
    }

    if (z->rc != Z_OK) {
        return NGX_ERROR;
    }

    z->started = 1;

    (void) ngx_invoke_zlib_set_dictionary(z);

    return NGX_OK;
}


/* zlib itself asks for that of a stream with a header. */

static int
ngx_invoke_zlib_set_dictionary(ngx_invoke_zlib_t *z)
{
    if (z->dictionary == NULL) {
        return Z_OK;
    }

    switch (z->mode) {

    case NGX_INVOKE_ZLIB_DEFLATE:
    case NGX_INVOKE_ZLIB_DEFLATERAW:
        z->rc = deflateSetDictionary(&z->stream, z->dictionary,
                                     z->dictionary_len);
        break;

    case NGX_INVOKE_ZLIB_INFLATERAW:
        z->rc = inflateSetDictionary(&z->stream, z->dictionary,
                                     z->dictionary_len);
        break;

    default:
        return Z_OK;
    }

    return z->rc;
}


static void
ngx_invoke_zlib_lend(ngx_invoke_zlib_t *z, ngx_invoke_zlib_io_t *io)
{
    z->stream.next_in = (Bytef *) io->in;
    z->stream.avail_in = io->in_len;
    z->stream.next_out = io->out;
    z->stream.avail_out = io->out_len;
}


static void
ngx_invoke_zlib_take_back(ngx_invoke_zlib_t *z, ngx_invoke_zlib_io_t *io)
{
    io->in = z->stream.next_in;
    io->in_len = z->stream.avail_in;
    io->out = z->stream.next_out;
    io->out_len = z->stream.avail_out;

    z->stream.next_in = NULL;
    z->stream.avail_in = 0;
    z->stream.next_out = NULL;
    z->stream.avail_out = 0;
}


static void
ngx_invoke_zlib_deflate(ngx_invoke_zlib_t *z, ngx_invoke_zlib_io_t *io,
    int flush)
{
    if (ngx_invoke_zlib_start(z) != NGX_OK) {
        return;
    }

    ngx_invoke_zlib_lend(z, io);
    z->rc = deflate(&z->stream, flush);
    ngx_invoke_zlib_take_back(z, io);
}


/* NGX_OK, or NGX_DECLINED: there is no memory for it, zlib may have it */

static ngx_int_t
ngx_invoke_zlib_compress(ngx_invoke_zlib_t *z, ngx_invoke_zlib_io_t *io)
{
    int                            level;
    size_t                         size;
    struct libdeflate_compressor  *c;

    level = z->level == Z_DEFAULT_COMPRESSION ? 6 : z->level;

    c = libdeflate_alloc_compressor(level);
    if (c == NULL) {
        return NGX_DECLINED;
    }

    /* the bound of gzip, whose header is the largest */

    size = libdeflate_gzip_compress_bound(c, io->in_len);
    z->whole = ngx_invoke_v8_alloc(size);
    z->whole_at = 0;

    if (z->whole == NULL) {
        z->whole_len = 0;

    } else if (z->mode == NGX_INVOKE_ZLIB_GZIP) {
        z->whole_len = libdeflate_gzip_compress(c, io->in, io->in_len,
                                                z->whole, size);
        /* as zlib, that it was made under Unix */
        z->whole[9] = 3;

    } else if (z->mode == NGX_INVOKE_ZLIB_DEFLATE) {
        z->whole_len = libdeflate_zlib_compress(c, io->in, io->in_len,
                                                z->whole, size);
    } else {
        z->whole_len = libdeflate_deflate_compress(c, io->in, io->in_len,
                                                   z->whole, size);
    }

    libdeflate_free_compressor(c);

    if (z->whole_len == 0) {
        ngx_invoke_v8_free(z->whole);
        z->whole = NULL;
        return NGX_DECLINED;
    }

    io->in += io->in_len;
    io->in_len = 0;

    return NGX_OK;
}


static void
ngx_invoke_zlib_deflate_whole(ngx_invoke_zlib_t *z, ngx_invoke_zlib_io_t *io,
    int flush)
{
    size_t  n;

    if (z->whole == NULL
        && (z->started || flush != Z_FINISH
            || io->in_len < NGX_INVOKE_ZLIB_SHORT
            || ngx_invoke_zlib_compress(z, io) != NGX_OK))
    {
        z->ops = &ngx_invoke_zlib_deflate_ops;
        ngx_invoke_zlib_deflate(z, io, flush);
        return;
    }

    n = ngx_min(io->out_len, z->whole_len - z->whole_at);

    ngx_memcpy(io->out, z->whole + z->whole_at, n);

    z->whole_at += n;
    io->out += n;
    io->out_len -= n;

    z->rc = z->whole_at == z->whole_len ? Z_STREAM_END : Z_OK;
}


/* UNZIP: it is gzip's format, or another, by the first two bytes. */

static void
ngx_invoke_zlib_detect(ngx_invoke_zlib_t *z, ngx_invoke_zlib_io_t *io)
{
    size_t  i;

    static const uint8_t  id[] = { 0x1f, 0x8b };

    for (i = 0; i < io->in_len; i++) {

        if (io->in[i] != id[z->id_bytes]) {
            z->mode = NGX_INVOKE_ZLIB_INFLATE;
            return;
        }

        if (++z->id_bytes == sizeof(id)) {
            z->mode = NGX_INVOKE_ZLIB_GUNZIP;
            return;
        }
    }
}


static void
ngx_invoke_zlib_inflate(ngx_invoke_zlib_t *z, ngx_invoke_zlib_io_t *io,
    int flush)
{
    if (ngx_invoke_zlib_start(z) != NGX_OK) {
        return;
    }

    if (z->mode == NGX_INVOKE_ZLIB_UNZIP) {
        ngx_invoke_zlib_detect(z, io);
    }

    ngx_invoke_zlib_lend(z, io);
    z->rc = inflate(&z->stream, flush);

    if (z->rc == Z_NEED_DICT && z->dictionary != NULL
        && z->mode != NGX_INVOKE_ZLIB_INFLATERAW)
    {
        z->rc = inflateSetDictionary(&z->stream, z->dictionary,
                                     z->dictionary_len);

        if (z->rc == Z_OK) {
            z->rc = inflate(&z->stream, flush);

        } else if (z->rc == Z_DATA_ERROR) {
            z->rc = Z_NEED_DICT;
        }
    }

    /* Another member of the same archive, but for zeros that pad it. */

    while (z->rc == Z_STREAM_END && z->mode == NGX_INVOKE_ZLIB_GUNZIP
           && z->stream.avail_in > 0 && z->stream.next_in[0] != 0)
    {
        z->rc = inflateReset(&z->stream);

        if (z->rc == Z_OK) {
            z->rc = inflate(&z->stream, flush);
        }
    }

    ngx_invoke_zlib_take_back(z, io);
}


static ngx_uint_t
ngx_invoke_zlib_more(ngx_invoke_zlib_t *z)
{
    return z->rc == Z_OK || z->rc == Z_BUF_ERROR
           || (z->rc == Z_STREAM_END && z->mode == NGX_INVOKE_ZLIB_GUNZIP);
}


static const char *
ngx_invoke_zlib_code(int rc)
{
    switch (rc) {
    case Z_OK:
        return "Z_OK";
    case Z_STREAM_END:
        return "Z_STREAM_END";
    case Z_NEED_DICT:
        return "Z_NEED_DICT";
    case Z_ERRNO:
        return "Z_ERRNO";
    case Z_STREAM_ERROR:
        return "Z_STREAM_ERROR";
    case Z_DATA_ERROR:
        return "Z_DATA_ERROR";
    case Z_MEM_ERROR:
        return "Z_MEM_ERROR";
    case Z_BUF_ERROR:
        return "Z_BUF_ERROR";
    case Z_VERSION_ERROR:
        return "Z_VERSION_ERROR";
    default:
        return "Z_UNKNOWN_ERROR";
    }
}


static void
ngx_invoke_zlib_fail(ngx_invoke_zlib_t *z, const char *message,
    ngx_invoke_zlib_error_t *error)
{
    error->message = z->stream.msg != NULL ? z->stream.msg : message;
    error->code = ngx_invoke_zlib_code(z->rc);
    error->number = z->rc;
}


static void
ngx_invoke_zlib_error(ngx_invoke_zlib_t *z, ngx_invoke_zlib_io_t *io,
    int flush, ngx_invoke_zlib_error_t *error)
{
    switch (z->rc) {

    case Z_OK:
    case Z_BUF_ERROR:

        if (io->out_len != 0 && flush == Z_FINISH) {
            ngx_invoke_zlib_fail(z, "unexpected end of file", error);
        }

        break;

    case Z_STREAM_END:
        break;

    case Z_NEED_DICT:
        ngx_invoke_zlib_fail(z, z->dictionary == NULL ? "Missing dictionary"
                                                      : "Bad dictionary",
                             error);
        break;

    default:
        ngx_invoke_zlib_fail(z, "Zlib error", error);
    }
}


static void
ngx_invoke_zlib_reset(ngx_invoke_zlib_t *z, ngx_invoke_zlib_error_t *error)
{
    if (ngx_invoke_zlib_start(z) != NGX_OK) {
        ngx_invoke_zlib_fail(z, "Failed to init stream before reset", error);
        return;
    }

    z->rc = ngx_invoke_zlib_compresses(z) ? deflateReset(&z->stream)
                                          : inflateReset(&z->stream);
    if (z->rc != Z_OK) {
        ngx_invoke_zlib_fail(z, "Failed to reset stream", error);
        return;
    }

    if (ngx_invoke_zlib_set_dictionary(z) != Z_OK) {
        ngx_invoke_zlib_fail(z, "Failed to set dictionary", error);
    }
}


static void
ngx_invoke_zlib_reset_whole(ngx_invoke_zlib_t *z,
    ngx_invoke_zlib_error_t *error)
{
    ngx_invoke_v8_free(z->whole);
    z->whole = NULL;

    if (z->started) {
        ngx_invoke_zlib_reset(z, error);
    }
}


void
ngx_invoke_zlib_params(ngx_invoke_zlib_t *z, int level, int strategy,
    ngx_invoke_zlib_error_t *error)
{
    uint8_t  none;

    /* all is compressed, or the other library is to do it */

    if (z->whole != NULL) {
        return;
    }

    if (z->ops == &ngx_invoke_zlib_whole_ops) {
        z->ops = &ngx_invoke_zlib_deflate_ops;
    }

    if (ngx_invoke_zlib_start(z) != NGX_OK) {
        ngx_invoke_zlib_fail(z, "Failed to init stream before set parameters",
                             error);
        return;
    }

    if (z->mode != NGX_INVOKE_ZLIB_DEFLATE
        && z->mode != NGX_INVOKE_ZLIB_DEFLATERAW)
    {
        return;
    }

    /* It flushes first, for which there may be no room now. */

    z->stream.next_in = &none;
    z->stream.next_out = &none;
    z->rc = deflateParams(&z->stream, level, strategy);
    z->stream.next_in = NULL;
    z->stream.next_out = NULL;

    if (z->rc != Z_OK && z->rc != Z_BUF_ERROR) {
        ngx_invoke_zlib_fail(z, "Failed to set parameters", error);
        return;
    }

    z->level = level;
    z->ops = level == Z_NO_COMPRESSION ? &ngx_invoke_zlib_store_ops
                                       : &ngx_invoke_zlib_deflate_ops;
}


static void
ngx_invoke_zlib_close(ngx_invoke_zlib_t *z)
{
    if (z->started) {
        z->started = 0;

        if (ngx_invoke_zlib_compresses(z)) {
            (void) deflateEnd(&z->stream);

        } else {
            (void) inflateEnd(&z->stream);
        }
    }

    ngx_invoke_v8_free(z->dictionary);
    z->dictionary = NULL;
    ngx_invoke_v8_free(z->whole);
    z->whole = NULL;
}
