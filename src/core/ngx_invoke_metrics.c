
#include "ngx_invoke_metrics.h"


#define NGX_INVOKE_METRICS_PROBES   32
#define NGX_INVOKE_METRICS_WORKERS  1024

#define ngx_invoke_metrics_load(p)                                            \
    __atomic_load_n((p), __ATOMIC_RELAXED)

#define ngx_invoke_metrics_store(p, n)                                        \
    __atomic_store_n((p), (n), __ATOMIC_RELAXED)

#define ngx_invoke_metrics_inc(p, n)                                          \
    (void) __atomic_fetch_add((p), (ngx_atomic_uint_t) (n), __ATOMIC_RELAXED)


static ngx_int_t ngx_invoke_metrics_zone_init(ngx_shm_zone_t *zone,
    void *data);
static ngx_invoke_metrics_worker_t *ngx_invoke_metrics_claim(
    ngx_invoke_metrics_t *metrics);
static ngx_invoke_metrics_function_t *ngx_invoke_metrics_function(
    ngx_str_t *id);
static void ngx_invoke_metrics_reset(ngx_invoke_metrics_worker_t *worker);
static ngx_uint_t ngx_invoke_metrics_outcome(ngx_invoke_outcome_e outcome);


const ngx_invoke_metrics_row_t  ngx_invoke_metrics_rows[] = {

#define NGX_INVOKE_METRIC(name, type, group, key, prometheus, label, help)    \
    { NGX_INVOKE_METRICS_##type, NGX_INVOKE_METRICS_##group, key, prometheus, \
      label, help },
#include "ngx_invoke_metrics_table.h"
#undef NGX_INVOKE_METRIC

};


const ngx_uint_t  ngx_invoke_metrics_bounds[NGX_INVOKE_METRICS_BUCKETS - 1] = {
    1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 10000, 30000
};


/* where additions go while no zone is attached */
static ngx_invoke_metrics_worker_t   ngx_invoke_metrics_nowhere;

static ngx_invoke_metrics_worker_t  *ngx_invoke_metrics_worker =
                                                &ngx_invoke_metrics_nowhere;
static ngx_invoke_metrics_t         *ngx_invoke_metrics_attached;
static ngx_uint_t                    ngx_invoke_metrics_shared;


ngx_shm_zone_t *
ngx_invoke_metrics_zone(ngx_conf_t *cf, ngx_str_t *name, size_t size,
    void *tag)
{
    ngx_shm_zone_t  *zone;

    zone = ngx_shared_memory_add(cf, name, size, tag);
    if (zone == NULL) {
        return NULL;
    }

    zone->init = ngx_invoke_metrics_zone_init;

    return zone;
}


static ngx_int_t
ngx_invoke_metrics_zone_init(ngx_shm_zone_t *zone, void *data)
{
    size_t                 room, size;
    ngx_uint_t             n;
    ngx_slab_pool_t       *shpool;
    ngx_invoke_metrics_t  *metrics;

    if (data) {
        zone->data = data;
        return NGX_OK;
    }

    shpool = (ngx_slab_pool_t *) zone->shm.addr;

    if (zone->shm.exists) {
        zone->data = shpool->data;
        return NGX_OK;
    }

    metrics = ngx_slab_calloc(shpool, sizeof(ngx_invoke_metrics_t));
    if (metrics == NULL) {
        goto failed;
    }

    /* an eighth for the workers, then the largest power of two of functions */

    room = shpool->pfree * ngx_pagesize;

    n = room / 8 / sizeof(ngx_invoke_metrics_worker_t);
    n = ngx_min(n, NGX_INVOKE_METRICS_WORKERS);

    if (n == 0) {
        goto failed;
    }

    metrics->workers = ngx_slab_calloc(shpool,
                                    n * sizeof(ngx_invoke_metrics_worker_t));
    if (metrics->workers == NULL) {
        goto failed;
    }

    metrics->nworkers = n;

    room = shpool->pfree * ngx_pagesize;

    for (n = 1;
         2 * n * sizeof(ngx_invoke_metrics_function_t) <= room;
         n *= 2)
    {
        /* void */
    }

    size = n * sizeof(ngx_invoke_metrics_function_t);

    metrics->functions = ngx_slab_calloc(shpool, size);
    if (metrics->functions == NULL) {
        goto failed;
    }

    metrics->nfunctions = n;
    metrics->seed = ((uint64_t) ngx_random() << 32) ^ (uint64_t) ngx_random();

    metrics->other.key = 1;
    metrics->other.len = sizeof("_other") - 1;
    ngx_memcpy(metrics->other.name, "_other", sizeof("_other") - 1);

    shpool->data = metrics;
    zone->data = metrics;

    return NGX_OK;

failed:

    ngx_log_error(NGX_LOG_EMERG, zone->shm.log, 0,
                  "invoke: zone \"%V\" is too small", &zone->shm.name);

    return NGX_ERROR;
}


