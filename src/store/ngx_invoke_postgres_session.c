
#include "ngx_invoke_postgres_session.h"
#include "ngx_invoke_escape.h"
#include "ngx_invoke_metrics.h"

#include <openssl/ssl.h>


#define NGX_INVOKE_POSTGRES_NAME   64       /* as the server has it */
#define NGX_INVOKE_POSTGRES_SPARE  64       /* operations kept for reuse */


static ngx_uint_t ngx_invoke_postgres_results(
    ngx_invoke_postgres_connection_t *pc);
static void ngx_invoke_postgres_notified(ngx_invoke_postgres_connection_t *pc);
static void ngx_invoke_postgres_result(ngx_invoke_postgres_connection_t *pc,
    PGresult *result);
static void ngx_invoke_postgres_over(ngx_invoke_postgres_connection_t *pc,
    ngx_invoke_postgres_op_t *op);
static ngx_uint_t ngx_invoke_postgres_again(
    ngx_invoke_postgres_connection_t *pc, ngx_invoke_postgres_op_t *op,
    const char *sqlstate);
static void ngx_invoke_postgres_answer(ngx_invoke_postgres_query_t *query,
    PGresult *result, const char *sqlstate);
static ngx_int_t ngx_invoke_postgres_statement(
    ngx_invoke_postgres_connection_t *pc,
    const ngx_invoke_postgres_statement_t *statement);
static void ngx_invoke_postgres_line(char *buf, const char *text);


ngx_invoke_postgres_t  ngx_invoke_postgres;


/*
 * What has come before the end of a connection is still to be had when
 * libpq has noticed that end. What OpenSSL has read ahead makes no event.
 */

void
ngx_invoke_postgres_read(ngx_invoke_postgres_connection_t *pc)
{
    int   ok;
    SSL  *ssl;

    pc->received = ngx_current_msec;

    do {
        ok = PQconsumeInput(pc->pg);

        if (ngx_invoke_postgres_results(pc)) {
            return;
        }

        ngx_invoke_postgres_notified(pc);

        if (pc->failed) {
            return;
        }

        if (!ok || PQstatus(pc->pg) == CONNECTION_BAD) {
            ngx_invoke_postgres_fail(pc, PQerrorMessage(pc->pg));
            return;
        }

        ssl = PQsslStruct(pc->pg, "OpenSSL");

    } while (ssl && SSL_pending(ssl));

    ngx_invoke_postgres_flush(pc);
}


void
ngx_invoke_postgres_flush(ngx_invoke_postgres_connection_t *pc)
{
    int           rc;
    ngx_event_t  *wev;

    if (pc->failed) {
        return;
    }

    wev = pc->connection->write;

    rc = PQflush(pc->pg);

    if (rc == -1
        || (rc == 1 && !wev->active
            && ngx_add_event(wev, NGX_WRITE_EVENT, 0) != NGX_OK)
        || (rc == 0 && wev->active
            && ngx_del_event(wev, NGX_WRITE_EVENT, 0) != NGX_OK))
    {
        ngx_invoke_postgres_fail(pc, PQerrorMessage(pc->pg));
    }
}


/*
 * Takes what has come. The results of a command end with NULL, what goes with
 * a Sync with a result of its own. Not 0: the connection has failed.
 */

static ngx_uint_t
ngx_invoke_postgres_results(ngx_invoke_postgres_connection_t *pc)
{
    PGresult    *result;
    ngx_uint_t   ended;

    ended = 0;

    /* asked in any case: it is what parses notifications, too */

    while (!PQisBusy(pc->pg) && !ngx_queue_empty(&pc->ops)) {

        result = PQgetResult(pc->pg);

        if (result == NULL) {
            if (ended++) {
                break;
            }

            continue;
        }

        ended = 0;

        ngx_invoke_postgres_result(pc, result);

        if (pc->failed) {
            return 1;
        }
    }

    return 0;
}


static void
ngx_invoke_postgres_notified(ngx_invoke_postgres_connection_t *pc)
{
    PGnotify  *notify;

    while (!pc->failed && (notify = PQnotifies(pc->pg)) != NULL) {

        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_POSTGRES_NOTIFICATIONS, 1);

        if (ngx_invoke_postgres.listener->notify) {
            ngx_invoke_postgres.listener->notify(notify->relname,
                                                 notify->extra);
        }

        PQfreemem(notify);
    }
}


