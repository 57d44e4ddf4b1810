
#include "ngx_invoke_http.h"


static ngx_int_t ngx_invoke_error_response(ngx_invoke_ctx_t *ctx,
    ngx_invoke_error_t *error);
static ngx_int_t ngx_invoke_error_headers(ngx_invoke_ctx_t *ctx,
    ngx_invoke_error_t *error);
static ngx_uint_t ngx_invoke_error_status(ngx_invoke_error_t *error);


void
ngx_invoke_error_send(ngx_invoke_ctx_t *ctx, ngx_invoke_error_t *error)
{
    ngx_int_t                  rc;
    ngx_http_request_t        *r;
    ngx_http_core_loc_conf_t  *clcf;

    r = ctx->request;
    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (error->outcome != NGX_INVOKE_NOT_FOUND || clcf->log_not_found) {
        ngx_invoke_error_log(r->connection->log, &ctx->id,
                             ctx->function ? &ctx->function->version : NULL,
                             NULL, error);
    }

    ngx_invoke_log_error(ctx, error);

    ngx_invoke_ctx_result(ctx, error->outcome);

    if (ctx->state == NGX_INVOKE_SENT) {

        /* the response stands */

        if (!ctx->end.posted) {
            ngx_invoke_ctx_finalize(ctx, ctx->rc);
        }

        return;
    }

    if (r->header_sent) {

        /* it does not, and the client has to notice */

        r->keepalive = 0;
        ngx_invoke_ctx_finalize(ctx, NGX_ERROR);
        return;
    }

    rc = ngx_invoke_error_status(error);

    if (rc != NGX_HTTP_CLIENT_CLOSED_REQUEST
        && !ngx_invoke_error_page(r, rc))
    {
        rc = ngx_invoke_error_response(ctx, error);
    }

    ngx_invoke_ctx_finalize(ctx, rc);
}


void
ngx_invoke_error_refuse(ngx_invoke_ctx_t *ctx, ngx_invoke_outcome_e outcome,
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


static ngx_uint_t
ngx_invoke_error_status(ngx_invoke_error_t *error)
{
    return error->status ? error->status
                         : ngx_invoke_outcomes[error->outcome].http;
}


ngx_uint_t
ngx_invoke_error_page(ngx_http_request_t *r, ngx_uint_t status)
{
    ngx_uint_t                 i;
    ngx_http_err_page_t       *page;
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (r->error_page || clcf->error_pages == NULL || r->uri_changes == 0) {
        return 0;
    }

    page = clcf->error_pages->elts;

    for (i = 0; i < clcf->error_pages->nelts; i++) {
        if (page[i].status == (ngx_int_t) status) {
            return 1;
        }
    }

    return 0;
}


/* Returns what the request is to be finalized with. */

static ngx_int_t
ngx_invoke_error_response(ngx_invoke_ctx_t *ctx, ngx_invoke_error_t *error)
{
    ngx_int_t                    rc;
    ngx_str_t                    message, name;
    ngx_uint_t                   detail;
    ngx_invoke_text_t            text;
    ngx_http_request_t          *r;
    const ngx_invoke_outcome_t  *outcome;

    r = ctx->request;
    outcome = &ngx_invoke_outcomes[error->outcome];
    detail = ctx->conf->error_detail;

    /* a body that was not read is not asked for either; Expect: 100-continue */

    r->expect_tested = 1;

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    message = (detail && error->message.len) ? error->message
                                             : outcome->message;

    ngx_invoke_text_init(&text, r->pool);

    ngx_invoke_text_printf(&text, "{\"success\":false,\"message\":");

    switch (error->outcome) {

    case NGX_INVOKE_NOT_FOUND:
    case NGX_INVOKE_KEY_REQUIRED:
    case NGX_INVOKE_KEY_INVALID:
    case NGX_INVOKE_FORBIDDEN:

        message = outcome->message;
        ngx_invoke_text_json(&text, &message);

        break;

    default:

        ngx_invoke_text_json(&text, &message);
        ngx_invoke_text_printf(&text, ",\"error\":{\"code\":\"%V\"",
                               &outcome->code);

        if (detail) {
            name = error->name;

            if (name.len == 0) {
                ngx_str_set(&name, "Error");
            }

            ngx_invoke_text_printf(&text, ",\"name\":");
            ngx_invoke_text_json(&text, &name);
            ngx_invoke_text_printf(&text, ",\"stack\":");
            ngx_invoke_text_json(&text, &error->stack);
        }

        ngx_invoke_text_printf(&text, "},\"functionId\":");
        ngx_invoke_text_json(&text, &ctx->id);
        ngx_invoke_text_printf(&text, ",\"requestId\":");
        ngx_invoke_text_json(&text, &ctx->trace_id);
    }

    ngx_invoke_text_printf(&text, "}");

    ngx_invoke_header_status(r, ngx_invoke_error_status(error));

    if (ngx_invoke_error_headers(ctx, error) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_invoke_text_send(&text, r, "application/json; charset=utf-8");
}


static ngx_int_t
ngx_invoke_error_headers(ngx_invoke_ctx_t *ctx, ngx_invoke_error_t *error)
{
    ngx_str_t                name, value;
    ngx_http_request_t      *r;
    ngx_invoke_main_conf_t  *mcf;

    r = ctx->request;

    ngx_str_set(&name, "x-trace-id");

    if (ngx_invoke_header_push(r, &name, &ctx->trace_id) == NULL) {
        return NGX_ERROR;
    }

    if (error->outcome != NGX_INVOKE_OVERLOADED) {
        return NGX_OK;
    }

    /* by then all that waits now has been served or refused */

    mcf = ngx_http_get_module_main_conf(r, ngx_invoke_module);

    value.data = ngx_pnalloc(r->pool, NGX_TIME_T_LEN);
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    value.len = ngx_sprintf(value.data, "%M",
                            (mcf->pool.queue_timeout + 999) / 1000)
                - value.data;

    ngx_str_set(&name, "Retry-After");

    return ngx_invoke_header_push(r, &name, &value) ? NGX_OK : NGX_ERROR;
}
