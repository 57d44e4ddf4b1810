
#include "ngx_invoke_status.h"
#include "ngx_invoke_release.h"
#include "ngx_invoke_v8.h"


static void ngx_invoke_json_group(ngx_invoke_text_t *text,
    ngx_invoke_metrics_group_e group, ngx_uint_t n);
static void ngx_invoke_json_latency(ngx_invoke_text_t *text,
    ngx_invoke_metric_e count, ngx_invoke_metric_e sum);
static void ngx_invoke_json_isolates(ngx_invoke_text_t *text,
    ngx_invoke_pool_conf_t *conf);
static void ngx_invoke_json_modules(ngx_invoke_text_t *text,
    ngx_invoke_pool_conf_t *conf);
static void ngx_invoke_json_invocations(ngx_invoke_text_t *text);
static void ngx_invoke_json_queue(ngx_invoke_text_t *text,
    ngx_invoke_pool_conf_t *conf);
static void ngx_invoke_json_stores(ngx_invoke_text_t *text);
static void ngx_invoke_json_log(ngx_invoke_text_t *text);
static void ngx_invoke_json_metadata(ngx_invoke_text_t *text);
static void ngx_invoke_json_packages(ngx_invoke_text_t *text);
static void ngx_invoke_json_functions(ngx_invoke_text_t *text);
static void ngx_invoke_json_function(ngx_invoke_text_t *text,
    ngx_invoke_metrics_function_t *f);
static void ngx_invoke_json_workers(ngx_invoke_text_t *text);


/*
 * The keys of the system that this one replaces come with those of its
 * successors: isolatePool and moduleCache at the top and in "data".
 */

void
ngx_invoke_json(ngx_invoke_text_t *text, ngx_invoke_pool_conf_t *conf)
{
    ngx_invoke_text_printf(text, "{\"isolatePool\":");
    ngx_invoke_json_isolates(text, conf);

    ngx_invoke_text_printf(text, ",\"build\":{\"version\":\"%s\","
                           "\"v8\":\"%s\",\"nginx\":\"%s\"}",
                           NGX_INVOKE_MODULE_VERSION, ngx_invoke_v8_version(),
                           NGINX_VERSION);

    ngx_invoke_text_printf(text, ",\"moduleCache\":");
    ngx_invoke_json_modules(text, conf);

    ngx_invoke_text_printf(text, ",\"invocations\":");
    ngx_invoke_json_invocations(text);

    ngx_invoke_text_printf(text, ",\"queue\":");
    ngx_invoke_json_queue(text, conf);

    ngx_invoke_text_printf(text, ",\"work\":{");
    ngx_invoke_json_group(text, NGX_INVOKE_METRICS_WORK, 0);

    ngx_invoke_text_printf(text, "},\"egress\":{");
    ngx_invoke_json_group(text, NGX_INVOKE_METRICS_EGRESS, 0);

    ngx_invoke_text_printf(text, "},\"waitUntil\":{");
    ngx_invoke_json_group(text, NGX_INVOKE_METRICS_WAIT_UNTIL, 0);

    ngx_invoke_text_printf(text, "},\"stores\":");
    ngx_invoke_json_stores(text);
    ngx_invoke_text_printf(text, ",\"metadata\":");
    ngx_invoke_json_metadata(text);

    ngx_invoke_text_printf(text, ",\"executionLog\":");
    ngx_invoke_json_log(text);

    ngx_invoke_text_printf(text, ",\"packageCache\":");
    ngx_invoke_json_packages(text);

    ngx_invoke_text_printf(text, ",\"functions\":{");
    ngx_invoke_json_functions(text);

    ngx_invoke_text_printf(text, "},\"workers\":[");
    ngx_invoke_json_workers(text);

    ngx_invoke_text_printf(text, "],\"success\":true,\"data\":"
                           "{\"isolatePool\":");
    ngx_invoke_json_isolates(text, conf);

    ngx_invoke_text_printf(text, ",\"moduleCache\":");
    ngx_invoke_json_modules(text, conf);

    ngx_invoke_text_printf(text, "},\"timestamp\":");
    ngx_invoke_text_time(text);
    ngx_invoke_text_printf(text, "}");
}


