
#include "ngx_invoke_schedule.h"
#include "ngx_invoke_bind.h"
#include "ngx_invoke_module_cache.h"
#include "ngx_invoke_snapshot.h"


/*
 * How long exit_process waits for threads, ms: the master kills a worker that
 * has not left about 1.5 s after it was told to.
 */
#define NGX_INVOKE_EXIT_TIME  500

/* Until it is tried again to start what did not start, at first, ms. */
#define NGX_INVOKE_BACKOFF  100


static ngx_int_t ngx_invoke_pool_v8(void);
static void ngx_invoke_pool_retry(ngx_event_t *ev);
static ngx_invoke_actor_t *ngx_invoke_pool_start(size_t memory);
static void ngx_invoke_pool_took(ngx_invoke_actor_t *actor);
static void ngx_invoke_pool_ready(ngx_invoke_actor_t *actor);
static void ngx_invoke_pool_finished(ngx_invoke_invocation_t *inv);
static void ngx_invoke_pool_crashed(ngx_invoke_actor_t *actor);
static void ngx_invoke_pool_gone(ngx_invoke_actor_t *actor);
static void ngx_invoke_pool_wake(ngx_event_t *ev);
static void ngx_invoke_pool_idle(ngx_event_t *ev);
static void ngx_invoke_pool_event(ngx_event_t *ev,
    ngx_event_handler_pt handler);
static void ngx_invoke_pool_leave_process(void);


ngx_invoke_pool_t  ngx_invoke_pool;


ngx_int_t
ngx_invoke_pool_snapshot(const ngx_str_t *v8_flags, ngx_log_t *log)
{
    return ngx_invoke_snapshot_build(v8_flags, log);
}


