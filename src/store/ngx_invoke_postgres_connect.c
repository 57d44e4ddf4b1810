
#include "ngx_invoke_postgres_connect.h"
#include "ngx_invoke_metrics.h"


#define NGX_INVOKE_POSTGRES_PARAMS      64      /* of connecting */

#define NGX_INVOKE_POSTGRES_STR(n)      NGX_INVOKE_POSTGRES_STR_(n)
#define NGX_INVOKE_POSTGRES_STR_(n)     #n


static void ngx_invoke_postgres_found(ngx_invoke_postgres_lookup_t *lookup);
static void ngx_invoke_postgres_shuffle(ngx_invoke_postgres_lookup_t *lookup);
static PGconn *ngx_invoke_postgres_start(ngx_invoke_postgres_address_t *address,
    const char *session);
static void ngx_invoke_postgres_step(ngx_invoke_postgres_connection_t *pc);
static void ngx_invoke_postgres_setup(ngx_invoke_postgres_connection_t *pc);
static ngx_int_t ngx_invoke_postgres_attach(
    ngx_invoke_postgres_connection_t *pc, ngx_uint_t write);
static void ngx_invoke_postgres_detach(ngx_invoke_postgres_connection_t *pc);
static void ngx_invoke_postgres_event(ngx_event_t *ev);


void
ngx_invoke_postgres_begin(ngx_invoke_postgres_connection_t *pc)
{
    ngx_invoke_postgres_t  *pgs;

    pgs = &ngx_invoke_postgres;

    pc->state = NGX_INVOKE_POSTGRES_LOOKUP;
    pc->cause[0] = '\0';

    /* one that was too slow for the last attempt may do for this one */

    if (pc->lookup == NULL) {
        pc->lookup = ngx_invoke_postgres_lookup(pgs->conf, pgs->pool,
                                                pgs->log,
                                                ngx_invoke_postgres_found, pc);
    }

    if (pc->lookup == NULL) {
        ngx_invoke_postgres_fail(pc, "no host could be looked up");
        return;
    }

    /* a resolver's own time-outs are far longer */

    ngx_add_timer(&pc->timer, pgs->conf->connect_timeout);
}


static void
ngx_invoke_postgres_found(ngx_invoke_postgres_lookup_t *lookup)
{
    ngx_invoke_postgres_connection_t *pc = lookup->data;

    if (pc->state != NGX_INVOKE_POSTGRES_LOOKUP || pc->failed) {
        pc->lookup = NULL;
        free(lookup);
        return;
    }

    if (lookup->n == 0) {
        ngx_invoke_postgres_fail(pc, lookup->error);
        return;
    }

    if (ngx_invoke_postgres.conf->shuffle) {
        ngx_invoke_postgres_shuffle(lookup);
    }

    pc->state = NGX_INVOKE_POSTGRES_CONNECT;
    pc->next = 0;

    ngx_invoke_postgres_try(pc);
}


static void
ngx_invoke_postgres_shuffle(ngx_invoke_postgres_lookup_t *lookup)
{
    ngx_uint_t                     i, j;
    ngx_invoke_postgres_address_t  address;

    for (i = lookup->n - 1; i > 0; i--) {
        j = (ngx_uint_t) ngx_random() % (i + 1);

        address = lookup->addresses[i];
        lookup->addresses[i] = lookup->addresses[j];
        lookup->addresses[j] = address;
    }
}


/* "prefer-standby" is two rounds, as with libpq. */

ngx_uint_t
ngx_invoke_postgres_attempts(ngx_invoke_postgres_connection_t *pc)
{
    const char  *session;

    session = ngx_invoke_postgres.conf->session;

    if (session && strcmp(session, "prefer-standby") == 0) {
        return pc->lookup->n * 2;
    }

    return pc->lookup->n;
}


/*
 * The next address. libpq would go on to it when a server refuses, but not
 * when it is silent.
 */

