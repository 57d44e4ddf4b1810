
#include "ngx_invoke_pool_int.h"


/* Until it is tried again to start what did not start, at first, ms. */
#define NGX_INVOKE_BACKOFF  100


static ngx_invoke_actor_t *ngx_invoke_pool_start(size_t memory);
static void ngx_invoke_pool_mailed(ngx_invoke_actor_t *actor);


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

    ngx_invoke_pool_join(actor);
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
           || ngx_invoke_lane_others_wait();

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

    ngx_invoke_pool.wants_refuse = 1;
}


ngx_int_t
ngx_invoke_pool_send(ngx_invoke_actor_t *actor, ngx_invoke_mail_e type,
    ngx_invoke_invocation_t *inv)
{
    ngx_invoke_pool_mailed(actor);

    return ngx_invoke_actor_send(actor, type, inv);
}


void
ngx_invoke_pool_mail(ngx_invoke_actor_t *actor, ngx_invoke_mail_e type,
    ngx_invoke_mail_t *mail)
{
    ngx_invoke_pool_mailed(actor);

    mail->message.type = type;
    ngx_invoke_mailbox_push(&actor->mailbox, &mail->message);
}


static void
ngx_invoke_pool_mailed(ngx_invoke_actor_t *actor)
{
    actor->mailed = 1;

    if (!ngx_invoke_pool.wake.posted) {
        ngx_post_event(&ngx_invoke_pool.wake, &ngx_posted_events);
    }
}


void
ngx_invoke_pool_wake(void)
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


void
ngx_invoke_pool_later(void)
{
    if ((ngx_invoke_pool.wants_refuse || ngx_invoke_pool.wants_refill
         || ngx_invoke_pool.wants_next)
        && !ngx_invoke_pool.wake.posted)
    {
        ngx_post_event(&ngx_invoke_pool.wake, &ngx_posted_events);
    }
}


void
ngx_invoke_pool_ready(ngx_invoke_actor_t *actor)
{
    ngx_invoke_pool_stat_t  *stat = &ngx_invoke_pool.stat;

    if (actor->state != NGX_INVOKE_ACTOR_STARTING) {
        return;
    }

    ngx_invoke_pool.backoff = 0;

    ngx_invoke_pool_set(actor, NGX_INVOKE_ACTOR_READY, actor->load);

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

    ngx_invoke_pool.wants_refill = 1;
    ngx_invoke_pool.wants_next = 1;
}


void
ngx_invoke_pool_retire(ngx_invoke_actor_t *actor, ngx_uint_t corrupted)
{
    if (corrupted && !actor->corrupted) {
        actor->corrupted = 1;
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_CORRUPTED, 1);
    }

    if (actor->state != NGX_INVOKE_ACTOR_READY) {
        return;
    }

    ngx_invoke_pool_set(actor, NGX_INVOKE_ACTOR_RETIRING, actor->load);
    ngx_invoke_homes_leave(actor);
    ngx_invoke_pool_take_back(actor);

    ngx_invoke_pool_release(actor);

    ngx_invoke_pool.wants_refill = 1;
}


void
ngx_invoke_pool_release(ngx_invoke_actor_t *actor)
{
    if (actor->state == NGX_INVOKE_ACTOR_RETIRING && actor->load == 0) {
        ngx_invoke_pool_set(actor, NGX_INVOKE_ACTOR_LEAVING, 0);
        (void) ngx_invoke_pool_send(actor, NGX_INVOKE_MAIL_SHUTDOWN, NULL);
    }
}


void
ngx_invoke_pool_gone(ngx_invoke_actor_t *actor, ngx_uint_t failed)
{
    ngx_queue_remove(&actor->queue);
    ngx_invoke_homes_leave(actor);

    ngx_invoke_pool_part(actor);
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_DESTROYED, 1);

    ngx_invoke_actor_join(actor);

    if (failed && !ngx_invoke_pool.retry.timer_set) {
        ngx_log_error(NGX_LOG_CRIT, ngx_invoke_pool.log, 0,
                      "invoke: an isolate could not be created");
        ngx_invoke_pool_failed();
    }

    ngx_invoke_pool.wants_refill = 1;
    ngx_invoke_pool.wants_next = 1;
}


void
ngx_invoke_pool_trim(void)
{
    ngx_uint_t           over, left;
    ngx_queue_t         *q, *next;
    ngx_invoke_actor_t  *actor;

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
}
