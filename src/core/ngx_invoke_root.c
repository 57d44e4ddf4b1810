
#include "ngx_invoke_root.h"

#include <linux/magic.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#if defined SYS_openat2
#include <linux/openat2.h>
#define NGX_INVOKE_ROOT_NO_LINKS  RESOLVE_NO_SYMLINKS

/* since Linux 5.12 */
#if !defined RESOLVE_CACHED
#define RESOLVE_CACHED  0x20
#endif

#else
#define NGX_INVOKE_ROOT_NO_LINKS  0
#define RESOLVE_CACHED            0
#endif


#define NGX_INVOKE_ROOT_LINKS    40     /* as the kernel's MAXSYMLINKS */
#define NGX_INVOKE_ROOT_DEPTH    128
#define NGX_INVOKE_ROOT_RETRIES  64

/* not in the kernel's headers */
#define NGX_INVOKE_ROOT_ZFS      0x2fc12fc1

#if !defined FUSE_SUPER_MAGIC
#define FUSE_SUPER_MAGIC         0x65735546
#endif


/*
 * A look-up without openat2(2): it goes one component at a time and never
 * follows a link in the kernel. The directories that it came through stay
 * open, so that ".." leads back to where it came from and not to wherever
 * somebody has moved a directory meanwhile.
 */

typedef struct {
    int          fds[NGX_INVOKE_ROOT_DEPTH];    /* fds[0] is the root */
    size_t       ends[NGX_INVOKE_ROOT_DEPTH];   /* of the names in path */
    ngx_uint_t   depth;
    ngx_uint_t   links;
    size_t       len;
    char         path[PATH_MAX];                /* where we are */
    char         rest[2 * PATH_MAX];            /* what is yet to walk */
} ngx_invoke_root_walk_t;


static int ngx_invoke_root_open_stat(int root_fd, const char *path, int flags,
    struct stat *sb);
static ngx_uint_t ngx_invoke_root_plain(const char *path);
static const char *ngx_invoke_root_alias(int root_fd, const char *path);
static int ngx_invoke_root_lookup(int root_fd, const char *path, int flags);
static int ngx_invoke_root_cached(int root_fd, const char *path, int flags);
static int ngx_invoke_root_openat2(int root_fd, const char *path, int flags,
    uint64_t resolve);
static int ngx_invoke_root_walk(int root_fd, const char *path, int flags,
    char *buf, size_t size, ssize_t *len);
static char *ngx_invoke_root_component(char **rest, ngx_uint_t *last);
static int ngx_invoke_root_step(ngx_invoke_root_walk_t *w, char *name,
    char *rest, int flags);
static int ngx_invoke_root_follow(ngx_invoke_root_walk_t *w, int fd,
    char *rest);
static void ngx_invoke_root_leave(ngx_invoke_root_walk_t *w, ngx_uint_t depth);


int
ngx_invoke_root_open(int root_fd, const char *path, int flags)
{
    struct stat  sb;

    return ngx_invoke_root_open_stat(root_fd, path, flags, &sb);
}


static int
ngx_invoke_root_open_stat(int root_fd, const char *path, int flags,
    struct stat *sb)
{
    int  fd;

    flags &= O_DIRECTORY|O_NOFOLLOW|O_PATH|NGX_INVOKE_ROOT_CACHED;
    flags |= O_CLOEXEC;

    if (!(flags & O_PATH)) {

        /* O_NONBLOCK: to open a FIFO would wait for its writer */

        flags |= O_RDONLY|O_NONBLOCK|O_NOCTTY;
    }

    fd = ngx_invoke_root_lookup(root_fd, path, flags);

    if (fd == -1) {
        if (errno == ENXIO || errno == ENODEV) {
            errno = EACCES;
        }

        return -1;
    }

    if (fstat(fd, sb) == 0
        && (S_ISREG(sb->st_mode) || S_ISDIR(sb->st_mode)
            || (flags & O_PATH)))
    {
        return fd;
    }

    (void) close(fd);
    errno = EACCES;

    return -1;
}


int
ngx_invoke_root_stat(int root_fd, const char *path, int flags,
    struct stat *sb)
{
    int  fd, rc;

    fd = ngx_invoke_root_lookup(root_fd, path,
                                O_PATH|O_CLOEXEC
                                |(flags & (O_NOFOLLOW|NGX_INVOKE_ROOT_CACHED)));
    if (fd == -1) {
        return -1;
    }

    rc = fstat(fd, sb);
    (void) close(fd);

    return rc;
}


