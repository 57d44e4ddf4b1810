
#include "ngx_invoke_postgres_address.h"


static void ngx_invoke_postgres_lookup_job(void *data, ngx_log_t *log);
static void ngx_invoke_postgres_lookup_host(
    ngx_invoke_postgres_lookup_t *lookup, ngx_invoke_postgres_host_t *host);
static void ngx_invoke_postgres_lookup_done(ngx_event_t *ev);


ngx_invoke_postgres_lookup_t *
ngx_invoke_postgres_lookup(ngx_invoke_postgres_conf_t *conf,
    ngx_thread_pool_t *pool, ngx_log_t *log,
    void (*handler)(ngx_invoke_postgres_lookup_t *lookup), void *data)
{
    ngx_invoke_postgres_lookup_t  *lookup;

    lookup = calloc(1, sizeof(ngx_invoke_postgres_lookup_t));
    if (lookup == NULL) {
        return NULL;
    }

    lookup->conf = conf;
    lookup->handler = handler;
    lookup->data = data;

    lookup->task.ctx = lookup;
    lookup->task.handler = ngx_invoke_postgres_lookup_job;
    lookup->task.event.data = lookup;
    lookup->task.event.handler = ngx_invoke_postgres_lookup_done;
    lookup->task.event.log = log;

    if (ngx_thread_task_post(pool, &lookup->task) != NGX_OK) {
        free(lookup);
        return NULL;
    }

    lookup->busy = 1;

    return lookup;
}


void
ngx_invoke_postgres_lookup_cancel(ngx_invoke_postgres_lookup_t *lookup)
{
    lookup->handler = NULL;
}


/* thread pool */

static void
ngx_invoke_postgres_lookup_job(void *data, ngx_log_t *log)
{
    ngx_invoke_postgres_lookup_t *lookup = data;

    ngx_uint_t                      i;
    ngx_invoke_postgres_host_t     *host;
    ngx_invoke_postgres_address_t  *address;

    host = lookup->conf->hosts.elts;

    for (i = 0; i < lookup->conf->hosts.nelts; i++) {

        /* a socket's path, or what libpq takes when there is no name */

        if (host[i].hostaddr || host[i].host == NULL
            || host[i].host[0] == '/' || host[i].host[0] == '@')
        {
            if (lookup->n == NGX_INVOKE_POSTGRES_ADDRESSES) {
                return;
            }

            address = &lookup->addresses[lookup->n++];
            address->host = &host[i];

            if (host[i].hostaddr) {
                (void) ngx_cpystrn((u_char *) address->hostaddr,
                                   (u_char *) host[i].hostaddr, NI_MAXHOST);
            }

            continue;
        }

        ngx_invoke_postgres_lookup_host(lookup, &host[i]);
    }
}


/* thread pool */

static void
ngx_invoke_postgres_lookup_host(ngx_invoke_postgres_lookup_t *lookup,
    ngx_invoke_postgres_host_t *host)
{
    int                             rc;
    struct addrinfo                 hints, *res, *ai;
    ngx_invoke_postgres_address_t  *address;

    ngx_memzero(&hints, sizeof(struct addrinfo));
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;

    rc = getaddrinfo(host->host, NULL, &hints, &res);

    if (rc != 0) {
        (void) snprintf(lookup->error, sizeof(lookup->error),
                        "host name \"%.128s\" could not be resolved: %s",
                        host->host, gai_strerror(rc));
        return;
    }

    for (ai = res; ai && lookup->n < NGX_INVOKE_POSTGRES_ADDRESSES;
         ai = ai->ai_next)
    {
        address = &lookup->addresses[lookup->n];
        address->host = host;

        if (getnameinfo(ai->ai_addr, ai->ai_addrlen, address->hostaddr,
                        NI_MAXHOST, NULL, 0, NI_NUMERICHOST)
            == 0)
        {
            lookup->n++;
        }
    }

    freeaddrinfo(res);
}


static void
ngx_invoke_postgres_lookup_done(ngx_event_t *ev)
{
    ngx_invoke_postgres_lookup_t *lookup = ev->data;

    lookup->busy = 0;

    if (lookup->handler == NULL) {
        free(lookup);
        return;
    }

    lookup->handler(lookup);
}
