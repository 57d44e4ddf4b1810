
#include "ngx_invoke_redis.h"
#include "ngx_invoke_escape.h"
#include "ngx_invoke_metrics.h"


#define NGX_INVOKE_REDIS_CONNECT   1000     /* ms */
#define NGX_INVOKE_REDIS_ANSWER    500
#define NGX_INVOKE_REDIS_PING      15000
#define NGX_INVOKE_REDIS_AGAIN     100      /* the first time, then doubled */
#define NGX_INVOKE_REDIS_AGAIN_MAX 5000
#define NGX_INVOKE_REDIS_STEADY    30000    /* a connection that has lasted */

#define NGX_INVOKE_REDIS_COMMANDS  8192     /* under way */
#define NGX_INVOKE_REDIS_OUTPUT    (8 * 1024 * 1024)
#define NGX_INVOKE_REDIS_REPLY     (64 * 1024)
#define NGX_INVOKE_REDIS_ELEMENTS  16       /* of an array */

#define NGX_INVOKE_REDIS_ARGS      16


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


static ngx_int_t ngx_invoke_redis_copy(ngx_invoke_redis_conf_t *conf);
static ngx_int_t ngx_invoke_redis_copy_str(ngx_str_t *dst, ngx_str_t *src);
static void ngx_invoke_redis_start(ngx_invoke_redis_connection_t *conn,
    const char *name);
static void ngx_invoke_redis_connect(ngx_invoke_redis_connection_t *conn);
static ngx_int_t ngx_invoke_redis_create_reader(
    ngx_invoke_redis_connection_t *conn);
static void ngx_invoke_redis_connected_now(
    ngx_invoke_redis_connection_t *conn);
#if (NGX_SSL)
static void ngx_invoke_redis_secure(ngx_invoke_redis_connection_t *conn);
static void ngx_invoke_redis_handshake(ngx_connection_t *c);
#endif
static void ngx_invoke_redis_greet(ngx_invoke_redis_connection_t *conn);
static void ngx_invoke_redis_greeted(redisReply *reply, void *data);
static void ngx_invoke_redis_ready(ngx_invoke_redis_connection_t *conn);
static void ngx_invoke_redis_close(ngx_invoke_redis_connection_t *conn,
    const char *why);
static void ngx_invoke_redis_drop(ngx_invoke_redis_connection_t *conn);
static void ngx_invoke_redis_timer(ngx_event_t *ev);
static void ngx_invoke_redis_set_timer(ngx_invoke_redis_connection_t *conn);
static ngx_int_t ngx_invoke_redis_push(ngx_invoke_redis_connection_t *conn,
    ngx_uint_t n, ngx_str_t *args, ngx_invoke_redis_pt handler, void *data);
static ngx_int_t ngx_invoke_redis_append(ngx_invoke_redis_connection_t *conn,
    const char *text, size_t len);
static void ngx_invoke_redis_write_handler(ngx_event_t *wev);
static ngx_int_t ngx_invoke_redis_write(ngx_invoke_redis_connection_t *conn);
static void ngx_invoke_redis_read_handler(ngx_event_t *rev);
static void ngx_invoke_redis_replies(ngx_invoke_redis_connection_t *conn);
static ngx_int_t ngx_invoke_redis_reply(ngx_invoke_redis_connection_t *conn,
    redisReply *reply);
static ngx_int_t ngx_invoke_redis_message(redisReply *reply);
static void ngx_invoke_redis_pong(redisReply *reply, void *data);


static ngx_invoke_redis_t  ngx_invoke_redis;


/*
 * Of replies, arrays alone are sized by what the server says and not by what
 * it sends. The type of that size differs by hiredis's version.
 */

static redisReplyObjectFunctions  ngx_invoke_redis_functions;

#if (HIREDIS_MAJOR >= 1)
typedef size_t  ngx_invoke_redis_elements_t;
#else
typedef int     ngx_invoke_redis_elements_t;
#endif

static void *(*ngx_invoke_redis_create_array)(const redisReadTask *task,
    ngx_invoke_redis_elements_t n);


static void *
ngx_invoke_redis_array(const redisReadTask *task,
    ngx_invoke_redis_elements_t n)
{
    if (n > NGX_INVOKE_REDIS_ELEMENTS) {
        return NULL;
    }

    return ngx_invoke_redis_create_array(task, n);
}


