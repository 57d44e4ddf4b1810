/*
 * Streams of bytes in both directions: sockets of libuv, TLS over another
 * stream, a stream that JavaScript makes. Each has one listener, to which it
 * tells what happens: at first the one by which JavaScript is told, until
 * another one is set, as that of TLS over it.
 *
 *      JavaScript <-- listener <-- stream of TLS
 *                                      |  ops      ^
 *                                      v           | listener
 *                                  stream of TCP --+
 *
 * A stream is a handle (ngx_invoke_handle.h) and begins with it; all of them
 * are of the kind ngx_invoke_stream_kind, whatever stream they are, so that the
 * natives of StreamBase (node/stream) work on all.
 *
 * Statuses are libuv's: 0, or an error less than 0. Actor thread.
 */

#ifndef _NGX_INVOKE_STREAM_H_INCLUDED_
#define _NGX_INVOKE_STREAM_H_INCLUDED_


#include "ngx_invoke_handle.h"
#include "ngx_invoke_lot.h"

#include <uv.h>


/* What write() and shutdown() return where the end of it is told later. */
#define NGX_INVOKE_STREAM_LATER  1


typedef struct ngx_invoke_stream_s           ngx_invoke_stream_t;
typedef struct ngx_invoke_stream_listener_s  ngx_invoke_stream_listener_t;


/*
 * Operations, called by the functions below alone, and never on a stream that
 * is closing. They run no JavaScript.
 */

typedef struct {
    int       (*read_start)(ngx_invoke_stream_t *s);
    int       (*read_stop)(ngx_invoke_stream_t *s);

    /*
     * Writes all of the buffers, after what is under way. 0: it is done;
     * NGX_INVOKE_STREAM_LATER: the stream has a copy of what is left, and
     * tells "written" once; less than 0: it has failed, nothing is told.
     */
    int       (*write)(ngx_invoke_stream_t *s, const uv_buf_t *bufs,
                       unsigned n);

    /* Ends the writing side, after what is under way; results as above. */
    int       (*shutdown)(ngx_invoke_stream_t *s);

    /* Its descriptor, or -1. */
    int       (*fd)(ngx_invoke_stream_t *s);

    /* Bytes of writes that are under way. */
    size_t    (*queued)(ngx_invoke_stream_t *s);
} ngx_invoke_stream_ops_t;


/*
 * What it is told, after the call that has asked for it has returned. It may
 * do anything with the stream in there, also close it and what it belongs to:
 * a stream that tells looks at its own state after that.
 */

struct ngx_invoke_stream_listener_s {

    /*
     * len != 0: that was read, and is to be taken or copied now. Else the
     * status is UV_EOF or an error, after which nothing more is read.
     */
    void      (*read)(ngx_invoke_stream_listener_t *l, ngx_invoke_stream_t *s,
                      int status, const u_char *data, size_t len);

    /* In the order of the writes; UV_ECANCELED: it was closed before. */
    void      (*written)(ngx_invoke_stream_listener_t *l,
                         ngx_invoke_stream_t *s, int status);
    void      (*shut)(ngx_invoke_stream_listener_t *l, ngx_invoke_stream_t *s,
                      int status);

    /*
     * The stream closes, or its context ends (then s->handle.context is NULL,
     * and nothing is told to JavaScript): no operation works any more. What
     * was under way is still told, as far as JavaScript is.
     */
    void      (*closing)(ngx_invoke_stream_listener_t *l,
                         ngx_invoke_stream_t *s);

    /*
     * The stream is about to be parked: what has to go with it. NGX_DECLINED:
     * it must not be.
     */
    ngx_int_t (*unload)(ngx_invoke_stream_listener_t *l,
                        ngx_invoke_stream_t *s, ngx_invoke_lot_load_t *load);

    /*
     * The stream connects to what was parked, and this went with it.
     * NGX_DECLINED: it is nothing for this listener, and is still the caller's.
     */
    ngx_int_t (*load)(ngx_invoke_stream_listener_t *l,
                      ngx_invoke_stream_t *s, ngx_invoke_lot_load_t load);
};


struct ngx_invoke_stream_s {
    ngx_invoke_handle_t             handle;
    const ngx_invoke_stream_ops_t  *ops;
    ngx_invoke_stream_listener_t   *listener;
    uint64_t                        bytes_read;
    uint64_t                        bytes_written;  /* given to write() */
    size_t                          part;   /* most bytes to tell of at a time,
                                               0: any; for JavaScript */
};


/* Tells streams from other handles. */
extern const char  ngx_invoke_stream_kind;

/* The one by which JavaScript is told, of all streams. */
extern ngx_invoke_stream_listener_t  ngx_invoke_stream_script;


/*
 * A stream of the context whose JavaScript runs, as ngx_invoke_handle_init();
 * its handle_ops' close() calls ngx_invoke_stream_closing() first of all.
 */
void ngx_invoke_stream_init(ngx_invoke_stream_t *s,
    ngx_invoke_context_t *ctx, const ngx_invoke_handle_ops_t *handle_ops,
    const ngx_invoke_stream_ops_t *ops);

/* The stream of a holder, or NULL. */
ngx_invoke_stream_t *ngx_invoke_stream_get(ngx_invoke_v8_value_t v);

/*
 * Who listens from now on; NULL: JavaScript again. Whoever listens holds a
 * reference of the stream's handle, or stops before the stream can go.
 */
void ngx_invoke_stream_listen(ngx_invoke_stream_t *s,
    ngx_invoke_stream_listener_t *l);

/* The operations; UV_EBADF where the stream is closing. */
int ngx_invoke_stream_read_start(ngx_invoke_stream_t *s);
int ngx_invoke_stream_read_stop(ngx_invoke_stream_t *s);
int ngx_invoke_stream_write(ngx_invoke_stream_t *s, const uv_buf_t *bufs,
    unsigned n);
int ngx_invoke_stream_shutdown(ngx_invoke_stream_t *s);

/* For those who make a stream: they tell its listener, and count. */
void ngx_invoke_stream_tell_read(ngx_invoke_stream_t *s, int status,
    const u_char *data, size_t len);
void ngx_invoke_stream_tell_written(ngx_invoke_stream_t *s, int status);
void ngx_invoke_stream_tell_shut(ngx_invoke_stream_t *s, int status);
void ngx_invoke_stream_closing(ngx_invoke_stream_t *s);


#endif /* _NGX_INVOKE_STREAM_H_INCLUDED_ */
