/*
 * A context, and calls of its hooks.
 *
 * A context of the snapshot keeps its hooks in an embedder data slot, so one
 * that was deserialised is ready without running any JavaScript.
 */

#include "ngx_invoke_v8_int.h"


ngx_invoke_v8_context_t *
ngx_invoke_v8_context_create(ngx_invoke_v8_isolate_t *iso,
    ngx_invoke_v8_template_e kind, void *data)
{
    v8::Isolate              *isolate = iso->isolate;
    v8::HandleScope           scope(isolate);
    Local<v8::Context>        context;
    ngx_invoke_v8_context_t  *ctx;

    ctx = new (std::nothrow) ngx_invoke_v8_context_t;
    if (ctx == nullptr) {
        return nullptr;
    }

    ctx->queue = v8::MicrotaskQueue::New(isolate,
                                         v8::MicrotasksPolicy::kExplicit);

    if (!v8::Context::FromSnapshot(isolate, kind,
             v8::DeserializeInternalFieldsCallback(), nullptr,
             MaybeLocal<Value>(), ctx->queue.get())
         .ToLocal(&context))
    {
        delete ctx;
        return nullptr;
    }

    ctx->iso = iso;
    ctx->modules = nullptr;
    ctx->data = data;
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

    free_modules(ctx->modules);
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


MaybeLocal<Value>
seldom(Local<v8::Context> context, const char *what, int argc,
    Local<Value> *argv)
{
    int            i;
    v8::Isolate   *isolate = context->GetIsolate();
    Local<Value>   fn = context->GetEmbedderData(kSeldomSlot);
    Local<Value>   args[5] = { name(isolate, what) };

    if (!fn->IsFunction()) {
        return MaybeLocal<Value>();
    }

    for (i = 0; i < argc; i++) {
        args[i + 1] = argv[i];
    }

    return fn.As<v8::Function>()->Call(context, v8::Undefined(isolate),
                                       argc + 1, args);
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

    if (hook < NGX_INVOKE_V8_HOOK_SELDOM
        && !context->GetEmbedderData(kHooksSlot).As<v8::Object>()
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

    bool  returned = (f.IsEmpty() ? seldom(context, hook_names[hook], argc,
                                           args)
                      : f.As<v8::Function>()->Call(context,
                            v8::Undefined(isolate), argc, args))
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
