
#include "ngx_invoke_bind.h"
#include "ngx_invoke_search.h"
#include "ngx_invoke_text.h"

#include <math.h>


typedef struct {
    uint8_t        *data;
    size_t          len;
} ngx_invoke_bytes_t;

typedef struct {
    const uint8_t  *data;
    size_t          len;
    uint8_t         room[NGX_INVOKE_V8_ROOM];
} ngx_invoke_view_t;

typedef struct {
    size_t          value;
    ngx_uint_t      given;
} ngx_invoke_index_t;


static void ngx_invoke_bind_create(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_decode_utf8(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_length_utf8(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_copy(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_compare(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_compare_offset(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_fill(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_index_buffer(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_index_number(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_index_string(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_detach(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_copy_array_buffer(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_unsafe(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_swap16(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_swap32(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_swap64(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_encode_into(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_encode_utf8(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_is_utf8(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_is_ascii(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_ascii_slice(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_base64_slice(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_base64url_slice(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_latin1_slice(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_hex_slice(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_ucs2_slice(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_utf8_slice(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_ascii_write(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_base64_write(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_base64url_write(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_latin1_write(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_hex_write(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_ucs2_write(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_utf8_write(ngx_invoke_v8_call_t *call);


const ngx_invoke_v8_native_t  ngx_invoke_bind_buffer[] = {
    { "createFromString", ngx_invoke_bind_create },
    { "decodeUTF8", ngx_invoke_bind_decode_utf8 },
    { "byteLengthUtf8", ngx_invoke_bind_length_utf8 },
    { "copy", ngx_invoke_bind_copy },
    { "compare", ngx_invoke_bind_compare },
    { "compareOffset", ngx_invoke_bind_compare_offset },
    { "fill", ngx_invoke_bind_fill },
    { "indexOfBuffer", ngx_invoke_bind_index_buffer },
    { "indexOfNumber", ngx_invoke_bind_index_number },
    { "indexOfString", ngx_invoke_bind_index_string },
    { "detachArrayBuffer", ngx_invoke_bind_detach },
    { "copyArrayBuffer", ngx_invoke_bind_copy_array_buffer },
    { "createUnsafeArrayBuffer", ngx_invoke_bind_unsafe },
    { "swap16", ngx_invoke_bind_swap16 },
    { "swap32", ngx_invoke_bind_swap32 },
    { "swap64", ngx_invoke_bind_swap64 },
    { "encodeInto", ngx_invoke_bind_encode_into },
    { "encodeUtf8String", ngx_invoke_bind_encode_utf8 },
    { "isUtf8", ngx_invoke_bind_is_utf8 },
    { "isAscii", ngx_invoke_bind_is_ascii },
    { "asciiSlice", ngx_invoke_bind_ascii_slice },
    { "base64Slice", ngx_invoke_bind_base64_slice },
    { "base64urlSlice", ngx_invoke_bind_base64url_slice },
    { "latin1Slice", ngx_invoke_bind_latin1_slice },
    { "hexSlice", ngx_invoke_bind_hex_slice },
    { "ucs2Slice", ngx_invoke_bind_ucs2_slice },
    { "utf8Slice", ngx_invoke_bind_utf8_slice },
    { "asciiWrite", ngx_invoke_bind_ascii_write },
    { "base64Write", ngx_invoke_bind_base64_write },
    { "base64urlWrite", ngx_invoke_bind_base64url_write },
    { "latin1Write", ngx_invoke_bind_latin1_write },
    { "hexWrite", ngx_invoke_bind_hex_write },
    { "ucs2Write", ngx_invoke_bind_ucs2_write },
    { "utf8Write", ngx_invoke_bind_utf8_write },
    { NULL, NULL }
};


/* actor thread, all of this file */

/*
 * Arguments. Indexes come first: converting one may run JavaScript, which
 * may detach a buffer, so that its memory is looked up after them.
 */

static ngx_int_t
ngx_invoke_bytes_throw(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_throw(call, NGX_INVOKE_V8_TYPE_ERROR,
                        "ERR_INVALID_ARG_TYPE", "argument must be a buffer");
    return NGX_ERROR;
}


static ngx_int_t
ngx_invoke_bytes_get(ngx_invoke_v8_call_t *call, ngx_invoke_v8_value_t v,
    ngx_invoke_bytes_t *bytes)
{
    if (ngx_invoke_v8_type(v) == NGX_INVOKE_V8_BYTES
        && ngx_invoke_v8_bytes(v, &bytes->data, &bytes->len) == 0)
    {
        return NGX_OK;
    }

    return ngx_invoke_bytes_throw(call);
}


static ngx_int_t
ngx_invoke_view_get(ngx_invoke_v8_call_t *call, ngx_invoke_v8_value_t v,
    ngx_invoke_view_t *view)
{
    if (ngx_invoke_v8_view(v, view->room, &view->data, &view->len) == 0) {
        return NGX_OK;
    }

    return ngx_invoke_bytes_throw(call);
}


static ngx_int_t
ngx_invoke_index_get(ngx_invoke_v8_call_t *call, int i,
    ngx_invoke_index_t *index)
{
    double                 value;
    ngx_invoke_v8_value_t  v;

    v = ngx_invoke_v8_arg(call, i);
    index->value = 0;
    index->given = 0;

    switch (ngx_invoke_v8_type(v)) {

    case NGX_INVOKE_V8_UNDEFINED:
        return NGX_OK;

    case NGX_INVOKE_V8_NUMBER:
        value = ngx_invoke_v8_number(v);
        break;

    default:
        if (ngx_invoke_v8_to_integer(call, v, &value) != 0) {
            return NGX_ERROR;
        }
    }

    if (value <= -1) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR,
                            "ERR_OUT_OF_RANGE", "Index out of range");
        return NGX_ERROR;
    }

    /* false for NaN */

    index->given = 1;
    index->value = value > 0 ? value < 9007199254740992.0
                               ? (size_t) value : (size_t) 1 << 53
                             : 0;
    return NGX_OK;
}


static void
ngx_invoke_index_default(ngx_invoke_index_t *index, size_t value)
{
    if (!index->given) {
        index->value = value;
    }
}


static void
ngx_invoke_bind_out_of_range(ngx_invoke_v8_call_t *call, const char *message)
{
    ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR, "ERR_OUT_OF_RANGE",
                        message);
}


static ngx_int_t
ngx_invoke_bind_is_string(ngx_invoke_v8_call_t *call, int i)
{
    if (ngx_invoke_v8_type(ngx_invoke_v8_arg(call, i))
        == NGX_INVOKE_V8_STRING)
    {
        return 1;
    }

    ngx_invoke_v8_throw(call, NGX_INVOKE_V8_TYPE_ERROR,
                        "ERR_INVALID_ARG_TYPE", "argument must be a string");
    return 0;
}


/* Strings from bytes: the slices are methods of Buffer.prototype. */

static void
ngx_invoke_bind_slice(ngx_invoke_v8_call_t *call, ngx_invoke_text_e enc)
{
    ngx_invoke_view_t   view;
    ngx_invoke_index_t  start, end;

    if (ngx_invoke_v8_type(ngx_invoke_v8_this(call)) != NGX_INVOKE_V8_BYTES) {
        (void) ngx_invoke_bytes_throw(call);
        return;
    }

    if (ngx_invoke_index_get(call, 0, &start) != NGX_OK
        || ngx_invoke_index_get(call, 1, &end) != NGX_OK
        || ngx_invoke_view_get(call, ngx_invoke_v8_this(call), &view)
           != NGX_OK)
    {
        return;
    }

    ngx_invoke_index_default(&end, view.len);

    if (view.len == 0) {
        start.value = 0;
        end.value = 0;
    }

    if (end.value < start.value) {
        end.value = start.value;
    }

    if (end.value > view.len) {
        ngx_invoke_bind_out_of_range(call, "Index out of range");
        return;
    }

    ngx_invoke_v8_return(call,
        ngx_invoke_text_make(call, enc, view.data + start.value,
                             end.value - start.value));
}


static void
ngx_invoke_bind_ascii_slice(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_slice(call, NGX_INVOKE_TEXT_ASCII);
}


static void
ngx_invoke_bind_base64_slice(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_slice(call, NGX_INVOKE_TEXT_BASE64);
}


static void
ngx_invoke_bind_base64url_slice(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_slice(call, NGX_INVOKE_TEXT_BASE64URL);
}


static void
ngx_invoke_bind_latin1_slice(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_slice(call, NGX_INVOKE_TEXT_LATIN1);
}


static void
ngx_invoke_bind_hex_slice(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_slice(call, NGX_INVOKE_TEXT_HEX);
}


static void
ngx_invoke_bind_ucs2_slice(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_slice(call, NGX_INVOKE_TEXT_UCS2);
}


static void
ngx_invoke_bind_utf8_slice(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_slice(call, NGX_INVOKE_TEXT_UTF8);
}


static void
ngx_invoke_bind_decode_utf8(ngx_invoke_v8_call_t *call)
{
    ngx_uint_t         keep_bom, fatal;
    ngx_invoke_view_t  view;

    if (ngx_invoke_v8_view(ngx_invoke_v8_arg(call, 0), view.room, &view.data,
                           &view.len)
        != 0)
    {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_TYPE_ERROR,
                            "ERR_INVALID_ARG_TYPE",
                            "The \"list\" argument must be an instance of "
                            "SharedArrayBuffer, ArrayBuffer or "
                            "ArrayBufferView.");
        return;
    }

    keep_bom = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1)) == 1;
    fatal = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 2)) == 1;

    if (fatal && !ngx_invoke_v8_is_utf8(view.data, view.len)) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_TYPE_ERROR,
                            "ERR_ENCODING_INVALID_ENCODED_DATA",
                            "The encoded data was not valid for encoding "
                            "utf-8");
        return;
    }

    if (!keep_bom && view.len >= 3
        && ngx_memcmp(view.data, "\xef\xbb\xbf", 3) == 0)
    {
        view.data += 3;
        view.len -= 3;
    }

    ngx_invoke_v8_return(call,
                         ngx_invoke_text_make(call, NGX_INVOKE_TEXT_UTF8,
                                              view.data, view.len));
}


/* Bytes from strings */

static void
ngx_invoke_bind_write(ngx_invoke_v8_call_t *call, ngx_invoke_text_e enc)
{
    size_t              size;
    ngx_invoke_bytes_t  bytes;
    ngx_invoke_index_t  offset, length;

    if (ngx_invoke_v8_type(ngx_invoke_v8_this(call)) != NGX_INVOKE_V8_BYTES) {
        (void) ngx_invoke_bytes_throw(call);
        return;
    }

    if (!ngx_invoke_bind_is_string(call, 0)
        || ngx_invoke_index_get(call, 1, &offset) != NGX_OK
        || ngx_invoke_index_get(call, 2, &length) != NGX_OK
        || ngx_invoke_bytes_get(call, ngx_invoke_v8_this(call), &bytes)
           != NGX_OK)
    {
        return;
    }

    if (offset.value > bytes.len) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR,
                            "ERR_BUFFER_OUT_OF_BOUNDS",
                            "\"offset\" is outside of buffer bounds");
        return;
    }

    size = bytes.len - offset.value;
    ngx_invoke_index_default(&length, size);
    size = ngx_min(size, length.value);

    ngx_invoke_v8_return_number(call, size == 0 ? 0
        : ngx_invoke_text_write(call, enc, ngx_invoke_v8_arg(call, 0),
                                bytes.data + offset.value, size));
}


static void
ngx_invoke_bind_ascii_write(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_write(call, NGX_INVOKE_TEXT_ASCII);
}


static void
ngx_invoke_bind_base64_write(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_write(call, NGX_INVOKE_TEXT_BASE64);
}


static void
ngx_invoke_bind_base64url_write(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_write(call, NGX_INVOKE_TEXT_BASE64URL);
}


static void
ngx_invoke_bind_latin1_write(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_write(call, NGX_INVOKE_TEXT_LATIN1);
}


static void
ngx_invoke_bind_hex_write(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_write(call, NGX_INVOKE_TEXT_HEX);
}


static void
ngx_invoke_bind_ucs2_write(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_write(call, NGX_INVOKE_TEXT_UCS2);
}


static void
ngx_invoke_bind_utf8_write(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_write(call, NGX_INVOKE_TEXT_UTF8);
}


/* createFromString(string, encoding) → Uint8Array */

static void
ngx_invoke_bind_create(ngx_invoke_v8_call_t *call)
{
    int32_t                enc;
    size_t                 size, n;
    uint8_t               *data, *p;
    ngx_invoke_v8_value_t  bytes, string;

    string = ngx_invoke_v8_arg(call, 0);
    enc = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1));

    if (!ngx_invoke_bind_is_string(call, 0)) {
        return;
    }

    if (enc < 0 || enc >= NGX_INVOKE_TEXTS) {
        enc = NGX_INVOKE_TEXT_UTF8;
    }

    size = ngx_invoke_text_size(call, enc, string);

    if (enc == NGX_INVOKE_TEXT_BASE64 || enc == NGX_INVOKE_TEXT_BASE64URL
        || enc == NGX_INVOKE_TEXT_HEX)
    {
        /* how many bytes it is turns out only now */

        p = malloc(size + 1);
        if (p == NULL) {
            ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR, NULL,
                                "Array buffer allocation failed");
            return;
        }

        n = ngx_invoke_text_write(call, enc, string, p, size);
        bytes = ngx_invoke_v8_new_bytes(call, n, &data);

        if (bytes != NULL) {
            ngx_memcpy(data, p, n);
        }

        free(p);

    } else {
        bytes = ngx_invoke_v8_new_bytes(call, size, &data);

        if (bytes != NULL) {
            (void) ngx_invoke_text_write(call, enc, string, data, size);
        }
    }

    ngx_invoke_v8_return(call, bytes);
}


static void
ngx_invoke_bind_encode_utf8(ngx_invoke_v8_call_t *call)
{
    size_t                 size;
    uint8_t               *data;
    ngx_invoke_v8_value_t  bytes, string;

    string = ngx_invoke_v8_arg(call, 0);

    if (!ngx_invoke_bind_is_string(call, 0)) {
        return;
    }

    size = ngx_invoke_v8_string_size(call, string, NGX_INVOKE_V8_UTF8);

    bytes = ngx_invoke_v8_new_bytes(call, size, &data);
    if (bytes == NULL) {
        return;
    }

    (void) ngx_invoke_v8_string_write(call, string, NGX_INVOKE_V8_UTF8, data,
                                      size);
    ngx_invoke_v8_return(call, bytes);
}


/* encodeInto(string, Uint8Array, results): results = [read, written] */

static void
ngx_invoke_bind_encode_into(ngx_invoke_v8_call_t *call)
{
    size_t              i, n;
    uint32_t            results[2];
    ngx_invoke_bytes_t  dst, out;

    if (!ngx_invoke_bind_is_string(call, 0)
        || ngx_invoke_bytes_get(call, ngx_invoke_v8_arg(call, 1), &dst)
           != NGX_OK
        || ngx_invoke_bytes_get(call, ngx_invoke_v8_arg(call, 2), &out)
           != NGX_OK)
    {
        return;
    }

    n = dst.len == 0 ? 0
        : ngx_invoke_v8_string_write(call, ngx_invoke_v8_arg(call, 0),
                                     NGX_INVOKE_V8_UTF8, dst.data, dst.len);
    results[0] = 0;
    results[1] = n;

    /* UTF-16 units: one a character, two when it took four bytes */

    for (i = 0; i < n; i++) {
        results[0] += ((dst.data[i] & 0xc0) != 0x80)
                      + (dst.data[i] >= 0xf0);
    }

    if (out.len >= sizeof(results)) {
        ngx_memcpy(out.data, results, sizeof(results));
    }
}


static void
ngx_invoke_bind_length_utf8(ngx_invoke_v8_call_t *call)
{
    if (ngx_invoke_bind_is_string(call, 0)) {
        ngx_invoke_v8_return_number(call,
            ngx_invoke_v8_string_size(call, ngx_invoke_v8_arg(call, 0),
                                      NGX_INVOKE_V8_UTF8));
    }
}


/* copy(source, target, targetStart, sourceStart, sourceEnd) */

static void
ngx_invoke_bind_copy(ngx_invoke_v8_call_t *call)
{
    size_t              n;
    ngx_invoke_bytes_t  source, target;
    ngx_invoke_index_t  to, from, end;

    if (ngx_invoke_index_get(call, 2, &to) != NGX_OK
        || ngx_invoke_index_get(call, 3, &from) != NGX_OK
        || ngx_invoke_index_get(call, 4, &end) != NGX_OK
        || ngx_invoke_bytes_get(call, ngx_invoke_v8_arg(call, 0), &source)
           != NGX_OK
        || ngx_invoke_bytes_get(call, ngx_invoke_v8_arg(call, 1), &target)
           != NGX_OK)
    {
        return;
    }

    ngx_invoke_index_default(&end, source.len);

    if (to.value >= target.len || from.value >= end.value) {
        ngx_invoke_v8_return_number(call, 0);
        return;
    }

    if (from.value > source.len) {
        ngx_invoke_bind_out_of_range(call,
                            "The value of \"sourceStart\" is out of range.");
        return;
    }

    n = ngx_min(end.value, source.len) - from.value;
    n = ngx_min(n, target.len - to.value);

    ngx_memmove(target.data + to.value, source.data + from.value, n);

    ngx_invoke_v8_return_number(call, n);
}


static ngx_int_t
ngx_invoke_bytes_compare(const uint8_t *a, size_t alen, const uint8_t *b,
    size_t blen, size_t n)
{
    int  rc;

    rc = n > 0 ? memcmp(a, b, n) : 0;

    return rc != 0 ? (rc > 0 ? 1 : -1) : (alen > blen) - (alen < blen);
}


static void
ngx_invoke_bind_compare(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_view_t  a, b;

    if (ngx_invoke_view_get(call, ngx_invoke_v8_arg(call, 0), &a) == NGX_OK
        && ngx_invoke_view_get(call, ngx_invoke_v8_arg(call, 1), &b)
           == NGX_OK)
    {
        ngx_invoke_v8_return_number(call,
            ngx_invoke_bytes_compare(a.data, a.len, b.data, b.len,
                                     ngx_min(a.len, b.len)));
    }
}


/* compareOffset(source, target, tStart, sStart, tEnd, sEnd) */

static void
ngx_invoke_bind_compare_offset(ngx_invoke_v8_call_t *call)
{
    size_t              n;
    ngx_invoke_view_t   source, target;
    ngx_invoke_index_t  tstart, sstart, tend, send;

    if (ngx_invoke_index_get(call, 2, &tstart) != NGX_OK
        || ngx_invoke_index_get(call, 3, &sstart) != NGX_OK
        || ngx_invoke_index_get(call, 4, &tend) != NGX_OK
        || ngx_invoke_index_get(call, 5, &send) != NGX_OK
        || ngx_invoke_view_get(call, ngx_invoke_v8_arg(call, 0), &source)
           != NGX_OK
        || ngx_invoke_view_get(call, ngx_invoke_v8_arg(call, 1), &target)
           != NGX_OK)
    {
        return;
    }

    ngx_invoke_index_default(&tend, target.len);
    ngx_invoke_index_default(&send, source.len);

    if (sstart.value > source.len || sstart.value > send.value) {
        ngx_invoke_bind_out_of_range(call,
                            "The value of \"sourceStart\" is out of range.");
        return;
    }

    if (tstart.value > target.len || tstart.value > tend.value) {
        ngx_invoke_bind_out_of_range(call,
                            "The value of \"targetStart\" is out of range.");
        return;
    }

    n = ngx_min(send.value - sstart.value, tend.value - tstart.value);
    n = ngx_min(n, source.len - sstart.value);
    n = ngx_min(n, target.len - tstart.value);

    ngx_invoke_v8_return_number(call,
        ngx_invoke_bytes_compare(source.data + sstart.value,
                                 send.value - sstart.value,
                                 target.data + tstart.value,
                                 tend.value - tstart.value, n));
}


/* The first bytes of a string, though they may be a part of a character. */

static size_t
ngx_invoke_bind_fill_text(ngx_invoke_v8_call_t *call, ngx_invoke_text_e enc,
    ngx_invoke_v8_value_t string, uint8_t *dst, size_t size)
{
    size_t    n;
    uint8_t  *p, small[16];

    n = ngx_invoke_text_size(call, enc, string);

    if (n <= size) {
        return ngx_invoke_text_write(call, enc, string, dst, size);
    }

    p = size + 4 <= sizeof(small) ? small : malloc(size + 4);
    if (p == NULL) {
        return 0;
    }

    n = ngx_invoke_text_write(call, enc, string, p, size + 4);
    n = ngx_min(n, size);
    ngx_memcpy(dst, p, n);

    if (p != small) {
        free(p);
    }

    return n;
}


/*
 * fill(buffer, value, start, end, encoding): -2 when the range is outside,
 * -1 when nothing can be written of the value
 */

static void
ngx_invoke_bind_fill(ngx_invoke_v8_call_t *call)
{
    double                 number;
    size_t                 size, n;
    uint8_t               *p;
    ngx_invoke_text_e      enc;
    ngx_invoke_view_t      view;
    ngx_invoke_bytes_t     bytes;
    ngx_invoke_index_t     start, end;
    ngx_invoke_v8_type_e   type;
    ngx_invoke_v8_value_t  value;

    value = ngx_invoke_v8_arg(call, 1);
    type = ngx_invoke_v8_type(value);
    number = 0;

    if (ngx_invoke_index_get(call, 2, &start) != NGX_OK
        || ngx_invoke_index_get(call, 3, &end) != NGX_OK
        || (type != NGX_INVOKE_V8_STRING && type != NGX_INVOKE_V8_BYTES
            && ngx_invoke_v8_to_integer(call, value, &number) != 0)
        || ngx_invoke_bytes_get(call, ngx_invoke_v8_arg(call, 0), &bytes)
           != NGX_OK)
    {
        return;
    }

    if (start.value > end.value || end.value > bytes.len) {
        ngx_invoke_v8_return_number(call, -2);
        return;
    }

    size = end.value - start.value;

    if (size == 0) {
        return;
    }

    p = bytes.data + start.value;

    if (type == NGX_INVOKE_V8_BYTES) {
        if (ngx_invoke_view_get(call, value, &view) != NGX_OK) {
            return;
        }

        n = ngx_min(view.len, size);
        ngx_memmove(p, view.data, n);

    } else if (type == NGX_INVOKE_V8_STRING) {
        enc = ngx_invoke_text_parse(call, ngx_invoke_v8_arg(call, 4),
                                    NGX_INVOKE_TEXT_UTF8);

        if (enc == NGX_INVOKE_TEXT_UTF8 || enc == NGX_INVOKE_TEXT_UCS2) {
            n = ngx_invoke_bind_fill_text(call, enc, value, p, size);

        } else {
            n = ngx_invoke_text_write(call, enc, value, p, size);
        }

    } else {
        ngx_memset(p, (int) (int64_t) fmod(number, 256) & 255, size);
        return;
    }

    if (n == 0) {
        ngx_invoke_v8_return_number(call, -1);
        return;
    }

    /* doubles what is there */

    while (n < size) {
        ngx_memcpy(p + n, p, ngx_min(n, size - n));
        n += ngx_min(n, size - n);
    }
}


/* Searches */

/*
 * Where one starts: a negative offset counts from the end. -1: there can be
 * no match.
 */

static int64_t
ngx_invoke_bind_search_start(size_t len, double offset, size_t needle,
    ngx_uint_t forward)
{
    int64_t  from, n;

    n = len;
    from = isnan(offset) ? 0 : offset >= 0x1p62 ? (int64_t) 1 << 62
           : offset <= -0x1p62 ? -((int64_t) 1 << 62) : (int64_t) offset;

    if (from < 0) {
        if (from + n >= 0) {
            return from + n;
        }

        return forward || needle == 0 ? 0 : -1;
    }

    if (from + (int64_t) needle <= n) {
        return from;
    }

    return needle == 0 ? n : forward ? -1 : n - 1;
}


static void
ngx_invoke_bind_search(ngx_invoke_v8_call_t *call, ngx_invoke_view_t *hay,
    const uint8_t *needle, size_t len, ngx_uint_t wide, double offset,
    ngx_uint_t forward)
{
    size_t   n;
    int64_t  from;
    ssize_t  at;

    n = wide ? hay->len / 2 * 2 : hay->len;
    from = ngx_invoke_bind_search_start(n, offset, len, forward);

    if (len == 0) {
        ngx_invoke_v8_return_number(call, from);
        return;
    }

    if (from < 0 || n == 0 || len > n
        || (forward && (size_t) from + len > n) || (wide && len < 2))
    {
        ngx_invoke_v8_return_number(call, -1);
        return;
    }

    at = ngx_invoke_search(hay->data, n, needle, len, wide ? 2 : 1, from,
                           forward);

    if (at == NGX_INVOKE_SEARCH_MEMORY) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_ERROR,
                            "ERR_MEMORY_ALLOCATION_FAILED",
                            "Failed to allocate memory");
        return;
    }

    ngx_invoke_v8_return_number(call, at);
}


/* indexOfBuffer(buffer, needle, offset, encoding, forward) */

static void
ngx_invoke_bind_index_buffer(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_view_t  hay, needle;

    if (ngx_invoke_view_get(call, ngx_invoke_v8_arg(call, 0), &hay) == NGX_OK
        && ngx_invoke_view_get(call, ngx_invoke_v8_arg(call, 1), &needle)
           == NGX_OK)
    {
        ngx_invoke_bind_search(call, &hay, needle.data, needle.len,
                               ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 3))
                               == NGX_INVOKE_TEXT_UCS2,
                               ngx_invoke_v8_number(
                                   ngx_invoke_v8_arg(call, 2)),
                               ngx_invoke_v8_int32(
                                   ngx_invoke_v8_arg(call, 4)) == 1);
    }
}


/* indexOfString(buffer, needle, offset, encoding, forward) */

static void
ngx_invoke_bind_index_string(ngx_invoke_v8_call_t *call)
{
    int32_t                enc;
    size_t                 n;
    uint8_t               *p, small[256];
    ngx_invoke_view_t      hay;
    ngx_invoke_v8_value_t  needle;

    if (ngx_invoke_view_get(call, ngx_invoke_v8_arg(call, 0), &hay) != NGX_OK
        || !ngx_invoke_bind_is_string(call, 1))
    {
        return;
    }

    enc = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 3));

    if (enc != NGX_INVOKE_TEXT_UCS2 && enc != NGX_INVOKE_TEXT_LATIN1) {
        enc = NGX_INVOKE_TEXT_UTF8;
    }

    needle = ngx_invoke_v8_arg(call, 1);
    n = ngx_invoke_text_size(call, enc, needle);

    p = n <= sizeof(small) ? small : malloc(n);
    if (p == NULL) {
        ngx_invoke_v8_return_number(call, -1);
        return;
    }

    n = ngx_invoke_text_write(call, enc, needle, p, n);

    ngx_invoke_bind_search(call, &hay, p, n, enc == NGX_INVOKE_TEXT_UCS2,
                           ngx_invoke_v8_number(ngx_invoke_v8_arg(call, 2)),
                           ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 4))
                           == 1);

    if (p != small) {
        free(p);
    }
}


/* indexOfNumber(buffer, number, offset, forward) */

static void
ngx_invoke_bind_index_number(ngx_invoke_v8_call_t *call)
{
    uint8_t            c;
    ngx_invoke_view_t  hay;

    if (ngx_invoke_view_get(call, ngx_invoke_v8_arg(call, 0), &hay)
        == NGX_OK)
    {
        c = (int64_t) fmod(ngx_invoke_v8_number(ngx_invoke_v8_arg(call, 1)),
                           256);

        ngx_invoke_bind_search(call, &hay, &c, 1, 0,
                               ngx_invoke_v8_number(
                                   ngx_invoke_v8_arg(call, 2)),
                               ngx_invoke_v8_int32(
                                   ngx_invoke_v8_arg(call, 3)) == 1);
    }
}


/* Whole buffers */

#define ngx_invoke_bind_swap(call, type, swap)                               \
    size_t              i;                                                   \
    type                v;                                                   \
    ngx_invoke_bytes_t  b;                                                   \
                                                                             \
    if (ngx_invoke_bytes_get(call, ngx_invoke_v8_arg(call, 0), &b)           \
        != NGX_OK)                                                           \
    {                                                                        \
        return;                                                              \
    }                                                                        \
                                                                             \
    for (i = 0; i + sizeof(v) <= b.len; i += sizeof(v)) {                    \
        ngx_memcpy(&v, b.data + i, sizeof(v));                               \
        v = swap(v);                                                         \
        ngx_memcpy(b.data + i, &v, sizeof(v));                               \
    }                                                                        \
                                                                             \
    ngx_invoke_v8_return(call, ngx_invoke_v8_arg(call, 0))


static void
ngx_invoke_bind_swap16(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_swap(call, uint16_t, __builtin_bswap16);
}


static void
ngx_invoke_bind_swap32(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_swap(call, uint32_t, __builtin_bswap32);
}


static void
ngx_invoke_bind_swap64(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_swap(call, uint64_t, __builtin_bswap64);
}


static void
ngx_invoke_bind_validate(ngx_invoke_v8_call_t *call,
    int (*valid)(const uint8_t *data, size_t len))
{
    ngx_invoke_view_t  view;

    if (ngx_invoke_view_get(call, ngx_invoke_v8_arg(call, 0), &view)
        != NGX_OK)
    {
        return;
    }

    if (ngx_invoke_v8_detached(ngx_invoke_v8_arg(call, 0))) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_ERROR, "ERR_INVALID_STATE",
                            "Invalid state: Cannot validate on a detached "
                            "buffer");
        return;
    }

    ngx_invoke_v8_return(call,
        ngx_invoke_v8_new_boolean(call, valid(view.data, view.len)));
}


static void
ngx_invoke_bind_is_utf8(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_validate(call, ngx_invoke_v8_is_utf8);
}


static void
ngx_invoke_bind_is_ascii(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_validate(call, ngx_invoke_v8_is_ascii);
}


/* ArrayBuffers */

static void
ngx_invoke_bind_detach(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_return(call,
        ngx_invoke_v8_transfer(call, ngx_invoke_v8_arg(call, 0)));
}


/* copyArrayBuffer(target, targetOffset, source, sourceOffset, bytes) */

static void
ngx_invoke_bind_copy_array_buffer(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bytes_t  source, target;
    ngx_invoke_index_t  to, from, n;

    if (ngx_invoke_index_get(call, 1, &to) != NGX_OK
        || ngx_invoke_index_get(call, 3, &from) != NGX_OK
        || ngx_invoke_index_get(call, 4, &n) != NGX_OK
        || ngx_invoke_bytes_get(call, ngx_invoke_v8_arg(call, 0), &target)
           != NGX_OK
        || ngx_invoke_bytes_get(call, ngx_invoke_v8_arg(call, 2), &source)
           != NGX_OK)
    {
        return;
    }

    if (to.value > target.len || n.value > target.len - to.value
        || from.value > source.len || n.value > source.len - from.value)
    {
        ngx_invoke_bind_out_of_range(call, "Index out of range");
        return;
    }

    ngx_memmove(target.data + to.value, source.data + from.value, n.value);
}


/*
 * The memory is zeroed all the same: what it held before may be another
 * function's.
 */

static void
ngx_invoke_bind_unsafe(ngx_invoke_v8_call_t *call)
{
    double                 size;
    uint8_t               *data;
    ngx_invoke_v8_value_t  bytes;

    size = ngx_invoke_v8_number(ngx_invoke_v8_arg(call, 0));

    if (!(size >= 0 && size <= 0x1p53)) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR, NULL,
                            "Invalid array buffer length");
        return;
    }

    bytes = ngx_invoke_v8_new_bytes(call, (size_t) size, &data);

    if (bytes != NULL) {
        ngx_invoke_v8_return(call, ngx_invoke_v8_array_buffer(bytes));
    }
}
