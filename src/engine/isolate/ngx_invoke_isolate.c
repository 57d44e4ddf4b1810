
#include "ngx_invoke_isolate.h"
#include "ngx_invoke_clock.h"
#include "ngx_invoke_context.h"
#include "ngx_invoke_gate.h"
#include "ngx_invoke_handle.h"
#include "ngx_invoke_keep.h"
#include "ngx_invoke_lot.h"
#include "ngx_invoke_metrics.h"
#include "ngx_invoke_poll.h"
#include "ngx_invoke_program.h"
#include "ngx_invoke_slot.h"
#include "ngx_invoke_work.h"


/*
 * How long nothing must have happened before garbage is collected, ns: once so
 * many contexts were dropped, or else once so many bytes may be garbage.
 */
#define NGX_INVOKE_GARBAGE  32
#define NGX_INVOKE_QUIET    100000000
#define NGX_INVOKE_WASTE    (1024 * 1024)
#define NGX_INVOKE_REST     5000000000

/* How often the memory in use is looked at, ns. */
#define NGX_INVOKE_MEASURE  50000000


static void ngx_invoke_isolate_heap_full(void *data);
static int ngx_invoke_isolate_owner(void *data, int32_t id);
static void ngx_invoke_isolate_measure(ngx_invoke_isolate_t *iso);
static void ngx_invoke_isolate_account(ngx_invoke_isolate_t *iso,
    size_t used);
static void ngx_invoke_isolate_order(ngx_invoke_context_t *ctx,
    ngx_invoke_v8_hook_e hook);
static void ngx_invoke_isolate_call(ngx_invoke_isolate_t *iso,
    ngx_invoke_context_t *ctx, ngx_invoke_slot_t *slot,
    ngx_invoke_v8_hook_e hook, ngx_int_t argc, ngx_invoke_v8_arg_t *argv);
static void ngx_invoke_isolate_io(ngx_invoke_isolate_t *iso,
    ngx_invoke_handle_t *h, int32_t event, int32_t value, const u_char *data,
    size_t len);
static ngx_uint_t ngx_invoke_isolate_events(ngx_invoke_isolate_t *iso);
static ngx_uint_t ngx_invoke_isolate_serve(ngx_invoke_isolate_t *iso,
    ngx_invoke_context_t *ctx, uint64_t now);
static void ngx_invoke_isolate_reap(ngx_invoke_isolate_t *iso);
static ngx_uint_t ngx_invoke_isolate_pump(ngx_invoke_isolate_t *iso);
static void ngx_invoke_isolate_resume(ngx_invoke_isolate_t *iso);


/* actor thread, all of this file */

ngx_int_t
ngx_invoke_isolate_init(ngx_invoke_isolate_t *iso, size_t memory,
    void (*fatal)(void *data, const char *message, int oom))
{
    ngx_invoke_v8_conf_t  conf;

    ngx_queue_init(&iso->contexts);
    ngx_queue_init(&iso->due);
    ngx_queue_init(&iso->programs);
    ngx_rbtree_init(&iso->functions, &iso->functions_sentinel,
                    ngx_rbtree_insert_value);
    ngx_queue_init(&iso->uncached);
    ngx_queue_init(&iso->events);

    iso->memory = memory;
    iso->created = ngx_invoke_now();

    conf.heap = memory;
    conf.buffers = memory;
    conf.stack = NGX_INVOKE_V8_STACK;
    conf.data = iso;
    conf.heap_full = ngx_invoke_isolate_heap_full;
    conf.give_up = ngx_invoke_keep_give_up;
    conf.fatal = fatal;
    conf.owner = ngx_invoke_isolate_owner;

    iso->v8 = ngx_invoke_v8_isolate_create(&conf);
    if (iso->v8 == NULL) {
        return NGX_ERROR;
    }

    ngx_invoke_keep_init(iso);

    iso->wants_spare = NGX_INVOKE_CONTEXT_FIRST;
    iso->unmeasured = 1;

    return NGX_OK;
}


