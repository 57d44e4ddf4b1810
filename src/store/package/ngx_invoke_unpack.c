
#include "ngx_invoke_unpack.h"
#include "ngx_invoke_tree.h"
#include "ngx_invoke_unpack_read.h"

#include <archive_entry.h>
#include <locale.h>


#define NGX_INVOKE_UNPACK_BLOCK   4096      /* of a disk, as it is counted */
#define NGX_INVOKE_UNPACK_TAR     512

/*
 * What a member may take before its data: its headers, and what is skipped of
 * the one before. A zip begins with what it has of all members.
 */
#define NGX_INVOKE_UNPACK_HEAD      (4 * 1024 * 1024)
#define NGX_INVOKE_UNPACK_ZIP_HEAD  (16 * 1024 * 1024)

/* Up to so many files and directories are brought to disk one by one. */
#define NGX_INVOKE_UNPACK_SYNC    8


/* The path of a member: NUL-terminated names, one behind the other. */

typedef struct {
    ngx_uint_t              n;
    u_char                 *names[NGX_INVOKE_UNPACK_DEPTH];
    u_char                  text[NGX_INVOKE_UNPACK_PATH + 1];
} ngx_invoke_unpack_path_t;


typedef struct {
    ngx_invoke_unpack_t    *unpack;
    struct archive         *archive;
    ngx_invoke_unpack_read_t  reader;
    off_t                   max;            /* bytes that it may have */
    off_t                   bytes;          /* of files, so far */
    ngx_uint_t              members;
    ngx_uint_t              files;
    ngx_uint_t              directories;

    /* the directory of the last member: most have the same one */
    int                     parent;         /* or -1 */
    ngx_invoke_unpack_path_t  parent_path;

    ngx_invoke_unpack_path_t  path;         /* of the member */
} ngx_invoke_unpack_ctx_t;


static ngx_invoke_unpack_rc_e ngx_invoke_unpack_all(
    ngx_invoke_unpack_ctx_t *ctx);
static ngx_invoke_unpack_rc_e ngx_invoke_unpack_end(
    ngx_invoke_unpack_ctx_t *ctx, la_int64_t position);
static ngx_invoke_unpack_rc_e ngx_invoke_unpack_member(
    ngx_invoke_unpack_ctx_t *ctx, struct archive_entry *entry);
static ngx_invoke_unpack_rc_e ngx_invoke_unpack_path(
    ngx_invoke_unpack_ctx_t *ctx, const char *name,
    ngx_invoke_unpack_path_t *path);
static ngx_invoke_unpack_rc_e ngx_invoke_unpack_parent(
    ngx_invoke_unpack_ctx_t *ctx, ngx_invoke_unpack_path_t *path);
static ngx_int_t ngx_invoke_unpack_same(ngx_invoke_unpack_path_t *one,
    ngx_invoke_unpack_path_t *two, ngx_uint_t n);
static ngx_invoke_unpack_rc_e ngx_invoke_unpack_descend(
    ngx_invoke_unpack_ctx_t *ctx, int *fd, const char *name);
static ngx_invoke_unpack_rc_e ngx_invoke_unpack_free_name(
    ngx_invoke_unpack_ctx_t *ctx, const char *name);
static ngx_invoke_unpack_rc_e ngx_invoke_unpack_directory(
    ngx_invoke_unpack_ctx_t *ctx, const char *name);
static ngx_invoke_unpack_rc_e ngx_invoke_unpack_file(
    ngx_invoke_unpack_ctx_t *ctx, struct archive_entry *entry,
    const char *name);
static ngx_invoke_unpack_rc_e ngx_invoke_unpack_content(
    ngx_invoke_unpack_ctx_t *ctx, struct archive_entry *entry, int fd);
static ngx_invoke_unpack_rc_e ngx_invoke_unpack_symlink(
    ngx_invoke_unpack_ctx_t *ctx, const char *target, const char *name);
static ngx_invoke_unpack_rc_e ngx_invoke_unpack_hardlink(
    ngx_invoke_unpack_ctx_t *ctx, const char *target, const char *name);
static ngx_invoke_unpack_rc_e ngx_invoke_unpack_count(
    ngx_invoke_unpack_ctx_t *ctx, off_t bytes);
static ngx_invoke_unpack_rc_e ngx_invoke_unpack_fail(
    ngx_invoke_unpack_ctx_t *ctx, ngx_invoke_unpack_rc_e rc,
    const char *failed);
