
#include "ngx_invoke_http.h"
#include "ngx_invoke_descriptors.h"


static void ngx_invoke_handler_body(ngx_http_request_t *r);
static void ngx_invoke_handler_submit(ngx_invoke_ctx_t *ctx);
static void ngx_invoke_handler_overloaded(ngx_invoke_ctx_t *ctx,
    const char *why);
static void ngx_invoke_handler_reply(ngx_invoke_invocation_t *inv,
    ngx_invoke_reply_t *reply);
static void ngx_invoke_handler_console(ngx_invoke_invocation_t *inv,
    ngx_invoke_console_e level, ngx_str_t *text);
static void ngx_invoke_handler_no_console(ngx_invoke_invocation_t *inv,
    ngx_invoke_console_e level, ngx_str_t *text);
static void ngx_invoke_handler_unowned(ngx_invoke_function_t *function,
    ngx_invoke_console_e level, ngx_str_t *text);
static void ngx_invoke_handler_no_unowned(ngx_invoke_function_t *function,
    ngx_invoke_console_e level, ngx_str_t *text);
static void ngx_invoke_handler_finished(ngx_invoke_invocation_t *inv);
static void ngx_invoke_handler_finished_alone(ngx_invoke_invocation_t *inv);
static void ngx_invoke_handler_error(ngx_invoke_invocation_t *inv,
    ngx_invoke_error_t *error);
static void ngx_invoke_handler_end(ngx_event_t *ev);
static void ngx_invoke_handler_measure(ngx_invoke_ctx_t *ctx);
static void ngx_invoke_handler_times(ngx_invoke_ctx_t *ctx,
    ngx_invoke_invocation_t *inv);
static void ngx_invoke_handler_detach(ngx_invoke_ctx_t *ctx);
static void ngx_invoke_handler_cleanup(void *data);
static void ngx_invoke_handler_pool_cleanup(void *data);


ngx_uint_t                     ngx_invoke_handler_ready;

static ngx_invoke_pool_conf_t  ngx_invoke_handler_pool;


static const ngx_invoke_owner_t  ngx_invoke_handler_owner = {
    ngx_invoke_handler_reply,
    ngx_invoke_handler_console,
    ngx_invoke_handler_unowned,
    ngx_invoke_handler_finished
};


/* with "invoke_console off" */

static const ngx_invoke_owner_t  ngx_invoke_handler_quiet_owner = {
    ngx_invoke_handler_reply,
    ngx_invoke_handler_no_console,
    ngx_invoke_handler_no_unowned,
    ngx_invoke_handler_finished
};


/*
 * Without master process a reload keeps the process and its pool, but not
 * the configuration that it was made of, so that is copied.
 */

void
ngx_invoke_handler_init(ngx_invoke_pool_conf_t *conf, ngx_cycle_t *cycle)
{
    ngx_invoke_pool_conf_t  *pool;

    pool = &ngx_invoke_handler_pool;

    *pool = *conf;

    pool->v8_flags.data = calloc(1, conf->v8_flags.len + 1);
    if (pool->v8_flags.data == NULL) {
        return;
    }

    ngx_memcpy(pool->v8_flags.data, conf->v8_flags.data, conf->v8_flags.len);

    ngx_invoke_descriptors_init(cycle, pool->max);

    if (ngx_invoke_pool_init(pool, cycle) != NGX_OK) {
        ngx_log_error(NGX_LOG_ALERT, cycle->log, 0,
                      "invoke: this worker has no isolates");
        return;
    }

    ngx_invoke_handler_ready = 1;
}


void
ngx_invoke_handler_exit(ngx_cycle_t *cycle)
{
    if (ngx_invoke_handler_ready) {
        ngx_invoke_handler_ready = 0;
        ngx_invoke_pool_exit(cycle);
    }

    free(ngx_invoke_handler_pool.v8_flags.data);
    ngx_invoke_handler_pool.v8_flags.data = NULL;
}


