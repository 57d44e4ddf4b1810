
#include "ngx_invoke_slot.h"


static void ngx_invoke_slot_over(ngx_invoke_slot_t *slot,
    ngx_invoke_script_e script, ngx_invoke_outcome_e outcome);


/* actor thread, all of this file */

ngx_invoke_slot_t *
ngx_invoke_slot_take(ngx_invoke_isolate_t *iso, ngx_invoke_invocation_t *inv,
    ngx_invoke_context_t *ctx)
{
    ngx_uint_t          i;
    ngx_invoke_slot_t  *slot;

    for (i = 0; i < NGX_INVOKE_SLOTS; i++) {
        slot = &iso->slots[i];

        if (slot->id == 0) {
            iso->generation = (iso->generation + 1)
                              & (INT32_MAX / NGX_INVOKE_SLOTS);
            iso->generation += iso->generation == 0;

            slot->id = iso->generation * NGX_INVOKE_SLOTS + i;
            slot->inv = inv;
            slot->context = ctx;

            __atomic_store_n(&inv->slot, slot->id, __ATOMIC_RELAXED);

            ctx->runs++;
            ctx->program->runs++;
            iso->runs++;

            return slot;
        }
    }

    return NULL;
}


ngx_invoke_slot_t *
ngx_invoke_slot_find(ngx_invoke_isolate_t *iso, ngx_invoke_invocation_t *inv)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_INVOKE_SLOTS; i++) {
        if (iso->slots[i].id != 0 && iso->slots[i].inv == inv) {
            return &iso->slots[i];
        }
    }

    return NULL;
}


void
ngx_invoke_slot_settle(ngx_invoke_slot_t *slot, ngx_invoke_outcome_e outcome)
{
    ngx_invoke_slot_over(slot, NGX_INVOKE_SCRIPT_SETTLED, outcome);
}


void
ngx_invoke_slot_stop(ngx_invoke_slot_t *slot, ngx_invoke_outcome_e outcome)
{
    ngx_invoke_slot_over(slot, NGX_INVOKE_SCRIPT_STOPPED, outcome);
}


static void
ngx_invoke_slot_over(ngx_invoke_slot_t *slot, ngx_invoke_script_e script,
    ngx_invoke_outcome_e outcome)
{
    ngx_invoke_isolate_t  *iso = slot->context->isolate;

    if (slot->inv->script != NGX_INVOKE_SCRIPT_RUNNING) {
        return;
    }

    slot->inv->script = script;
    slot->inv->verdict = outcome;
    iso->over |= (uint64_t) 1 << ngx_invoke_slot_index(slot->id);

    /* What it still does in this turn is nobody's. */

    if (slot == iso->running
        && ngx_invoke_watch_switch(iso->watch, slot->inv, NULL))
    {
        iso->running = NULL;
    }
}
