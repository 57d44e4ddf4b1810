
#include "ngx_invoke_retention.h"
#include "ngx_invoke_postgres.h"


/* ms: after the start, between two looks, and where there is more to delete */

#define NGX_INVOKE_RETENTION_FIRST    5000
#define NGX_INVOKE_RETENTION_EVERY    300000
#define NGX_INVOKE_RETENTION_MORE     500
#define NGX_INVOKE_RETENTION_TIMEOUT  8000


static void ngx_invoke_retention_timer(ngx_event_t *ev);
static void ngx_invoke_retention_answered(ngx_invoke_postgres_query_t *query);
static void ngx_invoke_retention_again(ngx_msec_t delay);


static ngx_event_t                  ngx_invoke_retention_event;

/* what a debug log names with the event */
static ngx_connection_t             ngx_invoke_retention_connection;
static ngx_invoke_postgres_query_t  ngx_invoke_retention_query;
static ngx_uint_t                   ngx_invoke_retention_flying;
static ngx_uint_t                   ngx_invoke_retention_denied;


/*
 * A value that is no number, or is not positive, is no rule. The number of
 * the lock is "invoke" in ASCII.
 */

static const ngx_invoke_postgres_statement_t  ngx_invoke_retention_delete = {
    "invoke_retention",

    "WITH setting AS ("
        " SELECT max(setting_value) FILTER (WHERE setting_key ="
        " 'log_retention_enabled') = 'true' AS enabled,"
        " max(setting_value) FILTER (WHERE setting_key ="
        " 'log_retention_type') AS type,"
        " max(setting_value) FILTER (WHERE setting_key ="
        " 'log_retention_value' AND setting_value ~ '^[0-9]{1,9}$')::integer"
        " AS value, pg_try_advisory_xact_lock(115923154332517) AS mine"
        " FROM global_settings WHERE setting_key LIKE 'log\\_retention\\_%'"
    "), rule AS MATERIALIZED ("
        " SELECT id AS function, CASE WHEN retention_enabled"
        " THEN retention_type ELSE type END AS type,"
        " CASE WHEN retention_enabled THEN retention_value ELSE value END"
        " AS value FROM functions, setting"
        " WHERE mine AND (retention_enabled OR enabled)"
    "), old AS MATERIALIZED ("
        " SELECT gone.id FROM rule CROSS JOIN LATERAL ("
            " (SELECT l.id FROM execution_logs l"
            " WHERE rule.type = 'time' AND l.function_id = rule.function"
            " AND l.executed_at < now() - make_interval(days => rule.value)"
            " ORDER BY l.executed_at LIMIT 1000)"
            " UNION ALL"
            " (SELECT l.id FROM execution_logs l"
            " WHERE rule.type = 'count' AND l.function_id = rule.function"
            " ORDER BY l.executed_at DESC OFFSET rule.value LIMIT 1000)"
        ") AS gone WHERE rule.value > 0 LIMIT 1000"
    "), deleted AS ("
        " DELETE FROM execution_logs WHERE id IN (SELECT id FROM old)"
        " RETURNING id"
    ") SELECT count(*) >= 1000 FROM deleted",

    0
};


void
ngx_invoke_retention_init(ngx_cycle_t *cycle)
{
    ngx_event_t                  *ev;
    ngx_invoke_postgres_query_t  *query;

    if (ngx_worker != 0) {
        return;
    }

    ev = &ngx_invoke_retention_event;

    ngx_memzero(ev, sizeof(ngx_event_t));

    ngx_invoke_retention_connection.fd = (ngx_socket_t) -1;

    ev->handler = ngx_invoke_retention_timer;
    ev->data = &ngx_invoke_retention_connection;
    ev->log = cycle->log;
    ev->cancelable = 1;

    query = &ngx_invoke_retention_query;

    ngx_memzero(query, sizeof(ngx_invoke_postgres_query_t));

    query->statement = &ngx_invoke_retention_delete;
    query->timeout = NGX_INVOKE_RETENTION_TIMEOUT;
    query->handler = ngx_invoke_retention_answered;

    ngx_invoke_retention_denied = 0;

    ngx_invoke_retention_again(NGX_INVOKE_RETENTION_FIRST);
}


void
ngx_invoke_retention_exit(void)
{
    if (ngx_invoke_retention_flying) {
        ngx_invoke_retention_flying = 0;
        ngx_invoke_postgres_cancel(&ngx_invoke_retention_query);
    }

    if (ngx_invoke_retention_event.timer_set) {
        ngx_del_timer(&ngx_invoke_retention_event);
    }
}


static void
ngx_invoke_retention_timer(ngx_event_t *ev)
{
    if (ngx_exiting) {
        return;
    }

    if (ngx_invoke_postgres_query(&ngx_invoke_retention_query) != NGX_OK) {
        ngx_invoke_retention_again(NGX_INVOKE_RETENTION_EVERY);
        return;
    }

    ngx_invoke_retention_flying = 1;
}


static void
ngx_invoke_retention_answered(ngx_invoke_postgres_query_t *query)
{
    ngx_msec_t  delay;

    ngx_invoke_retention_flying = 0;

    delay = NGX_INVOKE_RETENTION_EVERY;

    if (query->rc == NGX_INVOKE_POSTGRES_DONE
        && PQntuples(query->result) == 1
        && PQgetvalue(query->result, 0, 0)[0] == 't')
    {
        delay = NGX_INVOKE_RETENTION_MORE;
    }

    if (query->rc == NGX_INVOKE_POSTGRES_REFUSED
        && ngx_strncmp(query->sqlstate, "42", 2) == 0
        && !ngx_invoke_retention_denied)
    {
        ngx_invoke_retention_denied = 1;
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "invoke: the database lets no rows of the execution log "
                      "be deleted here, sqlstate %s", query->sqlstate);
    }

    ngx_invoke_retention_again(delay);
}


/* With jitter, so that the nginx of a fleet come one after the other. */

static void
ngx_invoke_retention_again(ngx_msec_t delay)
{
    ngx_add_timer(&ngx_invoke_retention_event,
                  delay + (ngx_msec_t) ngx_random() % (delay / 2));
}
