
#include "ngx_invoke_store.h"
#include "ngx_invoke_escape.h"
#include "ngx_invoke_metadata.h"
#include "ngx_invoke_metrics.h"
#include "ngx_invoke_table.h"
#include "ngx_invoke_version.h"


#define NGX_INVOKE_STORE_MAX        4096    /* entries of a list */
#define NGX_INVOKE_STORE_NEGATIVE   10000   /* ms, of what does not exist */
#define NGX_INVOKE_STORE_PATIENCE   1000    /* ms, for news of what is known */
#define NGX_INVOKE_STORE_DEADLINE   5000    /* ms, for what is not */
#define NGX_INVOKE_STORE_POLL       5       /* ms, while another worker asks */
#define NGX_INVOKE_STORE_RETRY      1000    /* ms, after a failure */
#define NGX_INVOKE_STORE_TOUCH      1000    /* ms, uses told to the zone */


typedef struct {
    ngx_invoke_table_entry_t      entry;    /* the 16 bytes of the id */
    u_char                        uuid[NGX_INVOKE_UUID];
    char                          text[NGX_INVOKE_UUID_TEXT + 1];

    /* the record */

    ngx_invoke_record_t          *record;   /* NULL: nothing is known */
    ngx_invoke_record_state_t     state;
    ngx_atomic_uint_t             changes;  /* of the zone, then */
    ngx_msec_t                    looked;
    ngx_queue_t                   waiting;  /* lookups */
    ngx_queue_t                   polling;  /* of the store's list */
    ngx_msec_t                    refused;  /* when asking was in vain */
    uint64_t                      generation;
    const char                   *values[1];
    ngx_invoke_postgres_query_t   query;
    unsigned                      asks:1;   /* the query is under way */
    unsigned                      polls:1;
    unsigned                      vain:1;   /* refused is set */
    unsigned                      told:1;   /* a change was: fetch at once */

    ngx_invoke_version_t          version;
    ngx_queue_t                   versions; /* lookups that wait for it */

    ngx_uint_t                    held;     /* its lookups are being told */
} ngx_invoke_store_entry_t;


typedef struct {
    ngx_invoke_table_t            table;
    ngx_invoke_table_list_t       active;   /* has been callable */
    ngx_invoke_table_list_t       absent;
    ngx_queue_t                   polling;
    ngx_event_t                   poll;
    const ngx_invoke_store_conf_t  *conf;   /* NULL: there is no store */
    ngx_log_t                    *log;
} ngx_invoke_store_t;


static void ngx_invoke_store_notify(const char *channel, const char *payload);
static void ngx_invoke_store_listening(void);
static ngx_invoke_store_entry_t *ngx_invoke_store_entry(const u_char *uuid);
static void ngx_invoke_store_spare(void *data);
static void ngx_invoke_store_forget(void *data);
static ngx_uint_t ngx_invoke_store_fresh(ngx_invoke_store_entry_t *entry);
static ngx_msec_t ngx_invoke_store_age(ngx_invoke_store_entry_t *entry);
static ngx_msec_t ngx_invoke_store_time(ngx_invoke_store_entry_t *entry);
static void ngx_invoke_store_look(ngx_invoke_store_entry_t *entry);
static void ngx_invoke_store_set(ngx_invoke_store_entry_t *entry,
    ngx_invoke_record_t *record);
static ngx_int_t ngx_invoke_store_ask(ngx_invoke_store_entry_t *entry);
static void ngx_invoke_store_answered(ngx_invoke_postgres_query_t *query);
static void ngx_invoke_store_poll(ngx_event_t *ev);
static void ngx_invoke_store_settle(ngx_invoke_store_entry_t *entry);
static ngx_int_t ngx_invoke_store_answer(ngx_invoke_store_lookup_t *lookup,
    ngx_invoke_store_entry_t *entry);
static void ngx_invoke_store_versions(ngx_invoke_version_t *version);
static ngx_int_t ngx_invoke_store_give(ngx_invoke_store_lookup_t *lookup,
    ngx_invoke_store_entry_t *entry);
static void ngx_invoke_store_wake(ngx_queue_t *queue,
    ngx_invoke_store_entry_t *entry,
    ngx_int_t (*answer)(ngx_invoke_store_lookup_t *lookup,
    ngx_invoke_store_entry_t *entry));


static ngx_invoke_store_t  ngx_invoke_store;


static const char *const  ngx_invoke_store_channels[] = {
    "execution_cache_invalidated",
    "execution_settings_invalidated",
    NULL
};


