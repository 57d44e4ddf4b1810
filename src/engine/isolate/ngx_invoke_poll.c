
#include "ngx_invoke_poll.h"

#include <poll.h>


/* What stands in the table of descriptors beside their numbers. */
#define NGX_INVOKE_POLL_FREE  (-1)
#define NGX_INVOKE_POLL_BUSY  (-2)      /* it is being shut down */

/* Turns in which what is closed has to be over. */
#define NGX_INVOKE_POLL_TURNS  3


static void ngx_invoke_poll_wake(void *data);
static void ngx_invoke_poll_awake(uv_async_t *async);


ngx_uint_t  ngx_invoke_poll_listens;


void
ngx_invoke_poll_init(void)
{
    (void) setenv("UV_USE_IO_URING", "0", 1);
}


/* actor thread */

uv_loop_t *
ngx_invoke_poll_loop(ngx_invoke_isolate_t *iso)
{
    ngx_uint_t          i;
    ngx_invoke_poll_t  *poll;

    if (iso->poll != NULL) {
        return &iso->poll->loop;
    }

    poll = malloc(sizeof(ngx_invoke_poll_t));
    if (poll == NULL) {
        return NULL;
    }

    if (uv_loop_init(&poll->loop) != 0) {
        free(poll);
        return NULL;
    }

    if (uv_async_init(&poll->loop, &poll->async, ngx_invoke_poll_awake) != 0) {
        (void) uv_loop_close(&poll->loop);
        free(poll);
        return NULL;
    }

    poll->nfds = 0;

    for (i = 0; i < NGX_INVOKE_POLL_FDS; i++) {
        poll->fds[i].fd = NGX_INVOKE_POLL_FREE;
    }

    iso->mailbox->data = poll;
    iso->mailbox->wake = ngx_invoke_poll_wake;

    __atomic_store_n(&iso->poll, poll, __ATOMIC_RELEASE);

    return &poll->loop;
}


/* any thread */

static void
ngx_invoke_poll_wake(void *data)
{
    ngx_invoke_poll_t  *poll = data;

    (void) uv_async_send(&poll->async);
}


/* actor thread */

static void
ngx_invoke_poll_awake(uv_async_t *async)
{
    /* the mail is looked for in any case */
}


/* actor thread */

int
ngx_invoke_poll_add(ngx_invoke_isolate_t *iso, int fd, const int32_t *owner)
{
    ngx_uint_t          i;
    ngx_invoke_poll_t  *poll = iso->poll;

    if (poll->nfds == NGX_INVOKE_POLL_FDS) {
        return UV_EMFILE;
    }

    for (i = 0; poll->fds[i].fd != NGX_INVOKE_POLL_FREE; i++) { /* void */ }

    poll->fds[i].owner = owner;
    __atomic_store_n(&poll->fds[i].fd, fd, __ATOMIC_RELEASE);
    poll->nfds++;

    return 0;
}


/* actor thread */

void
ngx_invoke_poll_remove(ngx_invoke_isolate_t *iso, int fd)
{
    int                 expected;
    ngx_uint_t          i;
    ngx_invoke_poll_t  *poll = iso->poll;

    i = 0;

    while (i < NGX_INVOKE_POLL_FDS) {
        expected = fd;

        if (__atomic_compare_exchange_n(&poll->fds[i].fd, &expected,
                                        NGX_INVOKE_POLL_FREE, 0,
                                        __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
        {
            poll->nfds--;
            return;
        }

        if (expected == NGX_INVOKE_POLL_BUSY) {

            /* The event loop is between its two steps. */
            ngx_sched_yield();
            continue;
        }

        i++;
    }
}


/* actor thread */

void
ngx_invoke_poll_run(ngx_invoke_isolate_t *iso)
{
    if (iso->poll != NULL) {
        (void) uv_run(&iso->poll->loop, UV_RUN_NOWAIT);
    }
}


/* actor thread */

ngx_uint_t
ngx_invoke_poll_wait(ngx_invoke_isolate_t *iso, int64_t ns, ngx_uint_t *io)
{
    int               n, ms;
    ngx_uint_t        told;
    struct pollfd     pfd;
    struct timespec   ts, *timeout;

    if (iso->poll == NULL) {
        return ngx_invoke_mailbox_wait(iso->mailbox, ns);
    }

    /* What JavaScript has asked for goes to the kernel by this. */

    told = iso->told;
    ngx_invoke_poll_run(iso);

    if (iso->told != told) {
        *io = 1;
        return 0;
    }

    ms = uv_backend_timeout(&iso->poll->loop);

    if (ms >= 0 && (ns < 0 || (int64_t) ms * 1000000 < ns)) {
        ns = (int64_t) ms * 1000000;
        *io = 1;
    }

    n = -1;

    if (ngx_invoke_mailbox_sleep(iso->mailbox)) {
        timeout = NULL;

        if (ns >= 0) {
            ts.tv_sec = ns / 1000000000;
            ts.tv_nsec = ns % 1000000000;
            timeout = &ts;
        }

        pfd.fd = uv_backend_fd(&iso->poll->loop);
        pfd.events = POLLIN;

        n = ppoll(&pfd, 1, timeout, NULL);
    }

    ngx_invoke_mailbox_awake(iso->mailbox);

    if (!ngx_invoke_mailbox_empty(iso->mailbox)) {
        *io = 0;
        return 0;
    }

    if (n > 0) {
        *io = 1;
    }

    return n == 0 && !*io;
}


/* actor thread */

void
ngx_invoke_poll_end(ngx_invoke_isolate_t *iso)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_INVOKE_POLL_TURNS; i++) {
        ngx_invoke_poll_run(iso);
    }
}


void
ngx_invoke_poll_free(ngx_invoke_isolate_t *iso)
{
    ngx_invoke_poll_t  *poll = iso->poll;

    if (poll == NULL) {
        return;
    }

    /* A mail may have woken the thread up until it was joined. */

    uv_close((uv_handle_t *) &poll->async, NULL);
    (void) uv_run(&poll->loop, UV_RUN_NOWAIT);

    if (uv_loop_close(&poll->loop) != 0) {
        ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, 0,
                      "invoke: an isolate has left something in its loop");
        return;
    }

    free(poll);
}


void
ngx_invoke_poll_shutdown(ngx_invoke_isolate_t *iso, int32_t owner)
{
    int                    fd;
    ngx_uint_t             i;
    ngx_invoke_poll_t     *poll;
    ngx_invoke_poll_fd_t  *entry;

    poll = __atomic_load_n(&iso->poll, __ATOMIC_ACQUIRE);

    if (poll == NULL) {
        return;
    }

    for (i = 0; i < NGX_INVOKE_POLL_FDS; i++) {
        entry = &poll->fds[i];
        fd = __atomic_load_n(&entry->fd, __ATOMIC_ACQUIRE);

        if (fd < 0
            || !__atomic_compare_exchange_n(&entry->fd, &fd,
                                            NGX_INVOKE_POLL_BUSY, 0,
                                            __ATOMIC_SEQ_CST,
                                            __ATOMIC_RELAXED))
        {
            continue;
        }

        /* As long as it is busy, its owner stays where it is. */

        if (owner == NGX_INVOKE_POLL_ALL
            || (entry->owner != NULL
                && __atomic_load_n(entry->owner, __ATOMIC_RELAXED) == owner))
        {
            (void) shutdown(fd, SHUT_RDWR);
        }

        __atomic_store_n(&entry->fd, fd, __ATOMIC_RELEASE);
    }
}
