
#include "ngx_invoke_execution_row.h"


/* The memory is kept between rows unless it is larger than that. */
#define NGX_INVOKE_EXECUTION_ROW_KEPT  (256 * 1024)

/* At worst a byte becomes \u00XX. */
#define NGX_INVOKE_EXECUTION_ROW_ESCAPED  6


static size_t ngx_invoke_execution_row_size(
    const ngx_invoke_execution_row_t *row);
static u_char *ngx_invoke_execution_row_member(u_char *p, const char *name,
    const ngx_str_t *value, size_t max);
static u_char *ngx_invoke_execution_row_number(u_char *p, const char *name,
    int64_t value);
static u_char *ngx_invoke_execution_row_headers(u_char *p, const char *name,
    ngx_invoke_field_t *fields, ngx_uint_t n);
static ngx_uint_t ngx_invoke_execution_row_same(ngx_invoke_field_t *a,
    ngx_invoke_field_t *b);
static u_char *ngx_invoke_execution_row_console(u_char *p,
    ngx_invoke_execution_line_t *lines, ngx_uint_t n);
static u_char *ngx_invoke_execution_row_text(u_char *p, const u_char *src,
    const u_char *last);
static size_t ngx_invoke_execution_row_char(const u_char *p,
    const u_char *last);


static u_char  *ngx_invoke_execution_row_buf;
static size_t   ngx_invoke_execution_row_room;


ngx_str_t
ngx_invoke_execution_row_json(const ngx_invoke_execution_row_t *row)
{
    u_char     *p;
    size_t      size;
    ngx_str_t   json;

    ngx_str_null(&json);

    size = ngx_invoke_execution_row_size(row);

    if (size > ngx_invoke_execution_row_room
        || ngx_invoke_execution_row_room > NGX_INVOKE_EXECUTION_ROW_KEPT)
    {
        ngx_invoke_execution_row_done();

        p = malloc(size);
        if (p == NULL) {
            return json;
        }

        ngx_invoke_execution_row_buf = p;
        ngx_invoke_execution_row_room = size;
    }

    json.data = ngx_invoke_execution_row_buf;

    p = ngx_sprintf(json.data, "{\"f\":\"%V\",\"t\":%T.%03ui,\"k\":%s",
                    &row->function, row->sec, row->msec,
                    row->key_used ? "true" : "false");

    p = ngx_invoke_execution_row_number(p, "status", row->status);
    p = ngx_invoke_execution_row_number(p, "ms", row->time);
    p = ngx_invoke_execution_row_number(p, "rqs", row->request_size);
    p = ngx_invoke_execution_row_number(p, "rss", row->response_size);

    p = ngx_invoke_execution_row_headers(p, "rqh", row->request_headers,
                                         row->nrequest_headers);
    p = ngx_invoke_execution_row_headers(p, "rsh", row->response_headers,
                                         row->nresponse_headers);

    p = ngx_invoke_execution_row_member(p, "rqb", &row->request_body,
                                        NGX_INVOKE_EXECUTION_LOG_BODY);
    p = ngx_invoke_execution_row_member(p, "rsb", &row->response_body,
                                        NGX_INVOKE_EXECUTION_LOG_BODY);
    p = ngx_invoke_execution_row_member(p, "m", &row->method,
                                        NGX_INVOKE_EXECUTION_LOG_METHOD);
    p = ngx_invoke_execution_row_member(p, "u", &row->url,
                                        NGX_INVOKE_EXECUTION_LOG_URL);
    p = ngx_invoke_execution_row_member(p, "e", &row->error,
                                        NGX_INVOKE_EXECUTION_LOG_ERROR);
    p = ngx_invoke_execution_row_member(p, "ip", &row->client_ip,
                                        NGX_SOCKADDR_STRLEN);
    p = ngx_invoke_execution_row_member(p, "ua", &row->user_agent,
                                        NGX_INVOKE_EXECUTION_LOG_AGENT);

    p = ngx_invoke_execution_row_console(p, row->lines, row->nlines);

    *p++ = '}';

    json.len = p - json.data;

    return json;
}


void
ngx_invoke_execution_row_done(void)
{
    free(ngx_invoke_execution_row_buf);
    ngx_invoke_execution_row_buf = NULL;
    ngx_invoke_execution_row_room = 0;
}


