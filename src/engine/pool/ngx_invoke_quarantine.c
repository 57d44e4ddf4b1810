
#include "ngx_invoke_poll.h"
#include "ngx_invoke_pool_int.h"


/* How often a worker with parked threads looks whether it may leave, ms. */
#define NGX_INVOKE_LEAVE_CHECK  100

/*
 * How long one stays for its clients in which too much is parked, ms, without
 * worker_shutdown_timeout. In the last part of it no more are accepted.
 */
#define NGX_INVOKE_LEAVE_TIME   10000
#define NGX_INVOKE_LEAVE_LAST   1000


static void ngx_invoke_quarantine_end(ngx_invoke_actor_t *actor,
    const char *cause, ngx_invoke_outcome_e outcome);
static ngx_uint_t ngx_invoke_quarantine_quiet(void);
static ngx_uint_t ngx_invoke_quarantine_busy(ngx_connection_t *c);
static ngx_uint_t ngx_invoke_quarantine_much(void);
static void ngx_invoke_quarantine_leave(void);
static void ngx_invoke_quarantine_close(void);


void
ngx_invoke_quarantine_park(ngx_invoke_actor_t *actor, const char *cause,
    ngx_invoke_outcome_e outcome)
{
    u_char      buf[NGX_INVOKE_ESCAPE_NAME];
    ngx_str_t   name;
    ngx_uint_t  failed;

    if (actor->state == NGX_INVOKE_ACTOR_PARKED) {
        return;
    }

    name = ngx_invoke_actor_name(actor, buf);

    ngx_log_error(NGX_LOG_ERR, ngx_invoke_pool.log, 0,
                  "invoke: an isolate is in quarantine: %s, function \"%V\"",
                  cause, &name);

    ngx_invoke_pool_retire(actor, 1);
    ngx_invoke_homes_leave(actor);
    ngx_invoke_pool_take_back(actor);
    ngx_invoke_works_detach(actor);
    ngx_invoke_poll_shutdown(&actor->isolate, NGX_INVOKE_POLL_ALL);

    failed = actor->state == NGX_INVOKE_ACTOR_STARTING;

    ngx_invoke_pool_set(actor, NGX_INVOKE_ACTOR_PARKED, actor->load);
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_QUARANTINED, 1);

    ngx_queue_remove(&actor->queue);
    ngx_queue_insert_tail(&ngx_invoke_pool.actors, &actor->queue);

    ngx_invoke_quarantine_end(actor, cause, outcome);

    if (failed) {
        ngx_invoke_pool_failed();
    }

    ngx_invoke_pool.wants_refill = 1;
    ngx_invoke_pool.wants_next = 1;

    if (ngx_process == NGX_PROCESS_WORKER && !ngx_exiting
        && !ngx_invoke_pool.leave.timer_set)
    {
        ngx_add_timer(&ngx_invoke_pool.leave, NGX_INVOKE_LEAVE_CHECK);
    }
}


/*
 * The first that is not over, until there is none: telling may end others. None
 * of them counts as active any more.
 */

static void
ngx_invoke_quarantine_end(ngx_invoke_actor_t *actor, const char *cause,
    ngx_invoke_outcome_e outcome)
{
    ngx_queue_t              *q;
    ngx_invoke_invocation_t  *inv;

    for (q = ngx_queue_head(&actor->invocations);
         q != ngx_queue_sentinel(&actor->invocations);
         q = ngx_queue_next(q))
    {
        ngx_invoke_guest_end(ngx_queue_data(q, ngx_invoke_invocation_t,
                                            queue));
    }

    q = ngx_queue_head(&actor->invocations);

    while (q != ngx_queue_sentinel(&actor->invocations)) {
        inv = ngx_queue_data(q, ngx_invoke_invocation_t, queue);

        if (inv->timer.timer_set) {
            ngx_del_timer(&inv->timer);
        }

        if (ngx_invoke_invocation_left(inv)) {
            q = ngx_queue_next(q);
            continue;
        }

        inv->error_message.len = ngx_snprintf(inv->text, sizeof(inv->text),
                                              "%s", cause)
                                 - inv->text;
        inv->error_message.data = inv->text;

        ngx_invoke_pool_report(inv, outcome);

        q = ngx_queue_head(&actor->invocations);
    }
}


void
ngx_invoke_quarantine_return(ngx_invoke_actor_t *actor)
{
    ngx_invoke_pool_set(actor, NGX_INVOKE_ACTOR_RETIRING, actor->load);
}


/*
 * A worker leaves when it is quiet, for nobody accepts in its place before it
 * has left. So where it cannot wait for that it goes on with all that comes
 * first, and stops accepting only shortly before it closes what is left.
 */

