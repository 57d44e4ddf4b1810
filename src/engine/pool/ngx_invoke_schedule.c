
#include "ngx_invoke_schedule.h"


/* Bytes not yet sent at which a function that waits may write again. */
#define NGX_INVOKE_LOW_WATER  16384

/*
 * How long JavaScript that is to end may go on, by the clock of its thread's
 * CPU time, until the thread is given up, ms; or as a last resort so many times
 * as long.
 */
#define NGX_INVOKE_KILL_STEP   100
#define NGX_INVOKE_KILL_TIME   1000
#define NGX_INVOKE_KILL_TIMES  10

/* ms that a function may go on without looking up when its client has left */
#define NGX_INVOKE_ABORT_TIME  500

/*
 * How often the loop looks after the actors while they work, ms: for news
 * that come without a signal, and for invocations that wait behind another.
 */
#define NGX_INVOKE_TICK  5

/* CPU time that nobody's JavaScript may take in an isolate, ms. */
#define NGX_INVOKE_NOBODY_TIME  1000

/* And where invocations wait that could have the isolate, on end. */
#define NGX_INVOKE_NOBODY_WAIT  500

/*
 * CPU time on end after which a thread has to let the loop and other threads
 * go first, ms. It cannot take that back without a privilege, so threads of
 * quick functions, for which the loop waits in turn, are left as they are.
 */
#define NGX_INVOKE_NICE_TIME  20

/*
 * Ticks without JavaScript after which what waits behind a thread goes
 * elsewhere; where JavaScript runs it is one.
 */
#define NGX_INVOKE_STILL  10

/*
 * The first invocation of the queue goes to another isolate once none has left
 * it for so long, ms, however many run.
 */
#define NGX_INVOKE_STALL  10


static ngx_invoke_lane_t *ngx_invoke_schedule_wait(
    ngx_invoke_invocation_t *inv);
static ngx_invoke_lane_t *ngx_invoke_schedule_oldest(ngx_uint_t round);
static ngx_int_t ngx_invoke_schedule_first(ngx_invoke_lane_t *lane);
static void ngx_invoke_schedule_assign(ngx_invoke_invocation_t *inv,
    ngx_invoke_actor_t *actor);
static void ngx_invoke_schedule_timer(ngx_event_t *ev);
static void ngx_invoke_schedule_queued(ngx_invoke_invocation_t *inv,
    uint64_t now);
static ngx_uint_t ngx_invoke_schedule_insist(ngx_invoke_invocation_t *inv,
    uint64_t now);
static void ngx_invoke_schedule_nobody(ngx_invoke_actor_t *actor);


ngx_int_t
ngx_invoke_invocation_submit(ngx_invoke_invocation_t *inv)
{
    ngx_uint_t               waits, none;
    ngx_invoke_lane_t       *lane;
    ngx_invoke_actor_t      *actor;
    ngx_invoke_pool_stat_t  *stat = &ngx_invoke_pool.stat;

    inv->submitted = ngx_invoke_now();
    inv->timer.handler = ngx_invoke_schedule_timer;
    inv->timer.data = inv;
    inv->timer.log = ngx_invoke_pool.log;

    inv->limits.memory = inv->limits.memory == 0
                         ? ngx_invoke_pool.conf->memory
                         : ngx_max(inv->limits.memory, NGX_INVOKE_MEMORY_MIN);

    lane = ngx_invoke_schedule_lane(inv->limits.memory);
    waits = lane != NULL && !ngx_queue_empty(&lane->waiting);

    if (!waits && stat->waiting > 0) {

        /* Those of other sizes have come before it. */

        ngx_invoke_schedule_next();
    }

    actor = ngx_invoke_choose(inv, waits ? NGX_INVOKE_TURN_BEHIND
                                         : NGX_INVOKE_TURN_FIRST);

    if (actor == NULL && stat->waiting >= ngx_invoke_pool.conf->queue) {
        actor = ngx_invoke_choose(inv, NGX_INVOKE_TURN_OVERDUE);
    }

    if (actor != NULL) {
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_INVOCATIONS_ACTIVE, 1);
        ngx_invoke_schedule_assign(inv, actor);
        return NGX_OK;
    }

    none = ngx_invoke_pool.retry.timer_set
           && ngx_invoke_pool_usable(inv->limits.memory) == 0;

    if (none || stat->waiting >= ngx_invoke_pool.conf->queue) {
        if (none) {
            ngx_str_set(&inv->error_message, "There are no isolates");

        } else {
            ngx_str_set(&inv->error_message, "The queue is full");
        }

        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_QUEUE_REJECTED, 1);
        return NGX_BUSY;
    }

    lane = ngx_invoke_schedule_wait(inv);

    if (!waits) {
        lane->moved = ngx_current_msec;
    }

    ngx_queue_insert_tail(&lane->waiting, &inv->queue);

    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_QUEUE_ENQUEUED, 1);

    ngx_add_timer(&inv->timer, ngx_invoke_pool.conf->queue_timeout);
    ngx_invoke_schedule_watch();

    return NGX_OK;
}