void
ngx_invoke_redis_init(ngx_invoke_redis_conf_t *conf,
    void (*removed)(ngx_str_t *digest), ngx_cycle_t *cycle)
{
    ngx_invoke_redis_t  *redis;

    redis = &ngx_invoke_redis;

    if (conf->naddrs == 0) {
        return;
    }

    redis->pool = ngx_create_pool(1024, cycle->log);
    if (redis->pool == NULL) {
        return;
    }

    redis->removed = removed;

    if (ngx_invoke_redis_copy(conf) != NGX_OK) {
        ngx_destroy_pool(redis->pool);
        redis->pool = NULL;
        return;
    }

    ngx_invoke_redis_index_init(&redis->conf, cycle);

    ngx_invoke_redis_start(&redis->commands, "redis");

    if (ngx_worker == 0) {
        redis->subscriber.subscriber = 1;
        ngx_invoke_redis_start(&redis->subscriber, "redis's subscription");
    }
}


/*
 * Without master process a reload keeps this process, but not the
 * configuration.
 */

static ngx_int_t
ngx_invoke_redis_copy(ngx_invoke_redis_conf_t *conf)
{
    ngx_uint_t           i;
    ngx_addr_t          *addrs;
    ngx_pool_t          *pool;
    ngx_invoke_redis_t  *redis;

    redis = &ngx_invoke_redis;
    pool = redis->pool;
    redis->conf = *conf;

    addrs = ngx_palloc(pool, conf->naddrs * sizeof(ngx_addr_t));

    if (addrs == NULL
        || ngx_invoke_redis_copy_str(&redis->conf.name, &conf->name) != NGX_OK
        || ngx_invoke_redis_copy_str(&redis->conf.host, &conf->host) != NGX_OK
        || ngx_invoke_redis_copy_str(&redis->conf.user, &conf->user) != NGX_OK
        || ngx_invoke_redis_copy_str(&redis->conf.password, &conf->password)
           != NGX_OK
        || ngx_invoke_redis_copy_str(&redis->conf.db, &conf->db) != NGX_OK
        || ngx_invoke_redis_copy_str(&redis->conf.prefix, &conf->prefix)
           != NGX_OK
        || ngx_invoke_redis_copy_str(&redis->conf.cache, &conf->cache)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (i = 0; i < conf->naddrs; i++) {
        addrs[i] = conf->addrs[i];
        addrs[i].sockaddr = ngx_palloc(pool, addrs[i].socklen);

        if (addrs[i].sockaddr == NULL
            || ngx_invoke_redis_copy_str(&addrs[i].name, &conf->addrs[i].name)
               != NGX_OK)
        {
            return NGX_ERROR;
        }

        ngx_memcpy(addrs[i].sockaddr, conf->addrs[i].sockaddr,
                   addrs[i].socklen);
    }

    redis->conf.addrs = addrs;
    redis->channel.len = conf->prefix.len + sizeof("removed") - 1;
    redis->channel.data = ngx_pnalloc(pool, redis->channel.len);

    if (redis->channel.data == NULL) {
        return NGX_ERROR;
    }

    ngx_sprintf(redis->channel.data, "%Vremoved", &conf->prefix);

#if (NGX_SSL)
    if (conf->ssl) {
        redis->conf.ssl = ngx_palloc(pool, sizeof(ngx_ssl_t));
        if (redis->conf.ssl == NULL) {
            return NGX_ERROR;
        }

        *redis->conf.ssl = *conf->ssl;
        SSL_CTX_up_ref(conf->ssl->ctx);
    }
#endif

    return NGX_OK;
}


static ngx_int_t
ngx_invoke_redis_copy_str(ngx_str_t *dst, ngx_str_t *src)
{
    dst->len = src->len;
    dst->data = ngx_pnalloc(ngx_invoke_redis.pool, src->len + 1);

    if (dst->data == NULL) {
        return NGX_ERROR;
    }

    *ngx_cpymem(dst->data, src->data, src->len) = '\0';

    return NGX_OK;
}


void
ngx_invoke_redis_exit(void)
{
    ngx_uint_t                      i;
    ngx_invoke_redis_t             *redis;
    ngx_invoke_redis_connection_t  *conns[2];

    redis = &ngx_invoke_redis;

    if (redis->pool == NULL) {
        return;
    }

    ngx_invoke_redis_index_exit();

    if (redis->commands.state == NGX_INVOKE_REDIS_READY) {
        (void) ngx_invoke_redis_write(&redis->commands);
    }

    conns[0] = &redis->commands;
    conns[1] = &redis->subscriber;

    for (i = 0; i < 2; i++) {
        if (conns[i]->name == NULL) {
            continue;
        }

        ngx_invoke_redis_drop(conns[i]);

        if (conns[i]->timer.timer_set) {
            ngx_del_timer(&conns[i]->timer);
        }

        ngx_free(conns[i]->out);
    }

#if (NGX_SSL)
    if (redis->conf.ssl) {
        SSL_CTX_free(redis->conf.ssl->ctx);
    }
#endif

    ngx_destroy_pool(redis->pool);
    ngx_memzero(redis, sizeof(ngx_invoke_redis_t));
}


ngx_uint_t
ngx_invoke_redis_connected(void)
{
    return ngx_invoke_redis.commands.state == NGX_INVOKE_REDIS_READY;
}


static void
ngx_invoke_redis_start(ngx_invoke_redis_connection_t *conn, const char *name)
{
    ngx_queue_init(&conn->commands);

    conn->name = name;
    conn->timer.handler = ngx_invoke_redis_timer;
    conn->timer.data = conn;
    conn->timer.log = ngx_cycle->log;
    conn->timer.cancelable = 1;

    /* what else init_process does is not to count against the deadline */

    ngx_add_timer(&conn->timer, 1);
}


/* What goes wrong is told by ngx_invoke_redis_close(), once, and not by nginx
 * with each attempt. */

static void
ngx_invoke_redis_connect(ngx_invoke_redis_connection_t *conn)
{
    ngx_int_t                 rc;
    ngx_addr_t               *addr;
    ngx_connection_t         *c;
    ngx_peer_connection_t    *peer;
    ngx_invoke_redis_conf_t  *conf;

    conf = &ngx_invoke_redis.conf;
    addr = &conf->addrs[conn->address++ % conf->naddrs];
    peer = &conn->peer;

    conn->quiet = *ngx_cycle->log;
    conn->quiet.log_level = NGX_LOG_ALERT;
    conn->quiet.handler = NULL;
    conn->quiet.data = NULL;

    ngx_memzero(peer, sizeof(ngx_peer_connection_t));

    peer->sockaddr = addr->sockaddr;
    peer->socklen = addr->socklen;
    peer->name = &addr->name;
    peer->get = ngx_event_get_peer;
    peer->log = &conn->quiet;
    peer->log_error = NGX_ERROR_ERR;

    conn->state = NGX_INVOKE_REDIS_CONNECTING;

    rc = ngx_event_connect_peer(peer);

    if (rc == NGX_ERROR || rc == NGX_DECLINED || rc == NGX_BUSY) {
        ngx_invoke_redis_close(conn, "it cannot be connected to");
        return;
    }

    c = peer->connection;
    c->data = conn;
    c->read->handler = ngx_invoke_redis_read_handler;
    c->write->handler = ngx_invoke_redis_write_handler;

    c->pool = ngx_create_pool(256, &conn->quiet);

    if (c->pool == NULL || ngx_invoke_redis_create_reader(conn) != NGX_OK) {
        ngx_invoke_redis_close(conn, "memory is out");
        return;
    }

    ngx_add_timer(&conn->timer, NGX_INVOKE_REDIS_CONNECT);

    if (rc == NGX_OK) {
        ngx_invoke_redis_connected_now(conn);
    }
}


static ngx_int_t
ngx_invoke_redis_create_reader(ngx_invoke_redis_connection_t *conn)
{
    conn->reader = redisReaderCreate();
    if (conn->reader == NULL) {
        return NGX_ERROR;
    }

    if (ngx_invoke_redis_create_array == NULL) {
        ngx_invoke_redis_functions = *conn->reader->fn;
        ngx_invoke_redis_create_array = conn->reader->fn->createArray;
        ngx_invoke_redis_functions.createArray = ngx_invoke_redis_array;
    }

    conn->reader->fn = &ngx_invoke_redis_functions;

    return NGX_OK;
}


static void
ngx_invoke_redis_connected_now(ngx_invoke_redis_connection_t *conn)
{
    int                err;
    socklen_t          len;
    ngx_connection_t  *c;

    c = conn->peer.connection;

    err = 0;
    len = sizeof(int);

    if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &err, &len) == -1 || err) {
        ngx_invoke_redis_close(conn, "it cannot be connected to");
        return;
    }

    if (conn->peer.sockaddr->sa_family != AF_UNIX) {
        (void) ngx_tcp_nodelay(c);
    }

