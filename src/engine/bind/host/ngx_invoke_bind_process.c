
#include "ngx_invoke_arch.h"
#include "ngx_invoke_bind.h"
#include "ngx_invoke_clock.h"

#include <openssl/crypto.h>
#include <sys/resource.h>
#include <uv.h>
#include <zlib.h>


static void ngx_invoke_bind_hrtime(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_memory_usage(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_uptime(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_cpu_usage(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_versions(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_arch(ngx_invoke_v8_call_t *call);


const ngx_invoke_v8_native_t  ngx_invoke_bind_process[] = {
    { "hrtime", ngx_invoke_bind_hrtime },
    { "memoryUsage", ngx_invoke_bind_memory_usage },
    { "uptime", ngx_invoke_bind_uptime },
    { "cpuUsage", ngx_invoke_bind_cpu_usage },
    { "versions", ngx_invoke_bind_versions },
    { "arch", ngx_invoke_bind_arch },
    { NULL, NULL }
};


/* actor thread, all of this file */

static void
ngx_invoke_bind_numbers(ngx_invoke_v8_call_t *call, const double *numbers,
    ngx_uint_t n)
{
    ngx_uint_t             i;
    ngx_invoke_v8_value_t  values[8];

    for (i = 0; i < n; i++) {
        values[i] = ngx_invoke_v8_new_number(call, numbers[i]);
    }

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_array(call, values, n));
}


static void
ngx_invoke_bind_hrtime(ngx_invoke_v8_call_t *call)
{
    double    numbers[2];
    uint64_t  now;

    now = ngx_invoke_now();
    numbers[0] = now / 1000000000;
    numbers[1] = now % 1000000000;

    ngx_invoke_bind_numbers(call, numbers, 2);
}


/*
 * rss is that of this isolate, too: what the worker as a whole has is not a
 * function's business.
 */

static void
ngx_invoke_bind_memory_usage(ngx_invoke_v8_call_t *call)
{
    double                numbers[6];
    ngx_invoke_v8_stat_t  stat;

    ngx_invoke_v8_isolate_stat(ngx_invoke_v8_call_isolate(call), &stat);

    numbers[0] = stat.heap_total + stat.external + stat.buffers;
    numbers[1] = stat.heap_total;
    numbers[2] = stat.heap_used;
    numbers[3] = stat.external;
    numbers[4] = stat.buffers;
    numbers[5] = stat.limit;

    ngx_invoke_bind_numbers(call, numbers, 6);
}


static void
ngx_invoke_bind_uptime(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_context_t  *ctx = ngx_invoke_v8_data(call);

    ngx_invoke_v8_return(call,
        ngx_invoke_v8_new_number(call, (ngx_invoke_now()
                                        - ctx->isolate->created) / 1e9));
}


static void
ngx_invoke_bind_cpu_usage(ngx_invoke_v8_call_t *call)
{
    double         numbers[2];
    struct rusage  usage;

    ngx_memzero(&usage, sizeof(usage));
    (void) getrusage(RUSAGE_THREAD, &usage);

    numbers[0] = usage.ru_utime.tv_sec * 1e6 + usage.ru_utime.tv_usec;
    numbers[1] = usage.ru_stime.tv_sec * 1e6 + usage.ru_stime.tv_usec;

    ngx_invoke_bind_numbers(call, numbers, 2);
}


/* Of libraries those that are loaded, which may be later than the headers. */

static void
ngx_invoke_bind_versions(ngx_invoke_v8_call_t *call)
{
    ngx_uint_t           i;
    ngx_invoke_field_t   fields[] = {
        { ngx_string("node"), ngx_string("18.20.4") },
        { ngx_string("nginx"), ngx_string(NGINX_VERSION) },
        { ngx_string("modules"), ngx_string("108") },
        { ngx_string("v8"), ngx_null_string },
        { ngx_string("uv"), ngx_null_string },
        { ngx_string("zlib"), ngx_null_string },
        { ngx_string("openssl"), ngx_null_string }
    };
    const char          *loaded[] = {
        ngx_invoke_v8_version(),
        uv_version_string(),
        zlibVersion(),
        OpenSSL_version(OPENSSL_VERSION_STRING)
    };

    for (i = 0; i < sizeof(loaded) / sizeof(loaded[0]); i++) {
        fields[3 + i].value.data = (u_char *) loaded[i];
        fields[3 + i].value.len = ngx_strlen(loaded[i]);
    }

    ngx_invoke_v8_return(call,
                         ngx_invoke_bind_fields(call, fields,
                                                sizeof(fields)
                                                / sizeof(fields[0])));
}


static void
ngx_invoke_bind_arch(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_return(call,
                         ngx_invoke_v8_new_name(call, NGX_INVOKE_ARCH,
                                                sizeof(NGX_INVOKE_ARCH) - 1));
}
