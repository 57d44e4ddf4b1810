
#include "ngx_invoke_context.h"
#include "ngx_invoke_fd_table.h"
#include "ngx_invoke_gate.h"
#include "ngx_invoke_handle.h"
#include "ngx_invoke_metrics.h"
#include "ngx_invoke_program.h"


/* Contexts until a smaller one is tried again that had not done. */
#define NGX_INVOKE_LESS_RUNS  8


static ngx_invoke_context_t *ngx_invoke_context_shared(
    ngx_invoke_program_t *program, ngx_invoke_egress_t *egress);
static void ngx_invoke_context_learn(ngx_invoke_context_t *ctx);


/* actor thread, all of this file */

ngx_invoke_context_t *
ngx_invoke_context_get(ngx_invoke_isolate_t *iso,
    ngx_invoke_program_t *program, ngx_invoke_invocation_t *inv)
{
    ngx_uint_t                 shared;
    ngx_invoke_context_t      *ctx;
    ngx_invoke_v8_template_e   template;

    shared = inv->limits.isolation == NGX_INVOKE_ISOLATION_FUNCTION;

    if (shared) {
        ctx = ngx_invoke_context_shared(program, inv->limits.egress);

        if (ctx != NULL) {
            return ctx;
        }
    }

    template = program->template;
    ctx = iso->spare[template];
    iso->spare[template] = NULL;
    iso->wants_spare = NGX_INVOKE_CONTEXT_FIRST | (shared ? 0 : 1 << template);

    if (ctx == NULL) {
        ctx = ngx_invoke_context_create(iso, template);

        if (ctx == NULL) {
            return NULL;
        }
    }

    ctx->shared = shared;
    ctx->program = program;
    ctx->egress = ngx_invoke_egress_hold(inv->limits.egress);
    (void) ngx_invoke_function_use(program->function);

    ngx_queue_insert_head(&iso->contexts, &ctx->queue);

    if (shared) {
        ngx_queue_insert_head(&program->shared, &ctx->link);
    }

    return ctx;
}


static ngx_invoke_context_t *
ngx_invoke_context_shared(ngx_invoke_program_t *program,
    ngx_invoke_egress_t *egress)
{
    ngx_queue_t           *q;
    ngx_invoke_context_t  *ctx;

    for (q = ngx_queue_head(&program->shared);
         q != ngx_queue_sentinel(&program->shared);
         q = ngx_queue_next(q))
    {
        ctx = ngx_queue_data(q, ngx_invoke_context_t, link);

        if (ngx_invoke_egress_same(ctx->egress, egress)) {
            return ctx;
        }
    }

    return NULL;
}


void
ngx_invoke_context_due(ngx_invoke_context_t *ctx)
{
    if (!ctx->waits) {
        ctx->waits = 1;
        ngx_queue_insert_tail(&ctx->isolate->due, &ctx->due);
    }
}


ngx_invoke_context_t *
ngx_invoke_context_create(ngx_invoke_isolate_t *iso,
    ngx_invoke_v8_template_e template)
{
    ngx_invoke_context_t  *ctx;

    ctx = calloc(1, sizeof(ngx_invoke_context_t));
    if (ctx == NULL) {
        return NULL;
    }

    ngx_queue_init(&ctx->handles);

    ctx->isolate = iso;
    ctx->template = template;
    ctx->v8 = ngx_invoke_v8_context_create(iso->v8, template, ctx);

    if (ctx->v8 == NULL) {
        free(ctx);
        return NULL;
    }

    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_CONTEXTS_CREATED, 1);

    return ctx;
}


/*
 * What a context has used of Node's library decides for the next one of its
 * program. Where that changes from run to run, smaller ones have to wait.
 */

static void
ngx_invoke_context_learn(ngx_invoke_context_t *ctx)
{
    ngx_invoke_program_t  *program = ctx->program;

    if (ctx->needed > ctx->template) {
        program->template = ctx->needed;
        program->less = -NGX_INVOKE_LESS_RUNS;

    } else if (ctx->needed == ctx->template) {
        program->less = ngx_min(program->less, 0);

    } else if (ctx->used && ++program->less > 0) {
        program->template = ctx->needed;
        program->less = 0;
    }
}


void
ngx_invoke_context_free(ngx_invoke_context_t *ctx)
{
    ngx_invoke_handles_end(ctx);

    if (ctx->program != NULL) {
        ngx_invoke_context_learn(ctx);
        ngx_invoke_function_unuse(ctx->program->function);
        ngx_queue_remove(&ctx->queue);
    }

    if (ctx->shared) {
        ngx_queue_remove(&ctx->link);
    }

    if (ctx->waits) {
        ngx_queue_remove(&ctx->due);
    }

    ngx_invoke_fd_table_free(ctx);
    ngx_invoke_gate_free(ctx);
    ctx->isolate->garbage++;
    ngx_invoke_v8_context_free(ctx->v8);
    free(ctx);
}
