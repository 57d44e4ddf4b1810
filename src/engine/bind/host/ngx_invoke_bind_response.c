
#include "ngx_invoke_bind.h"
#include "ngx_invoke_actor.h"
#include "ngx_invoke_metrics.h"
#include "ngx_invoke_descriptors.h"
#include "ngx_invoke_root.h"


/* Bytes not yet sent at which write() asks the function to wait. */
#define NGX_INVOKE_HIGH_WATER  65536

/* What a write costs until it is sent, beside its bytes. */
#define NGX_INVOKE_WRITE_CHARGE  128

/*
 * What the head of a response may have: the loop checks it, and nginx sends
 * it, in one go.
 */
#define NGX_INVOKE_HEAD_SIZE   (256 * 1024)
#define NGX_INVOKE_HEAD_LINES  1000

/* Console lines are cut at this length. */
#define NGX_INVOKE_CONSOLE_LINE  16384

/* Of an isolate, what code may print whose invocation is over. */
#define NGX_INVOKE_CONSOLE_UNOWNED  65536

/* What a line costs beside its bytes: as much as nginx adds to it. */
#define NGX_INVOKE_CONSOLE_CHARGE  128


static void ngx_invoke_bind_respond(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_head(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_write(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_end(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_send_file(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_finish(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_fail(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_console(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_warn(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_dropped(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_print(ngx_invoke_v8_call_t *call,
    ngx_invoke_console_e level, int i);
static void ngx_invoke_console_tell(ngx_invoke_context_t *ctx,
    ngx_invoke_slot_t *slot, ngx_invoke_console_e level, ngx_str_t *text);
static void ngx_invoke_console_unowned(ngx_invoke_context_t *ctx,
    ngx_invoke_console_e level, ngx_str_t *text);
static ngx_invoke_console_message_t *ngx_invoke_console_message(
    ngx_invoke_context_t *ctx, ngx_invoke_console_e level, ngx_str_t *text);


const ngx_invoke_v8_native_t  ngx_invoke_bind_response[] = {
    { "respond", ngx_invoke_bind_respond },
    { "head", ngx_invoke_bind_head },
    { "write", ngx_invoke_bind_write },
    { "end", ngx_invoke_bind_end },
    { "sendFile", ngx_invoke_bind_send_file },
    { "finish", ngx_invoke_bind_finish },
    { "fail", ngx_invoke_bind_fail },
    { "console", ngx_invoke_bind_console },
    { "warn", ngx_invoke_bind_warn },
    { "dropped", ngx_invoke_bind_dropped },
    { NULL, NULL }
};


/* actor thread, all of this file */

static ngx_uint_t
ngx_invoke_head_lines(ngx_str_t *headers)
{
    u_char      *p, *last;
    ngx_uint_t   n;

    n = 0;
    last = headers->data + headers->len;

    for (p = headers->data; p < last; p++) {
        n += (*p == '\n');
    }

    return n;
}


/* The head is too large; there has been none, so that the client is told. */

static ngx_invoke_reply_message_t *
ngx_invoke_head_refuse(ngx_invoke_slot_t *slot)
{
    slot->inv->head_over = 1;
    ngx_invoke_isolate_over(slot, NGX_INVOKE_RESPONSE_TOO_LARGE);

    return NULL;
}


/*
 * A reply with the head from arguments 1 and 2, unless "head" is 0, and the
 * body from argument "body", unless that is 0. NULL: an exception is pending,
 * or the invocation has failed for a response that is too large.
 */

static ngx_invoke_reply_message_t *
ngx_invoke_reply_create(ngx_invoke_v8_call_t *call, ngx_invoke_slot_t *slot,
    ngx_uint_t head, int body)
{
    size_t                       headers_len, body_len, charge, buffered;
    u_char                      *p;
    uint8_t                     *bytes;
    ngx_invoke_v8_value_t        headers, data;
    ngx_invoke_v8_encoding_e     enc;
    ngx_invoke_invocation_t     *inv = slot->inv;
    ngx_invoke_reply_message_t  *m;

    headers = NULL;
    headers_len = 0;

    if (head) {
        headers = ngx_invoke_v8_arg(call, 2);
        headers_len = ngx_invoke_v8_string_size(call, headers,
                                                NGX_INVOKE_V8_LATIN1);

        if (headers_len > NGX_INVOKE_HEAD_SIZE) {
            return ngx_invoke_head_refuse(slot);
        }
    }

    data = NULL;
    bytes = NULL;
    body_len = 0;
    enc = NGX_INVOKE_V8_UTF8;

    if (body != 0) {
        data = ngx_invoke_v8_arg(call, body);

        if (ngx_invoke_v8_bytes(data, &bytes, &body_len) != 0) {
            bytes = NULL;
            body_len = ngx_invoke_v8_string_size(call, data, enc);

            /* ASCII is the same in both, and faster this way. */

            if (body_len == ngx_invoke_v8_string_size(call, data,
                                                      NGX_INVOKE_V8_LATIN1))
            {
                enc = NGX_INVOKE_V8_LATIN1;
            }
        }
    }

    charge = head || body_len == 0 ? 0 : NGX_INVOKE_WRITE_CHARGE;

    buffered = __atomic_add_fetch(&inv->buffered, body_len + charge,
                                  __ATOMIC_SEQ_CST) - charge;

    if (buffered > inv->limits.response
        || headers_len > inv->limits.response - buffered)
    {
        ngx_invoke_isolate_over(slot, NGX_INVOKE_RESPONSE_TOO_LARGE);
        return NULL;
    }

    m = malloc(sizeof(ngx_invoke_reply_message_t) + headers_len + body_len);
    if (m == NULL) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR, NULL,
                            "Out of memory");
        return NULL;
    }

    ngx_memzero(m, sizeof(ngx_invoke_reply_message_t));

    m->inv = inv;
    m->actor = slot->context->isolate->actor;
    m->reply.fd = -1;
    m->reply.charge = charge;

    p = (u_char *) (m + 1);

    if (head) {
        m->reply.status = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1));
        m->reply.headers.data = p;
        m->reply.headers.len
            = ngx_invoke_v8_string_write(call, headers, NGX_INVOKE_V8_LATIN1,
                                         p, headers_len);
        p += headers_len;

        if (ngx_invoke_head_lines(&m->reply.headers) > NGX_INVOKE_HEAD_LINES) {
            free(m);
            return ngx_invoke_head_refuse(slot);
        }

        inv->head_sent = 1;
    }

    m->reply.body.data = p;
    m->reply.body.len = body_len;

    if (bytes != NULL) {
        ngx_memcpy(p, bytes, body_len);

    } else if (body_len != 0) {
        m->reply.body.len = ngx_invoke_v8_string_write(call, data, enc, p,
                                                       body_len);
    }

    return m;
}


static void
ngx_invoke_reply_tell(ngx_invoke_slot_t *slot, ngx_invoke_reply_message_t *m,
    ngx_uint_t last)
{
    m->reply.last = last;
    slot->inv->ended = last;

    ngx_invoke_actor_pace(m->actor);
    ngx_invoke_actor_tell(m->actor, &m->message, NGX_INVOKE_NEWS_REPLY);
}


/* respond(id, status, headers, body) */

static void
ngx_invoke_bind_respond(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_slot_t           *slot = ngx_invoke_bind_slot(call);
    ngx_invoke_reply_message_t  *m;

    if (slot == NULL || slot->inv->head_sent) {
        return;
    }

    m = ngx_invoke_reply_create(call, slot, 1, 3);

    if (m != NULL) {
        ngx_invoke_reply_tell(slot, m, 1);
    }
}


/* head(id, status, headers) */

static void
ngx_invoke_bind_head(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_slot_t           *slot = ngx_invoke_bind_slot(call);
    ngx_invoke_reply_message_t  *m;

    if (slot == NULL || slot->inv->head_sent) {
        return;
    }

    m = ngx_invoke_reply_create(call, slot, 1, 0);

    if (m != NULL) {
        ngx_invoke_reply_tell(slot, m, 0);
    }
}


/* write(id, chunk): whether more may be written at once */

static void
ngx_invoke_bind_write(ngx_invoke_v8_call_t *call)
{
    size_t                       high;
    ngx_uint_t                   more;
    ngx_invoke_slot_t           *slot = ngx_invoke_bind_slot(call);
    ngx_invoke_reply_message_t  *m;

    more = 0;

    if (slot != NULL && slot->inv->head_sent && !slot->inv->ended) {
        m = ngx_invoke_reply_create(call, slot, 0, 1);

        if (m == NULL) {
            return;
        }

        if (m->reply.body.len != 0) {
            ngx_invoke_reply_tell(slot, m, 0);

        } else {
            free(m);
        }

        more = 1;

        /* After a write that says so there is room for half the limit. */

        high = ngx_min(NGX_INVOKE_HIGH_WATER,
                       slot->inv->limits.response / 2 + 1);

        if (__atomic_load_n(&slot->inv->buffered, __ATOMIC_SEQ_CST) >= high) {
            __atomic_store_n(&slot->inv->starved, 1, __ATOMIC_SEQ_CST);

            /* The loop may have sent it all before it could see the mark. */

            more = __atomic_load_n(&slot->inv->buffered, __ATOMIC_SEQ_CST)
                   < high
                   && __atomic_exchange_n(&slot->inv->starved, 0,
                                          __ATOMIC_SEQ_CST);
        }
    }

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_boolean(call, more));
}


/* end(id) */

static void
ngx_invoke_bind_end(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_slot_t           *slot = ngx_invoke_bind_slot(call);
    ngx_invoke_reply_message_t  *m;

    if (slot == NULL || !slot->inv->head_sent || slot->inv->ended) {
        return;
    }

    m = ngx_invoke_reply_create(call, slot, 0, 0);

    if (m != NULL) {
        ngx_invoke_reply_tell(slot, m, 1);
    }
}


/* sendFile(id, status, headers, path, flags) */

static void
ngx_invoke_bind_send_file(ngx_invoke_v8_call_t *call)
{
    int                          fd, flags;
    ngx_str_t                    path;
    ngx_int_t                    taken;
    ngx_err_t                    err;
    struct stat                  sb;
    ngx_invoke_slot_t           *slot = ngx_invoke_bind_slot(call);
    ngx_invoke_reply_message_t  *m;

    if (slot == NULL || slot->inv->head_sent) {
        return;
    }

    path = ngx_invoke_bind_path(call, 3);
    if (path.data == NULL) {
        return;
    }

    fd = -1;
    err = NGX_EMFILE;
    taken = ngx_invoke_descriptors_take(slot->inv->function,
                                        NGX_INVOKE_DESCRIPTORS_SENT);

    if (taken == NGX_OK) {
        fd = ngx_invoke_root_open(slot->inv->function->root_fd,
                                  (char *) path.data, O_RDONLY);
        err = ngx_errno;
    }

    if (fd != -1) {
        err = fstat(fd, &sb) == -1 ? ngx_errno
              : S_ISREG(sb.st_mode) ? 0 : EISDIR;
    }

    if (err) {
        ngx_invoke_bind_throw_errno(call, err, fd == -1 ? "open" : "read",
                                    &path);
        m = NULL;

    } else {
        m = ngx_invoke_reply_create(call, slot, 1, 0);
    }

    free(path.data);

    if (m == NULL) {
        if (taken == NGX_OK) {
            ngx_invoke_descriptors_close(slot->inv->function, fd);
        }

        return;
    }

    flags = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 4));

    m->reply.fd = fd;
    m->reply.function = ngx_invoke_function_hold(slot->inv->function);
    m->reply.file_size = sb.st_size;
    m->reply.file_mtime = sb.st_mtime;
    m->reply.file_modified = (flags & 1) != 0;
    m->reply.file_etag = (flags & 2) != 0;
    m->reply.file_ranges = (flags & 4) != 0;

    ngx_invoke_reply_tell(slot, m, 1);
}


/* finish(id, status, headers) */

static void
ngx_invoke_bind_finish(ngx_invoke_v8_call_t *call)
{
    ngx_str_t                    text;
    ngx_invoke_slot_t           *slot = ngx_invoke_bind_slot(call);
    ngx_invoke_reply_message_t  *m;

    if (slot == NULL) {
        return;
    }

    if (!slot->inv->ended) {

        if (!slot->inv->head_sent) {
            ngx_str_set(&text, "the handler has finished without a response");

        } else {
            ngx_str_set(&text, "the handler has finished without ending its "
                               "response");
        }

        ngx_invoke_console_tell(slot->context, slot,
                                NGX_INVOKE_CONSOLE_WARN, &text);

        m = ngx_invoke_reply_create(call, slot, !slot->inv->head_sent, 0);

        if (m == NULL) {
            return;
        }

        ngx_invoke_reply_tell(slot, m, 1);
    }

    slot->inv->released = 1;
    ngx_invoke_isolate_over(slot, NGX_INVOKE_OK);
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


/* fail(id, name, message, stack, code) */

static void
ngx_invoke_bind_fail(ngx_invoke_v8_call_t *call)
{
    ngx_str_t             code;
    ngx_invoke_slot_t    *slot = ngx_invoke_bind_slot(call);
    ngx_invoke_outcome_e  outcome;

    if (slot == NULL) {
        return;
    }

    slot->inv->thrown_name = ngx_invoke_fail_text(call, slot, 1);
    slot->inv->thrown_message = ngx_invoke_fail_text(call, slot, 2);
    slot->inv->thrown_stack = ngx_invoke_fail_text(call, slot, 3);

    code = ngx_invoke_fail_text(call, slot, 4);
    outcome = NGX_INVOKE_EXCEPTION;

    if (code.len == 10 && ngx_strncmp(code.data, "bad_export", 10) == 0) {
        outcome = NGX_INVOKE_BAD_EXPORT;

    } else if (code.len == 11
               && ngx_strncmp(code.data, "bad_request", 11) == 0)
    {
        outcome = NGX_INVOKE_BAD_REQUEST;

    } else if (code.len == 11
               && ngx_strncmp(code.data, "bad_charset", 11) == 0)
    {
        outcome = NGX_INVOKE_BAD_CHARSET;
    }

    slot->inv->released = 1;
    ngx_invoke_isolate_over(slot, outcome);
}


/* console(id, level, text) */

static void
ngx_invoke_bind_console(ngx_invoke_v8_call_t *call)
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

    ngx_invoke_console_tell(slot->context, slot, NGX_INVOKE_CONSOLE_INFO,
                            &text);
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
        ngx_invoke_console_tell(ctx, slot, level, &text);

    } else {
        ngx_invoke_console_unowned(ctx, level, &text);
    }
}


static void
ngx_invoke_console_tell(ngx_invoke_context_t *ctx, ngx_invoke_slot_t *slot,
    ngx_invoke_console_e level, ngx_str_t *text)
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

    m = ngx_invoke_console_message(ctx, level, text);

    if (m != NULL) {
        m->inv = inv;
        ngx_invoke_actor_tell(m->actor, &m->message, NGX_INVOKE_NEWS_CONSOLE);
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
        ngx_invoke_actor_tell(m->actor, &m->message, NGX_INVOKE_NEWS_CONSOLE);
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
    ngx_invoke_actor_pace(m->actor);

    return m;
}
