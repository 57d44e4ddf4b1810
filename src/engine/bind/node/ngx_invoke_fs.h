/*
 * Operations on the files of a package, apart from what V8 is told of them.
 * Each may be tried without a wait for a disk first, and be a piece of work
 * for another thread where that fails.
 */

#ifndef _NGX_INVOKE_FS_H_INCLUDED_
#define _NGX_INVOKE_FS_H_INCLUDED_


#include "ngx_invoke_descriptors.h"
#include "ngx_invoke_function.h"
#include "ngx_invoke_work.h"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/vfs.h>


/* What one piece of work reads at most: it has memory of its own for that. */
#define NGX_INVOKE_FS_CHUNK  (512 * 1024)


/* Numbers of libuv's uv_dirent_type_t. */

typedef enum {
    NGX_INVOKE_DIRENT_UNKNOWN = 0,
    NGX_INVOKE_DIRENT_FILE,
    NGX_INVOKE_DIRENT_DIR,
    NGX_INVOKE_DIRENT_LINK,
    NGX_INVOKE_DIRENT_FIFO,
    NGX_INVOKE_DIRENT_SOCKET,
    NGX_INVOKE_DIRENT_CHAR,
    NGX_INVOKE_DIRENT_BLOCK
} ngx_invoke_dirent_e;

typedef struct {
    ngx_int_t    type;
    size_t       len;
    char         name[1];
} ngx_invoke_dirent_t;

typedef struct {
    ngx_invoke_dirent_t  **entries;
    size_t                 n;
    size_t                 room;
} ngx_invoke_listing_t;


typedef struct {
    ngx_invoke_work_t       work;

    /* what it is about */

    ngx_invoke_function_t  *function;       /* held, if "own" */
    ngx_str_t               path;           /* malloc'ed, or NULL */
    int                     fd;             /* or -1; its own, if "own" */
    int                     flags;          /* of open(); access()'s mode */
    off_t                   position;       /* -1: the next bytes */

    /*
     * The memory to read to. What is "own" has none but its chunk, in which
     * are the bytes that come after those that are done.
     */

    uint8_t                *data;
    size_t                  len;
    size_t                  done;

    /* what comes of it, and to which it is malloc'ed */

    int                     result;         /* or a negative errno */
    uint8_t                *chunk;
    struct statx            st;
    struct statfs           fs;
    ngx_str_t               text;
    ngx_invoke_listing_t    list;

    unsigned                cached:1;       /* -EAGAIN instead of a wait */
    unsigned                own:1;          /* is malloc'ed, and owns it all */
    unsigned                counted:1;      /* among the descriptors */
} ngx_invoke_fs_t;


/* The operations, as a work's run(). Any thread. */

void ngx_invoke_fs_open(ngx_invoke_work_t *work);
void ngx_invoke_fs_read(ngx_invoke_work_t *work);
void ngx_invoke_fs_stat(ngx_invoke_work_t *work);   /* of fd or path */
void ngx_invoke_fs_statfs(ngx_invoke_work_t *work);
void ngx_invoke_fs_access(ngx_invoke_work_t *work);
void ngx_invoke_fs_readlink(ngx_invoke_work_t *work);
void ngx_invoke_fs_realpath(ngx_invoke_work_t *work);
void ngx_invoke_fs_readdir(ngx_invoke_work_t *work);

/*
 * A copy that owns what it needs, and with it what "fs" had; "takes" is not 0
 * where a descriptor comes of it, which is of that part then. NULL: memory or
 * descriptors are out. Actor thread.
 */
ngx_invoke_fs_t *ngx_invoke_fs_own(ngx_invoke_fs_t *fs,
    ngx_invoke_descriptors_e takes);

/* Its free(): frees what it has, and itself if it is "own". Any thread. */
void ngx_invoke_fs_free(ngx_invoke_work_t *work);


#endif /* _NGX_INVOKE_FS_H_INCLUDED_ */