static ngx_invoke_unpack_rc_e ngx_invoke_unpack_local(
    ngx_invoke_unpack_ctx_t *ctx, const char *failed);
static ngx_invoke_unpack_rc_e ngx_invoke_unpack_damaged(
    ngx_invoke_unpack_ctx_t *ctx);


/* thread pool, all below */

ngx_invoke_unpack_rc_e
ngx_invoke_unpack(ngx_invoke_unpack_t *unpack)
{
    locale_t                  utf8, former;
    struct stat               sb;
    ngx_invoke_unpack_rc_e    rc;
    ngx_invoke_unpack_ctx_t  *ctx;

    unpack->size = 0;
    unpack->err = 0;
    unpack->failed = NULL;
    unpack->name_len = 0;

    ctx = calloc(1, sizeof(ngx_invoke_unpack_ctx_t));
    if (ctx == NULL) {
        unpack->err = ENOMEM;
        unpack->failed = "no memory";
        return NGX_INVOKE_UNPACK_LOCAL;
    }

    ctx->unpack = unpack;
    ctx->parent = -1;

    /* libarchive has names in the charset of the thread's locale */

    utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t) 0);
    former = (utf8 != (locale_t) 0) ? uselocale(utf8) : (locale_t) 0;

    ctx->archive = archive_read_new();

    if (ctx->archive == NULL) {
        errno = ENOMEM;
        rc = ngx_invoke_unpack_local(ctx, "no memory");

    } else if (fstat(unpack->archive, &sb) == -1) {
        rc = ngx_invoke_unpack_local(ctx, "fstat() failed");

    } else {
        ctx->max = ngx_max(sb.st_size * NGX_INVOKE_UNPACK_RATIO,
                           NGX_INVOKE_UNPACK_SMALL);
        ctx->max = ngx_min(ctx->max, NGX_INVOKE_UNPACK_BYTES);

        rc = ngx_invoke_unpack_all(ctx);
    }

    /* many are on disk sooner together with all else that is to go there */

    if (rc == NGX_INVOKE_UNPACK_OK
        && (ctx->files + ctx->directories > NGX_INVOKE_UNPACK_SYNC
            ? syncfs(unpack->dir) == -1
            : ngx_invoke_tree_sync(unpack->dir) != NGX_OK))
    {
        rc = ngx_invoke_unpack_local(ctx, "fsync() failed");
    }

    (void) archive_read_free(ctx->archive);
    ngx_invoke_unpack_read_close(&ctx->reader);

    if (ctx->parent != -1) {
        (void) close(ctx->parent);
    }

    if (utf8 != (locale_t) 0) {
        (void) uselocale(former);
        freelocale(utf8);
    }

    free(ctx);

    return rc;
}


static ngx_invoke_unpack_rc_e
ngx_invoke_unpack_all(ngx_invoke_unpack_ctx_t *ctx)
{
    int                      ret;
    size_t                   len;
    la_int64_t               position;
    const char              *name;
    struct archive          *a = ctx->archive;
    struct archive_entry    *entry;
    ngx_invoke_unpack_t     *unpack = ctx->unpack;
    ngx_invoke_unpack_rc_e   rc;

    /*
     * A zip that is cut has no directory at its end, but could be read as a
     * stream: only the reader that seeks is used.
     */

    ctx->reader.left = NGX_INVOKE_UNPACK_HEAD;

    if (archive_read_support_format_tar(a) != ARCHIVE_OK
        || archive_read_support_format_zip_seekable(a) != ARCHIVE_OK
        || ngx_invoke_unpack_read_open(&ctx->reader, unpack->archive, a)
           != NGX_OK)
    {
        return ngx_invoke_unpack_damaged(ctx);
    }

    position = 0;

    for ( ;; ) {

        if (unpack->stop(unpack->data)) {
            return NGX_INVOKE_UNPACK_STOPPED;
        }

        unpack->name_len = 0;
        ctx->reader.left = ctx->reader.zip ? NGX_INVOKE_UNPACK_ZIP_HEAD
                                           : NGX_INVOKE_UNPACK_HEAD;

        ret = archive_read_next_header(a, &entry);

        if (ret == ARCHIVE_EOF) {
            return ngx_invoke_unpack_end(ctx, position);
        }

        if (ret != ARCHIVE_OK && ret != ARCHIVE_WARN) {
            return ngx_invoke_unpack_damaged(ctx);
        }

        name = archive_entry_pathname(entry);

        if (name == NULL) {
            return ngx_invoke_unpack_fail(ctx, NGX_INVOKE_UNPACK_DAMAGED,
                                          "a member's name is not to be read");
        }

        len = ngx_min(ngx_strlen(name), NGX_INVOKE_UNPACK_NAME);
        ngx_memcpy(unpack->name, name, len);
        unpack->name_len = len;

        if (++ctx->members > NGX_INVOKE_UNPACK_MEMBERS) {
            return ngx_invoke_unpack_fail(ctx, NGX_INVOKE_UNPACK_LIMIT,
                                          "it has too many members");
        }

        rc = ngx_invoke_unpack_path(ctx, name, &ctx->path);

        if (rc == NGX_INVOKE_UNPACK_OK) {
            rc = ngx_invoke_unpack_member(ctx, entry);
        }

        if (rc != NGX_INVOKE_UNPACK_OK) {
            return rc;
        }

        position = archive_filter_bytes(a, 0);
    }
}


