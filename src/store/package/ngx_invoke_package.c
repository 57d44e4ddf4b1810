
#include "ngx_invoke_package.h"
#include "ngx_invoke_package_clean.h"
#include "ngx_invoke_package_disk.h"
#include "ngx_invoke_escape.h"
#include "ngx_invoke_metrics.h"
#include "ngx_invoke_table.h"


/* Packages that are fetched at once, and those that are remembered at most. */
#define NGX_INVOKE_PACKAGE_TASKS    4
#define NGX_INVOKE_PACKAGE_ENTRIES  1024

/*
 * ms: how soon is looked again for what another process fetches, how long a
 * failure is remembered.
 */
#define NGX_INVOKE_PACKAGE_AGAIN    20
#define NGX_INVOKE_PACKAGE_REFUSED  5000
#define NGX_INVOKE_PACKAGE_AWAY     1000


/*
 *         find()            ABSENT           a task is free
 *   IDLE --------> OPENING --------> QUEUED -------------> FETCHING
 *    ^               |  ^               |                     |
 *    |     FOUND     |  |     timer     |        BUSY         |
 *    +---------------+  +----- AGAIN <--(---------------------+
 *    |     FAILED    |           ^      |                     |
 *    |               +-----------+      | nobody waits        |
 *    |                   BUSY           |                     |
 *    +----------------------------------+---------------------+
 *
 * LOCKING, between OPENING and QUEUED: other hosts may be about to fetch the
 * same package, which is waited for a little.
 * IDLE: with "failed" it is not to be had. Each lookup gets a descriptor of its
 * own, since a lock belongs to what open() gives: with more of them the entry
 * goes to OPENING again.
 * While a task has the entry (OPENING, FETCHING) its job is the thread's.
 */

typedef enum {
    NGX_INVOKE_PACKAGE_IDLE = 0,
    NGX_INVOKE_PACKAGE_OPENING,
    NGX_INVOKE_PACKAGE_LOCKING,
    NGX_INVOKE_PACKAGE_QUEUED,
    NGX_INVOKE_PACKAGE_FETCHING,
    NGX_INVOKE_PACKAGE_LATER
} ngx_invoke_package_state_e;


typedef struct {
    ngx_invoke_table_entry_t    entry;      /* digest */
    ngx_queue_t                 turn;       /* of those that are QUEUED */
    ngx_queue_t                 waiting;    /* lookups */
    ngx_invoke_package_state_e  state;

    const char                 *failed;     /* or NULL */
    ngx_msec_t                  until;

    ngx_atomic_t                wanted;     /* lookups that wait */
    ngx_event_t                 again;
    ngx_thread_task_t           task;
    ngx_invoke_package_job_t    job;
} ngx_invoke_package_entry_t;


typedef struct {
    const ngx_invoke_package_conf_t  *conf;
    ngx_thread_pool_t          *pool;       /* NULL: there is no cache */
    ngx_log_t                  *log;

    ngx_invoke_table_t          table;
    ngx_invoke_table_list_t     entries;

    ngx_queue_t                 turns;
    ngx_uint_t                  fetching;

    /* holds a worker that is to leave while lookups wait */
    ngx_event_t                 hold;
    ngx_uint_t                  waiting;
} ngx_invoke_package_t;


static ngx_invoke_package_entry_t *ngx_invoke_package_entry(u_char *digest);
static void ngx_invoke_package_forget(void *data);
static void ngx_invoke_package_end(void *data);
static ngx_int_t ngx_invoke_package_key(ngx_invoke_package_entry_t *entry,
    ngx_str_t *key);
static ngx_int_t ngx_invoke_package_same_key(
    ngx_invoke_package_entry_t *entry, ngx_invoke_package_lookup_t *lookup);