ngx_str_t
ngx_invoke_execution_cut(const ngx_str_t *text, size_t max)
{
    ngx_str_t  cut;

    cut = *text;

    if (cut.len > max) {
        cut.len = max;

        /* what goes on for longer is no character */

        while (cut.len && max - cut.len < 4
               && (cut.data[cut.len] & 0xc0) == 0x80)
        {
            cut.len--;
        }
    }

    return cut;
}


/* The most that a row can become. */

static size_t
ngx_invoke_execution_row_size(const ngx_invoke_execution_row_t *row)
{
    size_t      text, fixed;
    ngx_uint_t  i;

    fixed = 512 + 4 * NGX_INT64_LEN + row->function.len
            + (row->nrequest_headers + row->nresponse_headers)
              * sizeof("\"\":\"\",  ")
            + row->nlines * sizeof("{\"level\":\"\",\"message\":\"\","
                                   "\"timestamp\":\"1970-09-28T12:00:00.000Z"
                                   "\"},");

    text = ngx_min(row->request_body.len, NGX_INVOKE_EXECUTION_LOG_BODY)
           + ngx_min(row->response_body.len, NGX_INVOKE_EXECUTION_LOG_BODY)
           + NGX_INVOKE_EXECUTION_LOG_METHOD
           + ngx_min(row->url.len, NGX_INVOKE_EXECUTION_LOG_URL)
           + ngx_min(row->error.len, NGX_INVOKE_EXECUTION_LOG_ERROR)
           + NGX_SOCKADDR_STRLEN
           + ngx_min(row->user_agent.len, NGX_INVOKE_EXECUTION_LOG_AGENT);

    for (i = 0; i < row->nrequest_headers; i++) {
        text += row->request_headers[i].name.len
                + row->request_headers[i].value.len;
    }

    for (i = 0; i < row->nresponse_headers; i++) {
        text += row->response_headers[i].name.len
                + row->response_headers[i].value.len;
    }

    for (i = 0; i < row->nlines; i++) {
        text += row->lines[i].level.len + row->lines[i].message.len;
    }

    return fixed + text * NGX_INVOKE_EXECUTION_ROW_ESCAPED;
}


static u_char *
ngx_invoke_execution_row_member(u_char *p, const char *name,
    const ngx_str_t *value, size_t max)
{
    ngx_str_t  text;

    if (value->data == NULL) {
        return p;
    }

    text = ngx_invoke_execution_cut(value, max);

    p = ngx_sprintf(p, ",\"%s\":\"", name);
    p = ngx_invoke_execution_row_text(p, text.data, text.data + text.len);
    *p++ = '"';

    return p;
}


/* Not more than an integer of the database; what is negative is null. */

static u_char *
ngx_invoke_execution_row_number(u_char *p, const char *name, int64_t value)
{
    if (value < 0) {
        return p;
    }

    return ngx_sprintf(p, ",\"%s\":%L", name,
                       ngx_min(value, (int64_t) NGX_MAX_INT32_VALUE));
}


/* Headers of one name become one, as they do for a function. */

static u_char *
ngx_invoke_execution_row_headers(u_char *p, const char *name,
    ngx_invoke_field_t *fields, ngx_uint_t n)
{
    u_char      *start, *key;
    size_t       left, len;
    ngx_uint_t   i, k, known;

    p = ngx_sprintf(p, ",\"%s\":{", name);

    start = p;
    left = NGX_INVOKE_EXECUTION_LOG_HEADERS;
    n = ngx_min(n, NGX_INVOKE_EXECUTION_LOG_FIELDS);

    for (i = 0; i < n; i++) {

        known = 0;

        for (k = 0; k < i && !known; k++) {
            known = ngx_invoke_execution_row_same(&fields[k], &fields[i]);
        }

        if (known) {
            continue;
        }

        key = NULL;

        for (k = i; k < n; k++) {

            len = fields[k].name.len + fields[k].value.len;

            if (len > left
                || !ngx_invoke_execution_row_same(&fields[k], &fields[i]))
            {
                continue;
            }

            left -= len;

            if (key) {
                p = ngx_cpymem(p, ", ", 2);

            } else {
                p = ngx_sprintf(p, "%s\"", p == start ? "" : ",");
                key = p;

                p = ngx_invoke_execution_row_text(p, fields[k].name.data,
                                  fields[k].name.data + fields[k].name.len);

                ngx_strlow(key, key, p - key);

                p = ngx_cpymem(p, "\":\"", 3);
            }

            p = ngx_invoke_execution_row_text(p, fields[k].value.data,
                                fields[k].value.data + fields[k].value.len);
        }

        if (key) {
            *p++ = '"';
        }
    }

    *p++ = '}';

    return p;
}


