
#include "ngx_invoke_pool.h"
#include "ngx_invoke_actor.h"
#include "ngx_invoke_bind.h"
#include "ngx_invoke_metrics.h"
#include "ngx_invoke_module_cache.h"
#include "ngx_invoke_snapshot.h"


/* Bytes not yet sent at which a function that waits may write again. */
#define NGX_INVOKE_LOW_WATER  16384

/* From the end of an invocation by a limit until its thread is given up. */
#define NGX_INVOKE_KILL_STEP  100
#define NGX_INVOKE_KILL_TIME  1000

/*
 * How often the loop looks after the actors while they work, ms: for news
 * that come without a signal, and for invocations that wait behind another.
 */
#define NGX_INVOKE_TICK  5

/*
 * An isolate whose work at hand is done sooner than another thread wakes up
 * counts as idle, for invocations of the function that it runs, ns.
 */
#define NGX_INVOKE_BACKLOG  200000

/* How long exit_process waits for threads. */
#define NGX_INVOKE_EXIT_TIME  5000


static void ngx_invoke_pool_news(void *data);
static void ngx_invoke_pool_ready(ngx_invoke_actor_t *actor);
static void ngx_invoke_pool_finished(ngx_invoke_invocation_t *inv);
static void ngx_invoke_pool_crashed(ngx_invoke_actor_t *actor);
static void ngx_invoke_pool_gone(ngx_invoke_actor_t *actor);
static ngx_invoke_actor_t *ngx_invoke_pool_start(void);
static ngx_invoke_actor_t *ngx_invoke_pool_choose(
    ngx_invoke_invocation_t *inv);
static void ngx_invoke_pool_assign(ngx_invoke_invocation_t *inv,
    ngx_invoke_actor_t *actor);
static void ngx_invoke_pool_next(void);
static void ngx_invoke_pool_retire(ngx_invoke_actor_t *actor,
    ngx_uint_t corrupted);
static void ngx_invoke_pool_give_up(ngx_invoke_actor_t *actor,
    const char *cause, ngx_invoke_outcome_e outcome);
static void ngx_invoke_pool_refill(void);
static void ngx_invoke_pool_report(ngx_invoke_invocation_t *inv,
    ngx_invoke_outcome_e outcome);
static void ngx_invoke_pool_unassign(ngx_invoke_invocation_t *inv);
static void ngx_invoke_pool_detach(ngx_invoke_invocation_t *inv);
static void ngx_invoke_pool_timer(ngx_event_t *ev);
static void ngx_invoke_pool_expire(ngx_invoke_invocation_t *inv,
    ngx_invoke_outcome_e outcome, ngx_msec_t limit);
static ngx_int_t ngx_invoke_pool_send(ngx_invoke_actor_t *actor,
    ngx_invoke_mail_e type, ngx_invoke_invocation_t *inv);
static void ngx_invoke_pool_wake(ngx_event_t *ev);
static void ngx_invoke_pool_tick(ngx_event_t *ev);
static void ngx_invoke_pool_idle(ngx_event_t *ev);
static void ngx_invoke_pool_leave_process(void);


static struct {
    const ngx_invoke_pool_conf_t  *conf;
    ngx_log_t                     *log;

    ngx_invoke_queue_t             news;
    ngx_invoke_notify_t            notify;

    ngx_queue_t                    actors;      /* parked ones at the end */
    ngx_queue_t                    waiting;     /* invocations */
    ngx_invoke_pool_stat_t         stat;

    ngx_event_t                    idle;
    ngx_event_t                    tick;
    ngx_event_t                    wake;
    ngx_connection_t               dummy;       /* of these events */
    uint64_t                       started;
    unsigned                       running:1;
    unsigned                       abandoned:1; /* threads were left */
} ngx_invoke_pool;


ngx_int_t
ngx_invoke_pool_snapshot(const ngx_str_t *v8_flags, ngx_log_t *log)
{
    return ngx_invoke_snapshot_build(v8_flags, log);
}


