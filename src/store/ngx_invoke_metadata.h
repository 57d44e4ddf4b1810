/*
 * What the database's tables and notifications mean: rows to records, payloads
 * to what has changed. conf/schema.sql has the tables, the triggers and the
 * channels, which are those of the former service.
 *
 * All functions: event loop.
 */

#ifndef _NGX_INVOKE_METADATA_H_INCLUDED_
#define _NGX_INVOKE_METADATA_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_invoke_postgres.h"
#include "ngx_invoke_record.h"


/*
 * One function by its id: a row for each of its environment variables, one
 * with nulls where it has none; no row where there is no function.
 */
extern const ngx_invoke_postgres_statement_t  ngx_invoke_metadata_function;


typedef enum {
    NGX_INVOKE_METADATA_NOTHING = 0,        /* that is known here */
    NGX_INVOKE_METADATA_FUNCTION,
    NGX_INVOKE_METADATA_PROJECT,
    NGX_INVOKE_METADATA_ALL
} ngx_invoke_metadata_of_e;


typedef struct {
    ngx_invoke_metadata_of_e  of;
    u_char                    uuid[NGX_INVOKE_UUID];
} ngx_invoke_metadata_change_t;


/*
 * The record of that statement's answer, with one reference. NULL: there was
 * none, which is logged if the server refused, or memory is out.
 */
ngx_invoke_record_t *ngx_invoke_metadata_record(const u_char *uuid,
    const char *id, const ngx_invoke_postgres_query_t *query, ngx_log_t *log);

/* What a notification tells of; the first malformed one is logged. */
void ngx_invoke_metadata_change(const char *channel, const char *payload,
    ngx_invoke_metadata_change_t *change, ngx_log_t *log);

/*
 * Has the database asked for what of the schema is missing, and logs one line
 * if anything is.
 */
void ngx_invoke_metadata_check(ngx_log_t *log);


#endif /* _NGX_INVOKE_METADATA_H_INCLUDED_ */
