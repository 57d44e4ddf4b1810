
#include "ngx_invoke_program.h"
#include "ngx_invoke_bom.h"
#include "ngx_invoke_code_cache.h"
#include "ngx_invoke_errno.h"
#include "ngx_invoke_lot.h"
#include "ngx_invoke_metrics.h"
#include "ngx_invoke_module_cache.h"
#include "ngx_invoke_root.h"
#include "ngx_invoke_strip.h"


#define NGX_INVOKE_FACTS_SIZE   (4 * 1024 * 1024)
#define NGX_INVOKE_MODULE_SIZE  (64 * 1024 * 1024)

/* A file is read, wrapped and given to V8: so much of the memory limit. */
#define NGX_INVOKE_MODULE_PART  4


static ngx_invoke_program_t *ngx_invoke_program_find(
    ngx_invoke_isolate_t *iso, ngx_invoke_function_t *f);
static ngx_invoke_module_t *ngx_invoke_program_load(
    ngx_invoke_v8_call_t *call, ngx_invoke_context_t *ctx, ngx_str_t *path,
    ngx_uint_t entry, ngx_invoke_v8_script_t **script);
static int ngx_invoke_program_entered(ngx_invoke_v8_call_t *call,
    ngx_invoke_context_t *ctx, ngx_invoke_script_t *s);
static int ngx_invoke_program_again(ngx_invoke_v8_call_t *call,
    ngx_invoke_script_t *s);
static ngx_invoke_script_t *ngx_invoke_program_compiled(
    ngx_invoke_program_t *program, ngx_str_t *name);
static void ngx_invoke_program_keep(ngx_invoke_context_t *ctx,
    ngx_str_t *name, ngx_invoke_v8_script_t *script, ngx_invoke_module_t *m,
    ngx_uint_t right);
static ngx_invoke_module_t *ngx_invoke_program_load_es(
    ngx_invoke_v8_call_t *call, ngx_invoke_context_t *ctx, ngx_str_t *path,
    ngx_str_t *url);
static u_char *ngx_invoke_program_source_text(ngx_invoke_v8_call_t *call,
    ngx_invoke_context_t *ctx, ngx_str_t *path, size_t *len);
static u_char *ngx_invoke_program_strip(ngx_invoke_v8_call_t *call,
    ngx_invoke_context_t *ctx, const u_char *text, size_t *len,
    ngx_str_t *refused);
static ngx_invoke_module_t *ngx_invoke_program_module(
    ngx_invoke_function_t *f, ngx_str_t *name, const u_char *text, size_t len,
    ngx_invoke_module_kind_e kind);
static ngx_invoke_v8_script_t *ngx_invoke_program_script(
    ngx_invoke_v8_call_t *call, ngx_invoke_module_t *m, ngx_str_t *path,
    ngx_uint_t quiet);
static void ngx_invoke_program_loaded(ngx_invoke_slot_t *slot);
static int ngx_invoke_program_es_module(ngx_invoke_v8_call_t *call,
    ngx_invoke_module_t *m, ngx_str_t *url, ngx_invoke_v8_script_t **script);
static void ngx_invoke_program_source(ngx_invoke_module_t *m,
    ngx_str_t *name, ngx_invoke_v8_source_t *source);
static void ngx_invoke_program_code_used(ngx_invoke_module_t *m,
    ngx_invoke_v8_source_t *source, ngx_uint_t rejected);
static void ngx_invoke_program_free_tree(ngx_rbtree_t *tree,
    void (*handler)(ngx_rbtree_node_t *node));
static void ngx_invoke_program_free_script(ngx_rbtree_node_t *node);
static void ngx_invoke_program_free_fact(ngx_rbtree_node_t *node);


/* actor thread, all of this file */