/*
 * A tar ends with blocks of zeros; without one it was cut between two
 * members, which libarchive lets pass.
 */

static ngx_invoke_unpack_rc_e
ngx_invoke_unpack_end(ngx_invoke_unpack_ctx_t *ctx, la_int64_t position)
{
    la_int64_t  rest;

    if (ctx->files == 0) {
        return ngx_invoke_unpack_fail(ctx, NGX_INVOKE_UNPACK_DAMAGED,
                                      "it has no files");
    }

    rest = position % NGX_INVOKE_UNPACK_TAR;

    if (rest) {
        position += NGX_INVOKE_UNPACK_TAR - rest;
    }

    if ((archive_format(ctx->archive) & ARCHIVE_FORMAT_BASE_MASK)
        == ARCHIVE_FORMAT_TAR
        && archive_filter_bytes(ctx->archive, 0) <= position)
    {
        return ngx_invoke_unpack_fail(ctx, NGX_INVOKE_UNPACK_DAMAGED,
                                      "its end is missing");
    }

    return NGX_INVOKE_UNPACK_OK;
}


static ngx_invoke_unpack_rc_e
ngx_invoke_unpack_member(ngx_invoke_unpack_ctx_t *ctx,
    struct archive_entry *entry)
{
    mode_t                   type;
    const char              *name, *link;
    ngx_invoke_unpack_rc_e   rc;

    type = archive_entry_filetype(entry);
    link = archive_entry_hardlink(entry);

    if (link == NULL && type != AE_IFREG && type != AE_IFDIR
        && type != AE_IFLNK)
    {
        return ngx_invoke_unpack_fail(ctx, NGX_INVOKE_UNPACK_TYPE,
                                      "a member is no file, directory or "
                                      "link");
    }

    /* "./" is the package itself */

    if (ctx->path.n == 0) {

        if (link == NULL && type == AE_IFDIR) {
            return NGX_INVOKE_UNPACK_OK;
        }

        return ngx_invoke_unpack_fail(ctx, NGX_INVOKE_UNPACK_DAMAGED,
                                      "a member has no name");
    }

    rc = ngx_invoke_unpack_parent(ctx, &ctx->path);
    if (rc != NGX_INVOKE_UNPACK_OK) {
        return rc;
    }

    name = (const char *) ctx->path.names[ctx->path.n - 1];

    if (link == NULL && type == AE_IFDIR) {
        return ngx_invoke_unpack_directory(ctx, name);
    }

    /* of two members with one name the last one is the file, as with tar */

    rc = ngx_invoke_unpack_free_name(ctx, name);
    if (rc != NGX_INVOKE_UNPACK_OK) {
        return rc;
    }

    if (link) {
        return ngx_invoke_unpack_hardlink(ctx, link, name);
    }

    if (type == AE_IFLNK) {
        return ngx_invoke_unpack_symlink(ctx, archive_entry_symlink(entry),
                                         name);
    }

    ctx->files++;

    return ngx_invoke_unpack_file(ctx, entry, name);
}


/* Splits a path into its names, without "." and empty ones. */

