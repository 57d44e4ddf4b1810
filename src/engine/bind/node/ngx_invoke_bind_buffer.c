
#include "ngx_invoke_bind.h"
#include "ngx_invoke_search.h"
#include "ngx_invoke_encode.h"

#include <math.h>


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
static void ngx_invoke_bind_is_utf8(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_is_ascii(ngx_invoke_v8_call_t *call);


const ngx_invoke_v8_native_t  ngx_invoke_bind_buffer[] = {
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
    { "isUtf8", ngx_invoke_bind_is_utf8 },
    { "isAscii", ngx_invoke_bind_is_ascii },
    { NULL, NULL }
};


/* actor thread, all of this file */

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
        ngx_invoke_index_throw(call,
                            "The value of \"sourceStart\" is out of range.");
        return;
    }

    n = ngx_min(end.value, source.len) - from.value;
    n = ngx_min(n, target.len - to.value);

    ngx_memmove(target.data + to.value, source.data + from.value, n);

    ngx_invoke_v8_return_size(call, n);
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
        ngx_invoke_index_throw(call,
                            "The value of \"sourceStart\" is out of range.");
        return;
    }

    if (tstart.value > target.len || tstart.value > tend.value) {
        ngx_invoke_index_throw(call,
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
ngx_invoke_bind_fill_text(ngx_invoke_v8_call_t *call, ngx_invoke_encode_e enc,
    ngx_invoke_v8_value_t string, uint8_t *dst, size_t size)
{
    size_t    n;
    uint8_t  *p, small[16];

    n = ngx_invoke_encode_size(call, enc, string);

    if (n <= size) {
        return ngx_invoke_encode_write(call, enc, string, dst, size);
    }

    p = size + 4 <= sizeof(small) ? small : malloc(size + 4);
    if (p == NULL) {
        return 0;
    }

    n = ngx_invoke_encode_write(call, enc, string, p, size + 4);
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
    ngx_invoke_encode_e      enc;
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
        enc = ngx_invoke_encode_parse(call, ngx_invoke_v8_arg(call, 4),
                                    NGX_INVOKE_ENCODE_UTF8);

        if (enc == NGX_INVOKE_ENCODE_UTF8 || enc == NGX_INVOKE_ENCODE_UCS2) {
            n = ngx_invoke_bind_fill_text(call, enc, value, p, size);

        } else {
            n = ngx_invoke_encode_write(call, enc, value, p, size);
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
                               == NGX_INVOKE_ENCODE_UCS2,
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
        || !ngx_invoke_bytes_is_string(call, 1))
    {
        return;
    }

    enc = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 3));

    if (enc != NGX_INVOKE_ENCODE_UCS2 && enc != NGX_INVOKE_ENCODE_LATIN1) {
        enc = NGX_INVOKE_ENCODE_UTF8;
    }

    needle = ngx_invoke_v8_arg(call, 1);
    n = ngx_invoke_encode_size(call, enc, needle);

    p = n <= sizeof(small) ? small : malloc(n);
    if (p == NULL) {
        ngx_invoke_v8_return_number(call, -1);
        return;
    }

    n = ngx_invoke_encode_write(call, enc, needle, p, n);

    ngx_invoke_bind_search(call, &hay, p, n, enc == NGX_INVOKE_ENCODE_UCS2,
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
    uint8_t                c;
    ngx_invoke_view_t      hay;
    ngx_invoke_v8_value_t  number;

    if (ngx_invoke_view_get(call, ngx_invoke_v8_arg(call, 0), &hay)
        == NGX_OK)
    {
        number = ngx_invoke_v8_arg(call, 1);
        c = ngx_invoke_v8_is_int32(number)
            ? ngx_invoke_v8_int32(number)
            : (int64_t) fmod(ngx_invoke_v8_number(number), 256);

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
                            "Cannot validate on a detached buffer");
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
        ngx_invoke_index_throw(call, "Index out of range");
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
    double  size;

    size = ngx_invoke_v8_number(ngx_invoke_v8_arg(call, 0));

    if (!(size >= 0 && size <= 0x1p53)) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR, NULL,
                            "Invalid array buffer length");
        return;
    }

    ngx_invoke_v8_return(call,
        ngx_invoke_v8_new_array_buffer(call, (size_t) size));
}
