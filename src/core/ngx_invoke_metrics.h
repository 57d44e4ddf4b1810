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


typedef enum {

    /* gauges: what is now */

    NGX_INVOKE_METRIC_ISOLATES_TOTAL = 0,
    NGX_INVOKE_METRIC_ISOLATES_AVAILABLE,
    NGX_INVOKE_METRIC_ISOLATES_ACTIVE,
    NGX_INVOKE_METRIC_ISOLATES_STARTING,
    NGX_INVOKE_METRIC_ISOLATES_PARKED,
    NGX_INVOKE_METRIC_MODULES_SIZE,         /* compiled modules cached */
    NGX_INVOKE_METRIC_MODULES_BYTES,
    NGX_INVOKE_METRIC_QUEUE_WAITING,        /* invocations */
    NGX_INVOKE_METRIC_INVOCATIONS_ACTIVE,
    NGX_INVOKE_METRIC_HEAP_USED,            /* bytes */
    NGX_INVOKE_METRIC_ACCOUNTED,            /* bytes, of the isolates */
    NGX_INVOKE_METRIC_RESIDENT,             /* bytes, of the workers */

    NGX_INVOKE_METRIC_LOG_PENDING,          /* rows of the execution log */
    NGX_INVOKE_METRIC_POSTGRES_CONNECTED,   /* workers */
    NGX_INVOKE_METRIC_POSTGRES_CONNECTIONS,
    NGX_INVOKE_METRIC_POSTGRES_LISTENING,   /* workers */
    NGX_INVOKE_METRIC_REDIS_CONNECTED,      /* workers */

    NGX_INVOKE_METRIC_GAUGES,

    /* counters: what happened */

    NGX_INVOKE_METRIC_ISOLATES_CREATED = NGX_INVOKE_METRIC_GAUGES,
    NGX_INVOKE_METRIC_ISOLATES_DESTROYED,
    NGX_INVOKE_METRIC_ISOLATES_CORRUPTED,
    NGX_INVOKE_METRIC_ISOLATES_QUARANTINED, /* parked for good */
    NGX_INVOKE_METRIC_ISOLATES_TERMINATED,  /* JavaScript was stopped */
    NGX_INVOKE_METRIC_ISOLATES_UNOWNED,     /* work that is nobody's */
    NGX_INVOKE_METRIC_CONTEXTS_CREATED,
    NGX_INVOKE_METRIC_MODULES_HITS,
    NGX_INVOKE_METRIC_MODULES_MISSES,
    NGX_INVOKE_METRIC_MODULES_EVICTIONS,
    NGX_INVOKE_METRIC_MODULES_CODE_CACHE_HITS,
    NGX_INVOKE_METRIC_MODULES_CODE_CACHE_REJECTED,
    NGX_INVOKE_METRIC_MODULES_CODE_LOADED,  /* from disk */
    NGX_INVOKE_METRIC_MODULES_CODE_STORED,  /* on disk */
    NGX_INVOKE_METRIC_QUEUE_ENQUEUED,
    NGX_INVOKE_METRIC_QUEUE_REJECTED,       /* it was full */
    NGX_INVOKE_METRIC_QUEUE_TIMEOUTS,       /* its deadline was over */
    NGX_INVOKE_METRIC_CONSOLE_LINES,
    NGX_INVOKE_METRIC_CONSOLE_DROPPED,
    NGX_INVOKE_METRIC_METADATA_HITS,        /* records that were known */
    NGX_INVOKE_METRIC_METADATA_MISSES,
    NGX_INVOKE_METRIC_METADATA_STALE,       /* used, the database being away */

    NGX_INVOKE_METRIC_LOG_ROWS,             /* written */
    NGX_INVOKE_METRIC_LOG_BATCHES,
    NGX_INVOKE_METRIC_LOG_DROPPED,          /* no room, or no database */
    NGX_INVOKE_METRIC_LOG_FAILED,           /* refused by the database */

    NGX_INVOKE_METRIC_POSTGRES_QUERIES,
    NGX_INVOKE_METRIC_POSTGRES_ERRORS,      /* refused, or without an answer */
    NGX_INVOKE_METRIC_POSTGRES_RECONNECTS,
    NGX_INVOKE_METRIC_POSTGRES_NOTIFICATIONS,
    NGX_INVOKE_METRIC_POSTGRES_ANSWERS,
    NGX_INVOKE_METRIC_POSTGRES_LATENCY,     /* ns, sum of the answers' */

    NGX_INVOKE_METRIC_REDIS_COMMANDS,
    NGX_INVOKE_METRIC_REDIS_ERRORS,         /* refused, or connections lost */
    NGX_INVOKE_METRIC_REDIS_RECONNECTS,

    NGX_INVOKE_METRIC_PACKAGES_HITS,        /* they were on disk */
    NGX_INVOKE_METRIC_PACKAGES_MISSES,
    NGX_INVOKE_METRIC_PACKAGES_DOWNLOADS,   /* that were brought */
    NGX_INVOKE_METRIC_PACKAGES_WAITS,       /* for another process */
    NGX_INVOKE_METRIC_PACKAGES_EVICTIONS,
    NGX_INVOKE_METRIC_PACKAGES_HASH,        /* refused: another hash */
    NGX_INVOKE_METRIC_PACKAGES_SIZE,        /* the archive is too large */
    NGX_INVOKE_METRIC_PACKAGES_DAMAGED,     /* by ngx_invoke_unpack_rc_e */
    NGX_INVOKE_METRIC_PACKAGES_OUTSIDE,
    NGX_INVOKE_METRIC_PACKAGES_TYPE,
    NGX_INVOKE_METRIC_PACKAGES_LIMIT,

    NGX_INVOKE_METRIC_S3_REQUESTS,
    NGX_INVOKE_METRIC_S3_BYTES,             /* of objects */
    NGX_INVOKE_METRIC_S3_RETRIES,
    NGX_INVOKE_METRIC_S3_ANSWERS,
    NGX_INVOKE_METRIC_S3_LATENCY,           /* ns, sum, to the last byte */
    NGX_INVOKE_METRIC_S3_MISSING,           /* by ngx_invoke_s3_rc_e */
    NGX_INVOKE_METRIC_S3_DENIED,
    NGX_INVOKE_METRIC_S3_CONNECT,
    NGX_INVOKE_METRIC_S3_TIMEOUT,
    NGX_INVOKE_METRIC_S3_SERVER,
    NGX_INVOKE_METRIC_S3_REFUSED,

    NGX_INVOKE_METRICS
} ngx_invoke_metric_e;


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


