
/*
 * A module for Node's own tests, which make servers in functions and look into
 * its library: where it is loaded they may listen on this host, and have its
 * internal modules if they ask for them. It is built beside the module by
 * util/build, and belongs to no package.
 */

#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_invoke_bind.h"
#include "ngx_invoke_poll.h"


static ngx_int_t ngx_invoke_test_init_process(ngx_cycle_t *cycle);


static ngx_core_module_t  ngx_invoke_test_module_ctx = {
    ngx_string("invoke_test"),
    NULL,
    NULL
};


ngx_module_t  ngx_invoke_test_module = {
    NGX_MODULE_V1,
    &ngx_invoke_test_module_ctx,           /* module context */
    NULL,                                  /* module directives */
    NGX_CORE_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_invoke_test_init_process,          /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_int_t
ngx_invoke_test_init_process(ngx_cycle_t *cycle)
{
    ngx_invoke_poll_listens = 1;
    ngx_invoke_bind_exposes = 1;

    return NGX_OK;
}
