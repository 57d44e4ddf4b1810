
#include "ngx_invoke_postgres_connect.h"
#include "ngx_invoke_metrics.h"


#define NGX_INVOKE_POSTGRES_BACKOFF     100     /* ms, the first */
#define NGX_INVOKE_POSTGRES_BACKOFF_MAX 5000
#define NGX_INVOKE_POSTGRES_STABLE      5000    /* begins with the first then */
#define NGX_INVOKE_POSTGRES_PROBE       10000   /* of one that is silent */


static void ngx_invoke_postgres_set_up(ngx_invoke_postgres_connection_t *pc);
static ngx_invoke_postgres_connection_t *ngx_invoke_postgres_choose(void);
static void ngx_invoke_postgres_send(ngx_invoke_postgres_connection_t *pc,
    ngx_invoke_postgres_query_t *query);
static void ngx_invoke_postgres_dispatch(void);
static void ngx_invoke_postgres_failure(ngx_event_t *ev);
static void ngx_invoke_postgres_lost(ngx_invoke_postgres_connection_t *pc);
static void ngx_invoke_postgres_tell(ngx_invoke_postgres_connection_t *pc);
static void ngx_invoke_postgres_refuse(void);
static void ngx_invoke_postgres_timer(ngx_event_t *ev);
static void ngx_invoke_postgres_expire(ngx_event_t *ev);
static void ngx_invoke_postgres_overdue(ngx_invoke_postgres_connection_t *pc,
    ngx_queue_t *over);


ngx_int_t
ngx_invoke_postgres_init(ngx_invoke_postgres_conf_t *conf,
    const char *const *channels, const ngx_invoke_postgres_listener_t *listener,
    ngx_thread_pool_t *pool, ngx_cycle_t *cycle)
{
    ngx_uint_t                         i;
    ngx_invoke_postgres_t             *pgs;
    ngx_invoke_postgres_connection_t  *pc;

    pgs = &ngx_invoke_postgres;

    ngx_memzero(pgs, sizeof(ngx_invoke_postgres_t));

    if (conf->conninfo.len == 0) {
        return NGX_OK;
    }

    pgs->conf = conf;
    pgs->channels = channels;
    pgs->listener = listener;
    pgs->pool = pool;
    pgs->log = cycle->log;
    pgs->ready_handler = ngx_invoke_postgres_set_up;

    ngx_queue_init(&pgs->waiting);
    ngx_queue_init(&pgs->spare);

    pgs->deadline.handler = ngx_invoke_postgres_expire;
    pgs->deadline.data = &pgs->connections[0];
    pgs->deadline.log = cycle->log;
    pgs->deadline.cancelable = 1;

    for (i = 0; i < NGX_INVOKE_POSTGRES_CONNECTIONS; i++) {
        pc = &pgs->connections[i];

        pc->index = i;
        pc->fd = (ngx_socket_t) -1;

        ngx_queue_init(&pc->ops);

        pc->timer.handler = ngx_invoke_postgres_timer;
        pc->timer.data = pc;
        pc->timer.log = cycle->log;
        pc->timer.cancelable = 1;

        pc->failure.handler = ngx_invoke_postgres_failure;
        pc->failure.data = pc;
        pc->failure.log = cycle->log;

        ngx_add_timer(&pc->timer, 1);
    }

    return NGX_OK;
}


void
ngx_invoke_postgres_exit(void)
{
    ngx_uint_t                         i;
    ngx_queue_t                       *q, ops;
    ngx_invoke_postgres_t             *pgs;
    ngx_invoke_postgres_connection_t  *pc;

    pgs = &ngx_invoke_postgres;

    if (pgs->conf == NULL) {
        return;
    }

    for (i = 0; i < NGX_INVOKE_POSTGRES_CONNECTIONS; i++) {
        pc = &pgs->connections[i];

        ngx_queue_init(&ops);
        ngx_invoke_postgres_close(pc, &ops);

        if (pc->lookup) {
            ngx_invoke_postgres_lookup_cancel(pc->lookup);
        }

        while (!ngx_queue_empty(&ops)) {
            q = ngx_queue_head(&ops);
            ngx_queue_remove(q);
            ngx_invoke_postgres_op_free(
                      ngx_queue_data(q, ngx_invoke_postgres_op_t, queue));
        }
    }

    while (!ngx_queue_empty(&pgs->spare)) {
        q = ngx_queue_head(&pgs->spare);
        ngx_queue_remove(q);
        free(ngx_queue_data(q, ngx_invoke_postgres_op_t, queue));
    }

    if (pgs->deadline.timer_set) {
        ngx_del_timer(&pgs->deadline);
    }

    pgs->conf = NULL;
}


ngx_uint_t
ngx_invoke_postgres_connected(void)
{
    return ngx_invoke_postgres.ready != 0;
}


