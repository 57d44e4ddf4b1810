
#include "ngx_invoke_redis.h"


#define NGX_INVOKE_INDEX_ENTRIES   4096     /* that wait to be told */
#define NGX_INVOKE_INDEX_SOON      1000     /* ms, between two pipelines */
#define NGX_INVOKE_INDEX_LATER     10000    /* when there are hits alone */

#define NGX_INVOKE_INDEX_LOCK      "30000"  /* ms, that a lock holds */
#define NGX_INVOKE_INDEX_WAIT      300      /* ms, that one is waited for */
#define NGX_INVOKE_INDEX_RETRY     40

#define NGX_INVOKE_INDEX_DIGEST    64       /* hex digits of SHA-256 */
#define NGX_INVOKE_INDEX_KEY       1024


/* What is to be told of a package. */

typedef struct {
    ngx_str_node_t            sn;           /* its digest */
    ngx_queue_t               queue;
    u_char                    digest[NGX_INVOKE_INDEX_DIGEST];
    ngx_uint_t                hits;
    off_t                     size;         /* -1: nothing new */
    ngx_uint_t                removed;
} ngx_invoke_index_entry_t;


/* A download of this worker's, which has the lock or waits for it. */

typedef struct {
    ngx_queue_t               queue;
    u_char                    digest[NGX_INVOKE_INDEX_DIGEST];
    ngx_msec_t                deadline;     /* of the wait */
    ngx_event_t               timer;
    void                    (*handler)(void *data);  /* NULL: it was called */
    void                     *data;
    unsigned                  asked:1;      /* a reply is due */
    unsigned                  held:1;
    unsigned                  over:1;       /* it was unlocked */
} ngx_invoke_index_lock_t;


typedef struct {
    ngx_invoke_redis_conf_t  *conf;         /* NULL: there is no Redis */
    ngx_rbtree_t              rbtree;
    ngx_rbtree_node_t         sentinel;
    ngx_queue_t               entries;
    ngx_uint_t                nentries;
    ngx_queue_t               locks;
    ngx_event_t               timer;        /* of the next pipeline */
    ngx_msec_t                last;
    ngx_str_t                 host;         /* as keys have it */
    ngx_str_t                 owner;        /* of locks */
} ngx_invoke_index_t;


static ngx_invoke_index_entry_t *ngx_invoke_index_entry(ngx_str_t *digest);
static void ngx_invoke_index_soon(ngx_msec_t delay);
static void ngx_invoke_index_timer(ngx_event_t *ev);
static void ngx_invoke_index_flush(void);
static ngx_int_t ngx_invoke_index_tell(ngx_invoke_index_entry_t *entry);
static void ngx_invoke_index_told(redisReply *reply, void *data);
static void ngx_invoke_index_told_removed(redisReply *reply, void *data);
static ngx_str_t ngx_invoke_index_key(u_char *buf, const char *kind,
    u_char *digest, ngx_str_t *host);
static ngx_int_t ngx_invoke_index_ask(ngx_invoke_index_lock_t *lock);
static void ngx_invoke_index_answer(redisReply *reply, void *data);
static void ngx_invoke_index_go_on(ngx_invoke_index_lock_t *lock);
static void ngx_invoke_index_retry(ngx_event_t *ev);
static void ngx_invoke_index_unlock(ngx_invoke_index_lock_t *lock);
static void ngx_invoke_index_ignore(redisReply *reply, void *data);


static ngx_invoke_index_t  ngx_invoke_index;


/*
 * Scripts, since a key must not be written without its time to live, wherever
 * the connection is cut. What others have not refreshed for as long goes.
 *
 * KEYS: use, package, host. ARGV: now, time to live, host, digest, hits, size.
 */

static ngx_str_t  ngx_invoke_index_store = ngx_string(
    "local now, ttl = ARGV[1], ARGV[2] "
    "local old = tonumber(now) - tonumber(ttl) "
    "redis.call('HINCRBY', KEYS[1], 'hits', ARGV[5]) "
    "redis.call('HSET', KEYS[1], 'used', now) "
    "if ARGV[6] ~= '' then redis.call('HSET', KEYS[1], 'size', ARGV[6]) end "
    "redis.call('EXPIRE', KEYS[1], ttl) "
    "redis.call('ZADD', KEYS[2], now, ARGV[3]) "
    "redis.call('EXPIRE', KEYS[2], ttl) "
    "redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', old) "
    "redis.call('ZADD', KEYS[3], now, ARGV[4]) "
    "redis.call('EXPIRE', KEYS[3], ttl) "
    "redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', old) "
    "return 1");

