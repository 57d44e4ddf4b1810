/*
 * An actor: one thread, one isolate, one mailbox. Only the thread enters the
 * isolate; the event loop talks to it by the mailbox, and it talks to the
 * loop by the replies queue of the pool.
 *
 *      STARTING --> READY --> RETIRING --> GONE (joined, freed)
 *          |          |           |
 *          +----------+-----------+-- V8 cannot go on --> PARKED
 *
 * RETIRING takes no new invocation and leaves when its last one is over.
 * PARKED never runs again: the thread sleeps until the worker exits.
 */

#ifndef _NGX_INVOKE_ACTOR_H_INCLUDED_
#define _NGX_INVOKE_ACTOR_H_INCLUDED_


#include "ngx_invoke_invocation.h"
#include "ngx_invoke_escape.h"
#include "ngx_invoke_notify.h"
#include "ngx_invoke_isolate.h"


typedef enum {
    NGX_INVOKE_ACTOR_STARTING = 0,
    NGX_INVOKE_ACTOR_READY,
    NGX_INVOKE_ACTOR_RETIRING,
    NGX_INVOKE_ACTOR_PARKED
} ngx_invoke_actor_state_e;


/*
 * V8's limit of the thread's stack; the rest is for C below JavaScript and for
 * what V8 itself does without a look at its limit, such as regular expressions
 * that are nested deeply. What nobody touches takes no memory.
 */
#define NGX_INVOKE_STACK     (64 * 1024 * 1024)
#define NGX_INVOKE_V8_STACK  (984 * 1024)

/*
 * Address space that an isolate takes when it is made: 128 MB are for its
 * code, the rest for its heap and for those of the allocators.
 */
#define NGX_INVOKE_ROOM      (160 * 1024 * 1024)


/* The loop's messages to an actor. */

typedef enum {
    NGX_INVOKE_MAIL_RUN = 0,
    NGX_INVOKE_MAIL_DRAIN,      /* the client has taken what was written */
    NGX_INVOKE_MAIL_ABORT,      /* the client has left */
    NGX_INVOKE_MAIL_KILL,       /* a limit was hit */
    NGX_INVOKE_MAIL_SHUTDOWN
} ngx_invoke_mail_e;

/*
 * A mail is malloc'ed by the loop and freed by the actor. RUN is different:
 * either side may take the invocation out, by an atomic exchange. The actor
 * that has taken it runs it, and the loop frees the mail with it; where the
 * loop has taken it back, the actor finds the mail empty and frees it. In
 * all other mails the invocation may be gone, so it is only compared.
 */
struct ngx_invoke_mail_s {
    ngx_invoke_message_t      message;
    ngx_invoke_invocation_t  *inv;
};


/* An actor's messages to the loop. */

