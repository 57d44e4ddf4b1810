/*
 * Threads that have an isolate: actors, and what strips types.
 */

#ifndef _NGX_INVOKE_THREAD_H_INCLUDED_
#define _NGX_INVOKE_THREAD_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/*
 * Whether there is room for one more thread with an isolate: V8 does not get
 * over it when there is not. NGX_ERROR with errno. Any thread.
 */
ngx_int_t ngx_invoke_thread_room(void);

/*
 * Starts one, which has no signals but those that it raises itself; 0 or an
 * errno. Any thread.
 */
int ngx_invoke_thread_create(pthread_t *thread, void *(*main)(void *data),
    void *data);


#endif /* _NGX_INVOKE_THREAD_H_INCLUDED_ */
