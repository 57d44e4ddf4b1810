
#include "ngx_invoke_bind.h"


static void ngx_invoke_bind_uv_errors(ngx_invoke_v8_call_t *call);


const ngx_invoke_v8_native_t  ngx_invoke_bind_uv[] = {
    { "errors", ngx_invoke_bind_uv_errors },
    { NULL, NULL }
};


/* actor thread, all of this file */

/* errors(): [value, name, text, ...] */

static void
ngx_invoke_bind_uv_errors(ngx_invoke_v8_call_t *call)
{
    ngx_uint_t                    i;
    ngx_invoke_v8_value_t         values[3 * 128];
    const ngx_invoke_uv_error_t  *e;

    for (i = 0, e = ngx_invoke_uv_errors; e->name != NULL && i < 128;
         i++, e++)
    {
        values[3 * i] = ngx_invoke_v8_new_number(call, e->value);
        values[3 * i + 1] = ngx_invoke_v8_new_name(call, e->name,
                                                   ngx_strlen(e->name));
        values[3 * i + 2] = ngx_invoke_v8_new_name(call, e->text,
                                                   ngx_strlen(e->text));
    }

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_array(call, values, 3 * i));
}
