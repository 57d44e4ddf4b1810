
#include "ngx_invoke_dns.h"
#include "ngx_invoke_gate.h"
#include "ngx_invoke_metrics.h"
#include "ngx_invoke_poll.h"
#include "ngx_invoke_slot.h"


/* Rounds of all servers, for resolvers that do not say. */
#define NGX_INVOKE_DNS_TRIES  2


/* Lives until the loop has given all of it back. */

struct ngx_invoke_dns_session_s {
    ngx_invoke_dns_t         *dns;      /* NULL: it is over */
    ares_channel              channel;
    uv_timer_t                timer;
    ngx_queue_t               sockets;
    ngx_uint_t                users;    /* handles of libuv's */
};

typedef struct {
    ngx_queue_t               queue;
    ngx_invoke_dns_session_t *session;
    uv_poll_t                 poll;
    ares_socket_t             fd;
} ngx_invoke_dns_socket_t;


static ngx_invoke_dns_session_t *ngx_invoke_dns_begin(ngx_invoke_dns_t *dns);
static int ngx_invoke_dns_init(ngx_invoke_dns_t *dns,
    ngx_invoke_dns_session_t *session, ares_channel *channel);
static int ngx_invoke_dns_set_servers(ngx_invoke_dns_t *dns,
    ares_channel channel);
static void ngx_invoke_dns_end(ngx_invoke_dns_t *dns);
static void ngx_invoke_dns_session_release(ngx_invoke_dns_session_t *session);
static void ngx_invoke_dns_after(ngx_invoke_dns_t *dns);
static void ngx_invoke_dns_arm(ngx_invoke_dns_session_t *session);
static void ngx_invoke_dns_timer(uv_timer_t *timer);
static void ngx_invoke_dns_timer_closed(uv_handle_t *handle);
static void ngx_invoke_dns_state(void *data, ares_socket_t fd, int readable,
    int writable);
static void ngx_invoke_dns_ready(uv_poll_t *poll, int status, int events);
static void ngx_invoke_dns_socket_close(ngx_invoke_dns_socket_t *s);
static void ngx_invoke_dns_socket_closed(uv_handle_t *handle);
static void ngx_invoke_dns_close(ngx_invoke_handle_t *h);
static void ngx_invoke_dns_free(ngx_invoke_handle_t *h);

static ares_socket_t ngx_invoke_dns_socket(int af, int type, int protocol,
    void *data);
static int ngx_invoke_dns_close_fd(ares_socket_t fd, void *data);
static int ngx_invoke_dns_connect(ares_socket_t fd, const struct sockaddr *sa,
    ares_socklen_t len, void *data);
static ares_ssize_t ngx_invoke_dns_recv(ares_socket_t fd, void *buf,
    size_t size, int flags, struct sockaddr *from, ares_socklen_t *len,
    void *data);
static ares_ssize_t ngx_invoke_dns_send(ares_socket_t fd,
    const struct iovec *iov, int n, void *data);


static const char  ngx_invoke_dns_kind;

static const ngx_invoke_handle_ops_t  ngx_invoke_dns_ops = {
    &ngx_invoke_dns_kind,
    ngx_invoke_dns_close,
    ngx_invoke_dns_free,
    NULL
};

static const struct ares_socket_functions  ngx_invoke_dns_functions = {
    ngx_invoke_dns_socket,
    ngx_invoke_dns_close_fd,
    ngx_invoke_dns_connect,
    ngx_invoke_dns_recv,
    ngx_invoke_dns_send
};


/* actor thread, all of this file */

ngx_invoke_dns_t *
ngx_invoke_dns_create(int timeout, int tries)
{
    ngx_invoke_dns_t  *dns;

    dns = calloc(1, sizeof(ngx_invoke_dns_t));
    if (dns == NULL) {
        return NULL;
    }

    dns->refs = 1;
    dns->timeout = timeout;
    dns->tries = tries;
    ngx_queue_init(&dns->answers);

    return dns;
}


void
ngx_invoke_dns_release(ngx_invoke_dns_t *dns)
{
    if (--dns->refs == 0) {
        free(dns);
    }
}


