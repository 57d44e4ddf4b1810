/*
 * Whose JavaScript runs on an actor's thread, what CPU time it has used, and
 * how the loop ends it.
 *
 * "current" is the invocation's address, the actor's own for what is nobody's
 * (V8's tasks, as finalizers, and what invocations have left that are over), or
 * 0 when none runs; and two bits by which the loop terminates just that
 * invocation. The loop sets TERMINATING by compare-and-swap, calls
 * ngx_invoke_v8_terminate() and sets TERMINATED; the actor, on leaving
 * JavaScript, waits while it sees the first and cancels what is left of the
 * termination.
 */

#ifndef _NGX_INVOKE_WATCH_H_INCLUDED_
#define _NGX_INVOKE_WATCH_H_INCLUDED_


#include "ngx_invoke_invocation.h"
#include "ngx_invoke_v8.h"


#define NGX_INVOKE_TERMINATING  ((uintptr_t) 1)
#define NGX_INVOKE_TERMINATED   ((uintptr_t) 2)


typedef struct {

    /* set before the thread starts */

    void                     *nobody;       /* the actor */
    uint64_t                  started;      /* monotonic ns */

    /* both sides */

    uintptr_t                 current;      /* atomic */
    uint64_t                  entered;      /* atomic, ns of CPU time */
    uint64_t                  unowned;      /* atomic, ns of nobody's */
    uint32_t                  exiting;      /* atomic: no JavaScript any more */
    clockid_t                 clock;        /* of the thread, once READY */
    ngx_invoke_v8_isolate_t  *v8;           /* once READY */

    /* actor thread */

    uint64_t                  cpu;          /* CPU time so far, ns */
    uint64_t                  read_cpu;     /* by the last reading */
    uint64_t                  read_at;      /* monotonic ns */
    unsigned                  clocked:1;    /* has not slept since */
} ngx_invoke_watch_t;


/*
 * Around JavaScript of an invocation, or of nobody (NULL). Leaving it cancels a
 * termination and says whether the loop had asked for one. Actor thread.
 */
void ngx_invoke_watch_enter(ngx_invoke_watch_t *w,
    ngx_invoke_invocation_t *inv);
ngx_uint_t ngx_invoke_watch_leave(ngx_invoke_watch_t *w,
    ngx_invoke_invocation_t *inv);

/*
 * Monotonic ns, of now or of the end of what the thread has just done. Actor
 * thread.
 */
uint64_t ngx_invoke_watch_now(ngx_invoke_watch_t *w);

/*
 * JavaScript goes on for another invocation, or for nobody. 0: it does not, the
 * loop has asked for the termination of the former one. Actor thread.
 */
ngx_uint_t ngx_invoke_watch_switch(ngx_invoke_watch_t *w,
    ngx_invoke_invocation_t *from, ngx_invoke_invocation_t *to);

/*
 * Whether the JavaScript that runs is asked to end, for what takes long in C.
 * Actor thread.
 */
ngx_uint_t ngx_invoke_watch_ends(ngx_invoke_watch_t *w);

/*
 * Ends the JavaScript of "who", an invocation or the actor itself, if that
 * runs now. Event loop.
 */
void ngx_invoke_watch_terminate(ngx_invoke_watch_t *w, void *who);

/*
 * Whose JavaScript runs right now, to be compared only: an invocation's, that
 * of nobody, which is the actor's own, or NULL: none. Event loop.
 */
void *ngx_invoke_watch_runs(ngx_invoke_watch_t *w);

/*
 * CPU time of the thread, and of it what it has spent since the JavaScript of
 * "who" was entered, which still runs, else 0, ns; once READY. Event loop.
 */
uint64_t ngx_invoke_watch_clock(ngx_invoke_watch_t *w);
uint64_t ngx_invoke_watch_spent(ngx_invoke_watch_t *w, void *who);

/*
 * CPU time of what was nobody's, ns, less what an isolate of its age may have
 * of that; once READY. Event loop.
 */
uint64_t ngx_invoke_watch_unowned(ngx_invoke_watch_t *w);

/* CPU time of an invocation so far, ns. Event loop. */
uint64_t ngx_invoke_watch_cpu(ngx_invoke_watch_t *w,
    ngx_invoke_invocation_t *inv);


#endif /* _NGX_INVOKE_WATCH_H_INCLUDED_ */
