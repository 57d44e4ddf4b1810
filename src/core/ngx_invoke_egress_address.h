/*
 * What kind of address one is, whatever a policy says of it. Any thread.
 */

#ifndef _NGX_INVOKE_EGRESS_ADDRESS_H_INCLUDED_
#define _NGX_INVOKE_EGRESS_ADDRESS_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* A plain address, without a port. */

typedef struct {
    sa_family_t   family;       /* AF_INET, AF_INET6 */
    u_char        bytes[16];    /* the first 4, or all of them */
} ngx_invoke_egress_ip_t;


typedef enum {
    NGX_INVOKE_EGRESS_KIND_PUBLIC = 0,
    NGX_INVOKE_EGRESS_KIND_PRIVATE,     /* of this host, or a private network */
    NGX_INVOKE_EGRESS_KIND_SPECIAL      /* link-local and cloud metadata,
                                           multicast, reserved */
} ngx_invoke_egress_kind_e;

ngx_invoke_egress_kind_e ngx_invoke_egress_kind(
    const ngx_invoke_egress_ip_t *ip);

/*
 * The addresses that one is judged as: itself, or the IPv4 ones that are in it
 * where it is a mapped one, or of NAT64, 6to4 or Teredo. Returns how many of
 * "as" are set. "outer" is what it was, for what denies.
 */
#define NGX_INVOKE_EGRESS_INSIDE  2

ngx_uint_t ngx_invoke_egress_inside(const struct sockaddr *sa,
    ngx_invoke_egress_ip_t *outer, ngx_invoke_egress_ip_t *as);

/*
 * Whether the kernel delivers to this host what is sent there; also where that
 * cannot be told. Asks the kernel.
 */
ngx_uint_t ngx_invoke_egress_local(const struct sockaddr *sa, socklen_t len);

/*
 * Takes note of all addresses that a cycle listens on, in place of those of
 * the cycle before. NGX_ERROR: memory is out. In init_module, event loop.
 */
ngx_int_t ngx_invoke_egress_listen(ngx_cycle_t *cycle);

/* Whether one of those takes connections to an address. */
ngx_uint_t ngx_invoke_egress_listening(const struct sockaddr *sa,
    socklen_t len);


#endif /* _NGX_INVOKE_EGRESS_ADDRESS_H_INCLUDED_ */
