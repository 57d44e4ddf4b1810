
#include "ngx_invoke_http.h"


static void ngx_invoke_handler_found(ngx_invoke_ctx_t *ctx);
static void ngx_invoke_handler_body(ngx_http_request_t *r);
static void ngx_invoke_handler_submit(ngx_invoke_ctx_t *ctx);
static void ngx_invoke_handler_overloaded(ngx_invoke_ctx_t *ctx,
    const char *why);


ngx_int_t
ngx_invoke_handler(ngx_http_request_t *r)
{
    ngx_invoke_ctx_t  *ctx;

    ctx = ngx_invoke_ctx_create(r);

    if (ctx == NULL
        || ngx_invoke_request_trace_id(r, &ctx->trace_id) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_invoke_trace_id_log(r);

    /* ours until the request is finalized */
    r->main->count++;

    ngx_invoke_lookup(ctx, ngx_invoke_handler_found);

    return NGX_DONE;
}


/* The end of the look-up: ctx->function is set, the body comes next. */

static void
ngx_invoke_handler_found(ngx_invoke_ctx_t *ctx)
{
    ngx_int_t            rc;
    ngx_http_request_t  *r;

    r = ctx->request;

    ctx->id = ctx->function->id;
    ctx->state = NGX_INVOKE_BODY;

    if (!ctx->conf->request_buffering) {
        ngx_invoke_body_prepare(ctx);
    }

    rc = ngx_http_read_client_request_body(r, ngx_invoke_handler_body);

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        ngx_invoke_ctx_finalize(ctx, rc);
        return;
    }

    /* what the reading has added to the count; ours stays */
    ngx_http_finalize_request(r, NGX_DONE);
}


static void
ngx_invoke_handler_body(ngx_http_request_t *r)
{
    ngx_int_t          rc;
    ngx_invoke_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_invoke_module);

    rc = ngx_invoke_request_copy(ctx);

    if (rc == NGX_BUSY) {
        ngx_invoke_handler_overloaded(ctx, "No descriptor for the request's "
                                      "body");
        return;
    }

    if (rc != NGX_OK) {
        ngx_invoke_ctx_finalize(ctx, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    ngx_invoke_handler_submit(ctx);
}


static void
ngx_invoke_handler_submit(ngx_invoke_ctx_t *ctx)
{
    ngx_invoke_invocation_t  *inv;

    inv = ctx->inv;

    inv->owner = ctx->conf->console ? &ngx_invoke_owner_loud
                                    : &ngx_invoke_owner_quiet;
    inv->data = ctx;

    ngx_invoke_log_request_body(ctx);

    if (!ngx_invoke_worker_ready
        || ngx_invoke_invocation_submit(inv) != NGX_OK)
    {
        ngx_invoke_handler_overloaded(ctx, ngx_invoke_worker_ready
                                           ? (char *) inv->error_message.data
                                           : "There are no isolates");
        return;
    }

    ctx->state = NGX_INVOKE_WAITING;

    if ((ctx->request->reading_body ? ngx_invoke_body_start(ctx)
                                    : ngx_invoke_ctx_watch(ctx))
        != NGX_OK)
    {
        ngx_invoke_ctx_finalize(ctx, NGX_ERROR);
    }
}


/* The invocation cannot be run now: it goes, and the client may come again. */

static void
ngx_invoke_handler_overloaded(ngx_invoke_ctx_t *ctx, const char *why)
{
    ngx_invoke_invocation_free(ctx->inv);
    ctx->inv = NULL;

    ngx_invoke_error_refuse(ctx, NGX_INVOKE_OVERLOADED, 0, why);
}
