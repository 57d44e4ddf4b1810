
#include "ngx_invoke_tls.h"

#include <openssl/err.h>
#include <openssl/rand.h>
#include <pthread.h>


/* Of the table, and bytes of the steps of all that are in it. */
#define NGX_INVOKE_TLS_CONTEXTS  256
#define NGX_INVOKE_TLS_TABLE     (8 * 1024 * 1024)

/* Bytes of steps of one that is in the table at most. */
#define NGX_INVOKE_TLS_SHARED    (1024 * 1024)

/* Digests of steps that have succeeded, in places by their first bytes. */
#define NGX_INVOKE_TLS_KNOWN     1024


typedef struct {
    ngx_queue_t       queue;            /* latest first */
    uint8_t           digest[SHA256_DIGEST_LENGTH];
    SSL_CTX          *ctx;
    size_t            len;              /* of its steps */
} ngx_invoke_tls_entry_t;


/* The table; all of it is under the lock. */

static pthread_mutex_t  ngx_invoke_tls_mutex = PTHREAD_MUTEX_INITIALIZER;
static ngx_queue_t      ngx_invoke_tls_entries;
static ngx_uint_t       ngx_invoke_tls_nentries;
static size_t           ngx_invoke_tls_size;
static uint8_t        (*ngx_invoke_tls_known)[SHA256_DIGEST_LENGTH];


/* actor thread, all of this file */

/* Whether a step is known to succeed, or that it does so from now on. */

static ngx_uint_t
ngx_invoke_tls_knows(const uint8_t *digest, ngx_uint_t add)
{
    uint8_t     *known;
    ngx_uint_t   rc;

    rc = 0;

    pthread_mutex_lock(&ngx_invoke_tls_mutex);

    if (ngx_invoke_tls_known == NULL && add) {
        ngx_invoke_tls_known = calloc(NGX_INVOKE_TLS_KNOWN,
                                      SHA256_DIGEST_LENGTH);
    }

    if (ngx_invoke_tls_known != NULL) {
        known = ngx_invoke_tls_known[(digest[0] << 8 | digest[1])
                                     % NGX_INVOKE_TLS_KNOWN];
        if (add) {
            ngx_memcpy(known, digest, SHA256_DIGEST_LENGTH);
        }

        rc = ngx_memcmp(known, digest, SHA256_DIGEST_LENGTH) == 0;
    }

    pthread_mutex_unlock(&ngx_invoke_tls_mutex);

    return rc;
}


static ngx_invoke_tls_entry_t *
ngx_invoke_tls_find_locked(const uint8_t *digest)
{
    ngx_queue_t             *q;
    ngx_invoke_tls_entry_t  *e;

    if (ngx_invoke_tls_entries.next == NULL) {
        ngx_queue_init(&ngx_invoke_tls_entries);
    }

    for (q = ngx_queue_head(&ngx_invoke_tls_entries);
         q != ngx_queue_sentinel(&ngx_invoke_tls_entries);
         q = ngx_queue_next(q))
    {
        e = ngx_queue_data(q, ngx_invoke_tls_entry_t, queue);

        if (ngx_memcmp(e->digest, digest, SHA256_DIGEST_LENGTH) == 0) {
            ngx_queue_remove(&e->queue);
            ngx_queue_insert_head(&ngx_invoke_tls_entries, &e->queue);
            return e;
        }
    }

    return NULL;
}


static SSL_CTX *
ngx_invoke_tls_find(const uint8_t *digest)
{
    SSL_CTX                 *ctx;
    ngx_invoke_tls_entry_t  *e;

    pthread_mutex_lock(&ngx_invoke_tls_mutex);

    e = ngx_invoke_tls_find_locked(digest);
    ctx = e != NULL && SSL_CTX_up_ref(e->ctx) == 1 ? e->ctx : NULL;

    pthread_mutex_unlock(&ngx_invoke_tls_mutex);

    return ctx;
}


static ngx_uint_t
ngx_invoke_tls_full_locked(size_t len)
{
    return ngx_invoke_tls_nentries >= NGX_INVOKE_TLS_CONTEXTS
           || (ngx_invoke_tls_nentries > 0
               && ngx_invoke_tls_size + len > NGX_INVOKE_TLS_TABLE);
}