static ngx_invoke_unpack_rc_e
ngx_invoke_unpack_path(ngx_invoke_unpack_ctx_t *ctx, const char *name,
    ngx_invoke_unpack_path_t *path)
{
    size_t   len;
    u_char  *p, *last;

    path->n = 0;
    len = ngx_strlen(name);

    if (len > NGX_INVOKE_UNPACK_PATH) {
        return ngx_invoke_unpack_fail(ctx, NGX_INVOKE_UNPACK_LIMIT,
                                      "a path is too long");
    }

    if (name[0] == '/') {
        return ngx_invoke_unpack_fail(ctx, NGX_INVOKE_UNPACK_OUTSIDE,
                                      "a path is absolute");
    }

    ngx_memcpy(path->text, name, len + 1);

    for (p = path->text; /* void */ ; p = last + 1) {

        last = (u_char *) strchrnul((char *) p, '/');
        len = last - p;

        if (len == 2 && p[0] == '.' && p[1] == '.') {
            return ngx_invoke_unpack_fail(ctx, NGX_INVOKE_UNPACK_OUTSIDE,
                                          "a path has \"..\"");
        }

        if (len > NAME_MAX || path->n == NGX_INVOKE_UNPACK_DEPTH) {
            return ngx_invoke_unpack_fail(ctx, NGX_INVOKE_UNPACK_LIMIT,
                                          len > NAME_MAX ? "a name is too long"
                                                  : "a path is too deep");
        }

        if (len && !(len == 1 && p[0] == '.')) {
            path->names[path->n++] = p;
        }

        if (*last == '\0') {
            return NGX_INVOKE_UNPACK_OK;
        }

        *last = '\0';
    }
}


/* Opens the directory of a path, made where it is missing. */

static ngx_invoke_unpack_rc_e
ngx_invoke_unpack_parent(ngx_invoke_unpack_ctx_t *ctx,
    ngx_invoke_unpack_path_t *path)
{
    int                      fd;
    ngx_uint_t               i, n;
    ngx_invoke_unpack_rc_e   rc;

    n = path->n - 1;

    if (ctx->parent != -1
        && ngx_invoke_unpack_same(path, &ctx->parent_path, n) == NGX_OK)
    {
        return NGX_INVOKE_UNPACK_OK;
    }

    if (ctx->parent != -1) {
        (void) close(ctx->parent);
        ctx->parent = -1;
    }

    fd = fcntl(ctx->unpack->dir, F_DUPFD_CLOEXEC, 0);
    if (fd == -1) {
        return ngx_invoke_unpack_local(ctx, "fcntl(F_DUPFD) failed");
    }

    for (i = 0; i < n; i++) {
        rc = ngx_invoke_unpack_descend(ctx, &fd, (char *) path->names[i]);
        if (rc != NGX_INVOKE_UNPACK_OK) {
            return rc;
        }
    }

    ctx->parent = fd;
    ctx->parent_path.n = n;
    ngx_memcpy(ctx->parent_path.text, path->text, sizeof(path->text));

    for (i = 0; i < n; i++) {
        ctx->parent_path.names[i] = ctx->parent_path.text
                                    + (path->names[i] - path->text);
    }

    return NGX_INVOKE_UNPACK_OK;
}


/* NGX_OK: the first n names of one are all those of two. */

static ngx_int_t
ngx_invoke_unpack_same(ngx_invoke_unpack_path_t *one,
    ngx_invoke_unpack_path_t *two, ngx_uint_t n)
{
    ngx_uint_t  i;

    if (two->n != n) {
        return NGX_DECLINED;
    }

    for (i = 0; i < n; i++) {
        if (ngx_strcmp(one->names[i], two->names[i]) != 0) {
            return NGX_DECLINED;
        }
    }

    return NGX_OK;
}


/* From a directory to one in it; without success fd is closed. */