void
ngx_invoke_invocation_abort(ngx_invoke_invocation_t *inv)
{
    inv->left = 1;

    if (inv->actor == NULL || ngx_invoke_actor_withdraw(inv) == NGX_OK) {
        ngx_invoke_schedule_detach(inv);
        ngx_invoke_invocation_free(inv);
        return;
    }

    (void) ngx_invoke_pool_send(inv->actor, NGX_INVOKE_MAIL_ABORT, inv);

    if (!inv->expired) {
        ngx_add_timer(&inv->timer, NGX_INVOKE_ABORT_TIME);
    }
}


void
ngx_invoke_invocation_consumed(ngx_invoke_invocation_t *inv, size_t n)
{
    size_t  left, low;

    low = ngx_min(NGX_INVOKE_LOW_WATER, inv->limits.response / 4);
    left = __atomic_sub_fetch(&inv->buffered, n, __ATOMIC_SEQ_CST);

    if (left <= low && inv->actor != NULL && !inv->left
        && __atomic_exchange_n(&inv->starved, 0, __ATOMIC_SEQ_CST))
    {
        (void) ngx_invoke_pool_send(inv->actor, NGX_INVOKE_MAIL_DRAIN, inv);
    }
}


/* What is left of the time that it may wait for its start, ms. */

static ngx_msec_t
ngx_invoke_schedule_patience(ngx_invoke_invocation_t *inv, uint64_t now)
{
    ngx_msec_t  waited;

    waited = (now - inv->submitted) / 1000000;

    return waited < ngx_invoke_pool.conf->queue_timeout
           ? ngx_invoke_pool.conf->queue_timeout - waited : 0;
}


/*
 * It waits for its isolate to start it, for so many ms at most. Its limits
 * begin with that, so that none is over before the shortest of them is.
 */

static void
ngx_invoke_schedule_expect(ngx_invoke_invocation_t *inv, ngx_msec_t patience)
{
    ngx_msec_t  time;

    time = ngx_min(patience, inv->limits.timeout);

    if (inv->limits.cpu != 0) {
        time = ngx_min(time, inv->limits.cpu);
    }

    ngx_add_timer(&inv->timer, ngx_max(time, 1));
}


static void
ngx_invoke_schedule_assign(ngx_invoke_invocation_t *inv,
    ngx_invoke_actor_t *actor)
{
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
        actor->cost = 16 * NGX_INVOKE_BACKLOG;
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

    ngx_invoke_schedule_expect(inv, ngx_invoke_schedule_patience(inv,
                                                          inv->assigned));

    ngx_invoke_schedule_watch();

    if (ngx_invoke_pool_send(actor, NGX_INVOKE_MAIL_RUN, inv) != NGX_OK) {
        inv->verdict = NGX_INVOKE_MEMORY;
        inv->message.type = NGX_INVOKE_NEWS_FINISHED;
        ngx_invoke_mailbox_push(&ngx_invoke_pool.news, &inv->message);
        ngx_invoke_notify_signal(&ngx_invoke_pool.notify);
    }
}


