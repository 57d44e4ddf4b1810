/*
 * The inside of the pool. All of it: event loop. A file calls those below it
 * alone:
 *
 *      pool                    its life, and its timers
 *        |
 *      news                    what the actors tell
 *        |
 *      queue                   what is submitted, and who runs next
 *        |       \
 *      limits    choose        what ends invocations; which isolate is next
 *        |   \     |
 *        |  memory |           whether a worker grows by what nobody counts
 *        |         |
 *      quarantine  |           threads that do not come back
 *        |        /
 *      isolates                which there are: start, retire, refill
 *        |
 *      lanes                   what waits, by the size of the isolates, a line
 *        |   \                 a function
 *        |    guests             functions: what runs of them, who holds them
 *        |       \
 *      report    tally         the end, for the owner; the pool, its numbers
 *
 * and, below news and quarantine, work: what threads of nginx's do for actors.
 *
 * What a change further down makes possible, or necessary, is marked there:
 * that more isolates may be started (wants_refill), that what waits may have
 * an isolate by now (wants_next), that it never gets one (wants_refuse).
 * ngx_invoke_pool_settle() does what is marked, at the end of each event.
 *
 * An owner that is told the end of its invocation finalizes a request, by
 * which others may be submitted and aborted. So nobody tells it in a walk over
 * invocations or lanes without beginning that anew.
 */

#ifndef _NGX_INVOKE_POOL_INT_H_INCLUDED_
#define _NGX_INVOKE_POOL_INT_H_INCLUDED_


#include "ngx_invoke_pool.h"
#include "ngx_invoke_actor.h"
#include "ngx_invoke_clock.h"
#include "ngx_invoke_metrics.h"


/*
 * An isolate whose work at hand is done sooner than another thread wakes up
 * counts as idle, for invocations of the function that it runs, ns.
 */
#define NGX_INVOKE_BACKLOG  200000

/* What is not known takes so long that nothing is put behind it, ns. */
#define NGX_INVOKE_PACE_UNKNOWN  (16 * NGX_INVOKE_BACKLOG)

/*
 * How often the loop looks after the actors while they work, ms: for news
 * that come without a signal, and for what waits behind an invocation.
 */
#define NGX_INVOKE_TICK  5

/* How long a function that has run counts as beside another one, ms. */
#define NGX_INVOKE_BESIDE  10000

/* The longest that it takes to try again to start what did not start, ms. */
#define NGX_INVOKE_BACKOFF_MAX  10000


/*
 * What waits for isolates of one memory size: those of another size do not
 * wait behind it. Each function has a line in it, in the order of arrival, and
 * of the lines that one goes first whose function has had the least.
 */

typedef struct {
    ngx_queue_t                    queue;       /* of the pool */
    size_t                         memory;
    ngx_rbtree_t                   lines;       /* none is empty */
    ngx_rbtree_node_t              sentinel;
    ngx_msec_t                     moved;       /* when its first last did */
    ngx_uint_t                     tried;       /* by that round */
} ngx_invoke_lane_t;

#define ngx_invoke_lane_empty(lane)                                           \
    ((lane)->lines.root == &(lane)->sentinel)


struct ngx_invoke_line_s {
    ngx_rbtree_node_t              node;        /* key: its guest's "had" */
    ngx_queue_t                    queue;       /* of its guest */
    ngx_invoke_lane_t             *lane;        /* NULL: not in use */
    ngx_invoke_guest_t            *guest;
    ngx_queue_t                    waiting;     /* invocations */
    ngx_uint_t                     n;
};


/*
 * A function of which something waits or runs, or that isolates hold. An
 * isolate is a home from the first invocation that it is given until it tells
 * that it has dropped the program, or takes no work any more.
 *
 * "had" is what fairness goes by: the time on threads that it was given, on a
 * clock that runs as they are given away. Who asks for nothing falls behind
 * that, but saves up none of it.
 */

struct ngx_invoke_guest_s {
    ngx_queue_t                    queue;       /* of the pool */
    ngx_invoke_function_t         *function;    /* held */
    ngx_queue_t                    homes;
    ngx_queue_t                    lines;
    ngx_invoke_line_t              line;        /* the first of these */
    ngx_uint_t                     uses;        /* its invocations here */
    ngx_uint_t                     active;      /* those that isolates have */
    uint64_t                       pace;        /* ns that one takes */
    uint64_t                       cost;        /* ns of CPU time it takes */
    uint64_t                       had;         /* ns */
    ngx_invoke_actor_t            *awaits;      /* its home that is waited for,
                                                   or NULL */
};


