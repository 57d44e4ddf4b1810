
#include "ngx_invoke_args.h"


/* actor thread, all of this file */

ngx_invoke_slot_t *
ngx_invoke_bind_slot(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_context_t  *ctx = ngx_invoke_v8_data(call);

    return ctx != NULL
           ? ngx_invoke_slot_get(ctx, ngx_invoke_v8_int32(
                                          ngx_invoke_v8_arg(call, 0)))
           : NULL;
}


ngx_str_t
ngx_invoke_bind_string(ngx_invoke_v8_call_t *call, int i,
    ngx_invoke_v8_encoding_e enc)
{
    ngx_str_t              s;
    ngx_invoke_v8_value_t  v;

    v = ngx_invoke_v8_arg(call, i);

    s.data = NULL;
    s.len = ngx_invoke_v8_string_size(call, v, enc);

    if (ngx_invoke_v8_type(v) != NGX_INVOKE_V8_STRING) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_TYPE_ERROR,
                            "ERR_INVALID_ARG_TYPE",
                            "The argument must be of type string");
        return s;
    }

    s.data = malloc(s.len + 1);
    if (s.data == NULL) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR, NULL,
                            "Out of memory");
        return s;
    }

    s.len = ngx_invoke_v8_string_write(call, v, enc, s.data, s.len);
    s.data[s.len] = '\0';

    return s;
}


ngx_str_t
ngx_invoke_bind_path(ngx_invoke_v8_call_t *call, int i)
{
    ngx_str_t  s;

    s = ngx_invoke_bind_string(call, i, NGX_INVOKE_V8_UTF8);

    if (s.data != NULL && ngx_strlen(s.data) != s.len) {
        free(s.data);
        s.data = NULL;
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_TYPE_ERROR,
                            "ERR_INVALID_ARG_VALUE",
                            "The path must be a string without null bytes");
    }

    return s;
}


ngx_invoke_v8_value_t
ngx_invoke_bind_latin1(ngx_invoke_v8_call_t *call, ngx_str_t *s)
{
    return ngx_invoke_v8_new_string(call, NGX_INVOKE_V8_LATIN1, s->data,
                                    s->len);
}


ngx_invoke_v8_value_t
ngx_invoke_bind_fields(ngx_invoke_v8_call_t *call, ngx_invoke_field_t *fields,
    ngx_uint_t n)
{
    ngx_uint_t              i;
    ngx_invoke_v8_value_t   array, *values, fixed[64];

    values = fixed;

    if (2 * n > sizeof(fixed) / sizeof(fixed[0])) {
        values = malloc(2 * n * sizeof(ngx_invoke_v8_value_t));
        if (values == NULL) {
            ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR, NULL,
                                "Out of memory");
            return NULL;
        }
    }

    for (i = 0; i < n; i++) {
        values[2 * i] = ngx_invoke_v8_new_name(call,
                                               (char *) fields[i].name.data,
                                               fields[i].name.len);
        values[2 * i + 1] = ngx_invoke_bind_latin1(call, &fields[i].value);
    }

    array = ngx_invoke_v8_new_array(call, values, 2 * n);

    if (values != fixed) {
        free(values);
    }

    return array;
}


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
