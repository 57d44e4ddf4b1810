
#include "ngx_invoke_pool_int.h"


/*
 * The first invocation of the queue goes to another isolate once none has left
 * it for so long, ms, however many run.
 */
#define NGX_INVOKE_STALL  10


static void ngx_invoke_queue_assign(ngx_invoke_invocation_t *inv,
    ngx_invoke_actor_t *actor);
static void ngx_invoke_queue_expect(ngx_invoke_invocation_t *inv,
    ngx_msec_t patience);
static void ngx_invoke_queue_timer(ngx_event_t *ev);
static void ngx_invoke_queue_overdue(ngx_invoke_invocation_t *inv,
    uint64_t now);
static void ngx_invoke_queue_next(void);
static ngx_invoke_lane_t *ngx_invoke_queue_oldest(ngx_uint_t round);
static ngx_int_t ngx_invoke_queue_first(ngx_invoke_lane_t *lane);
static void ngx_invoke_queue_refuse(void);
static ngx_invoke_invocation_t *ngx_invoke_queue_hopeless(void);


ngx_int_t
ngx_invoke_invocation_submit(ngx_invoke_invocation_t *inv)
{
    ngx_uint_t               waits, none;
    ngx_invoke_lane_t       *lane;
    ngx_invoke_actor_t      *actor;
    ngx_invoke_pool_stat_t  *stat = &ngx_invoke_pool.stat;

    inv->submitted = ngx_invoke_now();
    inv->timer.handler = ngx_invoke_queue_timer;
    inv->timer.data = inv;
    inv->timer.log = ngx_invoke_pool.log;

    inv->limits.memory = inv->limits.memory == 0
                         ? ngx_invoke_pool.conf->memory
                         : ngx_max(inv->limits.memory, NGX_INVOKE_MEMORY_MIN);

    lane = ngx_invoke_lane_find(inv->limits.memory);
    waits = lane != NULL && !ngx_queue_empty(&lane->waiting);

    if (!waits && stat->waiting > 0) {

        /* Those of other sizes have come before it. */

        ngx_invoke_queue_next();
    }

    actor = ngx_invoke_choose(inv, waits ? NGX_INVOKE_TURN_BEHIND
                                         : NGX_INVOKE_TURN_FIRST);

    if (actor == NULL && stat->waiting >= ngx_invoke_pool.conf->queue) {
        actor = ngx_invoke_choose(inv, NGX_INVOKE_TURN_OVERDUE);
    }

    ngx_invoke_pool_later();

    if (actor != NULL) {
        ngx_invoke_queue_assign(inv, actor);
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

    ngx_invoke_lane_append(inv);

    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_QUEUE_ENQUEUED, 1);

    ngx_add_timer(&inv->timer, ngx_invoke_pool.conf->queue_timeout);
    ngx_invoke_limits_watch();

    return NGX_OK;
}


static void
ngx_invoke_queue_assign(ngx_invoke_invocation_t *inv,
    ngx_invoke_actor_t *actor)
{
    inv->actor = actor;
    ngx_invoke_invocation_set(inv, NGX_INVOKE_INVOCATION_RUNNING);

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

    ngx_invoke_pool_set(actor, actor->state, actor->load + 1);

    ngx_invoke_queue_expect(inv, ngx_invoke_lane_patience(inv,
                                                          inv->assigned));

    ngx_invoke_limits_watch();

    if (ngx_invoke_pool_send(actor, NGX_INVOKE_MAIL_RUN, inv) != NGX_OK) {
        inv->verdict = NGX_INVOKE_MEMORY;
        inv->message.type = NGX_INVOKE_NEWS_FINISHED;
        ngx_invoke_mailbox_push(&ngx_invoke_pool.news, &inv->message);
        ngx_invoke_notify_signal(&ngx_invoke_pool.notify);
    }
}


/*
 * It waits for its isolate to start it, for so many ms at most. Its limits
 * begin with that, so that none is over before the shortest of them is.
 */

static void
ngx_invoke_queue_expect(ngx_invoke_invocation_t *inv, ngx_msec_t patience)
{
    ngx_msec_t  time;

    time = ngx_min(patience, inv->limits.timeout);

    if (inv->limits.cpu != 0) {
        time = ngx_min(time, inv->limits.cpu);
    }

    ngx_add_timer(&inv->timer, ngx_max(time, 1));
}


/* Of the queue while it waits, of its limits once it has begun. */