ssize_t
ngx_invoke_root_realpath(int root_fd, const char *path, char *buf,
    size_t size)
{
    int      fd;
    ssize_t  len;

    len = -1;
    path = ngx_invoke_root_alias(root_fd, path);

    /* Most paths have no link: then one look says that it is the real one. */

    fd = ngx_invoke_root_plain(path)
         ? ngx_invoke_root_openat2(root_fd, path, O_PATH|O_CLOEXEC,
                                   NGX_INVOKE_ROOT_NO_LINKS)
         : -1;

    if (fd != -1) {
        (void) close(fd);

        if (ngx_strlen(path) < size) {
            len = ngx_strlen(path);
            ngx_memcpy(buf, path, len + 1);
        }

    } else {
        fd = ngx_invoke_root_walk(root_fd, path, O_PATH|O_CLOEXEC, buf, size,
                                  &len);
        if (fd == -1) {
            return -1;
        }

        (void) close(fd);
    }

    if (len == -1) {
        errno = ENAMETOOLONG;
    }

    return len;
}


ngx_uint_t
ngx_invoke_root_local(int root_fd)
{
    struct stat    sb;
    struct statfs  fs;

    if (fstatfs(root_fd, &fs) == -1 || fstat(root_fd, &sb) == -1) {
        return 0;
    }

    switch ((uint32_t) fs.f_type) {

    case FUSE_SUPER_MAGIC:
        return 0;

    case TMPFS_MAGIC:
    case RAMFS_MAGIC:
    case OVERLAYFS_SUPER_MAGIC:
    case BTRFS_SUPER_MAGIC:
    case NGX_INVOKE_ROOT_ZFS:
        return 1;

    default:
        /* file systems without a block device of theirs have no number */
        return major(sb.st_dev) != 0;
    }
}


u_char *
ngx_invoke_root_read(int root_fd, const char *path, size_t max,
    struct stat *sb, size_t *len)
{
    int      fd, err;
    u_char  *p;
    size_t   done;
    ssize_t  n;

    fd = ngx_invoke_root_open_stat(root_fd, path, 0, sb);
    if (fd == -1) {
        return NULL;
    }

    p = NULL;

    if (S_ISDIR(sb->st_mode)) {
        err = EISDIR;
        goto failed;
    }

    if ((uintmax_t) sb->st_size > (uintmax_t) max) {
        err = EFBIG;
        goto failed;
    }

    p = malloc(sb->st_size + 1);
    if (p == NULL) {
        err = ENOMEM;
        goto failed;
    }

    for (done = 0; done < (size_t) sb->st_size; done += n) {

        n = read(fd, p + done, sb->st_size - done);

        if (n == 0) {
            break;
        }

        if (n == -1) {
            if (errno == EINTR) {
                n = 0;
                continue;
            }

            err = errno;
            goto failed;
        }
    }

    (void) close(fd);

    p[done] = '\0';
    *len = done;

    return p;

failed:

    (void) close(fd);
    free(p);
    errno = err;

    return NULL;
}


/* Whether there is nothing in a path to resolve but links. */

static ngx_uint_t
ngx_invoke_root_plain(const char *path)
{
    if (*path != '/') {
        return 0;
    }

    while (*path == '/') {
        path++;

        if (path[0] == '/' || path[0] == '\0'
            || (path[0] == '.'
                && (path[1] == '/' || path[1] == '\0'
                    || (path[1] == '.'
                        && (path[2] == '/' || path[2] == '\0')))))
        {
            return 0;
        }

        path += strcspn(path, "/");
    }

    return 1;
}


/*
 * What "path" names when its first name is "app" and the package has none:
 * the rest. Dots before it lead nowhere.
 */

static const char *
ngx_invoke_root_alias(int root_fd, const char *path)
{
    const char   *p;
    struct stat   sb;

    for (p = path; *p; /* void */ ) {

        if (*p == '/') {
            p++;

        } else if (p[0] == '.' && (p[1] == '/' || p[1] == '\0')) {
            p++;

        } else if (p[0] == '.' && p[1] == '.'
                   && (p[2] == '/' || p[2] == '\0'))
        {
            p += 2;

        } else {
            break;
        }
    }

    if (ngx_strncmp(p, "app", 3) != 0 || (p[3] != '/' && p[3] != '\0')) {
        return path;
    }

    if (fstatat(root_fd, "app", &sb, AT_SYMLINK_NOFOLLOW) == 0
        || errno != ENOENT)
    {
        return path;
    }

    return p[3] == '/' ? p + 3 : "/";
}