ngx_invoke_lane_t *
ngx_invoke_schedule_lane(size_t memory)
{
    ngx_queue_t        *q;
    ngx_invoke_lane_t  *lane;

    for (q = ngx_queue_head(&ngx_invoke_pool.lanes);
         q != ngx_queue_sentinel(&ngx_invoke_pool.lanes);
         q = ngx_queue_next(q))
    {
        lane = ngx_queue_data(q, ngx_invoke_lane_t, queue);

        if (lane->memory == memory) {
            return lane;
        }
    }

    return NULL;
}


/*
 * Counts it among those that wait, and returns the lane for it. Where there is
 * no memory for one of its own it has to wait among the others.
 */

static ngx_invoke_lane_t *
ngx_invoke_schedule_wait(ngx_invoke_invocation_t *inv)
{
    ngx_invoke_lane_t  *lane;

    ngx_invoke_pool.stat.waiting++;

    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_INVOCATIONS_ACTIVE, 1);
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_QUEUE_WAITING, 1);

    lane = ngx_invoke_schedule_lane(inv->limits.memory);

    if (lane != NULL) {
        return lane;
    }

    lane = calloc(1, sizeof(ngx_invoke_lane_t));

    if (lane == NULL) {
        return &ngx_invoke_pool.normal;
    }

    lane->memory = inv->limits.memory;
    lane->moved = ngx_current_msec;

    ngx_queue_init(&lane->waiting);
    ngx_queue_insert_tail(&ngx_invoke_pool.lanes, &lane->queue);

    return lane;
}


ngx_uint_t
ngx_invoke_schedule_others_wait(void)
{
    ngx_queue_t        *q;
    ngx_invoke_lane_t  *lane;

    for (q = ngx_queue_next(&ngx_invoke_pool.normal.queue);
         q != ngx_queue_sentinel(&ngx_invoke_pool.lanes);
         q = ngx_queue_next(q))
    {
        lane = ngx_queue_data(q, ngx_invoke_lane_t, queue);

        if (!ngx_queue_empty(&lane->waiting)) {
            return 1;
        }
    }

    return 0;
}


void
ngx_invoke_schedule_sweep(void)
{
    ngx_queue_t        *q, *next;
    ngx_invoke_lane_t  *lane;

    for (q = ngx_queue_next(&ngx_invoke_pool.normal.queue);
         q != ngx_queue_sentinel(&ngx_invoke_pool.lanes);
         q = next)
    {
        next = ngx_queue_next(q);
        lane = ngx_queue_data(q, ngx_invoke_lane_t, queue);

        if (ngx_queue_empty(&lane->waiting)) {
            ngx_queue_remove(q);
            free(lane);
        }
    }
}


/*
 * Of those that are the first of their lanes the one that has waited longest
 * goes first; where it has to wait on, the other lanes do not.
 */

void
ngx_invoke_schedule_next(void)
{
    ngx_uint_t          round;
    ngx_invoke_lane_t  *lane;

    if (ngx_invoke_pool.stat.waiting == 0) {
        return;
    }

    round = ++ngx_invoke_pool.round;

    for ( ;; ) {
        lane = ngx_invoke_schedule_oldest(round);

        if (lane == NULL) {
            return;
        }

        if (ngx_invoke_schedule_first(lane) != NGX_OK) {
            lane->tried = round;
        }
    }
}


