
#include "ngx_invoke_pool_int.h"


/*
 * An isolate whose invocations mostly await counts as idle, as one with a
 * small backlog: they take no more CPU time than this each, ns, and together
 * less than this part of the time.
 */
#define NGX_INVOKE_SMALL_COST  1000000
#define NGX_INVOKE_BUSY_PART   2

/*
 * A thread that has taken so much CPU time without coming to its next
 * invocation or to rest does not count among those that run, ms: nobody waits
 * for it. One that gets no core does count, since another one would get none
 * either, but not for ever: it may wait for a disk.
 */
#define NGX_INVOKE_STRETCH        4
#define NGX_INVOKE_STRETCH_TIMES  5

/*
 * What an isolate may have before it where as many run as are to, or where none
 * is idle, ns: with the next one at hand a thread does not have to sleep until
 * it is given that.
 */
#define NGX_INVOKE_BACKLOG_FULL  4000000

/*
 * What it takes to load a function once more, ns: where it has a home that is
 * done sooner, with what waits for that as well, it waits for it. One is late
 * that has taken so much CPU time without coming to its next invocation or to
 * rest, or so many times as long without a core, ms.
 */
#define NGX_INVOKE_LOAD        10000000
#define NGX_INVOKE_LATE        20
#define NGX_INVOKE_LATE_TIMES  25


/*
 * How long an isolate that makes room for one of another memory size has at
 * least been there for its own, ms, while these have more to do: it takes some
 * ms to make one.
 */
#define NGX_INVOKE_STINT  100


/* What a walk over the isolates has found. */

typedef struct {
    ngx_uint_t           running;       /* threads, but for slow ones */
    ngx_uint_t           slow;          /* those */
    ngx_uint_t           tidying;       /* of "running", without invocations */
    ngx_uint_t           idle;          /* that have no invocation */
    ngx_invoke_actor_t  *asleep;        /* the best that has no invocation */
    ngx_invoke_actor_t  *awake;         /* and of those that still do work */
    ngx_invoke_actor_t  *shared;        /* awaits, for the same function */
    ngx_invoke_actor_t  *home;          /* holds it, and is busy: the one that
                                           is done first */
} ngx_invoke_choice_t;


static ngx_invoke_actor_t *ngx_invoke_choose_reserved(
    ngx_invoke_invocation_t *inv);
static ngx_invoke_actor_t *ngx_invoke_choose_reserved_lane(
    ngx_invoke_invocation_t *inv);
static ngx_invoke_actor_t *ngx_invoke_choose_quick(
    ngx_invoke_invocation_t *inv, ngx_invoke_actor_t *reserved,
    uint64_t backlog);
static ngx_uint_t ngx_invoke_choose_joins(ngx_invoke_invocation_t *inv,
    ngx_invoke_actor_t *actor, uint64_t backlog);
static ngx_uint_t ngx_invoke_choose_room(ngx_invoke_guest_t *guest,
    ngx_invoke_choice_t *choice);
static ngx_uint_t ngx_invoke_choose_waits(ngx_invoke_invocation_t *inv,
    ngx_invoke_choice_t *choice, ngx_invoke_actor_t *actor);
static ngx_uint_t ngx_invoke_choose_leaves(ngx_invoke_invocation_t *inv,
    ngx_invoke_choice_t *choice);
static void ngx_invoke_choose_look(ngx_invoke_invocation_t *inv,
    ngx_invoke_actor_t *reserved, ngx_invoke_choice_t *choice);
static ngx_invoke_actor_t *ngx_invoke_choose_idle(
    ngx_invoke_invocation_t *inv, ngx_invoke_choice_t *choice,
    ngx_uint_t room);
static void ngx_invoke_choose_make_room(ngx_invoke_invocation_t *inv);
static ngx_invoke_actor_t *ngx_invoke_choose_leaver(
    ngx_invoke_invocation_t *inv);
static ngx_uint_t ngx_invoke_choose_may_leave(ngx_invoke_actor_t *actor,
    size_t memory, ngx_uint_t none);
