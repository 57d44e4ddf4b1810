/*
 * An invocation: one malloc'ed struct that carries a copy of the request to
 * an actor and the way back.
 *
 *      NEW -- submit --> QUEUED <--> RUNNING ------------> FINISHED (freed)
 *                                    |     |                  ^
 *                              abort |     | a limit hits     |
 *                                    v     v                  |
 *                                 LEFT --> EXPIRED ---------->+
 *
 * That is how the loop sees it. Its JavaScript has a state of its own, which
 * the actor alone knows: RUNNING, then SETTLED or STOPPED; and so has the
 * response that it makes. Neither side reads the other's: what the actor has
 * to say of the end is its verdict, which comes back with FINISHED.
 *
 * The first part is written on the event loop before the submit and is read
 * only from then on. Of the rest each section has one writer, as it says.
 */

#ifndef _NGX_INVOKE_INVOCATION_H_INCLUDED_
#define _NGX_INVOKE_INVOCATION_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include "ngx_invoke_arena.h"
#include "ngx_invoke_egress.h"
#include "ngx_invoke_etag.h"
#include "ngx_invoke_function.h"
#include "ngx_invoke_mailbox.h"
#include "ngx_invoke_outcome.h"


typedef struct ngx_invoke_invocation_s  ngx_invoke_invocation_t;
typedef struct ngx_invoke_actor_s       ngx_invoke_actor_t;
typedef struct ngx_invoke_mail_s        ngx_invoke_mail_t;
typedef struct ngx_invoke_line_s        ngx_invoke_line_t;


/*
 * Invocations under way in one isolate: what invoke_concurrency may be at
 * most, and what the pool gives to one. A power of two, which fits in the bits
 * of an uint64_t.
 */
#define NGX_INVOKE_SLOTS  64

#if (NGX_INVOKE_SLOTS & (NGX_INVOKE_SLOTS - 1) || NGX_INVOKE_SLOTS > 64)
#error NGX_INVOKE_SLOTS is no power of two, or is over 64
#endif


typedef enum {
    NGX_INVOKE_ISOLATION_REQUEST = 0,   /* a fresh context each time */
    NGX_INVOKE_ISOLATION_FUNCTION       /* one context per version */
} ngx_invoke_isolation_e;


typedef struct {
    ngx_msec_t              timeout;        /* wall time */
    ngx_msec_t              cpu;            /* CPU time, 0: no limit */
    size_t                  memory;         /* of its isolate, 0: the pool's */
    size_t                  response;       /* bytes not yet sent */
    size_t                  console;        /* bytes of console lines */
    ngx_uint_t              concurrency;    /* awaiting in one isolate */
    ngx_uint_t              active;         /* at once in a worker, 0: any */
    ngx_invoke_isolation_e  isolation;
    ngx_invoke_etag_e       etag;           /* of res.send() */
    ngx_uint_t              source_maps;    /* of what is told of errors */
    ngx_invoke_egress_t    *egress;         /* an invocation holds it */
} ngx_invoke_limits_t;


typedef enum {
    NGX_INVOKE_CONSOLE_DEBUG = 0,
    NGX_INVOKE_CONSOLE_LOG,
    NGX_INVOKE_CONSOLE_INFO,
    NGX_INVOKE_CONSOLE_WARN,
    NGX_INVOKE_CONSOLE_ERROR,
    NGX_INVOKE_CONSOLE_TRACE
} ngx_invoke_console_e;


/* The loop's. From LEFT on the owner knows the end, or does not want to. */

typedef enum {
    NGX_INVOKE_INVOCATION_NEW = 0,
    NGX_INVOKE_INVOCATION_QUEUED,   /* waits in a lane for an actor */
    NGX_INVOKE_INVOCATION_RUNNING,  /* an actor has it, or it is in its box */
    NGX_INVOKE_INVOCATION_LEFT,     /* the actor goes on, for no one */
    NGX_INVOKE_INVOCATION_EXPIRED,  /* and is being made to end it */
    NGX_INVOKE_INVOCATION_FINISHED  /* nobody has it: freed next */
} ngx_invoke_invocation_state_e;

#define ngx_invoke_invocation_left(inv)                                       \
    ((inv)->state >= NGX_INVOKE_INVOCATION_LEFT)


/* The actor's: what has become of its JavaScript, and of the response. */

typedef enum {
    NGX_INVOKE_SCRIPT_RUNNING = 0,  /* or it awaits something */
    NGX_INVOKE_SCRIPT_SETTLED,      /* JavaScript has told the end */
    NGX_INVOKE_SCRIPT_STOPPED       /* it has not, and does not know yet */
} ngx_invoke_script_e;

