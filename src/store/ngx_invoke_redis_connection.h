/*
 * A connection to Redis. A file calls those below it alone:
 *
 *      redis           begins, connects, greets
 *        |
 *      index           what is told of packages
 *        |
 *      stream          the commands and replies that go over it
 *        |
 *      connection      its deadline, its end
 *
 * All functions: event loop.
 */

#ifndef _NGX_INVOKE_REDIS_CONNECTION_H_INCLUDED_
#define _NGX_INVOKE_REDIS_CONNECTION_H_INCLUDED_


#include "ngx_invoke_redis.h"


/*
 * A connection:
 *
 *   AWAY --> CONNECTING --> SECURING --> GREETING --> READY
 *     ^          |              |           |           |
 *     +----------+--------------+-----------+-----------+
 *
 * AWAY: a timer runs until the next attempt. SECURING: the handshake of TLS.
 * GREETING: AUTH, SELECT and PING or SUBSCRIBE are under way. All ways back go
 * by ngx_invoke_redis_close().
 */

typedef enum {
    NGX_INVOKE_REDIS_AWAY = 0,
    NGX_INVOKE_REDIS_CONNECTING,
    NGX_INVOKE_REDIS_SECURING,
    NGX_INVOKE_REDIS_GREETING,
    NGX_INVOKE_REDIS_READY
} ngx_invoke_redis_state_e;


typedef struct {
    ngx_queue_t                 queue;
    ngx_msec_t                  deadline;
    ngx_invoke_redis_pt         handler;
    void                       *data;
} ngx_invoke_redis_command_t;


typedef struct {
    ngx_invoke_redis_state_e    state;
    ngx_peer_connection_t       peer;       /* connection NULL: none */
    ngx_log_t                   quiet;      /* for what nginx would log */
    redisReader                *reader;

    u_char                     *out;        /* not yet sent: from "sent" on */
    size_t                      sent;
    size_t                      len;
    size_t                      size;

    ngx_queue_t                 commands;   /* that a reply is due to */
    ngx_uint_t                  ncommands;
    ngx_uint_t                  greetings;  /* of them */

    ngx_event_t                 timer;      /* a deadline, or what is next */
    ngx_msec_t                  since;      /* READY */
    ngx_uint_t                  failures;   /* in a row */
    ngx_uint_t                  address;    /* of those it has */
    ngx_uint_t                  tried;      /* of them, in this attempt */

    const char                 *name;
    unsigned                    subscriber:1;
    unsigned                    told:1;     /* it is AWAY: in the log */
    unsigned                    been:1;     /* READY, once */
} ngx_invoke_redis_connection_t;


typedef struct {
    ngx_pool_t                    *pool;    /* NULL: there is no Redis */
    ngx_invoke_redis_conf_t        conf;
    void                         (*removed)(ngx_str_t *digest);
    ngx_invoke_redis_connection_t  commands;
    ngx_invoke_redis_connection_t  subscriber;
    ngx_str_t                      channel;
    unsigned                       refused:1;
    unsigned                       odd:1;   /* a message was no digest */
} ngx_invoke_redis_t;


extern ngx_invoke_redis_t  ngx_invoke_redis;


/* ngx_invoke_redis_connection.c */

/* Has the timer run to the deadline of the oldest command, or the next PING. */
void ngx_invoke_redis_set_timer(ngx_invoke_redis_connection_t *conn);
/*
 * Ends it, tells once that it is away, and tries again later; at another of
 * its addresses at once, as a name may have those of servers that listen at
 * one of them. The cause may be of a reply, which is freed after this.
 */
void ngx_invoke_redis_close(ngx_invoke_redis_connection_t *conn,
    const char *why);
/* Ends it, and nothing else; all commands fail. */
void ngx_invoke_redis_drop(ngx_invoke_redis_connection_t *conn);

/* ngx_invoke_redis_stream.c */

/*
 * Puts a command into the output, with the handler of its reply. NGX_ERROR: it
 * was not, and the handler will not be called.
 */
ngx_int_t ngx_invoke_redis_push(ngx_invoke_redis_connection_t *conn,
    ngx_uint_t n, ngx_str_t *args, ngx_invoke_redis_pt handler, void *data);
/* Sends of the output what the socket takes. NGX_ERROR: it was closed. */
ngx_int_t ngx_invoke_redis_write(ngx_invoke_redis_connection_t *conn);
/* The handlers of the socket's events, and of the reply to a PING. */
void ngx_invoke_redis_write_handler(ngx_event_t *wev);
void ngx_invoke_redis_read_handler(ngx_event_t *rev);
void ngx_invoke_redis_pong(redisReply *reply, void *data);


#endif /* _NGX_INVOKE_REDIS_CONNECTION_H_INCLUDED_ */
