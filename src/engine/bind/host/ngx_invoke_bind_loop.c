
#include "ngx_invoke_bind.h"
#include "ngx_invoke_clock.h"
#include "ngx_invoke_context.h"


/* Timers fire at full ones, ns. */
#define NGX_INVOKE_TIMER_STEP  100000


static void ngx_invoke_bind_tick(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_immediate(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_outside(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_timer(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_now(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_run_queues(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_run_microtasks(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_enqueue_microtask(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_async_get(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_async_set(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_async_clear(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_is_promise(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_on_reject(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_is_shared(ngx_invoke_v8_call_t *call);


const ngx_invoke_v8_native_t  ngx_invoke_bind_loop[] = {
    { "tick", ngx_invoke_bind_tick },
    { "immediate", ngx_invoke_bind_immediate },
    { "outside", ngx_invoke_bind_outside },
    { "timer", ngx_invoke_bind_timer },
    { "now", ngx_invoke_bind_now },
    { "runQueues", ngx_invoke_bind_run_queues },
    { "runMicrotasks", ngx_invoke_bind_run_microtasks },
    { "enqueueMicrotask", ngx_invoke_bind_enqueue_microtask },
    { "asyncGet", ngx_invoke_bind_async_get },
    { "asyncSet", ngx_invoke_bind_async_set },
    { "asyncClear", ngx_invoke_bind_async_clear },
    { "isPromise", ngx_invoke_bind_is_promise },
    { "onReject", ngx_invoke_bind_on_reject },
    { "isShared", ngx_invoke_bind_is_shared },
    { NULL, NULL }
};


/* actor thread, all of this file */

static void
ngx_invoke_bind_tick(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_context_t  *ctx = ngx_invoke_v8_data(call);

    ctx->tick = 1;
    ngx_invoke_context_due(ctx);
}


static void
ngx_invoke_bind_immediate(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_context_t  *ctx = ngx_invoke_v8_data(call);

    ctx->immediate = 1;
    ngx_invoke_context_due(ctx);
}


/* outside(): in an immediate, of what an event of the outside stands for */

static void
ngx_invoke_bind_outside(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_isolate_outside(ngx_invoke_v8_data(call));
}


/*
 * timer(ms): one a context; a negative value cancels it. What is due about the
 * same time is due together.
 */

static void
ngx_invoke_bind_timer(ngx_invoke_v8_call_t *call)
{
    double                 ms;
    uint64_t               time;
    ngx_invoke_context_t  *ctx = ngx_invoke_v8_data(call);

    ms = ngx_invoke_v8_number(ngx_invoke_v8_arg(call, 0));

    if (!(ms >= 0)) {
        ctx->timer = 0;
        return;
    }

    time = ngx_invoke_now() + (uint64_t) (ngx_min(ms, INT32_MAX) * 1000000);
    ctx->timer = (time + NGX_INVOKE_TIMER_STEP - 1)
                 / NGX_INVOKE_TIMER_STEP * NGX_INVOKE_TIMER_STEP;
    ngx_invoke_context_due(ctx);
}


static void
ngx_invoke_bind_now(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_return(call,
                         ngx_invoke_v8_new_number(call,
                                                  ngx_invoke_now() / 1e6));
}


static void
ngx_invoke_bind_run_queues(ngx_invoke_v8_call_t *call)
{
    (void) ngx_invoke_isolate_run_queues(ngx_invoke_v8_data(call));
}


static void
ngx_invoke_bind_run_microtasks(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_context_t  *ctx = ngx_invoke_v8_data(call);

    (void) ngx_invoke_v8_microtasks(ctx->v8);
}


static void
ngx_invoke_bind_enqueue_microtask(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_value_t  fn = ngx_invoke_v8_arg(call, 0);

    if (ngx_invoke_v8_type(fn) == NGX_INVOKE_V8_FUNCTION) {
        ngx_invoke_v8_enqueue_microtask(call, fn);
    }
}


static void
ngx_invoke_bind_async_get(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_return(call, ngx_invoke_v8_async_get(call));
}


/* asyncSet(data): what follows is work of the invocation that it names */

static void
ngx_invoke_bind_async_set(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_async_set(call, ngx_invoke_v8_arg(call, 0));
}


static void
ngx_invoke_bind_async_clear(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_async_clear(call);
}


static void
ngx_invoke_bind_is_promise(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_return(call,
        ngx_invoke_v8_new_boolean(call,
            ngx_invoke_v8_is(ngx_invoke_v8_arg(call, 0),
                             NGX_INVOKE_V8_IS_PROMISE)));
}


static void
ngx_invoke_bind_on_reject(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_on_reject(call, ngx_invoke_v8_arg(call, 0));
}


/* Whether the context is one of several invocations. */

static void
ngx_invoke_bind_is_shared(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_context_t  *ctx = ngx_invoke_v8_data(call);

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_boolean(call, ctx->shared));
}