void
ngx_invoke_isolate_done(ngx_invoke_isolate_t *iso)
{
    ngx_uint_t              i;
    ngx_queue_t            *q;
    ngx_invoke_context_t   *ctx;
    ngx_invoke_io_event_t  *e;

    for (i = 0; i < NGX_INVOKE_SLOTS; i++) {
        if (iso->slots[i].id != 0) {
            ngx_invoke_slot_stop(&iso->slots[i], NGX_INVOKE_ABORTED);
        }
    }

    iso->state = NGX_INVOKE_ISOLATE_CLOSED;
    ngx_invoke_isolate_reap(iso);

    while (!ngx_queue_empty(&iso->contexts)) {
        q = ngx_queue_head(&iso->contexts);
        ctx = ngx_queue_data(q, ngx_invoke_context_t, queue);
        ngx_invoke_context_free(ctx);
    }

    for (i = 0; i < NGX_INVOKE_V8_TEMPLATES; i++) {
        if (iso->spare[i] != NULL) {
            ngx_invoke_context_free(iso->spare[i]);
        }
    }

    while ((e = ngx_invoke_handle_next(iso)) != NULL) {
        ngx_invoke_handle_done(e);
    }

    ngx_invoke_lot_end(iso);
    ngx_invoke_poll_end(iso);

    while (!ngx_queue_empty(&iso->programs)) {
        q = ngx_queue_head(&iso->programs);
        ngx_invoke_program_free(iso, ngx_queue_data(q, ngx_invoke_program_t,
                                                    queue));
    }

    ngx_invoke_keep_done(iso);
    ngx_invoke_v8_isolate_free(iso->v8);
    ngx_invoke_isolate_account(iso, 0);
}


static void
ngx_invoke_isolate_heap_full(void *data)
{
    ngx_invoke_isolate_t  *iso = data;

    if (iso->state != NGX_INVOKE_ISOLATE_CLOSED) {
        iso->state = NGX_INVOKE_ISOLATE_FULL;
    }

    ngx_invoke_v8_terminate(iso->v8);
}


/*
 * JavaScript goes on for another invocation. What is left of one that is over
 * is nobody's.
 */

static int
ngx_invoke_isolate_owner(void *data, int32_t id)
{
    ngx_invoke_slot_t     *slot;
    ngx_invoke_context_t  *ctx = data;
    ngx_invoke_isolate_t  *iso = ctx->isolate;

    slot = ngx_invoke_slot_get(ctx, id);

    if (slot == iso->running) {
        return 1;
    }

    if (iso->state != NGX_INVOKE_ISOLATE_OPEN
        || !ngx_invoke_watch_switch(iso->watch,
                                    ngx_invoke_slot_invocation(iso->running),
                                    ngx_invoke_slot_invocation(slot)))
    {
        return 0;
    }

    iso->running = slot;

    if (slot == NULL) {
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_UNOWNED, 1);
    }

    return 1;
}


void
ngx_invoke_isolate_run(ngx_invoke_isolate_t *iso,
    ngx_invoke_invocation_t *inv)
{
    ngx_invoke_slot_t     *slot;
    ngx_invoke_v8_arg_t    argv[3];
    ngx_invoke_context_t  *ctx;
    ngx_invoke_program_t  *program;

    program = ngx_invoke_program_get(iso, inv->function);

    if (iso->grown) {
        iso->grown = 0;
        ngx_invoke_keep_renew(iso, inv->function);
        ngx_invoke_keep_fit(iso);
    }

    ctx = program != NULL ? ngx_invoke_context_get(iso, program, inv) : NULL;
    slot = ctx != NULL ? ngx_invoke_slot_take(iso, inv, ctx) : NULL;

    if (slot == NULL) {

        /* The pool gives no isolate more than it has slots for. */

        inv->verdict = ctx != NULL ? NGX_INVOKE_OVERLOADED
                                   : NGX_INVOKE_MEMORY;

        if (ctx != NULL && ctx->runs == 0) {
            ngx_invoke_context_free(ctx);
        }

        ngx_invoke_outbox_tell(iso->outbox, &inv->message,
                              NGX_INVOKE_NEWS_FINISHED);
        return;
    }

    __atomic_store_n(&inv->start,
                     ctx->used ? NGX_INVOKE_START_REUSED
                     : ngx_invoke_program_warm(ctx->program)
                     ? NGX_INVOKE_START_WARM : NGX_INVOKE_START_COLD,
                     __ATOMIC_RELAXED);
    ctx->used = 1;
    ctx->owner = inv->owner;

    argv[0].data = NULL;
    argv[0].number = slot->id;
    argv[1].data = (char *) inv->method.data;
    argv[1].len = inv->method.len;
    argv[2].data = (char *) inv->url.data;
    argv[2].len = inv->url.len;

    ngx_invoke_isolate_call(iso, ctx, slot, NGX_INVOKE_V8_HOOK_DISPATCH, 3,
                            argv);
}


