/*
 * Making a connection to PostgreSQL: hosts are looked up, each address is
 * tried, the session is set up. Event loop.
 */

#ifndef _NGX_INVOKE_POSTGRES_CONNECT_H_INCLUDED_
#define _NGX_INVOKE_POSTGRES_CONNECT_H_INCLUDED_


#include "ngx_invoke_postgres_session.h"


/* From IDLE on. */
void ngx_invoke_postgres_begin(ngx_invoke_postgres_connection_t *pc);

/* The address that is next, and how many there are to be tried. */
void ngx_invoke_postgres_try(ngx_invoke_postgres_connection_t *pc);
ngx_uint_t ngx_invoke_postgres_attempts(
    ngx_invoke_postgres_connection_t *pc);

/*
 * Leaves nothing of a connection but what it carried, which goes to "ops".
 * With NULL, of an attempt that failed, the next address can be tried.
 */
void ngx_invoke_postgres_close(ngx_invoke_postgres_connection_t *pc,
    ngx_queue_t *ops);


#endif /* _NGX_INVOKE_POSTGRES_CONNECT_H_INCLUDED_ */
