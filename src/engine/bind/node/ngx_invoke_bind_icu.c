
#include "ngx_invoke_bind.h"
#include "ngx_invoke_encode.h"

#include <unicode/uchar.h>
#include <unicode/ucnv.h>
#include <unicode/ustring.h>
#include <unicode/utf16.h>


/* Flags of lib/internal/encoding.js. */

#define NGX_INVOKE_ICU_FLUSH       0x1
#define NGX_INVOKE_ICU_FATAL       0x2
#define NGX_INVOKE_ICU_IGNORE_BOM  0x4

/* What a converter holds, as far as the collector needs to know. */
#define NGX_INVOKE_ICU_SIZE        1024


typedef struct {
    UConverter  *conv;
    unsigned     unicode:1;
    unsigned     ignore_bom:1;
    unsigned     bom_seen:1;
} ngx_invoke_icu_t;


static void ngx_invoke_bind_icu_name(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_icu_transcode(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_icu_width(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_icu_has(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_icu_converter(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_icu_decode(ngx_invoke_v8_call_t *call);


const ngx_invoke_v8_native_t  ngx_invoke_bind_icu[] = {
    { "icuErrName", ngx_invoke_bind_icu_name },
    { "transcode", ngx_invoke_bind_icu_transcode },
    { "getStringWidth", ngx_invoke_bind_icu_width },
    { "hasConverter", ngx_invoke_bind_icu_has },
    { "getConverter", ngx_invoke_bind_icu_converter },
    { "decode", ngx_invoke_bind_icu_decode },
    { NULL, NULL }
};


/* Tells converters from other objects that own memory. */
static const char  ngx_invoke_icu_kind;


/* actor thread, all of this file */

static void
ngx_invoke_bind_icu_name(ngx_invoke_v8_call_t *call)
{
    const char  *name;

    name = u_errorName(ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 0)));

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_name(call, name,
                                                      ngx_strlen(name)));
}


/* Whole buffers */

static const char *
ngx_invoke_icu_encoding(ngx_invoke_v8_call_t *call, int i)
{
    switch (ngx_invoke_encode_parse(call, ngx_invoke_v8_arg(call, i),
                                  NGX_INVOKE_ENCODE_BUFFER))
    {
    case NGX_INVOKE_ENCODE_ASCII:
        return "us-ascii";
    case NGX_INVOKE_ENCODE_LATIN1:
        return "iso8859-1";
    case NGX_INVOKE_ENCODE_UCS2:
        return "utf16le";
    case NGX_INVOKE_ENCODE_UTF8:
        return "utf-8";
    default:
        return NULL;
    }
}


/*
 * Opens a converter that writes "?" for what it cannot express. ICU takes a
 * name that it does not know for that of a file.
 */

static UConverter *
ngx_invoke_icu_open(const char *name, UErrorCode *status)
{
    UConverter  *conv;
    UErrorCode   ignored = U_ZERO_ERROR;

    if (strchr(name, '/') != NULL || *name == '\0' || *name == '.') {
        *status = U_FILE_ACCESS_ERROR;
        return NULL;
    }

    conv = ucnv_open(name, status);

    if (U_FAILURE(*status)) {
        return NULL;
    }

    ucnv_setSubstChars(conv, "????", ucnv_getMinCharSize(conv), &ignored);

    return conv;
}


/*
 * transcode(bytes, from, to): a Uint8Array, or the number of ICU's error.
 * UTF-16 is what lies between.
 */

static void
ngx_invoke_bind_icu_transcode(ngx_invoke_v8_call_t *call)
{
    int32_t                 size;
    size_t                  len;
    UChar                  *middle;
    uint8_t                *data, room[NGX_INVOKE_V8_ROOM];
    UErrorCode              status;
    UConverter             *from, *to;
    const char             *from_name, *to_name;
    const uint8_t          *source;
    ngx_invoke_v8_value_t   bytes;

    status = U_ILLEGAL_ARGUMENT_ERROR;
    from = NULL;
    to = NULL;
    middle = NULL;

    from_name = ngx_invoke_icu_encoding(call, 1);
    to_name = ngx_invoke_icu_encoding(call, 2);

    if (from_name == NULL || to_name == NULL
        || ngx_invoke_v8_view(ngx_invoke_v8_arg(call, 0), room, &source, &len)
           != 0
        || len > INT32_MAX / 8)
    {
        goto failed;
    }

    status = U_ZERO_ERROR;

    from = ngx_invoke_icu_open(from_name, &status);
    to = from != NULL ? ngx_invoke_icu_open(to_name, &status) : NULL;

    if (to == NULL) {
        goto failed;
    }

    /* no encoding makes more than one unit of UTF-16 of a byte */

    middle = malloc((len + 1) * sizeof(UChar));
    if (middle == NULL) {
        status = U_MEMORY_ALLOCATION_ERROR;
        goto failed;
    }

    size = ucnv_toUChars(from, middle, len + 1, (const char *) source, len,
                         &status);
    if (U_FAILURE(status)) {
        goto failed;
    }

    len = size;
    status = U_ZERO_ERROR;
    size = ucnv_fromUChars(to, NULL, 0, middle, len, &status);

    if (status != U_BUFFER_OVERFLOW_ERROR && U_FAILURE(status)) {
        goto failed;
    }

    status = U_ZERO_ERROR;
    bytes = ngx_invoke_v8_new_bytes(call, size, &data);

    if (bytes != NULL) {
        (void) ucnv_fromUChars(to, (char *) data, size, middle, len, &status);
        ngx_invoke_v8_return(call, bytes);
    }

    goto done;

failed:

    ngx_invoke_v8_return_number(call, status);

done:

    free(middle);
    ucnv_close(from);
    ucnv_close(to);
}


/* How many columns a terminal takes for a character. */

static ngx_uint_t
ngx_invoke_icu_columns(UChar32 c, ngx_uint_t ambiguous_wide)
{
    int  width;

    width = u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH);

    if (width == U_EA_FULLWIDTH || width == U_EA_WIDE
        || (width == U_EA_AMBIGUOUS && ambiguous_wide)
        || ((width == U_EA_AMBIGUOUS || width == U_EA_NEUTRAL)
            && u_hasBinaryProperty(c, UCHAR_EMOJI_PRESENTATION)))
    {
        return 2;
    }

    /* a soft hyphen is a format character, yet it has a width */

    return c == 0xad
           || (!(U_MASK(u_charType(c))
                 & (U_GC_CC_MASK|U_GC_CF_MASK|U_GC_ME_MASK|U_GC_MN_MASK))
               && !u_hasBinaryProperty(c, UCHAR_EMOJI_MODIFIER));
}


/* getStringWidth(string, ambiguousAsFullWidth, expandEmojiSequence) */

static void
ngx_invoke_bind_icu_width(ngx_invoke_v8_call_t *call)
{
    UChar32                c, former;
    uint16_t              *units;
    ngx_str_t              s;
    ngx_uint_t             i, n, wide, expand, width;
    ngx_invoke_v8_value_t  v;

    s = ngx_invoke_bind_string(call, 0, NGX_INVOKE_V8_UTF16);
    if (s.data == NULL) {
        return;
    }

    wide = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1)) == 1;
    v = ngx_invoke_v8_arg(call, 2);
    expand = ngx_invoke_v8_type(v) != NGX_INVOKE_V8_BOOLEAN
             || ngx_invoke_v8_int32(v) == 1;

    units = (uint16_t *) s.data;
    n = s.len / 2;
    width = 0;
    c = 0;

    for (i = 0; i < n; /* void */ ) {
        former = c;
        U16_NEXT(units, i, n, c);

        /* what a zero width joiner ties to the character before it */

        if (!expand && former == 0x200d
            && (u_hasBinaryProperty(c, UCHAR_EMOJI_PRESENTATION)
                || u_hasBinaryProperty(c, UCHAR_EMOJI_MODIFIER)))
        {
            continue;
        }

        width += ngx_invoke_icu_columns(c, wide);
    }

    free(s.data);

    ngx_invoke_v8_return_number(call, width);
}