static void ngx_invoke_choose_want(void);
static ngx_uint_t ngx_invoke_choose_stretch(ngx_invoke_actor_t *actor,
    ngx_msec_t ms, ngx_uint_t times);

/* Whether a thread is one for which nobody waits, or no home is waited for. */
#define ngx_invoke_choose_slow(actor)                                         \
    ngx_invoke_choose_stretch(actor, NGX_INVOKE_STRETCH,                      \
                              NGX_INVOKE_STRETCH_TIMES)
#define ngx_invoke_choose_late(actor)                                         \
    ngx_invoke_choose_stretch(actor, NGX_INVOKE_LATE, NGX_INVOKE_LATE_TIMES)


/*
 * No more threads are set to work than there are cores for them, and one: so
 * many as keep these busy while the loop takes the news of one. The rest of
 * the invocations waits its turn, which costs less than threads that take the
 * cores from one another, and from the loop.
 */

ngx_uint_t
ngx_invoke_choose_width(ngx_cycle_t *cycle)
{
    cpu_set_t         set;
    ngx_int_t         cores;
    ngx_core_conf_t  *ccf;

    ccf = (ngx_core_conf_t *) ngx_get_conf(cycle->conf_ctx, ngx_core_module);

    CPU_ZERO(&set);

    cores = sched_getaffinity(0, sizeof(cpu_set_t), &set) == 0
            ? CPU_COUNT(&set) : ngx_ncpu;

    /* Workers that are bound to cores share them with no other worker. */

    if (ccf->cpu_affinity == NULL && ccf->worker_processes > 0) {
        cores /= ccf->worker_processes;
    }

    return ngx_max(cores, 1) + 1;
}


ngx_invoke_actor_t *
ngx_invoke_choose(ngx_invoke_invocation_t *inv, ngx_invoke_turn_e turn)
{
    ngx_uint_t              overdue, room, none, waits;
    ngx_invoke_actor_t     *actor, *reserved;
    ngx_invoke_guest_t     *guest = inv->function->guest;
    ngx_invoke_choice_t     choice;

    ngx_invoke_guest_mark(guest);

    reserved = ngx_invoke_choose_reserved(inv);

    actor = ngx_invoke_choose_quick(inv, reserved, NGX_INVOKE_BACKLOG);

    if (actor != NULL) {
        return actor;
    }

    ngx_invoke_choose_look(inv, reserved, &choice);

    overdue = turn == NGX_INVOKE_TURN_OVERDUE;

    room = overdue
           || ngx_invoke_pool.stat.waiting >= ngx_invoke_pool.conf->queue
           || ngx_invoke_choose_room(guest, &choice);

    none = choice.asleep == NULL && choice.awake == NULL;

    waits = 0;

    if (turn != NGX_INVOKE_TURN_BEHIND) {
        actor = ngx_invoke_choose_idle(inv, &choice, room);

        waits = !overdue
                && (ngx_invoke_choose_waits(inv, &choice, actor)
                    || ngx_invoke_choose_leaves(inv, &choice));

        if (actor != NULL && !waits) {
            return actor;
        }

        if (room && none && !waits) {
            actor = ngx_invoke_pool_grow(inv->limits.memory);

            if (actor != NULL) {
                return actor;
            }
        }
    }

    if (room && choice.shared != NULL) {
        return choice.shared;
    }

    if (room && none && turn != NGX_INVOKE_TURN_BEHIND && !waits) {
        ngx_invoke_choose_make_room(inv);
    }

    if (room && !none) {
        return NULL;
    }

    /* What it would wait for here is so well waited for in a mailbox. */

    actor = ngx_invoke_choose_quick(inv, reserved, NGX_INVOKE_BACKLOG_FULL);

    if (actor == NULL) {
        ngx_invoke_choose_want();
    }

    return actor;
}


/*
 * A function that always has something under way may not keep the others out
 * of its isolates: while an invocation of another one is the first that
 * waits, the isolate with the least to do takes nothing more. That is NULL
 * where it is nobody's turn but inv's.
 */

