
#include "ngx_invoke_console.h"
#include "ngx_invoke_metrics.h"


/* Of an isolate, what code may print whose invocation is over. */
#define NGX_INVOKE_CONSOLE_UNOWNED  65536

/* What a line costs beside its bytes: as much as nginx adds to it. */
#define NGX_INVOKE_CONSOLE_CHARGE  128


static void ngx_invoke_console_unowned(ngx_invoke_context_t *ctx,
    ngx_invoke_console_e level, ngx_str_t *text);
static ngx_invoke_console_message_t *ngx_invoke_console_message(
    ngx_invoke_context_t *ctx, ngx_invoke_console_e level, ngx_str_t *text);


/* actor thread, all of this file */

void
ngx_invoke_console_tell(ngx_invoke_context_t *ctx,
    ngx_invoke_invocation_t *inv, ngx_invoke_console_e level, ngx_str_t *text)
{
    ngx_str_t                      cut;
    ngx_invoke_console_message_t  *m;

    if (inv == NULL) {
        ngx_invoke_console_unowned(ctx, level, text);
        return;
    }

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

    m = ngx_invoke_console_message(ctx, level, text);

    if (m != NULL) {
        m->inv = inv;
        ngx_invoke_outbox_tell(ctx->isolate->outbox, &m->message,
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
