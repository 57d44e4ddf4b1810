/*
 * TypeScript without its types, once for each text of a worker.
 *
 * They are stripped by an isolate that does nothing else, on a thread of its
 * own, both of which are there while there is something to strip and a little
 * longer. What is asked for meanwhile waits in a line; what has come of a text
 * is kept, and on disk where compiled code is. An actor that needs a text
 * waits for it: as long as its invocation may run, and for each text before
 * and with it no longer than that may take.
 *
 *      WAITING --> RUNNING --> DONE --> (freed, the least recently used first)
 */

#ifndef _NGX_INVOKE_STRIP_H_INCLUDED_
#define _NGX_INVOKE_STRIP_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_invoke_v8_strip.h"
#include "ngx_invoke_watch.h"


/* Whether the name of a file is one of TypeScript. Any thread. */
ngx_uint_t ngx_invoke_strip_typed(const ngx_str_t *path);

/*
 * What has come of a text: *out is malloc'ed, with a NUL behind it, and as
 * ngx_invoke_v8_strip() has it. NGX_ABORT: the JavaScript of "watch" is to end;
 * NGX_ERROR: memory is out. Actor thread.
 */
ngx_int_t ngx_invoke_strip(ngx_invoke_watch_t *watch, const u_char *text,
    size_t len, ngx_invoke_v8_stripped_e *result, u_char **out,
    size_t *out_len);

/*
 * Ends the thread, for which it waits a little. NGX_BUSY: it is still there.
 * Event loop, when no actor runs any more.
 */
ngx_int_t ngx_invoke_strip_exit(void);


#endif /* _NGX_INVOKE_STRIP_H_INCLUDED_ */
