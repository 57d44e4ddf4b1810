/*
 * The C ABI of ngx_invoke_v8.h over V8's C++ API, versions 10.2 to 11.3.
 *
 * A context of the snapshot keeps its hooks in an embedder data slot, so a
 * context that was deserialised is ready without running any JavaScript.
 * Native functions are one C++ callback with the index of the C function as
 * its data: thus the snapshot needs a single external reference.
 */

#include "ngx_invoke_v8_types.hh"
#include "ngx_invoke_v8_memory.hh"
#include "ngx_invoke_v8_platform.hh"
#include "ngx_invoke_v8_pages.hh"
#include "ngx_invoke_v8_async.hh"
#include "ngx_invoke_v8_value.hh"
#include "ngx_invoke_v8_bytes.hh"
#include "ngx_invoke_v8_holder.hh"
#include "ngx_invoke_v8_source.hh"
#include "ngx_invoke_v8_script.hh"
#include "ngx_invoke_v8_node.hh"
#include "ngx_invoke_v8_wasm.hh"
#include "ngx_invoke_v8_closures.hh"


/* Native functions and bindings */

/*
 * Code of a context that was dropped can run as one of V8's tasks alone. What
 * natives take for granted is gone then.
 */

static inline bool
ended(v8::Isolate *isolate)
{
    ngx_invoke_v8_isolate_t  *iso = isolate_of(isolate);

    return iso != nullptr && iso->in_tasks
           && context_of(isolate->GetCurrentContext()) == nullptr;
}


static void
native_callback(const v8::FunctionCallbackInfo<Value> &info)
{
    ngx_invoke_v8_call_t  call;

    call.isolate = info.GetIsolate();
    call.context.isolate = call.isolate;
    call.info = &info;

    if (ended(call.isolate)) {
        ngx_invoke_v8_throw(&call, NGX_INVOKE_V8_ERROR, "ERR_CONTEXT_ENDED",
                            "The invocation has ended");
        return;
    }

    (*natives)[smi(wrap(info.Data()))]->native(&call);
}


static Local<v8::Function>
native_function(Local<v8::Context> context, int index)
{
    v8::Isolate          *isolate = context->GetIsolate();
    Local<v8::Function>   f;

    f = v8::Function::New(context, native_callback,
                          v8::Integer::New(isolate, index), 0,
                          v8::ConstructorBehavior::kThrow)
        .ToLocalChecked();
    f->SetName(name(isolate, (*natives)[index]->name));

    return f;
}


/* binding(name): a new object with the natives of that name */

static void
binding_native(ngx_invoke_v8_call_t *call)
{
    int                             index = 0;
    Local<v8::Object>               object = null_object(call->isolate);
    const ngx_invoke_v8_native_t   *n;
    const ngx_invoke_v8_binding_t  *b;

    v8::String::Utf8Value  wanted(call->isolate, (*call->info)[0]);

    for (b = bindings; b->name != nullptr; b++) {
        for (n = b->natives; n->name != nullptr; n++, index++) {
            if (*wanted != nullptr && strcmp(b->name, *wanted) == 0) {
                object->Set(call->context, name(call->isolate, n->name),
                            native_function(call->context, index))
                    .Check();
            }
        }
    }

    call->info->GetReturnValue().Set(object);
}


/*
 * lazy(name, enumerable): a property of the global object whose value
 * hooks.global(name) gives when it is first asked for
 */

static void
lazy_getter(Local<v8::Name> property,
    const v8::PropertyCallbackInfo<Value> &info)
{
    v8::Isolate          *isolate = info.GetIsolate();
    Local<Value>          fn, value, argument = property;
    Local<v8::Context>    context = isolate->GetCurrentContext();

    fn = context->GetEmbedderData(kGlobalSlot);

    if (fn->IsFunction()
        && fn.As<v8::Function>()->Call(context, v8::Undefined(isolate), 1,
                                       &argument)
           .ToLocal(&value))
    {
        info.GetReturnValue().Set(value);
    }
}


