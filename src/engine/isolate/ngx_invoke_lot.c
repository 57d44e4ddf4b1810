
#include "ngx_invoke_lot.h"
#include "ngx_invoke_clock.h"
#include "ngx_invoke_descriptors.h"
#include "ngx_invoke_metrics.h"
#include "ngx_invoke_poll.h"

#include <sys/socket.h>


/* How often it is looked whether the worker is exiting, ms. */
#define NGX_INVOKE_LOT_LOOK  500


struct ngx_invoke_lot_s {
    ngx_invoke_isolate_t     *isolate;
    ngx_queue_t               parked;   /* latest first */
    ngx_uint_t                n;
    uv_timer_t                timer;
};


typedef struct {
    ngx_queue_t               queue;
    ngx_invoke_lot_t         *lot;
    ngx_invoke_function_t    *function; /* held, with a descriptor taken */
    ngx_invoke_egress_t      *egress;   /* held */
    ngx_invoke_lot_ticket_t   ticket;
    ngx_invoke_lot_load_t     load;
    uint64_t                  until;
    int                       fd;
    uv_poll_t                 poll;     /* told when it can be read */
} ngx_invoke_lot_parked_t;


static ngx_invoke_lot_t *ngx_invoke_lot_get(ngx_invoke_isolate_t *iso);
static void ngx_invoke_lot_room(ngx_invoke_lot_t *lot,
    ngx_invoke_function_t *f);
static void ngx_invoke_lot_arm(ngx_invoke_lot_t *lot);
static void ngx_invoke_lot_on_timer(uv_timer_t *timer);
static void ngx_invoke_lot_on_news(uv_poll_t *poll, int status, int events);
static void ngx_invoke_lot_close(ngx_invoke_lot_parked_t *p);
static void ngx_invoke_lot_leave(ngx_invoke_lot_parked_t *p);
static void ngx_invoke_lot_left(uv_handle_t *handle);
static void ngx_invoke_lot_free(uv_handle_t *handle);


/* actor thread, all of this file */

static ngx_uint_t
ngx_invoke_lot_exiting(void)
{
    return __atomic_load_n(&ngx_exiting, __ATOMIC_RELAXED) != 0;
}


static ngx_invoke_lot_t *
ngx_invoke_lot_get(ngx_invoke_isolate_t *iso)
{
    uv_loop_t         *loop;
    ngx_invoke_lot_t  *lot;

    if (iso->lot != NULL) {
        return iso->lot;
    }

    loop = ngx_invoke_poll_loop(iso);
    lot = loop != NULL ? malloc(sizeof(ngx_invoke_lot_t)) : NULL;

    if (lot == NULL) {
        return NULL;
    }

    lot->isolate = iso;
    lot->n = 0;
    ngx_queue_init(&lot->parked);

    (void) uv_timer_init(loop, &lot->timer);
    lot->timer.data = lot;

    iso->lot = lot;

    return lot;
}


ngx_uint_t
ngx_invoke_lot_silent(int fd)
{
    char  byte;

    return recv(fd, &byte, 1, MSG_PEEK|MSG_DONTWAIT) == -1
           && ngx_socket_errno == NGX_EAGAIN;
}


/* The entry of a descriptor; NULL: it cannot be. */

static ngx_invoke_lot_parked_t *
ngx_invoke_lot_enter(ngx_invoke_lot_t *lot, ngx_invoke_function_t *f, int fd)
{
    ngx_invoke_lot_parked_t  *p;

    p = malloc(sizeof(ngx_invoke_lot_parked_t));
    if (p == NULL) {
        return NULL;
    }

    if (ngx_invoke_descriptors_take(f, NGX_INVOKE_DESCRIPTORS_OPENED)
        != NGX_OK)
    {
        free(p);
        return NULL;
    }

    if (ngx_invoke_poll_add(lot->isolate, fd, NULL) != 0) {
        goto failed;
    }

    if (uv_poll_init(&lot->isolate->poll->loop, &p->poll, fd) != 0) {
        ngx_invoke_poll_remove(lot->isolate, fd);
        goto failed;
    }

    p->poll.data = p;
    p->lot = lot;
    p->function = ngx_invoke_function_hold(f);
    p->fd = fd;

    ngx_queue_insert_head(&lot->parked, &p->queue);
    lot->n++;
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_EGRESS_PARKED, 1);

    return p;

