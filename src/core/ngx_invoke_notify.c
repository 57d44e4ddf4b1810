
#include "ngx_invoke_notify.h"

#include <sys/eventfd.h>


static void ngx_invoke_notify_read(ngx_event_t *ev);


ngx_int_t
ngx_invoke_notify_init(ngx_invoke_notify_t *n, ngx_invoke_notify_pt handler,
    void *data, ngx_cycle_t *cycle)
{
    ngx_connection_t  *c;

    n->handler = handler;
    n->data = data;
    n->signalled = 0;

    n->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (n->fd == -1) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, ngx_errno,
                      "invoke: eventfd() failed");
        return NGX_ERROR;
    }

    c = ngx_get_connection(n->fd, cycle->log);
    if (c == NULL) {
        (void) close(n->fd);
        return NGX_ERROR;
    }

    /* A channel is not looked for among the open sockets at exit. */

    c->data = n;
    c->read->channel = 1;
    c->write->channel = 1;
    c->read->handler = ngx_invoke_notify_read;
    c->read->log = cycle->log;
    c->write->log = cycle->log;

    n->connection = c;

    if (ngx_add_event(c->read, NGX_READ_EVENT, 0) != NGX_OK) {
        ngx_invoke_notify_done(n);
        return NGX_ERROR;
    }

    return NGX_OK;
}


void
ngx_invoke_notify_done(ngx_invoke_notify_t *n)
{
    ngx_connection_t  *c = n->connection;

    if (c->read->active) {
        (void) ngx_del_event(c->read, NGX_READ_EVENT, 0);
    }

    if (c->read->posted) {
        ngx_delete_posted_event(c->read);
    }

    ngx_free_connection(c);
    c->fd = (ngx_socket_t) -1;

    (void) close(n->fd);
}


void
ngx_invoke_notify_signal(ngx_invoke_notify_t *n)
{
    uint64_t  one = 1;

    if (__atomic_exchange_n(&n->signalled, 1, __ATOMIC_SEQ_CST) == 0) {
        (void) !write(n->fd, &one, sizeof(one));
    }
}


static void
ngx_invoke_notify_read(ngx_event_t *ev)
{
    uint64_t              count;
    ngx_connection_t     *c;
    ngx_invoke_notify_t  *n;

    c = ev->data;
    n = c->data;

    (void) !read(n->fd, &count, sizeof(count));

    /* Before the messages are taken: a later push signals again. */

    __atomic_store_n(&n->signalled, 0, __ATOMIC_SEQ_CST);

    n->handler(n->data);
}
