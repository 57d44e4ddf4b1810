/*
 * ArrayBuffers and the views on them.
 */

#include <string.h>

#include "ngx_invoke_v8_int.h"


static inline void
view_memory(Local<v8::ArrayBufferView> view, uint8_t **data, size_t *len)
{
    *data = static_cast<uint8_t *>(view->Buffer()->Data());
    *len = *data ? view->ByteLength() : 0;
    *data += *len ? view->ByteOffset() : 0;
}


/* Of what is no view. */

static int
buffer_memory(Local<Value> v, uint8_t **data, size_t *len)
{
    if (v->IsArrayBuffer()) {
        *data = static_cast<uint8_t *>(v.As<v8::ArrayBuffer>()->Data());
        *len = *data ? v.As<v8::ArrayBuffer>()->ByteLength() : 0;
        return 0;
    }

    if (v->IsSharedArrayBuffer()) {
        *data = static_cast<uint8_t *>(v.As<v8::SharedArrayBuffer>()->Data());
        *len = *data ? v.As<v8::SharedArrayBuffer>()->ByteLength() : 0;
        return 0;
    }

    *data = nullptr;
    *len = 0;

    return -1;
}


int
ngx_invoke_v8_bytes(ngx_invoke_v8_value_t value, uint8_t **data, size_t *len)
{
    Local<Value>  v = unwrap(value);

    if (v->IsArrayBufferView()) {
        view_memory(v.As<v8::ArrayBufferView>(), data, len);
        return 0;
    }

    return buffer_memory(v, data, len);
}


int
ngx_invoke_v8_view(ngx_invoke_v8_value_t value, uint8_t *room,
    const uint8_t **data, size_t *len)
{
    int                         rc;
    uint8_t                    *p;
    Local<Value>                v = unwrap(value);
    Local<v8::ArrayBufferView>  view;

    if (!v->IsArrayBufferView()) {
        rc = buffer_memory(v, &p, len);
        *data = p;
        return rc;
    }

    view = v.As<v8::ArrayBufferView>();

    if (!view->HasBuffer() && view->ByteLength() <= NGX_INVOKE_V8_ROOM) {
        *len = view->CopyContents(room, NGX_INVOKE_V8_ROOM);
        *data = room;
        return 0;
    }

    view_memory(view, &p, len);
    *data = p;

    return 0;
}


int
ngx_invoke_v8_detached(ngx_invoke_v8_value_t value)
{
    Local<Value>  v = unwrap(value);

    if (v->IsArrayBufferView()) {
        return v.As<v8::ArrayBufferView>()->HasBuffer()
               && v.As<v8::ArrayBufferView>()->Buffer()->WasDetached();
    }

    return v->IsArrayBuffer() && v.As<v8::ArrayBuffer>()->WasDetached();
}


/* Making them */

/* Throws where the limit is reached: V8 would end the process. */

static bool
new_buffer(ngx_invoke_v8_call_t *call, size_t len,
    Local<v8::ArrayBuffer> *buffer)
{
    /* while the snapshot is built there is no limit */

    if (current != nullptr && !current->allocator->has_room(len)) {

        /* other threads do nothing but free */

        if (current->allocator->fits(len)) {
            (void) current->account->GiveUp();
            call->isolate->LowMemoryNotification();
        }

        if (!current->allocator->has_room(len)) {
            ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR, nullptr,
                                "Array buffer allocation failed");
            return false;
        }
    }

    *buffer = v8::ArrayBuffer::New(call->isolate, len);

    return true;
}


ngx_invoke_v8_value_t
ngx_invoke_v8_new_bytes(ngx_invoke_v8_call_t *call, size_t len,
    uint8_t **data)
{
    Local<v8::ArrayBuffer>  buffer;

    if (!new_buffer(call, len, &buffer)) {
        return nullptr;
    }

    *data = static_cast<uint8_t *>(buffer->Data());

    return wrap(v8::Uint8Array::New(buffer, 0, len).As<Value>());
}


ngx_invoke_v8_value_t
ngx_invoke_v8_new_bytes_raw(ngx_invoke_v8_call_t *call, size_t len,
    uint8_t **data)
{
    ngx_invoke_v8_value_t  bytes;

    if (current == nullptr) {
        return ngx_invoke_v8_new_bytes(call, len, data);
    }

    current->allocator->set_zeroing(false);
    bytes = ngx_invoke_v8_new_bytes(call, len, data);
    current->allocator->set_zeroing(true);

    return bytes;
}


ngx_invoke_v8_value_t
ngx_invoke_v8_new_utf8(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t string)
{
    size_t                  len, size, n;
    uint8_t                *data;
    Local<v8::String>       s = unwrap(string).As<v8::String>();
    ngx_invoke_v8_value_t   bytes;

    len = s->Length();

    /* most are ASCII, and known to be so only once they are copied */

    if (s->IsOneByte() && len >= kVectorText && vector_text) {
        bytes = ngx_invoke_v8_new_bytes_raw(call, len, &data);
        if (bytes == nullptr) {
            return nullptr;
        }

        s->WriteOneByte(call->isolate, data, 0, static_cast<int>(len),
                        v8::String::NO_NULL_TERMINATION);

        if (ngx_invoke_v8_is_ascii(data, len)) {
            return bytes;
        }
    }

    size = utf8_length(call->isolate, s);

    bytes = ngx_invoke_v8_new_bytes_raw(call, size, &data);
    if (bytes == nullptr) {
        return nullptr;
    }

    n = ngx_invoke_v8_string_write(call, string, NGX_INVOKE_V8_UTF8, data,
                                   size);
    memset(data + n, 0, size - n);

    return bytes;
}


ngx_invoke_v8_value_t
ngx_invoke_v8_new_array_buffer(ngx_invoke_v8_call_t *call, size_t len)
{
    Local<v8::ArrayBuffer>  buffer;

    return new_buffer(call, len, &buffer) ? wrap(buffer.As<Value>())
                                          : nullptr;
}


ngx_invoke_v8_value_t
ngx_invoke_v8_transfer(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t value)
{
    Local<Value>                       v = unwrap(value);
    Local<v8::ArrayBuffer>             buffer;
    std::shared_ptr<v8::BackingStore>  store;

    if (!v->IsArrayBuffer() || !v.As<v8::ArrayBuffer>()->IsDetachable()
        || v.As<v8::ArrayBuffer>()->WasDetached())
    {
        return nullptr;
    }

    buffer = v.As<v8::ArrayBuffer>();
    store = buffer->GetBackingStore();
#if V8_MAJOR_VERSION >= 11
    drop(buffer->Detach(Local<Value>()));
#else
    buffer->Detach();
#endif

    return wrap(v8::ArrayBuffer::New(call->isolate, std::move(store))
                .As<Value>());
}