static void ngx_invoke_package_lock(ngx_invoke_package_entry_t *entry);
static void ngx_invoke_package_locked(void *data);
static void ngx_invoke_package_unlock(ngx_invoke_package_entry_t *entry);
static void ngx_invoke_package_count(ngx_invoke_package_entry_t *entry,
    ngx_uint_t fetched);
static void ngx_invoke_package_found(ngx_invoke_package_entry_t *entry);
static void ngx_invoke_package_wait(ngx_invoke_package_entry_t *entry,
    ngx_invoke_package_lookup_t *lookup);
static void ngx_invoke_package_unwait(ngx_invoke_package_entry_t *entry,
    ngx_invoke_package_lookup_t *lookup);
static void ngx_invoke_package_post(ngx_invoke_package_entry_t *entry,
    ngx_invoke_package_state_e state);
static void ngx_invoke_package_task(void *data, ngx_log_t *log);
static ngx_uint_t ngx_invoke_package_stop(void *data);
static void ngx_invoke_package_done(ngx_event_t *ev);
static void ngx_invoke_package_failed(ngx_invoke_package_entry_t *entry);
static void ngx_invoke_package_all_failed(const char *failed);
static void ngx_invoke_package_log(ngx_invoke_package_entry_t *entry);
static void ngx_invoke_package_finish(ngx_invoke_package_entry_t *entry,
    ngx_uint_t all);
static void ngx_invoke_package_next(void);
static void ngx_invoke_package_again(ngx_event_t *ev);
static void ngx_invoke_package_look_again(ngx_invoke_package_entry_t *entry);
static void ngx_invoke_package_hold_timer(ngx_event_t *ev);


static ngx_invoke_package_t  ngx_invoke_package;


void
ngx_invoke_package_create(const ngx_invoke_package_conf_t *conf,
    ngx_uid_t uid, ngx_gid_t gid, ngx_log_t *log)
{
    const char  *failed;

    if (conf->s3.url.len == 0) {
        return;
    }

    /* what is in it is made by the workers */

    if (ngx_create_dir(conf->path.data, 0700) == NGX_FILE_ERROR) {

        if (ngx_errno == NGX_EEXIST) {
            return;
        }

        failed = ngx_create_dir_n;

    } else if (uid != (ngx_uid_t) -1
               && lchown((char *) conf->path.data, uid, gid) == -1)
    {
        failed = "lchown()";

    } else {
        return;
    }

    ngx_log_error(NGX_LOG_ERR, log, ngx_errno,
                  "invoke: no package can be stored: %s \"%V\" of "
                  "\"invoke_package_cache\" failed", failed, &conf->path);
}


void
ngx_invoke_package_init(const ngx_invoke_package_conf_t *conf,
    ngx_thread_pool_t *pool, ngx_cycle_t *cycle)
{
    ngx_invoke_package_t  *package = &ngx_invoke_package;

    ngx_invoke_package_clean_init(conf, pool, cycle);

    if (conf->s3.url.len == 0) {
        return;
    }

    if (ngx_invoke_s3_init() != NGX_OK) {
        ngx_log_error(NGX_LOG_ERR, cycle->log, 0,
                      "invoke: no packages: libcurl does not start");
        return;
    }

    if (ngx_worker == 0) {
        ngx_invoke_package_check(conf, cycle->log);
    }

    ngx_memzero(package, sizeof(ngx_invoke_package_t));

    package->conf = conf;
    package->pool = pool;
    package->log = cycle->log;

    ngx_invoke_table_init(&package->table, NGX_INVOKE_PACKAGE_ENTRIES,
                          ngx_invoke_package_forget);
    ngx_invoke_table_list(&package->entries);
    ngx_queue_init(&package->turns);

    package->hold.handler = ngx_invoke_package_hold_timer;
    package->hold.data = package;
    package->hold.log = cycle->log;
}


