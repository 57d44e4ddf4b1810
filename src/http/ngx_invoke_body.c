
#include "ngx_invoke_http.h"


static void ngx_invoke_body_read(ngx_invoke_ctx_t *ctx);
static void ngx_invoke_body_event(ngx_http_request_t *r);
static void ngx_invoke_body_fail(ngx_invoke_ctx_t *ctx, ngx_int_t rc);


/* A subrequest, or an internal redirect, may come with one that was read. */

void
ngx_invoke_body_prepare(ngx_invoke_ctx_t *ctx)
{
    ngx_http_request_t  *r;

    r = ctx->request;

    if (r == r->main && r->request_body == NULL && !r->discard_body) {
        r->request_body_no_buffering = 1;
        ctx->streamed = 1;
    }
}


/* As ngx_invoke_ctx_watch(): the client may have left already. */

ngx_int_t
ngx_invoke_body_start(ngx_invoke_ctx_t *ctx)
{
    ngx_event_t         *rev;
    ngx_http_request_t  *r;

    r = ctx->request;
    rev = r->connection->read;

    r->read_event_handler = ngx_invoke_body_event;

    if (r->stream) {
        return NGX_OK;
    }

    if (rev->ready) {
        ngx_post_event(rev, &ngx_posted_events);
        return NGX_OK;
    }

    return ngx_handle_read_event(rev, 0);
}


void
ngx_invoke_body_asked(ngx_invoke_ctx_t *ctx)
{
    ctx->asked = 1;

    ngx_invoke_body_read(ctx);
}


/*
 * nginx reads into one buffer: it reads no further until the function has
 * asked for what is in it, and the client has to wait.
 */

static void
ngx_invoke_body_read(ngx_invoke_ctx_t *ctx)
{
    ngx_int_t                 rc;
    ngx_uint_t                reading;
    ngx_event_t              *rev;
    ngx_chain_t              *in, *cl;
    ngx_http_request_t       *r;
    ngx_http_request_body_t  *rb;

    r = ctx->request;
    rb = r->request_body;
    rev = r->connection->read;
    reading = r->reading_body;

    if (reading) {
        rc = ngx_http_read_unbuffered_request_body(r);

        if (rc == NGX_ERROR || rc >= NGX_HTTP_SPECIAL_RESPONSE) {
            ngx_invoke_body_fail(ctx, rc);
            return;
        }
    }

    in = rb ? rb->bufs : NULL;

    for (cl = in; cl; cl = cl->next) {
        if (cl->buf->pos != cl->buf->last) {
            break;
        }
    }

    if (cl == NULL && r->reading_body) {

        /* the event of what is to come reads on */
        return;
    }

    ctx->asked = 0;

    if (rb) {
        rb->bufs = NULL;
    }

    ngx_invoke_log_request_part(ctx, in);

    if (ngx_invoke_invocation_body(ctx->inv, in, 1) != NGX_OK) {
        ngx_invoke_ctx_finalize(ctx, NGX_ERROR);
        return;
    }

    /* the client has as long as the function takes */

    if (rev->timer_set) {
        ngx_del_timer(rev);
    }

    if (reading && !r->reading_body && ngx_invoke_ctx_watch(ctx) != NGX_OK) {
        ngx_invoke_ctx_finalize(ctx, NGX_ERROR);
    }
}


static void
ngx_invoke_body_event(ngx_http_request_t *r)
{
    ngx_invoke_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_invoke_module);

    if (ctx == NULL) {

        /* another location answers */
        return;
    }

    if (ctx->asked) {
        ngx_invoke_body_read(ctx);
        return;
    }

    r->connection->read->timedout = 0;

    if (!ctx->conf->ignore_client_abort) {
        ngx_http_test_reading(r);
    }
}


/* The body is not to be had, whatever the function makes of that. */

static void
ngx_invoke_body_fail(ngx_invoke_ctx_t *ctx, ngx_int_t rc)
{
    ngx_http_request_t  *r;

    r = ctx->request;

    if (r->connection->error) {
        ngx_invoke_ctx_finalize(ctx, NGX_HTTP_CLIENT_CLOSED_REQUEST);
        return;
    }

    ngx_invoke_ctx_result(ctx, rc == NGX_HTTP_REQUEST_ENTITY_TOO_LARGE
                               ? NGX_INVOKE_BODY_TOO_LARGE
                               : NGX_INVOKE_ABORTED);

    if (r->header_sent) {
        r->keepalive = 0;
        rc = NGX_ERROR;
    }

    ngx_invoke_ctx_finalize(ctx, rc);
}
