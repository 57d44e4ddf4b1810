
#include "ngx_invoke_http.h"
#include "ngx_invoke_reason.h"


typedef ngx_int_t (*ngx_invoke_header_pt)(ngx_invoke_ctx_t *ctx,
    ngx_table_elt_t *h);


typedef struct {
    ngx_str_t              name;
    ngx_invoke_header_pt   handler;     /* may be NULL */
    ngx_uint_t             listed;      /* is sent from the list */
    ngx_uint_t             offset;      /* of its pointer in headers_out */
} ngx_invoke_header_t;


static ngx_int_t ngx_invoke_header_line(ngx_invoke_ctx_t *ctx, u_char *p,
    u_char *last, ngx_str_t *error);
static ngx_uint_t ngx_invoke_header_hidden(ngx_invoke_ctx_t *ctx,
    ngx_str_t *name);
static ngx_int_t ngx_invoke_header_phrase(ngx_invoke_ctx_t *ctx, u_char *p,
    u_char *last, ngx_str_t *error);
static ngx_uint_t ngx_invoke_header_controls(u_char *p, u_char *last);
static ngx_int_t ngx_invoke_header_refuse(ngx_invoke_ctx_t *ctx,
    ngx_str_t *error, const char *what, u_char *data, size_t len);
static ngx_int_t ngx_invoke_header_body(ngx_invoke_ctx_t *ctx,
    ngx_invoke_reply_t *reply);
static ngx_int_t ngx_invoke_header_since(ngx_http_request_t *r);
static ngx_int_t ngx_invoke_header_etag(ngx_http_request_t *r,
    ngx_invoke_reply_t *reply);
static ngx_int_t ngx_invoke_header_content_type(ngx_invoke_ctx_t *ctx,
    ngx_table_elt_t *h);
static ngx_int_t ngx_invoke_header_content_length(ngx_invoke_ctx_t *ctx,
    ngx_table_elt_t *h);
static ngx_int_t ngx_invoke_header_location(ngx_invoke_ctx_t *ctx,
    ngx_table_elt_t *h);
static ngx_int_t ngx_invoke_header_last_modified(ngx_invoke_ctx_t *ctx,
    ngx_table_elt_t *h);
static ngx_int_t ngx_invoke_header_cache_control(ngx_invoke_ctx_t *ctx,
    ngx_table_elt_t *h);
static ngx_int_t ngx_invoke_header_connection(ngx_invoke_ctx_t *ctx,
    ngx_table_elt_t *h);
static ngx_int_t ngx_invoke_header_redirect(ngx_invoke_ctx_t *ctx,
    ngx_table_elt_t *h);
static ngx_int_t ngx_invoke_header_limit_rate(ngx_invoke_ctx_t *ctx,
    ngx_table_elt_t *h);
static ngx_int_t ngx_invoke_header_charset(ngx_invoke_ctx_t *ctx,
    ngx_table_elt_t *h);
static ngx_int_t ngx_invoke_header_ignore(ngx_invoke_ctx_t *ctx,
    ngx_table_elt_t *h);


/* Headers that nginx has to know of. */

static ngx_invoke_header_t  ngx_invoke_headers[] = {

    /* fields of headers_out */

    { ngx_string("content-type"), ngx_invoke_header_content_type, 0, 0 },
    { ngx_string("content-length"), ngx_invoke_header_content_length, 0, 0 },

    /* the connection's, which nginx writes */

    { ngx_string("connection"), ngx_invoke_header_connection, 0, 0 },
    { ngx_string("keep-alive"), ngx_invoke_header_ignore, 0, 0 },
    { ngx_string("transfer-encoding"), ngx_invoke_header_ignore, 0, 0 },
    { ngx_string("upgrade"), ngx_invoke_header_ignore, 0, 0 },
    { ngx_string("trailer"), ngx_invoke_header_ignore, 0, 0 },

    /* nginx's own, as with proxy_pass */

    { ngx_string("date"), ngx_invoke_header_ignore, 0, 0 },
    { ngx_string("server"), ngx_invoke_header_ignore, 0, 0 },

    /* what they ask for; there is no cache, and nothing is held back */

    { ngx_string("x-accel-redirect"), ngx_invoke_header_redirect, 0, 0 },
    { ngx_string("x-accel-limit-rate"), ngx_invoke_header_limit_rate, 0, 0 },
    { ngx_string("x-accel-charset"), ngx_invoke_header_charset, 0, 0 },
    { ngx_string("x-accel-buffering"), ngx_invoke_header_ignore, 0, 0 },
    { ngx_string("x-accel-expires"), ngx_invoke_header_ignore, 0, 0 },

    { ngx_string("location"), ngx_invoke_header_location, 1, 0 },
    { ngx_string("last-modified"), ngx_invoke_header_last_modified, 1,
      offsetof(ngx_http_headers_out_t, last_modified) },
    { ngx_string("cache-control"), ngx_invoke_header_cache_control, 1, 0 },
    { ngx_string("etag"), NULL, 1,
      offsetof(ngx_http_headers_out_t, etag) },
    { ngx_string("expires"), NULL, 1,
      offsetof(ngx_http_headers_out_t, expires) },
    { ngx_string("refresh"), NULL, 1,
      offsetof(ngx_http_headers_out_t, refresh) },
    { ngx_string("content-range"), NULL, 1,
      offsetof(ngx_http_headers_out_t, content_range) },
    { ngx_string("content-encoding"), NULL, 1,
      offsetof(ngx_http_headers_out_t, content_encoding) },
    { ngx_string("accept-ranges"), NULL, 1,
      offsetof(ngx_http_headers_out_t, accept_ranges) },
    { ngx_string("www-authenticate"), NULL, 1,
      offsetof(ngx_http_headers_out_t, www_authenticate) },

    /* all others */

    { ngx_null_string, NULL, 1, 0 }
};