static void
lazy_native(ngx_invoke_v8_call_t *call)
{
    drop(call->context->Global()->SetLazyDataProperty(call->context,
             (*call->info)[0].As<v8::Name>(), lazy_getter,
             Local<Value>(),
             (*call->info)[1]->IsTrue() ? v8::None : v8::DontEnum));
}


static const ngx_invoke_v8_native_t  own_natives[] = {
    { "binding", binding_native },
    { "compile", compile_native },
    { "lazy", lazy_native },
    { nullptr, nullptr }
};


/* Made by ngx_invoke_v8_register(): the callback, and the files' strings. */

static std::vector<intptr_t>  *external_references;


void
ngx_invoke_v8_register(const ngx_invoke_v8_binding_t *table)
{
    const ngx_invoke_v8_native_t   *n;
    const ngx_invoke_v8_binding_t  *b;

    bindings = table;

    delete natives;
    natives = new std::vector<const ngx_invoke_v8_native_t *>;

    for (b = table; b->name != nullptr; b++) {
        for (n = b->natives; n->name != nullptr; n++) {
            natives->push_back(n);
        }
    }

    for (n = own_natives; n->name != nullptr; n++) {
        natives->push_back(n);
    }

    file_strings_init();

    delete external_references;
    external_references = new std::vector<intptr_t>;
    external_references->push_back(
        reinterpret_cast<intptr_t>(native_callback));
    external_references->push_back(reinterpret_cast<intptr_t>(lazy_getter));
    external_references->push_back(reinterpret_cast<intptr_t>(wasm_getter));

    for (v8::FunctionCallback hook : promise_hooks) {
        external_references->push_back(reinterpret_cast<intptr_t>(hook));
    }

    for (FileString *string : *file_strings) {
        external_references->push_back(reinterpret_cast<intptr_t>(
            static_cast<v8::String::ExternalStringResourceBase *>(string)));
    }

    external_references->push_back(0);
}


/* The process */

const char *
ngx_invoke_v8_version(void)
{
    return v8::V8::GetVersion();
}


static int
start_v8(const char *flags, int threads, char *err, size_t errlen)
{
    sigset_t     all, old;
    std::string  header = std::to_string(V8_MAJOR_VERSION) + "."
                          + std::to_string(V8_MINOR_VERSION) + "."
                          + std::to_string(V8_BUILD_NUMBER) + "."
                          + std::to_string(V8_PATCH_LEVEL);

    /* Debian appends "-node.NN" to the library's version. */

    if (strncmp(header.c_str(), v8::V8::GetVersion(), header.length()) != 0) {
        copy_message(err, errlen,
                     ("the module was built with headers of V8 " + header
                      + ", but the library is V8 "
                      + v8::V8::GetVersion()).c_str());
        return -1;
    }

    /*
     * Compiled code must not be flushed: it is shared by contexts that come
     * and go. The tables of a context are not hashed anew, since the seed
     * is of the blob, which is made anew with every start. Heaps are small,
     * and a context that is deserialised while marking goes on pays a write
     * barrier for each of its fields: so marking is done at once, and on the
     * isolate's own thread, whose CPU time is the function's, as WebAssembly
     * is compiled: nothing else would wake the thread up when it is done. It
     * is compiled function by function, for the memory of what is not called.
     * A loop looks up for interrupts four times as often as V8 would have it,
     * as its calls may take much memory, but is optimised only after twice as
     * long: in a context that serves one request what takes less time than the
     * compiler does would never see it done. The same goes for small functions,
     * which V8 takes earlier, and here would take before it knows enough of
     * them.
     * Memories that WebAssembly shares between threads would escape the
     * limit.
     */

    v8::V8::SetFlagsFromString("--no-flush-bytecode --no-rehash-snapshot "
                               "--no-incremental-marking "
                               "--single-threaded-gc "
                               "--no-wasm-async-compilation "
                               "--wasm-lazy-compilation "
                               ngx_invoke_v8_more_interrupts
                               ngx_invoke_v8_no_wasm_threads);
    v8::V8::SetFlagsFromString(flags);
    wasm_init(flags);

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);

    count_icu();
    settle_malloc();

    pages = new Pages;
    platform = new Platform(threads);
    v8::V8::InitializePlatform(platform);
    pages->Install();
    v8::V8::Initialize();

    pthread_sigmask(SIG_SETMASK, &old, nullptr);

    return 0;
}


