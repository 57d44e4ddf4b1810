/*
 * V8's code cache on disk, so that a worker which starts later compiles
 * nothing that an earlier one has compiled; and TypeScript without its types.
 *
 * A file a module, in the directory "code" of invoke_package_cache. Its name
 * is the SHA-256 of the module's wrapped source and of what else the code
 * depends on (V8, its flags, the library's build): what is found under it is
 * right for that source, whichever package has it. Files are written aside
 * and renamed, and end in a checksum. They are V8's input without further
 * checks, so the directory has to be the worker's own.
 *
 * A use is noted as the time of the file; those of the package cache remove
 * what was not used for long, or is too much.
 */

#ifndef _NGX_INVOKE_CODE_CACHE_H_INCLUDED_
#define _NGX_INVOKE_CODE_CACHE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_invoke_module_cache.h"


#define NGX_INVOKE_CODE_NAME  64        /* hex digits of SHA-256 */


/*
 * In the master, or the only process: makes the directory in the cache, and
 * that, whose path has a NUL behind it; for the user that
 * workers run as (uid and gid -1: as this one). A failure is logged and means
 * that there will be no cache.
 */
void ngx_invoke_code_cache_create(const ngx_str_t *cache, ngx_uid_t uid,
    ngx_gid_t gid, ngx_log_t *log);

/* In a worker's init_process. Event loop. */
void ngx_invoke_code_cache_init(const ngx_str_t *cache, ngx_cycle_t *cycle);
/*
 * Logs that a file could not be kept, if so: a directory that stays read-only
 * is worth one line of a worker. Event loop.
 */
void ngx_invoke_code_cache_tell(ngx_log_t *log);

/* Gives the module its code, if the cache has it. Actor thread. */
void ngx_invoke_code_cache_load(ngx_invoke_module_t *m);
/* Keeps the module's code. Actor thread. */
void ngx_invoke_code_cache_store(ngx_invoke_module_t *m);
/* V8 did not take the code that was loaded. Actor thread. */
void ngx_invoke_code_cache_remove(ngx_invoke_module_t *m);

/*
 * The name of a file: the digest of what its content is made from, and of what
 * makes it. "kind" may be NULL. NGX_ERROR: memory is out. Any thread.
 */
ngx_int_t ngx_invoke_code_cache_digest(const char *identity, const char *kind,
    const u_char *data, size_t len, char name[NGX_INVOKE_CODE_NAME + 1]);
/* A file's content, malloc'ed with a NUL behind it, or NULL. Any thread. */
u_char *ngx_invoke_code_cache_get(const char *name, size_t *len);
/* Keeps one; NGX_DECLINED: there is no cache. Any thread. */
ngx_int_t ngx_invoke_code_cache_put(const char *name, const u_char *data,
    size_t len);


#endif /* _NGX_INVOKE_CODE_CACHE_H_INCLUDED_ */