void
ngx_invoke_metrics_attach(ngx_shm_zone_t *zone)
{
    ngx_invoke_metrics_t  *metrics;

    metrics = zone->data;

    ngx_invoke_metrics_worker = ngx_invoke_metrics_claim(metrics);
    ngx_invoke_metrics_attached = metrics;
}


/*
 * The master gives no two of its live processes one process slot, so that
 * whoever had ours is dead. The last slot is shared by workers that find
 * none; nobody may reset it.
 */

static ngx_invoke_metrics_worker_t *
ngx_invoke_metrics_claim(ngx_invoke_metrics_t *metrics)
{
    ngx_uint_t                    i, pass;
    ngx_atomic_uint_t             pid;
    ngx_invoke_metrics_worker_t  *worker;

    for (pass = 0; pass < 3; pass++) {

        for (i = 0; i < metrics->nworkers - 1; i++) {
            worker = &metrics->workers[i];
            pid = ngx_invoke_metrics_load(&worker->pid);

            if ((pass == 0 && (pid == 0
                               || worker->process_slot
                                  != (ngx_atomic_uint_t) ngx_process_slot))
                || (pass == 1 && pid != 0)
                || (pass == 2 && ngx_invoke_metrics_alive(worker)))
            {
                continue;
            }

            if (ngx_atomic_cmp_set(&worker->pid, pid, ngx_pid)) {
                ngx_invoke_metrics_reset(worker);
                worker->process_slot = ngx_process_slot;
                worker->started = time(NULL);

                ngx_invoke_metrics_shared = 0;
                return worker;
            }
        }
    }

    worker = &metrics->workers[metrics->nworkers - 1];
    worker->pid = ngx_pid;

    ngx_invoke_metrics_shared = 1;

    return worker;
}


void
ngx_invoke_metrics_detach(void)
{
    ngx_invoke_metrics_worker_t  *worker;

    worker = ngx_invoke_metrics_worker;

    /* a thread that does not end may count yet */

    ngx_invoke_metrics_store(&ngx_invoke_metrics_worker,
                             &ngx_invoke_metrics_nowhere);

    if (ngx_invoke_metrics_attached == NULL || ngx_invoke_metrics_shared) {
        return;
    }

    ngx_invoke_metrics_reset(worker);
    (void) ngx_atomic_cmp_set(&worker->pid, (ngx_atomic_uint_t) ngx_pid, 0);

    ngx_invoke_metrics_attached = NULL;
}


static void
ngx_invoke_metrics_reset(ngx_invoke_metrics_worker_t *worker)
{
    ngx_uint_t     i;
    ngx_atomic_t  *values;

    values = worker->values;

    /* the isolates of a worker that is dead have gone with it */

    ngx_invoke_metrics_inc(&values[NGX_INVOKE_METRIC_ISOLATES_DESTROYED],
        ngx_invoke_metrics_load(&values[NGX_INVOKE_METRIC_ISOLATES_TOTAL])
        + ngx_invoke_metrics_load(&values[NGX_INVOKE_METRIC_ISOLATES_PARKED]));

    for (i = 0; i < NGX_INVOKE_METRICS; i++) {
        if (ngx_invoke_metrics_rows[i].type == NGX_INVOKE_METRICS_GAUGE) {
            ngx_invoke_metrics_store(&values[i], 0);
        }
    }
}