void
ngx_invoke_package_exit(void)
{
    ngx_invoke_package_t  *package = &ngx_invoke_package;

    ngx_invoke_package_clean_exit();

    if (package->pool == NULL) {
        return;
    }

    if (package->hold.timer_set) {
        ngx_del_timer(&package->hold);
    }

    ngx_invoke_table_each(&package->entries, ngx_invoke_package_end);

    ngx_invoke_s3_exit();

    package->pool = NULL;
}


ngx_int_t
ngx_invoke_package_find(ngx_invoke_package_lookup_t *lookup)
{
    u_char                       digest[NGX_INVOKE_PACKAGE_DIGEST];
    ngx_int_t                    rc;
    ngx_invoke_package_entry_t  *entry;

    ngx_str_null(&lookup->root);
    lookup->fd = -1;
    lookup->failed = NULL;
    lookup->waiting = 0;

    if (ngx_invoke_package.pool == NULL) {
        lookup->failed = "there is no object store";
        return NGX_DECLINED;
    }

    if (ngx_invoke_package_digest(&lookup->digest, digest) != NGX_OK) {
        lookup->failed = "its hash is no SHA-256";
        return NGX_DECLINED;
    }

    entry = ngx_invoke_package_entry(digest);
    if (entry == NULL) {
        return NGX_ERROR;
    }

    if (entry->state != NGX_INVOKE_PACKAGE_IDLE) {
        ngx_invoke_package_wait(entry, lookup);
        return NGX_AGAIN;
    }

    if (entry->failed) {

        if ((ngx_msec_int_t) (entry->until - ngx_current_msec) > 0
            && ngx_invoke_package_same_key(entry, lookup) == NGX_OK)
        {
            lookup->failed = entry->failed;
            return NGX_DECLINED;
        }

        entry->failed = NULL;
    }

    rc = ngx_invoke_package_key(entry, &lookup->key);
    if (rc != NGX_OK) {
        return rc;
    }

    ngx_invoke_package_post(entry, NGX_INVOKE_PACKAGE_OPENING);

    if (entry->state == NGX_INVOKE_PACKAGE_IDLE) {
        return NGX_ERROR;
    }

    ngx_invoke_package_wait(entry, lookup);

    return NGX_AGAIN;
}


void
ngx_invoke_package_cancel(ngx_invoke_package_lookup_t *lookup)
{
    ngx_invoke_package_entry_t  *entry;

    if (!lookup->waiting) {
        return;
    }

    entry = lookup->entry;

    ngx_invoke_package_unwait(entry, lookup);

    if (!ngx_queue_empty(&entry->waiting)) {
        return;
    }

    if (entry->state == NGX_INVOKE_PACKAGE_QUEUED) {
        ngx_queue_remove(&entry->turn);
        entry->state = NGX_INVOKE_PACKAGE_IDLE;
        ngx_invoke_package_unlock(entry);

    } else if (entry->state == NGX_INVOKE_PACKAGE_LOCKING) {
        entry->state = NGX_INVOKE_PACKAGE_IDLE;
        ngx_invoke_package_unlock(entry);

    } else if (entry->state == NGX_INVOKE_PACKAGE_LATER) {
        ngx_del_timer(&entry->again);
        entry->state = NGX_INVOKE_PACKAGE_IDLE;
    }
}


static ngx_invoke_package_entry_t *
ngx_invoke_package_entry(u_char *digest)
{
    ngx_str_t                    name;
    ngx_invoke_package_t        *package = &ngx_invoke_package;
    ngx_invoke_package_entry_t  *entry;

    name.data = digest;
    name.len = NGX_INVOKE_PACKAGE_DIGEST;

    entry = ngx_invoke_table_find(&package->table, &name);
    if (entry) {
        return entry;
    }

    entry = calloc(1, sizeof(ngx_invoke_package_entry_t));
    if (entry == NULL) {
        return NULL;
    }

    ngx_memcpy(entry->job.digest, digest, NGX_INVOKE_PACKAGE_DIGEST);

    entry->job.conf = package->conf;
    entry->job.stop = ngx_invoke_package_stop;
    entry->job.data = entry;

    ngx_queue_init(&entry->waiting);

    entry->again.handler = ngx_invoke_package_again;
    entry->again.data = entry;
    entry->again.log = package->log;

    entry->task.ctx = entry;
    entry->task.handler = ngx_invoke_package_task;
    entry->task.event.handler = ngx_invoke_package_done;
    entry->task.event.data = entry;
    entry->task.event.log = package->log;

    name.data = entry->job.digest;

    ngx_invoke_table_add(&package->table, &entry->entry, &name,
                         &package->entries);

    return entry;
}