ngx_invoke_dns_question_t *
ngx_invoke_dns_ask(ngx_invoke_dns_t *dns, ngx_invoke_context_t *ctx,
    char *name, int *err)
{
    ngx_invoke_dns_question_t  *q;

    *err = ngx_invoke_gate_query(ctx,
                                 ngx_invoke_slot_invocation(
                                                     ctx->isolate->running));
    if (*err != 0) {
        free(name);
        return NULL;
    }

    *err = UV_ENOMEM;
    dns->context = ctx;

    if (dns->session == NULL) {
        dns->session = ngx_invoke_dns_begin(dns);
    }

    q = dns->session != NULL ? calloc(1, sizeof(ngx_invoke_dns_question_t))
                             : NULL;
    if (q == NULL) {
        free(name);
        ngx_invoke_dns_after(dns);
        return NULL;
    }

    ngx_invoke_handle_init(&q->handle, ctx, &ngx_invoke_dns_ops);

    /* c-ares has the other one */
    ngx_invoke_handle_hold(&q->handle);

    q->dns = dns;
    q->name = name;
    q->waited = 1;

    dns->refs++;
    dns->live++;
    dns->inside++;

    return q;
}


ares_channel
ngx_invoke_dns_channel(ngx_invoke_dns_t *dns)
{
    return dns->session->channel;
}


void
ngx_invoke_dns_asked(ngx_invoke_dns_t *dns)
{
    dns->inside--;
    ngx_invoke_dns_after(dns);
}


void
ngx_invoke_dns_answer(ngx_invoke_dns_question_t *q, int status,
    const void *data, size_t len)
{
    if (q->waited) {
        q->waited = 0;
        q->dns->live--;
        q->status = status;

        if (len != 0) {
            q->data = malloc(len);

            if (q->data != NULL) {
                ngx_memcpy(q->data, data, len);
                q->len = len;

            } else {
                q->status = ARES_ENOMEM;
            }
        }

        switch (status) {

        case ARES_SUCCESS:
        case ARES_ENODATA:
        case ARES_ENOTFOUND:
        case ARES_ECANCELLED:
        case ARES_EDESTRUCTION:
            break;

        default:
            ngx_invoke_metrics_add(NGX_INVOKE_METRIC_EGRESS_DNS_FAILURES, 1);
        }

        ngx_invoke_handle_hold(&q->handle);
        ngx_queue_insert_tail(&q->dns->answers, &q->queue);
    }

    ngx_invoke_handle_release(&q->handle);
}


void
ngx_invoke_dns_cancel(ngx_invoke_dns_t *dns)
{
    if (dns->session != NULL && dns->inside == 0) {
        dns->inside++;
        ares_cancel(dns->session->channel);
        dns->inside--;

        ngx_invoke_dns_after(dns);
    }
}


static ngx_invoke_dns_session_t *
ngx_invoke_dns_begin(ngx_invoke_dns_t *dns)
{
    uv_loop_t                 *loop;
    ngx_invoke_dns_session_t  *session;

    loop = ngx_invoke_poll_loop(dns->context->isolate);
    if (loop == NULL) {
        return NULL;
    }

    session = calloc(1, sizeof(ngx_invoke_dns_session_t));
    if (session == NULL) {
        return NULL;
    }

    session->dns = dns;
    ngx_queue_init(&session->sockets);

    if (ngx_invoke_dns_init(dns, session, &session->channel) != ARES_SUCCESS) {
        free(session);
        return NULL;
    }

    ares_set_socket_functions(session->channel, &ngx_invoke_dns_functions,
                              session);

    (void) uv_timer_init(loop, &session->timer);
    session->timer.data = session;
    session->users = 1;

    return session;
}


/*
 * As Node has it, an answer of a server's counts, whatever it is, where
 * JavaScript asks itself; where an address is looked for, the next one is
 * asked.
 */

static int
ngx_invoke_dns_init(ngx_invoke_dns_t *dns, ngx_invoke_dns_session_t *session,
    ares_channel *channel)
{
    int                           rc, mask;
    struct ares_options           options;
    const ngx_invoke_resolver_t  *resolver;

    static char  lookups[] = "fb";

    ngx_memzero(&options, sizeof(options));

    resolver = ngx_invoke_egress_resolver(dns->context->egress);

    mask = ARES_OPT_FLAGS|ARES_OPT_LOOKUPS|ARES_OPT_TRIES
           |ARES_OPT_SOCK_STATE_CB;

    options.flags = dns->tries > 0 ? ARES_FLAG_NOCHECKRESP : 0;
    options.lookups = lookups;
    options.tries = dns->tries > 0 ? dns->tries : NGX_INVOKE_DNS_TRIES;
    options.timeout = dns->timeout >= 0 ? dns->timeout
                                        : (int) resolver->timeout;
    options.sock_state_cb = ngx_invoke_dns_state;
    options.sock_state_cb_data = session;

    if (options.timeout > 0) {
        mask |= ARES_OPT_TIMEOUTMS;
    }

    rc = ares_init_options(channel, &options, mask);

    if (rc == ARES_SUCCESS) {
        rc = ngx_invoke_dns_set_servers(dns, *channel);

        if (rc != ARES_SUCCESS) {
            ares_destroy(*channel);
        }
    }

    return rc;
}


