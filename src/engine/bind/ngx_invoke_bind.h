/*
 * The native functions that src/js calls: one table a topic, at the end of
 * its file; binding(name) in JavaScript gives an object of those with that
 * name. A native trusts no argument: whatever comes, it answers with a value
 * or an exception. All of them run on the actor's thread.
 */

#ifndef _NGX_INVOKE_BIND_H_INCLUDED_
#define _NGX_INVOKE_BIND_H_INCLUDED_


#include "ngx_invoke_isolate.h"


extern const ngx_invoke_v8_binding_t  ngx_invoke_bindings[];

extern const ngx_invoke_v8_native_t   ngx_invoke_bind_request[];
extern const ngx_invoke_v8_native_t   ngx_invoke_bind_response[];
extern const ngx_invoke_v8_native_t   ngx_invoke_bind_loop[];
extern const ngx_invoke_v8_native_t   ngx_invoke_bind_module[];
extern const ngx_invoke_v8_native_t   ngx_invoke_bind_process[];
extern const ngx_invoke_v8_native_t   ngx_invoke_bind_mime[];
extern const ngx_invoke_v8_native_t   ngx_invoke_bind_encoding[];
extern const ngx_invoke_v8_native_t   ngx_invoke_bind_buffer[];
extern const ngx_invoke_v8_native_t   ngx_invoke_bind_text[];
extern const ngx_invoke_v8_native_t   ngx_invoke_bind_url[];
extern const ngx_invoke_v8_native_t   ngx_invoke_bind_icu[];
extern const ngx_invoke_v8_native_t   ngx_invoke_bind_os[];
extern const ngx_invoke_v8_native_t   ngx_invoke_bind_fs[];
extern const ngx_invoke_v8_native_t   ngx_invoke_bind_uv[];
extern const ngx_invoke_v8_native_t   ngx_invoke_bind_constants[];
extern const ngx_invoke_v8_native_t   ngx_invoke_bind_decoder[];

/* those of Node's internalBinding() */
extern const ngx_invoke_v8_native_t   ngx_invoke_bind_types[];
extern const ngx_invoke_v8_native_t   ngx_invoke_bind_util[];
extern const ngx_invoke_v8_native_t   ngx_invoke_bind_errors[];
extern const ngx_invoke_v8_native_t   ngx_invoke_bind_messaging[];


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

/* Throws an error as Node has it for a failed system call on a path. */
void ngx_invoke_bind_throw_errno(ngx_invoke_v8_call_t *call, ngx_err_t err,
    const char *syscall, ngx_str_t *path);


#endif /* _NGX_INVOKE_BIND_H_INCLUDED_ */
