
#include "ngx_invoke_strip.h"
#include "ngx_invoke_clock.h"
#include "ngx_invoke_code_cache.h"
#include "ngx_invoke_crash.h"
#include "ngx_invoke_isolate.h"
#include "ngx_invoke_metrics.h"
#include "ngx_invoke_thread.h"

#include <sys/prctl.h>


/* Of the isolate, bytes. */
#define NGX_INVOKE_STRIP_MEMORY  (128 * 1024 * 1024)

/* What is kept of texts, bytes. */
#define NGX_INVOKE_STRIP_SIZE    (16 * 1024 * 1024)

/* How long a text may take until it is ended, and given up, ns. */
#define NGX_INVOKE_STRIP_TIME    10000000000
#define NGX_INVOKE_STRIP_GRACE   5000000000

/* How long it is not tried again after that. */
#define NGX_INVOKE_STRIP_AGAIN   60000000000

/* How long the isolate stays for the next text, ns. */
#define NGX_INVOKE_STRIP_IDLE    5000000000

/* How often who waits looks up, ns. */
#define NGX_INVOKE_STRIP_LOOK    5000000

/* So many threads may be given up. */
#define NGX_INVOKE_STRIP_LOST    3


typedef enum {
    NGX_INVOKE_STRIP_WAITING = 0,
    NGX_INVOKE_STRIP_RUNNING,
    NGX_INVOKE_STRIP_DONE
} ngx_invoke_strip_state_e;


/* A text, known by its digest. */

typedef struct {
    ngx_str_node_t             node;
    ngx_queue_t                queue;       /* of the line, or of the kept */
    char                       name[NGX_INVOKE_CODE_NAME + 1];
    ngx_invoke_strip_state_e   state;
    ngx_uint_t                 waiters;
    unsigned                   known:1;     /* in the tree */

    u_char                    *text;        /* until it is DONE */
    size_t                     len;
    uint64_t                   time;        /* that it began; once it has
                                               failed: that it is forgotten */
    ngx_invoke_v8_stripped_e   result;
    u_char                    *out;
    size_t                     out_len;
} ngx_invoke_strip_job_t;


typedef struct {
    pthread_t                  thread;
    ngx_invoke_crash_t         crash;
    ngx_invoke_v8_stripper_t  *stripper;    /* to be terminated */
    ngx_invoke_strip_job_t    *job;         /* that is RUNNING */
    unsigned                   lost:1;      /* nobody waits for it any more */
    unsigned                   ended:1;
} ngx_invoke_strip_thread_t;


static void ngx_invoke_strip_init_locked(void);
static ngx_invoke_strip_job_t *ngx_invoke_strip_job_locked(const char *name);
static ngx_invoke_strip_job_t *ngx_invoke_strip_add(const char *name,
    const u_char *text, size_t len);
static ngx_int_t ngx_invoke_strip_wait_locked(ngx_invoke_watch_t *watch,
    ngx_invoke_strip_job_t *job);
static void ngx_invoke_strip_look_locked(void);
static void ngx_invoke_strip_leave_locked(ngx_invoke_strip_job_t *job);
static void ngx_invoke_strip_done_locked(ngx_invoke_strip_job_t *job,
    ngx_invoke_v8_stripped_e result, u_char *out, size_t len);
static void ngx_invoke_strip_failed_locked(ngx_invoke_strip_job_t *job,
    const char *why);
static void ngx_invoke_strip_forget_locked(ngx_invoke_strip_job_t *job);
static void ngx_invoke_strip_free(ngx_invoke_strip_job_t *job);
static void ngx_invoke_strip_start_locked(void);
static void *ngx_invoke_strip_main(void *data);
static ngx_invoke_strip_job_t *ngx_invoke_strip_next_locked(void);
static void ngx_invoke_strip_run(ngx_invoke_strip_thread_t *t,
    ngx_invoke_strip_job_t *job);
static void ngx_invoke_strip_retire(ngx_invoke_strip_thread_t *t);


/* all but the event and the lock: under that */

