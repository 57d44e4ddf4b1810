
#include "ngx_invoke_bind.h"
#include "ngx_invoke_encode.h"


/*
 * The state of Node's StringDecoder, a Buffer that JavaScript owns: up to
 * four bytes of a character that is not whole yet, how many are missing,
 * how many are there, the encoding.
 */

typedef struct {
    uint8_t  bytes[4];
    uint8_t  missing;
    uint8_t  buffered;
    uint8_t  encoding;
} ngx_invoke_decoder_t;


static void ngx_invoke_bind_decode(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_flush(ngx_invoke_v8_call_t *call);


const ngx_invoke_v8_native_t  ngx_invoke_bind_decoder[] = {
    { "decode", ngx_invoke_bind_decode },
    { "flush", ngx_invoke_bind_flush },
    { NULL, NULL }
};


/* actor thread, all of this file */

/*
 * A copy of the state in argument 0, as JavaScript may have written anything
 * there; *memory is where it goes back to. NULL: an exception is pending.
 */

static ngx_invoke_decoder_t *
ngx_invoke_decoder_get(ngx_invoke_v8_call_t *call, ngx_invoke_decoder_t *d,
    uint8_t **memory)
{
    size_t  len;

    if (ngx_invoke_v8_bytes(ngx_invoke_v8_arg(call, 0), memory, &len) != 0
        || len < sizeof(ngx_invoke_decoder_t))
    {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_TYPE_ERROR,
                            "ERR_INVALID_ARG_TYPE",
                            "argument must be a buffer");
        return NULL;
    }

    ngx_memcpy(d, *memory, sizeof(ngx_invoke_decoder_t));

    if (d->missing > 4 || d->buffered > 4 || d->missing + d->buffered > 4) {
        d->missing = 0;
        d->buffered = 0;
    }

    if (d->encoding >= NGX_INVOKE_ENCODES
        || d->encoding == NGX_INVOKE_ENCODE_BUFFER)
    {
        d->encoding = NGX_INVOKE_ENCODE_UTF8;
    }

    return d;
}


/* Keeps the start of a character at the end of the data for the next time. */

static void
ngx_invoke_decoder_cut(ngx_invoke_decoder_t *d, const uint8_t *data,
    size_t *len)
{
    size_t  i, n;

    n = *len;

    switch (d->encoding) {

    case NGX_INVOKE_ENCODE_UTF8:
        if (!(data[n - 1] & 0x80)) {
            break;
        }

        for (i = n - 1; /* void */ ; i--) {
            d->buffered++;

            if ((data[i] & 0xc0) == 0x80) {

                if (d->buffered >= 4 || i == 0) {
                    d->buffered = 0;
                    break;
                }

                continue;
            }

            if ((data[i] & 0xe0) == 0xc0) {
                d->missing = 2;

            } else if ((data[i] & 0xf0) == 0xe0) {
                d->missing = 3;

            } else if ((data[i] & 0xf8) == 0xf0) {
                d->missing = 4;

            } else {
                d->buffered = 0;
                break;
            }

            if (d->buffered >= d->missing) {
                d->missing = 0;
                d->buffered = 0;
            }

            d->missing -= d->buffered;
            break;
        }

        break;

    case NGX_INVOKE_ENCODE_UCS2:
        if (n % 2 == 1) {
            d->buffered = 1;
            d->missing = 1;

        } else if ((data[n - 1] & 0xfc) == 0xd8) {
            d->buffered = 2;
            d->missing = 2;
        }

        break;

    default: /* base64 */
        d->buffered = n % 3;
        d->missing = d->buffered ? 3 - d->buffered : 0;
    }

    *len = n - d->buffered;
    ngx_memcpy(d->bytes, data + *len, d->buffered);
}


/* decode(state, view) → string */

static void
ngx_invoke_bind_decode(ngx_invoke_v8_call_t *call)
{
    size_t                 len, i, n;
    uint8_t               *memory, room[NGX_INVOKE_V8_ROOM];
    const uint8_t         *data;
    ngx_invoke_decoder_t   d;
    ngx_invoke_v8_value_t  prepend, body;

    if (ngx_invoke_decoder_get(call, &d, &memory) == NULL) {
        return;
    }

    if (ngx_invoke_v8_view(ngx_invoke_v8_arg(call, 1), room, &data, &len)
        != 0)
    {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_TYPE_ERROR,
                            "ERR_INVALID_ARG_TYPE",
                            "The \"buf\" argument must be an instance of "
                            "Buffer, TypedArray, or DataView.");
        return;
    }

    if (d.encoding == NGX_INVOKE_ENCODE_ASCII
        || d.encoding == NGX_INVOKE_ENCODE_LATIN1
        || d.encoding == NGX_INVOKE_ENCODE_HEX)
    {
        ngx_invoke_v8_return(call,
                             ngx_invoke_encode_make(call, d.encoding, data,
                                                  len));
        return;
    }

    prepend = NULL;

    if (d.missing > 0) {

        /*
         * A byte that cannot go on with the character ends it: V8's decoder
         * sees what is there and makes of it what it makes of such bytes.
         */

        n = ngx_min(len, d.missing);

        if (d.encoding == NGX_INVOKE_ENCODE_UTF8) {
            for (i = 0; i < n; i++) {
                if ((data[i] & 0xc0) != 0x80) {
                    d.missing = i;
                    n = i;
                    break;
                }
            }
        }

        ngx_memcpy(d.bytes + d.buffered, data, n);
        data += n;
        len -= n;
        d.missing -= n;
        d.buffered += n;

        if (d.missing == 0) {
            prepend = ngx_invoke_encode_make(call, d.encoding, d.bytes,
                                           d.buffered);
            if (prepend == NULL) {
                return;
            }

            d.buffered = 0;
        }
    }

    body = NULL;

    if (len > 0) {
        d.buffered = 0;
        ngx_invoke_decoder_cut(&d, data, &len);

        if (len > 0) {
            body = ngx_invoke_encode_make(call, d.encoding, data, len);
            if (body == NULL) {
                return;
            }
        }
    }

    /* nothing of this has run JavaScript, so the memory is still there */

    ngx_memcpy(memory, &d, sizeof(ngx_invoke_decoder_t) - 1);

    if (prepend != NULL && body != NULL) {
        body = ngx_invoke_v8_concat(call, prepend, body);

    } else if (body == NULL) {
        body = prepend != NULL ? prepend
                               : ngx_invoke_v8_new_name(call, "", 0);
    }

    ngx_invoke_v8_return(call, body);
}


/* flush(state) → string */

static void
ngx_invoke_bind_flush(ngx_invoke_v8_call_t *call)
{
    uint8_t               *memory;
    ngx_invoke_decoder_t   d;
    ngx_invoke_v8_value_t  rest;

    if (ngx_invoke_decoder_get(call, &d, &memory) == NULL) {
        return;
    }

    if (d.encoding == NGX_INVOKE_ENCODE_UCS2 && d.buffered % 2 == 1) {
        d.buffered--;
    }

    rest = ngx_invoke_encode_make(call, d.encoding, d.bytes, d.buffered);

    if (rest != NULL) {
        d.missing = 0;
        d.buffered = 0;
        ngx_memcpy(memory, &d, sizeof(ngx_invoke_decoder_t) - 1);
        ngx_invoke_v8_return(call, rest);
    }
}
