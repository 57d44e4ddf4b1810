
#include "ngx_invoke_bind.h"
#include "ngx_invoke_console.h"


static void ngx_invoke_bind_line(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_warn(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_print(ngx_invoke_v8_call_t *call,
    ngx_invoke_console_e level, int i);


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

    ngx_invoke_console_tell(ctx, id > 0 && slot->id == id
                                 && slot->context == ctx ? slot->inv : NULL,
                            level, &text);
}
