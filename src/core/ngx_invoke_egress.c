
#include "ngx_invoke_egress.h"
#include "ngx_invoke_egress_rule.h"


struct ngx_invoke_egress_s {
    ngx_atomic_t                refs;
    ngx_invoke_egress_limits_t  limits;
    ngx_invoke_resolver_t       resolver;
    ngx_uint_t                  private;    /* what no rule is for need not be
                                               public */
    ngx_uint_t                  nrules;
    ngx_invoke_egress_rule_t    rules[1];   /* then the bytes of their names */
};


static ngx_invoke_egress_verdict_e ngx_invoke_egress_judge(
    ngx_invoke_egress_t *policy, const ngx_str_t *names, ngx_uint_t nnames,
    const ngx_invoke_egress_ip_t *outer, const ngx_invoke_egress_ip_t *ip,
    in_port_t port, const struct sockaddr *sa, socklen_t len);
static ngx_uint_t ngx_invoke_egress_matches(
    const ngx_invoke_egress_rule_t *rule, const ngx_str_t *names,
    ngx_uint_t nnames, const ngx_invoke_egress_ip_t *outer,
    const ngx_invoke_egress_ip_t *ip);
static ngx_invoke_egress_verdict_e ngx_invoke_egress_path(
    ngx_invoke_egress_t *policy, const struct sockaddr_un *sun,
    socklen_t len);


ngx_invoke_egress_t *
ngx_invoke_egress_create(const ngx_invoke_egress_conf_t *conf)
{
    u_char               *p;
    size_t                len;
    ngx_uint_t            i;
    ngx_invoke_egress_t  *policy;

    len = 0;

    for (i = 0; i < conf->nrules; i++) {
        len += conf->rules[i].name.len;
    }

    policy = calloc(1, sizeof(ngx_invoke_egress_t)
                       + conf->nrules * sizeof(ngx_invoke_egress_rule_t)
                       + len);
    if (policy == NULL) {
        return NULL;
    }

    policy->refs = 1;
    policy->limits = conf->limits;
    policy->resolver = conf->resolver;
    policy->private = conf->private;
    policy->nrules = conf->nrules;

    p = (u_char *) &policy->rules[conf->nrules];

    for (i = 0; i < conf->nrules; i++) {
        policy->rules[i] = conf->rules[i];
        policy->rules[i].name.data = p;
        p = ngx_cpymem(p, conf->rules[i].name.data, conf->rules[i].name.len);
    }

    return policy;
}


/* any thread, from here on */

ngx_invoke_egress_t *
ngx_invoke_egress_hold(ngx_invoke_egress_t *policy)
{
    (void) ngx_atomic_fetch_add(&policy->refs, 1);

    return policy;
}


void
ngx_invoke_egress_release(ngx_invoke_egress_t *policy)
{
    if (ngx_atomic_fetch_add(&policy->refs, -1) == 1) {
        free(policy);
    }
}


const ngx_invoke_egress_limits_t *
ngx_invoke_egress_limits(ngx_invoke_egress_t *policy)
{
    return &policy->limits;
}


const ngx_invoke_resolver_t *
ngx_invoke_egress_resolver(ngx_invoke_egress_t *policy)
{
    return &policy->resolver;
}


ngx_uint_t
ngx_invoke_egress_same(ngx_invoke_egress_t *a, ngx_invoke_egress_t *b)
{
    ngx_uint_t  i;

    if (a == b) {
        return 1;
    }

    if (a->private != b->private || a->nrules != b->nrules
        || ngx_memcmp(&a->limits, &b->limits, sizeof(a->limits)) != 0
        || ngx_memcmp(&a->resolver, &b->resolver, sizeof(a->resolver)) != 0)
    {
        return 0;
    }

    for (i = 0; i < a->nrules; i++) {
        if (!ngx_invoke_egress_rule_same(&a->rules[i], &b->rules[i])) {
            return 0;
        }
    }

    return 1;
}


ngx_invoke_egress_verdict_e
ngx_invoke_egress_check(ngx_invoke_egress_t *policy, const ngx_str_t *names,
    ngx_uint_t nnames, const struct sockaddr *sa, socklen_t len)
{
    in_port_t                    port;
    ngx_uint_t                   i, n;
    ngx_invoke_egress_ip_t       outer, as[NGX_INVOKE_EGRESS_INSIDE];
    ngx_invoke_egress_verdict_e  verdict;

    if (len < (socklen_t) sizeof(sa->sa_family)) {
        return NGX_INVOKE_EGRESS_INVALID;
    }

    switch (sa->sa_family) {

    case AF_UNIX:
        return ngx_invoke_egress_path(policy, (const struct sockaddr_un *) sa,
                                      len);

    case AF_INET:
        if (len < (socklen_t) sizeof(struct sockaddr_in)) {
            return NGX_INVOKE_EGRESS_INVALID;
        }

        port = ntohs(((const struct sockaddr_in *) sa)->sin_port);
        break;

    case AF_INET6:

        /* an address with a scope is one of a link */

        if (len < (socklen_t) sizeof(struct sockaddr_in6)
            || ((const struct sockaddr_in6 *) sa)->sin6_scope_id != 0)
        {
            return NGX_INVOKE_EGRESS_INVALID;
        }

        port = ntohs(((const struct sockaddr_in6 *) sa)->sin6_port);
        break;

    default:
        return NGX_INVOKE_EGRESS_INVALID;
    }

    if (port == 0) {
        return NGX_INVOKE_EGRESS_PORT;
    }

    n = ngx_invoke_egress_inside(sa, &outer, as);

    for (i = 0; i < n; i++) {
        verdict = ngx_invoke_egress_judge(policy, names, nnames, &outer,
                                          &as[i], port, sa, len);
        if (verdict != NGX_INVOKE_EGRESS_ALLOWED) {
            return verdict;
        }
    }

    return NGX_INVOKE_EGRESS_ALLOWED;
}


