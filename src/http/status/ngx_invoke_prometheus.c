
#include "ngx_invoke_http.h"


typedef struct {
    const char                     *name;
    const char                     *label;
    ngx_invoke_metric_e             metric;
    const char                     *help;
} ngx_invoke_prometheus_metric_t;


typedef void (*ngx_invoke_prometheus_pt)(ngx_invoke_text_t *text,
    ngx_invoke_metrics_function_t *f, ngx_str_t *label);


static void ngx_invoke_prometheus_packages(ngx_invoke_text_t *text);
static void ngx_invoke_prometheus_values(ngx_invoke_text_t *text);
static void ngx_invoke_prometheus_head(ngx_invoke_text_t *text,
    const char *name, const char *type, const char *help);
static void ngx_invoke_prometheus_functions(ngx_invoke_text_t *text,
    ngx_invoke_prometheus_pt write);
static void ngx_invoke_prometheus_label(ngx_invoke_metrics_function_t *f,
    ngx_str_t *label);
static void ngx_invoke_prometheus_outcomes(ngx_invoke_text_t *text,
    ngx_invoke_metrics_function_t *f, ngx_str_t *label);
static void ngx_invoke_prometheus_duration(ngx_invoke_text_t *text,
    ngx_invoke_metrics_function_t *f, ngx_str_t *label);
static void ngx_invoke_prometheus_cpu(ngx_invoke_text_t *text,
    ngx_invoke_metrics_function_t *f, ngx_str_t *label);
static void ngx_invoke_prometheus_queue(ngx_invoke_text_t *text,
    ngx_invoke_metrics_function_t *f, ngx_str_t *label);
static void ngx_invoke_prometheus_starts(ngx_invoke_text_t *text,
    ngx_invoke_metrics_function_t *f, ngx_str_t *label);


/* Lines of one name follow each other; a help begins a name. */

