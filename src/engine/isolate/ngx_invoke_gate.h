/*
 * The gate of a context: all that its functions send and receive passes it. It
 * has the policy (ngx_invoke_egress.h), counts what is used of the limits, and
 * knows for which names the resolver has given which addresses. Actor thread.
 *
 * "inv" is always whose work it is that asks, NULL for nobody's; what a
 * function returns is 0 or an errno as libuv has them, less than 0, for
 * JavaScript to see: UV_EMFILE, NGX_INVOKE_EGRESS_EDENIED, ..._ELIMIT.
 */

#ifndef _NGX_INVOKE_GATE_H_INCLUDED_
#define _NGX_INVOKE_GATE_H_INCLUDED_


#include "ngx_invoke_egress.h"
#include "ngx_invoke_isolate.h"


/*
 * A socket of the context begins and ends to be: open() before it is made,
 * close() once for each open() that returned 0, at the latest when the context
 * is dropped and before ngx_invoke_gate_free().
 */
int ngx_invoke_gate_open(ngx_invoke_context_t *ctx);
void ngx_invoke_gate_close(ngx_invoke_context_t *ctx);

/*
 * Before connect() and before a datagram is sent: asks the policy and counts;
 * a denial is told on the console of the function and in the metrics.
 * "parked": it is made already, and was only waiting.
 */
int ngx_invoke_gate_connect(ngx_invoke_context_t *ctx,
    ngx_invoke_invocation_t *inv, const struct sockaddr *sa, socklen_t len,
    ngx_uint_t parked);

/* A connect has failed: for the metrics. */
void ngx_invoke_gate_failed(ngx_invoke_context_t *ctx);

/*
 * Bytes that were received and sent. Not 0: that is over the limit, and the
 * connections of the invocation are to be destroyed with that error.
 */
int ngx_invoke_gate_bytes(ngx_invoke_context_t *ctx,
    ngx_invoke_invocation_t *inv, size_t in, size_t out);

/* Before a question is sent to a name server. */
int ngx_invoke_gate_query(ngx_invoke_context_t *ctx,
    ngx_invoke_invocation_t *inv);

/* The resolver has given this address for that name. */
void ngx_invoke_gate_name(ngx_invoke_context_t *ctx, const char *name,
    const struct sockaddr *sa);

/* What was counted so far is told to the metrics of its function. */
void ngx_invoke_gate_account(ngx_invoke_context_t *ctx);

/* ms that a connect may take. */
ngx_msec_t ngx_invoke_gate_timeout(ngx_invoke_context_t *ctx);

/* With the context. */
void ngx_invoke_gate_free(ngx_invoke_context_t *ctx);


#endif /* _NGX_INVOKE_GATE_H_INCLUDED_ */
