/*
 * Text of functions in what the module itself writes: a JSON string of any
 * bytes is one of ASCII or valid UTF-8 without control characters, and media
 * types are looked up by what anyone may have typed.
 */

#include "../../src/core/ngx_invoke_mime.c"
#include "../../src/http/ngx_invoke_text.c"
#include "fuzz.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    u_char             *p, *last, *all;
    ngx_str_t           value;
    ngx_pool_t         *pool;
    ngx_chain_t        *cl;
    ngx_invoke_text_t   text;

    pool = fuzz_pool();

    value.data = (u_char *) data;
    value.len = size;

    ngx_invoke_text_init(&text, pool);
    ngx_invoke_text_json(&text, &value);
    fuzz_check(!text.failed);

    all = ngx_pnalloc(pool, text.size + 1);
    fuzz_check(all != NULL);

    p = all;

    for (cl = text.first; cl; cl = cl->next) {
        p = ngx_cpymem(p, cl->buf->pos, cl->buf->last - cl->buf->pos);
    }

    last = p;
    fuzz_check(last - all == text.size && text.size >= 2);
    fuzz_check(all[0] == '"' && last[-1] == '"');

    for (p = all + 1; p < last - 1; p++) {
        fuzz_check(*p >= ' ' && *p != '"');

        if (*p == '\\') {
            p++;
            fuzz_check(p < last - 1 && ngx_strchr("\"\\/bfnrtu", *p));
        }
    }

    for (p = all; p < last; /* void */ ) {
        fuzz_check(*p < 0x80 || ngx_utf8_decode(&p, last - p) <= 0x10ffff);

        if (p < last && *p < 0x80) {
            p++;
        }
    }

    (void) ngx_invoke_mime_type((const char *) data, size);
    (void) ngx_invoke_mime_charset((const char *) data, size);

    ngx_destroy_pool(pool);

    return 0;
}
