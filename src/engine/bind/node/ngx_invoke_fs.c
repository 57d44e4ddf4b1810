
#include "ngx_invoke_fs.h"
#include "ngx_invoke_root.h"

#include <sys/uio.h>


/* What a directory may hold to be listed. */
#define NGX_INVOKE_DIRECTORY_MAX  1000000


static int ngx_invoke_fs_look(ngx_invoke_fs_t *fs, int flags);
static ngx_uint_t ngx_invoke_fs_blind(ngx_invoke_fs_t *fs);
static void ngx_invoke_fs_read_cached(ngx_invoke_fs_t *fs);
static ngx_int_t ngx_invoke_fs_text(ngx_invoke_fs_t *fs, const char *data,
    size_t len);
static int ngx_invoke_fs_list(ngx_invoke_listing_t *list, int fd);


/* any thread, all of this file */

/*
 * Whether it would have to wait for the answer of another machine, or of a
 * process, whatever the kernel knows. The first operation of a function finds
 * out, which waits for the disk as the load of the function has done.
 */

static ngx_uint_t
ngx_invoke_fs_blind(ngx_invoke_fs_t *fs)
{
    uint32_t                local;
    ngx_invoke_function_t  *f = fs->function;

    if (!fs->cached) {
        return 0;
    }

    local = __atomic_load_n(&f->local, __ATOMIC_RELAXED);

    if (local == 0) {
        local = ngx_invoke_root_local(f->root_fd) ? 1 : 2;
        __atomic_store_n(&f->local, local, __ATOMIC_RELAXED);
    }

    return local != 1;
}


/* A descriptor of what the path names, or -1 with the errno as result. */

static int
ngx_invoke_fs_look(ngx_invoke_fs_t *fs, int flags)
{
    int  fd;

    if (ngx_invoke_fs_blind(fs)) {
        fs->result = -EAGAIN;
        return -1;
    }

    fd = ngx_invoke_root_open(fs->function->root_fd, (char *) fs->path.data,
                              flags | (fs->cached ? NGX_INVOKE_ROOT_CACHED
                                                  : 0));
    fs->result = fd == -1 ? -ngx_errno : 0;

    return fd;
}


void
ngx_invoke_fs_open(ngx_invoke_work_t *work)
{
    ngx_invoke_fs_t *fs = (ngx_invoke_fs_t *) work;

    fs->fd = ngx_invoke_fs_look(fs, fs->flags);
}


void
ngx_invoke_fs_read(ngx_invoke_work_t *work)
{
    off_t             position;
    size_t            len;
    uint8_t          *data;
    ssize_t           n;
    ngx_invoke_fs_t  *fs = (ngx_invoke_fs_t *) work;

    if (fs->cached) {
        ngx_invoke_fs_read_cached(fs);
        return;
    }

    len = fs->len - fs->done;
    position = fs->position == -1 ? -1 : fs->position + (off_t) fs->done;

    if (fs->own) {
        len = ngx_min(len, NGX_INVOKE_FS_CHUNK);

        if (fs->chunk == NULL) {
            fs->chunk = malloc(len + 1);
        }

        if (fs->chunk == NULL) {
            fs->result = -ENOMEM;
            return;
        }

        data = fs->chunk;

    } else {
        data = fs->data + fs->done;
    }

    do {
        n = position >= 0 ? pread(fs->fd, data, len, position)
                          : read(fs->fd, data, len);
    } while (n == -1 && ngx_errno == EINTR);

    fs->result = n == -1 ? -ngx_errno : n;
}


/* What comes up to where the kernel would have to wait is done. */

static void
ngx_invoke_fs_read_cached(ngx_invoke_fs_t *fs)
{
    off_t         position;
    ssize_t       n;
    struct iovec  iov;

    for ( ;; ) {
        iov.iov_base = fs->data + fs->done;
        iov.iov_len = fs->len - fs->done;

        position = fs->position == -1 ? -1 : fs->position + (off_t) fs->done;

        n = preadv2(fs->fd, &iov, 1, position, RWF_NOWAIT);

        if (n == -1) {
            if (ngx_errno == EINTR) {
                continue;
            }

            /* What else is wrong it finds when it waits. */

            fs->result = -EAGAIN;
            return;
        }

        fs->done += n;

        if (n == 0 || fs->done == fs->len) {
            fs->result = 0;
            return;
        }
    }
}