ngx_int_t
ngx_invoke_pool_init(const ngx_invoke_pool_conf_t *conf, ngx_cycle_t *cycle)
{
    char            err[1024];
    size_t          len;
    ngx_uint_t      i;
    const char     *flags;
    const uint8_t  *blob;

    ngx_memzero(&ngx_invoke_pool, sizeof(ngx_invoke_pool));

    ngx_invoke_pool.conf = conf;
    ngx_invoke_pool.log = cycle->log;
    ngx_invoke_pool.started = ngx_invoke_now();

    ngx_queue_init(&ngx_invoke_pool.actors);
    ngx_queue_init(&ngx_invoke_pool.waiting);
    ngx_invoke_queue_init(&ngx_invoke_pool.news);

    ngx_invoke_snapshot_get(&blob, &len, &flags);

    ngx_invoke_v8_register(ngx_invoke_bindings);
    ngx_invoke_module_cache_init(conf->module_cache);

    if (ngx_invoke_v8_init(flags, blob, len, err, sizeof(err)) != 0) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "invoke: V8 could not be started: %s", err);
        return NGX_ERROR;
    }

    if (ngx_invoke_actor_signals(cycle->log) != NGX_OK
        || ngx_invoke_notify_init(&ngx_invoke_pool.notify,
                                  ngx_invoke_pool_news, NULL, cycle)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_invoke_pool.running = 1;

    for (i = 0; i < conf->base; i++) {
        if (ngx_invoke_pool_start() == NULL) {
            return NGX_ERROR;
        }
    }

    ngx_invoke_pool.dummy.fd = (ngx_socket_t) -1;
    ngx_invoke_pool.idle.data = &ngx_invoke_pool.dummy;
    ngx_invoke_pool.idle.handler = ngx_invoke_pool_idle;
    ngx_invoke_pool.idle.log = cycle->log;
    ngx_invoke_pool.idle.cancelable = 1;

    ngx_invoke_pool.tick.data = &ngx_invoke_pool.dummy;
    ngx_invoke_pool.tick.handler = ngx_invoke_pool_tick;
    ngx_invoke_pool.tick.log = cycle->log;
    ngx_invoke_pool.tick.cancelable = 1;

    ngx_invoke_pool.wake.data = &ngx_invoke_pool.dummy;
    ngx_invoke_pool.wake.handler = ngx_invoke_pool_wake;
    ngx_invoke_pool.wake.log = cycle->log;

    ngx_add_timer(&ngx_invoke_pool.idle, ngx_max(conf->idle / 4, 100));

    return NGX_OK;
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

                __atomic_store_n(&actor->exiting, 1, __ATOMIC_SEQ_CST);
                actor->retired = 1;
                (void) ngx_invoke_pool_send(actor, NGX_INVOKE_MAIL_SHUTDOWN,
                                             NULL);
            }

            ngx_invoke_queue_wake(&actor->mailbox);

            /* A termination may come when no JavaScript runs: again. */

            for (iq = ngx_queue_head(&actor->invocations);
                 i % 10 == 0 && iq != ngx_queue_sentinel(&actor->invocations);
                 iq = ngx_queue_next(iq))
            {
                inv = ngx_queue_data(iq, ngx_invoke_invocation_t, queue);
                ngx_invoke_actor_terminate(actor, inv);
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
        ngx_invoke_v8_exit();
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


/* What the actors have sent. */

static void
ngx_invoke_pool_news(void *data)
{
    ngx_invoke_message_t          *m, *next;
    ngx_invoke_reply_message_t    *reply;
    ngx_invoke_console_message_t  *console;

    for (m = ngx_invoke_queue_take(&ngx_invoke_pool.news);
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

            if (reply->inv->left) {
                ngx_invoke_reply_free(&reply->reply);

            } else {
                reply->inv->owner->reply(reply->inv, &reply->reply);
            }

            break;

        case NGX_INVOKE_NEWS_CONSOLE:
            console = (ngx_invoke_console_message_t *) m;

            if (!console->inv->left) {
                console->inv->owner->console(console->inv, console->level,
                                             &console->text);
            }

            free(console);
            break;

        case NGX_INVOKE_NEWS_FINISHED:
            ngx_invoke_pool_finished((ngx_invoke_invocation_t *) m);
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
}


static void
ngx_invoke_pool_ready(ngx_invoke_actor_t *actor)
{
    ngx_invoke_pool_stat_t  *stat = &ngx_invoke_pool.stat;

    if (actor->state != NGX_INVOKE_ACTOR_STARTING) {
        return;
    }

    actor->state = NGX_INVOKE_ACTOR_READY;
    actor->idle_since = ngx_current_msec;

    stat->starting--;
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_STARTING, -1);

    if (actor->load == 0) {
        stat->available++;
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_AVAILABLE, 1);
    }

    if (!stat->ready
        && stat->total - stat->starting >= ngx_invoke_pool.conf->base)
    {
        stat->ready = 1;

        ngx_log_error(NGX_LOG_NOTICE, ngx_invoke_pool.log, 0,
                      "invoke: pool warm-up complete: %ui/%ui isolates ready, "
                      "%uL ms", ngx_invoke_pool.conf->base,
                      ngx_invoke_pool.conf->base,
                      (ngx_invoke_now() - ngx_invoke_pool.started) / 1000000);
    }

    ngx_invoke_pool_next();
}


