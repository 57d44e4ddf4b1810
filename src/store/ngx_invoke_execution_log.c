
#include "ngx_invoke_execution_log.h"
#include "ngx_invoke_execution_row.h"
#include "ngx_invoke_execution_waiting.h"
#include "ngx_invoke_metrics.h"
#include "ngx_invoke_postgres.h"


/* What a statement carries at most. */

#define NGX_INVOKE_EXECUTION_LOG_BATCH       1000
#define NGX_INVOKE_EXECUTION_LOG_BATCH_SIZE  (1024 * 1024)

/* ms; the server's own limit for a statement is shorter than the timeout */

#define NGX_INVOKE_EXECUTION_LOG_DELAY       500
#define NGX_INVOKE_EXECUTION_LOG_AGAIN       1000
#define NGX_INVOKE_EXECUTION_LOG_TIMEOUT     8000
#define NGX_INVOKE_EXECUTION_LOG_EXITING     3000
#define NGX_INVOKE_EXECUTION_LOG_TERMINATED  1000

/* s, until what the server does not let us do is tried again */

#define NGX_INVOKE_EXECUTION_LOG_PAUSE       60


typedef enum {
    NGX_INVOKE_EXECUTION_ID = 0,        /* asks for the id of a batch */
    NGX_INVOKE_EXECUTION_LOG,
    NGX_INVOKE_EXECUTION_LOG_SKIP,
    NGX_INVOKE_EXECUTION_COUNT,
    NGX_INVOKE_EXECUTION_COUNT_SKIP
} ngx_invoke_execution_statement_e;


typedef struct {
    ngx_event_t           timer;

    /* the batch that is sent, or is to be sent again */

    ngx_invoke_postgres_query_t  query;
    const char           *values[3];    /* rows, counts, id */
    ngx_queue_t           rows;
    ngx_uint_t            nrows;
    ngx_queue_t           counts;
    u_char               *text;         /* NULL: there is no batch */
    ngx_uint_t            doubt;        /* it may have been done */

    u_char                id[NGX_INT64_LEN + 1];    /* empty: to be asked */
    ngx_uint_t            limit;        /* rows of the next batch */
    time_t                log_off;      /* no rows until then, 0: it works */
    time_t                count_off;    /* no counts until then */
    time_t                told;         /* of refused rows */
    ngx_msec_t            leave;        /* when an exiting worker gives up */

    unsigned              init:1;
    unsigned              flying:1;     /* the query is under way */
    unsigned              exiting:1;
    unsigned              skip:1;       /* others have locked functions */
} ngx_invoke_execution_log_t;


static void ngx_invoke_execution_log_arm(ngx_msec_t delay);
static void ngx_invoke_execution_log_timer(ngx_event_t *ev);
static ngx_uint_t ngx_invoke_execution_log_pending(void);
static ngx_msec_t ngx_invoke_execution_log_run(void);
static ngx_int_t ngx_invoke_execution_log_batch(void);
static void ngx_invoke_execution_log_answered(
    ngx_invoke_postgres_query_t *query);
static ngx_msec_t ngx_invoke_execution_log_done(PGresult *result);
static void ngx_invoke_execution_log_finish(ngx_uint_t taken,
    const char *passed);
static ngx_uint_t ngx_invoke_execution_log_within(const char *ids,
    u_char *function);
static ngx_msec_t ngx_invoke_execution_log_refused(const char *sqlstate);
static ngx_uint_t ngx_invoke_execution_log_class(const char *sqlstate,
    const char *classes);
static void ngx_invoke_execution_log_split(const char *sqlstate);
static void ngx_invoke_execution_log_denied(const char *sqlstate);
static void ngx_invoke_execution_log_unsend(void);
static void ngx_invoke_execution_log_give_up(void);


static ngx_invoke_execution_log_t  ngx_invoke_execution_log;


/*
 * The parts of the statements, which are given rows, counts of further
 * invocations, and the id of the first row, or counts alone. Each answers how
 * many rows have been taken, the functions that were passed over, and an id
 * for the next batch.
 *
 * Rows are taken of functions that exist. A lock of functions is taken in the
 * order of their ids, before anything is changed, so that two workers do not
 * wait for each other; where someone holds one for long, those functions are
 * passed over.
 */

