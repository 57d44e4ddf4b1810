/*
 * Where functions may connect to. The decision is made on the sockaddr that is
 * given to connect(), so that no name, redirect, resolver or other way to
 * write an address goes round it.
 *
 * A policy is what the configuration of a location says: ordered rules, of
 * which the first that matches decides, and limits. What no rule matches is
 * open where it is a public unicast address that is not of this host, and
 * closed elsewhere. It never changes, is in one piece, and is counted: a
 * location holds it, and so does each invocation and each context that it
 * holds for. Any thread.
 */

#ifndef _NGX_INVOKE_EGRESS_H_INCLUDED_
#define _NGX_INVOKE_EGRESS_H_INCLUDED_


#include "ngx_invoke_egress_rule.h"


/*
 * What a native returns in place of an errno of libuv's where the policy
 * denies a connection, or a limit of it is reached: the codes POLICY_DENIED
 * and ERR_INVOKE_LIMIT of Node's errors.
 */
#define NGX_INVOKE_EGRESS_EDENIED  (-4801)
#define NGX_INVOKE_EGRESS_ELIMIT   (-4802)


typedef enum {
    NGX_INVOKE_EGRESS_ALLOWED = 0,
    NGX_INVOKE_EGRESS_RULE,         /* denied by a rule */
    NGX_INVOKE_EGRESS_PRIVATE,      /* no public unicast address */
    NGX_INVOKE_EGRESS_HOST,         /* an address of this host */
    NGX_INVOKE_EGRESS_LISTENING,    /* nginx itself listens there */
    NGX_INVOKE_EGRESS_PORT,         /* 0, or 25 */
    NGX_INVOKE_EGRESS_UNIX,         /* a path that no rule allows */
    NGX_INVOKE_EGRESS_INVALID       /* nothing to connect to */
} ngx_invoke_egress_verdict_e;


/* Of one invocation; with isolation "function" the sockets are a context's. */

typedef struct {
    ngx_uint_t           sockets;   /* open at the same time */
    ngx_uint_t           connects;
    ngx_uint_t           dns;       /* questions to name servers */
    size_t               bytes;     /* sent and received */
    ngx_msec_t           timeout;   /* of a connect */
} ngx_invoke_egress_limits_t;


/* What is used of them. */

typedef struct {
    ngx_uint_t           connects;
    ngx_uint_t           dns;
    size_t               bytes;
} ngx_invoke_egress_used_t;


/* Name servers; none, or no time: what /etc/resolv.conf says. */

#define NGX_INVOKE_RESOLVERS  8

typedef union {
    struct sockaddr      sockaddr;
    struct sockaddr_in   in;
    struct sockaddr_in6  in6;
} ngx_invoke_egress_address_t;

typedef struct {
    ngx_uint_t                   nservers;
    ngx_msec_t                   timeout;
    ngx_invoke_egress_address_t  servers[NGX_INVOKE_RESOLVERS];
} ngx_invoke_resolver_t;


typedef struct ngx_invoke_egress_s  ngx_invoke_egress_t;


/* What one is made of, which is copied. */

typedef struct {
    ngx_invoke_egress_limits_t       limits;    /* of bytes that are all set */
    ngx_invoke_resolver_t            resolver;
    ngx_uint_t                       private;   /* invoke_egress_private */
    const ngx_invoke_egress_rule_t  *rules;
    ngx_uint_t                       nrules;
} ngx_invoke_egress_conf_t;

/* With one reference; NULL: memory is out. */
ngx_invoke_egress_t *ngx_invoke_egress_create(
    const ngx_invoke_egress_conf_t *conf);

const ngx_invoke_egress_limits_t *ngx_invoke_egress_limits(
    ngx_invoke_egress_t *policy);
const ngx_invoke_resolver_t *ngx_invoke_egress_resolver(
    ngx_invoke_egress_t *policy);

ngx_invoke_egress_t *ngx_invoke_egress_hold(ngx_invoke_egress_t *policy);
void ngx_invoke_egress_release(ngx_invoke_egress_t *policy);

/* Whether two policies say the same. */
ngx_uint_t ngx_invoke_egress_same(ngx_invoke_egress_t *a,
    ngx_invoke_egress_t *b);

/*
 * Whether one may connect to an address. "names" are those that the context
 * was given it for by its resolver, in lower case and without a dot at the
 * end; none where it came by itself.
 */
ngx_invoke_egress_verdict_e ngx_invoke_egress_check(
    ngx_invoke_egress_t *policy, const ngx_str_t *names, ngx_uint_t nnames,
    const struct sockaddr *sa, socklen_t len);

/* Why not, for a log: "nginx itself listens there". */
const char *ngx_invoke_egress_why(ngx_invoke_egress_verdict_e verdict);


#endif /* _NGX_INVOKE_EGRESS_H_INCLUDED_ */
