
#include "ngx_invoke_bind.h"


/*
 * Members of internalBinding('util'): looking into values in ways that
 * JavaScript has no words for.
 */


static void ngx_invoke_bind_promise_details(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_proxy_details(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_preview_entries(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_own_non_index(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_constructor_name(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_is_constructor(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_is_detached(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_private_symbol(ngx_invoke_v8_call_t *call);


const ngx_invoke_v8_native_t  ngx_invoke_bind_util[] = {
    { "getPromiseDetails", ngx_invoke_bind_promise_details },
    { "getProxyDetails", ngx_invoke_bind_proxy_details },
    { "previewEntries", ngx_invoke_bind_preview_entries },
    { "getOwnNonIndexProperties", ngx_invoke_bind_own_non_index },
    { "getConstructorName", ngx_invoke_bind_constructor_name },
    { "isArrayBufferDetached", ngx_invoke_bind_is_detached },
    { "isConstructor", ngx_invoke_bind_is_constructor },
    { "privateSymbol", ngx_invoke_bind_private_symbol },
    { NULL, NULL }
};


/* actor thread, all of this file */

static ngx_uint_t
ngx_invoke_bind_is_object(ngx_invoke_v8_value_t v)
{
    switch (ngx_invoke_v8_type(v)) {

    case NGX_INVOKE_V8_FUNCTION:
    case NGX_INVOKE_V8_ARRAY:
    case NGX_INVOKE_V8_BYTES:
    case NGX_INVOKE_V8_OBJECT:
        return 1;

    default:
        return 0;
    }
}


static void
ngx_invoke_bind_pair(ngx_invoke_v8_call_t *call, ngx_invoke_v8_value_t first,
    ngx_invoke_v8_value_t second)
{
    ngx_invoke_v8_value_t  pair[2];

    pair[0] = first;
    pair[1] = second;

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_array(call, pair, 2));
}


/* getPromiseDetails(promise): [state, result], [0] while it is pending */

static void
ngx_invoke_bind_promise_details(ngx_invoke_v8_call_t *call)
{
    int                    state;
    ngx_invoke_v8_value_t  v, result, number;

    v = ngx_invoke_v8_arg(call, 0);

    if (!ngx_invoke_v8_is(v, NGX_INVOKE_V8_IS_PROMISE)) {
        return;
    }

    state = ngx_invoke_v8_promise(v, &result);
    number = ngx_invoke_v8_new_number(call, state);

    if (result == NULL) {
        ngx_invoke_v8_return(call, ngx_invoke_v8_new_array(call, &number, 1));
        return;
    }

    ngx_invoke_bind_pair(call, number, result);
}


/* getProxyDetails(proxy, both): [target, handler], or the target alone */

static void
ngx_invoke_bind_proxy_details(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_value_t  v, both, target, handler;

    v = ngx_invoke_v8_arg(call, 0);
    both = ngx_invoke_v8_arg(call, 1);

    if (!ngx_invoke_v8_is(v, NGX_INVOKE_V8_IS_PROXY)) {
        return;
    }

    ngx_invoke_v8_proxy(v, &target, &handler);

    if (ngx_invoke_v8_argc(call) == 1
        || (ngx_invoke_v8_type(both) == NGX_INVOKE_V8_BOOLEAN
            && ngx_invoke_v8_int32(both)))
    {
        ngx_invoke_bind_pair(call, target, handler);
        return;
    }

    ngx_invoke_v8_return(call, target);
}


/* previewEntries(object, isIterator): entries, or [entries, pairs] */

static void
ngx_invoke_bind_preview_entries(ngx_invoke_v8_call_t *call)
{
    int                    pairs;
    ngx_invoke_v8_value_t  entries;

    entries = ngx_invoke_v8_preview(call, ngx_invoke_v8_arg(call, 0), &pairs);

    if (entries == NULL) {
        return;
    }

    if (ngx_invoke_v8_argc(call) < 2) {
        ngx_invoke_v8_return(call, entries);
        return;
    }

    ngx_invoke_bind_pair(call, entries,
                         ngx_invoke_v8_new_boolean(call, pairs));
}


/* getOwnNonIndexProperties(object, filter), the filter in V8's bits */

static void
ngx_invoke_bind_own_non_index(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_value_t  v;

    v = ngx_invoke_v8_arg(call, 0);

    if (ngx_invoke_bind_is_object(v)) {
        ngx_invoke_v8_return(call,
            ngx_invoke_v8_own_names(call, v,
                ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1))));
    }
}


static void
ngx_invoke_bind_constructor_name(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_value_t  v;

    v = ngx_invoke_v8_arg(call, 0);

    if (ngx_invoke_bind_is_object(v)) {
        ngx_invoke_v8_return(call, ngx_invoke_v8_constructor_name(call, v));
    }
}


static void
ngx_invoke_bind_is_constructor(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_return(call,
        ngx_invoke_v8_new_boolean(call,
            ngx_invoke_v8_is(ngx_invoke_v8_arg(call, 0),
                             NGX_INVOKE_V8_IS_CONSTRUCTOR)));
}


static void
ngx_invoke_bind_is_detached(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_return(call,
        ngx_invoke_v8_new_boolean(call,
            ngx_invoke_v8_is(ngx_invoke_v8_arg(call, 0),
                             NGX_INVOKE_V8_IS_DETACHED)));
}


/* privateSymbol(name): a key that reflection does not show */

static void
ngx_invoke_bind_private_symbol(ngx_invoke_v8_call_t *call)
{
    ngx_str_t  name;

    name = ngx_invoke_bind_path(call, 0);

    if (name.data != NULL) {
        ngx_invoke_v8_return(call,
                             ngx_invoke_v8_new_private(call,
                                                       (char *) name.data));
        free(name.data);
    }
}
