
#include "ngx_invoke_descriptors.h"

#include <sys/resource.h>


/* For logs, libraries, files that nginx serves, and directories. */
#define NGX_INVOKE_DESCRIPTORS_RESERVE  64

/* With nothing left functions may still hold this part of all. */
#define NGX_INVOKE_DESCRIPTORS_LEAST    8


static ngx_int_t  ngx_invoke_descriptors_max;
static ngx_int_t  ngx_invoke_descriptors_taken;     /* atomic */


void
ngx_invoke_descriptors_init(ngx_cycle_t *cycle, ngx_uint_t isolates)
{
    ngx_int_t      all, left;
    struct rlimit  rlmt;

    all = NGX_MAX_INT32_VALUE;

    if (getrlimit(RLIMIT_NOFILE, &rlmt) == 0
        && rlmt.rlim_cur < (rlim_t) NGX_MAX_INT32_VALUE)
    {
        all = (ngx_int_t) rlmt.rlim_cur;
    }

    left = all - (ngx_int_t) cycle->connection_n
           - (ngx_int_t) cycle->listening.nelts - (ngx_int_t) isolates
           - NGX_INVOKE_DESCRIPTORS_RESERVE;

    ngx_invoke_descriptors_max = ngx_max(left,
                                         all / NGX_INVOKE_DESCRIPTORS_LEAST);
}


ngx_int_t
ngx_invoke_descriptors_take(ngx_invoke_function_t *f,
    ngx_invoke_descriptors_e part)
{
    ngx_int_t  held, left;

    left = ngx_invoke_descriptors_max
           - __atomic_fetch_add(&ngx_invoke_descriptors_taken, 1,
                                __ATOMIC_RELAXED);

    held = __atomic_fetch_add(&f->descriptors, 1, __ATOMIC_RELAXED);

    if (held * (ngx_int_t) part >= left) {
        ngx_invoke_descriptors_close(f, -1);
        return NGX_ERROR;
    }

    return NGX_OK;
}


void
ngx_invoke_descriptors_close(ngx_invoke_function_t *f, int fd)
{
    if (fd != -1) {
        (void) close(fd);
    }

    (void) __atomic_sub_fetch(&f->descriptors, 1, __ATOMIC_RELAXED);
    (void) __atomic_sub_fetch(&ngx_invoke_descriptors_taken, 1,
                              __ATOMIC_RELAXED);
}