static int
ngx_invoke_dns_set_servers(ngx_invoke_dns_t *dns, ares_channel channel)
{
    ngx_uint_t                          i, n;
    const ngx_invoke_resolver_t        *resolver;
    const ngx_invoke_egress_address_t  *servers;
    struct ares_addr_port_node          list[NGX_INVOKE_DNS_SERVERS];

    resolver = ngx_invoke_egress_resolver(dns->context->egress);

    servers = dns->own ? dns->servers : resolver->servers;
    n = dns->own ? dns->nservers : resolver->nservers;

    if (n == 0) {
        return dns->own ? ares_set_servers_ports(channel, NULL)
                        : ARES_SUCCESS;
    }

    ngx_memzero(list, sizeof(list));

    for (i = 0; i < n; i++) {
        list[i].next = i + 1 < n ? &list[i + 1] : NULL;
        list[i].family = servers[i].sockaddr.sa_family;

        if (list[i].family == AF_INET) {
            list[i].addr.addr4 = servers[i].in.sin_addr;

        } else {
            ngx_memcpy(&list[i].addr.addr6, &servers[i].in6.sin6_addr, 16);
        }

        list[i].udp_port = ngx_inet_get_port(
                                   (struct sockaddr *) &servers[i].sockaddr);
        list[i].tcp_port = list[i].udp_port;
    }

    return ares_set_servers_ports(channel, list);
}


static void
ngx_invoke_dns_end(ngx_invoke_dns_t *dns)
{
    ngx_queue_t               *q;
    ngx_invoke_dns_session_t  *session = dns->session;

    dns->inside++;
    ares_destroy(session->channel);
    dns->inside--;

    while (!ngx_queue_empty(&session->sockets)) {
        q = ngx_queue_head(&session->sockets);
        ngx_invoke_dns_socket_close(ngx_queue_data(q, ngx_invoke_dns_socket_t,
                                                   queue));
    }

    dns->session = NULL;
    session->dns = NULL;
    uv_close((uv_handle_t *) &session->timer, ngx_invoke_dns_timer_closed);
}


static void
ngx_invoke_dns_session_release(ngx_invoke_dns_session_t *session)
{
    if (--session->users == 0) {
        free(session);
    }
}


/*
 * After each call of c-ares: JavaScript is told, which may end anything of the
 * resolver but its memory.
 */

static void
ngx_invoke_dns_after(ngx_invoke_dns_t *dns)
{
    ngx_queue_t                *link;
    ngx_invoke_dns_question_t  *q;

    if (dns->inside != 0) {
        return;
    }

    dns->refs++;

    while (!ngx_queue_empty(&dns->answers)) {
        link = ngx_queue_head(&dns->answers);
        ngx_queue_remove(link);

        q = ngx_queue_data(link, ngx_invoke_dns_question_t, queue);

        ngx_invoke_isolate_tell(&q->handle, NGX_INVOKE_DNS_ANSWER, q->status,
                                q->data, q->len);
        ngx_invoke_handle_release(&q->handle);
    }

    if (dns->session != NULL) {

        if (dns->live == 0) {
            ngx_invoke_dns_end(dns);

        } else {
            ngx_invoke_dns_arm(dns->session);
        }
    }

    ngx_invoke_dns_release(dns);
}


static void
ngx_invoke_dns_arm(ngx_invoke_dns_session_t *session)
{
    struct timeval  tv, *next;

    next = ares_timeout(session->channel, NULL, &tv);

    if (next == NULL) {
        (void) uv_timer_stop(&session->timer);
        return;
    }

    uv_update_time(session->timer.loop);

    (void) uv_timer_start(&session->timer, ngx_invoke_dns_timer,
                          (uint64_t) next->tv_sec * 1000
                          + (next->tv_usec + 999) / 1000, 0);
}


