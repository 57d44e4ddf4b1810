/*
 * A part of ngx_invoke_v8.cc: calls of native functions, and values.
 */


#ifndef _NGX_INVOKE_V8_VALUE_HH_INCLUDED_
#define _NGX_INVOKE_V8_VALUE_HH_INCLUDED_


#include "ngx_invoke_v8_types.hh"


/* A native function's call in progress */

void *
ngx_invoke_v8_data(ngx_invoke_v8_call_t *call)
{
    return call->ctx == nullptr ? nullptr : call->ctx->data;
}


ngx_invoke_v8_isolate_t *
ngx_invoke_v8_call_isolate(ngx_invoke_v8_call_t *call)
{
    return current;
}


ngx_invoke_v8_value_t
ngx_invoke_v8_arg(ngx_invoke_v8_call_t *call, int i)
{
    return wrap((*call->info)[i]);
}


int
ngx_invoke_v8_argc(ngx_invoke_v8_call_t *call)
{
    return call->info->Length();
}


void
ngx_invoke_v8_return(ngx_invoke_v8_call_t *call, ngx_invoke_v8_value_t value)
{
    if (value != nullptr) {
        call->info->GetReturnValue().Set(unwrap(value));
    }
}


ngx_invoke_v8_value_t
ngx_invoke_v8_error(ngx_invoke_v8_call_t *call, ngx_invoke_v8_error_e kind,
    const char *code, const char *message)
{
    Local<Value>        error;
    Local<v8::String>   text;

    if (!v8::String::NewFromUtf8(call->isolate, message).ToLocal(&text)) {
        text = v8::String::Empty(call->isolate);
    }

    switch (kind) {
    case NGX_INVOKE_V8_TYPE_ERROR:
        error = v8::Exception::TypeError(text);
        break;
    case NGX_INVOKE_V8_RANGE_ERROR:
        error = v8::Exception::RangeError(text);
        break;
    case NGX_INVOKE_V8_SYNTAX_ERROR:
        error = v8::Exception::SyntaxError(text);
        break;
    default:
        error = v8::Exception::Error(text);
    }

    if (code != nullptr) {
        drop(error.As<v8::Object>()->CreateDataProperty(call->context,
                 name(call->isolate, "code"), name(call->isolate, code)));
    }

    return wrap(error);
}


void
ngx_invoke_v8_throw(ngx_invoke_v8_call_t *call, ngx_invoke_v8_error_e kind,
    const char *code, const char *message)
{
    ngx_invoke_v8_throw_value(call, ngx_invoke_v8_error(call, kind, code,
                                                        message));
}


void
ngx_invoke_v8_throw_value(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t value)
{
    call->isolate->ThrowException(unwrap(value));
}


/* Reading values */

ngx_invoke_v8_type_e
ngx_invoke_v8_type(ngx_invoke_v8_value_t value)
{
    Local<Value>  v = unwrap(value);

    return v->IsUndefined() ? NGX_INVOKE_V8_UNDEFINED
           : v->IsNull() ? NGX_INVOKE_V8_NULL
           : v->IsString() ? NGX_INVOKE_V8_STRING
           : v->IsNumber() ? NGX_INVOKE_V8_NUMBER
           : v->IsBoolean() ? NGX_INVOKE_V8_BOOLEAN
           : v->IsSymbol() ? NGX_INVOKE_V8_SYMBOL
           : v->IsBigInt() ? NGX_INVOKE_V8_BIGINT
           : v->IsFunction() ? NGX_INVOKE_V8_FUNCTION
           : v->IsArrayBufferView() || v->IsArrayBuffer()
             || v->IsSharedArrayBuffer() ? NGX_INVOKE_V8_BYTES
           : v->IsArray() ? NGX_INVOKE_V8_ARRAY
           : NGX_INVOKE_V8_OBJECT;
}


int
ngx_invoke_v8_is_int32(ngx_invoke_v8_value_t value)
{
    return unwrap(value)->IsInt32();
}


int32_t
ngx_invoke_v8_int32(ngx_invoke_v8_value_t value)
{
    Local<Value>  v = unwrap(value);

    return v->IsInt32() ? v.As<v8::Int32>()->Value()
                        : static_cast<int32_t>(ngx_invoke_v8_number(value));
}


double
ngx_invoke_v8_number(ngx_invoke_v8_value_t value)
{
    Local<Value>  v = unwrap(value);

    return v->IsNumber() ? v.As<v8::Number>()->Value()
           : v->IsBoolean() ? v.As<v8::Boolean>()->Value() : 0;
}


size_t
ngx_invoke_v8_string_size(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t value, ngx_invoke_v8_encoding_e enc)
{
    Local<Value>        v = unwrap(value);
    Local<v8::String>   s;

    if (!v->IsString()) {
        return 0;
    }

    s = v.As<v8::String>();

    switch (enc) {
    case NGX_INVOKE_V8_UTF8:
        return s->Utf8Length(call->isolate);
    case NGX_INVOKE_V8_UTF16:
        return 2 * static_cast<size_t>(s->Length());
    default:
        return s->Length();
    }
}