/* One that is under way stays. */

static void
ngx_invoke_package_forget(void *data)
{
    ngx_invoke_package_entry_t *entry = data;

    if (entry->state != NGX_INVOKE_PACKAGE_IDLE || entry->wanted) {
        return;
    }

    ngx_invoke_table_remove(&ngx_invoke_package.table, &entry->entry);

    free(entry->job.key.data);
    free(entry);
}


static void
ngx_invoke_package_end(void *data)
{
    ngx_invoke_package_entry_t *entry = data;

    if (entry->again.timer_set) {
        ngx_del_timer(&entry->again);
    }

    ngx_invoke_package_forget(entry);
}


static ngx_int_t
ngx_invoke_package_key(ngx_invoke_package_entry_t *entry, ngx_str_t *key)
{
    u_char  *p;

    p = malloc(key->len + 1);
    if (p == NULL) {
        return NGX_ERROR;
    }

    free(entry->job.key.data);

    ngx_memcpy(p, key->data, key->len);

    entry->job.key.data = p;
    entry->job.key.len = key->len;

    return NGX_OK;
}


/* Two functions may have the same package as different objects. */

static ngx_int_t
ngx_invoke_package_same_key(ngx_invoke_package_entry_t *entry,
    ngx_invoke_package_lookup_t *lookup)
{
    return entry->job.key.len == lookup->key.len
           && ngx_memcmp(entry->job.key.data, lookup->key.data,
                         lookup->key.len) == 0 ? NGX_OK : NGX_DECLINED;
}


static void
ngx_invoke_package_wait(ngx_invoke_package_entry_t *entry,
    ngx_invoke_package_lookup_t *lookup)
{
    lookup->entry = entry;
    lookup->waiting = 1;

    ngx_queue_insert_tail(&entry->waiting, &lookup->queue);
    (void) ngx_atomic_fetch_add(&entry->wanted, 1);

    if (ngx_invoke_package.waiting++ == 0) {
        ngx_add_timer(&ngx_invoke_package.hold, 1000);
    }
}


static void
ngx_invoke_package_unwait(ngx_invoke_package_entry_t *entry,
    ngx_invoke_package_lookup_t *lookup)
{
    lookup->waiting = 0;

    ngx_queue_remove(&lookup->queue);
    (void) ngx_atomic_fetch_add(&entry->wanted, -1);

    if (--ngx_invoke_package.waiting == 0) {
        ngx_del_timer(&ngx_invoke_package.hold);
    }
}


/* Without a place for the task the entry is IDLE. */

static void
ngx_invoke_package_post(ngx_invoke_package_entry_t *entry,
    ngx_invoke_package_state_e state)
{
    entry->state = state;

    if (ngx_thread_task_post(ngx_invoke_package.pool, &entry->task)
        != NGX_OK)
    {
        entry->state = NGX_INVOKE_PACKAGE_IDLE;
    }
}


/* thread pool */

static void
ngx_invoke_package_task(void *data, ngx_log_t *log)
{
    ngx_invoke_package_entry_t *entry = data;

    if (entry->state == NGX_INVOKE_PACKAGE_OPENING) {
        ngx_invoke_package_open(&entry->job);

    } else {
        ngx_invoke_package_fetch(&entry->job);
    }
}