typedef enum {
    NGX_INVOKE_RESPONSE_NONE = 0,
    NGX_INVOKE_RESPONSE_BEGUN,      /* its head is sent */
    NGX_INVOKE_RESPONSE_WHOLE
} ngx_invoke_response_e;


/*
 * A part of the response, malloc'ed by the actor in one piece. Its receiver
 * owns it and frees it with ngx_invoke_reply_free() when the bytes are sent.
 */

typedef struct {
    ngx_uint_t              status;     /* 0: the head was sent before */
    ngx_str_t               headers;    /* lines "Name: value\n" */
    ngx_str_t               body;       /* may be empty */
    size_t                  etag_len;   /* 0: none was made of the body */
    u_char                  etag[NGX_INVOKE_ETAG_LEN];
    size_t                  charge;     /* counts as buffered, too */
    int                     fd;         /* a file instead of body, or -1 */
    ngx_invoke_function_t  *function;   /* with a file: whose it is, held */
    off_t                   file_start;
    off_t                   file_size;  /* from there on */
    time_t                  file_mtime;
    unsigned                decided:1;  /* whether the client has it */
    unsigned                file_etag:1;
    unsigned                file_modified:1;
    unsigned                file_ranges:1;
    unsigned                file_no_cache:1;    /* it goes to who has it */
    unsigned                last:1;     /* the response ends here */
} ngx_invoke_reply_t;


/* What the owner of an invocation is told, all on the event loop. */

typedef struct {
    void  (*reply)(ngx_invoke_invocation_t *inv, ngx_invoke_reply_t *reply);
    void  (*console)(ngx_invoke_invocation_t *inv, ngx_invoke_console_e level,
              ngx_str_t *text);
    /*
     * It asks for the next piece of a body that is streamed: the answer, once,
     * is ngx_invoke_invocation_body().
     */
    void  (*body)(ngx_invoke_invocation_t *inv);
    /*
     * An error is its answer, and it goes on for promises of waitUntil(): as
     * finished(), which still comes, but no reply does.
     */
    void  (*failed)(ngx_invoke_invocation_t *inv);
    /* What code of the function prints after an invocation, or its request. */
    void  (*unowned)(ngx_invoke_function_t *function,
              ngx_invoke_console_e level, ngx_str_t *text);
    /*
     * The end: inv->outcome, error_* and the times are set. Called once
     * unless ngx_invoke_invocation_abort() came first; nothing follows.
     * inv is the owner's to read until it returns, not longer.
     */
    void  (*finished)(ngx_invoke_invocation_t *inv);
} ngx_invoke_owner_t;


/* A body_size: its length is not known, and it comes in pieces. */
#define NGX_INVOKE_BODY_STREAMED  -2


/* News of an invocation that it has room for itself. */

typedef struct {
    ngx_invoke_message_t      message;
    ngx_invoke_invocation_t  *inv;
} ngx_invoke_invocation_message_t;


struct ngx_invoke_invocation_s {
    ngx_invoke_message_t    message;        /* on its way back */

    /* the request; read only after the submit */

    ngx_invoke_function_t  *function;       /* holds a reference */
    ngx_invoke_limits_t     limits;
    ngx_invoke_arena_t      arena;          /* of what follows */

    ngx_str_t               method;
    ngx_str_t               url;            /* req.url */
    ngx_str_t               original_url;
    ngx_str_t               protocol;       /* "http" or "https" */
    ngx_str_t               http_version;   /* "1.1" */
    ngx_str_t               ip;
    ngx_uint_t              port;           /* of the client, 0: none */
    ngx_str_t               host;
    ngx_str_t               trace_id;
    ngx_invoke_field_t     *headers;        /* names in lower case */
    ngx_uint_t              nheaders;
    ngx_invoke_field_t     *params;
    ngx_uint_t              nparams;
    ngx_invoke_field_t     *env;
    ngx_uint_t              nenv;
    ngx_str_t               body;           /* in memory, or empty */
    int                     body_fd;        /* spooled body, owned; or -1 */
    off_t                   body_size;      /* -1: the request has none; or
                                               NGX_INVOKE_BODY_STREAMED */

    /* the owner's; event loop only */

    const ngx_invoke_owner_t  *owner;
    void                   *data;
    ngx_invoke_outcome_e    told;           /* but OK: of failed() */

    /*
     * the result; event loop only, set when finished() or failed() is called;
     * the last of it also by ngx_invoke_invocation_measure()
     */

    ngx_invoke_outcome_e    outcome;
    ngx_str_t               error_name;
    ngx_str_t               error_message;
    ngx_str_t               error_stack;
    ngx_uint_t              error_status;   /* of the response, 0: that of
                                               the outcome */
    ngx_invoke_measure_t    measure;