ngx_int_t
ngx_invoke_pool_init(const ngx_invoke_pool_conf_t *conf, ngx_cycle_t *cycle)
{
    ngx_memzero(&ngx_invoke_pool, sizeof(ngx_invoke_pool));

    ngx_invoke_pool.conf = conf;
    ngx_invoke_pool.log = cycle->log;
    ngx_invoke_pool.started = ngx_invoke_now();
    ngx_invoke_pool.width = ngx_invoke_choose_width(cycle);

    ngx_queue_init(&ngx_invoke_pool.actors);
    ngx_queue_init(&ngx_invoke_pool.lanes);
    ngx_queue_init(&ngx_invoke_pool.normal.waiting);
    ngx_queue_insert_tail(&ngx_invoke_pool.lanes,
                          &ngx_invoke_pool.normal.queue);
    ngx_invoke_pool.normal.memory = conf->memory;

    ngx_invoke_mailbox_init(&ngx_invoke_pool.news);

    ngx_invoke_v8_register(ngx_invoke_bindings);
    ngx_invoke_module_cache_init(conf->module_cache, conf->module_cache_size);

    ngx_invoke_pool.dummy.fd = (ngx_socket_t) -1;

    ngx_invoke_pool_event(&ngx_invoke_pool.idle, ngx_invoke_pool_idle);
    ngx_invoke_pool_event(&ngx_invoke_pool.wake, ngx_invoke_pool_wake);
    ngx_invoke_pool_event(&ngx_invoke_pool.tick, ngx_invoke_schedule_tick);
    ngx_invoke_pool_event(&ngx_invoke_pool.drain,
                          ngx_invoke_quarantine_drain);
    ngx_invoke_pool_event(&ngx_invoke_pool.retry, ngx_invoke_pool_retry);

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

    if (ngx_invoke_actor_room() != NGX_OK) {
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


/*
 * V8 or an isolate could not be started. It is tried again after a while, one
 * isolate then, and what waits meanwhile without any is refused.
 */

void
ngx_invoke_pool_failed(void)
{
    if (!ngx_invoke_pool.running || ngx_invoke_pool.retry.timer_set) {
        return;
    }

    ngx_invoke_pool.backoff
        = ngx_invoke_pool.backoff == 0 ? NGX_INVOKE_BACKOFF
          : ngx_min(2 * ngx_invoke_pool.backoff, NGX_INVOKE_BACKOFF_MAX);

    ngx_add_timer(&ngx_invoke_pool.retry, ngx_invoke_pool.backoff);

    ngx_invoke_schedule_refuse();
}


static void
ngx_invoke_pool_retry(ngx_event_t *ev)
{
    if (ngx_exiting) {
        return;
    }

    if (ngx_invoke_pool_v8() != NGX_OK) {
        ngx_invoke_pool_failed();
        return;
    }

    ngx_invoke_pool_refill();
    ngx_invoke_schedule_next();
}


ngx_uint_t
ngx_invoke_pool_usable(size_t memory)
{
    ngx_uint_t           n;
    ngx_queue_t         *q;
    ngx_invoke_actor_t  *actor;

    n = 0;

    for (q = ngx_queue_head(&ngx_invoke_pool.actors);
         q != ngx_queue_sentinel(&ngx_invoke_pool.actors);
         q = ngx_queue_next(q))
    {
        actor = ngx_queue_data(q, ngx_invoke_actor_t, queue);
        n += (actor->state == NGX_INVOKE_ACTOR_STARTING
              || actor->state == NGX_INVOKE_ACTOR_READY)
             && (memory == 0 || memory == actor->memory);
    }

    return n;
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


void
ngx_invoke_pool_exit(ngx_cycle_t *cycle)
{
    ngx_uint_t                i, left;
    ngx_queue_t              *q, *iq;
    ngx_invoke_actor_t       *actor;
    ngx_invoke_invocation_t  *inv;

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

    if (ngx_invoke_pool.drain.timer_set) {
        ngx_del_timer(&ngx_invoke_pool.drain);
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

            if (i == 0) {

                /* Requests that are still there have no one to answer. */

                for (iq = ngx_queue_head(&actor->invocations);
                     iq != ngx_queue_sentinel(&actor->invocations);
                     iq = ngx_queue_next(iq))
                {
                    inv = ngx_queue_data(iq, ngx_invoke_invocation_t, queue);
                    inv->left = 1;
                }

                __atomic_store_n(&actor->watch.exiting, 1, __ATOMIC_SEQ_CST);
                actor->retired = 1;
                (void) ngx_invoke_pool_send(actor, NGX_INVOKE_MAIL_SHUTDOWN,
                                             NULL);
            }

            ngx_invoke_mailbox_wake(&actor->mailbox);

            /* A termination may come when no JavaScript runs: again. */

            for (iq = ngx_queue_head(&actor->invocations);
                 i % 10 == 0 && iq != ngx_queue_sentinel(&actor->invocations);
                 iq = ngx_queue_next(iq))
            {
                inv = ngx_queue_data(iq, ngx_invoke_invocation_t, queue);
                ngx_invoke_watch_terminate(&actor->watch, inv);
            }
        }

        if (left == 0) {
            break;
        }

        ngx_invoke_pool_news(NULL);
        ngx_msleep(1);
    }

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


static void
ngx_invoke_pool_leave_process(void)
{
    _exit(0);
}


void
ngx_invoke_pool_stat(ngx_invoke_pool_stat_t *stat)
{
    *stat = ngx_invoke_pool.stat;
}


void
ngx_invoke_pool_news(void *data)
{
    ngx_invoke_message_t          *m, *next;
    ngx_invoke_reply_message_t    *reply;
    ngx_invoke_console_message_t  *console;

    for (m = ngx_invoke_mailbox_take(&ngx_invoke_pool.news);
         m != NULL;
         m = next)
    {
        next = m->next;

        switch ((ngx_invoke_news_e) m->type) {

        case NGX_INVOKE_NEWS_READY:
            ngx_invoke_pool_ready(((ngx_invoke_actor_message_t *) m)->actor);
            break;

        case NGX_INVOKE_NEWS_REPLY:
            reply = (ngx_invoke_reply_message_t *) m;
            ngx_invoke_pool_took(reply->actor);

            if (reply->inv->left) {
                ngx_invoke_reply_free(&reply->reply);

            } else {
                reply->inv->owner->reply(reply->inv, &reply->reply);
            }

            break;

        case NGX_INVOKE_NEWS_CONSOLE:
            console = (ngx_invoke_console_message_t *) m;
            ngx_invoke_pool_took(console->actor);

            if (console->inv == NULL) {
                console->owner->unowned(console->function, console->level,
                                        &console->text);
                ngx_invoke_function_release(console->function);

            } else if (!console->inv->left) {
                console->inv->owner->console(console->inv, console->level,
                                             &console->text);
            }

            free(console);
            break;

        case NGX_INVOKE_NEWS_FINISHED:
            ngx_invoke_pool_finished((ngx_invoke_invocation_t *) m);
            break;

        case NGX_INVOKE_NEWS_AWAKE:
            __atomic_store_n(&((ngx_invoke_actor_message_t *) m)->actor
                                 ->awake, 0, __ATOMIC_SEQ_CST);
            ngx_invoke_schedule_watch();
            break;

        case NGX_INVOKE_NEWS_CRASHED:
            ngx_invoke_pool_crashed(((ngx_invoke_actor_message_t *) m)
                                    ->actor);
            break;

        case NGX_INVOKE_NEWS_GONE:
            ngx_invoke_pool_gone(((ngx_invoke_actor_message_t *) m)->actor);
            break;
        }
    }

    /* A thread may have come to rest. */

    ngx_invoke_schedule_next();
}


static void
ngx_invoke_pool_took(ngx_invoke_actor_t *actor)
{
    (void) __atomic_sub_fetch(&actor->outbox.untold, 1, __ATOMIC_RELAXED);
}


static void
ngx_invoke_pool_ready(ngx_invoke_actor_t *actor)
{
    ngx_invoke_pool_stat_t  *stat = &ngx_invoke_pool.stat;

    if (actor->state != NGX_INVOKE_ACTOR_STARTING) {
        return;
    }

    ngx_invoke_pool.backoff = 0;

    actor->state = NGX_INVOKE_ACTOR_READY;
    actor->idle_since = ngx_current_msec;

    stat->starting--;
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_STARTING, -1);

    if (actor->load == 0) {
        stat->available++;
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_AVAILABLE, 1);
    }

    if (!stat->ready
        && ngx_invoke_pool_usable(ngx_invoke_pool.conf->memory)
           >= ngx_invoke_pool.conf->base + stat->starting)
    {
        stat->ready = 1;

        ngx_log_error(NGX_LOG_NOTICE, ngx_invoke_pool.log, 0,
                      "invoke: pool warm-up complete: %ui/%ui isolates ready, "
                      "%uL ms", ngx_invoke_pool.conf->base,
                      ngx_invoke_pool.conf->base,
                      (ngx_invoke_now() - ngx_invoke_pool.started) / 1000000);
    }

    ngx_invoke_pool_refill();
    ngx_invoke_schedule_next();
}


static void
ngx_invoke_pool_finished(ngx_invoke_invocation_t *inv)
{
    ngx_invoke_actor_t    *actor = inv->actor;
    ngx_invoke_outcome_e   verdict = inv->verdict;

    ngx_invoke_schedule_detach(inv);

    actor->pace = (7 * actor->pace + inv->span) / 8;
    actor->cost = (7 * actor->cost + inv->cpu_used) / 8;

    if (!inv->left) {
        inv->error_name = inv->thrown_name;
        inv->error_message = inv->thrown_message;
        inv->error_stack = inv->thrown_stack;

        ngx_invoke_schedule_report(inv, verdict);
    }

    ngx_invoke_invocation_free(inv);

    if (verdict == NGX_INVOKE_MEMORY) {
        ngx_invoke_pool_retire(actor, 1);
    }

    if (actor->state == NGX_INVOKE_ACTOR_PARKED && actor->load == 0) {
        ngx_invoke_quarantine_return(actor);
    }

    if (actor->state == NGX_INVOKE_ACTOR_RETIRING && actor->load == 0
        && !actor->retired)
    {
        actor->retired = 1;
        (void) ngx_invoke_pool_send(actor, NGX_INVOKE_MAIL_SHUTDOWN, NULL);
    }

    ngx_invoke_schedule_next();
}


static void
ngx_invoke_pool_crashed(ngx_invoke_actor_t *actor)
{
    ngx_invoke_quarantine_park(actor, actor->crash.cause,
                            actor->crash.oom ? NGX_INVOKE_MEMORY
                                             : NGX_INVOKE_CRASHED);
}


static void
ngx_invoke_pool_gone(ngx_invoke_actor_t *actor)
{
    ngx_uint_t                failed = 0;
    ngx_queue_t              *q;
    ngx_invoke_pool_stat_t   *stat = &ngx_invoke_pool.stat;
    ngx_invoke_invocation_t  *inv;

    if (actor->state == NGX_INVOKE_ACTOR_STARTING) {
        stat->starting--;
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_STARTING, -1);

        failed = !actor->retired;

    } else if (actor->state == NGX_INVOKE_ACTOR_READY && actor->load == 0) {
        stat->available--;
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_AVAILABLE, -1);
    }

    actor->state = NGX_INVOKE_ACTOR_RETIRING;

    ngx_invoke_schedule_take_back(actor);

    while (!ngx_queue_empty(&actor->invocations)) {
        q = ngx_queue_head(&actor->invocations);
        inv = ngx_queue_data(q, ngx_invoke_invocation_t, queue);

        ngx_invoke_schedule_detach(inv);

        if (!inv->left) {
            ngx_invoke_schedule_report(inv, NGX_INVOKE_CRASHED);
        }

        ngx_invoke_invocation_free(inv);
    }

    ngx_queue_remove(&actor->queue);

    ngx_invoke_pool_count(actor, -1);
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_DESTROYED, 1);

    ngx_invoke_actor_join(actor);

    if (failed && !ngx_invoke_pool.retry.timer_set) {
        ngx_log_error(NGX_LOG_CRIT, ngx_invoke_pool.log, 0,
                      "invoke: an isolate could not be created");
        ngx_invoke_pool_failed();
    }

    ngx_invoke_pool_refill();
    ngx_invoke_schedule_next();
}


