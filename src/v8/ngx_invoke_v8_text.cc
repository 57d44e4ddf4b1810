/*
 * Strings, and UTF-8 and base64 by the vector code that libnode brings along.
 */

#include <string.h>

#include "ngx_invoke_v8_int.h"


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
    size_t convert_valid_utf16_to_utf8(const char16_t *, size_t, char *)
        noexcept __attribute__((weak));
    size_t convert_valid_utf8_to_utf16(const char *, size_t, char16_t *)
        noexcept __attribute__((weak));
}


/* Of a string, what is copied out of V8's heap at a time to work on. */

static const int  kTextUnits = 2048;

union TextPart {
    char      bytes[2 * kTextUnits];
    uint16_t  units[kTextUnits];
    char16_t  wide[kTextUnits];
};

static const size_t  kNoText = -1;


const bool  vector_text
    = simdutf::validate_utf8 != nullptr
      && simdutf::validate_ascii != nullptr
      && simdutf::validate_utf16 != nullptr
      && simdutf::utf16_length_from_utf8 != nullptr
      && simdutf::utf8_length_from_latin1 != nullptr
      && simdutf::utf8_length_from_utf16 != nullptr
      && simdutf::convert_latin1_to_utf8 != nullptr
      && simdutf::convert_valid_utf16_to_utf8 != nullptr
      && simdutf::convert_valid_utf8_to_utf16 != nullptr;


/* V8 11's library has these with arguments of other types. */

const bool  vector_base64
    = simdutf::binary_to_base64 != nullptr
      && simdutf::base64_to_binary_safe != nullptr;


/* How many bytes or units were copied; surrogates stay together. */

static int
copy_part(v8::Isolate *isolate, Local<v8::String> s, bool latin1, int at,
    TextPart *part)
{
    int  n;

    if (latin1) {
        return s->WriteOneByte(isolate,
                               reinterpret_cast<uint8_t *>(part->bytes), at,
                               sizeof(part->bytes),
                               v8::String::NO_NULL_TERMINATION);
    }

    n = s->Write(isolate, part->units, at, kTextUnits,
                 v8::String::NO_NULL_TERMINATION);

    return n == kTextUnits && (part->units[n - 1] & 0xfc00) == 0xd800
           ? n - 1 : n;
}


/* kNoText: there are lone surrogates. */

static size_t
part_length(bool latin1, const TextPart *part, int n)
{
    return latin1 ? simdutf::utf8_length_from_latin1(part->bytes, n)
           : simdutf::validate_utf16(part->wide, n)
           ? simdutf::utf8_length_from_utf16(part->wide, n)
           : kNoText;
}


/* The UTF-8 of a string, its length. */

size_t
utf8_length(v8::Isolate *isolate, Local<v8::String> s)
{
    int       at, n, len = s->Length();
    bool      latin1;
    size_t    size, total = 0;
    TextPart  part;

    if (len <= static_cast<int>(kVectorText) || !vector_text) {
        return s->Utf8Length(isolate);
    }

    latin1 = s->IsOneByte();

    for (at = 0; at < len; at += n) {
        n = copy_part(isolate, s, latin1, at, &part);
        size = n > 0 ? part_length(latin1, &part, n) : kNoText;

        if (size == kNoText) {
            return s->Utf8Length(isolate);
        }

        total += size;
    }

    return total;
}


/* A short string as UTF-8, for which V8's own writer takes long. */

static size_t
write_short_utf8(v8::Isolate *isolate, Local<v8::String> s, int len,
    char *dst, size_t size, int *read)
{
    int       i, n;
    char     *p = dst;
    uint32_t  c;
    uint8_t   bytes[kVectorText];
    uint16_t  units[kVectorText];

    if (s->IsOneByte()) {
        n = s->WriteOneByte(isolate, bytes, 0, len,
                            v8::String::NO_NULL_TERMINATION);

        for (i = 0; i < n && p < dst + size; i++) {
            if (bytes[i] < 0x80) {
                *p++ = bytes[i];
                continue;
            }

            if (dst + size - p < 2) {
                break;
            }

            *p++ = 0xc0 | bytes[i] >> 6;
            *p++ = 0x80 | (bytes[i] & 0x3f);
        }

        *read = i;

        return p - dst;
    }

    if (3 * static_cast<size_t>(len) > size) {
        return kNoText;
    }

    n = s->Write(isolate, units, 0, len, v8::String::NO_NULL_TERMINATION);

    for (i = 0; i < n; i++) {
        c = units[i];

        if (c < 0x80) {
            *p++ = c;
            continue;
        }

        if (c < 0x800) {
            *p++ = 0xc0 | c >> 6;
            *p++ = 0x80 | (c & 0x3f);
            continue;
        }

        if ((c & 0xf800) == 0xd800) {
            if (c < 0xdc00 && i + 1 < n && (units[i + 1] & 0xfc00) == 0xdc00)
            {
                c = 0x10000 + ((c & 0x3ff) << 10) + (units[++i] & 0x3ff);
                *p++ = 0xf0 | c >> 18;
                *p++ = 0x80 | (c >> 12 & 0x3f);
                *p++ = 0x80 | (c >> 6 & 0x3f);
                *p++ = 0x80 | (c & 0x3f);
                continue;
            }

            c = 0xfffd;
        }

        *p++ = 0xe0 | c >> 12;
        *p++ = 0x80 | (c >> 6 & 0x3f);
        *p++ = 0x80 | (c & 0x3f);
    }

    *read = n;

    return p - dst;
}


