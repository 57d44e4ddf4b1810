/*
 * V8's serialization of values, step by step: what Node's v8.Serializer and
 * v8.Deserializer stand on.
 */

#include "ngx_invoke_v8_int.h"


static const char  kWriter = 0;
static const char  kReader = 0;


/* Names that another library may have as well. */

namespace {


/*
 * The methods of "self" that V8's questions go to. It is known while a value
 * is written or read: so no handle keeps what owns this alive.
 */

class Asked {
  public:
    void Enter(ngx_invoke_v8_call_t *call, Local<Value> self) {
        call_ = call;
        self_ = self;
    }

    ngx_invoke_v8_call_t *call() const { return call_; }
    Local<Value> self() const { return self_; }

    /* False: there is no such method, or an exception is pending. */

    bool Method(const char *key, Local<v8::Function> *method) {
        Local<Value>  found;

        if (call_ == nullptr || !self_->IsObject()
            || !self_.As<v8::Object>()->Get(call_->context,
                                            name(call_->isolate, key))
                .ToLocal(&found)
            || !found->IsFunction())
        {
            return false;
        }

        *method = found.As<v8::Function>();
        return true;
    }

    MaybeLocal<Value> Call(Local<v8::Function> method, Local<Value> *argument)
    {
        return method->Call(call_->context, self_,
                            argument == nullptr ? 0 : 1, argument);
    }

  private:
    ngx_invoke_v8_call_t  *call_ = nullptr;
    Local<Value>           self_;
};


/* Sets it for one call, which may be within another one. */

class Asking {
  public:
    Asking(Asked *asked, ngx_invoke_v8_call_t *call,
        ngx_invoke_v8_value_t self)
        : asked_(asked), call_(asked->call()), self_(asked->self())
    {
        asked->Enter(call, unwrap(self));
    }

    ~Asking() { asked_->Enter(call_, self_); }

  private:
    Asked                 *asked_;
    ngx_invoke_v8_call_t  *call_;
    Local<Value>           self_;
};


class Writer : public v8::ValueSerializer::Delegate {
  public:
    explicit Writer(v8::Isolate *isolate)
        : full(false), serializer(isolate, this) {}

    void ThrowDataCloneError(Local<v8::String> message) override {
        Local<Value>         error, argument = message;
        Local<v8::Function>  make;
        v8::Isolate         *isolate = v8::Isolate::GetCurrent();

        if (!asked.Method("_getDataCloneError", &make)) {
            isolate->ThrowException(v8::Exception::Error(message));

        } else if (asked.Call(make, &argument).ToLocal(&error)) {
            isolate->ThrowException(error);
        }
    }

    v8::Maybe<uint32_t> GetSharedArrayBufferId(v8::Isolate *isolate,
        Local<v8::SharedArrayBuffer> buffer) override
    {
        Local<Value>         id, argument = buffer;
        Local<v8::Function>  method;

        if (!asked.Method("_getSharedArrayBufferId", &method)) {
            return v8::ValueSerializer::Delegate::GetSharedArrayBufferId(
                       isolate, buffer);
        }

        if (!asked.Call(method, &argument).ToLocal(&id)) {
            return v8::Nothing<uint32_t>();
        }

        return id->Uint32Value(asked.call()->context);
    }

    v8::Maybe<bool> WriteHostObject(v8::Isolate *isolate,
        Local<v8::Object> object) override
    {
        Local<Value>         argument = object;
        Local<v8::Function>  method;

        if (!asked.Method("_writeHostObject", &method)) {
            return v8::ValueSerializer::Delegate::WriteHostObject(isolate,
                                                                  object);
        }

        return asked.Call(method, &argument).IsEmpty() ? v8::Nothing<bool>()
                                                       : v8::Just(true);
    }

    void *ReallocateBufferMemory(void *old, size_t size, size_t *actual)
        override
    {
        void  *p = reallocate_block(old, size);

        *actual = size;
        full |= p == nullptr;

        return p;
    }

    void FreeBufferMemory(void *buffer) override { free_block(buffer); }

    Asked                asked;
    bool                 full;          /* something is not in it */
    v8::ValueSerializer  serializer;
};


class Reader : public v8::ValueDeserializer::Delegate {
  public:
    Reader(v8::Isolate *isolate, uint8_t *copy, size_t len)
        : data(copy), deserializer(isolate, copy, len, this) {}

    ~Reader() override { free_block(data); }