static ngx_str_t  ngx_invoke_index_remove = ngx_string(
    "redis.call('DEL', KEYS[1]) "
    "redis.call('ZREM', KEYS[2], ARGV[1]) "
    "redis.call('ZREM', KEYS[3], ARGV[2]) "
    "return 1");

/* Only whose lock it is may remove it. KEYS: lock. ARGV: owner. */

static ngx_str_t  ngx_invoke_index_release = ngx_string(
    "if redis.call('GET', KEYS[1]) == ARGV[1] then "
    "return redis.call('DEL', KEYS[1]) end "
    "return 0");


void
ngx_invoke_redis_index_init(ngx_invoke_redis_conf_t *conf, ngx_cycle_t *cycle)
{
    u_char              *p;
    size_t               len;
    ngx_invoke_index_t  *index;

    index = &ngx_invoke_index;

    ngx_memzero(index, sizeof(ngx_invoke_index_t));

    len = cycle->hostname.len + 1 + conf->cache.len;

    p = ngx_alloc(2 * len + 1 + NGX_INT64_LEN, cycle->log);
    if (p == NULL) {
        return;
    }

    index->host.data = p;
    index->host.len = ngx_sprintf(p, "%V:%V", &cycle->hostname, &conf->cache)
                      - p;

    p += index->host.len;

    index->owner.data = p;
    index->owner.len = ngx_sprintf(p, "%V:%P", &index->host, ngx_pid) - p;

    ngx_rbtree_init(&index->rbtree, &index->sentinel,
                    ngx_str_rbtree_insert_value);
    ngx_queue_init(&index->entries);
    ngx_queue_init(&index->locks);

    index->timer.handler = ngx_invoke_index_timer;
    index->timer.data = index;
    index->timer.log = ngx_cycle->log;
    index->timer.cancelable = 1;

    index->last = ngx_current_msec - NGX_INVOKE_INDEX_SOON;
    index->conf = conf;
}


void
ngx_invoke_redis_index_exit(void)
{
    ngx_queue_t               *q;
    ngx_invoke_index_t        *index;
    ngx_invoke_index_lock_t   *lock;
    ngx_invoke_index_entry_t  *entry;

    index = &ngx_invoke_index;

    if (index->conf == NULL) {
        return;
    }

    ngx_invoke_index_flush();

    while (!ngx_queue_empty(&index->entries)) {
        q = ngx_queue_head(&index->entries);
        entry = ngx_queue_data(q, ngx_invoke_index_entry_t, queue);

        ngx_queue_remove(q);
        ngx_free(entry);
    }

    /* those that a reply is due to go when the connection does */

    while (!ngx_queue_empty(&index->locks)) {
        q = ngx_queue_head(&index->locks);
        lock = ngx_queue_data(q, ngx_invoke_index_lock_t, queue);

        ngx_queue_remove(q);
        ngx_invoke_index_unlock(lock);
    }

    if (index->timer.timer_set) {
        ngx_del_timer(&index->timer);
    }

    index->conf = NULL;

    ngx_free(index->host.data);
}


void
ngx_invoke_redis_index_ready(void)
{
    if (ngx_invoke_index.nentries) {
        ngx_invoke_index_soon(NGX_INVOKE_INDEX_SOON);
    }
}


void
ngx_invoke_redis_stored(ngx_str_t *digest, off_t size)
{
    ngx_invoke_index_entry_t  *entry;

    entry = ngx_invoke_index_entry(digest);
    if (entry == NULL) {
        return;
    }

    entry->removed = 0;
    entry->size = size;

    ngx_invoke_index_soon(NGX_INVOKE_INDEX_SOON);
}


void
ngx_invoke_redis_used(ngx_str_t *digest)
{
    ngx_invoke_index_entry_t  *entry;

    entry = ngx_invoke_index_entry(digest);
    if (entry == NULL) {
        return;
    }

    entry->removed = 0;
    entry->hits++;

    ngx_invoke_index_soon(NGX_INVOKE_INDEX_LATER);
}


