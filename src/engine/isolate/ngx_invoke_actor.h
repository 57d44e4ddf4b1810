/*
 * An actor: one thread, one isolate, one mailbox. Only the thread enters the
 * isolate; the event loop talks to it by the mailbox, and it talks to the
 * loop by the replies queue of the pool.
 *
 *      STARTING --> READY --> RETIRING --> LEAVING --> (joined, freed)
 *          |          |           |           |
 *          +----------+-----------+-----------+-- V8 cannot go on --> PARKED
 *
 * RETIRING takes no new invocation, and is told to leave when its last one is
 * over; LEAVING has been told. That is the loop's view: the thread itself has
 * no state but that its last mail, SHUTDOWN, has come. PARKED never runs again:
 * it sleeps until the worker exits.
 */

#ifndef _NGX_INVOKE_ACTOR_H_INCLUDED_
#define _NGX_INVOKE_ACTOR_H_INCLUDED_


#include "ngx_invoke_crash.h"
#include "ngx_invoke_escape.h"
#include "ngx_invoke_isolate.h"
#include "ngx_invoke_outbox.h"
#include "ngx_invoke_watch.h"
#include "ngx_invoke_work.h"


typedef enum {
    NGX_INVOKE_ACTOR_STARTING = 0,
    NGX_INVOKE_ACTOR_READY,
    NGX_INVOKE_ACTOR_RETIRING,
    NGX_INVOKE_ACTOR_LEAVING,
    NGX_INVOKE_ACTOR_PARKED
} ngx_invoke_actor_state_e;


/* The loop's messages to an actor. */

typedef enum {
    NGX_INVOKE_MAIL_RUN = 0,
    NGX_INVOKE_MAIL_DRAIN,      /* the client has taken what was written */
    NGX_INVOKE_MAIL_BODY,       /* a piece of the request's body */
    NGX_INVOKE_MAIL_ABORT,      /* the client has left */
    NGX_INVOKE_MAIL_LEAVE,      /* so it has, but waitUntil() keeps it */
    NGX_INVOKE_MAIL_KILL,       /* a limit was hit */
    NGX_INVOKE_MAIL_WORK,       /* a piece of work has come back */
    NGX_INVOKE_MAIL_SHUTDOWN
} ngx_invoke_mail_e;

/*
 * A mail is malloc'ed by the loop and freed by the actor. RUN is different:
 * either side may take the invocation out, by an atomic exchange. The actor
 * that has taken it runs it, and the loop frees the mail with it; where the
 * loop has taken it back, the actor finds the mail empty and frees it. In
 * all other mails the invocation may be gone, so it is only compared. WORK is
 * no ngx_invoke_mail_t, but the work itself; BODY is more than one.
 */
struct ngx_invoke_mail_s {
    ngx_invoke_message_t      message;
    ngx_invoke_invocation_t  *inv;
};


typedef struct {
    ngx_invoke_mail_t         mail;
    ngx_str_t                 data;         /* behind it; len 0: its end */
    ngx_uint_t                cut;          /* and not as the client meant it */
} ngx_invoke_body_mail_t;


struct ngx_invoke_actor_s {

    /* event loop */