/*
 * Puts it into the table, which has a reference of its own, and takes those out
 * that were used longest ago. Where another thread was faster, or memory is
 * out, it stays what it was.
 */

static void
ngx_invoke_tls_share(ngx_invoke_tls_context_t *c)
{
    ngx_queue_t              gone, *q;
    ngx_invoke_tls_entry_t  *e, *old;

    if (c->len > NGX_INVOKE_TLS_SHARED) {
        return;
    }

    ngx_queue_init(&gone);

    pthread_mutex_lock(&ngx_invoke_tls_mutex);

    if (ngx_invoke_tls_find_locked(c->digest) != NULL) {
        goto done;
    }

    e = malloc(sizeof(ngx_invoke_tls_entry_t));

    if (e == NULL || SSL_CTX_up_ref(c->ctx) != 1) {
        free(e);
        goto done;
    }

    while (ngx_invoke_tls_full_locked(c->len)) {
        q = ngx_queue_last(&ngx_invoke_tls_entries);
        ngx_queue_remove(q);
        ngx_queue_insert_tail(&gone, q);

        old = ngx_queue_data(q, ngx_invoke_tls_entry_t, queue);
        ngx_invoke_tls_nentries--;
        ngx_invoke_tls_size -= old->len;
    }

    ngx_memcpy(e->digest, c->digest, SHA256_DIGEST_LENGTH);
    e->ctx = c->ctx;
    e->len = c->len;

    ngx_queue_insert_head(&ngx_invoke_tls_entries, &e->queue);
    ngx_invoke_tls_nentries++;
    ngx_invoke_tls_size += c->len;

    c->shared = 1;

done:

    pthread_mutex_unlock(&ngx_invoke_tls_mutex);

    while (!ngx_queue_empty(&gone)) {
        q = ngx_queue_head(&gone);
        ngx_queue_remove(q);

        old = ngx_queue_data(q, ngx_invoke_tls_entry_t, queue);
        SSL_CTX_free(old->ctx);
        free(old);
    }
}


ngx_invoke_tls_context_t *
ngx_invoke_tls_context_create(ngx_str_t *id)
{
    ngx_invoke_tls_context_t  *c;

    c = calloc(1, sizeof(ngx_invoke_tls_context_t));
    if (c == NULL) {
        return NULL;
    }

    c->id.data = malloc(id->len + 1);

    if (c->id.data == NULL || RAND_bytes(c->tickets, sizeof(c->tickets)) != 1)
    {
        ngx_invoke_tls_context_free(c);
        return NULL;
    }

    ngx_memcpy(c->id.data, id->data, id->len);
    c->id.len = id->len;

    return c;
}


static void
ngx_invoke_tls_drop(ngx_invoke_tls_context_t *c)
{
    SSL_CTX_free(c->ctx);
    c->ctx = NULL;
    c->shared = 0;
}


void
ngx_invoke_tls_context_close(ngx_invoke_tls_context_t *c)
{
    ngx_invoke_tls_drop(c);

    if (c->steps != NULL) {
        OPENSSL_cleanse(c->steps, c->len);
        ngx_invoke_v8_free(c->steps);
        c->steps = NULL;
    }

    c->closed = 1;
}


void
ngx_invoke_tls_context_free(ngx_invoke_tls_context_t *c)
{
    ngx_invoke_tls_context_close(c);
    free(c->id.data);
    OPENSSL_cleanse(c->tickets, sizeof(c->tickets));
    free(c);
}


/* The digest of the steps up to this one. */

