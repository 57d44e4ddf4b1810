
#include "ngx_invoke_module_cache.h"
#include "ngx_invoke_bom.h"
#include "ngx_invoke_metrics.h"


static ngx_invoke_module_t *ngx_invoke_module_lookup_locked(ngx_str_t *key,
    uint32_t hash);
static void ngx_invoke_module_drop_locked(ngx_invoke_module_t *m);
static void ngx_invoke_module_shrink_locked(void);


static struct {
    pthread_mutex_t    mutex;
    ngx_rbtree_t       tree;
    ngx_rbtree_node_t  sentinel;
    ngx_queue_t        queue;           /* latest used first */
    ngx_uint_t         n;
    ngx_uint_t         max;
    size_t             bytes;
    size_t             size;
} ngx_invoke_module_cache = { .mutex = PTHREAD_MUTEX_INITIALIZER };


/* by their kinds */

static const char *const  ngx_invoke_module_heads[] = {
    "(function (exports, require, module, __filename, __dirname) { ",
    "(async function (exports, require, module, __filename, __dirname) { ",
    ""
};

static const char *const  ngx_invoke_module_tails[] = { "\n})", "\n})", "" };


void
ngx_invoke_module_cache_init(ngx_uint_t max, size_t size)
{
    ngx_rbtree_init(&ngx_invoke_module_cache.tree,
                    &ngx_invoke_module_cache.sentinel,
                    ngx_str_rbtree_insert_value);
    ngx_queue_init(&ngx_invoke_module_cache.queue);
    ngx_invoke_module_cache.max = max;
    ngx_invoke_module_cache.size = size;
}


ngx_uint_t
ngx_invoke_module_cached(void)
{
    return ngx_invoke_module_cache.max != 0;
}


/*
 * The key of a module: id, version and name, malloc'ed. len 0: memory is
 * out.
 */

static ngx_str_t
ngx_invoke_module_key(ngx_invoke_function_t *f, const char *name, size_t len)
{
    u_char     *p;
    ngx_str_t   key = ngx_null_string;

    p = malloc(f->id.len + f->version.len + len + 2);
    if (p == NULL) {
        return key;
    }

    key.data = p;
    p = ngx_cpymem(p, f->id.data, f->id.len);
    *p++ = ':';
    p = ngx_cpymem(p, f->version.data, f->version.len);
    *p++ = ':';
    p = ngx_cpymem(p, name, len);
    key.len = p - key.data;

    return key;
}


ngx_invoke_module_t *
ngx_invoke_module_find(ngx_invoke_function_t *f, const char *name, size_t len)
{
    uint32_t              hash;
    ngx_str_t             key;
    ngx_invoke_module_t  *m;

    key = ngx_invoke_module_key(f, name, len);
    if (key.len == 0) {
        return NULL;
    }

    hash = ngx_crc32_long(key.data, key.len);

    (void) pthread_mutex_lock(&ngx_invoke_module_cache.mutex);

    m = ngx_invoke_module_lookup_locked(&key, hash);

    if (m != NULL) {
        ngx_queue_remove(&m->queue);
        ngx_queue_insert_head(&ngx_invoke_module_cache.queue, &m->queue);
        (void) ngx_invoke_module_hold(m);
    }

    (void) pthread_mutex_unlock(&ngx_invoke_module_cache.mutex);

    free(key.data);

    return m;
}


static ngx_invoke_module_t *
ngx_invoke_module_lookup_locked(ngx_str_t *key, uint32_t hash)
{
    return (ngx_invoke_module_t *)
               ngx_str_rbtree_lookup(&ngx_invoke_module_cache.tree, key,
                                     hash);
}


static ngx_int_t
ngx_invoke_module_wrap(ngx_invoke_module_t *m, const u_char *text, size_t len)
{
    u_char      *p;
    size_t       head_len, tail_len, bom;
    const char  *head, *tail;

    head = ngx_invoke_module_heads[m->kind];
    head_len = ngx_strlen(head);
    tail = ngx_invoke_module_tails[m->kind];
    tail_len = ngx_strlen(tail);

    bom = ngx_invoke_bom(text, len);
    text += bom;
    len -= bom;

    m->len = head_len + len + tail_len;
    m->source = malloc(m->len + 1);
    if (m->source == NULL) {
        return NGX_ERROR;
    }

    m->column = - (ngx_int_t) head_len;

    p = ngx_cpymem(m->source, head, head_len);
    ngx_memcpy(p, text, len);

    /* A line for a shell is a comment of the same length. */

    if (len >= 2 && p[0] == '#' && p[1] == '!') {
        p[0] = '/';
        p[1] = '/';
    }

    ngx_memcpy(p + len, tail, tail_len);

    m->encoding = ngx_invoke_v8_is_ascii(p, len) ? NGX_INVOKE_V8_LATIN1
                                                 : NGX_INVOKE_V8_UTF8;

    return NGX_OK;
}


