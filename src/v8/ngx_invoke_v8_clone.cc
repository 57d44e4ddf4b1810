/*
 * Copies by HTML's structured clone algorithm.
 */

#include "ngx_invoke_v8_int.h"


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