static ngx_invoke_lane_t *
ngx_invoke_schedule_oldest(ngx_uint_t round)
{
    uint64_t                  submitted;
    ngx_queue_t              *q;
    ngx_invoke_lane_t        *lane, *oldest;
    ngx_invoke_invocation_t  *inv;

    oldest = NULL;
    submitted = 0;

    for (q = ngx_queue_head(&ngx_invoke_pool.lanes);
         q != ngx_queue_sentinel(&ngx_invoke_pool.lanes);
         q = ngx_queue_next(q))
    {
        lane = ngx_queue_data(q, ngx_invoke_lane_t, queue);

        if (ngx_queue_empty(&lane->waiting) || lane->tried == round) {
            continue;
        }

        inv = ngx_queue_data(ngx_queue_head(&lane->waiting),
                             ngx_invoke_invocation_t, queue);

        if (oldest == NULL || inv->submitted < submitted) {
            oldest = lane;
            submitted = inv->submitted;
        }
    }

    return oldest;
}


/* Gives the first of a lane to an isolate; NGX_DECLINED: it has to wait. */

static ngx_int_t
ngx_invoke_schedule_first(ngx_invoke_lane_t *lane)
{
    ngx_uint_t                stalled;
    ngx_queue_t              *q;
    ngx_invoke_actor_t       *actor;
    ngx_invoke_invocation_t  *inv;

    q = ngx_queue_head(&lane->waiting);
    inv = ngx_queue_data(q, ngx_invoke_invocation_t, queue);

    stalled = ngx_current_msec - lane->moved >= NGX_INVOKE_STALL;

    actor = ngx_invoke_choose(inv, stalled ? NGX_INVOKE_TURN_OVERDUE
                                           : NGX_INVOKE_TURN_FIRST);

    if (actor == NULL) {
        return NGX_DECLINED;
    }

    lane->moved = ngx_current_msec;

    ngx_queue_remove(q);
    ngx_invoke_pool.stat.waiting--;
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_QUEUE_WAITING, -1);

    ngx_del_timer(&inv->timer);
    ngx_invoke_schedule_assign(inv, actor);

    return NGX_OK;
}


void
ngx_invoke_schedule_refuse(void)
{
    ngx_queue_t              *q, *lq;
    ngx_invoke_lane_t        *lane;
    ngx_invoke_invocation_t  *inv;

    for (lq = ngx_queue_head(&ngx_invoke_pool.lanes);
         lq != ngx_queue_sentinel(&ngx_invoke_pool.lanes);
         lq = ngx_queue_next(lq))
    {
        lane = ngx_queue_data(lq, ngx_invoke_lane_t, queue);

        while (!ngx_queue_empty(&lane->waiting)
               && ngx_invoke_pool_usable(lane->memory) == 0)
        {
            q = ngx_queue_head(&lane->waiting);
            inv = ngx_queue_data(q, ngx_invoke_invocation_t, queue);

            ngx_invoke_schedule_detach(inv);

            ngx_str_set(&inv->error_message, "There are no isolates");
            ngx_invoke_schedule_report(inv, NGX_INVOKE_OVERLOADED);
            ngx_invoke_invocation_free(inv);
        }
    }
}


void
ngx_invoke_schedule_take_back(ngx_invoke_actor_t *actor)
{
    uint64_t                  now;
    ngx_queue_t              *q, *prev;
    ngx_invoke_lane_t        *lane;
    ngx_invoke_invocation_t  *inv;

    now = ngx_invoke_now();

    for (q = ngx_queue_last(&actor->invocations);
         q != ngx_queue_sentinel(&actor->invocations);
         q = prev)
    {
        prev = ngx_queue_prev(q);
        inv = ngx_queue_data(q, ngx_invoke_invocation_t, queue);

        if (inv->expired || ngx_invoke_actor_withdraw(inv) != NGX_OK) {
            continue;
        }

        ngx_invoke_schedule_detach(inv);

        inv->actor = NULL;
        inv->ran = 0;

        lane = ngx_invoke_schedule_wait(inv);
        ngx_queue_insert_head(&lane->waiting, &inv->queue);

        ngx_add_timer(&inv->timer, ngx_invoke_schedule_patience(inv, now));
    }
}


