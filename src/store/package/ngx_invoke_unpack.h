/*
 * Archives of packages, by libarchive: .tgz, .tar and .zip.
 *
 * libarchive only reads. What it says of a member is checked here, and
 * written below a directory by calls that follow no link, so that nothing
 * leaves it; an archive one of whose members is refused is refused as a whole.
 */

#ifndef _NGX_INVOKE_UNPACK_H_INCLUDED_
#define _NGX_INVOKE_UNPACK_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* Limits of a package. */

#define NGX_INVOKE_UNPACK_MEMBERS  65536
#define NGX_INVOKE_UNPACK_PATH     1024
#define NGX_INVOKE_UNPACK_DEPTH    64
#define NGX_INVOKE_UNPACK_BYTES    ((off_t) 512 * 1024 * 1024)
/* times the archive's size, from so many bytes on */
#define NGX_INVOKE_UNPACK_RATIO    100
#define NGX_INVOKE_UNPACK_SMALL    ((off_t) 16 * 1024 * 1024)


typedef enum {
    NGX_INVOKE_UNPACK_OK = 0,
    NGX_INVOKE_UNPACK_DAMAGED,          /* unknown, cut, empty */
    NGX_INVOKE_UNPACK_OUTSIDE,          /* a path or a link leaves it */
    NGX_INVOKE_UNPACK_TYPE,             /* a device, a FIFO, a socket */
    NGX_INVOKE_UNPACK_LIMIT,            /* one of those above */
    NGX_INVOKE_UNPACK_LOCAL,            /* this host's fault: err */
    NGX_INVOKE_UNPACK_STOPPED
} ngx_invoke_unpack_rc_e;


#define NGX_INVOKE_UNPACK_NAME  128

typedef struct {
    int                 archive;        /* a file, at its start */
    int                 dir;            /* an empty directory */
    time_t              modified;       /* of all files, 0: now */
    ngx_uint_t        (*stop)(void *data);  /* asked at each member */
    void               *data;

    /* the result */

    off_t               size;           /* bytes on disk, in whole blocks */
    ngx_err_t           err;
    const char         *failed;         /* why not, a constant */
    size_t              name_len;       /* and at which member, cut */
    u_char              name[NGX_INVOKE_UNPACK_NAME];
} ngx_invoke_unpack_t;


/*
 * Unpacks, and has all of it on disk when it returns OK; else something may be
 * left in the directory. Blocks. Thread pool.
 */
ngx_invoke_unpack_rc_e ngx_invoke_unpack(ngx_invoke_unpack_t *unpack);


#endif /* _NGX_INVOKE_UNPACK_H_INCLUDED_ */