static ngx_invoke_actor_t *
ngx_invoke_choose_reserved(ngx_invoke_invocation_t *inv)
{
    ngx_queue_t         *q;
    ngx_invoke_lane_t   *lane;
    ngx_invoke_line_t   *line;
    ngx_invoke_actor_t  *actor, *least;

    if (ngx_invoke_pool.stat.waiting == 0) {
        return NULL;
    }

    lane = ngx_invoke_lane_find(inv->limits.memory);
    line = lane != NULL ? ngx_invoke_lane_next(lane, NULL) : NULL;

    if (line == NULL || line->guest->function == inv->function) {
        return ngx_invoke_choose_reserved_lane(inv);
    }

    least = line->guest->awaits;

    if (least != NULL && least->memory == inv->limits.memory) {
        return least;
    }

    least = NULL;

    for (q = ngx_queue_head(&ngx_invoke_pool.actors);
         q != ngx_queue_sentinel(&ngx_invoke_pool.actors);
         q = ngx_queue_next(q))
    {
        actor = ngx_queue_data(q, ngx_invoke_actor_t, queue);

        /* One without invocations may be there, and wait for a core. */

        if (actor->state == NGX_INVOKE_ACTOR_READY && actor->load > 0
            && actor->memory == inv->limits.memory
            && (least == NULL || actor->load < least->load))
        {
            least = actor;
        }
    }

    return least;
}


/* As well where an isolate of inv's size is to make room for another one. */

static ngx_invoke_actor_t *
ngx_invoke_choose_reserved_lane(ngx_invoke_invocation_t *inv)
{
    ngx_queue_t         *q;
    ngx_invoke_lane_t   *lane;
    ngx_invoke_line_t   *line;
    ngx_invoke_actor_t  *actor;

    for (q = ngx_queue_head(&ngx_invoke_pool.lanes);
         q != ngx_queue_sentinel(&ngx_invoke_pool.lanes);
         q = ngx_queue_next(q))
    {
        lane = ngx_queue_data(q, ngx_invoke_lane_t, queue);

        line = ngx_invoke_lane_next(lane, NULL);

        if (lane->memory == inv->limits.memory || line == NULL
            || ngx_invoke_pool_room(lane->memory))
        {
            continue;
        }

        actor = ngx_invoke_choose_leaver(ngx_invoke_line_first(line));

        if (actor != NULL && actor->memory == inv->limits.memory) {
            return actor;
        }
    }

    return NULL;
}


/*
 * A function of which nothing runs may have one thread more, where another one
 * has several: else it would wait for what these are at. To a function that
 * others run beside a slow thread is one, too.
 */

static ngx_uint_t
ngx_invoke_choose_room(ngx_invoke_guest_t *guest,
    ngx_invoke_choice_t *choice)
{
    if (ngx_invoke_guest_hogs(guest)) {
        return choice->running + choice->slow < ngx_invoke_pool.width;
    }

    return choice->running < ngx_invoke_pool.width
           || (guest->active == 0
               && choice->running - choice->tidying <= ngx_invoke_pool.width
               && ngx_invoke_pool.runs > ngx_invoke_pool.runners);
}


/*
 * Whether it is to wait for an isolate that holds its context, though "actor"
 * or others have nothing to do: for a thread, or for what the isolate is at.
 * Not for a function that runs elsewhere, too: that may always have something
 * under way.
 */

static ngx_uint_t
ngx_invoke_choose_waits(ngx_invoke_invocation_t *inv,
    ngx_invoke_choice_t *choice, ngx_invoke_actor_t *actor)
{
    ngx_invoke_actor_t  *home = choice->home;
    ngx_invoke_guest_t  *guest = inv->function->guest, *other;
    uint64_t             waiting;

    guest->awaits = NULL;

    if (inv->limits.isolation != NGX_INVOKE_ISOLATION_FUNCTION) {
        return 0;
    }

    if (actor != NULL && ngx_invoke_guest_at(actor)) {
        return 0;
    }

    if ((choice->asleep != NULL && ngx_invoke_guest_at(choice->asleep))
        || (choice->awake != NULL && ngx_invoke_guest_at(choice->awake)))
    {
        return 1;
    }

    waiting = (guest->uses - guest->active)
              * ngx_min(guest->pace, guest->cost);

    if (home == NULL || home->backlog + waiting > NGX_INVOKE_LOAD) {
        return 0;
    }

    other = home->function->guest;

    if (other->active > 1
        || (other->pace > NGX_INVOKE_LOAD && !ngx_invoke_actor_awake(home)))
    {
        return 0;
    }

    guest->awaits = home;

    return 1;
}