failed:

    ngx_invoke_descriptors_close(f, -1);
    free(p);

    return NULL;
}


void
ngx_invoke_lot_park(ngx_invoke_context_t *ctx,
    const ngx_invoke_lot_ticket_t *ticket, int fd, ngx_invoke_lot_load_t load,
    uint64_t until)
{
    int                       copy;
    ngx_invoke_lot_t         *lot;
    ngx_invoke_function_t    *f = ctx->program->function;
    ngx_invoke_lot_parked_t  *p;

    p = NULL;
    copy = -1;

    if (!ngx_invoke_lot_exiting() && until > ngx_invoke_now()) {
        lot = ngx_invoke_lot_get(ctx->isolate);

        if (lot != NULL) {
            ngx_invoke_lot_room(lot, f);
            copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
        }

        if (copy != -1) {
            p = ngx_invoke_lot_enter(lot, f, copy);
        }
    }

    if (p == NULL) {
        ngx_invoke_lot_drop(copy, load);
        return;
    }

    p->egress = ngx_invoke_egress_hold(ctx->egress);
    p->ticket = *ticket;
    p->load = load;
    p->until = until;

    (void) uv_poll_start(&p->poll, UV_READABLE, ngx_invoke_lot_on_news);

    ngx_invoke_lot_arm(lot);
}


/* For one more of that function: those go that have waited the longest. */

static void
ngx_invoke_lot_room(ngx_invoke_lot_t *lot, ngx_invoke_function_t *f)
{
    ngx_uint_t                n;
    ngx_queue_t              *q;
    ngx_invoke_lot_parked_t  *p, *oldest;

    n = 0;
    oldest = NULL;

    for (q = ngx_queue_head(&lot->parked);
         q != ngx_queue_sentinel(&lot->parked);
         q = ngx_queue_next(q))
    {
        p = ngx_queue_data(q, ngx_invoke_lot_parked_t, queue);

        if (p->function == f) {
            oldest = p;
            n++;
        }
    }

    if (n >= NGX_INVOKE_LOT_FUNCTION) {
        ngx_invoke_lot_close(oldest);
    }

    if (lot->n >= NGX_INVOKE_LOT_SIZE) {
        q = ngx_queue_last(&lot->parked);
        ngx_invoke_lot_close(ngx_queue_data(q, ngx_invoke_lot_parked_t,
                                            queue));
    }
}


ngx_uint_t
ngx_invoke_lot_any(ngx_invoke_context_t *ctx)
{
    return ctx->isolate->lot != NULL && ctx->isolate->lot->n != 0;
}


int
ngx_invoke_lot_take(ngx_invoke_context_t *ctx,
    const ngx_invoke_lot_ticket_t *ticket, ngx_invoke_lot_load_t *load)
{
    int                       fd;
    uint64_t                  now;
    ngx_queue_t              *q, *next;
    ngx_invoke_lot_t         *lot = ctx->isolate->lot;
    ngx_invoke_lot_parked_t  *p;

    if (!ngx_invoke_lot_any(ctx)) {
        return -1;
    }

    now = ngx_invoke_now();

    for (q = ngx_queue_head(&lot->parked);
         q != ngx_queue_sentinel(&lot->parked);
         q = next)
    {
        next = ngx_queue_next(q);
        p = ngx_queue_data(q, ngx_invoke_lot_parked_t, queue);

        if (p->function != ctx->program->function
            || ngx_memcmp(&p->ticket, ticket, sizeof(ngx_invoke_lot_ticket_t))
               != 0
            || !ngx_invoke_egress_same(p->egress, ctx->egress))
        {
            continue;
        }

        if (p->until <= now || !ngx_invoke_lot_silent(p->fd)) {
            ngx_invoke_lot_close(p);
            continue;
        }

        fd = p->fd;
        *load = p->load;
        ngx_invoke_lot_leave(p);

        return fd;
    }

    return -1;
}


void
ngx_invoke_lot_renew(ngx_invoke_isolate_t *iso, ngx_invoke_function_t *f)
{
    ngx_str_t                *id;
    ngx_queue_t              *q, *next;
    ngx_invoke_lot_parked_t  *p;

    if (iso->lot == NULL) {
        return;
    }

    for (q = ngx_queue_head(&iso->lot->parked);
         q != ngx_queue_sentinel(&iso->lot->parked);
         q = next)
    {
        next = ngx_queue_next(q);
        p = ngx_queue_data(q, ngx_invoke_lot_parked_t, queue);
        id = &p->function->id;

        if (p->function != f && id->len == f->id.len
            && ngx_memcmp(id->data, f->id.data, id->len) == 0)
        {
            ngx_invoke_lot_close(p);
        }
    }
}