static ngx_invoke_unpack_rc_e
ngx_invoke_unpack_descend(ngx_invoke_unpack_ctx_t *ctx, int *fd,
    const char *name)
{
    int                      next, made;
    ngx_err_t                err;
    ngx_invoke_unpack_rc_e   rc;

    made = (mkdirat(*fd, name, 0755) == 0);

    if (made) {
        ctx->directories++;
        ctx->unpack->size += NGX_INVOKE_UNPACK_BLOCK;

    } else if (errno != EEXIST) {
        rc = ngx_invoke_unpack_local(ctx, "mkdir() failed");
        (void) close(*fd);
        return rc;
    }

    next = openat(*fd, name, O_RDONLY|O_DIRECTORY|O_NOFOLLOW|O_CLOEXEC);
    err = errno;

    (void) close(*fd);

    if (next == -1) {

        if (err == ENOTDIR || err == ELOOP) {
            return ngx_invoke_unpack_fail(ctx, NGX_INVOKE_UNPACK_OUTSIDE,
                                          "a path leads through a link or a "
                                          "file");
        }

        errno = err;
        return ngx_invoke_unpack_local(ctx, "open() of a directory failed");
    }

    *fd = next;

    if (made && fchmod(next, 0755) == -1) {
        rc = ngx_invoke_unpack_local(ctx, "chmod() failed");
        (void) close(next);
        return rc;
    }

    return NGX_INVOKE_UNPACK_OK;
}


static ngx_invoke_unpack_rc_e
ngx_invoke_unpack_free_name(ngx_invoke_unpack_ctx_t *ctx, const char *name)
{
    if (unlinkat(ctx->parent, name, 0) == 0 || errno == ENOENT) {
        return NGX_INVOKE_UNPACK_OK;
    }

    if (errno == EISDIR || errno == EPERM) {
        return ngx_invoke_unpack_fail(ctx, NGX_INVOKE_UNPACK_DAMAGED,
                                      "a file has a directory's name");
    }

    return ngx_invoke_unpack_local(ctx, "unlink() failed");
}


static ngx_invoke_unpack_rc_e
ngx_invoke_unpack_directory(ngx_invoke_unpack_ctx_t *ctx, const char *name)
{
    int                      fd;
    ngx_invoke_unpack_rc_e   rc;

    fd = fcntl(ctx->parent, F_DUPFD_CLOEXEC, 0);
    if (fd == -1) {
        return ngx_invoke_unpack_local(ctx, "fcntl(F_DUPFD) failed");
    }

    rc = ngx_invoke_unpack_descend(ctx, &fd, name);

    if (rc == NGX_INVOKE_UNPACK_OK) {
        (void) close(fd);
    }

    return rc;
}


/*
 * Nothing of the archive's mode is kept but whether it can be executed, and
 * nothing of its times, which packers of one digest for the same files make
 * all the same: a new version would have the ETag of the former one.
 */

static ngx_invoke_unpack_rc_e
ngx_invoke_unpack_file(ngx_invoke_unpack_ctx_t *ctx,
    struct archive_entry *entry, const char *name)
{
    int                      fd;
    struct timespec          times[2];
    ngx_invoke_unpack_rc_e   rc;

    if (archive_entry_size_is_set(entry)) {

        if (archive_entry_size(entry) < 0
            || archive_entry_size(entry) > ctx->max - ctx->bytes)
        {
            return ngx_invoke_unpack_fail(ctx, NGX_INVOKE_UNPACK_LIMIT,
                                          "it would have too many bytes");
        }
    }

    fd = openat(ctx->parent, name,
                O_WRONLY|O_CREAT|O_EXCL|O_NOFOLLOW|O_CLOEXEC, 0600);
    if (fd == -1) {
        return ngx_invoke_unpack_local(ctx, "open() failed");
    }

    rc = ngx_invoke_unpack_content(ctx, entry, fd);

    if (rc == NGX_INVOKE_UNPACK_OK
        && fchmod(fd, archive_entry_perm(entry) & 0111 ? 0755 : 0644) == -1)
    {
        rc = ngx_invoke_unpack_local(ctx, "chmod() failed");
    }

    ngx_memzero(times, sizeof(times));
    times[0].tv_nsec = UTIME_OMIT;
    times[1].tv_sec = ctx->unpack->modified;

    if (rc == NGX_INVOKE_UNPACK_OK && ctx->unpack->modified
        && futimens(fd, times) == -1)
    {
        rc = ngx_invoke_unpack_local(ctx, "futimens() failed");
    }

    if (rc == NGX_INVOKE_UNPACK_OK) {

        /* begins what is waited for at the end */
        (void) sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
    }

    (void) close(fd);

    return rc;
}


/* A sparse file has holes between its blocks, and may end in one. */

static ngx_invoke_unpack_rc_e
ngx_invoke_unpack_content(ngx_invoke_unpack_ctx_t *ctx,
    struct archive_entry *entry, int fd)
{
    int                      ret;
    off_t                    end;
    size_t                   len;
    ssize_t                  n;
    const char              *data;
    la_int64_t               offset;
    ngx_invoke_unpack_rc_e   rc;