static ngx_uint_t
ngx_invoke_execution_row_same(ngx_invoke_field_t *a, ngx_invoke_field_t *b)
{
    return a->name.len == b->name.len
           && ngx_strncasecmp(a->name.data, b->name.data, a->name.len) == 0;
}


static u_char *
ngx_invoke_execution_row_console(u_char *p, ngx_invoke_execution_line_t *lines,
    ngx_uint_t n)
{
    ngx_tm_t     tm;
    ngx_str_t   *message;
    ngx_uint_t   i;

    p = ngx_sprintf(p, ",\"c\":[");

    for (i = 0; i < n; i++) {

        p = ngx_sprintf(p, "%s{\"level\":\"%V\",\"message\":\"",
                        i ? "," : "", &lines[i].level);

        message = &lines[i].message;
        p = ngx_invoke_execution_row_text(p, message->data,
                                          message->data + message->len);

        ngx_gmtime(lines[i].sec, &tm);

        p = ngx_sprintf(p, "\",\"timestamp\":"
                        "\"%4d-%02d-%02dT%02d:%02d:%02d.%03uiZ\"}",
                        tm.ngx_tm_year, tm.ngx_tm_mon, tm.ngx_tm_mday,
                        tm.ngx_tm_hour, tm.ngx_tm_min, tm.ngx_tm_sec,
                        lines[i].msec);
    }

    *p++ = ']';

    return p;
}


/* The inside of a JSON string. */

static u_char *
ngx_invoke_execution_row_text(u_char *p, const u_char *src,
    const u_char *last)
{
    size_t         len;

    static u_char  hex[] = "0123456789abcdef";

    while (src < last) {

        if (*src >= 0x80) {
            len = ngx_invoke_execution_row_char(src, last);

            if (len == 0) {
                p = ngx_cpymem(p, "\xef\xbf\xbd", 3);
                src++;
                continue;
            }

            p = ngx_cpymem(p, src, len);
            src += len;
            continue;
        }

        if (*src == '"' || *src == '\\') {
            *p++ = '\\';
            *p++ = *src++;
            continue;
        }

        if (*src >= 0x20) {
            *p++ = *src++;
            continue;
        }

        /* the database has no NUL */

        if (*src == '\0') {
            p = ngx_cpymem(p, "\xef\xbf\xbd", 3);
            src++;
            continue;
        }

        p = ngx_cpymem(p, "\\u00", 4);
        *p++ = hex[*src >> 4];
        *p++ = hex[*src++ & 0xf];
    }

    return p;
}


/* The length of a character of UTF-8 that is no ASCII, or 0: it is none. */

static size_t
ngx_invoke_execution_row_char(const u_char *p, const u_char *last)
{
    size_t    i, len;
    uint32_t  ch;

    static const uint32_t  least[] = { 0, 0, 0x80, 0x800, 0x10000 };

    if (*p >= 0xf0 && *p < 0xf8) {
        len = 4;
        ch = *p & 0x07;

    } else if (*p >= 0xe0 && *p < 0xf0) {
        len = 3;
        ch = *p & 0x0f;

    } else if (*p >= 0xc0 && *p < 0xe0) {
        len = 2;
        ch = *p & 0x1f;

    } else {
        return 0;
    }

    if ((size_t) (last - p) < len) {
        return 0;
    }

    for (i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }

        ch = (ch << 6) | (p[i] & 0x3f);
    }

    if (ch < least[len] || ch > 0x10ffff || (ch >= 0xd800 && ch <= 0xdfff)) {
        return 0;
    }

    return len;
}
