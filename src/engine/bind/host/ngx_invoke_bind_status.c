
#include "ngx_invoke_bind.h"
#include "ngx_invoke_reason.h"


static void ngx_invoke_bind_reason(ngx_invoke_v8_call_t *call);


const ngx_invoke_v8_native_t  ngx_invoke_bind_status[] = {
    { "reason", ngx_invoke_bind_reason },
    { NULL, NULL }
};


/* actor thread */

/* reason(status): the phrase, or undefined */

static void
ngx_invoke_bind_reason(ngx_invoke_v8_call_t *call)
{
    int32_t           status;
    const ngx_str_t  *line;

    status = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 0));
    line = status > 0 ? ngx_invoke_reason_line(status) : NULL;

    if (line != NULL) {
        ngx_invoke_v8_return(call,
            ngx_invoke_v8_new_name(call, (char *) line->data
                                         + NGX_INVOKE_REASON_PHRASE,
                                   line->len - NGX_INVOKE_REASON_PHRASE));
    }
}
