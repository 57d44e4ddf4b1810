/*
 * The streams that are libuv's: TCP and pipes, which are sockets of AF_UNIX.
 * Each stands for a descriptor, which is counted from its opening to its end,
 * and goes through the gate of its context (ngx_invoke_gate.h). Actor thread.
 */

#ifndef _NGX_INVOKE_UV_STREAM_H_INCLUDED_
#define _NGX_INVOKE_UV_STREAM_H_INCLUDED_


#include "ngx_invoke_bind.h"
#include "ngx_invoke_gate.h"
#include "ngx_invoke_poll.h"
#include "ngx_invoke_stream.h"


typedef struct {
    ngx_invoke_stream_t     stream;

    union {
        uv_handle_t         handle;
        uv_stream_t         stream;
        uv_tcp_t            tcp;
        uv_pipe_t           pipe;
    } uv;

    uv_connect_t            connect;
    uv_shutdown_t           shutdown;
    ngx_invoke_context_t   *context;    /* until it closes */
    int                     fd;         /* that the loop knows, -1: none */
    size_t                  queued;     /* bytes of writes under way */
    ngx_invoke_lot_ticket_t ticket;     /* for the lot, if "ticketed" */
    uint64_t                until;      /* since it is idle, when it may not
                                           wait any more, ns; 0: it is busy */
    uint64_t                idle_read;  /* bytes, by then */
    uint64_t                idle_written;
    unsigned                opened:1;   /* is counted */
    unsigned                ticketed:1;
    unsigned                waited:1;   /* in the lot */
} ngx_invoke_uv_stream_t;


/*
 * A stream of that type, UV_TCP or UV_NAMED_PIPE, with one reference, without a
 * descriptor; NULL: an exception is pending.
 */
ngx_invoke_uv_stream_t *ngx_invoke_uv_stream_create(
    ngx_invoke_v8_call_t *call, uv_handle_type type);
/* The same for JavaScript: the call returns its holder, or throws. */
void ngx_invoke_uv_stream_return(ngx_invoke_v8_call_t *call,
    uv_handle_type type);

/* What a stream is if it is libuv's; or NULL. */
ngx_invoke_uv_stream_t *ngx_invoke_uv_stream_of(ngx_invoke_stream_t *s);

/* Argument 0, if it is of that type and not closing; or NULL. */
ngx_invoke_uv_stream_t *ngx_invoke_uv_stream_get(ngx_invoke_v8_call_t *call,
    uv_handle_type type);

/*
 * Before it gets a descriptor, of which there may be no more, and once it has
 * one. Statuses of libuv.
 */
int ngx_invoke_uv_stream_open(ngx_invoke_uv_stream_t *u);
int ngx_invoke_uv_stream_opened(ngx_invoke_uv_stream_t *u);

/* UV_ENOTSUP, but in tests, there for what is of this host alone. */
int ngx_invoke_uv_stream_may_listen(const struct sockaddr *sa);

/* The callback of a connect, which tells CONNECTED. */
void ngx_invoke_uv_stream_connected(uv_connect_t *req, int status);

/*
 * In place of a connect: goes on with what was parked, which it takes over in
 * any case, and tells CONNECTED.
 */
int ngx_invoke_uv_stream_resume(ngx_invoke_uv_stream_t *u, int fd,
    ngx_invoke_lot_load_t load);

/* Closes it with a reset; less than 0: that is not possible now. */
int ngx_invoke_uv_stream_reset(ngx_invoke_uv_stream_t *u);


#endif /* _NGX_INVOKE_UV_STREAM_H_INCLUDED_ */
