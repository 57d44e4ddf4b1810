/*
 * The startup snapshot: a context of each template, in which bootstrap.js has
 * run, and the compiled code of all embedded files.
 */

#include <stdlib.h>
#include <string.h>

#include "ngx_invoke_v8_int.h"


FileScripts  *building;


/* in the order of ngx_invoke_v8_hook_e */

const char *const  hook_names[NGX_INVOKE_V8_HOOKS] = {
    "dispatch", "ticks", "release", "timers", "immediates", "drain", "aborted",
    "left", "work", "io", "body"
};


/* in the order of ngx_invoke_v8_template_e */

static const char *const  template_names[NGX_INVOKE_V8_TEMPLATES] = {
    "lean", "buffer", "stream", "node", "http"
};


/* Runs bootstrap.js and keeps its hooks in the context. */

static bool
bootstrap(Local<v8::Context> context, const char *template_name,
    std::string *error)
{
    int                   i;
    v8::Isolate          *isolate = context->GetIsolate();
    v8::HandleScope       scope(isolate);
    v8::Context::Scope    enter(context);
    v8::TryCatch          caught(isolate);
    Local<Value>          hook, argv[6], result;
    Local<v8::Object>     hooks = null_object(isolate);
    Local<v8::Array>      list = v8::Array::New(isolate,
                                                NGX_INVOKE_V8_HOOK_SELDOM);
    Local<v8::Function>   f;

    argv[0] = context->Global();
    argv[1] = own_native(context, kBindingNative);
    argv[2] = own_native(context, kCompileNative);
    argv[3] = own_native(context, kLazyNative);
    argv[4] = hooks;
    argv[5] = name(isolate, template_name);

    context->SetEmbedderData(kRejectSlot, v8::Undefined(isolate));
    context->SetEmbedderData(kStackSlot, v8::Undefined(isolate));
    make_promise_hooks(context);

    /* so that may_compile() is asked */
    context->AllowCodeGenerationFromStrings(false);

    if (!file_function(context, building, find_file("invoke/boot/bootstrap"))
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

    for (i = 0; i < NGX_INVOKE_V8_HOOK_SELDOM; i++) {
        if (!hooks->Get(context, name(isolate, hook_names[i])).ToLocal(&hook)
            || !hook->IsFunction())
        {
            *error = std::string("bootstrap.js has no hook ") + hook_names[i];
            return false;
        }

        list->Set(context, i, hook).Check();
    }

    if (!hooks->Get(context, name(isolate, "seldom")).ToLocal(&hook)) {
        return false;
    }

    make_wasm_lazy(context);

    context->SetEmbedderData(kSeldomSlot, hook);
    context->SetEmbedderData(kHooksSlot, list);
    isolate->PerformMicrotaskCheckpoint();

    return true;
}


/*
 * The contexts of all templates, and the scripts of the files that they have
 * run; of the others the compiled code.
 */

static bool
fill_snapshot(v8::SnapshotCreator *creator, FileCodes *codes,
    std::string *error)
{
    size_t                    i;
    v8::Isolate              *isolate = creator->GetIsolate();
    v8::HandleScope           scope(isolate);
    std::vector<bool>         has_run;
    Local<v8::UnboundScript>  script;

    creator->SetDefaultContext(v8::Context::New(isolate));

    for (i = 0; i < NGX_INVOKE_V8_TEMPLATES; i++) {
        Local<v8::Context>  context = v8::Context::New(isolate);

        if (!bootstrap(context, template_names[i], error)) {
            return false;
        }

        creator->AddContext(context);
    }

    for (const auto &known : *building) {
        has_run.push_back(!known.IsEmpty());
    }

    if (!bootstrap(v8::Context::New(isolate), "check", error)) {
        return false;
    }

    for (i = 0; i < ngx_invoke_js_files_n; i++) {
        v8::Global<v8::UnboundScript>  *known = &(*building)[i];

        if (!known->IsEmpty()) {
            script = known->Get(isolate);
            known->Reset();

        } else if (!compile_unbound(isolate, static_cast<int>(i), nullptr)
                    .ToLocal(&script))
        {
            *error = std::string(ngx_invoke_js_files[i].name)
                     + " could not be compiled";
            return false;
        }

        if (has_run[i]) {
            creator->AddData(script);
        }

        codes->emplace_back(has_run[i] ? nullptr
                            : v8::ScriptCompiler::CreateCodeCache(script));
    }

    return true;
}


int
ngx_invoke_v8_snapshot(const char *flags, uint8_t **blob, size_t *len,
    char *err, size_t errlen)
{
    FileCodes        codes;
    std::string      error, all;
    v8::StartupData  data;

    if (start_v8(flags, 1, err, errlen) != 0) {
        return -1;
    }

    {
        /* After a failure it is left as it is: the process ends. */

        v8::SnapshotCreator  *creator
            = new v8::SnapshotCreator(external_references());

        building = new FileScripts(ngx_invoke_js_files_n);

        creator->GetIsolate()->SetMicrotasksPolicy(
            v8::MicrotasksPolicy::kExplicit);

        if (!fill_snapshot(creator, &codes, &error)) {
            copy_message(err, errlen, error.c_str());
            return -1;
        }

        delete building;
        building = nullptr;

        try_tricks(creator->GetIsolate());

        data = creator->CreateBlob(
                   v8::SnapshotCreator::FunctionCodeHandling::kKeep);
        delete creator;
    }

    if (data.data == nullptr) {
        copy_message(err, errlen, "V8 could not make the snapshot");
        return -1;
    }

    all.assign(data.data, data.raw_size);
    delete[] data.data;
    add_file_codes(&all, codes);

    *len = all.length();
    *blob = static_cast<uint8_t *>(malloc(*len));

    if (*blob == nullptr) {
        copy_message(err, errlen, "no memory for the snapshot");
        return -1;
    }

    memcpy(*blob, all.data(), *len);
    stop_v8();

    return 0;
}


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
