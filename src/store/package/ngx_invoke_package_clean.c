
#include "ngx_invoke_package_clean.h"
#include "ngx_invoke_package_clear.h"
#include "ngx_invoke_package_disk.h"
#include "ngx_invoke_metrics.h"


/* How often the cache is cleared, and how soon after the start, ms. */
#define NGX_INVOKE_PACKAGE_CLEAR  600000
#define NGX_INVOKE_PACKAGE_FIRST  1000


typedef struct {
    const ngx_invoke_package_conf_t   *conf;
    ngx_thread_pool_t                 *pool;
    const ngx_invoke_package_index_t  *index;

    ngx_event_t                        timer;
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


/* One task at a time does what is due, and one of those that wait. */

static void
ngx_invoke_package_clean_start(void)
{
    ngx_queue_t                   *q;
    ngx_invoke_package_clean_t    *clean;
    ngx_invoke_package_cleaner_t  *cleaner = &ngx_invoke_package_cleaner;

    if (cleaner->busy || cleaner->pool == NULL) {
        return;
    }

    cleaner->clear.conf = cleaner->conf;
    cleaner->clear.sweep = cleaner->sweep;
    cleaner->clear.digest = NULL;

    if (!ngx_queue_empty(&cleaner->waiting)) {
        q = ngx_queue_head(&cleaner->waiting);
        clean = ngx_queue_data(q, ngx_invoke_package_clean_t, queue);

        if (clean->digest.len) {
            ngx_memcpy(cleaner->digest, clean->name, sizeof(clean->name));
            cleaner->clear.digest = cleaner->digest;
        }

        ngx_queue_remove(q);
        ngx_queue_insert_tail(&cleaner->running, q);

    } else if (!cleaner->due) {
        return;
    }

    cleaner->busy = (ngx_thread_task_post(cleaner->pool, &cleaner->task)
                     == NGX_OK);

    if (cleaner->busy) {
        cleaner->due = 0;
        cleaner->sweep = 0;

    } else if (!ngx_queue_empty(&cleaner->running)) {

        /* with the next one */

        q = ngx_queue_head(&cleaner->running);
        ngx_queue_remove(q);
        ngx_queue_insert_head(&cleaner->waiting, q);
    }
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
    cleaner->busy = 0;

    if (clear->err && clear->err != cleaner->err) {
        ngx_log_error(NGX_LOG_CRIT, ev->log, clear->err,
                      "invoke: package cache \"%V\" cannot be read",
                      &cleaner->conf->path);
    }

    cleaner->err = clear->err;

    ngx_invoke_package_clean_tell(clear);

    if (!ngx_queue_empty(&cleaner->running)) {
        q = ngx_queue_head(&cleaner->running);
        ngx_queue_remove(q);

        clean = ngx_queue_data(q, ngx_invoke_package_clean_t, queue);

        clean->waiting = 0;
        clean->removed = clear->removed;
        clean->freed = clear->freed;
        clean->in_use = clear->in_use;

        clean->handler(clean);
    }

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
