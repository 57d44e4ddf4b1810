
#include "ngx_invoke_http.h"
#include "ngx_invoke_headers.h"

#include <openssl/rand.h>


#define NGX_INVOKE_TRACE_ID_MAX  128


static ngx_uint_t ngx_invoke_trace_id_valid(ngx_str_t *id);
static ngx_int_t ngx_invoke_trace_id_make(ngx_http_request_t *r,
    ngx_http_variable_value_t *v);
static u_char *ngx_invoke_trace_id_context(ngx_http_request_t *r,
    ngx_http_request_t *sr, u_char *buf, size_t len);


/* nginx's own, which is the same for all requests */
static ngx_http_log_handler_pt  ngx_invoke_trace_id_request;


ngx_int_t
ngx_invoke_request_trace_id(ngx_http_request_t *r, ngx_str_t *id)
{
    ngx_table_elt_t            *h;
    ngx_invoke_main_conf_t     *mcf;
    ngx_http_variable_value_t  *v;

    static ngx_str_t            name = ngx_string("x-trace-id");

    h = ngx_invoke_headers_find(&r->headers_in.headers, &name);

    if (h && ngx_invoke_trace_id_valid(&h->value)) {
        *id = h->value;
        return NGX_OK;
    }

    mcf = ngx_http_get_module_main_conf(r, ngx_invoke_module);

    v = &r->variables[mcf->request_id];

    if (!v->valid && ngx_invoke_trace_id_make(r, v) != NGX_OK) {
        return NGX_ERROR;
    }

    id->len = v->len;
    id->data = v->data;

    return NGX_OK;
}


/* Of a client it is what can stand in a header, and a log, as it is. */

static ngx_uint_t
ngx_invoke_trace_id_valid(ngx_str_t *id)
{
    size_t  i;

    if (id->len == 0 || id->len > NGX_INVOKE_TRACE_ID_MAX) {
        return 0;
    }

    for (i = 0; i < id->len; i++) {
        if (id->data[i] <= ' ' || id->data[i] >= 0x7f) {
            return 0;
        }
    }

    return 1;
}


/*
 * Sets $request_id as nginx does, 16 random bytes in hex. OpenSSL takes as
 * long for 16 bytes as for many, and longer than all else that is done here
 * for a request, so they are fetched ahead.
 */

static ngx_int_t
ngx_invoke_trace_id_make(ngx_http_request_t *r, ngx_http_variable_value_t *v)
{
    u_char         *id;

    static u_char   bytes[16 * 256];
    static size_t   used = sizeof(bytes);

    id = ngx_pnalloc(r->pool, 32);
    if (id == NULL) {
        return NGX_ERROR;
    }

    if (used == sizeof(bytes)) {
        if (RAND_bytes(bytes, sizeof(bytes)) != 1) {
            ngx_log_error(NGX_LOG_CRIT, r->connection->log, 0,
                          "invoke: RAND_bytes() failed");
            return NGX_ERROR;
        }

        used = 0;
    }

    (void) ngx_hex_dump(id, bytes + used, 16);
    used += 16;

    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;
    v->len = 32;
    v->data = id;

    return NGX_OK;
}


void
ngx_invoke_trace_id_log(ngx_http_request_t *r)
{
    if (r->main->log_handler != ngx_invoke_trace_id_context) {
        ngx_invoke_trace_id_request = r->main->log_handler;
        r->main->log_handler = ngx_invoke_trace_id_context;
    }
}


/* It goes first: the line of the request may be too long for what follows. */

static u_char *
ngx_invoke_trace_id_context(ngx_http_request_t *r, ngx_http_request_t *sr,
    u_char *buf, size_t len)
{
    u_char            *p;
    ngx_invoke_ctx_t  *ctx;

    ctx = ngx_invoke_ctx_get(sr);

    if (ctx) {
        p = ngx_snprintf(buf, len, ", trace: \"%V\"", &ctx->trace_id);
        len -= p - buf;
        buf = p;
    }

    return ngx_invoke_trace_id_request(r, sr, buf, len);
}
