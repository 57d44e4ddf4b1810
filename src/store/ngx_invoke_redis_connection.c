
#include "ngx_invoke_redis_connection.h"
#include "ngx_invoke_escape.h"
#include "ngx_invoke_metrics.h"


#define NGX_INVOKE_REDIS_PING      15000    /* ms */
#define NGX_INVOKE_REDIS_AGAIN     100      /* the first time, then doubled */
#define NGX_INVOKE_REDIS_AGAIN_MAX 5000
#define NGX_INVOKE_REDIS_STEADY    30000    /* a connection that has lasted */


ngx_invoke_redis_t  ngx_invoke_redis;


ngx_uint_t
ngx_invoke_redis_connected(void)
{
    return ngx_invoke_redis.commands.state == NGX_INVOKE_REDIS_READY;
}


void
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


void
ngx_invoke_redis_close(ngx_invoke_redis_connection_t *conn, const char *why)
{
    u_char      buf[NGX_INVOKE_ESCAPE_NAME];
    ngx_str_t   text;
    ngx_msec_t  delay;

    if (conn->state == NGX_INVOKE_REDIS_CONNECTING
        && ++conn->tried < ngx_invoke_redis.conf.naddrs)
    {
        ngx_invoke_redis_drop(conn);
        ngx_add_timer(&conn->timer, 1);
        return;
    }

    conn->tried = 0;

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


void
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
