/*
 * The clocks that limits go by, off nginx's cached time. Any thread.
 */

#ifndef _NGX_INVOKE_CLOCK_H_INCLUDED_
#define _NGX_INVOKE_CLOCK_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* Nanoseconds of a clock, 0 when it cannot be read. */

static ngx_inline uint64_t
ngx_invoke_clock_read(clockid_t clock)
{
    struct timespec  ts;

    if (clock_gettime(clock, &ts) == -1) {
        return 0;
    }

    return (uint64_t) ts.tv_sec * 1000000000 + ts.tv_nsec;
}


/* Monotonic nanoseconds. */

static ngx_inline uint64_t
ngx_invoke_now(void)
{
    return ngx_invoke_clock_read(CLOCK_MONOTONIC);
}


#endif /* _NGX_INVOKE_CLOCK_H_INCLUDED_ */
