
#include "ngx_invoke_probe.h"

#include <curl/curl.h>


#define NGX_INVOKE_PROBE_EVERY    8000      /* ms, and a half of it by chance */
#define NGX_INVOKE_PROBE_TIMEOUT  3000L


typedef struct {
    const ngx_invoke_package_conf_t  *conf;     /* NULL: it does not look */
    ngx_thread_pool_t                *pool;
    ngx_event_t                       timer;
    ngx_thread_task_t                 task;

    ngx_uint_t                        s3;
    ngx_uint_t                        cache;

    /* the thread's, while a task is under way */

    ngx_uint_t                        result_s3;
    ngx_uint_t                        result_cache;
} ngx_invoke_probe_t;


static void ngx_invoke_probe_timer(ngx_event_t *ev);
static void ngx_invoke_probe_task(void *data, ngx_log_t *log);
static ngx_uint_t ngx_invoke_probe_ask(const ngx_invoke_s3_conf_t *conf);
static int ngx_invoke_probe_progress(void *arg, curl_off_t dltotal,
    curl_off_t dlnow, curl_off_t ultotal, curl_off_t ulnow);
static void ngx_invoke_probe_done(ngx_event_t *ev);


static ngx_invoke_probe_t  ngx_invoke_probe;


void
ngx_invoke_probe_init(const ngx_invoke_package_conf_t *conf,
    ngx_thread_pool_t *pool, ngx_cycle_t *cycle)
{
    ngx_invoke_probe_t  *probe;

    probe = &ngx_invoke_probe;

    ngx_memzero(probe, sizeof(ngx_invoke_probe_t));

    probe->conf = conf;
    probe->pool = pool;

    probe->timer.handler = ngx_invoke_probe_timer;
    probe->timer.data = probe;
    probe->timer.log = cycle->log;
    probe->timer.cancelable = 1;

    probe->task.ctx = probe;
    probe->task.handler = ngx_invoke_probe_task;
    probe->task.event.handler = ngx_invoke_probe_done;
    probe->task.event.data = probe;
    probe->task.event.log = cycle->log;

    ngx_add_timer(&probe->timer, 1);
}


void
ngx_invoke_probe_exit(void)
{
    if (ngx_invoke_probe.timer.timer_set) {
        ngx_del_timer(&ngx_invoke_probe.timer);
    }

    ngx_invoke_probe.conf = NULL;
}


ngx_uint_t
ngx_invoke_probe_s3(void)
{
    return ngx_invoke_probe.s3;
}


ngx_uint_t
ngx_invoke_probe_cache(void)
{
    return ngx_invoke_probe.cache;
}


static void
ngx_invoke_probe_timer(ngx_event_t *ev)
{
    ngx_invoke_probe_t *probe = ev->data;

    if (ngx_thread_task_post(probe->pool, &probe->task) != NGX_OK) {
        ngx_add_timer(&probe->timer, NGX_INVOKE_PROBE_EVERY);
    }
}


/* thread pool */

static void
ngx_invoke_probe_task(void *data, ngx_log_t *log)
{
    ngx_invoke_probe_t *probe = data;

    probe->result_cache = (access((char *) probe->conf->path.data,
                                  R_OK|W_OK|X_OK) == 0);
    probe->result_s3 = ngx_invoke_probe_ask(&probe->conf->s3);
}


/*
 * Any answer that is no failure of the server's will do. The request is not
 * signed: keys that may get objects need not have the right to anything that
 * could be asked for here. Thread pool.
 */

static ngx_uint_t
ngx_invoke_probe_ask(const ngx_invoke_s3_conf_t *conf)
{
    long    status;
    CURL   *curl;
    u_char *url;

    status = 0;

    url = malloc(conf->url.len + sizeof("/"));
    curl = curl_easy_init();

    if (url && curl) {
        *ngx_sprintf(url, "%V/", &conf->url) = '\0';

        if (curl_easy_setopt(curl, CURLOPT_URL, url) == CURLE_OK
            && (conf->ca.len == 0
                || curl_easy_setopt(curl, CURLOPT_CAINFO, conf->ca.data)
                   == CURLE_OK))
        {
            curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
            curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
            curl_easy_setopt(curl, CURLOPT_PROXY, "");
            curl_easy_setopt(curl, CURLOPT_USERAGENT, "ngx_invoke");
            curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
                             NGX_INVOKE_PROBE_TIMEOUT);
            curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION,
                             ngx_invoke_probe_progress);
            curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);

            if (curl_easy_perform(curl) == CURLE_OK) {
                curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
            }
        }
    }

    curl_easy_cleanup(curl);
    free(url);

    return status >= 200 && status < 500;
}


/* A worker that is to leave does not wait for it. Thread pool. */

static int
ngx_invoke_probe_progress(void *arg, curl_off_t dltotal, curl_off_t dlnow,
    curl_off_t ultotal, curl_off_t ulnow)
{
    return ngx_exiting || ngx_quit || ngx_terminate;
}


static void
ngx_invoke_probe_done(ngx_event_t *ev)
{
    ngx_invoke_probe_t *probe = ev->data;

    if (probe->conf == NULL) {
        return;
    }

    probe->s3 = probe->result_s3;
    probe->cache = probe->result_cache;

    ngx_add_timer(&probe->timer, NGX_INVOKE_PROBE_EVERY
                                 + ngx_random() % (NGX_INVOKE_PROBE_EVERY / 2));
}
