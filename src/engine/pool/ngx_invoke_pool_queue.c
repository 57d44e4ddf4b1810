
#include "ngx_invoke_pool_int.h"


/*
 * The first line of a lane takes whatever isolate there is once it has waited
 * so long, ms, for a thread; or for what is better for it, a home, or for
 * others, where most that run are of its function.
 */
#define NGX_INVOKE_STALL         10
#define NGX_INVOKE_STALL_BETTER  100

/* Lines that are asked, while those before them wait on. */
#define NGX_INVOKE_LINES  16


static ngx_invoke_actor_t *ngx_invoke_queue_choose(
    ngx_invoke_invocation_t *inv);
static void ngx_invoke_queue_append(ngx_invoke_invocation_t *inv);
static ngx_uint_t ngx_invoke_queue_room(ngx_invoke_invocation_t *inv);
static void ngx_invoke_queue_assign(ngx_invoke_invocation_t *inv,
    ngx_invoke_actor_t *actor);
static void ngx_invoke_queue_expect(ngx_invoke_invocation_t *inv,
    ngx_msec_t patience);
static void ngx_invoke_queue_timer(ngx_event_t *ev);
static void ngx_invoke_queue_overdue(ngx_invoke_invocation_t *inv,
    uint64_t now);
static void ngx_invoke_queue_next(void);
static ngx_invoke_lane_t *ngx_invoke_queue_least(ngx_uint_t round);
static ngx_int_t ngx_invoke_queue_first(ngx_invoke_lane_t *lane);
static void ngx_invoke_queue_give(ngx_invoke_line_t *line,
    ngx_invoke_actor_t *actor);
static void ngx_invoke_queue_shed(void);
static void ngx_invoke_queue_refuse(void);
static ngx_invoke_invocation_t *ngx_invoke_queue_hopeless(void);


ngx_int_t
ngx_invoke_invocation_submit(ngx_invoke_invocation_t *inv)
{
    ngx_uint_t           none;
    ngx_invoke_line_t   *line;
    ngx_invoke_actor_t  *actor;

    inv->submitted = ngx_invoke_now();
    inv->timer.handler = ngx_invoke_queue_timer;
    inv->timer.data = inv;
    inv->timer.log = ngx_invoke_pool.log;

    inv->limits.memory = inv->limits.memory == 0
                         ? ngx_invoke_pool.conf->memory
                         : ngx_max(inv->limits.memory, NGX_INVOKE_MEMORY_MIN);

    if (ngx_invoke_guest_take(inv->function) == NULL) {
        ngx_str_set(&inv->error_message, "There is no memory");
        return NGX_BUSY;
    }

    actor = ngx_invoke_queue_choose(inv);

    ngx_invoke_pool_later();

    if (actor != NULL) {
        line = ngx_invoke_lane_line(inv);

        if (line == NULL) {
            ngx_invoke_queue_assign(inv, actor);
            return NGX_OK;
        }

        /* The first of its function gets it, for it has come before. */

        ngx_invoke_queue_give(line, actor);
        ngx_invoke_queue_append(inv);
        return NGX_OK;
    }

    none = ngx_invoke_pool.retry.timer_set
           && ngx_invoke_pool_usable(inv->limits.memory) == 0;

    if (none || !ngx_invoke_queue_room(inv)) {
        if (none) {
            ngx_str_set(&inv->error_message, "There are no isolates");

        } else {
            ngx_str_set(&inv->error_message, "The queue is full");
        }

        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_QUEUE_REJECTED, 1);
        ngx_invoke_guest_put(inv->function->guest);
        return NGX_BUSY;
    }

    ngx_invoke_queue_append(inv);

    if (ngx_invoke_lane_next(inv->line->lane, NULL) == inv->line
        && ngx_invoke_line_first(inv->line) == inv)
    {
        /* Its function has had less than those that wait. */

        ngx_invoke_queue_next();
    }

    return NGX_OK;
}


static void
ngx_invoke_queue_append(ngx_invoke_invocation_t *inv)
{
    ngx_invoke_lane_append(inv);

    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_QUEUE_ENQUEUED, 1);

    ngx_add_timer(&inv->timer, ngx_invoke_pool.conf->queue_timeout);
    ngx_invoke_limits_watch();
}


/* An isolate for one that has just come, or for what waits of its function. */

static ngx_invoke_actor_t *
ngx_invoke_queue_choose(ngx_invoke_invocation_t *inv)
{
    ngx_uint_t               waits;
    ngx_invoke_lane_t       *lane;
    ngx_invoke_line_t       *line;
    ngx_invoke_pool_stat_t  *stat = &ngx_invoke_pool.stat;

    line = ngx_invoke_lane_line(inv);

    if (ngx_invoke_lane_capped(inv)
        || (line != NULL
            && ngx_invoke_lane_capped(ngx_invoke_line_first(line))))
    {
        return NULL;
    }

    lane = ngx_invoke_lane_find(inv->limits.memory);
    waits = lane != NULL && ngx_invoke_lane_next(lane, NULL) != NULL;

    if (stat->waiting > 0
        && (!waits || stat->waiting >= ngx_invoke_pool.conf->queue))
    {
        /* Those of other sizes have come before it, or all are to run. */

        ngx_invoke_queue_next();
    }

    return ngx_invoke_choose(inv, waits ? NGX_INVOKE_TURN_BEHIND
                                        : NGX_INVOKE_TURN_FIRST);
}


/*
 * Whether it may wait. Where the queue is full that is so at the expense of the
 * line that is the longest, whose last one is refused then.
 */

