
#include "ngx_invoke_uv_stream.h"

#include <sys/un.h>


static void ngx_invoke_bind_pipe_create(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_pipe_connect(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_pipe_bind(ngx_invoke_v8_call_t *call);


const ngx_invoke_v8_native_t  ngx_invoke_bind_pipe[] = {
    { "create", ngx_invoke_bind_pipe_create },
    { "connect", ngx_invoke_bind_pipe_connect },
    { "bind", ngx_invoke_bind_pipe_bind },
    { NULL, NULL }
};


/* actor thread, all of this file */

/* create() */

static void
ngx_invoke_bind_pipe_create(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_uv_stream_return(call, UV_NAMED_PIPE);
}


/*
 * The stream, and the path that argument 1 is, which is a path: an abstract
 * name, or one that libuv would cut off, is none. 0, or an error.
 */

static int
ngx_invoke_pipe_path(ngx_invoke_v8_call_t *call, ngx_invoke_uv_stream_t **u,
    struct sockaddr_un *address)
{
    size_t                 n;
    ngx_invoke_v8_value_t  path = ngx_invoke_v8_arg(call, 1);

    *u = ngx_invoke_uv_stream_get(call, UV_NAMED_PIPE);

    if (*u == NULL) {
        return UV_EBADF;
    }

    n = ngx_invoke_v8_string_size(call, path, NGX_INVOKE_V8_UTF8);

    if (n == 0) {
        return UV_EINVAL;
    }

    if (n >= sizeof(address->sun_path)) {
        return UV_ENAMETOOLONG;
    }

    ngx_memzero(address, sizeof(struct sockaddr_un));
    address->sun_family = AF_UNIX;

    n = ngx_invoke_v8_string_write(call, path, NGX_INVOKE_V8_UTF8,
                                   address->sun_path, n);

    return ngx_strlen(address->sun_path) == n ? 0 : UV_EINVAL;
}


/* connect(pipe, path): an errno */

static void
ngx_invoke_bind_pipe_connect(ngx_invoke_v8_call_t *call)
{
    int                       rc;
    struct sockaddr_un        address;
    ngx_invoke_uv_stream_t   *u;
    ngx_invoke_invocation_t  *inv;

    rc = ngx_invoke_pipe_path(call, &u, &address);

    if (rc == 0) {
        inv = ngx_invoke_slot_invocation(u->context->isolate->running);
        rc = ngx_invoke_gate_connect(u->context, inv,
                                     (struct sockaddr *) &address,
                                     sizeof(struct sockaddr_un), 0);
    }

    if (rc == 0) {
        rc = ngx_invoke_uv_stream_open(u);
    }

    if (rc == 0) {
        uv_pipe_connect(&u->connect, &u->uv.pipe, address.sun_path,
                        ngx_invoke_uv_stream_connected);
        rc = ngx_invoke_uv_stream_opened(u);
    }

    ngx_invoke_v8_return_number(call, rc);
}


/* bind(pipe, path): an errno */

static void
ngx_invoke_bind_pipe_bind(ngx_invoke_v8_call_t *call)
{
    int                      rc;
    struct sockaddr_un       address;
    ngx_invoke_uv_stream_t  *u;

    rc = ngx_invoke_pipe_path(call, &u, &address);

    if (rc == 0) {
        rc = ngx_invoke_uv_stream_may_listen((struct sockaddr *) &address);
    }

    if (rc == 0) {
        rc = ngx_invoke_uv_stream_open(u);
    }

    if (rc == 0) {
        rc = uv_pipe_bind(&u->uv.pipe, address.sun_path);
    }

    if (rc == 0) {
        rc = ngx_invoke_uv_stream_opened(u);
    }

    ngx_invoke_v8_return_number(call, rc);
}