static void
ngx_invoke_pool_finished(ngx_invoke_invocation_t *inv)
{
    ngx_invoke_actor_t    *actor = inv->actor;
    ngx_invoke_outcome_e   verdict = inv->verdict;

    ngx_invoke_pool_detach(inv);

    actor->pace = (7 * actor->pace + inv->span) / 8;

    if (!inv->left) {
        inv->error_name = inv->thrown_name;
        inv->error_message = inv->thrown_message;
        inv->error_stack = inv->thrown_stack;

        if (verdict == NGX_INVOKE_MEMORY) {
            ngx_str_set(&inv->error_message,
                        "Isolate was disposed during execution due to memory "
                        "limit");
        }

        if (verdict == NGX_INVOKE_RESPONSE_TOO_LARGE) {
            ngx_str_set(&inv->error_message,
                        "The response exceeds invoke_max_response");
        }

        ngx_invoke_pool_report(inv, verdict);
    }

    ngx_invoke_invocation_free(inv);

    if (verdict == NGX_INVOKE_MEMORY) {
        ngx_invoke_pool_retire(actor, 1);
    }

    if (actor->state == NGX_INVOKE_ACTOR_PARKED && actor->load == 0) {

        /* It has come back after all. */

        actor->state = NGX_INVOKE_ACTOR_RETIRING;
        ngx_invoke_pool.stat.parked--;
        ngx_invoke_pool.stat.total++;
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_PARKED, -1);
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_TOTAL, 1);
    }

    if (actor->state == NGX_INVOKE_ACTOR_RETIRING && actor->load == 0
        && !actor->retired)
    {
        actor->retired = 1;
        (void) ngx_invoke_pool_send(actor, NGX_INVOKE_MAIL_SHUTDOWN, NULL);
    }

    ngx_invoke_pool_next();
}


static void
ngx_invoke_pool_crashed(ngx_invoke_actor_t *actor)
{
    ngx_invoke_pool_give_up(actor, actor->crash_cause,
                            actor->crash_oom ? NGX_INVOKE_MEMORY
                                             : NGX_INVOKE_CRASHED);
}


static void
ngx_invoke_pool_gone(ngx_invoke_actor_t *actor)
{
    ngx_queue_t              *q;
    ngx_invoke_pool_stat_t   *stat = &ngx_invoke_pool.stat;
    ngx_invoke_invocation_t  *inv;

    if (actor->state == NGX_INVOKE_ACTOR_STARTING) {
        stat->starting--;
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_STARTING, -1);

        if (!actor->retired) {
            ngx_log_error(NGX_LOG_CRIT, ngx_invoke_pool.log, 0,
                          "invoke: an isolate could not be created");
        }

    } else if (actor->state == NGX_INVOKE_ACTOR_READY && actor->load == 0) {
        stat->available--;
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_AVAILABLE, -1);
    }

    actor->state = NGX_INVOKE_ACTOR_RETIRING;

    /* Those that it did not come to. */

    while (!ngx_queue_empty(&actor->invocations)) {
        q = ngx_queue_head(&actor->invocations);
        inv = ngx_queue_data(q, ngx_invoke_invocation_t, queue);

        ngx_invoke_pool_detach(inv);

        if (!inv->left) {
            ngx_invoke_pool_report(inv, NGX_INVOKE_CRASHED);
        }

        ngx_invoke_invocation_free(inv);
    }

    ngx_queue_remove(&actor->queue);

    stat->total--;
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_TOTAL, -1);
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_DESTROYED, 1);

    ngx_invoke_actor_join(actor);

    ngx_invoke_pool_refill();
    ngx_invoke_pool_next();
}