    ngx_queue_t                  queue;         /* of the pool */
    ngx_invoke_actor_state_e     state;
    ngx_queue_t                  invocations;   /* given to it */
    ngx_uint_t                   load;          /* how many those are */
    ngx_invoke_function_t       *function;      /* that it ran last, held */
    ngx_queue_t                  homes;         /* functions that it holds */
    ngx_uint_t                   nhomes;
    ngx_uint_t                   mark;          /* of the pool's last look at
                                                   a function's homes */
    uint64_t                     backlog;       /* ns of CPU time that these
                                                   are expected to take */
    ngx_msec_t                   idle_since;
    uint64_t                     pace;          /* ns an invocation of the last
                                                   function takes */
    uint64_t                     cost;          /* ns of CPU time it takes */
    uint32_t                     seen;          /* of "started" at a tick */
    uint32_t                     seen_turns;    /* of "turns", when last */
    ngx_msec_t                   seen_at;       /* these had changed */
    ngx_uint_t                   still;         /* ticks without a start */
    ngx_uint_t                   lost;          /* times that it has lost what
                                                   waited, by that */
    uint64_t                     asked_cpu;     /* its CPU time when nobody's */
    uint64_t                     asked_at;      /* work was to end, 0: not */
    uint64_t                     faults;        /* of pages, when suspicious */
    ngx_queue_t                  works;         /* of it that wait */
    ngx_queue_t                  running;       /* that threads have */
    ngx_uint_t                   at_work;       /* how many those are */
    uint32_t                     answered;      /* works sent back, ever */
    ngx_queue_t                  turn;          /* of the pool, if "turned" */
    pthread_t                    thread;
    unsigned                     mailed:1;      /* to be woken up */
    unsigned                     corrupted:1;   /* a limit was hit in it */
    unsigned                     turned:1;      /* some of "works" is next */
    unsigned                     nice:1;        /* lets the loop go first */

    /* set before the thread starts */

    size_t                       memory;        /* limit of the isolate */

    /* both sides */

    ngx_invoke_mailbox_t         mailbox;
    ngx_invoke_watch_t           watch;
    ngx_invoke_outbox_t          outbox;
    pid_t                        tid;           /* once READY */
    uint32_t                     started;       /* atomic, invocations */
    uint32_t                     turns;         /* atomic, and rests */
    uint32_t                     taken;         /* atomic, works of those */
    uint32_t                     wanted;        /* atomic: tells of a rest */
    uint32_t                     awake;         /* atomic: that is told */
    const ngx_invoke_v8_account_t  *account;    /* once READY */

    /* actor thread */

    ngx_invoke_isolate_t         isolate;
    ngx_invoke_crash_t           crash;
    ngx_invoke_actor_message_t   ready_news;
    ngx_invoke_actor_message_t   gone_news;
    ngx_invoke_actor_message_t   awake_news;
};


/*
 * Makes an actor, state STARTING; it sends READY and GONE to "news". NULL
 * with errno. Event loop.
 */
ngx_invoke_actor_t *ngx_invoke_actor_start(size_t memory,
    ngx_invoke_mailbox_t *news, ngx_invoke_notify_t *notify);

/* After GONE: joins the thread and frees. Event loop. */
void ngx_invoke_actor_join(ngx_invoke_actor_t *actor);

/*
 * Puts a mail into the box, for ngx_invoke_mailbox_wake() to follow; NGX_ERROR
 * when memory is out. Event loop.
 */
ngx_int_t ngx_invoke_actor_send(ngx_invoke_actor_t *actor,
    ngx_invoke_mail_e type, ngx_invoke_invocation_t *inv);

/*
 * Takes back an invocation that the actor has not come to yet: NGX_OK, or
 * NGX_DECLINED when it has. Event loop.
 */
ngx_int_t ngx_invoke_actor_withdraw(ngx_invoke_invocation_t *inv);

/* Whether the thread does anything, or is about to. Event loop. */
ngx_uint_t ngx_invoke_actor_awake(ngx_invoke_actor_t *actor);

/*
 * Lowers the priority of the thread below the loop's, for good: only a
 * privileged process may raise it again. Event loop.
 */
void ngx_invoke_actor_demote(ngx_invoke_actor_t *actor);

/*
 * The name of the function whose invocation it got last, escaped for a log, in
 * buf of NGX_INVOKE_ESCAPE_NAME bytes. Event loop.
 */
ngx_str_t ngx_invoke_actor_name(ngx_invoke_actor_t *actor, u_char *buf);


#endif /* _NGX_INVOKE_ACTOR_H_INCLUDED_ */
