/*
 * What V8 cannot unwind, as a fatal error or a trap, parks its thread for good
 * and not the worker: the loop is told, and ends the invocations.
 */

#ifndef _NGX_INVOKE_CRASH_H_INCLUDED_
#define _NGX_INVOKE_CRASH_H_INCLUDED_


#include "ngx_invoke_outbox.h"

#include <signal.h>


typedef struct {
    ngx_invoke_actor_message_t   news;
    ngx_invoke_outbox_t         *outbox;    /* NULL: others look at the */
    const char                  *cause;     /* atomic, set once */
    stack_t                      stack;     /* of the signals */
    unsigned                     oom:1;
} ngx_invoke_crash_t;


/*
 * Installs the handlers by which a crash of V8 parks the actor's thread.
 * Event loop, once a worker.
 */
ngx_int_t ngx_invoke_crash_signals(ngx_log_t *log);

/*
 * The signals that a thread is to block: all but those that it raises itself,
 * which would end the process where they are blocked. Any thread.
 */
void ngx_invoke_crash_mask(sigset_t *set);

/* From here on a crash parks the thread, and no more. Actor thread. */
void ngx_invoke_crash_guard(ngx_invoke_crash_t *crash);
void ngx_invoke_crash_unguard(ngx_invoke_crash_t *crash);

/* V8's fatal error callback, whose data it needs not. Actor thread. */
void ngx_invoke_crash_fatal(void *data, const char *message, int oom);


#endif /* _NGX_INVOKE_CRASH_H_INCLUDED_ */