static const ngx_invoke_postgres_listener_t  ngx_invoke_store_listener = {
    ngx_invoke_store_notify,
    ngx_invoke_store_listening
};


void
ngx_invoke_store_init(const ngx_invoke_store_conf_t *conf,
    ngx_shm_zone_t *zone, ngx_thread_pool_t *pool, ngx_cycle_t *cycle)
{
    ngx_invoke_store_t  *store;

    store = &ngx_invoke_store;

    ngx_invoke_table_init(&store->table, NGX_INVOKE_STORE_MAX,
                          ngx_invoke_store_spare);
    ngx_invoke_table_list(&store->active);
    ngx_invoke_table_list(&store->absent);
    ngx_queue_init(&store->polling);

    store->conf = conf;
    store->log = cycle->log;

    store->poll.handler = ngx_invoke_store_poll;
    store->poll.data = store;
    store->poll.log = cycle->log;
    store->poll.cancelable = 1;

    ngx_invoke_record_attach(zone);

    if (ngx_invoke_postgres_init(conf->postgres, ngx_invoke_store_channels,
                                 &ngx_invoke_store_listener, pool, cycle)
        != NGX_OK)
    {
        ngx_log_error(NGX_LOG_ALERT, cycle->log, 0,
                      "invoke: this worker has no connection to PostgreSQL");
    }
}


void
ngx_invoke_store_exit(void)
{
    ngx_invoke_store_t  *store;

    store = &ngx_invoke_store;

    if (store->conf == NULL) {
        return;
    }

    ngx_invoke_table_each(&store->active, ngx_invoke_store_forget);
    ngx_invoke_table_each(&store->absent, ngx_invoke_store_forget);

    if (store->poll.timer_set) {
        ngx_del_timer(&store->poll);
    }

    ngx_invoke_postgres_exit();

    store->conf = NULL;
}


ngx_int_t
ngx_invoke_store_find(ngx_invoke_store_lookup_t *lookup, ngx_str_t *id)
{
    u_char                     uuid[NGX_INVOKE_UUID];
    ngx_invoke_store_entry_t  *entry;

    if (ngx_invoke_record_uuid(id, uuid) != NGX_OK) {
        lookup->failed = "it is no UUID of version 4";
        return NGX_DECLINED;
    }

    entry = ngx_invoke_store_entry(uuid);
    if (entry == NULL) {
        return NGX_ERROR;
    }

    ngx_invoke_store_look(entry);

    if (ngx_invoke_store_fresh(entry)) {
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_METADATA_HITS, 1);

        /* nobody shall have to wait for it later */

        if (entry->record->active
            && ngx_invoke_store_age(entry) > ngx_invoke_store_time(entry) / 2)
        {
            (void) ngx_invoke_store_ask(entry);
        }

        return ngx_invoke_store_answer(lookup, entry);
    }

    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_METADATA_MISSES, 1);

    if (ngx_invoke_store_ask(entry) != NGX_OK) {
        return ngx_invoke_store_answer(lookup, entry);
    }

    ngx_queue_insert_tail(&entry->waiting, &lookup->queue);
    lookup->waiting = 1;

    return NGX_AGAIN;
}


ngx_int_t
ngx_invoke_store_version(ngx_invoke_store_lookup_t *lookup)
{
    ngx_int_t                  rc;
    ngx_invoke_store_entry_t  *entry;

    entry = ngx_invoke_store_entry(lookup->record->uuid);
    if (entry == NULL) {
        return NGX_ERROR;
    }

    if (entry->record == NULL) {
        ngx_invoke_store_set(entry, ngx_invoke_record_hold(lookup->record));
    }

    rc = ngx_invoke_store_give(lookup, entry);

    if (rc == NGX_AGAIN) {
        ngx_queue_insert_tail(&entry->versions, &lookup->queue);
        lookup->waiting = 1;
    }

    return rc;
}


void
ngx_invoke_store_cancel(ngx_invoke_store_lookup_t *lookup)
{
    if (lookup->waiting) {
        ngx_queue_remove(&lookup->queue);
        lookup->waiting = 0;
    }
}


