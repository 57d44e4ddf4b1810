/*
 * Lines of the console of a function on their way to the loop. Actor thread.
 */

#ifndef _NGX_INVOKE_CONSOLE_H_INCLUDED_
#define _NGX_INVOKE_CONSOLE_H_INCLUDED_


#include "ngx_invoke_isolate.h"


/* They are cut at this length. */
#define NGX_INVOKE_CONSOLE_LINE  16384


/*
 * A line of an invocation, or of nobody's work in a context (NULL), as far as
 * it may have more.
 */
void ngx_invoke_console_tell(ngx_invoke_context_t *ctx,
    ngx_invoke_invocation_t *inv, ngx_invoke_console_e level, ngx_str_t *text);


#endif /* _NGX_INVOKE_CONSOLE_H_INCLUDED_ */
