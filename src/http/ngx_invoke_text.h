/*
 * Text that grows in a chain of buffers of a pool: JSON and metrics. Errors
 * of memory are kept until the end, so that writers need no checks.
 */

#ifndef _NGX_INVOKE_TEXT_H_INCLUDED_
#define _NGX_INVOKE_TEXT_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


typedef struct {
    ngx_pool_t    *pool;
    ngx_chain_t   *first;
    ngx_chain_t  **next;
    ngx_buf_t     *buf;
    off_t          size;
    ngx_uint_t     failed;
} ngx_invoke_text_t;


void ngx_invoke_text_init(ngx_invoke_text_t *text, ngx_pool_t *pool);

/* As ngx_sprintf(); at most 512 bytes a call. */
void ngx_invoke_text_printf(ngx_invoke_text_t *text, const char *fmt, ...);

/* A JSON string with its quotes; what is not UTF-8 is replaced. */
void ngx_invoke_text_json(ngx_invoke_text_t *text, ngx_str_t *value);

/* The current time, as Date.prototype.toJSON has it, with quotes. */
void ngx_invoke_text_time(ngx_invoke_text_t *text);

/*
 * Sends the text as the whole response of a request with a Content-Type
 * and headers_out.status, and returns what a content handler returns.
 */
ngx_int_t ngx_invoke_text_send(ngx_invoke_text_t *text,
    ngx_http_request_t *r, const char *type);


#endif /* _NGX_INVOKE_TEXT_H_INCLUDED_ */