/* The timer is for the one whose time is over next. */

static void
ngx_invoke_lot_arm(ngx_invoke_lot_t *lot)
{
    uint64_t                  now, next;
    ngx_queue_t              *q;
    ngx_invoke_lot_parked_t  *p;

    if (lot->n == 0) {
        (void) uv_timer_stop(&lot->timer);
        return;
    }

    now = ngx_invoke_now();
    next = now + NGX_INVOKE_LOT_LOOK * 1000000;

    for (q = ngx_queue_head(&lot->parked);
         q != ngx_queue_sentinel(&lot->parked);
         q = ngx_queue_next(q))
    {
        p = ngx_queue_data(q, ngx_invoke_lot_parked_t, queue);
        next = ngx_min(next, p->until);
    }

    uv_update_time(lot->timer.loop);

    (void) uv_timer_start(&lot->timer, ngx_invoke_lot_on_timer,
                          next > now ? (next - now) / 1000000 + 1 : 0, 0);
}


static void
ngx_invoke_lot_on_timer(uv_timer_t *timer)
{
    uint64_t                  now;
    ngx_uint_t                exiting;
    ngx_queue_t              *q, *next;
    ngx_invoke_lot_t         *lot = timer->data;
    ngx_invoke_lot_parked_t  *p;

    now = ngx_invoke_now();
    exiting = ngx_invoke_lot_exiting();

    for (q = ngx_queue_head(&lot->parked);
         q != ngx_queue_sentinel(&lot->parked);
         q = next)
    {
        next = ngx_queue_next(q);
        p = ngx_queue_data(q, ngx_invoke_lot_parked_t, queue);

        if (exiting || p->until <= now) {
            ngx_invoke_lot_close(p);
        }
    }

    ngx_invoke_lot_arm(lot);
}


static void
ngx_invoke_lot_on_news(uv_poll_t *poll, int status, int events)
{
    ngx_invoke_lot_parked_t  *p = poll->data;

    if (status < 0 || !ngx_invoke_lot_silent(p->fd)) {
        ngx_invoke_lot_close(p);
    }
}


static void
ngx_invoke_lot_close(ngx_invoke_lot_parked_t *p)
{
    int                    fd = p->fd;
    ngx_invoke_lot_load_t  load = p->load;

    ngx_invoke_lot_leave(p);
    ngx_invoke_lot_drop(fd, load);
}


void
ngx_invoke_lot_drop(int fd, ngx_invoke_lot_load_t load)
{
    if (load.data != NULL) {
        load.free(load.data);
    }

    if (fd != -1) {
        (void) close(fd);
    }
}


/* Descriptor and load are the caller's from now on. */

static void
ngx_invoke_lot_leave(ngx_invoke_lot_parked_t *p)
{
    ngx_queue_remove(&p->queue);
    p->lot->n--;

    ngx_invoke_poll_remove(p->lot->isolate, p->fd);
    ngx_invoke_descriptors_close(p->function, -1);
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_EGRESS_PARKED, -1);

    ngx_invoke_function_release(p->function);
    ngx_invoke_egress_release(p->egress);

    (void) uv_poll_stop(&p->poll);
    uv_close((uv_handle_t *) &p->poll, ngx_invoke_lot_left);
}


static void
ngx_invoke_lot_left(uv_handle_t *handle)
{
    free(handle->data);
}


void
ngx_invoke_lot_end(ngx_invoke_isolate_t *iso)
{
    ngx_queue_t       *q;
    ngx_invoke_lot_t  *lot = iso->lot;

    if (lot == NULL) {
        return;
    }

    while (!ngx_queue_empty(&lot->parked)) {
        q = ngx_queue_head(&lot->parked);
        ngx_invoke_lot_close(ngx_queue_data(q, ngx_invoke_lot_parked_t,
                                            queue));
    }

    iso->lot = NULL;
    uv_close((uv_handle_t *) &lot->timer, ngx_invoke_lot_free);
}


static void
ngx_invoke_lot_free(uv_handle_t *handle)
{
    free(handle->data);
}
