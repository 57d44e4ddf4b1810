
#include "ngx_invoke_pool_int.h"


static ngx_invoke_lane_t *ngx_invoke_lane_of(ngx_invoke_invocation_t *inv);
static ngx_invoke_line_t *ngx_invoke_lane_make(ngx_invoke_invocation_t *inv);
static void ngx_invoke_line_insert(ngx_invoke_line_t *line);


ngx_invoke_lane_t *
ngx_invoke_lane_find(size_t memory)
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
 * The lane for an invocation. Where there is no memory for one of its own it
 * has to wait among the others.
 */

static ngx_invoke_lane_t *
ngx_invoke_lane_of(ngx_invoke_invocation_t *inv)
{
    ngx_invoke_lane_t  *lane;

    lane = ngx_invoke_lane_find(inv->limits.memory);

    if (lane != NULL) {
        return lane;
    }

    lane = calloc(1, sizeof(ngx_invoke_lane_t));

    if (lane == NULL) {
        return &ngx_invoke_pool.normal;
    }

    lane->memory = inv->limits.memory;

    ngx_rbtree_init(&lane->lines, &lane->sentinel, ngx_rbtree_insert_value);
    ngx_queue_insert_tail(&ngx_invoke_pool.lanes, &lane->queue);

    return lane;
}


ngx_uint_t
ngx_invoke_lane_others_wait(void)
{
    ngx_queue_t        *q;
    ngx_invoke_lane_t  *lane;

    for (q = ngx_queue_next(&ngx_invoke_pool.normal.queue);
         q != ngx_queue_sentinel(&ngx_invoke_pool.lanes);
         q = ngx_queue_next(q))
    {
        lane = ngx_queue_data(q, ngx_invoke_lane_t, queue);

        if (!ngx_invoke_lane_empty(lane)) {
            return 1;
        }
    }

    return 0;
}


ngx_invoke_line_t *
ngx_invoke_lane_next(ngx_invoke_lane_t *lane, ngx_invoke_line_t *line)
{
    ngx_rbtree_node_t  *node;

    if (ngx_invoke_lane_empty(lane)) {
        return NULL;
    }

    node = line == NULL ? ngx_rbtree_min(lane->lines.root, &lane->sentinel)
                        : ngx_rbtree_next(&lane->lines, &line->node);

    for ( /* void */ ; node != NULL;
         node = ngx_rbtree_next(&lane->lines, node))
    {
        line = ngx_rbtree_data(node, ngx_invoke_line_t, node);

        if (!ngx_invoke_lane_capped(ngx_invoke_line_first(line))) {
            return line;
        }
    }

    return NULL;
}


ngx_uint_t
ngx_invoke_lane_capped(ngx_invoke_invocation_t *inv)
{
    return inv->limits.active != 0
           && inv->function->guest->active >= inv->limits.active;
}


ngx_invoke_invocation_t *
ngx_invoke_line_first(ngx_invoke_line_t *line)
{
    return ngx_queue_data(ngx_queue_head(&line->waiting),
                          ngx_invoke_invocation_t, queue);
}


ngx_invoke_line_t *
ngx_invoke_line_longest(void)
{
    ngx_queue_t         *q, *l;
    ngx_invoke_line_t   *line, *longest;
    ngx_invoke_guest_t  *guest;

    longest = NULL;

    for (q = ngx_queue_head(&ngx_invoke_pool.guests);
         q != ngx_queue_sentinel(&ngx_invoke_pool.guests);
         q = ngx_queue_next(q))
    {
        guest = ngx_queue_data(q, ngx_invoke_guest_t, queue);

        for (l = ngx_queue_head(&guest->lines);
             l != ngx_queue_sentinel(&guest->lines);
             l = ngx_queue_next(l))
        {
            line = ngx_queue_data(l, ngx_invoke_line_t, queue);

            if (longest == NULL || line->n > longest->n) {
                longest = line;
            }
        }
    }

    return longest;
}


ngx_invoke_line_t *
ngx_invoke_lane_line(ngx_invoke_invocation_t *inv)
{
    ngx_queue_t         *q;
    ngx_invoke_line_t   *line;
    ngx_invoke_guest_t  *guest = inv->function->guest;

    for (q = ngx_queue_head(&guest->lines);
         q != ngx_queue_sentinel(&guest->lines);
         q = ngx_queue_next(q))
    {
        line = ngx_queue_data(q, ngx_invoke_line_t, queue);

        if (line->lane->memory == inv->limits.memory) {
            return line;
        }
    }

    return NULL;
}


/*
 * The line that an invocation is to wait in. Where there is no memory for one
 * more of its function it has to wait in the first.
 */

static ngx_invoke_line_t *
ngx_invoke_lane_make(ngx_invoke_invocation_t *inv)
{
    ngx_invoke_lane_t   *lane;
    ngx_invoke_line_t   *line;
    ngx_invoke_guest_t  *guest = inv->function->guest;

    line = ngx_invoke_lane_line(inv);

    if (line != NULL) {
        return line;
    }

    lane = ngx_invoke_lane_of(inv);

    line = guest->line.lane == NULL ? &guest->line
                                    : calloc(1, sizeof(ngx_invoke_line_t));
    if (line == NULL) {
        return &guest->line;
    }

    if (ngx_invoke_lane_empty(lane)) {
        lane->moved = ngx_current_msec;
    }

    line->lane = lane;
    line->guest = guest;

    ngx_queue_init(&line->waiting);
    ngx_queue_insert_tail(&guest->lines, &line->queue);
    ngx_invoke_line_insert(line);

    return line;
}