    MaybeLocal<v8::Object> ReadHostObject(v8::Isolate *isolate) override {
        Local<Value>         object;
        Local<v8::Function>  method;

        /* else no JavaScript may run while V8 reads */
        v8::Isolate::AllowJavascriptExecutionScope  allowed(isolate);

        if (!asked.Method("_readHostObject", &method)) {
            return v8::ValueDeserializer::Delegate::ReadHostObject(isolate);
        }

        if (!asked.Call(method, nullptr).ToLocal(&object)) {
            return MaybeLocal<v8::Object>();
        }

        if (!object->IsObject()) {
            ngx_invoke_v8_throw(asked.call(), NGX_INVOKE_V8_TYPE_ERROR,
                                nullptr,
                                "readHostObject must return an object");
            return MaybeLocal<v8::Object>();
        }

        return object.As<v8::Object>();
    }

    Asked                  asked;
    uint8_t               *data;
    v8::ValueDeserializer  deserializer;
};

}


static void *
held(ngx_invoke_v8_call_t *call, ngx_invoke_v8_value_t v, const void *kind)
{
    void  *p = ngx_invoke_v8_holder(v, kind);

    if (p == nullptr) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_TYPE_ERROR, nullptr,
                            "Illegal invocation");
    }

    return p;
}


static Writer *
writer_of(ngx_invoke_v8_call_t *call, ngx_invoke_v8_value_t v)
{
    return static_cast<Writer *>(held(call, v, &kWriter));
}


static Reader *
reader_of(ngx_invoke_v8_call_t *call, ngx_invoke_v8_value_t v)
{
    return static_cast<Reader *>(held(call, v, &kReader));
}


ngx_invoke_v8_value_t
ngx_invoke_v8_writer(ngx_invoke_v8_call_t *call)
{
    return ngx_invoke_v8_new_holder(call, &kWriter, new Writer(call->isolate),
                                    sizeof(Writer), [](void *data) {
        delete static_cast<Writer *>(data);
    });
}


int
ngx_invoke_v8_write_header(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t writer)
{
    Writer  *w = writer_of(call, writer);

    if (w == nullptr) {
        return -1;
    }

    w->serializer.WriteHeader();
    return 0;
}


int
ngx_invoke_v8_write_value(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t writer, ngx_invoke_v8_value_t self,
    ngx_invoke_v8_value_t v)
{
    Writer  *w = writer_of(call, writer);

    if (w == nullptr) {
        return -1;
    }

    Asking  asking(&w->asked, call, self);

    return w->serializer.WriteValue(call->context, unwrap(v)).IsJust() ? 0
                                                                       : -1;
}


int
ngx_invoke_v8_write_integer(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t writer, uint64_t value, int wide)
{
    Writer  *w = writer_of(call, writer);

    if (w == nullptr) {
        return -1;
    }

    if (wide) {
        w->serializer.WriteUint64(value);

    } else {
        w->serializer.WriteUint32(static_cast<uint32_t>(value));
    }

    return 0;
}


int
ngx_invoke_v8_write_double(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t writer, double value)
{
    Writer  *w = writer_of(call, writer);

    if (w == nullptr) {
        return -1;
    }

    w->serializer.WriteDouble(value);
    return 0;
}


int
ngx_invoke_v8_write_raw(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t writer, const uint8_t *data, size_t len)
{
    Writer  *w = writer_of(call, writer);

    if (w == nullptr) {
        return -1;
    }

    w->serializer.WriteRawBytes(data, len);
    return 0;
}


int
ngx_invoke_v8_write_views_as_hosts(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t writer, int on)
{
    Writer  *w = writer_of(call, writer);

    if (w == nullptr) {
        return -1;
    }

    w->serializer.SetTreatArrayBufferViewsAsHostObjects(on);
    return 0;
}


int
ngx_invoke_v8_write_transfer(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t writer, uint32_t id, ngx_invoke_v8_value_t buffer)
{
    Writer  *w = writer_of(call, writer);

    if (w == nullptr) {
        return -1;
    }

    if (!unwrap(buffer)->IsArrayBuffer()) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_TYPE_ERROR,
                            "ERR_INVALID_ARG_TYPE",
                            "arrayBuffer must be an ArrayBuffer");
        return -1;
    }

    w->serializer.TransferArrayBuffer(id,
                                      unwrap(buffer).As<v8::ArrayBuffer>());
    return 0;
}


