/*
 * Whether the object store answers, and the package cache can be written: a
 * task of a thread pool looks every few seconds, so that who asks for it costs
 * neither of them anything. Event loop.
 */

#ifndef _NGX_INVOKE_PROBE_H_INCLUDED_
#define _NGX_INVOKE_PROBE_H_INCLUDED_


#include "ngx_invoke_package.h"


/* In init_process, of a configuration with an object store; and at the end. */
void ngx_invoke_probe_init(const ngx_invoke_package_conf_t *conf,
    ngx_thread_pool_t *pool, ngx_cycle_t *cycle);
void ngx_invoke_probe_exit(void);

/* As they were at the last look; no before the first one. */
ngx_uint_t ngx_invoke_probe_s3(void);
ngx_uint_t ngx_invoke_probe_cache(void);


#endif /* _NGX_INVOKE_PROBE_H_INCLUDED_ */