#define NGX_INVOKE_EXECUTION_LOG_LOCKED(skip)                                 \
    "locked AS MATERIALIZED ("                                                \
        " SELECT id FROM functions WHERE id IN (SELECT f FROM counts)"        \
        " ORDER BY id FOR NO KEY UPDATE " skip                                \
    "), counted AS ("                                                         \
        " UPDATE functions SET execution_count ="                             \
        " least(coalesce(execution_count, 0)::bigint + n, 2147483647),"       \
        " last_executed = greatest(last_executed, to_timestamp(t))"           \
        " FROM counts JOIN locked ON locked.id = f"                           \
        " WHERE functions.id = locked.id"                                     \
    ")"

#define NGX_INVOKE_EXECUTION_LOG_PASSED                                       \
    "(SELECT string_agg(f::text, ' ') FROM counts JOIN functions ON id = f"   \
    " WHERE f NOT IN (SELECT id FROM locked))"

#define NGX_INVOKE_EXECUTION_LOG_ID                                           \
    "nextval(pg_get_serial_sequence('execution_logs', 'id'))"

#define NGX_INVOKE_EXECUTION_LOG_FULL(skip)                                   \
    "WITH src AS MATERIALIZED ("                                              \
        " SELECT * FROM json_to_recordset($1::json)"                          \
        " AS r (" NGX_INVOKE_EXECUTION_ROW_TYPES ")"                          \
    "), counts AS MATERIALIZED ("                                             \
        " SELECT f, sum(n)::bigint AS n, max(t) AS t"                         \
        " FROM (SELECT f, 1 AS n, t FROM src UNION ALL"                       \
        " SELECT f, n, t FROM json_to_recordset($2::json)"                    \
        " AS o (f uuid, n integer, t float8)) AS x GROUP BY f"                \
    "), " NGX_INVOKE_EXECUTION_LOG_LOCKED(skip) ", taken AS MATERIALIZED ("   \
        " SELECT src.*, row_number() OVER () AS nr"                           \
        " FROM src JOIN locked ON id = f"                                     \
    "), logged AS ("                                                          \
        " INSERT INTO execution_logs"                                         \
        " (id, " NGX_INVOKE_EXECUTION_ROW_COLUMNS ")"                         \
        " SELECT CASE WHEN nr = 1 THEN $3::bigint ELSE nextval("              \
        "(SELECT pg_get_serial_sequence('execution_logs', 'id')::regclass)"   \
        ") END, " NGX_INVOKE_EXECUTION_ROW_VALUES " FROM taken"               \
    ") SELECT (SELECT count(*) FROM taken), "                                 \
    NGX_INVOKE_EXECUTION_LOG_PASSED ", " NGX_INVOKE_EXECUTION_LOG_ID

#define NGX_INVOKE_EXECUTION_LOG_COUNTS(skip)                                 \
    "WITH counts AS MATERIALIZED ("                                           \
        " SELECT * FROM json_to_recordset($1::json)"                          \
        " AS o (f uuid, n integer, t float8)"                                 \
    "), " NGX_INVOKE_EXECUTION_LOG_LOCKED(skip)                               \
    " SELECT 0, " NGX_INVOKE_EXECUTION_LOG_PASSED ", NULL::bigint"


static const ngx_invoke_postgres_statement_t
    ngx_invoke_execution_statements[] =
{
    { "invoke_log_id", "SELECT 0, NULL::text, " NGX_INVOKE_EXECUTION_LOG_ID,
      0 },
    { "invoke_log", NGX_INVOKE_EXECUTION_LOG_FULL(""), 3 },
    { "invoke_log_skip", NGX_INVOKE_EXECUTION_LOG_FULL("SKIP LOCKED"), 3 },
    { "invoke_count", NGX_INVOKE_EXECUTION_LOG_COUNTS(""), 1 },
    { "invoke_count_skip", NGX_INVOKE_EXECUTION_LOG_COUNTS("SKIP LOCKED"),
      1 }
};


void
ngx_invoke_execution_log_init(ngx_cycle_t *cycle)
{
    ngx_invoke_execution_log_t  *l;

    l = &ngx_invoke_execution_log;

    ngx_memzero(l, sizeof(ngx_invoke_execution_log_t));

    ngx_queue_init(&l->rows);
    ngx_queue_init(&l->counts);
    ngx_invoke_execution_waiting_init();

    /* not cancelable: it holds a worker that has something to write */

    l->timer.handler = ngx_invoke_execution_log_timer;
    l->timer.data = l;
    l->timer.log = cycle->log;

    l->query.values = l->values;
    l->query.timeout = NGX_INVOKE_EXECUTION_LOG_TIMEOUT;
    l->query.handler = ngx_invoke_execution_log_answered;

    l->limit = NGX_INVOKE_EXECUTION_LOG_BATCH;
    l->init = 1;
}


