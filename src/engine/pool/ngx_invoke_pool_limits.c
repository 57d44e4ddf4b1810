/*
 * How an invocation is ended, here by its wall time:
 *
 *      loop                                   actor
 *
 *      timer: check() --> expire()            runs its JavaScript
 *        error_message, EXPIRED
 *        terminate ------- "current" -------> V8 throws, leave() undoes it
 *        KILL ------------- mailbox --------> over, if it only awaits
 *        retire(): what has not begun
 *        goes back to the lanes
 *        report() --> the owner, who is
 *        told the end: 504
 *                                             reap: its verdict does not count
 *        <----------------- news ------------ FINISHED
 *      detach, free; RETIRING and no load:
 *      SHUTDOWN ----------- mailbox --------> ends, its isolate with it
 *        <----------------- news ------------ GONE
 *      join, refill
 *
 * Where FINISHED does not come, the timer terminates it again every
 * KILL_STEP, for what ends just then is not hit, until its thread has taken
 * KILL_TIME of the CPU: then the thread is parked (quarantine), and comes back
 * by a FINISHED at most. Its connections are shut down before that, at the
 * first step. A client that leaves (abort) is no limit: ABORT has the function
 * told, and only where its JavaScript does not look up for ABORT_TIME is it
 * ended as above.
 */

#include "ngx_invoke_poll.h"
#include "ngx_invoke_pool_int.h"


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
 * elsewhere; where JavaScript runs it is one. They double, up to so many times,
 * with each time that the thread comes to nothing in between: it may get a core
 * so rarely that it would find nothing at any time.
 */
#define NGX_INVOKE_STILL         10
#define NGX_INVOKE_STILL_DOUBLE  8


static void ngx_invoke_limits_expire(ngx_invoke_invocation_t *inv,
    ngx_invoke_outcome_e outcome, ngx_msec_t limit);
static void ngx_invoke_limits_hang_up(ngx_invoke_invocation_t *inv);
static ngx_uint_t ngx_invoke_limits_insist(ngx_invoke_invocation_t *inv,
    uint64_t now);
static void ngx_invoke_limits_nobody(ngx_invoke_actor_t *actor);
static ngx_invoke_invocation_t *ngx_invoke_limits_current(
    ngx_invoke_actor_t *actor, uintptr_t current);


void
ngx_invoke_invocation_abort(ngx_invoke_invocation_t *inv)
{
    if (inv->state == NGX_INVOKE_INVOCATION_QUEUED
        || ngx_invoke_actor_withdraw(inv) == NGX_OK)
    {
        ngx_invoke_pool_detach(inv);
        ngx_invoke_invocation_free(inv);
        return;
    }

    (void) ngx_invoke_pool_send(inv->actor, NGX_INVOKE_MAIL_ABORT, inv);

    if (inv->state != NGX_INVOKE_INVOCATION_EXPIRED) {
        ngx_invoke_invocation_set(inv, NGX_INVOKE_INVOCATION_LEFT);
        ngx_add_timer(&inv->timer, NGX_INVOKE_ABORT_TIME);
    }
}


ngx_uint_t
ngx_invoke_invocation_leave(ngx_invoke_invocation_t *inv)
{
    if (ngx_invoke_invocation_kept(inv) == 0) {
        return 0;
    }

    (void) ngx_invoke_pool_send(inv->actor, NGX_INVOKE_MAIL_LEAVE, inv);

    return 1;
}


void
ngx_invoke_invocation_consumed(ngx_invoke_invocation_t *inv, size_t n)
{
    size_t  left, low;

    low = ngx_min(NGX_INVOKE_LOW_WATER, inv->limits.response / 4);
    left = __atomic_sub_fetch(&inv->buffered, n, __ATOMIC_SEQ_CST);

    if (left <= low && inv->state == NGX_INVOKE_INVOCATION_RUNNING
        && __atomic_exchange_n(&inv->starved, 0, __ATOMIC_SEQ_CST))
    {
        (void) ngx_invoke_pool_send(inv->actor, NGX_INVOKE_MAIL_DRAIN, inv);
    }
}


ngx_int_t
ngx_invoke_invocation_body(ngx_invoke_invocation_t *inv, ngx_chain_t *in,
    ngx_uint_t whole)
{
    size_t                   size;
    u_char                  *p;
    ngx_buf_t               *b;
    ngx_chain_t             *cl;
    ngx_invoke_body_mail_t  *piece;

    size = 0;

    for (cl = in; cl; cl = cl->next) {
        size += cl->buf->last - cl->buf->pos;
    }

    piece = malloc(sizeof(ngx_invoke_body_mail_t) + size);
    if (piece == NULL) {
        return NGX_ERROR;
    }

    piece->mail.inv = inv;
    piece->data.data = (u_char *) &piece[1];
    piece->data.len = size;
    piece->cut = !whole;

    p = piece->data.data;

    for (cl = in; cl; cl = cl->next) {
        b = cl->buf;

        p = ngx_cpymem(p, b->pos, b->last - b->pos);
        b->pos = b->last;
    }

    ngx_invoke_pool_mail(inv->actor, NGX_INVOKE_MAIL_BODY, &piece->mail);

    return NGX_OK;
}


