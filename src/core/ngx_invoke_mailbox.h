/*
 * A mailbox: a queue with any number of producers and one consumer, without
 * locks. The consumer is a thread, which sleeps here on a futex, or elsewhere
 * and says how it is woken up; or the event loop, which is woken up by an
 * eventfd (ngx_invoke_notify.h).
 *
 * Producers push onto an atomic stack; the consumer takes the whole stack
 * at once and turns it round, so a push is one compare-and-swap, there is
 * no ABA problem, and order is kept per producer.
 */

#ifndef _NGX_INVOKE_MAILBOX_H_INCLUDED_
#define _NGX_INVOKE_MAILBOX_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


typedef struct ngx_invoke_message_s  ngx_invoke_message_t;

struct ngx_invoke_message_s {
    ngx_invoke_message_t  *next;
    ngx_uint_t             type;        /* the consumer's enum */
};


typedef enum {
    NGX_INVOKE_MAILBOX_AWAKE = 0,
    NGX_INVOKE_MAILBOX_ASLEEP,          /* on the futex */
    NGX_INVOKE_MAILBOX_ELSEWHERE        /* wake() wakes it up */
} ngx_invoke_mailbox_sleep_e;


typedef struct {
    ngx_invoke_message_t  *head;        /* atomic, newest first */
    uint32_t               asleep;      /* atomic; the futex word */
    void                 (*wake)(void *data);   /* any thread, signal-safe */
    void                  *data;
} ngx_invoke_mailbox_t;


void ngx_invoke_mailbox_init(ngx_invoke_mailbox_t *box);

/*
 * Any thread, also in a signal handler. Wakes nobody.
 */
void ngx_invoke_mailbox_push(ngx_invoke_mailbox_t *box,
    ngx_invoke_message_t *m);

/* Wakes the consumer if it sleeps. Any thread. */
void ngx_invoke_mailbox_wake(ngx_invoke_mailbox_t *box);

/* All messages, oldest first, or NULL. The consumer only. */
ngx_invoke_message_t *ngx_invoke_mailbox_take(ngx_invoke_mailbox_t *box);

/* Whether there is a message. Any thread. */
ngx_uint_t ngx_invoke_mailbox_empty(ngx_invoke_mailbox_t *box);

/*
 * Sleeps until there is a message or "ns" nanoseconds are over (negative:
 * for ever). May return early. Returns 1 when that time has passed without a
 * message. A thread that is the consumer.
 */
ngx_uint_t ngx_invoke_mailbox_wait(ngx_invoke_mailbox_t *box, int64_t ns);

/*
 * Around a sleep elsewhere, which wake() ends. 0: there is a message, it is not
 * to sleep. A thread that is the consumer.
 */
ngx_uint_t ngx_invoke_mailbox_sleep(ngx_invoke_mailbox_t *box);
void ngx_invoke_mailbox_awake(ngx_invoke_mailbox_t *box);


#endif /* _NGX_INVOKE_MAILBOX_H_INCLUDED_ */
