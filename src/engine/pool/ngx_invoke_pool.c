
#include "ngx_invoke_poll.h"
#include "ngx_invoke_pool_int.h"
#include "ngx_invoke_bind.h"
#include "ngx_invoke_module_cache.h"
#include "ngx_invoke_snapshot.h"
#include "ngx_invoke_strip.h"
#include "ngx_invoke_thread.h"


/*
 * How long exit_process waits for threads, ms: the master kills a worker that
 * has not left about 1.5 s after it was told to.
 */
#define NGX_INVOKE_EXIT_TIME  500


static ngx_int_t ngx_invoke_pool_v8(void);
static void ngx_invoke_pool_event(ngx_event_t *ev,
    ngx_event_handler_pt handler);
static void ngx_invoke_pool_on_wake(ngx_event_t *ev);
static void ngx_invoke_pool_on_tick(ngx_event_t *ev);
static void ngx_invoke_pool_on_idle(ngx_event_t *ev);
static void ngx_invoke_pool_on_retry(ngx_event_t *ev);
static void ngx_invoke_pool_memory(void);
static void ngx_invoke_pool_end(ngx_invoke_actor_t *actor, ngx_uint_t round);
static void ngx_invoke_pool_leave_process(void);


ngx_int_t
ngx_invoke_pool_init(const ngx_invoke_pool_conf_t *conf, ngx_cycle_t *cycle)
{
    ngx_memzero(&ngx_invoke_pool, sizeof(ngx_invoke_pool));

    ngx_invoke_pool.conf = conf;
    ngx_invoke_pool.log = cycle->log;
    ngx_invoke_pool.started = ngx_invoke_now();
    ngx_invoke_pool.varied = ngx_current_msec - NGX_INVOKE_BESIDE;
    ngx_invoke_pool.width = ngx_invoke_choose_width(cycle);

    ngx_queue_init(&ngx_invoke_pool.actors);
    ngx_queue_init(&ngx_invoke_pool.turns);
    ngx_queue_init(&ngx_invoke_pool.guests);
    ngx_queue_init(&ngx_invoke_pool.lanes);
    ngx_rbtree_init(&ngx_invoke_pool.normal.lines,
                    &ngx_invoke_pool.normal.sentinel,
                    ngx_rbtree_insert_value);
    ngx_queue_insert_tail(&ngx_invoke_pool.lanes,
                          &ngx_invoke_pool.normal.queue);
    ngx_invoke_pool.normal.memory = conf->memory;

    ngx_invoke_mailbox_init(&ngx_invoke_pool.news);

    ngx_invoke_poll_init();
    ngx_invoke_v8_register(ngx_invoke_bindings);
    ngx_invoke_module_cache_init(conf->module_cache, conf->module_cache_size);

    ngx_invoke_pool.dummy.fd = (ngx_socket_t) -1;

    ngx_invoke_pool_event(&ngx_invoke_pool.idle, ngx_invoke_pool_on_idle);
    ngx_invoke_pool_event(&ngx_invoke_pool.wake, ngx_invoke_pool_on_wake);
    ngx_invoke_pool_event(&ngx_invoke_pool.tick, ngx_invoke_pool_on_tick);
    ngx_invoke_pool_event(&ngx_invoke_pool.leave, ngx_invoke_quarantine_look);
    ngx_invoke_pool_event(&ngx_invoke_pool.retry, ngx_invoke_pool_on_retry);

    if (ngx_invoke_crash_signals(cycle->log) != NGX_OK
        || ngx_invoke_notify_init(&ngx_invoke_pool.notify,
                                  ngx_invoke_pool_news, NULL, cycle)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_invoke_pool.running = 1;

    if (ngx_invoke_pool_v8() == NGX_OK) {
        ngx_invoke_pool_refill();

    } else {
        ngx_invoke_pool_failed();
    }

    ngx_add_timer(&ngx_invoke_pool.idle, ngx_max(conf->idle / 4, 100));

    return NGX_OK;
}


static ngx_int_t
ngx_invoke_pool_v8(void)
{
    char            err[1024];
    size_t          len;
    const char     *flags;
    const uint8_t  *blob;

    if (ngx_invoke_pool.v8) {
        return NGX_OK;
    }

    /* V8 would end the process for want of memory, or of a thread. */

    if (ngx_invoke_thread_room() != NGX_OK) {
        ngx_log_error(NGX_LOG_CRIT, ngx_invoke_pool.log, ngx_errno,
                      "invoke: there is no room to start V8");
        return NGX_ERROR;
    }

    ngx_invoke_snapshot_get(&blob, &len, &flags);

    if (ngx_invoke_v8_init(flags, blob, len, err, sizeof(err)) != 0) {
        ngx_log_error(NGX_LOG_CRIT, ngx_invoke_pool.log, 0,
                      "invoke: V8 could not be started: %s", err);
        return NGX_ERROR;
    }

    ngx_invoke_pool.v8 = 1;

    return NGX_OK;
}


/* Its timers are cancelable, so an exiting worker does not wait for them. */

static void
ngx_invoke_pool_event(ngx_event_t *ev, ngx_event_handler_pt handler)
{
    ev->data = &ngx_invoke_pool.dummy;
    ev->handler = handler;
    ev->log = ngx_invoke_pool.log;
    ev->cancelable = 1;
}


static void
ngx_invoke_pool_on_wake(ngx_event_t *ev)
{
    ngx_invoke_pool_settle();
    ngx_invoke_pool_wake();
}


/* The actors tell much without a signal while they work. */

static void
ngx_invoke_pool_on_tick(ngx_event_t *ev)
{
    ngx_invoke_pool_news(NULL);
    ngx_invoke_pool_memory();
    ngx_invoke_limits_tick();
    ngx_invoke_pool_settle();
}


static void
ngx_invoke_pool_on_idle(ngx_event_t *ev)
{
    ngx_invoke_pool_memory();
    ngx_invoke_lane_sweep();
    ngx_invoke_pool_refill();
    ngx_invoke_pool_trim();
    ngx_invoke_pool_settle();

    ngx_add_timer(ev, ngx_max(ngx_invoke_pool.conf->idle / 4, 100));
}


static void
ngx_invoke_pool_on_retry(ngx_event_t *ev)
{
    if (ngx_exiting) {
        return;
    }

    if (ngx_invoke_pool_v8() == NGX_OK) {
        ngx_invoke_pool.wants_refill = 1;
        ngx_invoke_pool.wants_next = 1;

    } else {
        ngx_invoke_pool_failed();
    }

    ngx_invoke_pool_settle();
}


static void
ngx_invoke_pool_memory(void)
{
    ngx_invoke_actor_t  *actor;

    actor = ngx_invoke_memory_watch();

    if (actor != NULL) {
        ngx_invoke_limits_memory(actor);
    }
}


void
ngx_invoke_pool_exit(ngx_cycle_t *cycle)
{
    ngx_uint_t           i, left;
    ngx_queue_t         *q;
    ngx_invoke_actor_t  *actor;

    if (!ngx_invoke_pool.running) {
        return;
    }

    ngx_invoke_pool.running = 0;

    if (ngx_invoke_pool.idle.timer_set) {
        ngx_del_timer(&ngx_invoke_pool.idle);
    }

    if (ngx_invoke_pool.tick.timer_set) {
        ngx_del_timer(&ngx_invoke_pool.tick);
    }

    if (ngx_invoke_pool.leave.timer_set) {
        ngx_del_timer(&ngx_invoke_pool.leave);
    }

    if (ngx_invoke_pool.retry.timer_set) {
        ngx_del_timer(&ngx_invoke_pool.retry);
    }

    if (ngx_invoke_pool.wake.posted) {
        ngx_delete_posted_event(&ngx_invoke_pool.wake);
    }

    for (i = 0; i < NGX_INVOKE_EXIT_TIME; i++) {
        left = 0;

        for (q = ngx_queue_head(&ngx_invoke_pool.actors);
             q != ngx_queue_sentinel(&ngx_invoke_pool.actors);
             q = ngx_queue_next(q))
        {
            actor = ngx_queue_data(q, ngx_invoke_actor_t, queue);

            if (actor->state == NGX_INVOKE_ACTOR_PARKED) {
                continue;
            }

            left++;
            ngx_invoke_pool_end(actor, i);
        }

        if (left == 0) {
            break;
        }

        ngx_invoke_pool_news(NULL);
        ngx_msleep(1);
    }

    if (ngx_invoke_strip_exit() != NGX_OK) {
        left++;
    }

    ngx_invoke_works_exit();
    ngx_invoke_notify_done(&ngx_invoke_pool.notify);

    if (left == 0 && ngx_invoke_pool.stat.parked == 0) {
        if (ngx_invoke_pool.v8) {
            ngx_invoke_v8_exit();
        }

        return;
    }

    ngx_log_error(NGX_LOG_NOTICE, cycle->log, 0,
                  "invoke: exiting with %ui isolate(s) in quarantine and %ui "
                  "still busy", ngx_invoke_pool.stat.parked, left);

    /*
     * Threads that are left must not meet the destructors of the libraries
     * that exit() runs.
     */

    if (!ngx_invoke_pool.abandoned) {
        ngx_invoke_pool.abandoned = 1;
        (void) atexit(ngx_invoke_pool_leave_process);
    }
}


/* Has an actor end, in each round of the wait for it. */

static void
ngx_invoke_pool_end(ngx_invoke_actor_t *actor, ngx_uint_t round)
{
    ngx_queue_t              *q;
    ngx_invoke_invocation_t  *inv;

    if (round == 0) {

        /* Requests that are still there have no one to answer. */

        for (q = ngx_queue_head(&actor->invocations);
             q != ngx_queue_sentinel(&actor->invocations);
             q = ngx_queue_next(q))
        {
            inv = ngx_queue_data(q, ngx_invoke_invocation_t, queue);

            ngx_invoke_pool_let_go(inv, "exit");

            if (!ngx_invoke_invocation_left(inv)) {
                ngx_invoke_invocation_set(inv, NGX_INVOKE_INVOCATION_LEFT);
            }
        }

        __atomic_store_n(&actor->watch.exiting, 1, __ATOMIC_SEQ_CST);
        ngx_invoke_pool_set(actor, NGX_INVOKE_ACTOR_LEAVING, actor->load);
        ngx_invoke_works_detach(actor);
        (void) ngx_invoke_pool_send(actor, NGX_INVOKE_MAIL_SHUTDOWN, NULL);
    }

    ngx_invoke_mailbox_wake(&actor->mailbox);

    /* A termination may come when no JavaScript runs: again. */

    for (q = ngx_queue_head(&actor->invocations);
         round % 10 == 0 && q != ngx_queue_sentinel(&actor->invocations);
         q = ngx_queue_next(q))
    {
        inv = ngx_queue_data(q, ngx_invoke_invocation_t, queue);
        ngx_invoke_watch_terminate(&actor->watch, inv);
    }
}


static void
ngx_invoke_pool_leave_process(void)
{
    _exit(0);
}
