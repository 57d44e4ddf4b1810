
#include "ngx_invoke_schedule.h"
#include "ngx_invoke_escape.h"


/*
 * A worker with parked threads is replaced in a moment without work; with so
 * many of them it does not wait for one.
 */
#define NGX_INVOKE_DRAIN_CHECK  100
#define NGX_INVOKE_PARKED_MAX   4


static ngx_uint_t ngx_invoke_quarantine_quiet(void);


void
ngx_invoke_quarantine_park(ngx_invoke_actor_t *actor, const char *cause,
    ngx_invoke_outcome_e outcome)
{
    u_char                    buf[NGX_INVOKE_ESCAPE_NAME];
    ngx_str_t                 name = ngx_string("-");
    ngx_queue_t              *q, *next;
    ngx_invoke_pool_stat_t   *stat = &ngx_invoke_pool.stat;
    ngx_invoke_invocation_t  *inv;

    if (actor->state == NGX_INVOKE_ACTOR_PARKED) {
        return;
    }

    if (actor->function != NULL) {
        name = ngx_invoke_escape_name(buf, &actor->function->id);
    }

    ngx_log_error(NGX_LOG_ERR, ngx_invoke_pool.log, 0,
                  "invoke: an isolate is in quarantine: %s, function \"%V\"",
                  cause, &name);

    ngx_invoke_pool_retire(actor, 1);

    if (actor->state == NGX_INVOKE_ACTOR_STARTING) {
        stat->starting--;
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_STARTING, -1);
    }

    if (actor->load > 0) {
        stat->active--;
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_ACTIVE, -1);
    }

    actor->state = NGX_INVOKE_ACTOR_PARKED;

    stat->total--;
    stat->parked++;

    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_TOTAL, -1);
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_PARKED, 1);
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_QUARANTINED, 1);

    for (q = ngx_queue_head(&actor->invocations);
         q != ngx_queue_sentinel(&actor->invocations);
         q = next)
    {
        next = ngx_queue_next(q);
        inv = ngx_queue_data(q, ngx_invoke_invocation_t, queue);

        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_INVOCATIONS_ACTIVE, -1);

        if (inv->timer.timer_set) {
            ngx_del_timer(&inv->timer);
        }

        if (!inv->left) {
            inv->error_message.len = ngx_snprintf(inv->text,
                                                  sizeof(inv->text), "%s",
                                                  cause)
                                     - inv->text;
            inv->error_message.data = inv->text;
            ngx_invoke_schedule_report(inv, outcome);
        }
    }

    ngx_queue_remove(&actor->queue);
    ngx_queue_insert_tail(&ngx_invoke_pool.actors, &actor->queue);

    ngx_invoke_pool_refill();
    ngx_invoke_schedule_next();

    if (ngx_process == NGX_PROCESS_WORKER && !ngx_exiting
        && !ngx_invoke_pool.drain.timer_set)
    {
        ngx_add_timer(&ngx_invoke_pool.drain, NGX_INVOKE_DRAIN_CHECK);
    }
}


void
ngx_invoke_quarantine_return(ngx_invoke_actor_t *actor)
{
    actor->state = NGX_INVOKE_ACTOR_RETIRING;

    ngx_invoke_pool.stat.parked--;
    ngx_invoke_pool.stat.total++;

    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_PARKED, -1);
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_TOTAL, 1);
}


void
ngx_invoke_quarantine_drain(ngx_event_t *ev)
{
    ngx_uint_t  parked = ngx_invoke_pool.stat.parked;

    if (parked == 0 || ngx_exiting) {
        return;
    }

    if (parked < NGX_INVOKE_PARKED_MAX && !ngx_invoke_quarantine_quiet()) {
        ngx_add_timer(ev, NGX_INVOKE_DRAIN_CHECK);
        return;
    }

    ngx_log_error(NGX_LOG_NOTICE, ngx_invoke_pool.log, 0,
                  "invoke: the worker leaves to be replaced, %ui isolate(s) "
                  "in quarantine", parked);

    /* As SIGQUIT does; the master starts another one in its place. */

    ngx_quit = 1;
}


/*
 * No request is under way. Connections that are not reusable have one, but
 * for those that listen, the channel to the master, nginx's own eventfd, and
 * the one of the replies.
 */

static ngx_uint_t
ngx_invoke_quarantine_quiet(void)
{
    ngx_uint_t    used, own;
    ngx_cycle_t  *cycle = (ngx_cycle_t *) ngx_cycle;

    used = cycle->connection_n - cycle->free_connection_n
           - cycle->reusable_connections_n;
    own = cycle->listening.nelts + 3;

    return ngx_invoke_pool.stat.active == 0
           && ngx_queue_empty(&ngx_invoke_pool.waiting) && used <= own;
}
