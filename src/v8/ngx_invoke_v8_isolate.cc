/*
 * An isolate: made, ended, looked at, and what it comes to when memory is out.
 */

#include <malloc.h>

#include "ngx_invoke_v8_int.h"


/* V8 11 gave a callback another shape. */

#if V8_MAJOR_VERSION >= 11
#define ngx_invoke_v8_oom_args                                               \
    const char *location, const v8::OOMDetails &details
#else
#define ngx_invoke_v8_oom_args  const char *location, bool is_heap_oom
#endif


/* How far the near-limit callback raises the heap limit, so that the
 * termination can unwind. */
static const size_t  kHeapSlack = 16 * 1024 * 1024;


v8::StartupData                    snapshot;
__thread ngx_invoke_v8_isolate_t  *current;


/*
 * V8's own threads have no isolate that could be given up: returning has V8
 * end the process, which says why before.
 */

static void
fatal_error(const char *location, const char *message)
{
    if (current == nullptr) {
        return;
    }

    current->conf.fatal(current->conf.data, message ? message : location, 0);
}


static void
oom_error(ngx_invoke_v8_oom_args)
{
    if (current == nullptr) {
        return;
    }

    current->conf.fatal(current->conf.data, location, 1);
}


/*
 * Where something can be given up, or it is for an object that was refused
 * that V8 has no more room, a look comes first, for which there has to be room.
 * V8 may call again before that, where its collections do not help: it ends
 * the process if the limit is not raised then. And it calls again where others
 * go on in an isolate in which one was ended, and want as much: they are ended,
 * too, as long as that takes no more than twice the limit.
 */

static size_t
near_heap_limit(void *data, size_t limit, size_t initial)
{
    ngx_invoke_v8_isolate_t  *iso = static_cast<ngx_invoke_v8_isolate_t *>(
                                        data);
    v8::HeapStatistics        heap;

    if (iso->raised) {

        if (limit >= 2 * initial) {
            return limit;
        }

        iso->conf.heap_full(iso->conf.data);

        return limit + kHeapSlack;
    }

    iso->isolate->GetHeapStatistics(&heap);

    if (iso->lifted != 0
        && heap.used_heap_size() < iso->lifted + kHeapSlack / 2)
    {
        return limit + kHeapPage;
    }

    if (iso->lifted == 0
        && (iso->account->Refused(heap.used_heap_size())
            || iso->account->Yields()))
    {
        iso->lifted = limit;
        iso->account->WantLook();
        return limit + kHeapSlack;
    }

    iso->raised = true;
    iso->account->Full();

    return limit + kHeapSlack;
}


/* The look for which the limit was raised is over. */

void
lower_heap_limit(ngx_invoke_v8_isolate_t *iso)
{
    iso->isolate->RemoveNearHeapLimitCallback(near_heap_limit, iso->lifted);
    iso->isolate->AddNearHeapLimitCallback(near_heap_limit, iso);
    iso->lifted = 0;
}


/*
 * The heap and what belongs to it outside of it, as ArrayBuffers and the
 * memories of WebAssembly, have one limit: V8 collects as they grow, so they
 * are looked at then. What V8 frees on another thread or by weak callbacks is
 * counted until it has: whether that is what is too much tells a look.
 */

static void
collected(v8::Isolate *isolate, v8::GCType type, v8::GCCallbackFlags flags,
    void *data)
{
    ngx_invoke_v8_isolate_t  *iso = static_cast<ngx_invoke_v8_isolate_t *>(
                                        data);
    v8::HeapStatistics        heap;

    isolate->GetHeapStatistics(&heap);
    iso->live = heap.used_heap_size();
    iso->held = iso->live + heap.external_memory();
    iso->collections++;
    iso->account->Collected();

    if (heap.used_heap_size() > iso->conf.heap) {
        if (!iso->account->Yields()) {
            iso->account->Full();
        }

    } else if (heap.used_heap_size() + heap.external_memory()
               > iso->conf.heap)
    {
        iso->account->WantLook();
    }
}


