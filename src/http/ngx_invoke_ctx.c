
#include "ngx_invoke_http.h"


static void ngx_invoke_ctx_end(ngx_event_t *ev);
static void ngx_invoke_ctx_measure(ngx_invoke_ctx_t *ctx);
static void ngx_invoke_ctx_detach(ngx_invoke_ctx_t *ctx);
static void ngx_invoke_ctx_cleanup(void *data);
static void ngx_invoke_ctx_pool_cleanup(void *data);


ngx_invoke_ctx_t *
ngx_invoke_ctx_create(ngx_http_request_t *r)
{
    ngx_invoke_ctx_t    *ctx;
    ngx_http_cleanup_t  *cln;
    ngx_pool_cleanup_t  *pcln;

    ctx = ngx_pcalloc(r->pool, sizeof(ngx_invoke_ctx_t));
    if (ctx == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     ctx->state = NGX_INVOKE_LOOKUP;
     *     ctx->cancel = NULL;
     *     ctx->function = NULL;
     *     ctx->inv = NULL;
     *     ctx->parts = NULL;
     *     ctx->known = 0;
     */

    ctx->request = r;
    ctx->conf = ngx_http_get_module_loc_conf(r, ngx_invoke_module);
    ctx->last_part = &ctx->parts;
    ctx->rest = -1;

    ctx->end.handler = ngx_invoke_ctx_end;
    ctx->end.data = ctx;
    ctx->end.log = r->connection->log;

    cln = ngx_http_cleanup_add(r, 0);
    pcln = ngx_pool_cleanup_add(r->pool, 0);

    if (cln == NULL || pcln == NULL) {
        return NULL;
    }

    cln->handler = ngx_invoke_ctx_cleanup;
    cln->data = ctx;
    pcln->handler = ngx_invoke_ctx_pool_cleanup;
    pcln->data = ctx;

    ngx_http_set_ctx(r, ctx, ngx_invoke_module);

    return ctx;
}


/*
 * An internal redirect has cleared the contexts; the newest cleanup of the
 * pool that is ours and of this request knows.
 */

ngx_invoke_ctx_t *
ngx_invoke_ctx_get(ngx_http_request_t *r)
{
    ngx_invoke_ctx_t    *ctx;
    ngx_pool_cleanup_t  *cln;

    ctx = ngx_http_get_module_ctx(r, ngx_invoke_module);

    if (ctx || !(r->internal || r->filter_finalize)) {
        return ctx;
    }

    for (cln = r->pool->cleanup; cln; cln = cln->next) {

        if (cln->handler == ngx_invoke_ctx_pool_cleanup) {
            ctx = cln->data;

            if (ctx->request == r) {
                return ctx;
            }
        }
    }

    return NULL;
}


/* It may have left already: the event of that does not come again. */

ngx_int_t
ngx_invoke_ctx_watch(ngx_invoke_ctx_t *ctx)
{
    ngx_event_t         *rev;
    ngx_http_request_t  *r;

    r = ctx->request;

    if (ctx->conf->ignore_client_abort || r->background) {
        return NGX_OK;
    }

    r->read_event_handler = ngx_http_test_reading;

    if (r->stream) {
        return NGX_OK;
    }

    rev = r->connection->read;

    if (rev->ready) {
        ngx_post_event(rev, &ngx_posted_events);
        return NGX_OK;
    }

    return ngx_handle_read_event(rev, 0);
}


void
ngx_invoke_ctx_result(ngx_invoke_ctx_t *ctx,
    ngx_invoke_outcome_e outcome)
{
    if (ctx->known) {
        return;
    }

    ctx->known = 1;
    ctx->outcome = outcome;

    ngx_invoke_ctx_measure(ctx);

    ngx_invoke_metrics_sample(ctx->function ? &ctx->function->id : NULL,
                              outcome, &ctx->measure);
}


/* What is to be told of an invocation, also of one that is not over yet. */

static void
ngx_invoke_ctx_measure(ngx_invoke_ctx_t *ctx)
{
    ngx_invoke_invocation_t  *inv;

    inv = ctx->inv;

    if (inv == NULL || ctx->state < NGX_INVOKE_WAITING) {
        return;
    }

    ngx_invoke_invocation_measure(inv);

    ctx->measure = inv->measure;
}


const ngx_invoke_measure_t *
ngx_invoke_ctx_measured(ngx_invoke_ctx_t *ctx)
{
    if (!ctx->known) {

        if (ctx->inv == NULL || ctx->state < NGX_INVOKE_WAITING) {
            return NULL;
        }

        ngx_invoke_ctx_measure(ctx);
    }

    return &ctx->measure;
}


void
ngx_invoke_ctx_finalize(ngx_invoke_ctx_t *ctx, ngx_int_t rc)
{
    ngx_http_request_t  *r;

    if (ctx->state == NGX_INVOKE_DONE) {
        return;
    }

    r = ctx->request;

    ngx_invoke_ctx_detach(ctx);

    ngx_http_finalize_request(r, rc);
}


void
ngx_invoke_ctx_hand_on(ngx_invoke_ctx_t *ctx)
{
    ctx->state = NGX_INVOKE_SENT;
    ngx_invoke_ctx_detach(ctx);

    ctx->request->read_event_handler = ngx_http_block_reading;
}


/*
 * Runs after the events that came together with the end of the response:
 * when the invocation is over by then, its numbers are in the access log.
 */

static void
ngx_invoke_ctx_end(ngx_event_t *ev)
{
    ngx_connection_t    *c;
    ngx_invoke_ctx_t    *ctx;
    ngx_http_request_t  *r;

    ctx = ev->data;
    r = ctx->request;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    ngx_invoke_ctx_finalize(ctx, ctx->rc);

    ngx_http_run_posted_requests(c);
}


/*
 * Takes leave of all that would call back. An invocation whose response was
 * sent goes on, and so does one that is to know nothing of its client having
 * left, or that waitUntil() keeps; their ends are counted when they come.
 */

static void
ngx_invoke_ctx_detach(ngx_invoke_ctx_t *ctx)
{
    ngx_invoke_invocation_t  *inv;

    if (ctx->cancel) {
        ctx->cancel(ctx);
    }

    if (ctx->end.posted) {
        ngx_delete_posted_event(&ctx->end);
    }

    inv = ctx->inv;

    if (inv == NULL) {
        /* void */

    } else if (ctx->state == NGX_INVOKE_BODY) {
        ngx_invoke_invocation_free(inv);

    } else if (ctx->state == NGX_INVOKE_SENT
               || (!ctx->known
                   && (ctx->conf->ignore_client_abort
                       || ngx_invoke_invocation_leave(inv))))
    {
        if (!ctx->known) {
            ngx_invoke_ctx_measure(ctx);
            ctx->known = 1;
            ctx->outcome = (ctx->state == NGX_INVOKE_SENT)
                           ? NGX_INVOKE_OK : NGX_INVOKE_ABORTED;
        }

        inv->data = NULL;

        if (ctx->asked) {
            (void) ngx_invoke_invocation_body(inv, NULL, 0);
        }

    } else {
        ngx_invoke_ctx_result(ctx, NGX_INVOKE_ABORTED);
        inv->data = NULL;
        ngx_invoke_invocation_abort(inv);
    }

    ctx->inv = NULL;
    ctx->state = NGX_INVOKE_DONE;
}


/* Of a request that is terminated, or was finalized. */

static void
ngx_invoke_ctx_cleanup(void *data)
{
    ngx_invoke_ctx_t *ctx = data;

    if (ctx->state != NGX_INVOKE_DONE) {

        if (ctx->inv == NULL && ctx->request->connection->error) {
            ctx->known = 1;
            ctx->outcome = NGX_INVOKE_ABORTED;
        }

        ngx_invoke_ctx_detach(ctx);
    }

    ngx_invoke_log_request(ctx);
}


/* The last thing of a request, after the access log was written. */

static void
ngx_invoke_ctx_pool_cleanup(void *data)
{
    ngx_invoke_ctx_t *ctx = data;

    if (ctx->lookup.function) {
        ngx_invoke_function_release(ctx->lookup.function);
    }

    if (ctx->function) {
        ngx_invoke_function_unuse(ctx->function);
        ngx_invoke_function_release(ctx->function);
    }

    if (ctx->store.record) {
        ngx_invoke_record_release(ctx->store.record);
    }
}