static void
stop_v8()
{
    v8::V8::Dispose();
    pages->Trim();
#if V8_MAJOR_VERSION >= 11
    v8::V8::DisposePlatform();
#else
    v8::V8::ShutdownPlatform();
#endif
    delete platform;
    platform = nullptr;
}


/* Runs bootstrap.js and keeps its hooks in the context. */

static bool
bootstrap(Local<v8::Context> context, const char *template_name,
    std::string *error)
{
    int                   i, base;
    v8::Isolate          *isolate = context->GetIsolate();
    v8::HandleScope       scope(isolate);
    v8::Context::Scope    enter(context);
    v8::TryCatch          caught(isolate);
    Local<Value>          hook, argv[6], result;
    Local<v8::Object>     hooks = null_object(isolate);
    Local<v8::Array>      list = v8::Array::New(isolate, NGX_INVOKE_V8_HOOKS);
    Local<v8::Function>   f;

    base = static_cast<int>(natives->size()) - 3;

    argv[0] = context->Global();
    argv[1] = native_function(context, base);
    argv[2] = native_function(context, base + 1);
    argv[3] = native_function(context, base + 2);
    argv[4] = hooks;
    argv[5] = name(isolate, template_name);

    context->SetEmbedderData(kRejectSlot, v8::Undefined(isolate));
    context->SetEmbedderData(kStackSlot, v8::Undefined(isolate));
    make_promise_hooks(context);

    /* so that may_compile() is asked */
    context->AllowCodeGenerationFromStrings(false);

    if (!file_function(context, building, find_file("invoke/bootstrap"))
         .ToLocal(&f)
        || !f->Call(context, v8::Undefined(isolate), 6, argv)
            .ToLocal(&result))
    {
        *error = "bootstrap.js failed";

        if (caught.HasCaught()) {
            Local<v8::Message>     message = caught.Message();
            v8::String::Utf8Value  text(isolate, caught.Exception());
            v8::String::Utf8Value  file(isolate,
                                        message->GetScriptResourceName());

            *error += std::string(": ") + (*text ? *text : "?") + " at "
                + (*file ? *file : "?") + ":"
                + std::to_string(message->GetLineNumber(context)
                                 .FromMaybe(0));
        }

        return false;
    }

    for (i = 0; i < NGX_INVOKE_V8_HOOKS; i++) {
        if (!hooks->Get(context, name(isolate, hook_names[i])).ToLocal(&hook)
            || !hook->IsFunction())
        {
            *error = std::string("bootstrap.js has no hook ") + hook_names[i];
            return false;
        }

        list->Set(context, i, hook).Check();
    }

    if (!hooks->Get(context, name(isolate, "global")).ToLocal(&hook)) {
        return false;
    }

    if (wasm_lazy) {
        wasm_define(context);
    }

    context->SetEmbedderData(kGlobalSlot, hook);
    context->SetEmbedderData(kHooksSlot, list);
    isolate->PerformMicrotaskCheckpoint();

    return true;
}


/* The contexts of all templates, and the scripts of all files. */

static bool
fill_snapshot(v8::SnapshotCreator *creator, std::string *error)
{
    size_t                    i;
    v8::Isolate              *isolate = creator->GetIsolate();
    v8::HandleScope           scope(isolate);
    Local<v8::UnboundScript>  script;

    creator->SetDefaultContext(v8::Context::New(isolate));

    for (i = 0; i < NGX_INVOKE_V8_TEMPLATES; i++) {
        Local<v8::Context>  context = v8::Context::New(isolate);

        if (!bootstrap(context, template_names[i], error)) {
            return false;
        }

        creator->AddContext(context);
    }

    if (!bootstrap(v8::Context::New(isolate), "check", error)) {
        return false;
    }

    for (i = 0; i < ngx_invoke_js_files_n; i++) {
        v8::Global<v8::UnboundScript>  *known = &(*building)[i];

        if (!known->IsEmpty()) {
            script = known->Get(isolate);
            known->Reset();

        } else if (!compile_unbound(isolate, static_cast<int>(i))
                    .ToLocal(&script))
        {
            *error = std::string(ngx_invoke_js_files[i].name)
                     + " could not be compiled";
            return false;
        }

        creator->AddData(script);
    }

    return true;
}


