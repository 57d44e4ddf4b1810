
#include "ngx_invoke_http.h"
#include "ngx_invoke_execution_log.h"
#include "ngx_invoke_headers.h"


/* What is gathered of a request while it runs, in its pool. */

struct ngx_invoke_log_s {
    ngx_array_t                *lines;      /* ngx_invoke_execution_line_t */
    size_t                      size;       /* of their messages */
    ngx_str_t                   error;
    ngx_str_t                   request_body;
    ngx_str_t                   response_body;
    unsigned                    typed:1;    /* the next one is known */
    unsigned                    textual:1;  /* the response is text */
};


static ngx_invoke_log_t *ngx_invoke_log_get(ngx_invoke_ctx_t *ctx);
static ngx_invoke_log_t *ngx_invoke_log_of_body(ngx_invoke_ctx_t *ctx);
static ngx_uint_t ngx_invoke_log_textual(ngx_str_t *type);
static ngx_uint_t ngx_invoke_log_status(ngx_invoke_ctx_t *ctx);
static void ngx_invoke_log_sizes(ngx_invoke_ctx_t *ctx,
    ngx_invoke_execution_row_t *row);
static void ngx_invoke_log_url(ngx_invoke_ctx_t *ctx, ngx_str_t *url);
static void ngx_invoke_log_client(ngx_invoke_ctx_t *ctx, ngx_str_t *ip);
static void ngx_invoke_log_request_headers(ngx_invoke_ctx_t *ctx,
    ngx_invoke_execution_row_t *row);
static void ngx_invoke_log_response_headers(ngx_invoke_ctx_t *ctx,
    ngx_invoke_execution_row_t *row);
static ngx_invoke_field_t *ngx_invoke_log_fields(ngx_invoke_ctx_t *ctx,
    ngx_list_t *headers, ngx_uint_t request, ngx_uint_t *n);


/* What is text, beside text/ and what ends in +json or +xml. */

static ngx_str_t  ngx_invoke_log_types[] = {
    ngx_string("application/json"),
    ngx_string("application/xml"),
    ngx_string("application/javascript"),
    ngx_string("application/x-javascript"),
    ngx_string("application/x-www-form-urlencoded"),
    ngx_string("application/x-ndjson"),
    ngx_string("application/graphql"),
    ngx_null_string
};


void
ngx_invoke_log_request(ngx_invoke_ctx_t *ctx)
{
    ngx_invoke_log_t            *log;
    ngx_http_request_t          *r;
    ngx_invoke_execution_row_t   row;

    if (ctx->store.record == NULL || !ctx->known) {
        return;
    }

    switch (ctx->outcome) {

    case NGX_INVOKE_NOT_FOUND:
    case NGX_INVOKE_KEY_REQUIRED:
    case NGX_INVOKE_KEY_INVALID:
    case NGX_INVOKE_FORBIDDEN:
        return;

    default:
        break;
    }

    r = ctx->request;

    ngx_memzero(&row, sizeof(ngx_invoke_execution_row_t));

    row.function = ctx->store.record->id;
    row.sec = r->start_sec;
    row.msec = r->start_msec;

    if (ctx->conf->execution_log == NGX_INVOKE_LOG_OFF) {
        ngx_invoke_execution_log_count(&row);
        return;
    }

    row.status = ngx_invoke_log_status(ctx);
    row.time = ctx->measure.wall_time / 1000000;
    row.method = r->method_name;
    row.key_used = (ctx->auth != NGX_INVOKE_AUTH_NONE);

    if (r->headers_in.user_agent) {
        row.user_agent = r->headers_in.user_agent->value;
    }

    ngx_invoke_log_sizes(ctx, &row);
    ngx_invoke_log_url(ctx, &row.url);
    ngx_invoke_log_client(ctx, &row.client_ip);
    ngx_invoke_log_request_headers(ctx, &row);
    ngx_invoke_log_response_headers(ctx, &row);

    log = ctx->log;

    if (log) {
        row.error = log->error;
        row.request_body = log->request_body;
        row.response_body = log->response_body;

        if (log->lines) {
            row.lines = log->lines->elts;
            row.nlines = log->lines->nelts;
        }
    }

    ngx_invoke_execution_log_add(&row);
}