static void
ngx_invoke_queue_timer(ngx_event_t *ev)
{
    ngx_invoke_invocation_t  *inv = ev->data;

    if (__atomic_load_n(&inv->began, __ATOMIC_RELAXED) == 0) {
        ngx_invoke_queue_overdue(inv, ngx_invoke_now());

    } else {
        ngx_invoke_limits_check(inv);
    }

    ngx_invoke_pool_settle();
}


/*
 * It waits, for an isolate or for one to come to it, which are the same: it
 * has until the deadline of the queue, and no limit of its own yet.
 */

static void
ngx_invoke_queue_overdue(ngx_invoke_invocation_t *inv, uint64_t now)
{
    ngx_msec_t  left;

    left = ngx_invoke_lane_patience(inv, now);

    if (inv->state == NGX_INVOKE_INVOCATION_QUEUED && left > 0) {
        ngx_add_timer(&inv->timer, left);
        return;
    }

    if (inv->state != NGX_INVOKE_INVOCATION_QUEUED
        && (left > 0 || ngx_invoke_actor_withdraw(inv) != NGX_OK))
    {
        ngx_invoke_queue_expect(inv, left);
        return;
    }

    ngx_invoke_pool_detach(inv);
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_QUEUE_TIMEOUTS, 1);

    ngx_str_set(&inv->error_message, "No isolate became available");
    ngx_invoke_pool_report(inv, NGX_INVOKE_OVERLOADED);
    ngx_invoke_invocation_free(inv);
}


void
ngx_invoke_pool_settle(void)
{
    if (ngx_invoke_pool.settling) {
        return;
    }

    ngx_invoke_pool.settling = 1;

    for ( ;; ) {

        if (ngx_invoke_pool.wants_refuse) {
            ngx_invoke_pool.wants_refuse = 0;
            ngx_invoke_queue_refuse();

        } else if (ngx_invoke_pool.wants_refill) {
            ngx_invoke_pool.wants_refill = 0;
            ngx_invoke_pool_refill();

        } else if (ngx_invoke_pool.wants_next) {
            ngx_invoke_pool.wants_next = 0;
            ngx_invoke_queue_next();

        } else {
            break;
        }
    }

    ngx_invoke_pool.settling = 0;
}


/*
 * Of those that are the first of their lanes the one that has waited longest
 * goes first; where it has to wait on, the other lanes do not.
 */

static void
ngx_invoke_queue_next(void)
{
    ngx_uint_t          round;
    ngx_invoke_lane_t  *lane;

    if (ngx_invoke_pool.stat.waiting == 0) {
        return;
    }

    round = ++ngx_invoke_pool.round;

    for ( ;; ) {
        lane = ngx_invoke_queue_oldest(round);

        if (lane == NULL) {
            return;
        }

        if (ngx_invoke_queue_first(lane) != NGX_OK) {
            lane->tried = round;
        }
    }
}


static ngx_invoke_lane_t *
ngx_invoke_queue_oldest(ngx_uint_t round)
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
ngx_invoke_queue_first(ngx_invoke_lane_t *lane)
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

    ngx_invoke_lane_remove(inv);
    ngx_invoke_queue_assign(inv, actor);

    return NGX_OK;
}


/* Ends what waits, where there is no isolate nor can one be started. */

static void
ngx_invoke_queue_refuse(void)
{
    ngx_invoke_invocation_t  *inv;

    for ( ;; ) {
        inv = ngx_invoke_queue_hopeless();

        if (inv == NULL) {
            return;
        }

        ngx_invoke_pool_detach(inv);

        ngx_str_set(&inv->error_message, "There are no isolates");
        ngx_invoke_pool_report(inv, NGX_INVOKE_OVERLOADED);
        ngx_invoke_invocation_free(inv);
    }
}


static ngx_invoke_invocation_t *
ngx_invoke_queue_hopeless(void)
{
    ngx_queue_t        *q;
    ngx_invoke_lane_t  *lane;

    for (q = ngx_queue_head(&ngx_invoke_pool.lanes);
         q != ngx_queue_sentinel(&ngx_invoke_pool.lanes);
         q = ngx_queue_next(q))
    {
        lane = ngx_queue_data(q, ngx_invoke_lane_t, queue);

        if (!ngx_queue_empty(&lane->waiting)
            && ngx_invoke_pool_usable(lane->memory) == 0)
        {
            return ngx_queue_data(ngx_queue_head(&lane->waiting),
                                  ngx_invoke_invocation_t, queue);
        }
    }

    return NULL;
}