ngx_invoke_v8_isolate_t *
ngx_invoke_v8_isolate_create(const ngx_invoke_v8_conf_t *conf)
{
    uintptr_t                     top;
    v8::Isolate                  *isolate;
    ngx_invoke_v8_isolate_t      *iso;
    v8::Isolate::CreateParams     params;

    iso = new (std::nothrow) ngx_invoke_v8_isolate_t;
    if (iso == nullptr) {
        return nullptr;
    }

    iso->account = Account::Take(conf->heap);
    if (iso->account == nullptr) {
        delete iso;
        return nullptr;
    }

    /* from here on it is fatal() that is told where memory is out */

    iso->conf = *conf;
    current = iso;

    iso->heap_full = false;
    iso->raised = false;
    iso->lifted = 0;
    iso->live = 0;
    iso->held = 0;
    iso->collections = 0;
    iso->in_tasks = false;
    iso->owner = 0;
    iso->scripts.resize(ngx_invoke_js_files_n);
    iso->natives.resize(natives_number());
    iso->holders = nullptr;
    iso->texts = nullptr;
    iso->spoilt = false;
    iso->allocator = std::make_shared<Allocator>(conf->buffers,
                                                 iso->account);

    params.snapshot_blob = &snapshot;
    params.external_references = external_references();
    params.array_buffer_allocator_shared = iso->allocator;
    params.allow_atomics_wait = false;
    params.constraints.ConfigureDefaultsFromHeapSize(0, conf->heap);
    params.constraints.set_initial_old_generation_size_in_bytes(kFirstHeap);
    iso->stack_limit = reinterpret_cast<uintptr_t>(&top) - conf->stack;
    params.constraints.set_stack_limit(
        reinterpret_cast<uint32_t *>(iso->stack_limit));

    account = iso->account;
    limit_pages(conf->heap);

    isolate = v8::Isolate::New(params);
    iso->isolate = isolate;
    iso->tasks = tasks_of(isolate);
    iso->account->Start(iso);

    isolate->Enter();
    isolate->SetData(0, iso);
    isolate->SetMicrotasksPolicy(v8::MicrotasksPolicy::kExplicit);
    isolate->SetCaptureStackTraceForUncaughtExceptions(false);
    isolate->SetFatalErrorHandler(fatal_error);
    isolate->SetOOMErrorHandler(oom_error);
    isolate->AddNearHeapLimitCallback(near_heap_limit, iso);
    isolate->AddGCEpilogueCallback(collected, iso,
                                   v8::kGCTypeMarkSweepCompact);
    isolate->SetPromiseRejectCallback(promise_rejected);
    isolate->SetPrepareStackTraceCallback(prepare_stack_trace);
    isolate->SetModifyCodeGenerationFromStringsCallback(may_compile);
    isolate->SetHostImportModuleDynamicallyCallback(import_module);
    isolate->SetHostInitializeImportMetaObjectCallback(import_meta);
    isolate->AddMessageListener(uncaught);

    return iso;
}


void
ngx_invoke_v8_isolate_free(ngx_invoke_v8_isolate_t *iso)
{
    iso->account->Stop();
    iso->scripts.clear();
    iso->natives.clear();
    free_holders(iso);
    iso->isolate->Exit();
    close_tasks(iso);
    iso->isolate->Dispose();
    forget_tasks(iso->isolate);
    current = nullptr;
    account = nullptr;
    iso->account->Give();
    delete iso;
    trim_pages();
    (void) malloc_trim(0);
}


void
ngx_invoke_v8_terminate(ngx_invoke_v8_isolate_t *iso)
{
    iso->isolate->TerminateExecution();
}


void
ngx_invoke_v8_cancel_terminate(ngx_invoke_v8_isolate_t *iso)
{
    iso->isolate->CancelTerminateExecution();
}


void
ngx_invoke_v8_isolate_stat(ngx_invoke_v8_isolate_t *iso,
    ngx_invoke_v8_stat_t *stat)
{
    v8::HeapStatistics  heap;

    iso->isolate->GetHeapStatistics(&heap);

    stat->heap_used = heap.used_heap_size();
    stat->heap_total = heap.total_heap_size();
    stat->external = heap.external_memory();
    stat->buffers = iso->allocator->used();
    stat->limit = iso->conf.heap;
    stat->live = iso->held;
    stat->collections = iso->collections;
}


void
ngx_invoke_v8_collect(ngx_invoke_v8_isolate_t *iso)
{
    iso->isolate->LowMemoryNotification();
    trim_pages();
    (void) malloc_trim(0);
}


void
ngx_invoke_v8_collect_some(ngx_invoke_v8_isolate_t *iso)
{
    iso->isolate->MemoryPressureNotification(
        v8::MemoryPressureLevel::kCritical);
}