void
ngx_invoke_fs_stat(ngx_invoke_work_t *work)
{
    int               fd;
    ngx_invoke_fs_t  *fs = (ngx_invoke_fs_t *) work;

    if (fs->path.data == NULL) {
        if (ngx_invoke_fs_blind(fs)) {
            fs->result = -EAGAIN;
            return;
        }

        fd = fs->fd;

    } else {
        fd = ngx_invoke_fs_look(fs, O_PATH|fs->flags);

        if (fd == -1) {
            return;
        }
    }

    fs->result = statx(fd, "", AT_EMPTY_PATH|AT_STATX_SYNC_AS_STAT,
                       STATX_BASIC_STATS|STATX_BTIME, &fs->st)
                 == -1 ? -ngx_errno : 0;

    if (fs->path.data != NULL) {
        (void) close(fd);
    }
}


void
ngx_invoke_fs_statfs(ngx_invoke_work_t *work)
{
    int               fd;
    ngx_invoke_fs_t  *fs = (ngx_invoke_fs_t *) work;

    fd = ngx_invoke_fs_look(fs, O_PATH);

    if (fd != -1) {
        fs->result = fstatfs(fd, &fs->fs) == -1 ? -ngx_errno : 0;
        (void) close(fd);
    }
}


void
ngx_invoke_fs_access(ngx_invoke_work_t *work)
{
    int               fd;
    struct stat       sb;
    ngx_invoke_fs_t  *fs = (ngx_invoke_fs_t *) work;

    fd = ngx_invoke_fs_look(fs, O_PATH);

    if (fd == -1) {
        return;
    }

    fs->result = fstat(fd, &sb) == -1 ? -ngx_errno : 0;
    (void) close(fd);

    if (fs->result != 0) {
        return;
    }

    if ((fs->flags & W_OK)
        || ((fs->flags & X_OK) && !(sb.st_mode & 0111)))
    {
        fs->result = -EACCES;

    } else if (fs->flags & R_OK) {
        fd = ngx_invoke_fs_look(fs, 0);

        if (fd != -1) {
            (void) close(fd);
        }
    }
}


void
ngx_invoke_fs_readlink(ngx_invoke_work_t *work)
{
    int               fd;
    char              target[PATH_MAX];
    ssize_t           n;
    ngx_invoke_fs_t  *fs = (ngx_invoke_fs_t *) work;

    fd = ngx_invoke_fs_look(fs, O_PATH|O_NOFOLLOW);

    if (fd == -1) {
        return;
    }

    n = readlinkat(fd, "", target, sizeof(target));

    if (n == -1) {
        /* ENOENT: it is no link */
        fs->result = ngx_errno == ENOENT ? -EINVAL : -ngx_errno;

    } else {
        fs->result = ngx_invoke_fs_text(fs, target, n);
    }

    (void) close(fd);
}


/* Where the look-up needs no wait the walk needs none. */

void
ngx_invoke_fs_realpath(ngx_invoke_work_t *work)
{
    int               fd;
    char              buf[PATH_MAX];
    ssize_t           n;
    ngx_invoke_fs_t  *fs = (ngx_invoke_fs_t *) work;

    if (fs->cached) {
        fd = ngx_invoke_fs_look(fs, O_PATH);

        if (fd == -1) {
            return;
        }

        (void) close(fd);
    }

    n = ngx_invoke_root_realpath(fs->function->root_fd,
                                 (char *) fs->path.data, buf, sizeof(buf));

    fs->result = n == -1 ? -ngx_errno : ngx_invoke_fs_text(fs, buf, n);
}


static ngx_int_t
ngx_invoke_fs_text(ngx_invoke_fs_t *fs, const char *data, size_t len)
{
    fs->text.data = malloc(len + 1);
    if (fs->text.data == NULL) {
        return -ENOMEM;
    }

    ngx_memcpy(fs->text.data, data, len);
    fs->text.len = len;

    return 0;
}


/* Nothing tells whether a directory is known. */

void
ngx_invoke_fs_readdir(ngx_invoke_work_t *work)
{
    int               fd;
    ngx_invoke_fs_t  *fs = (ngx_invoke_fs_t *) work;

    if (fs->cached) {
        fs->result = -EAGAIN;
        return;
    }

    fd = ngx_invoke_fs_look(fs, O_DIRECTORY);

    if (fd != -1) {
        fs->result = ngx_invoke_fs_list(&fs->list, fd);
    }
}


static ngx_int_t
ngx_invoke_fs_type(DIR *dir, struct dirent *e)
{
    mode_t       mode;
    struct stat  sb;

    mode = DTTOIF(e->d_type);

    if (e->d_type == DT_UNKNOWN) {
        if (fstatat(dirfd(dir), e->d_name, &sb, AT_SYMLINK_NOFOLLOW) == -1) {
            return NGX_INVOKE_DIRENT_UNKNOWN;
        }

        mode = sb.st_mode;
    }

    return S_ISREG(mode) ? NGX_INVOKE_DIRENT_FILE
           : S_ISDIR(mode) ? NGX_INVOKE_DIRENT_DIR
           : S_ISLNK(mode) ? NGX_INVOKE_DIRENT_LINK
           : S_ISFIFO(mode) ? NGX_INVOKE_DIRENT_FIFO
           : S_ISSOCK(mode) ? NGX_INVOKE_DIRENT_SOCKET
           : S_ISCHR(mode) ? NGX_INVOKE_DIRENT_CHAR
           : S_ISBLK(mode) ? NGX_INVOKE_DIRENT_BLOCK
           : NGX_INVOKE_DIRENT_UNKNOWN;
}