static struct {
    pthread_mutex_t             mutex;
    pthread_cond_t              event;
    ngx_rbtree_t                tree;
    ngx_rbtree_node_t           sentinel;
    ngx_queue_t                 line;       /* those that wait */
    ngx_queue_t                 kept;       /* latest used first */
    size_t                      size;       /* of these */
    ngx_invoke_strip_thread_t  *thread;
    ngx_uint_t                  lost;
    ngx_uint_t                  exiting;
} ngx_invoke_strip_all = {
    .mutex = PTHREAD_MUTEX_INITIALIZER,
    .event = PTHREAD_COND_INITIALIZER
};


ngx_uint_t
ngx_invoke_strip_typed(const ngx_str_t *path)
{
    u_char  *p;

    if (path->len < sizeof(".ts") - 1) {
        return 0;
    }

    p = path->data + path->len - 3;

    if (p[0] == '.') {
        return p[1] == 't' && p[2] == 's';
    }

    return path->len >= sizeof(".mts") - 1 && p[-1] == '.'
           && (p[0] == 'm' || p[0] == 'c') && p[1] == 't' && p[2] == 's';
}


/* actor thread, up to the thread's own */

ngx_int_t
ngx_invoke_strip(ngx_invoke_watch_t *watch, const u_char *text, size_t len,
    ngx_invoke_v8_stripped_e *result, u_char **out, size_t *out_len)
{
    char                     name[NGX_INVOKE_CODE_NAME + 1];
    ngx_int_t                rc;
    ngx_invoke_strip_job_t  *job;

    if (ngx_invoke_code_cache_digest(ngx_invoke_v8_amaro(), "typescript",
                                     text, len, name)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    (void) pthread_mutex_lock(&ngx_invoke_strip_all.mutex);

    ngx_invoke_strip_init_locked();
    job = ngx_invoke_strip_job_locked(name);

    if (job == NULL) {
        (void) pthread_mutex_unlock(&ngx_invoke_strip_all.mutex);
        job = ngx_invoke_strip_add(name, text, len);
        (void) pthread_mutex_lock(&ngx_invoke_strip_all.mutex);
    }

    rc = job == NULL ? NGX_ERROR : ngx_invoke_strip_wait_locked(watch, job);

    if (rc == NGX_OK) {
        *result = job->result;
        *out_len = job->out_len;
        *out = malloc(job->out_len + 1);

        if (*out == NULL) {
            rc = NGX_ERROR;

        } else {
            *ngx_cpymem(*out, job->out, job->out_len) = '\0';
        }
    }

    if (job != NULL) {
        ngx_invoke_strip_leave_locked(job);
    }

    (void) pthread_mutex_unlock(&ngx_invoke_strip_all.mutex);

    return rc;
}


static void
ngx_invoke_strip_init_locked(void)
{
    if (ngx_invoke_strip_all.tree.root == NULL) {
        ngx_rbtree_init(&ngx_invoke_strip_all.tree,
                        &ngx_invoke_strip_all.sentinel,
                        ngx_str_rbtree_insert_value);
        ngx_queue_init(&ngx_invoke_strip_all.line);
        ngx_queue_init(&ngx_invoke_strip_all.kept);
    }
}


/* One more waits for it; NULL: it is not known. */

static ngx_invoke_strip_job_t *
ngx_invoke_strip_job_locked(const char *name)
{
    ngx_str_t                key;
    ngx_invoke_strip_job_t  *job;

    key.data = (u_char *) name;
    key.len = NGX_INVOKE_CODE_NAME;

    job = (ngx_invoke_strip_job_t *)
              ngx_str_rbtree_lookup(&ngx_invoke_strip_all.tree, &key,
                                    ngx_crc32_long(key.data, key.len));

    if (job != NULL && job->state == NGX_INVOKE_STRIP_DONE) {
        if (job->time != 0 && job->time < ngx_invoke_now()) {
            ngx_invoke_strip_forget_locked(job);
            return NULL;
        }

        ngx_queue_remove(&job->queue);
        ngx_queue_insert_head(&ngx_invoke_strip_all.kept, &job->queue);
    }

    if (job != NULL) {
        job->waiters++;
    }

    return job;
}


/*
 * The same of one that was not known, unless it is by now: what the disk has,
 * or one more of the line.
 */

static ngx_invoke_strip_job_t *
ngx_invoke_strip_add(const char *name, const u_char *text, size_t len)
{
    size_t                   out_len;
    u_char                  *out;
    ngx_invoke_strip_job_t  *job, *known;

    job = calloc(1, sizeof(ngx_invoke_strip_job_t));
    if (job == NULL) {
        return NULL;
    }

    (void) ngx_cpystrn((u_char *) job->name, (u_char *) name,
                       sizeof(job->name));

    job->node.str.data = (u_char *) job->name;
    job->node.str.len = NGX_INVOKE_CODE_NAME;
    job->node.node.key = ngx_crc32_long(job->node.str.data,
                                        job->node.str.len);
    job->len = len;
    job->waiters = 1;

    out = ngx_invoke_code_cache_get(name, &out_len);

    if (out == NULL) {
        job->text = malloc(len + 1);

        if (job->text == NULL) {
            free(job);
            return NULL;
        }

        ngx_memcpy(job->text, text, len);
    }

    (void) pthread_mutex_lock(&ngx_invoke_strip_all.mutex);

    known = ngx_invoke_strip_job_locked(name);

    if (known != NULL) {
        free(out);
        ngx_invoke_strip_free(job);
        job = known;

    } else {
        ngx_rbtree_insert(&ngx_invoke_strip_all.tree, &job->node.node);
        ngx_queue_insert_tail(&ngx_invoke_strip_all.line, &job->queue);
        job->known = 1;

        if (out != NULL) {
            ngx_queue_remove(&job->queue);
            ngx_invoke_strip_done_locked(job, NGX_INVOKE_V8_STRIPPED, out,
                                         out_len);

        } else {
            (void) pthread_cond_broadcast(&ngx_invoke_strip_all.event);
        }
    }

    (void) pthread_mutex_unlock(&ngx_invoke_strip_all.mutex);

    return job;
}


static ngx_int_t
ngx_invoke_strip_wait_locked(ngx_invoke_watch_t *watch,
    ngx_invoke_strip_job_t *job)
{
    uint64_t         until;
    struct timespec  ts;

    while (job->state != NGX_INVOKE_STRIP_DONE) {

        if (ngx_invoke_watch_ends(watch)) {
            return NGX_ABORT;
        }

        ngx_invoke_strip_start_locked();
        ngx_invoke_strip_look_locked();

        until = ngx_invoke_now() + NGX_INVOKE_STRIP_LOOK;
        ts.tv_sec = until / 1000000000;
        ts.tv_nsec = until % 1000000000;

        if (job->state != NGX_INVOKE_STRIP_DONE) {
            (void) pthread_cond_clockwait(&ngx_invoke_strip_all.event,
                                          &ngx_invoke_strip_all.mutex,
                                          CLOCK_MONOTONIC, &ts);
        }
    }

    return NGX_OK;
}


/* Those that wait look after what they wait for. */

static void
ngx_invoke_strip_look_locked(void)
{
    uint64_t                    spent;
    const char                 *cause;
    ngx_invoke_strip_thread_t  *t = ngx_invoke_strip_all.thread;

    if (t == NULL || t->job == NULL) {
        return;
    }

    cause = __atomic_load_n(&t->crash.cause, __ATOMIC_ACQUIRE);
    spent = ngx_invoke_now() - t->job->time;

    if (cause == NULL && spent < NGX_INVOKE_STRIP_TIME) {
        return;
    }

    if (cause == NULL && t->stripper != NULL) {
        ngx_invoke_v8_terminate(ngx_invoke_v8_stripper_isolate(t->stripper));
    }

    if (cause == NULL
        && spent < NGX_INVOKE_STRIP_TIME + NGX_INVOKE_STRIP_GRACE)
    {
        return;
    }

    ngx_invoke_strip_failed_locked(t->job, cause != NULL ? cause
                                                         : "it does not end");
    t->job = NULL;
    t->lost = 1;

    (void) pthread_detach(t->thread);
    ngx_invoke_strip_all.thread = NULL;
    ngx_invoke_strip_all.lost++;
}


/* What nobody waits for is not done, and ended. */

static void
ngx_invoke_strip_leave_locked(ngx_invoke_strip_job_t *job)
{
    ngx_invoke_strip_thread_t  *t = ngx_invoke_strip_all.thread;

    if (--job->waiters != 0) {
        return;
    }

    if (job->state == NGX_INVOKE_STRIP_WAITING) {
        ngx_queue_remove(&job->queue);
        ngx_invoke_strip_forget_locked(job);

    } else if (job->state == NGX_INVOKE_STRIP_RUNNING) {
        ngx_invoke_strip_forget_locked(job);

        if (t->stripper != NULL) {
            ngx_invoke_v8_terminate(
                ngx_invoke_v8_stripper_isolate(t->stripper));
        }

    } else if (!job->known) {
        ngx_invoke_strip_free(job);
    }
}


/* Takes over "out". */

static void
ngx_invoke_strip_done_locked(ngx_invoke_strip_job_t *job,
    ngx_invoke_v8_stripped_e result, u_char *out, size_t len)
{
    ngx_queue_t             *q;
    ngx_invoke_strip_job_t  *last;

    free(job->text);

    job->text = NULL;
    job->state = NGX_INVOKE_STRIP_DONE;
    job->result = result;
    job->out = out;
    job->out_len = len;
    job->time = result == NGX_INVOKE_V8_STRIP_FAILED
                ? ngx_invoke_now() + NGX_INVOKE_STRIP_AGAIN : 0;

    (void) pthread_cond_broadcast(&ngx_invoke_strip_all.event);

    if (!job->known) {
        if (job->waiters == 0) {
            ngx_invoke_strip_free(job);
        }

        return;
    }

    ngx_queue_insert_head(&ngx_invoke_strip_all.kept, &job->queue);
    ngx_invoke_strip_all.size += sizeof(ngx_invoke_strip_job_t) + len;

    while (ngx_invoke_strip_all.size > NGX_INVOKE_STRIP_SIZE) {
        q = ngx_queue_last(&ngx_invoke_strip_all.kept);
        last = ngx_queue_data(q, ngx_invoke_strip_job_t, queue);
        ngx_invoke_strip_forget_locked(last);
    }
}


static void
ngx_invoke_strip_failed_locked(ngx_invoke_strip_job_t *job, const char *why)
{
    char  *out;

    out = strdup(why);

    ngx_invoke_strip_done_locked(job, NGX_INVOKE_V8_STRIP_FAILED,
                                 (u_char *) out,
                                 out != NULL ? ngx_strlen(out) : 0);
}


/* It is gone once nobody waits for it, and it does not run. */

static void
ngx_invoke_strip_forget_locked(ngx_invoke_strip_job_t *job)
{
    ngx_rbtree_delete(&ngx_invoke_strip_all.tree, &job->node.node);
    job->known = 0;

    if (job->state == NGX_INVOKE_STRIP_DONE) {
        ngx_queue_remove(&job->queue);
        ngx_invoke_strip_all.size -= sizeof(ngx_invoke_strip_job_t)
                                     + job->out_len;
    }

    if (job->waiters == 0 && job->state != NGX_INVOKE_STRIP_RUNNING) {
        ngx_invoke_strip_free(job);
    }
}


static void
ngx_invoke_strip_free(ngx_invoke_strip_job_t *job)
{
    free(job->text);
    free(job->out);
    free(job);
}


/* Has a thread that does what is in the line. */

static void
ngx_invoke_strip_start_locked(void)
{
    int                         rc;
    ngx_queue_t                *q;
    ngx_invoke_strip_job_t     *job;
    ngx_invoke_strip_thread_t  *t = ngx_invoke_strip_all.thread;

    if (t != NULL && !t->ended) {
        return;
    }

    if (t != NULL) {
        (void) pthread_join(t->thread, NULL);
        free(t);
        ngx_invoke_strip_all.thread = NULL;
    }

    t = ngx_invoke_strip_all.lost < NGX_INVOKE_STRIP_LOST
        ? calloc(1, sizeof(ngx_invoke_strip_thread_t)) : NULL;
    rc = NGX_ENOMEM;

    if (t != NULL) {
        rc = ngx_invoke_thread_create(&t->thread, ngx_invoke_strip_main, t);
    }

    if (rc == 0) {
        ngx_invoke_strip_all.thread = t;
        return;
    }

    free(t);

    while (!ngx_queue_empty(&ngx_invoke_strip_all.line)) {
        q = ngx_queue_head(&ngx_invoke_strip_all.line);
        ngx_queue_remove(q);

        job = ngx_queue_data(q, ngx_invoke_strip_job_t, queue);
        ngx_invoke_strip_failed_locked(job, "there is no thread for it");
    }
}


/* the thread's own, which is guarded as an actor's */

static void *
ngx_invoke_strip_main(void *data)
{
    ngx_invoke_strip_job_t     *job;
    ngx_invoke_strip_thread_t  *t = data;

    ngx_invoke_crash_guard(&t->crash);

    (void) prctl(PR_SET_NAME, "invoke types", 0, 0, 0);

    (void) pthread_mutex_lock(&ngx_invoke_strip_all.mutex);

    while (!t->lost) {
        job = ngx_invoke_strip_next_locked();

        if (job == NULL) {
            break;
        }

        job->state = NGX_INVOKE_STRIP_RUNNING;
        job->time = ngx_invoke_now();
        t->job = job;

        ngx_invoke_strip_run(t, job);
    }

    ngx_invoke_strip_retire(t);
    ngx_invoke_crash_unguard(&t->crash);

    t->ended = 1;

    if (t->lost) {
        ngx_invoke_strip_all.lost--;
        free(t);
    }

    (void) pthread_cond_broadcast(&ngx_invoke_strip_all.event);
    (void) pthread_mutex_unlock(&ngx_invoke_strip_all.mutex);

    return NULL;
}


/* The first of the line, once there is one; NULL: the thread is to end. */

static ngx_invoke_strip_job_t *
ngx_invoke_strip_next_locked(void)
{
    uint64_t         until;
    ngx_queue_t     *q;
    struct timespec  ts;

    until = ngx_invoke_now() + NGX_INVOKE_STRIP_IDLE;
    ts.tv_sec = until / 1000000000;
    ts.tv_nsec = until % 1000000000;

    while (ngx_queue_empty(&ngx_invoke_strip_all.line)) {

        if (ngx_invoke_strip_all.exiting
            || pthread_cond_clockwait(&ngx_invoke_strip_all.event,
                                      &ngx_invoke_strip_all.mutex,
                                      CLOCK_MONOTONIC, &ts)
               == NGX_ETIMEDOUT)
        {
            return NULL;
        }
    }

    q = ngx_queue_head(&ngx_invoke_strip_all.line);
    ngx_queue_remove(q);

    return ngx_queue_data(q, ngx_invoke_strip_job_t, queue);
}


static int
ngx_invoke_strip_give_up(void *data, int now)
{
    return 0;
}


static int
ngx_invoke_strip_owner(void *data, int32_t id)
{
    return 1;
}


static void
ngx_invoke_strip_heap_full(void *data)
{
    ngx_invoke_strip_thread_t  *t = data;

    if (t->stripper != NULL) {
        ngx_invoke_v8_terminate(ngx_invoke_v8_stripper_isolate(t->stripper));
    }
}


static ngx_invoke_v8_stripper_t *
ngx_invoke_strip_create(ngx_invoke_strip_thread_t *t)
{
    ngx_invoke_v8_conf_t  conf;

    if (ngx_invoke_thread_room() != NGX_OK) {
        return NULL;
    }

    conf.heap = NGX_INVOKE_STRIP_MEMORY;
    conf.buffers = NGX_INVOKE_STRIP_MEMORY;
    conf.stack = NGX_INVOKE_V8_STACK;
    conf.data = t;
    conf.heap_full = ngx_invoke_strip_heap_full;
    conf.give_up = ngx_invoke_strip_give_up;
    conf.fatal = ngx_invoke_crash_fatal;
    conf.owner = ngx_invoke_strip_owner;

    return ngx_invoke_v8_stripper_create(&conf);
}


/* Without the lock meanwhile. */

static void
ngx_invoke_strip_run(ngx_invoke_strip_thread_t *t,
    ngx_invoke_strip_job_t *job)
{
    char                      *out;
    size_t                     len;
    ngx_invoke_v8_stripped_e   result;
    ngx_invoke_v8_stripper_t  *stripper = t->stripper;

    (void) pthread_mutex_unlock(&ngx_invoke_strip_all.mutex);

    if (stripper == NULL) {
        stripper = ngx_invoke_strip_create(t);
    }

    (void) pthread_mutex_lock(&ngx_invoke_strip_all.mutex);

    t->stripper = stripper;
    result = NGX_INVOKE_V8_STRIP_FAILED;
    out = NULL;
    len = 0;

    if (stripper != NULL && job->known) {
        ngx_invoke_v8_cancel_terminate(
            ngx_invoke_v8_stripper_isolate(stripper));

        (void) pthread_mutex_unlock(&ngx_invoke_strip_all.mutex);

        result = ngx_invoke_v8_strip(stripper, job->text, job->len, &out,
                                     &len);
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_MODULES_STRIPPED, 1);

        if (result == NGX_INVOKE_V8_STRIPPED && out != NULL) {
            ngx_invoke_code_cache_put(job->name, (u_char *) out, len);
        }

        (void) pthread_mutex_lock(&ngx_invoke_strip_all.mutex);
    }

    /* who has given it up has told so */

    if (t->lost) {
        free(out);
        return;
    }

    t->job = NULL;

    if (out == NULL) {
        ngx_invoke_strip_failed_locked(job, "there is no memory");

    } else {
        ngx_invoke_strip_done_locked(job, result, (u_char *) out, len);
    }

    if (result == NGX_INVOKE_V8_STRIP_FAILED) {
        ngx_invoke_strip_retire(t);
    }
}