void
ngx_invoke_execution_log_exit(ngx_cycle_t *cycle)
{
    ngx_msec_t                   end;
    ngx_invoke_execution_log_t  *l;

    l = &ngx_invoke_execution_log;

    if (!l->init) {
        return;
    }

    /*
     * The loop has been left: what has come for other connections is dealt
     * with as there, but no new ones are taken.
     */

    end = ngx_current_msec + NGX_INVOKE_EXECUTION_LOG_TERMINATED;

    while (ngx_invoke_execution_log_pending()
           && (ngx_msec_int_t) (end - ngx_current_msec) > 0)
    {
        if (!l->flying) {
            (void) ngx_invoke_execution_log_run();
        }

        if (!l->flying) {
            break;
        }

        (void) ngx_process_events(cycle, 20, NGX_UPDATE_TIME|NGX_POST_EVENTS);
        ngx_event_process_posted(cycle, &ngx_posted_events);
    }

    ngx_invoke_execution_log_give_up();
    ngx_invoke_execution_row_done();

    if (l->timer.timer_set) {
        ngx_del_timer(&l->timer);
    }

    l->init = 0;
}


void
ngx_invoke_execution_log_count(const ngx_invoke_execution_row_t *row)
{
    ngx_invoke_execution_log_t  *l;

    l = &ngx_invoke_execution_log;

    if (!l->init || row->function.len != NGX_INVOKE_EXECUTION_UUID) {
        return;
    }

    ngx_invoke_execution_waiting_count(row->function.data, 1, row->sec,
                                       row->msec);

    if (!l->timer.timer_set) {
        ngx_invoke_execution_log_arm(NGX_INVOKE_EXECUTION_LOG_DELAY);
    }
}


void
ngx_invoke_execution_log_add(const ngx_invoke_execution_row_t *row)
{
    ngx_invoke_execution_log_t  *l;

    l = &ngx_invoke_execution_log;

    if (!l->init || row->function.len != NGX_INVOKE_EXECUTION_UUID) {
        return;
    }

    if (l->log_off > ngx_time()
        || ngx_invoke_execution_waiting_push(row) != NGX_OK)
    {
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_LOG_DROPPED, 1);
        ngx_invoke_execution_log_count(row);
        return;
    }

    if (!l->timer.timer_set) {
        ngx_invoke_execution_log_arm(NGX_INVOKE_EXECUTION_LOG_DELAY);

    } else if (ngx_invoke_execution_waiting.nrows
               == NGX_INVOKE_EXECUTION_LOG_BATCH
               && l->text == NULL)
    {
        ngx_invoke_execution_log_arm(1);
    }
}


static void
ngx_invoke_execution_log_arm(ngx_msec_t delay)
{
    ngx_event_t  *timer;

    timer = &ngx_invoke_execution_log.timer;

    if (timer->timer_set) {
        ngx_del_timer(timer);
    }

    ngx_add_timer(timer, delay);
}


static void
ngx_invoke_execution_log_timer(ngx_event_t *ev)
{
    ngx_msec_t                   delay;
    ngx_invoke_execution_log_t  *l;

    l = ev->data;

    if (ngx_exiting && !l->exiting) {
        l->exiting = 1;
        l->leave = ngx_current_msec + NGX_INVOKE_EXECUTION_LOG_EXITING;
    }

    if (l->exiting && (ngx_msec_int_t) (l->leave - ngx_current_msec) <= 0) {
        ngx_invoke_execution_log_give_up();
        return;
    }

    delay = l->flying ? NGX_INVOKE_EXECUTION_LOG_DELAY
                      : ngx_invoke_execution_log_run();

    if (delay) {
        ngx_invoke_execution_log_arm(delay);
    }
}


static ngx_uint_t
ngx_invoke_execution_log_pending(void)
{
    return ngx_invoke_execution_log.text
           || ngx_invoke_execution_waiting.nrows
           || ngx_invoke_execution_waiting.ncounts;
}


/* Sends what is next. Returns when to look again, 0: there is nothing. */

