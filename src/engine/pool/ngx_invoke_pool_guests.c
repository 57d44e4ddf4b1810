
#include "ngx_invoke_pool_int.h"


static void ngx_invoke_home_add(ngx_invoke_guest_t *guest,
    ngx_invoke_actor_t *actor);
static void ngx_invoke_home_free(ngx_invoke_home_t *home);
static void ngx_invoke_guest_check(ngx_invoke_guest_t *guest);


ngx_invoke_guest_t *
ngx_invoke_guest_take(ngx_invoke_function_t *function)
{
    ngx_invoke_guest_t  *guest;

    guest = function->guest;

    if (guest == NULL) {
        guest = calloc(1, sizeof(ngx_invoke_guest_t));
        if (guest == NULL) {
            return NULL;
        }

        guest->function = ngx_invoke_function_hold(function);
        function->guest = guest;

        ngx_queue_init(&guest->homes);
        ngx_queue_init(&guest->lines);
        ngx_queue_insert_tail(&ngx_invoke_pool.guests, &guest->queue);

        guest->pace = NGX_INVOKE_PACE_UNKNOWN;
        guest->cost = NGX_INVOKE_PACE_UNKNOWN;
    }

    guest->uses++;

    return guest;
}


void
ngx_invoke_guest_put(ngx_invoke_guest_t *guest)
{
    guest->uses--;
    ngx_invoke_guest_check(guest);
}


static void
ngx_invoke_guest_check(ngx_invoke_guest_t *guest)
{
    if (guest->uses != 0 || !ngx_queue_empty(&guest->homes)) {
        return;
    }

    ngx_queue_remove(&guest->queue);

    guest->function->guest = NULL;
    ngx_invoke_function_release(guest->function);

    free(guest);
}


void
ngx_invoke_guest_begin(ngx_invoke_invocation_t *inv,
    ngx_invoke_actor_t *actor)
{
    ngx_invoke_guest_t  *guest = inv->function->guest;

    inv->active = 1;
    inv->expected = guest->cost;
    actor->backlog += inv->expected;

    ngx_invoke_pool.runs++;
    ngx_invoke_pool.runners += guest->active++ == 0;

    ngx_invoke_pool.given = ngx_max(ngx_invoke_pool.given, guest->had);
    guest->had = ngx_invoke_pool.given + ngx_min(guest->pace, guest->cost);
    guest->awaits = NULL;

    if (ngx_invoke_pool.last != guest) {
        if (ngx_invoke_pool.last != NULL) {
            ngx_invoke_pool.varied = ngx_current_msec;
        }

        ngx_invoke_pool.last = guest;
    }

    ngx_invoke_home_add(guest, actor);
}


void
ngx_invoke_guest_end(ngx_invoke_invocation_t *inv)
{
    ngx_invoke_guest_t  *guest = inv->function->guest;

    if (!inv->active) {
        return;
    }

    inv->active = 0;
    inv->actor->backlog -= inv->expected;

    ngx_invoke_pool.runs--;
    ngx_invoke_pool.runners -= --guest->active == 0;
}


ngx_uint_t
ngx_invoke_guest_hogs(ngx_invoke_guest_t *guest)
{
    return guest->active >= ngx_invoke_pool.width
           && ngx_current_msec - ngx_invoke_pool.varied < NGX_INVOKE_BESIDE;
}


/* A start that had to load the function is not what the next one takes. */

void
ngx_invoke_guest_learn(ngx_invoke_invocation_t *inv)
{
    ngx_uint_t           start;
    ngx_invoke_guest_t  *guest = inv->function->guest;

    start = __atomic_load_n(&inv->start, __ATOMIC_RELAXED);

    if (start == NGX_INVOKE_START_COLD
        || (start == NGX_INVOKE_START_WARM
            && inv->limits.isolation == NGX_INVOKE_ISOLATION_FUNCTION))
    {
        return;
    }

    guest->pace = (7 * guest->pace + inv->took) / 8;
    guest->cost = (7 * guest->cost + inv->cpu_used) / 8;
}


static void
ngx_invoke_home_add(ngx_invoke_guest_t *guest, ngx_invoke_actor_t *actor)
{
    ngx_queue_t        *q;
    ngx_invoke_home_t  *home;

    for (q = ngx_queue_head(&guest->homes);
         q != ngx_queue_sentinel(&guest->homes);
         q = ngx_queue_next(q))
    {
        home = ngx_queue_data(q, ngx_invoke_home_t, queue);

        if (home->actor == actor) {
            return;
        }
    }

    home = malloc(sizeof(ngx_invoke_home_t));
    if (home == NULL) {
        return;
    }

    home->guest = guest;
    home->actor = actor;
    actor->nhomes++;

    ngx_queue_insert_tail(&guest->homes, &home->queue);
    ngx_queue_insert_tail(&actor->homes, &home->held);
}


static void
ngx_invoke_home_free(ngx_invoke_home_t *home)
{
    ngx_invoke_guest_t  *guest = home->guest;

    if (guest->awaits == home->actor) {
        guest->awaits = NULL;
    }

    ngx_queue_remove(&home->queue);
    ngx_queue_remove(&home->held);
    home->actor->nhomes--;

    free(home);

    ngx_invoke_guest_check(guest);
}


void
ngx_invoke_guest_mark(ngx_invoke_guest_t *guest)
{
    ngx_queue_t        *q;
    ngx_invoke_home_t  *home;

    ngx_invoke_pool.mark++;

    for (q = ngx_queue_head(&guest->homes);
         q != ngx_queue_sentinel(&guest->homes);
         q = ngx_queue_next(q))
    {
        home = ngx_queue_data(q, ngx_invoke_home_t, queue);
        home->actor->mark = ngx_invoke_pool.mark;
    }
}


/*
 * Where it has an invocation of that function by now, it will have made the
 * program again when that is over: what it tells comes in order.
 */

void
ngx_invoke_home_dropped(ngx_invoke_actor_t *actor,
    ngx_invoke_function_t *function)
{
    ngx_queue_t              *q;
    ngx_invoke_home_t        *home;
    ngx_invoke_invocation_t  *inv;

    for (q = ngx_queue_head(&actor->invocations);
         q != ngx_queue_sentinel(&actor->invocations);
         q = ngx_queue_next(q))
    {
        inv = ngx_queue_data(q, ngx_invoke_invocation_t, queue);

        if (inv->function == function) {
            return;
        }
    }

    if (function->guest == NULL) {
        return;
    }

    for (q = ngx_queue_head(&function->guest->homes);
         q != ngx_queue_sentinel(&function->guest->homes);
         q = ngx_queue_next(q))
    {
        home = ngx_queue_data(q, ngx_invoke_home_t, queue);

        if (home->actor == actor) {
            ngx_invoke_home_free(home);
            return;
        }
    }
}


void
ngx_invoke_homes_leave(ngx_invoke_actor_t *actor)
{
    ngx_queue_t  *q;

    while (!ngx_queue_empty(&actor->homes)) {
        q = ngx_queue_head(&actor->homes);
        ngx_invoke_home_free(ngx_queue_data(q, ngx_invoke_home_t, held));
    }
}