static ngx_invoke_prometheus_metric_t  ngx_invoke_prometheus_metrics[] = {

    { "invoke_isolates", "{state=\"available\"}",
      NGX_INVOKE_METRIC_ISOLATES_AVAILABLE, "Isolates by state." },
    { "invoke_isolates", "{state=\"active\"}",
      NGX_INVOKE_METRIC_ISOLATES_ACTIVE, NULL },
    { "invoke_isolates", "{state=\"starting\"}",
      NGX_INVOKE_METRIC_ISOLATES_STARTING, NULL },
    { "invoke_isolates", "{state=\"parked\"}",
      NGX_INVOKE_METRIC_ISOLATES_PARKED, NULL },

    { "invoke_module_cache_entries", "",
      NGX_INVOKE_METRIC_MODULES_SIZE, "Compiled modules in the caches." },
    { "invoke_module_cache_bytes", "",
      NGX_INVOKE_METRIC_MODULES_BYTES, "Their sources and compiled code." },

    { "invoke_queue_waiting", "",
      NGX_INVOKE_METRIC_QUEUE_WAITING, "Invocations that wait." },

    { "invoke_invocations_active", "",
      NGX_INVOKE_METRIC_INVOCATIONS_ACTIVE, "Invocations under way." },

    { "invoke_heap_used_bytes", "",
      NGX_INVOKE_METRIC_HEAP_USED, "Memory in use by the isolates." },

    { "invoke_memory_accounted_bytes", "",
      NGX_INVOKE_METRIC_ACCOUNTED, "All that the isolates hold." },

    { "invoke_memory_resident_bytes", "",
      NGX_INVOKE_METRIC_RESIDENT, "Resident size of the workers." },

    { "invoke_redis_connected", "",
      NGX_INVOKE_METRIC_REDIS_CONNECTED, "Workers that Redis answers." },

    { "invoke_isolates_created_total", "",
      NGX_INVOKE_METRIC_ISOLATES_CREATED, "Isolates created." },

    { "invoke_isolates_destroyed_total", "",
      NGX_INVOKE_METRIC_ISOLATES_DESTROYED, "Isolates destroyed." },

    { "invoke_isolates_corrupted_total", "",
      NGX_INVOKE_METRIC_ISOLATES_CORRUPTED,
      "Isolates given up because of a limit." },

    { "invoke_isolates_quarantined_total", "",
      NGX_INVOKE_METRIC_ISOLATES_QUARANTINED,
      "Isolates whose thread was parked for good." },

    { "invoke_isolates_terminated_total", "",
      NGX_INVOKE_METRIC_ISOLATES_TERMINATED,
      "Times that an isolate's JavaScript was stopped." },

    { "invoke_unowned_total", "",
      NGX_INVOKE_METRIC_ISOLATES_UNOWNED,
      "Times that work ran for no invocation." },

    { "invoke_contexts_created_total", "",
      NGX_INVOKE_METRIC_CONTEXTS_CREATED, "Contexts created." },

    { "invoke_module_cache_hits_total", "",
      NGX_INVOKE_METRIC_MODULES_HITS, "Modules found compiled." },

    { "invoke_module_cache_misses_total", "",
      NGX_INVOKE_METRIC_MODULES_MISSES, "Modules not found compiled." },

    { "invoke_module_cache_evictions_total", "",
      NGX_INVOKE_METRIC_MODULES_EVICTIONS, "Modules dropped for others." },

    { "invoke_code_cache_hits_total", "",
      NGX_INVOKE_METRIC_MODULES_CODE_CACHE_HITS,
      "Modules deserialised instead of compiled." },

    { "invoke_code_cache_rejected_total", "",
      NGX_INVOKE_METRIC_MODULES_CODE_CACHE_REJECTED,
      "Compiled code that V8 refused." },

    { "invoke_code_cache_loaded_total", "",
      NGX_INVOKE_METRIC_MODULES_CODE_LOADED,
      "Compiled code that was read from disk." },

    { "invoke_code_cache_stored_total", "",
      NGX_INVOKE_METRIC_MODULES_CODE_STORED,
      "Compiled code that was written to disk." },

    { "invoke_queue_enqueued_total", "",
      NGX_INVOKE_METRIC_QUEUE_ENQUEUED, "Invocations that had to wait." },

    { "invoke_queue_rejected_total", "",
      NGX_INVOKE_METRIC_QUEUE_REJECTED,
      "Invocations refused by a full queue." },

    { "invoke_queue_timeouts_total", "",
      NGX_INVOKE_METRIC_QUEUE_TIMEOUTS,
      "Invocations that have waited too long." },

    { "invoke_console_lines_total", "",
      NGX_INVOKE_METRIC_CONSOLE_LINES, "Console lines of functions." },

    { "invoke_console_dropped_total", "",
      NGX_INVOKE_METRIC_CONSOLE_DROPPED,
      "Console lines dropped over the limit." },

    { "invoke_postgres_connected", "",
      NGX_INVOKE_METRIC_POSTGRES_CONNECTED,
      "Workers that have a connection to PostgreSQL." },

    { "invoke_postgres_listening", "",
      NGX_INVOKE_METRIC_POSTGRES_LISTENING,
      "Workers that PostgreSQL notifies." },

    { "invoke_postgres_connections", "",
      NGX_INVOKE_METRIC_POSTGRES_CONNECTIONS, "Connections to PostgreSQL." },

    { "invoke_postgres_queries_total", "",
      NGX_INVOKE_METRIC_POSTGRES_QUERIES, "Queries of PostgreSQL." },

    { "invoke_postgres_errors_total", "",
      NGX_INVOKE_METRIC_POSTGRES_ERRORS,
      "Queries that were refused or got no answer." },

    { "invoke_postgres_reconnects_total", "",
      NGX_INVOKE_METRIC_POSTGRES_RECONNECTS,
      "Connections to PostgreSQL made again." },

    { "invoke_postgres_notifications_total", "",
      NGX_INVOKE_METRIC_POSTGRES_NOTIFICATIONS,
      "Notifications of PostgreSQL." },
    { "invoke_metadata_hits_total", "",
      NGX_INVOKE_METRIC_METADATA_HITS, "Records that were known." },

    { "invoke_metadata_misses_total", "",
      NGX_INVOKE_METRIC_METADATA_MISSES,
      "Records that the database had to be asked for." },

    { "invoke_metadata_stale_total", "",
      NGX_INVOKE_METRIC_METADATA_STALE,
      "Records used though the database did not answer." },

    { "invoke_execution_log_pending", "",
      NGX_INVOKE_METRIC_LOG_PENDING, "Rows of the execution log that wait." },

    { "invoke_execution_log_rows_total", "",
      NGX_INVOKE_METRIC_LOG_ROWS, "Rows of the execution log written." },

    { "invoke_execution_log_batches_total", "",
      NGX_INVOKE_METRIC_LOG_BATCHES, "Statements that wrote rows or counts." },

    { "invoke_execution_log_dropped_total", "",
      NGX_INVOKE_METRIC_LOG_DROPPED,
      "Rows given up for want of room or of a database." },

    { "invoke_execution_log_failed_total", "",
      NGX_INVOKE_METRIC_LOG_FAILED, "Rows that the database refused." },

    { "invoke_redis_commands_total", "",
      NGX_INVOKE_METRIC_REDIS_COMMANDS, "Commands sent to Redis." },

    { "invoke_redis_errors_total", "",
      NGX_INVOKE_METRIC_REDIS_ERRORS,
      "Commands that Redis refused, and connections lost." },

    { "invoke_redis_reconnects_total", "",
      NGX_INVOKE_METRIC_REDIS_RECONNECTS, "Connections to Redis made anew." },

    { "invoke_package_cache_hits_total", "",
      NGX_INVOKE_METRIC_PACKAGES_HITS, "Packages found on disk." },

    { "invoke_package_cache_misses_total", "",
      NGX_INVOKE_METRIC_PACKAGES_MISSES, "Packages not found on disk." },

    { "invoke_package_cache_downloads_total", "",
      NGX_INVOKE_METRIC_PACKAGES_DOWNLOADS, "Packages brought to disk." },

    { "invoke_package_cache_waits_total", "",
      NGX_INVOKE_METRIC_PACKAGES_WAITS,
      "Looks at what another process brings." },

    { "invoke_package_cache_evictions_total", "",
      NGX_INVOKE_METRIC_PACKAGES_EVICTIONS, "Packages removed from disk." },

    { "invoke_package_cache_refused_total", "{cause=\"hash\"}",
      NGX_INVOKE_METRIC_PACKAGES_HASH, "Archives refused." },
    { "invoke_package_cache_refused_total", "{cause=\"size\"}",
      NGX_INVOKE_METRIC_PACKAGES_SIZE, NULL },
    { "invoke_package_cache_refused_total", "{cause=\"damaged\"}",
      NGX_INVOKE_METRIC_PACKAGES_DAMAGED, NULL },
    { "invoke_package_cache_refused_total", "{cause=\"outside\"}",
      NGX_INVOKE_METRIC_PACKAGES_OUTSIDE, NULL },
    { "invoke_package_cache_refused_total", "{cause=\"type\"}",
      NGX_INVOKE_METRIC_PACKAGES_TYPE, NULL },
    { "invoke_package_cache_refused_total", "{cause=\"limit\"}",
      NGX_INVOKE_METRIC_PACKAGES_LIMIT, NULL },

    { "invoke_s3_requests_total", "",
      NGX_INVOKE_METRIC_S3_REQUESTS, "Requests to the object store." },

    { "invoke_s3_bytes_total", "",
      NGX_INVOKE_METRIC_S3_BYTES, "Bytes of objects received." },

    { "invoke_s3_retries_total", "",
      NGX_INVOKE_METRIC_S3_RETRIES,
      "Requests to the object store made again." },

    { "invoke_s3_errors_total", "{kind=\"missing\"}",
      NGX_INVOKE_METRIC_S3_MISSING, "Requests that brought no object." },
    { "invoke_s3_errors_total", "{kind=\"denied\"}",
      NGX_INVOKE_METRIC_S3_DENIED, NULL },
    { "invoke_s3_errors_total", "{kind=\"connect\"}",
      NGX_INVOKE_METRIC_S3_CONNECT, NULL },
    { "invoke_s3_errors_total", "{kind=\"timeout\"}",
      NGX_INVOKE_METRIC_S3_TIMEOUT, NULL },
    { "invoke_s3_errors_total", "{kind=\"server\"}",
      NGX_INVOKE_METRIC_S3_SERVER, NULL },
    { "invoke_s3_errors_total", "{kind=\"refused\"}",
      NGX_INVOKE_METRIC_S3_REFUSED, NULL },

    { NULL, NULL, 0, NULL }
};


