/*
 * Streams that compress or decompress, over the system's zlib and brotli, and
 * libdeflate for what is compressed at once: objects of C that natives work on.
 * Memory of the libraries counts as the isolate's. Actor thread.
 */

#ifndef _NGX_INVOKE_ZLIB_H_INCLUDED_
#define _NGX_INVOKE_ZLIB_H_INCLUDED_


#include "ngx_invoke_bind.h"

#include <brotli/decode.h>
#include <brotli/encode.h>
#include <setjmp.h>
#include <zlib.h>


/* Modes, as Node numbers them. */

typedef enum {
    NGX_INVOKE_ZLIB_NONE = 0,
    NGX_INVOKE_ZLIB_DEFLATE,
    NGX_INVOKE_ZLIB_INFLATE,
    NGX_INVOKE_ZLIB_GZIP,
    NGX_INVOKE_ZLIB_GUNZIP,
    NGX_INVOKE_ZLIB_DEFLATERAW,
    NGX_INVOKE_ZLIB_INFLATERAW,
    NGX_INVOKE_ZLIB_UNZIP,
    NGX_INVOKE_ZLIB_BROTLI_DECODE,
    NGX_INVOKE_ZLIB_BROTLI_ENCODE
} ngx_invoke_zlib_mode_e;


/* What a stream of JavaScript is told of an error. */

typedef struct {
    const char               *message;      /* NULL: there is none */
    const char               *code;
    int                       number;
} ngx_invoke_zlib_error_t;


/* Bytes to read and to write, by what has been taken of them. */

typedef struct {
    const uint8_t            *in;
    size_t                    in_len;
    uint8_t                  *out;
    size_t                    out_len;
} ngx_invoke_zlib_io_t;


typedef struct ngx_invoke_zlib_s      ngx_invoke_zlib_t;
typedef struct ngx_invoke_zlib_ops_s  ngx_invoke_zlib_ops_t;


struct ngx_invoke_zlib_ops_s {

    /*
     * Works on io until its input or its room for output is used up, or there
     * is nothing more to do. What it takes at a time is bounded.
     */
    void      (*step)(ngx_invoke_zlib_t *z, ngx_invoke_zlib_io_t *io,
                      int flush);

    /* Whether more of the same io is to be done. */
    ngx_uint_t (*more)(ngx_invoke_zlib_t *z);

    /* After the last step. */
    void      (*error)(ngx_invoke_zlib_t *z, ngx_invoke_zlib_io_t *io,
                       int flush, ngx_invoke_zlib_error_t *error);

    void      (*reset)(ngx_invoke_zlib_t *z, ngx_invoke_zlib_error_t *error);

    /* Frees all that it holds; it is not used any more. */
    void      (*close)(ngx_invoke_zlib_t *z);

    /* Of a step; 0: no bound. */
    size_t      input;
    size_t      output;
};


struct ngx_invoke_zlib_s {
    const ngx_invoke_zlib_ops_t  *ops;      /* NULL: not initialised */
    ngx_invoke_zlib_mode_e        mode;
    unsigned                      closed:1;
    unsigned                      started:1;

    /* zlib */

    z_stream                      stream;
    int                           rc;
    int                           level;
    int                           window_bits;
    int                           mem_level;
    int                           strategy;
    ngx_uint_t                    id_bytes; /* of gzip, that UNZIP has seen */
    uint8_t                      *dictionary;
    size_t                        dictionary_len;

    /* what was compressed at once, and how much of it was given out */

    uint8_t                      *whole;
    size_t                        whole_len;
    size_t                        whole_at;

    /* brotli */

    BrotliEncoderState           *encoder;
    ngx_queue_t                   blocks;   /* of its memory */
    jmp_buf                      *jump;     /* in a step: if there is none */
    BrotliDecoderState           *decoder;
    BrotliDecoderResult           result;
    ngx_uint_t                    failed;
    uint32_t                      hint;     /* the size of the first input */
    char                          code[64];
};


typedef struct {
    const char                   *name;
    int                           value;
} ngx_invoke_zlib_constant_t;


/* Ends with a row without a name. */
extern const ngx_invoke_zlib_constant_t  ngx_invoke_zlib_constants[];


/* With window_bits to strategy and the dictionary set. */
void ngx_invoke_zlib_init(ngx_invoke_zlib_t *z);
/* Changes level and strategy in the midst. */
void ngx_invoke_zlib_params(ngx_invoke_zlib_t *z, int level, int strategy,
    ngx_invoke_zlib_error_t *error);

/* "params": n values by their number, (uint32_t) -1 is none; or an error. */
void ngx_invoke_brotli_init(ngx_invoke_zlib_t *z, const uint32_t *params,
    size_t n, ngx_invoke_zlib_error_t *error);


#endif /* _NGX_INVOKE_ZLIB_H_INCLUDED_ */
