/*
 * An isolate with its contexts and the invocations that run in them. All of
 * it is for the actor's thread.
 *
 * A program is what an isolate keeps of one version of a function: compiled
 * scripts and what its loader has resolved; a context is one global object.
 * With isolation "request" a context serves one invocation, with "function"
 * all invocations of its program.
 */

#ifndef _NGX_INVOKE_ISOLATE_H_INCLUDED_
#define _NGX_INVOKE_ISOLATE_H_INCLUDED_


#include "ngx_invoke_invocation.h"
#include "ngx_invoke_outbox.h"
#include "ngx_invoke_v8.h"
#include "ngx_invoke_watch.h"


/* V8's limit of the thread's stack. */
#define NGX_INVOKE_V8_STACK  (984 * 1024)


typedef struct ngx_invoke_isolate_s   ngx_invoke_isolate_t;
typedef struct ngx_invoke_fd_table_s  ngx_invoke_fd_table_t;
typedef struct ngx_invoke_work_s      ngx_invoke_work_t;
typedef struct ngx_invoke_gate_s      ngx_invoke_gate_t;
typedef struct ngx_invoke_poll_s      ngx_invoke_poll_t;
typedef struct ngx_invoke_handle_s    ngx_invoke_handle_t;
typedef struct ngx_invoke_lot_s       ngx_invoke_lot_t;


/* Its news: the isolate holds this program no more. */

typedef struct {
    ngx_invoke_message_t      message;
    ngx_invoke_actor_t       *actor;
    ngx_invoke_function_t    *function;     /* held */
} ngx_invoke_dropped_message_t;


/* A compiled module of a program. */

typedef struct ngx_invoke_script_s  ngx_invoke_script_t;

struct ngx_invoke_script_s {
    ngx_str_node_t            node;         /* key: path in the package */
    ngx_queue_t               queue;        /* while "uncached" */
    ngx_invoke_v8_script_t   *script;
    struct ngx_invoke_module_s  *module;    /* of the cache, held */
    ngx_invoke_script_t     **links;        /* that an ES module imports */
    ngx_uint_t                nlinks;
    ngx_invoke_script_t      *next;         /* of those that are entered: */
    ngx_uint_t                entering;     /* by its number */
    int                       number;
    unsigned                  uncached:1;   /* has no code cache yet */
};


/* A string that src/js keeps over contexts. */

typedef struct {
    ngx_str_node_t            node;
    ngx_str_t                 value;
} ngx_invoke_fact_t;


typedef struct {
    ngx_rbtree_node_t         node;         /* key: its function's address */
    ngx_queue_t               queue;        /* of the isolate, latest first */
    ngx_invoke_function_t    *function;     /* holds a reference */
    ngx_invoke_dropped_message_t  *dropped; /* to be told at its end */
    ngx_queue_t               shared;       /* contexts that stay */
    ngx_rbtree_t              scripts;
    ngx_rbtree_node_t         scripts_sentinel;
    ngx_rbtree_t              facts;
    ngx_rbtree_node_t         facts_sentinel;
    size_t                    facts_size;
    ngx_uint_t                runs;         /* invocations in its contexts */
    ngx_invoke_v8_template_e  template;     /* of its next context */
    ngx_int_t                 less;         /* contexts in a row for which a
                                               smaller one would have done */
} ngx_invoke_program_t;


