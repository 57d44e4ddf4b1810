
#include "ngx_invoke_gate.h"
#include "ngx_invoke_clock.h"
#include "ngx_invoke_console.h"
#include "ngx_invoke_descriptors.h"
#include "ngx_invoke_metrics.h"

#include <uv.h>


/* Addresses whose names a context knows, and the names of one. */
#define NGX_INVOKE_GATE_NAMES  256
#define NGX_INVOKE_GATE_OF     8

/* ns for which nobody's work has the limits of an invocation. */
#define NGX_INVOKE_GATE_PERIOD  60000000000


typedef struct {
    ngx_invoke_egress_ip_t    ip;
    ngx_str_t                 name;     /* malloc'ed; NULL: free */
} ngx_invoke_gate_name_t;


struct ngx_invoke_gate_s {
    ngx_uint_t                sockets;
    ngx_invoke_egress_used_t  nobody;   /* used by no invocation */
    uint64_t                  since;    /* when that began, monotonic ns */
    ngx_uint_t                connects; /* these three: not told yet */
    ngx_uint_t                denied;
    size_t                    bytes;
    ngx_uint_t                next;     /* of the names, to be replaced */
    ngx_invoke_gate_name_t    names[NGX_INVOKE_GATE_NAMES];
};


static ngx_invoke_gate_t *ngx_invoke_gate_get(ngx_invoke_context_t *ctx);
static ngx_invoke_egress_used_t *ngx_invoke_gate_used(
    ngx_invoke_context_t *ctx, ngx_invoke_invocation_t *inv);
static ngx_uint_t ngx_invoke_gate_names(ngx_invoke_gate_t *gate,
    const struct sockaddr *sa, socklen_t len, ngx_str_t *names);
static void ngx_invoke_gate_tell(ngx_invoke_context_t *ctx,
    ngx_invoke_invocation_t *inv, const struct sockaddr *sa, socklen_t len,
    const ngx_str_t *name, ngx_invoke_egress_verdict_e verdict);


/* actor thread, all of this file */

static ngx_invoke_gate_t *
ngx_invoke_gate_get(ngx_invoke_context_t *ctx)
{
    if (ctx->gate == NULL) {
        ctx->gate = calloc(1, sizeof(ngx_invoke_gate_t));
    }

    return ctx->gate;
}


int
ngx_invoke_gate_open(ngx_invoke_context_t *ctx)
{
    ngx_invoke_gate_t  *gate;

    gate = ngx_invoke_gate_get(ctx);
    if (gate == NULL) {
        return UV_ENOMEM;
    }

    if (gate->sockets >= ngx_invoke_egress_limits(ctx->egress)->sockets
        || ngx_invoke_descriptors_take(ctx->program->function,
                                       NGX_INVOKE_DESCRIPTORS_OPENED)
           != NGX_OK)
    {
        return UV_EMFILE;
    }

    gate->sockets++;
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_EGRESS_OPEN, 1);

    return 0;
}


void
ngx_invoke_gate_close(ngx_invoke_context_t *ctx)
{
    ctx->gate->sockets--;
    ngx_invoke_descriptors_close(ctx->program->function, -1);
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_EGRESS_OPEN, -1);
}


int
ngx_invoke_gate_connect(ngx_invoke_context_t *ctx,
    ngx_invoke_invocation_t *inv, const struct sockaddr *sa, socklen_t len,
    ngx_uint_t parked)
{
    ngx_str_t                    names[NGX_INVOKE_GATE_OF];
    ngx_uint_t                   n;
    ngx_invoke_gate_t           *gate;
    ngx_invoke_egress_used_t    *used;
    ngx_invoke_egress_verdict_e  verdict;

    gate = ngx_invoke_gate_get(ctx);
    if (gate == NULL) {
        return UV_ENOMEM;
    }

    used = ngx_invoke_gate_used(ctx, inv);

    if (used->connects >= ngx_invoke_egress_limits(ctx->egress)->connects) {
        return NGX_INVOKE_EGRESS_ELIMIT;
    }

    used->connects++;

    n = ngx_invoke_gate_names(gate, sa, len, names);

    verdict = ngx_invoke_egress_check(ctx->egress, names, n, sa, len);

    if (verdict != NGX_INVOKE_EGRESS_ALLOWED) {
        gate->denied++;
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_EGRESS_DENIED, 1);
        ngx_invoke_gate_tell(ctx, inv, sa, len, n ? &names[0] : NULL, verdict);
        return NGX_INVOKE_EGRESS_EDENIED;
    }

    if (parked) {
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_EGRESS_REUSED, 1);

    } else {
        gate->connects++;
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_EGRESS_CONNECTS, 1);
    }

    return 0;
}