#if (NGX_SSL)
    if (ngx_invoke_redis.conf.ssl) {
        ngx_invoke_redis_secure(conn);
        return;
    }
#endif

    ngx_invoke_redis_greet(conn);
}


#if (NGX_SSL)

static void
ngx_invoke_redis_secure(ngx_invoke_redis_connection_t *conn)
{
    ngx_int_t          rc;
    ngx_str_t         *host;
    ngx_connection_t  *c;
    X509_VERIFY_PARAM *param;

    c = conn->peer.connection;
    host = &ngx_invoke_redis.conf.host;

    conn->state = NGX_INVOKE_REDIS_SECURING;

    if (ngx_ssl_create_connection(ngx_invoke_redis.conf.ssl, c,
                                  NGX_SSL_BUFFER|NGX_SSL_CLIENT)
        != NGX_OK)
    {
        ngx_invoke_redis_close(conn, "memory is out");
        return;
    }

    param = SSL_get0_param(c->ssl->connection);

    /* an address is no name, and is not sent as one */

    if (X509_VERIFY_PARAM_set1_ip_asc(param, (char *) host->data) != 1
        && (X509_VERIFY_PARAM_set1_host(param, (char *) host->data, host->len)
            != 1
            || SSL_set_tlsext_host_name(c->ssl->connection, host->data) != 1))
    {
        ngx_invoke_redis_close(conn, "its name is none for TLS");
        return;
    }

    ERR_clear_error();

    rc = ngx_ssl_handshake(c);

    if (rc == NGX_AGAIN) {
        c->ssl->handler = ngx_invoke_redis_handshake;
        return;
    }

    ngx_invoke_redis_handshake(c);
}


