
#include "ngx_invoke_record.h"


/* No record may take more than that part of the zone. */
#define NGX_INVOKE_RECORD_PART  8


typedef struct {
    ngx_rbtree_node_t       node;           /* key: a part of the UUID */
    ngx_queue_t             queue;          /* of its list */
    u_char                  uuid[NGX_INVOKE_UUID];
    ngx_invoke_record_t    *record;         /* in the zone, or NULL */
    uint64_t                generation;     /* of the last change told */
    ngx_msec_t              fetched;
    ngx_msec_t              asked;          /* until then, 0: nobody asks */
    unsigned                valid:1;
} ngx_invoke_record_node_t;


typedef struct {
    ngx_rbtree_t            rbtree;
    ngx_rbtree_node_t       sentinel;

    /* last used first: what may be called, and all else */
    ngx_queue_t             active;
    ngx_queue_t             absent;

    uint64_t                serial;
    uint64_t                generation;
    ngx_uint_t              count;
    ngx_atomic_t            changes;
} ngx_invoke_record_sh_t;


typedef struct {
    ngx_invoke_record_sh_t *sh;
    ngx_slab_pool_t        *shpool;
} ngx_invoke_record_zone_t;


static ngx_int_t ngx_invoke_record_init_zone(ngx_shm_zone_t *zone, void *data);
static void ngx_invoke_record_insert_value(ngx_rbtree_node_t *temp,
    ngx_rbtree_node_t *node, ngx_rbtree_node_t *sentinel);
static ngx_invoke_record_node_t *ngx_invoke_record_node(const u_char *uuid);
static ngx_invoke_record_node_t *ngx_invoke_record_make(const u_char *uuid);
static void *ngx_invoke_record_alloc(size_t size,
    ngx_invoke_record_node_t *keep);
static ngx_uint_t ngx_invoke_record_forget(ngx_queue_t *list,
    ngx_invoke_record_node_t *keep);
static void ngx_invoke_record_empty(ngx_invoke_record_node_t *node);
static void ngx_invoke_record_used(ngx_invoke_record_node_t *node);
static void ngx_invoke_record_move(ngx_invoke_record_t *record,
    const ngx_invoke_record_t *from);
static void ngx_invoke_record_changed(ngx_invoke_record_node_t *node);
static void ngx_invoke_record_list_changed(ngx_queue_t *list,
    const u_char *project);
static u_char *ngx_invoke_record_string(u_char *p, ngx_str_t *dst,
    const ngx_str_t *src);


static ngx_invoke_record_zone_t  ngx_invoke_record;


ngx_shm_zone_t *
ngx_invoke_record_zone(ngx_conf_t *cf, ngx_str_t *name, size_t size, void *tag)
{
    ngx_shm_zone_t  *zone;

    zone = ngx_shared_memory_add(cf, name, size, tag);
    if (zone == NULL) {
        return NULL;
    }

    if (zone->data) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "zone \"%V\" is already used", name);
        return NULL;
    }

    zone->init = ngx_invoke_record_init_zone;
    zone->data = &ngx_invoke_record;

    return zone;
}


static ngx_int_t
ngx_invoke_record_init_zone(ngx_shm_zone_t *zone, void *data)
{
    ngx_slab_pool_t         *shpool;
    ngx_invoke_record_sh_t  *sh;

    shpool = (ngx_slab_pool_t *) zone->shm.addr;

    if (data || zone->shm.exists) {
        return NGX_OK;
    }

    sh = ngx_slab_calloc(shpool, sizeof(ngx_invoke_record_sh_t));
    if (sh == NULL) {
        return NGX_ERROR;
    }

    shpool->data = sh;
    shpool->log_nomem = 0;

    ngx_rbtree_init(&sh->rbtree, &sh->sentinel,
                    ngx_invoke_record_insert_value);
    ngx_queue_init(&sh->active);
    ngx_queue_init(&sh->absent);

    sh->generation = 1;

    return NGX_OK;
}