/*
 * A string as UTF-8 by vector code, *read as V8's WriteUtf8() has it. kNoText:
 * V8 has to do it, as there is no room for all of it, or there are lone
 * surrogates.
 */

static size_t
write_utf8(v8::Isolate *isolate, Local<v8::String> s, char *dst, size_t size,
    int *read)
{
    int       at, n, len = s->Length();
    bool      latin1;
    char      last;
    size_t    need, total = 0;
    TextPart  part;

    if (len <= static_cast<int>(kVectorText)) {
        return write_short_utf8(isolate, s, len, dst, size, read);
    }

    if (static_cast<size_t>(len) > size || !vector_text) {
        return kNoText;
    }

    *read = len;
    latin1 = s->IsOneByte();

    if (latin1) {

        /* V8, when it has to do it, may leave the last byte as it was */

        last = dst[size - 1];

        s->WriteOneByte(isolate, reinterpret_cast<uint8_t *>(dst), 0, len,
                        v8::String::NO_NULL_TERMINATION);

        if (simdutf::utf8_length_from_latin1(dst, len)
            == static_cast<size_t>(len))
        {
            return len;
        }

        dst[size - 1] = last;
    }

    for (at = 0; at < len; at += n) {
        n = copy_part(isolate, s, latin1, at, &part);
        need = n > 0 ? part_length(latin1, &part, n) : kNoText;

        if (need == kNoText || need > size - total) {
            return kNoText;
        }

        total += latin1
                 ? simdutf::convert_latin1_to_utf8(part.bytes, n, dst + total)
                 : simdutf::convert_valid_utf16_to_utf8(part.wide, n,
                                                        dst + total);
    }

    return total;
}


/* Of well-formed UTF-8: whether all its characters are below 256. */

static bool
is_latin1(const char *data, size_t len)
{
    size_t    i;
    uint64_t  word;

    /* these begin with 0xc2 and 0xc3 */

    for (i = 0; i + sizeof(word) <= len; i += sizeof(word)) {
        memcpy(&word, data + i, sizeof(word));

        if (((word & 0x7f7f7f7f7f7f7f7f) + 0x3c3c3c3c3c3c3c3c) & word
            & 0x8080808080808080)
        {
            return false;
        }
    }

    for ( /* void */ ; i < len; i++) {
        if (static_cast<uint8_t>(data[i]) >= 0xc4) {
            return false;
        }
    }

    return true;
}


/*
 * Of well-formed UTF-8 whose characters are all below 256. simdutf's
 * convert_valid_utf8_to_latin1() of Node 18 loses bytes on CPUs with AVX-512.
 */

static void
write_latin1(char *dst, const char *data, size_t len)
{
    size_t    i = 0;
    uint8_t   c;
    uint64_t  word;

    while (i < len) {
        if (i + sizeof(word) <= len) {
            memcpy(&word, data + i, sizeof(word));

            if ((word & 0x8080808080808080) == 0) {
                memcpy(dst, &word, sizeof(word));
                dst += sizeof(word);
                i += sizeof(word);
                continue;
            }
        }

        c = data[i++];
        *dst++ = c < 0x80 ? c : c << 6 | (data[i++] & 0x3f);
    }
}


/*
 * A string of UTF-8 by vector code, NULL when that has thrown. False: V8 has
 * to do it, as it is not well-formed, or short.
 */

static bool
decode_utf8(ngx_invoke_v8_call_t *call, const char *data, size_t len,
    ngx_invoke_v8_value_t *value)
{
    bool                      latin1;
    void                     *p;
    size_t                    size;
    TextPart                  part;
    ngx_invoke_v8_encoding_e  enc;

    if (len < kVectorText || !vector_text
        || !simdutf::validate_utf8(data, len))
    {
        return false;
    }

    latin1 = is_latin1(data, len);
    enc = latin1 ? NGX_INVOKE_V8_LATIN1 : NGX_INVOKE_V8_UTF16;
    size = simdutf::utf16_length_from_utf8(data, len) * (latin1 ? 1 : 2);

    if (size <= sizeof(part)) {
        p = &part;

    } else {
        p = ngx_invoke_v8_string_alloc(call, size);
        if (p == nullptr) {
            *value = nullptr;
            return true;
        }
    }

    if (latin1) {
        write_latin1(static_cast<char *>(p), data, len);

    } else {
        simdutf::convert_valid_utf8_to_utf16(data, len,
                                             static_cast<char16_t *>(p));
    }

    *value = p == &part ? ngx_invoke_v8_new_string(call, enc, p, size)
                        : ngx_invoke_v8_new_string_from(call, enc, p, size);

    return true;
}


