/*
 * A row of the execution log as JSON, which PostgreSQL turns into a record:
 * whatever the strings hold, it is text that the columns take.
 */

#ifndef _NGX_INVOKE_EXECUTION_ROW_H_INCLUDED_
#define _NGX_INVOKE_EXECUTION_ROW_H_INCLUDED_


#include "ngx_invoke_execution_log.h"


/*
 * The members of the objects, and the types by which the database reads them:
 * the row's columns in the order of the table's.
 */

#define NGX_INVOKE_EXECUTION_ROW_TYPES                                        \
    "f uuid, status integer, ms integer, rqs integer, rss integer,"           \
    " rqh jsonb, rsh jsonb, rqb text, rsb text, m varchar(10), u text,"       \
    " c jsonb, e text, ip inet, ua text, k boolean, t float8"

#define NGX_INVOKE_EXECUTION_ROW_COLUMNS                                      \
    "function_id, status_code, execution_time_ms, request_size,"              \
    " response_size, request_headers, response_headers, request_body,"        \
    " response_body, request_method, request_url, console_logs,"              \
    " error_message, client_ip, user_agent, api_key_used, executed_at"

#define NGX_INVOKE_EXECUTION_ROW_VALUES                                       \
    "f, status, ms, rqs, rss, rqh, rsh, rqb, rsb, m, u, c, e, ip, ua, k,"     \
    " to_timestamp(t)"


/*
 * The row as a JSON object, in memory that the next call uses again; its data
 * is NULL when memory is out. Event loop.
 */
ngx_str_t ngx_invoke_execution_row_json(const ngx_invoke_execution_row_t *row);

/* Frees that memory. */
void ngx_invoke_execution_row_done(void);


#endif /* _NGX_INVOKE_EXECUTION_ROW_H_INCLUDED_ */
