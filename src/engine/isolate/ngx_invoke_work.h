/*
 * A piece of work that a native leaves to a thread of nginx's pool, since it
 * may wait for a disk, which would hold all invocations of the isolate. The
 * operation of JavaScript that it is part of holds its invocation meanwhile,
 * as a timer does.
 *
 *      native -- post --> the loop: waits for its turn -- task --> run()
 *                                                                   |
 *      native <-- take -- the actor, hook "work" <-- mail -- the loop
 *
 * It is malloc'ed, and whoever has it owns it; the one that it goes no further
 * with calls ngx_invoke_work_free():
 *
 * The native until the post, and again from the take on: it makes the value
 * and frees it, or posts it once more for what is left to do.
 *
 * The loop from the post to the mail. While run() runs the thread alone reads
 * and writes what belongs to the native; it uses neither V8 nor memory of
 * nginx nor the loop's log, and nothing that the work does not own. The loop
 * writes the section that is its own, and frees what no actor waits for any
 * more: where the actor has ended, which it may since its invocations are
 * over, or is parked, what waits is freed at once and what runs as soon as it
 * has run.
 *
 * The actor from the mail on. An invocation that was killed or aborted, or has
 * ended otherwise, is not waited for by anything: its work goes on and, since
 * no slot has its id any more, is freed when it comes.
 *
 * When a worker exits nginx joins the threads of its pool first. What has run
 * since or comes from actors that are still there is not posted any more, and
 * ends with the process or is freed.
 */

#ifndef _NGX_INVOKE_WORK_H_INCLUDED_
#define _NGX_INVOKE_WORK_H_INCLUDED_


#include "ngx_invoke_isolate.h"

#include <ngx_thread_pool.h>


/* An isolate has so much under way; what is more the native does itself. */
#define NGX_INVOKE_WORKS  1024


struct ngx_invoke_work_s {
    ngx_invoke_message_t      message;

    /* event loop */

    ngx_thread_task_t         task;
    ngx_queue_t               queue;        /* of its actor */

    /* set by the post; read only from then on, but for actor: event loop */

    ngx_invoke_actor_t       *actor;        /* NULL: none waits for it */
    int32_t                   id;           /* of the invocation */
    int32_t                   key;          /* of the operation */

    /* the native's */

    void                    (*run)(ngx_invoke_work_t *work);
    void                    (*free)(ngx_invoke_work_t *work);
};


/*
 * Hands it over, for the invocation whose JavaScript runs; "key" is what the
 * hook gets. NGX_DECLINED: it stays the native's, for there is no invocation,
 * or too much under way. Actor thread.
 */
ngx_int_t ngx_invoke_work_post(ngx_invoke_context_t *ctx,
    ngx_invoke_work_t *work, int32_t key);

/*
 * While the hook runs: what has come back, if it was posted by that key with
 * that run(); else NULL. Actor thread.
 */
ngx_invoke_work_t *ngx_invoke_work_take(ngx_invoke_context_t *ctx,
    int32_t key, void (*run)(ngx_invoke_work_t *work));

/* Any thread, the owner's. */
void ngx_invoke_work_free(ngx_invoke_work_t *work);


#endif /* _NGX_INVOKE_WORK_H_INCLUDED_ */