/*
 * An actor is woken up when the loop has gone through its present events, so
 * that it finds all their mail at once.
 */

static ngx_int_t
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
            ngx_invoke_queue_wake(&actor->mailbox);
        }
    }
}


/* Isolates */

static ngx_invoke_actor_t *
ngx_invoke_pool_start(void)
{
    ngx_invoke_actor_t  *actor;

    actor = ngx_invoke_actor_start(ngx_invoke_pool.conf->memory,
                                   &ngx_invoke_pool.news,
                                   &ngx_invoke_pool.notify);
    if (actor == NULL) {
        ngx_log_error(NGX_LOG_CRIT, ngx_invoke_pool.log, ngx_errno,
                      "invoke: a thread could not be started");
        return NULL;
    }

    ngx_queue_insert_head(&ngx_invoke_pool.actors, &actor->queue);

    ngx_invoke_pool.stat.total++;
    ngx_invoke_pool.stat.starting++;

    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_TOTAL, 1);
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_STARTING, 1);
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_CREATED, 1);

    return actor;
}


/* Isolates up to the base, and one more for what waits. */

static void
ngx_invoke_pool_refill(void)
{
    ngx_uint_t           usable;
    ngx_queue_t         *q;
    ngx_invoke_actor_t  *actor;

    if (!ngx_invoke_pool.running || ngx_exiting) {
        return;
    }

    usable = 0;

    for (q = ngx_queue_head(&ngx_invoke_pool.actors);
         q != ngx_queue_sentinel(&ngx_invoke_pool.actors);
         q = ngx_queue_next(q))
    {
        actor = ngx_queue_data(q, ngx_invoke_actor_t, queue);
        usable += actor->state == NGX_INVOKE_ACTOR_STARTING
                  || actor->state == NGX_INVOKE_ACTOR_READY;
    }

    while (usable < ngx_invoke_pool.conf->base) {
        if (ngx_invoke_pool_start() == NULL) {
            return;
        }

        usable++;
    }

    if (usable < ngx_invoke_pool.conf->max
        && !ngx_queue_empty(&ngx_invoke_pool.waiting))
    {
        (void) ngx_invoke_pool_start();
    }
}


/* Takes no more work; shut down when the last of it is over. */

static void
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

        actor->retired = 1;
        (void) ngx_invoke_pool_send(actor, NGX_INVOKE_MAIL_SHUTDOWN, NULL);
    }

    actor->state = NGX_INVOKE_ACTOR_RETIRING;

    ngx_invoke_pool_refill();
}


/*
 * Its thread will not come back: V8 cannot go on, or a built-in function
 * does not let itself be interrupted. What it holds stays as it is.
 */

static void
ngx_invoke_pool_give_up(ngx_invoke_actor_t *actor, const char *cause,
    ngx_invoke_outcome_e outcome)
{
    ngx_queue_t              *q;
    ngx_invoke_pool_stat_t   *stat = &ngx_invoke_pool.stat;
    ngx_invoke_invocation_t  *inv;

    if (actor->state == NGX_INVOKE_ACTOR_PARKED) {
        return;
    }

    ngx_log_error(NGX_LOG_ERR, ngx_invoke_pool.log, 0,
                  "invoke: an isolate is in quarantine: %s, function \"%V\"",
                  cause, actor->function != NULL ? &actor->function->id
                                                 : &ngx_invoke_outcomes[0].code);

    ngx_invoke_pool_retire(actor, 1);

    if (actor->state == NGX_INVOKE_ACTOR_STARTING) {
        stat->starting--;
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_STARTING, -1);
    }

    actor->state = NGX_INVOKE_ACTOR_PARKED;

    stat->total--;
    stat->parked++;

    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_TOTAL, -1);
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_PARKED, 1);
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_QUARANTINED, 1);

    for (q = ngx_queue_head(&actor->invocations);
         q != ngx_queue_sentinel(&actor->invocations);
         q = ngx_queue_next(q))
    {
        inv = ngx_queue_data(q, ngx_invoke_invocation_t, queue);

        if (inv->timer.timer_set) {
            ngx_del_timer(&inv->timer);
        }

        if (!inv->left) {
            inv->error_message.len = ngx_snprintf(inv->text,
                                                  sizeof(inv->text), "%s",
                                                  cause)
                                     - inv->text;
            inv->error_message.data = inv->text;
            ngx_invoke_pool_report(inv, outcome);
        }
    }

    ngx_queue_remove(&actor->queue);
    ngx_queue_insert_tail(&ngx_invoke_pool.actors, &actor->queue);

    ngx_invoke_pool_refill();
    ngx_invoke_pool_next();
}