void
ngx_invoke_postgres_try(ngx_invoke_postgres_connection_t *pc)
{
    const char                    *session;
    ngx_invoke_postgres_conf_t    *conf;
    ngx_invoke_postgres_lookup_t  *lookup;

    conf = ngx_invoke_postgres.conf;
    lookup = pc->lookup;
    session = conf->session;

    if (ngx_invoke_postgres_attempts(pc) != lookup->n) {
        session = (pc->next < lookup->n) ? "standby" : "any";
    }

    pc->pg = ngx_invoke_postgres_start(
                       &lookup->addresses[pc->next++ % lookup->n], session);

    if (pc->pg == NULL || PQstatus(pc->pg) == CONNECTION_BAD) {
        ngx_invoke_postgres_fail(pc, PQerrorMessage(pc->pg));
        return;
    }

    (void) PQsetNoticeReceiver(pc->pg, ngx_invoke_postgres_notice, pc);

    ngx_add_timer(&pc->timer, conf->connect_timeout);

    /* it is to be looked at as though it had asked to write */

    if (ngx_invoke_postgres_attach(pc, 1) != NGX_OK) {
        ngx_invoke_postgres_fail(pc, "no connection is free");
    }
}


static PGconn *
ngx_invoke_postgres_start(ngx_invoke_postgres_address_t *address,
    const char *session)
{
    ngx_uint_t                   i, n;
    const char                  *keywords[NGX_INVOKE_POSTGRES_PARAMS];
    const char                  *values[NGX_INVOKE_POSTGRES_PARAMS];
    ngx_invoke_postgres_conf_t  *conf;

    conf = ngx_invoke_postgres.conf;

    keywords[0] = "host";
    values[0] = address->host->host;
    keywords[1] = "hostaddr";
    values[1] = address->hostaddr[0] ? address->hostaddr : NULL;
    keywords[2] = "port";
    values[2] = address->host->port;
    keywords[3] = "target_session_attrs";
    values[3] = session;

    n = 4;

    for (i = 0; i < conf->n && n < NGX_INVOKE_POSTGRES_PARAMS - 1; i++) {
        keywords[n] = conf->keywords[i];
        values[n++] = conf->values[i];
    }

    keywords[n] = NULL;
    values[n] = NULL;

    return PQconnectStartParams(keywords, values, 0);
}


/*
 * libpq may close its socket and make another one of the same number: what
 * is registered goes before, and comes back after.
 */

static void
ngx_invoke_postgres_step(ngx_invoke_postgres_connection_t *pc)
{
    PostgresPollingStatusType  status;

    ngx_invoke_postgres_detach(pc);

    status = PQconnectPoll(pc->pg);

    if (status == PGRES_POLLING_FAILED) {
        ngx_invoke_postgres_fail(pc, PQerrorMessage(pc->pg));
        return;
    }

    if (ngx_invoke_postgres_attach(pc, status == PGRES_POLLING_WRITING)
        != NGX_OK)
    {
        ngx_invoke_postgres_fail(pc, "no connection is free");
        return;
    }

    if (status == PGRES_POLLING_OK) {
        ngx_invoke_postgres_setup(pc);
    }
}


static void
ngx_invoke_postgres_setup(ngx_invoke_postgres_connection_t *pc)
{
    u_char              text[256];
    const char *const  *channel;

    pc->state = NGX_INVOKE_POSTGRES_SETUP;

    if (PQsetnonblocking(pc->pg, 1) != 0 || PQenterPipelineMode(pc->pg) != 1) {
        ngx_invoke_postgres_fail(pc, PQerrorMessage(pc->pg));
        return;
    }

    /* PgBouncer refuses them when they come with the connection */

    ngx_invoke_postgres_command(pc, NGX_INVOKE_POSTGRES_OP_SET,
        "SELECT set_config('statement_timeout', '"
        NGX_INVOKE_POSTGRES_STR(NGX_INVOKE_POSTGRES_STATEMENT_TIMEOUT)
        "', false), set_config('lock_timeout', '"
        NGX_INVOKE_POSTGRES_STR(NGX_INVOKE_POSTGRES_LOCK_TIMEOUT)
        "', false)");

    if (pc->index != 0) {
        return;
    }

    for (channel = ngx_invoke_postgres.channels; *channel; channel++) {
        *ngx_snprintf(text, sizeof(text) - 1, "LISTEN \"%s\"", *channel) = '\0';

        ngx_invoke_postgres_command(pc, NGX_INVOKE_POSTGRES_OP_LISTEN,
                                    (char *) text);
    }
}


