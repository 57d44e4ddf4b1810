
#include "ngx_invoke_redis_connection.h"
#include "ngx_invoke_metrics.h"


#define NGX_INVOKE_REDIS_CONNECT   1000     /* ms */
#define NGX_INVOKE_REDIS_ELEMENTS  16       /* of an array */


static ngx_int_t ngx_invoke_redis_copy(ngx_invoke_redis_conf_t *conf);
static ngx_int_t ngx_invoke_redis_copy_str(ngx_str_t *dst, ngx_str_t *src);
static void ngx_invoke_redis_start(ngx_invoke_redis_connection_t *conn,
    const char *name);
static void ngx_invoke_redis_connect(ngx_invoke_redis_connection_t *conn);
static ngx_int_t ngx_invoke_redis_create_reader(
    ngx_invoke_redis_connection_t *conn);
static void ngx_invoke_redis_connecting(ngx_event_t *ev);
static void ngx_invoke_redis_opened(ngx_invoke_redis_connection_t *conn);
#if (NGX_SSL)
static void ngx_invoke_redis_secure(ngx_invoke_redis_connection_t *conn);
static void ngx_invoke_redis_handshake(ngx_connection_t *c);
#endif
static void ngx_invoke_redis_greet(ngx_invoke_redis_connection_t *conn);
static void ngx_invoke_redis_greeted(redisReply *reply, void *data);
static void ngx_invoke_redis_ready(ngx_invoke_redis_connection_t *conn);
static void ngx_invoke_redis_timer(ngx_event_t *ev);


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
    c->read->handler = ngx_invoke_redis_connecting;
    c->write->handler = ngx_invoke_redis_connecting;

    c->pool = ngx_create_pool(256, &conn->quiet);

    if (c->pool == NULL || ngx_invoke_redis_create_reader(conn) != NGX_OK) {
        ngx_invoke_redis_close(conn, "memory is out");
        return;
    }

    ngx_add_timer(&conn->timer, NGX_INVOKE_REDIS_CONNECT);

    if (rc == NGX_OK) {
        ngx_invoke_redis_opened(conn);
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


/* An error of connect() comes as an event to read as well. */

static void
ngx_invoke_redis_connecting(ngx_event_t *ev)
{
    ngx_connection_t  *c = ev->data;

    ngx_invoke_redis_opened(c->data);
}


static void
ngx_invoke_redis_opened(ngx_invoke_redis_connection_t *conn)
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

    conn->tried = 0;

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

    ngx_invoke_redis_greet(conn);
}

#endif


static void
ngx_invoke_redis_greet(ngx_invoke_redis_connection_t *conn)
{
    ngx_int_t                 rc;
    ngx_str_t                 args[3];
    ngx_uint_t                n;
    ngx_connection_t         *c;
    ngx_invoke_redis_conf_t  *conf;

    c = conn->peer.connection;
    c->read->handler = ngx_invoke_redis_read_handler;
    c->write->handler = ngx_invoke_redis_write_handler;

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