ngx_uint_t
ngx_invoke_postgres_listens(void)
{
    return ngx_invoke_postgres.connections[0].listening;
}


ngx_int_t
ngx_invoke_postgres_query(ngx_invoke_postgres_query_t *query)
{
    ngx_invoke_postgres_t             *pgs;
    ngx_invoke_postgres_connection_t  *pc;

    pgs = &ngx_invoke_postgres;

    query->op = NULL;
    query->active = 0;

    if (pgs->conf == NULL) {
        return NGX_DECLINED;
    }

    pc = ngx_invoke_postgres_choose();

    if (pc == NULL && pgs->away) {
        return NGX_DECLINED;
    }

    query->active = 1;
    query->started = ngx_invoke_postgres_now();
    query->deadline = ngx_current_msec + query->timeout;

    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_POSTGRES_QUERIES, 1);

    if (pc) {
        ngx_invoke_postgres_send(pc, query);

    } else {
        ngx_queue_insert_tail(&pgs->waiting, &query->queue);
        ngx_invoke_postgres_arm(query->deadline);
    }

    return NGX_OK;
}


void
ngx_invoke_postgres_cancel(ngx_invoke_postgres_query_t *query)
{
    ngx_invoke_postgres_op_t  *op;

    if (!query->active) {
        return;
    }

    query->active = 0;
    op = query->op;

    if (op) {
        op->query = NULL;
        query->op = NULL;
        return;
    }

    ngx_queue_remove(&query->queue);
}


/* What a session begins with is done. */

static void
ngx_invoke_postgres_set_up(ngx_invoke_postgres_connection_t *pc)
{
    ngx_invoke_postgres_t  *pgs;

    pgs = &ngx_invoke_postgres;

    free(pc->lookup);
    pc->lookup = NULL;

    pc->state = NGX_INVOKE_POSTGRES_READY;
    pc->since = ngx_current_msec;
    pc->cause[0] = '\0';

    pgs->away = 0;

    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_POSTGRES_CONNECTIONS, 1);

    if (pgs->ready++ == 0) {
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_POSTGRES_CONNECTED, 1);
    }

    if (pc->known) {
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_POSTGRES_RECONNECTS, 1);
    }

    pc->known = 1;

    if (pgs->told == NGX_INVOKE_POSTGRES_TOLD_ALL
        || (pgs->told == NGX_INVOKE_POSTGRES_TOLD_SOME
            && pgs->ready == NGX_INVOKE_POSTGRES_CONNECTIONS))
    {
        pgs->told = NGX_INVOKE_POSTGRES_TOLD_NOTHING;

        ngx_log_error(NGX_LOG_NOTICE, pgs->log, 0,
                      "invoke: connected to PostgreSQL again");
    }

    ngx_del_timer(&pc->timer);

    if (pc->index == 0) {
        ngx_add_timer(&pc->timer, NGX_INVOKE_POSTGRES_PROBE);

        if (pgs->channels[0] && !pc->deaf) {
            pc->listening = 1;
            ngx_invoke_metrics_add(NGX_INVOKE_METRIC_POSTGRES_LISTENING, 1);

            if (pgs->listener->listening) {
                pgs->listener->listening();
            }
        }
    }

    ngx_invoke_postgres_dispatch();
}


/*
 * The one that is done soonest, by what its operations may take; of equals the
 * one that does not listen, since notifications wait for the end of a query.
 */

static ngx_invoke_postgres_connection_t *
ngx_invoke_postgres_choose(void)
{
    ngx_uint_t                         i;
    ngx_invoke_postgres_connection_t  *pc, *best;

    best = NULL;

    for (i = NGX_INVOKE_POSTGRES_CONNECTIONS; i-- > 0; /* void */ ) {
        pc = &ngx_invoke_postgres.connections[i];

        if (pc->state == NGX_INVOKE_POSTGRES_READY && !pc->failed
            && (best == NULL || pc->load < best->load))
        {
            best = pc;
        }
    }

    return best;
}


static void
ngx_invoke_postgres_send(ngx_invoke_postgres_connection_t *pc,
    ngx_invoke_postgres_query_t *query)
{
    ngx_invoke_postgres_op_t  *op;

    op = ngx_invoke_postgres_op(pc, NGX_INVOKE_POSTGRES_OP_QUERY,
                                query->deadline);

    if (op == NULL) {

        /* as if another connection were to come */

        ngx_queue_insert_tail(&ngx_invoke_postgres.waiting, &query->queue);
        ngx_invoke_postgres_arm(query->deadline);
        return;
    }

    op->query = query;
    query->op = op;

    ngx_invoke_postgres_send_op(pc, op);
}


/* Sends what has waited. */

