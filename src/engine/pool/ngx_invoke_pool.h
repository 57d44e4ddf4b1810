/*
 * The worker's pool of isolates: who runs what, and when.
 *
 * An invocation goes to, in this order: an isolate that holds its function and
 * is done with what it has in no time; an idle isolate that holds it; with
 * isolation "function" one that does and is done soon, for which it waits in
 * the queue; any idle isolate; a new one, up to the maximum; an isolate that
 * runs the same function and now awaits (up to limits.concurrency); where no
 * isolate is idle, one that is soon done with what it has; the queue, which is
 * bounded and has a deadline; else it is refused. While as many threads run as
 * there are cores for, and one, it waits in the queue for one of them. There
 * functions take turns: the one goes first that has had the least. No more than
 * limits.active of a function are given away at once.
 *
 * Those whose limits.memory is another one than the pool's run in isolates of
 * that size, which are made when they are needed: at most half of the maximum,
 * within the maximum. Where it is reached, an isolate of one size that is idle
 * makes room for one of another.
 *
 * One pool a worker. All functions: event loop.
 */

#ifndef _NGX_INVOKE_POOL_H_INCLUDED_
#define _NGX_INVOKE_POOL_H_INCLUDED_


#include "ngx_invoke_invocation.h"

#include <ngx_thread_pool.h>


/* The least that an isolate can work with. */
#define NGX_INVOKE_MEMORY_MIN  (8 * 1024 * 1024)


typedef struct {
    ngx_uint_t            base;             /* isolates kept */
    ngx_uint_t            max;
    ngx_msec_t            idle;             /* before one above base goes */
    size_t                memory;           /* heap plus ArrayBuffers each */
    ngx_uint_t            queue;            /* waiting invocations */
    ngx_msec_t            queue_timeout;
    ngx_uint_t            module_cache;     /* compiled modules, 0: off */
    size_t                module_cache_size;
    ngx_str_t             v8_flags;
    ngx_str_t             roots;            /* PEM: whom TLS trusts */
    ngx_thread_pool_t    *threads;          /* for what waits for a disk */
} ngx_invoke_pool_conf_t;


typedef struct {
    ngx_uint_t            total;
    ngx_uint_t            available;        /* idle and ready */
    ngx_uint_t            active;
    ngx_uint_t            starting;
    ngx_uint_t            parked;           /* threads in quarantine */
    ngx_uint_t            waiting;          /* invocations in the queue */
    ngx_uint_t            ready;            /* the warm-up is complete */
} ngx_invoke_pool_stat_t;


/*
 * In a worker's init_process: starts V8 and the warm-up of the pool, which
 * goes on in the background. conf must outlive the pool.
 */
ngx_int_t ngx_invoke_pool_init(const ngx_invoke_pool_conf_t *conf,
    ngx_cycle_t *cycle);

/*
 * In exit_process: terminates what still runs, joins all threads but the
 * parked ones.
 */
void ngx_invoke_pool_exit(ngx_cycle_t *cycle);

void ngx_invoke_pool_stat(ngx_invoke_pool_stat_t *stat);

/*
 * Hands it to the worker's pool, which owns it from then on and answers by
 * inv->owner, never before this has returned. NGX_OK, or NGX_BUSY when no
 * isolate can take it and the queue is full (the caller keeps it, with
 * error_message, a constant, and frees it). Event loop.
 */
ngx_int_t ngx_invoke_invocation_submit(ngx_invoke_invocation_t *inv);

/*
 * Sets inv->measure to what is known so far, for an owner that takes its leave.
 * Event loop, after the submit and before finished().
 */
void ngx_invoke_invocation_measure(ngx_invoke_invocation_t *inv);

/*
 * Its owner has left: the function is terminated, nothing more is reported.
 * Event loop, not after finished().
 */
void ngx_invoke_invocation_abort(ngx_invoke_invocation_t *inv);

/*
 * Its client has left. 0: nothing keeps it, it is to be aborted. 1: it goes on
 * for its promises of waitUntil(), its response is not wanted any more, and its
 * end is reported. Event loop, not after finished().
 */
ngx_uint_t ngx_invoke_invocation_leave(ngx_invoke_invocation_t *inv);

/*
 * n bytes of the response's body have gone to the client, or with the last
 * ones of a reply so many and its charge: lets a function
 * that waits for 'drain' go on. Event loop, not after finished().
 */
void ngx_invoke_invocation_consumed(ngx_invoke_invocation_t *inv, size_t n);

/*
 * Answers body() with what the chain has in memory, which is marked as used;
 * an empty one ends the body. "whole" is 0 when the rest of it will not come.
 * NGX_ERROR when memory is out. Event loop, not after finished().
 */
ngx_int_t ngx_invoke_invocation_body(ngx_invoke_invocation_t *inv,
    ngx_chain_t *in, ngx_uint_t whole);


#endif /* _NGX_INVOKE_POOL_H_INCLUDED_ */