static void
ngx_invoke_tls_digest(ngx_invoke_tls_context_t *c, ngx_invoke_tls_step_t *step,
    uint8_t *digest)
{
    uint64_t    head[7];
    SHA256_CTX  sha;

    head[0] = step->what;
    head[1] = step->passphrase;
    head[2] = step->number;
    head[3] = step->last;
    head[4] = step->data.len;
    head[5] = step->pass.len;
    head[6] = c->id.len;

    SHA256_Init(&sha);
    SHA256_Update(&sha, c->digest, sizeof(c->digest));
    SHA256_Update(&sha, head, sizeof(head));
    SHA256_Update(&sha, step->data.data, step->data.len);
    SHA256_Update(&sha, step->pass.data, step->pass.len);

    if (step->what == NGX_INVOKE_TLS_KEY || step->what == NGX_INVOKE_TLS_PKCS12)
    {
        SHA256_Update(&sha, c->id.data, c->id.len);
    }

    SHA256_Final(digest, &sha);
}


/* A step is its head, its bytes and its passphrase, each with a NUL. */

static ngx_int_t
ngx_invoke_tls_note(ngx_invoke_tls_context_t *c, ngx_invoke_tls_step_t *step)
{
    size_t   need, size;
    u_char  *p;

    need = ngx_align(sizeof(ngx_invoke_tls_step_t) + step->data.len + 1
                     + step->pass.len + 1, sizeof(uint64_t));

    if (need > c->size - c->len) {
        size = ngx_max(2 * c->size, c->len + need + 1024);

        p = ngx_invoke_v8_alloc(size);
        if (p == NULL) {
            return NGX_ERROR;
        }

        if (c->steps != NULL) {
            ngx_memcpy(p, c->steps, c->len);
            OPENSSL_cleanse(c->steps, c->len);
            ngx_invoke_v8_free(c->steps);
        }

        c->steps = p;
        c->size = size;
    }

    p = c->steps + c->len;
    c->len += need;

    p = ngx_cpymem(p, step, sizeof(ngx_invoke_tls_step_t));
    p = ngx_cpymem(p, step->data.data, step->data.len);
    *p++ = '\0';
    p = ngx_cpymem(p, step->pass.data, step->pass.len);
    *p = '\0';

    return NGX_OK;
}


/* All steps that were noted, once more: they have succeeded before. */

static SSL_CTX *
ngx_invoke_tls_replay(ngx_invoke_tls_context_t *c)
{
    u_char                    *p, *last;
    SSL_CTX                   *ctx;
    ngx_invoke_tls_step_t      step;
    ngx_invoke_tls_refusal_t   refusal;

    ctx = NULL;
    last = c->steps + c->len;

    for (p = c->steps; p < last; /* void */ ) {
        ngx_memcpy(&step, p, sizeof(ngx_invoke_tls_step_t));
        p += sizeof(ngx_invoke_tls_step_t);

        step.data.data = p;
        step.pass.data = p + step.data.len + 1;
        p += step.data.len + step.pass.len + 2;
        p = ngx_align_ptr(p, sizeof(uint64_t));

        if (step.what == NGX_INVOKE_TLS_INIT) {
            ctx = ngx_invoke_tls_step_init(&step, &refusal);

            if (ctx == NULL) {
                return NULL;
            }

            ngx_invoke_tls_prepare(ctx);
            continue;
        }

        if (ngx_invoke_tls_step(ctx, &step, &refusal) != NGX_OK) {
            ERR_clear_error();
            SSL_CTX_free(ctx);
            return NULL;
        }
    }

    return ctx;
}


/* Makes it one of its own; NGX_ERROR: memory is out. */

static ngx_int_t
ngx_invoke_tls_own(ngx_invoke_tls_context_t *c)
{
    SSL_CTX  *ctx;

    if (c->ctx != NULL && !c->shared) {
        return NGX_OK;
    }

    ctx = ngx_invoke_tls_replay(c);
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    ngx_invoke_tls_drop(c);
    c->ctx = ctx;

    return NGX_OK;
}


static ngx_int_t
ngx_invoke_tls_no_memory(ngx_invoke_tls_refusal_t *refusal)
{
    refusal->kind = NGX_INVOKE_V8_RANGE_ERROR;
    refusal->code = NULL;
    refusal->message = "Out of memory";

    return NGX_ERROR;
}


