
#include "ngx_invoke_pool_int.h"


static ngx_invoke_lane_t *ngx_invoke_lane_of(ngx_invoke_invocation_t *inv);


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
    lane->moved = ngx_current_msec;

    ngx_queue_init(&lane->waiting);
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

        if (!ngx_queue_empty(&lane->waiting)) {
            return 1;
        }
    }

    return 0;
}


void
ngx_invoke_lane_append(ngx_invoke_invocation_t *inv)
{
    ngx_invoke_lane_t  *lane;

    lane = ngx_invoke_lane_of(inv);

    if (ngx_queue_empty(&lane->waiting)) {
        lane->moved = ngx_current_msec;
    }

    ngx_invoke_invocation_set(inv, NGX_INVOKE_INVOCATION_QUEUED);
    ngx_queue_insert_tail(&lane->waiting, &inv->queue);
    ngx_invoke_pool_waits(1);
}


void
ngx_invoke_lane_remove(ngx_invoke_invocation_t *inv)
{
    if (inv->timer.timer_set) {
        ngx_del_timer(&inv->timer);
    }

    ngx_queue_remove(&inv->queue);
    ngx_invoke_pool_waits(-1);
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

        if (ngx_queue_empty(&lane->waiting)) {
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
        ngx_invoke_pool_set(actor, actor->state, actor->load - 1);
    }

    ngx_invoke_invocation_set(inv, NGX_INVOKE_INVOCATION_FINISHED);
}


void
ngx_invoke_pool_take_back(ngx_invoke_actor_t *actor)
{
    uint64_t                  now;
    ngx_uint_t                left;
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

        if (inv->state == NGX_INVOKE_INVOCATION_EXPIRED
            || ngx_invoke_actor_withdraw(inv) != NGX_OK)
        {
            continue;
        }

        left = ngx_invoke_invocation_left(inv);

        ngx_invoke_pool_detach(inv);

        if (left) {
            ngx_invoke_invocation_free(inv);
            continue;
        }

        ngx_invoke_invocation_set(inv, NGX_INVOKE_INVOCATION_QUEUED);

        lane = ngx_invoke_lane_of(inv);
        ngx_queue_insert_head(&lane->waiting, &inv->queue);
        ngx_invoke_pool_waits(1);

        ngx_add_timer(&inv->timer, ngx_invoke_lane_patience(inv, now));
    }
}