static ngx_msec_t
ngx_invoke_execution_log_run(void)
{
    ngx_uint_t                        counts;
    ngx_invoke_execution_log_t       *l;
    ngx_invoke_execution_statement_e  statement;

    l = &ngx_invoke_execution_log;

    if (l->count_off > ngx_time()) {
        ngx_invoke_execution_waiting_drop_counts();
    }

    if (!ngx_invoke_execution_log_pending()) {
        return 0;
    }

    if (l->text == NULL && ngx_invoke_execution_waiting.nrows
        && l->id[0] == '\0')
    {
        statement = NGX_INVOKE_EXECUTION_ID;

    } else {

        if (l->text == NULL && ngx_invoke_execution_log_batch() != NGX_OK) {
            return NGX_INVOKE_EXECUTION_LOG_AGAIN;
        }

        counts = (l->nrows == 0);

        l->query.values = &l->values[counts];

        if (counts) {
            statement = l->skip ? NGX_INVOKE_EXECUTION_COUNT_SKIP
                                : NGX_INVOKE_EXECUTION_COUNT;
        } else {
            statement = l->skip ? NGX_INVOKE_EXECUTION_LOG_SKIP
                                : NGX_INVOKE_EXECUTION_LOG;
        }
    }

    l->query.statement = &ngx_invoke_execution_statements[statement];

    if (ngx_invoke_postgres_query(&l->query) != NGX_OK) {
        return NGX_INVOKE_EXECUTION_LOG_AGAIN;
    }

    l->flying = 1;

    return NGX_INVOKE_EXECUTION_LOG_DELAY;
}


/*
 * Makes a batch of what waits. While the rows are searched for the one that
 * is refused, the counts are kept out of it.
 */

static ngx_int_t
ngx_invoke_execution_log_batch(void)
{
    ngx_invoke_execution_log_t  *l;

    l = &ngx_invoke_execution_log;

    l->nrows = ngx_invoke_execution_waiting_take_rows(&l->rows, l->limit,
                                          NGX_INVOKE_EXECUTION_LOG_BATCH_SIZE);

    if (l->nrows == 0 || l->limit == NGX_INVOKE_EXECUTION_LOG_BATCH) {
        (void) ngx_invoke_execution_waiting_take_counts(&l->counts,
                                               NGX_INVOKE_EXECUTION_LOG_BATCH);
    }

    l->text = ngx_invoke_execution_waiting_json(&l->rows, &l->counts,
                                                l->values);
    if (l->text == NULL) {
        ngx_invoke_execution_log_unsend();
        return NGX_ERROR;
    }

    l->values[2] = (char *) l->id;

    return NGX_OK;
}


static void
ngx_invoke_execution_log_answered(ngx_invoke_postgres_query_t *query)
{
    ngx_msec_t                   delay;
    ngx_invoke_execution_log_t  *l;

    l = &ngx_invoke_execution_log;

    l->flying = 0;

    switch (query->rc) {

    case NGX_INVOKE_POSTGRES_DONE:
        delay = ngx_invoke_execution_log_done(query->result);
        l->leave = ngx_current_msec + NGX_INVOKE_EXECUTION_LOG_EXITING;
        break;

    case NGX_INVOKE_POSTGRES_REFUSED:
        delay = ngx_invoke_execution_log_refused(query->sqlstate);
        break;

    default: /* NGX_INVOKE_POSTGRES_AWAY */

        l->doubt = (l->text != NULL);
        delay = NGX_INVOKE_EXECUTION_LOG_AGAIN;
    }

    if (ngx_invoke_execution_log_pending()) {
        ngx_invoke_execution_log_arm(delay);

    } else if (l->timer.timer_set) {
        ngx_del_timer(&l->timer);
    }
}


/* Returns when to go on, ms. */