static void
ngx_invoke_redis_handshake(ngx_connection_t *c)
{
    long                            rc;
    ngx_invoke_redis_connection_t  *conn;

    conn = c->data;

    if (!c->ssl->handshaked) {
        rc = SSL_get_verify_result(c->ssl->connection);

        ngx_invoke_redis_close(conn, rc == X509_V_OK
                                     ? "the handshake of TLS failed"
                                     : X509_verify_cert_error_string(rc));
        return;
    }

    c->read->handler = ngx_invoke_redis_read_handler;
    c->write->handler = ngx_invoke_redis_write_handler;

    ngx_invoke_redis_greet(conn);
}

#endif


static void
ngx_invoke_redis_greet(ngx_invoke_redis_connection_t *conn)
{
    ngx_int_t                 rc;
    ngx_str_t                 args[3];
    ngx_uint_t                n;
    ngx_invoke_redis_conf_t  *conf;

    conf = &ngx_invoke_redis.conf;

    conn->state = NGX_INVOKE_REDIS_GREETING;
    conn->greetings = 0;
    rc = NGX_OK;

    if (conf->password.len) {
        n = 0;
        ngx_str_set(&args[n], "AUTH");
        n++;

        if (conf->user.len) {
            args[n++] = conf->user;
        }

        args[n++] = conf->password;

        rc = ngx_invoke_redis_push(conn, n, args, ngx_invoke_redis_greeted,
                                   conn);
        conn->greetings++;
    }

    if (rc == NGX_OK && conf->db.len && !conn->subscriber) {
        ngx_str_set(&args[0], "SELECT");
        args[1] = conf->db;

        rc = ngx_invoke_redis_push(conn, 2, args, ngx_invoke_redis_greeted,
                                   conn);
        conn->greetings++;
    }

    if (rc == NGX_OK) {
        ngx_str_set(&args[0], "PING");

        rc = ngx_invoke_redis_push(conn, 1, args, ngx_invoke_redis_greeted,
                                   conn);
        conn->greetings++;
    }

    if (rc != NGX_OK) {
        ngx_invoke_redis_close(conn, "memory is out");
        return;
    }

    if (ngx_invoke_redis_write(conn) != NGX_OK) {
        ngx_invoke_redis_close(conn, "the connection was lost");
    }
}