void
ngx_invoke_metrics_add(ngx_invoke_metric_e m, ngx_int_t delta)
{
    ngx_invoke_metrics_worker_t  *worker;

    worker = ngx_invoke_metrics_load(&ngx_invoke_metrics_worker);

    ngx_invoke_metrics_inc(&worker->values[m], delta);
}


void
ngx_invoke_metrics_tell(ngx_invoke_metric_host_e m, ngx_uint_t value)
{
    ngx_invoke_metrics_t  *metrics;

    metrics = ngx_invoke_metrics_load(&ngx_invoke_metrics_attached);

    if (metrics) {
        ngx_invoke_metrics_store(&metrics->host[m], value);
    }
}


ngx_uint_t
ngx_invoke_metrics_host(ngx_invoke_metric_host_e m)
{
    ngx_invoke_metrics_t  *metrics;

    metrics = ngx_invoke_metrics_load(&ngx_invoke_metrics_attached);

    return metrics ? ngx_invoke_metrics_load(&metrics->host[m]) : 0;
}


void
ngx_invoke_metrics_sample(ngx_str_t *function, ngx_invoke_outcome_e outcome,
    const ngx_invoke_measure_t *measure)
{
    uint64_t                        ms;
    ngx_uint_t                      i;
    ngx_invoke_metrics_function_t  *f;

    ngx_invoke_metrics_inc(&ngx_invoke_metrics_worker->outcomes[outcome], 1);

    if (function == NULL || ngx_invoke_metrics_attached == NULL) {
        return;
    }

    f = ngx_invoke_metrics_function(function);

    ngx_invoke_metrics_inc(&f->outcomes[outcome], 1);
    ngx_invoke_metrics_inc(&f->wall_time, measure->wall_time);
    ngx_invoke_metrics_inc(&f->queue_time, measure->queue_time);

    if (measure->ran) {
        ngx_invoke_metrics_inc(&f->cpu_time, measure->cpu_time);
        ngx_invoke_metrics_inc(&f->starts[measure->start], 1);
    }

    /* a bound belongs to its bucket */
    ms = (measure->wall_time + 999999) / 1000000;

    for (i = 0; i < NGX_INVOKE_METRICS_BUCKETS - 1; i++) {
        if (ms <= ngx_invoke_metrics_bounds[i]) {
            break;
        }
    }

    ngx_invoke_metrics_inc(&f->buckets[i], 1);
}


void
ngx_invoke_metrics_egress(ngx_str_t *function, ngx_uint_t connects,
    ngx_uint_t denied, size_t bytes)
{
    ngx_invoke_metrics_function_t  *f;

    if (ngx_invoke_metrics_attached == NULL) {
        return;
    }

    f = ngx_invoke_metrics_function(function);

    ngx_invoke_metrics_inc(&f->connects, connects);
    ngx_invoke_metrics_inc(&f->denied, denied);
    ngx_invoke_metrics_inc(&f->bytes, bytes);
}


/*
 * The hash is the identity of a slot: taking one is a single store, and the
 * name that follows is the same whoever writes it.
 */