/* What one invocation adds. */

typedef struct {
    ngx_str_t              *function;   /* its id; NULL: none was found */
    ngx_invoke_outcome_e    outcome;
    ngx_uint_t              start;      /* ngx_invoke_start_e */
    ngx_uint_t              ran;        /* an isolate took it */
    uint64_t                wall_time;  /* ns */
    uint64_t                cpu_time;
    uint64_t                queue_time;
} ngx_invoke_metrics_sample_t;


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

/* Counts an invocation that is over. Any thread. */
void ngx_invoke_metrics_sample(const ngx_invoke_metrics_sample_t *sample);

/*
 * What to read: NULL when no zone is attached. A number of all workers: for
 * gauges of those that live, for counters of all that ever were. Any thread.
 */
ngx_invoke_metrics_t *ngx_invoke_metrics(void);
ngx_int_t ngx_invoke_metrics_total(ngx_invoke_metric_e m);
ngx_uint_t ngx_invoke_metrics_outcome(ngx_invoke_outcome_e outcome);

/* Whether a function's slot has numbers and a name. Any thread. */
ngx_uint_t ngx_invoke_metrics_used(ngx_invoke_metrics_function_t *f);

/* Whether the worker of a slot lives. Any thread. */
ngx_uint_t ngx_invoke_metrics_alive(ngx_invoke_metrics_worker_t *worker);


#endif /* _NGX_INVOKE_METRICS_H_INCLUDED_ */
