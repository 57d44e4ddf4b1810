
#include "ngx_invoke_text.h"


#define NGX_INVOKE_TEXT_BUFFER  8192
#define NGX_INVOKE_TEXT_PRINTF  512


static ngx_int_t ngx_invoke_text_reserve(ngx_invoke_text_t *text, size_t len);


void
ngx_invoke_text_init(ngx_invoke_text_t *text, ngx_pool_t *pool)
{
    ngx_memzero(text, sizeof(ngx_invoke_text_t));

    text->pool = pool;
    text->next = &text->first;
}


static ngx_int_t
ngx_invoke_text_reserve(ngx_invoke_text_t *text, size_t len)
{
    ngx_chain_t  *cl;

    if (text->failed) {
        return NGX_ERROR;
    }

    if (text->buf && (size_t) (text->buf->end - text->buf->last) >= len) {
        return NGX_OK;
    }

    cl = ngx_alloc_chain_link(text->pool);
    if (cl == NULL) {
        text->failed = 1;
        return NGX_ERROR;
    }

    cl->buf = ngx_create_temp_buf(text->pool,
                                  ngx_max(len, NGX_INVOKE_TEXT_BUFFER));
    if (cl->buf == NULL) {
        text->failed = 1;
        return NGX_ERROR;
    }

    cl->next = NULL;

    text->buf = cl->buf;
    *text->next = cl;
    text->next = &cl->next;

    return NGX_OK;
}


void
ngx_invoke_text_printf(ngx_invoke_text_t *text, const char *fmt, ...)
{
    u_char   *p;
    va_list   args;

    if (ngx_invoke_text_reserve(text, NGX_INVOKE_TEXT_PRINTF) != NGX_OK) {
        return;
    }

    p = text->buf->last;

    va_start(args, fmt);
    text->buf->last = ngx_vslprintf(p, p + NGX_INVOKE_TEXT_PRINTF, fmt, args);
    va_end(args);

    text->size += text->buf->last - p;
}


void
ngx_invoke_text_json(ngx_invoke_text_t *text, ngx_str_t *value)
{
    u_char    *p, *last, *start, *dst;
    size_t     len;
    uint32_t   ch;

    p = value->data;
    last = p + value->len;

    /* at worst each byte becomes \u00XX, or the three of U+FFFD */

    if (ngx_invoke_text_reserve(text, 6 * value->len + 2) != NGX_OK) {
        return;
    }

    dst = text->buf->last;
    *dst++ = '"';

    while (p < last) {
        start = p;

        if (*p < 0x80) {
            dst = (u_char *) ngx_escape_json(dst, p, 1);
            p++;
            continue;
        }

        ch = ngx_utf8_decode(&p, last - p);
        len = p - start;

        if (ch > 0x10ffff || (ch >= 0xd800 && ch <= 0xdfff)) {
            dst = ngx_cpymem(dst, "\xef\xbf\xbd", 3);
            p = start + 1;
            continue;
        }

        dst = ngx_cpymem(dst, start, len);
    }

    *dst++ = '"';

    text->size += dst - text->buf->last;
    text->buf->last = dst;
}


void
ngx_invoke_text_time(ngx_invoke_text_t *text)
{
    ngx_tm_t     tm;
    ngx_time_t  *tp;

    tp = ngx_timeofday();

    ngx_gmtime(tp->sec, &tm);

    ngx_invoke_text_printf(text, "\"%4d-%02d-%02dT%02d:%02d:%02d.%03MZ\"",
                           tm.ngx_tm_year, tm.ngx_tm_mon, tm.ngx_tm_mday,
                           tm.ngx_tm_hour, tm.ngx_tm_min, tm.ngx_tm_sec,
                           tp->msec);
}


ngx_int_t
ngx_invoke_text_send(ngx_invoke_text_t *text, ngx_http_request_t *r,
    const char *type)
{
    size_t     len;
    ngx_int_t  rc;

    if (ngx_invoke_text_reserve(text, 1) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    text->buf->last_buf = (r == r->main);
    text->buf->last_in_chain = 1;

    len = ngx_strlen(type);

    r->headers_out.content_type.data = (u_char *) type;
    r->headers_out.content_type.len = len;
    r->headers_out.content_type_len = ngx_strchr(type, ';') - type;
    r->headers_out.content_type_lowcase = NULL;
    ngx_str_set(&r->headers_out.charset, "utf-8");
    r->headers_out.content_length_n = text->size;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    return ngx_http_output_filter(r, text->first);
}