/*
 * While isolates work. Where one has not come to its next invocation since
 * the last tick, those behind it go elsewhere.
 */

static void
ngx_invoke_pool_tick(ngx_event_t *ev)
{
    uint32_t                  started;
    ngx_queue_t              *q, *iq, *next;
    ngx_invoke_actor_t       *actor;
    ngx_invoke_invocation_t  *inv;

    ngx_invoke_pool_news(NULL);

    for (q = ngx_queue_head(&ngx_invoke_pool.actors);
         q != ngx_queue_sentinel(&ngx_invoke_pool.actors);
         q = ngx_queue_next(q))
    {
        actor = ngx_queue_data(q, ngx_invoke_actor_t, queue);
        started = __atomic_load_n(&actor->started, __ATOMIC_RELAXED);

        if (actor->load < 2 || started != actor->seen
            || __atomic_load_n(&actor->current, __ATOMIC_RELAXED) == 0)
        {
            actor->seen = started;
            continue;
        }

        actor->pace = 16 * NGX_INVOKE_BACKLOG;

        for (iq = ngx_queue_head(&actor->invocations);
             iq != ngx_queue_sentinel(&actor->invocations);
             iq = next)
        {
            next = ngx_queue_next(iq);
            inv = ngx_queue_data(iq, ngx_invoke_invocation_t, queue);

            if (ngx_invoke_actor_withdraw(inv) == NGX_OK) {
                ngx_invoke_pool_unassign(inv);
            }
        }
    }

    ngx_invoke_pool_next();

    if (ngx_invoke_pool.stat.active > 0) {
        ngx_add_timer(ev, NGX_INVOKE_TICK);
    }
}


/* Cancelable, so an exiting worker does not wait for it. */

static void
ngx_invoke_pool_idle(ngx_event_t *ev)
{
    ngx_uint_t           over;
    ngx_queue_t         *q, *next;
    ngx_invoke_actor_t  *actor;

    over = ngx_invoke_pool.stat.total > ngx_invoke_pool.conf->base
           ? ngx_invoke_pool.stat.total - ngx_invoke_pool.conf->base : 0;

    for (q = ngx_queue_head(&ngx_invoke_pool.actors);
         over > 0 && q != ngx_queue_sentinel(&ngx_invoke_pool.actors);
         q = next)
    {
        next = ngx_queue_next(q);
        actor = ngx_queue_data(q, ngx_invoke_actor_t, queue);

        if (actor->state == NGX_INVOKE_ACTOR_READY && actor->load == 0
            && (ngx_msec_int_t) (ngx_current_msec - actor->idle_since)
               >= (ngx_msec_int_t) ngx_invoke_pool.conf->idle)
        {
            ngx_invoke_pool_retire(actor, 0);
            over--;
        }
    }

    ngx_add_timer(ev, ngx_max(ngx_invoke_pool.conf->idle / 4, 100));
}


/* Invocations */