int
ngx_invoke_v8_string_latin1(ngx_invoke_v8_value_t value)
{
    Local<Value>  v = unwrap(value);

    return v->IsString() && (v.As<v8::String>()->IsOneByte()
                             || v.As<v8::String>()->ContainsOnlyOneByte());
}


size_t
ngx_invoke_v8_string_write(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t value, ngx_invoke_v8_encoding_e enc, void *buf,
    size_t size)
{
    int                 n = static_cast<int>(size > INT32_MAX ? INT32_MAX
                                                              : size);
    Local<Value>        v = unwrap(value);
    Local<v8::String>   s;

    if (!v->IsString()) {
        return 0;
    }

    s = v.As<v8::String>();

    switch (enc) {
    case NGX_INVOKE_V8_UTF8:
        return s->WriteUtf8(call->isolate, static_cast<char *>(buf), n,
                            nullptr, v8::String::NO_NULL_TERMINATION
                                     | v8::String::REPLACE_INVALID_UTF8);
    case NGX_INVOKE_V8_UTF16:
        return 2 * static_cast<size_t>(
            s->Write(call->isolate, static_cast<uint16_t *>(buf), 0, n / 2,
                     v8::String::NO_NULL_TERMINATION));
    default:
        return s->WriteOneByte(call->isolate, static_cast<uint8_t *>(buf), 0,
                               n, v8::String::NO_NULL_TERMINATION);
    }
}


int
ngx_invoke_v8_bytes(ngx_invoke_v8_value_t value, uint8_t **data, size_t *len)
{
    Local<Value>  v = unwrap(value);

    if (v->IsArrayBufferView()) {
        Local<v8::ArrayBufferView>  view = v.As<v8::ArrayBufferView>();

        *data = static_cast<uint8_t *>(
                    view->Buffer()->GetBackingStore()->Data());
        *len = *data ? view->ByteLength() : 0;
        *data += *len ? view->ByteOffset() : 0;
        return 0;
    }

    if (v->IsArrayBuffer()) {
        auto  store = v.As<v8::ArrayBuffer>()->GetBackingStore();

        *data = static_cast<uint8_t *>(store->Data());
        *len = *data ? store->ByteLength() : 0;
        return 0;
    }

    if (v->IsSharedArrayBuffer()) {
        auto  store = v.As<v8::SharedArrayBuffer>()->GetBackingStore();

        *data = static_cast<uint8_t *>(store->Data());
        *len = store->ByteLength();
        return 0;
    }

    return -1;
}


/* Making values */

ngx_invoke_v8_value_t
ngx_invoke_v8_undefined(ngx_invoke_v8_call_t *call)
{
    return wrap(v8::Undefined(call->isolate).As<Value>());
}


ngx_invoke_v8_value_t
ngx_invoke_v8_null(ngx_invoke_v8_call_t *call)
{
    return wrap(v8::Null(call->isolate).As<Value>());
}


ngx_invoke_v8_value_t
ngx_invoke_v8_new_boolean(ngx_invoke_v8_call_t *call, int value)
{
    return wrap(v8::Boolean::New(call->isolate, value).As<Value>());
}


ngx_invoke_v8_value_t
ngx_invoke_v8_new_number(ngx_invoke_v8_call_t *call, double value)
{
    return wrap(v8::Number::New(call->isolate, value).As<Value>());
}


static ngx_invoke_v8_value_t
too_long(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_throw(call, NGX_INVOKE_V8_ERROR, "ERR_STRING_TOO_LONG",
                        "Cannot create a string longer than 0x1fffffe8 "
                        "characters");
    return nullptr;
}


ngx_invoke_v8_value_t
ngx_invoke_v8_new_string(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_encoding_e enc, const void *data, size_t len)
{
    int                     n = static_cast<int>(len);
    Local<v8::String>       s;
    MaybeLocal<v8::String>  made;

    if (len > INT32_MAX) {
        return too_long(call);
    }

    switch (enc) {
    case NGX_INVOKE_V8_UTF8:
        made = v8::String::NewFromUtf8(call->isolate,
                   static_cast<const char *>(data),
                   v8::NewStringType::kNormal, n);
        break;
    case NGX_INVOKE_V8_UTF16:
        made = v8::String::NewFromTwoByte(call->isolate,
                   static_cast<const uint16_t *>(data),
                   v8::NewStringType::kNormal, n / 2);
        break;
    default:
        made = v8::String::NewFromOneByte(call->isolate,
                   static_cast<const uint8_t *>(data),
                   v8::NewStringType::kNormal, n);
    }

    return made.ToLocal(&s) ? wrap(s.As<Value>()) : too_long(call);
}


ngx_invoke_v8_value_t
ngx_invoke_v8_new_name(ngx_invoke_v8_call_t *call, const char *data,
    size_t len)
{
    return wrap(v8::String::NewFromOneByte(call->isolate,
                    reinterpret_cast<const uint8_t *>(data),
                    v8::NewStringType::kInternalized, static_cast<int>(len))
                .ToLocalChecked().As<Value>());
}