int
ngx_invoke_v8_snapshot(const char *flags, uint8_t **blob, size_t *len,
    char *err, size_t errlen)
{
    std::string      error;
    v8::StartupData  data;

    if (start_v8(flags, 1, err, errlen) != 0) {
        return -1;
    }

    {
        /* After a failure it is left as it is: the process ends. */

        v8::SnapshotCreator  *creator
            = new v8::SnapshotCreator(external_references->data());

        building = new FileScripts(ngx_invoke_js_files_n);

        creator->GetIsolate()->SetMicrotasksPolicy(
            v8::MicrotasksPolicy::kExplicit);

        if (!fill_snapshot(creator, &error)) {
            copy_message(err, errlen, error.c_str());
            return -1;
        }

        delete building;
        building = nullptr;

        if (pages->Installed()) {
            share_closure_cells(creator->GetIsolate());
        }

        data = creator->CreateBlob(
                   v8::SnapshotCreator::FunctionCodeHandling::kKeep);
        delete creator;
    }

    if (data.data == nullptr) {
        copy_message(err, errlen, "V8 could not make the snapshot");
        return -1;
    }

    *len = data.raw_size;
    *blob = static_cast<uint8_t *>(malloc(data.raw_size));

    if (*blob == nullptr) {
        copy_message(err, errlen, "no memory for the snapshot");
        return -1;
    }

    memcpy(*blob, data.data, data.raw_size);
    delete[] data.data;
    stop_v8();

    return 0;
}


int
ngx_invoke_v8_init(const char *flags, const uint8_t *blob, size_t len,
    char *err, size_t errlen)
{
    snapshot.data = reinterpret_cast<const char *>(blob);
    snapshot.raw_size = static_cast<int>(len);

    if (start_v8(flags, 1, err, errlen) != 0) {
        return -1;
    }

    if (!snapshot.IsValid()) {
        copy_message(err, errlen, "the snapshot is of another V8");
        return -1;
    }

    return 0;
}


/* The library is told from another build of its version by its file. */

static std::string
identify()
{
    Dl_info      info;
    struct stat  sb;
    std::string  text = v8::V8::GetVersion();

    text += " " + std::to_string(
                      v8::ScriptCompiler::CachedDataVersionTag());

    if (dladdr(reinterpret_cast<void *>(&v8::V8::GetVersion), &info) != 0
        && stat(info.dli_fname, &sb) == 0)
    {
        text += " " + std::to_string(sb.st_size) + " "
                + std::to_string(sb.st_mtim.tv_sec) + " "
                + std::to_string(sb.st_mtim.tv_nsec);
    }

    return text;
}


const char *
ngx_invoke_v8_identity(void)
{
    static const std::string  identity = identify();

    return identity.c_str();
}


void
ngx_invoke_v8_exit(void)
{
    stop_v8();
}


/* An isolate */

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


static void
promise_rejected(v8::PromiseRejectMessage message)
{
    v8::Isolate          *isolate = v8::Isolate::GetCurrent();
    Local<Value>          fn, argv[3];
    Local<v8::Context>    context = isolate->GetCurrentContext();

    if (message.GetEvent() > v8::kPromiseHandlerAddedAfterReject
        || context.IsEmpty())
    {
        return;
    }

    fn = context->GetEmbedderData(kRejectSlot);

    if (!fn->IsFunction()) {
        return;
    }

    argv[0] = v8::Integer::New(isolate, message.GetEvent());
    argv[1] = message.GetPromise();
    argv[2] = message.GetValue();

    if (argv[2].IsEmpty()) {
        argv[2] = v8::Undefined(isolate);
    }

    v8::TryCatch  ignored(isolate);

    drop(fn.As<v8::Function>()->Call(context, v8::Undefined(isolate), 3,
                                     argv));
}


/*
 * The text of error.stack, made when it is first read: by Node's function
 * once its library is there, else as V8 does without a callback.
 */

