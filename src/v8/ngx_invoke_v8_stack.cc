/*
 * Errors: those that nobody handles, and the text of their stacks.
 */

#include "ngx_invoke_v8_int.h"


void
promise_rejected(v8::PromiseRejectMessage message)
{
    v8::Isolate          *isolate = v8::Isolate::GetCurrent();
    HoldInterrupts        none(nullptr);
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
 * The text of error.stack: by Node's function once its library is there, else
 * as V8 does without a callback.
 */

static MaybeLocal<Value>
stack_text(Local<v8::Context> context, Local<Value> error,
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
                isolate->TerminateExecution();
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
 * V8 asks for it when it is first read, and does not survive that there is
 * neither a text nor an exception.
 */

MaybeLocal<Value>
prepare_stack_trace(Local<v8::Context> context, Local<Value> error,
    Local<v8::Array> sites)
{
    Local<Value>   text;
    v8::Isolate   *isolate = context->GetIsolate();
    v8::TryCatch   caught(isolate);

    if (stack_text(context, error, sites).ToLocal(&text)) {
        return text;
    }

    if (caught.HasCaught() && !caught.HasTerminated()) {
        caught.ReThrow();
        return MaybeLocal<Value>();
    }

    if (caught.HasTerminated()) {
        isolate->TerminateExecution();
    }

    return name(isolate, "<error>").As<Value>();
}


/*
 * An error that nobody catches, as one of a finalizer, ends here: without a
 * listener V8 would print it to the worker's standard output.
 */

void
uncaught(Local<v8::Message> message, Local<Value> error)
{
}


void
ngx_invoke_v8_on_reject(ngx_invoke_v8_call_t *call, ngx_invoke_v8_value_t fn)
{
    call->context->SetEmbedderData(kRejectSlot, unwrap(fn));
}


void
ngx_invoke_v8_on_stack(ngx_invoke_v8_call_t *call, ngx_invoke_v8_value_t fn)
{
    call->context->SetEmbedderData(kStackSlot, unwrap(fn));
}