void
ngx_invoke_prometheus(ngx_invoke_text_t *text, ngx_invoke_pool_conf_t *conf)
{
    ngx_uint_t         i;
    ngx_atomic_uint_t  outcomes[NGX_INVOKE_OUTCOMES];

    ngx_invoke_prometheus_values(text);

    ngx_invoke_prometheus_head(text, "invoke_postgres_duration_seconds",
                               "summary", "Time of PostgreSQL's answers.");
    ngx_invoke_text_printf(text, "invoke_postgres_duration_seconds_sum %.6f\n"
                           "invoke_postgres_duration_seconds_count %i\n",
        (double) ngx_invoke_metrics_total(NGX_INVOKE_METRIC_POSTGRES_LATENCY)
        / 1000000000,
        ngx_invoke_metrics_total(NGX_INVOKE_METRIC_POSTGRES_ANSWERS));

    ngx_invoke_prometheus_head(text, "invoke_s3_duration_seconds",
                               "summary",
                               "Time of the object store's answers.");
    ngx_invoke_text_printf(text, "invoke_s3_duration_seconds_sum %.6f\n"
                           "invoke_s3_duration_seconds_count %i\n",
        (double) ngx_invoke_metrics_total(NGX_INVOKE_METRIC_S3_LATENCY)
        / 1000000000,
        ngx_invoke_metrics_total(NGX_INVOKE_METRIC_S3_ANSWERS));

    ngx_invoke_prometheus_packages(text);

    ngx_invoke_prometheus_head(text, "invoke_isolates_max", "gauge",
                               "Isolates that a worker may have.");
    ngx_invoke_text_printf(text, "invoke_isolates_max %ui\n", conf->max);

    ngx_invoke_prometheus_head(text, "invoke_metadata_records", "gauge",
                               "Records of functions.");
    ngx_invoke_text_printf(text, "invoke_metadata_records %ui\n",
                           ngx_invoke_record_count());

    ngx_invoke_prometheus_head(text, "invoke_invocations_total", "counter",
                               "Invocations by outcome.");

    ngx_invoke_endpoint_outcomes(NULL, outcomes);

    for (i = 0; i < NGX_INVOKE_OUTCOMES; i++) {
        if (i != NGX_INVOKE_BAD_CHARSET) {
            ngx_invoke_text_printf(text, "invoke_invocations_total"
                                   "{outcome=\"%V\"} %uA\n",
                                   &ngx_invoke_outcomes[i].status,
                                   outcomes[i]);
        }
    }

    ngx_invoke_prometheus_head(text, "invoke_function_invocations_total",
                               "counter",
                               "Invocations by function and outcome.");
    ngx_invoke_prometheus_functions(text, ngx_invoke_prometheus_outcomes);

    ngx_invoke_prometheus_head(text, "invoke_function_duration_seconds",
                               "histogram", "Time of invocations.");
    ngx_invoke_prometheus_functions(text, ngx_invoke_prometheus_duration);

    ngx_invoke_prometheus_head(text, "invoke_function_cpu_seconds_total",
                               "counter", "CPU time of invocations.");
    ngx_invoke_prometheus_functions(text, ngx_invoke_prometheus_cpu);

    ngx_invoke_prometheus_head(text, "invoke_function_queue_seconds_total",
                               "counter",
                               "Time that invocations waited for an isolate.");
    ngx_invoke_prometheus_functions(text, ngx_invoke_prometheus_queue);

    ngx_invoke_prometheus_head(text, "invoke_function_starts_total",
                               "counter",
                               "Invocations by what they found loaded.");
    ngx_invoke_prometheus_functions(text, ngx_invoke_prometheus_starts);
}


