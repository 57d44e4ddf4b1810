
#include "ngx_invoke_status.h"


#define NGX_INVOKE_CACHE_MB  (1024.0 * 1024)
#define NGX_INVOKE_CACHE_GB  (1024.0 * 1024 * 1024)


/* A removal or a clean-up, for which the request waits. */

typedef struct {
    ngx_http_request_t          *request;
    ngx_invoke_store_lookup_t    lookup;
    ngx_invoke_package_clean_t   clean;
    u_char                       digest[NGX_INVOKE_RECORD_DIGEST];
} ngx_invoke_cache_t;


static ngx_int_t ngx_invoke_cache_stat(ngx_http_request_t *r);
static ngx_int_t ngx_invoke_cache_change(ngx_http_request_t *r);
static void ngx_invoke_cache_name(ngx_http_request_t *r, ngx_str_t *name);
static ngx_int_t ngx_invoke_cache_remove(ngx_invoke_cache_t *cache);
static void ngx_invoke_cache_record(ngx_invoke_store_lookup_t *lookup,
    ngx_int_t rc);
static ngx_int_t ngx_invoke_cache_found(ngx_invoke_cache_t *cache,
    ngx_int_t rc);
static ngx_int_t ngx_invoke_cache_clean(ngx_invoke_cache_t *cache);
static void ngx_invoke_cache_done(ngx_invoke_package_clean_t *clean);
static ngx_int_t ngx_invoke_cache_result(ngx_invoke_cache_t *cache);
static ngx_int_t ngx_invoke_cache_fail(ngx_http_request_t *r,
    ngx_uint_t status, const char *message);
static void ngx_invoke_cache_end(ngx_invoke_text_t *text, const char *message,
    ngx_uint_t status);
static void ngx_invoke_cache_cleanup(void *data);
static void ngx_invoke_cache_removed_done(ngx_invoke_package_clean_t *clean);