static void
ngx_invoke_store_notify(const char *channel, const char *payload)
{
    ngx_invoke_store_entry_t      *entry;
    ngx_invoke_metadata_change_t   change;

    ngx_invoke_metadata_change(channel, payload, &change, ngx_invoke_store.log);

    switch (change.of) {

    case NGX_INVOKE_METADATA_NOTHING:
        break;

    case NGX_INVOKE_METADATA_ALL:
        ngx_invoke_record_invalidate_all();
        break;

    case NGX_INVOKE_METADATA_PROJECT:
        ngx_invoke_record_invalidate_project(change.uuid);
        break;

    case NGX_INVOKE_METADATA_FUNCTION:

        if (!ngx_invoke_record_invalidate(change.uuid)) {
            break;
        }

        /* what it is now is asked, and fetched, before a request comes */

        entry = ngx_invoke_store_entry(change.uuid);

        if (entry) {
            entry->told = 1;
            ngx_invoke_store_look(entry);
            (void) ngx_invoke_store_ask(entry);
        }
    }
}


static void
ngx_invoke_store_listening(void)
{
    ngx_invoke_record_invalidate_all();

    ngx_invoke_metadata_check(ngx_invoke_store.log);
}


static ngx_invoke_store_entry_t *
ngx_invoke_store_entry(const u_char *uuid)
{
    u_char                    *p;
    ngx_str_t                  id;
    ngx_uint_t                 i;
    ngx_invoke_store_t        *store;
    ngx_invoke_store_entry_t  *entry;

    store = &ngx_invoke_store;

    id.data = (u_char *) uuid;
    id.len = NGX_INVOKE_UUID;

    entry = ngx_invoke_table_find(&store->table, &id);
    if (entry) {
        return entry;
    }

    entry = calloc(1, sizeof(ngx_invoke_store_entry_t));
    if (entry == NULL) {
        return NULL;
    }

    ngx_memcpy(entry->uuid, uuid, NGX_INVOKE_UUID);

    p = (u_char *) entry->text;

    for (i = 0; i < NGX_INVOKE_UUID; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            *p++ = '-';
        }

        p = ngx_hex_dump(p, entry->uuid + i, 1);
    }

    ngx_queue_init(&entry->waiting);
    ngx_queue_init(&entry->versions);

    entry->values[0] = entry->text;
    entry->query.statement = &ngx_invoke_metadata_function;
    entry->query.values = entry->values;
    entry->query.handler = ngx_invoke_store_answered;
    entry->query.data = entry;

    entry->version.handler = ngx_invoke_store_versions;
    entry->version.data = entry;
    entry->version.log = store->log;
    ngx_invoke_version_init(&entry->version);

    id.data = entry->uuid;

    ngx_invoke_table_add(&store->table, &entry->entry, &id, &store->absent);

    return entry;
}


/* Nobody waits where nothing is under way. */

static void
ngx_invoke_store_spare(void *data)
{
    ngx_invoke_store_entry_t *entry = data;

    if (!entry->asks && !entry->polls && !entry->version.fetches
        && !entry->held)
    {
        ngx_invoke_store_forget(entry);
    }
}


static void
ngx_invoke_store_forget(void *data)
{
    ngx_invoke_store_entry_t *entry = data;

    ngx_invoke_table_remove(&ngx_invoke_store.table, &entry->entry);

    if (entry->asks) {
        ngx_invoke_postgres_cancel(&entry->query);
        ngx_invoke_record_unanswered(entry->uuid);
    }

    if (entry->polls) {
        ngx_queue_remove(&entry->polling);
    }

    if (entry->record) {
        ngx_invoke_record_release(entry->record);
    }

    ngx_invoke_version_drop(&entry->version);

    free(entry);
}


/* What the record says is to be acted upon. */

static ngx_uint_t
ngx_invoke_store_fresh(ngx_invoke_store_entry_t *entry)
{
    return entry->record && entry->state.valid
           && ngx_invoke_store_age(entry) < ngx_invoke_store_time(entry);
}


/* Another worker may have fetched it by a clock that is ahead of this one's. */

static ngx_msec_t
ngx_invoke_store_age(ngx_invoke_store_entry_t *entry)
{
    ngx_msec_int_t  age;

    age = (ngx_msec_int_t) (ngx_current_msec - entry->state.fetched);

    return (ngx_msec_t) ngx_max(age, 0);
}


static ngx_msec_t
ngx_invoke_store_time(ngx_invoke_store_entry_t *entry)
{
    ngx_msec_t  ttl;

    ttl = ngx_invoke_store.conf->ttl;

    return entry->record->active ? ttl
                                 : ngx_min(ttl, NGX_INVOKE_STORE_NEGATIVE);
}


/* Takes from the zone what another worker may have put there. */