/* Calls a hook with the id of an invocation. */

static void
ngx_invoke_isolate_hook(ngx_invoke_isolate_t *iso, ngx_invoke_slot_t *slot,
    ngx_invoke_v8_hook_e hook)
{
    ngx_invoke_v8_arg_t  arg;

    arg.data = NULL;
    arg.number = slot->id;

    ngx_invoke_isolate_call(iso, slot->context, slot, hook, 1, &arg);
}


void
ngx_invoke_isolate_drain(ngx_invoke_isolate_t *iso,
    ngx_invoke_invocation_t *inv)
{
    ngx_invoke_slot_t  *slot;

    slot = ngx_invoke_slot_find(iso, inv);

    if (slot != NULL) {
        ngx_invoke_isolate_hook(iso, slot, NGX_INVOKE_V8_HOOK_DRAIN);
    }
}


void
ngx_invoke_isolate_body(ngx_invoke_isolate_t *iso,
    ngx_invoke_invocation_t *inv, ngx_str_t *data, ngx_uint_t cut)
{
    ngx_invoke_slot_t    *slot;
    ngx_invoke_v8_arg_t   argv[2];

    slot = ngx_invoke_slot_find(iso, inv);

    if (slot == NULL) {
        return;
    }

    inv->asks = 0;
    iso->io = *data;

    argv[0].data = NULL;
    argv[0].number = slot->id;
    argv[1].data = NULL;
    argv[1].number = cut ? -1 : (int32_t) data->len;

    ngx_invoke_isolate_call(iso, slot->context, slot, NGX_INVOKE_V8_HOOK_BODY,
                            2, argv);

    ngx_str_null(&iso->io);
}


void
ngx_invoke_isolate_abort(ngx_invoke_isolate_t *iso,
    ngx_invoke_invocation_t *inv)
{
    int32_t             id;
    ngx_invoke_slot_t  *slot;

    slot = ngx_invoke_slot_find(iso, inv);

    if (slot == NULL) {
        return;
    }

    id = slot->id;
    ngx_invoke_isolate_hook(iso, slot, NGX_INVOKE_V8_HOOK_ABORTED);

    if (slot->id == id) {
        ngx_invoke_slot_stop(slot, NGX_INVOKE_ABORTED);
        ngx_invoke_isolate_reap(iso);
    }
}


void
ngx_invoke_isolate_leave(ngx_invoke_isolate_t *iso,
    ngx_invoke_invocation_t *inv)
{
    ngx_invoke_slot_t  *slot;

    slot = ngx_invoke_slot_find(iso, inv);

    if (slot != NULL) {
        ngx_invoke_isolate_hook(iso, slot, NGX_INVOKE_V8_HOOK_LEFT);
    }
}


void
ngx_invoke_isolate_kill(ngx_invoke_isolate_t *iso,
    ngx_invoke_invocation_t *inv)
{
    ngx_invoke_slot_t  *slot;

    slot = ngx_invoke_slot_find(iso, inv);

    if (slot != NULL) {
        ngx_invoke_slot_stop(slot, NGX_INVOKE_ABORTED);
        ngx_invoke_isolate_reap(iso);
    }
}


