
#include "ngx_invoke_bind.h"
#include "ngx_invoke_dns.h"
#include "ngx_invoke_gate.h"
#include "ngx_invoke_poll.h"

#include <netdb.h>


/* Kept of an answer: names, addresses. */
#define NGX_INVOKE_CARES_TEXT  16384


static void ngx_invoke_bind_cares_resolver(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_cares_query(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_cares_lookup(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_cares_reverse(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_cares_service(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_cares_cancel(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_cares_servers(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_cares_set_servers(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_cares_canonical(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_cares_strerror(ngx_invoke_v8_call_t *call);

static void ngx_invoke_cares_queried(void *data, int status, int timeouts,
    unsigned char *answer, int len);
static void ngx_invoke_cares_found(void *data, int status, int timeouts,
    struct ares_addrinfo *info);
static void ngx_invoke_cares_host(void *data, int status, int timeouts,
    struct hostent *host);
static void ngx_invoke_cares_named(void *data, int status, int timeouts,
    char *node, char *service);


const ngx_invoke_v8_native_t  ngx_invoke_bind_cares[] = {
    { "resolver", ngx_invoke_bind_cares_resolver },
    { "query", ngx_invoke_bind_cares_query },
    { "lookup", ngx_invoke_bind_cares_lookup },
    { "reverse", ngx_invoke_bind_cares_reverse },
    { "service", ngx_invoke_bind_cares_service },
    { "cancel", ngx_invoke_bind_cares_cancel },
    { "servers", ngx_invoke_bind_cares_servers },
    { "setServers", ngx_invoke_bind_cares_set_servers },
    { "canonical", ngx_invoke_bind_cares_canonical },
    { "error", ngx_invoke_bind_cares_strerror },
    { NULL, NULL }
};


/* Tells holders of resolvers from others. */
static const char  ngx_invoke_cares_kind;


/* actor thread, all of this file */

static void
ngx_invoke_cares_dropped(void *data)
{
    ngx_invoke_dns_release(data);
}


/* resolver(timeout, tries): -1 is what the configuration has */

static void
ngx_invoke_bind_cares_resolver(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_dns_t       *dns;
    ngx_invoke_v8_value_t   holder;

    dns = ngx_invoke_dns_create(
                           ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 0)),
                           ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1)));
    if (dns == NULL) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_ERROR, "ENOMEM",
                            "out of memory");
        return;
    }

    holder = ngx_invoke_v8_new_holder(call, &ngx_invoke_cares_kind, dns,
                                      sizeof(ngx_invoke_dns_t),
                                      ngx_invoke_cares_dropped);
    if (holder != NULL) {
        ngx_invoke_v8_return(call, holder);
    }
}


/* The resolver of argument 0; NULL, and it has thrown. */

static ngx_invoke_dns_t *
ngx_invoke_cares_get(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_dns_t  *dns;

    dns = ngx_invoke_v8_holder(ngx_invoke_v8_arg(call, 0),
                               &ngx_invoke_cares_kind);
    if (dns == NULL) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_TYPE_ERROR, NULL,
                            "not a resolver");
    }

    return dns;
}


/*
 * A question of the resolver, argument 0, about the text that argument 1 is;
 * NULL: it has thrown, or returned an error. To be followed by
 * ngx_invoke_cares_asked().
 */

static ngx_invoke_dns_question_t *
ngx_invoke_cares_ask(ngx_invoke_v8_call_t *call)
{
    int                         err;
    ngx_str_t                   name;
    ngx_invoke_dns_t           *dns;
    ngx_invoke_dns_question_t  *q;

    dns = ngx_invoke_cares_get(call);
    if (dns == NULL) {
        return NULL;
    }

    name = ngx_invoke_bind_string(call, 1, NGX_INVOKE_V8_UTF8);
    if (name.data == NULL) {
        return NULL;
    }

    if (ngx_strlen(name.data) != name.len) {
        free(name.data);
        ngx_invoke_v8_return_number(call, UV_EINVAL);
        return NULL;
    }

    q = ngx_invoke_dns_ask(dns, ngx_invoke_v8_data(call), (char *) name.data,
                           &err);
    if (q == NULL) {
        ngx_invoke_v8_return_number(call, err);
    }

    return q;
}


/* Returns the question's holder. */

static void
ngx_invoke_cares_asked(ngx_invoke_v8_call_t *call,
    ngx_invoke_dns_question_t *q)
{
    ngx_invoke_dns_t       *dns = q->dns;
    ngx_invoke_v8_value_t   holder;

    /* the answer may be there by now, and the holder takes the reference */

    dns->refs++;

    holder = ngx_invoke_handle_wrap(call, &q->handle,
                                    sizeof(ngx_invoke_dns_question_t));
    if (holder == NULL) {
        ngx_invoke_handle_close(&q->handle);
        ngx_invoke_handle_release(&q->handle);

    } else {
        ngx_invoke_v8_return(call, holder);
    }

    ngx_invoke_dns_asked(dns);
    ngx_invoke_dns_release(dns);
}


/* query(resolver, name, type): the answer is a message of DNS */

static void
ngx_invoke_bind_cares_query(ngx_invoke_v8_call_t *call)
{
    int32_t                     type;
    ngx_invoke_dns_question_t  *q;

    type = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 2));

    if (type < 1 || type > 65535) {
        ngx_invoke_v8_return_number(call, UV_EINVAL);
        return;
    }

    q = ngx_invoke_cares_ask(call);

    if (q != NULL) {
        ares_query(ngx_invoke_dns_channel(q->dns), q->name, 1, type,
                   ngx_invoke_cares_queried, q);
        ngx_invoke_cares_asked(call, q);
    }
}


