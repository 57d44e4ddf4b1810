/*
 * Headers of a response as JavaScript hands them over: two bytes of status,
 * one of flags, then the lines. What is accepted has no byte in it by which a
 * client could take one header for two.
 */

#include "../../src/core/ngx_invoke_reason.c"
#include "../../src/http/ngx_invoke_header.c"
#include "../../src/http/ngx_invoke_headers.h"
#include "fuzz.h"


static void
fuzz_value(ngx_str_t *value)
{
    size_t  i;

    for (i = 0; i < value->len; i++) {
        fuzz_check(value->data[i] != '\n' && value->data[i] != '\r'
                   && value->data[i] != '\0');
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngx_int_t                  rc;
    ngx_str_t                  error;
    ngx_table_elt_t           *h;
    ngx_invoke_ctx_t           ctx;
    ngx_invoke_loc_conf_t      lcf;
    ngx_invoke_headers_t       it;
    ngx_http_request_t         r;
    ngx_invoke_reply_t         reply;
    ngx_http_core_loc_conf_t   clcf;
    void                      *conf[] = { &clcf };

    if (size < 3) {
        return 0;
    }

    ngx_memzero(&r, sizeof(ngx_http_request_t));
    ngx_memzero(&ctx, sizeof(ngx_invoke_ctx_t));
    ngx_memzero(&lcf, sizeof(ngx_invoke_loc_conf_t));
    ngx_memzero(&clcf, sizeof(ngx_http_core_loc_conf_t));
    ngx_memzero(&reply, sizeof(ngx_invoke_reply_t));
    ngx_str_null(&error);

    r.pool = fuzz_pool();
    ngx_http_core_module.ctx_index = 0;
    r.loc_conf = conf;
    r.method = (data[2] & 1) ? NGX_HTTP_HEAD : NGX_HTTP_GET;
    r.keepalive = 1;

    fuzz_check(ngx_list_init(&r.headers_out.headers, r.pool, 4,
                             sizeof(ngx_table_elt_t)) == NGX_OK);

    r.headers_out.content_length_n = -1;
    r.headers_out.last_modified_time = -1;

    ctx.request = &r;
    ctx.conf = &lcf;
    ctx.rest = -1;
    ngx_str_set(&ctx.trace_id, "trace");

    reply.status = data[0] << 8 | data[1];
    reply.headers.data = (u_char *) data + 3;
    reply.headers.len = size - 3;
    reply.last = (data[2] >> 1) & 1;
    reply.fd = -1;

    rc = ngx_invoke_header_set(&ctx, &reply, &error);

    fuzz_check(rc == NGX_OK || rc == NGX_DECLINED);
    fuzz_check(rc == NGX_OK || error.len != 0);

    ngx_invoke_headers_start(&it, &r.headers_out.headers);

    while (rc == NGX_OK && (h = ngx_invoke_headers_next(&it)) != NULL) {
        fuzz_check(h->key.len != 0
                   && ngx_strlchr(h->key.data, h->key.data + h->key.len, ':')
                      == NULL);
        fuzz_value(&h->key);
        fuzz_value(&h->value);
    }

    if (rc == NGX_OK) {
        fuzz_value(&r.headers_out.content_type);
        fuzz_value(&r.headers_out.charset);
    }

    ngx_destroy_pool(r.pool);

    return 0;
}