static int
ngx_invoke_root_lookup(int root_fd, const char *path, int flags)
{
    int  fd;

    path = ngx_invoke_root_alias(root_fd, path);

    if (flags & NGX_INVOKE_ROOT_CACHED) {
        return ngx_invoke_root_cached(root_fd, path,
                                      flags & ~NGX_INVOKE_ROOT_CACHED);
    }

    fd = ngx_invoke_root_openat2(root_fd, path, flags, 0);

    if (fd == -1 && errno == ENOSYS) {
        return ngx_invoke_root_walk(root_fd, path, flags, NULL, 0, NULL);
    }

    return fd;
}


/* Where the kernel cannot say what it knows, that is nothing. */

static int
ngx_invoke_root_cached(int root_fd, const char *path, int flags)
{
#if defined SYS_openat2

    int  fd;

    fd = ngx_invoke_root_openat2(root_fd, path, flags, RESOLVE_CACHED);

    if (fd == -1 && (errno == ENOSYS || errno == EINVAL)) {
        errno = EAGAIN;
    }

    return fd;

#else

    errno = EAGAIN;
    return -1;

#endif
}


/*
 * Fails with ENOSYS when there is no openat2(2), or when a sandbox around
 * nginx refuses it, which looks like EPERM for every path.
 */

static int
ngx_invoke_root_openat2(int root_fd, const char *path, int flags,
    uint64_t resolve)
{
#if defined SYS_openat2

    int               fd;
    ngx_uint_t        i;
    struct open_how   how;
    static ngx_int_t  usable = -1;

    if (__atomic_load_n(&usable, __ATOMIC_RELAXED) == 0) {
        errno = ENOSYS;
        return -1;
    }

    ngx_memzero(&how, sizeof(how));
    how.resolve = RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS;

    if (__atomic_load_n(&usable, __ATOMIC_RELAXED) == -1) {
        how.flags = O_PATH|O_CLOEXEC;

        fd = syscall(SYS_openat2, root_fd, ".", &how, sizeof(how));

        if (fd == -1 && (errno == ENOSYS || errno == EPERM
                         || errno == E2BIG || errno == EINVAL))
        {
            __atomic_store_n(&usable, 0, __ATOMIC_RELAXED);
            errno = ENOSYS;
            return -1;
        }

        if (fd != -1) {
            (void) close(fd);
            __atomic_store_n(&usable, 1, __ATOMIC_RELAXED);
        }
    }

    how.flags = flags;
    how.resolve |= resolve;

    /* EAGAIN: something was renamed while ".." was looked at */

    for (i = 0; i < NGX_INVOKE_ROOT_RETRIES; i++) {
        fd = syscall(SYS_openat2, root_fd, path, &how, sizeof(how));

        if (fd != -1 || (resolve & RESOLVE_CACHED)
            || (errno != EAGAIN && errno != EINTR))
        {
            break;
        }
    }

    return fd;

#else

    errno = ENOSYS;
    return -1;

#endif
}


/*
 * Returns the descriptor or -1. With buf the path that was walked is copied
 * there, and its length to len unless it does not fit.
 */

static int
ngx_invoke_root_walk(int root_fd, const char *path, int flags, char *buf,
    size_t size, ssize_t *len)
{
    int                      fd, err;
    char                    *p, *name;
    size_t                   n;
    ngx_uint_t               last;
    ngx_invoke_root_walk_t  *w;

    n = ngx_strlen(path);

    if (n == 0) {
        errno = ENOENT;
        return -1;
    }

    if (n >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }

    w = malloc(sizeof(ngx_invoke_root_walk_t));
    if (w == NULL) {
        errno = ENOMEM;
        return -1;
    }

    w->fds[0] = root_fd;
    w->ends[0] = 0;
    w->depth = 0;
    w->links = 0;
    w->len = 0;

    ngx_memcpy(w->rest, path, n + 1);

    fd = -1;
    p = w->rest;

    for ( ;; ) {
        name = ngx_invoke_root_component(&p, &last);

        if (name == NULL) {

            /* a directory, where we are */

            if (fd == -1) {
                fd = openat(w->fds[w->depth], ".", flags);
            }

            break;
        }

        if (ngx_strcmp(name, ".") == 0) {
            continue;
        }

        if (ngx_strcmp(name, "..") == 0) {
            ngx_invoke_root_leave(w, w->depth ? w->depth - 1 : 0);
            continue;
        }

        fd = ngx_invoke_root_step(w, name, last ? NULL : p, flags);

        if (fd == NGX_AGAIN) {
            fd = -1;
            p = w->rest;
            continue;
        }

        if (fd == NGX_DONE) {
            fd = -1;
            continue;
        }

        break;
    }

    err = errno;

    if (fd != -1 && buf) {
        if (w->len == 0) {
            w->path[w->len++] = '/';
        }

        if (w->len < size) {
            ngx_memcpy(buf, w->path, w->len);
            buf[w->len] = '\0';
            *len = w->len;
        }
    }

    ngx_invoke_root_leave(w, 0);
    free(w);

    errno = err;

    return fd;
}


