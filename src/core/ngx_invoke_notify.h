/*
 * Wakes the event loop up from any thread: an eventfd, one a worker.
 */

#ifndef _NGX_INVOKE_NOTIFY_H_INCLUDED_
#define _NGX_INVOKE_NOTIFY_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>


typedef void (*ngx_invoke_notify_pt)(void *data);

typedef struct {
    int                    fd;
    ngx_connection_t      *connection;
    ngx_invoke_notify_pt   handler;     /* event loop */
    void                  *data;
    uint32_t               signalled;   /* atomic */
} ngx_invoke_notify_t;


/*
 * Registers an eventfd, level-triggered, with the event loop; from then on
 * handler(data) runs on the loop after each signal. Event loop.
 */
ngx_int_t ngx_invoke_notify_init(ngx_invoke_notify_t *n,
    ngx_invoke_notify_pt handler, void *data, ngx_cycle_t *cycle);

/* Event loop. */
void ngx_invoke_notify_done(ngx_invoke_notify_t *n);

/* Signals that do not cost a system call while one is pending. Any thread,
 * also in a signal handler. */
void ngx_invoke_notify_signal(ngx_invoke_notify_t *n);


#endif /* _NGX_INVOKE_NOTIFY_H_INCLUDED_ */