ngx_invoke_program_t *
ngx_invoke_program_get(ngx_invoke_isolate_t *iso, ngx_invoke_function_t *f)
{
    ngx_invoke_program_t          *program;
    ngx_invoke_dropped_message_t  *dropped;

    program = ngx_invoke_program_find(iso, f);

    if (program != NULL) {
        ngx_queue_remove(&program->queue);
        ngx_queue_insert_head(&iso->programs, &program->queue);
        return program;
    }

    program = calloc(1, sizeof(ngx_invoke_program_t));
    dropped = calloc(1, sizeof(ngx_invoke_dropped_message_t));

    if (program == NULL || dropped == NULL) {
        free(program);
        free(dropped);
        return NULL;
    }

    ngx_invoke_lot_renew(iso, f);

    dropped->actor = iso->actor;
    dropped->function = ngx_invoke_function_hold(f);

    program->dropped = dropped;
    program->function = ngx_invoke_function_hold(f);
    program->template = NGX_INVOKE_V8_NODE;     /* until it is known better */

    ngx_rbtree_init(&program->scripts, &program->scripts_sentinel,
                    ngx_str_rbtree_insert_value);
    ngx_rbtree_init(&program->facts, &program->facts_sentinel,
                    ngx_str_rbtree_insert_value);

    ngx_queue_init(&program->shared);

    program->node.key = (ngx_rbtree_key_t) f;
    ngx_rbtree_insert(&iso->functions, &program->node);

    ngx_queue_insert_head(&iso->programs, &program->queue);
    iso->nprograms++;
    iso->grown = 1;

    return program;
}


static ngx_invoke_program_t *
ngx_invoke_program_find(ngx_invoke_isolate_t *iso, ngx_invoke_function_t *f)
{
    ngx_rbtree_node_t  *node;

    node = iso->functions.root;

    while (node != iso->functions.sentinel) {

        if (node->key == (ngx_rbtree_key_t) f) {
            return ngx_rbtree_data(node, ngx_invoke_program_t, node);
        }

        node = (ngx_rbtree_key_t) f < node->key ? node->left : node->right;
    }

    return NULL;
}


void
ngx_invoke_program_free(ngx_invoke_isolate_t *iso,
    ngx_invoke_program_t *program)
{
    ngx_invoke_dropped_message_t  *dropped = program->dropped;

    ngx_rbtree_delete(&iso->functions, &program->node);
    ngx_queue_remove(&program->queue);
    iso->nprograms--;

    ngx_invoke_program_free_tree(&program->scripts,
                                 ngx_invoke_program_free_script);
    ngx_invoke_program_free_tree(&program->facts,
                                 ngx_invoke_program_free_fact);

    ngx_invoke_function_release(program->function);
    free(program);

    if (iso->state == NGX_INVOKE_ISOLATE_CLOSED) {
        ngx_invoke_function_release(dropped->function);
        free(dropped);
        return;
    }

    ngx_invoke_outbox_tell(iso->outbox, &dropped->message,
                           NGX_INVOKE_NEWS_DROPPED);
}


static void
ngx_invoke_program_free_tree(ngx_rbtree_t *tree,
    void (*handler)(ngx_rbtree_node_t *node))
{
    ngx_rbtree_node_t  *node;

    while (tree->root != tree->sentinel) {
        node = ngx_rbtree_min(tree->root, tree->sentinel);
        ngx_rbtree_delete(tree, node);
        handler(node);
    }
}


static void
ngx_invoke_program_free_script(ngx_rbtree_node_t *node)
{
    ngx_invoke_script_t  *s = (ngx_invoke_script_t *) node;

    if (s->uncached) {
        ngx_queue_remove(&s->queue);
    }

    ngx_invoke_v8_script_free(s->script);
    ngx_invoke_module_release(s->module);
    free(s->links);
    free(s->node.str.data);
    free(s);
}


static void
ngx_invoke_program_free_fact(ngx_rbtree_node_t *node)
{
    ngx_invoke_fact_t  *fact = (ngx_invoke_fact_t *) node;

    free(fact);
}


ngx_uint_t
ngx_invoke_program_warm(ngx_invoke_program_t *program)
{
    return program->scripts.root != program->scripts.sentinel;
}


