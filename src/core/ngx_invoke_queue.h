/*
 * A queue with any number of producers and one consumer, without locks, in
 * two forms of waking the consumer up: a thread that sleeps on a futex (an
 * actor's mailbox), and an eventfd in nginx's event loop (the replies).
 *
 * Producers push onto an atomic stack; the consumer takes the whole stack
 * at once and turns it round, so a push is one compare-and-swap, there is
 * no ABA problem, and order is kept per producer.
 */

#ifndef _NGX_INVOKE_QUEUE_H_INCLUDED_
#define _NGX_INVOKE_QUEUE_H_INCLUDED_


#include "ngx_invoke_core.h"
#include <ngx_event.h>


typedef struct ngx_invoke_message_s  ngx_invoke_message_t;

struct ngx_invoke_message_s {
    ngx_invoke_message_t  *next;
    ngx_uint_t             type;        /* the consumer's enum */
};


typedef struct {
    ngx_invoke_message_t  *head;        /* atomic, newest first */
    uint32_t               asleep;      /* atomic; the futex word */
} ngx_invoke_queue_t;


void ngx_invoke_queue_init(ngx_invoke_queue_t *q);

/*
 * Any thread, also in a signal handler. Wakes nobody.
 */
void ngx_invoke_queue_push(ngx_invoke_queue_t *q, ngx_invoke_message_t *m);

/* Wakes the consumer of a mailbox if it sleeps. Any thread. */
void ngx_invoke_queue_wake(ngx_invoke_queue_t *q);

/* All messages, oldest first, or NULL. The consumer only. */
ngx_invoke_message_t *ngx_invoke_queue_take(ngx_invoke_queue_t *q);

/* Whether there is a message. Any thread. */
ngx_uint_t ngx_invoke_queue_empty(ngx_invoke_queue_t *q);

/*
 * Sleeps until there is a message or "ns" nanoseconds are over (negative:
 * for ever). May return early. Returns 1 when that time has passed without a
 * message. The consumer of a mailbox only.
 */
ngx_uint_t ngx_invoke_queue_wait(ngx_invoke_queue_t *q, int64_t ns);


/* The eventfd side: one a worker, its consumer is the event loop. */

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


#endif /* _NGX_INVOKE_QUEUE_H_INCLUDED_ */