/* NULL: the connection is being closed. */

static void
ngx_invoke_redis_greeted(redisReply *reply, void *data)
{
    ngx_invoke_redis_connection_t *conn = data;

    if (reply == NULL) {
        return;
    }

    conn->greetings--;

    if (reply->type == REDIS_REPLY_ERROR) {
        ngx_invoke_redis_close(conn, reply->str);
        return;
    }

    if (reply->type != REDIS_REPLY_STATUS) {
        ngx_invoke_redis_close(conn, "it does not answer as Redis does");
        return;
    }

    if (conn->greetings == 0) {
        ngx_invoke_redis_ready(conn);
    }
}


static void
ngx_invoke_redis_ready(ngx_invoke_redis_connection_t *conn)
{
    ngx_str_t  args[2];

    conn->state = NGX_INVOKE_REDIS_READY;
    conn->since = ngx_current_msec;

    if (conn->told) {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "invoke: %s \"%V\" is back", conn->name,
                      &ngx_invoke_redis.conf.name);
        conn->told = 0;
    }

    if (conn->been) {
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_REDIS_RECONNECTS, 1);
    }

    conn->been = 1;

    if (!conn->subscriber) {
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_REDIS_CONNECTED, 1);
        ngx_invoke_redis_index_ready();
        return;
    }

    ngx_str_set(&args[0], "SUBSCRIBE");
    args[1] = ngx_invoke_redis.channel;

    if (ngx_invoke_redis_push(conn, 2, args, ngx_invoke_redis_pong, conn)
        != NGX_OK
        || ngx_invoke_redis_write(conn) != NGX_OK)
    {
        ngx_invoke_redis_close(conn, "the connection was lost");
    }
}


/*
 * Ends a connection, tells once that it is away, and tries again later. The
 * text may be of a reply, which is freed after this.
 */

static void
ngx_invoke_redis_close(ngx_invoke_redis_connection_t *conn, const char *why)
{
    u_char      buf[NGX_INVOKE_ESCAPE_NAME];
    ngx_str_t   text;
    ngx_msec_t  delay;

    if (!conn->told) {
        text.data = (u_char *) why;
        text.len = ngx_strlen(why);
        text = ngx_invoke_escape_name(buf, &text);

        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "invoke: %s \"%V\" is away: \"%V\"", conn->name,
                      &ngx_invoke_redis.conf.name, &text);
        conn->told = 1;
    }

    if (conn->state == NGX_INVOKE_REDIS_READY
        && ngx_current_msec - conn->since > NGX_INVOKE_REDIS_STEADY)
    {
        conn->failures = 0;
    }

    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_REDIS_ERRORS, 1);

    ngx_invoke_redis_drop(conn);

    delay = NGX_INVOKE_REDIS_AGAIN << ngx_min(conn->failures, 10);
    delay = ngx_min(delay, NGX_INVOKE_REDIS_AGAIN_MAX);
    delay += ngx_random() % delay;

    conn->failures++;

    ngx_add_timer(&conn->timer, delay);
}


static void
ngx_invoke_redis_drop(ngx_invoke_redis_connection_t *conn)
{
    ngx_pool_t                  *pool;
    ngx_queue_t                  commands, *q;
    ngx_connection_t            *c;
    ngx_invoke_redis_command_t  *command;

    if (conn->state == NGX_INVOKE_REDIS_READY && !conn->subscriber) {
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_REDIS_CONNECTED, -1);
    }

    conn->state = NGX_INVOKE_REDIS_AWAY;

    c = conn->peer.connection;

    if (c) {
        conn->peer.connection = NULL;
        pool = c->pool;

#if (NGX_SSL)
        if (c->ssl) {
            c->ssl->no_wait_shutdown = 1;
            c->ssl->no_send_shutdown = 1;
            (void) ngx_ssl_shutdown(c);
        }
#endif

        ngx_close_connection(c);

        if (pool) {
            ngx_destroy_pool(pool);
        }
    }

    if (conn->reader) {
        redisReaderFree(conn->reader);
        conn->reader = NULL;
    }

    conn->sent = 0;
    conn->len = 0;

    /* a handler may send again; it is told that there is no connection */

    ngx_queue_init(&commands);

    if (!ngx_queue_empty(&conn->commands)) {
        ngx_queue_add(&commands, &conn->commands);
        ngx_queue_init(&conn->commands);
    }

    conn->ncommands = 0;

    while (!ngx_queue_empty(&commands)) {
        q = ngx_queue_head(&commands);
        ngx_queue_remove(q);

        command = ngx_queue_data(q, ngx_invoke_redis_command_t, queue);
        command->handler(NULL, command->data);
        ngx_free(command);
    }
}