void
ngx_invoke_log_console(ngx_invoke_ctx_t *ctx, ngx_invoke_console_e level,
    ngx_str_t *text)
{
    ngx_pool_t                   *pool;
    ngx_time_t                   *tp;
    ngx_invoke_log_t             *log;
    ngx_invoke_execution_line_t  *line;

    log = ngx_invoke_log_get(ctx);
    if (log == NULL) {
        return;
    }

    pool = ctx->request->pool;

    if (log->lines == NULL) {
        log->lines = ngx_array_create(pool, 4,
                                      sizeof(ngx_invoke_execution_line_t));
    }

    if (log->lines == NULL
        || log->lines->nelts == NGX_INVOKE_EXECUTION_LOG_LINES
        || log->size == NGX_INVOKE_EXECUTION_LOG_CONSOLE)
    {
        return;
    }

    line = ngx_array_push(log->lines);
    if (line == NULL) {
        return;
    }

    tp = ngx_timeofday();

    line->level = ngx_invoke_error_methods[level];
    line->sec = tp->sec;
    line->msec = tp->msec;

    line->message = ngx_invoke_execution_cut(text,
                             NGX_INVOKE_EXECUTION_LOG_CONSOLE - log->size);

    line->message.data = ngx_pstrdup(pool, &line->message);

    if (line->message.data == NULL) {
        line->message.len = 0;
    }

    /* what was cut is the last one */

    log->size = (line->message.len < text->len)
                ? NGX_INVOKE_EXECUTION_LOG_CONSOLE
                : log->size + text->len;
}


void
ngx_invoke_log_error(ngx_invoke_ctx_t *ctx, ngx_invoke_error_t *error)
{
    u_char            *p;
    ngx_str_t          message, stack;
    ngx_invoke_log_t  *log;

    log = ngx_invoke_log_get(ctx);

    if (log == NULL || log->error.data) {
        return;
    }

    message = ngx_invoke_execution_cut(&error->message,
                                       NGX_INVOKE_EXECUTION_LOG_ERROR);
    stack = ngx_invoke_execution_cut(&error->stack,
                                     NGX_INVOKE_EXECUTION_LOG_ERROR);

    if (message.len == 0) {
        message = ngx_invoke_outcomes[error->outcome].code;
    }

    p = ngx_pnalloc(ctx->request->pool, message.len + 1 + stack.len);
    if (p == NULL) {
        return;
    }

    log->error.data = p;

    p = ngx_cpymem(p, message.data, message.len);

    if (stack.len) {
        *p++ = '\n';
        p = ngx_cpymem(p, stack.data, stack.len);
    }

    log->error.len = p - log->error.data;
}


void
ngx_invoke_log_request_body(ngx_invoke_ctx_t *ctx)
{
    size_t                    size;
    ssize_t                   n;
    ngx_invoke_log_t         *log;
    ngx_invoke_invocation_t  *inv;

    inv = ctx->inv;
    log = ngx_invoke_log_of_body(ctx);

    if (log == NULL || inv->body_size <= 0) {
        return;
    }

    /* one byte more tells where the last character ends */

    size = ngx_min(inv->body_size, NGX_INVOKE_EXECUTION_LOG_BODY + 1);

    log->request_body.data = ngx_pnalloc(ctx->request->pool, size);
    if (log->request_body.data == NULL) {
        return;
    }

    if (inv->body_fd == -1) {
        ngx_memcpy(log->request_body.data, inv->body.data, size);
        log->request_body.len = size;
        return;
    }

    /* nginx has just written it */

    n = pread(inv->body_fd, log->request_body.data, size, 0);

    log->request_body.len = ngx_max(n, 0);
}


/* What a function that reads its body as it comes has asked for. */

void
ngx_invoke_log_request_part(ngx_invoke_ctx_t *ctx, ngx_chain_t *in)
{
    size_t             n;
    ngx_str_t         *body;
    ngx_invoke_log_t  *log;

    log = ngx_invoke_log_of_body(ctx);

    if (log == NULL) {
        return;
    }

    body = &log->request_body;

    for ( /* void */ ; in; in = in->next) {
        n = NGX_INVOKE_EXECUTION_LOG_BODY + 1 - body->len;
        n = ngx_min(n, (size_t) (in->buf->last - in->buf->pos));

        if (n == 0) {
            continue;
        }

        if (body->data == NULL) {
            body->data = ngx_pnalloc(ctx->request->pool,
                                     NGX_INVOKE_EXECUTION_LOG_BODY + 1);
            if (body->data == NULL) {
                return;
            }
        }

        ngx_memcpy(body->data + body->len, in->buf->pos, n);
        body->len += n;
    }
}


/* NULL: the body of this request is not for the log. */

static ngx_invoke_log_t *
ngx_invoke_log_of_body(ngx_invoke_ctx_t *ctx)
{
    ngx_table_elt_t  *type;

    type = ctx->request->headers_in.content_type;

    return ctx->conf->execution_log == NGX_INVOKE_LOG_BODIES
           && type != NULL && ngx_invoke_log_textual(&type->value)
           ? ngx_invoke_log_get(ctx) : NULL;
}