/* What is nobody's, as a connection that is kept, begins anew by the minute. */

static ngx_invoke_egress_used_t *
ngx_invoke_gate_used(ngx_invoke_context_t *ctx, ngx_invoke_invocation_t *inv)
{
    uint64_t            now;
    ngx_invoke_gate_t  *gate = ctx->gate;

    if (inv != NULL) {
        return &inv->egress;
    }

    now = ngx_invoke_now();

    if (now - gate->since >= NGX_INVOKE_GATE_PERIOD) {
        ngx_memzero(&gate->nobody, sizeof(gate->nobody));
        gate->since = now;
    }

    return &gate->nobody;
}


/* The names that the resolver gave the address for, the latest first. */

static ngx_uint_t
ngx_invoke_gate_names(ngx_invoke_gate_t *gate, const struct sockaddr *sa,
    socklen_t len, ngx_str_t *names)
{
    ngx_uint_t               i, n;
    ngx_invoke_gate_name_t  *known;
    ngx_invoke_egress_ip_t   ip, as[NGX_INVOKE_EGRESS_INSIDE];

    if ((sa->sa_family != AF_INET
         || len < (socklen_t) sizeof(struct sockaddr_in))
        && (sa->sa_family != AF_INET6
            || len < (socklen_t) sizeof(struct sockaddr_in6)))
    {
        return 0;
    }

    (void) ngx_invoke_egress_inside(sa, &ip, as);

    n = 0;

    for (i = 1; i <= NGX_INVOKE_GATE_NAMES && n < NGX_INVOKE_GATE_OF; i++) {
        known = &gate->names[(gate->next - i) % NGX_INVOKE_GATE_NAMES];

        if (known->name.data == NULL) {
            break;
        }

        if (ngx_memcmp(&known->ip, &ip, sizeof(ip)) == 0) {
            names[n++] = known->name;
        }
    }

    return n;
}


/* A line for the function, as the former service had it. */

static void
ngx_invoke_gate_tell(ngx_invoke_context_t *ctx, ngx_invoke_invocation_t *inv,
    const struct sockaddr *sa, socklen_t len, const ngx_str_t *name,
    ngx_invoke_egress_verdict_e verdict)
{
    u_char      buf[NGX_SOCKADDR_STRLEN + 512], *last, *end;
    size_t      n;
    ngx_str_t   text;
    u_char      address[NGX_SOCKADDR_STRLEN];

    n = 0;

    if (verdict != NGX_INVOKE_EGRESS_INVALID) {
        n = ngx_sock_ntop((struct sockaddr *) sa, len, address,
                          sizeof(address), 1);
    }

    end = buf + sizeof(buf);
    last = ngx_slprintf(buf, end, "Network policy blocked connection");

    if (name != NULL) {
        last = ngx_slprintf(last, end, " to %V (resolved to %*s)", name, n,
                            address);

    } else if (n != 0) {
        last = ngx_slprintf(last, end, " to %*s", n, address);
    }

    last = ngx_slprintf(last, end, ": %s", ngx_invoke_egress_why(verdict));

    text.data = buf;
    text.len = last - buf;

    ngx_invoke_console_tell(ctx, inv, NGX_INVOKE_CONSOLE_WARN, &text);
}


