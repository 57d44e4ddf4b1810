/*
 * The parser of HTTP messages: what a peer sends comes in pieces that are as
 * the input says, with verdicts on headers as they come. What it tells of lies
 * within the bytes that it was given, and is the same in one piece.
 */

#include "../../src/engine/bind/node/ngx_invoke_llhttp_api.c"
#include "../../src/engine/bind/node/ngx_invoke_http_parser.c"
#include "fuzz.h"


#define FUZZ_TEXT  16384


typedef struct {
    u_char          data[FUZZ_TEXT];
    size_t          len;
} fuzz_text_t;


/* What was told, one behind another: names and values, bodies and ends. */

typedef struct {
    fuzz_text_t     values;
    fuzz_text_t     parts;
    ngx_uint_t      failed;
} fuzz_told_t;


static fuzz_told_t  *fuzz_told;


static void
fuzz_add(fuzz_text_t *text, const char *data, size_t len)
{
    len = ngx_min(len, FUZZ_TEXT - text->len);

    ngx_memcpy(text->data + text->len, data, len);
    text->len += len;
}


static ngx_uint_t
fuzz_same(const fuzz_text_t *one, const fuzz_text_t *other)
{
    return one->len == other->len
           && ngx_memcmp(one->data, other->data, one->len) == 0;
}


void *
ngx_invoke_v8_alloc(size_t size)
{
    return malloc(size);
}


void
ngx_invoke_v8_free(void *p)
{
    free(p);
}


ngx_invoke_v8_value_t
ngx_invoke_v8_new_string(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_encoding_e encoding, const void *data, size_t len)
{
    fuzz_add(&fuzz_told->values, data, len);
    fuzz_add(&fuzz_told->values, "\n", 1);

    return (ngx_invoke_v8_value_t) 1;
}


ngx_invoke_v8_value_t
ngx_invoke_v8_new_array(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t *values, size_t n)
{
    fuzz_check(n % 2 == 0);

    return (ngx_invoke_v8_value_t) 1;
}


static void
fuzz_parts(ngx_invoke_http_parser_t *hp, const char *data, size_t len)
{
    ngx_uint_t               i;
    ngx_invoke_http_part_t  *part;

    fuzz_check(hp->nparts <= NGX_INVOKE_HTTP_PARTS);

    for (i = 0; i < hp->nparts; i++) {
        part = &hp->parts[i];

        if (part->type == NGX_INVOKE_HTTP_BODY) {
            fuzz_check(part->len > 0 && part->body >= data
                       && part->body + part->len <= data + len);
            fuzz_add(&fuzz_told->parts, part->body, part->len);

        } else if (part->type != NGX_INVOKE_HTTP_BEGIN) {
            fuzz_add(&fuzz_told->parts,
                     part->type == NGX_INVOKE_HTTP_COMPLETE ? "!" : "#", 1);
        }
    }
}


/* A piece, as src/js gives it: until nothing of it is left, or an error. */

static void
fuzz_piece(ngx_invoke_http_parser_t *hp, const char *data, size_t len,
    int32_t verdict)
{
    size_t           at;
    const char      *pos;
    llhttp_errno_t   err;

    at = 0;

    for ( ;; ) {
        err = ngx_invoke_http_parser_execute(hp, (void *) 1,
                                             data != NULL ? data + at : NULL,
                                             len - at, verdict, &pos);
        fuzz_check(!hp->threw);
        fuzz_parts(hp, data, len);

        if (err != HPE_OK && !hp->stopped) {
            fuzz_told->failed = 1 + err;
            return;
        }

        if (data != NULL) {
            fuzz_check(pos >= data + at && pos <= data + len);
            at = pos - data;
        }

        if (!hp->stopped) {
            fuzz_told->failed |= hp->llhttp.upgrade && at < len;
            return;
        }
    }
}


static void
fuzz_message(fuzz_told_t *told, const uint8_t *how, const uint8_t *data,
    size_t size, ngx_uint_t pieces)
{
    char                      *copy;
    size_t                     n;
    ngx_invoke_http_parser_t  *hp;

    told->values.len = 0;
    told->parts.len = 0;
    told->failed = 0;
    fuzz_told = told;

    hp = ngx_invoke_http_parser_create();
    fuzz_check(hp != NULL);

    ngx_invoke_http_parser_init(hp, how[0] & 1 ? HTTP_REQUEST : HTTP_RESPONSE,
                                how[0] & 2 ? 100 : 16384, how[0] >> 2 & 7);

    while (size != 0 && !told->failed) {
        n = pieces ? ngx_min(1 + (size * 7 + how[1]) % (1 + how[2]), size)
                   : size;

        /* what is beside it is not looked at */

        copy = malloc(n);
        fuzz_check(copy != NULL);
        ngx_memcpy(copy, data, n);

        fuzz_piece(hp, copy, n, how[3] % 3);
        free(copy);

        data += n;
        size -= n;
    }

    if (!told->failed) {
        fuzz_piece(hp, NULL, 0, 0);
    }

    ngx_invoke_http_parser_free(hp);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static fuzz_told_t  whole, split;

    if (size < 4) {
        return 0;
    }

    fuzz_message(&whole, data, data + 4, size - 4, 0);
    fuzz_message(&split, data, data + 4, size - 4, 1);

    /* by an error it is known how far it came, which depends on the pieces */

    if (!whole.failed && !split.failed) {
        fuzz_check(fuzz_same(&whole.values, &split.values)
                   && fuzz_same(&whole.parts, &split.parts));
    }

    return 0;
}
