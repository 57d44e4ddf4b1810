
#include "ngx_invoke_http.h"


static void ngx_invoke_owner_reply(ngx_invoke_invocation_t *inv,
    ngx_invoke_reply_t *reply);
static void ngx_invoke_owner_console(ngx_invoke_invocation_t *inv,
    ngx_invoke_console_e level, ngx_str_t *text);
static void ngx_invoke_owner_no_console(ngx_invoke_invocation_t *inv,
    ngx_invoke_console_e level, ngx_str_t *text);
static void ngx_invoke_owner_body(ngx_invoke_invocation_t *inv);
static void ngx_invoke_owner_unowned(ngx_invoke_function_t *function,
    ngx_invoke_console_e level, ngx_str_t *text);
static void ngx_invoke_owner_no_unowned(ngx_invoke_function_t *function,
    ngx_invoke_console_e level, ngx_str_t *text);
static void ngx_invoke_owner_failed(ngx_invoke_invocation_t *inv);
static void ngx_invoke_owner_finished(ngx_invoke_invocation_t *inv);
static void ngx_invoke_owner_alone(ngx_invoke_invocation_t *inv);
static void ngx_invoke_owner_log(ngx_invoke_invocation_t *inv,
    ngx_invoke_error_t *error);
static void ngx_invoke_owner_error(ngx_invoke_invocation_t *inv,
    ngx_invoke_error_t *error);


const ngx_invoke_owner_t  ngx_invoke_owner_loud = {
    ngx_invoke_owner_reply,
    ngx_invoke_owner_console,
    ngx_invoke_owner_body,
    ngx_invoke_owner_failed,
    ngx_invoke_owner_unowned,
    ngx_invoke_owner_finished
};


/* with "invoke_console off" */

const ngx_invoke_owner_t  ngx_invoke_owner_quiet = {
    ngx_invoke_owner_reply,
    ngx_invoke_owner_no_console,
    ngx_invoke_owner_body,
    ngx_invoke_owner_failed,
    ngx_invoke_owner_no_unowned,
    ngx_invoke_owner_finished
};


static void
ngx_invoke_owner_reply(ngx_invoke_invocation_t *inv,
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
ngx_invoke_owner_console(ngx_invoke_invocation_t *inv,
    ngx_invoke_console_e level, ngx_str_t *text)
{
    ngx_log_t           *log;
    ngx_str_t           *trace;
    ngx_invoke_ctx_t    *ctx;
    ngx_http_request_t  *r;

    ctx = inv->data;
    log = ngx_cycle->log;
    trace = &inv->trace_id;

    if (ctx) {
        r = ctx->request;
        log = r->connection->log;
        trace = NULL;
        ngx_http_set_log_request(log, r);
        ngx_invoke_log_console(ctx, level, text);
    }

    ngx_invoke_error_console(log, &inv->function->id, trace, level, text);
}


static void
ngx_invoke_owner_no_console(ngx_invoke_invocation_t *inv,
    ngx_invoke_console_e level, ngx_str_t *text)
{
    if (inv->data) {
        ngx_invoke_log_console(inv->data, level, text);
    }
}


static void
ngx_invoke_owner_body(ngx_invoke_invocation_t *inv)
{
    ngx_connection_t  *c;
    ngx_invoke_ctx_t  *ctx;

    ctx = inv->data;

    if (ctx == NULL) {
        (void) ngx_invoke_invocation_body(inv, NULL, 0);
        return;
    }

    c = ctx->request->connection;

    ngx_http_set_log_request(c->log, ctx->request);

    ngx_invoke_body_asked(ctx);

    ngx_http_run_posted_requests(c);
}


static void
ngx_invoke_owner_unowned(ngx_invoke_function_t *function,
    ngx_invoke_console_e level, ngx_str_t *text)
{
    ngx_invoke_error_console(ngx_cycle->log, &function->id, NULL, level, text);
}


static void
ngx_invoke_owner_no_unowned(ngx_invoke_function_t *function,
    ngx_invoke_console_e level, ngx_str_t *text)
{
    /* void */
}


/* The request is over by that, the invocation is counted at its end. */

static void
ngx_invoke_owner_failed(ngx_invoke_invocation_t *inv)
{
    ngx_connection_t    *c;
    ngx_invoke_ctx_t    *ctx;
    ngx_invoke_error_t   error;
    ngx_http_request_t  *r;

    ctx = inv->data;

    inv->told = inv->outcome;

    ngx_invoke_owner_error(inv, &error);

    if (ctx == NULL) {
        ngx_invoke_owner_log(inv, &error);
        return;
    }

    r = ctx->request;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    ctx->inv = NULL;
    inv->data = NULL;

    if (ctx->asked) {
        (void) ngx_invoke_invocation_body(inv, NULL, 0);
    }

    ctx->known = 1;
    ctx->outcome = inv->outcome;
    ctx->measure = inv->measure;

    ngx_invoke_error_send(ctx, &error);

    ngx_http_run_posted_requests(c);
}


static void
ngx_invoke_owner_finished(ngx_invoke_invocation_t *inv)
{
    ngx_connection_t    *c;
    ngx_invoke_ctx_t    *ctx;
    ngx_invoke_error_t   error;
    ngx_http_request_t  *r;

    ctx = inv->data;

    if (ctx == NULL) {
        ngx_invoke_owner_alone(inv);
        return;
    }

    r = ctx->request;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    ctx->inv = NULL;

    ctx->measure = inv->measure;

    if (inv->outcome == NGX_INVOKE_OK && ctx->state == NGX_INVOKE_SENT) {

        ngx_invoke_ctx_result(ctx, NGX_INVOKE_OK);

        if (!ctx->end.posted) {
            ngx_invoke_ctx_finalize(ctx, ctx->rc);
        }

    } else {
        ngx_invoke_owner_error(inv, &error);
        ngx_invoke_error_send(ctx, &error);
    }

    ngx_http_run_posted_requests(c);
}


/* The end of an invocation whose request was over before. */

static void
ngx_invoke_owner_alone(ngx_invoke_invocation_t *inv)
{
    ngx_invoke_error_t  error;

    if (inv->outcome != inv->told) {
        ngx_invoke_owner_error(inv, &error);
        ngx_invoke_owner_log(inv, &error);
    }

    ngx_invoke_metrics_sample(&inv->function->id, inv->outcome, &inv->measure);
}


static void
ngx_invoke_owner_log(ngx_invoke_invocation_t *inv, ngx_invoke_error_t *error)
{
    ngx_invoke_error_log(ngx_cycle->log, &inv->function->id,
                         &inv->function->version, &inv->trace_id, error);
}


static void
ngx_invoke_owner_error(ngx_invoke_invocation_t *inv,
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
    error->status = inv->error_status;
}