ngx_int_t
ngx_invoke_handler(ngx_http_request_t *r)
{
    ngx_invoke_ctx_t       *ctx;
    ngx_http_cleanup_t     *cln;
    ngx_pool_cleanup_t     *pcln;
    ngx_invoke_loc_conf_t  *lcf;

    lcf = ngx_http_get_module_loc_conf(r, ngx_invoke_module);

    ctx = ngx_pcalloc(r->pool, sizeof(ngx_invoke_ctx_t));
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     ctx->state = NGX_INVOKE_LOOKUP;
     *     ctx->function = NULL;
     *     ctx->inv = NULL;
     *     ctx->parts = NULL;
     *     ctx->known = 0;
     */

    ctx->request = r;
    ctx->conf = lcf;
    ctx->last_part = &ctx->parts;
    ctx->rest = -1;

    ctx->end.handler = ngx_invoke_handler_end;
    ctx->end.data = ctx;
    ctx->end.log = r->connection->log;

    cln = ngx_http_cleanup_add(r, 0);
    pcln = ngx_pool_cleanup_add(r->pool, 0);

    if (cln == NULL || pcln == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    cln->handler = ngx_invoke_handler_cleanup;
    cln->data = ctx;
    pcln->handler = ngx_invoke_handler_pool_cleanup;
    pcln->data = ctx;

    ngx_http_set_ctx(r, ctx, ngx_invoke_module);

    if (ngx_invoke_request_trace_id(r, &ctx->trace_id) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* ours until the request is finalized */
    r->main->count++;

    ngx_invoke_lookup(ctx);

    return NGX_DONE;
}


void
ngx_invoke_handler_found(ngx_invoke_ctx_t *ctx)
{
    ngx_int_t            rc;
    ngx_http_request_t  *r;

    r = ctx->request;

    ctx->id = ctx->function->id;
    ctx->state = NGX_INVOKE_BODY;

    rc = ngx_http_read_client_request_body(r, ngx_invoke_handler_body);

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        ngx_invoke_handler_finalize(ctx, rc);
        return;
    }

    /* what the reading has added to the count; ours stays */
    ngx_http_finalize_request(r, NGX_DONE);
}


void
ngx_invoke_handler_refuse(ngx_invoke_ctx_t *ctx, ngx_invoke_outcome_e outcome,
    ngx_err_t err, const char *why)
{
    ngx_invoke_error_t  error;

    ngx_memzero(&error, sizeof(ngx_invoke_error_t));

    error.outcome = outcome;
    error.err = err;
    error.message.data = (u_char *) why;
    error.message.len = ngx_strlen(why);

    ngx_invoke_error_send(ctx, &error);
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
        ngx_invoke_handler_finalize(ctx, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    ngx_invoke_handler_submit(ctx);
}


static void
ngx_invoke_handler_submit(ngx_invoke_ctx_t *ctx)
{
    ngx_invoke_invocation_t  *inv;

    inv = ctx->inv;

    inv->owner = ctx->conf->console ? &ngx_invoke_handler_owner
                                    : &ngx_invoke_handler_quiet_owner;
    inv->data = ctx;

    ngx_invoke_log_request_body(ctx);

    if (!ngx_invoke_handler_ready
        || ngx_invoke_invocation_submit(inv) != NGX_OK)
    {
        ngx_invoke_handler_overloaded(ctx, ngx_invoke_handler_ready
                                           ? (char *) inv->error_message.data
                                           : "There are no isolates");
        return;
    }

    ctx->state = NGX_INVOKE_WAITING;

    if (ngx_invoke_handler_watch(ctx) != NGX_OK) {
        ngx_invoke_handler_finalize(ctx, NGX_ERROR);
    }
}


/* The invocation cannot be run now: it goes, and the client may come again. */

static void
ngx_invoke_handler_overloaded(ngx_invoke_ctx_t *ctx, const char *why)
{
    ngx_invoke_error_t  error;

    ngx_invoke_invocation_free(ctx->inv);
    ctx->inv = NULL;

    ngx_memzero(&error, sizeof(ngx_invoke_error_t));

    error.outcome = NGX_INVOKE_OVERLOADED;
    error.message.data = (u_char *) why;
    error.message.len = ngx_strlen(why);

    ngx_invoke_error_send(ctx, &error);
}


/* It may have left already: the event of that does not come again. */

ngx_int_t
ngx_invoke_handler_watch(ngx_invoke_ctx_t *ctx)
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


static void
ngx_invoke_handler_reply(ngx_invoke_invocation_t *inv,
    ngx_invoke_reply_t *reply)
{
    ngx_connection_t    *c;
    ngx_invoke_ctx_t    *ctx;
    ngx_http_request_t  *r;

    ctx = inv->data;

    if (ctx == NULL) {

        /* the client has left; the function is to go on as if it had not */

        if (reply->body.len) {
            ngx_invoke_invocation_consumed(inv, reply->body.len
                                                + reply->charge);
        }

        ngx_invoke_reply_free(reply);
        return;
    }

    r = ctx->request;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    ngx_invoke_response_reply(ctx, reply);

    ngx_http_run_posted_requests(c);
}


static void
ngx_invoke_handler_console(ngx_invoke_invocation_t *inv,
    ngx_invoke_console_e level, ngx_str_t *text)
{
    ngx_log_t           *log;
    ngx_invoke_ctx_t    *ctx;
    ngx_http_request_t  *r;

    ctx = inv->data;
    log = ngx_cycle->log;

    if (ctx) {
        r = ctx->request;
        log = r->connection->log;
        ngx_http_set_log_request(log, r);
        ngx_invoke_log_console(ctx, level, text);
    }

    ngx_invoke_error_console(log, &inv->function->id, level, text);
}


static void
ngx_invoke_handler_no_console(ngx_invoke_invocation_t *inv,
    ngx_invoke_console_e level, ngx_str_t *text)
{
    if (inv->data) {
        ngx_invoke_log_console(inv->data, level, text);
    }
}


static void
ngx_invoke_handler_unowned(ngx_invoke_function_t *function,
    ngx_invoke_console_e level, ngx_str_t *text)
{
    ngx_invoke_error_console(ngx_cycle->log, &function->id, level, text);
}


static void
ngx_invoke_handler_no_unowned(ngx_invoke_function_t *function,
    ngx_invoke_console_e level, ngx_str_t *text)
{
    /* void */
}


static void
ngx_invoke_handler_finished(ngx_invoke_invocation_t *inv)
{
    ngx_connection_t    *c;
    ngx_invoke_ctx_t    *ctx;
    ngx_invoke_error_t   error;
    ngx_http_request_t  *r;

    ctx = inv->data;

    if (ctx == NULL) {
        ngx_invoke_handler_finished_alone(inv);
        return;
    }

    r = ctx->request;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    ctx->inv = NULL;

    ngx_invoke_handler_times(ctx, inv);

    if (inv->outcome == NGX_INVOKE_OK && ctx->state == NGX_INVOKE_SENT) {

        ngx_invoke_handler_result(ctx, NGX_INVOKE_OK);

        if (!ctx->end.posted) {
            ngx_invoke_handler_finalize(ctx, ctx->rc);
        }

    } else {
        ngx_invoke_handler_error(inv, &error);
        ngx_invoke_error_send(ctx, &error);
    }

    ngx_http_run_posted_requests(c);
}


/* The end of an invocation whose request was over before. */

static void
ngx_invoke_handler_finished_alone(ngx_invoke_invocation_t *inv)
{
    ngx_invoke_error_t           error;
    ngx_invoke_metrics_sample_t  sample;

    if (inv->outcome != NGX_INVOKE_OK) {
        ngx_invoke_handler_error(inv, &error);
        ngx_invoke_error_log(ngx_cycle->log, &inv->function->id,
                             &inv->function->version, &error);
    }

    sample.function = &inv->function->id;
    sample.outcome = inv->outcome;
    sample.start = inv->start;
    sample.ran = inv->ran;
    sample.wall_time = inv->wall_time;
    sample.cpu_time = inv->cpu_time;
    sample.queue_time = inv->queue_time;

    ngx_invoke_metrics_sample(&sample);
}


static void
ngx_invoke_handler_error(ngx_invoke_invocation_t *inv,
    ngx_invoke_error_t *error)
{
    if (inv->outcome == NGX_INVOKE_OK) {
        ngx_memzero(error, sizeof(ngx_invoke_error_t));
        error->outcome = NGX_INVOKE_CRASHED;
        ngx_str_set(&error->message, "the response has no end");
        return;
    }

    error->outcome = inv->outcome;
    error->err = 0;
    error->name = inv->error_name;
    error->message = inv->error_message;
    error->stack = inv->error_stack;
}


/*
 * Runs after the events that came together with the end of the response:
 * when the invocation is over by then, its numbers are in the access log.
 */

static void
ngx_invoke_handler_end(ngx_event_t *ev)
{
    ngx_connection_t    *c;
    ngx_invoke_ctx_t    *ctx;
    ngx_http_request_t  *r;

    ctx = ev->data;
    r = ctx->request;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    ngx_invoke_handler_finalize(ctx, ctx->rc);

    ngx_http_run_posted_requests(c);
}


void
ngx_invoke_handler_result(ngx_invoke_ctx_t *ctx,
    ngx_invoke_outcome_e outcome)
{
    ngx_invoke_metrics_sample_t  sample;

    if (ctx->known) {
        return;
    }

    ctx->known = 1;
    ctx->outcome = outcome;

    ngx_invoke_handler_measure(ctx);

    sample.function = ctx->function ? &ctx->function->id : NULL;
    sample.outcome = outcome;
    sample.start = ctx->start;
    sample.ran = ctx->ran;
    sample.wall_time = ctx->wall_time;
    sample.cpu_time = ctx->cpu_time;
    sample.queue_time = ctx->queue_time;

    ngx_invoke_metrics_sample(&sample);
}


/* What is to be told of an invocation, also of one that is not over yet. */

static void
ngx_invoke_handler_measure(ngx_invoke_ctx_t *ctx)
{
    ngx_invoke_invocation_t  *inv;

    inv = ctx->inv;

    if (inv == NULL || ctx->state < NGX_INVOKE_WAITING) {
        return;
    }

    ngx_invoke_invocation_measure(inv);

    ngx_invoke_handler_times(ctx, inv);
}


static void
ngx_invoke_handler_times(ngx_invoke_ctx_t *ctx, ngx_invoke_invocation_t *inv)
{
    ctx->ran = inv->ran;
    ctx->start = inv->start;
    ctx->wall_time = inv->wall_time;
    ctx->cpu_time = inv->cpu_time;
    ctx->queue_time = inv->queue_time;
}


void
ngx_invoke_handler_finalize(ngx_invoke_ctx_t *ctx, ngx_int_t rc)
{
    ngx_http_request_t  *r;

    if (ctx->state == NGX_INVOKE_DONE) {
        return;
    }

    r = ctx->request;

    ngx_invoke_handler_detach(ctx);

    ngx_http_finalize_request(r, rc);
}


/*
 * Takes leave of all that would call back. An invocation whose response was
 * sent goes on, and so does one that is to know nothing of its client having
 * left; their ends are counted when they come.
 */

static void
ngx_invoke_handler_detach(ngx_invoke_ctx_t *ctx)
{
    ngx_invoke_invocation_t  *inv;

    ngx_invoke_lookup_cancel(ctx);

    if (ctx->end.posted) {
        ngx_delete_posted_event(&ctx->end);
    }

    inv = ctx->inv;

    if (inv == NULL) {
        /* void */

    } else if (ctx->state == NGX_INVOKE_BODY) {
        ngx_invoke_invocation_free(inv);

    } else if (ctx->state == NGX_INVOKE_SENT
               || (ctx->conf->ignore_client_abort && !ctx->known))
    {
        if (!ctx->known) {
            ngx_invoke_handler_measure(ctx);
            ctx->known = 1;
            ctx->outcome = (ctx->state == NGX_INVOKE_SENT)
                           ? NGX_INVOKE_OK : NGX_INVOKE_ABORTED;
        }

        inv->data = NULL;

    } else {
        ngx_invoke_handler_result(ctx, NGX_INVOKE_ABORTED);
        ngx_invoke_invocation_abort(inv);
    }

    ctx->inv = NULL;
    ctx->state = NGX_INVOKE_DONE;
}


/* Of a request that is terminated, or was finalized. */

static void
ngx_invoke_handler_cleanup(void *data)
{
    ngx_invoke_ctx_t *ctx = data;

    if (ctx->state != NGX_INVOKE_DONE) {

        if (ctx->inv == NULL && ctx->request->connection->error) {
            ctx->known = 1;
            ctx->outcome = NGX_INVOKE_ABORTED;
        }

        ngx_invoke_handler_detach(ctx);
    }

    ngx_invoke_log_request(ctx);
}


/* The last thing of a request, after the access log was written. */

static void
ngx_invoke_handler_pool_cleanup(void *data)
{
    ngx_invoke_ctx_t *ctx = data;

    ngx_invoke_response_free(ctx);

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


/*
 * An internal redirect has cleared the contexts; the newest cleanup of the
 * pool that is ours and of this request knows.
 */

ngx_invoke_ctx_t *
ngx_invoke_handler_ctx(ngx_http_request_t *r)
{
    ngx_invoke_ctx_t    *ctx;
    ngx_pool_cleanup_t  *cln;

    ctx = ngx_http_get_module_ctx(r, ngx_invoke_module);

    if (ctx || !(r->internal || r->filter_finalize)) {
        return ctx;
    }

    for (cln = r->pool->cleanup; cln; cln = cln->next) {

        if (cln->handler == ngx_invoke_handler_pool_cleanup) {
            ctx = cln->data;

            if (ctx->request == r) {
                return ctx;
            }
        }
    }

    return NULL;
}