void
ngx_invoke_record_attach(ngx_shm_zone_t *zone)
{
    ngx_invoke_record.shpool = (ngx_slab_pool_t *) zone->shm.addr;
    ngx_invoke_record.sh = ngx_invoke_record.shpool->data;
}


static void
ngx_invoke_record_insert_value(ngx_rbtree_node_t *temp,
    ngx_rbtree_node_t *node, ngx_rbtree_node_t *sentinel)
{
    ngx_rbtree_node_t         **p;
    ngx_invoke_record_node_t   *n, *t;

    n = (ngx_invoke_record_node_t *) node;

    for ( ;; ) {

        if (node->key != temp->key) {
            p = (node->key < temp->key) ? &temp->left : &temp->right;

        } else {
            t = (ngx_invoke_record_node_t *) temp;
            p = (ngx_memcmp(n->uuid, t->uuid, NGX_INVOKE_UUID) < 0)
                ? &temp->left : &temp->right;
        }

        if (*p == sentinel) {
            break;
        }

        temp = *p;
    }

    *p = node;
    node->parent = temp;
    node->left = sentinel;
    node->right = sentinel;
    ngx_rbt_red(node);
}


ngx_int_t
ngx_invoke_record_bytes(ngx_str_t *text, u_char *uuid)
{
    ngx_int_t   hex;
    ngx_uint_t  i, n;

    if (text->len != NGX_INVOKE_UUID_TEXT) {
        return NGX_DECLINED;
    }

    n = 0;

    for (i = 0; i < NGX_INVOKE_UUID_TEXT; /* void */ ) {

        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (text->data[i++] != '-') {
                return NGX_DECLINED;
            }

            continue;
        }

        hex = ngx_hextoi(text->data + i, 2);
        if (hex == NGX_ERROR) {
            return NGX_DECLINED;
        }

        uuid[n++] = (u_char) hex;
        i += 2;
    }

    return NGX_OK;
}


ngx_int_t
ngx_invoke_record_uuid(ngx_str_t *text, u_char *uuid)
{
    u_char  variant;

    if (ngx_invoke_record_bytes(text, uuid) != NGX_OK) {
        return NGX_DECLINED;
    }

    variant = uuid[8] >> 4;

    return (uuid[6] >> 4 == 4 && variant >= 8 && variant <= 11) ? NGX_OK
                                                               : NGX_DECLINED;
}


ngx_invoke_record_t *
ngx_invoke_record_create(const ngx_invoke_record_t *like)
{
    u_char               *p;
    size_t                size;
    ngx_uint_t            i;
    ngx_invoke_record_t  *record;

    size = sizeof(ngx_invoke_record_t) + like->nenv * sizeof(ngx_invoke_field_t)
           + like->id.len + like->digest.len + like->path.len + 3;

    for (i = 0; i < like->nenv; i++) {
        size += like->env[i].name.len + like->env[i].value.len + 2;
    }

    record = calloc(1, size);
    if (record == NULL) {
        return NULL;
    }

    *record = *like;

    record->size = size;
    record->refs = 1;
    record->env = (ngx_invoke_field_t *) (record + 1);

    p = (u_char *) (record->env + like->nenv);

    p = ngx_invoke_record_string(p, &record->id, &like->id);
    p = ngx_invoke_record_string(p, &record->digest, &like->digest);
    p = ngx_invoke_record_string(p, &record->path, &like->path);

    for (i = 0; i < like->nenv; i++) {
        p = ngx_invoke_record_string(p, &record->env[i].name,
                                     &like->env[i].name);
        p = ngx_invoke_record_string(p, &record->env[i].value,
                                     &like->env[i].value);
    }

    return record;
}


/* calloc() has put the NUL behind it */

static u_char *
ngx_invoke_record_string(u_char *p, ngx_str_t *dst, const ngx_str_t *src)
{
    dst->data = p;
    dst->len = src->len;

    return ngx_cpymem(p, src->data, src->len) + 1;
}


