/*
 * ES modules.
 *
 * A module is of a context, which has them by number: JavaScript names them by
 * it, and what is left of them goes with the context. The links between them
 * are made before V8 is told, so that it asks for nothing that is not there.
 */

#include "ngx_invoke_v8_int.h"


/* What V8's own steps of an evaluation may need of the stack. */
static const size_t  kStackRoom = 32 * 1024;

/* The number of none. */
static const int  kNone = -1;


/* What the hook "module" is asked. */

enum {
    kAskImport = 0,
    kAskMeta,
    kAskEvaluate
};


struct Module {
    v8::Global<v8::Module>   module;
    void                    *owner;
    std::vector<int>         links;     /* of its requests, kNone: not yet */
    size_t                   asked;     /* of them, by V8 */
    int                      hash;
};


struct Modules {
    std::vector<Module>                      all;
    std::unordered_multimap<int, int>        by_hash;
    size_t                                   evaluating;
};


void
free_modules(Modules *modules)
{
    delete modules;
}


static Modules *
modules_of(Local<v8::Context> context)
{
    ngx_invoke_v8_context_t  *ctx = context_of(context);

    return ctx != nullptr ? ctx->modules : nullptr;
}


static bool
refuse(ngx_invoke_v8_call_t *call, const char *message)
{
    ngx_invoke_v8_throw(call, NGX_INVOKE_V8_TYPE_ERROR, nullptr, message);

    return false;
}


/* The number of a new one, or kNone: there is no context that may have it. */

static int
add_module(ngx_invoke_v8_call_t *call, Local<v8::Module> module)
{
    int                       number;
    v8::Isolate              *isolate = call->isolate;
    ngx_invoke_v8_context_t  *ctx = context_of(call->context);

    if (ctx == nullptr) {
        refuse(call, "The context has ended");
        return kNone;
    }

    if (ctx->modules == nullptr) {
        ctx->modules = new Modules();
    }

    number = static_cast<int>(ctx->modules->all.size());

    ctx->modules->all.emplace_back();

    Module  &added = ctx->modules->all.back();

    added.module.Reset(isolate, module);
    added.owner = nullptr;
    added.hash = module->GetIdentityHash();
    added.asked = 0;

    if (module->IsSourceTextModule()) {
        added.links.assign(module->GetModuleRequests()->Length(), kNone);
    }

    ctx->modules->by_hash.emplace(added.hash, number);

    return number;
}


static int
find_module(v8::Isolate *isolate, Modules *modules, Local<v8::Module> module)
{
    if (modules == nullptr) {
        return kNone;
    }

    auto  range = modules->by_hash.equal_range(module->GetIdentityHash());

    for (auto it = range.first; it != range.second; ++it) {
        if (modules->all[it->second].module.Get(isolate) == module) {
            return it->second;
        }
    }

    return kNone;
}


/* Whether there is one of that number; else it throws. */

static bool
get_module(ngx_invoke_v8_call_t *call, int number, Modules **modules,
    Local<v8::Module> *module)
{
    *modules = modules_of(call->context);

    if (*modules == nullptr || number < 0
        || static_cast<size_t>(number) >= (*modules)->all.size()
        || (*modules)->all[number].module.IsEmpty())
    {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_TYPE_ERROR, nullptr,
                            "There is no such module");
        return false;
    }

    *module = (*modules)->all[number].module.Get(call->isolate);

    return true;
}


/* The hook "module". */

static MaybeLocal<Value>
ask(Local<v8::Context> context, int what, Local<Value> a, Local<Value> b,
    Local<Value> c)
{
    v8::Isolate   *isolate = context->GetIsolate();
    Local<Value>   argv[4] = { v8::Integer::New(isolate, what), a, b, c };

    if (context_of(context) == nullptr) {
        isolate->ThrowException(v8::Exception::Error(
            name(isolate, "The invocation has ended")));
        return MaybeLocal<Value>();
    }

    return seldom(context, "module", 4, argv);
}


/* What was written behind "with", as an array of keys and values. */

static Local<Value>
attributes_of(Local<v8::Context> context, Local<v8::FixedArray> list,
    int entry)
{
    int                        i;
    v8::Isolate               *isolate = context->GetIsolate();
    std::vector<Local<Value>>  all;

    if (list->Length() == 0) {
        return v8::Undefined(isolate);
    }

    for (i = 0; i + 1 < list->Length(); i += entry) {
        all.push_back(list->Get(context, i).As<Value>());
        all.push_back(list->Get(context, i + 1).As<Value>());
    }

    return v8::Array::New(isolate, all.data(), all.size());
}


/* V8's callbacks */