ngx_invoke_module_t *
ngx_invoke_module_make(ngx_invoke_function_t *f, const char *name, size_t len,
    const u_char *text, size_t text_len, ngx_invoke_module_kind_e kind)
{
    ngx_invoke_module_t  *m;

    m = calloc(1, sizeof(ngx_invoke_module_t));
    if (m == NULL) {
        return NULL;
    }

    m->refs = 1;
    m->kind = kind;
    m->node.str = ngx_invoke_module_key(f, name, len);

    if (m->node.str.len == 0
        || ngx_invoke_module_wrap(m, text, text_len) != NGX_OK)
    {
        ngx_invoke_module_release(m);
        return NULL;
    }

    return m;
}


void
ngx_invoke_module_keep(ngx_invoke_module_t *m)
{
    ngx_invoke_module_t  *old;

    if (ngx_invoke_module_cache.max == 0) {
        return;
    }

    m->node.node.key = ngx_crc32_long(m->node.str.data, m->node.str.len);

    (void) pthread_mutex_lock(&ngx_invoke_module_cache.mutex);

    old = ngx_invoke_module_lookup_locked(&m->node.str, m->node.node.key);
    if (old != NULL) {
        ngx_invoke_module_drop_locked(old);
    }

    ngx_rbtree_insert(&ngx_invoke_module_cache.tree, &m->node.node);
    ngx_queue_insert_head(&ngx_invoke_module_cache.queue, &m->queue);
    (void) ngx_invoke_module_hold(m);

    m->kept = m->len + m->code_len;

    ngx_invoke_module_cache.n++;
    ngx_invoke_module_cache.bytes += m->kept;
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_MODULES_SIZE, 1);
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_MODULES_BYTES, m->kept);

    ngx_invoke_module_shrink_locked();

    (void) pthread_mutex_unlock(&ngx_invoke_module_cache.mutex);
}


/* A single module that is too large goes as well. */

static void
ngx_invoke_module_shrink_locked(void)
{
    ngx_queue_t  *q;

    while (ngx_invoke_module_cache.n > ngx_invoke_module_cache.max
           || ngx_invoke_module_cache.bytes > ngx_invoke_module_cache.size)
    {
        q = ngx_queue_last(&ngx_invoke_module_cache.queue);
        ngx_invoke_module_drop_locked(ngx_queue_data(q, ngx_invoke_module_t,
                                                     queue));
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_MODULES_EVICTIONS, 1);
    }
}


static void
ngx_invoke_module_drop_locked(ngx_invoke_module_t *m)
{
    ngx_rbtree_delete(&ngx_invoke_module_cache.tree, &m->node.node);
    ngx_queue_remove(&m->queue);

    ngx_invoke_module_cache.n--;
    ngx_invoke_module_cache.bytes -= m->kept;
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_MODULES_SIZE, -1);
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_MODULES_BYTES,
                           - (ngx_int_t) m->kept);

    m->kept = 0;

    ngx_invoke_module_release(m);
}


void
ngx_invoke_module_set_code(ngx_invoke_module_t *m, uint8_t *code, size_t len)
{
    (void) pthread_mutex_lock(&ngx_invoke_module_cache.mutex);

    if (m->code == NULL) {
        m->code_len = len;
        __atomic_store_n(&m->code, code, __ATOMIC_RELEASE);
        code = NULL;

        if (m->kept != 0) {
            m->kept += len;
            ngx_invoke_module_cache.bytes += len;
            ngx_invoke_metrics_add(NGX_INVOKE_METRIC_MODULES_BYTES, len);

            ngx_invoke_module_shrink_locked();
        }
    }

    (void) pthread_mutex_unlock(&ngx_invoke_module_cache.mutex);

    free(code);
}


ngx_invoke_module_t *
ngx_invoke_module_hold(ngx_invoke_module_t *m)
{
    (void) ngx_atomic_fetch_add(&m->refs, 1);

    return m;
}


void
ngx_invoke_module_release(void *module)
{
    ngx_invoke_module_t  *m = module;

    if (ngx_atomic_fetch_add(&m->refs, -1) == 1) {
        free(m->node.str.data);
        free(m->source);
        free(m->code);
        free(m);
    }
}