/* Whether it leaves the last isolate to other functions. */

static ngx_uint_t
ngx_invoke_choose_leaves(ngx_invoke_invocation_t *inv,
    ngx_invoke_choice_t *choice)
{
    return choice->idle <= 1
           && ngx_invoke_pool.stat.total + (choice->idle == 0)
              >= ngx_invoke_pool.conf->max
           && ngx_invoke_guest_hogs(inv->function->guest);
}


/*
 * One that runs the function, or holds its context, and is done with what it
 * has in no time.
 */

static ngx_invoke_actor_t *
ngx_invoke_choose_quick(ngx_invoke_invocation_t *inv,
    ngx_invoke_actor_t *reserved, uint64_t backlog)
{
    ngx_queue_t         *q;
    ngx_invoke_actor_t  *actor;

    for (q = ngx_queue_head(&ngx_invoke_pool.actors);
         q != ngx_queue_sentinel(&ngx_invoke_pool.actors);
         q = ngx_queue_next(q))
    {
        actor = ngx_queue_data(q, ngx_invoke_actor_t, queue);

        if (actor->state != NGX_INVOKE_ACTOR_READY || actor->load == 0
            || actor->load >= NGX_INVOKE_SLOTS
            || !ngx_invoke_guest_at(actor)
            || actor->memory != inv->limits.memory || actor == reserved)
        {
            continue;
        }

        if (ngx_invoke_choose_joins(inv, actor, backlog)) {
            return actor;
        }

        if (actor->function == inv->function
            && (actor->pace * (actor->load + 1) < backlog
                || (actor->load < inv->limits.concurrency
                    && actor->cost < NGX_INVOKE_SMALL_COST
                    && actor->cost * (actor->load + 1)
                       * NGX_INVOKE_BUSY_PART < actor->pace)))
        {
            return actor;
        }
    }

    return NULL;
}


/*
 * Where it holds the context of a function that takes little, and has little to
 * do for others, it need not be idle.
 */

static ngx_uint_t
ngx_invoke_choose_joins(ngx_invoke_invocation_t *inv,
    ngx_invoke_actor_t *actor, uint64_t backlog)
{
    ngx_invoke_guest_t  *guest = inv->function->guest;

    return inv->limits.isolation == NGX_INVOKE_ISOLATION_FUNCTION
           && actor->load < inv->limits.concurrency
           && guest->cost < NGX_INVOKE_SMALL_COST
           && actor->backlog + guest->cost < backlog
           && !(ngx_invoke_actor_awake(actor)
                && ngx_invoke_choose_slow(actor));
}


/*
 * Of isolates without an invocation that hold the function the first in the
 * list is as good as the others, so those at its end stay idle while they are
 * not needed; of those that do not the one that holds the fewest is better.
 */

static ngx_uint_t
ngx_invoke_choose_score(ngx_invoke_invocation_t *inv,
    ngx_invoke_actor_t *actor)
{
    return ngx_invoke_guest_at(actor) * 16
           + (actor->function == inv->function) * 8
           + (actor->state == NGX_INVOKE_ACTOR_READY) * 4
           + (actor->nhomes == 0) * 2
           + !actor->nice;
}


static ngx_invoke_actor_t *
ngx_invoke_choose_better(ngx_invoke_invocation_t *inv,
    ngx_invoke_actor_t *best, ngx_invoke_actor_t *actor)
{
    ngx_uint_t  score, least;

    if (best == NULL) {
        return actor;
    }

    score = ngx_invoke_choose_score(inv, actor);
    least = ngx_invoke_choose_score(inv, best);

    return score > least
           || (score == least && !ngx_invoke_guest_at(actor)
               && actor->nhomes < best->nhomes)
           ? actor : best;
}


