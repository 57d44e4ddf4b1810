
#include "ngx_invoke_http.h"
#include "ngx_invoke_headers.h"


static ngx_uint_t ngx_invoke_instead_intercepts(ngx_invoke_ctx_t *ctx,
    ngx_uint_t status);
static void ngx_invoke_instead_page(ngx_invoke_ctx_t *ctx, ngx_uint_t status);
static void ngx_invoke_instead_redirect(ngx_invoke_ctx_t *ctx);
static ngx_int_t ngx_invoke_instead_headers(ngx_invoke_ctx_t *ctx);


/* What goes along with X-Accel-Redirect, as with proxy_pass. */

static ngx_str_t  ngx_invoke_instead_kept[] = {
    ngx_string("set-cookie"),
    ngx_string("content-disposition"),
    ngx_string("cache-control"),
    ngx_string("expires"),
    ngx_string("accept-ranges"),
    ngx_null_string
};


ngx_uint_t
ngx_invoke_instead_wanted(ngx_invoke_ctx_t *ctx, ngx_uint_t status)
{
    return ctx->redirected || ngx_invoke_instead_intercepts(ctx, status);
}


void
ngx_invoke_instead(ngx_invoke_ctx_t *ctx, ngx_uint_t status)
{
    if (ngx_invoke_instead_intercepts(ctx, status)) {
        ngx_invoke_instead_page(ctx, status);

    } else {
        ngx_invoke_instead_redirect(ctx);
    }
}


static ngx_uint_t
ngx_invoke_instead_intercepts(ngx_invoke_ctx_t *ctx, ngx_uint_t status)
{
    return ctx->conf->intercept_errors
           && status >= NGX_HTTP_SPECIAL_RESPONSE
           && ngx_invoke_error_page(ctx->request, status);
}


static void
ngx_invoke_instead_page(ngx_invoke_ctx_t *ctx, ngx_uint_t status)
{
    ngx_table_elt_t      auth, *h;
    ngx_http_request_t  *r;

    r = ctx->request;

    auth.hash = 0;

    if (status == NGX_HTTP_UNAUTHORIZED && r->headers_out.www_authenticate) {
        auth = *r->headers_out.www_authenticate;
    }

    ngx_http_clean_header(r);

    if (auth.hash) {
        h = ngx_invoke_header_push(r, &auth.key, &auth.value);
        if (h == NULL) {
            ngx_invoke_ctx_finalize(ctx, NGX_HTTP_INTERNAL_SERVER_ERROR);
            return;
        }

        r->headers_out.www_authenticate = h;
    }

    ngx_invoke_ctx_hand_on(ctx);

    ngx_http_finalize_request(r, status);
}


static void
ngx_invoke_instead_redirect(ngx_invoke_ctx_t *ctx)
{
    ngx_str_t            uri, args;
    ngx_uint_t           flags;
    ngx_http_request_t  *r;

    r = ctx->request;
    uri = ctx->redirect;

    if (ngx_invoke_instead_headers(ctx) != NGX_OK) {
        ngx_invoke_ctx_finalize(ctx, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    ngx_invoke_ctx_hand_on(ctx);

    if (uri.len && uri.data[0] == '@') {
        (void) ngx_http_named_location(r, &uri);
        ngx_http_finalize_request(r, NGX_DONE);
        return;
    }

    ngx_str_null(&args);
    flags = NGX_HTTP_LOG_UNSAFE;

    if (ngx_http_parse_unsafe_uri(r, &uri, &args, &flags) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_HTTP_NOT_FOUND);
        return;
    }

    if (r->method != NGX_HTTP_HEAD) {
        r->method = NGX_HTTP_GET;
        ngx_str_set(&r->method_name, "GET");
    }

    (void) ngx_http_internal_redirect(r, &uri, &args);
    ngx_http_finalize_request(r, NGX_DONE);
}


/* Of the headers some stay, and the type, which a file has then. */

static ngx_int_t
ngx_invoke_instead_headers(ngx_invoke_ctx_t *ctx)
{
    ngx_str_t             name, type, *charset, *kept;
    ngx_uint_t            i;
    ngx_array_t           headers;
    ngx_table_elt_t      *h, *copy;
    ngx_http_request_t   *r;
    ngx_invoke_headers_t  it;

    r = ctx->request;

    if (ngx_array_init(&headers, r->pool, 4, sizeof(ngx_table_elt_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_invoke_headers_start(&it, &r->headers_out.headers);

    while ((h = ngx_invoke_headers_next(&it)) != NULL) {

        for (kept = ngx_invoke_instead_kept; kept->len; kept++) {
            if (kept->len == h->key.len
                && ngx_strncasecmp(kept->data, h->key.data, h->key.len) == 0)
            {
                break;
            }
        }

        if (kept->len == 0) {
            continue;
        }

        copy = ngx_array_push(&headers);
        if (copy == NULL) {
            return NGX_ERROR;
        }

        *copy = *h;
    }

    type = r->headers_out.content_type;
    charset = r->headers_out.override_charset;

    ngx_http_clean_header(r);

    r->headers_out.override_charset = charset;

    h = headers.elts;

    for (i = 0; i < headers.nelts; i++) {
        if (ngx_invoke_header_add(ctx, &h[i].key, &h[i].value) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    ngx_str_set(&name, "content-type");

    return type.len ? ngx_invoke_header_add(ctx, &name, &type) : NGX_OK;
}