/* thread pool: a worker that leaves waits for its threads */

static ngx_uint_t
ngx_invoke_package_stop(void *data)
{
    ngx_invoke_package_entry_t *entry = data;

    return ngx_terminate || (ngx_exiting && entry->wanted == 0);
}


static void
ngx_invoke_package_done(ngx_event_t *ev)
{
    ngx_invoke_package_entry_t *entry = ev->data;

    ngx_uint_t                 fetched;
    ngx_invoke_package_t      *package = &ngx_invoke_package;
    ngx_invoke_package_job_t  *job = &entry->job;

    fetched = (entry->state == NGX_INVOKE_PACKAGE_FETCHING);

    if (fetched) {
        package->fetching--;
        ngx_invoke_package_unlock(entry);
    }

    entry->state = NGX_INVOKE_PACKAGE_IDLE;

    ngx_invoke_package_count(entry, fetched);

    if (job->rc == NGX_INVOKE_PACKAGE_FOUND) {
        ngx_invoke_package_found(entry);

    } else if (job->rc == NGX_INVOKE_PACKAGE_FAILED) {
        ngx_invoke_package_failed(entry);

    } else if (ngx_queue_empty(&entry->waiting)) {

        /* nobody wants it any more */

    } else if (job->rc == NGX_INVOKE_PACKAGE_ABSENT) {
        ngx_invoke_package_lock(entry);

    } else {
        entry->state = NGX_INVOKE_PACKAGE_LATER;
        ngx_add_timer(&entry->again, NGX_INVOKE_PACKAGE_AGAIN
                      + (ngx_msec_t) ngx_random()
                        % (4 * NGX_INVOKE_PACKAGE_AGAIN));
    }

    ngx_invoke_package_next();
}


static void
ngx_invoke_package_lock(ngx_invoke_package_entry_t *entry)
{
    const ngx_invoke_package_index_t  *index;

    index = ngx_invoke_package_indexed();

    if (index) {
        entry->state = NGX_INVOKE_PACKAGE_LOCKING;

        if (index->lock(&entry->entry.sn.str, ngx_invoke_package_locked, entry)
            == NGX_AGAIN)
        {
            return;
        }
    }

    entry->state = NGX_INVOKE_PACKAGE_QUEUED;
    ngx_queue_insert_tail(&ngx_invoke_package.turns, &entry->turn);
}


static void
ngx_invoke_package_locked(void *data)
{
    ngx_invoke_package_entry_t *entry = data;

    entry->state = NGX_INVOKE_PACKAGE_QUEUED;
    ngx_queue_insert_tail(&ngx_invoke_package.turns, &entry->turn);

    ngx_invoke_package_next();
}


static void
ngx_invoke_package_unlock(ngx_invoke_package_entry_t *entry)
{
    const ngx_invoke_package_index_t  *index;

    index = ngx_invoke_package_indexed();

    if (index) {
        index->unlock(&entry->entry.sn.str);
    }
}


static void
ngx_invoke_package_count(ngx_invoke_package_entry_t *entry,
    ngx_uint_t fetched)
{
    ngx_invoke_package_job_t          *job = &entry->job;
    const ngx_invoke_package_index_t  *index;

    index = ngx_invoke_package_indexed();

    switch (job->rc) {

    case NGX_INVOKE_PACKAGE_FOUND:

        if (job->size) {
            ngx_invoke_metrics_add(NGX_INVOKE_METRIC_PACKAGES_DOWNLOADS, 1);

            if (index) {
                index->stored(&entry->entry.sn.str, job->size);
            }

            ngx_invoke_package_clean_due();
            break;
        }

        if (!fetched) {
            ngx_invoke_metrics_add(NGX_INVOKE_METRIC_PACKAGES_HITS, 1);
        }

        if (index) {
            index->used(&entry->entry.sn.str);
        }

        break;

    case NGX_INVOKE_PACKAGE_ABSENT:
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_PACKAGES_MISSES, 1);
        break;

    case NGX_INVOKE_PACKAGE_BUSY:
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_PACKAGES_WAITS, 1);
        break;

    case NGX_INVOKE_PACKAGE_FAILED:
        break;
    }
}