ngx_invoke_v8_value_t
ngx_invoke_v8_new_bytes(ngx_invoke_v8_call_t *call, size_t len,
    uint8_t **data)
{
    void                            *memory;
    Local<v8::ArrayBuffer>           buffer;

    /* ArrayBuffer::New() would end the process where memory is out. */

    memory = current->allocator->Allocate(len);

    if (memory == nullptr) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR, nullptr,
                            "Array buffer allocation failed");
        return nullptr;
    }

    buffer = v8::ArrayBuffer::New(call->isolate,
                 v8::ArrayBuffer::NewBackingStore(memory, len,
                     [](void *p, size_t n, void *allocator) {
                         auto  held
                             = static_cast<std::shared_ptr<Allocator> *>(
                                   allocator);
                         (*held)->Free(p, n);
                         delete held;
                     },
                     new std::shared_ptr<Allocator>(current->allocator)));

    *data = static_cast<uint8_t *>(memory);

    return wrap(v8::Uint8Array::New(buffer, 0, len).As<Value>());
}


ngx_invoke_v8_value_t
ngx_invoke_v8_new_array(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t *values, size_t n)
{
    return wrap(v8::Array::New(call->isolate,
                               reinterpret_cast<Local<Value> *>(values), n)
                .As<Value>());
}


ngx_invoke_v8_value_t
ngx_invoke_v8_new_object(ngx_invoke_v8_call_t *call)
{
    return wrap(null_object(call->isolate).As<Value>());
}


/* Objects */

ngx_invoke_v8_value_t
ngx_invoke_v8_get(ngx_invoke_v8_call_t *call, ngx_invoke_v8_value_t object,
    const char *key)
{
    return wrap(unwrap(object).As<v8::Object>()
                    ->Get(call->context, name(call->isolate, key)));
}


ngx_invoke_v8_value_t
ngx_invoke_v8_get_index(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t object, uint32_t i)
{
    return wrap(unwrap(object).As<v8::Object>()->Get(call->context, i));
}


int
ngx_invoke_v8_set(ngx_invoke_v8_call_t *call, ngx_invoke_v8_value_t object,
    const char *key, ngx_invoke_v8_value_t value)
{
    return unwrap(object).As<v8::Object>()
               ->Set(call->context, name(call->isolate, key), unwrap(value))
               .IsJust() ? 0 : -1;
}


uint32_t
ngx_invoke_v8_array_length(ngx_invoke_v8_value_t array)
{
    return unwrap(array).As<v8::Array>()->Length();
}


ngx_invoke_v8_value_t
ngx_invoke_v8_call(ngx_invoke_v8_call_t *call, ngx_invoke_v8_value_t function,
    ngx_invoke_v8_value_t receiver, int argc, ngx_invoke_v8_value_t *argv)
{
    return wrap(unwrap(function).As<v8::Function>()
                    ->Call(call->context, unwrap(receiver), argc,
                           reinterpret_cast<Local<Value> *>(argv)));
}


ngx_invoke_v8_ref_t *
ngx_invoke_v8_ref(ngx_invoke_v8_call_t *call, ngx_invoke_v8_value_t v)
{
    ngx_invoke_v8_ref_t  *ref = new ngx_invoke_v8_ref_t;

    ref->value.Reset(call->isolate, unwrap(v));
    return ref;
}


ngx_invoke_v8_value_t
ngx_invoke_v8_deref(ngx_invoke_v8_call_t *call, ngx_invoke_v8_ref_t *ref)
{
    return wrap(ref->value.Get(call->isolate));
}


void
ngx_invoke_v8_ref_free(ngx_invoke_v8_ref_t *ref)
{
    delete ref;
}


/* What src/js needs of the loop */

ngx_invoke_v8_value_t
ngx_invoke_v8_async_get(ngx_invoke_v8_call_t *call)
{
    return wrap(call->context->GetContinuationPreservedEmbedderData());
}


void
ngx_invoke_v8_async_set(ngx_invoke_v8_call_t *call, ngx_invoke_v8_value_t v)
{
    call->context->SetContinuationPreservedEmbedderData(unwrap(v));
}


int32_t
ngx_invoke_v8_async_id(ngx_invoke_v8_call_t *call)
{
    Local<Value>  data = call->context->GetContinuationPreservedEmbedderData();

    if (data->IsArray()) {
        v8::TryCatch  ignored(call->isolate);

        if (!data.As<v8::Array>()->Get(call->context, 0).ToLocal(&data)) {
            return 0;
        }
    }

    return data->IsInt32() ? data.As<v8::Int32>()->Value() : 0;
}


void
ngx_invoke_v8_on_reject(ngx_invoke_v8_call_t *call, ngx_invoke_v8_value_t fn)
{
    call->context->SetEmbedderData(kRejectSlot, unwrap(fn));
}


void
ngx_invoke_v8_enqueue_microtask(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t fn)
{
    call->isolate->EnqueueMicrotask(unwrap(fn).As<v8::Function>());
}


#endif /* _NGX_INVOKE_V8_VALUE_HH_INCLUDED_ */
