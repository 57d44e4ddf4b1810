
#include "ngx_invoke_http.h"
#include "ngx_invoke_headers.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>


static ngx_int_t ngx_invoke_auth_find(ngx_invoke_ctx_t *ctx, ngx_str_t *key);
static ngx_int_t ngx_invoke_auth_arg(ngx_http_request_t *r, ngx_str_t *name,
    ngx_str_t *value);
static ngx_uint_t ngx_invoke_auth_next(ngx_str_t *rest, ngx_str_t *arg);
static ngx_int_t ngx_invoke_auth_decode(ngx_pool_t *pool, ngx_str_t *src,
    ngx_str_t *dst);
static ngx_uint_t ngx_invoke_auth_named(ngx_table_elt_t *h, ngx_str_t *name);


static ngx_str_t  ngx_invoke_auth_names[] = {
    ngx_null_string,                /* NGX_INVOKE_AUTH_NONE */
    ngx_string("authorization"),
    ngx_string("api_key"),
    ngx_string("apiKey"),
    ngx_string("x-api-key")
};


static ngx_str_t  ngx_invoke_auth_cookie_name = ngx_string("auth-token");
static ngx_str_t  ngx_invoke_auth_data = ngx_string("x-invoke-data");


ngx_invoke_outcome_e
ngx_invoke_auth_check(ngx_invoke_ctx_t *ctx)
{
    u_char      digest[SHA256_DIGEST_LENGTH];
    ngx_int_t   rc;
    ngx_str_t   key;

    if (!ctx->store.record->key_required || ctx->trusted) {
        return NGX_INVOKE_OK;
    }

    rc = ngx_invoke_auth_find(ctx, &key);

    if (rc == NGX_DECLINED) {
        return NGX_INVOKE_KEY_REQUIRED;
    }

    /* digests are compared in constant time, and tell nothing of lengths */

    if (rc != NGX_OK || SHA256(key.data, key.len, digest) == NULL
        || CRYPTO_memcmp(digest, ctx->store.record->key, sizeof(digest)) != 0)
    {
        ctx->auth = NGX_INVOKE_AUTH_NONE;
        return NGX_INVOKE_KEY_INVALID;
    }

    return NGX_INVOKE_OK;
}


/* The first that is not empty; a wrong one does not fall through. */

static ngx_int_t
ngx_invoke_auth_find(ngx_invoke_ctx_t *ctx, ngx_str_t *key)
{
    ngx_int_t            rc;
    ngx_table_elt_t     *h;
    ngx_http_request_t  *r;

    r = ctx->request;
    h = r->headers_in.authorization;

    if (h && h->value.len > sizeof("Bearer ") - 1
        && ngx_strncasecmp(h->value.data, (u_char *) "Bearer ",
                           sizeof("Bearer ") - 1)
           == 0)
    {
        key->data = h->value.data + sizeof("Bearer ") - 1;
        key->len = h->value.len - (sizeof("Bearer ") - 1);

        while (key->len && *key->data == ' ') {
            key->data++;
            key->len--;
        }

        if (key->len) {
            ctx->auth = NGX_INVOKE_AUTH_BEARER;
            return NGX_OK;
        }
    }

    for (ctx->auth = NGX_INVOKE_AUTH_ARG; ctx->auth < NGX_INVOKE_AUTH_HEADER;
         ctx->auth++)
    {
        rc = ngx_invoke_auth_arg(r, &ngx_invoke_auth_names[ctx->auth], key);

        if (rc != NGX_DECLINED) {
            return rc;
        }
    }

    h = ngx_invoke_headers_find(&r->headers_in.headers,
                                &ngx_invoke_auth_names[ctx->auth]);

    if (h && h->value.len) {
        *key = h->value;
        return NGX_OK;
    }

    ctx->auth = NGX_INVOKE_AUTH_NONE;

    return NGX_DECLINED;
}


/* The first argument of the query by a name that is not empty, decoded. */

static ngx_int_t
ngx_invoke_auth_arg(ngx_http_request_t *r, ngx_str_t *name, ngx_str_t *value)
{
    ngx_str_t  rest, arg, text;

    rest = r->args;

    while (ngx_invoke_auth_next(&rest, &arg)) {

        if (arg.len <= name->len + 1 || arg.data[name->len] != '='
            || ngx_strncmp(arg.data, name->data, name->len) != 0)
        {
            continue;
        }

        text.data = arg.data + name->len + 1;
        text.len = arg.len - name->len - 1;

        return ngx_invoke_auth_decode(r->pool, &text, value);
    }

    return NGX_DECLINED;
}


/* The next argument of a query, if there is one. */

