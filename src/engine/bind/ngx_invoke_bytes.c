
#include "ngx_invoke_bytes.h"


/* actor thread, all of this file */

ngx_int_t
ngx_invoke_bytes_throw(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_throw(call, NGX_INVOKE_V8_TYPE_ERROR,
                        "ERR_INVALID_ARG_TYPE", "argument must be a buffer");
    return NGX_ERROR;
}


ngx_int_t
ngx_invoke_bytes_get(ngx_invoke_v8_call_t *call, ngx_invoke_v8_value_t v,
    ngx_invoke_bytes_t *bytes)
{
    if (ngx_invoke_v8_bytes(v, &bytes->data, &bytes->len) == 0) {
        return NGX_OK;
    }

    return ngx_invoke_bytes_throw(call);
}


ngx_int_t
ngx_invoke_view_get(ngx_invoke_v8_call_t *call, ngx_invoke_v8_value_t v,
    ngx_invoke_view_t *view)
{
    if (ngx_invoke_v8_view(v, view->room, &view->data, &view->len) == 0) {
        return NGX_OK;
    }

    return ngx_invoke_bytes_throw(call);
}


ngx_int_t
ngx_invoke_index_get(ngx_invoke_v8_call_t *call, int i,
    ngx_invoke_index_t *index)
{
    int                    rc;
    double                 value;
    ngx_invoke_v8_value_t  v;

    index->value = 0;
    index->converted = 0;

    rc = ngx_invoke_v8_arg_index(call, i, &index->value);

    if (rc >= 0) {
        index->given = rc;
        return NGX_OK;
    }

    v = ngx_invoke_v8_arg(call, i);

    if (ngx_invoke_v8_type(v) == NGX_INVOKE_V8_NUMBER) {
        value = ngx_invoke_v8_number(v);

    } else {
        index->converted = 1;

        if (ngx_invoke_v8_to_integer(call, v, &value) != 0) {
            return NGX_ERROR;
        }
    }

    if (value <= -1) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR,
                            "ERR_OUT_OF_RANGE", "Index out of range");
        return NGX_ERROR;
    }

    /* false for NaN */

    index->given = 1;
    index->value = value > 0 ? value < 9007199254740992.0
                               ? (size_t) value : (size_t) 1 << 53
                             : 0;
    return NGX_OK;
}


void
ngx_invoke_index_default(ngx_invoke_index_t *index, size_t value)
{
    if (!index->given) {
        index->value = value;
    }
}


void
ngx_invoke_index_throw(ngx_invoke_v8_call_t *call, const char *message)
{
    ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR, "ERR_OUT_OF_RANGE",
                        message);
}


ngx_int_t
ngx_invoke_bytes_is_string(ngx_invoke_v8_call_t *call, int i)
{
    if (ngx_invoke_v8_type(ngx_invoke_v8_arg(call, i))
        == NGX_INVOKE_V8_STRING)
    {
        return 1;
    }

    ngx_invoke_v8_throw(call, NGX_INVOKE_V8_TYPE_ERROR,
                        "ERR_INVALID_ARG_TYPE", "argument must be a string");
    return 0;
}