void
ngx_invoke_limits_check(ngx_invoke_invocation_t *inv)
{
    uint64_t             now, began, cpu;
    ngx_msec_t           wall, next;
    ngx_invoke_actor_t  *actor = inv->actor;

    now = ngx_invoke_now();
    began = __atomic_load_n(&inv->began, __ATOMIC_RELAXED);

    if (inv->state == NGX_INVOKE_INVOCATION_EXPIRED) {
        ngx_invoke_limits_hang_up(inv);

        if (!ngx_invoke_limits_insist(inv, now)) {
            ngx_invoke_quarantine_park(actor, "it does not let itself be "
                                       "interrupted", NGX_INVOKE_CRASHED);
            return;
        }

        ngx_add_timer(&inv->timer, NGX_INVOKE_KILL_STEP);
        return;
    }

    wall = now > began ? (now - began) / 1000000 : 0;

    if (wall >= inv->limits.timeout) {
        ngx_invoke_limits_expire(inv, NGX_INVOKE_TIMEOUT,
                                   inv->limits.timeout);
        return;
    }

    next = inv->limits.timeout - wall;

    if (ngx_invoke_invocation_left(inv)) {
        if (ngx_invoke_watch_runs(&actor->watch) == inv) {
            ngx_invoke_limits_expire(inv, NGX_INVOKE_ABORTED, 0);
            return;
        }

        ngx_invoke_limits_hang_up(inv);
        next = ngx_min(next, NGX_INVOKE_ABORT_TIME);
    }

    if (inv->limits.cpu != 0) {
        cpu = ngx_invoke_watch_cpu(&actor->watch, inv) / 1000000;

        if (cpu >= inv->limits.cpu) {
            ngx_invoke_limits_expire(inv, NGX_INVOKE_CPU, inv->limits.cpu);
            return;
        }

        next = ngx_min(next, inv->limits.cpu - (ngx_msec_t) cpu);
    }

    ngx_add_timer(&inv->timer, ngx_max(next, 1));
}


/* An invocation that has reached a limit is ended; "limit" is one of time. */

static void
ngx_invoke_limits_expire(ngx_invoke_invocation_t *inv,
    ngx_invoke_outcome_e outcome, ngx_msec_t limit)
{
    ngx_uint_t           left;
    ngx_invoke_actor_t  *actor = inv->actor;

    left = ngx_invoke_invocation_left(inv);

    if (!left) {
        inv->error_message.data = inv->text;
        inv->error_message.len
            = ngx_snprintf(inv->text, sizeof(inv->text),
                           outcome == NGX_INVOKE_CPU
                           ? "Function CPU time limit exceeded (%Mms)"
                           : "Function execution timeout (%Mms)", limit)
              - inv->text;
    }

    ngx_invoke_invocation_set(inv, NGX_INVOKE_INVOCATION_EXPIRED);
    inv->asked_cpu = ngx_invoke_watch_clock(&actor->watch);

    ngx_invoke_watch_terminate(&actor->watch, inv);
    (void) ngx_invoke_pool_send(actor, NGX_INVOKE_MAIL_KILL, inv);

    ngx_add_timer(&inv->timer, NGX_INVOKE_KILL_STEP);

    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_TERMINATED, 1);
    ngx_invoke_pool_retire(actor, 1);

    if (!left) {
        ngx_invoke_pool_report(inv, outcome);
    }
}


/*
 * What is to end does not do so at once, or its thread is at work for others.
 * Peers see the end all the same: of what is its own, and of all where nobody
 * else has anything in an isolate that ends.
 */

static void
ngx_invoke_limits_hang_up(ngx_invoke_invocation_t *inv)
{
    int32_t              slot;
    ngx_invoke_actor_t  *actor = inv->actor;

    slot = __atomic_load_n(&inv->slot, __ATOMIC_RELAXED);

    if (actor->load == 1 && actor->state == NGX_INVOKE_ACTOR_RETIRING) {
        ngx_invoke_poll_shutdown(&actor->isolate, NGX_INVOKE_POLL_ALL);

    } else if (slot != 0) {
        ngx_invoke_poll_shutdown(&actor->isolate, slot);
    }
}


/*
 * Ends the JavaScript of an invocation that is over for the loop, once more.
 * 0: it goes on all the same. A thread that gets no CPU time is waited for,
 * and one that is at work for others: these have limits of their own.
 */