static void
ngx_invoke_postgres_result(ngx_invoke_postgres_connection_t *pc,
    PGresult *result)
{
    ngx_queue_t               *q;
    const char                *severity, *text;
    ExecStatusType             status;
    ngx_invoke_postgres_op_t  *op;

    q = ngx_queue_head(&pc->ops);
    op = ngx_queue_data(q, ngx_invoke_postgres_op_t, queue);

    status = PQresultStatus(result);

    switch (status) {

    case PGRES_PIPELINE_SYNC:
        PQclear(result);

        ngx_queue_remove(q);
        pc->load -= op->timeout;

        ngx_invoke_postgres_over(pc, op);
        return;

    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:

        if (op->preparing) {
            op->preparing = 0;
            break;
        }

        PQclear(op->result);
        op->result = result;
        return;

    case PGRES_PIPELINE_ABORTED:
        break;

    default:

        severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);

        /* it is the end of the session, or was libpq's own finding */

        if (severity == NULL || strcmp(severity, "ERROR") != 0) {
            text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

            ngx_invoke_postgres_fail(pc, text ? text
                                              : PQresultErrorMessage(result));
            break;
        }

        if (op->preparing) {
            op->preparing = 0;
            pc->statements[op->statement].prepared = 0;
        }

        PQclear(op->result);
        op->result = result;
        return;
    }

    PQclear(result);
}


/* All of an operation has come; it is in no queue. */

static void
ngx_invoke_postgres_over(ngx_invoke_postgres_connection_t *pc,
    ngx_invoke_postgres_op_t *op)
{
    PGresult                     *result;
    const char                   *sqlstate;
    ngx_invoke_postgres_op_e      type;
    ngx_invoke_postgres_query_t  *query;

    result = op->result;
    query = op->query;
    type = op->type;

    sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    if (query) {

        if (sqlstate && ngx_invoke_postgres_again(pc, op, sqlstate)) {
            return;
        }

        op->result = NULL;
        ngx_invoke_postgres_op_free(op);

        ngx_invoke_postgres_answer(query, result, sqlstate);
        PQclear(result);

        return;
    }

    if (sqlstate && type == NGX_INVOKE_POSTGRES_OP_SET) {
        ngx_invoke_postgres_fail(pc, PQresultErrorMessage(result));
    }

    if (sqlstate && type == NGX_INVOKE_POSTGRES_OP_LISTEN) {

        /* as a standby does: records are then refreshed by time alone */

        if (!pc->deaf) {
            pc->deaf = 1;

            ngx_log_error(NGX_LOG_WARN, ngx_invoke_postgres.log, 0,
                          "invoke: PostgreSQL sends no notifications: %s",
                          PQresultErrorField(result,
                                             PG_DIAG_MESSAGE_PRIMARY));
        }
    }

    ngx_invoke_postgres_op_free(op);

    if (pc->state == NGX_INVOKE_POSTGRES_SETUP && !pc->failed
        && ngx_queue_empty(&pc->ops))
    {
        ngx_invoke_postgres.ready_handler(pc);
    }
}


/*
 * Sends a query once more whose statement the session does not have, has for
 * other columns than there are now, or has of somebody else, as a pooler's
 * may. It has done nothing. A new name is nobody's.
 */

static ngx_uint_t
ngx_invoke_postgres_again(ngx_invoke_postgres_connection_t *pc,
    ngx_invoke_postgres_op_t *op, const char *sqlstate)
{
    ngx_invoke_postgres_prepared_t  *prepared;

    if (op->again
        || (strcmp(sqlstate, "26000") != 0 && strcmp(sqlstate, "0A000") != 0
            && strcmp(sqlstate, "42P05") != 0))
    {
        return 0;
    }

    prepared = &pc->statements[op->statement];
    prepared->made++;
    prepared->prepared = 0;

    PQclear(op->result);

    op->result = NULL;
    op->preparing = 0;
    op->again = 1;

    ngx_queue_insert_tail(&pc->ops, &op->queue);
    pc->load += op->timeout;

    ngx_invoke_postgres_send_op(pc, op);

    return 1;
}


static void
ngx_invoke_postgres_answer(ngx_invoke_postgres_query_t *query,
    PGresult *result, const char *sqlstate)
{
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_POSTGRES_ANSWERS, 1);
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_POSTGRES_LATENCY,
                           ngx_invoke_postgres_now() - query->started);

    if (sqlstate == NULL) {
        query->result = result;
        ngx_invoke_postgres_end(query, NGX_INVOKE_POSTGRES_DONE);
        return;
    }

    (void) ngx_cpystrn((u_char *) query->sqlstate, (u_char *) sqlstate,
                       sizeof(query->sqlstate));

    query->result = NULL;
    query->message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

    ngx_invoke_postgres_end(query, NGX_INVOKE_POSTGRES_REFUSED);
}