static void
ngx_invoke_redis_timer(ngx_event_t *ev)
{
    ngx_str_t                       ping;
    ngx_invoke_redis_command_t     *command;
    ngx_invoke_redis_connection_t  *conn;

    conn = ev->data;

    switch (conn->state) {

    case NGX_INVOKE_REDIS_AWAY:
        if (!ngx_exiting) {
            ngx_invoke_redis_connect(conn);
        }

        return;

    case NGX_INVOKE_REDIS_READY:
        if (ngx_queue_empty(&conn->commands)) {
            break;
        }

        command = ngx_queue_data(ngx_queue_head(&conn->commands),
                                 ngx_invoke_redis_command_t, queue);

        /* nginx leaves a timer that is to go off a little later as it is */

        if ((ngx_msec_int_t) (command->deadline - ngx_current_msec) > 0) {
            ngx_invoke_redis_set_timer(conn);
            return;
        }

        /* fall through */

    default:
        ngx_invoke_redis_close(conn, "it does not answer in time");
        return;
    }

    ngx_str_set(&ping, "PING");

    if (ngx_invoke_redis_push(conn, 1, &ping, ngx_invoke_redis_pong, conn)
        != NGX_OK
        || ngx_invoke_redis_write(conn) != NGX_OK)
    {
        ngx_invoke_redis_close(conn, "the connection was lost");
    }
}


/* To the deadline of the oldest command, or to the next PING. */

static void
ngx_invoke_redis_set_timer(ngx_invoke_redis_connection_t *conn)
{
    ngx_msec_int_t               delay;
    ngx_invoke_redis_command_t  *command;

    if (conn->state != NGX_INVOKE_REDIS_READY) {
        return;
    }

    delay = NGX_INVOKE_REDIS_PING;

    if (!ngx_queue_empty(&conn->commands)) {
        command = ngx_queue_data(ngx_queue_head(&conn->commands),
                                 ngx_invoke_redis_command_t, queue);

        delay = (ngx_msec_int_t) (command->deadline - ngx_current_msec);
        delay = ngx_max(delay, 1);
    }

    ngx_add_timer(&conn->timer, (ngx_msec_t) delay);
}