ngx_int_t
ngx_invoke_cache_handler(ngx_http_request_t *r)
{
    ngx_int_t  rc;

    static ngx_str_t  allow = ngx_string("Allow");
    static ngx_str_t  methods = ngx_string("GET, HEAD, POST, DELETE");

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    switch (r->method) {

    case NGX_HTTP_GET:
    case NGX_HTTP_HEAD:
        return ngx_invoke_cache_stat(r);

    case NGX_HTTP_POST:
    case NGX_HTTP_DELETE:
        return ngx_invoke_cache_change(r);

    default:
        if (ngx_invoke_header_push(r, &allow, &methods) == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        return ngx_invoke_cache_fail(r, NGX_HTTP_NOT_ALLOWED,
                                     "Method not allowed");
    }
}


static ngx_int_t
ngx_invoke_cache_stat(ngx_http_request_t *r)
{
    off_t                      total;
    ngx_invoke_text_t          text;
    ngx_invoke_package_stat_t  stat;

    ngx_invoke_package_stat(&stat);

    total = stat.size + stat.code;

    ngx_invoke_text_init(&text, r->pool);

    ngx_invoke_text_printf(&text,
                           "{\"success\":true,\"data\":{"
                           "\"packageCount\":%ui,\"metadataCount\":%ui,"
                           "\"totalSizeBytes\":%O,\"totalSizeMB\":%.2f,"
                           "\"totalSizeGB\":%.2f,\"maxSizeGB\":%.2f,"
                           "\"utilizationPercent\":%.2f,"
                           "\"codeSizeBytes\":%O}",
                           stat.packages, ngx_invoke_record_count(), total,
                           total / NGX_INVOKE_CACHE_MB,
                           total / NGX_INVOKE_CACHE_GB,
                           stat.max_size / NGX_INVOKE_CACHE_GB,
                           stat.max_size ? 100.0 * total / stat.max_size : 0,
                           stat.code);

    ngx_invoke_cache_end(&text, "Cache statistics retrieved successfully",
                         NGX_HTTP_OK);

    r->headers_out.status = NGX_HTTP_OK;

    return ngx_invoke_text_send(&text, r, "application/json; charset=utf-8");
}


static ngx_int_t
ngx_invoke_cache_change(ngx_http_request_t *r)
{
    ngx_int_t            rc;
    ngx_invoke_cache_t  *cache;
    ngx_http_cleanup_t  *cln;

    cache = ngx_pcalloc(r->pool, sizeof(ngx_invoke_cache_t));
    cln = ngx_http_cleanup_add(r, 0);

    if (cache == NULL || cln == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    cache->request = r;
    cache->lookup.handler = ngx_invoke_cache_record;
    cache->lookup.data = cache;
    cache->clean.handler = ngx_invoke_cache_done;
    cache->clean.data = cache;

    cln->handler = ngx_invoke_cache_cleanup;
    cln->data = cache;

    rc = (r->method == NGX_HTTP_DELETE) ? ngx_invoke_cache_remove(cache)
                                        : ngx_invoke_cache_clean(cache);

    if (rc == NGX_AGAIN) {
        r->main->count++;
        return NGX_DONE;
    }

    return rc;
}


/* What is behind the last slash. */

static void
ngx_invoke_cache_name(ngx_http_request_t *r, ngx_str_t *name)
{
    u_char  *p, *last;

    last = r->uri.data + r->uri.len;

    for (p = last; p > r->uri.data && p[-1] != '/'; p--) { /* void */ }

    name->data = p;
    name->len = last - p;
}


/* As the three below: NGX_AGAIN, or what a content handler returns. */

static ngx_int_t
ngx_invoke_cache_remove(ngx_invoke_cache_t *cache)
{
    u_char                   uuid[NGX_INVOKE_UUID];
    ngx_int_t                rc;
    ngx_str_t                name;
    ngx_uint_t               i;
    ngx_http_request_t      *r;
    ngx_invoke_main_conf_t  *mcf;

    r = cache->request;
    mcf = ngx_http_get_module_main_conf(r, ngx_invoke_module);

    ngx_invoke_cache_name(r, &name);

    if (mcf->record_zone
        && ngx_invoke_record_uuid(&name, uuid) == NGX_OK)
    {
        rc = ngx_invoke_store_find(&cache->lookup, &name);

        return rc == NGX_AGAIN ? NGX_AGAIN
                               : ngx_invoke_cache_found(cache, rc);
    }

    for (i = 0; i < name.len; i++) {
        if (!((name.data[i] >= '0' && name.data[i] <= '9')
              || ((name.data[i] | 0x20) >= 'a'
                  && (name.data[i] | 0x20) <= 'f')))
        {
            break;
        }
    }

    if (name.len != NGX_INVOKE_RECORD_DIGEST || i != name.len) {
        return ngx_invoke_cache_fail(r, NGX_HTTP_NOT_FOUND,
                                     "Package not found");
    }

    ngx_strlow(cache->digest, name.data, name.len);

    cache->clean.digest.data = cache->digest;
    cache->clean.digest.len = NGX_INVOKE_RECORD_DIGEST;

    return ngx_invoke_cache_clean(cache);
}


static void
ngx_invoke_cache_record(ngx_invoke_store_lookup_t *lookup, ngx_int_t rc)
{
    ngx_connection_t    *c;
    ngx_invoke_cache_t  *cache;

    cache = lookup->data;
    c = cache->request->connection;

    rc = ngx_invoke_cache_found(cache, rc);

    if (rc != NGX_AGAIN) {
        ngx_http_finalize_request(cache->request, rc);
    }

    ngx_http_run_posted_requests(c);
}


static ngx_int_t
ngx_invoke_cache_found(ngx_invoke_cache_t *cache, ngx_int_t rc)
{
    ngx_str_t  *digest;

    if (rc == NGX_DECLINED) {
        return ngx_invoke_cache_fail(cache->request, NGX_HTTP_NOT_FOUND,
                                     "Function not found");
    }

    if (rc != NGX_OK) {
        return ngx_invoke_cache_fail(cache->request,
                                     NGX_HTTP_INTERNAL_SERVER_ERROR,
                                     "Cache cleanup failed");
    }

    digest = &cache->lookup.record->digest;

    if (digest->len != NGX_INVOKE_RECORD_DIGEST) {
        return ngx_invoke_cache_fail(cache->request, NGX_HTTP_NOT_FOUND,
                                     "Package not found");
    }

    ngx_memcpy(cache->digest, digest->data, NGX_INVOKE_RECORD_DIGEST);

    cache->clean.digest.data = cache->digest;
    cache->clean.digest.len = NGX_INVOKE_RECORD_DIGEST;

    return ngx_invoke_cache_clean(cache);
}


/* A package goes from all hosts, whether this one has it or not. */

static ngx_int_t
ngx_invoke_cache_clean(ngx_invoke_cache_t *cache)
{
    ngx_int_t  rc;

    if (cache->clean.digest.len) {
        ngx_invoke_redis_announce(&cache->clean.digest);
    }

    rc = ngx_invoke_package_clean(&cache->clean);

    if (rc == NGX_AGAIN) {
        return NGX_AGAIN;
    }

    return ngx_invoke_cache_fail(cache->request,
                                 NGX_HTTP_INTERNAL_SERVER_ERROR,
                                 "Cache cleanup failed");
}


static void
ngx_invoke_cache_done(ngx_invoke_package_clean_t *clean)
{
    ngx_connection_t    *c;
    ngx_invoke_cache_t  *cache;

    cache = clean->data;
    c = cache->request->connection;

    ngx_http_finalize_request(cache->request, ngx_invoke_cache_result(cache));

    ngx_http_run_posted_requests(c);
}


static ngx_int_t
ngx_invoke_cache_result(ngx_invoke_cache_t *cache)
{
    ngx_invoke_text_t    text;
    ngx_http_request_t  *r;

    r = cache->request;

    if (r->method == NGX_HTTP_DELETE) {

        if (cache->clean.in_use) {
            return ngx_invoke_cache_fail(r, NGX_HTTP_CONFLICT,
                                         "Package is in use");
        }

        if (cache->clean.removed == 0) {
            return ngx_invoke_cache_fail(r, NGX_HTTP_NOT_FOUND,
                                         "Package not found");
        }

        r->headers_out.status = NGX_HTTP_NO_CONTENT;
        r->header_only = 1;

        return ngx_http_send_header(r);
    }

    ngx_invoke_text_init(&text, r->pool);

    ngx_invoke_text_printf(&text, "{\"success\":true,\"data\":{"
                           "\"removed\":%ui,\"freedBytes\":%O}",
                           cache->clean.removed, cache->clean.freed);

    ngx_invoke_cache_end(&text, "Cache cleanup completed successfully",
                         NGX_HTTP_OK);

    r->headers_out.status = NGX_HTTP_OK;

    return ngx_invoke_text_send(&text, r, "application/json; charset=utf-8");
}


static ngx_int_t
ngx_invoke_cache_fail(ngx_http_request_t *r, ngx_uint_t status,
    const char *message)
{
    ngx_invoke_text_t  text;

    ngx_invoke_text_init(&text, r->pool);

    ngx_invoke_text_printf(&text, "{\"success\":false,\"data\":null");
    ngx_invoke_cache_end(&text, message, status);

    r->headers_out.status = status;

    return ngx_invoke_text_send(&text, r, "application/json; charset=utf-8");
}


/* The end of the former service's envelope. */

static void
ngx_invoke_cache_end(ngx_invoke_text_t *text, const char *message,
    ngx_uint_t status)
{
    ngx_invoke_text_printf(text, ",\"message\":\"%s\",\"statusCode\":%ui,"
                           "\"timestamp\":", message, status);
    ngx_invoke_text_time(text);
    ngx_invoke_text_printf(text, "}");
}


/* The request ends: nothing is to be told to it any more. */

static void
ngx_invoke_cache_cleanup(void *data)
{
    ngx_invoke_cache_t *cache = data;

    ngx_invoke_store_cancel(&cache->lookup);
    ngx_invoke_package_clean_cancel(&cache->clean);

    if (cache->lookup.record) {
        ngx_invoke_record_release(cache->lookup.record);
        cache->lookup.record = NULL;
    }
}


void
ngx_invoke_cache_removed(ngx_str_t *digest)
{
    ngx_invoke_package_clean_t  *clean;

    clean = ngx_calloc(sizeof(ngx_invoke_package_clean_t), ngx_cycle->log);
    if (clean == NULL) {
        return;
    }

    clean->digest = *digest;
    clean->handler = ngx_invoke_cache_removed_done;

    if (ngx_invoke_package_clean(clean) != NGX_AGAIN) {
        ngx_free(clean);
    }
}


static void
ngx_invoke_cache_removed_done(ngx_invoke_package_clean_t *clean)
{
    ngx_free(clean);
}