typedef struct {
    ngx_queue_t               queue;        /* of the isolate */
    ngx_queue_t               link;         /* of its program, if "shared" */
    ngx_queue_t               due;          /* of the isolate, if "waits" */
    ngx_invoke_v8_context_t  *v8;
    ngx_invoke_isolate_t     *isolate;
    ngx_invoke_program_t     *program;
    ngx_uint_t                runs;         /* invocations in it now */
    const ngx_invoke_owner_t *owner;        /* of the last one */
    uint64_t                  timer;        /* ns, 0: none */
    ngx_invoke_v8_template_e  template;
    ngx_invoke_v8_template_e  needed;       /* what would have done */
    ngx_invoke_fd_table_t    *fds;          /* files that it has open */
    ngx_invoke_egress_t      *egress;       /* what it may connect to, held */
    ngx_invoke_gate_t        *gate;         /* NULL: it has not tried */
    ngx_queue_t               handles;      /* that it has in the loop */
    int                       entered;      /* the first of its ES modules, of
                                               which JavaScript knows none */
    unsigned                  shared:1;     /* isolation "function" */
    unsigned                  used:1;       /* ran an invocation before */
    unsigned                  tick:1;       /* what src/js asked for, see */
    unsigned                  immediate:1;  /* ngx_invoke_context_due() */
    unsigned                  checks:1;     /* immediates go before timers */
    unsigned                  waits:1;
} ngx_invoke_context_t;


typedef struct {
    int32_t                   id;           /* 0: free */
    ngx_invoke_invocation_t  *inv;
    ngx_invoke_context_t     *context;
} ngx_invoke_slot_t;


/*
 *      OPEN --> FULL <--> SPENT
 *        |        |         |
 *        +--------+---------+--> CLOSED
 */

typedef enum {
    NGX_INVOKE_ISOLATE_OPEN = 0,
    NGX_INVOKE_ISOLATE_FULL,    /* the heap is: its JavaScript is to end */
    NGX_INVOKE_ISOLATE_SPENT,   /* that has; the loop lets it end, too */
    NGX_INVOKE_ISOLATE_CLOSED   /* the thread ends, no hook is called */
} ngx_invoke_isolate_state_e;


struct ngx_invoke_isolate_s {

    /* the actor's, set before ngx_invoke_isolate_init() */

    ngx_invoke_actor_t       *actor;        /* whose news those are */
    ngx_invoke_watch_t       *watch;
    ngx_invoke_outbox_t      *outbox;
    ngx_invoke_mailbox_t     *mailbox;

    ngx_invoke_isolate_state_e  state;

    ngx_invoke_v8_isolate_t  *v8;
    size_t                    memory;       /* its limit */
    ngx_queue_t               contexts;     /* all but the spare ones */
    ngx_queue_t               due;          /* those that asked for something,
                                               whoever waits longest first */
    ngx_invoke_context_t     *current;      /* whose JavaScript runs now */
    ngx_invoke_context_t     *spare[NGX_INVOKE_V8_TEMPLATES];
    ngx_queue_t               programs;
    ngx_rbtree_t              functions;    /* they, by these */
    ngx_rbtree_node_t         functions_sentinel;
    ngx_uint_t                nprograms;
    size_t                    held;         /* bytes that they are known by */
    size_t                    bare;         /* bytes that it had without any */
    size_t                    live;         /* by V8's last full collection */
    ngx_uint_t                collections;  /* how many those were */
    ngx_uint_t                counted;      /* programs at the last one */
    ngx_queue_t               uncached;     /* scripts without code cache */
    ngx_uint_t                entering;     /* graphs of ES modules so far */
    ngx_invoke_slot_t         slots[NGX_INVOKE_SLOTS];
    int32_t                   generation;
    uint64_t                  created;      /* monotonic ns */
    uint64_t                  measured;     /* the memory, monotonic ns */
    ngx_invoke_slot_t        *running;      /* whose JavaScript runs now */
    uint64_t                  over;         /* bits of slots to hand back */
    ngx_uint_t                works;        /* under way elsewhere */
    ngx_invoke_work_t        *work;         /* that has come back, until it is
                                               taken */
    ngx_invoke_poll_t        *poll;         /* its loop, NULL: not made yet;
                                               stored atomically */
    ngx_invoke_lot_t         *lot;          /* NULL: nothing was parked */
    ngx_queue_t               events;       /* of handles, yet to be told */
    ngx_str_t                 io;           /* of the one that is told */
    ngx_uint_t                told;         /* grows where there is more to do
                                               before the thread may sleep */
    int32_t                   handles;      /* number of the last one */
    ngx_uint_t                runs;
    ngx_uint_t                garbage;      /* contexts freed since a GC */
    size_t                    heap_used;    /* as the metrics have it */
    size_t                    heap_left;    /* by the last GC at rest */
    size_t                    unowned_console;  /* bytes printed for nobody */
    unsigned                  wants_spare:NGX_INVOKE_V8_TEMPLATES;
    unsigned                  unmeasured:1; /* JavaScript has run since */
    unsigned                  grown:1;      /* by a program */
    unsigned                  no_tasks:1;   /* one of V8's had to be ended */
    unsigned                  inside:1;     /* JavaScript runs */
};