void
ngx_invoke_redis_removed(ngx_str_t *digest)
{
    ngx_invoke_index_entry_t  *entry;

    entry = ngx_invoke_index_entry(digest);
    if (entry == NULL) {
        return;
    }

    entry->removed = 1;
    entry->hits = 0;
    entry->size = -1;

    ngx_invoke_index_soon(NGX_INVOKE_INDEX_SOON);
}


void
ngx_invoke_redis_announce(ngx_str_t *digest)
{
    u_char     key[NGX_INVOKE_INDEX_KEY];
    ngx_str_t  args[3];

    if (ngx_invoke_index.conf == NULL) {
        return;
    }

    ngx_str_set(&args[0], "PUBLISH");
    args[1] = ngx_invoke_index_key(key, "removed", NULL, NULL);
    args[2] = *digest;

    (void) ngx_invoke_redis_command(3, args, ngx_invoke_index_ignore, NULL);
}


/* A new one where there is none; NULL: it cannot be noted. */

static ngx_invoke_index_entry_t *
ngx_invoke_index_entry(ngx_str_t *digest)
{
    uint32_t                   hash;
    ngx_invoke_index_t        *index;
    ngx_invoke_index_entry_t  *entry;

    index = &ngx_invoke_index;

    if (index->conf == NULL || digest->len != NGX_INVOKE_INDEX_DIGEST) {
        return NULL;
    }

    hash = ngx_crc32_short(digest->data, digest->len);

    entry = (ngx_invoke_index_entry_t *)
            ngx_str_rbtree_lookup(&index->rbtree, digest, hash);

    if (entry) {
        return entry;
    }

    if (index->nentries == NGX_INVOKE_INDEX_ENTRIES) {
        return NULL;
    }

    entry = ngx_alloc(sizeof(ngx_invoke_index_entry_t), ngx_cycle->log);
    if (entry == NULL) {
        return NULL;
    }

    ngx_memcpy(entry->digest, digest->data, NGX_INVOKE_INDEX_DIGEST);

    entry->sn.node.key = hash;
    entry->sn.str.len = NGX_INVOKE_INDEX_DIGEST;
    entry->sn.str.data = entry->digest;
    entry->hits = 0;
    entry->size = -1;
    entry->removed = 0;

    ngx_rbtree_insert(&index->rbtree, &entry->sn.node);
    ngx_queue_insert_tail(&index->entries, &entry->queue);
    index->nentries++;

    return entry;
}


/* At the latest after "delay", but no pipeline soon after another. */

static void
ngx_invoke_index_soon(ngx_msec_t delay)
{
    ngx_msec_t           passed;
    ngx_event_t         *timer;
    ngx_invoke_index_t  *index;

    index = &ngx_invoke_index;
    timer = &index->timer;

    passed = ngx_current_msec - index->last;
    delay -= ngx_min(passed, delay);
    delay += delay ? ngx_random() % (delay / 4 + 1) : 1;

    if (timer->timer_set
        && (ngx_msec_int_t) (timer->timer.key - ngx_current_msec - delay) <= 0)
    {
        return;
    }

    ngx_add_timer(timer, delay);
}


static void
ngx_invoke_index_timer(ngx_event_t *ev)
{
    ngx_invoke_index_flush();
}


/* Without a connection, all waits for one. */

static void
ngx_invoke_index_flush(void)
{
    ngx_queue_t               *q;
    ngx_invoke_index_t        *index;
    ngx_invoke_index_entry_t  *entry;

    index = &ngx_invoke_index;
    index->last = ngx_current_msec;

    while (!ngx_queue_empty(&index->entries)) {
        q = ngx_queue_head(&index->entries);
        entry = ngx_queue_data(q, ngx_invoke_index_entry_t, queue);

        if (ngx_invoke_index_tell(entry) != NGX_OK) {
            break;
        }

        ngx_queue_remove(q);
        ngx_rbtree_delete(&index->rbtree, &entry->sn.node);
        index->nentries--;

        ngx_free(entry);
    }
}