static void
ngx_invoke_store_look(ngx_invoke_store_entry_t *entry)
{
    ngx_atomic_uint_t           changes;
    ngx_invoke_record_t        *record;
    ngx_invoke_record_state_t   state;

    changes = ngx_invoke_record_changes();

    if (entry->record && entry->changes == changes
        && ngx_current_msec - entry->looked < NGX_INVOKE_STORE_TOUCH)
    {
        return;
    }

    entry->changes = changes;
    entry->looked = ngx_current_msec;

    record = ngx_invoke_record_find(entry->uuid, entry->record, &state);

    if (record == NULL) {

        /* the zone has forgotten it, so nobody tells of its changes */

        entry->state.valid = 0;
        entry->state.asked = state.asked;
        return;
    }

    entry->state = state;

    if (record != entry->record) {
        ngx_invoke_store_set(entry, record);
    }
}


/* Takes over a reference. */

static void
ngx_invoke_store_set(ngx_invoke_store_entry_t *entry,
    ngx_invoke_record_t *record)
{
    ngx_invoke_table_list_t  *list;

    if (entry->record) {
        ngx_invoke_record_release(entry->record);
    }

    entry->record = record;

    /* those who wait for it, or are being told of it, get it still */

    if (!record->active && ngx_queue_empty(&entry->versions) && !entry->held) {
        ngx_invoke_version_drop(&entry->version);
    }

    list = record->active ? &ngx_invoke_store.active
                          : &ngx_invoke_store.absent;

    ngx_invoke_table_move(&ngx_invoke_store.table, &entry->entry, list);
}


/*
 * Has the database asked, by this worker or another. NGX_DECLINED: there is
 * none now.
 */

static ngx_int_t
ngx_invoke_store_ask(ngx_invoke_store_entry_t *entry)
{
    ngx_msec_t  time;

    if (entry->asks || entry->polls) {
        return NGX_OK;
    }

    if (entry->vain
        && ngx_current_msec - entry->refused < NGX_INVOKE_STORE_RETRY)
    {
        return NGX_DECLINED;
    }

    time = (entry->record && entry->record->active)
           ? NGX_INVOKE_STORE_PATIENCE : NGX_INVOKE_STORE_DEADLINE;

    if (ngx_invoke_record_ask(entry->uuid, time, &entry->generation)
        == NGX_BUSY)
    {
        entry->polls = 1;
        ngx_queue_insert_tail(&ngx_invoke_store.polling, &entry->polling);

        if (!ngx_invoke_store.poll.timer_set) {
            ngx_add_timer(&ngx_invoke_store.poll, NGX_INVOKE_STORE_POLL);
        }

        return NGX_OK;
    }

    entry->query.timeout = time;

    if (ngx_invoke_postgres_query(&entry->query) != NGX_OK) {
        ngx_invoke_record_unanswered(entry->uuid);
        entry->vain = 1;
        entry->refused = ngx_current_msec;
        return NGX_DECLINED;
    }

    entry->asks = 1;

    return NGX_OK;
}


static void
ngx_invoke_store_answered(ngx_invoke_postgres_query_t *query)
{
    ngx_int_t                  rc;
    ngx_atomic_uint_t          changes;
    ngx_invoke_record_t       *record;
    ngx_invoke_store_entry_t  *entry;

    static ngx_uint_t          told;

    entry = query->data;
    entry->asks = 0;

    record = ngx_invoke_metadata_record(entry->uuid, entry->text, query,
                                        ngx_invoke_store.log);

    if (record == NULL) {
        ngx_invoke_record_unanswered(entry->uuid);
        entry->vain = 1;
        entry->refused = ngx_current_msec;
        ngx_invoke_store_settle(entry);
        return;
    }

    entry->vain = 0;

    changes = ngx_invoke_record_changes();
    rc = ngx_invoke_record_store(record, entry->generation);

    if (rc == NGX_ERROR) {

        if (!told++) {
            ngx_log_error(NGX_LOG_WARN, ngx_invoke_store.log, 0,
                          "invoke: the record of function \"%s\" is too "
                          "large for invoke_metadata_zone", entry->text);
        }

        /* known to this worker alone, until there is any change */

        entry->changes = changes;
        entry->looked = ngx_current_msec;
        entry->state.valid = 1;
        entry->state.fetched = ngx_current_msec;

        ngx_invoke_store_set(entry, record);

    } else {
        ngx_invoke_store_set(entry, record);
        ngx_invoke_store_look(entry);
    }

    if (rc == NGX_DECLINED && ngx_invoke_store_ask(entry) == NGX_OK) {
        return;
    }

    ngx_invoke_store_settle(entry);
}


