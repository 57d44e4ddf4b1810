/*
 * What Node's library needs to know of values.
 */

#include "ngx_invoke_v8_int.h"


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