/*
 * A rule that opens names or all does not open an address that is not public,
 * unless it says so: whoever has a name decides which address it is of. What
 * nginx itself listens on opens only to who names address and port, since
 * whoever opens a network thinks of others.
 */

static ngx_invoke_egress_verdict_e
ngx_invoke_egress_judge(ngx_invoke_egress_t *policy, const ngx_str_t *names,
    ngx_uint_t nnames, const ngx_invoke_egress_ip_t *outer,
    const ngx_invoke_egress_ip_t *ip, in_port_t port,
    const struct sockaddr *sa, socklen_t len)
{
    ngx_uint_t                       i, named, host;
    ngx_invoke_egress_kind_e         kind;
    const ngx_invoke_egress_rule_t  *rule;

    kind = ngx_invoke_egress_kind(ip);
    host = kind == NGX_INVOKE_EGRESS_KIND_PUBLIC
           && ngx_invoke_egress_local(sa, len);

    if (host) {
        kind = NGX_INVOKE_EGRESS_KIND_PRIVATE;
    }

    for (i = 0; i < policy->nrules; i++) {
        rule = &policy->rules[i];

        if (port < rule->first || port > rule->last
            || !ngx_invoke_egress_matches(rule, names, nnames, outer, ip))
        {
            continue;
        }

        if (!rule->allow) {
            return NGX_INVOKE_EGRESS_RULE;
        }

        named = rule->target == NGX_INVOKE_EGRESS_CIDR;

        if (!named
            && kind > (rule->private || policy->private
                       ? NGX_INVOKE_EGRESS_KIND_PRIVATE
                       : NGX_INVOKE_EGRESS_KIND_PUBLIC))
        {
            continue;
        }

        if (port == 25 && !rule->ports) {
            return NGX_INVOKE_EGRESS_PORT;
        }

        if (named && rule->ports && rule->bits == (ip->family == AF_INET
                                                   ? 32 : 128))
        {
            return NGX_INVOKE_EGRESS_ALLOWED;
        }

        return ngx_invoke_egress_listening(sa, len)
               ? NGX_INVOKE_EGRESS_LISTENING : NGX_INVOKE_EGRESS_ALLOWED;
    }

    if (kind > (policy->private ? NGX_INVOKE_EGRESS_KIND_PRIVATE
                                : NGX_INVOKE_EGRESS_KIND_PUBLIC))
    {
        return host ? NGX_INVOKE_EGRESS_HOST : NGX_INVOKE_EGRESS_PRIVATE;
    }

    if (port == 25) {
        return NGX_INVOKE_EGRESS_PORT;
    }

    return ngx_invoke_egress_listening(sa, len)
           ? NGX_INVOKE_EGRESS_LISTENING : NGX_INVOKE_EGRESS_ALLOWED;
}


/* Denials are for what an address looks like, too. */

static ngx_uint_t
ngx_invoke_egress_matches(const ngx_invoke_egress_rule_t *rule,
    const ngx_str_t *names, ngx_uint_t nnames,
    const ngx_invoke_egress_ip_t *outer, const ngx_invoke_egress_ip_t *ip)
{
    ngx_uint_t  i;

    switch (rule->target) {

    case NGX_INVOKE_EGRESS_ALL:
        return 1;

    case NGX_INVOKE_EGRESS_CIDR:
        return ngx_invoke_egress_rule_covers(rule, ip)
               || (!rule->allow && ngx_invoke_egress_rule_covers(rule, outer));

    case NGX_INVOKE_EGRESS_NAME:

        for (i = 0; i < nnames; i++) {
            if (ngx_invoke_egress_rule_named(rule, &names[i])) {
                return 1;
            }
        }

        return 0;

    default:
        return 0;
    }
}


/* Sockets of the file system alone, where a rule names them. */

static ngx_invoke_egress_verdict_e
ngx_invoke_egress_path(ngx_invoke_egress_t *policy,
    const struct sockaddr_un *sun, socklen_t len)
{
    ngx_str_t                        path;
    ngx_uint_t                       i;
    const ngx_invoke_egress_rule_t  *rule;

    path.data = (u_char *) sun->sun_path;
    path.len = 0;
    len = ngx_min(len, (socklen_t) sizeof(struct sockaddr_un));

    while (offsetof(struct sockaddr_un, sun_path) + path.len < len
           && sun->sun_path[path.len] != '\0')
    {
        path.len++;
    }

    if (path.len == 0 || path.len == sizeof(sun->sun_path)) {
        return NGX_INVOKE_EGRESS_INVALID;
    }

    for (i = 0; i < policy->nrules; i++) {
        rule = &policy->rules[i];

        if (rule->target == NGX_INVOKE_EGRESS_ALL && !rule->allow) {
            return NGX_INVOKE_EGRESS_RULE;
        }

        if (rule->target != NGX_INVOKE_EGRESS_PATH
            || rule->name.len != path.len
            || ngx_memcmp(rule->name.data, path.data, path.len) != 0)
        {
            continue;
        }

        return rule->allow ? NGX_INVOKE_EGRESS_ALLOWED
                           : NGX_INVOKE_EGRESS_RULE;
    }

    return NGX_INVOKE_EGRESS_UNIX;
}


const char *
ngx_invoke_egress_why(ngx_invoke_egress_verdict_e verdict)
{
    static const char  *const why[] = {
        "it is allowed",
        "a rule denies it",
        "it is no public address",
        "it is an address of this host",
        "nginx itself listens there",
        "the port is not open",
        "no rule allows this socket",
        "it is nothing to connect to"
    };

    return why[verdict];
}
