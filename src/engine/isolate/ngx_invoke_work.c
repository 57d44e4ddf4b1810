
#include "ngx_invoke_work.h"


/* actor thread */

ngx_int_t
ngx_invoke_work_post(ngx_invoke_context_t *ctx, ngx_invoke_work_t *work,
    int32_t key)
{
    ngx_invoke_slot_t     *slot;
    ngx_invoke_isolate_t  *iso = ctx->isolate;

    slot = iso->running;

    if (slot == NULL || slot->context != ctx
        || slot->inv->script != NGX_INVOKE_SCRIPT_RUNNING
        || iso->works >= NGX_INVOKE_WORKS)
    {
        return NGX_DECLINED;
    }

    iso->works++;

    work->actor = iso->actor;
    work->id = slot->id;
    work->key = key;

    ngx_invoke_outbox_tell(iso->outbox, &work->message, NGX_INVOKE_NEWS_WORK);

    return NGX_OK;
}


/* actor thread */

ngx_invoke_work_t *
ngx_invoke_work_take(ngx_invoke_context_t *ctx, int32_t key,
    void (*run)(ngx_invoke_work_t *work))
{
    ngx_invoke_work_t     *work;
    ngx_invoke_slot_t     *slot;
    ngx_invoke_isolate_t  *iso = ctx->isolate;

    work = iso->work;
    slot = iso->running;

    if (work == NULL || work->key != key || work->run != run
        || slot == NULL || slot->id != work->id || slot->context != ctx)
    {
        return NULL;
    }

    iso->work = NULL;

    return work;
}


void
ngx_invoke_work_free(ngx_invoke_work_t *work)
{
    work->free(work);
}
