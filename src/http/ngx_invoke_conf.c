
#include "ngx_invoke_http.h"


/* of one invocation's console lines; there is no directive for it */
#define NGX_INVOKE_CONSOLE_BYTES  (256 * 1024)

/* what invoke_metadata_zone is where it is not given */
#define NGX_INVOKE_METADATA_ZONE  (8 * 1024 * 1024)


static char *ngx_invoke_conf_roots(ngx_conf_t *cf,
    ngx_invoke_main_conf_t *mcf);
static char *ngx_invoke_conf_init_store(ngx_conf_t *cf,
    ngx_invoke_main_conf_t *mcf);
static ngx_int_t ngx_invoke_conf_package_path(ngx_conf_t *cf,
    ngx_invoke_package_conf_t *conf);
static void ngx_invoke_conf_merge_array(ngx_array_t **conf,
    ngx_array_t *prev);


void *
ngx_invoke_conf_create_main(ngx_conf_t *cf)
{
    ngx_invoke_main_conf_t  *mcf;

    mcf = ngx_pcalloc(cf->pool, sizeof(ngx_invoke_main_conf_t));
    if (mcf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     mcf->pool.v8_flags = { 0, NULL };
     *     mcf->pool.roots = { 0, NULL };
     *     mcf->package = { { 0, NULL } };
     *     mcf->zone_conf = { { 0, NULL }, 0 };
     *     mcf->postgres = { { 0, NULL } };
     *     mcf->record_zone_conf = { { 0, NULL }, 0 };
     *     mcf->record_zone = NULL;
     *     mcf->gateway_secret = { 0, NULL };
     *     mcf->ca_certificates = { 0, NULL };
     *     mcf->redis = { { 0, NULL } };
     *     mcf->zone = NULL;
     *     mcf->thread_pool = NULL;
     *     mcf->used = 0;
     *     mcf->directories = NULL;
     *     mcf->health = 0;
     *     mcf->observed = 0;
     *     mcf->resolver = { 0, 0, {} };
     *     mcf->egress = { NULL, 0 };
     */

    mcf->pool.base = NGX_CONF_UNSET_UINT;
    mcf->pool.max = NGX_CONF_UNSET_UINT;
    mcf->pool.idle = NGX_CONF_UNSET_MSEC;
    mcf->pool.memory = NGX_CONF_UNSET_SIZE;
    mcf->pool.queue = NGX_CONF_UNSET_UINT;
    mcf->pool.queue_timeout = NGX_CONF_UNSET_MSEC;
    mcf->pool.module_cache = NGX_CONF_UNSET_UINT;
    mcf->pool.module_cache_size = NGX_CONF_UNSET_SIZE;
    mcf->request_id = NGX_CONF_UNSET;
    mcf->store.ttl = NGX_CONF_UNSET_MSEC;
    mcf->resolver.timeout = NGX_CONF_UNSET_MSEC;

    return mcf;
}


char *
ngx_invoke_conf_init_main(ngx_conf_t *cf, void *conf)
{
    ngx_invoke_main_conf_t  *mcf = conf;

    ngx_str_t  name = ngx_string("request_id");

    ngx_conf_init_uint_value(mcf->pool.base, 5);
    ngx_conf_init_uint_value(mcf->pool.max, ngx_max(mcf->pool.base, 20));
    ngx_conf_init_msec_value(mcf->pool.idle, 300000);
    ngx_conf_init_size_value(mcf->pool.memory, 128 * 1024 * 1024);
    ngx_conf_init_uint_value(mcf->pool.queue, 1024);
    ngx_conf_init_msec_value(mcf->pool.queue_timeout, 5000);
    ngx_conf_init_uint_value(mcf->pool.module_cache, 1000);
    ngx_conf_init_size_value(mcf->pool.module_cache_size, 64 * 1024 * 1024);

    ngx_conf_init_msec_value(mcf->store.ttl, 60000);
    ngx_conf_init_msec_value(mcf->resolver.timeout, 0);

    if (mcf->package.path.data == NULL
        && ngx_invoke_conf_package_path(cf, &mcf->package) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    mcf->redis.cache = mcf->package.path;
    mcf->redis.ttl = ngx_max(mcf->package.inactive, 60);

    mcf->request_id = ngx_http_get_variable_index(cf, &name);
    if (mcf->request_id == NGX_ERROR
        || ngx_invoke_conf_roots(cf, mcf) != NGX_CONF_OK
        || ngx_invoke_conf_init_store(cf, mcf) != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (mcf->zone_conf.size == 0) {

        if (!mcf->observed) {
            return NGX_CONF_OK;
        }

        ngx_str_set(&mcf->zone_conf.name, "invoke");
        mcf->zone_conf.size = 1024 * 1024;
    }

    mcf->zone = ngx_invoke_metrics_zone(cf, &mcf->zone_conf.name,
                                        mcf->zone_conf.size,
                                        &ngx_invoke_module);
    if (mcf->zone == NULL) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/*
 * The certificates that functions trust, which are read here, before the
 * master changes its root and workers their user. Where the system has none,
 * and none were named, functions trust nobody.
 */

static char *
ngx_invoke_conf_roots(ngx_conf_t *cf, ngx_invoke_main_conf_t *mcf)
{
    ssize_t      n;
    ngx_fd_t     fd;
    ngx_str_t   *name;
    ngx_file_t   file;

    ngx_str_t  system = ngx_string("/etc/ssl/certs/ca-certificates.crt");

    if (!mcf->used) {
        return NGX_CONF_OK;
    }

    name = &mcf->ca_certificates;

    if (name->len == 0) {
        name = &system;

    } else if (ngx_conf_full_name(cf->cycle, name, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(&file, sizeof(ngx_file_t));
    file.name = *name;
    file.log = cf->log;

    fd = ngx_open_file(name->data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {

        if (name == &system && ngx_errno == NGX_ENOENT) {
            return NGX_CONF_OK;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_open_file_n " \"%V\" failed", name);
        return NGX_CONF_ERROR;
    }

    file.fd = fd;
    n = NGX_ERROR;

    if (ngx_fd_info(fd, &file.info) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_fd_info_n " \"%V\" failed", name);

    } else {
        mcf->pool.roots.len = ngx_file_size(&file.info);
        mcf->pool.roots.data = ngx_pnalloc(cf->pool, mcf->pool.roots.len + 1);

        if (mcf->pool.roots.data != NULL) {
            n = ngx_read_file(&file, mcf->pool.roots.data,
                              mcf->pool.roots.len, 0);
        }
    }

    if (ngx_close_file(fd) == NGX_FILE_ERROR) {
        ngx_log_error(NGX_LOG_ALERT, cf->log, ngx_errno,
                      ngx_close_file_n " \"%V\" failed", name);
    }

    if (n == NGX_ERROR) {
        return NGX_CONF_ERROR;
    }

    mcf->pool.roots.len = n;

    return NGX_CONF_OK;
}


/* The store of the fleet's functions, where there is a database. */

static char *
ngx_invoke_conf_init_store(ngx_conf_t *cf, ngx_invoke_main_conf_t *mcf)
{
    if (mcf->postgres.conninfo.len == 0 || !mcf->used) {
        return NGX_CONF_OK;
    }

    mcf->store.postgres = &mcf->postgres;

    if (mcf->record_zone_conf.size == 0) {
        ngx_str_set(&mcf->record_zone_conf.name, "invoke_metadata");
        mcf->record_zone_conf.size = NGX_INVOKE_METADATA_ZONE;
    }

    mcf->record_zone = ngx_invoke_record_zone(cf, &mcf->record_zone_conf.name,
                                              mcf->record_zone_conf.size,
                                              &ngx_invoke_module);

    return mcf->record_zone ? NGX_CONF_OK : NGX_CONF_ERROR;
}


/* Beside the temporary files of nginx itself, wherever it was built to. */

static ngx_int_t
ngx_invoke_conf_package_path(ngx_conf_t *cf, ngx_invoke_package_conf_t *conf)
{
    u_char     *p;
    ngx_str_t   temp = ngx_string(NGX_HTTP_CLIENT_TEMP_PATH);

    while (temp.len && temp.data[temp.len - 1] != '/') {
        temp.len--;
    }

    p = ngx_pnalloc(cf->pool, temp.len + sizeof("invoke"));
    if (p == NULL) {
        return NGX_ERROR;
    }

    conf->path.data = p;
    conf->path.len = temp.len + sizeof("invoke") - 1;

    (void) ngx_cpymem(ngx_cpymem(p, temp.data, temp.len), "invoke",
                      sizeof("invoke"));

    conf->max_size = NGX_INVOKE_PACKAGE_CACHE_SIZE;
    conf->inactive = NGX_INVOKE_PACKAGE_CACHE_TIME;

    return ngx_conf_full_name(cf->cycle, &conf->path, 0);
}


void *
ngx_invoke_conf_create_loc(ngx_conf_t *cf)
{
    ngx_invoke_loc_conf_t  *lcf;

    lcf = ngx_pcalloc(cf->pool, sizeof(ngx_invoke_loc_conf_t));
    if (lcf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     lcf->function = NULL;
     *     lcf->directory = { 0, NULL };
     *     lcf->path_args = NULL;
     *     lcf->path_decoded = 0;
     *     lcf->prefix = { 0, NULL };
     *     lcf->limits = { 0 };
     *     lcf->metrics = 0;
     *     lcf->health = 0;
     *     lcf->cache = 0;
     */

    lcf->path = NGX_CONF_UNSET_PTR;
    lcf->protocol = NGX_CONF_UNSET_PTR;
    lcf->host = NGX_CONF_UNSET_PTR;
    lcf->params = NGX_CONF_UNSET_PTR;
    lcf->env = NGX_CONF_UNSET_PTR;
    lcf->headers = NGX_CONF_UNSET_PTR;
    lcf->directory_check = NGX_CONF_UNSET_MSEC;
    lcf->timeout = NGX_CONF_UNSET_MSEC;
    lcf->cpu_limit = NGX_CONF_UNSET_MSEC;
    lcf->isolation = NGX_CONF_UNSET_UINT;
    lcf->etag = NGX_CONF_UNSET_UINT;
    lcf->concurrency = NGX_CONF_UNSET;
    lcf->active = NGX_CONF_UNSET;
    lcf->max_response = NGX_CONF_UNSET_SIZE;
    lcf->execution_log = NGX_CONF_UNSET_UINT;
    lcf->console = NGX_CONF_UNSET;
    lcf->error_detail = NGX_CONF_UNSET;
    lcf->source_maps = NGX_CONF_UNSET;
    lcf->ignore_client_abort = NGX_CONF_UNSET;
    lcf->request_buffering = NGX_CONF_UNSET;
    lcf->intercept_errors = NGX_CONF_UNSET;
    lcf->hide_headers = NGX_CONF_UNSET_PTR;

    ngx_invoke_egress_unset(lcf);

    return lcf;
}


char *
ngx_invoke_conf_merge_loc(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_invoke_loc_conf_t  *prev = parent;
    ngx_invoke_loc_conf_t  *conf = child;

    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    ngx_conf_merge_msec_value(conf->directory_check, prev->directory_check,
                              1000);
    ngx_conf_merge_msec_value(conf->timeout, prev->timeout, 30000);
    ngx_conf_merge_msec_value(conf->cpu_limit, prev->cpu_limit, 0);
    ngx_conf_merge_uint_value(conf->isolation, prev->isolation,
                              NGX_INVOKE_ISOLATION_REQUEST);
    ngx_conf_merge_uint_value(conf->etag, prev->etag, NGX_INVOKE_ETAG_WEAK);
    ngx_conf_merge_value(conf->concurrency, prev->concurrency, 16);
    ngx_conf_merge_value(conf->active, prev->active, 0);
    ngx_conf_merge_size_value(conf->max_response, prev->max_response,
                              16 * 1024 * 1024);
    ngx_conf_merge_uint_value(conf->execution_log, prev->execution_log,
                              NGX_INVOKE_LOG_OFF);
    ngx_conf_merge_value(conf->console, prev->console, 1);
    ngx_conf_merge_value(conf->error_detail, prev->error_detail, 1);
    ngx_conf_merge_value(conf->source_maps, prev->source_maps, 1);
    ngx_conf_merge_value(conf->ignore_client_abort,
                         prev->ignore_client_abort, 0);
    ngx_conf_merge_value(conf->request_buffering, prev->request_buffering, 1);
    ngx_conf_merge_value(conf->intercept_errors, prev->intercept_errors, 0);
    ngx_conf_merge_ptr_value(conf->hide_headers, prev->hide_headers, NULL);
    ngx_conf_merge_ptr_value(conf->protocol, prev->protocol, NULL);
    ngx_conf_merge_ptr_value(conf->host, prev->host, NULL);

    ngx_invoke_conf_merge_array(&conf->params, prev->params);
    ngx_invoke_conf_merge_array(&conf->env, prev->env);
    ngx_invoke_conf_merge_array(&conf->headers, prev->headers);

    if (ngx_invoke_egress_merge(cf, prev, conf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    conf->limits.timeout = conf->timeout;
    conf->limits.cpu = conf->cpu_limit;
    conf->limits.response = conf->max_response;
    conf->limits.console = NGX_INVOKE_CONSOLE_BYTES;
    conf->limits.concurrency = conf->concurrency;
    conf->limits.active = conf->active;
    conf->limits.isolation = conf->isolation;
    conf->limits.etag = conf->etag;
    conf->limits.source_maps = conf->source_maps;

    if (clcf->noname) {

        /* "if" and "limit_except" go on with the location around them */

        if (conf->function == NULL && clcf->handler == NULL) {
            conf->function = prev->function;
            conf->directory = prev->directory;

            if (clcf->lmt_excpt && conf->function) {
                clcf->handler = ngx_invoke_handler;
            }
        }

        if (conf->path == NGX_CONF_UNSET_PTR) {
            conf->path = prev->path;
            conf->path_args = prev->path_args;
            conf->path_decoded = prev->path_decoded;
        }

        conf->prefix = prev->prefix;

        return NGX_CONF_OK;
    }

    if (conf->path == NGX_CONF_UNSET_PTR) {
        conf->path = NULL;
    }

    /* the named and the regular ones have no prefix to take off */

#if (NGX_PCRE)
    if (clcf->regex) {
        return NGX_CONF_OK;
    }
#endif

    if (!clcf->named) {
        conf->prefix = clcf->name;

        /* a slash at its end is the first one of what follows */

        if (conf->prefix.len
            && conf->prefix.data[conf->prefix.len - 1] == '/')
        {
            conf->prefix.len--;
        }
    }

    return NGX_CONF_OK;
}


static void
ngx_invoke_conf_merge_array(ngx_array_t **conf, ngx_array_t *prev)
{
    if (*conf == NGX_CONF_UNSET_PTR) {
        *conf = (prev == NGX_CONF_UNSET_PTR) ? NULL : prev;
    }
}
