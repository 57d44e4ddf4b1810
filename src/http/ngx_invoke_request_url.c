
#include "ngx_invoke_http.h"


static ngx_int_t ngx_invoke_request_original(ngx_invoke_ctx_t *ctx);
static ngx_int_t ngx_invoke_request_path(ngx_invoke_ctx_t *ctx,
    ngx_str_t *path);
static ngx_int_t ngx_invoke_request_own_path(ngx_invoke_ctx_t *ctx,
    ngx_str_t *path);
static ngx_uint_t ngx_invoke_request_ends(ngx_str_t *uri, ngx_str_t *end);
static ngx_int_t ngx_invoke_request_escape(ngx_http_request_t *r,
    ngx_str_t *path);
static ngx_uint_t ngx_invoke_request_rest(ngx_http_request_t *r,
    ngx_str_t *prefix, ngx_str_t *rest);


ngx_int_t
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

    if (ctx->conf->path_args) {

        if (ngx_http_complex_value(r, ctx->conf->path_args, &args) != NGX_OK) {
            return NGX_ERROR;
        }

    } else {
        args = r->args;

        if (ngx_invoke_auth_args(ctx, &args) != NGX_OK) {
            return NGX_ERROR;
        }

        if (ngx_strlchr(path.data, path.data + path.len, '?')) {
            args.len = 0;
        }
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
    ngx_str_t               rest;
    ngx_http_request_t     *r;
    ngx_invoke_loc_conf_t  *lcf;

    r = ctx->request;
    lcf = ctx->conf;

    if (lcf->path) {
        return ngx_invoke_request_own_path(ctx, path);
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

    *path = rest;

    return ngx_invoke_request_escape(r, path);
}


/*
 * Of invoke_path. Regular expressions are matched with the decoded URI: what
 * is the end of that is taken as the client has sent it, so that an escaped
 * "?" does not begin a query; what else is made of captures is escaped. All
 * other values are URIs already.
 */

static ngx_int_t
ngx_invoke_request_own_path(ngx_invoke_ctx_t *ctx, ngx_str_t *path)
{
    u_char                 *args;
    ngx_str_t               prefix, rest, sent;
    ngx_http_request_t     *r;
    ngx_invoke_loc_conf_t  *lcf;

    r = ctx->request;
    lcf = ctx->conf;

    if (ngx_http_complex_value(r, lcf->path, path) != NGX_OK) {
        return NGX_ERROR;
    }

    if (lcf->path->lengths == NULL) {
        return NGX_OK;
    }

    if (ngx_invoke_request_ends(&r->uri, path)) {

        prefix.data = r->uri.data;
        prefix.len = r->uri.len - path->len;

        if (r->valid_unparsed_uri && r == r->main
            && ngx_invoke_request_rest(r, &prefix, &rest))
        {
            *path = rest;
            return NGX_OK;
        }

        return ngx_invoke_request_escape(r, path);
    }

    if (!lcf->path_decoded) {
        return NGX_OK;
    }

    /* a regular expression may have been matched with $request_uri */

    sent = r->unparsed_uri;
    args = ngx_strlchr(sent.data, sent.data + sent.len, '?');

    if (args) {
        sent.len = args - sent.data;
    }

    return ngx_invoke_request_ends(&sent, path)
           ? NGX_OK : ngx_invoke_request_escape(r, path);
}


static ngx_uint_t
ngx_invoke_request_ends(ngx_str_t *uri, ngx_str_t *end)
{
    return uri->len >= end->len
           && ngx_memcmp(&uri->data[uri->len - end->len], end->data, end->len)
              == 0;
}


static ngx_int_t
ngx_invoke_request_escape(ngx_http_request_t *r, ngx_str_t *path)
{
    u_char  *p;
    size_t   len, escape;

    escape = 2 * ngx_escape_uri(NULL, path->data, path->len, NGX_ESCAPE_URI);

    if (escape == 0) {
        return NGX_OK;
    }

    len = path->len + escape;

    p = ngx_pnalloc(r->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_escape_uri(p, path->data, path->len, NGX_ESCAPE_URI);

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
