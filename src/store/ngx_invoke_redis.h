/*
 * Redis on nginx's event loop: what the hosts of a fleet tell one another of
 * the packages on their disks. It is an index, not the truth: whatever becomes
 * of Redis costs nothing but that.
 *
 * hiredis writes the commands and reads the replies. Its asynchronous contexts
 * are not used: they abort() at replies that they do not expect, and a worker
 * must not die of what a server says. The connections are nginx's own.
 *
 * A worker has a connection for commands; one worker of an nginx has another
 * one that subscribes. Each command has a deadline; one that is late ends the
 * connection, which is made anew with back-off. What is told of packages is
 * gathered, and goes as one pipeline at most once a second.
 *
 *     <prefix>use:<digest>:<host>    hash: hits, size, used (seconds)
 *     <prefix>package:<digest>       sorted set: hosts, by their last use
 *     <prefix>host:<host>            sorted set: digests, by their last use
 *     <prefix>lock:<digest>          string: who downloads the package
 *     <prefix>removed                channel: digests to be removed
 *
 * A host is its name and the directory of its cache, for several nginx may run
 * on one. All keys expire.
 *
 * All functions but the first: event loop; they do nothing without Redis.
 */

#ifndef _NGX_INVOKE_REDIS_H_INCLUDED_
#define _NGX_INVOKE_REDIS_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_event_connect.h>
#include <hiredis/hiredis.h>


typedef struct {
    ngx_str_t           name;           /* as given */
    ngx_str_t           host;           /* of it, for certificates */
    ngx_addr_t         *addrs;
    ngx_uint_t          naddrs;         /* 0: no Redis */
    ngx_str_t           user;
    ngx_str_t           password;
    ngx_str_t           db;             /* digits, or len 0 */
    ngx_str_t           prefix;
    ngx_str_t           cache;          /* directory of the packages */
    time_t              ttl;            /* seconds, of the index */
#if (NGX_SSL)
    ngx_ssl_t          *ssl;            /* NULL: no TLS */
#endif
} ngx_invoke_redis_conf_t;


/*
 * In init_process: begins to connect; conf is copied. "removed" is told of a
 * digest, 64 hex digits in lower case, that is to go from all hosts, this one
 * too; in one worker.
 */
void ngx_invoke_redis_init(ngx_invoke_redis_conf_t *conf,
    void (*removed)(ngx_str_t *digest), ngx_cycle_t *cycle);
void ngx_invoke_redis_exit(void);

/* There is a connection that answers. */
ngx_uint_t ngx_invoke_redis_connected(void);

/* What happens to a package here, by its digest. */
void ngx_invoke_redis_stored(ngx_str_t *digest, off_t size);
void ngx_invoke_redis_used(ngx_str_t *digest);
void ngx_invoke_redis_removed(ngx_str_t *digest);

/* Tells all hosts to remove a package. */
void ngx_invoke_redis_announce(ngx_str_t *digest);

/*
 * Waits for the right to download a package, which one host has at a time, but
 * not for long: after that all may. NGX_OK: go on. NGX_AGAIN: the handler will
 * be called, unless ngx_invoke_redis_unlock() comes first, which is due in any
 * case.
 */
ngx_int_t ngx_invoke_redis_lock(ngx_str_t *digest, void (*handler)(void *data),
    void *data);
void ngx_invoke_redis_unlock(ngx_str_t *digest);


/*
 * The connections, for the index alone.
 */

/* The reply, or NULL when there will be none. */
typedef void (*ngx_invoke_redis_pt)(redisReply *reply, void *data);

/*
 * Sends a command, whose arguments are copied. NGX_OK: the handler will be
 * called, later. NGX_DECLINED: it will not; there is no connection, or it has
 * too much under way.
 */
ngx_int_t ngx_invoke_redis_command(ngx_uint_t n, ngx_str_t *args,
    ngx_invoke_redis_pt handler, void *data);

/* Notes that the server has refused to write, or no longer does. */
void ngx_invoke_redis_refused(redisReply *reply);

/* What the connections tell the index. */
void ngx_invoke_redis_index_init(ngx_invoke_redis_conf_t *conf,
    ngx_cycle_t *cycle);
void ngx_invoke_redis_index_exit(void);
void ngx_invoke_redis_index_ready(void);


#endif /* _NGX_INVOKE_REDIS_H_INCLUDED_ */