static void
ngx_invoke_choose_look(ngx_invoke_invocation_t *inv,
    ngx_invoke_actor_t *reserved, ngx_invoke_choice_t *choice)
{
    ngx_uint_t           awake, slow;
    ngx_queue_t         *q;
    ngx_invoke_actor_t  *actor;

    ngx_memzero(choice, sizeof(ngx_invoke_choice_t));

    for (q = ngx_queue_head(&ngx_invoke_pool.actors);
         q != ngx_queue_sentinel(&ngx_invoke_pool.actors);
         q = ngx_queue_next(q))
    {
        actor = ngx_queue_data(q, ngx_invoke_actor_t, queue);

        if (actor->state == NGX_INVOKE_ACTOR_PARKED) {
            break;
        }

        awake = ngx_invoke_actor_awake(actor);
        slow = awake && actor->state != NGX_INVOKE_ACTOR_STARTING
               && ngx_invoke_choose_slow(actor);

        choice->running += awake && !slow;
        choice->slow += slow;
        choice->tidying += awake && !slow && actor->load == 0;

        if (actor->state == NGX_INVOKE_ACTOR_RETIRING
            || actor->state == NGX_INVOKE_ACTOR_LEAVING
            || actor->memory != inv->limits.memory)
        {
            continue;
        }

        if (actor->load == 0) {
            choice->idle++;

            if (!awake) {
                choice->asleep = ngx_invoke_choose_better(inv,
                                                     choice->asleep, actor);

            } else if (!slow || actor->state == NGX_INVOKE_ACTOR_STARTING
                       || ngx_invoke_watch_runs(&actor->watch) == NULL)
            {
                choice->awake = ngx_invoke_choose_better(inv, choice->awake,
                                                         actor);
            }

            continue;
        }

        if (!awake && actor->function == inv->function
            && actor->load < inv->limits.concurrency && actor != reserved
            && (choice->shared == NULL || actor->load < choice->shared->load))
        {
            choice->shared = actor;
        }

        if (ngx_invoke_guest_at(actor) && !ngx_invoke_choose_late(actor)
            && (choice->home == NULL
                || actor->backlog < choice->home->backlog))
        {
            choice->home = actor;
        }
    }
}


/*
 * One that has no invocation. Where it is awake all the same, to tidy up after
 * the last one or to start, it is among those that run already.
 */

static ngx_invoke_actor_t *
ngx_invoke_choose_idle(ngx_invoke_invocation_t *inv,
    ngx_invoke_choice_t *choice, ngx_uint_t room)
{
    ngx_invoke_actor_t  *awake;

    awake = room || choice->running == ngx_invoke_pool.width
            ? choice->awake : NULL;

    if (!room || choice->asleep == NULL) {
        return awake;
    }

    if (awake != NULL && ngx_invoke_guest_at(awake)
        && !ngx_invoke_guest_at(choice->asleep))
    {
        return awake;
    }

    return choice->asleep;
}


/*
 * Has an idle isolate of another memory size leave: the invocation waits for
 * that, and the one that then starts is its own. One at a time, so that no more
 * of them leave than are waited for.
 */

static void
ngx_invoke_choose_make_room(ngx_invoke_invocation_t *inv)
{
    ngx_invoke_actor_t  *actor;

    /* Where none could be started the invocation may be over by now. */

    if (ngx_invoke_pool.retry.timer_set || ngx_invoke_pool.leaver != NULL
        || ngx_invoke_pool_room(inv->limits.memory)
        || !ngx_invoke_pool_stays(inv->limits.memory))
    {
        return;
    }

    actor = ngx_invoke_choose_leaver(inv);

    if (actor != NULL && actor->load == 0) {
        ngx_invoke_pool.leaver = actor;
        ngx_invoke_pool_retire(actor, 0);
    }
}


/*
 * The isolate that is to make room for one of inv's size: of those with the
 * least to do one of a size that is not the pool's, if there is one, and the
 * one that has been idle for the longest time. NULL: none may be taken from
 * those that use it.
 */

