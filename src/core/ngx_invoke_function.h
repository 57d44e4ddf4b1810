/*
 * A version of a function: what a store hands to the engine.
 *
 * A record never changes after it was made, but for the list of the files
 * that were loaded. It is counted: the store holds one reference, each
 * invocation and each isolate that has compiled code of it another. Taking
 * and dropping references is allowed on any thread.
 */

#ifndef _NGX_INVOKE_FUNCTION_H_INCLUDED_
#define _NGX_INVOKE_FUNCTION_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_invoke_field.h"


typedef struct ngx_invoke_file_s   ngx_invoke_file_t;
typedef struct ngx_invoke_guest_s  ngx_invoke_guest_t;

struct ngx_invoke_file_s {
    ngx_invoke_file_t    *next;
    dev_t                 dev;
    ino_t                 ino;
    off_t                 size;         /* -1: there was no such file */
    struct timespec       mtime;
    struct timespec       ctime;        /* no one sets it back */
    char                  path[1];      /* in the package, from "/" */
};


#define NGX_INVOKE_FUNCTION_BUCKETS  64

/* of what was looked for and not found so much is looked at for changes */
#define NGX_INVOKE_FUNCTION_MISSING  4096

typedef struct {
    ngx_str_t             id;           /* directory, or id of the store */
    ngx_str_t             version;      /* digest: SHA-256, 64 hex digits */
    ngx_str_t             root;         /* absolute path of the package */
    int                   root_fd;      /* O_PATH, owned by the record */

    ngx_invoke_field_t   *env;          /* the store's, in the record */
    ngx_uint_t            nenv;

    ngx_invoke_guest_t   *guest;        /* the pool's; event loop only */

    /* any thread, under the lock */
    pthread_mutex_t       mutex;
    ngx_invoke_file_t    *files[NGX_INVOKE_FUNCTION_BUCKETS];
    ngx_uint_t            missing;      /* of them */

    ngx_uint_t            users;        /* under the lock */
    time_t                used;         /* under the lock: noted on disk */
    unsigned              package:1;    /* of the package cache */

    ngx_int_t             descriptors;  /* atomic, that it holds */
    ngx_atomic_t          refs;
    uint32_t              local;        /* atomic: 1 its files are on this
                                           machine, 2 not, 0 not looked at */
    uint32_t              told;         /* atomic: what it has left pending */
} ngx_invoke_function_t;


/*
 * Makes a record with one reference; copies id, version, root and the
 * fields. Takes over root_fd. NULL when memory is out (root_fd is closed).
 * Any thread.
 */
ngx_invoke_function_t *ngx_invoke_function_create(ngx_str_t *id,
    ngx_str_t *version, ngx_str_t *root, int root_fd,
    ngx_invoke_field_t *env, ngx_uint_t nenv);

/* Any thread. */
ngx_invoke_function_t *ngx_invoke_function_hold(ngx_invoke_function_t *f);
void ngx_invoke_function_release(ngx_invoke_function_t *f);

/*
 * The directory of a package in the cache stays while it has users, which are
 * requests, invocations and contexts; a record that merely knows of it, or
 * compiled code, is none. The lock is root_fd's flock().
 *
 * ngx_invoke_function_package() says of a new record that it is of such a
 * package; it has no user then. ngx_invoke_function_use() gives NGX_DECLINED
 * where the package has been removed, and the record is of no use any more;
 * with another user that cannot be. A record of any other kind is always
 * there. Any thread.
 */
void ngx_invoke_function_package(ngx_invoke_function_t *f);
ngx_int_t ngx_invoke_function_use(ngx_invoke_function_t *f);
void ngx_invoke_function_unuse(ngx_invoke_function_t *f);

/*
 * Notes that a file of the package was loaded, once a path; "path" is
 * absolute in the package. With sb NULL: that there was none. Any thread.
 */
void ngx_invoke_function_loaded(ngx_invoke_function_t *f, const char *path,
    const struct stat *sb);

/*
 * NGX_OK when no file that was loaded differs on disk, else NGX_DECLINED;
 * NGX_ERROR with errno: it cannot be told, for descriptors or memory are out.
 * Does one stat a file, so not on the event loop. Any other thread.
 */
ngx_int_t ngx_invoke_function_unchanged(ngx_invoke_function_t *f);


#endif /* _NGX_INVOKE_FUNCTION_H_INCLUDED_ */
