
#include "ngx_invoke_http.h"
#include "ngx_invoke_descriptors.h"
#include "ngx_invoke_roots.h"


ngx_uint_t                     ngx_invoke_worker_ready;

static ngx_invoke_pool_conf_t  ngx_invoke_worker_pool;


/*
 * Without master process a reload keeps the process and its pool, but not
 * the configuration that it was made of, so that is copied.
 */

void
ngx_invoke_worker_init(ngx_invoke_pool_conf_t *conf, ngx_cycle_t *cycle)
{
    ngx_invoke_pool_conf_t  *pool;

    pool = &ngx_invoke_worker_pool;

    *pool = *conf;

    pool->v8_flags.data = calloc(1, conf->v8_flags.len + 1);
    if (pool->v8_flags.data == NULL) {
        return;
    }

    ngx_memcpy(pool->v8_flags.data, conf->v8_flags.data, conf->v8_flags.len);

    if (ngx_process == NGX_PROCESS_SINGLE) {
        pool->roots.data = malloc(conf->roots.len + 1);
        if (pool->roots.data == NULL) {
            return;
        }

        ngx_memcpy(pool->roots.data, conf->roots.data, conf->roots.len);
    }

    ngx_invoke_roots_init(&pool->roots);

    ngx_invoke_descriptors_init(cycle, pool->max);

    if (ngx_invoke_pool_init(pool, cycle) != NGX_OK) {
        ngx_log_error(NGX_LOG_ALERT, cycle->log, 0,
                      "invoke: this worker has no isolates");
        return;
    }

    ngx_invoke_worker_ready = 1;
}


void
ngx_invoke_worker_exit(ngx_cycle_t *cycle)
{
    if (ngx_invoke_worker_ready) {
        ngx_invoke_worker_ready = 0;
        ngx_invoke_pool_exit(cycle);
    }

    free(ngx_invoke_worker_pool.v8_flags.data);
    ngx_invoke_worker_pool.v8_flags.data = NULL;
}