void
ngx_invoke_isolate_work(ngx_invoke_isolate_t *iso, ngx_invoke_work_t *work)
{
    ngx_invoke_slot_t    *slot;
    ngx_invoke_v8_arg_t   argv[2];

    iso->works--;

    slot = &iso->slots[ngx_invoke_slot_index(work->id)];

    if (slot->id == work->id) {
        iso->work = work;

        argv[0].data = NULL;
        argv[0].number = work->id;
        argv[1].data = NULL;
        argv[1].number = work->key;

        ngx_invoke_isolate_call(iso, slot->context, slot,
                                NGX_INVOKE_V8_HOOK_WORK, 2, argv);

        if (iso->work == NULL) {
            return;
        }

        iso->work = NULL;
    }

    ngx_invoke_work_free(work);
}


void
ngx_invoke_isolate_tell(ngx_invoke_handle_t *h, int32_t event, int32_t value,
    const u_char *data, size_t len)
{
    ngx_invoke_isolate_t  *iso;

    if (h->context == NULL) {
        return;
    }

    iso = h->context->isolate;
    iso->told++;

    if (iso->inside) {

        if (ngx_invoke_handle_defer(h, event, value, data, len) != NGX_OK) {
            ngx_invoke_handle_close(h);
        }

        return;
    }

    /* What had to wait goes first, after which the context may be gone. */

    ngx_invoke_handle_hold(h);

    while (ngx_invoke_isolate_events(iso)) { /* void */ }

    if (h->context != NULL) {
        ngx_invoke_isolate_io(iso, h, event, value, data, len);
    }

    ngx_invoke_handle_release(h);
}


static void
ngx_invoke_isolate_io(ngx_invoke_isolate_t *iso, ngx_invoke_handle_t *h,
    int32_t event, int32_t value, const u_char *data, size_t len)
{
    ngx_invoke_v8_arg_t   argv[3];

    argv[0].data = NULL;
    argv[0].number = h->number;
    argv[1].data = NULL;
    argv[1].number = event;
    argv[2].data = NULL;
    argv[2].number = value;

    iso->io.data = (u_char *) data;
    iso->io.len = len;

    ngx_invoke_isolate_call(iso, h->context,
                            ngx_invoke_slot_get(h->context, h->owner),
                            NGX_INVOKE_V8_HOOK_IO, 3, argv);

    ngx_str_null(&iso->io);
}


/* Events of handles that could not be told at once. */

static ngx_uint_t
ngx_invoke_isolate_events(ngx_invoke_isolate_t *iso)
{
    ngx_invoke_io_event_t  *e;

    e = ngx_invoke_handle_next(iso);

    if (e == NULL) {
        return 0;
    }

    if (e->handle->context != NULL) {
        ngx_invoke_isolate_io(iso, e->handle, e->event, e->value, e->data,
                              e->len);
    }

    ngx_invoke_handle_done(e);

    return 1;
}


int64_t
ngx_invoke_isolate_turn(ngx_invoke_isolate_t *iso)
{
    uint64_t               now, next;
    ngx_queue_t           *q, *after;
    ngx_invoke_context_t  *ctx;

    if (ngx_invoke_isolate_events(iso)) {
        return 0;
    }

    if (ngx_queue_empty(&iso->due)) {
        return -1;
    }

    next = 0;
    now = ngx_invoke_now();

    for (q = ngx_queue_head(&iso->due);
         q != ngx_queue_sentinel(&iso->due);
         q = after)
    {
        after = ngx_queue_next(q);
        ctx = ngx_queue_data(q, ngx_invoke_context_t, due);

        if (ngx_invoke_isolate_serve(iso, ctx, now)) {
            return 0;
        }

        if (ctx->timer != 0) {
            next = next ? ngx_min(next, ctx->timer) : ctx->timer;

        } else {
            ctx->waits = 0;
            ngx_queue_remove(&ctx->due);
        }
    }

    return next ? (int64_t) (next - now) : -1;
}


/*
 * Calls the hook that a context waits for, after which the others go first; 0:
 * none is due.
 */