/* The metrics of a group, behind the n members that its object has already. */

static void
ngx_invoke_json_group(ngx_invoke_text_t *text,
    ngx_invoke_metrics_group_e group, ngx_uint_t n)
{
    ngx_uint_t                       m;
    const ngx_invoke_metrics_row_t  *row;

    for (m = 0; m < NGX_INVOKE_METRICS; m++) {
        row = &ngx_invoke_metrics_rows[m];

        if (row->group == group) {
            ngx_invoke_text_printf(text, "%s\"%s\":%i", n++ ? "," : "",
                                   row->key, ngx_invoke_metrics_total(m));
        }
    }
}


/* How many there were, and the sum of the time that they took. */

static void
ngx_invoke_json_latency(ngx_invoke_text_t *text,
    ngx_invoke_metric_e count, ngx_invoke_metric_e sum)
{
    ngx_invoke_text_printf(text, ",\"latency\":{\"count\":%i,"
                           "\"sumMs\":%.3f}",
                           ngx_invoke_metrics_total(count),
                           (double) ngx_invoke_metrics_total(sum) / 1000000);
}


static void
ngx_invoke_json_isolates(ngx_invoke_text_t *text,
    ngx_invoke_pool_conf_t *conf)
{
    ngx_int_t  total;

    total = ngx_invoke_metrics_total(NGX_INVOKE_METRIC_ISOLATES_TOTAL);

    ngx_invoke_text_printf(text, "{");
    ngx_invoke_json_group(text, NGX_INVOKE_METRICS_ISOLATES, 0);

    ngx_invoke_text_printf(text,
                           ",\"idle\":%i,\"poolSize\":%i,"
                           "\"basePoolSize\":%ui,\"maxPoolSize\":%ui,"
                           "\"totalCreated\":%i,\"totalDisposed\":%i,"
                           "\"warmupComplete\":%s}",
             ngx_invoke_metrics_total(NGX_INVOKE_METRIC_ISOLATES_AVAILABLE),
                           total, conf->base, conf->max,
             ngx_invoke_metrics_total(NGX_INVOKE_METRIC_ISOLATES_CREATED),
             ngx_invoke_metrics_total(NGX_INVOKE_METRIC_ISOLATES_DESTROYED),
                           total && !ngx_invoke_metrics_total(
                                         NGX_INVOKE_METRIC_ISOLATES_STARTING)
                           ? "true" : "false");
}


static void
ngx_invoke_json_modules(ngx_invoke_text_t *text,
    ngx_invoke_pool_conf_t *conf)
{
    ngx_int_t  hits, misses;

    hits = ngx_invoke_metrics_total(NGX_INVOKE_METRIC_MODULES_HITS);
    misses = ngx_invoke_metrics_total(NGX_INVOKE_METRIC_MODULES_MISSES);

    ngx_invoke_text_printf(text, "{");
    ngx_invoke_json_group(text, NGX_INVOKE_METRICS_MODULES, 0);

    ngx_invoke_text_printf(text, ",\"hitRate\":%.4f",
                           hits + misses ? (double) hits / (hits + misses)
                                         : 0);
    ngx_invoke_json_group(text, NGX_INVOKE_METRICS_CODE, 1);

    ngx_invoke_text_printf(text, ",\"totalEntries\":%i,\"maxSize\":%ui,"
                           "\"cacheEnabled\":%s}",
             ngx_invoke_metrics_total(NGX_INVOKE_METRIC_MODULES_SIZE),
                           conf->module_cache,
                           conf->module_cache ? "true" : "false");
}


static void
ngx_invoke_json_invocations(ngx_invoke_text_t *text)
{
    ngx_uint_t         i, total;
    ngx_atomic_uint_t  outcomes[NGX_INVOKE_OUTCOMES];

    ngx_invoke_metrics_outcomes(NULL, outcomes);

    total = 0;

    for (i = 0; i < NGX_INVOKE_OUTCOMES; i++) {
        total += outcomes[i];
    }

    ngx_invoke_text_printf(text, "{\"total\":%ui", total);
    ngx_invoke_json_group(text, NGX_INVOKE_METRICS_INVOCATIONS, 1);

    for (i = 0; i < NGX_INVOKE_OUTCOMES; i++) {
        if (i != NGX_INVOKE_BAD_CHARSET && i != NGX_INVOKE_BODY_TOO_LARGE) {
            ngx_invoke_text_printf(text, ",\"%V\":%uA",
                                   &ngx_invoke_outcomes[i].status,
                                   outcomes[i]);
        }
    }

    ngx_invoke_text_printf(text, "}");
}


