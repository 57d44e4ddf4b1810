
#include "ngx_invoke_package_clean.h"
#include "ngx_invoke_package_clear.h"
#include "ngx_invoke_package_disk.h"
#include "ngx_invoke_metrics.h"


/* How often the cache is cleared, and how soon after the start, ms. */
#define NGX_INVOKE_PACKAGE_CLEAR  600000
#define NGX_INVOKE_PACKAGE_FIRST  1000
/* ms, where no thread could be had. */
#define NGX_INVOKE_PACKAGE_AGAIN  1000


typedef struct {
    const ngx_invoke_package_conf_t   *conf;
    ngx_thread_pool_t                 *pool;
    const ngx_invoke_package_index_t  *index;

    ngx_event_t                        timer;
    ngx_event_t                        again;
    ngx_thread_task_t                  task;
    ngx_invoke_package_clear_t         clear;       /* the thread's if busy */
    u_char                             digest[NGX_INVOKE_PACKAGE_DIGEST + 1];

    ngx_queue_t                        waiting;     /* cleans */
    ngx_queue_t                        running;     /* of the task */
    ngx_err_t                          err;         /* that was logged */
    unsigned                           busy:1;
    unsigned                           due:1;
    unsigned                           sweep:1;
} ngx_invoke_package_cleaner_t;


static void ngx_invoke_package_clean_timer(ngx_event_t *ev);
static void ngx_invoke_package_clean_start(void);
static void ngx_invoke_package_clean_join(ngx_invoke_package_clean_t *first);
static void ngx_invoke_package_clean_again(ngx_event_t *ev);
static void ngx_invoke_package_clean_task(void *data, ngx_log_t *log);
static void ngx_invoke_package_clean_done(ngx_event_t *ev);
static void ngx_invoke_package_clean_tell(ngx_invoke_package_clear_t *clear);


static ngx_invoke_package_cleaner_t  ngx_invoke_package_cleaner;


void
ngx_invoke_package_clean_init(const ngx_invoke_package_conf_t *conf,
    ngx_thread_pool_t *pool, ngx_cycle_t *cycle)
{
    ngx_event_t                   *ev;
    ngx_invoke_package_cleaner_t  *cleaner = &ngx_invoke_package_cleaner;

    cleaner->conf = conf;
    cleaner->pool = pool;

    ngx_queue_init(&cleaner->waiting);
    ngx_queue_init(&cleaner->running);

    cleaner->task.handler = ngx_invoke_package_clean_task;
    cleaner->task.ctx = cleaner;
    cleaner->task.event.handler = ngx_invoke_package_clean_done;
    cleaner->task.event.data = cleaner;
    cleaner->task.event.log = cycle->log;

    cleaner->again.handler = ngx_invoke_package_clean_again;
    cleaner->again.data = cleaner;
    cleaner->again.log = cycle->log;
    cleaner->again.cancelable = 1;

    /* one worker does for all what is not due to a package of its own */

    if (ngx_worker == 0) {
        ev = &cleaner->timer;

        ev->handler = ngx_invoke_package_clean_timer;
        ev->data = cleaner;
        ev->log = cycle->log;
        ev->cancelable = 1;

        ngx_add_timer(ev, NGX_INVOKE_PACKAGE_FIRST);
    }
}


void
ngx_invoke_package_clean_exit(void)
{
    ngx_invoke_package_cleaner_t  *cleaner = &ngx_invoke_package_cleaner;

    if (cleaner->timer.timer_set) {
        ngx_del_timer(&cleaner->timer);
    }

    if (cleaner->again.timer_set) {
        ngx_del_timer(&cleaner->again);
    }

    cleaner->pool = NULL;
}


void
ngx_invoke_package_index(const ngx_invoke_package_index_t *index)
{
    ngx_invoke_package_cleaner.index = index;
}


const ngx_invoke_package_index_t *
ngx_invoke_package_indexed(void)
{
    return ngx_invoke_package_cleaner.index;
}


void
ngx_invoke_package_stat(ngx_invoke_package_stat_t *stat)
{
    stat->packages = ngx_invoke_metrics_host(NGX_INVOKE_METRIC_HOST_PACKAGES);
    stat->size = ngx_invoke_metrics_host(NGX_INVOKE_METRIC_HOST_PACKAGE_BYTES);
    stat->code = ngx_invoke_metrics_host(NGX_INVOKE_METRIC_HOST_CODE_BYTES);

    stat->max_size = ngx_invoke_package_cleaner.conf
                     ? ngx_invoke_package_cleaner.conf->max_size : 0;
}


void
ngx_invoke_package_clean_due(void)
{
    ngx_invoke_package_cleaner.due = 1;

    ngx_invoke_package_clean_start();
}


ngx_int_t
ngx_invoke_package_clean(ngx_invoke_package_clean_t *clean)
{
    clean->removed = 0;
    clean->freed = 0;
    clean->in_use = 0;
    clean->waiting = 0;

    if (ngx_invoke_package_cleaner.pool == NULL
        || (clean->digest.len
            && ngx_invoke_package_digest(&clean->digest, clean->name)
               != NGX_OK))
    {
        return NGX_DECLINED;
    }

    clean->name[NGX_INVOKE_PACKAGE_DIGEST] = '\0';
    clean->waiting = 1;

    ngx_queue_insert_tail(&ngx_invoke_package_cleaner.waiting, &clean->queue);

    ngx_invoke_package_clean_start();

    return NGX_AGAIN;
}