/* Another worker has asked, or has died of something meanwhile. */

static void
ngx_invoke_store_poll(ngx_event_t *ev)
{
    ngx_queue_t                polling, *q;
    ngx_invoke_store_t        *store;
    ngx_invoke_store_entry_t  *entry;

    store = &ngx_invoke_store;

    if (ngx_queue_empty(&store->polling)) {
        return;
    }

    ngx_queue_init(&polling);
    ngx_queue_add(&polling, &store->polling);
    ngx_queue_init(&store->polling);

    while (!ngx_queue_empty(&polling)) {
        q = ngx_queue_head(&polling);
        ngx_queue_remove(q);

        entry = ngx_queue_data(q, ngx_invoke_store_entry_t, polling);
        entry->polls = 0;
        entry->looked = ngx_current_msec - NGX_INVOKE_STORE_TOUCH;

        ngx_invoke_store_look(entry);

        if (entry->state.asked) {
            entry->polls = 1;
            ngx_queue_insert_tail(&store->polling, &entry->polling);
            continue;
        }

        if (ngx_invoke_store_fresh(entry)
            || ngx_invoke_store_ask(entry) != NGX_OK)
        {
            ngx_invoke_store_settle(entry);
        }
    }

    if (!ngx_queue_empty(&store->polling) && !ev->timer_set) {
        ngx_add_timer(ev, NGX_INVOKE_STORE_POLL);
    }
}


/* The record is what it is now: all who wait for it are told. */

static void
ngx_invoke_store_settle(ngx_invoke_store_entry_t *entry)
{
    if (entry->told) {
        entry->told = 0;

        if (entry->record && entry->record->active) {
            ngx_invoke_version_prepare(&entry->version, entry->record);
        }
    }

    ngx_invoke_store_wake(&entry->waiting, entry, ngx_invoke_store_answer);
}


/* Handlers may cancel other lookups, and start new ones. */

static void
ngx_invoke_store_wake(ngx_queue_t *queue, ngx_invoke_store_entry_t *entry,
    ngx_int_t (*answer)(ngx_invoke_store_lookup_t *lookup,
    ngx_invoke_store_entry_t *entry))
{
    ngx_int_t                   rc;
    ngx_queue_t                 waiting, *q;
    ngx_invoke_store_lookup_t  *lookup;

    if (ngx_queue_empty(queue)) {
        return;
    }

    ngx_queue_init(&waiting);
    ngx_queue_add(&waiting, queue);
    ngx_queue_init(queue);

    entry->held++;

    while (!ngx_queue_empty(&waiting)) {
        q = ngx_queue_head(&waiting);
        ngx_queue_remove(q);

        lookup = ngx_queue_data(q, ngx_invoke_store_lookup_t, queue);
        rc = answer(lookup, entry);

        if (rc == NGX_AGAIN) {
            ngx_queue_insert_tail(queue, &lookup->queue);
            continue;
        }

        lookup->waiting = 0;
        lookup->handler(lookup, rc);
    }

    entry->held--;
}


static ngx_int_t
ngx_invoke_store_answer(ngx_invoke_store_lookup_t *lookup,
    ngx_invoke_store_entry_t *entry)
{
    ngx_uint_t  fresh;

    fresh = ngx_invoke_store_fresh(entry);

    if (entry->record && entry->record->active) {

        if (!fresh) {
            ngx_invoke_metrics_add(NGX_INVOKE_METRIC_METADATA_STALE, 1);
        }

        lookup->record = ngx_invoke_record_hold(entry->record);

        return NGX_OK;
    }

    if (fresh) {
        return NGX_DECLINED;
    }

    lookup->failed = "the database does not answer";

    return NGX_BUSY;
}


/* The version is there, or not to be had: all who wait for it are told. */

static void
ngx_invoke_store_versions(ngx_invoke_version_t *version)
{
    ngx_invoke_store_entry_t  *entry;

    entry = version->data;

    ngx_invoke_store_wake(&entry->versions, entry, ngx_invoke_store_give);
}


static ngx_int_t
ngx_invoke_store_give(ngx_invoke_store_lookup_t *lookup,
    ngx_invoke_store_entry_t *entry)
{
    ngx_invoke_record_t  *record;

    record = entry->record->active ? entry->record : lookup->record;

    return ngx_invoke_version_get(&entry->version, record,
                                  ngx_invoke_store.conf->ttl,
                                  &lookup->function, &lookup->failed);
}