static ngx_invoke_metrics_function_t *
ngx_invoke_metrics_function(ngx_str_t *id)
{
    size_t                          len;
    u_char                         *p;
    uint64_t                        key;
    ngx_uint_t                      i, n;
    ngx_atomic_uint_t               have;
    ngx_invoke_metrics_t           *metrics;
    ngx_invoke_metrics_function_t  *f;

    metrics = ngx_invoke_metrics_attached;

    key = metrics->seed ^ 0xcbf29ce484222325;

    for (i = 0; i < id->len; i++) {
        key = (key ^ id->data[i]) * 0x100000001b3;
    }

    key ^= key >> 29;
    key |= (key == 0);

    for (i = 0; i < NGX_INVOKE_METRICS_PROBES; i++) {

        n = (key + i) & (metrics->nfunctions - 1);
        f = &metrics->functions[n];

        have = ngx_invoke_metrics_load(&f->key);

        if (have == 0) {
            if (!ngx_atomic_cmp_set(&f->key, 0, (ngx_atomic_uint_t) key)) {
                have = ngx_invoke_metrics_load(&f->key);

            } else {
                have = (ngx_atomic_uint_t) key;
            }
        }

        if (have != (ngx_atomic_uint_t) key) {
            continue;
        }

        if (ngx_invoke_metrics_load(&f->len) == 0) {
            p = id->data;
            len = id->len;

            if (len > NGX_INVOKE_METRICS_NAME) {
                p += len - NGX_INVOKE_METRICS_NAME;
                len = NGX_INVOKE_METRICS_NAME;
            }

            ngx_memcpy(f->name, p, len);
            __atomic_store_n(&f->len, len, __ATOMIC_RELEASE);
        }

        return f;
    }

    return &metrics->other;
}


ngx_invoke_metrics_t *
ngx_invoke_metrics(void)
{
    return ngx_invoke_metrics_attached;
}


ngx_uint_t
ngx_invoke_metrics_used(ngx_invoke_metrics_function_t *f)
{
    ngx_uint_t  i;

    if (__atomic_load_n(&f->len, __ATOMIC_ACQUIRE) == 0) {
        return 0;
    }

    for (i = 0; i < NGX_INVOKE_OUTCOMES; i++) {
        if (ngx_invoke_metrics_load(&f->outcomes[i])) {
            return 1;
        }
    }

    return 0;
}


ngx_uint_t
ngx_invoke_metrics_alive(ngx_invoke_metrics_worker_t *worker)
{
    ngx_atomic_uint_t  pid;

    pid = ngx_invoke_metrics_load(&worker->pid);

    if (pid == 0) {
        return 0;
    }

    return pid == (ngx_atomic_uint_t) ngx_pid
           || kill((ngx_pid_t) pid, 0) == 0
           || ngx_errno != ESRCH;
}


ngx_int_t
ngx_invoke_metrics_total(ngx_invoke_metric_e m)
{
    ngx_int_t              total;
    ngx_uint_t             i;
    ngx_invoke_metrics_t  *metrics;

    metrics = ngx_invoke_metrics_attached;

    if (metrics == NULL) {
        return 0;
    }

    total = 0;

    for (i = 0; i < metrics->nworkers; i++) {

        if (ngx_invoke_metrics_rows[m].type == NGX_INVOKE_METRICS_GAUGE
            && !ngx_invoke_metrics_alive(&metrics->workers[i]))
        {
            continue;
        }

        total += (ngx_int_t)
                     ngx_invoke_metrics_load(&metrics->workers[i].values[m]);
    }

    return total;
}


void
ngx_invoke_metrics_outcomes(ngx_invoke_metrics_function_t *f,
    ngx_atomic_uint_t *outcomes)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_INVOKE_OUTCOMES; i++) {
        outcomes[i] = f ? ngx_invoke_metrics_load(&f->outcomes[i])
                        : ngx_invoke_metrics_outcome(i);
    }

    outcomes[NGX_INVOKE_BAD_REQUEST] += outcomes[NGX_INVOKE_BAD_CHARSET]
                                        + outcomes[NGX_INVOKE_BODY_TOO_LARGE];
    outcomes[NGX_INVOKE_BAD_CHARSET] = 0;
    outcomes[NGX_INVOKE_BODY_TOO_LARGE] = 0;
}


static ngx_uint_t
ngx_invoke_metrics_outcome(ngx_invoke_outcome_e outcome)
{
    ngx_uint_t             i, total;
    ngx_invoke_metrics_t  *metrics;

    metrics = ngx_invoke_metrics_attached;

    if (metrics == NULL) {
        return 0;
    }

    total = 0;

    for (i = 0; i < metrics->nworkers; i++) {
        total += ngx_invoke_metrics_load(
                                     &metrics->workers[i].outcomes[outcome]);
    }

    return total;
}
