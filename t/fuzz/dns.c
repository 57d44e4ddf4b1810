/*
 * Answers of name servers through c-ares, by what our code has of them: they
 * come by sockets of ours, to questions of each kind that functions ask. The
 * first two bytes say which; each answer has its length in two bytes before it.
 */

#include "../../src/engine/bind/node/ngx_invoke_bind_cares.c"
#include "fuzz.h"


typedef struct {
    const uint8_t              *data;
    size_t                      size;

    u_char                      question[512];
    size_t                      len;
    ngx_uint_t                  tcp;        /* its length comes first */
    int                         fd;
} fuzz_server_t;


static fuzz_server_t  fuzz_server;
static ngx_uint_t     fuzz_answers;
static ngx_uint_t     fuzz_names;


/* What our callbacks give on: lines, or a message as it came. */

void
ngx_invoke_dns_answer(ngx_invoke_dns_question_t *q, int status,
    const void *data, size_t len)
{
    u_char  *copy;

    fuzz_answers++;
    fuzz_check(status == ARES_SUCCESS || len <= NGX_INVOKE_CARES_TEXT);

    copy = malloc(len + 1);
    fuzz_check(copy != NULL);

    if (len != 0) {
        ngx_memcpy(copy, data, len);
    }

    free(copy);
}


void
ngx_invoke_gate_name(ngx_invoke_context_t *ctx, const char *name,
    const struct sockaddr *sa)
{
    fuzz_names++;
    fuzz_check(sa->sa_family == AF_INET || sa->sa_family == AF_INET6);
}


static ares_socket_t
fuzz_socket(int af, int type, int protocol, void *data)
{
    fuzz_server.tcp = (type & SOCK_STREAM) != 0;
    fuzz_server.fd = eventfd(0, EFD_CLOEXEC|EFD_NONBLOCK);

    return fuzz_server.fd;
}


static int
fuzz_close(ares_socket_t fd, void *data)
{
    return close(fd);
}


static int
fuzz_connect(ares_socket_t fd, const struct sockaddr *sa, ares_socklen_t len,
    void *data)
{
    return 0;
}


static ares_ssize_t
fuzz_send(ares_socket_t fd, const struct iovec *iov, int n, void *data)
{
    int      i;
    size_t   len, all;

    fuzz_server.len = 0;
    all = 0;

    for (i = 0; i < n; i++) {
        len = ngx_min(iov[i].iov_len,
                      sizeof(fuzz_server.question) - fuzz_server.len);
        ngx_memcpy(fuzz_server.question + fuzz_server.len, iov[i].iov_base,
                   len);
        fuzz_server.len += len;
        all += iov[i].iov_len;
    }

    return all;
}


/* The next answer, to that very question unless its first byte is odd. */

static ares_ssize_t
fuzz_recv(ares_socket_t fd, void *buf, size_t size, int flags,
    struct sockaddr *from, ares_socklen_t *len, void *data)
{
    size_t               n, head;
    struct sockaddr_in  *sin = (struct sockaddr_in *) from;

    if (fuzz_server.size < 2) {
        ngx_set_errno(NGX_EAGAIN);
        return -1;
    }

    n = fuzz_server.data[0] | (fuzz_server.data[1] & 7) << 8;
    fuzz_server.data += 2;
    fuzz_server.size -= 2;

    n = ngx_min(n, ngx_min(fuzz_server.size, size));
    ngx_memcpy(buf, fuzz_server.data, n);

    fuzz_server.data += n;
    fuzz_server.size -= n;

    head = fuzz_server.tcp ? 2 : 0;

    if (n > 2 && !(((u_char *) buf)[0] & 1)) {

        /* id, flags and counts are the answer's, the question is repeated */

        if (fuzz_server.len > head + 2) {
            ngx_memcpy(buf, fuzz_server.question + head, 2);
        }

        if (n > 12 && fuzz_server.len > head + 12) {
            ngx_memcpy((u_char *) buf + 12, fuzz_server.question + head + 12,
                       ngx_min(n - 12, fuzz_server.len - head - 12));
        }
    }

