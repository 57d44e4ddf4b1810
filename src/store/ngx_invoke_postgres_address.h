/*
 * The addresses of PostgreSQL's servers: those of the conninfo's hosts, in
 * their order, with names looked up on a thread pool. Event loop.
 */

#ifndef _NGX_INVOKE_POSTGRES_ADDRESS_H_INCLUDED_
#define _NGX_INVOKE_POSTGRES_ADDRESS_H_INCLUDED_


#include "ngx_invoke_postgres.h"
#include <netdb.h>


#define NGX_INVOKE_POSTGRES_ADDRESSES  32


typedef struct {
    const ngx_invoke_postgres_host_t  *host;
    char                hostaddr[NI_MAXHOST];   /* "": it has none */
} ngx_invoke_postgres_address_t;


typedef struct ngx_invoke_postgres_lookup_s  ngx_invoke_postgres_lookup_t;

struct ngx_invoke_postgres_lookup_s {
    ngx_thread_task_t   task;
    ngx_invoke_postgres_conf_t  *conf;
    void              (*handler)(ngx_invoke_postgres_lookup_t *lookup);
    void               *data;

    ngx_invoke_postgres_address_t  addresses[NGX_INVOKE_POSTGRES_ADDRESSES];
    ngx_uint_t          n;
    char                error[256];     /* of the last host without one */
    ngx_uint_t          busy;           /* a thread has it */
};


/*
 * Returns a lookup that is under way, or NULL when memory is out. The handler
 * is called later, and then owns it: it calls free().
 */
ngx_invoke_postgres_lookup_t *ngx_invoke_postgres_lookup(
    ngx_invoke_postgres_conf_t *conf, ngx_thread_pool_t *pool, ngx_log_t *log,
    void (*handler)(ngx_invoke_postgres_lookup_t *lookup), void *data);

/* Its handler will not be called. */
void ngx_invoke_postgres_lookup_cancel(ngx_invoke_postgres_lookup_t *lookup);


#endif /* _NGX_INVOKE_POSTGRES_ADDRESS_H_INCLUDED_ */