ngx_int_t
ngx_invoke_pool_send(ngx_invoke_actor_t *actor, ngx_invoke_mail_e type,
    ngx_invoke_invocation_t *inv)
{
    actor->mailed = 1;

    if (!ngx_invoke_pool.wake.posted) {
        ngx_post_event(&ngx_invoke_pool.wake, &ngx_posted_events);
    }

    return ngx_invoke_actor_send(actor, type, inv);
}


static void
ngx_invoke_pool_wake(ngx_event_t *ev)
{
    ngx_queue_t         *q;
    ngx_invoke_actor_t  *actor;

    for (q = ngx_queue_head(&ngx_invoke_pool.actors);
         q != ngx_queue_sentinel(&ngx_invoke_pool.actors);
         q = ngx_queue_next(q))
    {
        actor = ngx_queue_data(q, ngx_invoke_actor_t, queue);

        if (actor->mailed) {
            actor->mailed = 0;
            ngx_invoke_mailbox_wake(&actor->mailbox);
        }
    }
}


ngx_invoke_actor_t *
ngx_invoke_pool_grow(size_t memory)
{
    if (!ngx_invoke_pool_room(memory) || !ngx_invoke_pool_stays(memory)) {
        return NULL;
    }

    return ngx_invoke_pool_start(memory);
}