static void
ngx_invoke_json_queue(ngx_invoke_text_t *text,
    ngx_invoke_pool_conf_t *conf)
{
    ngx_invoke_text_printf(text, "{");
    ngx_invoke_json_group(text, NGX_INVOKE_METRICS_QUEUE, 0);
    ngx_invoke_text_printf(text, ",\"max\":%ui}", conf->queue);
}


static void
ngx_invoke_json_stores(ngx_invoke_text_t *text)
{
    ngx_invoke_text_printf(text, "{\"postgres\":{");
    ngx_invoke_json_group(text, NGX_INVOKE_METRICS_POSTGRES, 0);
    ngx_invoke_json_latency(text, NGX_INVOKE_METRIC_POSTGRES_ANSWERS,
                                NGX_INVOKE_METRIC_POSTGRES_LATENCY);

    ngx_invoke_text_printf(text, "},\"redis\":{");
    ngx_invoke_json_group(text, NGX_INVOKE_METRICS_REDIS, 0);

    ngx_invoke_text_printf(text, "},\"s3\":{");
    ngx_invoke_json_group(text, NGX_INVOKE_METRICS_S3, 0);
    ngx_invoke_text_printf(text, ",\"errors\":{");
    ngx_invoke_json_group(text, NGX_INVOKE_METRICS_S3_ERRORS, 0);
    ngx_invoke_text_printf(text, "}");
    ngx_invoke_json_latency(text, NGX_INVOKE_METRIC_S3_ANSWERS,
                                NGX_INVOKE_METRIC_S3_LATENCY);

    ngx_invoke_text_printf(text, "}}");
}


static void
ngx_invoke_json_packages(ngx_invoke_text_t *text)
{
    ngx_invoke_package_stat_t  stat;

    ngx_invoke_package_stat(&stat);

    ngx_invoke_text_printf(text, "{\"size\":%O,\"packages\":%ui,"
                           "\"codeSize\":%O,\"maxSize\":%O",
                           stat.size, stat.packages, stat.code, stat.max_size);
    ngx_invoke_json_group(text, NGX_INVOKE_METRICS_PACKAGES, 4);

    ngx_invoke_text_printf(text, ",\"refused\":{");
    ngx_invoke_json_group(text, NGX_INVOKE_METRICS_REFUSED, 0);
    ngx_invoke_text_printf(text, "}}");
}


static void
ngx_invoke_json_metadata(ngx_invoke_text_t *text)
{
    ngx_invoke_text_printf(text, "{\"records\":%ui",
                           ngx_invoke_record_count());
    ngx_invoke_json_group(text, NGX_INVOKE_METRICS_METADATA, 1);
    ngx_invoke_text_printf(text, "}");
}


static void
ngx_invoke_json_log(ngx_invoke_text_t *text)
{
    ngx_invoke_text_printf(text, "{");
    ngx_invoke_json_group(text, NGX_INVOKE_METRICS_LOG, 0);
    ngx_invoke_text_printf(text, "}");
}


static void
ngx_invoke_json_functions(ngx_invoke_text_t *text)
{
    ngx_uint_t                      i, n;
    ngx_invoke_metrics_t           *metrics;
    ngx_invoke_metrics_function_t  *f;

    metrics = ngx_invoke_metrics();

    if (metrics == NULL) {
        return;
    }

    n = 0;

    for (i = 0; i <= metrics->nfunctions; i++) {

        f = (i < metrics->nfunctions) ? &metrics->functions[i]
                                      : &metrics->other;

        if (!ngx_invoke_metrics_used(f)) {
            continue;
        }

        if (n++) {
            ngx_invoke_text_printf(text, ",");
        }

        ngx_invoke_json_function(text, f);
    }
}