ngx_invoke_record_t *
ngx_invoke_record_hold(ngx_invoke_record_t *record)
{
    record->refs++;

    return record;
}


void
ngx_invoke_record_release(ngx_invoke_record_t *record)
{
    if (--record->refs == 0) {
        free(record);
    }
}


/* A copy of the bytes still points into what it is a copy of. */

static void
ngx_invoke_record_move(ngx_invoke_record_t *record,
    const ngx_invoke_record_t *from)
{
    ngx_uint_t  i;

#define ngx_invoke_record_rebase(p)                                           \
    p = (void *) ((u_char *) record + ((u_char *) (p) - (u_char *) from))

    ngx_memcpy(record, from, from->size);

    ngx_invoke_record_rebase(record->id.data);
    ngx_invoke_record_rebase(record->digest.data);
    ngx_invoke_record_rebase(record->path.data);
    ngx_invoke_record_rebase(record->env);

    for (i = 0; i < record->nenv; i++) {
        ngx_invoke_record_rebase(record->env[i].name.data);
        ngx_invoke_record_rebase(record->env[i].value.data);
    }

#undef ngx_invoke_record_rebase
}


ngx_atomic_uint_t
ngx_invoke_record_changes(void)
{
    return ngx_invoke_record.sh->changes;
}


ngx_invoke_record_t *
ngx_invoke_record_find(const u_char *uuid, ngx_invoke_record_t *known,
    ngx_invoke_record_state_t *state)
{
    ngx_invoke_record_t       *record;
    ngx_invoke_record_node_t  *node;

    ngx_memzero(state, sizeof(ngx_invoke_record_state_t));
    record = NULL;

    ngx_shmtx_lock(&ngx_invoke_record.shpool->mutex);

    node = ngx_invoke_record_node(uuid);

    if (node) {
        ngx_invoke_record_used(node);

        state->fetched = node->fetched;
        state->valid = node->valid;
        state->asked = (node->asked != 0
                        && (ngx_msec_int_t) (node->asked - ngx_current_msec)
                           > 0);

        if (node->record == NULL) {
            /* void */

        } else if (known && known->serial == node->record->serial) {
            record = known;

        } else {
            record = malloc(node->record->size);

            if (record) {
                ngx_invoke_record_move(record, node->record);
                record->refs = 1;
            }
        }
    }

    ngx_shmtx_unlock(&ngx_invoke_record.shpool->mutex);

    return record;
}


static ngx_invoke_record_node_t *
ngx_invoke_record_node(const u_char *uuid)
{
    int                        rc;
    uint32_t                   key;
    ngx_rbtree_node_t         *node, *sentinel;
    ngx_invoke_record_node_t  *n;

    ngx_memcpy(&key, uuid, sizeof(key));

    node = ngx_invoke_record.sh->rbtree.root;
    sentinel = ngx_invoke_record.sh->rbtree.sentinel;

    while (node != sentinel) {

        if (key != node->key) {
            node = (key < node->key) ? node->left : node->right;
            continue;
        }

        n = (ngx_invoke_record_node_t *) node;
        rc = ngx_memcmp(uuid, n->uuid, NGX_INVOKE_UUID);

        if (rc == 0) {
            return n;
        }

        node = (rc < 0) ? node->left : node->right;
    }

    return NULL;
}


/* The node of an id, which is made where there is none. */

static ngx_invoke_record_node_t *
ngx_invoke_record_make(const u_char *uuid)
{
    uint32_t                   key;
    ngx_invoke_record_node_t  *node;

    node = ngx_invoke_record_node(uuid);

    if (node) {
        return node;
    }

    node = ngx_invoke_record_alloc(sizeof(ngx_invoke_record_node_t), NULL);

    if (node == NULL) {
        return NULL;
    }

    ngx_memzero(node, sizeof(ngx_invoke_record_node_t));
    ngx_memcpy(&key, uuid, sizeof(key));
    ngx_memcpy(node->uuid, uuid, NGX_INVOKE_UUID);

    node->node.key = key;
    node->generation = ngx_invoke_record.sh->generation;

    ngx_rbtree_insert(&ngx_invoke_record.sh->rbtree, &node->node);
    ngx_queue_insert_head(&ngx_invoke_record.sh->absent, &node->queue);

    return node;
}