    /* the pool's; event loop only */

    ngx_invoke_invocation_state_e  state;
    ngx_queue_t             queue;          /* waiting, or of its actor */
    ngx_event_t             timer;          /* wall time, queue deadline */
    ngx_invoke_actor_t     *actor;          /* that it was given to */
    ngx_invoke_line_t      *line;           /* that it waits in */
    ngx_invoke_mail_t      *mail;           /* the RUN that carries it */
    uint64_t                expected;       /* ns of its actor's backlog */
    uint64_t                submitted;      /* monotonic ns */
    uint64_t                assigned;       /* monotonic ns */
    uint64_t                asked_at;       /* monotonic ns, once EXPIRED */
    uint64_t                asked_cpu;      /* its thread's CPU time when its
                                               JavaScript was to end, 0: not */
    unsigned                active:1;       /* counts as such */
    u_char                  text[64];       /* error_message of a limit */

    /* the actor's, and the loop's again when it comes back */

    ngx_invoke_script_e     script;
    ngx_invoke_response_e   response;
    ngx_invoke_outcome_e    verdict;
    ngx_invoke_outcome_e    failed;         /* but OK: that is its answer, told
                                               with what was thrown */
    ngx_str_t               thrown_name;
    ngx_str_t               thrown_message;
    ngx_str_t               thrown_stack;
    ngx_uint_t              thrown_status;
    uint64_t                took;           /* ns from "began" to its end */
    size_t                  console_bytes;
    ngx_invoke_egress_used_t  egress;       /* of the limits */
    ngx_invoke_invocation_message_t  ask;   /* while "asks" */
    ngx_invoke_invocation_message_t  failure;   /* of "failed" */
    unsigned                asks:1;
    unsigned                head_too_large:1;   /* of the verdict */

    /* both sides, atomic */

    size_t                  buffered;       /* response bytes not yet sent */
    uint32_t                starved;        /* write() has returned false */
    uint32_t                start;          /* ngx_invoke_start_e */
    uint64_t                cpu_used;       /* ns of finished JavaScript */
    uint64_t                began;          /* monotonic ns, 0: waits in the
                                               mailbox */
    int32_t                 slot;           /* its id there, 0: not yet */
    uint32_t                kept;           /* promises of waitUntil() that are
                                               pending, or NGX_INVOKE_LET_GO */
};


/* The loop has let it go: nothing keeps it from its end. */
#define NGX_INVOKE_LET_GO  UINT32_MAX


/* How a reply comes from an actor to the loop. */

typedef struct {
    ngx_invoke_message_t      message;
    ngx_invoke_invocation_t  *inv;
    ngx_invoke_actor_t       *actor;
    ngx_invoke_reply_t        reply;
} ngx_invoke_reply_message_t;


/*
 * An empty invocation of a function: holds a reference to it and copies the
 * limits. NULL when memory is out. Event loop.
 */
ngx_invoke_invocation_t *ngx_invoke_invocation_create(
    ngx_invoke_function_t *function, const ngx_invoke_limits_t *limits);

/*
 * Frees one that was not submitted: closes body_fd, drops the reference.
 * Event loop.
 */
void ngx_invoke_invocation_free(ngx_invoke_invocation_t *inv);

/* The one way to another state, which notes when that was. Event loop. */
void ngx_invoke_invocation_set(ngx_invoke_invocation_t *inv,
    ngx_invoke_invocation_state_e state);

/*
 * One promise of waitUntil() more, or fewer; NGX_DECLINED: the loop has let it
 * go. Actor thread.
 */
ngx_int_t ngx_invoke_invocation_keep(ngx_invoke_invocation_t *inv);
ngx_int_t ngx_invoke_invocation_unkeep(ngx_invoke_invocation_t *inv);

/* Whether promises of waitUntil() keep it. Actor thread. */
ngx_uint_t ngx_invoke_invocation_keeps(ngx_invoke_invocation_t *inv);

/*
 * Lets it go unless promises of waitUntil() keep it, whose number is returned.
 * Event loop.
 */
ngx_uint_t ngx_invoke_invocation_kept(ngx_invoke_invocation_t *inv);

/*
 * Lets it go. Returns how many promises of waitUntil() are given up by that,
 * for the first time. Event loop.
 */
ngx_uint_t ngx_invoke_invocation_let_go(ngx_invoke_invocation_t *inv);

/* Frees a reply and closes its descriptor unless that is -1. Event loop. */
void ngx_invoke_reply_free(ngx_invoke_reply_t *reply);


#endif /* _NGX_INVOKE_INVOCATION_H_INCLUDED_ */
