/*
 * A part of ngx_invoke_v8.cc: what Node's library needs to know of values.
 */


#ifndef _NGX_INVOKE_V8_NODE_HH_INCLUDED_
#define _NGX_INVOKE_V8_NODE_HH_INCLUDED_


#include "ngx_invoke_v8_types.hh"
#include "ngx_invoke_v8_memory.hh"


int
ngx_invoke_v8_is(ngx_invoke_v8_value_t value, ngx_invoke_v8_is_e what)
{
    Local<Value>  v = unwrap(value);

    switch (what) {
    case NGX_INVOKE_V8_IS_EXTERNAL:
        return v->IsExternal();
    case NGX_INVOKE_V8_IS_DATE:
        return v->IsDate();
    case NGX_INVOKE_V8_IS_ARGUMENTS:
        return v->IsArgumentsObject();
    case NGX_INVOKE_V8_IS_BIGINT_OBJECT:
        return v->IsBigIntObject();
    case NGX_INVOKE_V8_IS_BOOLEAN_OBJECT:
        return v->IsBooleanObject();
    case NGX_INVOKE_V8_IS_NUMBER_OBJECT:
        return v->IsNumberObject();
    case NGX_INVOKE_V8_IS_STRING_OBJECT:
        return v->IsStringObject();
    case NGX_INVOKE_V8_IS_SYMBOL_OBJECT:
        return v->IsSymbolObject();
    case NGX_INVOKE_V8_IS_BOXED:
        return v->IsNumberObject() || v->IsStringObject()
               || v->IsBooleanObject() || v->IsBigIntObject()
               || v->IsSymbolObject();
    case NGX_INVOKE_V8_IS_NATIVE_ERROR:
        return v->IsNativeError();
    case NGX_INVOKE_V8_IS_REGEXP:
        return v->IsRegExp();
    case NGX_INVOKE_V8_IS_ASYNC_FUNCTION:
        return v->IsAsyncFunction();
    case NGX_INVOKE_V8_IS_GENERATOR_FUNCTION:
        return v->IsGeneratorFunction();
    case NGX_INVOKE_V8_IS_GENERATOR:
        return v->IsGeneratorObject();
    case NGX_INVOKE_V8_IS_PROMISE:
        return v->IsPromise();
    case NGX_INVOKE_V8_IS_MAP:
        return v->IsMap();
    case NGX_INVOKE_V8_IS_SET:
        return v->IsSet();
    case NGX_INVOKE_V8_IS_MAP_ITERATOR:
        return v->IsMapIterator();
    case NGX_INVOKE_V8_IS_SET_ITERATOR:
        return v->IsSetIterator();
    case NGX_INVOKE_V8_IS_WEAK_MAP:
        return v->IsWeakMap();
    case NGX_INVOKE_V8_IS_WEAK_SET:
        return v->IsWeakSet();
    case NGX_INVOKE_V8_IS_ARRAY_BUFFER:
        return v->IsArrayBuffer();
    case NGX_INVOKE_V8_IS_DATA_VIEW:
        return v->IsDataView();
    case NGX_INVOKE_V8_IS_SHARED_ARRAY_BUFFER:
        return v->IsSharedArrayBuffer();
    case NGX_INVOKE_V8_IS_ANY_ARRAY_BUFFER:
        return v->IsArrayBuffer() || v->IsSharedArrayBuffer();
    case NGX_INVOKE_V8_IS_ARRAY_BUFFER_VIEW:
        return v->IsArrayBufferView();
    case NGX_INVOKE_V8_IS_PROXY:
        return v->IsProxy();
    case NGX_INVOKE_V8_IS_MODULE_NAMESPACE:
        return v->IsModuleNamespaceObject();
    case NGX_INVOKE_V8_IS_CONSTRUCTOR:
        return v->IsFunction() && v.As<v8::Function>()->IsConstructor();
    case NGX_INVOKE_V8_IS_DETACHED:
        return v->IsArrayBuffer() && v.As<v8::ArrayBuffer>()->WasDetached();
    }

    return 0;
}