typedef struct {
    ngx_queue_t                    queue;       /* of its guest */
    ngx_queue_t                    held;        /* of its actor */
    ngx_invoke_guest_t            *guest;
    ngx_invoke_actor_t            *actor;
} ngx_invoke_home_t;


typedef struct {
    const ngx_invoke_pool_conf_t  *conf;
    ngx_log_t                     *log;

    ngx_invoke_mailbox_t           news;
    ngx_invoke_notify_t            notify;

    ngx_queue_t                    actors;      /* parked ones at the end */
    ngx_uint_t                     others;      /* of another memory size */
    ngx_invoke_actor_t            *leaver;      /* goes to make room */
    ngx_queue_t                    turns;       /* actors, whose work gets a
                                                   thread next */
    ngx_uint_t                     at_work;     /* threads that have such */
    ngx_queue_t                    guests;
    ngx_uint_t                     runs;        /* active invocations */
    ngx_uint_t                     runners;     /* functions of those */
    ngx_uint_t                     mark;        /* by the last look at homes */
    uint64_t                       given;       /* the clock of "had" */
    ngx_invoke_guest_t            *last;        /* that was given something, to
                                                   be compared only */
    ngx_msec_t                     varied;      /* when that last changed */
    ngx_queue_t                    lanes;
    ngx_invoke_lane_t              normal;      /* the first of them */
    ngx_uint_t                     round;       /* over the lanes */
    ngx_invoke_pool_stat_t         stat;

    ngx_event_t                    idle;
    ngx_event_t                    tick;
    ngx_event_t                    wake;
    ngx_event_t                    leave;
    ngx_event_t                    retry;       /* after a failed start */
    ngx_msec_t                     backoff;     /* 0: the last one did well */
    ngx_connection_t               dummy;       /* of these events */
    uint64_t                       started;
    ngx_uint_t                     width;       /* threads to run at once */
    ngx_msec_t                     leave_since; /* it is to, 0: it is not */
    unsigned                       leaving:1;   /* with clients, if need be */
    unsigned                       v8:1;        /* it has started */
    unsigned                       running:1;
    unsigned                       abandoned:1; /* threads were left */

    unsigned                       wants_shed:1;
    unsigned                       wants_refuse:1;
    unsigned                       wants_refill:1;
    unsigned                       wants_next:1;
    unsigned                       settling:1;
    unsigned                       stalled:1;   /* work, by its isolate */
} ngx_invoke_pool_t;


extern ngx_invoke_pool_t  ngx_invoke_pool;


/* ngx_invoke_pool_news.c */

/* Deals with what the actors have sent. */
void ngx_invoke_pool_news(void *data);


/* ngx_invoke_pool_queue.c */

/* Does what is marked; in the midst of that nothing: it is done anyway. */
void ngx_invoke_pool_settle(void);


/* ngx_invoke_choose.c */

/* An invocation's place in the queue, as far as isolates are chosen by it. */

typedef enum {
    NGX_INVOKE_TURN_FIRST = 0,
    NGX_INVOKE_TURN_BEHIND,     /* others wait, for an isolate that is free */
    NGX_INVOKE_TURN_OVERDUE     /* whatever else runs */
} ngx_invoke_turn_e;

/* How many threads of this worker are to run at once. */
ngx_uint_t ngx_invoke_choose_width(ngx_cycle_t *cycle);

/* The isolate that takes the invocation now, or NULL. */
ngx_invoke_actor_t *ngx_invoke_choose(ngx_invoke_invocation_t *inv,
    ngx_invoke_turn_e turn);


/* ngx_invoke_pool_limits.c */

/*
 * The timer of an invocation that has begun: whether one of its limits is
 * over, or the patience with its thread.
 */
void ngx_invoke_limits_check(ngx_invoke_invocation_t *inv);

/* The thread is ended: it takes memory that is not accounted for. */
void ngx_invoke_limits_memory(ngx_invoke_actor_t *actor);

/* Starts the tick, which goes on while isolates work; what it looks at. */
void ngx_invoke_limits_watch(void);
void ngx_invoke_limits_tick(void);