/*
 * What was used least recently makes room, but not the node to keep; not for
 * what would push out a great part of all.
 */

static void *
ngx_invoke_record_alloc(size_t size, ngx_invoke_record_node_t *keep)
{
    void                    *p;
    ngx_slab_pool_t         *shpool;
    ngx_invoke_record_sh_t  *sh;

    sh = ngx_invoke_record.sh;
    shpool = ngx_invoke_record.shpool;

    if (size > (size_t) (shpool->end - shpool->start)
               / NGX_INVOKE_RECORD_PART)
    {
        return NULL;
    }

    for ( ;; ) {
        p = ngx_slab_alloc_locked(shpool, size);

        if (p || (!ngx_invoke_record_forget(&sh->absent, keep)
                  && !ngx_invoke_record_forget(&sh->active, keep)))
        {
            return p;
        }
    }
}


static ngx_uint_t
ngx_invoke_record_forget(ngx_queue_t *list, ngx_invoke_record_node_t *keep)
{
    ngx_queue_t               *q;
    ngx_invoke_record_sh_t    *sh;
    ngx_invoke_record_node_t  *node;

    sh = ngx_invoke_record.sh;

    for (q = ngx_queue_last(list);
         q != ngx_queue_sentinel(list);
         q = ngx_queue_prev(q))
    {
        node = ngx_queue_data(q, ngx_invoke_record_node_t, queue);

        if (node == keep) {
            continue;
        }

        ngx_queue_remove(q);
        ngx_rbtree_delete(&sh->rbtree, &node->node);

        ngx_invoke_record_empty(node);

        ngx_slab_free_locked(ngx_invoke_record.shpool, node);
        (void) ngx_atomic_fetch_add(&sh->changes, 1);

        return 1;
    }

    return 0;
}


/* A worker that is killed here leaves nothing that points to freed memory. */

static void
ngx_invoke_record_empty(ngx_invoke_record_node_t *node)
{
    ngx_invoke_record_t  *record;

    record = node->record;

    if (record) {
        node->record = NULL;
        ngx_invoke_record.sh->count--;

        ngx_slab_free_locked(ngx_invoke_record.shpool, record);
    }
}


static void
ngx_invoke_record_used(ngx_invoke_record_node_t *node)
{
    ngx_queue_t  *list;

    list = (node->record && node->record->active)
           ? &ngx_invoke_record.sh->active : &ngx_invoke_record.sh->absent;

    ngx_queue_remove(&node->queue);
    ngx_queue_insert_head(list, &node->queue);
}


ngx_int_t
ngx_invoke_record_ask(const u_char *uuid, ngx_msec_t time,
    uint64_t *generation)
{
    ngx_int_t                  rc;
    ngx_invoke_record_node_t  *node;

    rc = NGX_OK;
    *generation = 0;

    ngx_shmtx_lock(&ngx_invoke_record.shpool->mutex);

    node = ngx_invoke_record_make(uuid);

    if (node == NULL) {
        /* it is asked for, and will not be stored */

    } else if (node->asked != 0
               && (ngx_msec_int_t) (node->asked - ngx_current_msec) > 0)
    {
        rc = NGX_BUSY;

    } else {
        node->asked = ngx_current_msec + time;
        *generation = node->generation;
    }

    ngx_shmtx_unlock(&ngx_invoke_record.shpool->mutex);

    return rc;
}