static MaybeLocal<Value>
prepare_stack_trace(Local<v8::Context> context, Local<Value> error,
    Local<v8::Array> sites)
{
    uint32_t             i;
    v8::Isolate         *isolate = context->GetIsolate();
    Local<Value>         fn, argv[3], site;
    Local<v8::String>    text, line;
    Local<v8::Object>    constructor;

    fn = context->GetEmbedderData(kStackSlot);

    if (fn->IsFunction()) {
        argv[0] = context->Global();
        argv[1] = error;
        argv[2] = sites;

        return fn.As<v8::Function>()->Call(context, v8::Undefined(isolate),
                                           3, argv);
    }

    if (context->Global()->Get(context, name(isolate, "Error")).ToLocal(&fn)
        && fn->IsObject())
    {
        constructor = fn.As<v8::Object>();

        if (!constructor->Get(context, name(isolate, "prepareStackTrace"))
             .ToLocal(&fn))
        {
            return MaybeLocal<Value>();
        }

        if (fn->IsFunction()) {
            argv[0] = error;
            argv[1] = sites;

            return fn.As<v8::Function>()->Call(context, constructor, 2, argv);
        }
    }

    {
        v8::TryCatch  caught(isolate);

        if (!error->ToString(context).ToLocal(&text)) {
            if (caught.HasTerminated()) {
                return MaybeLocal<Value>();
            }

            text = name(isolate, "<error>");
        }
    }

    for (i = 0; i < sites->Length(); i++) {
        if (!sites->Get(context, i).ToLocal(&site)
            || !site->ToString(context).ToLocal(&line))
        {
            return MaybeLocal<Value>();
        }

        text = v8::String::Concat(isolate, text,
                                  name(isolate, "\n    at "));
        text = v8::String::Concat(isolate, text, line);
    }

    return text.As<Value>();
}


/*
 * An error that nobody catches, as one of a finalizer, ends here: without a
 * listener V8 would print it to the worker's standard output.
 */

static void
uncaught(Local<v8::Message> message, Local<Value> error)
{
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

    iso->conf = *conf;
    iso->heap_full = false;
    iso->raised = false;
    iso->live = 0;
    iso->in_tasks = false;
    iso->owner = 0;
    iso->scripts.resize(ngx_invoke_js_files_n);
    iso->holders = nullptr;
    iso->texts = nullptr;
    iso->spoilt = false;
    iso->allocator = std::make_shared<Allocator>(conf->buffers,
                                                 iso->account);

    params.snapshot_blob = &snapshot;
    params.external_references = external_references->data();
    params.array_buffer_allocator_shared = iso->allocator;
    params.allow_atomics_wait = false;
    params.constraints.ConfigureDefaultsFromHeapSize(0, conf->heap);
    params.constraints.set_initial_old_generation_size_in_bytes(kFirstHeap);
    params.constraints.set_stack_limit(
        reinterpret_cast<uint32_t *>(reinterpret_cast<uintptr_t>(&top)
                                     - conf->stack));

    current = iso;
    account = iso->account;
    pages->Limit(conf->heap);

    isolate = v8::Isolate::New(params);
    iso->isolate = isolate;
    iso->tasks = platform->TasksOf(isolate);
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
    isolate->AddMessageListener(uncaught);

    return iso;
}


void
ngx_invoke_v8_isolate_free(ngx_invoke_v8_isolate_t *iso)
{
    iso->account->Stop();
    iso->scripts.clear();
    free_holders(iso);
    iso->isolate->Exit();
    iso->tasks->Close();
    iso->isolate->Dispose();
    platform->Forget(iso->isolate);
    current = nullptr;
    account = nullptr;
    iso->account->Give();
    delete iso;
    pages->Trim();
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
}


void
ngx_invoke_v8_collect(ngx_invoke_v8_isolate_t *iso)
{
    iso->isolate->LowMemoryNotification();
    pages->Trim();
    (void) malloc_trim(0);
}


/* A context */

int
ngx_invoke_v8_template(const char *name, size_t len)
{
    int  i;

    for (i = 0; i < NGX_INVOKE_V8_TEMPLATES; i++) {
        if (std::string(name, len) == template_names[i]) {
            return i;
        }
    }

    return -1;
}