int
ngx_invoke_v8_promise(ngx_invoke_v8_value_t v, ngx_invoke_v8_value_t *result)
{
    Local<v8::Promise>  promise = unwrap(v).As<v8::Promise>();

    if (promise->State() == v8::Promise::kPending) {
        *result = nullptr;
        return 0;
    }

    *result = wrap(promise->Result());

    return promise->State();
}


void
ngx_invoke_v8_proxy(ngx_invoke_v8_value_t v, ngx_invoke_v8_value_t *target,
    ngx_invoke_v8_value_t *handler)
{
    Local<v8::Proxy>  proxy = unwrap(v).As<v8::Proxy>();

    *target = wrap(proxy->GetTarget());
    *handler = wrap(proxy->GetHandler());
}


ngx_invoke_v8_value_t
ngx_invoke_v8_preview(ngx_invoke_v8_call_t *call, ngx_invoke_v8_value_t v,
    int *pairs)
{
    bool             is_key_value = false;
    Local<v8::Array>  entries;

    if (!unwrap(v)->IsObject()
        || !unwrap(v).As<v8::Object>()->PreviewEntries(&is_key_value)
            .ToLocal(&entries))
    {
        return nullptr;
    }

    *pairs = is_key_value;

    return wrap(entries.As<Value>());
}


ngx_invoke_v8_value_t
ngx_invoke_v8_own_names(ngx_invoke_v8_call_t *call, ngx_invoke_v8_value_t v,
    int filter)
{
    Local<v8::Array>  names;

    if (!unwrap(v).As<v8::Object>()->GetPropertyNames(call->context,
             v8::KeyCollectionMode::kOwnOnly,
             static_cast<v8::PropertyFilter>(filter & 31),
             v8::IndexFilter::kSkipIndices)
         .ToLocal(&names))
    {
        return nullptr;
    }

    return wrap(names.As<Value>());
}


ngx_invoke_v8_value_t
ngx_invoke_v8_constructor_name(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t v)
{
    return wrap(unwrap(v).As<v8::Object>()->GetConstructorName().As<Value>());
}


ngx_invoke_v8_value_t
ngx_invoke_v8_new_private(ngx_invoke_v8_call_t *call, const char *key)
{
    Local<v8::Private>     symbol;
    ngx_invoke_v8_value_t  v;

    symbol = v8::Private::ForApi(call->isolate, name(call->isolate, key));
    memcpy(&v, &symbol, sizeof(v));

    return v;
}


/* Structured clone */

class CloneWriter : public v8::ValueSerializer::Delegate {
  public:
    CloneWriter(ngx_invoke_v8_call_t *call, Local<Value> fail)
        : call_(call), fail_(fail) {}

    void ThrowDataCloneError(Local<v8::String> message) override {
        Local<Value>  error, argument = message;

        if (!fail_->IsFunction()) {
            error = v8::Exception::Error(message);

        } else if (!fail_.As<v8::Function>()->Call(call_->context,
                       v8::Undefined(call_->isolate), 1, &argument)
                    .ToLocal(&error))
        {
            return;
        }

        call_->isolate->ThrowException(error);
    }

    v8::Maybe<uint32_t> GetSharedArrayBufferId(v8::Isolate *isolate,
        Local<v8::SharedArrayBuffer> buffer) override
    {
        size_t  i;

        for (i = 0; i < shared.size(); i++) {
            if (shared[i] == buffer) {
                return v8::Just(static_cast<uint32_t>(i));
            }
        }

        /* the handle that it came with ends with the call */
        shared.emplace_back(isolate, buffer);

        return v8::Just(static_cast<uint32_t>(i));
    }

    /*
     * V8 does not look up while it writes, so that what gets too long ends
     * here, with an error: the copy takes as much again.
     */

    void *ReallocateBufferMemory(void *old, size_t size, size_t *actual)
        override
    {
        *actual = size;

        return reallocate_counted(old, size, 2);
    }

