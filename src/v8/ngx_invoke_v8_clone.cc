/*
 * Copies by HTML's structured clone algorithm.
 */

#include "ngx_invoke_v8_int.h"


class CloneWriter : public v8::ValueSerializer::Delegate {
  public:
    CloneWriter(ngx_invoke_v8_call_t *call, Local<Value> fail,
        Local<Value> host)
        : serializer(nullptr), call_(call), fail_(fail), host_(host) {}

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

    v8::Maybe<uint32_t> GetWasmModuleTransferId(v8::Isolate *isolate,
        Local<v8::WasmModuleObject> module) override
    {
        modules.push_back(module->GetCompiledModule());

        return v8::Just(static_cast<uint32_t>(modules.size() - 1));
    }

    /* An object with data of C: host() tells its number in ready()'s list. */

    v8::Maybe<bool> WriteHostObject(v8::Isolate *isolate,
        Local<v8::Object> object) override
    {
        Local<Value>  number, argument = object;

        if (!host_->IsFunction()) {
            return v8::ValueSerializer::Delegate::WriteHostObject(isolate,
                                                                  object);
        }

        if (!host_.As<v8::Function>()->Call(call_->context,
                       v8::Undefined(isolate), 1, &argument)
             .ToLocal(&number))
        {
            return v8::Nothing<bool>();
        }

        if (!number->IsUint32()) {
            ThrowDataCloneError(name(isolate, "Object could not be cloned."));
            return v8::Nothing<bool>();
        }

        serializer->WriteUint32(number.As<v8::Uint32>()->Value());
        asked = true;

        return v8::Just(true);
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

    v8::ValueSerializer                            *serializer;
    std::vector<v8::CompiledWasmModule>             modules;
    std::vector<v8::Global<v8::SharedArrayBuffer>>  shared;
    Local<Value>                                    hosts;
    bool                                            asked = false;

  private:
    ngx_invoke_v8_call_t  *call_;
    Local<Value>           fail_;
    Local<Value>           host_;
};


class CloneReader : public v8::ValueDeserializer::Delegate {
  public:
    explicit CloneReader(CloneWriter *writer)
        : deserializer(nullptr), writer_(writer) {}

    MaybeLocal<v8::Object> ReadHostObject(v8::Isolate *isolate) override
    {
        uint32_t      id;
        Local<Value>  host;

        return deserializer->ReadUint32(&id)
               && writer_->hosts.As<v8::Array>()
                  ->Get(isolate->GetCurrentContext(), id).ToLocal(&host)
               && host->IsObject()
               ? host.As<v8::Object>() : MaybeLocal<v8::Object>();
    }

    MaybeLocal<v8::WasmModuleObject> GetWasmModuleFromId(
        v8::Isolate *isolate, uint32_t id) override
    {
        return id < writer_->modules.size()
               ? v8::WasmModuleObject::FromCompiledModule(isolate,
                                                       writer_->modules[id])
               : MaybeLocal<v8::WasmModuleObject>();
    }

    MaybeLocal<v8::SharedArrayBuffer> GetSharedArrayBufferFromId(
        v8::Isolate *isolate, uint32_t id) override
    {
        return id < writer_->shared.size()
               ? writer_->shared[id].Get(isolate)
               : MaybeLocal<v8::SharedArrayBuffer>();
    }

    v8::ValueDeserializer  *deserializer;

  private:
    CloneWriter  *writer_;
};


ngx_invoke_v8_value_t
ngx_invoke_v8_clone(ngx_invoke_v8_call_t *call, ngx_invoke_v8_value_t value,
    ngx_invoke_v8_value_t transfer, ngx_invoke_v8_value_t fail,
    ngx_invoke_v8_value_t host, ngx_invoke_v8_value_t ready)
{
    uint32_t                             i, n = 0;
    Local<Value>                         v, result;
    v8::Isolate                         *isolate = call->isolate;
    CloneWriter                          writer(call, unwrap(fail),
                                                unwrap(host));
    CloneReader                          reader(&writer);
    v8::ValueSerializer                  serializer(isolate, &writer);
    std::vector<Local<v8::ArrayBuffer>>  buffers;

    writer.serializer = &serializer;

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

    if ((writer.asked || unwrap(transfer)->IsArray())
        && unwrap(ready)->IsFunction()
        && !unwrap(ready).As<v8::Function>()->Call(call->context,
               v8::Undefined(isolate), 0, nullptr).ToLocal(&writer.hosts))
    {
        return nullptr;
    }

    if (writer.hosts.IsEmpty() || !writer.hosts->IsArray()) {
        writer.hosts = v8::Array::New(isolate);
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

    reader.deserializer = &deserializer;

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