ngx_int_t
ngx_invoke_invocation_submit(ngx_invoke_invocation_t *inv)
{
    ngx_invoke_actor_t      *actor;
    ngx_invoke_pool_stat_t  *stat = &ngx_invoke_pool.stat;

    inv->submitted = ngx_invoke_now();
    inv->timer.handler = ngx_invoke_pool_timer;
    inv->timer.data = inv;
    inv->timer.log = ngx_invoke_pool.log;

    actor = ngx_invoke_pool_choose(inv);

    if (actor != NULL) {
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_INVOCATIONS_ACTIVE, 1);
        ngx_invoke_pool_assign(inv, actor);
        return NGX_OK;
    }

    if (stat->waiting >= ngx_invoke_pool.conf->queue) {
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_QUEUE_REJECTED, 1);
        return NGX_BUSY;
    }

    ngx_queue_insert_tail(&ngx_invoke_pool.waiting, &inv->queue);
    stat->waiting++;

    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_INVOCATIONS_ACTIVE, 1);
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_QUEUE_WAITING, 1);
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_QUEUE_ENQUEUED, 1);

    ngx_add_timer(&inv->timer, ngx_invoke_pool.conf->queue_timeout);

    return NGX_OK;
}


void
ngx_invoke_invocation_abort(ngx_invoke_invocation_t *inv)
{
    inv->left = 1;

    if (inv->actor == NULL || ngx_invoke_actor_withdraw(inv) == NGX_OK) {
        ngx_invoke_pool_detach(inv);
        ngx_invoke_invocation_free(inv);
        return;
    }

    (void) ngx_invoke_pool_send(inv->actor, NGX_INVOKE_MAIL_ABORT, inv);
}


void
ngx_invoke_invocation_consumed(ngx_invoke_invocation_t *inv, size_t n)
{
    size_t  left;

    left = __atomic_sub_fetch(&inv->buffered, n, __ATOMIC_SEQ_CST);

    if (left <= NGX_INVOKE_LOW_WATER && inv->actor != NULL && !inv->left
        && __atomic_exchange_n(&inv->starved, 0, __ATOMIC_SEQ_CST))
    {
        (void) ngx_invoke_pool_send(inv->actor, NGX_INVOKE_MAIL_DRAIN, inv);
    }
}


/* The isolate that takes it now, or NULL. */

static ngx_invoke_actor_t *
ngx_invoke_pool_choose(ngx_invoke_invocation_t *inv)
{
    ngx_queue_t             *q;
    ngx_invoke_actor_t      *actor, *same, *idle, *shared;
    ngx_invoke_pool_stat_t  *stat = &ngx_invoke_pool.stat;

    same = NULL;
    idle = NULL;
    shared = NULL;

    for (q = ngx_queue_head(&ngx_invoke_pool.actors);
         q != ngx_queue_sentinel(&ngx_invoke_pool.actors);
         q = ngx_queue_next(q))
    {
        actor = ngx_queue_data(q, ngx_invoke_actor_t, queue);

        if (actor->state == NGX_INVOKE_ACTOR_PARKED) {
            break;
        }

        if (actor->load == 0
            && (actor->state == NGX_INVOKE_ACTOR_READY
                || actor->state == NGX_INVOKE_ACTOR_STARTING))
        {
            if (actor->function == inv->function) {
                same = actor;
            }

            /* One that is ready; among those one that has run nothing. */

            if (idle == NULL
                || idle->state == NGX_INVOKE_ACTOR_STARTING
                || (actor->function == NULL && idle->function != NULL
                    && actor->state == NGX_INVOKE_ACTOR_READY))
            {
                idle = actor;
            }

            continue;
        }

        if (actor->state != NGX_INVOKE_ACTOR_READY
            || actor->function != inv->function)
        {
            continue;
        }

        if (actor->pace * (actor->load + 1) < NGX_INVOKE_BACKLOG) {
            return actor;
        }

        if (actor->load < inv->limits.concurrency
            && __atomic_load_n(&actor->current, __ATOMIC_RELAXED) == 0
            && ngx_invoke_queue_empty(&actor->mailbox)
            && (shared == NULL || actor->load < shared->load))
        {
            shared = actor;
        }
    }

    if (same != NULL) {
        return same;
    }

    if (idle != NULL) {
        return idle;
    }

    if (stat->total < ngx_invoke_pool.conf->max && !ngx_exiting) {
        actor = ngx_invoke_pool_start();

        if (actor != NULL) {
            return actor;
        }
    }

    return shared;
}