MaybeLocal<v8::Promise>
import_module(Local<v8::Context> context, Local<v8::Data> options,
    Local<Value> referrer, Local<v8::String> specifier,
    Local<v8::FixedArray> assertions)
{
    Local<Value>  promise;

    if (!ask(context, kAskImport, specifier, referrer,
             attributes_of(context, assertions, 2)).ToLocal(&promise)
        || !promise->IsPromise())
    {
        return MaybeLocal<v8::Promise>();
    }

    return promise.As<v8::Promise>();
}


void
import_meta(Local<v8::Context> context, Local<v8::Module> module,
    Local<v8::Object> meta)
{
    int           number;
    v8::Isolate  *isolate = context->GetIsolate();

    number = find_module(isolate, modules_of(context), module);

    if (number != kNone) {
        drop(ask(context, kAskMeta, v8::Integer::New(isolate, number), meta,
                 v8::Undefined(isolate)));
    }
}


static MaybeLocal<Value>
evaluate_synthetic(Local<v8::Context> context, Local<v8::Module> module)
{
    int                             number;
    v8::Isolate                    *isolate = context->GetIsolate();
    HoldInterrupts                  none(nullptr);
    Local<v8::Promise::Resolver>    resolver;

    number = find_module(isolate, modules_of(context), module);

    if (ask(context, kAskEvaluate, v8::Integer::New(isolate, number),
            v8::Undefined(isolate), v8::Undefined(isolate)).IsEmpty()
        || !v8::Promise::Resolver::New(context).ToLocal(&resolver)
        || resolver->Resolve(context, v8::Undefined(isolate)).IsNothing())
    {
        return MaybeLocal<Value>();
    }

    return resolver->GetPromise().As<Value>();
}


/* V8 asks for the requests of a module in their order. */

static MaybeLocal<v8::Module>
linked_module(Local<v8::Context> context, Local<v8::String> specifier,
    Local<v8::FixedArray> assertions, Local<v8::Module> referrer)
{
    int           number, to;
    size_t        i;
    v8::Isolate  *isolate = context->GetIsolate();
    Modules      *modules = modules_of(context);

    number = find_module(isolate, modules, referrer);

    if (number != kNone) {
        Module  &from = modules->all[number];

        i = from.asked++;

        if (i < from.links.size()) {
            to = from.links[i];

            if (to != kNone && !modules->all[to].module.IsEmpty()) {
                return modules->all[to].module.Get(isolate);
            }
        }
    }

    isolate->ThrowException(v8::Exception::Error(
        name(isolate, "A module was not linked")));

    return MaybeLocal<v8::Module>();
}


static MaybeLocal<v8::Module>
parse_module(ngx_invoke_v8_call_t *call, v8::ScriptCompiler::Source *source,
    v8::ScriptCompiler::CompileOptions options)
{
    MaybeLocal<v8::Module>  module;

    module = v8::ScriptCompiler::CompileModule(call->isolate, source, options);
    current->account->later = 0;

    return module;
}


/*
 * Compiling. The text stays with the script, by which V8 knows what it has
 * compiled already.
 */

static MaybeLocal<v8::Module>
compile_module(ngx_invoke_v8_call_t *call, Local<v8::String> text,
    const ngx_invoke_v8_source_t *source, int *rejected)
{
    MaybeLocal<v8::Module>               module;
    v8::ScriptCompiler::CachedData      *cache = nullptr;
    v8::ScriptCompiler::CompileOptions   options;

    *rejected = 0;

    if (!exports_fit(text)) {
        refuse(call, "There is no memory for the exports");
        return module;
    }

    options = v8::ScriptCompiler::kNoCompileOptions;

    if (source->cache != nullptr) {
        cache = new v8::ScriptCompiler::CachedData(source->cache,
            static_cast<int>(source->cache_len),
            v8::ScriptCompiler::CachedData::BufferNotOwned);
        options = v8::ScriptCompiler::kConsumeCodeCache;
    }

    v8::ScriptOrigin  origin(call->isolate, source_name(call, source->name),
                             0, 0, false, -1, Local<Value>(), false, false,
                             true);
    v8::ScriptCompiler::Source  compiled(text, origin, cache);

    module = parse_module(call, &compiled, options);
    *rejected = cache != nullptr && cache->rejected;

    return module;
}