    end = 0;

    /* what comes of it is counted below */
    ctx->reader.left = NGX_MAX_OFF_T_VALUE;

    for ( ;; ) {

        ret = archive_read_data_block(ctx->archive, (const void **) &data,
                                      &len, &offset);

        if (ret == ARCHIVE_EOF) {
            break;
        }

        if (ret != ARCHIVE_OK) {
            return ngx_invoke_unpack_damaged(ctx);
        }

        if (offset < end) {
            return ngx_invoke_unpack_fail(ctx, NGX_INVOKE_UNPACK_DAMAGED,
                                          "a file's parts overlap");
        }

        /* the holes count, too */

        rc = ngx_invoke_unpack_count(ctx, offset - end);
        if (rc == NGX_INVOKE_UNPACK_OK) {
            rc = ngx_invoke_unpack_count(ctx, len);
        }

        if (rc != NGX_INVOKE_UNPACK_OK) {
            return rc;
        }

        for (end = offset; len; len -= n) {

            n = pwrite(fd, data, len, end);

            if (n <= 0) {
                errno = (n == 0) ? ENOSPC : errno;
                return ngx_invoke_unpack_local(ctx, "write() failed");
            }

            data += n;
            end += n;
        }
    }

    if (archive_entry_size_is_set(entry) && archive_entry_size(entry) != end) {

        if (archive_entry_size(entry) < end
            || archive_entry_sparse_count(entry) == 0)
        {
            return ngx_invoke_unpack_fail(ctx, NGX_INVOKE_UNPACK_DAMAGED,
                                          "a file has not the size that it "
                                          "should have");
        }

        rc = ngx_invoke_unpack_count(ctx, archive_entry_size(entry) - end);
        if (rc != NGX_INVOKE_UNPACK_OK) {
            return rc;
        }

        if (ftruncate(fd, archive_entry_size(entry)) == -1) {
            return ngx_invoke_unpack_local(ctx, "ftruncate() failed");
        }

        end = archive_entry_size(entry);
    }

    ctx->unpack->size += ngx_align(end, (off_t) NGX_INVOKE_UNPACK_BLOCK);

    return NGX_INVOKE_UNPACK_OK;
}


/*
 * Written without "." and empty names, and with all ".." at its head. So each
 * link goes up from a directory that is none of links, no further than to the
 * package, and then down; where it meets another link, the same holds for
 * that one. None of them leaves the package, in whatever way they are chained.
 */

static ngx_invoke_unpack_rc_e
ngx_invoke_unpack_symlink(ngx_invoke_unpack_ctx_t *ctx, const char *target,
    const char *name)
{
    u_char      *p, *last, *end;
    size_t       len;
    ngx_uint_t   up, n, i;
    u_char      *names[NGX_INVOKE_UNPACK_PATH];
    u_char       text[NGX_INVOKE_UNPACK_PATH + 1];
    u_char       link[NGX_INVOKE_UNPACK_PATH + 3 * NGX_INVOKE_UNPACK_DEPTH
                      + 2];

    len = target ? ngx_strlen(target) : 0;

    if (len > NGX_INVOKE_UNPACK_PATH) {
        return ngx_invoke_unpack_fail(ctx, NGX_INVOKE_UNPACK_LIMIT,
                                      "a link's target is too long");
    }

    if (len == 0 || target[0] == '/') {
        return ngx_invoke_unpack_fail(ctx, NGX_INVOKE_UNPACK_OUTSIDE,
                                      "a link's target is absolute or empty");
    }

    ngx_memcpy(text, target, len + 1);

    up = 0;
    n = 0;

    for (p = text, end = text + len; p <= end; p = last + 1) {

        last = (u_char *) strchrnul((char *) p, '/');
        len = last - p;
        *last = '\0';

        if (len == 0 || ngx_strcmp(p, ".") == 0) {
            continue;
        }

        if (ngx_strcmp(p, "..") != 0) {
            names[n++] = p;

        } else if (n) {
            n--;

        } else if (++up >= ctx->path.n) {
            return ngx_invoke_unpack_fail(ctx, NGX_INVOKE_UNPACK_OUTSIDE,
                                          "a link leaves the package");
        }
    }

    p = link;

    for (i = 0; i < up; i++) {
        p = ngx_cpymem(p, "../", 3);
    }

    for (i = 0; i < n; i++) {
        p = ngx_cpymem(p, names[i], ngx_strlen(names[i]));
        *p++ = '/';
    }

    if (p == link) {
        p = ngx_cpymem(p, "./", 2);
    }

    *--p = '\0';

    if (symlinkat((char *) link, ctx->parent, name) == -1) {
        return ngx_invoke_unpack_local(ctx, "symlink() failed");
    }

    ctx->unpack->size += NGX_INVOKE_UNPACK_BLOCK;

    return NGX_INVOKE_UNPACK_OK;
}


