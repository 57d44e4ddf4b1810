/*
 * An actor's messages to the loop. They go into the pool's mailbox; the loop
 * is signalled when the actor has nothing more to do, or by the batch. Where
 * JavaScript keeps the thread meanwhile, the loop's own timer finds them.
 */

#ifndef _NGX_INVOKE_OUTBOX_H_INCLUDED_
#define _NGX_INVOKE_OUTBOX_H_INCLUDED_


#include "ngx_invoke_invocation.h"
#include "ngx_invoke_notify.h"


typedef enum {
    NGX_INVOKE_NEWS_READY = 0,
    NGX_INVOKE_NEWS_REPLY,
    NGX_INVOKE_NEWS_CONSOLE,
    NGX_INVOKE_NEWS_BODY,       /* asks for a piece of the request's body */
    NGX_INVOKE_NEWS_FAILED,     /* its answer is an error, it goes on */
    NGX_INVOKE_NEWS_FINISHED,
    NGX_INVOKE_NEWS_WORK,       /* for a thread of nginx's pool */
    NGX_INVOKE_NEWS_DROPPED,    /* a program, which was least used */
    NGX_INVOKE_NEWS_AWAKE,      /* does work of its own */
    NGX_INVOKE_NEWS_CRASHED,
    NGX_INVOKE_NEWS_GONE
} ngx_invoke_news_e;

typedef struct {
    ngx_invoke_message_t      message;
    ngx_invoke_actor_t       *actor;
} ngx_invoke_actor_message_t;

typedef struct {
    ngx_invoke_message_t       message;
    ngx_invoke_invocation_t   *inv;         /* NULL: it is nobody's */
    ngx_invoke_function_t     *function;    /* then, held */
    const ngx_invoke_owner_t  *owner;
    ngx_invoke_actor_t        *actor;
    ngx_invoke_console_e       level;
    ngx_str_t                  text;
} ngx_invoke_console_message_t;


typedef struct {

    /* set before the thread starts */

    ngx_invoke_mailbox_t      *news;        /* the pool's */
    ngx_invoke_notify_t       *notify;

    /* both sides */

    uint32_t                   untold;      /* atomic, see pace() */

    /* actor thread */

    ngx_uint_t                 unsignalled; /* news without a signal */
} ngx_invoke_outbox_t;


/* Sends news to the loop. Actor thread, also in a signal handler. */
void ngx_invoke_outbox_tell(ngx_invoke_outbox_t *box,
    ngx_invoke_message_t *message, ngx_invoke_news_e type);

/*
 * To be called before each news of which a function may cause any number.
 * Waits a little when the loop has many of this actor yet to take, for what
 * it takes at once delays all that it serves. The loop counts "untold" down.
 * Actor thread.
 */
void ngx_invoke_outbox_pace(ngx_invoke_outbox_t *box);

/* Has the loop look at what was told. Actor thread, also in a handler. */
void ngx_invoke_outbox_signal(ngx_invoke_outbox_t *box);


#endif /* _NGX_INVOKE_OUTBOX_H_INCLUDED_ */
