
#include "ngx_invoke_bind.h"
#include "ngx_invoke_console.h"
#include "ngx_invoke_host.h"


static void ngx_invoke_bind_finish(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_fail(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_dropped(ngx_invoke_v8_call_t *call);


const ngx_invoke_v8_native_t  ngx_invoke_bind_end[] = {
    { "finish", ngx_invoke_bind_finish },
    { "fail", ngx_invoke_bind_fail },
    { "dropped", ngx_invoke_bind_dropped },
    { NULL, NULL }
};


/* actor thread, all of this file */

/* finish(id, status, headers): also of one that has failed, and went on */

static void
ngx_invoke_bind_finish(ngx_invoke_v8_call_t *call)
{
    ngx_str_t                    text;
    ngx_invoke_slot_t           *slot = ngx_invoke_bind_slot(call);
    ngx_invoke_response_e        response;
    ngx_invoke_reply_message_t  *m;

    if (slot == NULL) {
        return;
    }

    response = slot->inv->response;

    if (response != NGX_INVOKE_RESPONSE_WHOLE) {

        if (response == NGX_INVOKE_RESPONSE_NONE) {
            ngx_str_set(&text, "the handler has finished without a response");

        } else {
            ngx_str_set(&text, "the handler has finished without ending its "
                               "response");
        }

        ngx_invoke_console_tell(slot->context, slot->inv,
                                NGX_INVOKE_CONSOLE_WARN, &text);

        m = ngx_invoke_reply_create(call, slot,
                                    response == NGX_INVOKE_RESPONSE_NONE, 0);

        if (m == NULL) {
            return;
        }

        ngx_invoke_reply_tell(slot, m, 1);
    }

    ngx_invoke_slot_settle(slot, slot->inv->failed);
}


static ngx_str_t
ngx_invoke_fail_text(ngx_invoke_v8_call_t *call, ngx_invoke_slot_t *slot,
    int i)
{
    size_t                 size;
    ngx_str_t              s = ngx_null_string;
    ngx_invoke_v8_value_t  v;

    v = ngx_invoke_v8_arg(call, i);

    size = ngx_min(ngx_invoke_v8_string_size(call, v, NGX_INVOKE_V8_UTF8),
                   NGX_INVOKE_CONSOLE_LINE);

    s.data = ngx_invoke_arena_alloc(&slot->inv->arena, size + 1);
    if (s.data != NULL) {
        s.len = ngx_invoke_v8_string_write(call, v, NGX_INVOKE_V8_UTF8,
                                           s.data, size);
    }

    return s;
}


/*
 * fail(id, name, message, stack, outcome, status): true if it goes on, since
 * promises of waitUntil() keep it
 */

static void
ngx_invoke_bind_fail(ngx_invoke_v8_call_t *call)
{
    int32_t               status;
    ngx_invoke_slot_t    *slot = ngx_invoke_bind_slot(call);
    ngx_invoke_outcome_e  outcome;

    if (slot == NULL) {
        return;
    }

    if (slot->inv->failed != NGX_INVOKE_OK) {
        ngx_invoke_slot_settle(slot, slot->inv->failed);
        return;
    }

    slot->inv->thrown_name = ngx_invoke_fail_text(call, slot, 1);
    slot->inv->thrown_message = ngx_invoke_fail_text(call, slot, 2);
    slot->inv->thrown_stack = ngx_invoke_fail_text(call, slot, 3);

    outcome = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 4));

    switch (outcome) {

    case NGX_INVOKE_BAD_EXPORT:
    case NGX_INVOKE_BAD_REQUEST:
    case NGX_INVOKE_BAD_CHARSET:
    case NGX_INVOKE_BODY_TOO_LARGE:
        break;

    default:
        outcome = NGX_INVOKE_EXCEPTION;

        /* an error that says itself what it is for the client */

        status = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 5));

        if (status >= 400 && status <= 599) {
            slot->inv->thrown_status = status;
        }
    }

    if (slot->inv->response == NGX_INVOKE_RESPONSE_WHOLE
        || !ngx_invoke_invocation_keeps(slot->inv))
    {
        ngx_invoke_slot_settle(slot, outcome);
        return;
    }

    slot->inv->failed = outcome;
    slot->inv->response = NGX_INVOKE_RESPONSE_WHOLE;
    slot->inv->failure.inv = slot->inv;

    ngx_invoke_outbox_tell(slot->context->isolate->outbox,
                           &slot->inv->failure.message,
                           NGX_INVOKE_NEWS_FAILED);

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_boolean(call, 1));
}


/*
 * dropped(id, timers, immediates): what ends with the invocation, told once a
 * version
 */

static void
ngx_invoke_bind_dropped(ngx_invoke_v8_call_t *call)
{
    u_char                  buf[128];
    ngx_str_t               text;
    ngx_invoke_slot_t      *slot = ngx_invoke_bind_slot(call);
    ngx_invoke_function_t  *function;

    if (slot == NULL) {
        return;
    }

    function = slot->inv->function;

    if (__atomic_exchange_n(&function->told, 1, __ATOMIC_RELAXED)) {
        return;
    }

    text.data = buf;
    text.len = ngx_snprintf(buf, sizeof(buf),
                            "dropped at the end of the invocation: "
                            "%D timer(s), %D immediate(s)",
                            ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1)),
                            ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 2)))
               - buf;

    ngx_invoke_console_tell(slot->context, slot->inv,
                            NGX_INVOKE_CONSOLE_INFO, &text);
}
