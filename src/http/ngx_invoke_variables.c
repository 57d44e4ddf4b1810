
#include "ngx_invoke_http.h"
#include "ngx_invoke_release.h"


static ngx_int_t ngx_invoke_variable_function(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_invoke_variable_version(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_invoke_variable_status(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_invoke_variable_time(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_invoke_variable_start(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_invoke_variable_trace_id(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_invoke_variable_module_version(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_invoke_variable_set(ngx_http_variable_value_t *v,
    ngx_str_t *value);


static ngx_http_variable_t  ngx_invoke_variables[] = {

    { ngx_string("invoke_function"), NULL,
      ngx_invoke_variable_function, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("invoke_version"), NULL,
      ngx_invoke_variable_version, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("invoke_status"), NULL,
      ngx_invoke_variable_status, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("invoke_time"), NULL, ngx_invoke_variable_time,
      offsetof(ngx_invoke_measure_t, wall_time), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("invoke_cpu_time"), NULL, ngx_invoke_variable_time,
      offsetof(ngx_invoke_measure_t, cpu_time), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("invoke_queue_time"), NULL, ngx_invoke_variable_time,
      offsetof(ngx_invoke_measure_t, queue_time), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("invoke_start"), NULL,
      ngx_invoke_variable_start, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("invoke_trace_id"), NULL,
      ngx_invoke_variable_trace_id, 0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("invoke_module_version"), NULL,
      ngx_invoke_variable_module_version, 0, 0, 0 },

      ngx_http_null_variable
};


static ngx_str_t  ngx_invoke_variable_starts[] = {
    ngx_string("cold"),
    ngx_string("warm"),
    ngx_string("reused")
};


ngx_int_t
ngx_invoke_variables_add(ngx_conf_t *cf)
{
    ngx_http_variable_t  *var, *v;

    for (v = ngx_invoke_variables; v->name.len; v++) {
        var = ngx_http_add_variable(cf, &v->name, v->flags);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = v->get_handler;
        var->data = v->data;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_invoke_variable_function(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_invoke_ctx_t  *ctx;

    ctx = ngx_invoke_ctx_get(r);

    return ngx_invoke_variable_set(v, ctx ? &ctx->id : NULL);
}


static ngx_int_t
ngx_invoke_variable_version(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t         *version;
    ngx_invoke_ctx_t  *ctx;

    ctx = ngx_invoke_ctx_get(r);

    version = (ctx && ctx->function) ? &ctx->function->version : NULL;

    return ngx_invoke_variable_set(v, version);
}


static ngx_int_t
ngx_invoke_variable_status(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t          status;
    ngx_invoke_ctx_t  *ctx;

    ctx = ngx_invoke_ctx_get(r);

    if (ctx == NULL || !ctx->known) {
        return ngx_invoke_variable_set(v, NULL);
    }

    status = ngx_invoke_outcomes[ctx->outcome].status;

    return ngx_invoke_variable_set(v, &status);
}


/* Seconds; "data" is the place of the nanoseconds in the context. */

static ngx_int_t
ngx_invoke_variable_time(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    u_char                      *p;
    uint64_t                     us;
    ngx_str_t                    value;
    ngx_invoke_ctx_t            *ctx;
    const ngx_invoke_measure_t  *measure;

    ctx = ngx_invoke_ctx_get(r);
    measure = ctx ? ngx_invoke_ctx_measured(ctx) : NULL;

    if (measure == NULL) {
        return ngx_invoke_variable_set(v, NULL);
    }

    p = ngx_pnalloc(r->pool, NGX_INT64_LEN + sizeof(".000000"));
    if (p == NULL) {
        return NGX_ERROR;
    }

    us = *(uint64_t *) ((char *) measure + data) / 1000;

    value.data = p;
    value.len = ngx_sprintf(p, "%uL.%06uL", us / 1000000, us % 1000000) - p;

    return ngx_invoke_variable_set(v, &value);
}


static ngx_int_t
ngx_invoke_variable_start(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t                   *start;
    ngx_invoke_ctx_t            *ctx;
    const ngx_invoke_measure_t  *measure;

    ctx = ngx_invoke_ctx_get(r);
    measure = ctx ? ngx_invoke_ctx_measured(ctx) : NULL;

    start = measure && measure->ran
            ? &ngx_invoke_variable_starts[measure->start] : NULL;

    return ngx_invoke_variable_set(v, start);
}


/* In every location: what a function would see. */

static ngx_int_t
ngx_invoke_variable_trace_id(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t          id;
    ngx_invoke_ctx_t  *ctx;

    ctx = ngx_invoke_ctx_get(r);

    if (ctx) {
        return ngx_invoke_variable_set(v, &ctx->trace_id);
    }

    if (ngx_invoke_request_trace_id(r, &id) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_invoke_variable_set(v, &id);
}


static ngx_int_t
ngx_invoke_variable_module_version(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t  version = ngx_string(NGX_INVOKE_MODULE_VERSION);

    return ngx_invoke_variable_set(v, &version);
}


static ngx_int_t
ngx_invoke_variable_set(ngx_http_variable_value_t *v, ngx_str_t *value)
{
    if (value == NULL || value->len == 0) {
        v->not_found = 1;
        return NGX_OK;
    }

    v->len = value->len;
    v->data = value->data;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}