static void
ngx_invoke_dns_process(ngx_invoke_dns_session_t *session, ares_socket_t in,
    ares_socket_t out)
{
    ngx_invoke_dns_t  *dns = session->dns;

    if (dns == NULL) {
        return;
    }

    dns->inside++;
    ares_process_fd(session->channel, in, out);
    dns->inside--;

    ngx_invoke_dns_after(dns);
}


static void
ngx_invoke_dns_timer(uv_timer_t *timer)
{
    ngx_invoke_dns_process(timer->data, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}


static void
ngx_invoke_dns_timer_closed(uv_handle_t *handle)
{
    ngx_invoke_dns_session_release(handle->data);
}


/* What c-ares wants to know of a socket; neither: it is about to close it. */

static void
ngx_invoke_dns_state(void *data, ares_socket_t fd, int readable, int writable)
{
    ngx_queue_t               *q;
    ngx_invoke_dns_socket_t   *s;
    ngx_invoke_dns_session_t  *session = data;

    s = NULL;

    for (q = ngx_queue_head(&session->sockets);
         q != ngx_queue_sentinel(&session->sockets);
         q = ngx_queue_next(q))
    {
        s = ngx_queue_data(q, ngx_invoke_dns_socket_t, queue);

        if (s->fd == fd) {
            break;
        }

        s = NULL;
    }

    if (!readable && !writable) {

        if (s != NULL) {
            ngx_invoke_dns_socket_close(s);
        }

        return;
    }

    if (s == NULL) {
        s = malloc(sizeof(ngx_invoke_dns_socket_t));
        if (s == NULL) {
            return;
        }

        if (uv_poll_init(session->timer.loop, &s->poll, fd) != 0) {
            free(s);
            return;
        }

        s->fd = fd;
        s->session = session;
        s->poll.data = s;
        session->users++;
        ngx_queue_insert_tail(&session->sockets, &s->queue);
    }

    (void) uv_poll_start(&s->poll, (readable ? UV_READABLE : 0)
                                   | (writable ? UV_WRITABLE : 0),
                         ngx_invoke_dns_ready);
}


static void
ngx_invoke_dns_ready(uv_poll_t *poll, int status, int events)
{
    ngx_invoke_dns_socket_t  *s = poll->data;

    if (status < 0) {
        events = UV_READABLE|UV_WRITABLE;
    }

    ngx_invoke_dns_process(s->session,
                           events & UV_READABLE ? s->fd : ARES_SOCKET_BAD,
                           events & UV_WRITABLE ? s->fd : ARES_SOCKET_BAD);
}


static void
ngx_invoke_dns_socket_close(ngx_invoke_dns_socket_t *s)
{
    ngx_queue_remove(&s->queue);
    (void) uv_poll_stop(&s->poll);
    uv_close((uv_handle_t *) &s->poll, ngx_invoke_dns_socket_closed);
}


static void
ngx_invoke_dns_socket_closed(uv_handle_t *handle)
{
    ngx_invoke_dns_socket_t  *s = handle->data;

    ngx_invoke_dns_session_release(s->session);
    free(s);
}


/* JavaScript has its answer, or nobody waits for one any more. */

static void
ngx_invoke_dns_close(ngx_invoke_handle_t *h)
{
    ngx_invoke_dns_t           *dns;
    ngx_invoke_dns_question_t  *q = (ngx_invoke_dns_question_t *) h;

    dns = q->dns;

    if (q->waited) {
        q->waited = 0;
        dns->live--;

        if (dns->live == 0 && dns->session != NULL && dns->inside == 0) {
            ngx_invoke_dns_end(dns);
        }
    }

    ngx_invoke_isolate_tell(h, NGX_INVOKE_IO_CLOSED, 0, NULL, 0);
}


static void
ngx_invoke_dns_free(ngx_invoke_handle_t *h)
{
    ngx_invoke_dns_question_t  *q = (ngx_invoke_dns_question_t *) h;

    ngx_invoke_dns_release(q->dns);
    free(q->name);
    free(q->data);
    free(q);
}


size_t
ngx_invoke_dns_servers(ngx_invoke_dns_t *dns, ngx_invoke_context_t *ctx,
    u_char *buf, size_t size)
{
    int                          family;
    char                         text[NGX_INET6_ADDRSTRLEN + 1];
    u_char                      *p;
    ares_channel                 channel;
    struct ares_addr_port_node  *list, *node;

    dns->context = ctx;
    p = buf;

    if (dns->session != NULL) {
        channel = dns->session->channel;

    } else if (ngx_invoke_dns_init(dns, NULL, &channel) != ARES_SUCCESS) {
        return 0;
    }

    if (ares_get_servers_ports(channel, &list) == ARES_SUCCESS) {

        for (node = list; node != NULL; node = node->next) {
            family = node->family;

            if (inet_ntop(family, &node->addr, text, sizeof(text)) != NULL) {
                p = ngx_slprintf(p, buf + size, "%s %d\n", text,
                                 node->udp_port ? node->udp_port : 53);
            }
        }

        ares_free_data(list);
    }

    if (dns->session == NULL) {
        ares_destroy(channel);
    }

    return p - buf;
}


/* No packet is sent for it. */

ngx_uint_t
ngx_invoke_dns_has_ipv6(void)
{
    int                   s, rc;
    struct sockaddr_in6   sin6;

    ngx_memzero(&sin6, sizeof(sin6));
    sin6.sin6_family = AF_INET6;
    sin6.sin6_port = htons(53);

    /* any address will do that is public unicast */
    sin6.sin6_addr.s6_addr[0] = 0x26;
    sin6.sin6_addr.s6_addr[15] = 1;

    s = socket(AF_INET6, SOCK_DGRAM|SOCK_CLOEXEC, 0);
    if (s == -1) {
        return 0;
    }

    rc = connect(s, (struct sockaddr *) &sin6, sizeof(sin6));
    (void) close(s);

    return rc == 0;
}


/* The sockets of c-ares are a context's as all others, and counted. */

static ares_socket_t
ngx_invoke_dns_socket(int af, int type, int protocol, void *data)
{
    int                        fd, rc;
    ngx_invoke_context_t      *ctx;
    ngx_invoke_dns_session_t  *session = data;

    ctx = session->dns->context;

    rc = ngx_invoke_gate_open(ctx);
    if (rc != 0) {
        ngx_set_errno(-rc);
        return ARES_SOCKET_BAD;
    }

    fd = socket(af, type|SOCK_NONBLOCK|SOCK_CLOEXEC, protocol);

    /* what several ask may go by one of them */

    if (fd != -1 && ngx_invoke_poll_add(ctx->isolate, fd, NULL) != 0) {
        (void) close(fd);
        fd = -1;
        ngx_set_errno(NGX_EMFILE);
    }

    if (fd == -1) {
        ngx_invoke_gate_close(ctx);
        return ARES_SOCKET_BAD;
    }

    return fd;
}


static int
ngx_invoke_dns_close_fd(ares_socket_t fd, void *data)
{
    ngx_invoke_context_t      *ctx;
    ngx_invoke_dns_session_t  *session = data;

    ctx = session->dns->context;

    ngx_invoke_poll_remove(ctx->isolate, fd);
    ngx_invoke_gate_close(ctx);

    return close(fd);
}


/* The operator's servers need no rule; those of JavaScript do each time. */

static int
ngx_invoke_dns_connect(ares_socket_t fd, const struct sockaddr *sa,
    ares_socklen_t len, void *data)
{
    ngx_invoke_dns_t          *dns;
    ngx_invoke_dns_session_t  *session = data;

    dns = session->dns;

    if (dns->own
        && ngx_invoke_egress_check(dns->context->egress, NULL, 0, sa, len)
           != NGX_INVOKE_EGRESS_ALLOWED)
    {
        ngx_set_errno(NGX_EACCES);
        return -1;
    }

    return connect(fd, sa, len);
}


static ares_ssize_t
ngx_invoke_dns_recv(ares_socket_t fd, void *buf, size_t size, int flags,
    struct sockaddr *from, ares_socklen_t *len, void *data)
{
    return recvfrom(fd, buf, size, flags, from, len);
}


static ares_ssize_t
ngx_invoke_dns_send(ares_socket_t fd, const struct iovec *iov, int n,
    void *data)
{
    struct msghdr  msg;

    ngx_memzero(&msg, sizeof(msg));
    msg.msg_iov = (struct iovec *) iov;
    msg.msg_iovlen = n;

    return sendmsg(fd, &msg, MSG_NOSIGNAL);
}
