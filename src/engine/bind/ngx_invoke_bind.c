
#include "ngx_invoke_bind.h"
#include "ngx_invoke_uv.h"


const ngx_invoke_v8_binding_t  ngx_invoke_bindings[] = {
    { "invocation", ngx_invoke_bind_request },
    { "invocation", ngx_invoke_bind_response },
    { "loop", ngx_invoke_bind_loop },
    { "module", ngx_invoke_bind_module },
    { "process", ngx_invoke_bind_process },
    { "mime", ngx_invoke_bind_mime },
    { "encoding", ngx_invoke_bind_encoding },
    { "node/types", ngx_invoke_bind_types },
    { "node/util", ngx_invoke_bind_util },
    { "node/errors", ngx_invoke_bind_errors },
    { "node/messaging", ngx_invoke_bind_messaging },
    { "node/buffer", ngx_invoke_bind_buffer },
    { "node/buffer", ngx_invoke_bind_text },
    { "node/string_decoder", ngx_invoke_bind_decoder },
    { "node/url", ngx_invoke_bind_url },
    { "node/icu", ngx_invoke_bind_icu },
    { "node/os", ngx_invoke_bind_os },
    { "node/fs", ngx_invoke_bind_fs },
    { "node/uv", ngx_invoke_bind_uv },
    { "node/constants", ngx_invoke_bind_constants },
    { NULL, NULL }
};


/* actor thread, all of this file */

ngx_invoke_slot_t *
ngx_invoke_bind_slot(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_context_t  *ctx = ngx_invoke_v8_data(call);

    return ctx != NULL
           ? ngx_invoke_isolate_slot(ctx, ngx_invoke_v8_int32(
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

    array = NULL;

    for (i = 0; i < n; i++) {
        values[2 * i] = ngx_invoke_v8_new_name(call,
                                               (char *) fields[i].name.data,
                                               fields[i].name.len);
        values[2 * i + 1] = ngx_invoke_bind_latin1(call, &fields[i].value);

        if (values[2 * i] == NULL || values[2 * i + 1] == NULL) {
            goto done;
        }
    }

    array = ngx_invoke_v8_new_array(call, values, 2 * n);

done:

    if (values != fixed) {
        free(values);
    }

    return array;
}


void
ngx_invoke_bind_throw_errno(ngx_invoke_v8_call_t *call, ngx_err_t err,
    const char *syscall, ngx_str_t *path)
{
    u_char                        buf[NGX_MAX_PATH + 256], *last;
    ngx_invoke_v8_value_t         error, text;
    const ngx_invoke_uv_error_t  *e;

    e = ngx_invoke_uv_error(-err);

    last = ngx_snprintf(buf, sizeof(buf) - 1, "%s: %s, %s '%V'", e->name,
                        e->text, syscall, path);
    *last = '\0';

    error = ngx_invoke_v8_error(call, NGX_INVOKE_V8_ERROR, e->name,
                                (char *) buf);

    (void) ngx_invoke_v8_set(call, error, "errno",
                             ngx_invoke_v8_new_number(call, -err));

    text = ngx_invoke_v8_new_name(call, syscall, ngx_strlen(syscall));
    (void) ngx_invoke_v8_set(call, error, "syscall", text);

    text = ngx_invoke_v8_new_string(call, NGX_INVOKE_V8_UTF8, path->data,
                                    path->len);
    if (text != NULL) {
        (void) ngx_invoke_v8_set(call, error, "path", text);
    }

    ngx_invoke_v8_throw_value(call, error);
}
