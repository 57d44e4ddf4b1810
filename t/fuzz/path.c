/*
 * What a function sees as its path: a byte that chooses the location's prefix,
 * then the URI of a request. Decoded as nginx decodes it, what follows the
 * prefix is what follows it in nginx's own URI.
 */

#include "../../src/http/ngx_invoke_request_url.c"
#include "fuzz.h"


/* With merged slashes; the byte before it counts as well. */

static size_t
fuzz_decode(u_char *dst, ngx_str_t *src, ngx_uint_t slash)
{
    u_char  *p, *d, *last, ch;

    d = dst;
    last = src->data + src->len;

    for (p = src->data; p < last; /* void */ ) {

        ch = *p++;

        if (ch == '%') {
            fuzz_check(last - p >= 2);
            ch = (u_char) ngx_hextoi(p, 2);
            p += 2;
        }

        if (ch == '/' && slash) {
            continue;
        }

        slash = (ch == '/');
        *d++ = ch;
    }

    return d - dst;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t                     len, skip;
    u_char                    *p, *decoded;
    ngx_buf_t                  b;
    ngx_str_t                  prefix, rest;
    ngx_connection_t           c;
    ngx_http_request_t         r;
    ngx_http_core_srv_conf_t   cscf;
    void                      *conf[] = { &cscf };

    if (size < 2 || size > 4096) {
        return 0;
    }

    ngx_memzero(&r, sizeof(ngx_http_request_t));
    ngx_memzero(&c, sizeof(ngx_connection_t));
    ngx_memzero(&b, sizeof(ngx_buf_t));
    ngx_memzero(&cscf, sizeof(ngx_http_core_srv_conf_t));

    ngx_http_core_module.ctx_index = 0;
    c.log = &fuzz_log;
    cscf.merge_slashes = 1;

    r.connection = &c;
    r.srv_conf = conf;
    r.pool = fuzz_pool();
    r.header_in = &b;

    b.start = ngx_pnalloc(r.pool, size + sizeof("GET  HTTP/1.1\r\n"));
    fuzz_check(b.start != NULL);

    p = ngx_cpymem(b.start, "GET ", 4);
    p = ngx_cpymem(p, data + 1, size - 1);
    p = ngx_cpymem(p, " HTTP/1.1\r\n", 11);

    b.pos = b.start;
    b.last = p;
    b.end = p;

    if (ngx_http_parse_request_line(&r, &b) != NGX_OK) {
        goto done;
    }

    /* as ngx_http_process_request_uri(), which would answer errors */

    r.uri.len = (r.args_start ? r.args_start - 1 : r.uri_end) - r.uri_start;
    r.unparsed_uri.data = r.uri_start;
    r.unparsed_uri.len = r.uri_end - r.uri_start;

    if (r.complex_uri || r.quoted_uri
#if (nginx_version >= 1021001)
        || r.empty_path_in_uri
#endif
       )
    {
        r.uri.data = ngx_pnalloc(r.pool, r.uri.len + 2);
        fuzz_check(r.uri.data != NULL);

        if (ngx_http_parse_complex_uri(&r, 1) != NGX_OK) {
            goto done;
        }

    } else {
        r.uri.data = r.uri_start;
    }

    prefix.data = r.uri.data;
    prefix.len = data[0] % (r.uri.len + 1);

    if (!ngx_invoke_request_rest(&r, &prefix, &rest)) {
        goto done;
    }

    fuzz_check(rest.data >= r.unparsed_uri.data
               && rest.data + rest.len
                  <= r.unparsed_uri.data + r.unparsed_uri.len);

    decoded = ngx_pnalloc(r.pool, rest.len + 1);
    fuzz_check(decoded != NULL);

    len = fuzz_decode(decoded, &rest,
                      prefix.len && prefix.data[prefix.len - 1] == '/');
    skip = prefix.len;

    fuzz_check(len == r.uri.len - skip
               && ngx_memcmp(decoded, r.uri.data + skip, len) == 0);

done:

    ngx_destroy_pool(r.pool);

    return 0;
}
