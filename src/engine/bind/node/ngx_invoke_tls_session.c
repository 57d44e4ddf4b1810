
#include "ngx_invoke_tls.h"

#include <openssl/err.h>
#include <pthread.h>


#define NGX_INVOKE_TLS_SESSIONS  1024
#define NGX_INVOKE_TLS_BUCKETS   256

/* A server of TLS 1.3 gives two a connection. */
#define NGX_INVOKE_TLS_SAME      8

/* Seconds. */
#define NGX_INVOKE_TLS_HOUR      3600


typedef struct {
    ngx_queue_t       queue;            /* latest first */
    ngx_queue_t       bucket;
    uint8_t           key[SHA256_DIGEST_LENGTH];
    time_t            end;              /* monotonic */
    size_t            len;
    u_char            der[];
} ngx_invoke_tls_kept_t;


/* under the lock */

static pthread_mutex_t  ngx_invoke_tls_lock = PTHREAD_MUTEX_INITIALIZER;
static ngx_queue_t      ngx_invoke_tls_kept;
static ngx_queue_t      ngx_invoke_tls_buckets[NGX_INVOKE_TLS_BUCKETS];
static ngx_uint_t       ngx_invoke_tls_nkept;


static time_t
ngx_invoke_tls_now(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return ts.tv_sec;
}


static void
ngx_invoke_tls_kept_free_locked(ngx_invoke_tls_kept_t *k)
{
    ngx_queue_remove(&k->queue);
    ngx_queue_remove(&k->bucket);
    ngx_invoke_tls_nkept--;

    OPENSSL_cleanse(k->der, k->len);
    free(k);
}


/* The keys are digests. */

static ngx_queue_t *
ngx_invoke_tls_bucket_locked(const uint8_t *key)
{
    ngx_uint_t  i;

    if (ngx_invoke_tls_kept.next == NULL) {
        ngx_queue_init(&ngx_invoke_tls_kept);

        for (i = 0; i < NGX_INVOKE_TLS_BUCKETS; i++) {
            ngx_queue_init(&ngx_invoke_tls_buckets[i]);
        }
    }

    return &ngx_invoke_tls_buckets[key[0] % NGX_INVOKE_TLS_BUCKETS];
}


/* How long it may be used, at the most an hour. */

static time_t
ngx_invoke_tls_lifetime(const u_char *der, size_t len)
{
    time_t        seconds, hint;
    SSL_SESSION  *s;

    s = d2i_SSL_SESSION(NULL, &der, len);

    if (s == NULL || !SSL_SESSION_is_resumable(s)) {
        SSL_SESSION_free(s);
        ERR_clear_error();
        return 0;
    }

    seconds = NGX_INVOKE_TLS_HOUR;
    hint = SSL_SESSION_get_timeout(s);
    seconds = ngx_min(seconds, hint);

    hint = SSL_SESSION_get_ticket_lifetime_hint(s);

    if (SSL_SESSION_has_ticket(s) && hint > 0) {
        seconds = ngx_min(seconds, hint);
    }

    seconds -= time(NULL) - SSL_SESSION_get_time(s);

    SSL_SESSION_free(s);

    return seconds;
}


/* Room for one more of that key. */

static void
ngx_invoke_tls_room_locked(ngx_queue_t *bucket, const uint8_t *key)
{
    ngx_uint_t              n;
    ngx_queue_t            *q;
    ngx_invoke_tls_kept_t  *k, *oldest;

    n = 0;
    oldest = NULL;

    for (q = ngx_queue_head(bucket);
         q != ngx_queue_sentinel(bucket);
         q = ngx_queue_next(q))
    {
        k = ngx_queue_data(q, ngx_invoke_tls_kept_t, bucket);

        if (ngx_memcmp(k->key, key, SHA256_DIGEST_LENGTH) == 0) {
            oldest = k;
            n++;
        }
    }

    if (n >= NGX_INVOKE_TLS_SAME) {
        ngx_invoke_tls_kept_free_locked(oldest);
    }

    if (ngx_invoke_tls_nkept >= NGX_INVOKE_TLS_SESSIONS) {
        q = ngx_queue_last(&ngx_invoke_tls_kept);
        ngx_invoke_tls_kept_free_locked(
            ngx_queue_data(q, ngx_invoke_tls_kept_t, queue));
    }
}


void
ngx_invoke_tls_session_put(const uint8_t *key, const u_char *der, size_t len)
{
    time_t                  seconds;
    ngx_queue_t            *bucket;
    ngx_invoke_tls_kept_t  *k;

    seconds = ngx_invoke_tls_lifetime(der, len);

    if (seconds <= 0) {
        return;
    }

    k = malloc(sizeof(ngx_invoke_tls_kept_t) + len);
    if (k == NULL) {
        return;
    }

    ngx_memcpy(k->key, key, SHA256_DIGEST_LENGTH);
    k->end = ngx_invoke_tls_now() + seconds;
    k->len = len;
    ngx_memcpy(k->der, der, len);

    pthread_mutex_lock(&ngx_invoke_tls_lock);

    bucket = ngx_invoke_tls_bucket_locked(key);
    ngx_invoke_tls_room_locked(bucket, key);

    ngx_queue_insert_head(&ngx_invoke_tls_kept, &k->queue);
    ngx_queue_insert_head(bucket, &k->bucket);
    ngx_invoke_tls_nkept++;

    pthread_mutex_unlock(&ngx_invoke_tls_lock);
}


/* The latest one that has not run out, out of the table. */

static u_char *
ngx_invoke_tls_session_out(const uint8_t *key, size_t *len)
{
    time_t                  now;
    u_char                 *der;
    ngx_queue_t            *bucket, *q, *next;
    ngx_invoke_tls_kept_t  *k;

    der = NULL;
    now = ngx_invoke_tls_now();

    pthread_mutex_lock(&ngx_invoke_tls_lock);

    bucket = ngx_invoke_tls_bucket_locked(key);

    for (q = ngx_queue_head(bucket);
         q != ngx_queue_sentinel(bucket) && der == NULL;
         q = next)
    {
        next = ngx_queue_next(q);
        k = ngx_queue_data(q, ngx_invoke_tls_kept_t, bucket);

        if (ngx_memcmp(k->key, key, SHA256_DIGEST_LENGTH) != 0) {
            continue;
        }

        der = k->end > now ? malloc(k->len) : NULL;

        if (der != NULL) {
            *len = k->len;
            ngx_memcpy(der, k->der, k->len);
        }

        ngx_invoke_tls_kept_free_locked(k);
    }

    pthread_mutex_unlock(&ngx_invoke_tls_lock);

    return der;
}


SSL_SESSION *
ngx_invoke_tls_session_take(const uint8_t *key)
{
    u_char        *der;
    size_t         len;
    SSL_SESSION   *s;
    const u_char  *p;

    der = ngx_invoke_tls_session_out(key, &len);
    if (der == NULL) {
        return NULL;
    }

    p = der;
    s = d2i_SSL_SESSION(NULL, &p, len);

    /* those of before TLS 1.3 may be used again */

    if (s != NULL && SSL_SESSION_get_protocol_version(s) < TLS1_3_VERSION) {
        ngx_invoke_tls_session_put(key, der, len);
    }

    OPENSSL_cleanse(der, len);
    free(der);
    ERR_clear_error();

    return s;
}
