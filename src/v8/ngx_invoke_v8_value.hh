/*
 * A part of ngx_invoke_v8.cc: calls of native functions, and values.
 */


#ifndef _NGX_INVOKE_V8_VALUE_HH_INCLUDED_
#define _NGX_INVOKE_V8_VALUE_HH_INCLUDED_


#include "ngx_invoke_v8_types.hh"
#include "ngx_invoke_v8_text.hh"


/* A native function's call in progress */

void *
ngx_invoke_v8_data(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_context_t  *ctx;

    /* there is none while the snapshot is built */

    if (call->isolate->GetData(0) == nullptr) {
        return nullptr;
    }

    ctx = static_cast<ngx_invoke_v8_context_t *>(
              call->context->GetAlignedPointerFromEmbedderData(kContextSlot));

    return ctx == nullptr ? nullptr : ctx->data;
}


ngx_invoke_v8_isolate_t *
ngx_invoke_v8_call_isolate(ngx_invoke_v8_call_t *call)
{
    return current;
}


ngx_invoke_v8_value_t
ngx_invoke_v8_this(ngx_invoke_v8_call_t *call)
{
    return wrap(call->info->This().As<Value>());
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


void
ngx_invoke_v8_return_number(ngx_invoke_v8_call_t *call, double value)
{
    int32_t  i = static_cast<int32_t>(value >= -1 && value < INT32_MAX
                                      ? value : 0);

    if (static_cast<double>(i) == value) {
        call->info->GetReturnValue().Set(i);

    } else {
        call->info->GetReturnValue().Set(value);
    }
}


void
ngx_invoke_v8_return_size(ngx_invoke_v8_call_t *call, size_t value)
{
    if (value < INT32_MAX) {
        call->info->GetReturnValue().Set(static_cast<int32_t>(value));

    } else {
        call->info->GetReturnValue().Set(static_cast<double>(value));
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

    /* the most common ones first: each question is a call of V8 */

    return is_smi(value) ? NGX_INVOKE_V8_NUMBER
           : v->IsUndefined() ? NGX_INVOKE_V8_UNDEFINED
           : v->IsNull() ? NGX_INVOKE_V8_NULL
           : v->IsString() ? NGX_INVOKE_V8_STRING
           : v->IsArrayBufferView() ? NGX_INVOKE_V8_BYTES
           : v->IsNumber() ? NGX_INVOKE_V8_NUMBER
           : v->IsBoolean() ? NGX_INVOKE_V8_BOOLEAN
           : v->IsSymbol() ? NGX_INVOKE_V8_SYMBOL
           : v->IsBigInt() ? NGX_INVOKE_V8_BIGINT
           : v->IsFunction() ? NGX_INVOKE_V8_FUNCTION
           : v->IsArrayBuffer() || v->IsSharedArrayBuffer()
           ? NGX_INVOKE_V8_BYTES
           : v->IsArray() ? NGX_INVOKE_V8_ARRAY
           : NGX_INVOKE_V8_OBJECT;
}


int
ngx_invoke_v8_is_int32(ngx_invoke_v8_value_t value)
{
    return is_smi(value) || unwrap(value)->IsInt32();
}


int32_t
ngx_invoke_v8_int32(ngx_invoke_v8_value_t value)
{
    double  number;

    if (is_smi(value)) {
        return smi(value);
    }

    /* what does not fit is 0, as NaN is */

    number = ngx_invoke_v8_number(value);

    return number > INT32_MIN - 1.0 && number < INT32_MAX + 1.0
           ? static_cast<int32_t>(number) : 0;
}


double
ngx_invoke_v8_number(ngx_invoke_v8_value_t value)
{
    Local<Value>  v = unwrap(value);

    if (is_smi(value)) {
        return smi(value);
    }

    return v->IsNumber() ? v.As<v8::Number>()->Value() : v->IsTrue();
}


int
ngx_invoke_v8_arg_index(ngx_invoke_v8_call_t *call, int i, size_t *value)
{
    Local<Value>           v = (*call->info)[i];
    ngx_invoke_v8_value_t  p = wrap(v);

    if (is_smi(p) && smi(p) >= 0) {
        *value = smi(p);
        return 1;
    }

    return v->IsUndefined() ? 0 : -1;
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
        return utf8_length(call->isolate, s);
    case NGX_INVOKE_V8_UTF16:
        return 2 * static_cast<size_t>(s->Length());
    default:
        return s->Length();
    }
}


size_t
ngx_invoke_v8_string_part(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t value, size_t at, void *buf, size_t size)
{
    Local<Value>  v = unwrap(value);

    if (!v->IsString() || at > INT32_MAX || size > INT32_MAX - at) {
        return 0;
    }

    return v.As<v8::String>()->WriteOneByte(call->isolate,
               static_cast<uint8_t *>(buf), static_cast<int>(at),
               static_cast<int>(size), v8::String::NO_NULL_TERMINATION);
}


static size_t
encode(v8::Isolate *isolate, Local<v8::String> s, char *dst, int size,
    int *read)
{
    size_t  written = write_utf8(isolate, s, dst, size, read);

    return written != kNoText
           ? written
           : s->WriteUtf8(isolate, dst, size, read,
                          v8::String::NO_NULL_TERMINATION
                          | v8::String::REPLACE_INVALID_UTF8);
}


size_t
ngx_invoke_v8_string_encode(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t value, void *buf, size_t size, size_t *read)
{
    int           units = 0;
    size_t        written;
    Local<Value>  v = unwrap(value);

    written = v->IsString()
              ? encode(call->isolate, v.As<v8::String>(),
                       static_cast<char *>(buf),
                       static_cast<int>(size > INT32_MAX ? INT32_MAX : size),
                       &units)
              : 0;
    *read = units;

    return written;
}


size_t
ngx_invoke_v8_string_write(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t value, ngx_invoke_v8_encoding_e enc, void *buf,
    size_t size)
{
    int                 n = static_cast<int>(size > INT32_MAX ? INT32_MAX
                                                              : size);
    int                 read;
    Local<Value>        v = unwrap(value);
    Local<v8::String>   s;

    if (!v->IsString()) {
        return 0;
    }

    s = v.As<v8::String>();

    switch (enc) {
    case NGX_INVOKE_V8_UTF8:
        return encode(call->isolate, s, static_cast<char *>(buf), n, &read);
    case NGX_INVOKE_V8_UTF16:
        return 2 * static_cast<size_t>(
            s->Write(call->isolate, static_cast<uint16_t *>(buf), 0, n / 2,
                     v8::String::NO_NULL_TERMINATION));
    default:
        return s->WriteOneByte(call->isolate, static_cast<uint8_t *>(buf), 0,
                               n, v8::String::NO_NULL_TERMINATION);
    }
}


/* Making values */

ngx_invoke_v8_value_t
ngx_invoke_v8_undefined(ngx_invoke_v8_call_t *call)
{
    return wrap(v8::Undefined(call->isolate).As<Value>());
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
    ngx_invoke_v8_value_t   value;
    MaybeLocal<v8::String>  made;

    if (len > INT32_MAX) {
        return too_long(call);
    }

    if (enc == NGX_INVOKE_V8_UTF8
        && decode_utf8(call, static_cast<const char *>(data), len, &value))
    {
        return value;
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


/*
 * Memory that counts as ArrayBuffers' does. Where the limit is reached
 * garbage may stand in the way.
 */

static void *
take_memory(ngx_invoke_v8_call_t *call, size_t len)
{
    int    i;
    void  *data;

    for (i = 0; i < 2; i++) {
        data = current->allocator->AllocateUninitialized(len);

        if (data != nullptr) {
            return data;
        }

        if (i == 0 && current->allocator->fits(len)) {
            call->isolate->LowMemoryNotification();
        }
    }

    return nullptr;
}


template <class Resource, class Char>
class TakenString : public Resource {
  public:
    TakenString(void *data, size_t size)
        : isolate_(current->isolate), allocator_(current->allocator),
          data_(data), size_(size)
    {
        isolate_->AdjustAmountOfExternalAllocatedMemory(size_);
    }

    ~TakenString() override
    {
        isolate_->AdjustAmountOfExternalAllocatedMemory(
            -static_cast<int64_t>(size_));
        allocator_->Free(data_, size_);
    }

    const Char *data() const override {
        return static_cast<const Char *>(data_);
    }

    size_t length() const override { return size_ / sizeof(Char); }

  private:
    v8::Isolate                 *isolate_;
    std::shared_ptr<Allocator>   allocator_;
    void                        *data_;
    size_t                       size_;
};


using TakenLatin1 = TakenString<v8::String::ExternalOneByteStringResource,
                                char>;
using TakenUtf16 = TakenString<v8::String::ExternalStringResource, uint16_t>;


/* Below this a copy costs less than V8's care for an external string. */

static const size_t  kTakenString = 0xfbee9;


void *
ngx_invoke_v8_string_alloc(ngx_invoke_v8_call_t *call, size_t size)
{
    void  *data = take_memory(call, size);

    if (data == nullptr) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_ERROR,
                            "ERR_MEMORY_ALLOCATION_FAILED",
                            "Failed to allocate memory");
    }

    return data;
}


ngx_invoke_v8_value_t
ngx_invoke_v8_new_string_from(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_encoding_e enc, void *data, size_t size)
{
    Local<v8::String>         s;
    ngx_invoke_v8_value_t     value;
    MaybeLocal<v8::String>    made;

    if (size < kTakenString) {
        value = ngx_invoke_v8_new_string(call, enc, data, size);
        current->allocator->Free(data, size);
        return value;
    }

    if (enc == NGX_INVOKE_V8_UTF16) {
        TakenUtf16  *taken = new TakenUtf16(data, size);

        made = v8::String::NewExternalTwoByte(call->isolate, taken);
        if (made.IsEmpty()) {
            delete taken;
        }

    } else {
        TakenLatin1  *taken = new TakenLatin1(data, size);

        made = v8::String::NewExternalOneByte(call->isolate, taken);
        if (made.IsEmpty()) {
            delete taken;
        }
    }

    return made.ToLocal(&s) ? wrap(s.As<Value>()) : too_long(call);
}


ngx_invoke_v8_value_t
ngx_invoke_v8_concat(ngx_invoke_v8_call_t *call, ngx_invoke_v8_value_t left,
    ngx_invoke_v8_value_t right)
{
    Local<v8::String>  l = unwrap(left).As<v8::String>();
    Local<v8::String>  r = unwrap(right).As<v8::String>();

    if (l->Length() > v8::String::kMaxLength - r->Length()) {
        return too_long(call);
    }

    return wrap(v8::String::Concat(call->isolate, l, r).As<Value>());
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
ngx_invoke_v8_new_array(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t *values, size_t n)
{
    return wrap(v8::Array::New(call->isolate,
                               reinterpret_cast<Local<Value> *>(values), n)
                .As<Value>());
}


/* Objects */

int
ngx_invoke_v8_set(ngx_invoke_v8_call_t *call, ngx_invoke_v8_value_t object,
    const char *key, ngx_invoke_v8_value_t value)
{
    return unwrap(object).As<v8::Object>()
               ->Set(call->context, name(call->isolate, key), unwrap(value))
               .IsJust() ? 0 : -1;
}


int
ngx_invoke_v8_to_integer(ngx_invoke_v8_call_t *call, ngx_invoke_v8_value_t v,
    double *value)
{
    Local<v8::Integer>  i;

    if (!unwrap(v)->ToInteger(call->context).ToLocal(&i)) {
        return -1;
    }

    *value = i.As<v8::Number>()->Value();

    return 0;
}


void
ngx_invoke_v8_on_reject(ngx_invoke_v8_call_t *call, ngx_invoke_v8_value_t fn)
{
    call->context->SetEmbedderData(kRejectSlot, unwrap(fn));
}


#endif /* _NGX_INVOKE_V8_VALUE_HH_INCLUDED_ */
