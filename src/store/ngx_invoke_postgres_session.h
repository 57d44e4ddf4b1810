/*
 * A session with PostgreSQL: what is sent on a connection of libpq's and what
 * comes back. What the files of the client share; event loop.
 */

#ifndef _NGX_INVOKE_POSTGRES_SESSION_H_INCLUDED_
#define _NGX_INVOKE_POSTGRES_SESSION_H_INCLUDED_


#include "ngx_invoke_postgres.h"
#include "ngx_invoke_postgres_address.h"


#define NGX_INVOKE_POSTGRES_SUSPECT_TIMEOUT  1000   /* ms */
#define NGX_INVOKE_POSTGRES_PROBE_TIMEOUT    3000
#define NGX_INVOKE_POSTGRES_LINE             256    /* bytes of a message */


/*
 * A connection:
 *
 *   IDLE --> LOOKUP --> CONNECT --> SETUP --> READY
 *    ^         |           |          |         |
 *    +---------+-----------+----------+---------+
 *
 * IDLE: a timer runs until the next attempt. LOOKUP: the hosts' addresses are
 * looked up. CONNECT: one after another is tried. SETUP: what a session begins
 * with is under way. READY: it takes queries.
 */

typedef enum {
    NGX_INVOKE_POSTGRES_IDLE = 0,
    NGX_INVOKE_POSTGRES_LOOKUP,
    NGX_INVOKE_POSTGRES_CONNECT,
    NGX_INVOKE_POSTGRES_SETUP,
    NGX_INVOKE_POSTGRES_READY
} ngx_invoke_postgres_state_e;


/* A statement of a session; "made" counts the names that it had there. */

typedef struct {
    const ngx_invoke_postgres_statement_t  *statement;
    ngx_uint_t                    made;
    ngx_uint_t                    prepared;
} ngx_invoke_postgres_prepared_t;


typedef enum {
    NGX_INVOKE_POSTGRES_OP_QUERY = 0,
    NGX_INVOKE_POSTGRES_OP_SET,
    NGX_INVOKE_POSTGRES_OP_LISTEN,
    NGX_INVOKE_POSTGRES_OP_PROBE
} ngx_invoke_postgres_op_e;


/* What was sent with a Sync of its own, in the order of the answers. */

typedef struct {
    ngx_queue_t                   queue;
    ngx_invoke_postgres_op_e      type;
    ngx_invoke_postgres_query_t  *query;        /* NULL: cancelled, or ours */
    ngx_msec_t                    deadline;
    ngx_msec_t                    sent;
    ngx_msec_t                    timeout;      /* of both, the difference */
    ngx_uint_t                    statement;    /* index in the session */
    PGresult                     *result;       /* the answer so far */
    unsigned                      preparing:1;  /* that answer comes first */
    unsigned                      again:1;      /* was sent twice */
} ngx_invoke_postgres_op_t;


typedef struct ngx_invoke_postgres_connection_s
    ngx_invoke_postgres_connection_t;

struct ngx_invoke_postgres_connection_s {
    ngx_uint_t                    index;
    ngx_invoke_postgres_state_e   state;
    PGconn                       *pg;
    ngx_socket_t                  fd;           /* events' data has it here */
    ngx_connection_t             *connection;

    ngx_event_t                   timer;        /* by the state */
    ngx_event_t                   failure;      /* posted: it is lost */

    ngx_queue_t                   ops;
    ngx_msec_t                    load;         /* what they may take */

    ngx_invoke_postgres_prepared_t  *statements;
    ngx_uint_t                    nstatements;

    ngx_invoke_postgres_lookup_t *lookup;
    ngx_uint_t                    next;         /* address to be tried */
    ngx_uint_t                    failures;     /* in a row */
    ngx_msec_t                    since;        /* READY */
    ngx_msec_t                    received;
    char                          cause[NGX_INVOKE_POSTGRES_LINE];