static ngx_uint_t
ngx_invoke_isolate_serve(ngx_invoke_isolate_t *iso, ngx_invoke_context_t *ctx,
    uint64_t now)
{
    ngx_uint_t            checks;
    ngx_invoke_v8_arg_t   arg;
    ngx_invoke_v8_hook_e  hook;

    checks = ctx->immediate && ctx->checks;

    if (ctx->timer != 0 && ctx->timer <= now && !checks) {
        ctx->timer = 0;
        hook = NGX_INVOKE_V8_HOOK_TIMERS;

    } else if (ctx->tick) {

        /* A task of V8 may have resumed it. */

        ctx->tick = 0;
        hook = NGX_INVOKE_V8_HOOK_TICKS;

    } else if (ctx->immediate) {
        ctx->immediate = 0;
        ctx->checks = 0;
        hook = NGX_INVOKE_V8_HOOK_IMMEDIATES;

    } else {
        return 0;
    }

    ngx_queue_remove(&ctx->due);
    ngx_queue_insert_tail(&iso->due, &ctx->due);

    arg.data = NULL;
    arg.number = checks;

    ngx_invoke_isolate_call(iso, ctx, NULL, hook, 1, &arg);

    return 1;
}


int64_t
ngx_invoke_isolate_idle(ngx_invoke_isolate_t *iso, int64_t wait)
{
    int64_t     due, left;
    ngx_uint_t  i;

    due = ngx_invoke_v8_tasks_due(iso->v8);

    if (due == 0 && !iso->no_tasks && ngx_invoke_isolate_pump(iso)) {
        iso->unmeasured = 1;
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_UNOWNED, 1);
        ngx_invoke_isolate_resume(iso);
        return 0;
    }

    for (i = 0; i < NGX_INVOKE_V8_TEMPLATES; i++) {
        if (iso->spare[i] == NULL && (iso->wants_spare & (1 << i))) {
            iso->spare[i] = ngx_invoke_context_create(iso, i);
        }
    }

    while (!ngx_queue_empty(&iso->uncached)
           && ngx_invoke_mailbox_empty(iso->mailbox))
    {
        ngx_invoke_program_cache_code(iso);
    }

    if (iso->unmeasured) {
        left = iso->measured + NGX_INVOKE_MEASURE - ngx_invoke_now();

        if (left <= 0) {
            ngx_invoke_isolate_measure(iso);

        } else {
            wait = wait < 0 ? left : ngx_min(wait, left);
        }
    }

    /* Tasks that nothing waits for have time until the next idle moment. */

    if (iso->runs != 0 && due > 0) {
        wait = wait < 0 ? due : ngx_min(wait, due);
    }

    return wait;
}


/*
 * Runs a task of V8, of which there are no more when that has to be ended; 0:
 * there was none.
 */

static ngx_uint_t
ngx_invoke_isolate_pump(ngx_invoke_isolate_t *iso)
{
    ngx_uint_t  any;

    iso->inside = 1;
    ngx_invoke_watch_enter(iso->watch, NULL);

    any = ngx_invoke_v8_pump(iso->v8);

    iso->inside = 0;

    if (ngx_invoke_watch_leave(iso->watch, NULL)) {
        iso->no_tasks = 1;
    }

    return any;
}


/*
 * What waits for a task that V8 has run goes on in the contexts that are left,
 * each piece as work of whoever made it.
 */

static void
ngx_invoke_isolate_resume(ngx_invoke_isolate_t *iso)
{
    ngx_queue_t           *q;
    ngx_invoke_context_t  *ctx;

    for (q = ngx_queue_head(&iso->contexts);
         q != ngx_queue_sentinel(&iso->contexts);
         q = ngx_queue_next(q))
    {
        ctx = ngx_queue_data(q, ngx_invoke_context_t, queue);
        ctx->tick = 1;
        ngx_invoke_context_due(ctx);
    }
}


/* The memory in use. */

static void
ngx_invoke_isolate_measure(ngx_invoke_isolate_t *iso)
{
    ngx_invoke_v8_stat_t  stat;

    iso->measured = ngx_invoke_now();
    iso->unmeasured = 0;

    ngx_invoke_v8_isolate_stat(iso->v8, &stat);
    ngx_invoke_isolate_account(iso, stat.heap_used + stat.external);

    ngx_invoke_keep_fit(iso);
}


