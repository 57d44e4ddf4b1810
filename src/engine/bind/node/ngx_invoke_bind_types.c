
#include "ngx_invoke_bind.h"


/*
 * Members of internalBinding('types'): what kind of object a value is.  They
 * are in the order in which util.types shows them.
 */

#define ngx_invoke_bind_is(name, what)                                       \
                                                                             \
static void                                                                  \
ngx_invoke_bind_##name(ngx_invoke_v8_call_t *call)                           \
{                                                                            \
    ngx_invoke_bind_answer(call, what);                                      \
}


/* actor thread, all of this file */

static void
ngx_invoke_bind_answer(ngx_invoke_v8_call_t *call, ngx_invoke_v8_is_e what)
{
    ngx_invoke_v8_return(call,
        ngx_invoke_v8_new_boolean(call,
            ngx_invoke_v8_is(ngx_invoke_v8_arg(call, 0), what)));
}


ngx_invoke_bind_is(is_external, NGX_INVOKE_V8_IS_EXTERNAL)
ngx_invoke_bind_is(is_date, NGX_INVOKE_V8_IS_DATE)
ngx_invoke_bind_is(is_arguments_object, NGX_INVOKE_V8_IS_ARGUMENTS)
ngx_invoke_bind_is(is_bigint_object, NGX_INVOKE_V8_IS_BIGINT_OBJECT)
ngx_invoke_bind_is(is_boolean_object, NGX_INVOKE_V8_IS_BOOLEAN_OBJECT)
ngx_invoke_bind_is(is_number_object, NGX_INVOKE_V8_IS_NUMBER_OBJECT)
ngx_invoke_bind_is(is_string_object, NGX_INVOKE_V8_IS_STRING_OBJECT)
ngx_invoke_bind_is(is_symbol_object, NGX_INVOKE_V8_IS_SYMBOL_OBJECT)
ngx_invoke_bind_is(is_boxed_primitive, NGX_INVOKE_V8_IS_BOXED)
ngx_invoke_bind_is(is_native_error, NGX_INVOKE_V8_IS_NATIVE_ERROR)
ngx_invoke_bind_is(is_regexp, NGX_INVOKE_V8_IS_REGEXP)
ngx_invoke_bind_is(is_async_function, NGX_INVOKE_V8_IS_ASYNC_FUNCTION)
ngx_invoke_bind_is(is_generator_function, NGX_INVOKE_V8_IS_GENERATOR_FUNCTION)
ngx_invoke_bind_is(is_generator_object, NGX_INVOKE_V8_IS_GENERATOR)
ngx_invoke_bind_is(is_promise, NGX_INVOKE_V8_IS_PROMISE)
ngx_invoke_bind_is(is_map, NGX_INVOKE_V8_IS_MAP)
ngx_invoke_bind_is(is_set, NGX_INVOKE_V8_IS_SET)
ngx_invoke_bind_is(is_map_iterator, NGX_INVOKE_V8_IS_MAP_ITERATOR)
ngx_invoke_bind_is(is_set_iterator, NGX_INVOKE_V8_IS_SET_ITERATOR)
ngx_invoke_bind_is(is_weak_map, NGX_INVOKE_V8_IS_WEAK_MAP)
ngx_invoke_bind_is(is_weak_set, NGX_INVOKE_V8_IS_WEAK_SET)
ngx_invoke_bind_is(is_array_buffer, NGX_INVOKE_V8_IS_ARRAY_BUFFER)
ngx_invoke_bind_is(is_data_view, NGX_INVOKE_V8_IS_DATA_VIEW)
ngx_invoke_bind_is(is_shared_array_buffer, NGX_INVOKE_V8_IS_SHARED_ARRAY_BUFFER)
ngx_invoke_bind_is(is_proxy, NGX_INVOKE_V8_IS_PROXY)
ngx_invoke_bind_is(is_module_namespace_object,
                   NGX_INVOKE_V8_IS_MODULE_NAMESPACE)
ngx_invoke_bind_is(is_any_array_buffer, NGX_INVOKE_V8_IS_ANY_ARRAY_BUFFER)


const ngx_invoke_v8_native_t  ngx_invoke_bind_types[] = {
    { "isExternal", ngx_invoke_bind_is_external },
    { "isDate", ngx_invoke_bind_is_date },
    { "isArgumentsObject", ngx_invoke_bind_is_arguments_object },
    { "isBigIntObject", ngx_invoke_bind_is_bigint_object },
    { "isBooleanObject", ngx_invoke_bind_is_boolean_object },
    { "isNumberObject", ngx_invoke_bind_is_number_object },
    { "isStringObject", ngx_invoke_bind_is_string_object },
    { "isSymbolObject", ngx_invoke_bind_is_symbol_object },
    { "isBoxedPrimitive", ngx_invoke_bind_is_boxed_primitive },
    { "isNativeError", ngx_invoke_bind_is_native_error },
    { "isRegExp", ngx_invoke_bind_is_regexp },
    { "isAsyncFunction", ngx_invoke_bind_is_async_function },
    { "isGeneratorFunction", ngx_invoke_bind_is_generator_function },
    { "isGeneratorObject", ngx_invoke_bind_is_generator_object },
    { "isPromise", ngx_invoke_bind_is_promise },
    { "isMap", ngx_invoke_bind_is_map },
    { "isSet", ngx_invoke_bind_is_set },
    { "isMapIterator", ngx_invoke_bind_is_map_iterator },
    { "isSetIterator", ngx_invoke_bind_is_set_iterator },
    { "isWeakMap", ngx_invoke_bind_is_weak_map },
    { "isWeakSet", ngx_invoke_bind_is_weak_set },
    { "isArrayBuffer", ngx_invoke_bind_is_array_buffer },
    { "isDataView", ngx_invoke_bind_is_data_view },
    { "isSharedArrayBuffer", ngx_invoke_bind_is_shared_array_buffer },
    { "isProxy", ngx_invoke_bind_is_proxy },
    { "isModuleNamespaceObject", ngx_invoke_bind_is_module_namespace_object },
    { "isAnyArrayBuffer", ngx_invoke_bind_is_any_array_buffer },
    { NULL, NULL }
};