void
ngx_invoke_quarantine_look(ngx_event_t *ev)
{
    ngx_msec_t        time, last;
    ngx_core_conf_t  *ccf;

    if (ngx_invoke_pool.leaving) {
        ngx_invoke_quarantine_close();
        return;
    }

    if (ngx_invoke_pool.stat.parked == 0 || ngx_exiting) {
        ngx_invoke_pool.leave_since = 0;
        return;
    }

    if (ngx_invoke_quarantine_quiet()) {
        ngx_invoke_quarantine_leave();
        return;
    }

    ngx_add_timer(ev, NGX_INVOKE_LEAVE_CHECK);

    if (ngx_invoke_pool.leave_since == 0) {

        if (ngx_invoke_quarantine_much()) {
            ngx_log_error(NGX_LOG_WARN, ngx_invoke_pool.log, 0,
                          "invoke: the worker is to leave soon, %ui "
                          "isolate(s) in quarantine",
                          ngx_invoke_pool.stat.parked);

            ngx_invoke_pool.leave_since = ngx_current_msec;
        }

        return;
    }

    ccf = (ngx_core_conf_t *) ngx_get_conf(ngx_cycle->conf_ctx,
                                           ngx_core_module);

    time = ccf->shutdown_timeout ? ccf->shutdown_timeout
                                 : NGX_INVOKE_LEAVE_TIME;
    last = ngx_min(NGX_INVOKE_LEAVE_LAST, time / 2);

    if (ngx_current_msec - ngx_invoke_pool.leave_since >= time - last) {
        ngx_invoke_pool.leaving = 1;
        ngx_add_timer(ev, last);
        ngx_invoke_quarantine_leave();
    }
}


/* As SIGQUIT does; the master starts another one in its place. */

static void
ngx_invoke_quarantine_leave(void)
{
    ngx_log_error(NGX_LOG_NOTICE, ngx_invoke_pool.log, 0,
                  "invoke: the worker leaves to be replaced, %ui isolate(s) "
                  "in quarantine", ngx_invoke_pool.stat.parked);

    ngx_quit = 1;
}


/*
 * No client's request is under way. A worker in which no isolate starts stays,
 * until it has tried long enough: another one would not do better.
 */

static ngx_uint_t
ngx_invoke_quarantine_quiet(void)
{
    ngx_uint_t         i;
    ngx_connection_t  *c;

    if (ngx_invoke_pool.stat.active != 0
        || ngx_invoke_pool.stat.waiting != 0
        || (ngx_invoke_pool.backoff != 0
            && ngx_invoke_pool.backoff < NGX_INVOKE_BACKOFF_MAX))
    {
        return 0;
    }

    c = ngx_cycle->connections;

    for (i = 0; i < ngx_cycle->connection_n; i++) {
        if (ngx_invoke_quarantine_busy(&c[i])) {
            return 0;
        }
    }

    return 1;
}


/*
 * A client's connection, but for one that is idle between requests: nginx
 * closes these when it leaves.
 */

static ngx_uint_t
ngx_invoke_quarantine_busy(ngx_connection_t *c)
{
    return c->fd != (ngx_socket_t) -1 && c->listening != NULL
           && !c->read->accept && !c->idle;
}


/* Half of the isolates that there may be, or as much memory as these have. */

static ngx_uint_t
ngx_invoke_quarantine_much(void)
{
    size_t                         held;
    ngx_queue_t                   *q;
    ngx_invoke_actor_t            *actor;
    const ngx_invoke_pool_conf_t  *conf = ngx_invoke_pool.conf;

    if (2 * ngx_invoke_pool.stat.parked >= conf->max) {
        return 1;
    }

    held = 0;

    for (q = ngx_queue_last(&ngx_invoke_pool.actors);
         q != ngx_queue_sentinel(&ngx_invoke_pool.actors);
         q = ngx_queue_prev(q))
    {
        actor = ngx_queue_data(q, ngx_invoke_actor_t, queue);

        if (actor->state != NGX_INVOKE_ACTOR_PARKED) {
            break;
        }

        if (actor->account != NULL) {
            held += ngx_invoke_v8_held(actor->account);
        }
    }

    return held > conf->memory * conf->max / 2;
}


/* Closes what is left of clients, as worker_shutdown_timeout does. */

static void
ngx_invoke_quarantine_close(void)
{
    ngx_uint_t         i;
    ngx_connection_t  *c;

    c = ngx_cycle->connections;

    for (i = 0; i < ngx_cycle->connection_n; i++) {
        if (!ngx_invoke_quarantine_busy(&c[i])) {
            continue;
        }

        c[i].close = 1;
        c[i].error = 1;
        c[i].read->handler(c[i].read);
    }
}