ngx_int_t
ngx_invoke_redis_command(ngx_uint_t n, ngx_str_t *args,
    ngx_invoke_redis_pt handler, void *data)
{
    ngx_uint_t                      busy;
    ngx_invoke_redis_connection_t  *conn;

    conn = &ngx_invoke_redis.commands;

    if (conn->state != NGX_INVOKE_REDIS_READY) {
        return NGX_DECLINED;
    }

    busy = (conn->sent != conn->len);

    if (ngx_invoke_redis_push(conn, n, args, handler, data) != NGX_OK) {
        return NGX_DECLINED;
    }

    /* what follows in this turn of the event loop goes with it */

    if (!busy) {
        ngx_post_event(conn->peer.connection->write, &ngx_posted_events);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_invoke_redis_push(ngx_invoke_redis_connection_t *conn, ngx_uint_t n,
    ngx_str_t *args, ngx_invoke_redis_pt handler, void *data)
{
    int                          len;
    char                        *text;
    size_t                       lens[NGX_INVOKE_REDIS_ARGS];
    ngx_int_t                    rc;
    ngx_uint_t                   i;
    const char                  *argv[NGX_INVOKE_REDIS_ARGS];
    ngx_invoke_redis_command_t  *command;

    if (conn->ncommands == NGX_INVOKE_REDIS_COMMANDS
        || n > NGX_INVOKE_REDIS_ARGS)
    {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {
        argv[i] = (const char *) args[i].data;
        lens[i] = args[i].len;
    }

    command = ngx_alloc(sizeof(ngx_invoke_redis_command_t), ngx_cycle->log);
    if (command == NULL) {
        return NGX_ERROR;
    }

    len = redisFormatCommandArgv(&text, n, argv, lens);
    if (len < 0) {
        ngx_free(command);
        return NGX_ERROR;
    }

    rc = ngx_invoke_redis_append(conn, text, len);
    redisFreeCommand(text);

    if (rc != NGX_OK) {
        ngx_free(command);
        return NGX_ERROR;
    }

    command->deadline = ngx_current_msec + NGX_INVOKE_REDIS_ANSWER;
    command->handler = handler;
    command->data = data;

    ngx_queue_insert_tail(&conn->commands, &command->queue);

    if (conn->ncommands++ == 0) {
        ngx_invoke_redis_set_timer(conn);
    }

    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_REDIS_COMMANDS, 1);

    return NGX_OK;
}


static ngx_int_t
ngx_invoke_redis_append(ngx_invoke_redis_connection_t *conn, const char *text,
    size_t len)
{
    size_t   size;
    u_char  *out;

    if (conn->sent == conn->len) {
        conn->sent = 0;
        conn->len = 0;
    }

    if (conn->len + len > conn->size) {
        size = ngx_max(2 * conn->size, conn->len + len);

        if (size > NGX_INVOKE_REDIS_OUTPUT) {
            return NGX_ERROR;
        }

        out = ngx_alloc(size, ngx_cycle->log);
        if (out == NULL) {
            return NGX_ERROR;
        }

        ngx_memcpy(out, conn->out, conn->len);
        ngx_free(conn->out);

        conn->out = out;
        conn->size = size;
    }

    ngx_memcpy(conn->out + conn->len, text, len);
    conn->len += len;

    return NGX_OK;
}


static void
ngx_invoke_redis_write_handler(ngx_event_t *wev)
{
    ngx_connection_t               *c;
    ngx_invoke_redis_connection_t  *conn;

    c = wev->data;
    conn = c->data;

    if (conn->state == NGX_INVOKE_REDIS_CONNECTING) {
        ngx_invoke_redis_connected_now(conn);
        return;
    }

    if (ngx_invoke_redis_write(conn) != NGX_OK) {
        ngx_invoke_redis_close(conn, "the connection was lost");
    }
}


static ngx_int_t
ngx_invoke_redis_write(ngx_invoke_redis_connection_t *conn)
{
    ssize_t            n;
    ngx_connection_t  *c;

    c = conn->peer.connection;

    while (conn->sent < conn->len) {
        n = c->send(c, conn->out + conn->sent, conn->len - conn->sent);

        if (n == NGX_AGAIN) {
            break;
        }

        if (n <= 0) {
            return NGX_ERROR;
        }

        conn->sent += n;
    }

    return ngx_handle_write_event(c->write, 0);
}


static void
ngx_invoke_redis_read_handler(ngx_event_t *rev)
{
    u_char                          buf[4096];
    ssize_t                         n;
    ngx_connection_t               *c;
    ngx_invoke_redis_connection_t  *conn;

    c = rev->data;
    conn = c->data;

    /* an error of connect() comes here as well */

    if (conn->state == NGX_INVOKE_REDIS_CONNECTING) {
        ngx_invoke_redis_connected_now(conn);
        return;
    }

    for ( ;; ) {
        n = c->recv(c, buf, sizeof(buf));

        if (n == NGX_AGAIN) {
            break;
        }

        if (n <= 0) {
            ngx_invoke_redis_close(conn, "the connection was lost");
            return;
        }

        if (conn->reader->len - conn->reader->pos + n
            > NGX_INVOKE_REDIS_REPLY
            || redisReaderFeed(conn->reader, (char *) buf, n) != REDIS_OK)
        {
            ngx_invoke_redis_close(conn, "a reply is too long");
            return;
        }

        ngx_invoke_redis_replies(conn);

        if (conn->peer.connection != c) {
            return;
        }
    }

    if (ngx_handle_read_event(rev, 0) != NGX_OK) {
        ngx_invoke_redis_close(conn, "the connection was lost");
    }
}


/* The connection may be closed after it. */

static void
ngx_invoke_redis_replies(ngx_invoke_redis_connection_t *conn)
{
    void              *reply;
    ngx_int_t          rc;
    redisReader       *reader;
    ngx_connection_t  *c;

    c = conn->peer.connection;

    reader = conn->reader;

    for ( ;; ) {
        reply = NULL;

        if (redisReaderGetReply(reader, &reply) != REDIS_OK) {
            ngx_invoke_redis_close(conn, "it does not answer as Redis does");
            return;
        }

        if (reply == NULL) {
            break;
        }

        rc = ngx_invoke_redis_reply(conn, reply);

        if (rc != NGX_OK && conn->peer.connection == c) {
            ngx_invoke_redis_close(conn, "it does not answer as Redis does");
        }

        freeReplyObject(reply);

        if (conn->peer.connection != c) {
            return;
        }
    }

    ngx_invoke_redis_set_timer(conn);
}


static ngx_int_t
ngx_invoke_redis_reply(ngx_invoke_redis_connection_t *conn, redisReply *reply)
{
    ngx_queue_t                 *q;
    ngx_invoke_redis_command_t  *command;

    if (conn->subscriber && reply->type == REDIS_REPLY_ARRAY
        && reply->elements == 3
        && reply->element[0]->type == REDIS_REPLY_STRING
        && ngx_strcmp(reply->element[0]->str, "message") == 0)
    {
        return ngx_invoke_redis_message(reply);
    }

    if (ngx_queue_empty(&conn->commands)) {
        return NGX_ERROR;
    }

    q = ngx_queue_head(&conn->commands);
    ngx_queue_remove(q);
    conn->ncommands--;

    command = ngx_queue_data(q, ngx_invoke_redis_command_t, queue);

    if (reply->type == REDIS_REPLY_ERROR) {
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_REDIS_ERRORS, 1);
    }

    command->handler(reply, command->data);

    ngx_free(command);

    return NGX_OK;
}


static ngx_int_t
ngx_invoke_redis_message(redisReply *reply)
{
    ngx_str_t            digest;
    ngx_uint_t           i;
    ngx_invoke_redis_t  *redis;

    redis = &ngx_invoke_redis;

    if (reply->element[2]->type != REDIS_REPLY_STRING) {
        return NGX_ERROR;
    }

    digest.data = (u_char *) reply->element[2]->str;
    digest.len = reply->element[2]->len;

    for (i = 0; i < digest.len; i++) {
        if (!((digest.data[i] >= '0' && digest.data[i] <= '9')
              || (digest.data[i] >= 'a' && digest.data[i] <= 'f')))
        {
            break;
        }
    }

    if (digest.len == 64 && i == 64) {
        ngx_log_error(NGX_LOG_INFO, ngx_cycle->log, 0,
                      "invoke: package \"%V\" is to go from all hosts",
                      &digest);

        if (redis->removed) {
            redis->removed(&digest);
        }

        return NGX_OK;
    }

    if (!redis->odd) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "invoke: a message on \"%V\" is no digest",
                      &redis->channel);
        redis->odd = 1;
    }

    return NGX_OK;
}