/* To a file that the archive has brought before; no link is followed. */

static ngx_invoke_unpack_rc_e
ngx_invoke_unpack_hardlink(ngx_invoke_unpack_ctx_t *ctx, const char *target,
    const char *name)
{
    int                        fd, next;
    ngx_uint_t                 i;
    struct stat                sb;
    ngx_invoke_unpack_rc_e     rc;
    ngx_invoke_unpack_path_t   path;

    rc = ngx_invoke_unpack_path(ctx, target, &path);
    if (rc != NGX_INVOKE_UNPACK_OK) {
        return rc;
    }

    if (path.n == 0) {
        return ngx_invoke_unpack_fail(ctx, NGX_INVOKE_UNPACK_OUTSIDE,
                                      "a link has no target");
    }

    fd = fcntl(ctx->unpack->dir, F_DUPFD_CLOEXEC, 0);

    for (i = 0; fd != -1 && i < path.n - 1; i++) {
        next = openat(fd, (char *) path.names[i],
                      O_RDONLY|O_DIRECTORY|O_NOFOLLOW|O_CLOEXEC);
        (void) close(fd);
        fd = next;
    }

    if (fd == -1
        || fstatat(fd, (char *) path.names[i], &sb, AT_SYMLINK_NOFOLLOW) == -1
        || !S_ISREG(sb.st_mode))
    {
        rc = ngx_invoke_unpack_fail(ctx, NGX_INVOKE_UNPACK_OUTSIDE,
                                    "a link's target is no file of the "
                                    "archive");

    } else if (linkat(fd, (char *) path.names[i], ctx->parent, name, 0)
               == -1)
    {
        rc = ngx_invoke_unpack_local(ctx, "link() failed");
    }

    if (fd != -1) {
        (void) close(fd);
    }

    return rc;
}


static ngx_invoke_unpack_rc_e
ngx_invoke_unpack_count(ngx_invoke_unpack_ctx_t *ctx, off_t bytes)
{
    if (bytes > ctx->max - ctx->bytes) {
        return ngx_invoke_unpack_fail(ctx, NGX_INVOKE_UNPACK_LIMIT,
                                      "it has too many bytes");
    }

    ctx->bytes += bytes;

    return NGX_INVOKE_UNPACK_OK;
}


static ngx_invoke_unpack_rc_e
ngx_invoke_unpack_fail(ngx_invoke_unpack_ctx_t *ctx,
    ngx_invoke_unpack_rc_e rc, const char *failed)
{
    ctx->unpack->failed = failed;

    return rc;
}


/* Before anything else that sets errno. */

static ngx_invoke_unpack_rc_e
ngx_invoke_unpack_local(ngx_invoke_unpack_ctx_t *ctx, const char *failed)
{
    ctx->unpack->err = errno;

    return ngx_invoke_unpack_fail(ctx, NGX_INVOKE_UNPACK_LOCAL, failed);
}


/* libarchive has failed: a disk may be at fault. */

static ngx_invoke_unpack_rc_e
ngx_invoke_unpack_damaged(ngx_invoke_unpack_ctx_t *ctx)
{
    int  err;

    if (ctx->reader.over) {
        return ngx_invoke_unpack_fail(ctx, NGX_INVOKE_UNPACK_LIMIT,
                                      "it has too much beside its files");
    }

    err = archive_errno(ctx->archive);

    if (err == ENOMEM || err == EIO) {
        errno = err;
        return ngx_invoke_unpack_local(ctx, "it could not be read");
    }

    return ngx_invoke_unpack_fail(ctx, NGX_INVOKE_UNPACK_DAMAGED,
                                  "it is damaged, or no .tgz, .tar or .zip");
}