void
ngx_invoke_gate_failed(ngx_invoke_context_t *ctx)
{
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_EGRESS_FAILED, 1);
}


int
ngx_invoke_gate_bytes(ngx_invoke_context_t *ctx, ngx_invoke_invocation_t *inv,
    size_t in, size_t out)
{
    ngx_invoke_egress_used_t  *used;

    if (ngx_invoke_gate_get(ctx) == NULL) {
        return UV_ENOMEM;
    }

    if (in) {
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_EGRESS_BYTES_IN, in);
    }

    if (out) {
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_EGRESS_BYTES_OUT, out);
    }

    used = ngx_invoke_gate_used(ctx, inv);
    used->bytes += in + out;
    ctx->gate->bytes += in + out;

    return used->bytes > ngx_invoke_egress_limits(ctx->egress)->bytes
           ? NGX_INVOKE_EGRESS_ELIMIT : 0;
}


int
ngx_invoke_gate_query(ngx_invoke_context_t *ctx, ngx_invoke_invocation_t *inv)
{
    ngx_invoke_egress_used_t  *used;

    if (ngx_invoke_gate_get(ctx) == NULL) {
        return UV_ENOMEM;
    }

    used = ngx_invoke_gate_used(ctx, inv);

    if (used->dns >= ngx_invoke_egress_limits(ctx->egress)->dns) {
        return NGX_INVOKE_EGRESS_ELIMIT;
    }

    used->dns++;
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_EGRESS_DNS_QUERIES, 1);

    return 0;
}


void
ngx_invoke_gate_name(ngx_invoke_context_t *ctx, const char *name,
    const struct sockaddr *sa)
{
    u_char                  *p;
    size_t                   len;
    ngx_uint_t               i;
    ngx_invoke_gate_t       *gate;
    ngx_invoke_gate_name_t  *known;
    ngx_invoke_egress_ip_t   ip, as[NGX_INVOKE_EGRESS_INSIDE];

    gate = ngx_invoke_gate_get(ctx);
    if (gate == NULL) {
        return;
    }

    (void) ngx_invoke_egress_inside(sa, &ip, as);

    len = ngx_strlen(name);

    if (len && name[len - 1] == '.') {
        len--;
    }

    for (i = 0; i < NGX_INVOKE_GATE_NAMES; i++) {
        known = &gate->names[i];

        if (known->name.data != NULL && known->name.len == len
            && ngx_memcmp(&known->ip, &ip, sizeof(ip)) == 0
            && ngx_strncasecmp(known->name.data, (u_char *) name, len) == 0)
        {
            return;
        }
    }

    p = malloc(len + 1);
    if (p == NULL) {
        return;
    }

    ngx_strlow(p, (u_char *) name, len);

    known = &gate->names[gate->next++ % NGX_INVOKE_GATE_NAMES];

    free(known->name.data);

    known->ip = ip;
    known->name.data = p;
    known->name.len = len;
}


void
ngx_invoke_gate_account(ngx_invoke_context_t *ctx)
{
    ngx_invoke_gate_t  *gate = ctx->gate;

    if (gate == NULL || gate->connects + gate->denied + gate->bytes == 0) {
        return;
    }

    ngx_invoke_metrics_egress(&ctx->program->function->id, gate->connects,
                              gate->denied, gate->bytes);

    gate->connects = 0;
    gate->denied = 0;
    gate->bytes = 0;
}


ngx_msec_t
ngx_invoke_gate_timeout(ngx_invoke_context_t *ctx)
{
    return ngx_invoke_egress_limits(ctx->egress)->timeout;
}


void
ngx_invoke_gate_free(ngx_invoke_context_t *ctx)
{
    ngx_uint_t  i;

    ngx_invoke_gate_account(ctx);

    if (ctx->gate != NULL) {
        for (i = 0; i < NGX_INVOKE_GATE_NAMES; i++) {
            free(ctx->gate->names[i].name.data);
        }

        free(ctx->gate);
    }

    if (ctx->egress != NULL) {
        ngx_invoke_egress_release(ctx->egress);
    }
}