int
ngx_invoke_v8_module_compile(ngx_invoke_v8_call_t *call,
    const ngx_invoke_v8_source_t *source, ngx_invoke_v8_script_t **script,
    int *rejected)
{
    int                  number;
    v8::TryCatch         caught(call->isolate);
    Local<v8::Module>    module;
    Local<v8::String>    text;

    *script = nullptr;
    *rejected = 0;

    if (!source_string(call->isolate, source).ToLocal(&text)) {
        if (!caught.HasCaught()) {
            too_long(call);
        }

        rethrow(&caught);
        return kNone;
    }

    if (!compile_module(call, text, source, rejected).ToLocal(&module)) {
        rethrow_syntax_error(call, &caught, 0, 0);
        return kNone;
    }

    number = add_module(call, module);

    if (number == kNone) {
        rethrow(&caught);
        return kNone;
    }

    *script = new ngx_invoke_v8_script_t;
    (*script)->isolate = call->isolate;
    (*script)->span = 0;
    (*script)->text.Reset(call->isolate, text);
    (*script)->module.Reset(call->isolate, module->GetUnboundModuleScript());

    return number;
}


int
ngx_invoke_v8_module_again(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_script_t *script, const ngx_invoke_v8_source_t *source)
{
    int                 rejected;
    v8::TryCatch        caught(call->isolate);
    Local<v8::Module>   module;

    if (!compile_module(call, script->text.Get(call->isolate), source,
                        &rejected)
         .ToLocal(&module))
    {
        rethrow_syntax_error(call, &caught, 0, 0);
        return kNone;
    }

    return add_module(call, module);
}


int
ngx_invoke_v8_module_text(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t text, ngx_invoke_v8_value_t url)
{
    v8::TryCatch        caught(call->isolate);
    Local<v8::Module>   module;
    Local<v8::String>   source;

    if (!unwrap(text)->IsString() || !unwrap(url)->IsString()) {
        refuse(call, "A module has a text and a URL");
        rethrow(&caught);
        return kNone;
    }

    source = unwrap(text).As<v8::String>();

    if (long_text(source->Length())
        && !(long_text_of(call->isolate, source).ToLocal(&source)
             && exports_fit(source)))
    {
        rethrow(&caught);
        return kNone;
    }

    v8::ScriptOrigin  origin(call->isolate, unwrap(url), 0, 0, false, -1,
                             Local<Value>(), false, false, true);
    v8::ScriptCompiler::Source  compiled(source, origin);

    if (!parse_module(call, &compiled, v8::ScriptCompiler::kNoCompileOptions)
         .ToLocal(&module))
    {
        rethrow_syntax_error(call, &caught, 0, 0);
        return kNone;
    }

    return add_module(call, module);
}


/* What require() gives of a module that has a default export. */

int
ngx_invoke_v8_module_facade(ngx_invoke_v8_call_t *call, int number)
{
    int                      made, rejected;
    Modules                 *modules;
    Local<v8::Module>        module;
    ngx_invoke_v8_source_t   source;

    if (!get_module(call, number, &modules, &module)) {
        return kNone;
    }

    memset(&source, 0, sizeof(source));
    source.name = "node:internal/require_module_default_facade";

    if (!compile_module(call, name(call->isolate,
                            "export * from 'original';"
                            "export { default } from 'original';"
                            "export const __esModule = true;"),
                        &source, &rejected)
         .ToLocal(&module))
    {
        return kNone;
    }

    made = add_module(call, module);

    if (made != kNone) {
        modules->all[made].links.assign(module->GetModuleRequests()->Length(),
                                        number);
    }

    return made;
}


int
ngx_invoke_v8_module_synthetic(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t title, ngx_invoke_v8_value_t names)
{
    uint32_t                        i;
    Local<Value>                    key;
    Local<v8::Array>                keys;
    std::vector<Local<v8::String>>  exported;

    if (!unwrap(title)->IsString() || !unwrap(names)->IsObject()) {
        refuse(call, "A module has a name and an object of its exports");
        return kNone;
    }

    /* its keys are there once each */

    if (!unwrap(names).As<v8::Object>()
         ->GetPropertyNames(call->context, v8::KeyCollectionMode::kOwnOnly,
                            static_cast<v8::PropertyFilter>(
                                v8::ONLY_ENUMERABLE | v8::SKIP_SYMBOLS),
                            v8::IndexFilter::kIncludeIndices,
                            v8::KeyConversionMode::kConvertToString)
         .ToLocal(&keys))
    {
        return kNone;
    }

    for (i = 0; i < keys->Length(); i++) {
        if (!keys->Get(call->context, i).ToLocal(&key) || !key->IsString()) {
            return kNone;
        }

        exported.push_back(key.As<v8::String>());
    }

    return add_module(call, v8::Module::CreateSyntheticModule(call->isolate,
                                unwrap(title).As<v8::String>(), exported,
                                evaluate_synthetic));
}


