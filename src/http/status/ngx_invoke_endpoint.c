
#include "ngx_invoke_status.h"


#define NGX_INVOKE_SERVICE  "invoke-execution"


static void ngx_invoke_endpoint_connections(ngx_invoke_text_t *text,
    ngx_invoke_main_conf_t *mcf);
static ngx_int_t ngx_invoke_endpoint_start(ngx_http_request_t *r,
    ngx_invoke_text_t *text);


ngx_int_t
ngx_invoke_endpoint_health(ngx_http_request_t *r)
{
    ngx_int_t                rc;
    const char              *error;
    ngx_invoke_text_t        text;
    ngx_invoke_loc_conf_t   *lcf;
    ngx_invoke_main_conf_t  *mcf;
    ngx_invoke_pool_stat_t   stat;

    rc = ngx_invoke_endpoint_start(r, &text);
    if (rc != NGX_OK) {
        return rc;
    }

    mcf = ngx_http_get_module_main_conf(r, ngx_invoke_module);
    lcf = ngx_http_get_module_loc_conf(r, ngx_invoke_module);

    ngx_memzero(&stat, sizeof(ngx_invoke_pool_stat_t));

    if (ngx_invoke_worker_ready) {
        ngx_invoke_pool_stat(&stat);
    }

    /*
     * There is nothing to be ill of without functions. All hosts are without
     * the database together: what it does not know of new ones is no reason
     * to take every one of them out of service, hence the other mode.
     */

    error = NULL;

    if (mcf->used && stat.total == 0 && stat.starting == 0) {
        error = "no isolate can be started";

    } else if (mcf->record_zone && !ngx_invoke_postgres_connected()
               && lcf->health != NGX_INVOKE_HEALTH_LIVE)
    {
        error = "the database does not answer";
    }

    ngx_invoke_text_printf(&text, "{\"status\":\"%s\",\"service\":\""
                           NGX_INVOKE_SERVICE "\",\"timestamp\":",
                           error ? "unhealthy" : "healthy");
    ngx_invoke_text_time(&text);

    ngx_invoke_endpoint_connections(&text, mcf);

    ngx_invoke_text_printf(&text, ",\"isolates\":{\"total\":%ui,"
                           "\"available\":%ui,\"active\":%ui,"
                           "\"starting\":%ui,\"waiting\":%ui}",
                           stat.total, stat.available, stat.active,
                           stat.starting, stat.waiting);

    if (error) {
        ngx_invoke_text_printf(&text, ",\"error\":\"%s\"", error);
    }

    ngx_invoke_text_printf(&text, "}");

    r->headers_out.status = error ? NGX_HTTP_SERVICE_UNAVAILABLE
                                  : NGX_HTTP_OK;

    return ngx_invoke_text_send(&text, r, "application/json; charset=utf-8");
}


/* Of the stores that are configured. */

static void
ngx_invoke_endpoint_connections(ngx_invoke_text_t *text,
    ngx_invoke_main_conf_t *mcf)
{
    if (mcf->record_zone) {
        ngx_invoke_text_printf(text, ",\"database\":\"%s\"",
                               ngx_invoke_postgres_connected()
                               ? "connected" : "disconnected");
    }

    if (mcf->record_zone && mcf->package.s3.url.len) {
        ngx_invoke_text_printf(text, ",\"minio\":\"%s\",\"cache\":\"%s\"",
                               ngx_invoke_probe_s3()
                               ? "connected" : "disconnected",
                               ngx_invoke_probe_cache()
                               ? "operational" : "error");
    }

    if (mcf->used && mcf->redis.naddrs) {
        ngx_invoke_text_printf(text, ",\"redis\":\"%s\"",
                               ngx_invoke_redis_connected()
                               ? "connected" : "disconnected");
    }
}


ngx_int_t
ngx_invoke_endpoint_metrics(ngx_http_request_t *r)
{
    ngx_int_t                rc;
    ngx_invoke_text_t        text;
    ngx_invoke_loc_conf_t   *lcf;
    ngx_invoke_main_conf_t  *mcf;

    rc = ngx_invoke_endpoint_start(r, &text);
    if (rc != NGX_OK) {
        return rc;
    }

    lcf = ngx_http_get_module_loc_conf(r, ngx_invoke_module);
    mcf = ngx_http_get_module_main_conf(r, ngx_invoke_module);

    r->headers_out.status = NGX_HTTP_OK;

    if (lcf->metrics == NGX_INVOKE_METRICS_PROMETHEUS) {
        ngx_invoke_prometheus(&text, &mcf->pool);

        return ngx_invoke_text_send(&text, r,
                                 "text/plain; version=0.0.4; charset=utf-8");
    }

    ngx_invoke_json(&text, &mcf->pool);

    return ngx_invoke_text_send(&text, r, "application/json; charset=utf-8");
}


static ngx_int_t
ngx_invoke_endpoint_start(ngx_http_request_t *r, ngx_invoke_text_t *text)
{
    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    ngx_invoke_text_init(text, r->pool);

    return ngx_http_discard_request_body(r);
}