static void
ngx_invoke_pool_assign(ngx_invoke_invocation_t *inv,
    ngx_invoke_actor_t *actor)
{
    ngx_msec_t  time;

    inv->actor = actor;
    inv->assigned = ngx_invoke_now();
    inv->ran = 1;

    if (actor->function != inv->function) {
        if (actor->function != NULL) {
            ngx_invoke_function_release(actor->function);
        }

        actor->function = ngx_invoke_function_hold(inv->function);

        /* Not known yet: slow enough that nothing is put behind it. */

        actor->pace = 16 * NGX_INVOKE_BACKLOG;
    }

    ngx_queue_insert_tail(&actor->invocations, &inv->queue);

    if (actor->load++ == 0) {
        ngx_invoke_pool.stat.active++;
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_ACTIVE, 1);

        if (actor->state == NGX_INVOKE_ACTOR_READY) {
            ngx_invoke_pool.stat.available--;
            ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_AVAILABLE, -1);
        }
    }

    time = inv->limits.timeout;

    if (inv->limits.cpu != 0) {
        time = ngx_min(time, inv->limits.cpu);
    }

    ngx_add_timer(&inv->timer, time);

    if (!ngx_invoke_pool.tick.timer_set) {
        ngx_add_timer(&ngx_invoke_pool.tick, NGX_INVOKE_TICK);
    }

    if (ngx_invoke_pool_send(actor, NGX_INVOKE_MAIL_RUN, inv) != NGX_OK) {
        inv->verdict = NGX_INVOKE_MEMORY;
        inv->message.type = NGX_INVOKE_NEWS_FINISHED;
        ngx_invoke_queue_push(&ngx_invoke_pool.news, &inv->message);
        ngx_invoke_notify_signal(&ngx_invoke_pool.notify);
    }
}


/* Those that wait, as far as isolates take them. */

static void
ngx_invoke_pool_next(void)
{
    ngx_queue_t              *q;
    ngx_invoke_actor_t       *actor;
    ngx_invoke_invocation_t  *inv;

    while (!ngx_queue_empty(&ngx_invoke_pool.waiting)) {
        q = ngx_queue_head(&ngx_invoke_pool.waiting);
        inv = ngx_queue_data(q, ngx_invoke_invocation_t, queue);

        actor = ngx_invoke_pool_choose(inv);

        if (actor == NULL) {
            return;
        }

        ngx_queue_remove(q);
        ngx_invoke_pool.stat.waiting--;
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_QUEUE_WAITING, -1);

        ngx_del_timer(&inv->timer);
        ngx_invoke_pool_assign(inv, actor);
    }
}


/* From its actor, which has not started it, to the head of the queue. */

static void
ngx_invoke_pool_unassign(ngx_invoke_invocation_t *inv)
{
    ngx_invoke_pool_detach(inv);

    inv->actor = NULL;
    inv->ran = 0;

    ngx_queue_insert_head(&ngx_invoke_pool.waiting, &inv->queue);
    ngx_invoke_pool.stat.waiting++;

    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_INVOCATIONS_ACTIVE, 1);
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_QUEUE_WAITING, 1);

    ngx_add_timer(&inv->timer, ngx_invoke_pool.conf->queue_timeout);
}


/* It is the pool's no longer. */

static void
ngx_invoke_pool_detach(ngx_invoke_invocation_t *inv)
{
    ngx_invoke_actor_t      *actor = inv->actor;
    ngx_invoke_pool_stat_t  *stat = &ngx_invoke_pool.stat;

    if (inv->timer.timer_set) {
        ngx_del_timer(&inv->timer);
    }

    ngx_queue_remove(&inv->queue);
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_INVOCATIONS_ACTIVE, -1);

    if (actor == NULL) {
        stat->waiting--;
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_QUEUE_WAITING, -1);
        return;
    }

    if (--actor->load == 0) {
        stat->active--;
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_ACTIVE, -1);

        actor->idle_since = ngx_current_msec;

        if (actor->state == NGX_INVOKE_ACTOR_READY) {
            stat->available++;
            ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_AVAILABLE, 1);
        }
    }
}


/* The one place that tells an owner the end. */

