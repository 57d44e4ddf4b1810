/*
 * The loop of an actor, which is libuv's and is made when something of it is
 * first asked for. Until then the thread sleeps in its mailbox, on a futex;
 * from then on in ppoll() on the loop's descriptor, and a mail wakes it up by
 * an uv_async_t.
 *
 * What may be in the loop: uv_tcp_t, uv_pipe_t, uv_poll_t, uv_timer_t. Neither
 * files, signals and processes nor the pool of threads of libuv's are used.
 * Each belongs to a handle (ngx_invoke_handle.h), from which its callback goes
 * on by ngx_invoke_isolate_tell(), or to the lot (ngx_invoke_lot.h), of which
 * JavaScript is told nothing. Timers of JavaScript are not the loop's.
 *
 * The descriptors of sockets stand in a table, for the event loop to shut down
 * those of a thread that does not come to it; it closes none, so that no number
 * is taken again under that thread. The table is the limit of an actor, too.
 */

#ifndef _NGX_INVOKE_POLL_H_INCLUDED_
#define _NGX_INVOKE_POLL_H_INCLUDED_


#include "ngx_invoke_isolate.h"

#include <uv.h>


/* Sockets that the contexts of an actor have at a time. */
#define NGX_INVOKE_POLL_FDS  1024

/* Whose sockets are shut down, but for the id of a slot. */
#define NGX_INVOKE_POLL_ALL  0

/* What is read at a time, into one buffer for all sockets of an actor. */
#define NGX_INVOKE_POLL_BUFFER  65536


typedef struct {
    int                   fd;           /* atomic, see above */
    const int32_t        *owner;        /* id of a slot, atomic; or NULL */
} ngx_invoke_poll_fd_t;


struct ngx_invoke_poll_s {
    uv_loop_t             loop;
    uv_async_t            async;
    ngx_uint_t            nfds;
    ngx_invoke_poll_fd_t  fds[NGX_INVOKE_POLL_FDS];
    u_char                buffer[NGX_INVOKE_POLL_BUFFER];
};


/*
 * Whether functions may listen on addresses of this host alone, for Node's own
 * tests: a module that these load sets it, and nothing else does.
 */
extern ngx_uint_t  ngx_invoke_poll_listens;


/*
 * Before there is a thread: libuv is not to use io_uring, which units with a
 * filter of system calls are ended for. Event loop.
 */
void ngx_invoke_poll_init(void);

/*
 * The loop, made if there is none yet; NULL: that is not possible. Where
 * callbacks of it are no work of a handle's they must not run JavaScript. Actor
 * thread.
 */
uv_loop_t *ngx_invoke_poll_loop(ngx_invoke_isolate_t *iso);

/*
 * The descriptor of a socket is in the table until it is taken out, which is to
 * be done before it is closed. "owner" lives as long: whose it is at a time, or
 * NULL: nobody's alone. UV_EMFILE: there is no room. Actor thread.
 */
int ngx_invoke_poll_add(ngx_invoke_isolate_t *iso, int fd,
    const int32_t *owner);
void ngx_invoke_poll_remove(ngx_invoke_isolate_t *iso, int fd);

/* Callbacks of what has come about by now. Actor thread. */
void ngx_invoke_poll_run(ngx_invoke_isolate_t *iso);

/*
 * As ngx_invoke_mailbox_wait(); *io is set when something has come about in
 * the loop. Actor thread.
 */
ngx_uint_t ngx_invoke_poll_wait(ngx_invoke_isolate_t *iso, int64_t ns,
    ngx_uint_t *io);

/* No handle is left that JavaScript knows of: lets callbacks of closes come. */
void ngx_invoke_poll_end(ngx_invoke_isolate_t *iso);

/* After the thread has ended: closes the loop and frees it. Event loop. */
void ngx_invoke_poll_free(ngx_invoke_isolate_t *iso);

/*
 * Peers are to see the end of what belongs to that slot, or of all, though the
 * thread does not come to it, or is parked. Event loop.
 */
void ngx_invoke_poll_shutdown(ngx_invoke_isolate_t *iso, int32_t owner);


#endif /* _NGX_INVOKE_POLL_H_INCLUDED_ */