void
ngx_invoke_postgres_end(ngx_invoke_postgres_query_t *query,
    ngx_invoke_postgres_rc_e rc)
{
    query->rc = rc;
    query->op = NULL;
    query->active = 0;

    if (rc != NGX_INVOKE_POSTGRES_DONE) {
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_POSTGRES_ERRORS, 1);
        query->result = NULL;
    }

    query->handler(query);
}


/* An operation at the end of a connection's; NULL: it has failed. */

ngx_invoke_postgres_op_t *
ngx_invoke_postgres_op(ngx_invoke_postgres_connection_t *pc,
    ngx_invoke_postgres_op_e type, ngx_msec_t deadline)
{
    ngx_queue_t               *q;
    ngx_invoke_postgres_t     *pgs;
    ngx_invoke_postgres_op_t  *op;

    pgs = &ngx_invoke_postgres;

    if (ngx_queue_empty(&pgs->spare)) {
        op = malloc(sizeof(ngx_invoke_postgres_op_t));

        if (op == NULL) {
            ngx_invoke_postgres_fail(pc, "no memory for a query");
            return NULL;
        }

    } else {
        q = ngx_queue_head(&pgs->spare);
        ngx_queue_remove(q);
        pgs->nspare--;

        op = ngx_queue_data(q, ngx_invoke_postgres_op_t, queue);
    }

    ngx_memzero(op, sizeof(ngx_invoke_postgres_op_t));

    op->type = type;
    op->deadline = deadline;
    op->sent = ngx_current_msec;
    op->timeout = deadline - ngx_current_msec;

    ngx_queue_insert_tail(&pc->ops, &op->queue);
    pc->load += op->timeout;

    ngx_invoke_postgres_arm(deadline);

    return op;
}


void
ngx_invoke_postgres_op_free(ngx_invoke_postgres_op_t *op)
{
    PQclear(op->result);

    if (ngx_invoke_postgres.nspare == NGX_INVOKE_POSTGRES_SPARE) {
        free(op);
        return;
    }

    ngx_queue_insert_head(&ngx_invoke_postgres.spare, &op->queue);
    ngx_invoke_postgres.nspare++;
}


/* A failure fails the connection, and with it the operation; later. */

void
ngx_invoke_postgres_send_op(ngx_invoke_postgres_connection_t *pc,
    ngx_invoke_postgres_op_t *op)
{
    u_char                                  name[NGX_INVOKE_POSTGRES_NAME];
    ngx_int_t                               i;
    ngx_invoke_postgres_query_t            *query;
    ngx_invoke_postgres_prepared_t         *prepared;
    const ngx_invoke_postgres_statement_t  *statement;

    query = op->query;
    statement = query->statement;

    i = ngx_invoke_postgres_statement(pc, statement);

    if (i == NGX_ERROR) {
        ngx_invoke_postgres_fail(pc, "no memory for a statement");
        return;
    }

    op->statement = i;
    prepared = &pc->statements[i];

    *ngx_snprintf(name, sizeof(name) - 1, "%s_%ui", statement->name,
                  prepared->made) = '\0';

    if (!prepared->prepared) {
        if (PQsendPrepare(pc->pg, (char *) name, statement->text,
                          statement->nparams, NULL)
            != 1)
        {
            goto failed;
        }

        op->preparing = 1;
        prepared->prepared = 1;
    }

    if (PQsendQueryPrepared(pc->pg, (char *) name, statement->nparams,
                            query->values, NULL, NULL, 0)
            != 1
        || PQpipelineSync(pc->pg) != 1)
    {
        goto failed;
    }

    ngx_invoke_postgres_flush(pc);

    return;

failed:

    ngx_invoke_postgres_fail(pc, PQerrorMessage(pc->pg));
}


/* The index of a statement among the session's, or NGX_ERROR. */

