
#include "ngx_invoke_http.h"
#include "ngx_invoke_escape.h"


/* of nginx's 2048 bytes a line: the rest is for what nginx adds */
#define NGX_INVOKE_ERROR_LINE  1400


static ngx_int_t ngx_invoke_error_response(ngx_invoke_ctx_t *ctx,
    ngx_invoke_error_t *error);
static ngx_int_t ngx_invoke_error_headers(ngx_invoke_ctx_t *ctx,
    ngx_invoke_error_t *error);
static ngx_uint_t ngx_invoke_error_page(ngx_http_request_t *r,
    ngx_uint_t status);


ngx_str_t  ngx_invoke_error_methods[] = {
    ngx_string("debug"),
    ngx_string("log"),
    ngx_string("info"),
    ngx_string("warn"),
    ngx_string("error"),
    ngx_string("trace")
};


static ngx_uint_t  ngx_invoke_error_levels[] = {
    NGX_LOG_DEBUG,
    NGX_LOG_INFO,
    NGX_LOG_INFO,
    NGX_LOG_WARN,
    NGX_LOG_ERR,
    NGX_LOG_ERR
};


void
ngx_invoke_error_send(ngx_invoke_ctx_t *ctx, ngx_invoke_error_t *error)
{
    ngx_int_t            rc;
    ngx_http_request_t  *r;

    r = ctx->request;

    ngx_invoke_error_log(r->connection->log, &ctx->id,
                         ctx->function ? &ctx->function->version : NULL,
                         error);

    ngx_invoke_log_error(ctx, error);

    ngx_invoke_handler_result(ctx, error->outcome);

    if (ctx->state == NGX_INVOKE_SENT) {

        /* the response stands */

        if (!ctx->end.posted) {
            ngx_invoke_handler_finalize(ctx, ctx->rc);
        }

        return;
    }

    if (r->header_sent) {

        /* it does not, and the client has to notice */

        r->keepalive = 0;
        ngx_invoke_handler_finalize(ctx, NGX_ERROR);
        return;
    }

    rc = ngx_invoke_outcomes[error->outcome].http;

    if (rc != NGX_HTTP_CLIENT_CLOSED_REQUEST
        && !ngx_invoke_error_page(r, rc))
    {
        rc = ngx_invoke_error_response(ctx, error);
    }

    ngx_invoke_handler_finalize(ctx, rc);
}


/* Whether the location has an error page for a status, and may use it. */

static ngx_uint_t
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

    r->headers_out.status = outcome->http;

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


void
ngx_invoke_error_log(ngx_log_t *log, ngx_str_t *id, ngx_str_t *version,
    ngx_invoke_error_t *error)
{
    u_char      *p, *src, *end, text[NGX_INVOKE_ERROR_LINE];
    u_char       buf[NGX_INVOKE_ESCAPE_NAME];
    ngx_str_t    none, name;
    ngx_uint_t   level;

    switch (error->outcome) {

    case NGX_INVOKE_BAD_REQUEST:
    case NGX_INVOKE_BAD_CHARSET:
    case NGX_INVOKE_KEY_REQUIRED:
    case NGX_INVOKE_KEY_INVALID:
    case NGX_INVOKE_FORBIDDEN:
    case NGX_INVOKE_ABORTED:
        level = NGX_LOG_INFO;
        break;

    default:
        level = NGX_LOG_ERR;
    }

    if (log->log_level < level) {
        return;
    }

    p = text;
    end = text + sizeof(text);

    /* a stack of V8's starts with the other two */

    if (error->stack.len < error->name.len || error->stack.len == 0
        || ngx_strncmp(error->stack.data, error->name.data, error->name.len)
           != 0)
    {
        if (error->name.len) {
            src = error->name.data;
            p = ngx_invoke_escape(p, end, &src, src + error->name.len);
            p = ngx_slprintf(p, end, ": ");
        }

        src = error->message.data;
        p = ngx_invoke_escape(p, end, &src, src + error->message.len);

        if (error->stack.len) {
            p = ngx_slprintf(p, end, ", stack: ");
        }
    }

    src = error->stack.data;
    p = ngx_invoke_escape(p, end, &src, src + error->stack.len);

    ngx_str_null(&none);

    if (version == NULL) {
        version = &none;
    }

    name = ngx_invoke_escape_name(buf, id);

    ngx_log_error(level, log, error->err,
                  "invoke: function \"%V\"%s%*s failed, %V: %*s",
                  &name, version->len ? " version " : "",
                  ngx_min(version->len, 12), version->data,
                  &ngx_invoke_outcomes[error->outcome].code,
                  (size_t) (p - text), text);
}


void
ngx_invoke_error_console(ngx_log_t *log, ngx_str_t *id,
    ngx_invoke_console_e level, ngx_str_t *text)
{
    u_char     *p, *src, *last, line[NGX_INVOKE_ERROR_LINE];
    u_char      buf[NGX_INVOKE_ESCAPE_NAME];
    ngx_str_t   name;

    if (log->log_level < ngx_invoke_error_levels[level]) {
        return;
    }

    src = text->data;
    last = src + text->len;

    name = ngx_invoke_escape_name(buf, id);

    /* what is too long for a line of the log goes on in the next one */

    do {
        p = ngx_invoke_escape(line, line + sizeof(line), &src, last);

        ngx_log_error(ngx_invoke_error_levels[level], log, 0,
                      "invoke: console.%V: %*s, function: \"%V\"",
                      &ngx_invoke_error_methods[level],
                      (size_t) (p - line), line, &name);

    } while (src < last);
}
