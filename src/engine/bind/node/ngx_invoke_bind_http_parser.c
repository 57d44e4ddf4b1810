
#include "ngx_invoke_bind.h"
#include "ngx_invoke_http_parser.h"


static void ngx_invoke_bind_http_parser_create(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_http_parser_init(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_http_parser_execute(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_http_parser_pause(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_http_parser_methods(ngx_invoke_v8_call_t *call);


const ngx_invoke_v8_native_t  ngx_invoke_bind_http_parser[] = {
    { "create", ngx_invoke_bind_http_parser_create },
    { "init", ngx_invoke_bind_http_parser_init },
    { "execute", ngx_invoke_bind_http_parser_execute },
    { "pause", ngx_invoke_bind_http_parser_pause },
    { "methodNames", ngx_invoke_bind_http_parser_methods },
    { NULL, NULL }
};


/* Tells parsers from other objects that own memory. */
static const char  ngx_invoke_http_parser_kind;


/* actor thread, all of this file */

/* create() */

static void
ngx_invoke_bind_http_parser_create(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_value_t      holder;
    ngx_invoke_http_parser_t  *hp;

    hp = ngx_invoke_http_parser_create();
    if (hp == NULL) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR, NULL,
                            "Out of memory");
        return;
    }

    holder = ngx_invoke_v8_new_holder(call, &ngx_invoke_http_parser_kind, hp,
                                      sizeof(ngx_invoke_http_parser_t),
                                      ngx_invoke_http_parser_free);
    if (holder != NULL) {
        ngx_invoke_v8_return(call, holder);
    }
}


/* The parser that is argument 0, or NULL with an exception pending. */

static ngx_invoke_http_parser_t *
ngx_invoke_http_parser_get(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_http_parser_t  *hp;

    hp = ngx_invoke_v8_holder(ngx_invoke_v8_arg(call, 0),
                              &ngx_invoke_http_parser_kind);
    if (hp == NULL) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_TYPE_ERROR,
                            "ERR_INVALID_ARG_TYPE", "Bad HTTP parser");
    }

    return hp;
}


/* init(parser, type, header_max, lenient) */

static void
ngx_invoke_bind_http_parser_init(ngx_invoke_v8_call_t *call)
{
    size_t                     header_max;
    int32_t                    type;
    ngx_invoke_http_parser_t  *hp;

    hp = ngx_invoke_http_parser_get(call);
    if (hp == NULL) {
        return;
    }

    type = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1));

    if ((type != HTTP_REQUEST && type != HTTP_RESPONSE)
        || ngx_invoke_v8_arg_index(call, 2, &header_max) != 1)
    {
        (void) ngx_invoke_bytes_throw(call);
        return;
    }

    ngx_invoke_http_parser_init(hp, type, header_max,
                                ngx_invoke_v8_int32(ngx_invoke_v8_arg(call,
                                                                      3)));
}


/* pause(parser, paused) */

static void
ngx_invoke_bind_http_parser_pause(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_http_parser_t  *hp;

    hp = ngx_invoke_http_parser_get(call);

    if (hp == NULL || hp->stopped) {
        return;
    }

    if (ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1))) {
        llhttp_pause(&hp->llhttp);
    } else {
        llhttp_resume(&hp->llhttp);
    }
}


/* What JavaScript is told of the end of headers, behind "headers" and "url". */

static ngx_uint_t
ngx_invoke_http_parser_head(ngx_invoke_http_parser_t *hp,
    ngx_invoke_v8_call_t *call, ngx_invoke_v8_value_t *values)
{
    values[0] = ngx_invoke_v8_new_number(call, hp->llhttp.http_major);
    values[1] = ngx_invoke_v8_new_number(call, hp->llhttp.http_minor);
    values[2] = ngx_invoke_v8_new_number(call, hp->llhttp.method);
    values[3] = ngx_invoke_v8_new_number(call, hp->llhttp.status_code);
    values[4] = ngx_invoke_v8_new_string(call, NGX_INVOKE_V8_LATIN1,
                                         hp->status.data, hp->status.len);
    values[5] = ngx_invoke_v8_new_boolean(call, hp->llhttp.upgrade);
    values[6] = ngx_invoke_v8_new_boolean(call,
                                    llhttp_should_keep_alive(&hp->llhttp));

    return 7;
}


/*
 * The parts in a row, each its number and what belongs to it: headers and url,
 * and for their end what _head() adds, or the bytes of a body. How many values
 * that is; 0: an exception is pending.
 */

