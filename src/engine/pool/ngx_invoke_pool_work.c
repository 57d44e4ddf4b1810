
#include "ngx_invoke_pool_int.h"


/*
 * So many threads of nginx's pool work for one isolate at a time, and for all
 * of a worker: half of what the pool has by default. The others are there for
 * what the worker itself has to look up.
 */
#define NGX_INVOKE_WORKS_ACTOR   4
#define NGX_INVOKE_WORKS_WORKER  16

/*
 * An isolate that takes nothing, since JavaScript keeps it, gets so many
 * results sent: what was read takes memory.
 */
#define NGX_INVOKE_WORKS_SENT    16


static void ngx_invoke_works_turn(ngx_invoke_actor_t *actor);
static void ngx_invoke_works_start(void);
static ngx_int_t ngx_invoke_works_task(ngx_invoke_work_t *work);
static void ngx_invoke_works_run(void *data, ngx_log_t *log);
static void ngx_invoke_works_done(ngx_event_t *ev);
static void ngx_invoke_works_answer(ngx_invoke_work_t *work);


void
ngx_invoke_works_add(ngx_invoke_work_t *work)
{
    ngx_invoke_actor_t  *actor = work->actor;

    if (!ngx_invoke_pool.running
        || actor->state == NGX_INVOKE_ACTOR_PARKED)
    {
        ngx_invoke_work_free(work);
        return;
    }

    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_WORK_ACTIVE, 1);

    ngx_queue_insert_tail(&actor->works, &work->queue);

    ngx_invoke_works_turn(actor);
    ngx_invoke_works_start();
}


/* The isolate is among those that get a thread in turn, if it is to. */

static void
ngx_invoke_works_turn(ngx_invoke_actor_t *actor)
{
    uint32_t  sent;

    if (actor->turned || ngx_queue_empty(&actor->works)
        || actor->at_work == NGX_INVOKE_WORKS_ACTOR)
    {
        return;
    }

    sent = actor->answered - __atomic_load_n(&actor->taken, __ATOMIC_RELAXED);

    if (sent >= NGX_INVOKE_WORKS_SENT) {
        ngx_invoke_pool.stalled = 1;

        if (!ngx_invoke_pool.tick.timer_set) {
            ngx_add_timer(&ngx_invoke_pool.tick, NGX_INVOKE_TICK);
        }

        return;
    }

    actor->turned = 1;
    ngx_queue_insert_tail(&ngx_invoke_pool.turns, &actor->turn);
}


void
ngx_invoke_works_resume(void)
{
    ngx_queue_t  *q;

    if (!ngx_invoke_pool.stalled) {
        return;
    }

    ngx_invoke_pool.stalled = 0;

    for (q = ngx_queue_head(&ngx_invoke_pool.actors);
         q != ngx_queue_sentinel(&ngx_invoke_pool.actors);
         q = ngx_queue_next(q))
    {
        ngx_invoke_works_turn(ngx_queue_data(q, ngx_invoke_actor_t, queue));
    }

    ngx_invoke_works_start();
}


static void
ngx_invoke_works_start(void)
{
    ngx_queue_t         *q;
    ngx_invoke_work_t   *work;
    ngx_invoke_actor_t  *actor;

    while (ngx_invoke_pool.at_work < NGX_INVOKE_WORKS_WORKER
           && !ngx_queue_empty(&ngx_invoke_pool.turns))
    {
        q = ngx_queue_head(&ngx_invoke_pool.turns);
        ngx_queue_remove(q);

        actor = ngx_queue_data(q, ngx_invoke_actor_t, turn);
        actor->turned = 0;

        q = ngx_queue_head(&actor->works);
        ngx_queue_remove(q);

        work = ngx_queue_data(q, ngx_invoke_work_t, queue);

        if (ngx_invoke_works_task(work) == NGX_OK) {
            ngx_queue_insert_tail(&actor->running, &work->queue);
            actor->at_work++;
            ngx_invoke_pool.at_work++;

        } else {

            /* nginx has logged it; what was not run says so itself. */

            ngx_invoke_works_answer(work);
        }

        ngx_invoke_works_turn(actor);
    }
}


static ngx_int_t
ngx_invoke_works_task(ngx_invoke_work_t *work)
{
    ngx_thread_task_t  *task = &work->task;

    ngx_memzero(task, sizeof(ngx_thread_task_t));

    task->ctx = work;
    task->handler = ngx_invoke_works_run;
    task->event.data = work;
    task->event.handler = ngx_invoke_works_done;
    task->event.log = ngx_invoke_pool.log;

    return ngx_thread_task_post(ngx_invoke_pool.conf->threads, task);
}


/* thread pool */

static void
ngx_invoke_works_run(void *data, ngx_log_t *log)
{
    ngx_invoke_work_t *work = data;

    work->run(work);
}


static void
ngx_invoke_works_done(ngx_event_t *ev)
{
    ngx_invoke_work_t   *work = ev->data;
    ngx_invoke_actor_t  *actor = work->actor;

    ngx_invoke_pool.at_work--;

    if (actor != NULL) {
        ngx_queue_remove(&work->queue);
        actor->at_work--;

        ngx_invoke_works_answer(work);
        ngx_invoke_works_turn(actor);

    } else {
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_WORK_ACTIVE, -1);
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_WORK_DONE, 1);

        ngx_invoke_work_free(work);
    }

    ngx_invoke_works_start();
}


static void
ngx_invoke_works_answer(ngx_invoke_work_t *work)
{
    ngx_invoke_actor_t  *actor = work->actor;

    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_WORK_ACTIVE, -1);
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_WORK_DONE, 1);

    actor->answered++;
    work->message.type = NGX_INVOKE_MAIL_WORK;

    /* from here on it is the actor's, which may have freed it */

    ngx_invoke_mailbox_push(&actor->mailbox, &work->message);
    ngx_invoke_mailbox_wake(&actor->mailbox);
}


void
ngx_invoke_works_detach(ngx_invoke_actor_t *actor)
{
    ngx_queue_t        *q;
    ngx_invoke_work_t  *work;

    if (actor->turned) {
        actor->turned = 0;
        ngx_queue_remove(&actor->turn);
    }

    while (!ngx_queue_empty(&actor->works)) {
        q = ngx_queue_head(&actor->works);
        ngx_queue_remove(q);

        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_WORK_ACTIVE, -1);
        ngx_invoke_work_free(ngx_queue_data(q, ngx_invoke_work_t, queue));
    }

    while (!ngx_queue_empty(&actor->running)) {
        q = ngx_queue_head(&actor->running);
        ngx_queue_remove(q);

        work = ngx_queue_data(q, ngx_invoke_work_t, queue);
        work->actor = NULL;
    }

    actor->at_work = 0;
}


void
ngx_invoke_works_exit(void)
{
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_WORK_ACTIVE,
                           - (ngx_int_t) ngx_invoke_pool.at_work);
    ngx_invoke_pool.at_work = 0;
}
