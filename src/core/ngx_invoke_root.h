/*
 * Files of a package, seen with the package directory as "/". The kernel
 * keeps a look-up inside (openat2(2) with RESOLVE_IN_ROOT); where it has no
 * openat2, an equal walk does. The path prefix "/app" names the same root
 * when the package has no "app" of its own. Any thread; all of it may block
 * on the disk, so none of it belongs on the event loop.
 */

#ifndef _NGX_INVOKE_ROOT_H_INCLUDED_
#define _NGX_INVOKE_ROOT_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/*
 * A flag for the functions below: they look only at what the kernel knows of
 * names and links without waiting for a disk, else they fail with EAGAIN.
 */
#define NGX_INVOKE_ROOT_CACHED  0x40000000


/*
 * Opens "path" (NUL-terminated, relative ones start at the root) with the
 * flags of open(2); always read only and close-on-exec. Returns the
 * descriptor, which the caller owns, or -1 with errno. A FIFO, a socket or
 * a device gives EACCES.
 */
int ngx_invoke_root_open(int root_fd, const char *path, int flags);

/* As stat(2), or with O_NOFOLLOW as lstat(2). 0, or -1 with errno. */
int ngx_invoke_root_stat(int root_fd, const char *path, int flags,
    struct stat *sb);

/*
 * The path without symbolic links, from "/" = the root. Returns its length,
 * or -1 with errno (ENAMETOOLONG when it does not fit).
 */
ssize_t ngx_invoke_root_realpath(int root_fd, const char *path, char *buf,
    size_t size);

/*
 * Whether what a look-up and stat(2) find is on this machine, so that the
 * kernel does not have to ask another one, or a process, for what it knows.
 */
ngx_uint_t ngx_invoke_root_local(int root_fd);

/*
 * Reads a whole regular file into malloc'ed memory with a NUL behind it and
 * fills sb. The caller frees it. NULL with errno; EFBIG over "max" bytes.
 */
u_char *ngx_invoke_root_read(int root_fd, const char *path, size_t max,
    struct stat *sb, size_t *len);


#endif /* _NGX_INVOKE_ROOT_H_INCLUDED_ */
