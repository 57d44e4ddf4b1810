/*
 * A parser of HTTP messages that stops where JavaScript has to decide. What it
 * meets it notes down, as parts: JavaScript sees them once a call is over.
 * Actor thread.
 */

#ifndef _NGX_INVOKE_HTTP_PARSER_H_INCLUDED_
#define _NGX_INVOKE_HTTP_PARSER_H_INCLUDED_


#include "ngx_invoke_bind.h"
#include "ngx_invoke_llhttp.h"


/* Parts of one call: past half of them it stops when a chunk ends. */
#define NGX_INVOKE_HTTP_PARTS   64


/* The parts, by the numbers of Node's HTTPParser: HEADERS are trailers. */

typedef enum {
    NGX_INVOKE_HTTP_BEGIN = 0,
    NGX_INVOKE_HTTP_HEADERS,
    NGX_INVOKE_HTTP_HEADERS_COMPLETE,
    NGX_INVOKE_HTTP_BODY,
    NGX_INVOKE_HTTP_COMPLETE
} ngx_invoke_http_part_e;


/* Bytes that come in pieces. */

typedef struct {
    char                   *data;
    size_t                  len;
    size_t                  size;
} ngx_invoke_http_text_t;


typedef struct {
    ngx_invoke_http_part_e  type;
    const char             *body;
    size_t                  len;
    ngx_invoke_v8_value_t   headers;
    ngx_invoke_v8_value_t   url;
} ngx_invoke_http_part_t;


typedef struct {
    llhttp_t                llhttp;

    ngx_invoke_http_text_t  url;
    ngx_invoke_http_text_t  status;

    /* names and values in turn, and where each ends: numbers of size_t */
    ngx_invoke_http_text_t  header;
    ngx_invoke_http_text_t  ends;

    /* bytes of the header so far, and of a chunk's extensions */
    size_t                  header_read;
    size_t                  header_max;
    size_t                  extensions;

    /* of the call under way */
    ngx_invoke_v8_call_t   *call;
    ngx_invoke_http_part_t  parts[NGX_INVOKE_HTTP_PARTS];
    ngx_uint_t              nparts;

    unsigned                initialised:1;
    unsigned                stopped:1;      /* it is to be called again */
    unsigned                threw:1;        /* an exception is pending */
} ngx_invoke_http_parser_t;


ngx_invoke_http_parser_t *ngx_invoke_http_parser_create(void);
void ngx_invoke_http_parser_free(void *data);

/* "lenient": the bits of Node's kLenient constants. */
void ngx_invoke_http_parser_init(ngx_invoke_http_parser_t *hp,
    llhttp_type_t type, size_t header_max, int32_t lenient);

/*
 * Parses, or with data == NULL sees the end. "verdict" is what was decided on
 * headers: 1, there is no body, 2, what follows is another protocol. *pos is
 * the byte behind the last that was taken.
 */
llhttp_errno_t ngx_invoke_http_parser_execute(ngx_invoke_http_parser_t *hp,
    ngx_invoke_v8_call_t *call, const char *data, size_t len, int32_t verdict,
    const char **pos);


#endif /* _NGX_INVOKE_HTTP_PARSER_H_INCLUDED_ */
