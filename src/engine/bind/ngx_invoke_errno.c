
#include "ngx_invoke_errno.h"
#include "ngx_invoke_egress.h"

#include <uv.h>


#define ngx_invoke_uv_row(name, text)  { UV_##name, #name, text },

const ngx_invoke_uv_error_t  ngx_invoke_uv_errors[] = {
    UV_ERRNO_MAP(ngx_invoke_uv_row)
    { NGX_INVOKE_EGRESS_EDENIED, "POLICY_DENIED", "denied by policy" },
    { NGX_INVOKE_EGRESS_ELIMIT, "ERR_INVOKE_LIMIT", "over the limit" },
    { 0, NULL, NULL }
};


/* any thread */

const ngx_invoke_uv_error_t *
ngx_invoke_uv_error(int value)
{
    const ngx_invoke_uv_error_t         *e;
    static const ngx_invoke_uv_error_t   unknown = {
        UV_UNKNOWN, "UNKNOWN", "unknown error"
    };

    for (e = ngx_invoke_uv_errors; e->name != NULL; e++) {
        if (e->value == value) {
            return e;
        }
    }

    return &unknown;
}


/* actor thread */

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