/* Tells the metrics. */

static void
ngx_invoke_isolate_account(ngx_invoke_isolate_t *iso, size_t used)
{
    if (used != iso->heap_used) {
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_HEAP_USED,
                               (ngx_int_t) used - (ngx_int_t) iso->heap_used);
        iso->heap_used = used;
    }
}


int64_t
ngx_invoke_isolate_quiet(ngx_invoke_isolate_t *iso)
{
    if (iso->runs != 0) {
        return -1;
    }

    if (iso->garbage >= NGX_INVOKE_GARBAGE) {
        return NGX_INVOKE_QUIET;
    }

    return iso->heap_used >= iso->heap_left + NGX_INVOKE_WASTE
           ? NGX_INVOKE_REST : -1;
}


void
ngx_invoke_isolate_collect(ngx_invoke_isolate_t *iso)
{
    iso->garbage = 0;
    ngx_invoke_v8_collect(iso->v8);

    if (ngx_queue_empty(&iso->contexts)) {
        ngx_invoke_v8_rest(iso->v8);
    }

    ngx_invoke_isolate_measure(iso);
    iso->heap_left = iso->heap_used;
}


/* Hands back the invocations that are over. */

static void
ngx_invoke_isolate_reap(ngx_invoke_isolate_t *iso)
{
    ngx_uint_t                i, settled, parks;
    ngx_invoke_slot_t        *slot;
    ngx_invoke_v8_arg_t       argv[2];
    ngx_invoke_context_t     *ctx;
    ngx_invoke_invocation_t  *inv;

    while (iso->over != 0) {
        i = __builtin_ctzll(iso->over);
        iso->over &= iso->over - 1;

        slot = &iso->slots[i];
        inv = slot->inv;
        ctx = slot->context;

        argv[0].data = NULL;
        argv[0].number = slot->id;
        argv[1].data = NULL;
        argv[1].number = inv->verdict != NGX_INVOKE_EXCEPTION;

        slot->id = 0;
        ctx->runs--;
        ctx->program->runs--;
        iso->runs--;

        ngx_invoke_gate_account(ctx);

        inv->took = ngx_invoke_watch_now(iso->watch) - inv->began;
        settled = inv->script == NGX_INVOKE_SCRIPT_SETTLED;
        parks = settled && inv->verdict == NGX_INVOKE_OK
                && iso->state == NGX_INVOKE_ISOLATE_OPEN;

        ngx_invoke_outbox_tell(iso->outbox, &inv->message,
                              NGX_INVOKE_NEWS_FINISHED);

        if (iso->state == NGX_INVOKE_ISOLATE_CLOSED) {
            continue;
        }

        if (!ctx->shared) {

            if (parks) {
                ngx_invoke_handles_park(ctx);
            }

            ngx_invoke_context_free(ctx);

        } else if (!settled) {
            ngx_invoke_isolate_call(iso, ctx, NULL,
                                    NGX_INVOKE_V8_HOOK_RELEASE, 2, argv);
        }
    }
}


void
ngx_invoke_isolate_outside(ngx_invoke_context_t *ctx)
{
    if (ctx->timer == 0 || ctx->timer > ngx_invoke_now()) {
        ctx->checks = 1;

    } else if (!ctx->immediate) {
        ctx->checks = 0;
    }
}


/* What comes next, immediates or timers: in turns, and as Node has it. */

static void
ngx_invoke_isolate_order(ngx_invoke_context_t *ctx, ngx_invoke_v8_hook_e hook)
{
    switch (hook) {

    case NGX_INVOKE_V8_HOOK_TICKS:
    case NGX_INVOKE_V8_HOOK_IMMEDIATES:
    case NGX_INVOKE_V8_HOOK_RELEASE:
        break;

    case NGX_INVOKE_V8_HOOK_DISPATCH:
        ctx->checks &= ctx->immediate;
        break;

    case NGX_INVOKE_V8_HOOK_TIMERS:
        ctx->checks = 1;
        break;

    default:
        ngx_invoke_isolate_outside(ctx);
    }
}