void
ngx_invoke_package_clean_cancel(ngx_invoke_package_clean_t *clean)
{
    if (clean->waiting) {
        ngx_queue_remove(&clean->queue);
        clean->waiting = 0;
    }
}


static void
ngx_invoke_package_clean_timer(ngx_event_t *ev)
{
    ngx_invoke_package_cleaner.sweep = 1;

    ngx_invoke_package_clean_due();

    ngx_add_timer(ev, NGX_INVOKE_PACKAGE_CLEAR);
}


/* One task at a time does what is due, and what the first of all waits for. */

static void
ngx_invoke_package_clean_start(void)
{
    ngx_queue_t                   *q;
    ngx_invoke_package_clean_t    *first;
    ngx_invoke_package_cleaner_t  *cleaner = &ngx_invoke_package_cleaner;

    if (cleaner->busy || cleaner->pool == NULL) {
        return;
    }

    first = NULL;

    if (!ngx_queue_empty(&cleaner->waiting)) {
        q = ngx_queue_head(&cleaner->waiting);
        first = ngx_queue_data(q, ngx_invoke_package_clean_t, queue);

    } else if (!cleaner->due) {
        return;
    }

    cleaner->clear.conf = cleaner->conf;
    cleaner->clear.sweep = cleaner->sweep;
    cleaner->clear.digest = NULL;

    if (first && first->digest.len) {
        ngx_memcpy(cleaner->digest, first->name, sizeof(first->name));
        cleaner->clear.digest = cleaner->digest;
    }

    if (ngx_thread_task_post(cleaner->pool, &cleaner->task) != NGX_OK) {
        ngx_add_timer(&cleaner->again, NGX_INVOKE_PACKAGE_AGAIN);
        return;
    }

    cleaner->busy = 1;
    cleaner->due = 0;
    cleaner->sweep = 0;

    if (first) {
        ngx_invoke_package_clean_join(first);
    }
}


/*
 * One clean-up is for all who wait for one. Who comes after it has begun waits
 * for the next: it may have gone past what he means.
 */

static void
ngx_invoke_package_clean_join(ngx_invoke_package_clean_t *first)
{
    ngx_queue_t                   *q, *next;
    ngx_invoke_package_clean_t    *clean;
    ngx_invoke_package_cleaner_t  *cleaner = &ngx_invoke_package_cleaner;

    for (q = ngx_queue_head(&cleaner->waiting);
         q != ngx_queue_sentinel(&cleaner->waiting);
         q = next)
    {
        next = ngx_queue_next(q);
        clean = ngx_queue_data(q, ngx_invoke_package_clean_t, queue);

        if (clean == first
            || (first->digest.len == 0 && clean->digest.len == 0))
        {
            ngx_queue_remove(q);
            ngx_queue_insert_tail(&cleaner->running, q);
        }
    }
}


static void
ngx_invoke_package_clean_again(ngx_event_t *ev)
{
    ngx_invoke_package_clean_start();
}


/* thread pool */

static void
ngx_invoke_package_clean_task(void *data, ngx_log_t *log)
{
    ngx_invoke_package_cleaner_t *cleaner = data;

    ngx_invoke_package_clear(&cleaner->clear);
}


static void
ngx_invoke_package_clean_done(ngx_event_t *ev)
{
    ngx_queue_t                   *q;
    ngx_invoke_package_clean_t    *clean;
    ngx_invoke_package_clear_t    *clear;
    ngx_invoke_package_cleaner_t  *cleaner = &ngx_invoke_package_cleaner;

    clear = &cleaner->clear;

    if (clear->err && clear->err != cleaner->err) {
        ngx_log_error(NGX_LOG_CRIT, ev->log, clear->err,
                      "invoke: package cache \"%V\" cannot be read",
                      &cleaner->conf->path);
    }

    cleaner->err = clear->err;

    ngx_invoke_package_clean_tell(clear);

    /* handlers may cancel others, and bring new ones, which wait */

    while (!ngx_queue_empty(&cleaner->running)) {
        q = ngx_queue_head(&cleaner->running);
        ngx_queue_remove(q);

        clean = ngx_queue_data(q, ngx_invoke_package_clean_t, queue);

        clean->waiting = 0;
        clean->removed = clean->digest.len ? clear->found : clear->removed;
        clean->freed = clear->freed;
        clean->in_use = clear->in_use;

        clean->handler(clean);
    }

    cleaner->busy = 0;

    ngx_invoke_package_clean_start();
}


static void
ngx_invoke_package_clean_tell(ngx_invoke_package_clear_t *clear)
{
    ngx_str_t                          digest;
    ngx_uint_t                         i;
    const ngx_invoke_package_index_t  *index;

    ngx_invoke_metrics_tell(NGX_INVOKE_METRIC_HOST_PACKAGES, clear->packages);
    ngx_invoke_metrics_tell(NGX_INVOKE_METRIC_HOST_PACKAGE_BYTES, clear->size);
    ngx_invoke_metrics_tell(NGX_INVOKE_METRIC_HOST_CODE_BYTES, clear->code);

    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_PACKAGES_EVICTIONS,
                           clear->removed);

    index = ngx_invoke_package_cleaner.index;

    for (i = 0; index && clear->gone && i < clear->removed; i++) {
        digest.data = clear->gone + i * NGX_INVOKE_PACKAGE_DIGEST;
        digest.len = NGX_INVOKE_PACKAGE_DIGEST;

        index->removed(&digest);
    }

    free(clear->gone);
    clear->gone = NULL;
}
