/*
 * A part of ngx_invoke_v8.cc: text and base64 by the vector code that libnode
 * brings along.
 */


#ifndef _NGX_INVOKE_V8_TEXT_HH_INCLUDED_
#define _NGX_INVOKE_V8_TEXT_HH_INCLUDED_


#include "ngx_invoke_v8_types.hh"


/* Of simdutf.h; weak, as a libnode may have it in a library of its own. */

namespace simdutf {
    bool validate_utf8(const char *, size_t) noexcept __attribute__((weak));
    bool validate_ascii(const char *, size_t) noexcept __attribute__((weak));

    struct result {
        int     error;
        size_t  count;
    };

    size_t binary_to_base64(const char *, size_t, char *, uint64_t) noexcept
        __attribute__((weak));
    result base64_to_binary_safe(const char *, size_t, char *, size_t &,
        uint64_t) noexcept __attribute__((weak));

    bool validate_utf16(const char16_t *, size_t) noexcept
        __attribute__((weak));
    size_t utf16_length_from_utf8(const char *, size_t) noexcept
        __attribute__((weak));
    size_t utf8_length_from_latin1(const char *, size_t) noexcept
        __attribute__((weak));
    size_t utf8_length_from_utf16(const char16_t *, size_t) noexcept
        __attribute__((weak));
    size_t convert_latin1_to_utf8(const char *, size_t, char *) noexcept
        __attribute__((weak));
    size_t convert_utf16_to_utf8(const char16_t *, size_t, char *) noexcept
        __attribute__((weak));
}


/*
 * UTF-8 of a whole string by vector code, from a flat copy. -1: V8 has to do
 * it, as there is no room for all of it, or there are lone surrogates.
 */

static size_t
write_utf8(v8::Isolate *isolate, Local<v8::String> s, char *dst, size_t size)
{
    size_t      len = s->Length(), n;
    char       *copy, last;
    uint16_t    fixed[1024];
    uint16_t   *units = fixed;

    if (len < 32 || len > size || simdutf::validate_utf16 == nullptr
        || simdutf::convert_utf16_to_utf8 == nullptr
        || simdutf::convert_latin1_to_utf8 == nullptr
        || simdutf::utf8_length_from_utf16 == nullptr
        || simdutf::utf8_length_from_latin1 == nullptr)
    {
        return -1;
    }

    if (s->IsOneByte()) {

        /* V8, when it has to do it, may leave the last byte as it was */

        last = dst[size - 1];

        s->WriteOneByte(isolate, reinterpret_cast<uint8_t *>(dst), 0,
                        static_cast<int>(len),
                        v8::String::NO_NULL_TERMINATION);

        if (simdutf::utf8_length_from_latin1(dst, len) == len) {
            return len;
        }

        n = -1;
        copy = static_cast<char *>(malloc(len));

        if (copy != nullptr) {
            memcpy(copy, dst, len);

            if (simdutf::utf8_length_from_latin1(copy, len) <= size) {
                n = simdutf::convert_latin1_to_utf8(copy, len, dst);
            }

            free(copy);
        }

        if (n == static_cast<size_t>(-1)) {
            dst[size - 1] = last;
        }

        return n;
    }

    if (len > sizeof(fixed) / sizeof(fixed[0])) {
        units = static_cast<uint16_t *>(malloc(len * sizeof(uint16_t)));
        if (units == nullptr) {
            return -1;
        }
    }

    s->Write(isolate, units, 0, static_cast<int>(len),
             v8::String::NO_NULL_TERMINATION);

    const char16_t  *wide = reinterpret_cast<const char16_t *>(units);

    n = 0;

    if (simdutf::validate_utf16(wide, len)
        && simdutf::utf8_length_from_utf16(wide, len) <= size)
    {
        n = simdutf::convert_utf16_to_utf8(wide, len, dst);
    }

    if (units != fixed) {
        free(units);
    }

    return n > 0 ? n : -1;
}


size_t
ngx_invoke_v8_encode_base64(uint8_t *dst, const uint8_t *src, size_t len,
    int url)
{
    if (simdutf::binary_to_base64 == nullptr) {
        return -1;
    }

    return simdutf::binary_to_base64(reinterpret_cast<const char *>(src), len,
                                     reinterpret_cast<char *>(dst), url);
}


size_t
ngx_invoke_v8_decode_base64(uint8_t *dst, size_t size, const uint8_t *src,
    size_t len, int url)
{
    if (simdutf::base64_to_binary_safe == nullptr) {
        return -1;
    }

    /* What is not well-formed, or too long, is another's matter. */

    return simdutf::base64_to_binary_safe(
               reinterpret_cast<const char *>(src), len,
               reinterpret_cast<char *>(dst), size, url).error == 0
           ? size : -1;
}


/* One unit a character, two when it takes four bytes. */

size_t
ngx_invoke_v8_utf16_length(const uint8_t *data, size_t len)
{
    size_t  i, n = 0;

    if (simdutf::utf16_length_from_utf8 != nullptr) {
        return simdutf::utf16_length_from_utf8(
                   reinterpret_cast<const char *>(data), len);
    }

    for (i = 0; i < len; i++) {
        n += ((data[i] & 0xc0) != 0x80) + (data[i] >= 0xf0);
    }

    return n;
}


int
ngx_invoke_v8_is_ascii(const uint8_t *data, size_t len)
{
    size_t   i;
    uint8_t  bits = 0;

    if (simdutf::validate_ascii != nullptr) {
        return simdutf::validate_ascii(reinterpret_cast<const char *>(data),
                                       len);
    }

    for (i = 0; i < len; i++) {
        bits |= data[i];
    }

    return bits < 0x80;
}


/* Well-formed byte sequences: table 3-7 of the Unicode standard. */

int
ngx_invoke_v8_is_utf8(const uint8_t *p, size_t len)
{
    int             n;
    uint8_t         c, low, high;
    const uint8_t  *end = p + len;

    if (simdutf::validate_utf8 != nullptr) {
        return simdutf::validate_utf8(reinterpret_cast<const char *>(p), len);
    }

    while (p < end) {
        c = *p++;

        if (c < 0x80) {
            continue;
        }

        n = c >= 0xc2 && c < 0xe0 ? 1 : (c & 0xf0) == 0xe0 ? 2
            : c >= 0xf0 && c < 0xf5 ? 3 : 0;

        if (n == 0 || end - p < n) {
            return 0;
        }

        low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
        high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;

        for ( /* void */ ; n > 0; n--, p++) {
            if (*p < low || *p > high) {
                return 0;
            }

            low = 0x80;
            high = 0xbf;
        }
    }

    return 1;
}


#endif /* _NGX_INVOKE_V8_TEXT_HH_INCLUDED_ */