static void
ngx_invoke_package_found(ngx_invoke_package_entry_t *entry)
{
    int                           fd;
    u_char                       *p;
    ngx_queue_t                  *q;
    const ngx_str_t              *path;
    ngx_invoke_package_lookup_t  *lookup;

    fd = entry->job.fd;

    if (ngx_queue_empty(&entry->waiting)) {
        (void) close(fd);
        return;
    }

    path = &entry->job.conf->path;

    p = malloc(path->len + 1 + NGX_INVOKE_PACKAGE_DIGEST + 1);

    if (p == NULL) {
        (void) close(fd);

        entry->failed = "memory is out";
        entry->until = ngx_current_msec;

        ngx_invoke_package_finish(entry, 1);
        return;
    }

    q = ngx_queue_head(&entry->waiting);
    lookup = ngx_queue_data(q, ngx_invoke_package_lookup_t, queue);

    lookup->fd = fd;
    lookup->root.data = p;
    lookup->root.len = ngx_sprintf(p, "%V/%s", path, entry->job.digest) - p;
    p[lookup->root.len] = '\0';

    ngx_invoke_package_unwait(entry, lookup);

    if (!ngx_queue_empty(&entry->waiting)) {
        ngx_invoke_package_look_again(entry);
    }

    lookup->handler(lookup);
}


/*
 * When the object store is away, all that wait for a turn would find it so,
 * one after the other.
 */

static void
ngx_invoke_package_failed(ngx_invoke_package_entry_t *entry)
{
    ngx_uint_t                 away, all;
    const char                *failed;
    ngx_invoke_package_job_t  *job = &entry->job;

    ngx_invoke_package_log(entry);

    away = job->away;
    all = (away || job->err);
    failed = job->failed;

    entry->failed = failed;
    entry->until = ngx_current_msec + (all ? NGX_INVOKE_PACKAGE_AWAY
                                           : NGX_INVOKE_PACKAGE_REFUSED);

    ngx_invoke_package_finish(entry, all);

    if (away) {
        ngx_invoke_package_all_failed(failed);
    }
}


static void
ngx_invoke_package_all_failed(const char *failed)
{
    ngx_queue_t                  turns, *q;
    ngx_invoke_package_entry_t  *entry;

    if (ngx_queue_empty(&ngx_invoke_package.turns)) {
        return;
    }

    /* handlers may bring new ones */

    ngx_queue_init(&turns);
    ngx_queue_add(&turns, &ngx_invoke_package.turns);
    ngx_queue_init(&ngx_invoke_package.turns);

    while (!ngx_queue_empty(&turns)) {
        q = ngx_queue_head(&turns);
        ngx_queue_remove(q);

        entry = ngx_queue_data(q, ngx_invoke_package_entry_t, turn);

        entry->state = NGX_INVOKE_PACKAGE_IDLE;
        entry->failed = failed;
        entry->until = ngx_current_msec + NGX_INVOKE_PACKAGE_AWAY;

        ngx_invoke_package_finish(entry, 1);
    }
}


static void
ngx_invoke_package_log(ngx_invoke_package_entry_t *entry)
{
    u_char                     buf[NGX_INVOKE_ESCAPE_NAME];
    ngx_str_t                  key;
    ngx_uint_t                 level;
    ngx_invoke_package_job_t  *job = &entry->job;

    key = ngx_invoke_escape_name(buf, &job->key);
    level = (job->err != 0) ? NGX_LOG_CRIT : NGX_LOG_ERR;

    ngx_log_error(level, ngx_invoke_package.log, job->err,
                  "invoke: package \"%s\" of object \"%V\" is not to be had: "
                  "%s%s%*s", job->digest, &key, job->failed,
                  job->detail_len ? ": " : "", job->detail_len, job->detail);
}