/*
 * Cuts the next component off what is left of a path; NULL: there is none.
 * "last": not even a slash is behind it.
 */

static char *
ngx_invoke_root_component(char **rest, ngx_uint_t *last)
{
    char  *p, *name;

    for (p = *rest; *p == '/'; p++) { /* void */ }

    if (*p == '\0') {
        return NULL;
    }

    for (name = p; *p != '/' && *p != '\0'; p++) { /* void */ }

    *last = (*p == '\0');

    if (*p == '/') {
        *p++ = '\0';
    }

    *rest = p;

    return name;
}


/*
 * Goes on by one name; rest is what follows its slash, or NULL. Returns the
 * descriptor when that was the last name, NGX_DONE when the walk goes on,
 * NGX_AGAIN when it goes on from the start of w->rest, or -1. These codes
 * are negative and none is -1.
 */

static int
ngx_invoke_root_step(ngx_invoke_root_walk_t *w, char *name, char *rest,
    int flags)
{
    int          fd, at, err;
    size_t       n;
    struct stat  sb;

    at = w->fds[w->depth];

    fd = openat(at, name, O_PATH|O_NOFOLLOW|O_CLOEXEC);
    if (fd == -1) {
        return -1;
    }

    if (fstat(fd, &sb) == -1) {
        err = errno;
        goto failed;
    }

    if (S_ISLNK(sb.st_mode) && (rest || !(flags & O_NOFOLLOW))) {
        return ngx_invoke_root_follow(w, fd, rest);
    }

    n = ngx_strlen(name);

    if (w->len + 1 + n >= PATH_MAX) {
        err = ENAMETOOLONG;
        goto failed;
    }

    w->path[w->len++] = '/';
    ngx_memcpy(&w->path[w->len], name, n);
    w->len += n;

    if (rest) {
        if (!S_ISDIR(sb.st_mode)) {
            err = ENOTDIR;
            goto failed;
        }

        if (w->depth + 1 == NGX_INVOKE_ROOT_DEPTH) {
            err = ENAMETOOLONG;
            goto failed;
        }

        w->depth++;
        w->fds[w->depth] = fd;
        w->ends[w->depth] = w->len;

        return NGX_DONE;
    }

    if (!(flags & O_PATH)) {
        (void) close(fd);
        return openat(at, name, flags|O_NOFOLLOW);
    }

    if ((flags & O_DIRECTORY) && !S_ISDIR(sb.st_mode)) {
        err = ENOTDIR;
        goto failed;
    }

    return fd;

failed:

    (void) close(fd);
    errno = err;

    return -1;
}


/* Puts the target of the link "fd", which it closes, before the rest. */

static int
ngx_invoke_root_follow(ngx_invoke_root_walk_t *w, int fd, char *rest)
{
    int      err;
    char     target[PATH_MAX];
    size_t   n;
    ssize_t  len;

    if (++w->links > NGX_INVOKE_ROOT_LINKS) {
        err = ELOOP;
        goto failed;
    }

    len = readlinkat(fd, "", target, sizeof(target));
    if (len == -1) {
        err = errno;
        goto failed;
    }

    if (len == 0) {
        err = ENOENT;
        goto failed;
    }

    n = rest ? ngx_strlen(rest) + 1 : 0;

    if (len + n >= sizeof(w->rest) || (size_t) len == sizeof(target)) {
        err = ENAMETOOLONG;
        goto failed;
    }

    (void) close(fd);

    if (rest) {
        /* the slash says that the target has to be a directory */
        ngx_memmove(w->rest + len + 1, rest, n);
        w->rest[len] = '/';

    } else {
        w->rest[len] = '\0';
    }

    ngx_memcpy(w->rest, target, len);

    if (target[0] == '/') {
        ngx_invoke_root_leave(w, 0);
    }

    return NGX_AGAIN;

failed:

    (void) close(fd);
    errno = err;

    return -1;
}


static void
ngx_invoke_root_leave(ngx_invoke_root_walk_t *w, ngx_uint_t depth)
{
    while (w->depth > depth) {
        (void) close(w->fds[w->depth]);
        w->depth--;
    }

    w->len = w->ends[w->depth];
}