/*
 * An isolate of that memory limit; "fatal" is called where V8 cannot go on.
 * NGX_OK, or NGX_ERROR when memory is out.
 */
ngx_int_t ngx_invoke_isolate_init(ngx_invoke_isolate_t *iso, size_t memory,
    void (*fatal)(void *data, const char *message, int oom));
void ngx_invoke_isolate_done(ngx_invoke_isolate_t *iso);

/* Starts an invocation and runs it as far as it goes without waiting. */
void ngx_invoke_isolate_run(ngx_invoke_isolate_t *iso,
    ngx_invoke_invocation_t *inv);

/* A mail of the loop for an invocation, which may be over. */
void ngx_invoke_isolate_drain(ngx_invoke_isolate_t *iso,
    ngx_invoke_invocation_t *inv);
void ngx_invoke_isolate_body(ngx_invoke_isolate_t *iso,
    ngx_invoke_invocation_t *inv, ngx_str_t *data, ngx_uint_t cut);
void ngx_invoke_isolate_abort(ngx_invoke_isolate_t *iso,
    ngx_invoke_invocation_t *inv);
void ngx_invoke_isolate_leave(ngx_invoke_isolate_t *iso,
    ngx_invoke_invocation_t *inv);
void ngx_invoke_isolate_kill(ngx_invoke_isolate_t *iso,
    ngx_invoke_invocation_t *inv);

/* A piece of work that has come back, which it takes over. */
void ngx_invoke_isolate_work(ngx_invoke_isolate_t *iso,
    ngx_invoke_work_t *work);

/*
 * Tells JavaScript what has happened to a handle: at once by the hook IO, as
 * work of the invocation that made it, or at the next turn where some runs
 * already, so it may be called from a callback of the loop and from a native.
 * "data" is what the hook may take; it is copied where that has to wait. The
 * context may be gone when it returns.
 */
void ngx_invoke_isolate_tell(ngx_invoke_handle_t *h, int32_t event,
    int32_t value, const u_char *data, size_t len);

/*
 * JavaScript is told of something from outside next: as in Node, immediates
 * that it sets run before timers that were not due yet.
 */
void ngx_invoke_isolate_outside(ngx_invoke_context_t *ctx);

/*
 * Runs immediates and timers that are due. Returns the nanoseconds until
 * the next one, 0 when there is more to do now, -1 when there is none.
 */
int64_t ngx_invoke_isolate_turn(ngx_invoke_isolate_t *iso);

/*
 * What an idle moment is good for. Returns what of "wait" is left of it, ns as
 * ngx_invoke_isolate_turn() returns them.
 */
int64_t ngx_invoke_isolate_idle(ngx_invoke_isolate_t *iso, int64_t wait);

/*
 * How long nothing must happen before garbage is worth a collection, ns; -1
 * when there is none.
 */
int64_t ngx_invoke_isolate_quiet(ngx_invoke_isolate_t *iso);
void ngx_invoke_isolate_collect(ngx_invoke_isolate_t *iso);

/*
 * Runs microtasks and ticks until there are none. NGX_ERROR: terminated.
 */
ngx_int_t ngx_invoke_isolate_run_queues(ngx_invoke_context_t *context);


#endif /* _NGX_INVOKE_ISOLATE_H_INCLUDED_ */