/* TextDecoder's converters */

static void
ngx_invoke_icu_free(void *data)
{
    ngx_invoke_icu_t  *icu = data;

    ucnv_close(icu->conv);
    free(icu);
}


static void
ngx_invoke_bind_icu_has(ngx_invoke_v8_call_t *call)
{
    ngx_str_t    label;
    UConverter  *conv;
    UErrorCode   status = U_ZERO_ERROR;

    label = ngx_invoke_bind_string(call, 0, NGX_INVOKE_V8_UTF8);

    if (label.data != NULL) {
        conv = ngx_invoke_icu_open((char *) label.data, &status);
        ucnv_close(conv);
        free(label.data);

        ngx_invoke_v8_return(call,
            ngx_invoke_v8_new_boolean(call, U_SUCCESS(status)));
    }
}


/* getConverter(label, flags): undefined when there is none */

static void
ngx_invoke_bind_icu_converter(ngx_invoke_v8_call_t *call)
{
    int32_t            flags;
    ngx_str_t          label;
    UConverter        *conv;
    UErrorCode         status = U_ZERO_ERROR;
    ngx_invoke_icu_t  *icu;

    flags = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1));

    label = ngx_invoke_bind_string(call, 0, NGX_INVOKE_V8_UTF8);
    if (label.data == NULL) {
        return;
    }

    conv = ngx_invoke_icu_open((char *) label.data, &status);
    free(label.data);

    if (conv == NULL) {
        return;
    }

    if (flags & NGX_INVOKE_ICU_FATAL) {
        status = U_ZERO_ERROR;
        ucnv_setToUCallBack(conv, UCNV_TO_U_CALLBACK_STOP, NULL, NULL, NULL,
                            &status);
    }

    icu = malloc(sizeof(ngx_invoke_icu_t));
    if (icu == NULL) {
        ucnv_close(conv);
        return;
    }

    icu->conv = conv;
    icu->ignore_bom = (flags & NGX_INVOKE_ICU_IGNORE_BOM) != 0;
    icu->bom_seen = 0;

    switch (ucnv_getType(conv)) {
    case UCNV_UTF8:
    case UCNV_UTF16_BigEndian:
    case UCNV_UTF16_LittleEndian:
        icu->unicode = 1;
        break;
    default:
        icu->unicode = 0;
    }

    ngx_invoke_v8_return(call,
        ngx_invoke_v8_new_holder(call, &ngx_invoke_icu_kind, icu,
                                 NGX_INVOKE_ICU_SIZE, ngx_invoke_icu_free));
}