static void
ngx_invoke_json_function(ngx_invoke_text_t *text,
    ngx_invoke_metrics_function_t *f)
{
    ngx_str_t          name;
    ngx_uint_t         i, n, total;
    ngx_atomic_uint_t  sum, outcomes[NGX_INVOKE_OUTCOMES];

    name.len = f->len;
    name.data = f->name;

    ngx_invoke_metrics_outcomes(f, outcomes);

    total = 0;

    for (i = 0; i < NGX_INVOKE_OUTCOMES; i++) {
        total += outcomes[i];
    }

    ngx_invoke_text_json(text, &name);
    ngx_invoke_text_printf(text, ":{\"invocations\":%ui,\"ok\":%uA,"
                           "\"errors\":{", total, outcomes[NGX_INVOKE_OK]);

    n = 0;

    for (i = NGX_INVOKE_OK + 1; i < NGX_INVOKE_OUTCOMES; i++) {
        if (outcomes[i]) {
            ngx_invoke_text_printf(text, "%s\"%V\":%uA", n++ ? "," : "",
                                   &ngx_invoke_outcomes[i].code, outcomes[i]);
        }
    }

    ngx_invoke_text_printf(text, "},\"coldStarts\":%uA,\"warmStarts\":%uA,"
                           "\"reusedStarts\":%uA",
                           f->starts[NGX_INVOKE_START_COLD],
                           f->starts[NGX_INVOKE_START_WARM],
                           f->starts[NGX_INVOKE_START_REUSED]);

    /* these are counted by the threads of isolates */

    ngx_invoke_text_printf(text, ",\"egress\":{\"connects\":%uA,"
                           "\"denied\":%uA,\"bytes\":%uA}",
                           __atomic_load_n(&f->connects, __ATOMIC_RELAXED),
                           __atomic_load_n(&f->denied, __ATOMIC_RELAXED),
                           __atomic_load_n(&f->bytes, __ATOMIC_RELAXED));

    /* ms, as the rest of the document's users expect */

    ngx_invoke_text_printf(text, ",\"cpuTimeMs\":%.3f,\"queueTimeMs\":%.3f,"
                           "\"latency\":{\"count\":%ui,\"sumMs\":%.3f,"
                           "\"buckets\":{",
                           (double) f->cpu_time / 1000000,
                           (double) f->queue_time / 1000000, total,
                           (double) f->wall_time / 1000000);

    sum = 0;

    for (i = 0; i < NGX_INVOKE_METRICS_BUCKETS; i++) {
        sum += f->buckets[i];

        if (i < NGX_INVOKE_METRICS_BUCKETS - 1) {
            ngx_invoke_text_printf(text, "\"%ui\":%uA,",
                                   ngx_invoke_metrics_bounds[i], sum);
        } else {
            ngx_invoke_text_printf(text, "\"+Inf\":%uA}}}", sum);
        }
    }
}


static void
ngx_invoke_json_workers(ngx_invoke_text_t *text)
{
    ngx_uint_t                    i, n;
    ngx_invoke_metrics_t         *metrics;
    ngx_invoke_metrics_worker_t  *w;

    metrics = ngx_invoke_metrics();

    if (metrics == NULL) {
        return;
    }

    n = 0;

    for (i = 0; i < metrics->nworkers; i++) {
        w = &metrics->workers[i];

        if (!ngx_invoke_metrics_alive(w)) {
            continue;
        }

        ngx_invoke_text_printf(text, "%s{\"pid\":%uA,\"started\":%uA,"
                               "\"isolates\":%uA,\"available\":%uA,"
                               "\"active\":%uA,\"parked\":%uA,"
                               "\"waiting\":%uA,\"invocations\":%uA}",
                               n++ ? "," : "", w->pid, w->started,
                     w->values[NGX_INVOKE_METRIC_ISOLATES_TOTAL],
                     w->values[NGX_INVOKE_METRIC_ISOLATES_AVAILABLE],
                     w->values[NGX_INVOKE_METRIC_ISOLATES_ACTIVE],
                     w->values[NGX_INVOKE_METRIC_ISOLATES_PARKED],
                     w->values[NGX_INVOKE_METRIC_QUEUE_WAITING],
                     w->values[NGX_INVOKE_METRIC_INVOCATIONS_ACTIVE]);
    }
}