int
ngx_invoke_v8_module_export(ngx_invoke_v8_call_t *call, int number,
    ngx_invoke_v8_value_t key, ngx_invoke_v8_value_t value)
{
    Modules            *modules;
    Local<v8::Module>   module;

    if (!get_module(call, number, &modules, &module)) {
        return -1;
    }

    if (!module->IsSyntheticModule() || !unwrap(key)->IsString()
        || module->GetStatus() < v8::Module::kInstantiated)
    {
        refuse(call, "The module has no such export");
        return -1;
    }

    return module->SetSyntheticModuleExport(call->isolate,
                       unwrap(key).As<v8::String>(), unwrap(value))
           .IsJust() ? 0 : -1;
}


ngx_invoke_v8_value_t
ngx_invoke_v8_module_requests(ngx_invoke_v8_call_t *call, int number)
{
    int                        i;
    Modules                   *modules;
    Local<v8::Module>          module;
    Local<v8::FixedArray>      list;
    Local<v8::ModuleRequest>   request;
    std::vector<Local<Value>>  all;

    if (!get_module(call, number, &modules, &module)) {
        return nullptr;
    }

    all.push_back(v8::Integer::New(call->isolate, number));

    if (module->IsSourceTextModule()) {
        list = module->GetModuleRequests();

        for (i = 0; i < list->Length(); i++) {
            request = list->Get(call->context, i).As<v8::ModuleRequest>();
            all.push_back(request->GetSpecifier());
            all.push_back(attributes_of(call->context,
                                        request->GetImportAssertions(), 3));
        }
    }

    return wrap(v8::Array::New(call->isolate, all.data(), all.size())
                .As<Value>());
}


int
ngx_invoke_v8_module_link(ngx_invoke_v8_call_t *call, int number, int request,
    int to)
{
    Modules            *modules;
    Local<v8::Module>   module, target;

    if (!get_module(call, to, &modules, &target)
        || !get_module(call, number, &modules, &module))
    {
        return -1;
    }

    if (request < 0
        || static_cast<size_t>(request) >= modules->all[number].links.size())
    {
        refuse(call, "The module has no such request");
        return -1;
    }

    /* what V8 has been told does not change */

    if (module->GetStatus() == v8::Module::kUninstantiated) {
        modules->all[number].links[request] = to;
    }

    return 0;
}


int
ngx_invoke_v8_module_instantiate(ngx_invoke_v8_call_t *call, int number)
{
    Modules            *modules;
    v8::TryCatch        caught(call->isolate);
    Local<v8::Module>   module;

    if (!get_module(call, number, &modules, &module)) {
        rethrow(&caught);
        return -1;
    }

    if (module->GetStatus() != v8::Module::kUninstantiated) {
        return 0;
    }

    if (module->InstantiateModule(call->context, linked_module).IsNothing()) {

        /* those that are not linked by that are asked anew */

        for (Module &each : modules->all) {
            each.asked = 0;
        }

        rethrow_syntax_error(call, &caught, 0, 0);
        return -1;
    }

    return 0;
}


/*
 * Whether what it imports is about to be evaluated by somebody further up: it
 * must not be again.
 */

static bool
is_under_way(v8::Isolate *isolate, Modules *modules, int number)
{
    size_t              i;
    std::vector<int>    next { number };
    std::vector<bool>   seen(modules->all.size());

    seen[number] = true;

    while (!next.empty()) {
        Module  &from = modules->all[next.back()];

        next.pop_back();

        if (from.module.IsEmpty()) {
            continue;
        }

        switch (from.module.Get(isolate)->GetStatus()) {

        case v8::Module::kEvaluating:
            return true;

        case v8::Module::kEvaluated:
        case v8::Module::kErrored:
            continue;

        default:
            break;
        }

        for (i = 0; i < from.links.size(); i++) {
            if (from.links[i] != kNone && !seen[from.links[i]]) {
                seen[from.links[i]] = true;
                next.push_back(from.links[i]);
            }
        }
    }

    return false;
}


static bool
may_evaluate(ngx_invoke_v8_call_t *call, Modules *modules, int number,
    Local<v8::Module> module)
{
    uintptr_t  here = reinterpret_cast<uintptr_t>(&module);

    if (module->GetStatus() < v8::Module::kInstantiated) {
        return refuse(call, "The module is not linked");
    }

    if (modules->evaluating != 0
        && is_under_way(call->isolate, modules, number))
    {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_ERROR,
                            "ERR_REQUIRE_CYCLE_MODULE",
                            "Cannot require() ES Module in a cycle");
        return false;
    }

    /* V8 takes it for granted that it gets as far as the first module. */

    if (here < current->stack_limit + kStackRoom) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR, nullptr,
                            "Maximum call stack size exceeded");
        return false;
    }

    return true;
}