/* ngx_invoke_memory.c */

/*
 * Part of the tick: where the worker has grown by more than the accounts of
 * the isolates know, the one that takes the page faults; else NULL.
 */
ngx_invoke_actor_t *ngx_invoke_memory_watch(void);


/* ngx_invoke_quarantine.c */

/*
 * Parks an actor whose thread will not come back: V8 cannot go on, or a
 * built-in function does not let itself be interrupted. Its invocations end
 * with that outcome; what it holds stays as it is.
 */
void ngx_invoke_quarantine_park(ngx_invoke_actor_t *actor, const char *cause,
    ngx_invoke_outcome_e outcome);

/* It has come back after all. */
void ngx_invoke_quarantine_return(ngx_invoke_actor_t *actor);

/*
 * The handler of the timer "leave": a worker with parked threads is replaced
 * by the master, in a quiet moment, or, where too much is parked, soon.
 */
void ngx_invoke_quarantine_look(ngx_event_t *ev);


/* ngx_invoke_pool_isolates.c */

/* One more isolate of that memory size while there may be more, or NULL. */
ngx_invoke_actor_t *ngx_invoke_pool_grow(size_t memory);

/*
 * Whether there may be more of that size: for their number, and because the
 * worker does not leave, or could not serve it without.
 */
ngx_uint_t ngx_invoke_pool_room(size_t memory);
ngx_uint_t ngx_invoke_pool_stays(size_t memory);

/* How many isolates of all other sizes than the pool's there may be. */
ngx_uint_t ngx_invoke_pool_most_others(void);

/* Isolates of that memory size that take work, or will; 0: of any size. */
ngx_uint_t ngx_invoke_pool_usable(size_t memory);

/* Isolates up to the base, a few at a time. */
void ngx_invoke_pool_refill(void);

/* An isolate, or V8, could not be started: puts off the next ones. */
void ngx_invoke_pool_failed(void);

/*
 * As ngx_invoke_actor_send(); the actor is woken up when the loop has gone
 * through its present events.
 */
ngx_int_t ngx_invoke_pool_send(ngx_invoke_actor_t *actor,
    ngx_invoke_mail_e type, ngx_invoke_invocation_t *inv);

/* The same for a mail that is there, which is the actor's then. */
void ngx_invoke_pool_mail(ngx_invoke_actor_t *actor, ngx_invoke_mail_e type,
    ngx_invoke_mail_t *mail);

/* Wakes those that were sent something. */
void ngx_invoke_pool_wake(void);

/* Has what is marked done when the loop has gone through these events. */
void ngx_invoke_pool_later(void);

/* It has started. */
void ngx_invoke_pool_ready(ngx_invoke_actor_t *actor);

/*
 * The isolate takes no more work, and is shut down when the last of it is
 * over. "corrupted" says that a limit was hit in it.
 */
void ngx_invoke_pool_retire(ngx_invoke_actor_t *actor, ngx_uint_t corrupted);

/* Shuts it down if that is so. */
void ngx_invoke_pool_release(ngx_invoke_actor_t *actor);

/* Its thread has ended, and it has no invocation: frees it. */
void ngx_invoke_pool_gone(ngx_invoke_actor_t *actor, ngx_uint_t failed);

/* Retires those that have been idle for long and are above the base. */
void ngx_invoke_pool_trim(void);


/* ngx_invoke_pool_lanes.c */

/* The lane of a memory size; NULL: nothing has waited for it. */
ngx_invoke_lane_t *ngx_invoke_lane_find(size_t memory);

/* Whether anything waits for isolates of another size than the pool's. */
ngx_uint_t ngx_invoke_lane_others_wait(void);

/*
 * The line that is next in a lane, that behind another one, or NULL; those of
 * which as many run as may are left out.
 */
ngx_invoke_line_t *ngx_invoke_lane_next(ngx_invoke_lane_t *lane,
    ngx_invoke_line_t *line);

/* The line of inv's function in the lane of its size; NULL: none waits. */
ngx_invoke_line_t *ngx_invoke_lane_line(ngx_invoke_invocation_t *inv);

/* The first of a line; the line that is the longest of all, or NULL. */
ngx_invoke_invocation_t *ngx_invoke_line_first(ngx_invoke_line_t *line);
ngx_invoke_line_t *ngx_invoke_line_longest(void);

