/*
 * The counters of all workers, in a shared-memory zone that lives over
 * reloads and the death of workers.
 *
 * The zone has a fixed number of slots for workers and one for each of a
 * fixed number of functions; every number is changed by atomic additions
 * alone, so there is no lock that a dying worker could leave behind. A
 * worker owns a slot from init_process to exit_process. Counters of a slot
 * go on when another worker takes it over, so that sums never fall; gauges
 * start again at zero then, and those of a dead worker are not counted.
 *
 * Functions that find no slot share one, named "_other".
 */

#ifndef _NGX_INVOKE_METRICS_H_INCLUDED_
#define _NGX_INVOKE_METRICS_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_invoke_outcome.h"


/* NGX_INVOKE_METRIC_ISOLATES_TOTAL and so on: see the table. */

typedef enum {

#define NGX_INVOKE_METRIC(name, type, group, key, prometheus, label, help)    \
    NGX_INVOKE_METRIC_##name,
#include "ngx_invoke_metrics_table.h"
#undef NGX_INVOKE_METRIC

    NGX_INVOKE_METRICS
} ngx_invoke_metric_e;


/* Where a metric stands in the JSON document. */

typedef enum {
    NGX_INVOKE_METRICS_NONE = 0,
    NGX_INVOKE_METRICS_ISOLATES,
    NGX_INVOKE_METRICS_MODULES,
    NGX_INVOKE_METRICS_CODE,            /* the second part of the modules */
    NGX_INVOKE_METRICS_INVOCATIONS,
    NGX_INVOKE_METRICS_QUEUE,
    NGX_INVOKE_METRICS_WORK,
    NGX_INVOKE_METRICS_EGRESS,
    NGX_INVOKE_METRICS_WAIT_UNTIL,
    NGX_INVOKE_METRICS_POSTGRES,
    NGX_INVOKE_METRICS_REDIS,
    NGX_INVOKE_METRICS_S3,
    NGX_INVOKE_METRICS_S3_ERRORS,
    NGX_INVOKE_METRICS_METADATA,
    NGX_INVOKE_METRICS_LOG,
    NGX_INVOKE_METRICS_PACKAGES,
    NGX_INVOKE_METRICS_REFUSED
} ngx_invoke_metrics_group_e;


typedef enum {
    NGX_INVOKE_METRICS_GAUGE = 0,       /* what is now */
    NGX_INVOKE_METRICS_COUNTER          /* what happened */
} ngx_invoke_metrics_type_e;


typedef struct {
    ngx_invoke_metrics_type_e    type;
    ngx_invoke_metrics_group_e   group;
    const char                  *key;
    const char                  *name;  /* for Prometheus, or NULL */
    const char                  *label;
    const char                  *help;  /* of the first one of the name */
} ngx_invoke_metrics_row_t;


extern const ngx_invoke_metrics_row_t
    ngx_invoke_metrics_rows[NGX_INVOKE_METRICS];


/* What there is on the host: no sum over workers, but what was told last. */

typedef enum {
    NGX_INVOKE_METRIC_HOST_PACKAGES = 0,
    NGX_INVOKE_METRIC_HOST_PACKAGE_BYTES,
    NGX_INVOKE_METRIC_HOST_CODE_BYTES,

    NGX_INVOKE_METRICS_HOST
} ngx_invoke_metric_host_e;


/* Upper bounds of the latency histogram, ms; the last bucket has none. */

#define NGX_INVOKE_METRICS_BUCKETS  14

extern const ngx_uint_t
    ngx_invoke_metrics_bounds[NGX_INVOKE_METRICS_BUCKETS - 1];


typedef struct {
    ngx_atomic_t        pid;            /* 0: free */
    ngx_atomic_t        process_slot;
    ngx_atomic_t        started;        /* seconds since the epoch */
    ngx_atomic_t        values[NGX_INVOKE_METRICS];
    ngx_atomic_t        outcomes[NGX_INVOKE_OUTCOMES];
} ngx_invoke_metrics_worker_t;


