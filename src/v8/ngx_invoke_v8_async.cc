/*
 * Whose work JavaScript is.
 *
 * V8 carries the continuation data of a context over promises: a reaction runs
 * with the data of the code that made it. Two kinds of jobs have none, the call
 * of a thenable's then() and plain callbacks. For the former each promise keeps
 * the data of the code that made it, by V8's hook for new promises: whoever
 * awaits a thenable has made the promise that the thenable settles, and the
 * hook that V8 calls before a job takes the data from there.
 *
 * Before each job C is told, when that changes, for whom JavaScript goes on.
 */

#include "ngx_invoke_v8_int.h"


/* The id in continuation data, which may be an array that begins with it. */

static int32_t
owner_in(Local<v8::Context> context, Local<Value> data)
{
    if (data->IsArray()) {
        v8::TryCatch  ignored(context->GetIsolate());

        if (!data.As<v8::Array>()->Get(context, 0).ToLocal(&data)) {
            return 0;
        }
    }

    return data->IsInt32() ? data.As<v8::Int32>()->Value() : 0;
}


static inline void
set_owner(Local<v8::Context> context, int32_t id)
{
    ngx_invoke_v8_context_t  *ctx = context_of(context);

    if (ctx != nullptr && ctx->iso->owner != id
        && ctx->iso->conf.owner(ctx->data, id))
    {
        ctx->iso->owner = id;
    }
}


void
set_promise_hooks(Local<v8::Context> context, bool after)
{
    Local<v8::Function>  none;

    context->SetPromiseHooks(
        context->GetEmbedderData(kInitSlot).As<v8::Function>(),
        context->GetEmbedderData(kBeforeSlot).As<v8::Function>(),
        after ? context->GetEmbedderData(kAfterSlot).As<v8::Function>() : none,
        none);
}


static void
promise_made(const v8::FunctionCallbackInfo<Value> &info)
{
    Local<Value>  data = info.GetIsolate()->GetCurrentContext()
                         ->GetContinuationPreservedEmbedderData();

    if (!data->IsUndefined()) {
        info[0].As<v8::Promise>()->SetInternalField(0, data);
    }
}


static void
before_job(const v8::FunctionCallbackInfo<Value> &info)
{
    Local<v8::Context>  context = info.GetIsolate()->GetCurrentContext();
    Local<Value>        data;

    data = context->GetContinuationPreservedEmbedderData();

    if (data->IsUndefined()) {
        data = info[0].As<v8::Promise>()->GetInternalField(0);
        context->SetContinuationPreservedEmbedderData(data);

        /* V8 takes back only what it has set itself. */

        set_promise_hooks(context, true);
    }

    set_owner(context, owner_in(context, data));
}


static void
after_job(const v8::FunctionCallbackInfo<Value> &info)
{
    Local<v8::Context>  context = info.GetIsolate()->GetCurrentContext();

    context->SetContinuationPreservedEmbedderData(
        v8::Undefined(info.GetIsolate()));
    set_promise_hooks(context, false);
}


const v8::FunctionCallback  promise_hooks[kPromiseHooks] = {
    promise_made, before_job, after_job
};


/* In each context of the snapshot. */

void
make_promise_hooks(Local<v8::Context> context)
{
    int  i;

    for (i = 0; i < kPromiseHooks; i++) {
        context->SetEmbedderData(kInitSlot + i,
            v8::Function::New(context, promise_hooks[i], Local<Value>(), 1,
                              v8::ConstructorBehavior::kThrow)
            .ToLocalChecked());
    }
}


ngx_invoke_v8_rc_e
ngx_invoke_v8_microtasks(ngx_invoke_v8_context_t *ctx)
{
    bool                  terminated;
    int32_t               owner = ctx->iso->owner;
    v8::Isolate          *isolate = ctx->iso->isolate;
    v8::HandleScope       scope(isolate);
    v8::TryCatch          caught(isolate);
    Local<v8::Context>    context = ctx->context.Get(isolate);
    Local<Value>          data;

    data = context->GetContinuationPreservedEmbedderData();
    context->SetContinuationPreservedEmbedderData(v8::Undefined(isolate));

    ctx->queue->PerformCheckpoint(isolate);

    context->SetContinuationPreservedEmbedderData(data);

    terminated = caught.HasTerminated() || isolate->IsExecutionTerminating();

    /* Of what was terminated C wants to know whose it was. */

    if (terminated) {
        set_promise_hooks(context, false);
        return NGX_INVOKE_V8_TERMINATED;
    }

    set_owner(context, owner);

    return NGX_INVOKE_V8_OK;
}


ngx_invoke_v8_value_t
ngx_invoke_v8_async_get(ngx_invoke_v8_call_t *call)
{
    return wrap(call->context->GetContinuationPreservedEmbedderData());
}


void
ngx_invoke_v8_async_set(ngx_invoke_v8_call_t *call, ngx_invoke_v8_value_t v)
{
    Local<v8::Context>  context = call->context;

    context->SetContinuationPreservedEmbedderData(unwrap(v));
    set_owner(context, owner_in(context, unwrap(v)));
}


void
ngx_invoke_v8_async_clear(ngx_invoke_v8_call_t *call)
{
    call->context->SetContinuationPreservedEmbedderData(
        v8::Undefined(call->isolate));
}


void
ngx_invoke_v8_enqueue_microtask(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t fn)
{
    call->isolate->EnqueueMicrotask(unwrap(fn).As<v8::Function>());
}