static void
ngx_invoke_pool_report(ngx_invoke_invocation_t *inv,
    ngx_invoke_outcome_e outcome)
{
    inv->left = 1;
    inv->outcome = outcome;

    ngx_invoke_invocation_measure(inv);

    inv->owner->finished(inv);
}


void
ngx_invoke_invocation_measure(ngx_invoke_invocation_t *inv)
{
    uint64_t  now;

    now = ngx_invoke_now();

    inv->start = __atomic_load_n(&inv->kind, __ATOMIC_RELAXED);
    inv->wall_time = now - inv->submitted;
    inv->queue_time = (inv->ran ? inv->assigned : now) - inv->submitted;
    inv->cpu_time = inv->actor != NULL
                    && inv->actor->state != NGX_INVOKE_ACTOR_STARTING
                    ? ngx_invoke_actor_cpu(inv->actor, inv) : 0;
}


/* A limit of time, of the queue, or the patience with a thread is over. */

static void
ngx_invoke_pool_timer(ngx_event_t *ev)
{
    uint64_t                  now, cpu;
    ngx_msec_t                wall, next;
    ngx_invoke_actor_t       *actor;
    ngx_invoke_invocation_t  *inv = ev->data;

    actor = inv->actor;

    if (actor == NULL) {
        ngx_invoke_pool_detach(inv);
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_QUEUE_TIMEOUTS, 1);

        ngx_str_set(&inv->error_message, "No isolate became available");
        ngx_invoke_pool_report(inv, NGX_INVOKE_OVERLOADED);
        ngx_invoke_invocation_free(inv);
        return;
    }

    now = ngx_invoke_now();

    if (inv->expired) {

        if (now - inv->expired >= (uint64_t) NGX_INVOKE_KILL_TIME * 1000000) {
            ngx_invoke_pool_give_up(actor, "it does not let itself be "
                                    "interrupted", NGX_INVOKE_CRASHED);
            return;
        }

        ngx_invoke_actor_terminate(actor, inv);
        ngx_add_timer(ev, NGX_INVOKE_KILL_STEP);
        return;
    }

    wall = (now - inv->assigned) / 1000000;

    if (wall >= inv->limits.timeout) {
        ngx_invoke_pool_expire(inv, NGX_INVOKE_TIMEOUT, inv->limits.timeout);
        return;
    }

    next = inv->limits.timeout - wall;

    if (inv->limits.cpu != 0 && actor->state != NGX_INVOKE_ACTOR_STARTING) {
        cpu = ngx_invoke_actor_cpu(actor, inv) / 1000000;

        if (cpu >= inv->limits.cpu) {
            ngx_invoke_pool_expire(inv, NGX_INVOKE_CPU, inv->limits.cpu);
            return;
        }

        next = ngx_min(next, inv->limits.cpu - (ngx_msec_t) cpu);
    }

    ngx_add_timer(ev, ngx_max(next, 1));
}


static void
ngx_invoke_pool_expire(ngx_invoke_invocation_t *inv,
    ngx_invoke_outcome_e outcome, ngx_msec_t limit)
{
    ngx_invoke_actor_t  *actor = inv->actor;

    if (ngx_invoke_actor_withdraw(inv) == NGX_OK) {
        ngx_invoke_pool_detach(inv);
        ngx_invoke_pool_report(inv, outcome);
        ngx_invoke_invocation_free(inv);
        return;
    }

    inv->expired = ngx_invoke_now();

    ngx_invoke_actor_terminate(actor, inv);
    (void) ngx_invoke_pool_send(actor, NGX_INVOKE_MAIL_KILL, inv);

    ngx_add_timer(&inv->timer, NGX_INVOKE_KILL_STEP);

    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_TERMINATED, 1);
    ngx_invoke_pool_retire(actor, 1);

    if (!inv->left) {
        inv->error_message.data = inv->text;
        inv->error_message.len
            = ngx_snprintf(inv->text, sizeof(inv->text),
                           outcome == NGX_INVOKE_CPU
                           ? "Function CPU time limit exceeded (%Mms)"
                           : "Function execution timeout (%Mms)", limit)
              - inv->text;

        ngx_invoke_pool_report(inv, outcome);
    }
}