void
ngx_invoke_schedule_detach(ngx_invoke_invocation_t *inv)
{
    ngx_invoke_actor_t      *actor = inv->actor;
    ngx_invoke_pool_stat_t  *stat = &ngx_invoke_pool.stat;

    if (inv->timer.timer_set) {
        ngx_del_timer(&inv->timer);
    }

    ngx_queue_remove(&inv->queue);

    /* what was parked has ended by that */

    if (actor == NULL || actor->state != NGX_INVOKE_ACTOR_PARKED) {
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_INVOCATIONS_ACTIVE, -1);
    }

    if (actor == NULL) {
        stat->waiting--;
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_QUEUE_WAITING, -1);
        return;
    }

    if (--actor->load == 0 && actor->state != NGX_INVOKE_ACTOR_PARKED) {
        stat->active--;
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_ACTIVE, -1);

        actor->idle_since = ngx_current_msec;

        if (actor->state == NGX_INVOKE_ACTOR_READY) {
            stat->available++;
            ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_AVAILABLE, 1);
        }
    }
}


void
ngx_invoke_schedule_report(ngx_invoke_invocation_t *inv,
    ngx_invoke_outcome_e outcome)
{
    inv->left = 1;
    inv->outcome = outcome;

    if (outcome == NGX_INVOKE_MEMORY) {
        ngx_str_set(&inv->error_message,
                    "Isolate was disposed during execution due to memory "
                    "limit");

    } else if (outcome == NGX_INVOKE_RESPONSE_TOO_LARGE && inv->head_over) {
        ngx_str_set(&inv->error_message,
                    "The response headers exceed 256 KiB or 1000 lines");

    } else if (outcome == NGX_INVOKE_RESPONSE_TOO_LARGE) {
        ngx_str_set(&inv->error_message,
                    "The response exceeds invoke_max_response");
    }

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
                    ? ngx_invoke_watch_cpu(&inv->actor->watch, inv) : 0;
}


/* A limit of time, of the queue, or the patience with a thread is over. */

static void
ngx_invoke_schedule_timer(ngx_event_t *ev)
{
    uint64_t                  now, began, cpu;
    ngx_msec_t                wall, next;
    ngx_invoke_actor_t       *actor;
    ngx_invoke_invocation_t  *inv = ev->data;

    now = ngx_invoke_now();
    actor = inv->actor;
    began = __atomic_load_n(&inv->began, __ATOMIC_RELAXED);

    if (began == 0) {
        ngx_invoke_schedule_queued(inv, now);
        return;
    }

    if (inv->expired) {

        if (!ngx_invoke_schedule_insist(inv, now)) {
            ngx_invoke_quarantine_park(actor, "it does not let itself be "
                                    "interrupted", NGX_INVOKE_CRASHED);
            return;
        }

        ngx_add_timer(ev, NGX_INVOKE_KILL_STEP);
        return;
    }

    wall = now > began ? (now - began) / 1000000 : 0;

    if (wall >= inv->limits.timeout) {
        ngx_invoke_schedule_expire(inv, NGX_INVOKE_TIMEOUT,
                                   inv->limits.timeout);
        return;
    }

    next = inv->limits.timeout - wall;

    if (inv->left) {
        if (ngx_invoke_watch_runs(&actor->watch) == inv) {
            ngx_invoke_schedule_expire(inv, NGX_INVOKE_ABORTED, 0);
            return;
        }

        next = ngx_min(next, NGX_INVOKE_ABORT_TIME);
    }

    if (inv->limits.cpu != 0) {
        cpu = ngx_invoke_watch_cpu(&actor->watch, inv) / 1000000;

        if (cpu >= inv->limits.cpu) {
            ngx_invoke_schedule_expire(inv, NGX_INVOKE_CPU, inv->limits.cpu);
            return;
        }

        next = ngx_min(next, inv->limits.cpu - (ngx_msec_t) cpu);
    }

    ngx_add_timer(ev, ngx_max(next, 1));
}


/*
 * It waits, for an isolate or for one to come to it, which are the same: it
 * has until the deadline of the queue, and no limit of its own yet.
 */