static ngx_int_t
ngx_invoke_index_tell(ngx_invoke_index_entry_t *entry)
{
    u_char               use[NGX_INVOKE_INDEX_KEY], host[NGX_INVOKE_INDEX_KEY],
                         package[NGX_INVOKE_INDEX_KEY], now[NGX_TIME_T_LEN],
                         ttl[NGX_TIME_T_LEN], hits[NGX_INT64_LEN],
                         size[NGX_OFF_T_LEN];
    ngx_str_t            args[12];
    ngx_invoke_index_t  *index;

    index = &ngx_invoke_index;

    ngx_str_set(&args[0], "EVAL");
    ngx_str_set(&args[2], "3");
    args[3] = ngx_invoke_index_key(use, "use:", entry->digest, &index->host);
    args[4] = ngx_invoke_index_key(package, "package:", entry->digest, NULL);
    args[5] = ngx_invoke_index_key(host, "host:", NULL, &index->host);

    if (entry->removed) {
        args[1] = ngx_invoke_index_remove;
        args[6] = index->host;
        args[7] = entry->sn.str;

        return ngx_invoke_redis_command(8, args,
                                        ngx_invoke_index_told_removed, NULL);
    }

    args[1] = ngx_invoke_index_store;

    args[6].data = now;
    args[6].len = ngx_sprintf(now, "%T", ngx_time()) - now;
    args[7].data = ttl;
    args[7].len = ngx_sprintf(ttl, "%T", index->conf->ttl) - ttl;
    args[8] = index->host;
    args[9] = entry->sn.str;
    args[10].data = hits;
    args[10].len = ngx_sprintf(hits, "%ui", entry->hits) - hits;
    args[11].data = size;
    args[11].len = (entry->size == -1)
                   ? 0 : ngx_sprintf(size, "%O", entry->size) - size;

    return ngx_invoke_redis_command(12, args, ngx_invoke_index_told, NULL);
}


static void
ngx_invoke_index_told(redisReply *reply, void *data)
{
    if (reply) {
        ngx_invoke_redis_refused(reply);
    }
}


/* One that is full takes this, and still not what is stored. */

static void
ngx_invoke_index_told_removed(redisReply *reply, void *data)
{
    if (reply && reply->type == REDIS_REPLY_ERROR) {
        ngx_invoke_redis_refused(reply);
    }
}


/* <prefix><kind>[<digest>][:][<host>]; the configuration keeps it short. */

static ngx_str_t
ngx_invoke_index_key(u_char *buf, const char *kind, u_char *digest,
    ngx_str_t *host)
{
    u_char     *p;
    ngx_str_t   key;

    p = ngx_sprintf(buf, "%V%s", &ngx_invoke_index.conf->prefix, kind);

    if (digest) {
        p = ngx_cpymem(p, digest, NGX_INVOKE_INDEX_DIGEST);
    }

    if (host) {
        p = ngx_slprintf(p, buf + NGX_INVOKE_INDEX_KEY, "%s%V",
                         digest ? ":" : "", host);
    }

    key.data = buf;
    key.len = p - buf;

    return key;
}


ngx_int_t
ngx_invoke_redis_lock(ngx_str_t *digest, void (*handler)(void *data),
    void *data)
{
    ngx_invoke_index_lock_t  *lock;

    if (ngx_invoke_index.conf == NULL || !ngx_invoke_redis_connected()
        || digest->len != NGX_INVOKE_INDEX_DIGEST)
    {
        return NGX_OK;
    }

    lock = ngx_calloc(sizeof(ngx_invoke_index_lock_t), ngx_cycle->log);
    if (lock == NULL) {
        return NGX_OK;
    }

    ngx_memcpy(lock->digest, digest->data, NGX_INVOKE_INDEX_DIGEST);

    lock->deadline = ngx_current_msec + NGX_INVOKE_INDEX_WAIT;
    lock->handler = handler;
    lock->data = data;
    lock->timer.handler = ngx_invoke_index_retry;
    lock->timer.data = lock;
    lock->timer.log = ngx_cycle->log;

    if (ngx_invoke_index_ask(lock) != NGX_OK) {
        ngx_free(lock);
        return NGX_OK;
    }

    ngx_queue_insert_tail(&ngx_invoke_index.locks, &lock->queue);

    /* its end, whatever the replies */
    ngx_add_timer(&lock->timer, NGX_INVOKE_INDEX_WAIT);

    return NGX_AGAIN;
}


