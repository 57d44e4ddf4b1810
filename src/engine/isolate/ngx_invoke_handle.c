
#include "ngx_invoke_handle.h"
#include "ngx_invoke_slot.h"


static void ngx_invoke_handle_dropped(void *data);


/* Tells holders of handles from others. */
static const char  ngx_invoke_handle_kind;


/* actor thread, all of this file */

void
ngx_invoke_handle_init(ngx_invoke_handle_t *h, ngx_invoke_context_t *ctx,
    const ngx_invoke_handle_ops_t *ops)
{
    ngx_invoke_isolate_t  *iso = ctx->isolate;

    iso->handles = iso->handles % NGX_MAX_INT32_VALUE + 1;

    h->context = ctx;
    h->ops = ops;
    h->number = iso->handles;
    h->owner = 0;
    h->refs = 1;
    h->closing = 0;

    ngx_queue_insert_tail(&ctx->handles, &h->queue);

    ngx_invoke_handle_adopt(h);
}


void
ngx_invoke_handle_adopt(ngx_invoke_handle_t *h)
{
    if (h->context != NULL
        && ngx_invoke_slot_get(h->context, h->owner) == NULL)
    {
        ngx_invoke_handle_own(h);
    }
}


void
ngx_invoke_handle_own(ngx_invoke_handle_t *h)
{
    ngx_invoke_slot_t  *slot;

    if (h->context == NULL) {
        return;
    }

    slot = h->context->isolate->running;

    if (slot != NULL && slot->context == h->context) {
        __atomic_store_n(&h->owner, slot->id, __ATOMIC_RELAXED);
    }
}


void
ngx_invoke_handle_hold(ngx_invoke_handle_t *h)
{
    h->refs++;
}


void
ngx_invoke_handle_release(ngx_invoke_handle_t *h)
{
    if (--h->refs != 0) {
        return;
    }

    if (h->context != NULL) {
        ngx_queue_remove(&h->queue);
        h->context = NULL;
    }

    h->ops->free(h);
}


void
ngx_invoke_handle_close(ngx_invoke_handle_t *h)
{
    if (!h->closing) {
        h->closing = 1;
        h->ops->close(h);
    }
}


void
ngx_invoke_handles_park(ngx_invoke_context_t *ctx)
{
    ngx_queue_t          *q;
    ngx_invoke_handle_t  *h;

    for (q = ngx_queue_head(&ctx->handles);
         q != ngx_queue_sentinel(&ctx->handles);
         q = ngx_queue_next(q))
    {
        h = ngx_queue_data(q, ngx_invoke_handle_t, queue);

        if (h->ops->park != NULL && !h->closing) {
            h->ops->park(h);
        }
    }
}


void
ngx_invoke_handles_end(ngx_invoke_context_t *ctx)
{
    ngx_queue_t          *q;
    ngx_invoke_handle_t  *h;

    while (!ngx_queue_empty(&ctx->handles)) {
        q = ngx_queue_head(&ctx->handles);
        h = ngx_queue_data(q, ngx_invoke_handle_t, queue);

        ngx_queue_remove(&h->queue);
        h->context = NULL;

        ngx_invoke_handle_hold(h);
        ngx_invoke_handle_close(h);
        ngx_invoke_handle_release(h);
    }
}


ngx_invoke_v8_value_t
ngx_invoke_handle_wrap(ngx_invoke_v8_call_t *call, ngx_invoke_handle_t *h,
    size_t size)
{
    return ngx_invoke_v8_new_holder(call, &ngx_invoke_handle_kind, h, size,
                                    ngx_invoke_handle_dropped);
}


ngx_invoke_handle_t *
ngx_invoke_handle_get(ngx_invoke_v8_value_t v, const void *kind)
{
    ngx_invoke_handle_t  *h;

    h = ngx_invoke_v8_holder(v, &ngx_invoke_handle_kind);

    return h != NULL && (kind == NULL || h->ops->kind == kind) ? h : NULL;
}


/* JavaScript has lost it. */

static void
ngx_invoke_handle_dropped(void *data)
{
    ngx_invoke_handle_t  *h = data;

    ngx_invoke_handle_close(h);
    ngx_invoke_handle_release(h);
}


ngx_invoke_invocation_t *
ngx_invoke_handle_invocation(ngx_invoke_handle_t *h)
{
    ngx_invoke_slot_t  *slot;

    if (h->context == NULL) {
        return NULL;
    }

    slot = ngx_invoke_slot_get(h->context, h->owner);

    return ngx_invoke_slot_invocation(slot);
}


ngx_int_t
ngx_invoke_handle_defer(ngx_invoke_handle_t *h, int32_t event, int32_t value,
    const u_char *data, size_t len)
{
    ngx_invoke_io_event_t  *e;

    e = ngx_invoke_v8_alloc(sizeof(ngx_invoke_io_event_t) + len);
    if (e == NULL) {
        return NGX_ERROR;
    }

    e->handle = h;
    e->event = event;
    e->value = value;
    e->len = len;

    if (len != 0) {
        ngx_memcpy(e->data, data, len);
    }

    ngx_invoke_handle_hold(h);
    ngx_queue_insert_tail(&h->context->isolate->events, &e->queue);
    h->context->isolate->told++;

    return NGX_OK;
}


ngx_invoke_io_event_t *
ngx_invoke_handle_next(ngx_invoke_isolate_t *iso)
{
    ngx_queue_t  *q;

    if (ngx_queue_empty(&iso->events)) {
        return NULL;
    }

    q = ngx_queue_head(&iso->events);
    ngx_queue_remove(q);

    return ngx_queue_data(q, ngx_invoke_io_event_t, queue);
}


void
ngx_invoke_handle_done(ngx_invoke_io_event_t *e)
{
    ngx_invoke_handle_release(e->handle);
    ngx_invoke_v8_free(e);
}


ngx_str_t
ngx_invoke_handle_take(ngx_invoke_isolate_t *iso)
{
    ngx_str_t  data = iso->io;

    ngx_str_null(&iso->io);

    return data;
}