/* Ends the isolate, if there is one, without the lock meanwhile. */

static void
ngx_invoke_strip_retire(ngx_invoke_strip_thread_t *t)
{
    ngx_invoke_v8_stripper_t  *stripper = t->stripper;

    t->stripper = NULL;

    if (stripper != NULL) {
        (void) pthread_mutex_unlock(&ngx_invoke_strip_all.mutex);
        ngx_invoke_v8_stripper_free(stripper);
        (void) pthread_mutex_lock(&ngx_invoke_strip_all.mutex);
    }
}


/* event loop */

ngx_int_t
ngx_invoke_strip_exit(void)
{
    ngx_int_t                   rc;
    ngx_uint_t                  i;
    ngx_invoke_strip_thread_t  *t;

    (void) pthread_mutex_lock(&ngx_invoke_strip_all.mutex);

    ngx_invoke_strip_all.exiting = 1;
    t = ngx_invoke_strip_all.thread;

    for (i = 0; t != NULL && !t->ended && i < 1000; i++) {

        if (t->stripper != NULL) {
            ngx_invoke_v8_terminate(
                ngx_invoke_v8_stripper_isolate(t->stripper));
        }

        (void) pthread_cond_broadcast(&ngx_invoke_strip_all.event);
        (void) pthread_mutex_unlock(&ngx_invoke_strip_all.mutex);

        ngx_msleep(1);

        (void) pthread_mutex_lock(&ngx_invoke_strip_all.mutex);
    }

    rc = ngx_invoke_strip_all.lost != 0 || (t != NULL && !t->ended) ? NGX_BUSY
                                                                   : NGX_OK;

    (void) pthread_mutex_unlock(&ngx_invoke_strip_all.mutex);

    if (rc == NGX_OK && t != NULL) {
        (void) pthread_join(t->thread, NULL);
    }

    return rc;
}