void
ngx_invoke_redis_unlock(ngx_str_t *digest)
{
    ngx_queue_t              *q;
    ngx_invoke_index_lock_t  *lock;

    if (ngx_invoke_index.conf == NULL
        || digest->len != NGX_INVOKE_INDEX_DIGEST)
    {
        return;
    }

    for (q = ngx_queue_head(&ngx_invoke_index.locks);
         q != ngx_queue_sentinel(&ngx_invoke_index.locks);
         q = ngx_queue_next(q))
    {
        lock = ngx_queue_data(q, ngx_invoke_index_lock_t, queue);

        if (ngx_memcmp(lock->digest, digest->data, NGX_INVOKE_INDEX_DIGEST)
            == 0)
        {
            ngx_queue_remove(q);
            ngx_invoke_index_unlock(lock);
            return;
        }
    }
}


static ngx_int_t
ngx_invoke_index_ask(ngx_invoke_index_lock_t *lock)
{
    ngx_int_t  rc;
    u_char     key[NGX_INVOKE_INDEX_KEY];
    ngx_str_t  args[6];

    ngx_str_set(&args[0], "SET");
    args[1] = ngx_invoke_index_key(key, "lock:", lock->digest, NULL);
    args[2] = ngx_invoke_index.owner;
    ngx_str_set(&args[3], "NX");
    ngx_str_set(&args[4], "PX");
    ngx_str_set(&args[5], NGX_INVOKE_INDEX_LOCK);

    rc = ngx_invoke_redis_command(6, args, ngx_invoke_index_answer, lock);

    lock->asked = (rc == NGX_OK);

    return rc;
}


/* NULL: Redis is away, and all may download. */

static void
ngx_invoke_index_answer(redisReply *reply, void *data)
{
    ngx_invoke_index_lock_t *lock = data;

    lock->asked = 0;

    if (reply && reply->type == REDIS_REPLY_STATUS) {
        lock->held = 1;
    }

    if (lock->over) {
        ngx_invoke_index_unlock(lock);
        return;
    }

    if (lock->handler == NULL) {
        return;
    }

    if (reply && reply->type == REDIS_REPLY_NIL
        && (ngx_msec_int_t) (lock->deadline - ngx_current_msec) > 0)
    {
        if (lock->timer.timer_set) {
            ngx_del_timer(&lock->timer);
        }

        ngx_add_timer(&lock->timer, NGX_INVOKE_INDEX_RETRY);
        return;
    }

    ngx_invoke_index_go_on(lock);
}


static void
ngx_invoke_index_go_on(ngx_invoke_index_lock_t *lock)
{
    void  (*handler)(void *data);

    if (lock->timer.timer_set) {
        ngx_del_timer(&lock->timer);
    }

    handler = lock->handler;
    lock->handler = NULL;

    handler(lock->data);
}


static void
ngx_invoke_index_retry(ngx_event_t *ev)
{
    ngx_msec_int_t            left;
    ngx_invoke_index_lock_t  *lock;

    lock = ev->data;
    left = (ngx_msec_int_t) (lock->deadline - ngx_current_msec);

    if (left <= 0 || lock->asked || ngx_invoke_index_ask(lock) != NGX_OK) {
        ngx_invoke_index_go_on(lock);
        return;
    }

    ngx_add_timer(&lock->timer, (ngx_msec_t) left);
}


/* It is off the list, and goes, now or with the reply. */

static void
ngx_invoke_index_unlock(ngx_invoke_index_lock_t *lock)
{
    u_char     key[NGX_INVOKE_INDEX_KEY];
    ngx_str_t  args[5];

    lock->over = 1;
    lock->handler = NULL;

    if (lock->timer.timer_set) {
        ngx_del_timer(&lock->timer);
    }

    if (lock->asked) {
        return;
    }

    if (lock->held && ngx_invoke_index.conf) {
        ngx_str_set(&args[0], "EVAL");
        args[1] = ngx_invoke_index_release;
        ngx_str_set(&args[2], "1");
        args[3] = ngx_invoke_index_key(key, "lock:", lock->digest, NULL);
        args[4] = ngx_invoke_index.owner;

        (void) ngx_invoke_redis_command(5, args, ngx_invoke_index_ignore,
                                        NULL);
    }

    ngx_free(lock);
}


static void
ngx_invoke_index_ignore(redisReply *reply, void *data)
{
    /* void */
}