static void
ngx_invoke_postgres_dispatch(void)
{
    ngx_queue_t                       *q;
    ngx_invoke_postgres_t             *pgs;
    ngx_invoke_postgres_connection_t  *pc;

    pgs = &ngx_invoke_postgres;

    while (!ngx_queue_empty(&pgs->waiting)) {
        pc = ngx_invoke_postgres_choose();

        if (pc == NULL) {
            return;
        }

        q = ngx_queue_head(&pgs->waiting);
        ngx_queue_remove(q);

        ngx_invoke_postgres_send(pc,
                    ngx_queue_data(q, ngx_invoke_postgres_query_t, queue));
    }
}


static void
ngx_invoke_postgres_failure(ngx_event_t *ev)
{
    ngx_invoke_postgres_connection_t *pc = ev->data;

    if ((pc->state == NGX_INVOKE_POSTGRES_CONNECT
         || pc->state == NGX_INVOKE_POSTGRES_SETUP)
        && pc->next < ngx_invoke_postgres_attempts(pc))
    {
        ngx_invoke_postgres_close(pc, NULL);

        pc->state = NGX_INVOKE_POSTGRES_CONNECT;

        ngx_invoke_postgres_try(pc);

        return;
    }

    ngx_invoke_postgres_lost(pc);
}


static void
ngx_invoke_postgres_lost(ngx_invoke_postgres_connection_t *pc)
{
    ngx_uint_t              i, ready, frozen;
    ngx_msec_t              delay;
    ngx_queue_t             ops;
    ngx_invoke_postgres_t  *pgs;

    pgs = &ngx_invoke_postgres;

    ready = (pc->state == NGX_INVOKE_POSTGRES_READY);
    frozen = pc->frozen;

    ngx_invoke_postgres_tell(pc);

    if (ready && ngx_current_msec - pc->since >= NGX_INVOKE_POSTGRES_STABLE) {
        pc->failures = 0;

    } else if (pc->failures < 16) {
        pc->failures++;
    }

    /* the workers of a fleet are not to come all at once */

    delay = NGX_INVOKE_POSTGRES_BACKOFF << pc->failures;
    delay = ngx_min(delay, NGX_INVOKE_POSTGRES_BACKOFF_MAX) / 2;
    delay += (ngx_msec_t) ngx_random() % delay;

    if (frozen && ready) {
        for (i = 0; i < NGX_INVOKE_POSTGRES_CONNECTIONS; i++) {
            ngx_invoke_postgres_probe(&pgs->connections[i],
                                      NGX_INVOKE_POSTGRES_SUSPECT_TIMEOUT);
        }
    }

    ngx_queue_init(&ops);
    ngx_invoke_postgres_close(pc, &ops);

    ngx_add_timer(&pc->timer, delay);

    /*
     * A server that has closed its connections may take new ones at once, and
     * queries wait for that; one that is silent, or refuses, is away, and
     * nobody waits for it.
     */

    if (pgs->ready == 0 && (frozen || !ready)) {
        pgs->away = 1;
    }

    ngx_invoke_postgres_drop(&ops);

    if (pgs->away) {
        ngx_invoke_postgres_refuse();
    }
}


/*
 * A warning when there is no connection left, or when one cannot be had beside
 * another; not for the attempts that follow.
 */

static void
ngx_invoke_postgres_tell(ngx_invoke_postgres_connection_t *pc)
{
    ngx_uint_t                  ready, level;
    ngx_invoke_postgres_t      *pgs;
    ngx_invoke_postgres_told_e  told;

    pgs = &ngx_invoke_postgres;

    ready = (pc->state == NGX_INVOKE_POSTGRES_READY);

    if (pgs->ready - ready == 0) {
        told = NGX_INVOKE_POSTGRES_TOLD_ALL;

    } else {
        told = ready ? NGX_INVOKE_POSTGRES_TOLD_NOTHING
                     : NGX_INVOKE_POSTGRES_TOLD_SOME;
    }

    level = NGX_LOG_INFO;

    if (told > pgs->told) {
        pgs->told = told;
        level = NGX_LOG_WARN;
    }

    ngx_log_error(level, pgs->log, 0,
                  ready ? "invoke: connection to PostgreSQL is lost: %s"
                        : "invoke: no connection to PostgreSQL: %s",
                  pc->cause);
}


static void
ngx_invoke_postgres_refuse(void)
{
    ngx_queue_t                  *q, waiting;
    ngx_invoke_postgres_t        *pgs;
    ngx_invoke_postgres_query_t  *query;

    pgs = &ngx_invoke_postgres;

    if (ngx_queue_empty(&pgs->waiting)) {
        return;
    }

    ngx_queue_init(&waiting);
    ngx_queue_add(&waiting, &pgs->waiting);
    ngx_queue_init(&pgs->waiting);

    while (!ngx_queue_empty(&waiting)) {
        q = ngx_queue_head(&waiting);
        ngx_queue_remove(q);

        query = ngx_queue_data(q, ngx_invoke_postgres_query_t, queue);
        ngx_invoke_postgres_end(query, NGX_INVOKE_POSTGRES_AWAY);
    }
}


