/*
 * The log of executions: a row of execution_logs for each invocation, and
 * execution_count and last_executed of its function.
 *
 * Rows wait in the worker and are written in batches, one statement each and
 * one at a time: rows and counts are one transaction, which locks functions
 * in the order of their ids. What waits is bounded; what finds no room is
 * dropped and counted, but for its count, which goes on with those of other
 * invocations of its function.
 *
 *   idle --> a batch is sent --> done --------------------> idle
 *               ^    |--> away: in doubt, again as it is ----+
 *               |    |--> refused for its data: half of it --+
 *               +----+--> refused, as may pass: again -------+
 *
 * A batch carries the id of one of its rows, which was taken from the
 * sequence beforehand. When one in doubt has been done after all, sending it
 * again violates the primary key, and that is how it is known.
 *
 * All functions: event loop.
 */

#ifndef _NGX_INVOKE_EXECUTION_LOG_H_INCLUDED_
#define _NGX_INVOKE_EXECUTION_LOG_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_invoke_field.h"


/* What is longer is cut, bytes. */

#define NGX_INVOKE_EXECUTION_LOG_BODY     (64 * 1024)   /* of each one */
#define NGX_INVOKE_EXECUTION_LOG_CONSOLE  (64 * 1024)   /* of all lines */
#define NGX_INVOKE_EXECUTION_LOG_LINES    1000
#define NGX_INVOKE_EXECUTION_LOG_ERROR    (16 * 1024)
#define NGX_INVOKE_EXECUTION_LOG_HEADERS  (16 * 1024)   /* of each side */
#define NGX_INVOKE_EXECUTION_LOG_FIELDS   200
#define NGX_INVOKE_EXECUTION_LOG_URL      (8 * 1024)
#define NGX_INVOKE_EXECUTION_LOG_AGENT    1024
#define NGX_INVOKE_EXECUTION_LOG_METHOD   10            /* the column's */


/* A line of the console. */

typedef struct {
    ngx_str_t                      level;
    ngx_str_t                      message;
    time_t                         sec;
    ngx_uint_t                     msec;
} ngx_invoke_execution_line_t;


/*
 * An invocation that is over. Its strings may hold any bytes: those that are
 * no UTF-8, and NUL, are replaced. What has no data is null.
 */

typedef struct {
    ngx_str_t                      function;    /* its UUID, lower case */
    time_t                         sec;         /* when it began */
    ngx_uint_t                     msec;

    ngx_uint_t                     status;
    uint64_t                       time;        /* ms */
    off_t                          request_size;
    off_t                          response_size;
    ngx_invoke_field_t            *request_headers;
    ngx_uint_t                     nrequest_headers;
    ngx_invoke_field_t            *response_headers;
    ngx_uint_t                     nresponse_headers;
    ngx_str_t                      request_body;
    ngx_str_t                      response_body;
    ngx_str_t                      method;
    ngx_str_t                      url;
    ngx_invoke_execution_line_t   *lines;
    ngx_uint_t                     nlines;
    ngx_str_t                      error;
    ngx_str_t                      client_ip;
    ngx_str_t                      user_agent;
    ngx_uint_t                     key_used;
} ngx_invoke_execution_row_t;


/* In init_process, where there is a database. */
void ngx_invoke_execution_log_init(ngx_cycle_t *cycle);

/*
 * In exit_process, before the database's connections go: waits for a second
 * for what a worker that is not to end gracefully has not yet written.
 */
void ngx_invoke_execution_log_exit(ngx_cycle_t *cycle);

/* The first bytes of a text, up to the end of a character. */
ngx_str_t ngx_invoke_execution_cut(const ngx_str_t *text, size_t max);

/* Counts an invocation, of which "function", sec and msec are set. */
void ngx_invoke_execution_log_count(const ngx_invoke_execution_row_t *row);

/* Counts it and logs a copy of the row. */
void ngx_invoke_execution_log_add(const ngx_invoke_execution_row_t *row);


#endif /* _NGX_INVOKE_EXECUTION_LOG_H_INCLUDED_ */
