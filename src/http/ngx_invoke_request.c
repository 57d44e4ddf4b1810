
#include "ngx_invoke_http.h"
#include "ngx_invoke_descriptors.h"
#include "ngx_invoke_headers.h"


static ngx_int_t ngx_invoke_request_protocol(ngx_invoke_ctx_t *ctx);
static ngx_int_t ngx_invoke_request_told(ngx_invoke_ctx_t *ctx,
    ngx_http_complex_value_t *value, ngx_str_t *dst);
static ngx_int_t ngx_invoke_request_headers(ngx_invoke_ctx_t *ctx);
static ngx_int_t ngx_invoke_request_fields(ngx_invoke_ctx_t *ctx);
static ngx_uint_t ngx_invoke_request_skip(ngx_invoke_ctx_t *ctx,
    ngx_table_elt_t *h);
static ngx_int_t ngx_invoke_request_pairs(ngx_invoke_ctx_t *ctx,
    ngx_array_t *pairs, ngx_invoke_field_t *field, ngx_uint_t *n);
static ngx_int_t ngx_invoke_request_body(ngx_invoke_ctx_t *ctx);


ngx_int_t
ngx_invoke_request_copy(ngx_invoke_ctx_t *ctx)
{
    ngx_int_t                 rc;
    ngx_uint_t                n;
    ngx_http_request_t       *r;
    ngx_invoke_field_t       *field;
    ngx_invoke_limits_t       limits;
    ngx_invoke_loc_conf_t    *lcf;
    ngx_invoke_record_t      *record;
    ngx_invoke_invocation_t  *inv;

    r = ctx->request;
    lcf = ctx->conf;
    record = ctx->store.record;

    limits = lcf->limits;

    if (record) {
        limits.timeout = record->timeout ? record->timeout : limits.timeout;
        limits.memory = record->memory;
    }

    inv = ngx_invoke_invocation_create(ctx->function, &limits);
    if (inv == NULL) {
        return NGX_ERROR;
    }

    ctx->inv = inv;

    if (ngx_invoke_arena_copy(&inv->arena, &inv->method, r->method_name.data,
                              r->method_name.len)
        != NGX_OK
        || ngx_invoke_arena_copy(&inv->arena, &inv->trace_id,
                                 ctx->trace_id.data, ctx->trace_id.len)
           != NGX_OK
        || ngx_invoke_request_url(ctx) != NGX_OK
        || ngx_invoke_request_protocol(ctx) != NGX_OK
        || ngx_invoke_request_headers(ctx) != NGX_OK
        || ngx_invoke_request_told(ctx, lcf->protocol, &inv->protocol)
           != NGX_OK
        || ngx_invoke_request_told(ctx, lcf->host, &inv->host) != NGX_OK)
    {
        return NGX_ERROR;
    }

    rc = ngx_invoke_request_body(ctx);
    if (rc != NGX_OK) {
        return rc;
    }

    /* params: the function's id, then those of the configuration */

    n = 1 + (lcf->params ? lcf->params->nelts : 0);

    field = ngx_invoke_arena_alloc(&inv->arena,
                                   n * sizeof(ngx_invoke_field_t));
    if (field == NULL) {
        return NGX_ERROR;
    }

    ngx_str_set(&field->name, "functionId");
    field->value = ctx->function->id;

    inv->params = field;
    inv->nparams = 1;

    if (lcf->params
        && ngx_invoke_request_pairs(ctx, lcf->params, field, &inv->nparams)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (lcf->env) {
        inv->env = ngx_invoke_arena_alloc(&inv->arena,
                            lcf->env->nelts * sizeof(ngx_invoke_field_t));

        if (inv->env == NULL
            || ngx_invoke_request_pairs(ctx, lcf->env, inv->env, &inv->nenv)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_invoke_request_protocol(ngx_invoke_ctx_t *ctx)
{
    ngx_connection_t         *c;
    ngx_http_request_t       *r;
    ngx_invoke_invocation_t  *inv;

    r = ctx->request;
    c = r->connection;
    inv = ctx->inv;

    ngx_str_set(&inv->protocol, "http");

#if (NGX_HTTP_SSL)
    if (c->ssl) {
        ngx_str_set(&inv->protocol, "https");
    }
#endif

    switch (r->http_version) {

    case NGX_HTTP_VERSION_9:
        ngx_str_set(&inv->http_version, "0.9");
        break;

    case NGX_HTTP_VERSION_10:
        ngx_str_set(&inv->http_version, "1.0");
        break;

    case NGX_HTTP_VERSION_20:
        ngx_str_set(&inv->http_version, "2.0");
        break;

#if defined NGX_HTTP_VERSION_30
    case NGX_HTTP_VERSION_30:
        ngx_str_set(&inv->http_version, "3.0");
        break;
#endif

    default:
        ngx_str_set(&inv->http_version, "1.1");
    }

    inv->port = ngx_inet_get_port(c->sockaddr);

    return ngx_invoke_arena_copy(&inv->arena, &inv->ip, c->addr_text.data,
                                 c->addr_text.len);
}


/*
 * What the configuration says of the connection, where that is not empty. In a
 * list of proxies the first one is the client's.
 */

static ngx_int_t
ngx_invoke_request_told(ngx_invoke_ctx_t *ctx, ngx_http_complex_value_t *value,
    ngx_str_t *dst)
{
    u_char     *p;
    ngx_str_t   told;

    if (value == NULL) {
        return NGX_OK;
    }

    if (ngx_http_complex_value(ctx->request, value, &told) != NGX_OK) {
        return NGX_ERROR;
    }

    p = ngx_strlchr(told.data, told.data + told.len, ',');

    if (p) {
        told.len = p - told.data;
    }

    while (told.len && told.data[0] == ' ') {
        told.data++;
        told.len--;
    }

    while (told.len && told.data[told.len - 1] == ' ') {
        told.len--;
    }

    return told.len ? ngx_invoke_arena_copy(&ctx->inv->arena, dst, told.data,
                                            told.len)
                    : NGX_OK;
}


static ngx_int_t
ngx_invoke_request_headers(ngx_invoke_ctx_t *ctx)
{
    ngx_uint_t                i;
    ngx_http_request_t       *r;
    ngx_invoke_field_t       *field;
    ngx_invoke_loc_conf_t    *lcf;
    ngx_invoke_invocation_t  *inv;

    r = ctx->request;
    lcf = ctx->conf;
    inv = ctx->inv;

    if (ngx_invoke_request_fields(ctx) != NGX_OK) {
        return NGX_ERROR;
    }

    if (lcf->headers
        && ngx_invoke_request_pairs(ctx, lcf->headers, inv->headers,
                                    &inv->nheaders)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (i = 0; i < inv->nheaders; i++) {
        field = &inv->headers[i];

        if (field->name.len == 4
            && ngx_strncmp(field->name.data, "host", 4) == 0)
        {
            inv->host = field->value;
            return NGX_OK;
        }
    }

    /* the request line may name it */

    return ngx_invoke_arena_copy(&inv->arena, &inv->host,
                                 r->headers_in.server.data,
                                 r->headers_in.server.len);
}


/*
 * Those of the client, with room for those of the configuration. One block
 * holds the fields, another their text: no allocation for each.
 */

static ngx_int_t
ngx_invoke_request_fields(ngx_invoke_ctx_t *ctx)
{
    u_char                   *p;
    size_t                    len;
    ngx_uint_t                n;
    ngx_list_t               *headers;
    ngx_table_elt_t          *h;
    ngx_invoke_field_t       *field;
    ngx_invoke_headers_t      it;
    ngx_invoke_invocation_t  *inv;

    inv = ctx->inv;
    headers = &ctx->request->headers_in.headers;

    n = ctx->conf->headers ? ctx->conf->headers->nelts : 0;
    len = 0;

    ngx_invoke_headers_start(&it, headers);

    while ((h = ngx_invoke_headers_next(&it)) != NULL) {
        n++;
        len += h->key.len + h->value.len;
    }

    field = ngx_invoke_arena_alloc(&inv->arena,
                                   (n + 1) * sizeof(ngx_invoke_field_t));
    p = ngx_invoke_arena_alloc(&inv->arena, len + 1);

    if (field == NULL || p == NULL) {
        return NGX_ERROR;
    }

    inv->headers = field;

    ngx_invoke_headers_start(&it, headers);

    while ((h = ngx_invoke_headers_next(&it)) != NULL) {

        if (ngx_invoke_request_skip(ctx, h)) {
            continue;
        }

        field->name.len = h->key.len;
        field->name.data = p;

        /* nginx has it in lower case, other modules may have not */

        if (h->lowcase_key != NULL) {
            ngx_memcpy(p, h->lowcase_key, h->key.len);

        } else {
            ngx_strlow(p, h->key.data, h->key.len);
        }

        p += h->key.len;

        field->value.data = p;
        p = ngx_invoke_auth_cookies(ctx, h, p);
        field->value.len = p - field->value.data;

        if (field->value.len || h->value.len == 0) {
            field++;
        }
    }

    inv->nheaders = field - inv->headers;

    return NGX_OK;
}


/*
 * Whether a header is left out: it is set anew, tells of no body here, or is
 * not for functions.
 */

static ngx_uint_t
ngx_invoke_request_skip(ngx_invoke_ctx_t *ctx, ngx_table_elt_t *h)
{
    ngx_uint_t           i;
    ngx_array_t         *headers;
    ngx_invoke_pair_t   *pair;
    ngx_http_request_t  *r;

    r = ctx->request;

    if (r != r->main
        && (h == r->headers_in.content_length
            || h == r->headers_in.transfer_encoding)
        && (r->request_body == NULL || r->request_body->bufs == NULL))
    {
        return 1;
    }

    if (ngx_invoke_auth_hides(ctx, h)) {
        return 1;
    }

    headers = ctx->conf->headers;

    if (headers == NULL) {
        return 0;
    }

    pair = headers->elts;

    for (i = 0; i < headers->nelts; i++) {
        if (pair[i].name.len == h->key.len
            && ngx_strncasecmp(pair[i].name.data, h->key.data, h->key.len)
               == 0)
        {
            return 1;
        }
    }

    return 0;
}


/*
 * Appends "name value" pairs of the configuration to n fields; headers that
 * are empty are left out.
 */

static ngx_int_t
ngx_invoke_request_pairs(ngx_invoke_ctx_t *ctx, ngx_array_t *pairs,
    ngx_invoke_field_t *field, ngx_uint_t *n)
{
    ngx_str_t                 value;
    ngx_uint_t                i;
    ngx_invoke_pair_t        *pair;
    ngx_invoke_invocation_t  *inv;

    inv = ctx->inv;
    pair = pairs->elts;

    for (i = 0; i < pairs->nelts; i++) {

        if (ngx_http_complex_value(ctx->request, &pair[i].value, &value)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (value.len == 0 && pairs == ctx->conf->headers) {
            continue;
        }

        if (ngx_invoke_arena_copy(&inv->arena, &field[*n].name,
                                  pair[i].name.data, pair[i].name.len)
            != NGX_OK
            || ngx_invoke_arena_copy(&inv->arena, &field[*n].value,
                                     value.data, value.len)
               != NGX_OK)
        {
            return NGX_ERROR;
        }

        (*n)++;
    }

    return NGX_OK;
}


/*
 * A body in memory is copied; of one in a temporary file the invocation gets
 * a descriptor of its own, which outlives the file's name.
 */

static ngx_int_t
ngx_invoke_request_body(ngx_invoke_ctx_t *ctx)
{
    u_char                   *p;
    off_t                     size;
    ngx_buf_t                *b;
    ngx_uint_t                in_file;
    ngx_chain_t              *cl;
    ngx_http_request_t       *r;
    ngx_invoke_invocation_t  *inv;
    ngx_http_request_body_t  *rb;

    r = ctx->request;
    rb = r->request_body;
    inv = ctx->inv;

    if (ctx->streamed && (r->headers_in.content_length_n > 0
                          || r->headers_in.chunked))
    {
        inv->body_size = NGX_INVOKE_BODY_STREAMED;
        return NGX_OK;
    }

    if (rb == NULL || rb->bufs == NULL) {

        if (r == r->main
            && (r->headers_in.content_length_n >= 0 || r->headers_in.chunked))
        {
            inv->body_size = 0;
        }

        return NGX_OK;
    }

    if (r != r->main && (r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return NGX_OK;
    }

    size = 0;
    in_file = 0;

    for (cl = rb->bufs; cl; cl = cl->next) {
        b = cl->buf;

        if (b->in_file && !ngx_buf_in_memory(b)) {
            in_file = 1;
        }

        size += ngx_buf_size(b);
    }

    inv->body_size = size;

    if (in_file) {

        if (rb->temp_file == NULL) {
            ngx_log_error(NGX_LOG_ALERT, r->connection->log, 0,
                          "invoke: the request's body is in no known file");
            return NGX_ERROR;
        }

        if (ngx_invoke_descriptors_take(inv->function,
                                        NGX_INVOKE_DESCRIPTORS_SENT)
            != NGX_OK)
        {
            return NGX_BUSY;
        }

        inv->body_fd = fcntl(rb->temp_file->file.fd, F_DUPFD_CLOEXEC, 0);

        if (inv->body_fd == -1) {
            ngx_log_error(NGX_LOG_CRIT, r->connection->log, ngx_errno,
                          "invoke: dup() of the request's body \"%V\" failed",
                          &rb->temp_file->file.name);
            ngx_invoke_descriptors_close(inv->function, -1);
            return NGX_BUSY;
        }

        return NGX_OK;
    }

    p = ngx_invoke_arena_alloc(&inv->arena, size + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    inv->body.data = p;
    inv->body.len = size;

    for (cl = rb->bufs; cl; cl = cl->next) {
        p = ngx_cpymem(p, cl->buf->pos, cl->buf->last - cl->buf->pos);
    }

    return NGX_OK;
}
