
#include "ngx_invoke_bind.h"
#include "ngx_invoke_bom.h"
#include "ngx_invoke_encode.h"


static void ngx_invoke_bind_create(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_decode_utf8(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_length_utf8(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_encode_into(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_encode_utf8(ngx_invoke_v8_call_t *call);
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


/* Of the buffer binding: strings of bytes and bytes of strings. */

const ngx_invoke_v8_native_t  ngx_invoke_bind_text[] = {
    { "createFromString", ngx_invoke_bind_create },
    { "decodeUTF8", ngx_invoke_bind_decode_utf8 },
    { "byteLengthUtf8", ngx_invoke_bind_length_utf8 },
    { "encodeInto", ngx_invoke_bind_encode_into },
    { "encodeUtf8String", ngx_invoke_bind_encode_utf8 },
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

/* Strings from bytes: the slices are methods of Buffer.prototype. */

static void
ngx_invoke_bind_slice(ngx_invoke_v8_call_t *call, ngx_invoke_encode_e enc)
{
    ngx_invoke_view_t   view;
    ngx_invoke_index_t  start, end;

    if (ngx_invoke_view_get(call, ngx_invoke_v8_this(call), &view) != NGX_OK
        || ngx_invoke_index_get(call, 0, &start) != NGX_OK
        || ngx_invoke_index_get(call, 1, &end) != NGX_OK)
    {
        return;
    }

    /* JavaScript may have detached it */

    if ((start.converted || end.converted)
        && ngx_invoke_view_get(call, ngx_invoke_v8_this(call), &view)
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
        ngx_invoke_index_throw(call, "Index out of range");
        return;
    }

    ngx_invoke_v8_return(call,
        ngx_invoke_encode_make(call, enc, view.data + start.value,
                             end.value - start.value));
}


static void
ngx_invoke_bind_ascii_slice(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_slice(call, NGX_INVOKE_ENCODE_ASCII);
}


static void
ngx_invoke_bind_base64_slice(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_slice(call, NGX_INVOKE_ENCODE_BASE64);
}


static void
ngx_invoke_bind_base64url_slice(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_slice(call, NGX_INVOKE_ENCODE_BASE64URL);
}


static void
ngx_invoke_bind_latin1_slice(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_slice(call, NGX_INVOKE_ENCODE_LATIN1);
}


static void
ngx_invoke_bind_hex_slice(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_slice(call, NGX_INVOKE_ENCODE_HEX);
}


static void
ngx_invoke_bind_ucs2_slice(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_slice(call, NGX_INVOKE_ENCODE_UCS2);
}


static void
ngx_invoke_bind_utf8_slice(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_slice(call, NGX_INVOKE_ENCODE_UTF8);
}


static void
ngx_invoke_bind_decode_utf8(ngx_invoke_v8_call_t *call)
{
    size_t             bom;
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

    bom = keep_bom ? 0 : ngx_invoke_bom(view.data, view.len);

    ngx_invoke_v8_return(call,
                         ngx_invoke_encode_make(call, NGX_INVOKE_ENCODE_UTF8,
                                                view.data + bom,
                                                view.len - bom));
}


/* Bytes from strings */

static void
ngx_invoke_bind_write(ngx_invoke_v8_call_t *call, ngx_invoke_encode_e enc)
{
    size_t              size;
    ngx_invoke_bytes_t  bytes;
    ngx_invoke_index_t  offset, length;

    if (ngx_invoke_bytes_get(call, ngx_invoke_v8_this(call), &bytes) != NGX_OK
        || !ngx_invoke_bytes_is_string(call, 0)
        || ngx_invoke_index_get(call, 1, &offset) != NGX_OK
        || ngx_invoke_index_get(call, 2, &length) != NGX_OK)
    {
        return;
    }

    /* JavaScript may have detached it */

    if ((offset.converted || length.converted)
        && ngx_invoke_bytes_get(call, ngx_invoke_v8_this(call), &bytes)
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

    ngx_invoke_v8_return_size(call, size == 0 ? 0
        : ngx_invoke_encode_write(call, enc, ngx_invoke_v8_arg(call, 0),
                                bytes.data + offset.value, size));
}


static void
ngx_invoke_bind_ascii_write(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_write(call, NGX_INVOKE_ENCODE_ASCII);
}


static void
ngx_invoke_bind_base64_write(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_write(call, NGX_INVOKE_ENCODE_BASE64);
}


static void
ngx_invoke_bind_base64url_write(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_write(call, NGX_INVOKE_ENCODE_BASE64URL);
}


static void
ngx_invoke_bind_latin1_write(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_write(call, NGX_INVOKE_ENCODE_LATIN1);
}


static void
ngx_invoke_bind_hex_write(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_write(call, NGX_INVOKE_ENCODE_HEX);
}


static void
ngx_invoke_bind_ucs2_write(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_write(call, NGX_INVOKE_ENCODE_UCS2);
}


static void
ngx_invoke_bind_utf8_write(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_write(call, NGX_INVOKE_ENCODE_UTF8);
}


/* createFromString(string, encoding) → Uint8Array */

static void
ngx_invoke_bind_create(ngx_invoke_v8_call_t *call)
{
    int32_t                enc;
    ngx_invoke_v8_value_t  string;

    string = ngx_invoke_v8_arg(call, 0);
    enc = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1));

    if (!ngx_invoke_bytes_is_string(call, 0)) {
        return;
    }

    if (enc < 0 || enc >= NGX_INVOKE_ENCODES) {
        enc = NGX_INVOKE_ENCODE_UTF8;
    }

    ngx_invoke_v8_return(call, ngx_invoke_encode_bytes(call, enc, string));
}


static void
ngx_invoke_bind_encode_utf8(ngx_invoke_v8_call_t *call)
{
    if (ngx_invoke_bytes_is_string(call, 0)) {
        ngx_invoke_v8_return(call,
            ngx_invoke_v8_new_utf8(call, ngx_invoke_v8_arg(call, 0)));
    }
}


/* encodeInto(string, Uint8Array, results): results = [read, written] */

static void
ngx_invoke_bind_encode_into(ngx_invoke_v8_call_t *call)
{
    size_t              n, read;
    uint32_t            results[2];
    ngx_invoke_bytes_t  dst, out;

    if (!ngx_invoke_bytes_is_string(call, 0)
        || ngx_invoke_bytes_get(call, ngx_invoke_v8_arg(call, 1), &dst)
           != NGX_OK
        || ngx_invoke_bytes_get(call, ngx_invoke_v8_arg(call, 2), &out)
           != NGX_OK)
    {
        return;
    }

    n = 0;
    read = 0;

    if (dst.len > 0) {
        n = ngx_invoke_v8_string_encode(call, ngx_invoke_v8_arg(call, 0),
                                        dst.data, dst.len, &read);
    }

    results[0] = read;
    results[1] = n;

    if (out.len >= sizeof(results)) {
        ngx_memcpy(out.data, results, sizeof(results));
    }
}


static void
ngx_invoke_bind_length_utf8(ngx_invoke_v8_call_t *call)
{
    if (ngx_invoke_bytes_is_string(call, 0)) {
        ngx_invoke_v8_return_size(call,
            ngx_invoke_v8_string_size(call, ngx_invoke_v8_arg(call, 0),
                                      NGX_INVOKE_V8_UTF8));
    }
}
