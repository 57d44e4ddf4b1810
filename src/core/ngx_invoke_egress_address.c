
#include "ngx_invoke_egress_address.h"


/* A block of addresses: those with these first bits. */

typedef struct {
    u_char                    bits;
    u_char                    bytes[16];
    ngx_invoke_egress_kind_e  kind;
} ngx_invoke_egress_block_t;


#define PRIVATE  NGX_INVOKE_EGRESS_KIND_PRIVATE
#define SPECIAL  NGX_INVOKE_EGRESS_KIND_SPECIAL
#define PUBLIC   NGX_INVOKE_EGRESS_KIND_PUBLIC


/* The first that an address is in tells; those in none are public. */

static const ngx_invoke_egress_block_t  ngx_invoke_egress_blocks4[] = {

    /* where clouds tell secrets to their machines */

    { 32, { 100, 100, 100, 200 }, SPECIAL },
    { 32, { 168, 63, 129, 16 }, SPECIAL },
    { 16, { 169, 254 }, SPECIAL },

    { 8, { 10 }, PRIVATE },
    { 10, { 100, 64 }, PRIVATE },
    { 8, { 127 }, PRIVATE },
    { 12, { 172, 16 }, PRIVATE },
    { 16, { 192, 168 }, PRIVATE },

    { 8, { 0 }, SPECIAL },
    { 24, { 192, 0, 0 }, SPECIAL },
    { 24, { 192, 0, 2 }, SPECIAL },
    { 24, { 192, 88, 99 }, SPECIAL },
    { 15, { 198, 18 }, SPECIAL },
    { 24, { 198, 51, 100 }, SPECIAL },
    { 24, { 203, 0, 113 }, SPECIAL },
    { 3, { 224 }, SPECIAL },            /* multicast, reserved, broadcast */

    { 0, { 0 }, PUBLIC }
};


/* Of IPv6 only 2000::/3 is public unicast. */

static const ngx_invoke_egress_block_t  ngx_invoke_egress_blocks6[] = {
    { 128, { 0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0x54 },
      SPECIAL },
    { 128, { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 }, PRIVATE },
    { 7, { 0xfc }, PRIVATE },

    { 23, { 0x20, 0x01, 0x00 }, SPECIAL },
    { 32, { 0x20, 0x01, 0x0d, 0xb8 }, SPECIAL },
    { 20, { 0x3f, 0xff, 0x00 }, SPECIAL },
    { 3, { 0x20 }, PUBLIC },

    { 0, { 0 }, SPECIAL }
};

#undef PRIVATE
#undef SPECIAL
#undef PUBLIC


/* What of this host nginx has; replaced as a whole. */

typedef struct {
    ngx_uint_t                n;
    struct sockaddr_storage   addresses[1];
} ngx_invoke_egress_listens_t;

static pthread_mutex_t  ngx_invoke_egress_mutex = PTHREAD_MUTEX_INITIALIZER;
static ngx_invoke_egress_listens_t  *ngx_invoke_egress_listens;


static ngx_uint_t ngx_invoke_egress_in_block(const u_char *bytes,
    const ngx_invoke_egress_block_t *block);
static ngx_uint_t ngx_invoke_egress_takes(const struct sockaddr *own,
    const struct sockaddr *sa, socklen_t len, ngx_int_t *local);


/* any thread, all of this file but ngx_invoke_egress_listen() */

ngx_invoke_egress_kind_e
ngx_invoke_egress_kind(const ngx_invoke_egress_ip_t *ip)
{
    const ngx_invoke_egress_block_t  *block;

    block = ip->family == AF_INET ? ngx_invoke_egress_blocks4
                                  : ngx_invoke_egress_blocks6;

    while (!ngx_invoke_egress_in_block(ip->bytes, block)) {
        block++;
    }

    return block->kind;
}


static ngx_uint_t
ngx_invoke_egress_in_block(const u_char *bytes,
    const ngx_invoke_egress_block_t *block)
{
    u_char      mask;
    ngx_uint_t  n;

    n = block->bits / 8;
    mask = 0xff00 >> (block->bits % 8);

    return ngx_memcmp(bytes, block->bytes, n) == 0
           && (mask == 0 || ((bytes[n] ^ block->bytes[n]) & mask) == 0);
}


