
#include "ngx_invoke_watch.h"
#include "ngx_invoke_clock.h"


/*
 * What nobody's JavaScript takes less of at a time is not added up, ns, nor
 * that part of an isolate's age.
 */
#define NGX_INVOKE_UNOWNED       10000000
#define NGX_INVOKE_UNOWNED_PART  20

/* How long a reading of the clock of CPU time does, ns. */
#define NGX_INVOKE_CLOCK  100000


static ngx_uint_t ngx_invoke_watch_disarm(ngx_invoke_watch_t *w,
    uintptr_t who);


/* event loop */

void
ngx_invoke_watch_terminate(ngx_invoke_watch_t *w, void *who)
{
    uintptr_t  expected = (uintptr_t) who;

    if (!__atomic_compare_exchange_n(&w->current, &expected,
                                     (uintptr_t) who | NGX_INVOKE_TERMINATING,
                                     0, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
    {
        return;
    }

    ngx_invoke_v8_terminate(w->v8);

    __atomic_store_n(&w->current,
                     (uintptr_t) who | NGX_INVOKE_TERMINATED,
                     __ATOMIC_SEQ_CST);
}


void *
ngx_invoke_watch_runs(ngx_invoke_watch_t *w)
{
    uintptr_t  current;

    current = __atomic_load_n(&w->current, __ATOMIC_ACQUIRE);

    return (void *) (current & ~(uintptr_t) 3);
}


uint64_t
ngx_invoke_watch_clock(ngx_invoke_watch_t *w)
{
    return ngx_invoke_clock_read(w->clock);
}


uint64_t
ngx_invoke_watch_spent(ngx_invoke_watch_t *w, void *who)
{
    uint64_t  now, entered;

    if (ngx_invoke_watch_runs(w) != who) {
        return 0;
    }

    entered = __atomic_load_n(&w->entered, __ATOMIC_ACQUIRE);
    now = ngx_invoke_clock_read(w->clock);

    /* Where another one runs by now, that is not known. */

    return ngx_invoke_watch_runs(w) == who ? now - ngx_min(now, entered)
                                           : 0;
}


uint64_t
ngx_invoke_watch_unowned(ngx_invoke_watch_t *w)
{
    uint64_t  spent, free;

    spent = __atomic_load_n(&w->unowned, __ATOMIC_ACQUIRE)
            + ngx_invoke_watch_spent(w, w->nobody);
    free = (ngx_invoke_now() - w->started) / NGX_INVOKE_UNOWNED_PART;

    return spent - ngx_min(spent, free);
}


uint64_t
ngx_invoke_watch_cpu(ngx_invoke_watch_t *w, ngx_invoke_invocation_t *inv)
{
    uint64_t  used;

    used = __atomic_load_n(&inv->cpu_used, __ATOMIC_ACQUIRE);

    return used + ngx_invoke_watch_spent(w, inv);
}


/*
 * actor thread: brings w->cpu up to date. The clock of CPU time is a system
 * call, so for a while after a reading the other clock tells how it went on:
 * the thread has not slept since.
 */

static void
ngx_invoke_watch_read(ngx_invoke_watch_t *w)
{
    uint64_t  now;

    now = ngx_invoke_now();

    if (w->clocked && now - w->read_at < NGX_INVOKE_CLOCK) {
        w->cpu = w->read_cpu + (now - w->read_at);
        return;
    }

    w->cpu = ngx_invoke_clock_read(CLOCK_THREAD_CPUTIME_ID);
    w->read_cpu = w->cpu;
    w->read_at = now;
    w->clocked = 1;
}


/* actor thread */

uint64_t
ngx_invoke_watch_now(ngx_invoke_watch_t *w)
{
    /* Of work on end the end of one is the start of the next. */

    if (!w->clocked) {
        ngx_invoke_watch_read(w);
    }

    return w->read_at + (w->cpu - w->read_cpu);
}


/* actor thread */

static void
ngx_invoke_watch_clock_in(ngx_invoke_watch_t *w)
{
    (void) ngx_invoke_watch_now(w);

    __atomic_store_n(&w->entered, w->cpu, __ATOMIC_RELAXED);
}


/*
 * actor thread: what runs for nobody is the actor's own, and has a limit of its
 * own, too. The loop, which adds up what is noted and what has been spent since
 * then, never counts a thing twice, or as somebody else's: the new start is
 * stored first, and before "current" is.
 */

static void
ngx_invoke_watch_clock_out(ngx_invoke_watch_t *w, ngx_invoke_invocation_t *inv)
{
    uint64_t  used;

    ngx_invoke_watch_read(w);

    used = w->cpu - ngx_min(w->cpu, w->entered);

    __atomic_store_n(&w->entered, w->cpu, __ATOMIC_RELAXED);

    if (inv != NULL) {
        (void) __atomic_fetch_add(&inv->cpu_used, used, __ATOMIC_RELEASE);

    } else if (used >= NGX_INVOKE_UNOWNED) {
        (void) __atomic_fetch_add(&w->unowned, used, __ATOMIC_RELEASE);
    }
}


/* actor thread: as "current" has it */

static uintptr_t
ngx_invoke_watch_owner(ngx_invoke_watch_t *w, ngx_invoke_invocation_t *inv)
{
    return inv != NULL ? (uintptr_t) inv : (uintptr_t) w->nobody;
}


/* actor thread */

void
ngx_invoke_watch_enter(ngx_invoke_watch_t *w, ngx_invoke_invocation_t *inv)
{
    ngx_invoke_watch_clock_in(w);

    __atomic_store_n(&w->current, ngx_invoke_watch_owner(w, inv),
                     __ATOMIC_SEQ_CST);
}


/* actor thread */

ngx_uint_t
ngx_invoke_watch_switch(ngx_invoke_watch_t *w,
    ngx_invoke_invocation_t *from, ngx_invoke_invocation_t *to)
{
    uintptr_t  current = ngx_invoke_watch_owner(w, from);

    ngx_invoke_watch_clock_out(w, from);

    return __atomic_compare_exchange_n(&w->current, &current,
                                       ngx_invoke_watch_owner(w, to), 0,
                                       __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}


/* actor thread */

ngx_uint_t
ngx_invoke_watch_leave(ngx_invoke_watch_t *w, ngx_invoke_invocation_t *inv)
{
    ngx_invoke_watch_clock_out(w, inv);

    return ngx_invoke_watch_disarm(w, ngx_invoke_watch_owner(w, inv));
}


/*
 * actor thread: takes "who" out of w->current. Whether the loop had asked
 * for a termination, which is cancelled.
 */

static ngx_uint_t
ngx_invoke_watch_disarm(ngx_invoke_watch_t *w, uintptr_t who)
{
    uintptr_t   current;
    ngx_uint_t  terminated = 0;

    for ( ;; ) {
        current = who;

        if (__atomic_compare_exchange_n(&w->current, &current, 0, 0,
                                        __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        {
            break;
        }

        if (current & NGX_INVOKE_TERMINATED) {
            __atomic_store_n(&w->current, 0, __ATOMIC_SEQ_CST);
            terminated = 1;
            break;
        }

        /* The loop is between its two steps. */
        ngx_sched_yield();
    }

    if (!__atomic_load_n(&w->exiting, __ATOMIC_SEQ_CST)) {
        ngx_invoke_v8_cancel_terminate(w->v8);
    }

    return terminated;
}


/* actor thread */

ngx_uint_t
ngx_invoke_watch_ends(ngx_invoke_watch_t *w)
{
    return (__atomic_load_n(&w->current, __ATOMIC_ACQUIRE) & 3) != 0
           || __atomic_load_n(&w->exiting, __ATOMIC_ACQUIRE) != 0;
}
