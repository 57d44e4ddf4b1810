/*
 * The functions of a fleet: id -> record -> version.
 *
 * What the database says of an id is asked once by all workers together
 * (ngx_invoke_record.h), kept, asked anew when a notification tells of a
 * change and before invoke_metadata_ttl is over. Where the database is away,
 * what is known goes on. A version is a record's package, once that is on this
 * host's disk, with its environment; until then the former version goes on,
 * also for as long as invoke_metadata_ttl where it cannot be fetched.
 *
 * One table a worker. All functions: event loop.
 */

#ifndef _NGX_INVOKE_STORE_H_INCLUDED_
#define _NGX_INVOKE_STORE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_invoke_function.h"
#include "ngx_invoke_postgres.h"
#include "ngx_invoke_record.h"


typedef struct {
    ngx_invoke_postgres_conf_t  *postgres;
    ngx_msec_t                   ttl;
} ngx_invoke_store_conf_t;


typedef struct ngx_invoke_store_lookup_s  ngx_invoke_store_lookup_t;

struct ngx_invoke_store_lookup_s {

    /* the results: references, which are the caller's */

    ngx_invoke_record_t    *record;
    ngx_invoke_function_t  *function;
    const char             *failed;         /* why there is none, a constant */

    /* what is called after NGX_AGAIN, with what would have been returned */
    void                  (*handler)(ngx_invoke_store_lookup_t *lookup,
                              ngx_int_t rc);
    void                   *data;

    ngx_queue_t             queue;
    unsigned                waiting:1;
};


/* In init_process, and in exit_process. conf stays as it is. */
void ngx_invoke_store_init(const ngx_invoke_store_conf_t *conf,
    ngx_shm_zone_t *zone, ngx_thread_pool_t *pool, ngx_cycle_t *cycle);
void ngx_invoke_store_exit(void);

/*
 * Looks an id up. NGX_OK: lookup->record is set, of a function that may be
 * called. NGX_DECLINED: there is no such function. NGX_BUSY: it cannot be
 * known now, "failed" says why. NGX_AGAIN: the handler will be called; lookup
 * must stay where it is until then or until it is cancelled. NGX_ERROR: memory
 * is out.
 */
ngx_int_t ngx_invoke_store_find(ngx_invoke_store_lookup_t *lookup,
    ngx_str_t *id);

/*
 * The version of lookup->record: returns as the above does, but for
 * NGX_DECLINED; with NGX_OK lookup->function is set: a reference and a use of
 * it (ngx_invoke_function_use()), both the caller's.
 */
ngx_int_t ngx_invoke_store_version(ngx_invoke_store_lookup_t *lookup);

/* The handler will not be called any more; allowed at any time. */
void ngx_invoke_store_cancel(ngx_invoke_store_lookup_t *lookup);


#endif /* _NGX_INVOKE_STORE_H_INCLUDED_ */
