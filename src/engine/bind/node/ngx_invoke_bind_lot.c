
#include "ngx_invoke_bind.h"
#include "ngx_invoke_clock.h"
#include "ngx_invoke_tls.h"
#include "ngx_invoke_uv_stream.h"


static void ngx_invoke_bind_lot_want(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_lot_waited(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_lot_idle(ngx_invoke_v8_call_t *call);


/* Connections of agents, which may wait in the lot (ngx_invoke_lot.h). */

const ngx_invoke_v8_native_t  ngx_invoke_bind_lot[] = {
    { "want", ngx_invoke_bind_lot_want },
    { "waited", ngx_invoke_bind_lot_waited },
    { "idle", ngx_invoke_bind_lot_idle },
    { NULL, NULL }
};


/* actor thread, all of this file */

/*
 * The socket that argument 0 is, or is TLS over, which then is in *tls. NULL:
 * it is none, or none for the lot, which is for contexts of one invocation.
 */

static ngx_invoke_uv_stream_t *
ngx_invoke_bind_lot_arg(ngx_invoke_v8_call_t *call, ngx_invoke_tls_t **tls)
{
    ngx_invoke_stream_t     *s;
    ngx_invoke_context_t    *ctx = ngx_invoke_v8_data(call);
    ngx_invoke_uv_stream_t  *u;

    s = ngx_invoke_stream_get(ngx_invoke_v8_arg(call, 0));
    *tls = ngx_invoke_tls_get(ngx_invoke_v8_arg(call, 0));

    if (*tls != NULL) {
        s = (*tls)->ssl != NULL ? (*tls)->parent : NULL;
    }

    u = s != NULL ? ngx_invoke_uv_stream_of(s) : NULL;

    return u != NULL && u->context == ctx && !ctx->shared
           && u->uv.handle.type == UV_TCP ? u : NULL;
}


/*
 * want(stream, what else it is): before it connects, that it may go on with a
 * connection which was parked, and be parked itself; true: something is
 */

static void
ngx_invoke_bind_lot_want(ngx_invoke_v8_call_t *call)
{
    ngx_str_t                what;
    SHA256_CTX               sha;
    ngx_invoke_tls_t        *tls;
    ngx_invoke_uv_stream_t  *u;

    u = ngx_invoke_bind_lot_arg(call, &tls);

    if (u == NULL || u->opened || u->ticketed
        || (tls != NULL && (tls->server || tls->started)))
    {
        return;
    }

    what = ngx_invoke_bind_string(call, 1, NGX_INVOKE_V8_UTF8);
    if (what.data == NULL) {
        return;
    }

    SHA256_Init(&sha);

    if (tls != NULL) {
        SHA256_Update(&sha, tls->identity, sizeof(tls->identity));
    }

    SHA256_Update(&sha, what.data, what.len);
    SHA256_Final(u->ticket.key, &sha);

    free(what.data);

    u->ticketed = 1;

    ngx_invoke_v8_return(call,
        ngx_invoke_v8_new_boolean(call, ngx_invoke_lot_any(u->context)));
}


/* waited(stream): whether that is how it has been connected */

static void
ngx_invoke_bind_lot_waited(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_tls_t        *tls;
    ngx_invoke_uv_stream_t  *u;

    u = ngx_invoke_bind_lot_arg(call, &tls);

    ngx_invoke_v8_return(call,
        ngx_invoke_v8_new_boolean(call, u != NULL && u->waited));
}


/* idle(stream, ms): it waits for the next request, so long at the most */

static void
ngx_invoke_bind_lot_idle(ngx_invoke_v8_call_t *call)
{
    int32_t                  ms;
    ngx_invoke_tls_t        *tls;
    ngx_invoke_uv_stream_t  *u;

    u = ngx_invoke_bind_lot_arg(call, &tls);

    if (u == NULL || !u->ticketed) {
        return;
    }

    ms = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1));
    ms = ngx_min(ms, NGX_INVOKE_LOT_LONGEST);

    u->until = ms > 0 ? ngx_invoke_now() + (uint64_t) ms * 1000000 : 0;
    u->idle_read = u->stream.bytes_read;
    u->idle_written = u->stream.bytes_written;
}
