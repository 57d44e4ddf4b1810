/*
 * What of the execution log waits in a worker to be written: rows, and counts
 * of invocations that have no row. All of it is bounded. Event loop.
 */

#ifndef _NGX_INVOKE_EXECUTION_WAITING_H_INCLUDED_
#define _NGX_INVOKE_EXECUTION_WAITING_H_INCLUDED_


#include "ngx_invoke_execution_log.h"


#define NGX_INVOKE_EXECUTION_UUID  36


typedef struct {
    ngx_queue_t           queue;
    u_char                function[NGX_INVOKE_EXECUTION_UUID];
    time_t                sec;
    ngx_uint_t            msec;
    size_t                len;
    u_char                json[1];
} ngx_invoke_execution_entry_t;


/* Invocations of a function that have no row to be counted by. */

typedef struct {
    ngx_str_node_t        sn;
    ngx_queue_t           queue;
    u_char                function[NGX_INVOKE_EXECUTION_UUID];
    ngx_uint_t            n;
    time_t                sec;          /* of the last one */
    ngx_uint_t            msec;
} ngx_invoke_execution_count_t;


typedef struct {
    ngx_queue_t           rows;         /* entries, oldest first */
    ngx_uint_t            nrows;
    size_t                size;         /* of these and of those taken */

    ngx_queue_t           counts;
    ngx_uint_t            ncounts;
    ngx_rbtree_t          tree;         /* of these */
    ngx_rbtree_node_t     sentinel;
} ngx_invoke_execution_waiting_t;


extern ngx_invoke_execution_waiting_t  ngx_invoke_execution_waiting;


void ngx_invoke_execution_waiting_init(void);

/* NGX_DECLINED: there is no room, or no memory. */
ngx_int_t ngx_invoke_execution_waiting_push(
    const ngx_invoke_execution_row_t *row);

/* Adds n invocations of a function, the last one at that time. */
void ngx_invoke_execution_waiting_count(const u_char *function, ngx_uint_t n,
    time_t sec, ngx_uint_t msec);

/*
 * Moves what is oldest to queues of the caller's: up to n rows of so many
 * bytes, at least one; up to n counts. Return their number.
 */
ngx_uint_t ngx_invoke_execution_waiting_take_rows(ngx_queue_t *rows,
    ngx_uint_t n, size_t size);
ngx_uint_t ngx_invoke_execution_waiting_take_counts(ngx_queue_t *counts,
    ngx_uint_t n);

/* Moves them back: rows are first again. */
void ngx_invoke_execution_waiting_return(ngx_queue_t *rows,
    ngx_queue_t *counts);

/* Moves a row back that is in no queue, behind all others. */
void ngx_invoke_execution_waiting_defer(ngx_invoke_execution_entry_t *row);

/*
 * Rows and counts that were taken as two JSON arrays, in one piece of memory
 * that is the caller's to free; NULL when memory is out.
 */
u_char *ngx_invoke_execution_waiting_json(ngx_queue_t *rows,
    ngx_queue_t *counts, const char **values);

/* Frees a row, which is in no queue. */
void ngx_invoke_execution_waiting_free(ngx_invoke_execution_entry_t *row);

/* Frees counts that were taken. */
void ngx_invoke_execution_waiting_forget(ngx_queue_t *counts);

/* Gives up the rows that wait; their invocations are counted. */
void ngx_invoke_execution_waiting_drop_rows(void);
void ngx_invoke_execution_waiting_drop_counts(void);


#endif /* _NGX_INVOKE_EXECUTION_WAITING_H_INCLUDED_ */
