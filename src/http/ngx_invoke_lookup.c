
#include "ngx_invoke_http.h"
#include "ngx_invoke_descriptors.h"


/* Requests that wait hold a worker that is to leave until they are answered. */

typedef struct {
    ngx_event_t       hold;
    ngx_connection_t  none;     /* what a timer is logged with */
    ngx_uint_t        waiting;
} ngx_invoke_lookup_t;


static void ngx_invoke_lookup_cancel(ngx_invoke_ctx_t *ctx);
static void ngx_invoke_lookup_await(ngx_invoke_ctx_t *ctx);
static void ngx_invoke_lookup_resume(ngx_invoke_ctx_t *ctx, ngx_int_t rc,
    void (*next)(ngx_invoke_ctx_t *ctx, ngx_int_t rc));
static void ngx_invoke_lookup_release(ngx_invoke_ctx_t *ctx);
static void ngx_invoke_lookup_hold(ngx_event_t *ev);
static void ngx_invoke_lookup_local_done(ngx_invoke_local_lookup_t *lookup);
static void ngx_invoke_lookup_local(ngx_invoke_ctx_t *ctx, ngx_int_t rc);
static void ngx_invoke_lookup_fleet(ngx_invoke_ctx_t *ctx);
static void ngx_invoke_lookup_record_done(ngx_invoke_store_lookup_t *store,
    ngx_int_t rc);
static void ngx_invoke_lookup_record(ngx_invoke_ctx_t *ctx, ngx_int_t rc);
static void ngx_invoke_lookup_version_done(ngx_invoke_store_lookup_t *store,
    ngx_int_t rc);
static void ngx_invoke_lookup_version(ngx_invoke_ctx_t *ctx, ngx_int_t rc);


static ngx_invoke_lookup_t  ngx_invoke_lookups;


void
ngx_invoke_lookup(ngx_invoke_ctx_t *ctx,
    void (*found)(ngx_invoke_ctx_t *ctx))
{
    ngx_int_t  rc;
    ngx_str_t  path;

    ctx->lookup.handler = ngx_invoke_lookup_local_done;
    ctx->lookup.data = ctx;
    ctx->store.data = ctx;
    ctx->found = found;
    ctx->cancel = ngx_invoke_lookup_cancel;

    rc = ngx_invoke_target(ctx, &path);

    if (rc == NGX_DONE) {
        ngx_invoke_lookup_fleet(ctx);
        return;
    }

    if (rc == NGX_OK) {
        rc = ngx_invoke_local_find(&ctx->lookup, &path,
                                   ctx->conf->directory_check);
    }

    ngx_invoke_lookup_local(ctx, rc);
}


static void
ngx_invoke_lookup_cancel(ngx_invoke_ctx_t *ctx)
{
    ngx_invoke_lookup_release(ctx);
    ngx_invoke_local_cancel(&ctx->lookup);
    ngx_invoke_store_cancel(&ctx->store);
}


/* Something is looked up: the client may leave meanwhile. */

static void
ngx_invoke_lookup_await(ngx_invoke_ctx_t *ctx)
{
    ngx_event_t  *ev;

    ctx->held = 1;

    if (ngx_invoke_lookups.waiting++ == 0) {
        ev = &ngx_invoke_lookups.hold;

        ev->handler = ngx_invoke_lookup_hold;
        ev->data = &ngx_invoke_lookups.none;
        ev->log = ngx_cycle->log;

        ngx_invoke_lookups.none.fd = (ngx_socket_t) -1;

        ngx_add_timer(ev, 1000);
    }

    if (ngx_invoke_ctx_watch(ctx) != NGX_OK) {
        ngx_invoke_ctx_finalize(ctx, NGX_ERROR);
    }
}


static void
ngx_invoke_lookup_hold(ngx_event_t *ev)
{
    ngx_add_timer(ev, 1000);
}


static void
ngx_invoke_lookup_release(ngx_invoke_ctx_t *ctx)
{
    if (!ctx->held) {
        return;
    }

    ctx->held = 0;

    if (--ngx_invoke_lookups.waiting == 0) {
        ngx_del_timer(&ngx_invoke_lookups.hold);
    }
}


/* What was looked up is there, or not: the request goes on with "next". */

static void
ngx_invoke_lookup_resume(ngx_invoke_ctx_t *ctx, ngx_int_t rc,
    void (*next)(ngx_invoke_ctx_t *ctx, ngx_int_t rc))
{
    ngx_connection_t  *c;

    c = ctx->request->connection;

    ngx_invoke_lookup_release(ctx);

    ngx_http_set_log_request(c->log, ctx->request);

    ctx->request->read_event_handler = ngx_http_block_reading;

    next(ctx, rc);

    ngx_http_run_posted_requests(c);
}


