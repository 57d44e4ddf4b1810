
#include "ngx_invoke_status.h"
#include "ngx_invoke_release.h"
#include "ngx_invoke_v8.h"


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
static void ngx_invoke_prometheus_connects(ngx_invoke_text_t *text,
    ngx_invoke_metrics_function_t *f, ngx_str_t *label);
static void ngx_invoke_prometheus_bytes(ngx_invoke_text_t *text,
    ngx_invoke_metrics_function_t *f, ngx_str_t *label);


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

    ngx_invoke_prometheus_head(text, "invoke_build_info", "gauge",
                               "What the module is, and was built for.");
    ngx_invoke_text_printf(text, "invoke_build_info{version=\"%s\","
                           "v8=\"%s\",nginx=\"%s\"} 1\n",
                           NGX_INVOKE_MODULE_VERSION, ngx_invoke_v8_version(),
                           NGINX_VERSION);

    ngx_invoke_prometheus_head(text, "invoke_isolates_max", "gauge",
                               "Isolates that a worker may have.");
    ngx_invoke_text_printf(text, "invoke_isolates_max %ui\n", conf->max);

    ngx_invoke_prometheus_head(text, "invoke_metadata_records", "gauge",
                               "Records of functions.");
    ngx_invoke_text_printf(text, "invoke_metadata_records %ui\n",
                           ngx_invoke_record_count());

    ngx_invoke_prometheus_head(text, "invoke_invocations_total", "counter",
                               "Invocations by outcome.");

    ngx_invoke_metrics_outcomes(NULL, outcomes);

    for (i = 0; i < NGX_INVOKE_OUTCOMES; i++) {
        if (i != NGX_INVOKE_BAD_CHARSET && i != NGX_INVOKE_BODY_TOO_LARGE) {
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

    ngx_invoke_prometheus_head(text, "invoke_function_connects_total",
                               "counter", "Connections of functions.");
    ngx_invoke_prometheus_functions(text, ngx_invoke_prometheus_connects);

    ngx_invoke_prometheus_head(text, "invoke_function_egress_bytes_total",
                               "counter",
                               "Bytes of the connections of functions.");
    ngx_invoke_prometheus_functions(text, ngx_invoke_prometheus_bytes);
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


/* Lines of one name follow each other, wherever their rows stand. */

static void
ngx_invoke_prometheus_values(ngx_invoke_text_t *text)
{
    ngx_uint_t                       m, n;
    const ngx_invoke_metrics_row_t  *row, *other;

    for (m = 0; m < NGX_INVOKE_METRICS; m++) {
        row = &ngx_invoke_metrics_rows[m];

        if (row->help == NULL) {
            continue;
        }

        ngx_invoke_prometheus_head(text, row->name,
                                   row->type == NGX_INVOKE_METRICS_GAUGE
                                   ? "gauge" : "counter", row->help);

        for (n = m; n < NGX_INVOKE_METRICS; n++) {
            other = &ngx_invoke_metrics_rows[n];

            if (other->name && ngx_strcmp(other->name, row->name) == 0) {
                ngx_invoke_text_printf(text, "%s%s %i\n", other->name,
                                       other->label,
                                       ngx_invoke_metrics_total(n));
            }
        }
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

    ngx_invoke_metrics_outcomes(f, outcomes);

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


static void
ngx_invoke_prometheus_connects(ngx_invoke_text_t *text,
    ngx_invoke_metrics_function_t *f, ngx_str_t *label)
{
    ngx_invoke_text_printf(text, "invoke_function_connects_total"
                           "{function=\"%V\",policy=\"allowed\"} %uA\n"
                           "invoke_function_connects_total"
                           "{function=\"%V\",policy=\"denied\"} %uA\n",
                           label,
                           __atomic_load_n(&f->connects, __ATOMIC_RELAXED),
                           label,
                           __atomic_load_n(&f->denied, __ATOMIC_RELAXED));
}


static void
ngx_invoke_prometheus_bytes(ngx_invoke_text_t *text,
    ngx_invoke_metrics_function_t *f, ngx_str_t *label)
{
    ngx_invoke_text_printf(text, "invoke_function_egress_bytes_total"
                           "{function=\"%V\"} %uA\n", label,
                           __atomic_load_n(&f->bytes, __ATOMIC_RELAXED));
}