    unsigned                      failed:1;
    unsigned                      frozen:1;     /* failed for its silence */
    unsigned                      listening:1;
    unsigned                      deaf:1;       /* LISTEN was refused */
    unsigned                      known:1;      /* was READY before */
};


/* What the log has been told to be missing, and not to be back. */

typedef enum {
    NGX_INVOKE_POSTGRES_TOLD_NOTHING = 0,
    NGX_INVOKE_POSTGRES_TOLD_SOME,
    NGX_INVOKE_POSTGRES_TOLD_ALL
} ngx_invoke_postgres_told_e;


typedef struct {
    ngx_invoke_postgres_conf_t   *conf;         /* NULL: none */
    const char *const            *channels;
    const ngx_invoke_postgres_listener_t  *listener;
    ngx_thread_pool_t            *pool;
    ngx_log_t                    *log;

    ngx_invoke_postgres_connection_t
                          connections[NGX_INVOKE_POSTGRES_CONNECTIONS];
    ngx_uint_t                    ready;        /* connections */

    ngx_queue_t                   waiting;      /* queries */
    ngx_queue_t                   spare;        /* operations */
    ngx_uint_t                    nspare;
    ngx_event_t                   deadline;     /* the next one */

    /* a connection has become READY but for what follows from that */
    void           (*ready_handler)(ngx_invoke_postgres_connection_t *pc);

    ngx_uint_t                    away;         /* was tried in vain */
    ngx_invoke_postgres_told_e    told;
} ngx_invoke_postgres_t;


extern ngx_invoke_postgres_t  ngx_invoke_postgres;


/* Takes what has come, and calls the handlers of what is answered. */
void ngx_invoke_postgres_read(ngx_invoke_postgres_connection_t *pc);

/* Sends what libpq holds, or waits until that can be done. */
void ngx_invoke_postgres_flush(ngx_invoke_postgres_connection_t *pc);

/*
 * An operation at the end of a connection's; what it is to send follows. NULL:
 * the connection has failed.
 */
ngx_invoke_postgres_op_t *ngx_invoke_postgres_op(
    ngx_invoke_postgres_connection_t *pc, ngx_invoke_postgres_op_e type,
    ngx_msec_t deadline);

void ngx_invoke_postgres_op_free(ngx_invoke_postgres_op_t *op);

/* Sends the query of an operation. */
void ngx_invoke_postgres_send_op(ngx_invoke_postgres_connection_t *pc,
    ngx_invoke_postgres_op_t *op);

/* Sends a command of our own. */
void ngx_invoke_postgres_command(ngx_invoke_postgres_connection_t *pc,
    ngx_invoke_postgres_op_e type, const char *text);

/* A Sync alone: the server answers, and does nothing. */
void ngx_invoke_postgres_probe(ngx_invoke_postgres_connection_t *pc,
    ngx_msec_t timeout);

/* Ends operations without an answer; the handlers may ask anew. */
void ngx_invoke_postgres_drop(ngx_queue_t *ops);

/*
 * Notes that a connection is lost, or an attempt at it, and why. What follows
 * from that is done by a posted event, since the caller may be amidst of it.
 */
void ngx_invoke_postgres_fail(ngx_invoke_postgres_connection_t *pc,
    const char *cause);

/* What the server, or libpq, says unasked; libpq calls it. */
void ngx_invoke_postgres_notice(void *data, const PGresult *result);

/* The timer runs until the earliest deadline that there was since it ran. */
void ngx_invoke_postgres_arm(ngx_msec_t deadline);

/* ns */
uint64_t ngx_invoke_postgres_now(void);

/* Calls the handler of a query that is in no queue any more. */
void ngx_invoke_postgres_end(ngx_invoke_postgres_query_t *query,
    ngx_invoke_postgres_rc_e rc);


#endif /* _NGX_INVOKE_POSTGRES_SESSION_H_INCLUDED_ */