ngx_invoke_v8_value_t
ngx_invoke_program_compile(ngx_invoke_v8_call_t *call,
    ngx_invoke_context_t *ctx, ngx_str_t *path, ngx_uint_t entry,
    ngx_uint_t known)
{
    ngx_invoke_script_t     *s;
    ngx_invoke_module_t     *m;
    ngx_invoke_program_t    *program = ctx->program;
    ngx_invoke_v8_value_t    function;
    ngx_invoke_v8_script_t  *script;

    s = ngx_invoke_program_compiled(program, path);

    if (s != NULL) {
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_MODULES_HITS, 1);
        return ngx_invoke_v8_script_run(call, s->script);
    }

    m = ngx_invoke_module_find(program->function, (char *) path->data,
                               path->len);

    if (m != NULL) {
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_MODULES_HITS, 1);
        ngx_invoke_program_loaded(ctx->isolate->running);
        script = ngx_invoke_program_script(call, m, path, 0);

    } else if (known) {
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_MODULES_MISSES, 1);
        m = ngx_invoke_program_load(call, ctx, path, entry, &script);

    } else {
        return ngx_invoke_v8_undefined(call);
    }

    if (m == NULL || script == NULL) {
        if (m != NULL) {
            ngx_invoke_module_release(m);
        }

        return NULL;
    }

    function = ngx_invoke_v8_script_run(call, script);

    ngx_invoke_program_keep(ctx, path, script, m, function != NULL);

    return function;
}


ngx_int_t
ngx_invoke_program_import(ngx_invoke_v8_call_t *call,
    ngx_invoke_context_t *ctx, ngx_str_t *path, ngx_str_t *url)
{
    int                      number;
    ngx_invoke_script_t     *s;
    ngx_invoke_module_t     *m;
    ngx_invoke_program_t    *program = ctx->program;
    ngx_invoke_v8_script_t  *script;

    s = ngx_invoke_program_compiled(program, url);

    if (s != NULL) {
        number = ngx_invoke_program_entered(call, ctx, s);

        return number >= 0 ? number : ngx_invoke_program_again(call, s);
    }

    m = ngx_invoke_module_find(program->function, (char *) url->data,
                               url->len);

    if (m != NULL) {
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_MODULES_HITS, 1);
        ngx_invoke_program_loaded(ctx->isolate->running);
        number = ngx_invoke_program_es_module(call, m, url, &script);

    } else {
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_MODULES_MISSES, 1);

        m = ngx_invoke_program_load_es(call, ctx, path, url);
        if (m == NULL) {
            return -1;
        }

        number = ngx_invoke_program_es_module(call, m, url, &script);

        if (number >= 0) {
            ngx_invoke_module_keep(m);
        }
    }

    if (number < 0) {
        ngx_invoke_module_release(m);
        return -1;
    }

    ngx_invoke_program_keep(ctx, url, script, m, 1);

    ngx_invoke_v8_module_own(call, number,
                             ngx_invoke_program_compiled(program, url));

    return number;
}


/* The number of one that was entered in this context, or -1. */

static int
ngx_invoke_program_entered(ngx_invoke_v8_call_t *call,
    ngx_invoke_context_t *ctx, ngx_invoke_script_t *s)
{
    int  number;

    /* most are where they were in another context */

    if (s->number < ctx->entered
        && ngx_invoke_v8_module_owner(call, s->number) == s)
    {
        return s->number;
    }

    for (number = 0; number < ctx->entered; number++) {
        if (ngx_invoke_v8_module_owner(call, number) == s) {
            return number;
        }
    }

    return -1;
}


/* The number of one that the isolate has compiled; -1: it has thrown. */

static int
ngx_invoke_program_again(ngx_invoke_v8_call_t *call, ngx_invoke_script_t *s)
{
    int                     number;
    ngx_invoke_v8_source_t  source;

    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_MODULES_HITS, 1);

    ngx_invoke_program_source(s->module, &s->node.str, &source);

    number = ngx_invoke_v8_module_again(call, s->script, &source);

    if (number >= 0) {
        ngx_invoke_v8_module_own(call, number, s);
    }

    return number;
}


void
ngx_invoke_program_linked(ngx_invoke_script_t *s, ngx_uint_t i, ngx_uint_t n,
    ngx_invoke_script_t *to)
{
    if (s->links == NULL) {
        s->links = calloc(n, sizeof(ngx_invoke_script_t *));
        if (s->links == NULL) {
            return;
        }

        s->nlinks = n;
    }

    s->links[i] = to;
}