static ngx_int_t
ngx_invoke_tls_take(ngx_invoke_tls_context_t *c, ngx_invoke_tls_step_t *step,
    ngx_invoke_tls_refusal_t *refusal)
{
    if (step->what == NGX_INVOKE_TLS_INIT) {
        c->ctx = ngx_invoke_tls_step_init(step, refusal);

        if (c->ctx == NULL) {
            return NGX_ERROR;
        }

        ngx_invoke_tls_prepare(c->ctx);

        return NGX_OK;
    }

    return ngx_invoke_tls_own(c) != NGX_OK ? ngx_invoke_tls_no_memory(refusal)
           : ngx_invoke_tls_step(c->ctx, step, refusal);
}


ngx_int_t
ngx_invoke_tls_context_step(ngx_invoke_tls_context_t *c,
    ngx_invoke_tls_step_t *step, ngx_invoke_tls_refusal_t *refusal)
{
    uint8_t  digest[SHA256_DIGEST_LENGTH];

    ngx_invoke_tls_digest(c, step, digest);

    if ((c->ctx != NULL && !c->shared) || step->what == NGX_INVOKE_TLS_DH
        || !ngx_invoke_tls_knows(digest, 0))
    {
        if (ngx_invoke_tls_take(c, step, refusal) != NGX_OK) {

            /* it may have been done in part, of which no digest tells */

            ngx_invoke_tls_drop(c);
            return NGX_ERROR;
        }

        (void) ngx_invoke_tls_knows(digest, 1);

    } else if (c->shared) {

        ngx_invoke_tls_drop(c);
    }

    if (ngx_invoke_tls_note(c, step) != NGX_OK) {

        /* what was done and is not noted must not be used */

        ngx_invoke_tls_context_close(c);
        return ngx_invoke_tls_no_memory(refusal);
    }

    ngx_memcpy(c->digest, digest, SHA256_DIGEST_LENGTH);

    return NGX_OK;
}


SSL_CTX *
ngx_invoke_tls_context_use(ngx_invoke_tls_context_t *c)
{
    if (c->ctx == NULL && !c->private) {
        c->ctx = ngx_invoke_tls_find(c->digest);
        c->shared = (c->ctx != NULL);
    }

    if (c->ctx == NULL && ngx_invoke_tls_own(c) != NGX_OK) {
        return NULL;
    }

    if (!c->shared && !c->private) {
        ngx_invoke_tls_share(c);
    }

    return c->ctx;
}


/*
 * Node's keys are those of an OpenSSL that had fewer bytes of them: a name, and
 * what the keys of now are made of.
 */

static void
ngx_invoke_tls_tickets(ngx_invoke_tls_context_t *c)
{
    uint8_t     keys[16 + 2 * SHA256_DIGEST_LENGTH];
    SHA256_CTX  sha;
    ngx_uint_t  i;

    ngx_memcpy(keys, c->tickets, 16);

    for (i = 0; i < 2; i++) {
        SHA256_Init(&sha);
        SHA256_Update(&sha, c->tickets, sizeof(c->tickets));
        SHA256_Update(&sha, &i, sizeof(ngx_uint_t));
        SHA256_Final(keys + 16 + i * SHA256_DIGEST_LENGTH, &sha);
    }

    (void) SSL_CTX_set_tlsext_ticket_keys(c->ctx, keys, sizeof(keys));

    OPENSSL_cleanse(keys, sizeof(keys));
}


void
ngx_invoke_tls_context_tickets(ngx_invoke_tls_context_t *c,
    const uint8_t *keys)
{
    ngx_memcpy(c->tickets, keys, sizeof(c->tickets));

    if (c->private && c->ctx != NULL) {
        ngx_invoke_tls_tickets(c);
    }
}


SSL_CTX *
ngx_invoke_tls_context_private(ngx_invoke_tls_context_t *c)
{
    c->private = 1;

    if (ngx_invoke_tls_own(c) != NGX_OK) {
        return NULL;
    }

    ngx_invoke_tls_tickets(c);

    return c->ctx;
}


SSL_CTX *
ngx_invoke_tls_context_look(ngx_invoke_tls_context_t *c)
{
    return c->ctx != NULL || ngx_invoke_tls_own(c) == NGX_OK ? c->ctx : NULL;
}
