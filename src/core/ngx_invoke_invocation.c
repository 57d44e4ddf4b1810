
#include "ngx_invoke_invocation.h"
#include "ngx_invoke_clock.h"
#include "ngx_invoke_descriptors.h"
#include "ngx_invoke_metrics.h"


/* The first bytes of the arena come with the struct, in one malloc(). */

#define NGX_INVOKE_INVOCATION_ARENA  2048


ngx_invoke_invocation_t *
ngx_invoke_invocation_create(ngx_invoke_function_t *function,
    const ngx_invoke_limits_t *limits)
{
    ngx_invoke_invocation_t  *inv;

    inv = malloc(sizeof(ngx_invoke_invocation_t)
                 + NGX_INVOKE_INVOCATION_ARENA);
    if (inv == NULL) {
        return NULL;
    }

    ngx_memzero(inv, sizeof(ngx_invoke_invocation_t));

    ngx_invoke_arena_init(&inv->arena, inv + 1, NGX_INVOKE_INVOCATION_ARENA);

    inv->function = ngx_invoke_function_hold(function);
    (void) ngx_invoke_function_use(function);
    inv->limits = *limits;
    (void) ngx_invoke_egress_hold(limits->egress);
    inv->body_fd = -1;
    inv->body_size = -1;

    return inv;
}


void
ngx_invoke_invocation_free(ngx_invoke_invocation_t *inv)
{
    if (inv->body_fd != -1) {
        ngx_invoke_descriptors_close(inv->function, inv->body_fd);
    }

    free(inv->mail);

    ngx_invoke_function_unuse(inv->function);
    ngx_invoke_function_release(inv->function);
    ngx_invoke_egress_release(inv->limits.egress);
    ngx_invoke_arena_done(&inv->arena);
    free(inv);
}


void
ngx_invoke_invocation_set(ngx_invoke_invocation_t *inv,
    ngx_invoke_invocation_state_e state)
{
    ngx_uint_t  queued;

    queued = inv->state == NGX_INVOKE_INVOCATION_QUEUED;
    inv->state = state;

    switch (state) {

    case NGX_INVOKE_INVOCATION_QUEUED:
        inv->actor = NULL;
        break;

    case NGX_INVOKE_INVOCATION_RUNNING:
        inv->assigned = queued ? ngx_invoke_now() : inv->submitted;
        break;

    case NGX_INVOKE_INVOCATION_EXPIRED:
        inv->asked_at = ngx_invoke_now();
        break;

    default:
        break;
    }
}


ngx_int_t
ngx_invoke_invocation_keep(ngx_invoke_invocation_t *inv)
{
    uint32_t  kept;

    kept = __atomic_load_n(&inv->kept, __ATOMIC_RELAXED);

    do {
        if (kept >= NGX_INVOKE_LET_GO - 1) {
            return NGX_DECLINED;
        }

    } while (!__atomic_compare_exchange_n(&inv->kept, &kept, kept + 1, 0,
                                          __ATOMIC_SEQ_CST,
                                          __ATOMIC_SEQ_CST));

    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_WAIT_UNTIL_PENDING, 1);
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_WAIT_UNTIL_PROMISES, 1);

    return NGX_OK;
}


ngx_int_t
ngx_invoke_invocation_unkeep(ngx_invoke_invocation_t *inv)
{
    uint32_t  kept;

    kept = __atomic_load_n(&inv->kept, __ATOMIC_RELAXED);

    do {
        if (kept == 0 || kept == NGX_INVOKE_LET_GO) {
            return NGX_DECLINED;
        }

    } while (!__atomic_compare_exchange_n(&inv->kept, &kept, kept - 1, 0,
                                          __ATOMIC_SEQ_CST,
                                          __ATOMIC_SEQ_CST));

    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_WAIT_UNTIL_PENDING, -1);

    return NGX_OK;
}


ngx_uint_t
ngx_invoke_invocation_keeps(ngx_invoke_invocation_t *inv)
{
    uint32_t  kept;

    kept = __atomic_load_n(&inv->kept, __ATOMIC_RELAXED);

    return kept != 0 && kept != NGX_INVOKE_LET_GO;
}


ngx_uint_t
ngx_invoke_invocation_kept(ngx_invoke_invocation_t *inv)
{
    uint32_t  kept = 0;

    if (__atomic_compare_exchange_n(&inv->kept, &kept, NGX_INVOKE_LET_GO, 0,
                                    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
        || kept == NGX_INVOKE_LET_GO)
    {
        return 0;
    }

    return kept;
}


ngx_uint_t
ngx_invoke_invocation_let_go(ngx_invoke_invocation_t *inv)
{
    uint32_t  kept;

    kept = __atomic_exchange_n(&inv->kept, NGX_INVOKE_LET_GO,
                               __ATOMIC_SEQ_CST);

    if (kept == 0 || kept == NGX_INVOKE_LET_GO) {
        return 0;
    }

    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_WAIT_UNTIL_PENDING,
                           -(ngx_int_t) kept);
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_WAIT_UNTIL_LOST, kept);

    return kept;
}


void
ngx_invoke_reply_free(ngx_invoke_reply_t *reply)
{
    if (reply->fd != -1) {
        ngx_invoke_descriptors_close(reply->function, reply->fd);
        ngx_invoke_function_release(reply->function);
    }

    free(ngx_queue_data(reply, ngx_invoke_reply_message_t, reply));
}