ngx_int_t
ngx_invoke_program_enter(ngx_invoke_v8_call_t *call, ngx_invoke_context_t *ctx,
    ngx_str_t *url)
{
    ngx_uint_t            i, entering;
    ngx_invoke_script_t  *s, *to, *last;

    s = ngx_invoke_program_compiled(ctx->program, url);

    if (s == NULL || ngx_invoke_v8_modules(call) != 0) {
        return NGX_DECLINED;
    }

    entering = ++ctx->isolate->entering;

    s->number = ngx_invoke_program_again(call, s);
    s->entering = entering;
    s->next = NULL;

    for (last = s; s != NULL; s = s->next) {

        if (s->number < 0) {
            return NGX_ERROR;
        }

        ctx->entered = s->number + 1;

        if (ngx_invoke_v8_module_links(call, s->number) != s->nlinks) {
            return NGX_DECLINED;
        }

        for (i = 0; i < s->nlinks; i++) {
            to = s->links[i];

            if (to == NULL) {
                return NGX_DECLINED;
            }

            if (to->entering != entering) {
                to->number = ngx_invoke_program_again(call, to);
                to->entering = entering;
                to->next = NULL;

                last->next = to;
                last = to;
            }

            if (to->number < 0
                || ngx_invoke_v8_module_link(call, s->number, i, to->number)
                   != 0)
            {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


static ngx_invoke_script_t *
ngx_invoke_program_compiled(ngx_invoke_program_t *program, ngx_str_t *name)
{
    return (ngx_invoke_script_t *)
               ngx_str_rbtree_lookup(&program->scripts, name,
                                     ngx_crc32_long(name->data, name->len));
}


/* Takes over script and module, which are freed where it is not "right". */

static void
ngx_invoke_program_keep(ngx_invoke_context_t *ctx, ngx_str_t *name,
    ngx_invoke_v8_script_t *script, ngx_invoke_module_t *m, ngx_uint_t right)
{
    ngx_invoke_script_t  *s;

    s = right && ngx_invoke_module_cached()
        ? calloc(1, sizeof(ngx_invoke_script_t)) : NULL;

    if (s != NULL) {
        s->node.str.data = malloc(name->len + 1);
    }

    if (s == NULL || s->node.str.data == NULL) {
        free(s);
        ngx_invoke_v8_script_free(script);
        ngx_invoke_module_release(m);
        return;
    }

    ngx_memcpy(s->node.str.data, name->data, name->len);
    s->node.str.data[name->len] = '\0';
    s->node.str.len = name->len;
    s->node.node.key = ngx_crc32_long(name->data, name->len);
    s->script = script;
    s->module = m;

    ngx_rbtree_insert(&ctx->program->scripts, &s->node.node);

    if (__atomic_load_n(&m->code, __ATOMIC_ACQUIRE) == NULL) {
        s->uncached = 1;
        ngx_queue_insert_tail(&ctx->isolate->uncached, &s->queue);
    }
}


/*
 * Reads and compiles a file. Only the entry may await at top level: it is
 * compiled as an async function when it is not valid as a plain one.
 */

static ngx_invoke_module_t *
ngx_invoke_program_load(ngx_invoke_v8_call_t *call, ngx_invoke_context_t *ctx,
    ngx_str_t *path, ngx_uint_t entry, ngx_invoke_v8_script_t **script)
{
    u_char                 *text;
    size_t                  len;
    ngx_uint_t              maybe_async;
    ngx_invoke_module_t    *m;
    ngx_invoke_function_t  *f = ctx->program->function;

    *script = NULL;

    text = ngx_invoke_program_source_text(call, ctx, path, &len);
    if (text == NULL) {
        return NULL;
    }

    maybe_async = entry && ngx_strstr(text, "await") != NULL;

    m = ngx_invoke_program_module(f, path, text, len,
                                  NGX_INVOKE_MODULE_COMMONJS);
    if (m == NULL) {
        goto no_memory;
    }

    *script = ngx_invoke_program_script(call, m, path, maybe_async);

    if (*script == NULL && maybe_async) {
        ngx_invoke_module_release(m);

        m = ngx_invoke_program_module(f, path, text, len,
                                      NGX_INVOKE_MODULE_ASYNC);
        if (m == NULL) {
            goto no_memory;
        }

        *script = ngx_invoke_program_script(call, m, path, 0);
    }

    free(text);

    if (*script != NULL) {
        ngx_invoke_module_keep(m);
    }

    return m;

no_memory:

    free(text);
    ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR, NULL,
                        "Out of memory");
    return NULL;
}


/* Another isolate of the worker had it, so that its start is not cold. */

static void
ngx_invoke_program_loaded(ngx_invoke_slot_t *slot)
{
    uint32_t  cold = NGX_INVOKE_START_COLD;

    if (slot != NULL) {
        (void) __atomic_compare_exchange_n(&slot->inv->start, &cold,
                                           NGX_INVOKE_START_WARM, 0,
                                           __ATOMIC_RELAXED,
                                           __ATOMIC_RELAXED);
    }
}


static ngx_invoke_module_t *
ngx_invoke_program_load_es(ngx_invoke_v8_call_t *call,
    ngx_invoke_context_t *ctx, ngx_str_t *path, ngx_str_t *url)
{
    u_char               *text;
    size_t                len;
    ngx_invoke_module_t  *m;

    text = ngx_invoke_program_source_text(call, ctx, path, &len);
    if (text == NULL) {
        return NULL;
    }

    m = ngx_invoke_program_module(ctx->program->function, url, text, len,
                                  NGX_INVOKE_MODULE_ES);
    free(text);

    if (m == NULL) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR, NULL,
                            "Out of memory");
    }

    return m;
}


static u_char *
ngx_invoke_program_source_text(ngx_invoke_v8_call_t *call,
    ngx_invoke_context_t *ctx, ngx_str_t *path, size_t *len)
{
    size_t  max;

    max = ctx->isolate->memory / NGX_INVOKE_MODULE_PART;
    max = ngx_min(max, NGX_INVOKE_MODULE_SIZE);

    return ngx_invoke_program_read(call, ctx, path, max, len, NULL);
}


u_char *
ngx_invoke_program_read(ngx_invoke_v8_call_t *call,
    ngx_invoke_context_t *ctx, ngx_str_t *path, size_t max, size_t *len,
    ngx_str_t *refused)
{
    u_char                 *text, *stripped;
    struct stat             sb;
    ngx_invoke_function_t  *f = ctx->program->function;

    text = ngx_invoke_root_read(f->root_fd, (char *) path->data, max, &sb,
                                len);

    if (text == NULL) {
        ngx_invoke_bind_throw_errno(call, ngx_errno, "open", path);
        return NULL;
    }

    ngx_invoke_function_loaded(f, (char *) path->data, &sb);

    if (!ngx_invoke_strip_typed(path)) {
        return text;
    }

    stripped = ngx_invoke_program_strip(call, ctx, text, len, refused);
    free(text);

    return stripped;
}


/*
 * The text without its types, malloc'ed; NULL: it cannot be, which is told by
 * "refused", or an exception is pending.
 */

static u_char *
ngx_invoke_program_strip(ngx_invoke_v8_call_t *call,
    ngx_invoke_context_t *ctx, const u_char *text, size_t *len,
    ngx_str_t *refused)
{
    u_char                    *out;
    size_t                     bom;
    ngx_int_t                  rc;
    ngx_invoke_v8_stripped_e   result;

    if (ngx_invoke_v8_amaro() == NULL) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_ERROR,
                            "ERR_NO_TYPESCRIPT",
                            "The module was built without npm's package "
                            "amaro, which TypeScript needs");
        return NULL;
    }

    bom = ngx_invoke_bom(text, *len);
    rc = ngx_invoke_strip(ctx->isolate->watch, text + bom, *len - bom,
                          &result, &out, len);

    if (rc != NGX_OK) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_ERROR, NULL,
                            rc == NGX_ABORT ? "It is to end"
                                            : "Out of memory");
        return NULL;
    }

    if (result == NGX_INVOKE_V8_STRIPPED) {
        return out;
    }

    if (result == NGX_INVOKE_V8_UNSTRIPPABLE && refused != NULL) {
        refused->data = out;
        refused->len = *len;
        return NULL;
    }

    ngx_invoke_v8_throw(call, NGX_INVOKE_V8_SYNTAX_ERROR,
                        "ERR_INVALID_TYPESCRIPT_SYNTAX", (char *) out);
    free(out);

    return NULL;
}


