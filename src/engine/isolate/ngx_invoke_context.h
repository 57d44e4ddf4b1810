/*
 * The contexts of an isolate, in which functions run. Actor thread.
 */

#ifndef _NGX_INVOKE_CONTEXT_H_INCLUDED_
#define _NGX_INVOKE_CONTEXT_H_INCLUDED_


#include "ngx_invoke_isolate.h"


/* The first run of a function is in a context with Node's library. */
#define NGX_INVOKE_CONTEXT_FIRST  (1 << NGX_INVOKE_V8_NODE)


/*
 * The context that an invocation runs in: with isolation "function" the one of
 * its program and its egress policy, else a spare one or a new one. NULL when
 * memory is out.
 */
ngx_invoke_context_t *ngx_invoke_context_get(ngx_invoke_isolate_t *iso,
    ngx_invoke_program_t *program, ngx_invoke_invocation_t *inv);

/* A new one that belongs to no program yet. NULL when memory is out. */
ngx_invoke_context_t *ngx_invoke_context_create(ngx_invoke_isolate_t *iso,
    ngx_invoke_v8_template_e template);

/* "timer", "tick" or "immediate" of it was set. */
void ngx_invoke_context_due(ngx_invoke_context_t *ctx);

/* No invocation runs in it any more. */
void ngx_invoke_context_free(ngx_invoke_context_t *ctx);


#endif /* _NGX_INVOKE_CONTEXT_H_INCLUDED_ */
