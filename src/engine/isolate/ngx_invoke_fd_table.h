/*
 * The file descriptors that JavaScript sees: numbers of a table that belongs
 * to its context. A descriptor of the process is never among them, whatever
 * number a function thinks of. Actor thread.
 */

#ifndef _NGX_INVOKE_FD_TABLE_H_INCLUDED_
#define _NGX_INVOKE_FD_TABLE_H_INCLUDED_


#include "ngx_invoke_descriptors.h"
#include "ngx_invoke_isolate.h"


/* A context has so many files open at a time. */
#define NGX_INVOKE_FD_TABLE_SIZE  128

/* The first number; those below are a process's standard streams. */
#define NGX_INVOKE_FD_TABLE_FIRST  3


/*
 * Takes over a descriptor and returns its number; -EMFILE or -ENOMEM when
 * there is no room, here or in what the functions of a worker may hold
 * together, then it is closed.
 */
int ngx_invoke_fd_table_add(ngx_invoke_context_t *ctx, int fd,
    ngx_invoke_descriptors_e part);

/*
 * Gives the descriptor behind a number, counted as it is, and forgets it; or
 * -1.
 */
int ngx_invoke_fd_table_take(ngx_invoke_context_t *ctx, double number);

/* The descriptor behind a number, or -1. */
int ngx_invoke_fd_table_get(ngx_invoke_context_t *ctx, double number);

/* 0, or -EBADF. */
int ngx_invoke_fd_table_close(ngx_invoke_context_t *ctx, double number);

/* The context goes. */
void ngx_invoke_fd_table_free(ngx_invoke_context_t *ctx);


#endif /* _NGX_INVOKE_FD_TABLE_H_INCLUDED_ */
