
#include "ngx_invoke_bind.h"


#define ngx_invoke_binding_row(name, table)  { name, ngx_invoke_bind_##table },


const ngx_invoke_v8_binding_t  ngx_invoke_bindings[] = {
    NGX_INVOKE_BINDINGS(ngx_invoke_binding_row)
    { NULL, NULL }
};