/*
 * Calls a hook, then what became due by it: microtasks, ticks. "slot" is
 * whose work it is; a hook that serves several names them one by one with
 * ngx_invoke_isolate_owner().
 */

static void
ngx_invoke_isolate_call(ngx_invoke_isolate_t *iso, ngx_invoke_context_t *ctx,
    ngx_invoke_slot_t *slot, ngx_invoke_v8_hook_e hook, ngx_int_t argc,
    ngx_invoke_v8_arg_t *argv)
{
    char                 err[256];
    ngx_uint_t           i, killed;
    ngx_invoke_v8_rc_e   rc;

    ngx_invoke_isolate_order(ctx, hook);

    iso->running = slot;
    iso->current = ctx;
    iso->unmeasured = 1;
    iso->inside = 1;
    ngx_invoke_watch_enter(iso->watch, ngx_invoke_slot_invocation(slot));

    rc = ngx_invoke_v8_hook(ctx->v8, hook, slot != NULL ? slot->id : 0, argc,
                            argv, err, sizeof(err));

    if (rc != NGX_INVOKE_V8_TERMINATED
        && ngx_invoke_isolate_run_queues(ctx) != NGX_OK)
    {
        rc = NGX_INVOKE_V8_TERMINATED;
    }

    slot = iso->running;
    iso->running = NULL;
    iso->current = NULL;
    iso->inside = 0;

    killed = ngx_invoke_watch_leave(iso->watch,
                                    ngx_invoke_slot_invocation(slot));

    if (iso->state == NGX_INVOKE_ISOLATE_FULL) {

        /* The room that was left is used up: no more work in here. */

        iso->state = NGX_INVOKE_ISOLATE_SPENT;

        for (i = 0; i < NGX_INVOKE_SLOTS; i++) {
            if (iso->slots[i].id != 0
                && (slot == NULL || slot == &iso->slots[i]))
            {
                ngx_invoke_slot_stop(&iso->slots[i], NGX_INVOKE_MEMORY);
            }
        }

    } else if (killed && slot != NULL) {

        /* The loop has told the outcome. */

        ngx_invoke_slot_stop(slot, NGX_INVOKE_ABORTED);

    } else if (rc == NGX_INVOKE_V8_THROWN && slot != NULL) {
        (void) ngx_invoke_arena_copy(&slot->inv->arena,
                                     &slot->inv->thrown_message,
                                     (u_char *) err, ngx_strlen(err));
        ngx_invoke_slot_stop(slot, NGX_INVOKE_EXCEPTION);
    }

    if (rc == NGX_INVOKE_V8_TERMINATED) {

        /* What was cut off is not lost for the others. */

        ctx->tick = 1;
        ctx->timer = ngx_invoke_now();
        ctx->immediate = 1;
        ngx_invoke_context_due(ctx);
    }

    if (iso->over != 0 && hook != NGX_INVOKE_V8_HOOK_RELEASE) {
        ngx_invoke_isolate_reap(iso);
    }
}


ngx_int_t
ngx_invoke_isolate_run_queues(ngx_invoke_context_t *ctx)
{
    char                  err[256];
    ngx_invoke_slot_t    *slot = ctx->isolate->running;
    ngx_invoke_v8_rc_e    rc;

    /* Ticks go before microtasks, as in Node; their hook runs both. */

    rc = ctx->tick ? NGX_INVOKE_V8_OK : ngx_invoke_v8_microtasks(ctx->v8);

    while (ctx->tick && rc != NGX_INVOKE_V8_TERMINATED) {
        ctx->tick = 0;
        rc = ngx_invoke_v8_hook(ctx->v8, NGX_INVOKE_V8_HOOK_TICKS,
                                slot != NULL ? slot->id : 0, 0, NULL, err,
                                sizeof(err));

        if (rc != NGX_INVOKE_V8_TERMINATED) {
            rc = ngx_invoke_v8_microtasks(ctx->v8);
        }
    }

    return rc == NGX_INVOKE_V8_TERMINATED ? NGX_ERROR : NGX_OK;
}