ngx_invoke_v8_context_t *
ngx_invoke_v8_context_create(ngx_invoke_v8_isolate_t *iso,
    ngx_invoke_v8_template_e kind, void *data)
{
    v8::Isolate              *isolate = iso->isolate;
    v8::HandleScope           scope(isolate);
    Local<v8::Context>        context;
    ngx_invoke_v8_context_t  *ctx;

    auto  queue = v8::MicrotaskQueue::New(isolate,
                                          v8::MicrotasksPolicy::kExplicit);

    if (!v8::Context::FromSnapshot(isolate, kind,
             v8::DeserializeInternalFieldsCallback(), nullptr,
             MaybeLocal<Value>(), queue.get())
         .ToLocal(&context))
    {
        return nullptr;
    }

    ctx = new (std::nothrow) ngx_invoke_v8_context_t;
    if (ctx == nullptr) {
        return nullptr;
    }

    ctx->iso = iso;
    ctx->data = data;
    ctx->queue = std::move(queue);
    ctx->context.Reset(isolate, context);
    set_promise_hooks(context, false);
    context->SetAlignedPointerInEmbedderData(kContextSlot, ctx);

    return ctx;
}


void
ngx_invoke_v8_context_free(ngx_invoke_v8_context_t *ctx)
{
    v8::HandleScope     scope(ctx->iso->isolate);
    Local<v8::Context>  context = ctx->context.Get(ctx->iso->isolate);

    context->SetAlignedPointerInEmbedderData(kContextSlot, nullptr);

    /* What it has left in its queue, or would put there, is not run. */

    context->DetachGlobal();
    ctx->context.Reset();

    /*
     * Of a context that others do not depend on V8 expects to get back most of
     * the heap, so that it collects at the first size again; but not where what
     * lives is more than that.
     */

    ctx->iso->isolate->ContextDisposedNotification(
        ctx->iso->live > kFirstHeap / 2);
    delete ctx;
}


ngx_invoke_v8_rc_e
ngx_invoke_v8_hook(ngx_invoke_v8_context_t *ctx, ngx_invoke_v8_hook_e hook,
    int32_t async, int argc, const ngx_invoke_v8_arg_t *argv, char *err,
    size_t errlen)
{
    int                   i;
    v8::Isolate          *isolate = ctx->iso->isolate;
    v8::HandleScope       scope(isolate);
    Local<v8::Context>    context = ctx->context.Get(isolate);
    v8::Context::Scope    enter(context);
    v8::TryCatch          caught(isolate);
    Local<Value>          args[8], f, result;

    if (!context->GetEmbedderData(kHooksSlot).As<v8::Object>()
         ->Get(context, hook).ToLocal(&f))
    {
        return NGX_INVOKE_V8_TERMINATED;
    }

    for (i = 0; i < argc; i++) {
        if (argv[i].data != nullptr) {
            args[i] = latin1(isolate, argv[i].data, argv[i].len);

        } else {
            args[i] = v8::Integer::New(isolate, argv[i].number);
        }
    }

    Local<Value>  outer = context->GetContinuationPreservedEmbedderData();

    context->SetContinuationPreservedEmbedderData(
        v8::Integer::New(isolate, async));
    ctx->iso->owner = async;

    bool  returned = f.As<v8::Function>()
                         ->Call(context, v8::Undefined(isolate), argc, args)
                         .ToLocal(&result);

    context->SetContinuationPreservedEmbedderData(outer);

    if (returned) {
        return NGX_INVOKE_V8_OK;
    }

    if (caught.HasTerminated() || isolate->IsExecutionTerminating()) {
        return NGX_INVOKE_V8_TERMINATED;
    }

    v8::Local<v8::Message>  message = caught.Message();

    if (!message.IsEmpty()) {
        v8::String::Utf8Value  text(isolate, message->Get());
        copy_message(err, errlen, *text ? *text : "an exception");

    } else {
        copy_message(err, errlen, "an exception");
    }

    return NGX_INVOKE_V8_THROWN;
}
