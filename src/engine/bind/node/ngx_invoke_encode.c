
#include "ngx_invoke_encode.h"


/* From here on, as in Node, a string lies outside of V8's heap. */
#define NGX_INVOKE_ENCODE_LARGE  0xfbee9

/* Strings up to this are copied to the stack to be decoded. */
#define NGX_INVOKE_ENCODE_STACK  4096


typedef struct {
    const char         *name;
    ngx_invoke_encode_e   enc;
} ngx_invoke_encode_name_t;


static size_t ngx_invoke_encode_base64_size(const uint8_t *end, size_t len);
static size_t ngx_invoke_encode_digits(ngx_invoke_v8_call_t *call,
    ngx_invoke_encode_e enc, ngx_invoke_v8_value_t string, uint8_t *buf,
    size_t size);
static size_t ngx_invoke_encode_from(ngx_invoke_encode_e enc, uint8_t *dst,
    size_t size, const uint8_t *src, size_t len);
static size_t ngx_invoke_encode_to_hex(uint8_t *dst, const uint8_t *src,
    size_t len);
static size_t ngx_invoke_encode_from_hex(uint8_t *dst, size_t size,
    const uint8_t *src, size_t len);
static size_t ngx_invoke_encode_to_base64(uint8_t *dst, const uint8_t *src,
    size_t len, ngx_uint_t url);
static size_t ngx_invoke_encode_from_base64(uint8_t *dst, size_t size,
    const uint8_t *src, size_t len);
static ngx_int_t ngx_invoke_encode_from_group(uint8_t *dst, size_t size,
    const uint8_t *src, size_t len, size_t *si, size_t *di);


static const ngx_invoke_encode_name_t  ngx_invoke_encode_names[] = {
    { "utf8", NGX_INVOKE_ENCODE_UTF8 },
    { "utf-8", NGX_INVOKE_ENCODE_UTF8 },
    { "ucs2", NGX_INVOKE_ENCODE_UCS2 },
    { "ucs-2", NGX_INVOKE_ENCODE_UCS2 },
    { "utf16le", NGX_INVOKE_ENCODE_UCS2 },
    { "utf-16le", NGX_INVOKE_ENCODE_UCS2 },
    { "latin1", NGX_INVOKE_ENCODE_LATIN1 },
    { "binary", NGX_INVOKE_ENCODE_LATIN1 },
    { "buffer", NGX_INVOKE_ENCODE_BUFFER },
    { "base64", NGX_INVOKE_ENCODE_BASE64 },
    { "base64url", NGX_INVOKE_ENCODE_BASE64URL },
    { "ascii", NGX_INVOKE_ENCODE_ASCII },
    { "hex", NGX_INVOKE_ENCODE_HEX },
    { NULL, 0 }
};


