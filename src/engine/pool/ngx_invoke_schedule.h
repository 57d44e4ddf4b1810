/*
 * The inside of the pool, in four files: ngx_invoke_pool.c has the isolates
 * and their messages, ngx_invoke_schedule.c the invocations and their limits,
 * ngx_invoke_choose.c who runs where, ngx_invoke_quarantine.c the threads that
 * do not come back. All of it: event loop.
 */

#ifndef _NGX_INVOKE_SCHEDULE_H_INCLUDED_
#define _NGX_INVOKE_SCHEDULE_H_INCLUDED_


#include "ngx_invoke_pool.h"
#include "ngx_invoke_actor.h"
#include "ngx_invoke_clock.h"
#include "ngx_invoke_metrics.h"


/*
 * An isolate whose work at hand is done sooner than another thread wakes up
 * counts as idle, for invocations of the function that it runs, ns.
 */
#define NGX_INVOKE_BACKLOG  200000

/* The longest that it takes to try again to start what did not start, ms. */
#define NGX_INVOKE_BACKOFF_MAX  10000


/*
 * What waits for isolates of one memory size, in the order of arrival: those
 * of another size do not wait behind it.
 */

typedef struct {
    ngx_queue_t                    queue;       /* of the pool */
    size_t                         memory;
    ngx_queue_t                    waiting;     /* invocations */
    ngx_msec_t                     moved;       /* when it last did */
    ngx_uint_t                     tried;       /* by that round */
} ngx_invoke_lane_t;


typedef struct {
    const ngx_invoke_pool_conf_t  *conf;
    ngx_log_t                     *log;

    ngx_invoke_mailbox_t           news;
    ngx_invoke_notify_t            notify;

    ngx_queue_t                    actors;      /* parked ones at the end */
    ngx_uint_t                     others;      /* of another memory size */
    ngx_invoke_actor_t            *leaver;      /* goes to make room */
    ngx_queue_t                    lanes;
    ngx_invoke_lane_t              normal;      /* the first of them */
    ngx_uint_t                     round;       /* over the lanes */
    ngx_invoke_pool_stat_t         stat;

    ngx_event_t                    idle;
    ngx_event_t                    tick;
    ngx_event_t                    wake;
    ngx_event_t                    drain;
    ngx_event_t                    retry;       /* after a failed start */
    ngx_msec_t                     backoff;     /* 0: the last one did well */
    ngx_connection_t               dummy;       /* of these events */
    uint64_t                       started;
    ngx_uint_t                     width;       /* threads to run at once */
    ngx_msec_t                     drained;     /* since it is to leave, 0:
                                                   not */
    unsigned                       leaving:1;   /* with clients, if need be */
    unsigned                       v8:1;        /* it has started */
    unsigned                       running:1;
    unsigned                       abandoned:1; /* threads were left */
} ngx_invoke_pool_t;


extern ngx_invoke_pool_t  ngx_invoke_pool;


/* ngx_invoke_pool.c */

/* Deals with what the actors have sent. */
void ngx_invoke_pool_news(void *data);

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

/* Takes note that the pool has one more isolate or, n being -1, one less. */
void ngx_invoke_pool_count(ngx_invoke_actor_t *actor, ngx_int_t n);

/*
 * As ngx_invoke_actor_send(); the actor is woken up when the loop has gone
 * through its present events.
 */
ngx_int_t ngx_invoke_pool_send(ngx_invoke_actor_t *actor,
    ngx_invoke_mail_e type, ngx_invoke_invocation_t *inv);

/*
 * The isolate takes no more work, and is shut down when the last of it is
 * over. "corrupted" says that a limit was hit in it.
 */
void ngx_invoke_pool_retire(ngx_invoke_actor_t *actor, ngx_uint_t corrupted);

/* An isolate could not be started: puts off the next ones. */
void ngx_invoke_pool_failed(void);

/* Isolates of that memory size that take work, or will; 0: of any size. */
ngx_uint_t ngx_invoke_pool_usable(size_t memory);

/* Isolates up to the base, a few at a time. */
void ngx_invoke_pool_refill(void);


/* ngx_invoke_schedule.c */

/* Gives what waits to isolates, as far as they take it. */
void ngx_invoke_schedule_next(void);

/* The lane of a memory size; NULL: nothing has waited for it. */
ngx_invoke_lane_t *ngx_invoke_schedule_lane(size_t memory);

/* Whether anything waits for isolates of another size than the pool's. */
ngx_uint_t ngx_invoke_schedule_others_wait(void);

/* Frees the lanes in which nothing waits. */
void ngx_invoke_schedule_sweep(void);

/* Takes an invocation off its isolate or the queue. */
void ngx_invoke_schedule_detach(ngx_invoke_invocation_t *inv);

/* Puts what an isolate has not come to yet into the queue, at its head. */
void ngx_invoke_schedule_take_back(ngx_invoke_actor_t *actor);

/* Ends what waits, while there is no isolate nor can one be started. */
void ngx_invoke_schedule_refuse(void);

/* Tells the owner the end: the one place that does. */
void ngx_invoke_schedule_report(ngx_invoke_invocation_t *inv,
    ngx_invoke_outcome_e outcome);

/* An invocation that has reached a limit is ended; "limit" is one of time. */
void ngx_invoke_schedule_expire(ngx_invoke_invocation_t *inv,
    ngx_invoke_outcome_e outcome, ngx_msec_t limit);

/* Starts the tick, which goes on while isolates work; its handler. */
void ngx_invoke_schedule_watch(void);
void ngx_invoke_schedule_tick(ngx_event_t *ev);


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


/* ngx_invoke_memory.c */

/*
 * Part of the tick: where the worker has grown by more than the accounts of
 * the isolates know, the one that takes the page faults is ended.
 */
void ngx_invoke_memory_watch(void);


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
 * The handler of the drain timer: a worker with parked threads is replaced
 * by the master, in a quiet moment, or, where too much is parked, soon.
 */
void ngx_invoke_quarantine_drain(ngx_event_t *ev);


#endif /* _NGX_INVOKE_SCHEDULE_H_INCLUDED_ */
