/*
 * The packages of the fleet's functions on this host's disk: digest ->
 * directory, in the directory of invoke_package_cache.
 *
 *     <digest>/      a package, unpacked: whole, by fsync and rename, or absent
 *     lock/<digest>  flock(): one fetches it, over all processes; its text is
 *                    the package's size
 *     tmp/           archives and directories under way
 *     code/          V8's code cache (ngx_invoke_code_cache.h)
 *
 * Who uses a package holds a shared flock() on its directory (see
 * ngx_invoke_function_use()); what is removed is locked exclusively before it
 * is renamed away, so no package goes that an isolate, of whichever process,
 * may still read.
 *
 * A package that is not there is fetched from S3, hashed, unpacked and moved
 * into place by a task of a thread pool, a few at a time. All who want a
 * digest wait for one such task; where another process has begun, they look
 * again until it has ended, and go on themselves where it has died. Why a
 * digest is not to be had is remembered for a short time.
 *
 * After each package that was brought, and from time to time, the cache is
 * cleared: ngx_invoke_package_clear.h.
 *
 * All functions, unless they say so: event loop.
 */

#ifndef _NGX_INVOKE_PACKAGE_H_INCLUDED_
#define _NGX_INVOKE_PACKAGE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_thread_pool.h>
#include "ngx_invoke_s3.h"


typedef struct {
    ngx_str_t               path;       /* with a NUL behind it */
    off_t                   max_size;   /* bytes, with code/ */
    time_t                  inactive;   /* seconds */
    ngx_invoke_s3_conf_t    s3;
} ngx_invoke_package_conf_t;


typedef struct ngx_invoke_package_lookup_s  ngx_invoke_package_lookup_t;

struct ngx_invoke_package_lookup_s {

    /* the caller's; the strings stay until the end */

    ngx_str_t               digest;     /* SHA-256: 64 hex digits */
    ngx_str_t               key;        /* of the object in the bucket */
    void                  (*handler)(ngx_invoke_package_lookup_t *lookup);
    void                   *data;

    /* the result */

    ngx_str_t               root;       /* absolute path, NUL-terminated,
                                           malloc'ed: the caller's to free */
    int                     fd;         /* the directory, locked: the caller's
                                           to close; -1: not to be had. No
                                           other descriptor has its lock */
    const char             *failed;     /* then: why, a constant; a line in
                                           the log tells more */

    /* package's own */

    void                   *entry;
    ngx_queue_t             queue;
    unsigned                waiting:1;
};


/*
 * In the master, or the only process: makes the directories, for the user
 * that workers run as (uid and gid -1: as this one).
 */
void ngx_invoke_package_create(const ngx_invoke_package_conf_t *conf,
    ngx_uid_t uid, ngx_gid_t gid, ngx_log_t *log);

/*
 * In init_process and exit_process. Without an object store there are no
 * packages, but code/ is cleared.
 */
void ngx_invoke_package_init(const ngx_invoke_package_conf_t *conf,
    ngx_thread_pool_t *pool, ngx_cycle_t *cycle);
void ngx_invoke_package_exit(void);

/*
 * Looks a package up; without a digest that is one, or without an object
 * store, it is not to be had. NGX_OK: root and fd are set. NGX_DECLINED:
 * failed is. NGX_AGAIN: the handler will be called, with either; lookup must
 * stay where it is until then or until it is cancelled. NGX_ERROR: memory is
 * out.
 *
 * One that has to be fetched may take minutes: who will not wait so long
 * cancels, and finds it later.
 */
ngx_int_t ngx_invoke_package_find(ngx_invoke_package_lookup_t *lookup);

/* The handler will not be called any more; allowed at any time. */
void ngx_invoke_package_cancel(ngx_invoke_package_lookup_t *lookup);


/* What the cache has on disk, as it was last seen by any worker. */

typedef struct {
    ngx_uint_t              packages;
    off_t                   size;       /* bytes of those */
    off_t                   code;       /* bytes of code/ */
    off_t                   max_size;
} ngx_invoke_package_stat_t;

void ngx_invoke_package_stat(ngx_invoke_package_stat_t *stat);


typedef struct ngx_invoke_package_clean_s  ngx_invoke_package_clean_t;

struct ngx_invoke_package_clean_s {

    /* the caller's */

    ngx_str_t               digest;     /* len 0: what is old or too much */
    void                  (*handler)(ngx_invoke_package_clean_t *clean);
    void                   *data;

    /* the result */

    ngx_uint_t              removed;    /* packages; of digest: 0 or 1 */
    off_t                   freed;      /* bytes */
    ngx_uint_t              in_use;     /* digest is, and stays */

    /* package's own */

    ngx_queue_t             queue;
    unsigned                waiting:1;
    u_char                  name[65];
};

/*
 * Removes one package, or cleans up as is done from time to time anyway.
 * NGX_AGAIN: the handler will be called; clean stays where it is until then
 * or until it is cancelled. NGX_DECLINED: there is no such digest.
 */
ngx_int_t ngx_invoke_package_clean(ngx_invoke_package_clean_t *clean);
void ngx_invoke_package_clean_cancel(ngx_invoke_package_clean_t *clean);


/* Who keeps an index of what the cache of this host has; digests only. */

typedef struct {
    void                  (*stored)(ngx_str_t *digest, off_t size);
    void                  (*used)(ngx_str_t *digest);
    void                  (*removed)(ngx_str_t *digest);

    /*
     * Before a download: NGX_OK, or NGX_AGAIN, and the handler will be called,
     * soon in any case; unlock() comes first, or after the download.
     */
    ngx_int_t             (*lock)(ngx_str_t *digest,
                              void (*handler)(void *data), void *data);
    void                  (*unlock)(ngx_str_t *digest);
} ngx_invoke_package_index_t;

/* "index" is constant; NULL: nobody. */
void ngx_invoke_package_index(const ngx_invoke_package_index_t *index);


#endif /* _NGX_INVOKE_PACKAGE_H_INCLUDED_ */