static const char  ngx_invoke_encode_base64[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char  ngx_invoke_encode_base64url[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";


/* Of a base64 character of either alphabet; 255: it is none. */

#define X  255

static const uint8_t  ngx_invoke_encode_unbase64[256] = {
    X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
    X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
    X, X, X, X, X, X, X, X, X, X, X, 62, X, 62, X, 63,
    52, 53, 54, 55, 56, 57, 58, 59, 60, 61, X, X, X, X, X, X,
    X, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, X, X, X, X, 63,
    X, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
    41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, X, X, X, X, X,
    X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
    X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
    X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
    X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
    X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
    X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
    X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
    X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X
};

static const uint8_t  ngx_invoke_encode_unhex[256] = {
    X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
    X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
    X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, X, X, X, X, X, X,
    X, 10, 11, 12, 13, 14, 15, X, X, X, X, X, X, X, X, X,
    X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
    X, 10, 11, 12, 13, 14, 15, X, X, X, X, X, X, X, X, X,
    X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
    X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
    X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
    X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
    X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
    X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
    X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
    X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
    X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X
};

#undef X


/* actor thread, all of this file */

ngx_invoke_encode_e
ngx_invoke_encode_parse(ngx_invoke_v8_call_t *call, ngx_invoke_v8_value_t name,
    ngx_invoke_encode_e otherwise)
{
    char                           buf[16];
    size_t                         n;
    const ngx_invoke_encode_name_t  *t;

    n = ngx_invoke_v8_string_size(call, name, NGX_INVOKE_V8_UTF8);

    if (n == 0 || n >= sizeof(buf)) {
        return otherwise;
    }

    n = ngx_invoke_v8_string_write(call, name, NGX_INVOKE_V8_UTF8, buf, n);

    for (t = ngx_invoke_encode_names; t->name != NULL; t++) {
        if (ngx_strlen(t->name) == n
            && ngx_strncasecmp((u_char *) t->name, (u_char *) buf, n) == 0)
        {
            return t->enc;
        }
    }

    return otherwise;
}


/* A string of what needs no conversion. */

static ngx_invoke_v8_value_t
ngx_invoke_encode_copy(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_encoding_e enc, const uint8_t *data, size_t size)
{
    void  *p;

    if (size < NGX_INVOKE_ENCODE_LARGE) {
        return ngx_invoke_v8_new_string(call, enc, data, size);
    }

    p = ngx_invoke_v8_string_alloc(call, size);
    if (p == NULL) {
        return NULL;
    }

    ngx_memcpy(p, data, size);

    return ngx_invoke_v8_new_string_from(call, enc, p, size);
}


ngx_invoke_v8_value_t
ngx_invoke_encode_make(ngx_invoke_v8_call_t *call, ngx_invoke_encode_e enc,
    const uint8_t *data, size_t len)
{
    size_t     i, size;
    uint8_t   *p, small[NGX_INVOKE_ENCODE_STACK];

    if (len == 0) {
        return ngx_invoke_v8_new_name(call, "", 0);
    }

    switch (enc) {

    case NGX_INVOKE_ENCODE_UTF8:
    case NGX_INVOKE_ENCODE_BUFFER:

        if (!ngx_invoke_v8_is_ascii(data, len)) {
            return ngx_invoke_v8_new_string(call, NGX_INVOKE_V8_UTF8, data,
                                            len);
        }

        return ngx_invoke_encode_copy(call, NGX_INVOKE_V8_LATIN1, data, len);

    case NGX_INVOKE_ENCODE_ASCII:

        if (!ngx_invoke_v8_is_ascii(data, len)) {
            size = len;
            break;
        }

        /* fall through */

    case NGX_INVOKE_ENCODE_LATIN1:
        return ngx_invoke_encode_copy(call, NGX_INVOKE_V8_LATIN1, data, len);

    case NGX_INVOKE_ENCODE_UCS2:
        size = len & ~(size_t) 1;

        if (((uintptr_t) data & 1) == 0) {
            return ngx_invoke_encode_copy(call, NGX_INVOKE_V8_UTF16, data,
                                          size);
        }

        break;

    case NGX_INVOKE_ENCODE_BASE64:
        size = (len + 2) / 3 * 4;
        break;

    case NGX_INVOKE_ENCODE_BASE64URL:
        size = len / 3 * 4 + (len % 3 ? len % 3 + 1 : 0);
        break;

    default: /* NGX_INVOKE_ENCODE_HEX */
        size = 2 * len;
    }

    if (size <= sizeof(small)) {
        p = small;

    } else {
        p = ngx_invoke_v8_string_alloc(call, size);
        if (p == NULL) {
            return NULL;
        }
    }

    switch (enc) {

    case NGX_INVOKE_ENCODE_ASCII:
        for (i = 0; i < len; i++) {
            p[i] = data[i] & 0x7f;
        }

        break;

    case NGX_INVOKE_ENCODE_UCS2:
        ngx_memcpy(p, data, size);
        break;

    case NGX_INVOKE_ENCODE_BASE64:
    case NGX_INVOKE_ENCODE_BASE64URL:
        (void) ngx_invoke_encode_to_base64(p, data, len,
                                        enc == NGX_INVOKE_ENCODE_BASE64URL);
        break;

    default: /* NGX_INVOKE_ENCODE_HEX */
        (void) ngx_invoke_encode_to_hex(p, data, len);
    }

    if (p == small) {
        return ngx_invoke_v8_new_string(call, enc == NGX_INVOKE_ENCODE_UCS2
                                              ? NGX_INVOKE_V8_UTF16
                                              : NGX_INVOKE_V8_LATIN1,
                                        p, size);
    }

    return ngx_invoke_v8_new_string_from(call, enc == NGX_INVOKE_ENCODE_UCS2
                                               ? NGX_INVOKE_V8_UTF16
                                               : NGX_INVOKE_V8_LATIN1,
                                         p, size);
}


size_t
ngx_invoke_encode_size(ngx_invoke_v8_call_t *call, ngx_invoke_encode_e enc,
    ngx_invoke_v8_value_t string)
{
    size_t  n;

    switch (enc) {

    case NGX_INVOKE_ENCODE_UTF8:
    case NGX_INVOKE_ENCODE_BUFFER:
        return ngx_invoke_v8_string_size(call, string, NGX_INVOKE_V8_UTF8);

    case NGX_INVOKE_ENCODE_UCS2:
        return ngx_invoke_v8_string_size(call, string, NGX_INVOKE_V8_UTF16);

    default:
        n = ngx_invoke_v8_string_size(call, string, NGX_INVOKE_V8_LATIN1);
    }

    switch (enc) {

    case NGX_INVOKE_ENCODE_BASE64:
    case NGX_INVOKE_ENCODE_BASE64URL:
        return n > 1 ? n / 4 * 3 + (n % 4 + 1) / 2 : 0;

    case NGX_INVOKE_ENCODE_HEX:
        return n / 2;

    default:
        return n;
    }
}


size_t
ngx_invoke_encode_write(ngx_invoke_v8_call_t *call, ngx_invoke_encode_e enc,
    ngx_invoke_v8_value_t string, uint8_t *buf, size_t size)
{
    size_t     len, n;
    uint8_t   *src, small[NGX_INVOKE_ENCODE_STACK];

    switch (enc) {

    case NGX_INVOKE_ENCODE_UTF8:
    case NGX_INVOKE_ENCODE_BUFFER:
        return ngx_invoke_v8_string_write(call, string, NGX_INVOKE_V8_UTF8,
                                          buf, size);

    case NGX_INVOKE_ENCODE_ASCII:
    case NGX_INVOKE_ENCODE_LATIN1:
        return ngx_invoke_v8_string_write(call, string, NGX_INVOKE_V8_LATIN1,
                                          buf, size);

    case NGX_INVOKE_ENCODE_BASE64:
    case NGX_INVOKE_ENCODE_BASE64URL:
    case NGX_INVOKE_ENCODE_HEX:
        return ngx_invoke_encode_digits(call, enc, string, buf, size);

    default: /* NGX_INVOKE_ENCODE_UCS2 */

        if (((uintptr_t) buf & 1) == 0) {
            return ngx_invoke_v8_string_write(call, string,
                                              NGX_INVOKE_V8_UTF16, buf, size);
        }
    }

    len = ngx_invoke_v8_string_size(call, string, NGX_INVOKE_V8_UTF16);
    len = ngx_min(len, size / 2 * 2);

    src = len <= sizeof(small) ? small : malloc(len);
    if (src == NULL) {
        return 0;
    }

    n = ngx_invoke_v8_string_write(call, string, NGX_INVOKE_V8_UTF16, src,
                                   len);
    ngx_memcpy(buf, src, n);

    if (src != small) {
        free(src);
    }

    return n;
}


/*
 * Of base64 and hex. As in Node, characters above 255 count by their low
 * byte. While a string is well-formed it is copied and decoded part by part,
 * each but the last being full of whole groups.
 */

static size_t
ngx_invoke_encode_digits(ngx_invoke_v8_call_t *call, ngx_invoke_encode_e enc,
    ngx_invoke_v8_value_t string, uint8_t *buf, size_t size)
{
    size_t    len, at, n, m, done;
    uint8_t  *src, part[NGX_INVOKE_ENCODE_STACK];

    len = ngx_invoke_v8_string_size(call, string, NGX_INVOKE_V8_LATIN1);
    done = 0;

    for (at = 0; at < len; at += n) {

        n = ngx_invoke_v8_string_part(call, string, at, part, sizeof(part));

        if (at + n >= len) {
            return done + ngx_invoke_encode_from(enc, buf + done, size - done,
                                                 part, n);
        }

        if (enc == NGX_INVOKE_ENCODE_HEX) {
            m = ngx_invoke_encode_from_hex(buf + done, size - done, part, n);
            done += m;

            if (m < n / 2) {
                return done;
            }

            continue;
        }

        m = n / 4 * 3;

        if (m > size - done
            || ngx_invoke_v8_decode_base64(buf + done, size - done, part, n,
                                           enc == NGX_INVOKE_ENCODE_BASE64URL)
               != m)
        {
            break;
        }

        done += m;
    }

    src = malloc(len);
    if (src == NULL) {
        return 0;
    }

    n = ngx_invoke_v8_string_write(call, string, NGX_INVOKE_V8_LATIN1, src,
                                   len);
    n = ngx_invoke_encode_from(enc, buf, size, src, n);

    free(src);

    return n;
}


ngx_invoke_v8_value_t
ngx_invoke_encode_bytes(ngx_invoke_v8_call_t *call, ngx_invoke_encode_e enc,
    ngx_invoke_v8_value_t string)
{
    size_t                 size, len, n;
    uint8_t               *data, *part, tail[2];
    ngx_invoke_v8_value_t  bytes;

    switch (enc) {

    case NGX_INVOKE_ENCODE_UTF8:
    case NGX_INVOKE_ENCODE_BUFFER:
        return ngx_invoke_v8_new_utf8(call, string);

    case NGX_INVOKE_ENCODE_BASE64:
    case NGX_INVOKE_ENCODE_BASE64URL:
        len = ngx_invoke_v8_string_size(call, string, NGX_INVOKE_V8_LATIN1);
        n = ngx_min(len, sizeof(tail));
        n = ngx_invoke_v8_string_part(call, string, len - n, tail, n);
        size = ngx_invoke_encode_base64_size(tail + n, n < 2 ? 0 : len);
        break;

    default:
        size = ngx_invoke_encode_size(call, enc, string);
    }

    bytes = ngx_invoke_v8_new_bytes_raw(call, size, &data);

    if (bytes == NULL) {
        return NULL;
    }

    n = ngx_invoke_encode_write(call, enc, string, data, size);

    /* less, if it was malformed: those bytes remain unseen */

    if (n < size) {
        bytes = ngx_invoke_v8_new_bytes_raw(call, n, &part);

        if (bytes != NULL) {
            ngx_memcpy(part, data, n);
        }
    }

    return bytes;
}


static size_t
ngx_invoke_encode_from(ngx_invoke_encode_e enc, uint8_t *dst, size_t size,
    const uint8_t *src, size_t len)
{
    size_t  n;

    if (enc == NGX_INVOKE_ENCODE_HEX) {
        return ngx_invoke_encode_from_hex(dst, size, src, len);
    }

    n = ngx_invoke_v8_decode_base64(dst, size, src, len,
                                    enc == NGX_INVOKE_ENCODE_BASE64URL);

    return n != (size_t) -1
           ? n : ngx_invoke_encode_from_base64(dst, size, src, len);
}


static size_t
ngx_invoke_encode_to_hex(uint8_t *dst, const uint8_t *src, size_t len)
{
    size_t             i;
    static const char  hex[] = "0123456789abcdef";

    for (i = 0; i < len; i++) {
        dst[2 * i] = hex[src[i] >> 4];
        dst[2 * i + 1] = hex[src[i] & 15];
    }

    return 2 * len;
}


static size_t
ngx_invoke_encode_from_hex(uint8_t *dst, size_t size, const uint8_t *src,
    size_t len)
{
    size_t   i;
    uint8_t  a, b;

    for (i = 0; i < size && 2 * i + 1 < len; i++) {
        a = ngx_invoke_encode_unhex[src[2 * i]];
        b = ngx_invoke_encode_unhex[src[2 * i + 1]];

        if ((a | b) > 15) {
            break;
        }

        dst[i] = a << 4 | b;
    }

    return i;
}


static size_t
ngx_invoke_encode_to_base64(uint8_t *dst, const uint8_t *src, size_t len,
    ngx_uint_t url)
{
    size_t       n;
    uint8_t     *p;
    uint32_t     v;
    const char  *table;

    n = ngx_invoke_v8_encode_base64(dst, src, len, url);

    if (n != (size_t) -1) {
        return n;
    }

    table = url ? ngx_invoke_encode_base64url : ngx_invoke_encode_base64;

    for (p = dst; len >= 3; len -= 3, src += 3, p += 4) {
        v = src[0] << 16 | src[1] << 8 | src[2];
        p[0] = table[v >> 18];
        p[1] = table[v >> 12 & 63];
        p[2] = table[v >> 6 & 63];
        p[3] = table[v & 63];
    }

    if (len > 0) {
        v = src[0] << 16 | (len > 1 ? src[1] << 8 : 0);
        *p++ = table[v >> 18];
        *p++ = table[v >> 12 & 63];

        if (len > 1) {
            *p++ = table[v >> 6 & 63];
        }

        if (!url) {
            *p++ = '=';

            if (len == 1) {
                *p++ = '=';
            }
        }
    }

    return p - dst;
}


/* Of that many characters, the last of which are before "end". */

static size_t
ngx_invoke_encode_base64_size(const uint8_t *end, size_t len)
{
    if (len < 2) {
        return 0;
    }

    if (end[-1] == '=') {
        len--;

        if (end[-2] == '=') {
            len--;
        }
    }

    return len > 1 ? len / 4 * 3 + (len % 4 + 1) / 2 : 0;
}


/*
 * As Node decodes what is not well-formed: characters outside both alphabets
 * are skipped, "=" ends it.
 */

static size_t
ngx_invoke_encode_from_base64(uint8_t *dst, size_t size, const uint8_t *src,
    size_t len)
{
    size_t    si, di, last, fits;
    uint8_t   a, b, c, d;

    fits = ngx_invoke_encode_base64_size(src + len, len);
    fits = ngx_min(fits, size) / 3 * 3;
    last = len / 4 * 4;
    si = 0;
    di = 0;

    while (si < last && di < fits) {
        a = ngx_invoke_encode_unbase64[src[si]];
        b = ngx_invoke_encode_unbase64[src[si + 1]];
        c = ngx_invoke_encode_unbase64[src[si + 2]];
        d = ngx_invoke_encode_unbase64[src[si + 3]];

        if ((a | b | c | d) & 0x80) {
            if (ngx_invoke_encode_from_group(dst, size, src, len, &si, &di)
                != NGX_OK)
            {
                return di;
            }

            last = si + (len - si) / 4 * 4;
            continue;
        }

        dst[di] = a << 2 | b >> 4;
        dst[di + 1] = b << 4 | c >> 2;
        dst[di + 2] = c << 6 | d;
        si += 4;
        di += 3;
    }

    if (si < len && di < size) {
        (void) ngx_invoke_encode_from_group(dst, size, src, len, &si, &di);
    }

    return di;
}


/* One group of four characters; NGX_DONE at the end. */

static ngx_int_t
ngx_invoke_encode_from_group(uint8_t *dst, size_t size, const uint8_t *src,
    size_t len, size_t *si, size_t *di)
{
    uint8_t     c, high, low;
    ngx_uint_t  i;

    high = 0;

    for (i = 0; i < 4; i++) {

        do {
            c = src[(*si)++];
            low = ngx_invoke_encode_unbase64[c];

            if (low > 63 && (c == '=' || *si >= len)) {
                return NGX_DONE;
            }

        } while (low > 63);

        switch (i) {
        case 1:
            dst[(*di)++] = high << 2 | low >> 4;
            break;
        case 2:
            dst[(*di)++] = high << 4 | low >> 2;
            break;
        case 3:
            dst[(*di)++] = high << 6 | low;
            break;
        }

        if (*si >= len || *di >= size) {
            return NGX_DONE;
        }

        high = low;
    }

    return NGX_OK;
}