static ngx_invoke_actor_t *
ngx_invoke_choose_leaver(ngx_invoke_invocation_t *inv)
{
    size_t               memory = inv->limits.memory;
    size_t               normal = ngx_invoke_pool.conf->memory;
    ngx_uint_t           none, full;
    ngx_queue_t         *q;
    ngx_invoke_actor_t  *actor, *best;

    best = NULL;
    none = ngx_invoke_pool_usable(memory) == 0;
    full = memory != normal
           && ngx_invoke_pool.others >= ngx_invoke_pool_most_others();

    for (q = ngx_queue_head(&ngx_invoke_pool.actors);
         q != ngx_queue_sentinel(&ngx_invoke_pool.actors);
         q = ngx_queue_next(q))
    {
        actor = ngx_queue_data(q, ngx_invoke_actor_t, queue);

        if (actor->state != NGX_INVOKE_ACTOR_READY || actor->memory == memory
            || (full && actor->memory == normal)
            || (actor->load == 0 && ngx_invoke_actor_awake(actor)
                && ngx_invoke_choose_slow(actor))
            || !ngx_invoke_choose_may_leave(actor, memory, none))
        {
            continue;
        }

        if (best == NULL || actor->load < best->load) {
            best = actor;
            continue;
        }

        if (actor->load > best->load
            || (actor->memory == normal && best->memory != normal))
        {
            continue;
        }

        if ((actor->memory != normal && best->memory == normal)
            || (ngx_msec_int_t) (actor->idle_since - best->idle_since) < 0)
        {
            best = actor;
        }
    }

    return best;
}


/*
 * Where invocations wait for isolates of this one's size, too, they keep it,
 * unless there is none of the other size, or that is not the pool's and has
 * not got its half.
 */

static ngx_uint_t
ngx_invoke_choose_may_leave(ngx_invoke_actor_t *actor, size_t memory,
    ngx_uint_t none)
{
    ngx_invoke_lane_t  *lane;

    lane = ngx_invoke_lane_find(actor->memory);

    if (lane == NULL || ngx_invoke_lane_next(lane, NULL) == NULL) {
        return 1;
    }

    if (ngx_invoke_now() - actor->watch.started
        < (uint64_t) NGX_INVOKE_STINT * 1000000)
    {
        return 0;
    }

    return none
           || (actor->memory == ngx_invoke_pool.conf->memory
               && ngx_invoke_pool.others < ngx_invoke_pool_most_others());
}


/* Each thread that runs tells when it comes to rest. */

static void
ngx_invoke_choose_want(void)
{
    ngx_queue_t         *q;
    ngx_invoke_actor_t  *actor;

    for (q = ngx_queue_head(&ngx_invoke_pool.actors);
         q != ngx_queue_sentinel(&ngx_invoke_pool.actors);
         q = ngx_queue_next(q))
    {
        actor = ngx_queue_data(q, ngx_invoke_actor_t, queue);

        if (actor->state == NGX_INVOKE_ACTOR_PARKED) {
            break;
        }

        if (ngx_invoke_actor_awake(actor)) {
            __atomic_store_n(&actor->wanted, 1, __ATOMIC_RELAXED);
        }
    }
}


/*
 * Whether it has gone so long without coming to its next invocation or to rest,
 * by its CPU time, ms, or so many times as long by the clock.
 */

static ngx_uint_t
ngx_invoke_choose_stretch(ngx_invoke_actor_t *actor, ngx_msec_t ms,
    ngx_uint_t times)
{
    uint32_t    turns;
    ngx_msec_t  stretch;

    turns = __atomic_load_n(&actor->turns, __ATOMIC_RELAXED);

    if (turns != actor->seen_turns) {
        actor->seen_turns = turns;
        actor->seen_at = ngx_current_msec;
    }

    stretch = ngx_current_msec - actor->seen_at;

    if (stretch < ms) {
        return 0;
    }

    return stretch >= ms * times
           || ngx_invoke_watch_spent(&actor->watch,
                                     ngx_invoke_watch_runs(&actor->watch))
              >= ms * 1000000;
}