static void
ngx_invoke_cares_queried(void *data, int status, int timeouts,
    unsigned char *answer, int len)
{
    ngx_invoke_dns_answer(data, status, answer,
                          status == ARES_SUCCESS && len > 0 ? len : 0);
}


/*
 * lookup(resolver, name, family, config): the answer is lines of addresses;
 * with "config" only of families that this host has
 */

static void
ngx_invoke_bind_cares_lookup(ngx_invoke_v8_call_t *call)
{
    int32_t                      family;
    ngx_invoke_dns_question_t   *q;
    struct ares_addrinfo_hints   hints;

    ngx_memzero(&hints, sizeof(hints));

    family = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 2));

    hints.ai_family = family == 4 ? AF_INET : family == 6 ? AF_INET6
                                                          : AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;

    if (hints.ai_family == AF_UNSPEC
        && ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 3))
        && !ngx_invoke_dns_has_ipv6())
    {
        hints.ai_family = AF_INET;
    }

    q = ngx_invoke_cares_ask(call);

    if (q != NULL) {
        ares_getaddrinfo(ngx_invoke_dns_channel(q->dns), q->name, NULL, &hints,
                         ngx_invoke_cares_found, q);
        ngx_invoke_cares_asked(call, q);
    }
}


/*
 * Whoever connects to one of these addresses has them for that name, where
 * the name servers are the operator's.
 */

static void
ngx_invoke_cares_found(void *data, int status, int timeouts,
    struct ares_addrinfo *info)
{
    u_char                      text[NGX_INVOKE_CARES_TEXT], *p;
    ngx_invoke_dns_question_t  *q = data;
    struct ares_addrinfo_node  *node;

    p = text;

    for (node = info != NULL ? info->nodes : NULL; node != NULL;
         node = node->ai_next)
    {
        if (p > text + sizeof(text) - NGX_SOCKADDR_STRLEN) {
            break;
        }

        if (node->ai_family != AF_INET && node->ai_family != AF_INET6) {
            continue;
        }

        p += ngx_sock_ntop(node->ai_addr, node->ai_addrlen, p,
                           NGX_SOCKADDR_STRLEN, 0);
        *p++ = '\n';

        if (!q->dns->own && q->handle.context != NULL) {
            ngx_invoke_gate_name(q->handle.context, q->name, node->ai_addr);
        }
    }

    if (info != NULL) {
        ares_freeaddrinfo(info);
    }