ngx_uint_t
ngx_invoke_pool_room(size_t memory)
{
    return ngx_invoke_pool.stat.total < ngx_invoke_pool.conf->max
           && (memory == ngx_invoke_pool.conf->memory
               || ngx_invoke_pool.others < ngx_invoke_pool_most_others());
}


ngx_uint_t
ngx_invoke_pool_stays(size_t memory)
{
    return !ngx_exiting
           || (ngx_invoke_pool.running && ngx_invoke_pool_usable(memory) == 0);
}


ngx_uint_t
ngx_invoke_pool_most_others(void)
{
    return ngx_max(ngx_invoke_pool.conf->max / 2, 1);
}


void
ngx_invoke_pool_count(ngx_invoke_actor_t *actor, ngx_int_t n)
{
    ngx_invoke_pool.stat.total += n;
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_TOTAL, n);

    if (actor->memory != ngx_invoke_pool.conf->memory) {
        ngx_invoke_pool.others += n;
    }

    if (actor == ngx_invoke_pool.leaver) {
        ngx_invoke_pool.leaver = NULL;
    }
}


/* One more isolate; NULL: it could not be, which is tried again later. */

static ngx_invoke_actor_t *
ngx_invoke_pool_start(size_t memory)
{
    ngx_queue_t         *q;
    ngx_invoke_actor_t  *actor, *last;

    if (!ngx_invoke_pool.v8 || ngx_invoke_pool.retry.timer_set) {
        return NULL;
    }

    actor = ngx_invoke_actor_start(memory, &ngx_invoke_pool.news,
                                   &ngx_invoke_pool.notify);
    if (actor == NULL) {
        ngx_log_error(NGX_LOG_CRIT, ngx_invoke_pool.log, ngx_errno,
                      "invoke: a thread could not be started");
        ngx_invoke_pool_failed();
        return NULL;
    }

    /* Those that have run something are asked first, parked ones last. */

    for (q = ngx_queue_last(&ngx_invoke_pool.actors);
         q != ngx_queue_sentinel(&ngx_invoke_pool.actors);
         q = ngx_queue_prev(q))
    {
        last = ngx_queue_data(q, ngx_invoke_actor_t, queue);

        if (last->state != NGX_INVOKE_ACTOR_PARKED) {
            break;
        }
    }

    ngx_queue_insert_after(q, &actor->queue);

    ngx_invoke_pool_count(actor, 1);

    ngx_invoke_pool.stat.starting++;
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_STARTING, 1);
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_CREATED, 1);

    return actor;
}


