
#include "ngx_invoke_escape.h"


/* What the longest sequence becomes: U+0080 to U+009F, as "\xc2\x80". */
#define NGX_INVOKE_ESCAPE_MAX  8


static size_t ngx_invoke_escape_sequence(const u_char *p, const u_char *last);
static u_char *ngx_invoke_escape_byte(u_char *dst, u_char ch);


u_char *
ngx_invoke_escape(u_char *dst, u_char *end, u_char **src, u_char *last)
{
    size_t   n;
    u_char  *p;

    for (p = *src; p < last && end - dst >= NGX_INVOKE_ESCAPE_MAX; p += n) {

        n = 1;

        if (*p >= ' ' && *p < 0x7f && *p != '\\') {
            *dst++ = *p;
            continue;
        }

        if (*p < 0x80) {
            dst = ngx_invoke_escape_byte(dst, *p);
            continue;
        }

        n = ngx_invoke_escape_sequence(p, last);

        if (n == 0) {
            n = 1;
            dst = ngx_invoke_escape_byte(dst, *p);

        } else if (*p == 0xc2 && p[1] < 0xa0) {
            dst = ngx_invoke_escape_byte(dst, p[0]);
            dst = ngx_invoke_escape_byte(dst, p[1]);

        } else {
            dst = ngx_cpymem(dst, p, n);
        }
    }

    *src = p;

    return dst;
}


/*
 * The length of the character of two or more bytes at p, 0 when it is no
 * valid UTF-8. ngx_utf8_decode() takes any byte from 0x80 for a continuation.
 */

static size_t
ngx_invoke_escape_sequence(const u_char *p, const u_char *last)
{
    size_t  i, n;

    if (*p < 0xc2 || *p > 0xf4) {
        return 0;
    }

    n = *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;

    if ((size_t) (last - p) < n) {
        return 0;
    }

    for (i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
    }

    /* overlong, a surrogate, beyond U+10FFFF */

    if ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f)
        || (*p == 0xf0 && p[1] < 0x90) || (*p == 0xf4 && p[1] > 0x8f))
    {
        return 0;
    }

    return n;
}


static u_char *
ngx_invoke_escape_byte(u_char *dst, u_char ch)
{
    static u_char  hex[] = "0123456789abcdef";

    *dst++ = '\\';

    switch (ch) {

    case '\\':
        *dst++ = '\\';
        break;

    case '\n':
        *dst++ = 'n';
        break;

    case '\r':
        *dst++ = 'r';
        break;

    case '\t':
        *dst++ = 't';
        break;

    default:
        *dst++ = 'x';
        *dst++ = hex[ch >> 4];
        *dst++ = hex[ch & 0xf];
    }

    return dst;
}


ngx_str_t
ngx_invoke_escape_name(u_char *buf, const ngx_str_t *name)
{
    u_char     *src;
    ngx_str_t   s;

    src = name->data;

    s.data = buf;
    s.len = ngx_invoke_escape(buf, buf + NGX_INVOKE_ESCAPE_NAME, &src,
                              name->data + name->len)
            - buf;

    return s;
}
