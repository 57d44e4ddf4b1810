/*
 * What a context costs: V8's own empty one, and one of each template that the
 * module's snapshot holds. All are of one isolate and take turns, so that what
 * else the machine does hits all of them alike.
 *
 * It needs the symbols of the module, which needs those of nginx: util/bench
 * makes it a shared object that "nginx -t" loads behind the module, and it
 * runs when that nginx ends. INVOKE_BENCH_FLAGS has flags of V8,
 * INVOKE_BENCH_CONTEXTS the number of contexts of a kind.
 *
 * It prints lines of a name and microseconds of CPU time, to make a context
 * and to drop it again: the best, the median, and the mean, which has what
 * collecting garbage takes as well.
 */

#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include <v8.h>

#include "ngx_invoke_v8.h"


extern "C" {

extern const ngx_invoke_v8_binding_t  ngx_invoke_bindings[];

/* nginx looks for the modules of what it loads: there are none. */

void  *ngx_modules[] = { nullptr };
char  *ngx_module_names[] = { nullptr };

}


static const size_t  kMemory = 128 * 1024 * 1024;

/* Contexts of a kind in turn: garbage is collected within. */
static const int  kTurn = 50;


static void
fail(const char *message)
{
    fprintf(stderr, "contexts: %s\n", message);
    _exit(1);
}


static void
heap_full(void *data)
{
    fail("the heap is full");
}


static void
fatal(void *data, const char *message, int oom)
{
    fail(message);
}


static double
now()
{
    struct timespec  ts;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);

    return ts.tv_sec * 1e6 + ts.tv_nsec / 1e3;
}


/* V8 starts once in a process: the snapshot comes from a child. */

static std::vector<uint8_t>
build_snapshot(const char *flags)
{
    int                   fds[2], status;
    char                  err[1024], buf[65536];
    size_t                len;
    ssize_t               n;
    uint8_t              *blob, *p;
    std::vector<uint8_t>  all;

    if (pipe(fds) == -1) {
        fail("pipe() failed");
    }

    if (fork() == 0) {
        if (ngx_invoke_v8_snapshot(flags, &blob, &len, err, sizeof(err)) != 0)
        {
            fail(err);
        }

        for (p = blob; len != 0; p += n, len -= n) {
            n = write(fds[1], p, len);

            if (n <= 0) {
                _exit(1);
            }
        }

        _exit(0);
    }

    close(fds[1]);

    while ((n = read(fds[0], buf, sizeof(buf))) > 0) {
        all.insert(all.end(), buf, buf + n);
    }

    if (wait(&status) == -1 || status != 0) {
        fail("no snapshot");
    }

    return all;
}


/*
 * V8's own context has WebAssembly, which the module's flags leave out: see
 * src/v8/tricks/ngx_invoke_v8_wasm.cc.
 */

extern "C" void wasm_install(v8::Isolate *isolate, bool global)
    __asm__("_ZN2v88internal6WasmJs7InstallEPNS0_7IsolateEb")
    __attribute__((weak));


static void
make_empty(v8::Isolate *isolate)
{
    v8::HandleScope           scope(isolate);
    v8::Global<v8::Context>   context(isolate, v8::Context::New(isolate));

    if (wasm_install != nullptr) {
        v8::Context::Scope  entered(context.Get(isolate));
        wasm_install(isolate, true);
    }

    context.Reset();
    isolate->ContextDisposedNotification(false);
}


static void
make_template(ngx_invoke_v8_isolate_t *iso, int kind)
{
    ngx_invoke_v8_context_free(
        ngx_invoke_v8_context_create(iso,
            static_cast<ngx_invoke_v8_template_e>(kind), nullptr));
}


static void
run()
{
    int                       kind, i, done;
    char                      err[1024];
    double                    start;
    v8::Isolate              *isolate;
    const char               *flags = getenv("INVOKE_BENCH_FLAGS");
    const char               *number = getenv("INVOKE_BENCH_CONTEXTS");
    std::vector<double>       times[1 + NGX_INVOKE_V8_TEMPLATES];
    std::vector<uint8_t>      blob;
    ngx_invoke_v8_conf_t      conf;
    ngx_invoke_v8_isolate_t  *iso;

    static const char *const  names[] = { "empty", "lean", "buffer",
                                          "stream", "node", "http" };

    static_assert(sizeof(names) / sizeof(names[0])
                  == 1 + NGX_INVOKE_V8_TEMPLATES, "each template has a name");

    flags = flags != nullptr ? flags : "";

    ngx_invoke_v8_register(ngx_invoke_bindings);

    blob = build_snapshot(flags);

    if (ngx_invoke_v8_init(flags, blob.data(), blob.size(), err, sizeof(err))
        != 0)
    {
        fail(err);
    }

    conf.heap = kMemory;
    conf.buffers = kMemory;
    conf.stack = 512 * 1024;
    conf.data = nullptr;
    conf.heap_full = heap_full;
    conf.fatal = fatal;

    iso = ngx_invoke_v8_isolate_create(&conf);
    if (iso == nullptr) {
        fail("no isolate");
    }

    isolate = v8::Isolate::GetCurrent();

    /* The first turn is dropped. */

    for (done = -kTurn; done < atoi(number != nullptr ? number : "1000");
         done += kTurn)
    {
        for (kind = 0; kind <= NGX_INVOKE_V8_TEMPLATES; kind++) {
            for (i = 0; i < kTurn; i++) {
                start = now();

                if (kind == 0) {
                    make_empty(isolate);

                } else {
                    make_template(iso, kind - 1);
                }

                if (done >= 0) {
                    times[kind].push_back(now() - start);
                }
            }
        }
    }

    for (kind = 0; kind <= NGX_INVOKE_V8_TEMPLATES; kind++) {
        std::vector<double>  &t = times[kind];
        double                sum = 0;

        std::sort(t.begin(), t.end());

        for (double us : t) {
            sum += us;
        }

        printf("%s %.1f %.1f %.1f\n", names[kind], t[0], t[t.size() / 2],
               sum / t.size());
    }

    fflush(stdout);
    _exit(0);
}


__attribute__((constructor)) static void
load()
{
    atexit(run);
}