/* Those of another size and the room that is made for one are no base's. */

void
ngx_invoke_pool_refill(void)
{
    ngx_uint_t                     usable, all, most;
    const ngx_invoke_pool_conf_t  *conf = ngx_invoke_pool.conf;

    if (!ngx_invoke_pool.running || ngx_exiting) {
        return;
    }

    usable = ngx_invoke_pool_usable(conf->memory);
    all = usable;

    if (ngx_invoke_pool.others > 0) {
        all = ngx_invoke_pool_usable(0);
    }

    all += ngx_invoke_pool.leaver != NULL
           || ngx_invoke_schedule_others_wait();

    most = ngx_invoke_pool.backoff ? 1 : ngx_invoke_pool.width;

    while (usable < conf->base && all < conf->max
           && ngx_invoke_pool.stat.starting < most)
    {
        if (ngx_invoke_pool_start(conf->memory) == NULL) {
            return;
        }

        usable++;
        all++;
    }
}


void
ngx_invoke_pool_retire(ngx_invoke_actor_t *actor, ngx_uint_t corrupted)
{
    if (corrupted && !actor->counted
        && actor->state != NGX_INVOKE_ACTOR_PARKED)
    {
        actor->counted = 1;
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_CORRUPTED, 1);
    }

    if (actor->state != NGX_INVOKE_ACTOR_READY) {
        return;
    }

    if (actor->load == 0) {
        ngx_invoke_pool.stat.available--;
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_AVAILABLE, -1);
    }

    actor->state = NGX_INVOKE_ACTOR_RETIRING;
    ngx_invoke_schedule_take_back(actor);

    if (actor->load == 0) {
        actor->retired = 1;
        (void) ngx_invoke_pool_send(actor, NGX_INVOKE_MAIL_SHUTDOWN, NULL);
    }

    ngx_invoke_pool_refill();
}


static void
ngx_invoke_pool_idle(ngx_event_t *ev)
{
    ngx_uint_t           over, left;
    ngx_queue_t         *q, *next;
    ngx_invoke_actor_t  *actor;

    ngx_invoke_memory_watch();
    ngx_invoke_schedule_sweep();
    ngx_invoke_pool_refill();

    left = ngx_invoke_pool.stat.total - ngx_invoke_pool.others;
    over = left - ngx_min(left, ngx_invoke_pool.conf->base);

    for (q = ngx_queue_head(&ngx_invoke_pool.actors);
         q != ngx_queue_sentinel(&ngx_invoke_pool.actors);
         q = next)
    {
        next = ngx_queue_next(q);
        actor = ngx_queue_data(q, ngx_invoke_actor_t, queue);

        if (actor->state != NGX_INVOKE_ACTOR_READY || actor->load > 0
            || (ngx_msec_int_t) (ngx_current_msec - actor->idle_since)
               < (ngx_msec_int_t) ngx_invoke_pool.conf->idle)
        {
            continue;
        }

        if (actor->memory != ngx_invoke_pool.conf->memory) {
            ngx_invoke_pool_retire(actor, 0);

        } else if (over > 0) {
            ngx_invoke_pool_retire(actor, 0);
            over--;
        }
    }

    ngx_add_timer(ev, ngx_max(ngx_invoke_pool.conf->idle / 4, 100));
}