static ngx_uint_t
ngx_invoke_http_parser_parts(ngx_invoke_http_parser_t *hp,
    ngx_invoke_v8_call_t *call, ngx_invoke_v8_value_t *values)
{
    uint8_t                 *data;
    ngx_uint_t               i, n;
    ngx_invoke_http_part_t  *part;

    for (i = 0, n = 0; i < hp->nparts; i++) {
        part = &hp->parts[i];
        values[n++] = ngx_invoke_v8_new_number(call, part->type);

        switch (part->type) {

        case NGX_INVOKE_HTTP_HEADERS:
        case NGX_INVOKE_HTTP_HEADERS_COMPLETE:
            values[n++] = part->headers;
            values[n++] = part->url;

            if (part->type == NGX_INVOKE_HTTP_HEADERS_COMPLETE) {
                n += ngx_invoke_http_parser_head(hp, call, &values[n]);
            }

            break;

        case NGX_INVOKE_HTTP_BODY:
            values[n] = ngx_invoke_v8_new_bytes_raw(call, part->len, &data);
            if (values[n] == NULL) {
                return 0;
            }

            ngx_memcpy(data, part->body, part->len);
            n++;
            break;

        default:
            break;
        }
    }

    return n;
}


/* [code, reason] of an error */

static ngx_uint_t
ngx_invoke_http_parser_error(ngx_invoke_http_parser_t *hp,
    ngx_invoke_v8_call_t *call, llhttp_errno_t err,
    ngx_invoke_v8_value_t *values)
{
    const char  *code, *reason, *colon;

    reason = llhttp_get_error_reason(&hp->llhttp);
    reason = reason != NULL ? reason : "";
    colon = err == HPE_USER ? strchr(reason, ':') : NULL;

    if (colon != NULL) {
        values[0] = ngx_invoke_v8_new_name(call, reason, colon - reason);
        reason = colon + 1;

    } else {
        code = llhttp_errno_name(err);
        values[0] = ngx_invoke_v8_new_name(call, code, ngx_strlen(code));
    }

    values[1] = ngx_invoke_v8_new_name(call, reason, ngx_strlen(reason));

    return 2;
}


/*
 * execute(parser, bytes, from, verdict): [more, at, code, reason, parts...].
 * "more": it is to be called again from "at" on, with the verdict on the
 * headers that are the last part. Without bytes it is the end.
 */

static void
ngx_invoke_bind_http_parser_execute(ngx_invoke_v8_call_t *call)
{
    size_t                     from;
    ngx_uint_t                 i, n;
    const char                *data, *pos;
    llhttp_errno_t             err;
    ngx_invoke_view_t          view;
    ngx_invoke_v8_value_t      bytes;
    ngx_invoke_v8_value_t      values[4 + 3 * NGX_INVOKE_HTTP_PARTS + 7];
    ngx_invoke_http_parser_t  *hp;

    hp = ngx_invoke_http_parser_get(call);
    if (hp == NULL) {
        return;
    }

    bytes = ngx_invoke_v8_arg(call, 1);
    view.len = 0;
    data = NULL;

    if (ngx_invoke_v8_type(bytes) != NGX_INVOKE_V8_UNDEFINED) {

        if (ngx_invoke_view_get(call, bytes, &view) != NGX_OK) {
            return;
        }

        data = view.data != NULL ? (const char *) view.data : "";
    }

    if (!hp->initialised || ngx_invoke_v8_arg_index(call, 2, &from) != 1
        || from > view.len)
    {
        ngx_invoke_index_throw(call, "Index out of range");
        return;
    }

    err = ngx_invoke_http_parser_execute(hp, call,
                                         data != NULL ? data + from : NULL,
                                         view.len - from,
                                 ngx_invoke_v8_int32(ngx_invoke_v8_arg(call,
                                                                       3)),
                                         &pos);
    if (hp->threw) {
        return;
    }

    values[0] = ngx_invoke_v8_new_boolean(call, hp->stopped);
    values[1] = ngx_invoke_v8_new_number(call, data != NULL ? pos - data : 0);
    values[2] = ngx_invoke_v8_undefined(call);
    values[3] = values[2];

    if (err != HPE_OK && !hp->stopped && !hp->llhttp.upgrade) {
        ngx_invoke_http_parser_error(hp, call, err, &values[2]);
    }

    n = 4;

    if (hp->nparts != 0) {
        i = ngx_invoke_http_parser_parts(hp, call, &values[4]);
        if (i == 0) {
            return;
        }

        n += i;
    }

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_array(call, values, n));
}


/* methodNames() */

static void
ngx_invoke_bind_http_parser_methods(ngx_invoke_v8_call_t *call)
{
    ngx_uint_t              i, n;
    ngx_invoke_v8_value_t   values[64];

    static const char  *names[] = {
#define ngx_invoke_http_method(number, name, string)  #string,
        HTTP_METHOD_MAP(ngx_invoke_http_method)
#undef ngx_invoke_http_method
    };

    n = ngx_min(sizeof(names) / sizeof(names[0]),
                sizeof(values) / sizeof(values[0]));

    for (i = 0; i < n; i++) {
        values[i] = ngx_invoke_v8_new_name(call, names[i],
                                           ngx_strlen(names[i]));
    }

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_array(call, values, n));
}