size_t
ngx_invoke_v8_encode_base64(uint8_t *dst, const uint8_t *src, size_t len,
    int url)
{
    if (!vector_base64) {
        return -1;
    }

    return simdutf::binary_to_base64(reinterpret_cast<const char *>(src), len,
                                     reinterpret_cast<char *>(dst), url);
}


size_t
ngx_invoke_v8_decode_base64(uint8_t *dst, size_t size, const uint8_t *src,
    size_t len, int url)
{
    if (!vector_base64) {
        return -1;
    }

    /* What is not well-formed, or too long, is another's matter. */

    return simdutf::base64_to_binary_safe(
               reinterpret_cast<const char *>(src), len,
               reinterpret_cast<char *>(dst), size, url).error == 0
           ? size : -1;
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


size_t
ngx_invoke_v8_string_size(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t value, ngx_invoke_v8_encoding_e enc)
{
    Local<Value>        v = unwrap(value);
    Local<v8::String>   s;

    if (!v->IsString()) {
        return 0;
    }

    s = v.As<v8::String>();

    switch (enc) {
    case NGX_INVOKE_V8_UTF8:
        return utf8_length(call->isolate, s);
    case NGX_INVOKE_V8_UTF16:
        return 2 * static_cast<size_t>(s->Length());
    default:
        return s->Length();
    }
}


size_t
ngx_invoke_v8_string_part(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t value, size_t at, void *buf, size_t size)
{
    Local<Value>  v = unwrap(value);

    if (!v->IsString() || at > INT32_MAX || size > INT32_MAX - at) {
        return 0;
    }

    return v.As<v8::String>()->WriteOneByte(call->isolate,
               static_cast<uint8_t *>(buf), static_cast<int>(at),
               static_cast<int>(size), v8::String::NO_NULL_TERMINATION);
}


static size_t
encode(v8::Isolate *isolate, Local<v8::String> s, char *dst, int size,
    int *read)
{
    size_t  written = write_utf8(isolate, s, dst, size, read);

    return written != kNoText
           ? written
           : s->WriteUtf8(isolate, dst, size, read,
                          v8::String::NO_NULL_TERMINATION
                          | v8::String::REPLACE_INVALID_UTF8);
}


size_t
ngx_invoke_v8_string_encode(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t value, void *buf, size_t size, size_t *read)
{
    int           units = 0;
    size_t        written;
    Local<Value>  v = unwrap(value);

    written = v->IsString()
              ? encode(call->isolate, v.As<v8::String>(),
                       static_cast<char *>(buf),
                       static_cast<int>(size > INT32_MAX ? INT32_MAX : size),
                       &units)
              : 0;
    *read = units;

    return written;
}


size_t
ngx_invoke_v8_string_write(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t value, ngx_invoke_v8_encoding_e enc, void *buf,
    size_t size)
{
    int                 n = static_cast<int>(size > INT32_MAX ? INT32_MAX
                                                              : size);
    int                 read;
    Local<Value>        v = unwrap(value);
    Local<v8::String>   s;

    if (!v->IsString()) {
        return 0;
    }

    s = v.As<v8::String>();

    switch (enc) {
    case NGX_INVOKE_V8_UTF8:
        return encode(call->isolate, s, static_cast<char *>(buf), n, &read);
    case NGX_INVOKE_V8_UTF16:
        return 2 * static_cast<size_t>(
            s->Write(call->isolate, static_cast<uint16_t *>(buf), 0, n / 2,
                     v8::String::NO_NULL_TERMINATION));
    default:
        return s->WriteOneByte(call->isolate, static_cast<uint8_t *>(buf), 0,
                               n, v8::String::NO_NULL_TERMINATION);
    }
}


ngx_invoke_v8_value_t
too_long(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_throw(call, NGX_INVOKE_V8_ERROR, "ERR_STRING_TOO_LONG",
                        "Cannot create a string longer than 0x1fffffe8 "
                        "characters");
    return nullptr;
}


ngx_invoke_v8_value_t
ngx_invoke_v8_new_string(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_encoding_e enc, const void *data, size_t len)
{
    int                     n = static_cast<int>(len);
    Local<v8::String>       s;
    ngx_invoke_v8_value_t   value;
    MaybeLocal<v8::String>  made;

    if (len > INT32_MAX) {
        return too_long(call);
    }

    if (enc == NGX_INVOKE_V8_UTF8
        && decode_utf8(call, static_cast<const char *>(data), len, &value))
    {
        return value;
    }

    switch (enc) {
    case NGX_INVOKE_V8_UTF8:
        made = v8::String::NewFromUtf8(call->isolate,
                   static_cast<const char *>(data),
                   v8::NewStringType::kNormal, n);
        break;
    case NGX_INVOKE_V8_UTF16:
        made = v8::String::NewFromTwoByte(call->isolate,
                   static_cast<const uint16_t *>(data),
                   v8::NewStringType::kNormal, n / 2);
        break;
    default:
        made = v8::String::NewFromOneByte(call->isolate,
                   static_cast<const uint8_t *>(data),
                   v8::NewStringType::kNormal, n);
    }

    return made.ToLocal(&s) ? wrap(s.As<Value>()) : too_long(call);
}


/*
 * Memory that counts as ArrayBuffers' does. Where the limit is reached
 * garbage may stand in the way.
 */

static void *
take_memory(ngx_invoke_v8_call_t *call, size_t len)
{
    int    i;
    void  *data;

    for (i = 0; i < 2; i++) {
        data = current->allocator->AllocateUninitialized(len);

        if (data != nullptr) {
            return data;
        }

        if (i == 0 && current->allocator->fits(len)) {
            call->isolate->LowMemoryNotification();
        }
    }

    return nullptr;
}


template <class Resource, class Char>
class TakenString : public Resource {
  public:
    TakenString(void *data, size_t size)
        : isolate_(current->isolate), allocator_(current->allocator),
          data_(data), size_(size)
    {
        isolate_->AdjustAmountOfExternalAllocatedMemory(size_);
    }

    ~TakenString() override
    {
        isolate_->AdjustAmountOfExternalAllocatedMemory(
            -static_cast<int64_t>(size_));
        allocator_->Free(data_, size_);
    }

    const Char *data() const override {
        return static_cast<const Char *>(data_);
    }

    size_t length() const override { return size_ / sizeof(Char); }

  private:
    v8::Isolate                 *isolate_;
    std::shared_ptr<Allocator>   allocator_;
    void                        *data_;
    size_t                       size_;
};


using TakenLatin1 = TakenString<v8::String::ExternalOneByteStringResource,
                                char>;
using TakenUtf16 = TakenString<v8::String::ExternalStringResource, uint16_t>;


/* Below this a copy costs less than V8's care for an external string. */

static const size_t  kTakenString = 0xfbee9;


void *
ngx_invoke_v8_string_alloc(ngx_invoke_v8_call_t *call, size_t size)
{
    void  *data = take_memory(call, size);

    if (data == nullptr) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_ERROR,
                            "ERR_MEMORY_ALLOCATION_FAILED",
                            "Failed to allocate memory");
    }

    return data;
}


