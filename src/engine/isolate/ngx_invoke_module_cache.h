/*
 * The worker's cache of modules: their sources, wrapped and ready for V8,
 * and V8's code cache of them, so that one isolate compiles for all. Keyed
 * by function, version and path; the least recently used one goes first.
 *
 * A module is counted and outlives its eviction while an isolate has it. All
 * functions: any thread.
 */

#ifndef _NGX_INVOKE_MODULE_CACHE_H_INCLUDED_
#define _NGX_INVOKE_MODULE_CACHE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_invoke_function.h"
#include "ngx_invoke_v8.h"


typedef struct ngx_invoke_module_s  ngx_invoke_module_t;


/* What a file is, and so what is put around its text. */

typedef enum {
    NGX_INVOKE_MODULE_COMMONJS = 0,
    NGX_INVOKE_MODULE_ASYNC,        /* CommonJS that awaits at top level */
    NGX_INVOKE_MODULE_ES            /* nothing */
} ngx_invoke_module_kind_e;


struct ngx_invoke_module_s {
    ngx_str_node_t             node;        /* key */
    ngx_queue_t                queue;
    ngx_atomic_t               refs;

    ngx_invoke_module_kind_e   kind;
    u_char                    *source;      /* the wrapped text */
    size_t                     len;
    ngx_int_t                  column;      /* of the file's first line */
    ngx_invoke_v8_encoding_e   encoding;

    uint8_t                   *code;        /* atomic, set once */
    size_t                     code_len;

    size_t                     kept;        /* bytes, 0: not in the cache */
};


/*
 * "max" modules are kept, 0: none, which together have no more than "size"
 * bytes. Before the first actor starts.
 */
void ngx_invoke_module_cache_init(ngx_uint_t max, size_t size);
/* Whether modules are kept at all. */
ngx_uint_t ngx_invoke_module_cached(void);

/*
 * The module, with a reference, or NULL when it is not in the cache. Its name
 * is a path, or an ES module's URL.
 */
ngx_invoke_module_t *ngx_invoke_module_find(ngx_invoke_function_t *f,
    const char *name, size_t len);

/*
 * Makes a module of a file's text, which it copies. One with a reference, or
 * NULL when memory is out.
 */
ngx_invoke_module_t *ngx_invoke_module_make(ngx_invoke_function_t *f,
    const char *name, size_t len, const u_char *text, size_t text_len,
    ngx_invoke_module_kind_e kind);

/* Puts it into the cache, once it has been compiled. */
void ngx_invoke_module_keep(ngx_invoke_module_t *m);

/* Gives it V8's code cache, malloc'ed; freed when there is one already. */
void ngx_invoke_module_set_code(ngx_invoke_module_t *m, uint8_t *code,
    size_t len);

ngx_invoke_module_t *ngx_invoke_module_hold(ngx_invoke_module_t *m);
void ngx_invoke_module_release(void *module);


#endif /* _NGX_INVOKE_MODULE_CACHE_H_INCLUDED_ */