ngx_int_t
ngx_invoke_record_store(ngx_invoke_record_t *record, uint64_t generation)
{
    ngx_int_t                  rc;
    ngx_invoke_record_t       *copy;
    ngx_invoke_record_sh_t    *sh;
    ngx_invoke_record_node_t  *node;

    rc = NGX_ERROR;
    sh = ngx_invoke_record.sh;

    ngx_shmtx_lock(&ngx_invoke_record.shpool->mutex);

    node = ngx_invoke_record_make(record->uuid);

    if (node) {
        node->asked = 0;
        copy = ngx_invoke_record_alloc(record->size, node);

        if (copy) {
            record->serial = ++sh->serial;
            ngx_invoke_record_move(copy, record);

            ngx_invoke_record_empty(node);

            node->record = copy;
            sh->count++;

            node->fetched = ngx_current_msec;
            node->valid = (node->generation == generation);
            ngx_invoke_record_used(node);

            rc = node->valid ? NGX_OK : NGX_DECLINED;

            (void) ngx_atomic_fetch_add(&sh->changes, 1);

        } else if (node->record) {

            /* nor is it the former one any more */

            ngx_invoke_record_empty(node);
            ngx_invoke_record_used(node);

            (void) ngx_atomic_fetch_add(&sh->changes, 1);
        }
    }

    ngx_shmtx_unlock(&ngx_invoke_record.shpool->mutex);

    return rc;
}


void
ngx_invoke_record_unanswered(const u_char *uuid)
{
    ngx_invoke_record_node_t  *node;

    ngx_shmtx_lock(&ngx_invoke_record.shpool->mutex);

    node = ngx_invoke_record_node(uuid);

    if (node) {
        node->asked = 0;
    }

    ngx_shmtx_unlock(&ngx_invoke_record.shpool->mutex);
}


ngx_uint_t
ngx_invoke_record_invalidate(const u_char *uuid)
{
    ngx_uint_t                 active;
    ngx_invoke_record_node_t  *node;

    active = 0;

    ngx_shmtx_lock(&ngx_invoke_record.shpool->mutex);

    ngx_invoke_record.sh->generation++;
    node = ngx_invoke_record_node(uuid);

    if (node) {
        ngx_invoke_record_changed(node);
        active = (node->record && node->record->active);
        (void) ngx_atomic_fetch_add(&ngx_invoke_record.sh->changes, 1);
    }

    ngx_shmtx_unlock(&ngx_invoke_record.shpool->mutex);

    return active;
}


/* An answer to a question that was asked before is not valid. */

static void
ngx_invoke_record_changed(ngx_invoke_record_node_t *node)
{
    node->generation = ngx_invoke_record.sh->generation;
    node->valid = 0;
}


void
ngx_invoke_record_invalidate_project(const u_char *project)
{
    ngx_invoke_record_sh_t  *sh;

    sh = ngx_invoke_record.sh;

    ngx_shmtx_lock(&ngx_invoke_record.shpool->mutex);

    sh->generation++;

    ngx_invoke_record_list_changed(&sh->active, project);
    ngx_invoke_record_list_changed(&sh->absent, project);

    (void) ngx_atomic_fetch_add(&sh->changes, 1);

    ngx_shmtx_unlock(&ngx_invoke_record.shpool->mutex);
}


void
ngx_invoke_record_invalidate_all(void)
{
    ngx_invoke_record_invalidate_project(NULL);
}


/* What a worker is asking for may turn out to be of the project. */

static void
ngx_invoke_record_list_changed(ngx_queue_t *list, const u_char *project)
{
    ngx_queue_t               *q;
    ngx_invoke_record_node_t  *node;

    for (q = ngx_queue_head(list);
         q != ngx_queue_sentinel(list);
         q = ngx_queue_next(q))
    {
        node = ngx_queue_data(q, ngx_invoke_record_node_t, queue);

        if (project == NULL || node->record == NULL || node->asked
            || ngx_memcmp(node->record->project, project, NGX_INVOKE_UUID)
               == 0)
        {
            ngx_invoke_record_changed(node);
        }
    }
}


ngx_uint_t
ngx_invoke_record_count(void)
{
    return ngx_invoke_record.sh ? ngx_invoke_record.sh->count : 0;
}