ngx_uint_t
ngx_invoke_egress_inside(const struct sockaddr *sa,
    ngx_invoke_egress_ip_t *outer, ngx_invoke_egress_ip_t *as)
{
    ngx_uint_t     i;
    const u_char  *p;

    static const u_char  mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff,
                                        0xff };
    static const u_char  nat64[12] = { 0, 0x64, 0xff, 0x9b };

    ngx_memzero(outer, sizeof(ngx_invoke_egress_ip_t));
    ngx_memzero(as, NGX_INVOKE_EGRESS_INSIDE * sizeof(ngx_invoke_egress_ip_t));

    outer->family = sa->sa_family;

    if (sa->sa_family == AF_INET) {
        ngx_memcpy(outer->bytes,
                   &((const struct sockaddr_in *) sa)->sin_addr, 4);
        as[0] = *outer;
        return 1;
    }

    ngx_memcpy(outer->bytes, &((const struct sockaddr_in6 *) sa)->sin6_addr,
               16);

    p = outer->bytes;
    as[0].family = AF_INET;
    as[1].family = AF_INET;

    if (ngx_memcmp(p, mapped, 12) == 0) {
        ngx_memcpy(as[0].bytes, p + 12, 4);
        *outer = as[0];
        return 1;
    }

    if (ngx_memcmp(p, nat64, 12) == 0) {
        ngx_memcpy(as[0].bytes, p + 12, 4);
        return 1;
    }

    if (p[0] == 0x20 && p[1] == 0x02) {
        ngx_memcpy(as[0].bytes, p + 2, 4);
        return 1;
    }

    if (p[0] == 0x20 && p[1] == 0x01 && p[2] == 0 && p[3] == 0) {

        /* Teredo: a server that is asked, and the peer, with its bits turned */

        ngx_memcpy(as[0].bytes, p + 4, 4);

        for (i = 0; i < 4; i++) {
            as[1].bytes[i] = p[12 + i] ^ 0xff;
        }

        return 2;
    }

    as[0] = *outer;

    return 1;
}


/*
 * The kernel's way to an address of its own begins at that address, but for
 * those of 127.0.0.0/8. No packet is sent for it.
 */

ngx_uint_t
ngx_invoke_egress_local(const struct sockaddr *sa, socklen_t len)
{
    int                      s;
    ngx_uint_t               local;
    socklen_t                own_len;
    ngx_invoke_egress_ip_t   to, from, as[NGX_INVOKE_EGRESS_INSIDE];
    struct sockaddr_storage  own;

    (void) ngx_invoke_egress_inside(sa, &to, as);

    if (to.family == AF_INET && to.bytes[0] == 127) {
        return 1;
    }

    s = socket(sa->sa_family, SOCK_DGRAM|SOCK_CLOEXEC, 0);
    if (s == -1) {
        return ngx_errno != EAFNOSUPPORT;
    }

    own_len = sizeof(own);
    local = 0;

    if (connect(s, sa, len) == 0) {
        local = 1;

        if (getsockname(s, (struct sockaddr *) &own, &own_len) == 0) {
            (void) ngx_invoke_egress_inside((struct sockaddr *) &own, &from,
                                            as);
            local = ngx_memcmp(&to, &from, sizeof(to)) == 0;
        }
    }

    (void) close(s);

    return local;
}


/* event loop */

ngx_int_t
ngx_invoke_egress_listen(ngx_cycle_t *cycle)
{
    ngx_uint_t                    i;
    ngx_listening_t              *ls;
    ngx_invoke_egress_listens_t  *listens, *old;

    ls = cycle->listening.elts;

    listens = calloc(1, sizeof(ngx_invoke_egress_listens_t)
                        + cycle->listening.nelts
                          * sizeof(struct sockaddr_storage));
    if (listens == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < cycle->listening.nelts; i++) {
        ngx_memcpy(&listens->addresses[listens->n++], ls[i].sockaddr,
                   ngx_min(ls[i].socklen, sizeof(struct sockaddr_storage)));
    }

    (void) pthread_mutex_lock(&ngx_invoke_egress_mutex);

    old = ngx_invoke_egress_listens;
    ngx_invoke_egress_listens = listens;

    (void) pthread_mutex_unlock(&ngx_invoke_egress_mutex);

    free(old);

    return NGX_OK;
}


ngx_uint_t
ngx_invoke_egress_listening(const struct sockaddr *sa, socklen_t len)
{
    ngx_int_t                     local;
    ngx_uint_t                    i, found;
    ngx_invoke_egress_listens_t  *listens;

    found = 0;
    local = -1;

    (void) pthread_mutex_lock(&ngx_invoke_egress_mutex);

    listens = ngx_invoke_egress_listens;

    for (i = 0; listens != NULL && i < listens->n && !found; i++) {
        found = ngx_invoke_egress_takes(
                                   (struct sockaddr *) &listens->addresses[i],
                                   sa, len, &local);
    }

    (void) pthread_mutex_unlock(&ngx_invoke_egress_mutex);

    return found;
}


/*
 * Whether "own" takes a connection to "sa"; one that is for all addresses does
 * so for all of the host's, which are looked at once: "local" is -1 before.
 */

static ngx_uint_t
ngx_invoke_egress_takes(const struct sockaddr *own, const struct sockaddr *sa,
    socklen_t len, ngx_int_t *local)
{
    ngx_invoke_egress_ip_t   mine, to, as[NGX_INVOKE_EGRESS_INSIDE];

    static const u_char  any[16];

    if (own->sa_family == AF_UNIX
        || ngx_inet_get_port((struct sockaddr *) own)
           != ngx_inet_get_port((struct sockaddr *) sa))
    {
        return 0;
    }

    (void) ngx_invoke_egress_inside(own, &mine, as);
    (void) ngx_invoke_egress_inside(sa, &to, as);

    if (ngx_memcmp(&mine, &to, sizeof(mine)) == 0) {
        return 1;
    }

    if (ngx_memcmp(mine.bytes, any, sizeof(any)) != 0) {
        return 0;
    }

    if (*local == -1) {
        *local = ngx_memcmp(to.bytes, any, sizeof(any)) == 0
                 || ngx_invoke_egress_local(sa, len);
    }

    return *local;
}