    void FreeBufferMemory(void *buffer) override { free_counted(buffer); }

    std::vector<v8::Global<v8::SharedArrayBuffer>>  shared;

  private:
    ngx_invoke_v8_call_t  *call_;
    Local<Value>           fail_;
};


class CloneReader : public v8::ValueDeserializer::Delegate {
  public:
    explicit CloneReader(CloneWriter *writer) : writer_(writer) {}

    MaybeLocal<v8::SharedArrayBuffer> GetSharedArrayBufferFromId(
        v8::Isolate *isolate, uint32_t id) override
    {
        return id < writer_->shared.size()
               ? writer_->shared[id].Get(isolate)
               : MaybeLocal<v8::SharedArrayBuffer>();
    }

  private:
    CloneWriter  *writer_;
};


ngx_invoke_v8_value_t
ngx_invoke_v8_clone(ngx_invoke_v8_call_t *call, ngx_invoke_v8_value_t value,
    ngx_invoke_v8_value_t transfer, ngx_invoke_v8_value_t fail)
{
    uint32_t                             i, n = 0;
    Local<Value>                         v, result;
    v8::Isolate                         *isolate = call->isolate;
    CloneWriter                          writer(call, unwrap(fail));
    CloneReader                          reader(&writer);
    v8::ValueSerializer                  serializer(isolate, &writer);
    std::vector<Local<v8::ArrayBuffer>>  buffers;

    if (unwrap(transfer)->IsArray()) {
        n = unwrap(transfer).As<v8::Array>()->Length();
    }

    for (i = 0; i < n; i++) {
        if (!unwrap(transfer).As<v8::Array>()->Get(call->context, i)
             .ToLocal(&v))
        {
            return nullptr;
        }

        if (!v->IsArrayBuffer() || v.As<v8::ArrayBuffer>()->WasDetached()
            || !v.As<v8::ArrayBuffer>()->IsDetachable())
        {
            writer.ThrowDataCloneError(name(isolate,
                                "Value could not be transferred."));
            return nullptr;
        }

        for (Local<v8::ArrayBuffer> known : buffers) {
            if (known == v) {
                writer.ThrowDataCloneError(name(isolate,
                    "Transfer list contains duplicate ArrayBuffer"));
                return nullptr;
            }
        }

        serializer.TransferArrayBuffer(i, v.As<v8::ArrayBuffer>());
        buffers.push_back(v.As<v8::ArrayBuffer>());
    }

    serializer.WriteHeader();

    if (serializer.WriteValue(call->context, unwrap(value)).IsNothing()) {
        return nullptr;
    }

    /* a getter may have detached it */

    for (Local<v8::ArrayBuffer> known : buffers) {
        if (known->WasDetached()) {
            writer.ThrowDataCloneError(name(isolate,
                                "Value could not be transferred."));
            return nullptr;
        }
    }

    std::pair<uint8_t *, size_t>  data = serializer.Release();

    v8::ValueDeserializer  deserializer(isolate, data.first, data.second,
                                        &reader);

    for (i = 0; i < buffers.size(); i++) {
        std::shared_ptr<v8::BackingStore>  store
            = buffers[i]->GetBackingStore();

        buffers[i]->Detach();
        deserializer.TransferArrayBuffer(i,
            v8::ArrayBuffer::New(isolate, std::move(store)));
    }

    if (deserializer.ReadHeader(call->context).IsNothing()
        || !deserializer.ReadValue(call->context).ToLocal(&result))
    {
        free_counted(data.first);
        return nullptr;
    }

    free_counted(data.first);

    return wrap(result);
}


void
ngx_invoke_v8_on_stack(ngx_invoke_v8_call_t *call, ngx_invoke_v8_value_t fn)
{
    call->context->SetEmbedderData(kStackSlot, unwrap(fn));
}


#endif /* _NGX_INVOKE_V8_NODE_HH_INCLUDED_ */
