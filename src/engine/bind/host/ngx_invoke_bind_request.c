
#include "ngx_invoke_bind.h"
#include "ngx_invoke_bom.h"
#include "ngx_invoke_outbox.h"
#include "ngx_invoke_shared.h"


static void ngx_invoke_bind_headers(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_params(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_env(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_info(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_body_length(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_body(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_body_text(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_body_read(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_body_ask(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_body_piece(ngx_invoke_v8_call_t *call);
static ngx_int_t ngx_invoke_body_read(ngx_invoke_invocation_t *inv,
    uint8_t *buf, size_t size, off_t offset);


const ngx_invoke_v8_native_t  ngx_invoke_bind_request[] = {
    { "headers", ngx_invoke_bind_headers },
    { "params", ngx_invoke_bind_params },
    { "env", ngx_invoke_bind_env },
    { "info", ngx_invoke_bind_info },
    { "bodyLength", ngx_invoke_bind_body_length },
    { "body", ngx_invoke_bind_body },
    { "bodyText", ngx_invoke_bind_body_text },
    { "bodyRead", ngx_invoke_bind_body_read },
    { "bodyAsk", ngx_invoke_bind_body_ask },
    { "bodyPiece", ngx_invoke_bind_body_piece },
    { NULL, NULL }
};


/* actor thread, all of this file */

static void
ngx_invoke_bind_headers(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_slot_t  *slot = ngx_invoke_bind_slot(call);

    if (slot != NULL) {
        ngx_invoke_v8_return(call,
                             ngx_invoke_bind_fields(call, slot->inv->headers,
                                                    slot->inv->nheaders));
    }
}


static void
ngx_invoke_bind_params(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_slot_t  *slot = ngx_invoke_bind_slot(call);

    if (slot != NULL) {
        ngx_invoke_v8_return(call,
                             ngx_invoke_bind_fields(call, slot->inv->params,
                                                    slot->inv->nparams));
    }
}


/* The store's variables, then those of the location, which win. */

static void
ngx_invoke_bind_env(ngx_invoke_v8_call_t *call)
{
    ngx_uint_t                i, j, n;
    ngx_invoke_slot_t        *slot = ngx_invoke_bind_slot(call);
    ngx_invoke_field_t       *f, *fields[2];
    ngx_uint_t                counts[2];
    ngx_invoke_v8_value_t    *values, array;
    ngx_invoke_invocation_t  *inv;

    if (slot == NULL) {
        return;
    }

    inv = slot->inv;

    fields[0] = inv->function->env;
    counts[0] = inv->function->nenv;
    fields[1] = inv->env;
    counts[1] = inv->nenv;

    values = malloc((2 * (counts[0] + counts[1]) + 1)
                    * sizeof(ngx_invoke_v8_value_t));
    if (values == NULL) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR, NULL,
                            "Out of memory");
        return;
    }

    n = 0;

    for (i = 0; i < 2; i++) {
        for (j = 0; j < counts[i]; j++) {
            f = &fields[i][j];

            values[n] = ngx_invoke_v8_new_string(call, NGX_INVOKE_V8_UTF8,
                                                 f->name.data, f->name.len);
            values[n + 1] = ngx_invoke_v8_new_string(call,
                                                     NGX_INVOKE_V8_UTF8,
                                                     f->value.data,
                                                     f->value.len);
            n += 2;
        }
    }

    array = ngx_invoke_v8_new_array(call, values, n);
    free(values);

    ngx_invoke_v8_return(call, array);
}


static void
ngx_invoke_bind_info(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_slot_t        *slot = ngx_invoke_bind_slot(call);
    ngx_invoke_v8_value_t     values[NGX_INVOKE_INFOS];
    ngx_invoke_invocation_t  *inv;

    if (slot == NULL) {
        return;
    }

    inv = slot->inv;

    values[NGX_INVOKE_INFO_PROTOCOL]
        = ngx_invoke_bind_latin1(call, &inv->protocol);
    values[NGX_INVOKE_INFO_IP] = ngx_invoke_bind_latin1(call, &inv->ip);
    values[NGX_INVOKE_INFO_PORT] = ngx_invoke_v8_new_number(call, inv->port);
    values[NGX_INVOKE_INFO_HOST] = ngx_invoke_bind_latin1(call, &inv->host);
    values[NGX_INVOKE_INFO_HTTP_VERSION]
        = ngx_invoke_bind_latin1(call, &inv->http_version);
    values[NGX_INVOKE_INFO_ORIGINAL_URL]
        = ngx_invoke_bind_latin1(call, &inv->original_url);
    values[NGX_INVOKE_INFO_FUNCTION_ID]
        = ngx_invoke_v8_new_string(call, NGX_INVOKE_V8_UTF8,
                                   inv->function->id.data,
                                   inv->function->id.len);

    ngx_invoke_v8_return(call,
                         ngx_invoke_v8_new_array(call, values,
                                                 NGX_INVOKE_INFOS));
}


static void
ngx_invoke_bind_body_length(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_slot_t  *slot = ngx_invoke_bind_slot(call);

    ngx_invoke_v8_return(call,
        ngx_invoke_v8_new_number(call, slot != NULL ? slot->inv->body_size
                                                    : -1));
}


/* Bytes [offset, offset + length) of the body as an Uint8Array. */

static void
ngx_invoke_body_return(ngx_invoke_v8_call_t *call,
    ngx_invoke_invocation_t *inv, double offset, double length)
{
    off_t                  start, size;
    uint8_t               *data;
    ngx_invoke_v8_value_t  bytes;

    size = ngx_max(inv->body_size, 0);
    start = offset > 0 ? (off_t) ngx_min(offset, (double) size) : 0;
    size = length > 0 ? (off_t) ngx_min(length, (double) (size - start)) : 0;

    bytes = ngx_invoke_v8_new_bytes(call, size, &data);

    if (bytes == NULL) {
        return;
    }

    if (ngx_invoke_body_read(inv, data, size, start) != NGX_OK) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_ERROR, "EIO",
                            "EIO: i/o error, read of the request body");
        return;
    }

    ngx_invoke_v8_return(call, bytes);
}


static void
ngx_invoke_bind_body(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_slot_t  *slot = ngx_invoke_bind_slot(call);

    if (slot != NULL) {
        ngx_invoke_body_return(call, slot->inv, 0, slot->inv->body_size);
    }
}


static void
ngx_invoke_bind_body_read(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_slot_t  *slot = ngx_invoke_bind_slot(call);

    if (slot != NULL) {
        ngx_invoke_body_return(call, slot->inv,
                               ngx_invoke_v8_number(
                                   ngx_invoke_v8_arg(call, 1)),
                               ngx_invoke_v8_number(
                                   ngx_invoke_v8_arg(call, 2)));
    }
}


static void
ngx_invoke_bind_body_text(ngx_invoke_v8_call_t *call)
{
    size_t                    size, bom;
    u_char                   *text, *p;
    ngx_invoke_slot_t        *slot = ngx_invoke_bind_slot(call);
    ngx_invoke_v8_value_t     value;
    ngx_invoke_invocation_t  *inv;

    if (slot == NULL) {
        return;
    }

    inv = slot->inv;
    size = ngx_max(inv->body_size, 0);
    text = NULL;
    p = inv->body.data;

    if (inv->body_fd != -1) {

        /* V8 has no strings of that length, so do not even read it. */

        text = size < INT32_MAX / 2 ? malloc(size + 1) : NULL;

        if (text == NULL) {
            ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR, NULL,
                                "The request body is too large for a string");
            return;
        }

        if (ngx_invoke_body_read(inv, text, size, 0) != NGX_OK) {
            free(text);
            ngx_invoke_v8_throw(call, NGX_INVOKE_V8_ERROR, "EIO",
                                "EIO: i/o error, read of the request body");
            return;
        }

        p = text;
    }

    bom = ngx_invoke_bom(p, size);
    value = ngx_invoke_v8_new_string(call, NGX_INVOKE_V8_UTF8, p + bom,
                                     size - bom);
    free(text);

    ngx_invoke_v8_return(call, value);
}


/* bodyAsk(id): the hook "body" has the next piece of one that is streamed */

static void
ngx_invoke_bind_body_ask(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_slot_t        *slot = ngx_invoke_bind_slot(call);
    ngx_invoke_invocation_t  *inv;

    if (slot == NULL) {
        return;
    }

    inv = slot->inv;

    if (inv->body_size == NGX_INVOKE_BODY_STREAMED && !inv->asks) {
        inv->asks = 1;
        inv->ask.inv = inv;

        ngx_invoke_outbox_tell(slot->context->isolate->outbox,
                               &inv->ask.message, NGX_INVOKE_NEWS_BODY);
    }
}


/* bodyPiece(): which is here while the hook runs */

static void
ngx_invoke_bind_body_piece(ngx_invoke_v8_call_t *call)
{
    uint8_t                *data;
    ngx_str_t               piece;
    ngx_invoke_v8_value_t   bytes;

    piece = ngx_invoke_handle_take(
                ((ngx_invoke_context_t *) ngx_invoke_v8_data(call))->isolate);

    bytes = ngx_invoke_v8_new_bytes(call, piece.len, &data);

    if (bytes != NULL) {
        ngx_memcpy(data, piece.data, piece.len);
        ngx_invoke_v8_return(call, bytes);
    }
}


static ngx_int_t
ngx_invoke_body_read(ngx_invoke_invocation_t *inv, uint8_t *buf, size_t size,
    off_t offset)
{
    ssize_t  n;

    if (inv->body_fd == -1) {
        ngx_memcpy(buf, inv->body.data + offset, size);
        return NGX_OK;
    }

    while (size > 0) {
        n = pread(inv->body_fd, buf, size, offset);

        if (n == -1 && ngx_errno == EINTR) {
            continue;
        }

        if (n <= 0) {
            return NGX_ERROR;
        }

        buf += n;
        size -= n;
        offset += n;
    }

    return NGX_OK;
}
