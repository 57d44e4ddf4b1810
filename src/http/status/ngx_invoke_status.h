/*
 * What tells of the workers: the locations of metrics, health and the package
 * cache. Event loop.
 */

#ifndef _NGX_INVOKE_STATUS_H_INCLUDED_
#define _NGX_INVOKE_STATUS_H_INCLUDED_


#include "ngx_invoke_http.h"


/* Content handlers: ngx_invoke_endpoint.c, ngx_invoke_cache.c. */

ngx_int_t ngx_invoke_endpoint_metrics(ngx_http_request_t *r);
ngx_int_t ngx_invoke_endpoint_health(ngx_http_request_t *r);
ngx_int_t ngx_invoke_cache_handler(ngx_http_request_t *r);

/* Another host says that a package is to go from all of them. */
void ngx_invoke_cache_removed(ngx_str_t *digest);

/* The document of the metrics: ngx_invoke_json.c, ngx_invoke_prometheus.c. */

void ngx_invoke_json(ngx_invoke_text_t *text, ngx_invoke_pool_conf_t *conf);
void ngx_invoke_prometheus(ngx_invoke_text_t *text,
    ngx_invoke_pool_conf_t *conf);


#endif /* _NGX_INVOKE_STATUS_H_INCLUDED_ */
