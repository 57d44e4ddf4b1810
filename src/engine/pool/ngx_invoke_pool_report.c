
#include "ngx_invoke_pool_int.h"


void
ngx_invoke_pool_report(ngx_invoke_invocation_t *inv,
    ngx_invoke_outcome_e outcome)
{
    if (!ngx_invoke_invocation_left(inv)) {
        ngx_invoke_invocation_set(inv, NGX_INVOKE_INVOCATION_LEFT);
    }

    inv->outcome = outcome;

    ngx_invoke_pool_let_go(inv, (const char *)
                                ngx_invoke_outcomes[outcome].status.data);

    if (outcome == NGX_INVOKE_MEMORY) {
        ngx_str_set(&inv->error_message,
                    "Isolate was disposed during execution due to memory "
                    "limit");

    } else if (outcome == NGX_INVOKE_RESPONSE_TOO_LARGE
               && inv->head_too_large)
    {
        ngx_str_set(&inv->error_message,
                    "The response headers exceed 256 KiB or 1000 lines");

    } else if (outcome == NGX_INVOKE_RESPONSE_TOO_LARGE) {
        ngx_str_set(&inv->error_message,
                    "The response exceeds invoke_max_response");
    }

    ngx_invoke_invocation_measure(inv);

    inv->owner->finished(inv);
}


void
ngx_invoke_pool_let_go(ngx_invoke_invocation_t *inv, const char *why)
{
    u_char      buf[NGX_INVOKE_ESCAPE_NAME];
    ngx_str_t   name;
    ngx_uint_t  n;

    n = ngx_invoke_invocation_let_go(inv);

    if (n == 0) {
        return;
    }

    name = ngx_invoke_escape_name(buf, &inv->function->id);

    ngx_log_error(NGX_LOG_WARN, ngx_invoke_pool.log, 0,
                  "invoke: an invocation of function \"%V\" has ended before "
                  "%ui promise(s) of waitUntil() settled, %s",
                  &name, n, why);
}


void
ngx_invoke_invocation_measure(ngx_invoke_invocation_t *inv)
{
    uint64_t               now;
    ngx_invoke_actor_t    *actor = inv->actor;
    ngx_invoke_measure_t  *measure = &inv->measure;

    now = ngx_invoke_now();

    measure->ran = actor != NULL;
    measure->start = __atomic_load_n(&inv->start, __ATOMIC_RELAXED);
    measure->wall_time = now - inv->submitted;
    measure->queue_time = (actor != NULL ? inv->assigned : now)
                          - inv->submitted;
    measure->cpu_time = actor != NULL
                        && actor->state != NGX_INVOKE_ACTOR_STARTING
                        ? ngx_invoke_watch_cpu(&actor->watch, inv) : 0;
}