static ngx_uint_t
ngx_invoke_auth_next(ngx_str_t *rest, ngx_str_t *arg)
{
    u_char  *p, *last;

    if (rest->len == 0) {
        return 0;
    }

    last = rest->data + rest->len;

    p = ngx_strlchr(rest->data, last, '&');

    arg->data = rest->data;
    arg->len = (p ? p : last) - rest->data;

    rest->data = p ? p + 1 : last;
    rest->len = last - rest->data;

    return 1;
}


static ngx_int_t
ngx_invoke_auth_decode(ngx_pool_t *pool, ngx_str_t *src, ngx_str_t *dst)
{
    u_char     *p, *s, *last;
    ngx_int_t   hex;

    p = ngx_pnalloc(pool, src->len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    dst->data = p;

    last = src->data + src->len;

    for (s = src->data; s < last; s++) {

        if (*s == '+') {
            *p++ = ' ';
            continue;
        }

        if (*s == '%' && last - s > 2) {
            hex = ngx_hextoi(s + 1, 2);

            if (hex != NGX_ERROR) {
                *p++ = (u_char) hex;
                s += 2;
                continue;
            }
        }

        *p++ = *s;
    }

    dst->len = p - dst->data;

    return NGX_OK;
}


ngx_int_t
ngx_invoke_auth_args(ngx_invoke_ctx_t *ctx, ngx_str_t *args)
{
    u_char     *p, *start;
    ngx_str_t   rest, arg, *name;

    if (ctx->auth != NGX_INVOKE_AUTH_ARG
        && ctx->auth != NGX_INVOKE_AUTH_ARG_CAMEL)
    {
        return NGX_OK;
    }

    name = &ngx_invoke_auth_names[ctx->auth];

    start = ngx_pnalloc(ctx->request->pool, args->len + 1);
    if (start == NULL) {
        return NGX_ERROR;
    }

    p = start;
    rest = *args;

    while (ngx_invoke_auth_next(&rest, &arg)) {

        if (arg.len >= name->len
            && (arg.len == name->len || arg.data[name->len] == '=')
            && ngx_strncmp(arg.data, name->data, name->len) == 0)
        {
            continue;
        }

        if (p != start) {
            *p++ = '&';
        }

        p = ngx_cpymem(p, arg.data, arg.len);
    }

    args->data = start;
    args->len = p - start;

    return NGX_OK;
}


ngx_uint_t
ngx_invoke_auth_hides(ngx_invoke_ctx_t *ctx, ngx_table_elt_t *h)
{
    if (ctx->store.record == NULL) {
        return 0;
    }

    return ngx_invoke_auth_named(h,
                             &ngx_invoke_auth_names[NGX_INVOKE_AUTH_HEADER])
           || ngx_invoke_auth_named(h, &ngx_invoke_auth_data)
           || (ctx->auth == NGX_INVOKE_AUTH_BEARER
               && ngx_invoke_auth_named(h,
                            &ngx_invoke_auth_names[NGX_INVOKE_AUTH_BEARER]));
}


static ngx_uint_t
ngx_invoke_auth_named(ngx_table_elt_t *h, ngx_str_t *name)
{
    return h->key.len == name->len
           && ngx_strncasecmp(h->key.data, name->data, name->len) == 0;
}


/* The separators stay as they are: what is copied is never longer. */

u_char *
ngx_invoke_auth_cookies(ngx_invoke_ctx_t *ctx, ngx_table_elt_t *h, u_char *p)
{
    u_char     *last, *s, *name, *end, *start;
    ngx_str_t  *hidden;

    if (ctx->store.record == NULL || h->key.len != sizeof("cookie") - 1
        || ngx_strncasecmp(h->key.data, (u_char *) "cookie",
                           sizeof("cookie") - 1)
           != 0)
    {
        return ngx_cpymem(p, h->value.data, h->value.len);
    }

    hidden = &ngx_invoke_auth_cookie_name;

    start = p;
    last = h->value.data + h->value.len;

    for (s = h->value.data; s < last; s = end + 1) {

        end = ngx_strlchr(s, last, ';');

        if (end == NULL) {
            end = last;
        }

        name = s;

        while (name < end && (*name == ' ' || *name == '\t')) {
            name++;
        }

        if (name == end
            || ((size_t) (end - name) >= hidden->len
                && ngx_strncmp(name, hidden->data, hidden->len) == 0
                && (name + hidden->len == end || name[hidden->len] == '=')))
        {
            continue;
        }

        if (p == start) {
            s = name;

        } else {
            *p++ = ';';
        }

        p = ngx_cpymem(p, s, end - s);
    }

    return p;
}