/*
 * Tells all that wait of the failure. What one object has failed with says
 * nothing of those of another key, unless it is for all: they have a try of
 * their own. The entry may be gone after it.
 */

static void
ngx_invoke_package_finish(ngx_invoke_package_entry_t *entry, ngx_uint_t all)
{
    ngx_queue_t                   waiting, *q;
    ngx_invoke_package_lookup_t  *lookup, *other;

    ngx_invoke_package_unlock(entry);

    ngx_queue_init(&waiting);
    other = NULL;

    for (q = ngx_queue_head(&entry->waiting);
         q != ngx_queue_sentinel(&entry->waiting);
         /* void */ )
    {
        lookup = ngx_queue_data(q, ngx_invoke_package_lookup_t, queue);
        q = ngx_queue_next(q);

        if (!all && ngx_invoke_package_same_key(entry, lookup) != NGX_OK) {
            other = lookup;
            continue;
        }

        lookup->failed = entry->failed;

        ngx_queue_remove(&lookup->queue);
        ngx_queue_insert_tail(&waiting, &lookup->queue);
    }

    if (other && ngx_invoke_package_key(entry, &other->key) == NGX_OK) {
        entry->failed = NULL;
        entry->state = NGX_INVOKE_PACKAGE_QUEUED;
        ngx_queue_insert_tail(&ngx_invoke_package.turns, &entry->turn);

    } else {

        /* there is to be no try that they could wait for */

        while (!ngx_queue_empty(&entry->waiting)) {
            q = ngx_queue_head(&entry->waiting);
            lookup = ngx_queue_data(q, ngx_invoke_package_lookup_t, queue);

            lookup->failed = "memory is out";

            ngx_queue_remove(q);
            ngx_queue_insert_tail(&waiting, q);
        }
    }

    /* handlers may cancel other lookups, and start new ones */

    while (!ngx_queue_empty(&waiting)) {
        q = ngx_queue_head(&waiting);
        lookup = ngx_queue_data(q, ngx_invoke_package_lookup_t, queue);

        ngx_invoke_package_unwait(entry, lookup);

        lookup->handler(lookup);
    }
}


static void
ngx_invoke_package_next(void)
{
    ngx_queue_t                 *q;
    ngx_invoke_package_t        *package = &ngx_invoke_package;
    ngx_invoke_package_entry_t  *entry;

    while (package->fetching < NGX_INVOKE_PACKAGE_TASKS
           && !ngx_queue_empty(&package->turns))
    {
        q = ngx_queue_head(&package->turns);
        ngx_queue_remove(q);

        entry = ngx_queue_data(q, ngx_invoke_package_entry_t, turn);

        ngx_invoke_package_post(entry, NGX_INVOKE_PACKAGE_FETCHING);

        if (entry->state == NGX_INVOKE_PACKAGE_FETCHING) {
            package->fetching++;
            continue;
        }

        entry->failed = "no thread is free";
        entry->until = ngx_current_msec;

        ngx_invoke_package_finish(entry, 1);
    }
}


static void
ngx_invoke_package_again(ngx_event_t *ev)
{
    ngx_invoke_package_look_again(ev->data);
}


static void
ngx_invoke_package_look_again(ngx_invoke_package_entry_t *entry)
{
    ngx_invoke_package_post(entry, NGX_INVOKE_PACKAGE_OPENING);

    if (entry->state == NGX_INVOKE_PACKAGE_IDLE) {
        entry->failed = "no thread is free";
        entry->until = ngx_current_msec;

        ngx_invoke_package_finish(entry, 1);
    }
}


static void
ngx_invoke_package_hold_timer(ngx_event_t *ev)
{
    ngx_add_timer(ev, 1000);
}