    ngx_invoke_dns_answer(q, status, text, p - text);
}


/* reverse(resolver, address): the answer is lines of names */

static void
ngx_invoke_bind_cares_reverse(ngx_invoke_v8_call_t *call)
{
    int                         family, len;
    u_char                      addr[16];
    ngx_invoke_dns_question_t  *q;

    q = ngx_invoke_cares_ask(call);
    if (q == NULL) {
        return;
    }

    family = ngx_strchr(q->name, ':') != NULL ? AF_INET6 : AF_INET;
    len = family == AF_INET ? 4 : 16;

    if (inet_pton(family, q->name, addr) == 1) {
        ares_gethostbyaddr(ngx_invoke_dns_channel(q->dns), addr, len, family,
                           ngx_invoke_cares_host, q);

    } else {
        ngx_invoke_dns_answer(q, ARES_ENOTIMP, NULL, 0);
    }

    ngx_invoke_cares_asked(call, q);
}


static void
ngx_invoke_cares_host(void *data, int status, int timeouts,
    struct hostent *host)
{
    char   **alias;
    u_char   text[NGX_INVOKE_CARES_TEXT], *p;

    p = text;

    if (host != NULL) {
        for (alias = host->h_aliases; *alias != NULL; alias++) {
            p = ngx_slprintf(p, text + sizeof(text), "%s\n", *alias);
        }

        if (p == text && host->h_name != NULL) {
            p = ngx_slprintf(p, text + sizeof(text), "%s\n", host->h_name);
        }
    }

    ngx_invoke_dns_answer(data, status, text, p - text);
}


/* service(resolver, address, port): the answer is two lines */

static void
ngx_invoke_bind_cares_service(ngx_invoke_v8_call_t *call)
{
    int32_t                      port;
    socklen_t                    len;
    ngx_invoke_dns_question_t   *q;
    ngx_invoke_egress_address_t  addr;

    port = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 2));

    q = ngx_invoke_cares_ask(call);
    if (q == NULL) {
        return;
    }

    if (port >= 0 && port <= 65535
        && (uv_ip4_addr(q->name, port, &addr.in) == 0
            || uv_ip6_addr(q->name, port, &addr.in6) == 0))
    {
        len = addr.sockaddr.sa_family == AF_INET ? sizeof(addr.in)
                                                 : sizeof(addr.in6);

        ares_getnameinfo(ngx_invoke_dns_channel(q->dns), &addr.sockaddr, len,
                         ARES_NI_LOOKUPHOST|ARES_NI_LOOKUPSERVICE
                         |ARES_NI_NAMEREQD,
                         ngx_invoke_cares_named, q);

    } else {
        ngx_invoke_dns_answer(q, ARES_EBADNAME, NULL, 0);
    }

    ngx_invoke_cares_asked(call, q);
}


static void
ngx_invoke_cares_named(void *data, int status, int timeouts, char *node,
    char *service)
{
    u_char  text[NGX_INVOKE_CARES_TEXT], *p;

    p = text;

    if (status == ARES_SUCCESS) {
        p = ngx_slprintf(p, text + sizeof(text), "%s\n%s\n",
                         node != NULL ? node : "",
                         service != NULL ? service : "");
    }

    ngx_invoke_dns_answer(data, status, text, p - text);
}


/* cancel(resolver) */

static void
ngx_invoke_bind_cares_cancel(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_dns_t  *dns;

    dns = ngx_invoke_cares_get(call);

    if (dns != NULL) {
        ngx_invoke_dns_cancel(dns);
    }
}


/* servers(resolver): lines "address port" */

static void
ngx_invoke_bind_cares_servers(ngx_invoke_v8_call_t *call)
{
    u_char                  text[NGX_INVOKE_CARES_TEXT];
    size_t                  len;
    ngx_invoke_dns_t       *dns;
    ngx_invoke_v8_value_t   v;

    dns = ngx_invoke_cares_get(call);
    if (dns == NULL) {
        return;
    }

    len = ngx_invoke_dns_servers(dns, ngx_invoke_v8_data(call), text,
                                 sizeof(text));

    v = ngx_invoke_v8_new_string(call, NGX_INVOKE_V8_LATIN1, text, len);

    if (v != NULL) {
        ngx_invoke_v8_return(call, v);
    }
}