#define NGX_INVOKE_METRICS_NAME  176

typedef struct {
    ngx_atomic_t        key;            /* hash of the id, 0: free */
    ngx_atomic_t        len;            /* of the name, 0: not yet written */
    ngx_atomic_t        outcomes[NGX_INVOKE_OUTCOMES];
    ngx_atomic_t        starts[3];      /* by ngx_invoke_start_e */
    ngx_atomic_t        buckets[NGX_INVOKE_METRICS_BUCKETS];
    ngx_atomic_t        wall_time;      /* ns, sum */
    ngx_atomic_t        cpu_time;
    ngx_atomic_t        queue_time;
    ngx_atomic_t        connects;
    ngx_atomic_t        denied;         /* connections */
    ngx_atomic_t        bytes;          /* of connections, both ways */
    u_char              name[NGX_INVOKE_METRICS_NAME];  /* the id's end */
} ngx_invoke_metrics_function_t;


/* In shared memory, never moved; read it with plain loads. */

typedef struct {
    uint64_t                        seed;
    ngx_uint_t                      nworkers;
    ngx_uint_t                      nfunctions;     /* a power of two */
    ngx_atomic_t                    host[NGX_INVOKE_METRICS_HOST];
    ngx_invoke_metrics_worker_t    *workers;
    ngx_invoke_metrics_function_t  *functions;
    ngx_invoke_metrics_function_t   other;
} ngx_invoke_metrics_t;


/*
 * Adds the zone to a configuration; NULL on errors, which are logged. The
 * zone's init fails when it has no room for a worker and a function.
 */
ngx_shm_zone_t *ngx_invoke_metrics_zone(ngx_conf_t *cf, ngx_str_t *name,
    size_t size, void *tag);

/* Takes a worker's slot. In init_process, before any thread is started. */
void ngx_invoke_metrics_attach(ngx_shm_zone_t *zone);

/* Gives the slot back. In exit_process, after all threads have ended. */
void ngx_invoke_metrics_detach(void);

/*
 * Adds to a number of this worker; does nothing but waste an addition when
 * no zone is attached. Any thread.
 */
void ngx_invoke_metrics_add(ngx_invoke_metric_e m, ngx_int_t delta);

/* Tells, and gives, what there is on the host. Any thread. */
void ngx_invoke_metrics_tell(ngx_invoke_metric_host_e m, ngx_uint_t value);
ngx_uint_t ngx_invoke_metrics_host(ngx_invoke_metric_host_e m);

/*
 * Counts an invocation that is over; "function" is the id of one, or NULL:
 * none was found. Any thread.
 */
void ngx_invoke_metrics_sample(ngx_str_t *function,
    ngx_invoke_outcome_e outcome, const ngx_invoke_measure_t *measure);

/* Adds connections of a function's. Any thread. */
void ngx_invoke_metrics_egress(ngx_str_t *function, ngx_uint_t connects,
    ngx_uint_t denied, size_t bytes);

/*
 * What to read: NULL when no zone is attached. A number of all workers: for
 * gauges of those that live, for counters of all that ever were. Any thread.
 */
ngx_invoke_metrics_t *ngx_invoke_metrics(void);
ngx_int_t ngx_invoke_metrics_total(ngx_invoke_metric_e m);

/*
 * The numbers by outcome of a function, or of all with NULL; what has one
 * name is counted together. Any thread.
 */
void ngx_invoke_metrics_outcomes(ngx_invoke_metrics_function_t *f,
    ngx_atomic_uint_t *outcomes);

/* Whether a function's slot has numbers and a name. Any thread. */
ngx_uint_t ngx_invoke_metrics_used(ngx_invoke_metrics_function_t *f);

/* Whether the worker of a slot lives. Any thread. */
ngx_uint_t ngx_invoke_metrics_alive(ngx_invoke_metrics_worker_t *worker);


#endif /* _NGX_INVOKE_METRICS_H_INCLUDED_ */