static void
ngx_invoke_lookup_local_done(ngx_invoke_local_lookup_t *lookup)
{
    ngx_invoke_lookup_resume(lookup->data,
                             lookup->function ? NGX_OK : NGX_DECLINED,
                             ngx_invoke_lookup_local);
}


/* The end of the look-up; rc is as ngx_invoke_local_find() returns it. */

static void
ngx_invoke_lookup_local(ngx_invoke_ctx_t *ctx, ngx_int_t rc)
{
    const char                 *why;
    ngx_invoke_outcome_e        outcome;
    ngx_invoke_local_lookup_t  *lookup;

    lookup = &ctx->lookup;

    if (rc == NGX_AGAIN) {
        ngx_invoke_lookup_await(ctx);
        return;
    }

    if (rc == NGX_OK) {
        ctx->function = lookup->function;
        lookup->function = NULL;
        ctx->found(ctx);
        return;
    }

    /* what has run out says nothing of the function */

    outcome = (rc == NGX_DECLINED && !ngx_invoke_errno_short(lookup->err))
              ? NGX_INVOKE_NOT_FOUND : NGX_INVOKE_OVERLOADED;

    why = lookup->failed ? lookup->failed
          : rc == NGX_DECLINED ? "there can be no such function"
          : "it could not be looked up";

    ngx_invoke_error_refuse(ctx, outcome, lookup->err, why);
}


/* A function of the fleet: its record, its key, its version, in this order. */

static void
ngx_invoke_lookup_fleet(ngx_invoke_ctx_t *ctx)
{
    if (ngx_invoke_gateway_check(ctx) != NGX_OK) {
        ngx_invoke_error_refuse(ctx, NGX_INVOKE_FORBIDDEN, 0,
                                "x-invoke-data is not valid, or over");
        return;
    }

    ctx->store.handler = ngx_invoke_lookup_record_done;

    ngx_invoke_lookup_record(ctx, ngx_invoke_store_find(&ctx->store,
                                                         &ctx->id));
}


static void
ngx_invoke_lookup_record_done(ngx_invoke_store_lookup_t *store, ngx_int_t rc)
{
    ngx_invoke_lookup_resume(store->data, rc, ngx_invoke_lookup_record);
}


static void
ngx_invoke_lookup_record(ngx_invoke_ctx_t *ctx, ngx_int_t rc)
{
    ngx_invoke_outcome_e  outcome;

    switch (rc) {

    case NGX_AGAIN:
        ngx_invoke_lookup_await(ctx);
        return;

    case NGX_OK:
        break;

    case NGX_DECLINED:
        ngx_invoke_error_refuse(ctx, NGX_INVOKE_NOT_FOUND, 0,
                                "there is no such function, or it is not "
                                "active");
        return;

    case NGX_BUSY:
        ngx_invoke_error_refuse(ctx, NGX_INVOKE_UNAVAILABLE, 0,
                                ctx->store.failed);
        return;

    default:
        ngx_invoke_error_refuse(ctx, NGX_INVOKE_OVERLOADED, 0,
                                "it could not be looked up");
        return;
    }

    ctx->id = ctx->store.record->id;

    outcome = ngx_invoke_auth_check(ctx);

    if (outcome != NGX_INVOKE_OK) {
        ngx_invoke_error_refuse(ctx, outcome, 0,
                                outcome == NGX_INVOKE_KEY_REQUIRED
                                ? "the request has no API key"
                                : "the request has another API key");
        return;
    }

    ctx->store.handler = ngx_invoke_lookup_version_done;

    ngx_invoke_lookup_version(ctx, ngx_invoke_store_version(&ctx->store));
}


static void
ngx_invoke_lookup_version_done(ngx_invoke_store_lookup_t *store,
    ngx_int_t rc)
{
    ngx_invoke_lookup_resume(store->data, rc, ngx_invoke_lookup_version);
}


static void
ngx_invoke_lookup_version(ngx_invoke_ctx_t *ctx, ngx_int_t rc)
{
    switch (rc) {

    case NGX_AGAIN:
        ngx_invoke_lookup_await(ctx);
        return;

    case NGX_OK:
        ctx->function = ctx->store.function;
        ctx->store.function = NULL;
        ctx->found(ctx);
        return;

    case NGX_BUSY:
        ngx_invoke_error_refuse(ctx, NGX_INVOKE_UNAVAILABLE, 0,
                                ctx->store.failed);
        return;

    default:
        ngx_invoke_error_refuse(ctx, NGX_INVOKE_OVERLOADED, 0,
                                "its version could not be looked up");
    }
}
