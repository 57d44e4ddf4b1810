
#include "ngx_invoke_http.h"
#include "ngx_invoke_descriptors.h"

#include <openssl/rand.h>


#define NGX_INVOKE_TRACE_ID_MAX  128


static ngx_int_t ngx_invoke_request_id(ngx_http_request_t *r,
    ngx_http_variable_value_t *v);
static ngx_int_t ngx_invoke_request_url(ngx_invoke_ctx_t *ctx);
static ngx_int_t ngx_invoke_request_original(ngx_invoke_ctx_t *ctx);
static ngx_int_t ngx_invoke_request_path(ngx_invoke_ctx_t *ctx,
    ngx_str_t *path);
static ngx_uint_t ngx_invoke_request_rest(ngx_http_request_t *r,
    ngx_str_t *prefix, ngx_str_t *rest);
static ngx_int_t ngx_invoke_request_protocol(ngx_invoke_ctx_t *ctx);
static ngx_int_t ngx_invoke_request_headers(ngx_invoke_ctx_t *ctx);
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
        || ngx_invoke_request_headers(ctx) != NGX_OK)
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


ngx_int_t
ngx_invoke_request_trace_id(ngx_http_request_t *r, ngx_str_t *id)
{
    u_char                     *p, *last;
    ngx_table_elt_t            *h;
    ngx_invoke_main_conf_t     *mcf;
    ngx_http_variable_value_t  *v;

    static ngx_str_t            name = ngx_string("x-trace-id");

    h = ngx_invoke_request_header(r, &name);

    if (h && h->value.len && h->value.len <= NGX_INVOKE_TRACE_ID_MAX) {

        last = h->value.data + h->value.len;

        for (p = h->value.data; p < last; p++) {
            if (*p <= ' ' || *p >= 0x7f) {
                goto request_id;
            }
        }

        *id = h->value;

        return NGX_OK;
    }

request_id:

    mcf = ngx_http_get_module_main_conf(r, ngx_invoke_module);

    v = &r->variables[mcf->request_id];

    if (!v->valid && ngx_invoke_request_id(r, v) != NGX_OK) {
        return NGX_ERROR;
    }

    id->len = v->len;
    id->data = v->data;

    return NGX_OK;
}


ngx_table_elt_t *
ngx_invoke_request_header(ngx_http_request_t *r, ngx_str_t *name)
{
    ngx_uint_t        i;
    ngx_table_elt_t  *h;
    ngx_list_part_t  *part;

    part = &r->headers_in.headers.part;
    h = part->elts;

    for (i = 0; /* void */ ; i++) {

        if (i >= part->nelts) {
            if (part->next == NULL) {
                return NULL;
            }

            part = part->next;
            h = part->elts;
            i = 0;
        }

        if (h[i].hash && h[i].key.len == name->len
            && ngx_strncasecmp(h[i].key.data, name->data, name->len) == 0)
        {
            return &h[i];
        }
    }
}


/*
 * Sets $request_id as nginx does, 16 random bytes in hex. OpenSSL takes as
 * long for 16 bytes as for many, and longer than all else that is done here
 * for a request, so they are fetched ahead.
 */

static ngx_int_t
ngx_invoke_request_id(ngx_http_request_t *r, ngx_http_variable_value_t *v)
{
    u_char         *id;

    static u_char   bytes[16 * 64];
    static size_t   used = sizeof(bytes);

    id = ngx_pnalloc(r->pool, 32);
    if (id == NULL) {
        return NGX_ERROR;
    }

    if (used == sizeof(bytes)) {
        if (RAND_bytes(bytes, sizeof(bytes)) != 1) {
            ngx_log_error(NGX_LOG_CRIT, r->connection->log, 0,
                          "invoke: RAND_bytes() failed");
            return NGX_ERROR;
        }

        used = 0;
    }

    (void) ngx_hex_dump(id, bytes + used, 16);
    used += 16;

    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;
    v->len = 32;
    v->data = id;

    return NGX_OK;
}


