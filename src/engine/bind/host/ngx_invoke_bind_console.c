
#include "ngx_invoke_bind.h"
#include "ngx_invoke_host.h"
#include "ngx_invoke_metrics.h"


/* Of an isolate, what code may print whose invocation is over. */
#define NGX_INVOKE_CONSOLE_UNOWNED  65536

/* What a line costs beside its bytes: as much as nginx adds to it. */
#define NGX_INVOKE_CONSOLE_CHARGE  128


static void ngx_invoke_bind_line(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_warn(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_print(ngx_invoke_v8_call_t *call,
    ngx_invoke_console_e level, int i);
static void ngx_invoke_console_unowned(ngx_invoke_context_t *ctx,
    ngx_invoke_console_e level, ngx_str_t *text);
static ngx_invoke_console_message_t *ngx_invoke_console_message(
    ngx_invoke_context_t *ctx, ngx_invoke_console_e level, ngx_str_t *text);


const ngx_invoke_v8_native_t  ngx_invoke_bind_console[] = {
    { "console", ngx_invoke_bind_line },
    { "warn", ngx_invoke_bind_warn },
    { NULL, NULL }
};


/* actor thread, all of this file */

/* console(id, level, text) */

static void
ngx_invoke_bind_line(ngx_invoke_v8_call_t *call)
{
    int32_t  level;

    level = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1));

    if (level < NGX_INVOKE_CONSOLE_DEBUG || level > NGX_INVOKE_CONSOLE_TRACE) {
        level = NGX_INVOKE_CONSOLE_LOG;
    }

    ngx_invoke_bind_print(call, level, 2);
}


/* warn(id, text) */

static void
ngx_invoke_bind_warn(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_print(call, NGX_INVOKE_CONSOLE_WARN, 1);
}


/*
 * Prints argument i, of which a line of the log holds no more than "buf" does,
 * for the invocation that argument 0 names. What runs after the end of it, in
 * the same turn, is heard, too; else it is nobody's.
 */

static void
ngx_invoke_bind_print(ngx_invoke_v8_call_t *call, ngx_invoke_console_e level,
    int i)
{
    u_char                 buf[NGX_INVOKE_CONSOLE_LINE];
    int32_t                id;
    ngx_str_t              text;
    ngx_invoke_slot_t     *slot;
    ngx_invoke_context_t  *ctx = ngx_invoke_v8_data(call);

    if (ctx == NULL || ctx->program == NULL) {
        return;
    }

    text.data = buf;
    text.len = ngx_invoke_v8_string_write(call, ngx_invoke_v8_arg(call, i),
                                          NGX_INVOKE_V8_UTF8, buf,
                                          sizeof(buf));

    id = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 0));
    slot = &ctx->isolate->slots[id & (NGX_INVOKE_SLOTS - 1)];

    if (id > 0 && slot->id == id && slot->context == ctx) {
        ngx_invoke_console_tell(slot, level, &text);

    } else {
        ngx_invoke_console_unowned(ctx, level, &text);
    }
}


void
ngx_invoke_console_tell(ngx_invoke_slot_t *slot, ngx_invoke_console_e level,
    ngx_str_t *text)
{
    ngx_str_t                      cut;
    ngx_invoke_invocation_t       *inv = slot->inv;
    ngx_invoke_console_message_t  *m;

    if (inv->console_bytes > inv->limits.console) {
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_CONSOLE_DROPPED, 1);
        return;
    }

    inv->console_bytes += text->len + NGX_INVOKE_CONSOLE_CHARGE;

    if (inv->console_bytes > inv->limits.console) {
        ngx_str_set(&cut, "too much console output, the rest is dropped");
        level = NGX_INVOKE_CONSOLE_WARN;
        text = &cut;
    }

    m = ngx_invoke_console_message(slot->context, level, text);

    if (m != NULL) {
        m->inv = inv;
        ngx_invoke_outbox_tell(slot->context->isolate->outbox, &m->message,
                               NGX_INVOKE_NEWS_CONSOLE);
    }
}


static void
ngx_invoke_console_unowned(ngx_invoke_context_t *ctx,
    ngx_invoke_console_e level, ngx_str_t *text)
{
    ngx_invoke_isolate_t          *iso = ctx->isolate;
    ngx_invoke_console_message_t  *m;

    iso->unowned_console += text->len + NGX_INVOKE_CONSOLE_CHARGE;

    if (iso->unowned_console > NGX_INVOKE_CONSOLE_UNOWNED) {
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_CONSOLE_DROPPED, 1);
        return;
    }

    m = ngx_invoke_console_message(ctx, level, text);

    if (m != NULL) {
        m->owner = ctx->owner;
        m->function = ngx_invoke_function_hold(ctx->program->function);
        ngx_invoke_outbox_tell(iso->outbox, &m->message,
                               NGX_INVOKE_NEWS_CONSOLE);
    }
}


static ngx_invoke_console_message_t *
ngx_invoke_console_message(ngx_invoke_context_t *ctx,
    ngx_invoke_console_e level, ngx_str_t *text)
{
    ngx_invoke_console_message_t  *m;

    m = malloc(sizeof(ngx_invoke_console_message_t) + text->len);
    if (m == NULL) {
        return NULL;
    }

    m->inv = NULL;
    m->actor = ctx->isolate->actor;
    m->level = level;
    m->text.len = text->len;
    m->text.data = (u_char *) (m + 1);
    ngx_memcpy(m->text.data, text->data, text->len);

    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_CONSOLE_LINES, 1);
    ngx_invoke_outbox_pace(ctx->isolate->outbox);

    return m;
}