static ngx_int_t
ngx_invoke_postgres_attach(ngx_invoke_postgres_connection_t *pc,
    ngx_uint_t write)
{
    ngx_connection_t  *c;

    pc->fd = PQsocket(pc->pg);

    if (pc->fd == (ngx_socket_t) -1) {
        return NGX_ERROR;
    }

    c = ngx_get_connection(pc->fd, ngx_invoke_postgres.log);

    if (c == NULL) {
        return NGX_ERROR;
    }

    c->data = pc;
    c->read->handler = ngx_invoke_postgres_event;
    c->write->handler = ngx_invoke_postgres_event;
    c->read->log = c->log;
    c->write->log = c->log;

    pc->connection = c;

    return write ? ngx_add_event(c->write, NGX_WRITE_EVENT, 0)
                 : ngx_add_event(c->read, NGX_READ_EVENT, 0);
}


/*
 * The socket is libpq's. Once it has closed it the kernel has forgotten it,
 * and its number may be another thread's file by now.
 */

static void
ngx_invoke_postgres_detach(ngx_invoke_postgres_connection_t *pc)
{
    ngx_uint_t         flags;
    ngx_connection_t  *c;

    c = pc->connection;

    if (c == NULL) {
        return;
    }

    flags = (PQsocket(pc->pg) == pc->fd) ? 0 : NGX_CLOSE_EVENT;

    if (c->read->active) {
        (void) ngx_del_event(c->read, NGX_READ_EVENT, flags);
    }

    if (c->write->active) {
        (void) ngx_del_event(c->write, NGX_WRITE_EVENT, flags);
    }

    if (c->read->posted) {
        ngx_delete_posted_event(c->read);
    }

    if (c->write->posted) {
        ngx_delete_posted_event(c->write);
    }

    ngx_free_connection(c);
    c->fd = (ngx_socket_t) -1;

    pc->connection = NULL;
    pc->fd = (ngx_socket_t) -1;
}


static void
ngx_invoke_postgres_event(ngx_event_t *ev)
{
    ngx_connection_t                  *c;
    ngx_invoke_postgres_connection_t  *pc;

    c = ev->data;
    pc = c->data;

    if (pc->failed) {
        return;
    }

    if (pc->state == NGX_INVOKE_POSTGRES_CONNECT) {
        ngx_invoke_postgres_step(pc);
        return;
    }

    if (ev->write) {
        ngx_invoke_postgres_flush(pc);
        return;
    }

    ngx_invoke_postgres_read(pc);
}


/* Nothing of the connection is left but what it carried, in "ops". */

void
ngx_invoke_postgres_close(ngx_invoke_postgres_connection_t *pc,
    ngx_queue_t *ops)
{
    ngx_invoke_postgres_t  *pgs;

    pgs = &ngx_invoke_postgres;

    ngx_invoke_postgres_detach(pc);

    PQfinish(pc->pg);
    pc->pg = NULL;

    if (pc->state == NGX_INVOKE_POSTGRES_READY) {
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_POSTGRES_CONNECTIONS, -1);

        if (--pgs->ready == 0) {
            ngx_invoke_metrics_add(NGX_INVOKE_METRIC_POSTGRES_CONNECTED, -1);
        }
    }

    if (pc->listening) {
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_POSTGRES_LISTENING, -1);
    }

    if (pc->timer.timer_set) {
        ngx_del_timer(&pc->timer);
    }

    if (pc->failure.posted) {
        ngx_delete_posted_event(&pc->failure);
    }

    free(pc->statements);
    pc->statements = NULL;
    pc->nstatements = 0;

    pc->load = 0;
    pc->cause[0] = '\0';
    pc->failed = 0;
    pc->frozen = 0;
    pc->listening = 0;
    pc->deaf = 0;

    if (ops == NULL) {

        /* an attempt has only operations of its own; others follow */

        ngx_invoke_postgres_drop(&pc->ops);
        return;
    }

    if (!ngx_queue_empty(&pc->ops)) {
        ngx_queue_add(ops, &pc->ops);
        ngx_queue_init(&pc->ops);
    }

    if (pc->lookup && !pc->lookup->busy) {
        free(pc->lookup);
        pc->lookup = NULL;
    }

    pc->state = NGX_INVOKE_POSTGRES_IDLE;
}
