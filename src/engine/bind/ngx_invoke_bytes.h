/*
 * Arguments of natives that work on bytes. Indexes are to be got first:
 * converting one may run JavaScript, which may detach a buffer, so that its
 * memory is looked up after them, or once more if one was converted. What is
 * wrong throws, then NGX_ERROR is returned. Actor thread.
 */

#ifndef _NGX_INVOKE_BYTES_H_INCLUDED_
#define _NGX_INVOKE_BYTES_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_invoke_v8.h"


/* Memory to write to. */

typedef struct {
    uint8_t        *data;
    size_t          len;
} ngx_invoke_bytes_t;

/* Memory to read, a small one copied. */

typedef struct {
    const uint8_t  *data;
    size_t          len;
    uint8_t         room[NGX_INVOKE_V8_ROOM];
} ngx_invoke_view_t;

/*
 * A number that is not negative, if one was given. "converted": JavaScript
 * may have run to make it one.
 */

typedef struct {
    size_t          value;
    unsigned        given:1;
    unsigned        converted:1;
} ngx_invoke_index_t;


ngx_int_t ngx_invoke_bytes_get(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t v, ngx_invoke_bytes_t *bytes);
ngx_int_t ngx_invoke_view_get(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t v, ngx_invoke_view_t *view);

/* Of argument i. */
ngx_int_t ngx_invoke_index_get(ngx_invoke_v8_call_t *call, int i,
    ngx_invoke_index_t *index);
/* What it is when it was not given. */
void ngx_invoke_index_default(ngx_invoke_index_t *index, size_t value);

/* 1, or 0 with an exception pending: argument i is no string. */
ngx_int_t ngx_invoke_bytes_is_string(ngx_invoke_v8_call_t *call, int i);

/* Throws; always NGX_ERROR. */
ngx_int_t ngx_invoke_bytes_throw(ngx_invoke_v8_call_t *call);
void ngx_invoke_index_throw(ngx_invoke_v8_call_t *call, const char *message);


#endif /* _NGX_INVOKE_BYTES_H_INCLUDED_ */
