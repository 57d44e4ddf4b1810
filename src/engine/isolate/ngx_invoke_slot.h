/*
 * The slots of an isolate: a number for each invocation that is under way in
 * it, by which JavaScript names it. Actor thread.
 */

#ifndef _NGX_INVOKE_SLOT_H_INCLUDED_
#define _NGX_INVOKE_SLOT_H_INCLUDED_


#include "ngx_invoke_isolate.h"


/* The lower bits of an id, which no other id has that lives. */
#define ngx_invoke_slot_index(id)  ((id) & (NGX_INVOKE_SLOTS - 1))

#define ngx_invoke_slot_invocation(slot)  ((slot) != NULL ? (slot)->inv : NULL)


/* The slot of an id that lives in this context, or NULL. */

static ngx_inline ngx_invoke_slot_t *
ngx_invoke_slot_get(ngx_invoke_context_t *ctx, int32_t id)
{
    ngx_invoke_slot_t  *slot;

    if (id <= 0) {
        return NULL;
    }

    slot = &ctx->isolate->slots[ngx_invoke_slot_index(id)];

    return slot->id == id && slot->context == ctx
           && slot->inv->script == NGX_INVOKE_SCRIPT_RUNNING
           ? slot : NULL;
}


/* A free one for an invocation; NULL: there is none. */
ngx_invoke_slot_t *ngx_invoke_slot_take(ngx_invoke_isolate_t *iso,
    ngx_invoke_invocation_t *inv, ngx_invoke_context_t *ctx);

/* That of an invocation, or NULL. */
ngx_invoke_slot_t *ngx_invoke_slot_find(ngx_invoke_isolate_t *iso,
    ngx_invoke_invocation_t *inv);

/*
 * Take note that the function has finished, the first time that one of them
 * is called; the loop is told after this turn. It has settled where its
 * JavaScript says so itself, and is stopped for any other reason.
 */
void ngx_invoke_slot_settle(ngx_invoke_slot_t *slot,
    ngx_invoke_outcome_e outcome);
void ngx_invoke_slot_stop(ngx_invoke_slot_t *slot,
    ngx_invoke_outcome_e outcome);


#endif /* _NGX_INVOKE_SLOT_H_INCLUDED_ */