/* The answer to PING and SUBSCRIBE in between. */

static void
ngx_invoke_redis_pong(redisReply *reply, void *data)
{
    ngx_invoke_redis_connection_t *conn = data;

    if (reply == NULL) {
        return;
    }

    if (reply->type == REDIS_REPLY_ERROR) {
        ngx_invoke_redis_close(conn, reply->str);

    } else if (reply->type != REDIS_REPLY_STATUS
               && reply->type != REDIS_REPLY_ARRAY)
    {
        ngx_invoke_redis_close(conn, "it does not answer as Redis does");
    }
}


void
ngx_invoke_redis_refused(redisReply *reply)
{
    u_char     buf[NGX_INVOKE_ESCAPE_NAME];
    ngx_str_t  text;

    if (reply->type != REDIS_REPLY_ERROR) {

        if (ngx_invoke_redis.refused) {
            ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                          "invoke: redis \"%V\" takes the index again",
                          &ngx_invoke_redis.conf.name);
            ngx_invoke_redis.refused = 0;
        }

        return;
    }

    if (ngx_invoke_redis.refused) {
        return;
    }

    text.data = (u_char *) reply->str;
    text.len = reply->len;
    text = ngx_invoke_escape_name(buf, &text);

    ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                  "invoke: redis \"%V\" refuses the index: \"%V\"",
                  &ngx_invoke_redis.conf.name, &text);
    ngx_invoke_redis.refused = 1;
}
