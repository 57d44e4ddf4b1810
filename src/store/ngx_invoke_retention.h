/*
 * The execution log does not grow for ever: rows go that are older than so
 * many days, or beyond the newest so many of their function. The rule is in
 * global_settings, as log_retention_enabled, log_retention_type ("time" or
 * "count") and log_retention_value; a function may have one of its own, in
 * retention_enabled, retention_type and retention_value of functions.
 *
 * Of an nginx one worker looks every few minutes, and of those of a fleet one
 * at a time, by an advisory lock of the database. Rows are deleted in small
 * statements. A role that may not delete from execution_logs leaves that to
 * others, which is logged once.
 *
 * Event loop.
 */

#ifndef _NGX_INVOKE_RETENTION_H_INCLUDED_
#define _NGX_INVOKE_RETENTION_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* In init_process, where there is a database; and in exit_process. */
void ngx_invoke_retention_init(ngx_cycle_t *cycle);
void ngx_invoke_retention_exit(void);


#endif /* _NGX_INVOKE_RETENTION_H_INCLUDED_ */