static void
ngx_invoke_prometheus_packages(ngx_invoke_text_t *text)
{
    ngx_invoke_package_stat_t  stat;

    ngx_invoke_package_stat(&stat);

    ngx_invoke_prometheus_head(text, "invoke_package_cache_packages", "gauge",
                               "Packages on disk.");
    ngx_invoke_text_printf(text, "invoke_package_cache_packages %ui\n",
                           stat.packages);

    ngx_invoke_prometheus_head(text, "invoke_package_cache_bytes", "gauge",
                               "What the package cache has on disk.");
    ngx_invoke_text_printf(text,
                           "invoke_package_cache_bytes{of=\"packages\"} %O\n"
                           "invoke_package_cache_bytes{of=\"code\"} %O\n",
                           stat.size, stat.code);
}


static void
ngx_invoke_prometheus_values(ngx_invoke_text_t *text)
{
    ngx_invoke_prometheus_metric_t  *m;

    for (m = ngx_invoke_prometheus_metrics; m->name; m++) {

        if (m->help) {
            ngx_invoke_prometheus_head(text, m->name,
                                       m->metric < NGX_INVOKE_METRIC_GAUGES
                                       ? "gauge" : "counter", m->help);
        }

        ngx_invoke_text_printf(text, "%s%s %i\n", m->name, m->label,
                               ngx_invoke_metrics_total(m->metric));
    }
}


static void
ngx_invoke_prometheus_head(ngx_invoke_text_t *text, const char *name,
    const char *type, const char *help)
{
    ngx_invoke_text_printf(text, "# HELP %s %s\n# TYPE %s %s\n",
                           name, help, name, type);
}


