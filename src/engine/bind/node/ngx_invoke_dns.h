/*
 * Questions of functions to name servers, by c-ares in the loop of their actor.
 *
 * A resolver is what JavaScript has of it: whom it asks, and how long. While
 * questions of it are under way it has a session, which is c-ares' channel with
 * sockets and a timer; with the last answer, or the last one that is not waited
 * for any more, that is over. So what no one waits for holds nothing, and what
 * /etc says is read anew.
 *
 * A question is a handle (ngx_invoke_handle.h): it belongs to the invocation
 * that asks, and tells ANSWER once, a status of c-ares and bytes. JavaScript is
 * never called from within c-ares. Actor thread.
 */

#ifndef _NGX_INVOKE_DNS_H_INCLUDED_
#define _NGX_INVOKE_DNS_H_INCLUDED_


#include "ngx_invoke_egress.h"
#include "ngx_invoke_handle.h"

#define CARES_NO_DEPRECATED
#include <ares.h>


#define NGX_INVOKE_DNS_ANSWER   NGX_INVOKE_IO_OTHER

/* Servers that JavaScript may set; what Node says where it may not now. */
#define NGX_INVOKE_DNS_SERVERS  32
#define NGX_INVOKE_DNS_PENDING  (-1000)


typedef struct ngx_invoke_dns_session_s  ngx_invoke_dns_session_t;

typedef struct {
    ngx_uint_t                    refs;     /* the holder's, of questions */
    ngx_invoke_context_t         *context;  /* while a session is there */
    ngx_invoke_dns_session_t     *session;  /* or NULL */
    ngx_queue_t                   answers;  /* yet to be told */
    ngx_uint_t                    live;     /* questions that are waited for */
    ngx_uint_t                    inside;   /* c-ares works */

    int                           timeout;  /* ms, -1: as configured */
    int                           tries;
    ngx_uint_t                    own;      /* JavaScript has set these */
    ngx_uint_t                    nservers;
    ngx_invoke_egress_address_t   servers[NGX_INVOKE_DNS_SERVERS];
} ngx_invoke_dns_t;

typedef struct {
    ngx_invoke_handle_t           handle;
    ngx_invoke_dns_t             *dns;      /* holds a reference */
    ngx_queue_t                   queue;    /* of answers */
    char                         *name;     /* of a lookup, malloc'ed */
    int                           status;
    u_char                       *data;     /* of the answer, malloc'ed */
    size_t                        len;
    unsigned                      waited:1; /* it is counted as live */
} ngx_invoke_dns_question_t;


/* With one reference; NULL: memory is out. */
ngx_invoke_dns_t *ngx_invoke_dns_create(int timeout, int tries);
void ngx_invoke_dns_release(ngx_invoke_dns_t *dns);

/*
 * Begins a question, which takes "name" over: a session is there, c-ares may
 * be called with the question, between this and ngx_invoke_dns_asked(). NULL,
 * and *err of libuv's, as ngx_invoke_gate_query() has it.
 */
ngx_invoke_dns_question_t *ngx_invoke_dns_ask(ngx_invoke_dns_t *dns,
    ngx_invoke_context_t *ctx, char *name, int *err);
ares_channel ngx_invoke_dns_channel(ngx_invoke_dns_t *dns);
void ngx_invoke_dns_asked(ngx_invoke_dns_t *dns);

/* c-ares has answered; "data" is copied. */
void ngx_invoke_dns_answer(ngx_invoke_dns_question_t *q, int status,
    const void *data, size_t len);

/* All that are under way end with ARES_ECANCELLED. */
void ngx_invoke_dns_cancel(ngx_invoke_dns_t *dns);

/*
 * The servers that would be asked, as lines "address port\n", into buf; returns
 * the length.
 */
size_t ngx_invoke_dns_servers(ngx_invoke_dns_t *dns,
    ngx_invoke_context_t *ctx, u_char *buf, size_t size);

/* Whether this host has a way to public addresses of IPv6. */
ngx_uint_t ngx_invoke_dns_has_ipv6(void);


#endif /* _NGX_INVOKE_DNS_H_INCLUDED_ */