static void
ngx_invoke_schedule_queued(ngx_invoke_invocation_t *inv, uint64_t now)
{
    ngx_msec_t  left;

    left = ngx_invoke_schedule_patience(inv, now);

    if (inv->actor == NULL && left > 0) {
        ngx_add_timer(&inv->timer, left);
        return;
    }

    if (inv->actor != NULL
        && (left > 0 || ngx_invoke_actor_withdraw(inv) != NGX_OK))
    {
        ngx_invoke_schedule_expect(inv, left);
        return;
    }

    ngx_invoke_schedule_detach(inv);
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_QUEUE_TIMEOUTS, 1);

    ngx_str_set(&inv->error_message, "No isolate became available");
    ngx_invoke_schedule_report(inv, NGX_INVOKE_OVERLOADED);
    ngx_invoke_invocation_free(inv);
}


/*
 * Ends the JavaScript of an invocation that is over for the loop, once more.
 * 0: it goes on all the same. A thread that gets no CPU time is waited for,
 * and one that is at work for others: these have limits of their own.
 */

static ngx_uint_t
ngx_invoke_schedule_insist(ngx_invoke_invocation_t *inv, uint64_t now)
{
    void                *who;
    uint64_t             cpu;
    ngx_invoke_actor_t  *actor = inv->actor;

    who = ngx_invoke_watch_runs(&actor->watch);

    if (who != NULL && who != inv) {
        inv->asked_cpu = 0;
        return 1;
    }

    if (now - inv->expired >= (uint64_t) NGX_INVOKE_KILL_TIME
                              * NGX_INVOKE_KILL_TIMES * 1000000)
    {
        return 0;
    }

    if (who == NULL) {
        inv->asked_cpu = 0;
        return 1;
    }

    cpu = ngx_invoke_watch_clock(&actor->watch);

    if (inv->asked_cpu == 0) {
        inv->asked_cpu = cpu;

    } else if (cpu - inv->asked_cpu
               >= (uint64_t) NGX_INVOKE_KILL_TIME * 1000000)
    {
        return 0;
    }

    ngx_invoke_watch_terminate(&actor->watch, inv);

    return 1;
}


void
ngx_invoke_schedule_expire(ngx_invoke_invocation_t *inv,
    ngx_invoke_outcome_e outcome, ngx_msec_t limit)
{
    ngx_invoke_actor_t  *actor = inv->actor;

    if (!inv->left) {
        inv->error_message.data = inv->text;
        inv->error_message.len
            = ngx_snprintf(inv->text, sizeof(inv->text),
                           outcome == NGX_INVOKE_CPU
                           ? "Function CPU time limit exceeded (%Mms)"
                           : "Function execution timeout (%Mms)", limit)
              - inv->text;
    }

    inv->expired = ngx_invoke_now();
    inv->asked_cpu = ngx_invoke_watch_clock(&actor->watch);

    ngx_invoke_watch_terminate(&actor->watch, inv);
    (void) ngx_invoke_pool_send(actor, NGX_INVOKE_MAIL_KILL, inv);

    ngx_add_timer(&inv->timer, NGX_INVOKE_KILL_STEP);

    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_TERMINATED, 1);
    ngx_invoke_pool_retire(actor, 1);

    if (!inv->left) {
        ngx_invoke_schedule_report(inv, outcome);
    }
}


void
ngx_invoke_schedule_watch(void)
{
    if (!ngx_invoke_pool.tick.timer_set) {
        ngx_add_timer(&ngx_invoke_pool.tick, NGX_INVOKE_TICK);
    }
}


/*
 * Where an isolate has not come to its next invocation since the last tick,
 * those that it has not started go elsewhere. A thread that runs no JavaScript
 * may just wait for a core, so there they stay a little longer.
 */

