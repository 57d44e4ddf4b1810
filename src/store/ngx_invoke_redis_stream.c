
#include "ngx_invoke_redis_connection.h"
#include "ngx_invoke_escape.h"
#include "ngx_invoke_metrics.h"


#define NGX_INVOKE_REDIS_ANSWER    500
#define NGX_INVOKE_REDIS_COMMANDS  8192     /* under way */
#define NGX_INVOKE_REDIS_OUTPUT    (8 * 1024 * 1024)
#define NGX_INVOKE_REDIS_REPLY     (64 * 1024)
#define NGX_INVOKE_REDIS_ARGS      16


static ngx_int_t ngx_invoke_redis_append(ngx_invoke_redis_connection_t *conn,
    const char *text, size_t len);
static void ngx_invoke_redis_replies(ngx_invoke_redis_connection_t *conn);
static ngx_int_t ngx_invoke_redis_reply(ngx_invoke_redis_connection_t *conn,
    redisReply *reply);
static ngx_int_t ngx_invoke_redis_message(redisReply *reply);


ngx_int_t
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


void
ngx_invoke_redis_write_handler(ngx_event_t *wev)
{
    ngx_connection_t               *c;
    ngx_invoke_redis_connection_t  *conn;

    c = wev->data;
    conn = c->data;

    if (ngx_invoke_redis_write(conn) != NGX_OK) {
        ngx_invoke_redis_close(conn, "the connection was lost");
    }
}


ngx_int_t
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


void
ngx_invoke_redis_read_handler(ngx_event_t *rev)
{
    u_char                          buf[4096];
    ssize_t                         n;
    ngx_connection_t               *c;
    ngx_invoke_redis_connection_t  *conn;

    c = rev->data;
    conn = c->data;

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

void
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
