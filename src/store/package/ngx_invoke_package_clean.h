/*
 * When the package cache is cleared, and who is told: what
 * ngx_invoke_package.c knows of it beside ngx_invoke_package.h. Event loop.
 */

#ifndef _NGX_INVOKE_PACKAGE_CLEAN_H_INCLUDED_
#define _NGX_INVOKE_PACKAGE_CLEAN_H_INCLUDED_


#include "ngx_invoke_package.h"


void ngx_invoke_package_clean_init(const ngx_invoke_package_conf_t *conf,
    ngx_thread_pool_t *pool, ngx_cycle_t *cycle);
void ngx_invoke_package_clean_exit(void);

/* The cache has grown. */
void ngx_invoke_package_clean_due(void);

/* NULL: there is none. */
const ngx_invoke_package_index_t *ngx_invoke_package_indexed(void);


#endif /* _NGX_INVOKE_PACKAGE_CLEAN_H_INCLUDED_ */