static ngx_invoke_module_t *
ngx_invoke_program_module(ngx_invoke_function_t *f, ngx_str_t *name,
    const u_char *text, size_t len, ngx_invoke_module_kind_e kind)
{
    ngx_invoke_module_t  *m;

    m = ngx_invoke_module_make(f, (char *) name->data, name->len, text, len,
                               kind);

    if (m != NULL && ngx_invoke_module_cached()) {
        ngx_invoke_code_cache_load(m);
    }

    return m;
}


static ngx_invoke_v8_script_t *
ngx_invoke_program_script(ngx_invoke_v8_call_t *call, ngx_invoke_module_t *m,
    ngx_str_t *path, ngx_uint_t quiet)
{
    int                      rejected;
    ngx_invoke_v8_script_t  *script;
    ngx_invoke_v8_source_t   source;

    ngx_invoke_program_source(m, path, &source);
    source.owner = ngx_invoke_module_hold(m);

    script = ngx_invoke_v8_script_compile(call, &source, quiet, &rejected);

    ngx_invoke_program_code_used(m, &source, rejected);

    return script;
}


/* A module of the context; -1: an exception is pending. */

static int
ngx_invoke_program_es_module(ngx_invoke_v8_call_t *call,
    ngx_invoke_module_t *m, ngx_str_t *url, ngx_invoke_v8_script_t **script)
{
    int                     number, rejected;
    ngx_invoke_v8_source_t  source;

    ngx_invoke_program_source(m, url, &source);
    source.owner = ngx_invoke_module_hold(m);

    number = ngx_invoke_v8_module_compile(call, &source, script, &rejected);

    ngx_invoke_program_code_used(m, &source, rejected);

    return number;
}