/*
 * Of a promise that is rejected the reason is thrown, and nobody has to handle
 * it besides.
 */

static ngx_invoke_v8_value_t
settled(ngx_invoke_v8_call_t *call, Local<v8::Promise> promise)
{
    Local<v8::Function>  nothing;

    switch (promise->State()) {

    case v8::Promise::kPending:
        return wrap(promise.As<Value>());

    case v8::Promise::kFulfilled:
        return wrap(v8::Undefined(call->isolate).As<Value>());

    default:
        break;
    }

    if (v8::Function::New(call->context,
                          [](const v8::FunctionCallbackInfo<Value> &) {})
        .ToLocal(&nothing))
    {
        drop(promise->Catch(call->context, nothing));
    }

    call->isolate->ThrowException(promise->Result());

    return nullptr;
}


static MaybeLocal<Value>
evaluate(ngx_invoke_v8_call_t *call, Local<v8::Module> module)
{
    HoldInterrupts  hold(call->isolate);

    return module->Evaluate(call->context);
}


ngx_invoke_v8_value_t
ngx_invoke_v8_module_evaluate(ngx_invoke_v8_call_t *call, int number)
{
    Modules            *modules;
    Local<Value>        result;
    Local<v8::Module>   module;

    if (!get_module(call, number, &modules, &module)
        || !may_evaluate(call, modules, number, module))
    {
        return nullptr;
    }

    modules->evaluating++;

    bool  returned = evaluate(call, module).ToLocal(&result);

    /* the context may have ended meanwhile */

    modules = modules_of(call->context);

    if (modules != nullptr) {
        modules->evaluating--;
    }

    if (!returned) {
        return nullptr;
    }

    return result->IsPromise() ? settled(call, result.As<v8::Promise>())
                               : wrap(result);
}


ngx_invoke_v8_value_t
ngx_invoke_v8_module_namespace(ngx_invoke_v8_call_t *call, int number)
{
    Modules            *modules;
    Local<v8::Module>   module;

    if (!get_module(call, number, &modules, &module)) {
        return nullptr;
    }

    if (module->GetStatus() < v8::Module::kInstantiated) {
        refuse(call, "The module is not linked");
        return nullptr;
    }

    return wrap(module->GetModuleNamespace());
}


int
ngx_invoke_v8_module_status(ngx_invoke_v8_call_t *call, int number,
    int *async)
{
    Modules            *modules;
    Local<v8::Module>   module;

    *async = 0;

    if (!get_module(call, number, &modules, &module)) {
        return -1;
    }

    if (module->GetStatus() >= v8::Module::kInstantiated) {
        *async = module->IsGraphAsync();
    }

    return module->GetStatus();
}


/* nullptr: there is none of that number. */

static Module *
module_of(ngx_invoke_v8_call_t *call, int number)
{
    Modules  *modules = modules_of(call->context);

    return modules != nullptr && number >= 0
           && static_cast<size_t>(number) < modules->all.size()
           ? &modules->all[number] : nullptr;
}


size_t
ngx_invoke_v8_module_links(ngx_invoke_v8_call_t *call, int number)
{
    Module  *module = module_of(call, number);

    return module != nullptr ? module->links.size() : 0;
}


void
ngx_invoke_v8_module_own(ngx_invoke_v8_call_t *call, int number, void *owner)
{
    Module  *module = module_of(call, number);

    if (module != nullptr) {
        module->owner = owner;
    }
}


void *
ngx_invoke_v8_module_owner(ngx_invoke_v8_call_t *call, int number)
{
    Module  *module = module_of(call, number);

    return module != nullptr ? module->owner : nullptr;
}


size_t
ngx_invoke_v8_modules(ngx_invoke_v8_call_t *call)
{
    Modules  *modules = modules_of(call->context);

    return modules != nullptr ? modules->all.size() : 0;
}


int
ngx_invoke_v8_module_drop(ngx_invoke_v8_call_t *call, int number)
{
    Modules            *modules;
    Local<v8::Module>   module;

    if (!get_module(call, number, &modules, &module)) {
        return -1;
    }

    auto  range = modules->by_hash.equal_range(modules->all[number].hash);

    for (auto it = range.first; it != range.second; ++it) {
        if (it->second == number) {
            modules->by_hash.erase(it);
            break;
        }
    }

    modules->all[number].module.Reset();
    modules->all[number].owner = nullptr;
    modules->all[number].links = std::vector<int>();

    return 0;
}