static ngx_int_t
ngx_invoke_postgres_statement(ngx_invoke_postgres_connection_t *pc,
    const ngx_invoke_postgres_statement_t *statement)
{
    ngx_uint_t                       i;
    ngx_invoke_postgres_prepared_t  *statements;

    for (i = 0; i < pc->nstatements; i++) {
        if (pc->statements[i].statement == statement) {
            return i;
        }
    }

    statements = realloc(pc->statements,
                         (i + 1) * sizeof(ngx_invoke_postgres_prepared_t));
    if (statements == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(&statements[i], sizeof(ngx_invoke_postgres_prepared_t));

    statements[i].statement = statement;

    pc->statements = statements;
    pc->nstatements++;

    return i;
}


void
ngx_invoke_postgres_command(ngx_invoke_postgres_connection_t *pc,
    ngx_invoke_postgres_op_e type, const char *text)
{
    if (pc->failed
        || ngx_invoke_postgres_op(pc, type, ngx_current_msec
                                  + NGX_INVOKE_POSTGRES_PROBE_TIMEOUT)
           == NULL)
    {
        return;
    }

    if (PQsendQueryParams(pc->pg, text, 0, NULL, NULL, NULL, NULL, 0) != 1
        || PQpipelineSync(pc->pg) != 1)
    {
        ngx_invoke_postgres_fail(pc, PQerrorMessage(pc->pg));
        return;
    }

    ngx_invoke_postgres_flush(pc);
}


/* A Sync alone: the server answers, and does nothing. */

void
ngx_invoke_postgres_probe(ngx_invoke_postgres_connection_t *pc,
    ngx_msec_t timeout)
{
    if (pc->state != NGX_INVOKE_POSTGRES_READY || pc->failed
        || ngx_invoke_postgres_op(pc, NGX_INVOKE_POSTGRES_OP_PROBE,
                                  ngx_current_msec + timeout)
           == NULL)
    {
        return;
    }

    if (PQpipelineSync(pc->pg) != 1) {
        ngx_invoke_postgres_fail(pc, PQerrorMessage(pc->pg));
        return;
    }

    ngx_invoke_postgres_flush(pc);
}


/* Ends what a connection carried; the handlers may ask anew. */

void
ngx_invoke_postgres_drop(ngx_queue_t *ops)
{
    ngx_queue_t                  *q;
    ngx_invoke_postgres_op_t     *op;
    ngx_invoke_postgres_query_t  *query;

    while (!ngx_queue_empty(ops)) {
        q = ngx_queue_head(ops);
        ngx_queue_remove(q);

        op = ngx_queue_data(q, ngx_invoke_postgres_op_t, queue);
        query = op->query;

        ngx_invoke_postgres_op_free(op);

        if (query) {
            ngx_invoke_postgres_end(query, NGX_INVOKE_POSTGRES_AWAY);
        }
    }
}


/*
 * Notes that a connection is lost, or an attempt at it, and why; what follows
 * from that is done by the event loop, since the caller may be amidst of it.
 */

void
ngx_invoke_postgres_fail(ngx_invoke_postgres_connection_t *pc,
    const char *cause)
{
    if (pc->failed) {
        return;
    }

    pc->failed = 1;

    /* a reason that the server has given says more than that it is gone */

    if (pc->cause[0] == '\0') {
        ngx_invoke_postgres_line(pc->cause, cause);
    }

    ngx_post_event(&pc->failure, &ngx_posted_events);
}


/* The first line of a message, into NGX_INVOKE_POSTGRES_LINE bytes. */

static void
ngx_invoke_postgres_line(char *buf, const char *text)
{
    u_char  *src;

    if (text[0] == '\0') {
        text = "no reason is known";
    }

    src = (u_char *) text;

    *ngx_invoke_escape((u_char *) buf,
                       (u_char *) buf + NGX_INVOKE_POSTGRES_LINE - 1,
                       &src, src + strcspn(text, "\n")) = '\0';
}


/*
 * What the server, or libpq, says unasked. The reason of its end comes this
 * way too when no query is under way.
 */

void
ngx_invoke_postgres_notice(void *data, const PGresult *result)
{
    ngx_invoke_postgres_connection_t *pc = data;

    char         line[NGX_INVOKE_POSTGRES_LINE];
    ngx_uint_t   level;
    const char  *severity, *text;

    severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

    ngx_invoke_postgres_line(line, text ? text : PQresultErrorMessage(result));

    if (severity && (strcmp(severity, "FATAL") == 0
                     || strcmp(severity, "PANIC") == 0))
    {
        ngx_memcpy(pc->cause, line, sizeof(line));
        return;
    }

    level = (severity && strcmp(severity, "WARNING") == 0) ? NGX_LOG_NOTICE
                                                           : NGX_LOG_INFO;

    ngx_log_error(level, ngx_invoke_postgres.log, 0,
                  "invoke: PostgreSQL tells: %s", line);
}


/* The timer runs until the earliest deadline that there was since it ran. */

void
ngx_invoke_postgres_arm(ngx_msec_t deadline)
{
    ngx_msec_int_t  left;
    ngx_event_t    *ev;

    ev = &ngx_invoke_postgres.deadline;

    if (ev->timer_set && (ngx_msec_int_t) (deadline - ev->timer.key) >= 0) {
        return;
    }

    if (ev->timer_set) {
        ngx_del_timer(ev);
    }

    left = (ngx_msec_int_t) (deadline - ngx_current_msec);

    ngx_add_timer(ev, (ngx_msec_t) ngx_max(left, 1));
}


uint64_t
ngx_invoke_postgres_now(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return (uint64_t) ts.tv_sec * 1000000000 + ts.tv_nsec;
}