void
ngx_invoke_log_response_body(ngx_invoke_ctx_t *ctx, ngx_invoke_reply_t *reply)
{
    size_t                   n;
    ngx_invoke_log_t        *log;
    ngx_http_headers_out_t  *out;

    log = ngx_invoke_log_get(ctx);

    if (log == NULL || ctx->conf->execution_log != NGX_INVOKE_LOG_BODIES
        || reply->body.len == 0)
    {
        return;
    }

    if (!log->typed) {
        out = &ctx->request->headers_out;

        log->typed = 1;
        log->textual = (out->content_encoding == NULL
                        && ngx_invoke_log_textual(&out->content_type));
    }

    n = NGX_INVOKE_EXECUTION_LOG_BODY + 1 - log->response_body.len;
    n = ngx_min(n, reply->body.len);

    if (!log->textual || n == 0) {
        return;
    }

    /* most responses have one part; another one wants all of the room */

    if (log->response_body.data == NULL) {
        log->response_body.data = ngx_pnalloc(ctx->request->pool,
                                  reply->last
                                  ? n : NGX_INVOKE_EXECUTION_LOG_BODY + 1);

        if (log->response_body.data == NULL) {
            log->textual = 0;
            return;
        }
    }

    ngx_memcpy(log->response_body.data + log->response_body.len,
               reply->body.data, n);

    log->response_body.len += n;
}


/* NULL: there is no row to gather for, or memory is out. */

static ngx_invoke_log_t *
ngx_invoke_log_get(ngx_invoke_ctx_t *ctx)
{
    if (ctx->log == NULL && ctx->store.record
        && ctx->conf->execution_log != NGX_INVOKE_LOG_OFF)
    {
        ctx->log = ngx_pcalloc(ctx->request->pool, sizeof(ngx_invoke_log_t));
    }

    return ctx->log;
}


static ngx_uint_t
ngx_invoke_log_textual(ngx_str_t *type)
{
    u_char      *last;
    ngx_str_t    name;
    ngx_uint_t   i;

    name = *type;

    last = ngx_strlchr(name.data, name.data + name.len, ';');

    if (last) {
        name.len = last - name.data;
    }

    while (name.len && name.data[name.len - 1] == ' ') {
        name.len--;
    }

    if (name.len > 5
        && (ngx_strncasecmp(name.data, (u_char *) "text/", 5) == 0
            || ngx_strncasecmp(name.data + name.len - 5, (u_char *) "+json", 5)
               == 0
            || ngx_strncasecmp(name.data + name.len - 4, (u_char *) "+xml", 4)
               == 0))
    {
        return 1;
    }

    for (i = 0; ngx_invoke_log_types[i].len; i++) {
        if (name.len == ngx_invoke_log_types[i].len
            && ngx_strncasecmp(name.data, ngx_invoke_log_types[i].data,
                               name.len)
               == 0)
        {
            return 1;
        }
    }

    return 0;
}


/* An error page of the location's does not change what the function did. */

static ngx_uint_t
ngx_invoke_log_status(ngx_invoke_ctx_t *ctx)
{
    ngx_http_request_t  *r;

    r = ctx->request;

    if (ctx->outcome == NGX_INVOKE_OK
        || (r->header_sent && ctx->outcome != NGX_INVOKE_ABORTED
            && ngx_http_get_module_ctx(r, ngx_invoke_module) == ctx))
    {
        return r->headers_out.status;
    }

    return ngx_invoke_outcomes[ctx->outcome].http;
}


static void
ngx_invoke_log_sizes(ngx_invoke_ctx_t *ctx, ngx_invoke_execution_row_t *row)
{
    off_t                size;
    ngx_http_request_t  *r;

    r = ctx->request;

    row->request_size = ngx_max(r->headers_in.content_length_n, 0);

    if (r != r->main) {
        row->response_size = r->headers_out.content_length_n;
        return;
    }

    size = r->connection->sent - (off_t) r->header_size;

    row->response_size = ngx_max(size, 0);
}


/* As the client has sent it, less the key that has authenticated it. */

static void
ngx_invoke_log_url(ngx_invoke_ctx_t *ctx, ngx_str_t *url)
{
    u_char     *p, *last;
    ngx_str_t   args, uri;

    uri = ctx->request->unparsed_uri;
    *url = uri;

    last = uri.data + uri.len;
    p = ngx_strlchr(uri.data, last, '?');

    if (p == NULL) {
        return;
    }

    uri.len = p - uri.data;
    args.data = p + 1;
    args.len = last - args.data;

    if (ngx_invoke_auth_args(ctx, &args) != NGX_OK) {
        *url = uri;
        return;
    }

    if (args.data == p + 1) {
        return;
    }

    *url = uri;

    p = ngx_pnalloc(ctx->request->pool, uri.len + 1 + args.len);

    if (p == NULL || args.len == 0) {
        return;
    }

    url->data = p;

    p = ngx_cpymem(p, uri.data, uri.len);
    *p++ = '?';
    p = ngx_cpymem(p, args.data, args.len);

    url->len = p - url->data;
}