    if (from != NULL && *len >= (ares_socklen_t) sizeof(*sin)) {
        ngx_memzero(sin, sizeof(*sin));
        sin->sin_family = AF_INET;
        sin->sin_port = htons(53);
        sin->sin_addr.s_addr = htonl(0x7f000001);
        *len = sizeof(*sin);
    }

    return n;
}


static const struct ares_socket_functions  fuzz_functions = {
    fuzz_socket, fuzz_close, fuzz_connect, fuzz_recv, fuzz_send
};


static ares_channel
fuzz_channel(ngx_uint_t own)
{
    int                        mask;
    ares_channel               channel;
    struct ares_options        options;
    struct ares_addr_port_node server;

    static char  lookups[] = "b";

    ngx_memzero(&options, sizeof(options));
    ngx_memzero(&server, sizeof(server));

    mask = ARES_OPT_FLAGS|ARES_OPT_LOOKUPS|ARES_OPT_TRIES|ARES_OPT_TIMEOUTMS
           |ARES_OPT_NDOTS|ARES_OPT_DOMAINS;

    options.flags = own ? ARES_FLAG_NOCHECKRESP : 0;
    options.lookups = lookups;
    options.tries = 2;
    options.timeout = 10000;
    options.ndots = 1;

    fuzz_check(ares_init_options(&channel, &options, mask) == ARES_SUCCESS);

    server.family = AF_INET;
    server.addr.addr4.s_addr = htonl(0x7f000001);

    fuzz_check(ares_set_servers_ports(channel, &server) == ARES_SUCCESS);
    ares_set_socket_functions(channel, &fuzz_functions, NULL);

    return channel;
}


static void
fuzz_ask(ares_channel channel, const uint8_t *how,
    ngx_invoke_dns_question_t *q)
{
    struct sockaddr_in          sin;
    struct ares_addrinfo_hints  hints;

    static const u_char  types[] = { 1, 2, 5, 6, 12, 15, 16, 28, 33, 35, 255 };

    ngx_memzero(&hints, sizeof(hints));
    ngx_memzero(&sin, sizeof(sin));
    hints.ai_socktype = SOCK_STREAM;

    switch (how[0] % 4) {

    case 0:
        ares_query(channel, q->name, 1, types[how[1] % sizeof(types)],
                   ngx_invoke_cares_queried, q);
        break;

    case 1:
        hints.ai_family = how[1] % 3 == 0 ? AF_INET
                          : how[1] % 3 == 1 ? AF_INET6 : AF_UNSPEC;
        ares_getaddrinfo(channel, q->name, NULL, &hints,
                         ngx_invoke_cares_found, q);
        break;

    case 2:
        ares_gethostbyaddr(channel, "\x7f\0\0\1", 4, AF_INET,
                           ngx_invoke_cares_host, q);
        break;

    default:
        sin.sin_family = AF_INET;
        sin.sin_addr.s_addr = htonl(0x0a000001);
        ares_getnameinfo(channel, (struct sockaddr *) &sin, sizeof(sin),
                         ARES_NI_LOOKUPHOST|ARES_NI_LOOKUPSERVICE
                         |ARES_NI_NAMEREQD, ngx_invoke_cares_named, q);
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngx_uint_t                  i;
    ares_channel                channel;
    ngx_invoke_dns_t            dns;
    ngx_invoke_dns_question_t   q;

    if (size < 2) {
        return 0;
    }

    ngx_memzero(&dns, sizeof(dns));
    ngx_memzero(&q, sizeof(q));

    dns.own = data[0] >> 7;
    q.dns = &dns;
    q.name = "a.test";
    q.handle.context = (ngx_invoke_context_t *) 1;

    ngx_memzero(&fuzz_server, sizeof(fuzz_server));
    fuzz_server.data = data + 2;
    fuzz_server.size = size - 2;
    fuzz_server.fd = -1;
    fuzz_answers = 0;
    fuzz_names = 0;

    channel = fuzz_channel(dns.own);
    fuzz_ask(channel, data, &q);

    for (i = 0; i < 16 && fuzz_answers == 0 && fuzz_server.size >= 2; i++) {
        ares_process_fd(channel, fuzz_server.fd, fuzz_server.fd);
    }

    ares_destroy(channel);

    fuzz_check(fuzz_answers == 1);
    fuzz_check(!dns.own || fuzz_names == 0);

    return 0;
}
