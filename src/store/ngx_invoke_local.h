/*
 * Functions that live in a local directory: path -> function record.
 *
 * One table a worker. A directory is looked at when a request asks for it
 * and its last look is older than the caller's interval; that request, and
 * all that come meanwhile, wait for the look, which runs on a thread pool.
 * A directory whose loaded files have changed gives a new record, with a new
 * version; one that has no index.js gives none, and that is remembered too, in
 * a list apart. Where descriptors or memory run out in a look, the function
 * stays as it was known; "err" says so of one that is not known
 * (ngx_invoke_errno_short()).
 *
 * All functions: event loop.
 */

#ifndef _NGX_INVOKE_LOCAL_H_INCLUDED_
#define _NGX_INVOKE_LOCAL_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_thread_pool.h>
#include "ngx_invoke_function.h"


typedef struct ngx_invoke_local_lookup_s  ngx_invoke_local_lookup_t;

struct ngx_invoke_local_lookup_s {

    /* the result: the function, a reference that is the caller's, or why
     * there is none */
    ngx_invoke_function_t  *function;
    ngx_err_t               err;
    const char             *failed;     /* what has, with err */

    /* what ngx_invoke_local_find() calls when it returned NGX_AGAIN */
    void                  (*handler)(ngx_invoke_local_lookup_t *lookup);
    void                   *data;

    ngx_queue_t             queue;
    unsigned                waiting:1;
};


/* An interval that never ends: a directory is looked at once. */
#define NGX_INVOKE_LOCAL_NEVER  ((ngx_msec_t) -2)


void ngx_invoke_local_init(ngx_thread_pool_t *pool, ngx_log_t *log);
void ngx_invoke_local_exit(void);

/*
 * Looks up the absolute path of a directory, which has a NUL behind it.
 * NGX_OK: lookup->function is set. NGX_DECLINED: there is no such function.
 * NGX_AGAIN: lookup->handler will be called, with lookup->function set or
 * NULL; lookup must stay where it is until then or until it is cancelled.
 * NGX_ERROR: memory or the thread pool's queue is out.
 */
ngx_int_t ngx_invoke_local_find(ngx_invoke_local_lookup_t *lookup,
    ngx_str_t *path, ngx_msec_t interval);

/* The handler will not be called any more; allowed at any time. */
void ngx_invoke_local_cancel(ngx_invoke_local_lookup_t *lookup);


#endif /* _NGX_INVOKE_LOCAL_H_INCLUDED_ */