static void
ngx_invoke_postgres_timer(ngx_event_t *ev)
{
    ngx_invoke_postgres_connection_t *pc = ev->data;

    char  text[NGX_INVOKE_POSTGRES_LINE];

    if (pc->failed) {
        return;
    }

    switch (pc->state) {

    case NGX_INVOKE_POSTGRES_IDLE:
        ngx_invoke_postgres_begin(pc);
        break;

    case NGX_INVOKE_POSTGRES_LOOKUP:
        pc->frozen = 1;
        ngx_invoke_postgres_fail(pc, "the look-up of the host has timed out");
        break;

    case NGX_INVOKE_POSTGRES_CONNECT:
    case NGX_INVOKE_POSTGRES_SETUP:
        (void) snprintf(text, sizeof(text), "connection to server at \"%s\", "
                        "port %s timed out", PQhost(pc->pg), PQport(pc->pg));
        pc->frozen = 1;
        ngx_invoke_postgres_fail(pc, text);
        break;

    case NGX_INVOKE_POSTGRES_READY:
        if (ngx_current_msec - pc->received >= NGX_INVOKE_POSTGRES_PROBE) {
            ngx_invoke_postgres_probe(pc, NGX_INVOKE_POSTGRES_PROBE_TIMEOUT);
        }

        ngx_add_timer(&pc->timer, NGX_INVOKE_POSTGRES_PROBE);
    }
}


static void
ngx_invoke_postgres_expire(ngx_event_t *ev)
{
    ngx_uint_t                    i;
    ngx_queue_t                  *q, *next, over;
    ngx_invoke_postgres_t        *pgs;
    ngx_invoke_postgres_query_t  *query;

    pgs = &ngx_invoke_postgres;

    ngx_queue_init(&over);

    for (q = ngx_queue_head(&pgs->waiting);
         q != ngx_queue_sentinel(&pgs->waiting);
         q = next)
    {
        next = ngx_queue_next(q);
        query = ngx_queue_data(q, ngx_invoke_postgres_query_t, queue);

        if ((ngx_msec_int_t) (query->deadline - ngx_current_msec) > 0) {
            ngx_invoke_postgres_arm(query->deadline);
            continue;
        }

        ngx_queue_remove(q);
        ngx_queue_insert_tail(&over, q);
    }

    for (i = 0; i < NGX_INVOKE_POSTGRES_CONNECTIONS; i++) {
        ngx_invoke_postgres_overdue(&pgs->connections[i], &over);
    }

    /* handlers may cancel others of them, which takes them out */

    while (!ngx_queue_empty(&over)) {
        q = ngx_queue_head(&over);
        ngx_queue_remove(q);

        query = ngx_queue_data(q, ngx_invoke_postgres_query_t, queue);
        ngx_invoke_postgres_end(query, NGX_INVOKE_POSTGRES_AWAY);
    }
}


/*
 * A connection is taken for lost when the operation that is the server's turn
 * is overdue, but not when that was sent a moment ago, for a query that had
 * waited before, or when the server has just said something. What only stands
 * behind another one ends alone; its answer is still to come.
 */

static void
ngx_invoke_postgres_overdue(ngx_invoke_postgres_connection_t *pc,
    ngx_queue_t *over)
{
    ngx_msec_t                 wait;
    ngx_queue_t               *q;
    ngx_invoke_postgres_op_t  *op;

    for (q = ngx_queue_head(&pc->ops);
         q != ngx_queue_sentinel(&pc->ops);
         q = ngx_queue_next(q))
    {
        op = ngx_queue_data(q, ngx_invoke_postgres_op_t, queue);

        if ((ngx_msec_int_t) (op->deadline - ngx_current_msec) > 0) {
            ngx_invoke_postgres_arm(op->deadline);
            continue;
        }

        wait = ngx_current_msec - op->sent;
        wait = ngx_min(wait, ngx_current_msec - pc->received);

        if (q == ngx_queue_head(&pc->ops)
            && wait >= NGX_INVOKE_POSTGRES_SUSPECT_TIMEOUT)
        {
            pc->frozen = 1;
            ngx_invoke_postgres_fail(pc, "the server does not answer in time");
            return;
        }

        if (op->query) {
            op->query->op = NULL;
            ngx_queue_insert_tail(over, &op->query->queue);
            op->query = NULL;
        }

        op->deadline = ngx_current_msec + NGX_INVOKE_POSTGRES_SUSPECT_TIMEOUT;
        ngx_invoke_postgres_arm(op->deadline);
    }
}
