/*
 * Calls of native functions, and values but for strings and bytes.
 */

#include <algorithm>

#include "ngx_invoke_v8_int.h"


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


ngx_invoke_v8_value_t
ngx_invoke_v8_new_array(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t *values, size_t n)
{
    if (std::find(values, values + n, nullptr) != values + n) {
        return nullptr;
    }

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