static ngx_int_t
ngx_invoke_request_url(ngx_invoke_ctx_t *ctx)
{
    u_char                   *p;
    ngx_str_t                 path, args;
    ngx_http_request_t       *r;
    ngx_invoke_invocation_t  *inv;

    r = ctx->request;
    inv = ctx->inv;

    if (ngx_invoke_request_path(ctx, &path) != NGX_OK) {
        return NGX_ERROR;
    }

    args = r->args;

    if (ngx_invoke_auth_args(ctx, &args) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_strlchr(path.data, path.data + path.len, '?')) {
        args.len = 0;
    }

    p = ngx_invoke_arena_alloc(&inv->arena, 1 + path.len + 1 + args.len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    inv->url.data = p;

    if (path.len == 0 || path.data[0] != '/') {
        *p++ = '/';
    }

    p = ngx_cpymem(p, path.data, path.len);

    if (args.len) {
        *p++ = '?';
        p = ngx_cpymem(p, args.data, args.len);
    }

    *p = '\0';
    inv->url.len = p - inv->url.data;

    return ngx_invoke_request_original(ctx);
}


/* The URI as the client has sent it, but for what has authenticated it. */

static ngx_int_t
ngx_invoke_request_original(ngx_invoke_ctx_t *ctx)
{
    u_char                   *p, *last;
    ngx_str_t                 uri, args;
    ngx_invoke_invocation_t  *inv;

    inv = ctx->inv;
    uri = ctx->request->unparsed_uri;

    last = uri.data + uri.len;
    p = ngx_strlchr(uri.data, last, '?');

    if (p == NULL) {
        return ngx_invoke_arena_copy(&inv->arena, &inv->original_url, uri.data,
                                     uri.len);
    }

    args.data = p + 1;
    args.len = last - args.data;
    uri.len = p - uri.data;

    if (ngx_invoke_auth_args(ctx, &args) != NGX_OK) {
        return NGX_ERROR;
    }

    p = ngx_invoke_arena_alloc(&inv->arena, uri.len + 1 + args.len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    inv->original_url.data = p;

    p = ngx_cpymem(p, uri.data, uri.len);

    if (args.len || ctx->auth == NGX_INVOKE_AUTH_NONE) {
        *p++ = '?';
        p = ngx_cpymem(p, args.data, args.len);
    }

    inv->original_url.len = p - inv->original_url.data;

    return NGX_OK;
}


/*
 * What the function sees as its path: as the client has sent it, without the
 * location's prefix. What nginx has rewritten or resolved is escaped anew.
 */

static ngx_int_t
ngx_invoke_request_path(ngx_invoke_ctx_t *ctx, ngx_str_t *path)
{
    u_char                 *p;
    size_t                  len, escape;
    ngx_str_t               rest;
    ngx_http_request_t     *r;
    ngx_invoke_loc_conf_t  *lcf;

    r = ctx->request;
    lcf = ctx->conf;

    if (lcf->path) {
        return ngx_http_complex_value(r, lcf->path, path);
    }

    if (r->valid_unparsed_uri && r == r->main
        && ngx_invoke_request_rest(r, &lcf->prefix, path))
    {
        return NGX_OK;
    }

    rest = r->uri;

    /* an "if" may be entered by a location that the URI has left since */

    if (rest.len >= lcf->prefix.len
        && ngx_filename_cmp(rest.data, lcf->prefix.data, lcf->prefix.len)
           == 0)
    {
        rest.data += lcf->prefix.len;
        rest.len -= lcf->prefix.len;
    }

    escape = 2 * ngx_escape_uri(NULL, rest.data, rest.len, NGX_ESCAPE_URI);

    if (escape == 0) {
        *path = rest;
        return NGX_OK;
    }

    len = rest.len + escape;

    p = ngx_pnalloc(r->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_escape_uri(p, rest.data, rest.len, NGX_ESCAPE_URI);

    path->data = p;
    path->len = len;

    return NGX_OK;
}


/*
 * What follows the prefix in the path as the client has sent it. The prefix
 * is of the decoded path, with single slashes if merge_slashes says so.
 * Returns 0 when the two cannot be matched up: when the path has dot
 * segments, which nginx has resolved, or a fragment.
 */

static ngx_uint_t
ngx_invoke_request_rest(ngx_http_request_t *r, ngx_str_t *prefix,
    ngx_str_t *rest)
{
    u_char                    *p, *last, *start, ch;
    size_t                     n;
    ngx_int_t                  hex;
    ngx_uint_t                 dots, slash;
    ngx_http_core_srv_conf_t  *cscf;

    start = r->unparsed_uri.data;
    last = start + r->unparsed_uri.len;

    if (start == last || *start != '/') {
        return 0;
    }

    cscf = ngx_http_get_module_srv_conf(r, ngx_http_core_module);

    n = 0;
    dots = 0;
    slash = 0;
    rest->data = (prefix->len == 0) ? start : NULL;

    for (p = start; p < last && *p != '?'; /* void */ ) {

        ch = *p;

        if (ch == '#') {
            return 0;
        }

        if (ch == '%') {
            if (last - p < 3) {
                return 0;
            }

            hex = ngx_hextoi(p + 1, 2);
            if (hex == NGX_ERROR) {
                return 0;
            }

            ch = (u_char) hex;
            p += 3;

        } else {
            p++;
        }

        /* a segment of one or two dots, up to its slash or the end */

        if (ch == '/') {
            if (dots == 1 || dots == 2) {
                return 0;
            }

            dots = 0;

        } else if (ch == '.' && (slash || dots) && dots < 3) {
            dots++;

        } else {
            dots = 3;
        }

        if (rest->data == NULL && !(ch == '/' && slash && cscf->merge_slashes))
        {
            if (prefix->data[n] != ch) {
                return 0;
            }

            if (++n == prefix->len) {
                rest->data = p;
            }
        }

        slash = (ch == '/');
    }

    if (dots == 1 || dots == 2 || rest->data == NULL) {
        return 0;
    }

    rest->len = p - rest->data;

    return 1;
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

    return ngx_invoke_arena_copy(&inv->arena, &inv->ip, c->addr_text.data,
                                 c->addr_text.len);
}


/*
 * One block holds the fields, another their text: no allocation for each.
 */

static ngx_int_t
ngx_invoke_request_headers(ngx_invoke_ctx_t *ctx)
{
    u_char                   *p;
    size_t                    len;
    ngx_uint_t                i, n, pass;
    ngx_table_elt_t          *h;
    ngx_list_part_t          *part;
    ngx_http_request_t       *r;
    ngx_invoke_field_t       *field;
    ngx_invoke_loc_conf_t    *lcf;
    ngx_invoke_invocation_t  *inv;

    r = ctx->request;
    lcf = ctx->conf;
    inv = ctx->inv;

    n = 0;
    len = 0;
    p = NULL;
    field = NULL;

    for (pass = 0; pass < 2; pass++) {

        part = &r->headers_in.headers.part;
        h = part->elts;

        for (i = 0; /* void */ ; i++) {

            if (i >= part->nelts) {
                if (part->next == NULL) {
                    break;
                }

                part = part->next;
                h = part->elts;
                i = 0;
            }

            if (h[i].hash == 0) {
                continue;
            }

            if (pass == 0) {
                n++;
                len += h[i].key.len + h[i].value.len;
                continue;
            }

            if (ngx_invoke_request_skip(ctx, &h[i])) {
                continue;
            }

            field->name.len = h[i].key.len;
            field->name.data = p;
            ngx_strlow(p, h[i].key.data, h[i].key.len);
            p += h[i].key.len;

            field->value.data = p;
            p = ngx_invoke_auth_cookies(ctx, &h[i], p);
            field->value.len = p - field->value.data;

            if (field->value.len || h[i].value.len == 0) {
                field++;
            }
        }

        if (pass == 0) {
            n += lcf->headers ? lcf->headers->nelts : 0;

            field = ngx_invoke_arena_alloc(&inv->arena,
                                     (n + 1) * sizeof(ngx_invoke_field_t));
            p = ngx_invoke_arena_alloc(&inv->arena, len + 1);

            if (field == NULL || p == NULL) {
                return NGX_ERROR;
            }

            inv->headers = field;
        }
    }

    inv->nheaders = field - inv->headers;

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
