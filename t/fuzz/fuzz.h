/*
 * What the targets share: each includes the source that it tests, so as to
 * reach its static functions. util/dev/fuzz builds and runs them.
 */

#ifndef _NGX_INVOKE_FUZZ_H_INCLUDED_
#define _NGX_INVOKE_FUZZ_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


/* A property that does not hold is a finding. */
#define fuzz_check(that)  if (!(that)) { __builtin_trap(); }


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


static ngx_log_t  fuzz_log;


static inline ngx_pool_t *
fuzz_pool(void)
{
    ngx_pagesize = 4096;
    ngx_cacheline_size = 64;

    return ngx_create_pool(1024, &fuzz_log);
}


#endif /* _NGX_INVOKE_FUZZ_H_INCLUDED_ */
