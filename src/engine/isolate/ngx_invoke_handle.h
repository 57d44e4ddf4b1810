/*
 * Handles: what a context has under way in the loop of its actor, as sockets,
 * listeners and questions to a name server. JavaScript knows one by its number
 * and by a holder, an object that owns a reference to it (node/handles.js).
 *
 *      open --> closing --> closed         JavaScript closes it
 *        |                    ^
 *        +--> ended ----------+            its context ends
 *
 * What happens to a handle is told by ngx_invoke_isolate_tell(), which calls
 * JavaScript by the hook IO, or does so at the next turn where some runs
 * already. The context is dropped: nothing is told any more, h->context is
 * NULL, and what is left is C's alone.
 *
 * Memory is freed with the last reference: the holder has one, and whoever
 * gives the address of a handle to the loop has another one until the loop has
 * given it back. Actor thread.
 */

#ifndef _NGX_INVOKE_HANDLE_H_INCLUDED_
#define _NGX_INVOKE_HANDLE_H_INCLUDED_


#include "ngx_invoke_isolate.h"


/*
 * What JavaScript is told: the event and a number, a status of libuv (0, or
 * less than 0) where nothing else is said. A kind of handle that has others
 * numbers them from NGX_INVOKE_IO_OTHER on.
 */

typedef enum {
    NGX_INVOKE_IO_CLOSED = 0,
    NGX_INVOKE_IO_READ,         /* bytes, which take() gives; or a status */
    NGX_INVOKE_IO_WRITTEN,      /* the first of the writes under way */
    NGX_INVOKE_IO_SHUT,
    NGX_INVOKE_IO_CONNECTED,
    NGX_INVOKE_IO_CONNECTION,   /* a listener has one to accept */
    NGX_INVOKE_IO_OTHER = 16
} ngx_invoke_io_e;


typedef struct {
    const void  *kind;      /* tells kinds of handles, any address */

    /*
     * Gives up what it has in the loop; called once. It is over when the loop
     * has called back, then a handle that was closed by JavaScript tells
     * CLOSED. Runs no JavaScript.
     */
    void      (*close)(ngx_invoke_handle_t *h);

    /* Nobody has a reference any more; "close" was called before. */
    void      (*free)(ngx_invoke_handle_t *h);

    /*
     * Its context ends in order, and it is closed next: what it stands for may
     * wait in the lot (ngx_invoke_lot.h). NULL: it never does.
     */
    void      (*park)(ngx_invoke_handle_t *h);
} ngx_invoke_handle_ops_t;


struct ngx_invoke_handle_s {
    ngx_queue_t                      queue;     /* of its context */
    ngx_invoke_context_t            *context;   /* NULL: it has ended */
    const ngx_invoke_handle_ops_t   *ops;
    int32_t                          number;    /* for JavaScript, not 0 */
    int32_t                          owner;     /* atomic, slot of who made it,
                                                   or uses it; 0: nobody */
    ngx_uint_t                       refs;
    unsigned                         closing:1; /* "close" was called */
};


/* Of something that was told while JavaScript ran. */

typedef struct {
    ngx_queue_t                      queue;     /* of the isolate */
    ngx_invoke_handle_t             *handle;    /* holds a reference */
    int32_t                          event;
    int32_t                          value;
    size_t                           len;
    u_char                           data[];
} ngx_invoke_io_event_t;


/*
 * A handle of the context whose JavaScript runs, with one reference, which the
 * caller has. It cannot fail.
 */
void ngx_invoke_handle_init(ngx_invoke_handle_t *h,
    ngx_invoke_context_t *ctx, const ngx_invoke_handle_ops_t *ops);

/*
 * Where the invocation that made it is over, it belongs to the one that works
 * with it now.
 */
void ngx_invoke_handle_adopt(ngx_invoke_handle_t *h);
/* The same, whether or not that one is over: it has no use for it any more. */
void ngx_invoke_handle_own(ngx_invoke_handle_t *h);

void ngx_invoke_handle_hold(ngx_invoke_handle_t *h);
void ngx_invoke_handle_release(ngx_invoke_handle_t *h);

/* Closes it, if that was not done. */
void ngx_invoke_handle_close(ngx_invoke_handle_t *h);

/* All handles of a context that ends; before that, if it is in order: park. */
void ngx_invoke_handles_park(ngx_invoke_context_t *ctx);
void ngx_invoke_handles_end(ngx_invoke_context_t *ctx);

/*
 * A holder for JavaScript, which takes the reference over; NULL with an
 * exception pending. "size" is what the collector should think it holds.
 */
ngx_invoke_v8_value_t ngx_invoke_handle_wrap(ngx_invoke_v8_call_t *call,
    ngx_invoke_handle_t *h, size_t size);

/* The handle of a holder, if it is of that kind, NULL: of any; or NULL. */
ngx_invoke_handle_t *ngx_invoke_handle_get(ngx_invoke_v8_value_t v,
    const void *kind);

/* The invocation that made it, or NULL where that is over. */
ngx_invoke_invocation_t *ngx_invoke_handle_invocation(ngx_invoke_handle_t *h);

/* Puts off an event, with a copy of its data. NGX_ERROR: memory is out. */
ngx_int_t ngx_invoke_handle_defer(ngx_invoke_handle_t *h, int32_t event,
    int32_t value, const u_char *data, size_t len);

/* The first event that was put off, or NULL; done() frees it. */
ngx_invoke_io_event_t *ngx_invoke_handle_next(ngx_invoke_isolate_t *iso);
void ngx_invoke_handle_done(ngx_invoke_io_event_t *e);

/* While the hook IO runs: the bytes of the event, once; or none. */
ngx_str_t ngx_invoke_handle_take(ngx_invoke_isolate_t *iso);


#endif /* _NGX_INVOKE_HANDLE_H_INCLUDED_ */