/* The statuses that nginx has no line of. */

static const ngx_uint_t  ngx_invoke_header_statuses[] = {
    203, 205, 207, 208, 226, 300, 305, 407, 417, 418, 422, 423, 424, 425, 426,
    428, 431, 451, 506, 508, 509, 510, 511, 0
};


/* The characters of a token, RFC 9110; a bit for each. */

static uint32_t  ngx_invoke_header_token[] = {
    0x00000000, /* 0000 0000 0000 0000  0000 0000 0000 0000 */

                /* ?>=< ;:98 7654 3210  /.-, +*)( '&%$ #"!  */
    0x03ff6cfa, /* 0000 0011 1111 1111  0110 1100 1111 1010 */

                /* _^]\ [ZYX WVUT SRQP  ONML KJIH GFED CBA@ */
    0xc7fffffe, /* 1100 0111 1111 1111  1111 1111 1111 1110 */

                /*  ~}| {zyx wvut srqp  onml kjih gfed cba` */
    0x57ffffff, /* 0101 0111 1111 1111  1111 1111 1111 1111 */

    0x00000000,
    0x00000000,
    0x00000000,
    0x00000000
};


ngx_int_t
ngx_invoke_header_set(ngx_invoke_ctx_t *ctx, ngx_invoke_reply_t *reply,
    ngx_str_t *error)
{
    u_char              *p, *last, *eol, text[NGX_INT_T_LEN];
    ngx_int_t            rc;
    ngx_str_t            name, value;
    ngx_http_request_t  *r;

    r = ctx->request;

    if (reply->status < 200 || reply->status > 999) {
        return ngx_invoke_header_refuse(ctx, error, "Invalid status code",
                                        text, ngx_sprintf(text, "%ui",
                                                          reply->status)
                                              - text);
    }

    ngx_invoke_header_status(r, reply->status);

    /* a copy, which lives as long as the request */

    p = ngx_pnalloc(r->pool, reply->headers.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    last = ngx_cpymem(p, reply->headers.data, reply->headers.len);

    for ( /* void */ ; p < last; p = eol + 1) {

        eol = ngx_strlchr(p, last, '\n');
        if (eol == NULL) {
            eol = last;
        }

        rc = ngx_invoke_header_line(ctx, p, eol, error);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    ngx_str_set(&name, "x-trace-id");

    if (!ctx->traced && !ngx_invoke_header_hidden(ctx, &name)) {
        value = ctx->trace_id;

        if (ngx_invoke_header_push(r, &name, &value) == NULL) {
            return NGX_ERROR;
        }
    }

    return ngx_invoke_header_body(ctx, reply);
}


void
ngx_invoke_header_status(ngx_http_request_t *r, ngx_uint_t status)
{
    ngx_uint_t        i;
    const ngx_str_t  *line;

    r->headers_out.status = status;

    for (i = 0; ngx_invoke_header_statuses[i]; i++) {
        if (ngx_invoke_header_statuses[i] == status) {
            line = ngx_invoke_reason_line(status);

            if (line != NULL) {
                r->headers_out.status_line = *line;
            }

            break;
        }
    }
}


static ngx_int_t
ngx_invoke_header_line(ngx_invoke_ctx_t *ctx, u_char *p, u_char *last,
    ngx_str_t *error)
{
    u_char     *colon, *s;
    ngx_str_t   name, value;

    colon = ngx_strlchr(p, last, ':');

    if (colon == p) {
        return ngx_invoke_header_phrase(ctx, p + 1, last, error);
    }

    if (colon == NULL) {
        return ngx_invoke_header_refuse(ctx, error, "Invalid header",
                                        p, last - p);
    }

    name.data = p;
    name.len = colon - p;

    for (s = p; s < colon; s++) {
        if (!(ngx_invoke_header_token[*s >> 5] & (1U << (*s & 0x1f)))) {
            return ngx_invoke_header_refuse(ctx, error,
                                            "Header name must be a valid "
                                            "HTTP token", p, name.len);
        }
    }

    for (p = colon + 1; p < last && (*p == ' ' || *p == '\t'); p++) {
        /* void */
    }

    while (last > p && (last[-1] == ' ' || last[-1] == '\t')) {
        last--;
    }

    value.data = p;
    value.len = last - p;

    if (ngx_invoke_header_controls(p, last)) {
        return ngx_invoke_header_refuse(ctx, error,
                                        "Invalid character in header content",
                                        name.data, name.len);
    }

    if (name.len == sizeof("x-trace-id") - 1
        && ngx_strncasecmp(name.data, (u_char *) "x-trace-id", name.len) == 0)
    {
        ctx->traced = 1;
    }

    return ngx_invoke_header_add(ctx, &name, &value);
}


ngx_int_t
ngx_invoke_header_add(ngx_invoke_ctx_t *ctx, ngx_str_t *name, ngx_str_t *value)
{
    ngx_table_elt_t       h, *header, **place;
    ngx_http_request_t   *r;
    ngx_invoke_header_t  *known;

    r = ctx->request;

    for (known = ngx_invoke_headers; known->name.len; known++) {

        if (known->name.len == name->len
            && ngx_strncasecmp(known->name.data, name->data, name->len) == 0)
        {
            break;
        }
    }

    /* what is not sent from the list is, but for the type, not sent at all */

    if ((known->listed || known->handler == ngx_invoke_header_content_type)
        && ngx_invoke_header_hidden(ctx, name))
    {
        return NGX_OK;
    }

    if (known->listed) {
        header = ngx_invoke_header_push(r, name, value);
        if (header == NULL) {
            return NGX_ERROR;
        }

        if (known->offset) {
            place = (ngx_table_elt_t **)
                        ((char *) &r->headers_out + known->offset);
            *place = header;
        }

    } else {
        h.value = *value;
        header = &h;
    }

    return known->handler ? known->handler(ctx, header) : NGX_OK;
}


static ngx_uint_t
ngx_invoke_header_hidden(ngx_invoke_ctx_t *ctx, ngx_str_t *name)
{
    ngx_str_t   *hidden;
    ngx_uint_t   i;

    if (ctx->conf->hide_headers == NULL) {
        return 0;
    }

    hidden = ctx->conf->hide_headers->elts;

    for (i = 0; i < ctx->conf->hide_headers->nelts; i++) {
        if (hidden[i].len == name->len
            && ngx_strncasecmp(hidden[i].data, name->data, name->len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


/* The function's own phrase of the status, which HTTP/1 alone has. */

static ngx_int_t
ngx_invoke_header_phrase(ngx_invoke_ctx_t *ctx, u_char *p, u_char *last,
    ngx_str_t *error)
{
    ngx_str_t           *line;
    ngx_http_request_t  *r;

    r = ctx->request;
    line = &r->headers_out.status_line;

    if (ngx_invoke_header_controls(p, last)) {
        return ngx_invoke_header_refuse(ctx, error, "Invalid character in "
                                        "statusMessage", (u_char *) "", 0);
    }

    line->data = ngx_pnalloc(r->pool, sizeof("999 ") - 1 + (last - p));
    if (line->data == NULL) {
        return NGX_ERROR;
    }

    line->len = ngx_sprintf(line->data, "%03ui %*s", r->headers_out.status,
                            (size_t) (last - p), p)
                - line->data;

    return NGX_OK;
}


static ngx_uint_t
ngx_invoke_header_controls(u_char *p, u_char *last)
{
    for ( /* void */ ; p < last; p++) {
        if ((*p < ' ' && *p != '\t') || *p == 0x7f) {
            return 1;
        }
    }

    return 0;
}


ngx_table_elt_t *
ngx_invoke_header_push(ngx_http_request_t *r, ngx_str_t *name,
    ngx_str_t *value)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NULL;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));

    h->hash = 1;
    h->key = *name;
    h->value = *value;

    return h;
}


static ngx_int_t
ngx_invoke_header_refuse(ngx_invoke_ctx_t *ctx, ngx_str_t *error,
    const char *what, u_char *data, size_t len)
{
    len = ngx_min(len, 256);

    error->data = ngx_pnalloc(ctx->request->pool,
                              ngx_strlen(what) + sizeof(" [\"\"]") - 1 + len);
    if (error->data == NULL) {
        return NGX_ERROR;
    }

    error->len = ngx_sprintf(error->data, "%s [\"%*s\"]", what, len, data)
                 - error->data;

    return NGX_DECLINED;
}


/*
 * What goes with the body: its length, and whether nginx may answer
 * conditional and range requests. It may do the former only by what the
 * function has set: a missing ETag would fail each If-Match.
 */

static ngx_int_t
ngx_invoke_header_body(ngx_invoke_ctx_t *ctx, ngx_invoke_reply_t *reply)
{
    ngx_http_request_t      *r;
    ngx_http_headers_in_t   *in;
    ngx_http_headers_out_t  *out;

    r = ctx->request;
    in = &r->headers_in;
    out = &r->headers_out;

    if (reply->fd != -1) {
        out->content_length_n = reply->file_size;

        if (out->last_modified == NULL) {
            out->last_modified_time = reply->file_mtime;
        }

        if (reply->file_etag && out->etag == NULL
            && ngx_http_set_etag(r) != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (out->last_modified == NULL && !reply->file_modified) {
            out->last_modified_time = -1;
        }

        if (reply->file_no_cache) {
            in->if_none_match = NULL;
            in->if_modified_since = NULL;
        }

        if (reply->file_ranges) {
            r->allow_ranges = 1;

            if (out->accept_ranges) {
                out->accept_ranges->hash = 0;
                out->accept_ranges = NULL;
            }
        }

    } else if (reply->last
               && !(r->method == NGX_HTTP_HEAD && reply->body.len == 0
                    && ctx->rest != -1))
    {
        out->content_length_n = reply->body.len;

    } else {
        out->content_length_n = ctx->rest;
    }

    if (reply->last) {
        ctx->rest = -1;
    }

    if (reply->etag_len && ngx_invoke_header_etag(r, reply) != NGX_OK) {
        return NGX_ERROR;
    }

    /* with both of them the date does not count, but for nginx's filter */

    if (in->if_none_match && out->etag) {
        in->if_modified_since = NULL;

    } else if (in->if_modified_since && reply->fd != -1
               && ngx_invoke_header_since(r) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (out->status == NGX_HTTP_NOT_MODIFIED) {
        ngx_http_clear_content_length(r);
    }

    r->disable_not_modified =
        reply->decided
        || !(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))
        || (out->etag == NULL && out->last_modified_time == -1)
        || (in->if_match && out->etag == NULL)
        || (in->if_unmodified_since && out->last_modified_time == -1);

    return NGX_OK;
}


/*
 * A client that has a file of a later time has this one, too; nginx's filter
 * would want the very time, unless it is told otherwise.
 */

static ngx_int_t
ngx_invoke_header_since(ngx_http_request_t *r)
{
    time_t            since;
    ngx_table_elt_t  *h;

    since = ngx_parse_http_time(r->headers_in.if_modified_since->value.data,
                                r->headers_in.if_modified_since->value.len);

    if (r->headers_out.last_modified_time == -1
        || since < r->headers_out.last_modified_time)
    {
        return NGX_OK;
    }

    h = ngx_palloc(r->pool, sizeof(ngx_table_elt_t));
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = *r->headers_in.if_modified_since;

    h->value.data = ngx_pnalloc(r->pool,
                                sizeof("Mon, 28 Sep 1970 06:00:00 GMT") - 1);
    if (h->value.data == NULL) {
        return NGX_ERROR;
    }

    h->value.len = ngx_http_time(h->value.data,
                                 r->headers_out.last_modified_time)
                   - h->value.data;

    r->headers_in.if_modified_since = h;

    return NGX_OK;
}


/* That was made of the body. */

static ngx_int_t
ngx_invoke_header_etag(ngx_http_request_t *r, ngx_invoke_reply_t *reply)
{
    ngx_str_t  name, value;

    value.data = ngx_pnalloc(r->pool, reply->etag_len);
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(value.data, reply->etag, reply->etag_len);
    value.len = reply->etag_len;

    ngx_str_set(&name, "ETag");

    r->headers_out.etag = ngx_invoke_header_push(r, &name, &value);

    return r->headers_out.etag ? NGX_OK : NGX_ERROR;
}


/*
 * The length of the type itself is apart, for those who compare types; with
 * a charset parameter nginx adds none.
 */

static ngx_int_t
ngx_invoke_header_content_type(ngx_invoke_ctx_t *ctx, ngx_table_elt_t *h)
{
    u_char                  *p, *last, *end;
    ngx_http_headers_out_t  *out;

    out = &ctx->request->headers_out;

    out->content_type = h->value;
    out->content_type_len = h->value.len;
    out->content_type_lowcase = NULL;

    p = h->value.data;
    last = p + h->value.len;

    end = ngx_strlchr(p, last, ';');

    if (end == NULL) {
        return NGX_OK;
    }

    for (p = end; end > h->value.data && end[-1] == ' '; end--) { /* void */ }

    out->content_type_len = end - h->value.data;

    while (p) {

        for (p++; p < last && *p == ' '; p++) { /* void */ }

        if (last - p > 8
            && ngx_strncasecmp(p, (u_char *) "charset=", 8) == 0)
        {
            p += 8;
            end = ngx_strlchr(p, last, ';');

            if (end == NULL) {
                end = last;
            }

            if (*p == '"') {
                p++;
            }

            if (end > p && end[-1] == '"') {
                end--;
            }

            out->charset.data = p;
            out->charset.len = end - p;

            break;
        }

        p = ngx_strlchr(p, last, ';');
    }

    return NGX_OK;
}


/* Of use with a streamed response alone: of others the length is known. */

static ngx_int_t
ngx_invoke_header_content_length(ngx_invoke_ctx_t *ctx, ngx_table_elt_t *h)
{
    off_t  n;

    n = ngx_atoof(h->value.data, h->value.len);

    if (n != NGX_ERROR) {
        ctx->rest = n;
    }

    return NGX_OK;
}


/* nginx would make a local path absolute. */

static ngx_int_t
ngx_invoke_header_location(ngx_invoke_ctx_t *ctx, ngx_table_elt_t *h)
{
    if (h->value.len && h->value.data[0] != '/') {
        ctx->request->headers_out.location = h;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_invoke_header_last_modified(ngx_invoke_ctx_t *ctx, ngx_table_elt_t *h)
{
    ctx->request->headers_out.last_modified_time =
                        ngx_parse_http_time(h->value.data, h->value.len);

    return NGX_OK;
}


/* nginx's "expires" replaces it */

static ngx_int_t
ngx_invoke_header_cache_control(ngx_invoke_ctx_t *ctx, ngx_table_elt_t *h)
{
    ngx_table_elt_t         **ph;
    ngx_http_headers_out_t   *out;

    out = &ctx->request->headers_out;

#if (nginx_version >= 1023000)

    for (ph = &out->cache_control; *ph; ph = &(*ph)->next) { /* void */ }

#else

    if (out->cache_control.elts == NULL
        && ngx_array_init(&out->cache_control, ctx->request->pool, 1,
                          sizeof(ngx_table_elt_t *))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    ph = ngx_array_push(&out->cache_control);
    if (ph == NULL) {
        return NGX_ERROR;
    }

#endif

    *ph = h;

    return NGX_OK;
}


static ngx_int_t
ngx_invoke_header_connection(ngx_invoke_ctx_t *ctx, ngx_table_elt_t *h)
{
    if (h->value.len == 5
        && ngx_strncasecmp(h->value.data, (u_char *) "close", 5) == 0)
    {
        ctx->request->keepalive = 0;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_invoke_header_redirect(ngx_invoke_ctx_t *ctx, ngx_table_elt_t *h)
{
    ctx->redirect = h->value;
    ctx->redirected = 1;

    return NGX_OK;
}


static ngx_int_t
ngx_invoke_header_limit_rate(ngx_invoke_ctx_t *ctx, ngx_table_elt_t *h)
{
    ngx_int_t  n;

    n = ngx_atoi(h->value.data, h->value.len);

    if (n != NGX_ERROR) {
        ctx->request->limit_rate = n;
        ctx->request->limit_rate_set = 1;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_invoke_header_charset(ngx_invoke_ctx_t *ctx, ngx_table_elt_t *h)
{
    ngx_str_t  *charset;

    charset = ngx_palloc(ctx->request->pool, sizeof(ngx_str_t));
    if (charset == NULL) {
        return NGX_ERROR;
    }

    *charset = h->value;
    ctx->request->headers_out.override_charset = charset;

    return NGX_OK;
}


static ngx_int_t
ngx_invoke_header_ignore(ngx_invoke_ctx_t *ctx, ngx_table_elt_t *h)
{
    return NGX_OK;
}