/*
 * setServers(resolver, address, port, ...): 0, a status of c-ares, or an error
 * of libuv's: the policy denies one of them, and nothing is changed
 */

static void
ngx_invoke_bind_cares_set_servers(ngx_invoke_v8_call_t *call)
{
    int                           i, n, rc;
    socklen_t                     len;
    ngx_str_t                     text;
    ngx_invoke_dns_t             *dns;
    ngx_invoke_context_t         *ctx = ngx_invoke_v8_data(call);
    ngx_invoke_egress_address_t   servers[NGX_INVOKE_DNS_SERVERS], *server;

    dns = ngx_invoke_cares_get(call);
    if (dns == NULL) {
        return;
    }

    if (dns->live != 0) {
        ngx_invoke_v8_return_number(call, NGX_INVOKE_DNS_PENDING);
        return;
    }

    ngx_memzero(servers, sizeof(servers));
    n = 0;
    rc = 0;

    for (i = 1; i + 1 < ngx_invoke_v8_argc(call) && rc == 0; i += 2) {

        if (n == NGX_INVOKE_DNS_SERVERS) {
            rc = ARES_ENOMEM;
            break;
        }

        text = ngx_invoke_bind_string(call, i, NGX_INVOKE_V8_UTF8);
        if (text.data == NULL) {
            return;
        }

        server = &servers[n++];
        rc = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, i + 1));

        if (rc < 0 || rc > 65535
            || (uv_ip4_addr((char *) text.data, rc, &server->in) != 0
                && uv_ip6_addr((char *) text.data, rc, &server->in6) != 0))
        {
            rc = ARES_EBADSTR;

        } else {
            len = server->sockaddr.sa_family == AF_INET ? sizeof(server->in)
                                                        : sizeof(server->in6);
            rc = ngx_invoke_gate_connect(ctx,
                                 ngx_invoke_slot_invocation(
                                                      ctx->isolate->running),
                                         &server->sockaddr, len, 0);
        }

        free(text.data);
    }

    if (rc == 0) {
        dns->own = 1;
        dns->nservers = n;
        ngx_memcpy(dns->servers, servers, sizeof(servers));
    }

    ngx_invoke_v8_return_number(call, rc);
}


/* canonical(address): as it is written the shortest way, or undefined */

static void
ngx_invoke_bind_cares_canonical(ngx_invoke_v8_call_t *call)
{
    int                     family;
    char                    text[NGX_INET6_ADDRSTRLEN + 1];
    u_char                  addr[16];
    ngx_str_t               s;
    ngx_invoke_v8_value_t   v;

    s = ngx_invoke_bind_string(call, 0, NGX_INVOKE_V8_UTF8);
    if (s.data == NULL) {
        return;
    }

    family = ngx_strchr(s.data, ':') != NULL ? AF_INET6 : AF_INET;

    if (ngx_strlen(s.data) == s.len
        && inet_pton(family, (char *) s.data, addr) == 1
        && inet_ntop(family, addr, text, sizeof(text)) != NULL)
    {
        v = ngx_invoke_v8_new_string(call, NGX_INVOKE_V8_LATIN1, text,
                                     ngx_strlen(text));
        if (v != NULL) {
            ngx_invoke_v8_return(call, v);
        }
    }

    free(s.data);
}


/* error(status): c-ares' text */

static void
ngx_invoke_bind_cares_strerror(ngx_invoke_v8_call_t *call)
{
    int32_t                status;
    const char            *text;
    ngx_invoke_v8_value_t  v;

    status = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 0));

    text = status == NGX_INVOKE_DNS_PENDING ? "There are pending queries."
                                            : ares_strerror(status);

    v = ngx_invoke_v8_new_string(call, NGX_INVOKE_V8_LATIN1, text,
                                 ngx_strlen(text));
    if (v != NULL) {
        ngx_invoke_v8_return(call, v);
    }
}