static ngx_uint_t
ngx_invoke_queue_room(ngx_invoke_invocation_t *inv)
{
    ngx_uint_t           n;
    ngx_queue_t         *q;
    ngx_invoke_line_t   *line, *longest;
    ngx_invoke_guest_t  *guest = inv->function->guest;

    if (ngx_invoke_pool.stat.waiting < ngx_invoke_pool.conf->queue) {
        return 1;
    }

    longest = ngx_invoke_line_longest();
    n = 0;

    for (q = ngx_queue_head(&guest->lines);
         q != ngx_queue_sentinel(&guest->lines);
         q = ngx_queue_next(q))
    {
        line = ngx_queue_data(q, ngx_invoke_line_t, queue);
        n += line->n;
    }

    if (longest == NULL || longest->guest == guest || longest->n <= n + 1) {
        return 0;
    }

    ngx_invoke_pool.wants_shed = 1;
    ngx_invoke_pool_later();

    return 1;
}


static void
ngx_invoke_queue_shed(void)
{
    ngx_invoke_line_t        *line;
    ngx_invoke_invocation_t  *inv;

    while (ngx_invoke_pool.stat.waiting > ngx_invoke_pool.conf->queue) {
        line = ngx_invoke_line_longest();

        inv = ngx_queue_data(ngx_queue_last(&line->waiting),
                             ngx_invoke_invocation_t, queue);

        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_QUEUE_REJECTED, 1);
        ngx_invoke_pool_detach(inv);

        ngx_str_set(&inv->error_message, "The queue is full");
        ngx_invoke_pool_report(inv, NGX_INVOKE_OVERLOADED);
        ngx_invoke_invocation_free(inv);
    }
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
        actor->pace = NGX_INVOKE_PACE_UNKNOWN;
        actor->cost = NGX_INVOKE_PACE_UNKNOWN;
    }

    ngx_invoke_guest_begin(inv, actor);

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

        if (ngx_invoke_pool.wants_shed) {
            ngx_invoke_pool.wants_shed = 0;
            ngx_invoke_queue_shed();

        } else if (ngx_invoke_pool.wants_refuse) {
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
 * Of the lines that are the first of their lanes the one whose function has had
 * the least goes first; where it has to wait on, the other lanes do not.
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
        lane = ngx_invoke_queue_least(round);

        if (lane == NULL) {
            return;
        }

        if (ngx_invoke_queue_first(lane) != NGX_OK) {
            lane->tried = round;
        }
    }
}


static ngx_invoke_lane_t *
ngx_invoke_queue_least(ngx_uint_t round)
{
    ngx_queue_t        *q;
    ngx_invoke_lane_t  *lane, *least;
    ngx_invoke_line_t  *line, *first;

    least = NULL;
    first = NULL;

    for (q = ngx_queue_head(&ngx_invoke_pool.lanes);
         q != ngx_queue_sentinel(&ngx_invoke_pool.lanes);
         q = ngx_queue_next(q))
    {
        lane = ngx_queue_data(q, ngx_invoke_lane_t, queue);

        if (lane->tried == round) {
            continue;
        }

        line = ngx_invoke_lane_next(lane, NULL);

        if (line != NULL
            && (first == NULL || line->node.key < first->node.key))
        {
            least = lane;
            first = line;
        }
    }

    return least;
}


/*
 * Gives the first of a lane to an isolate, or that of a line behind for which
 * there is one sooner. NGX_DECLINED: all have to wait.
 */

static ngx_int_t
ngx_invoke_queue_first(ngx_invoke_lane_t *lane)
{
    ngx_uint_t           n;
    ngx_msec_t           stall;
    ngx_invoke_line_t   *line;
    ngx_invoke_actor_t  *actor;
    ngx_invoke_turn_e    turn;

    line = ngx_invoke_lane_next(lane, NULL);

    stall = line != NULL
            && (line->guest->awaits != NULL
                || ngx_invoke_guest_hogs(line->guest))
            ? NGX_INVOKE_STALL_BETTER : NGX_INVOKE_STALL;

    turn = ngx_current_msec - lane->moved >= stall
           ? NGX_INVOKE_TURN_OVERDUE : NGX_INVOKE_TURN_FIRST;

    for (n = 0; line != NULL && n < NGX_INVOKE_LINES; n++) {

        actor = ngx_invoke_choose(ngx_invoke_line_first(line), turn);

        if (actor != NULL) {
            ngx_invoke_queue_give(line, actor);
            return NGX_OK;
        }

        turn = NGX_INVOKE_TURN_FIRST;
        line = ngx_invoke_lane_next(lane, line);
    }

    return NGX_DECLINED;
}


static void
ngx_invoke_queue_give(ngx_invoke_line_t *line, ngx_invoke_actor_t *actor)
{
    ngx_uint_t                last;
    ngx_invoke_invocation_t  *inv;

    last = line->n == 1;
    inv = ngx_invoke_line_first(line);

    ngx_invoke_lane_remove(inv);
    ngx_invoke_queue_assign(inv, actor);

    if (!last) {
        ngx_invoke_line_served(line);
    }
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
    ngx_rbtree_node_t  *node;
    ngx_invoke_lane_t  *lane;
    ngx_invoke_line_t  *line;

    for (q = ngx_queue_head(&ngx_invoke_pool.lanes);
         q != ngx_queue_sentinel(&ngx_invoke_pool.lanes);
         q = ngx_queue_next(q))
    {
        lane = ngx_queue_data(q, ngx_invoke_lane_t, queue);

        if (!ngx_invoke_lane_empty(lane)
            && ngx_invoke_pool_usable(lane->memory) == 0)
        {
            node = ngx_rbtree_min(lane->lines.root, &lane->sentinel);
            line = ngx_rbtree_data(node, ngx_invoke_line_t, node);

            return ngx_invoke_line_first(line);
        }
    }

    return NULL;
}
