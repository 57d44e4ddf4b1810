
#include "ngx_invoke_bind.h"
#include "ngx_invoke_shared.h"


typedef struct {
    const char  *name;
    int          value;
} ngx_invoke_shared_t;


static void ngx_invoke_bind_shared_all(ngx_invoke_v8_call_t *call);


const ngx_invoke_v8_native_t  ngx_invoke_bind_shared[] = {
    { "all", ngx_invoke_bind_shared_all },
    { NULL, NULL }
};


#define ngx_invoke_shared_row(name)  { #name, NGX_INVOKE_##name },

static const ngx_invoke_shared_t  ngx_invoke_shared[] = {
    NGX_INVOKE_SHARED(ngx_invoke_shared_row)
};

#define NGX_INVOKE_SHARED_N                                                   \
    (sizeof(ngx_invoke_shared) / sizeof(ngx_invoke_shared_t))


/* actor thread, all of this file */

/* all(): [name, value, ...] */

static void
ngx_invoke_bind_shared_all(ngx_invoke_v8_call_t *call)
{
    ngx_uint_t                  i;
    ngx_invoke_v8_value_t       values[2 * NGX_INVOKE_SHARED_N];
    const ngx_invoke_shared_t  *c;

    for (i = 0; i < NGX_INVOKE_SHARED_N; i++) {
        c = &ngx_invoke_shared[i];

        values[2 * i] = ngx_invoke_v8_new_name(call, c->name,
                                               ngx_strlen(c->name));
        values[2 * i + 1] = ngx_invoke_v8_new_number(call, c->value);
    }

    ngx_invoke_v8_return(call,
                         ngx_invoke_v8_new_array(call, values,
                                                 2 * NGX_INVOKE_SHARED_N));
}
