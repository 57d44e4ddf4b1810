
#include "ngx_invoke_bind.h"
#include "ngx_invoke_fd_table.h"
#include "ngx_invoke_root.h"
#include "ngx_invoke_encode.h"
#include "ngx_invoke_shared.h"

#include <dirent.h>
#include <sys/vfs.h>
#include <sys/sysmacros.h>


/* What a directory may hold to be listed. */
#define NGX_INVOKE_DIRECTORY_MAX  1000000


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


static void ngx_invoke_bind_fs_open(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_fs_close(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_fs_read(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_fs_stat(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_fs_lstat(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_fs_fstat(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_fs_statfs(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_fs_access(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_fs_readlink(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_fs_realpath(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_fs_readdir(ngx_invoke_v8_call_t *call);


/*
 * Each of them answers with a negative errno when the system refuses; paths
 * are strings or bytes.
 */

const ngx_invoke_v8_native_t  ngx_invoke_bind_fs[] = {
    { "open", ngx_invoke_bind_fs_open },
    { "close", ngx_invoke_bind_fs_close },
    { "read", ngx_invoke_bind_fs_read },
    { "stat", ngx_invoke_bind_fs_stat },
    { "lstat", ngx_invoke_bind_fs_lstat },
    { "fstat", ngx_invoke_bind_fs_fstat },
    { "statfs", ngx_invoke_bind_fs_statfs },
    { "access", ngx_invoke_bind_fs_access },
    { "readlink", ngx_invoke_bind_fs_readlink },
    { "realpath", ngx_invoke_bind_fs_realpath },
    { "readdir", ngx_invoke_bind_fs_readdir },
    { NULL, NULL }
};


/* actor thread, all of this file */

/*
 * The root of the package and argument 0 as a path in it, malloc'ed. -1: it
 * is answered already.
 */

static int
ngx_invoke_fs_path(ngx_invoke_v8_call_t *call, ngx_str_t *path)
{
    size_t                  len;
    uint8_t                *data;
    ngx_invoke_context_t   *ctx = ngx_invoke_v8_data(call);
    ngx_invoke_v8_value_t   v;

    v = ngx_invoke_v8_arg(call, 0);

    if (ngx_invoke_v8_bytes(v, &data, &len) == 0) {

        path->data = malloc(len + 1);
        if (path->data == NULL) {
            ngx_invoke_v8_return_number(call, -ENOMEM);
            return -1;
        }

        ngx_memcpy(path->data, data, len);
        path->data[len] = '\0';
        path->len = len;

        if (ngx_strlen(path->data) != len) {
            free(path->data);
            ngx_invoke_v8_return_number(call, -EINVAL);
            return -1;
        }

    } else {
        *path = ngx_invoke_bind_path(call, 0);

        if (path->data == NULL) {
            return -1;
        }
    }

    if (ctx == NULL || ctx->program == NULL) {
        free(path->data);
        ngx_invoke_v8_return_number(call, -ENOENT);
        return -1;
    }

    return ctx->program->function->root_fd;
}


/* The descriptor that argument 0 stands for; -1: it is answered already. */

static int
ngx_invoke_fs_fd(ngx_invoke_v8_call_t *call)
{
    int                    fd;
    ngx_invoke_context_t  *ctx = ngx_invoke_v8_data(call);

    fd = ctx != NULL
         ? ngx_invoke_fd_table_get(ctx, ngx_invoke_v8_number(
                                            ngx_invoke_v8_arg(call, 0)))
         : -1;

    if (fd == -1) {
        ngx_invoke_v8_return_number(call, -EBADF);
    }

    return fd;
}


/* A name in the encoding that argument i tells: a string, or bytes. */

static ngx_invoke_v8_value_t
ngx_invoke_fs_name(ngx_invoke_v8_call_t *call, ngx_invoke_encode_e enc,
    const char *name, size_t len)
{
    uint8_t                *data;
    ngx_invoke_v8_value_t   bytes;

    if (enc != NGX_INVOKE_ENCODE_BUFFER) {
        return ngx_invoke_encode_make(call, enc, (const uint8_t *) name, len);
    }

    bytes = ngx_invoke_v8_new_bytes(call, len, &data);

    if (bytes != NULL) {
        ngx_memcpy(data, name, len);
    }

    return bytes;
}


/* open(path, flags): a number of the context's table */

static void
ngx_invoke_bind_fs_open(ngx_invoke_v8_call_t *call)
{
    int                     root, fd, flags;
    ngx_str_t               path;
    ngx_invoke_context_t   *ctx = ngx_invoke_v8_data(call);

    flags = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1));

    root = ngx_invoke_fs_path(call, &path);
    if (root == -1) {
        return;
    }

    if ((flags & O_ACCMODE) != O_RDONLY
        || (flags & (O_CREAT|O_TRUNC|O_APPEND)))
    {
        ngx_invoke_v8_return_number(call, -EACCES);

    } else {
        fd = ngx_invoke_root_open(root, (char *) path.data,
                                  flags & (O_DIRECTORY|O_NOFOLLOW));

        ngx_invoke_v8_return_number(call, fd == -1 ? -ngx_errno
                                          : ngx_invoke_fd_table_add(ctx, fd));
    }

    free(path.data);
}


static void
ngx_invoke_bind_fs_close(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_context_t  *ctx = ngx_invoke_v8_data(call);

    ngx_invoke_v8_return_number(call, ctx == NULL ? -EBADF
        : ngx_invoke_fd_table_close(ctx, ngx_invoke_v8_number(
                                             ngx_invoke_v8_arg(call, 0))));
}


/* read(fd, bytes, offset, length, position): how many; position < 0: next */

static void
ngx_invoke_bind_fs_read(ngx_invoke_v8_call_t *call)
{
    int       fd;
    double    offset, length, position;
    size_t    len;
    uint8_t  *data;
    ssize_t   n;

    fd = ngx_invoke_fs_fd(call);
    if (fd == -1) {
        return;
    }

    offset = ngx_invoke_v8_number(ngx_invoke_v8_arg(call, 2));
    length = ngx_invoke_v8_number(ngx_invoke_v8_arg(call, 3));
    position = ngx_invoke_v8_number(ngx_invoke_v8_arg(call, 4));

    if (ngx_invoke_v8_bytes(ngx_invoke_v8_arg(call, 1), &data, &len) != 0
        || !(offset >= 0 && offset <= len && length >= 0
             && length <= len - offset)
        || !(position < 0x1p62))
    {
        ngx_invoke_v8_return_number(call, -EINVAL);
        return;
    }

    data += (size_t) offset;
    len = ngx_min(length, INT32_MAX);

    do {
        n = position >= 0 ? pread(fd, data, len, (off_t) position)
                          : read(fd, data, len);
    } while (n == -1 && ngx_errno == EINTR);

    ngx_invoke_v8_return_number(call, n == -1 ? -ngx_errno : n);
}


/*
 * Fills the Float64Array, or BigInt64Array when argument 2 is true, that
 * argument 1 is.
 */

static void
ngx_invoke_fs_fill(ngx_invoke_v8_call_t *call, const int64_t *fields,
    ngx_uint_t n)
{
    size_t      len;
    double      number;
    uint8_t    *data;
    ngx_uint_t  i;

    if (ngx_invoke_v8_bytes(ngx_invoke_v8_arg(call, 1), &data, &len) != 0
        || len < n * sizeof(int64_t))
    {
        ngx_invoke_v8_return_number(call, -EINVAL);
        return;
    }

    if (ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 2)) == 1) {
        ngx_memcpy(data, fields, n * sizeof(int64_t));

    } else {
        for (i = 0; i < n; i++) {
            number = (double) fields[i];
            ngx_memcpy(data + i * sizeof(double), &number, sizeof(double));
        }
    }

    ngx_invoke_v8_return_number(call, 0);
}


static void
ngx_invoke_fs_fill_stat(ngx_invoke_v8_call_t *call, int fd)
{
    int64_t       fields[NGX_INVOKE_STAT_FIELDS];
    struct statx  st;

    if (statx(fd, "", AT_EMPTY_PATH|AT_STATX_SYNC_AS_STAT,
              STATX_BASIC_STATS|STATX_BTIME, &st)
        == -1)
    {
        ngx_invoke_v8_return_number(call, -ngx_errno);
        return;
    }

    /* in the order of node_file.h */

    fields[0] = makedev(st.stx_dev_major, st.stx_dev_minor);
    fields[1] = st.stx_mode;
    fields[2] = st.stx_nlink;
    fields[3] = st.stx_uid;
    fields[4] = st.stx_gid;
    fields[5] = makedev(st.stx_rdev_major, st.stx_rdev_minor);
    fields[6] = st.stx_blksize;
    fields[7] = st.stx_ino;
    fields[8] = st.stx_size;
    fields[9] = st.stx_blocks;
    fields[10] = st.stx_atime.tv_sec;
    fields[11] = st.stx_atime.tv_nsec;
    fields[12] = st.stx_mtime.tv_sec;
    fields[13] = st.stx_mtime.tv_nsec;
    fields[14] = st.stx_ctime.tv_sec;
    fields[15] = st.stx_ctime.tv_nsec;
    fields[16] = st.stx_btime.tv_sec;
    fields[17] = st.stx_btime.tv_nsec;

    ngx_invoke_fs_fill(call, fields, NGX_INVOKE_STAT_FIELDS);
}


static void
ngx_invoke_fs_stat(ngx_invoke_v8_call_t *call, int flags)
{
    int        root, fd;
    ngx_str_t  path;

    root = ngx_invoke_fs_path(call, &path);
    if (root == -1) {
        return;
    }

    fd = ngx_invoke_root_open(root, (char *) path.data, O_PATH|flags);

    if (fd == -1) {
        ngx_invoke_v8_return_number(call, -ngx_errno);

    } else {
        ngx_invoke_fs_fill_stat(call, fd);
        (void) close(fd);
    }

    free(path.data);
}


static void
ngx_invoke_bind_fs_stat(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_fs_stat(call, 0);
}


static void
ngx_invoke_bind_fs_lstat(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_fs_stat(call, O_NOFOLLOW);
}


static void
ngx_invoke_bind_fs_fstat(ngx_invoke_v8_call_t *call)
{
    int  fd;

    fd = ngx_invoke_fs_fd(call);

    if (fd != -1) {
        ngx_invoke_fs_fill_stat(call, fd);
    }
}


/* The type and sizes of the file system, but no room to write. */

static void
ngx_invoke_bind_fs_statfs(ngx_invoke_v8_call_t *call)
{
    int            root, fd;
    int64_t        fields[NGX_INVOKE_STATFS_FIELDS];
    ngx_str_t      path;
    struct statfs  st;

    root = ngx_invoke_fs_path(call, &path);
    if (root == -1) {
        return;
    }

    fd = ngx_invoke_root_open(root, (char *) path.data, O_PATH);

    if (fd == -1 || fstatfs(fd, &st) == -1) {
        ngx_invoke_v8_return_number(call, -ngx_errno);

    } else {
        fields[0] = st.f_type;
        fields[1] = st.f_bsize;
        fields[2] = st.f_blocks;
        fields[3] = 0;
        fields[4] = 0;
        fields[5] = st.f_files;
        fields[6] = 0;

        ngx_invoke_fs_fill(call, fields, NGX_INVOKE_STATFS_FIELDS);
    }

    if (fd != -1) {
        (void) close(fd);
    }

    free(path.data);
}


/* access(path, mode) */

static void
ngx_invoke_bind_fs_access(ngx_invoke_v8_call_t *call)
{
    int          root, fd, mode, rc;
    ngx_str_t    path;
    struct stat  sb;

    mode = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1));

    root = ngx_invoke_fs_path(call, &path);
    if (root == -1) {
        return;
    }

    rc = 0;

    if (ngx_invoke_root_stat(root, (char *) path.data, 0, &sb) == -1) {
        rc = -ngx_errno;

    } else if ((mode & W_OK)
               || ((mode & X_OK) && !(sb.st_mode & 0111)))
    {
        rc = -EACCES;

    } else if (mode & R_OK) {
        fd = ngx_invoke_root_open(root, (char *) path.data, 0);

        if (fd == -1) {
            rc = -ngx_errno;

        } else {
            (void) close(fd);
        }
    }

    ngx_invoke_v8_return_number(call, rc);
    free(path.data);
}


/* readlink(path, encoding) */

static void
ngx_invoke_bind_fs_readlink(ngx_invoke_v8_call_t *call)
{
    int          root, fd;
    char         target[PATH_MAX];
    ssize_t      n;
    ngx_str_t    path;

    root = ngx_invoke_fs_path(call, &path);
    if (root == -1) {
        return;
    }

    fd = ngx_invoke_root_open(root, (char *) path.data, O_PATH|O_NOFOLLOW);
    free(path.data);

    if (fd == -1) {
        ngx_invoke_v8_return_number(call, -ngx_errno);
        return;
    }

    n = readlinkat(fd, "", target, sizeof(target));

    if (n == -1) {
        /* ENOENT: it is no link */
        ngx_invoke_v8_return_number(call, ngx_errno == ENOENT ? -EINVAL
                                                              : -ngx_errno);
    } else {
        ngx_invoke_v8_return(call,
            ngx_invoke_fs_name(call,
                               ngx_invoke_encode_parse(call,
                                                   ngx_invoke_v8_arg(call, 1),
                                                   NGX_INVOKE_ENCODE_UTF8),
                               target, n));
    }

    (void) close(fd);
}


/* realpath(path, encoding) */

static void
ngx_invoke_bind_fs_realpath(ngx_invoke_v8_call_t *call)
{
    int          root;
    char         buf[PATH_MAX];
    ssize_t      n;
    ngx_str_t    path;

    root = ngx_invoke_fs_path(call, &path);
    if (root == -1) {
        return;
    }

    n = ngx_invoke_root_realpath(root, (char *) path.data, buf, sizeof(buf));
    free(path.data);

    if (n == -1) {
        ngx_invoke_v8_return_number(call, -ngx_errno);

    } else {
        ngx_invoke_v8_return(call,
            ngx_invoke_fs_name(call,
                               ngx_invoke_encode_parse(call,
                                                   ngx_invoke_v8_arg(call, 1),
                                                   NGX_INVOKE_ENCODE_UTF8),
                               buf, n));
    }
}


/* Directories */

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


/* readdir(path, encoding): [name, type, ...] */

static void
ngx_invoke_bind_fs_readdir(ngx_invoke_v8_call_t *call)
{
    int                     root, fd, rc;
    size_t                  i;
    ngx_str_t               path;
    ngx_invoke_encode_e       enc;
    ngx_invoke_listing_t    list;
    ngx_invoke_v8_value_t  *values;

    enc = ngx_invoke_encode_parse(call, ngx_invoke_v8_arg(call, 1),
                                NGX_INVOKE_ENCODE_UTF8);

    root = ngx_invoke_fs_path(call, &path);
    if (root == -1) {
        return;
    }

    fd = ngx_invoke_root_open(root, (char *) path.data, O_DIRECTORY);
    free(path.data);

    if (fd == -1) {
        ngx_invoke_v8_return_number(call, -ngx_errno);
        return;
    }

    ngx_memzero(&list, sizeof(list));
    rc = ngx_invoke_fs_list(&list, fd);

    if (rc != 0) {
        ngx_invoke_v8_return_number(call, rc);
        goto done;
    }

    values = malloc(2 * list.n * sizeof(ngx_invoke_v8_value_t) + 1);
    if (values == NULL) {
        ngx_invoke_v8_return_number(call, -ENOMEM);
        goto done;
    }

    for (i = 0; i < list.n; i++) {
        values[2 * i] = ngx_invoke_fs_name(call, enc, list.entries[i]->name,
                                           list.entries[i]->len);
        values[2 * i + 1] = ngx_invoke_v8_new_number(call,
                                                     list.entries[i]->type);
        if (values[2 * i] == NULL) {
            break;
        }
    }

    if (i == list.n) {
        ngx_invoke_v8_return(call,
                             ngx_invoke_v8_new_array(call, values,
                                                     2 * list.n));
    }

    free(values);

done:

    for (i = 0; i < list.n; i++) {
        free(list.entries[i]);
    }

    free(list.entries);
}