static ngx_msec_t
ngx_invoke_execution_log_done(PGresult *result)
{
    const char                  *id, *passed;
    ngx_int_t                    taken;
    ngx_invoke_execution_log_t  *l;

    l = &ngx_invoke_execution_log;

    if (PQntuples(result) != 1 || PQnfields(result) != 3) {
        ngx_invoke_execution_log_denied("unexpected");
        return NGX_INVOKE_EXECUTION_LOG_AGAIN;
    }

    passed = PQgetisnull(result, 0, 1) ? NULL : PQgetvalue(result, 0, 1);
    taken = ngx_atoi((u_char *) PQgetvalue(result, 0, 0),
                     PQgetlength(result, 0, 0));

    if (l->text == NULL || l->nrows) {
        id = PQgetvalue(result, 0, 2);

        if (PQgetisnull(result, 0, 2)
            || ngx_strlen(id) >= sizeof(l->id))
        {
            ngx_invoke_execution_log_denied("no sequence");
            return 1;
        }

        (void) ngx_cpystrn(l->id, (u_char *) id, sizeof(l->id));
    }

    if (l->text == NULL) {
        return 1;
    }

    if (l->log_off && l->nrows) {
        l->log_off = 0;
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "invoke: the execution log is written again");
    }

    if (l->count_off && l->nrows == 0) {
        l->count_off = 0;
    }

    l->skip = (passed != NULL);

    ngx_invoke_execution_log_finish(taken == NGX_ERROR ? 0 : taken, passed);

    if (passed) {
        return NGX_INVOKE_EXECUTION_LOG_DELAY;
    }

    return (l->exiting || l->limit < NGX_INVOKE_EXECUTION_LOG_BATCH
            || ngx_invoke_execution_waiting.nrows
               >= NGX_INVOKE_EXECUTION_LOG_BATCH)
           ? 1 : NGX_INVOKE_EXECUTION_LOG_DELAY;
}


/*
 * A batch was done, but for the functions that were passed over: what is of
 * these waits again.
 */

static void
ngx_invoke_execution_log_finish(ngx_uint_t taken, const char *passed)
{
    ngx_uint_t                     back;
    ngx_queue_t                   *q;
    ngx_invoke_execution_log_t    *l;
    ngx_invoke_execution_entry_t  *row;
    ngx_invoke_execution_count_t  *count;

    l = &ngx_invoke_execution_log;

    back = 0;

    while (!ngx_queue_empty(&l->rows)) {

        q = ngx_queue_head(&l->rows);
        row = ngx_queue_data(q, ngx_invoke_execution_entry_t, queue);

        ngx_queue_remove(q);

        if (ngx_invoke_execution_log_within(passed, row->function)) {
            ngx_invoke_execution_waiting_defer(row);
            back++;

        } else {
            ngx_invoke_execution_waiting_free(row);
        }
    }

    for (q = ngx_queue_head(&l->counts);
         q != ngx_queue_sentinel(&l->counts);
         q = ngx_queue_next(q))
    {
        count = ngx_queue_data(q, ngx_invoke_execution_count_t, queue);

        if (ngx_invoke_execution_log_within(passed, count->function)) {
            ngx_invoke_execution_waiting_count(count->function, count->n,
                                               count->sec, count->msec);
        }
    }

    ngx_invoke_execution_waiting_forget(&l->counts);

    /* the others are of functions that are no more */

    taken = ngx_min(taken, l->nrows - back);

    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_LOG_ROWS, taken);
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_LOG_FAILED,
                           l->nrows - back - taken);
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_LOG_BATCHES, 1);

    free(l->text);

    l->text = NULL;
    l->nrows = 0;
    l->doubt = 0;
    l->limit = ngx_min(2 * l->limit, NGX_INVOKE_EXECUTION_LOG_BATCH);
}


static ngx_uint_t
ngx_invoke_execution_log_within(const char *ids, u_char *function)
{
    u_char  uuid[NGX_INVOKE_EXECUTION_UUID + 1];

    if (ids == NULL) {
        return 0;
    }

    (void) ngx_cpystrn(uuid, function, sizeof(uuid));

    return ngx_strstr(ids, uuid) != NULL;
}


/* Nothing was done. Returns when to go on, ms. */

static ngx_msec_t
ngx_invoke_execution_log_refused(const char *sqlstate)
{
    ngx_invoke_execution_log_t  *l;

    l = &ngx_invoke_execution_log;

    /* unique_violation: but for the answer, the batch was done before */

    if (l->doubt && l->nrows && ngx_strcmp(sqlstate, "23505") == 0) {
        l->id[0] = '\0';
        ngx_invoke_execution_log_finish(l->nrows, NULL);
        return 1;
    }

    if (ngx_invoke_execution_log_class(sqlstate, "42,3F,0A")) {
        ngx_invoke_execution_log_denied(sqlstate);
        return 1;
    }

    /* what is not the server's present state is of the data */

    if (!ngx_invoke_execution_log_class(sqlstate, "08,25,40,53,55,57,58")) {
        ngx_invoke_execution_log_split(sqlstate);
        return 1;
    }

    /* lock_not_available: all but what is locked is written meanwhile */

    if (ngx_strcmp(sqlstate, "55P03") == 0 && !l->skip) {
        l->skip = 1;
        return 1;
    }

    /* query_canceled: it may have been too much for its time */

    if (ngx_strcmp(sqlstate, "57014") == 0 && l->nrows > 1 && !l->doubt) {
        l->limit = l->nrows / 2;
        ngx_invoke_execution_log_unsend();
    }

    return NGX_INVOKE_EXECUTION_LOG_AGAIN;
}