/* decode(converter, bytes, flags, encoding) */

static void
ngx_invoke_bind_icu_decode(ngx_invoke_v8_call_t *call)
{
    char               message[256];
    size_t             len, limit, size;
    UChar             *out, *target;
    uint8_t            room[NGX_INVOKE_V8_ROOM];
    ngx_str_t          name;
    ngx_int_t          flush;
    UErrorCode         status;
    const char        *source;
    const uint8_t     *data;
    ngx_invoke_icu_t  *icu;

    icu = ngx_invoke_v8_holder(ngx_invoke_v8_arg(call, 0),
                               &ngx_invoke_icu_kind);
    if (icu == NULL) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_TYPE_ERROR,
                            "ERR_INVALID_ARG_TYPE",
                            "The converter is not valid");
        return;
    }

    if (ngx_invoke_v8_view(ngx_invoke_v8_arg(call, 1), room, &data, &len)
        != 0)
    {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_TYPE_ERROR,
                            "ERR_INVALID_ARG_TYPE",
                            "The \"input\" argument must be an instance of "
                            "SharedArrayBuffer, ArrayBuffer or "
                            "ArrayBufferView.");
        return;
    }

    flush = (ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 2))
             & NGX_INVOKE_ICU_FLUSH) != 0;

    /* as Node reckons it: two units a byte, and for those kept back */

    status = U_ZERO_ERROR;
    limit = flush ? ucnv_toUCountPending(icu->conv, &status) : 0;
    limit = 2 * ucnv_getMinCharSize(icu->conv) * ngx_max(len, limit) + 4;

    out = malloc(limit * sizeof(UChar));
    if (out == NULL) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_ERROR,
                            "ERR_MEMORY_ALLOCATION_FAILED",
                            "Failed to allocate memory");
        return;
    }

    status = U_ZERO_ERROR;
    target = out;
    source = (const char *) data;

    ucnv_toUnicode(icu->conv, &target, out + limit, &source, source + len,
                   NULL, flush, &status);

    if (U_SUCCESS(status)) {
        size = target - out;
        target = out;

        if (size > 0 && icu->unicode && !icu->ignore_bom && !icu->bom_seen) {
            if (out[0] == 0xfeff) {
                target++;
                size--;
            }

            icu->bom_seen = 1;
        }

        ngx_invoke_v8_return(call,
            ngx_invoke_encode_make(call, NGX_INVOKE_ENCODE_UCS2,
                                 (uint8_t *) target, size * sizeof(UChar)));

    } else {
        name = ngx_invoke_bind_string(call, 3, NGX_INVOKE_V8_UTF8);

        if (name.data != NULL) {
            *ngx_snprintf((u_char *) message, sizeof(message) - 1,
                          "The encoded data was not valid for encoding %V",
                          &name) = '\0';
            ngx_invoke_v8_throw(call, NGX_INVOKE_V8_TYPE_ERROR,
                                "ERR_ENCODING_INVALID_ENCODED_DATA", message);
            free(name.data);
        }
    }

    if (flush) {
        icu->bom_seen = 0;
        ucnv_reset(icu->conv);
    }

    free(out);
}