ngx_invoke_v8_value_t
ngx_invoke_v8_write_release(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t writer)
{
    uint8_t                 *bytes;
    ngx_invoke_v8_value_t    result;
    Writer                  *w = writer_of(call, writer);

    if (w == nullptr) {
        return nullptr;
    }

    std::pair<uint8_t *, size_t>  data = w->serializer.Release();

    if (w->full) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR, nullptr,
                            "Array buffer allocation failed");
        result = nullptr;

    } else {
        result = ngx_invoke_v8_new_bytes_raw(call, data.second, &bytes);

        if (result != nullptr && data.second != 0) {
            memcpy(bytes, data.first, data.second);
        }
    }

    free_block(data.first);
    w->full = false;

    return result;
}


ngx_invoke_v8_value_t
ngx_invoke_v8_reader(ngx_invoke_v8_call_t *call, const uint8_t *data,
    size_t len)
{
    uint8_t  *copy;

    copy = static_cast<uint8_t *>(reallocate_block(nullptr, len + 1));

    if (copy == nullptr) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR, nullptr,
                            "Array buffer allocation failed");
        return nullptr;
    }

    memcpy(copy, data, len);

    return ngx_invoke_v8_new_holder(call, &kReader,
                                    new Reader(call->isolate, copy, len),
                                    len, [](void *data) {
        delete static_cast<Reader *>(data);
    });
}


int
ngx_invoke_v8_read_header(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t reader)
{
    Reader  *r = reader_of(call, reader);

    return r != nullptr && r->deserializer.ReadHeader(call->context).IsJust()
           ? 0 : -1;
}


ngx_invoke_v8_value_t
ngx_invoke_v8_read_value(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t reader, ngx_invoke_v8_value_t self)
{
    Reader  *r = reader_of(call, reader);

    if (r == nullptr) {
        return nullptr;
    }

    Asking  asking(&r->asked, call, self);

    return wrap(r->deserializer.ReadValue(call->context));
}


/* Ends in an exception where the bytes do. */

static int
read_all(ngx_invoke_v8_call_t *call, bool ok, const char *message)
{
    if (!ok) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_ERROR, nullptr, message);
    }

    return ok ? 0 : -1;
}


int
ngx_invoke_v8_read_integer(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t reader, uint64_t *value, int wide)
{
    uint32_t   narrow;
    Reader    *r = reader_of(call, reader);

    if (r == nullptr) {
        return -1;
    }

    if (wide) {
        return read_all(call, r->deserializer.ReadUint64(value),
                        "ReadUint64() failed");
    }

    if (!r->deserializer.ReadUint32(&narrow)) {
        return read_all(call, false, "ReadUint32() failed");
    }

    *value = narrow;
    return 0;
}


int
ngx_invoke_v8_read_double(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t reader, double *value)
{
    Reader  *r = reader_of(call, reader);

    return r == nullptr ? -1 : read_all(call,
                                        r->deserializer.ReadDouble(value),
                                        "ReadDouble() failed");
}


int
ngx_invoke_v8_read_raw(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t reader, size_t len, size_t *offset)
{
    const void  *at;
    Reader      *r = reader_of(call, reader);

    if (r == nullptr) {
        return -1;
    }

    if (!r->deserializer.ReadRawBytes(len, &at)) {
        return read_all(call, false, "ReadRawBytes() failed");
    }

    *offset = static_cast<const uint8_t *>(at) - r->data;
    return 0;
}


int
ngx_invoke_v8_read_version(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t reader, uint32_t *version)
{
    Reader  *r = reader_of(call, reader);

    if (r == nullptr) {
        return -1;
    }

    *version = r->deserializer.GetWireFormatVersion();
    return 0;
}


int
ngx_invoke_v8_read_transfer(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t reader, uint32_t id, ngx_invoke_v8_value_t buffer)
{
    Local<Value>   b = unwrap(buffer);
    Reader        *r = reader_of(call, reader);

    if (r == nullptr) {
        return -1;
    }

    if (b->IsArrayBuffer()) {
        r->deserializer.TransferArrayBuffer(id, b.As<v8::ArrayBuffer>());

    } else if (b->IsSharedArrayBuffer()) {
        r->deserializer.TransferSharedArrayBuffer(id,
                                              b.As<v8::SharedArrayBuffer>());

    } else {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_TYPE_ERROR,
                            "ERR_INVALID_ARG_TYPE", "arrayBuffer must be an "
                            "ArrayBuffer or SharedArrayBuffer");
        return -1;
    }

    return 0;
}
