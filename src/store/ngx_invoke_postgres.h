/*
 * PostgreSQL on nginx's event loop: a few connections a worker by libpq's
 * non-blocking calls (https://www.postgresql.org/docs/15/libpq.html), the
 * first of which listens to notifications besides.
 *
 * Queries are prepared statements, sent in pipeline mode with a Sync each, so
 * that what the server refuses costs that query alone. A connection that is
 * lost, or that does not answer in time, fails all that it carries, and is
 * made anew with back-off; hosts' names are looked up on a thread pool.
 *
 * All functions but the first: event loop.
 */

#ifndef _NGX_INVOKE_POSTGRES_H_INCLUDED_
#define _NGX_INVOKE_POSTGRES_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_thread_pool.h>
#include <libpq-fe.h>


/* Connections of a worker; the first one listens. */
#define NGX_INVOKE_POSTGRES_CONNECTIONS  2

/*
 * The server's own limits for a statement and for its waiting for a lock, ms,
 * set in each session. A query with a longer timeout than the first gets an
 * answer: what it asks for was done, or was not.
 */
#define NGX_INVOKE_POSTGRES_STATEMENT_TIMEOUT  5000
#define NGX_INVOKE_POSTGRES_LOCK_TIMEOUT       2000


/* Where a server may be; NULL: libpq's default. */

typedef struct {
    const char         *host;           /* a name, an address or a path */
    const char         *hostaddr;       /* NULL: host is looked up */
    const char         *port;
} ngx_invoke_postgres_host_t;


typedef struct {
    ngx_str_t           conninfo;       /* as given, NUL-terminated; len 0:
                                           no database */

    /* what it says, for PQconnectStartParams() */

    const char        **keywords;       /* less those of a host */
    const char        **values;
    ngx_uint_t          n;
    ngx_array_t         hosts;          /* of ngx_invoke_postgres_host_t */
    const char         *session;        /* target_session_attrs, or NULL */
    ngx_msec_t          connect_timeout;    /* of one address */
    unsigned            shuffle:1;      /* load_balance_hosts=random */
} ngx_invoke_postgres_conf_t;


typedef enum {
    NGX_INVOKE_POSTGRES_DONE = 0,       /* result has the rows */
    NGX_INVOKE_POSTGRES_REFUSED,        /* the server says no: sqlstate */
    NGX_INVOKE_POSTGRES_AWAY            /* no connection, it was lost, or the
                                           deadline is over: what was sent may
                                           have been done */
} ngx_invoke_postgres_rc_e;


/* A statement: prepared once a connection, under its name. Constant. */

typedef struct {
    const char         *name;
    const char         *text;
    int                 nparams;
} ngx_invoke_postgres_statement_t;


typedef struct ngx_invoke_postgres_query_s  ngx_invoke_postgres_query_t;

struct ngx_invoke_postgres_query_s {

    /* the caller's; all but data stays as it is until the end */

    const ngx_invoke_postgres_statement_t  *statement;
    const char *const  *values;         /* text, NUL-terminated, or NULL */
    ngx_msec_t          timeout;        /* of all, from the call on: AWAY
                                           then, and the connection is lost
                                           if it was the server's turn */
    void              (*handler)(ngx_invoke_postgres_query_t *query);
    void               *data;

    /* set when the handler is called, valid until it returns */

    ngx_invoke_postgres_rc_e  rc;
    PGresult           *result;         /* NULL unless DONE */
    char                sqlstate[6];    /* of REFUSED */
    const char         *message;        /* of REFUSED, not for clients */

    /* postgres's own */

    ngx_queue_t         queue;
    ngx_msec_t          deadline;
    uint64_t            started;        /* ns */
    void               *op;             /* NULL: it waits for a connection */
    ngx_uint_t          active;
};


typedef struct {
    /* A notification, on one of the channels. */
    void              (*notify)(const char *channel, const char *payload);
    /*
     * LISTEN is in force from now on, again after the first time: what was
     * told meanwhile is lost.
     */
    void              (*listening)(void);
} ngx_invoke_postgres_listener_t;


/*
 * Checks a conninfo without connecting; "file:" in front of a password is
 * replaced by that file's content. NGX_CONF_ERROR: it was logged. In the
 * master, at configuration time.
 */
char *ngx_invoke_postgres_conf(ngx_conf_t *cf, ngx_str_t *conninfo,
    ngx_invoke_postgres_conf_t *conf);

/*
 * In init_process: begins to connect. "channels" ends in NULL; it, the
 * listener and conf stay as they are. NGX_ERROR: memory is out.
 */
ngx_int_t ngx_invoke_postgres_init(ngx_invoke_postgres_conf_t *conf,
    const char *const *channels, const ngx_invoke_postgres_listener_t *listener,
    ngx_thread_pool_t *pool, ngx_cycle_t *cycle);

/* In exit_process, or once nothing more will be asked. */
void ngx_invoke_postgres_exit(void);

/*
 * Sends a query, or lets it wait for a connection that is under way. NGX_OK:
 * the handler will be called, later. NGX_DECLINED: there is no database now,
 * and a connection to it has been tried in vain; it will not be called.
 */
ngx_int_t ngx_invoke_postgres_query(ngx_invoke_postgres_query_t *query);

/*
 * The handler will not be called, and the query may go; what was sent may be
 * done. Nothing happens to a query that is not under way, which one made of
 * zeros is not, nor one whose handler was called.
 */
void ngx_invoke_postgres_cancel(ngx_invoke_postgres_query_t *query);

/* There is a connection that answers. */
ngx_uint_t ngx_invoke_postgres_connected(void);
/* LISTEN is in force. */
ngx_uint_t ngx_invoke_postgres_listens(void);


#endif /* _NGX_INVOKE_POSTGRES_H_INCLUDED_ */
