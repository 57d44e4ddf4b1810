/*
 * What an isolate keeps of a version of a function. Actor thread.
 */

#ifndef _NGX_INVOKE_PROGRAM_H_INCLUDED_
#define _NGX_INVOKE_PROGRAM_H_INCLUDED_


#include "ngx_invoke_isolate.h"


/*
 * The program of a version, the latest used one from then on, made when the
 * isolate has none. NULL when memory is out.
 */
ngx_invoke_program_t *ngx_invoke_program_get(ngx_invoke_isolate_t *iso,
    ngx_invoke_function_t *f);

/* It has no context any more; the loop is told. */
void ngx_invoke_program_free(ngx_invoke_isolate_t *iso,
    ngx_invoke_program_t *program);

/* Whether it has compiled code. */
ngx_uint_t ngx_invoke_program_warm(ngx_invoke_program_t *program);

/*
 * The function that a module's file is wrapped in, for the context of the
 * call: from the program, the worker's cache, or compiled. NULL with an
 * exception pending. "entry" allows await at top level. A file that was not
 * compiled as such before gives undefined unless it is "known" to be CommonJS.
 */
ngx_invoke_v8_value_t ngx_invoke_program_compile(ngx_invoke_v8_call_t *call,
    ngx_invoke_context_t *ctx, ngx_str_t *path, ngx_uint_t entry,
    ngx_uint_t known);

/*
 * The number, in the context, of the ES module of a file, which has that URL;
 * compiled as above, unless it was entered. -1 with an exception pending.
 */
ngx_int_t ngx_invoke_program_import(ngx_invoke_v8_call_t *call,
    ngx_invoke_context_t *ctx, ngx_str_t *path, ngx_str_t *url);

/* "s" imports "to" as the i-th of n, in each context of their program. */
void ngx_invoke_program_linked(ngx_invoke_script_t *s, ngx_uint_t i,
    ngx_uint_t n, ngx_invoke_script_t *to);

/*
 * Compiles the ES module of that URL, as the first of its context, and links
 * it with all that it imports, if that is known by _linked(): NGX_DECLINED, if
 * not. NGX_ERROR: an exception is pending.
 */
ngx_int_t ngx_invoke_program_enter(ngx_invoke_v8_call_t *call,
    ngx_invoke_context_t *ctx, ngx_str_t *url);

/*
 * The text of a file of the package, malloc'ed, of TypeScript without its
 * types; a larger one than "max" is none. NULL: an exception is pending, or
 * the types cannot be stripped, which "refused", unless that is NULL, has as
 * ngx_invoke_v8_strip() tells it, malloc'ed.
 */
u_char *ngx_invoke_program_read(ngx_invoke_v8_call_t *call,
    ngx_invoke_context_t *ctx, ngx_str_t *path, size_t max, size_t *len,
    ngx_str_t *refused);

/*
 * Gives V8's code cache of one script of iso->uncached, which has one, to
 * the worker's cache of modules.
 */
void ngx_invoke_program_cache_code(ngx_invoke_isolate_t *iso);

/*
 * Strings kept over contexts. NULL: not known. Over a bound nothing more is
 * kept.
 */
ngx_str_t *ngx_invoke_program_recall(ngx_invoke_program_t *program,
    ngx_str_t *key);
void ngx_invoke_program_remember(ngx_invoke_program_t *program,
    ngx_str_t *key, ngx_str_t *value);


#endif /* _NGX_INVOKE_PROGRAM_H_INCLUDED_ */
