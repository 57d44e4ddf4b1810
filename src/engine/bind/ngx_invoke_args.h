/*
 * What natives are called with, in C: ids of invocations, strings, bytes and
 * indexes. What is wrong with an argument is thrown. Actor thread.
 */

#ifndef _NGX_INVOKE_ARGS_H_INCLUDED_
#define _NGX_INVOKE_ARGS_H_INCLUDED_


#include "ngx_invoke_field.h"
#include "ngx_invoke_isolate.h"
#include "ngx_invoke_slot.h"
#include "ngx_invoke_v8.h"


/* The slot that argument 0 names, or NULL. */
ngx_invoke_slot_t *ngx_invoke_bind_slot(ngx_invoke_v8_call_t *call);

/*
 * Argument i as malloc'ed bytes with a NUL behind them; data is NULL, with
 * an exception pending, when it is no string or memory is out.
 */
ngx_str_t ngx_invoke_bind_string(ngx_invoke_v8_call_t *call, int i,
    ngx_invoke_v8_encoding_e enc);

/*
 * Argument i as a path of the package: as above, and no NUL within.
 */
ngx_str_t ngx_invoke_bind_path(ngx_invoke_v8_call_t *call, int i);

/* A string from bytes, which are Latin-1. NULL: an exception is pending. */
ngx_invoke_v8_value_t ngx_invoke_bind_latin1(ngx_invoke_v8_call_t *call,
    ngx_str_t *s);

/* A flat array of names and values. NULL: an exception is pending. */
ngx_invoke_v8_value_t ngx_invoke_bind_fields(ngx_invoke_v8_call_t *call,
    ngx_invoke_field_t *fields, ngx_uint_t n);


/*
 * Natives that work on bytes get indexes first: converting one may run
 * JavaScript, which may detach a buffer, so that its memory is looked up after
 * them, or once more if one was converted. What is wrong throws, then NGX_ERROR
 * is returned.
 */

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


#endif /* _NGX_INVOKE_ARGS_H_INCLUDED_ */
