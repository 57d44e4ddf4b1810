/*
 * Native functions and bindings.
 *
 * They are one C++ callback with the index of the C function as its data: thus
 * the snapshot needs a single external reference for them.
 */

#include <string.h>

#include "ngx_invoke_v8_int.h"


/* Made by ngx_invoke_v8_register(); the own ones are the last. */

static const ngx_invoke_v8_binding_t                *bindings;
static std::vector<const ngx_invoke_v8_native_t *>  *natives;
static std::vector<int>                             *firsts;  /* of a table */
static std::vector<intptr_t>                        *references;


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


/*
 * An isolate keeps templates of those that its contexts have asked for, so that
 * the next context has no more to make than a function.
 */

static Local<v8::Function>
native_function(Local<v8::Context> context, int index)
{
    v8::Isolate                 *isolate = context->GetIsolate();
    Local<v8::Function>          f;
    Local<v8::FunctionTemplate>  made;

    if (current == nullptr) {
        f = v8::Function::New(context, native_callback,
                              v8::Integer::New(isolate, index), 0,
                              v8::ConstructorBehavior::kThrow)
            .ToLocalChecked();
        f->SetName(name(isolate, (*natives)[index]->name));

        return f;
    }

    v8::Global<v8::FunctionTemplate>  *kept = &current->natives[index];

    if (kept->IsEmpty()) {
        made = v8::FunctionTemplate::New(isolate, native_callback,
                   v8::Integer::New(isolate, index),
                   Local<v8::Signature>(), 0, v8::ConstructorBehavior::kThrow);
        made->SetClassName(name(isolate, (*natives)[index]->name));
        kept->Reset(isolate, made);

    } else {
        made = kept->Get(isolate);
    }

    return made->GetFunction(context).ToLocalChecked();
}


/* binding(name): a new object with the natives of that name */

static void
binding_native(ngx_invoke_v8_call_t *call)
{
    int                             index;
    std::vector<Local<v8::Name>>    names;
    std::vector<Local<Value>>       functions;
    const ngx_invoke_v8_native_t   *n;
    const ngx_invoke_v8_binding_t  *b;

    v8::String::Utf8Value  wanted(call->isolate, (*call->info)[0]);

    for (b = bindings; *wanted != nullptr && b->name != nullptr; b++) {
        if (strcmp(b->name, *wanted) != 0) {
            continue;
        }

        index = (*firsts)[b - bindings];

        for (n = b->natives; n->name != nullptr; n++, index++) {
            names.push_back(name(call->isolate, n->name));
            functions.push_back(native_function(call->context, index));
        }
    }

    call->info->GetReturnValue().Set(
        v8::Object::New(call->isolate, v8::Null(call->isolate), names.data(),
                        functions.data(), names.size()));
}


/*
 * lazy(name, enumerable): a property of the global object whose value
 * the hook "global" gives when it is first asked for
 */

static void
lazy_getter(Local<v8::Name> property,
    const v8::PropertyCallbackInfo<Value> &info)
{
    Local<Value>  value, argument = property;

    if (seldom(info.GetIsolate()->GetCurrentContext(), "global", 1, &argument)
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


/* in the order of OwnNative */

static const ngx_invoke_v8_native_t  own_natives[kOwnNatives] = {
    { "binding", binding_native },
    { "compile", compile_native },
    { "lazy", lazy_native }
};


Local<v8::Function>
own_native(Local<v8::Context> context, OwnNative which)
{
    return native_function(context, static_cast<int>(natives->size())
                                    - kOwnNatives + which);
}


size_t
natives_number()
{
    return natives->size();
}


const intptr_t *
external_references()
{
    return references->data();
}


void
ngx_invoke_v8_register(const ngx_invoke_v8_binding_t *table)
{
    const ngx_invoke_v8_native_t   *n;
    const ngx_invoke_v8_binding_t  *b;

    bindings = table;

    delete natives;
    natives = new std::vector<const ngx_invoke_v8_native_t *>;

    delete firsts;
    firsts = new std::vector<int>;

    for (b = table; b->name != nullptr; b++) {
        firsts->push_back(static_cast<int>(natives->size()));

        for (n = b->natives; n->name != nullptr; n++) {
            natives->push_back(n);
        }
    }

    for (const ngx_invoke_v8_native_t &own : own_natives) {
        natives->push_back(&own);
    }

    delete references;
    references = new std::vector<intptr_t>;
    references->push_back(reinterpret_cast<intptr_t>(native_callback));
    references->push_back(reinterpret_cast<intptr_t>(lazy_getter));
    references->push_back(reinterpret_cast<intptr_t>(wasm_getter));

    for (v8::FunctionCallback hook : promise_hooks) {
        references->push_back(reinterpret_cast<intptr_t>(hook));
    }

    add_file_references(references);
    references->push_back(0);
}