/* Whether no more of inv's function may run now. */
ngx_uint_t ngx_invoke_lane_capped(ngx_invoke_invocation_t *inv);

/* Puts an invocation at the end of its line, or takes it out. */
void ngx_invoke_lane_append(ngx_invoke_invocation_t *inv);
void ngx_invoke_lane_remove(ngx_invoke_invocation_t *inv);

/* Its function was given something: the other lines go first now. */
void ngx_invoke_line_served(ngx_invoke_line_t *line);

/* Frees the lanes in which nothing waits. */
void ngx_invoke_lane_sweep(void);

/* What is left of the time that it may wait for its start, ms. */
ngx_msec_t ngx_invoke_lane_patience(ngx_invoke_invocation_t *inv,
    uint64_t now);

/* Takes an invocation off its isolate or its lane. */
void ngx_invoke_pool_detach(ngx_invoke_invocation_t *inv);

/* Puts what an isolate has not come to yet into its lines, at the head. */
void ngx_invoke_pool_take_back(ngx_invoke_actor_t *actor);


/* ngx_invoke_pool_guests.c */

/*
 * An invocation more of a function, NULL: memory is out; and one less, which
 * frees the guest where nothing is left of it.
 */
ngx_invoke_guest_t *ngx_invoke_guest_take(ngx_invoke_function_t *function);
void ngx_invoke_guest_put(ngx_invoke_guest_t *guest);

/*
 * The invocation is given to an isolate, which holds the function from then
 * on; it is off it, or does not count any more.
 */
void ngx_invoke_guest_begin(ngx_invoke_invocation_t *inv,
    ngx_invoke_actor_t *actor);
void ngx_invoke_guest_end(ngx_invoke_invocation_t *inv);

/*
 * Whether it has as many invocations as threads are to run at once, and others
 * have run beside it.
 */
ngx_uint_t ngx_invoke_guest_hogs(ngx_invoke_guest_t *guest);

/* What an invocation has taken. */
void ngx_invoke_guest_learn(ngx_invoke_invocation_t *inv);

/* Marks the isolates that hold it, for ngx_invoke_guest_at(). */
void ngx_invoke_guest_mark(ngx_invoke_guest_t *guest);

#define ngx_invoke_guest_at(actor)  ((actor)->mark == ngx_invoke_pool.mark)

/* The isolate tells that it has dropped a function; it takes no more work. */
void ngx_invoke_home_dropped(ngx_invoke_actor_t *actor,
    ngx_invoke_function_t *function);
void ngx_invoke_homes_leave(ngx_invoke_actor_t *actor);


/* ngx_invoke_pool_work.c */

/* A piece of work that an actor has posted, which it takes over. */
void ngx_invoke_works_add(ngx_invoke_work_t *work);

/*
 * To be called now and then: work that has no thread since its isolate takes
 * no results may get one.
 */
void ngx_invoke_works_resume(void);

/* The actor waits for none of its works any more. */
void ngx_invoke_works_detach(ngx_invoke_actor_t *actor);

/* The worker exits: what threads have is not heard of any more. */
void ngx_invoke_works_exit(void);


/* ngx_invoke_pool_report.c */

/* Tells the owner the end: the one place that does. */
void ngx_invoke_pool_report(ngx_invoke_invocation_t *inv,
    ngx_invoke_outcome_e outcome);


/*
 * What waitUntil() keeps the invocation for is given up, which is told in the
 * log, once.
 */
void ngx_invoke_pool_let_go(ngx_invoke_invocation_t *inv, const char *why);


/* ngx_invoke_pool_tally.c */

/*
 * The isolate is of that state and has so many invocations from now on; or it
 * has joined the pool, or leaves it. The pool's numbers and the metrics follow.
 */
void ngx_invoke_pool_set(ngx_invoke_actor_t *actor,
    ngx_invoke_actor_state_e state, ngx_uint_t load);
void ngx_invoke_pool_join(ngx_invoke_actor_t *actor);
void ngx_invoke_pool_part(ngx_invoke_actor_t *actor);

/* One more invocation waits or, n being -1, one less. */
void ngx_invoke_pool_waits(ngx_int_t n);


#endif /* _NGX_INVOKE_POOL_INT_H_INCLUDED_ */