static ngx_uint_t
ngx_invoke_limits_insist(ngx_invoke_invocation_t *inv, uint64_t now)
{
    void                *who;
    uint64_t             cpu;
    ngx_invoke_actor_t  *actor = inv->actor;

    who = ngx_invoke_watch_runs(&actor->watch);

    if (who != NULL && who != inv) {
        inv->asked_cpu = 0;
        return 1;
    }

    if (now - inv->asked_at >= (uint64_t) NGX_INVOKE_KILL_TIME
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
ngx_invoke_limits_watch(void)
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
ngx_invoke_limits_tick(void)
{
    void                *who;
    uint32_t             started;
    ngx_uint_t           busy, awake, load;
    ngx_queue_t         *q, *next;
    ngx_invoke_actor_t  *actor;

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

        if (started != actor->seen) {
            actor->seen = started;
            actor->lost = 0;
            awake = 0;
        }

        if (!awake) {
            actor->still = 0;
            actor->asked_at = 0;
            continue;
        }

        who = ngx_invoke_watch_runs(&actor->watch);

        if (++actor->still >= ((ngx_uint_t) NGX_INVOKE_STILL << actor->lost)
            || who != NULL)
        {
            if (actor->load > 0 && who != NULL) {
                actor->pace = NGX_INVOKE_PACE_UNKNOWN;
                actor->cost = NGX_INVOKE_PACE_UNKNOWN;
            }

            if (actor->state != NGX_INVOKE_ACTOR_STARTING) {
                load = actor->load;
                ngx_invoke_pool_take_back(actor);

                if (who == NULL && actor->load < load
                    && actor->lost < NGX_INVOKE_STILL_DOUBLE)
                {
                    actor->lost++;
                    actor->still = 0;
                }
            }
        }

        if (who != NULL && !actor->nice
            && ngx_invoke_watch_spent(&actor->watch, who)
               >= (uint64_t) NGX_INVOKE_NICE_TIME * 1000000)
        {
            ngx_invoke_actor_demote(actor);
        }

        if (who == actor) {
            ngx_invoke_limits_nobody(actor);

        } else {
            actor->asked_at = 0;
        }
    }

    ngx_invoke_pool.wants_next = 1;

    if (busy) {
        ngx_invoke_limits_watch();
    }
}


/*
 * JavaScript that is nobody's has no limits but this, and no one who would be
 * told of its end.
 */

static void
ngx_invoke_limits_nobody(ngx_invoke_actor_t *actor)
{
    u_char     buf[NGX_INVOKE_ESCAPE_NAME];
    uint64_t   now, spent;
    ngx_str_t  name;

    spent = ngx_invoke_watch_unowned(&actor->watch) / 1000000;

    /* What is asked to end has to, though nobody waits any more. */

    if (actor->asked_at == 0
        && spent < NGX_INVOKE_NOBODY_TIME
        && (ngx_invoke_pool.stat.waiting == 0
            || ngx_invoke_pool.stat.total < ngx_invoke_pool.conf->max
            || ngx_invoke_watch_spent(&actor->watch, actor) / 1000000
               < NGX_INVOKE_NOBODY_WAIT))
    {
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

    } else if (actor->load == 0) {
        ngx_invoke_poll_shutdown(&actor->isolate, NGX_INVOKE_POLL_ALL);
    }

    ngx_invoke_watch_terminate(&actor->watch, actor);
}


void
ngx_invoke_limits_memory(ngx_invoke_actor_t *actor)
{
    u_char                    buf[NGX_INVOKE_ESCAPE_NAME];
    ngx_str_t                 name;
    uintptr_t                 current;
    ngx_invoke_invocation_t  *inv;

    name = ngx_invoke_actor_name(actor, buf);
    current = __atomic_load_n(&actor->watch.current, __ATOMIC_RELAXED)
              & ~(uintptr_t) 3;

    inv = ngx_invoke_limits_current(actor, current);

    if (inv == NULL) {
        ngx_log_error(NGX_LOG_WARN, ngx_invoke_pool.log, 0,
                      "invoke: an isolate takes memory that is not accounted "
                      "for, for no invocation, last function \"%V\"",
                      &name);

        ngx_invoke_pool_retire(actor, 1);
        ngx_invoke_watch_terminate(&actor->watch, (void *) current);
        return;
    }

    if (inv->state != NGX_INVOKE_INVOCATION_EXPIRED) {
        ngx_log_error(NGX_LOG_WARN, ngx_invoke_pool.log, 0,
                      "invoke: an isolate takes memory that is not accounted "
                      "for, function \"%V\"", &name);

        ngx_invoke_limits_expire(inv, NGX_INVOKE_MEMORY, 0);
    }
}


static ngx_invoke_invocation_t *
ngx_invoke_limits_current(ngx_invoke_actor_t *actor, uintptr_t current)
{
    ngx_queue_t              *q;
    ngx_invoke_invocation_t  *inv;

    for (q = ngx_queue_head(&actor->invocations);
         q != ngx_queue_sentinel(&actor->invocations);
         q = ngx_queue_next(q))
    {
        inv = ngx_queue_data(q, ngx_invoke_invocation_t, queue);

        if ((uintptr_t) inv == current) {
            return inv;
        }
    }

    return NULL;
}