static int ngx_libc_cdecl
ngx_invoke_fs_order(const void *one, const void *two)
{
    return strcmp((*(ngx_invoke_dirent_t *const *) one)->name,
                  (*(ngx_invoke_dirent_t *const *) two)->name);
}


static int
ngx_invoke_fs_keep(ngx_invoke_listing_t *list, DIR *dir, struct dirent *e)
{
    size_t                 len, room;
    ngx_invoke_dirent_t   *entry, **entries;

    if (list->n == NGX_INVOKE_DIRECTORY_MAX) {
        return -ENOMEM;
    }

    if (list->n == list->room) {
        room = list->room ? 2 * list->room : 64;

        entries = realloc(list->entries, room * sizeof(entry));
        if (entries == NULL) {
            return -ENOMEM;
        }

        list->entries = entries;
        list->room = room;
    }

    len = ngx_strlen(e->d_name);

    entry = malloc(sizeof(ngx_invoke_dirent_t) + len);
    if (entry == NULL) {
        return -ENOMEM;
    }

    entry->type = ngx_invoke_fs_type(dir, e);
    entry->len = len;
    ngx_memcpy(entry->name, e->d_name, len + 1);

    list->entries[list->n++] = entry;

    return 0;
}


/* All of a directory, in the order of names; 0 or a negative errno. */

static int
ngx_invoke_fs_list(ngx_invoke_listing_t *list, int fd)
{
    int             rc;
    DIR            *dir;
    struct dirent  *e;

    dir = fdopendir(fd);
    if (dir == NULL) {
        rc = -ngx_errno;
        (void) close(fd);
        return rc;
    }

    for (rc = 0; rc == 0; /* void */ ) {
        ngx_set_errno(0);
        e = readdir(dir);

        if (e == NULL) {
            rc = -ngx_errno;
            break;
        }

        if (ngx_strcmp(e->d_name, ".") != 0
            && ngx_strcmp(e->d_name, "..") != 0)
        {
            rc = ngx_invoke_fs_keep(list, dir, e);
        }
    }

    (void) closedir(dir);

    if (rc == 0 && list->n > 1) {
        qsort(list->entries, list->n, sizeof(ngx_invoke_dirent_t *),
              ngx_invoke_fs_order);
    }

    return rc;
}


ngx_invoke_fs_t *
ngx_invoke_fs_own(ngx_invoke_fs_t *fs, ngx_invoke_descriptors_e takes)
{
    int               fd;
    ngx_uint_t        counted;
    ngx_invoke_fs_t  *copy;

    fd = -1;
    counted = takes || fs->fd != -1;

    if (counted
        && ngx_invoke_descriptors_take(fs->function, takes ? takes
                                           : NGX_INVOKE_DESCRIPTORS_OPENED)
           != NGX_OK)
    {
        return NULL;
    }

    copy = malloc(sizeof(ngx_invoke_fs_t));

    if (fs->fd != -1) {
        fd = fcntl(fs->fd, F_DUPFD_CLOEXEC, 0);
    }

    if (copy == NULL || (fd == -1 && fs->fd != -1)) {

        if (counted) {
            ngx_invoke_descriptors_close(fs->function, fd);
        }

        free(copy);

        return NULL;
    }

    *copy = *fs;

    copy->function = ngx_invoke_function_hold(fs->function);
    copy->fd = fd;
    copy->data = NULL;
    copy->counted = counted;
    copy->cached = 0;
    copy->own = 1;

    fs->path.data = NULL;

    return copy;
}


void
ngx_invoke_fs_free(ngx_invoke_work_t *work)
{
    size_t            i;
    ngx_invoke_fs_t  *fs = (ngx_invoke_fs_t *) work;

    for (i = 0; i < fs->list.n; i++) {
        free(fs->list.entries[i]);
    }

    free(fs->list.entries);
    free(fs->text.data);
    free(fs->chunk);
    free(fs->path.data);

    if (fs->counted) {
        ngx_invoke_descriptors_close(fs->function, fs->fd);
    }

    if (fs->own) {
        ngx_invoke_function_release(fs->function);
        free(fs);
    }
}