/* Of those that have had the same the one that has come first goes first. */

static void
ngx_invoke_line_insert(ngx_invoke_line_t *line)
{
    line->node.key = ngx_max(line->guest->had, ngx_invoke_pool.given);
    ngx_rbtree_insert(&line->lane->lines, &line->node);
}


void
ngx_invoke_line_served(ngx_invoke_line_t *line)
{
    ngx_rbtree_delete(&line->lane->lines, &line->node);
    ngx_invoke_line_insert(line);
}


void
ngx_invoke_lane_append(ngx_invoke_invocation_t *inv)
{
    inv->line = ngx_invoke_lane_make(inv);
    inv->line->n++;

    ngx_invoke_invocation_set(inv, NGX_INVOKE_INVOCATION_QUEUED);
    ngx_queue_insert_tail(&inv->line->waiting, &inv->queue);
    ngx_invoke_pool_waits(1);
}


void
ngx_invoke_lane_remove(ngx_invoke_invocation_t *inv)
{
    ngx_invoke_line_t  *line = inv->line;
    ngx_invoke_lane_t  *lane = line->lane;

    if (inv->timer.timer_set) {
        ngx_del_timer(&inv->timer);
    }

    if (ngx_invoke_lane_next(lane, NULL) == line) {
        lane->moved = ngx_current_msec;
    }

    ngx_queue_remove(&inv->queue);
    ngx_invoke_pool_waits(-1);

    if (--line->n > 0) {
        return;
    }

    ngx_rbtree_delete(&lane->lines, &line->node);
    ngx_queue_remove(&line->queue);

    if (line == &line->guest->line) {
        line->lane = NULL;

    } else {
        free(line);
    }
}


void
ngx_invoke_lane_sweep(void)
{
    ngx_queue_t        *q, *next;
    ngx_invoke_lane_t  *lane;

    for (q = ngx_queue_next(&ngx_invoke_pool.normal.queue);
         q != ngx_queue_sentinel(&ngx_invoke_pool.lanes);
         q = next)
    {
        next = ngx_queue_next(q);
        lane = ngx_queue_data(q, ngx_invoke_lane_t, queue);

        if (ngx_invoke_lane_empty(lane)) {
            ngx_queue_remove(q);
            free(lane);
        }
    }
}


ngx_msec_t
ngx_invoke_lane_patience(ngx_invoke_invocation_t *inv, uint64_t now)
{
    ngx_msec_t  waited;

    waited = (now - inv->submitted) / 1000000;

    return waited < ngx_invoke_pool.conf->queue_timeout
           ? ngx_invoke_pool.conf->queue_timeout - waited : 0;
}


void
ngx_invoke_pool_detach(ngx_invoke_invocation_t *inv)
{
    ngx_invoke_actor_t  *actor = inv->actor;

    if (inv->state == NGX_INVOKE_INVOCATION_QUEUED) {
        ngx_invoke_lane_remove(inv);

    } else {
        if (inv->timer.timer_set) {
            ngx_del_timer(&inv->timer);
        }

        ngx_queue_remove(&inv->queue);
        ngx_invoke_guest_end(inv);
        ngx_invoke_pool_set(actor, actor->state, actor->load - 1);
    }

    ngx_invoke_invocation_set(inv, NGX_INVOKE_INVOCATION_FINISHED);
    ngx_invoke_guest_put(inv->function->guest);
}


void
ngx_invoke_pool_take_back(ngx_invoke_actor_t *actor)
{
    uint64_t                  now;
    ngx_uint_t                left;
    ngx_queue_t              *q, *prev;
    ngx_invoke_guest_t       *guest;
    ngx_invoke_invocation_t  *inv;

    now = ngx_invoke_now();

    for (q = ngx_queue_last(&actor->invocations);
         q != ngx_queue_sentinel(&actor->invocations);
         q = prev)
    {
        prev = ngx_queue_prev(q);
        inv = ngx_queue_data(q, ngx_invoke_invocation_t, queue);

        if (inv->state == NGX_INVOKE_INVOCATION_EXPIRED
            || ngx_invoke_actor_withdraw(inv) != NGX_OK)
        {
            continue;
        }

        left = ngx_invoke_invocation_left(inv);

        /* Its guest stays, though it may have no home any more. */

        guest = inv->function->guest;
        guest->uses += !left;

        /* It has not had what it was given. */

        guest->had -= ngx_min(guest->had, inv->expected);

        ngx_invoke_pool_detach(inv);

        if (left) {
            ngx_invoke_invocation_free(inv);
            continue;
        }

        ngx_invoke_lane_append(inv);

        ngx_queue_remove(&inv->queue);
        ngx_queue_insert_head(&inv->line->waiting, &inv->queue);

        ngx_add_timer(&inv->timer, ngx_invoke_lane_patience(inv, now));
    }
}
