
#include "ngx_invoke_arch.h"
#include "ngx_invoke_bind.h"


static void ngx_invoke_bind_os_memory(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_os_machine(ngx_invoke_v8_call_t *call);


const ngx_invoke_v8_native_t  ngx_invoke_bind_os[] = {
    { "memory", ngx_invoke_bind_os_memory },
    { "machine", ngx_invoke_bind_os_machine },
    { NULL, NULL }
};


/* actor thread, all of this file */

/* memory(): [all that the isolate may have, what of it is free] */

static void
ngx_invoke_bind_os_memory(ngx_invoke_v8_call_t *call)
{
    size_t                  used;
    ngx_invoke_v8_stat_t    stat;
    ngx_invoke_v8_value_t   values[2];

    ngx_invoke_v8_isolate_stat(ngx_invoke_v8_call_isolate(call), &stat);

    used = ngx_min(stat.heap_used + stat.buffers, stat.limit);

    values[0] = ngx_invoke_v8_new_number(call, stat.limit);
    values[1] = ngx_invoke_v8_new_number(call, stat.limit - used);

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_array(call, values, 2));
}


static void
ngx_invoke_bind_os_machine(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_return(call,
                         ngx_invoke_v8_new_name(call, NGX_INVOKE_MACHINE,
                                                sizeof(NGX_INVOKE_MACHINE)
                                                - 1));
}