static void
ngx_invoke_program_source(ngx_invoke_module_t *m, ngx_str_t *name,
    ngx_invoke_v8_source_t *source)
{
    source->name = (char *) name->data;
    source->data = m->source;
    source->len = m->len;
    source->encoding = m->encoding;
    source->column = m->column;
    source->cache = __atomic_load_n(&m->code, __ATOMIC_ACQUIRE);
    source->cache_len = source->cache != NULL ? m->code_len : 0;
    source->release = ngx_invoke_module_release;
    source->owner = m;
}


static void
ngx_invoke_program_code_used(ngx_invoke_module_t *m,
    ngx_invoke_v8_source_t *source, ngx_uint_t rejected)
{
    if (source->cache != NULL) {
        ngx_invoke_metrics_add(rejected
                               ? NGX_INVOKE_METRIC_MODULES_CODE_CACHE_REJECTED
                               : NGX_INVOKE_METRIC_MODULES_CODE_CACHE_HITS,
                               1);

        if (rejected) {
            ngx_invoke_code_cache_remove(m);
        }
    }
}


void
ngx_invoke_program_cache_code(ngx_invoke_isolate_t *iso)
{
    size_t                len;
    uint8_t              *code;
    ngx_queue_t          *q;
    ngx_invoke_script_t  *s;

    q = ngx_queue_head(&iso->uncached);
    ngx_queue_remove(q);

    s = ngx_queue_data(q, ngx_invoke_script_t, queue);
    s->uncached = 0;

    if (__atomic_load_n(&s->module->code, __ATOMIC_ACQUIRE) == NULL
        && ngx_invoke_v8_script_cache(s->script, &code, &len) == 0)
    {
        ngx_invoke_module_set_code(s->module, code, len);
        ngx_invoke_code_cache_store(s->module);
    }
}


ngx_str_t *
ngx_invoke_program_recall(ngx_invoke_program_t *program, ngx_str_t *key)
{
    ngx_invoke_fact_t  *fact;

    fact = (ngx_invoke_fact_t *)
               ngx_str_rbtree_lookup(&program->facts, key,
                                     ngx_crc32_long(key->data, key->len));

    return fact != NULL ? &fact->value : NULL;
}


void
ngx_invoke_program_remember(ngx_invoke_program_t *program, ngx_str_t *key,
    ngx_str_t *value)
{
    size_t              size;
    u_char             *p;
    ngx_invoke_fact_t  *fact;

    size = sizeof(ngx_invoke_fact_t) + key->len + value->len;

    if (program->facts_size + size > NGX_INVOKE_FACTS_SIZE
        || ngx_invoke_program_recall(program, key) != NULL)
    {
        return;
    }

    fact = malloc(size);
    if (fact == NULL) {
        return;
    }

    p = (u_char *) (fact + 1);

    fact->node.str.data = p;
    fact->node.str.len = key->len;
    fact->node.node.key = ngx_crc32_long(key->data, key->len);
    p = ngx_cpymem(p, key->data, key->len);

    fact->value.data = p;
    fact->value.len = value->len;
    ngx_memcpy(p, value->data, value->len);

    ngx_rbtree_insert(&program->facts, &fact->node.node);
    program->facts_size += size;
}
