/*
 * The egress policy: lines of "invoke_egress", then an address that is asked
 * for, 16 bytes and a port. Whatever a policy says, one rule or address is
 * judged as the plain code below judges it, and what is closed by nature stays
 * closed unless a rule names it.
 */

#include "../../src/core/ngx_invoke_egress_address.c"
#include "../../src/core/ngx_invoke_egress_rule.c"
#include "../../src/core/ngx_invoke_egress.c"
#include "fuzz.h"


#define FUZZ_RULES  8


/* Words of a line, separated by spaces. */

static ngx_uint_t
fuzz_words(u_char *p, u_char *last, ngx_str_t *words, ngx_uint_t max)
{
    ngx_uint_t  n;

    for (n = 0; n < max && p < last; p++) {
        words[n].data = p;

        while (p < last && *p != ' ') {
            p++;
        }

        words[n].len = p - words[n].data;
        n++;
    }

    return n;
}


/* What 2^n ways to read a glob make of it; short ones only. */

static ngx_uint_t
fuzz_glob(const u_char *g, size_t glen, const u_char *s, size_t slen)
{
    if (glen == 0) {
        return slen == 0;
    }

    if (*g == '*') {
        return fuzz_glob(g + 1, glen - 1, s, slen)
               || (slen != 0 && fuzz_glob(g, glen, s + 1, slen - 1));
    }

    return slen != 0 && *g == *s && fuzz_glob(g + 1, glen - 1, s + 1, slen - 1);
}


static void
fuzz_rule(const ngx_invoke_egress_rule_t *rule, const ngx_str_t *name)
{
    fuzz_check(rule->first <= rule->last);
    fuzz_check(rule->bits <= (rule->ip.family == AF_INET ? 32u : 128u));
    fuzz_check(!rule->private || rule->allow);

    if (rule->target == NGX_INVOKE_EGRESS_CIDR) {
        fuzz_check(ngx_invoke_egress_rule_covers(rule, &rule->ip));
    }

    if (rule->target == NGX_INVOKE_EGRESS_NAME && rule->name.len < 12
        && name->len < 12)
    {
        fuzz_check(ngx_invoke_egress_rule_named(rule, name)
                   == fuzz_glob(rule->name.data, rule->name.len, name->data,
                                name->len));
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    u_char                           *text, *p, *last, *end;
    ngx_str_t                         words[5], name;
    ngx_uint_t                        n, bad, named;
    const char                       *err;
    struct sockaddr_in6               sin6;
    struct sockaddr_in                sin;
    ngx_invoke_egress_t              *policy, *same;
    ngx_invoke_egress_conf_t          conf;
    ngx_invoke_egress_rule_t          rules[FUZZ_RULES];
    ngx_invoke_egress_ip_t            outer, as[NGX_INVOKE_EGRESS_INSIDE];
    ngx_invoke_egress_verdict_e       verdict, of4;

    if (size < 19 || size > 4096) {
        return 0;
    }

    ngx_memzero(&conf, sizeof(conf));
    ngx_memzero(&sin6, sizeof(sin6));
    ngx_memzero(&sin, sizeof(sin));

    sin6.sin6_family = AF_INET6;
    ngx_memcpy(&sin6.sin6_addr, data, 16);
    ngx_memcpy(&sin6.sin6_port, data + 16, 2);

    conf.private = data[18] & 1;
    conf.rules = rules;

    size -= 19;
    text = malloc(size + 1);
    fuzz_check(text != NULL);
    ngx_memcpy(text, data + 19, size);

    end = text + size;
    named = 0;
    ngx_str_null(&name);

    for (p = text; p < end && conf.nrules < FUZZ_RULES; p = last + 1) {
        last = ngx_strlchr(p, end, '\n');
        last = last ? last : end;

        n = fuzz_words(p, last, words, 5);
        bad = 99;

        err = ngx_invoke_egress_rule_read(&rules[conf.nrules], words, n,
                                          &bad);
        if (err != NULL) {
            fuzz_check(bad == 0 || bad == 1 || bad < n);

            if (n != 0) {
                name = words[0];
            }

            continue;
        }

        fuzz_rule(&rules[conf.nrules], &name);

        named |= rules[conf.nrules].allow
                 && rules[conf.nrules].target == NGX_INVOKE_EGRESS_CIDR;
        conf.nrules++;
    }

    policy = ngx_invoke_egress_create(&conf);
    same = ngx_invoke_egress_create(&conf);
    fuzz_check(policy != NULL && same != NULL);
    fuzz_check(ngx_invoke_egress_same(policy, same));

    verdict = ngx_invoke_egress_check(policy, &name, name.len != 0,
                                      (struct sockaddr *) &sin6, sizeof(sin6));

    fuzz_check(verdict == ngx_invoke_egress_check(same, &name, name.len != 0,
                                                  (struct sockaddr *) &sin6,
                                                  sizeof(sin6)));
    fuzz_check(ngx_invoke_egress_why(verdict) != NULL);

    n = ngx_invoke_egress_inside((struct sockaddr *) &sin6, &outer, as);

    if (verdict == NGX_INVOKE_EGRESS_ALLOWED) {
        fuzz_check(sin6.sin6_port != 0);
        fuzz_check(named
                   || ngx_invoke_egress_kind(&as[0])
                      != NGX_INVOKE_EGRESS_KIND_SPECIAL);
        fuzz_check(named || conf.nrules || conf.private
                   || ngx_invoke_egress_kind(&as[0])
                      == NGX_INVOKE_EGRESS_KIND_PUBLIC);

        /* no other way to write an IPv4 address opens it */

        if (n == 1 && as[0].family == AF_INET) {
            sin.sin_family = AF_INET;
            sin.sin_port = sin6.sin6_port;
            ngx_memcpy(&sin.sin_addr, as[0].bytes, 4);

            of4 = ngx_invoke_egress_check(policy, &name, name.len != 0,
                                          (struct sockaddr *) &sin,
                                          sizeof(sin));

            fuzz_check(of4 == NGX_INVOKE_EGRESS_ALLOWED
                       || of4 == NGX_INVOKE_EGRESS_HOST);
        }
    }

    (void) ngx_invoke_egress_check(policy, NULL, 0, (struct sockaddr *) data,
                                   ngx_min(size + 19,
                                           sizeof(struct sockaddr_un)));

    ngx_invoke_egress_release(policy);
    ngx_invoke_egress_release(same);
    free(text);

    return 0;
}