ngx_invoke_v8_value_t
ngx_invoke_v8_new_string_from(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_encoding_e enc, void *data, size_t size)
{
    Local<v8::String>         s;
    ngx_invoke_v8_value_t     value;
    MaybeLocal<v8::String>    made;

    if (size < kTakenString) {
        value = ngx_invoke_v8_new_string(call, enc, data, size);
        current->allocator->Free(data, size);
        return value;
    }

    if (enc == NGX_INVOKE_V8_UTF16) {
        TakenUtf16  *taken = new TakenUtf16(data, size);

        made = v8::String::NewExternalTwoByte(call->isolate, taken);
        if (made.IsEmpty()) {
            delete taken;
        }

    } else {
        TakenLatin1  *taken = new TakenLatin1(data, size);

        made = v8::String::NewExternalOneByte(call->isolate, taken);
        if (made.IsEmpty()) {
            delete taken;
        }
    }

    return made.ToLocal(&s) ? wrap(s.As<Value>()) : too_long(call);
}


ngx_invoke_v8_value_t
ngx_invoke_v8_concat(ngx_invoke_v8_call_t *call, ngx_invoke_v8_value_t left,
    ngx_invoke_v8_value_t right)
{
    Local<v8::String>  l = unwrap(left).As<v8::String>();
    Local<v8::String>  r = unwrap(right).As<v8::String>();

    if (l->Length() > v8::String::kMaxLength - r->Length()) {
        return too_long(call);
    }

    return wrap(v8::String::Concat(call->isolate, l, r).As<Value>());
}


ngx_invoke_v8_value_t
ngx_invoke_v8_new_name(ngx_invoke_v8_call_t *call, const char *data,
    size_t len)
{
    return wrap(v8::String::NewFromOneByte(call->isolate,
                    reinterpret_cast<const uint8_t *>(data),
                    v8::NewStringType::kInternalized, static_cast<int>(len))
                .ToLocalChecked().As<Value>());
}