typedef enum {
    NGX_INVOKE_NEWS_READY = 0,
    NGX_INVOKE_NEWS_REPLY,
    NGX_INVOKE_NEWS_CONSOLE,
    NGX_INVOKE_NEWS_FINISHED,
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


struct ngx_invoke_actor_s {

    /* event loop */

    ngx_queue_t                  queue;         /* of the pool */
    ngx_invoke_actor_state_e     state;
    ngx_queue_t                  invocations;   /* given to it */
    ngx_uint_t                   load;          /* how many those are */
    ngx_invoke_function_t       *function;      /* that it ran last, held */
    ngx_msec_t                   idle_since;
    uint64_t                     pace;          /* ns an invocation takes */
    uint64_t                     cost;          /* ns of CPU time it takes */
    uint32_t                     seen;          /* of "started" at a tick */
    uint32_t                     seen_turns;    /* of "turns", when last */
    ngx_msec_t                   seen_at;       /* these had changed */
    ngx_uint_t                   still;         /* ticks without a start */
    uint64_t                     asked_cpu;     /* its CPU time when nobody's */
    uint64_t                     asked_at;      /* work was to end, 0: not */
    uint64_t                     faults;        /* of pages, when suspicious */
    pthread_t                    thread;
    unsigned                     mailed:1;      /* to be woken up */
    unsigned                     retired:1;     /* told to shut down */
    unsigned                     counted:1;     /* among the corrupted */
    unsigned                     nice:1;        /* lets the loop go first */

    /* set before the thread starts */

    size_t                       memory;        /* limit of the isolate */
    uint64_t                     started_at;    /* monotonic ns */
    ngx_invoke_mailbox_t        *news;          /* to the loop */
    ngx_invoke_notify_t         *notify;

    /* both sides */

    ngx_invoke_mailbox_t         mailbox;
    uint32_t                     untold;        /* atomic, see _pace() */
    clockid_t                    cpu_clock;     /* of the thread, once READY */
    pid_t                        tid;           /* once READY */

    /*
     * Whose JavaScript runs now: the invocation's address, the actor's own
     * for what is nobody's (V8's tasks, as finalizers, and what invocations
     * have left that are over), or 0 when none does; and two
     * bits by which the loop terminates just that invocation. The loop sets
     * TERMINATING by compare-and-swap, calls ngx_invoke_v8_terminate() and
     * sets TERMINATED; the actor, on leaving JavaScript, waits while it sees
     * the first and cancels what is left of the termination.
     */
    uintptr_t                    current;       /* atomic */
    uint64_t                     entered_cpu;   /* atomic, ns */
    uint64_t                     unowned_cpu;   /* atomic, ns of nobody's */
    uint32_t                     started;       /* atomic, invocations */
    uint32_t                     turns;         /* atomic, and rests */
    uint32_t                     wanted;        /* atomic: tells of a rest */
    uint32_t                     awake;         /* atomic: that is told */
    ngx_invoke_v8_isolate_t     *v8;            /* once READY */
    const ngx_invoke_v8_account_t  *account;    /* the same */

    /* actor thread */

    ngx_invoke_isolate_t         isolate;
    ngx_invoke_actor_message_t   ready_news;
    ngx_invoke_actor_message_t   crash_news;
    ngx_invoke_actor_message_t   gone_news;
    ngx_invoke_actor_message_t   awake_news;
    const char                  *crash_cause;
    ngx_uint_t                   unsignalled;   /* news without a signal */
    uint64_t                     cpu;           /* CPU time so far, ns */
    uint64_t                     read_cpu;      /* by the last reading */
    uint64_t                     read_at;       /* monotonic ns */
    unsigned                     clocked:1;     /* has not slept since */
    unsigned                     crash_oom:1;
    unsigned                     done:1;
    uint32_t                     exiting;       /* atomic */
};


#define NGX_INVOKE_TERMINATING  ((uintptr_t) 1)
#define NGX_INVOKE_TERMINATED   ((uintptr_t) 2)


/*
 * Installs the handlers by which a crash of V8 parks the actor's thread and
 * not the worker. Event loop, once a worker.
 */
ngx_int_t ngx_invoke_actor_signals(ngx_log_t *log);

/*
 * Whether there is room for one more thread with an isolate: V8 does not get
 * over it when there is not. NGX_ERROR with errno. Any thread.
 */
ngx_int_t ngx_invoke_actor_room(void);

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

/*
 * Ends the JavaScript of "who", an invocation or the actor itself, if that
 * runs now. Event loop.
 */
void ngx_invoke_actor_terminate(ngx_invoke_actor_t *actor, void *who);

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

/*
 * Whose JavaScript runs right now, to be compared only: an invocation's, that
 * of nobody, which is the actor's own, or NULL: none. Event loop.
 */
void *ngx_invoke_actor_runs(ngx_invoke_actor_t *actor);

/*
 * CPU time of the thread, and of it what it has spent since the JavaScript of
 * "who" was entered, which still runs, else 0, ns; once READY. Event loop.
 */
uint64_t ngx_invoke_actor_clock_read(ngx_invoke_actor_t *actor);
uint64_t ngx_invoke_actor_spent(ngx_invoke_actor_t *actor, void *who);

/*
 * CPU time of what was nobody's, ns, less what an isolate of its age may have
 * of that; once READY. Event loop.
 */
uint64_t ngx_invoke_actor_unowned(ngx_invoke_actor_t *actor);

/* CPU time of an invocation so far, ns. Event loop. */
uint64_t ngx_invoke_actor_cpu(ngx_invoke_actor_t *actor,
    ngx_invoke_invocation_t *inv);

/*
 * Around JavaScript of an invocation, or of nobody (NULL). Leaving it cancels a
 * termination and says whether the loop had asked for one. Actor thread.
 */
void ngx_invoke_actor_enter(ngx_invoke_actor_t *actor,
    ngx_invoke_invocation_t *inv);
ngx_uint_t ngx_invoke_actor_leave(ngx_invoke_actor_t *actor,
    ngx_invoke_invocation_t *inv);

/*
 * JavaScript goes on for another invocation, or for nobody. 0: it does not, the
 * loop has asked for the termination of the former one. Actor thread.
 */
ngx_uint_t ngx_invoke_actor_switch(ngx_invoke_actor_t *actor,
    ngx_invoke_invocation_t *from, ngx_invoke_invocation_t *to);

/*
 * Runs a task of V8 for the isolate, which runs no more of them when that has
 * to be ended; 0: there was none. Actor thread.
 */
ngx_uint_t ngx_invoke_actor_pump(ngx_invoke_actor_t *actor);

/* V8's fatal error callback; "data" is the isolate. Actor thread. */
void ngx_invoke_actor_fatal(void *data, const char *message, int oom);

/*
 * To be called before each news of which a function may cause any number.
 * Waits a little when the loop has many of this actor yet to take, for what
 * it takes at once delays all that it serves. The loop counts "untold" down.
 * Actor thread.
 */
void ngx_invoke_actor_pace(ngx_invoke_actor_t *actor);

/*
 * Sends news to the loop, which is signalled when the actor has nothing more
 * to do, or by the batch; where JavaScript keeps the thread meanwhile, the
 * loop's own tick finds them. Actor thread.
 */
void ngx_invoke_actor_tell(ngx_invoke_actor_t *actor,
    ngx_invoke_message_t *message, ngx_invoke_news_e type);


#endif /* _NGX_INVOKE_ACTOR_H_INCLUDED_ */