void
ngx_invoke_schedule_tick(ngx_event_t *ev)
{
    void                *who;
    uint32_t             started;
    ngx_uint_t           busy, awake;
    ngx_queue_t         *q, *next;
    ngx_invoke_actor_t  *actor;

    ngx_invoke_pool_news(NULL);
    ngx_invoke_memory_watch();

    busy = ngx_invoke_pool.stat.active > 0
           || ngx_invoke_pool.stat.waiting > 0;

    for (q = ngx_queue_head(&ngx_invoke_pool.actors);
         q != ngx_queue_sentinel(&ngx_invoke_pool.actors);
         q = next)
    {
        next = ngx_queue_next(q);
        actor = ngx_queue_data(q, ngx_invoke_actor_t, queue);

        if (actor->state == NGX_INVOKE_ACTOR_PARKED) {
            break;
        }

        started = __atomic_load_n(&actor->started, __ATOMIC_RELAXED);

        awake = ngx_invoke_actor_awake(actor);
        busy |= awake;

        if (started != actor->seen || !awake) {
            actor->seen = started;
            actor->still = 0;
            continue;
        }

        who = ngx_invoke_watch_runs(&actor->watch);

        if (++actor->still >= NGX_INVOKE_STILL || who != NULL) {

            if (actor->load > 0 && who != NULL) {
                actor->pace = 16 * NGX_INVOKE_BACKLOG;
                actor->cost = 16 * NGX_INVOKE_BACKLOG;
            }

            if (actor->state != NGX_INVOKE_ACTOR_STARTING) {
                ngx_invoke_schedule_take_back(actor);
            }
        }

        if (who != NULL && !actor->nice
            && ngx_invoke_watch_spent(&actor->watch, who)
               >= (uint64_t) NGX_INVOKE_NICE_TIME * 1000000)
        {
            ngx_invoke_actor_demote(actor);
        }

        if (who == actor) {
            ngx_invoke_schedule_nobody(actor);
        }
    }

    ngx_invoke_schedule_next();

    if (busy) {
        ngx_invoke_schedule_watch();
    }
}


/*
 * JavaScript that is nobody's has no limits but this, and no one who would be
 * told of its end.
 */

static void
ngx_invoke_schedule_nobody(ngx_invoke_actor_t *actor)
{
    u_char     buf[NGX_INVOKE_ESCAPE_NAME];
    uint64_t   now, spent;
    ngx_str_t  name;

    spent = ngx_invoke_watch_unowned(&actor->watch) / 1000000;

    if (spent < NGX_INVOKE_NOBODY_TIME
        && (ngx_invoke_pool.stat.waiting == 0
            || ngx_invoke_pool.stat.total < ngx_invoke_pool.conf->max
            || ngx_invoke_watch_spent(&actor->watch, actor) / 1000000
               < NGX_INVOKE_NOBODY_WAIT))
    {
        actor->asked_at = 0;
        return;
    }

    now = ngx_invoke_now();

    if (actor->asked_at == 0) {
        name = ngx_invoke_actor_name(actor, buf);

        ngx_log_error(NGX_LOG_ERR, ngx_invoke_pool.log, 0,
                      "invoke: an isolate is replaced: what no invocation "
                      "owns takes too long, last function \"%V\"", &name);

        actor->asked_at = now;
        actor->asked_cpu = ngx_invoke_watch_clock(&actor->watch);

        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_TERMINATED, 1);
        ngx_invoke_pool_retire(actor, 1);

    } else if (ngx_invoke_watch_clock(&actor->watch) - actor->asked_cpu
               >= (uint64_t) NGX_INVOKE_KILL_TIME * 1000000
               || now - actor->asked_at
                  >= (uint64_t) NGX_INVOKE_KILL_TIME * NGX_INVOKE_KILL_TIMES
                     * 1000000)
    {
        ngx_invoke_quarantine_park(actor, "what no invocation owns does not "
                                   "let itself be interrupted",
                                   NGX_INVOKE_CRASHED);
        return;
    }

    ngx_invoke_watch_terminate(&actor->watch, actor);
}