static void
ngx_invoke_prometheus_functions(ngx_invoke_text_t *text,
    ngx_invoke_prometheus_pt write)
{
    ngx_str_t                       label;
    ngx_uint_t                      i;
    ngx_invoke_metrics_t           *metrics;
    ngx_invoke_metrics_function_t  *f;

    metrics = ngx_invoke_metrics();

    if (metrics == NULL) {
        return;
    }

    for (i = 0; i <= metrics->nfunctions; i++) {

        f = (i < metrics->nfunctions) ? &metrics->functions[i]
                                      : &metrics->other;

        if (ngx_invoke_metrics_used(f)) {
            ngx_invoke_prometheus_label(f, &label);
            write(text, f, &label);
        }
    }
}


/* The name of a function as the value of a label. */

static void
ngx_invoke_prometheus_label(ngx_invoke_metrics_function_t *f,
    ngx_str_t *label)
{
    u_char      *p;
    ngx_uint_t   i;

    static u_char  buf[2 * NGX_INVOKE_METRICS_NAME];

    p = buf;

    for (i = 0; i < f->len; i++) {

        switch (f->name[i]) {

        case '\n':
            *p++ = '\\';
            *p++ = 'n';
            break;

        case '"':
        case '\\':
            *p++ = '\\';

            /* fall through */

        default:
            *p++ = f->name[i];
        }
    }

    label->data = buf;
    label->len = p - buf;
}


static void
ngx_invoke_prometheus_outcomes(ngx_invoke_text_t *text,
    ngx_invoke_metrics_function_t *f, ngx_str_t *label)
{
    ngx_uint_t         i;
    ngx_atomic_uint_t  outcomes[NGX_INVOKE_OUTCOMES];

    ngx_invoke_endpoint_outcomes(f, outcomes);

    for (i = 0; i < NGX_INVOKE_OUTCOMES; i++) {
        if (outcomes[i] || i == NGX_INVOKE_OK) {
            ngx_invoke_text_printf(text, "invoke_function_invocations_total"
                                   "{function=\"%V\",outcome=\"%V\"} %uA\n",
                                   label, &ngx_invoke_outcomes[i].status,
                                   outcomes[i]);
        }
    }
}


static void
ngx_invoke_prometheus_duration(ngx_invoke_text_t *text,
    ngx_invoke_metrics_function_t *f, ngx_str_t *label)
{
    u_char             bound[NGX_INT_T_LEN + sizeof(".000")];
    ngx_uint_t         i;
    ngx_atomic_uint_t  sum;

    sum = 0;

    for (i = 0; i < NGX_INVOKE_METRICS_BUCKETS; i++) {
        sum += f->buckets[i];

        if (i < NGX_INVOKE_METRICS_BUCKETS - 1) {
            *ngx_sprintf(bound, "%ui.%03ui",
                         ngx_invoke_metrics_bounds[i] / 1000,
                         ngx_invoke_metrics_bounds[i] % 1000) = '\0';
        } else {
            ngx_memcpy(bound, "+Inf", sizeof("+Inf"));
        }

        ngx_invoke_text_printf(text, "invoke_function_duration_seconds_bucket"
                               "{function=\"%V\",le=\"%s\"} %uA\n",
                               label, bound, sum);
    }

    ngx_invoke_text_printf(text, "invoke_function_duration_seconds_sum"
                           "{function=\"%V\"} %.6f\n",
                           label, (double) f->wall_time / 1000000000);
    ngx_invoke_text_printf(text, "invoke_function_duration_seconds_count"
                           "{function=\"%V\"} %uA\n", label, sum);
}


static void
ngx_invoke_prometheus_cpu(ngx_invoke_text_t *text,
    ngx_invoke_metrics_function_t *f, ngx_str_t *label)
{
    ngx_invoke_text_printf(text, "invoke_function_cpu_seconds_total"
                           "{function=\"%V\"} %.6f\n",
                           label, (double) f->cpu_time / 1000000000);
}


static void
ngx_invoke_prometheus_queue(ngx_invoke_text_t *text,
    ngx_invoke_metrics_function_t *f, ngx_str_t *label)
{
    ngx_invoke_text_printf(text, "invoke_function_queue_seconds_total"
                           "{function=\"%V\"} %.6f\n",
                           label, (double) f->queue_time / 1000000000);
}


static void
ngx_invoke_prometheus_starts(ngx_invoke_text_t *text,
    ngx_invoke_metrics_function_t *f, ngx_str_t *label)
{
    ngx_uint_t  i;

    static const char  *starts[] = { "cold", "warm", "reused" };

    for (i = 0; i < 3; i++) {
        ngx_invoke_text_printf(text, "invoke_function_starts_total"
                               "{function=\"%V\",start=\"%s\"} %uA\n",
                               label, starts[i], f->starts[i]);
    }
}
