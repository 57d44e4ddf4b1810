/*
 * The packages of the fleet's functions on this host's disk: digest ->
 * directory, in the directory of invoke_package_cache.
 *
 *     <digest>/      a package, unpacked: whole, by fsync and rename, or absent
 *     lock/<digest>  flock(): one fetches it, over all processes
 *     tmp/           archives and directories under way
 *     code/          V8's code cache (ngx_invoke_code_cache.h)
 *
 * Who uses a package holds a shared flock() on its directory; what is removed
 * is locked exclusively before it is renamed away, so no package goes that an
 * isolate, of whichever process, may still read.
 *
 * A package that is not there is fetched from S3, hashed, unpacked and moved
 * into place by a task of a thread pool, a few at a time. All who want a
 * digest wait for one such task; where another process has begun, they look
 * again until it has ended, and go on themselves where it has died. Why a
 * digest is not to be had is remembered for a short time.
 *
 * All functions, unless they say so: event loop.
 */

#ifndef _NGX_INVOKE_PACKAGE_H_INCLUDED_
#define _NGX_INVOKE_PACKAGE_H_INCLUDED_


#include "ngx_invoke_core.h"
#include "ngx_invoke_s3.h"
#include <ngx_event.h>
#include <ngx_thread_pool.h>


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
                                           to close; -1: not to be had */
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

/* In init_process and exit_process. */
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
 * A package that this process has open already is given at once, without a
 * system call but dup(). One that has to be fetched may take minutes: who will
 * not wait so long cancels, and finds it later.
 */
ngx_int_t ngx_invoke_package_find(ngx_invoke_package_lookup_t *lookup);

/* The handler will not be called any more; allowed at any time. */
void ngx_invoke_package_cancel(ngx_invoke_package_lookup_t *lookup);


#endif /* _NGX_INVOKE_PACKAGE_H_INCLUDED_ */
