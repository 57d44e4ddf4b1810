
#include "ngx_invoke_bind.h"
#include "ngx_invoke_fd_table.h"
#include "ngx_invoke_host.h"
#include "ngx_invoke_shared.h"

#include <sys/stat.h>


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


static void ngx_invoke_bind_respond(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_etag(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_head(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_write(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_end_response(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_send_file(ngx_invoke_v8_call_t *call);


const ngx_invoke_v8_native_t  ngx_invoke_bind_response[] = {
    { "respond", ngx_invoke_bind_respond },
    { "etag", ngx_invoke_bind_etag },
    { "head", ngx_invoke_bind_head },
    { "write", ngx_invoke_bind_write },
    { "end", ngx_invoke_bind_end_response },
    { "sendFile", ngx_invoke_bind_send_file },
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
    slot->inv->head_too_large = 1;
    ngx_invoke_slot_stop(slot, NGX_INVOKE_RESPONSE_TOO_LARGE);

    return NULL;
}


/* Of a body: its bytes, or else the encoding of a string. */

static size_t
ngx_invoke_reply_size(ngx_invoke_v8_call_t *call, ngx_invoke_v8_value_t data,
    uint8_t **bytes, ngx_invoke_v8_encoding_e *enc)
{
    size_t  len;

    if (ngx_invoke_v8_bytes(data, bytes, &len) == 0) {
        return len;
    }

    *bytes = NULL;
    len = ngx_invoke_v8_string_size(call, data, NGX_INVOKE_V8_UTF8);

    /* ASCII is the same in both, and faster this way. */

    *enc = len == ngx_invoke_v8_string_size(call, data, NGX_INVOKE_V8_LATIN1)
           ? NGX_INVOKE_V8_LATIN1 : NGX_INVOKE_V8_UTF8;

    return len;
}


ngx_invoke_reply_message_t *
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
        body_len = ngx_invoke_reply_size(call, data, &bytes, &enc);
    }

    charge = head || body_len == 0 ? 0 : NGX_INVOKE_WRITE_CHARGE;

    buffered = __atomic_add_fetch(&inv->buffered, body_len + charge,
                                  __ATOMIC_SEQ_CST) - charge;

    if (buffered > inv->limits.response
        || headers_len > inv->limits.response - buffered)
    {
        ngx_invoke_slot_stop(slot, NGX_INVOKE_RESPONSE_TOO_LARGE);
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

        inv->response = NGX_INVOKE_RESPONSE_BEGUN;
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


void
ngx_invoke_reply_tell(ngx_invoke_slot_t *slot, ngx_invoke_reply_message_t *m,
    ngx_uint_t last)
{
    ngx_invoke_outbox_t  *box = slot->context->isolate->outbox;

    m->reply.last = last;

    if (last) {
        slot->inv->response = NGX_INVOKE_RESPONSE_WHOLE;
    }

    ngx_invoke_outbox_pace(box);
    ngx_invoke_outbox_tell(box, &m->message, NGX_INVOKE_NEWS_REPLY);
}


/* Whether the client asks for a response only if it does not have it. */

static ngx_uint_t
ngx_invoke_reply_conditional(ngx_invoke_invocation_t *inv)
{
    ngx_str_t   *name;
    ngx_uint_t   i;

    for (i = 0; i < inv->nheaders; i++) {
        name = &inv->headers[i].name;

        if ((name->len == sizeof("if-none-match") - 1
             && ngx_memcmp(name->data, "if-none-match", name->len) == 0)
            || (name->len == sizeof("if-modified-since") - 1
                && ngx_memcmp(name->data, "if-modified-since", name->len)
                   == 0))
        {
            return 1;
        }
    }

    return 0;
}


/*
 * respond(id, status, headers, body, how): of a response that send() makes the
 * ETag is made here, and nginx does not ask whether the client has it. Where
 * it may have it that is for JavaScript to find out: true is returned then,
 * and nothing is sent.
 */

static void
ngx_invoke_bind_respond(ngx_invoke_v8_call_t *call)
{
    int32_t                      how;
    ngx_invoke_slot_t           *slot = ngx_invoke_bind_slot(call);
    ngx_invoke_reply_message_t  *m;

    if (slot == NULL || slot->inv->response != NGX_INVOKE_RESPONSE_NONE) {
        return;
    }

    how = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 4));

    if (how == NGX_INVOKE_RESPOND_TAGGED
        && ngx_invoke_reply_conditional(slot->inv))
    {
        ngx_invoke_v8_return(call, ngx_invoke_v8_new_boolean(call, 1));
        return;
    }

    m = ngx_invoke_reply_create(call, slot, 1, 3);

    if (m == NULL) {
        return;
    }

    m->reply.decided = (how != 0);

    if (how == NGX_INVOKE_RESPOND_TAGGED) {
        m->reply.etag_len = ngx_invoke_etag(m->reply.etag,
                                            slot->inv->limits.etag,
                                            m->reply.body.data,
                                            m->reply.body.len);
    }

    ngx_invoke_reply_tell(slot, m, 1);
}


/* etag(id, body): what respond() would make, or undefined */

static void
ngx_invoke_bind_etag(ngx_invoke_v8_call_t *call)
{
    size_t                     len;
    u_char                    *data, etag[NGX_INVOKE_ETAG_LEN];
    uint8_t                   *bytes;
    ngx_invoke_slot_t         *slot = ngx_invoke_bind_slot(call);
    ngx_invoke_v8_value_t      body;
    ngx_invoke_v8_encoding_e   enc;

    if (slot == NULL || slot->inv->limits.etag == NGX_INVOKE_ETAG_OFF) {
        return;
    }

    body = ngx_invoke_v8_arg(call, 1);
    enc = NGX_INVOKE_V8_UTF8;
    data = NULL;

    len = ngx_invoke_reply_size(call, body, &bytes, &enc);

    if (bytes == NULL) {
        data = malloc(len + 1);
        if (data == NULL) {
            return;
        }

        len = ngx_invoke_v8_string_write(call, body, enc, data, len);
    }

    len = ngx_invoke_etag(etag, slot->inv->limits.etag,
                          data != NULL ? data : bytes, len);
    free(data);

    if (len != 0) {
        ngx_invoke_v8_return(call,
                             ngx_invoke_v8_new_name(call, (char *) etag, len));
    }
}


/* head(id, status, headers) */

static void
ngx_invoke_bind_head(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_slot_t           *slot = ngx_invoke_bind_slot(call);
    ngx_invoke_reply_message_t  *m;

    if (slot == NULL || slot->inv->response != NGX_INVOKE_RESPONSE_NONE) {
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

    if (slot != NULL && slot->inv->response == NGX_INVOKE_RESPONSE_BEGUN) {
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
ngx_invoke_bind_end_response(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_slot_t           *slot = ngx_invoke_bind_slot(call);
    ngx_invoke_reply_message_t  *m;

    if (slot == NULL || slot->inv->response != NGX_INVOKE_RESPONSE_BEGUN) {
        return;
    }

    m = ngx_invoke_reply_create(call, slot, 0, 0);

    if (m != NULL) {
        ngx_invoke_reply_tell(slot, m, 1);
    }
}


/*
 * sendFile(id, status, headers, fd, flags, start, end): from the byte "start"
 * on, and with an "end" that is not negative up to that one. A number of the
 * context's table becomes the response's; or nothing is done.
 */

static void
ngx_invoke_bind_send_file(ngx_invoke_v8_call_t *call)
{
    int                          fd, flags;
    double                       start, end;
    struct statx                 st;
    ngx_invoke_slot_t           *slot = ngx_invoke_bind_slot(call);
    ngx_invoke_context_t        *ctx = ngx_invoke_v8_data(call);
    ngx_invoke_reply_message_t  *m;

    if (slot == NULL || slot->inv->response != NGX_INVOKE_RESPONSE_NONE) {
        return;
    }

    fd = ngx_invoke_fd_table_take(ctx, ngx_invoke_v8_number(
                                           ngx_invoke_v8_arg(call, 3)));
    if (fd == -1) {
        return;
    }

    /* no wait for a disk: it was just opened */

    if (statx(fd, "", AT_EMPTY_PATH|AT_STATX_DONT_SYNC,
              STATX_TYPE|STATX_SIZE|STATX_MTIME, &st)
        == -1
        || !S_ISREG(st.stx_mode))
    {
        ngx_invoke_descriptors_close(slot->inv->function, fd);
        return;
    }

    m = ngx_invoke_reply_create(call, slot, 1, 0);

    if (m == NULL) {
        ngx_invoke_descriptors_close(slot->inv->function, fd);
        return;
    }

    flags = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 4));
    start = ngx_invoke_v8_number(ngx_invoke_v8_arg(call, 5));
    end = ngx_invoke_v8_number(ngx_invoke_v8_arg(call, 6));

    m->reply.fd = fd;
    m->reply.function = ngx_invoke_function_hold(slot->inv->function);

    /* false for NaN */

    if (start > 0) {
        m->reply.file_start = ngx_min(start, (double) st.stx_size);
    }

    m->reply.file_size = st.stx_size - m->reply.file_start;

    if (end >= 0 && end + 1 < st.stx_size) {
        m->reply.file_size = ngx_max(0, (off_t) end + 1
                                        - m->reply.file_start);
    }

    m->reply.file_mtime = st.stx_mtime.tv_sec;
    m->reply.file_modified = (flags & NGX_INVOKE_FILE_LAST_MODIFIED) != 0;
    m->reply.file_etag = (flags & NGX_INVOKE_FILE_ETAG) != 0;
    m->reply.file_ranges = (flags & NGX_INVOKE_FILE_RANGES) != 0;
    m->reply.file_no_cache = (flags & NGX_INVOKE_FILE_NO_CACHE) != 0;

    ngx_invoke_reply_tell(slot, m, 1);
}
