
#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_invoke_http.h"
#include "ngx_invoke_execution_log.h"
#include "ngx_invoke_retention.h"
#include "ngx_invoke_snapshot.h"
#include "ngx_invoke_status.h"
#include "ngx_invoke_syntax.h"
#include "ngx_invoke_release.h"
#include "ngx_invoke_v8.h"


static ngx_int_t ngx_invoke_module_init(ngx_cycle_t *cycle);
static ngx_int_t ngx_invoke_module_init_process(ngx_cycle_t *cycle);
static void ngx_invoke_module_exit_process(ngx_cycle_t *cycle);


#define NGX_INVOKE_ANY_CONF                                                   \
    NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF


static ngx_command_t  ngx_invoke_commands[] = {

    { ngx_string("invoke"),
      NGX_HTTP_LOC_CONF|NGX_HTTP_LIF_CONF|NGX_CONF_TAKE1,
      ngx_invoke_conf_invoke,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("invoke_directory_check"),
      NGX_INVOKE_ANY_CONF|NGX_CONF_TAKE1,
      ngx_invoke_conf_time_or_off,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_invoke_loc_conf_t, directory_check),
      NULL },

    { ngx_string("invoke_path"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_invoke_conf_path,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("invoke_protocol"),
      NGX_INVOKE_ANY_CONF|NGX_CONF_TAKE1,
      ngx_http_set_complex_value_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_invoke_loc_conf_t, protocol),
      NULL },

    { ngx_string("invoke_host"),
      NGX_INVOKE_ANY_CONF|NGX_CONF_TAKE1,
      ngx_http_set_complex_value_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_invoke_loc_conf_t, host),
      NULL },

    { ngx_string("invoke_param"),
      NGX_INVOKE_ANY_CONF|NGX_CONF_TAKE2,
      ngx_invoke_conf_pair,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_invoke_loc_conf_t, params),
      NULL },

    { ngx_string("invoke_env"),
      NGX_INVOKE_ANY_CONF|NGX_CONF_TAKE2,
      ngx_invoke_conf_pair,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_invoke_loc_conf_t, env),
      NULL },

    { ngx_string("invoke_set_header"),
      NGX_INVOKE_ANY_CONF|NGX_CONF_TAKE2,
      ngx_invoke_conf_pair,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_invoke_loc_conf_t, headers),
      NULL },

    { ngx_string("invoke_zone"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_invoke_conf_zone,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_invoke_main_conf_t, zone_conf),
      NULL },

    { ngx_string("invoke_isolates"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE123,
      ngx_invoke_conf_isolates,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("invoke_memory_limit"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_size_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_invoke_main_conf_t, pool.memory),
      &ngx_invoke_conf_memory },

    { ngx_string("invoke_timeout"),
      NGX_INVOKE_ANY_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_invoke_loc_conf_t, timeout),
      &ngx_invoke_conf_positive_time },

    { ngx_string("invoke_cpu_limit"),
      NGX_INVOKE_ANY_CONF|NGX_CONF_TAKE1,
      ngx_invoke_conf_time_or_off,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_invoke_loc_conf_t, cpu_limit),
      &ngx_invoke_conf_positive_time },

    { ngx_string("invoke_egress"),
      NGX_INVOKE_ANY_CONF|NGX_CONF_2MORE,
      ngx_invoke_conf_egress,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("invoke_egress_private"),
      NGX_INVOKE_ANY_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_invoke_loc_conf_t, egress_private),
      NULL },

    { ngx_string("invoke_egress_limits"),
      NGX_INVOKE_ANY_CONF|NGX_CONF_TAKE1234,
      ngx_invoke_conf_egress_limits,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("invoke_egress_timeout"),
      NGX_INVOKE_ANY_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_invoke_loc_conf_t, egress_limits.timeout),
      &ngx_invoke_conf_positive_time },

    { ngx_string("invoke_resolver"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_invoke_conf_resolver,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("invoke_isolation"),
      NGX_INVOKE_ANY_CONF|NGX_CONF_TAKE1,
      ngx_invoke_conf_isolation,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("invoke_source_maps"),
      NGX_INVOKE_ANY_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_invoke_loc_conf_t, source_maps),
      NULL },

    { ngx_string("invoke_etag"),
      NGX_INVOKE_ANY_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_enum_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_invoke_loc_conf_t, etag),
      ngx_invoke_conf_etags },

    { ngx_string("invoke_concurrency"),
      NGX_INVOKE_ANY_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_invoke_loc_conf_t, concurrency),
      &ngx_invoke_conf_concurrency },

    { ngx_string("invoke_max_active"),
      NGX_INVOKE_ANY_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_invoke_loc_conf_t, active),
      NULL },

    { ngx_string("invoke_queue"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE12,
      ngx_invoke_conf_queue,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("invoke_max_response"),
      NGX_INVOKE_ANY_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_size_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_invoke_loc_conf_t, max_response),
      &ngx_invoke_conf_positive_size },

    { ngx_string("invoke_module_cache"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE12,
      ngx_invoke_conf_module_cache,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("invoke_package_cache"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE123,
      ngx_invoke_conf_package_cache,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("invoke_s3"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_invoke_conf_s3,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("invoke_redis"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_invoke_conf_redis,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("invoke_console"),
      NGX_INVOKE_ANY_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_invoke_loc_conf_t, console),
      NULL },

    { ngx_string("invoke_error_detail"),
      NGX_INVOKE_ANY_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_invoke_loc_conf_t, error_detail),
      NULL },

    { ngx_string("invoke_ignore_client_abort"),
      NGX_INVOKE_ANY_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_invoke_loc_conf_t, ignore_client_abort),
      NULL },

    { ngx_string("invoke_request_buffering"),
      NGX_INVOKE_ANY_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_invoke_loc_conf_t, request_buffering),
      NULL },

    { ngx_string("invoke_intercept_errors"),
      NGX_INVOKE_ANY_CONF|NGX_CONF_FLAG,
      ngx_conf_set_flag_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_invoke_loc_conf_t, intercept_errors),
      NULL },

    { ngx_string("invoke_hide_header"),
      NGX_INVOKE_ANY_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_array_slot,
      NGX_HTTP_LOC_CONF_OFFSET,
      offsetof(ngx_invoke_loc_conf_t, hide_headers),
      NULL },

    { ngx_string("invoke_v8_flags"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_1MORE,
      ngx_invoke_conf_v8_flags,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("invoke_ca_certificates"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_str_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_invoke_main_conf_t, ca_certificates),
      NULL },

    { ngx_string("invoke_postgres"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_invoke_conf_postgres,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("invoke_metrics"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_invoke_conf_metrics,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("invoke_health"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS|NGX_CONF_TAKE1,
      ngx_invoke_conf_health,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("invoke_metadata_ttl"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_invoke_main_conf_t, store.ttl),
      &ngx_invoke_conf_positive_time },

    { ngx_string("invoke_metadata_zone"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_invoke_conf_zone,
      NGX_HTTP_MAIN_CONF_OFFSET,
      offsetof(ngx_invoke_main_conf_t, record_zone_conf),
      NULL },

    { ngx_string("invoke_gateway_secret"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_invoke_conf_gateway_secret,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("invoke_execution_log"),
      NGX_INVOKE_ANY_CONF|NGX_CONF_TAKE12,
      ngx_invoke_conf_execution_log,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("invoke_cache"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_invoke_conf_cache,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static const ngx_invoke_package_index_t  ngx_invoke_module_index = {
    ngx_invoke_redis_stored,
    ngx_invoke_redis_used,
    ngx_invoke_redis_removed,
    ngx_invoke_redis_lock,
    ngx_invoke_redis_unlock
};


static ngx_http_module_t  ngx_invoke_module_ctx = {
    ngx_invoke_variables_add,          /* preconfiguration */
    NULL,                              /* postconfiguration */

    ngx_invoke_conf_create_main,       /* create main configuration */
    ngx_invoke_conf_init_main,         /* init main configuration */

    NULL,                              /* create server configuration */
    NULL,                              /* merge server configuration */

    ngx_invoke_conf_create_loc,        /* create location configuration */
    ngx_invoke_conf_merge_loc          /* merge location configuration */
};


ngx_module_t  ngx_invoke_module = {
    NGX_MODULE_V1,
    &ngx_invoke_module_ctx,            /* module context */
    ngx_invoke_commands,               /* module directives */
    NGX_HTTP_MODULE,                   /* module type */
    NULL,                              /* init master */
    ngx_invoke_module_init,            /* init module */
    ngx_invoke_module_init_process,    /* init process */
    NULL,                              /* init thread */
    NULL,                              /* exit thread */
    ngx_invoke_module_exit_process,    /* exit process */
    NULL,                              /* exit master */
    NGX_MODULE_V1_PADDING
};


/*
 * In the master, before it forks workers. A reload that fails here would end
 * the master: nginx goes on with what it has then.
 */

static ngx_int_t
ngx_invoke_module_init(ngx_cycle_t *cycle)
{
    ngx_core_conf_t         *ccf;
    ngx_invoke_main_conf_t  *mcf;

    mcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_invoke_module);

    if (mcf == NULL || !mcf->used) {
        return NGX_OK;
    }

    if (ngx_test_config) {

        /* as warnings of the configuration, whatever level the log has */

        ngx_invoke_syntax_check(mcf->directories, &mcf->pool.v8_flags,
                                cycle->old_cycle->log);
        return NGX_OK;
    }

    if (ngx_invoke_egress_listen(cycle) != NGX_OK
        && ngx_is_init_cycle(cycle->old_cycle))
    {
        return NGX_ERROR;
    }

    if (ngx_invoke_worker_ready) {
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_NOTICE, cycle->log, 0,
                  "invoke: version %s with V8 %s, built for nginx/%s",
                  NGX_INVOKE_MODULE_VERSION, ngx_invoke_v8_version(),
                  NGINX_VERSION);

    ccf = (ngx_core_conf_t *) ngx_get_conf(cycle->conf_ctx, ngx_core_module);

    ngx_invoke_code_cache_create(&mcf->package.path, ccf->user, ccf->group,
                                 cycle->log);

    ngx_invoke_package_create(&mcf->package, ccf->user, ccf->group,
                              cycle->log);

    if (ngx_invoke_snapshot_build(&mcf->pool.v8_flags, cycle->log) != NGX_OK
        && ngx_is_init_cycle(cycle->old_cycle))
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_invoke_module_init_process(ngx_cycle_t *cycle)
{
    ngx_invoke_main_conf_t  *mcf;

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    mcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_invoke_module);

    if (mcf == NULL || mcf->zone == NULL) {
        return NGX_OK;
    }

    ngx_invoke_metrics_attach(mcf->zone);

    if (mcf->used) {
        ngx_invoke_local_init(mcf->thread_pool, cycle->log);
        ngx_invoke_code_cache_init(&mcf->package.path, cycle);
        ngx_invoke_package_init(&mcf->package, mcf->thread_pool, cycle);
        ngx_invoke_redis_init(&mcf->redis, ngx_invoke_cache_removed, cycle);
        ngx_invoke_package_index(&ngx_invoke_module_index);
        ngx_invoke_worker_init(&mcf->pool, cycle);
    }

    if (mcf->record_zone) {
        ngx_invoke_store_init(&mcf->store, mcf->record_zone, mcf->thread_pool,
                              cycle);
        ngx_invoke_execution_log_init(cycle);
        ngx_invoke_retention_init(cycle);

        if (mcf->health && mcf->package.s3.url.len) {
            ngx_invoke_probe_init(&mcf->package, mcf->thread_pool, cycle);
        }
    }

    return NGX_OK;
}


static void
ngx_invoke_module_exit_process(ngx_cycle_t *cycle)
{
    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return;
    }

    ngx_invoke_execution_log_exit(cycle);
    ngx_invoke_retention_exit();
    ngx_invoke_worker_exit(cycle);
    ngx_invoke_probe_exit();
    ngx_invoke_store_exit();
    ngx_invoke_package_exit();
    ngx_invoke_redis_exit();
    ngx_invoke_local_exit();
    ngx_invoke_metrics_detach();
}
