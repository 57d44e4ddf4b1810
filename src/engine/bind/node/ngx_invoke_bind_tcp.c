
#include "ngx_invoke_uv_stream.h"


static void ngx_invoke_bind_tcp_create(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tcp_connect(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tcp_bind(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tcp_name(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tcp_peer(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tcp_no_delay(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tcp_keep_alive(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tcp_reset(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_tcp_listens(ngx_invoke_v8_call_t *call);


const ngx_invoke_v8_native_t  ngx_invoke_bind_tcp[] = {
    { "create", ngx_invoke_bind_tcp_create },
    { "connect", ngx_invoke_bind_tcp_connect },
    { "bind", ngx_invoke_bind_tcp_bind },
    { "name", ngx_invoke_bind_tcp_name },
    { "peer", ngx_invoke_bind_tcp_peer },
    { "noDelay", ngx_invoke_bind_tcp_no_delay },
    { "keepAlive", ngx_invoke_bind_tcp_keep_alive },
    { "reset", ngx_invoke_bind_tcp_reset },
    { "listens", ngx_invoke_bind_tcp_listens },
    { NULL, NULL }
};


/* actor thread, all of this file */

/* create() */

static void
ngx_invoke_bind_tcp_create(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_uv_stream_return(call, UV_TCP);
}


/*
 * The stream, and the address that arguments 1 and 2 are, "six" whether it is
 * of IPv6. Only what is written as a plain address is one. 0, or an error.
 */

static int
ngx_invoke_tcp_address(ngx_invoke_v8_call_t *call, ngx_uint_t six,
    ngx_invoke_uv_stream_t **u, ngx_invoke_egress_address_t *address)
{
    int     rc;
    char    text[128];
    size_t  n, port;

    *u = ngx_invoke_uv_stream_get(call, UV_TCP);

    if (*u == NULL) {
        return UV_EBADF;
    }

    n = ngx_invoke_v8_string_size(call, ngx_invoke_v8_arg(call, 1),
                                  NGX_INVOKE_V8_UTF8);

    if (n == 0 || n >= sizeof(text)
        || ngx_invoke_v8_arg_index(call, 2, &port) != 1 || port > 65535)
    {
        return UV_EINVAL;
    }

    n = ngx_invoke_v8_string_write(call, ngx_invoke_v8_arg(call, 1),
                                   NGX_INVOKE_V8_UTF8, text, n);
    text[n] = '\0';

    if (ngx_strlen(text) != n) {
        return UV_EINVAL;
    }

    ngx_memzero(address, sizeof(ngx_invoke_egress_address_t));

    rc = six ? uv_ip6_addr(text, port, &address->in6)
             : uv_ip4_addr(text, port, &address->in);

    return rc == UV_ENOSYS ? UV_EINVAL : rc;
}


/* A connection of the lot to that address, or -1. */

static int
ngx_invoke_tcp_parked(ngx_invoke_uv_stream_t *u,
    const ngx_invoke_egress_address_t *address, ngx_invoke_lot_load_t *load)
{
    load->data = NULL;

    if (!u->ticketed || u->opened) {
        return -1;
    }

    u->ticket.address = *address;

    return ngx_invoke_lot_take(u->context, &u->ticket, load);
}


/* connect(tcp, address, port, six): an errno */

static void
ngx_invoke_bind_tcp_connect(ngx_invoke_v8_call_t *call)
{
    int                          rc, fd;
    ngx_uint_t                   six;
    ngx_invoke_lot_load_t        load;
    ngx_invoke_uv_stream_t      *u;
    ngx_invoke_invocation_t     *inv;
    ngx_invoke_egress_address_t  address;

    fd = -1;
    six = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 3)) != 0;

    rc = ngx_invoke_tcp_address(call, six, &u, &address);

    if (rc == 0) {
        fd = ngx_invoke_tcp_parked(u, &address, &load);
        inv = ngx_invoke_slot_invocation(u->context->isolate->running);
        rc = ngx_invoke_gate_connect(u->context, inv, &address.sockaddr,
                                     six ? sizeof(struct sockaddr_in6)
                                         : sizeof(struct sockaddr_in),
                                     fd != -1);
    }

    if (rc == 0) {
        rc = ngx_invoke_uv_stream_open(u);
    }

    if (fd != -1) {

        if (rc == 0) {
            rc = ngx_invoke_uv_stream_resume(u, fd, load);

        } else {
            ngx_invoke_lot_drop(fd, load);
        }

    } else if (rc == 0) {
        rc = uv_tcp_connect(&u->connect, &u->uv.tcp, &address.sockaddr,
                            ngx_invoke_uv_stream_connected);
    }

    if (rc == 0) {
        rc = ngx_invoke_uv_stream_opened(u);
    }

    ngx_invoke_v8_return_number(call, rc);
}


/*
 * bind(tcp, address, port, six, flags): an errno. No port is for who connects
 * from there, and takes none until then.
 */

static void
ngx_invoke_bind_tcp_bind(ngx_invoke_v8_call_t *call)
{
    int                          rc;
    ngx_uint_t                   six;
    ngx_invoke_uv_stream_t      *u;
    ngx_invoke_egress_address_t  address;

    six = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 3)) != 0;

    rc = ngx_invoke_tcp_address(call, six, &u, &address);

    if (rc == 0 && (ngx_invoke_poll_listens || address.in.sin_port != 0)) {
        rc = ngx_invoke_uv_stream_may_listen(&address.sockaddr);
    }

    if (rc == 0) {
        rc = ngx_invoke_uv_stream_open(u);
    }

    if (rc == 0) {
        rc = uv_tcp_bind(&u->uv.tcp, &address.sockaddr,
                         ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 4)) != 0
                         ? UV_TCP_IPV6ONLY : 0);
    }

    if (rc == 0) {
        rc = ngx_invoke_uv_stream_opened(u);
    }

    ngx_invoke_v8_return_number(call, rc);
}


/* [address, six, port], or an errno */

static void
ngx_invoke_tcp_name(ngx_invoke_v8_call_t *call,
    int (*get)(const uv_tcp_t *tcp, struct sockaddr *sa, int *len))
{
    int                          rc, len, port;
    char                         text[INET6_ADDRSTRLEN];
    ngx_uint_t                   six;
    ngx_invoke_v8_value_t        values[3];
    ngx_invoke_uv_stream_t      *u;
    ngx_invoke_egress_address_t  address;

    u = ngx_invoke_uv_stream_get(call, UV_TCP);

    len = sizeof(ngx_invoke_egress_address_t);
    rc = u != NULL ? get(&u->uv.tcp, &address.sockaddr, &len) : UV_EBADF;

    if (rc != 0) {
        ngx_invoke_v8_return_number(call, rc);
        return;
    }

    six = address.sockaddr.sa_family == AF_INET6;

    if (six) {
        (void) uv_ip6_name(&address.in6, text, sizeof(text));
        port = ntohs(address.in6.sin6_port);

    } else {
        (void) uv_ip4_name(&address.in, text, sizeof(text));
        port = ntohs(address.in.sin_port);
    }

    values[0] = ngx_invoke_v8_new_string(call, NGX_INVOKE_V8_LATIN1, text,
                                         ngx_strlen(text));
    values[1] = ngx_invoke_v8_new_boolean(call, six);
    values[2] = ngx_invoke_v8_new_number(call, port);

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_array(call, values, 3));
}


static void
ngx_invoke_bind_tcp_name(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_tcp_name(call, uv_tcp_getsockname);
}


static void
ngx_invoke_bind_tcp_peer(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_tcp_name(call, uv_tcp_getpeername);
}


/* noDelay(tcp, on) */

static void
ngx_invoke_bind_tcp_no_delay(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_uv_stream_t  *u;

    u = ngx_invoke_uv_stream_get(call, UV_TCP);

    ngx_invoke_v8_return_number(call, u != NULL
        ? uv_tcp_nodelay(&u->uv.tcp,
                         ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1)) != 0)
        : UV_EBADF);
}


/* keepAlive(tcp, on, seconds) */

static void
ngx_invoke_bind_tcp_keep_alive(ngx_invoke_v8_call_t *call)
{
    int32_t                  delay;
    ngx_invoke_uv_stream_t  *u;

    u = ngx_invoke_uv_stream_get(call, UV_TCP);
    delay = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 2));

    ngx_invoke_v8_return_number(call, u != NULL
        ? uv_tcp_keepalive(&u->uv.tcp,
                           ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1))
                           != 0, ngx_max(delay, 0))
        : UV_EBADF);
}


/* reset(tcp): an errno */

static void
ngx_invoke_bind_tcp_reset(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_uv_stream_t  *u;

    u = ngx_invoke_uv_stream_get(call, UV_TCP);

    ngx_invoke_v8_return_number(call, u != NULL
                                      ? ngx_invoke_uv_stream_reset(u)
                                      : UV_EBADF);
}


/* listens(): whether sockets may, which is so in tests alone */

static void
ngx_invoke_bind_tcp_listens(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_return(call,
        ngx_invoke_v8_new_boolean(call, ngx_invoke_poll_listens));
}
