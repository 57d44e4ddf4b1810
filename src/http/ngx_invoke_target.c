
#include "ngx_invoke_http.h"


static ngx_int_t ngx_invoke_target_directory(ngx_invoke_ctx_t *ctx,
    ngx_str_t *value, ngx_str_t *path);
static u_char *ngx_invoke_target_clean(u_char *start, u_char *dst,
    u_char *p, u_char *last);


ngx_int_t
ngx_invoke_target(ngx_invoke_ctx_t *ctx, ngx_str_t *path)
{
    ngx_str_t                value;
    ngx_invoke_loc_conf_t   *lcf;
    ngx_invoke_main_conf_t  *mcf;

    lcf = ctx->conf;

    if (lcf->directory.len) {
        ctx->id = lcf->directory;
        *path = lcf->directory;
        return NGX_OK;
    }

    if (ngx_http_complex_value(ctx->request, lcf->function, &value) != NGX_OK) {
        return NGX_ERROR;
    }

    ctx->id = value;

    if (value.len && (value.data[0] == '/'
                      || (value.len > 1 && value.data[0] == '.'
                          && value.data[1] == '/')))
    {
        return ngx_invoke_target_directory(ctx, &value, path);
    }

    mcf = ngx_http_get_module_main_conf(ctx->request, ngx_invoke_module);

    return mcf->record_zone ? NGX_DONE : NGX_DECLINED;
}


/* A relative one is below nginx's prefix. */

static ngx_int_t
ngx_invoke_target_directory(ngx_invoke_ctx_t *ctx, ngx_str_t *value,
    ngx_str_t *path)
{
    u_char  *p, *dst;

    if (value->len + ngx_cycle->prefix.len >= NGX_MAX_PATH) {
        return NGX_DECLINED;
    }

    path->data = ngx_pnalloc(ctx->request->pool,
                             ngx_cycle->prefix.len + value->len + 1);
    if (path->data == NULL) {
        return NGX_ERROR;
    }

    dst = path->data;
    p = value->data;

    if (*p == '.') {
        dst = ngx_cpymem(dst, ngx_cycle->prefix.data, ngx_cycle->prefix.len);
        p += 2;
    }

    dst = ngx_invoke_target_clean(path->data, dst, p,
                                  value->data + value->len);
    if (dst == NULL) {
        return NGX_DECLINED;
    }

    *dst = '\0';
    path->len = dst - path->data;

    ctx->id = *path;

    return NGX_OK;
}


/*
 * Appends to what is at "start" so that a directory has one name: single
 * slashes, none at the end, no ".". Returns the end, or NULL: it has a "..",
 * or a NUL.
 */

static u_char *
ngx_invoke_target_clean(u_char *start, u_char *dst, u_char *p, u_char *last)
{
    while (p < last) {

        if (*p == '\0') {
            return NULL;
        }

        if (*p == '/' && dst > start && dst[-1] == '/') {
            p++;
            continue;
        }

        if (p[0] == '.' && dst > start && dst[-1] == '/') {

            if (last - p == 1 || p[1] == '/') {
                p++;
                continue;
            }

            if (p[1] == '.' && (last - p == 2 || p[2] == '/')) {
                return NULL;
            }
        }

        *dst++ = *p++;
    }

    while (dst - start > 1 && dst[-1] == '/') {
        dst--;
    }

    return dst;
}
