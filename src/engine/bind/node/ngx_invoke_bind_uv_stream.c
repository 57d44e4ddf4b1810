
#include "ngx_invoke_uv_stream.h"


static void ngx_invoke_bind_uv_stream_listen(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_uv_stream_accept(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_uv_stream_timeout(ngx_invoke_v8_call_t *call);
static void ngx_invoke_uv_stream_connection(uv_stream_t *server, int status);


const ngx_invoke_v8_native_t  ngx_invoke_bind_uv_stream[] = {
    { "listen", ngx_invoke_bind_uv_stream_listen },
    { "accept", ngx_invoke_bind_uv_stream_accept },
    { "timeout", ngx_invoke_bind_uv_stream_timeout },
    { NULL, NULL }
};


/* actor thread, all of this file */

/* listen(stream, backlog): an errno */

static void
ngx_invoke_bind_uv_stream_listen(ngx_invoke_v8_call_t *call)
{
    int                      rc;
    ngx_invoke_uv_stream_t  *u;

    u = ngx_invoke_uv_stream_get(call, UV_UNKNOWN_HANDLE);
    rc = u == NULL ? UV_EBADF : u->opened ? 0 : UV_EINVAL;

    if (rc == 0 && !ngx_invoke_poll_listens) {
        rc = UV_ENOTSUP;
    }

    if (rc == 0) {
        rc = uv_listen(&u->uv.stream,
                       ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1)),
                       ngx_invoke_uv_stream_connection);
    }

    ngx_invoke_v8_return_number(call, rc);
}


static void
ngx_invoke_uv_stream_connection(uv_stream_t *server, int status)
{
    ngx_invoke_uv_stream_t  *u = server->data;

    ngx_invoke_isolate_tell(&u->stream.handle, NGX_INVOKE_IO_CONNECTION,
                            status, NULL, 0);
}


/* accept(stream): a new one, or an errno */

static void
ngx_invoke_bind_uv_stream_accept(ngx_invoke_v8_call_t *call)
{
    int                      rc;
    ngx_invoke_v8_value_t    holder;
    ngx_invoke_uv_stream_t  *u, *client;

    u = ngx_invoke_uv_stream_get(call, UV_UNKNOWN_HANDLE);

    if (u == NULL) {
        ngx_invoke_v8_return_number(call, UV_EBADF);
        return;
    }

    client = ngx_invoke_uv_stream_create(call, u->uv.handle.type);

    if (client == NULL) {
        return;
    }

    holder = ngx_invoke_handle_wrap(call, &client->stream.handle,
                                    sizeof(ngx_invoke_uv_stream_t));
    if (holder == NULL) {
        return;
    }

    /* A connection that there is no room for is taken, and closed. */

    rc = uv_accept(&u->uv.stream, &client->uv.stream);

    if (rc == 0) {
        rc = ngx_invoke_uv_stream_open(client);
    }

    if (rc == 0) {
        rc = ngx_invoke_uv_stream_opened(client);
    }

    if (rc != 0) {
        ngx_invoke_handle_close(&client->stream.handle);
        ngx_invoke_v8_return_number(call, rc);
        return;
    }

    ngx_invoke_v8_return(call, holder);
}


/* timeout(): ms that a connect may take */

static void
ngx_invoke_bind_uv_stream_timeout(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_return_number(call, ngx_invoke_gate_timeout(
                                          ngx_invoke_v8_data(call)));
}
