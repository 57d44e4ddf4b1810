/*
 * A rule of the egress policy: what "invoke_egress" says.
 */

#ifndef _NGX_INVOKE_EGRESS_RULE_H_INCLUDED_
#define _NGX_INVOKE_EGRESS_RULE_H_INCLUDED_


#include "ngx_invoke_egress_address.h"


typedef enum {
    NGX_INVOKE_EGRESS_ALL = 0,
    NGX_INVOKE_EGRESS_CIDR,
    NGX_INVOKE_EGRESS_NAME,
    NGX_INVOKE_EGRESS_PATH
} ngx_invoke_egress_target_e;


typedef struct {
    ngx_invoke_egress_target_e  target;
    ngx_invoke_egress_ip_t      ip;         /* of a CIDR */
    ngx_uint_t                  bits;
    ngx_str_t                   name;       /* of NAME, in lower case, and of
                                               PATH */
    in_port_t                   first;      /* of the ports */
    in_port_t                   last;
    unsigned                    allow:1;
    unsigned                    ports:1;    /* are named */
    unsigned                    private:1;  /* what ALL and NAME open need not
                                               be public */
} ngx_invoke_egress_rule_t;


/*
 * Reads the words after "invoke_egress"; the rule refers to their bytes, which
 * are changed to lower case. NULL, or what is wrong with the word "bad".
 */
const char *ngx_invoke_egress_rule_read(ngx_invoke_egress_rule_t *rule,
    ngx_str_t *words, ngx_uint_t n, ngx_uint_t *bad);

/* Whether two say the same. Any thread. */
ngx_uint_t ngx_invoke_egress_rule_same(const ngx_invoke_egress_rule_t *a,
    const ngx_invoke_egress_rule_t *b);

/* Whether an address is in a rule's CIDR, a name is its NAME. Any thread. */
ngx_uint_t ngx_invoke_egress_rule_covers(const ngx_invoke_egress_rule_t *rule,
    const ngx_invoke_egress_ip_t *ip);
ngx_uint_t ngx_invoke_egress_rule_named(const ngx_invoke_egress_rule_t *rule,
    const ngx_str_t *name);

/* An address as it is written, also as "[::1]"; NGX_DECLINED: it is none. */
ngx_int_t ngx_invoke_egress_ip_read(ngx_invoke_egress_ip_t *ip,
    const ngx_str_t *text);


#endif /* _NGX_INVOKE_EGRESS_RULE_H_INCLUDED_ */