/* Whether a state is of one of the classes, which have two characters each. */

static ngx_uint_t
ngx_invoke_execution_log_class(const char *sqlstate, const char *classes)
{
    for ( ;; ) {

        if (ngx_strncmp(sqlstate, classes, 2) == 0) {
            return 1;
        }

        if (classes[2] == '\0') {
            return 0;
        }

        classes += 3;
    }
}


/* Data that is refused: half of it is tried, down to the one row. */

static void
ngx_invoke_execution_log_split(const char *sqlstate)
{
    ngx_queue_t                   *q;
    ngx_invoke_execution_log_t    *l;
    ngx_invoke_execution_entry_t  *row;

    l = &ngx_invoke_execution_log;

    l->id[0] = '\0';

    if (l->nrows > 1 || (l->nrows == 1 && !ngx_queue_empty(&l->counts))) {
        l->limit = ngx_max(l->nrows / 2, 1);
        ngx_invoke_execution_log_unsend();
        return;
    }

    if (l->told <= ngx_time()) {
        l->told = ngx_time() + NGX_INVOKE_EXECUTION_LOG_PAUSE;
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "invoke: the database refuses %s of the execution log, "
                      "sqlstate %s", l->nrows ? "a row" : "counts", sqlstate);
    }

    if (l->nrows == 0) {
        ngx_invoke_execution_waiting_forget(&l->counts);
        ngx_invoke_execution_log_unsend();
        return;
    }

    q = ngx_queue_head(&l->rows);
    row = ngx_queue_data(q, ngx_invoke_execution_entry_t, queue);

    ngx_queue_remove(q);
    l->nrows = 0;

    ngx_invoke_execution_waiting_count(row->function, 1, row->sec, row->msec);
    ngx_invoke_execution_waiting_free(row);
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_LOG_FAILED, 1);

    ngx_invoke_execution_log_unsend();
}


/*
 * The schema or the role's privileges do not allow it: there are no rows, or
 * no counts, for a while.
 */

static void
ngx_invoke_execution_log_denied(const char *sqlstate)
{
    time_t                      *off;
    ngx_uint_t                   counts;
    ngx_invoke_execution_log_t  *l;

    l = &ngx_invoke_execution_log;

    counts = (l->text && l->nrows == 0);
    off = counts ? &l->count_off : &l->log_off;

    if (*off == 0) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "invoke: the database lets nothing be written to \"%s\", "
                      "sqlstate %s", counts ? "functions" : "execution_logs",
                      sqlstate);
    }

    *off = ngx_time() + NGX_INVOKE_EXECUTION_LOG_PAUSE;

    ngx_invoke_execution_log_unsend();

    if (counts) {
        ngx_invoke_execution_waiting_drop_counts();

    } else {
        ngx_invoke_execution_waiting_drop_rows();
    }
}


/* The batch is none: what is in it waits again, first of all. */

static void
ngx_invoke_execution_log_unsend(void)
{
    ngx_invoke_execution_log_t  *l;

    l = &ngx_invoke_execution_log;

    ngx_invoke_execution_waiting_return(&l->rows, &l->counts);

    free(l->text);

    l->text = NULL;
    l->nrows = 0;
    l->doubt = 0;
}


static void
ngx_invoke_execution_log_give_up(void)
{
    ngx_invoke_execution_log_t  *l;

    l = &ngx_invoke_execution_log;

    if (l->flying) {
        l->flying = 0;
        ngx_invoke_postgres_cancel(&l->query);
    }

    ngx_invoke_execution_log_unsend();

    /* what still comes has its time */
    l->exiting = 0;

    if (ngx_invoke_execution_waiting.nrows) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "invoke: %ui rows of the execution log are lost, the "
                      "database does not take them",
                      ngx_invoke_execution_waiting.nrows);
    }

    ngx_invoke_execution_waiting_drop_rows();
    ngx_invoke_execution_waiting_drop_counts();
}
