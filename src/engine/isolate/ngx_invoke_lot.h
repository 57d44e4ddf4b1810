/*
 * The parking lot of an actor. A connection that was idle when its context
 * ended may wait here for the next context of the same function, so that
 * keep-alive outlives contexts of isolation "request", and nothing of their
 * JavaScript does.
 *
 *      a stream of a context                  a stream of the next one
 *           |                                        ^
 *           | park()                          take() |
 *           v                                        |
 *      waits ------------------------------------> taken
 *           |
 *           |  the other end closes it or sends something, its time is over,
 *           |  there is no room, its function has another version, the worker
 *           |  is exiting, the thread ends
 *           v
 *        closed
 *
 * The lot owns what waits in it: a duplicate of the descriptor, the load that
 * goes with it, which is TLS's, references of the function and of the policy,
 * a place in the table of descriptors of the actor's loop. There is nothing of
 * a context, nor of V8, among them. What is taken is the taker's.
 *
 * Whoever takes one must want the very same: version of the function, policy,
 * address, and the key, a digest of the rest. The policy is asked once more.
 *
 * There is a lot once something was parked. Actor thread.
 */

#ifndef _NGX_INVOKE_LOT_H_INCLUDED_
#define _NGX_INVOKE_LOT_H_INCLUDED_


#include "ngx_invoke_isolate.h"


/* Connections that wait at a time: of a function, of an actor. */
#define NGX_INVOKE_LOT_FUNCTION  8
#define NGX_INVOKE_LOT_SIZE      64

/* ms that one waits at the most, whatever its server allows. */
#define NGX_INVOKE_LOT_LONGEST   60000

#define NGX_INVOKE_LOT_KEY       32


/* What a connection has to be to be taken. */

typedef struct {
    u_char                       key[NGX_INVOKE_LOT_KEY];
    ngx_invoke_egress_address_t  address;   /* zeros behind a shorter one */
} ngx_invoke_lot_ticket_t;


/* What stands on it; NULL: nothing does. */

typedef struct {
    void                        *data;
    void                       (*free)(void *data);
} ngx_invoke_lot_load_t;


/* Whether nothing has come and the other end has not closed it. */
ngx_uint_t ngx_invoke_lot_silent(int fd);

/*
 * Parks a connection of a context that ends in order, until that time of the
 * monotonic clock, ns. It has a duplicate of "fd" made, and takes the load
 * over; where it cannot be parked, the load is freed.
 */
void ngx_invoke_lot_park(ngx_invoke_context_t *ctx,
    const ngx_invoke_lot_ticket_t *ticket, int fd, ngx_invoke_lot_load_t load,
    uint64_t until);

/* Whether anything waits. */
ngx_uint_t ngx_invoke_lot_any(ngx_invoke_context_t *ctx);

/*
 * Takes one out: its descriptor, and its load. -1: there is none that is good.
 */
int ngx_invoke_lot_take(ngx_invoke_context_t *ctx,
    const ngx_invoke_lot_ticket_t *ticket, ngx_invoke_lot_load_t *load);

/* Closes what was taken and is of no use; -1: there is no descriptor. */
void ngx_invoke_lot_drop(int fd, ngx_invoke_lot_load_t load);

/* There is a new version of a function: closes what others have parked. */
void ngx_invoke_lot_renew(ngx_invoke_isolate_t *iso, ngx_invoke_function_t *f);

/* Closes all, and is gone once the loop has run. */
void ngx_invoke_lot_end(ngx_invoke_isolate_t *iso);


#endif /* _NGX_INVOKE_LOT_H_INCLUDED_ */