/* The address in the form that it has in the database; or none. */

static void
ngx_invoke_log_client(ngx_invoke_ctx_t *ctx, ngx_str_t *ip)
{
    u_char      *p, addr[16];
    int          family;
    in_addr_t    v4;
    ngx_str_t   *text;

    text = ctx->client_ip.len ? &ctx->client_ip
                              : &ctx->request->connection->addr_text;

    v4 = ngx_inet_addr(text->data, text->len);

    if (v4 != INADDR_NONE) {
        family = AF_INET;
        ngx_memcpy(addr, &v4, sizeof(in_addr_t));

#if (NGX_HAVE_INET6)
    } else if (ngx_inet6_addr(text->data, text->len, addr) == NGX_OK) {
        family = AF_INET6;
#endif

    } else {
        return;
    }

    p = ngx_pnalloc(ctx->request->pool, NGX_SOCKADDR_STRLEN);
    if (p == NULL) {
        return;
    }

    ip->data = p;
    ip->len = ngx_inet_ntop(family, addr, p, NGX_SOCKADDR_STRLEN);
}


static void
ngx_invoke_log_request_headers(ngx_invoke_ctx_t *ctx,
    ngx_invoke_execution_row_t *row)
{
    row->request_headers = ngx_invoke_log_fields(ctx,
                                    &ctx->request->headers_in.headers, 1,
                                    &row->nrequest_headers);
}


static void
ngx_invoke_log_response_headers(ngx_invoke_ctx_t *ctx,
    ngx_invoke_execution_row_t *row)
{
    ngx_invoke_field_t      *field;
    ngx_http_headers_out_t  *out;

    out = &ctx->request->headers_out;

    row->response_headers = ngx_invoke_log_fields(ctx, &out->headers, 0,
                                                  &row->nresponse_headers);

    if (row->response_headers == NULL) {
        return;
    }

    field = &row->response_headers[row->nresponse_headers];

    if (out->content_type.len) {
        ngx_str_set(&field->name, "content-type");
        field->value = out->content_type;
        field++;
    }

    if (out->content_length == NULL && out->content_length_n >= 0) {
        field->value.data = ngx_pnalloc(ctx->request->pool, NGX_OFF_T_LEN);

        if (field->value.data) {
            ngx_str_set(&field->name, "content-length");
            field->value.len = ngx_sprintf(field->value.data, "%O",
                                           out->content_length_n)
                               - field->value.data;
            field++;
        }
    }

    row->nresponse_headers = field - row->response_headers;
}


/*
 * The fields of a list of headers, less what no function gets to see; there
 * is room for two more. NULL when memory is out.
 */

static ngx_invoke_field_t *
ngx_invoke_log_fields(ngx_invoke_ctx_t *ctx, ngx_list_t *headers,
    ngx_uint_t request, ngx_uint_t *n)
{
    u_char                *p;
    ngx_uint_t             nelts;
    ngx_pool_t            *pool;
    ngx_list_part_t       *part;
    ngx_table_elt_t       *h;
    ngx_invoke_field_t    *fields, *field;
    ngx_invoke_headers_t   it;

    pool = ctx->request->pool;
    nelts = 0;

    for (part = &headers->part; part; part = part->next) {
        nelts += part->nelts;
    }

    nelts = ngx_min(nelts, NGX_INVOKE_EXECUTION_LOG_FIELDS);

    fields = ngx_palloc(pool, (nelts + 2) * sizeof(ngx_invoke_field_t));
    if (fields == NULL) {
        return NULL;
    }

    field = fields;

    ngx_invoke_headers_start(&it, headers);

    while (field < fields + nelts
           && (h = ngx_invoke_headers_next(&it)) != NULL)
    {
        if (request && ngx_invoke_auth_hides(ctx, h)) {
            continue;
        }

        field->name = h->key;
        field->value = h->value;

        if (request && h->key.len == sizeof("cookie") - 1
            && ngx_strncasecmp(h->key.data, (u_char *) "cookie",
                               sizeof("cookie") - 1)
               == 0)
        {
            p = ngx_pnalloc(pool, h->value.len);
            if (p == NULL) {
                continue;
            }

            field->value.data = p;
            field->value.len = ngx_invoke_auth_cookies(ctx, h, p) - p;

            if (field->value.len == 0) {
                continue;
            }
        }

        field++;
    }

    *n = field - fields;

    return fields;
}
