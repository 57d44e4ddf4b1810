
#include "ngx_invoke_bind.h"
#include "ngx_invoke_isolate.h"
#include "ngx_invoke_metrics.h"


static void ngx_invoke_bind_keep(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_unkeep(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_rejected(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_leave(ngx_invoke_v8_call_t *call);


const ngx_invoke_v8_native_t  ngx_invoke_bind_wait[] = {
    { "keep", ngx_invoke_bind_keep },
    { "unkeep", ngx_invoke_bind_unkeep },
    { "rejected", ngx_invoke_bind_rejected },
    { "leave", ngx_invoke_bind_leave },
    { NULL, NULL }
};


/* actor thread, all of this file */

/* keep(id): whether a promise of waitUntil() keeps the invocation */

static void
ngx_invoke_bind_keep(ngx_invoke_v8_call_t *call)
{
    ngx_uint_t          keeps;
    ngx_invoke_slot_t  *slot = ngx_invoke_bind_slot(call);

    keeps = slot != NULL && ngx_invoke_invocation_keep(slot->inv) == NGX_OK;

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_boolean(call, keeps));
}


/* unkeep(id): it has settled */

static void
ngx_invoke_bind_unkeep(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_slot_t  *slot = ngx_invoke_bind_slot(call);

    if (slot != NULL) {
        (void) ngx_invoke_invocation_unkeep(slot->inv);
    }
}


/* rejected(id) */

static void
ngx_invoke_bind_rejected(ngx_invoke_v8_call_t *call)
{
    if (ngx_invoke_bind_slot(call) != NULL) {
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_WAIT_UNTIL_REJECTED, 1);
    }
}


/* leave(id): the end of one whose client has left */

static void
ngx_invoke_bind_leave(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_slot_t  *slot = ngx_invoke_bind_slot(call);

    if (slot != NULL) {
        ngx_invoke_slot_settle(slot, NGX_INVOKE_ABORTED);
    }
}
