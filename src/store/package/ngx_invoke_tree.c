
#include "ngx_invoke_tree.h"

#include <dirent.h>


/* Directories within one another. Packages have fewer. */
#define NGX_INVOKE_TREE_DEPTH  128

#define NGX_INVOKE_TREE_BLOCK  4096


typedef struct ngx_invoke_tree_s  ngx_invoke_tree_t;

struct ngx_invoke_tree_s {
    /* an entry that is no directory */
    ngx_int_t   (*file)(ngx_invoke_tree_t *tree, int dir, const char *name);
    /* a directory, "name" in "dir", after all that is in it */
    ngx_int_t   (*directory)(ngx_invoke_tree_t *tree, int fd, int dir,
                             const char *name);
    off_t         size;
    ngx_uint_t    depth;
};


static ngx_int_t ngx_invoke_tree_walk(ngx_invoke_tree_t *tree, int dir,
    const char *name);
static ngx_int_t ngx_invoke_tree_sync_file(ngx_invoke_tree_t *tree, int dir,
    const char *name);
static ngx_int_t ngx_invoke_tree_sync_directory(ngx_invoke_tree_t *tree,
    int fd, int dir, const char *name);
static ngx_int_t ngx_invoke_tree_count_file(ngx_invoke_tree_t *tree, int dir,
    const char *name);
static ngx_int_t ngx_invoke_tree_count_directory(ngx_invoke_tree_t *tree,
    int fd, int dir, const char *name);
static ngx_int_t ngx_invoke_tree_remove_file(ngx_invoke_tree_t *tree, int dir,
    const char *name);
static ngx_int_t ngx_invoke_tree_remove_directory(ngx_invoke_tree_t *tree,
    int fd, int dir, const char *name);


/* thread pool, all below */

ngx_int_t
ngx_invoke_tree_sync(int fd)
{
    ngx_invoke_tree_t  tree;

    ngx_memzero(&tree, sizeof(ngx_invoke_tree_t));

    tree.file = ngx_invoke_tree_sync_file;
    tree.directory = ngx_invoke_tree_sync_directory;

    return ngx_invoke_tree_walk(&tree, fd, ".");
}


off_t
ngx_invoke_tree_size(int fd)
{
    ngx_invoke_tree_t  tree;

    ngx_memzero(&tree, sizeof(ngx_invoke_tree_t));

    tree.file = ngx_invoke_tree_count_file;
    tree.directory = ngx_invoke_tree_count_directory;

    return ngx_invoke_tree_walk(&tree, fd, ".") == NGX_OK ? tree.size
                                                          : NGX_ERROR;
}


ngx_int_t
ngx_invoke_tree_remove(int dir, const char *name)
{
    ngx_invoke_tree_t  tree;

    if (unlinkat(dir, name, 0) == 0) {
        return NGX_OK;
    }

    ngx_memzero(&tree, sizeof(ngx_invoke_tree_t));

    tree.file = ngx_invoke_tree_remove_file;
    tree.directory = ngx_invoke_tree_remove_directory;

    return ngx_invoke_tree_walk(&tree, dir, name);
}


static ngx_int_t
ngx_invoke_tree_walk(ngx_invoke_tree_t *tree, int dir, const char *name)
{
    int             fd;
    DIR            *dp;
    ngx_int_t       rc;
    ngx_err_t       err;
    struct stat     sb;
    struct dirent  *de;

    if (tree->depth == NGX_INVOKE_TREE_DEPTH) {
        errno = ELOOP;
        return NGX_ERROR;
    }

    fd = openat(dir, name, O_RDONLY|O_DIRECTORY|O_NOFOLLOW|O_CLOEXEC);
    if (fd == -1) {
        return NGX_ERROR;
    }

    dp = fdopendir(fd);
    if (dp == NULL) {
        (void) close(fd);
        return NGX_ERROR;
    }

    tree->depth++;
    rc = NGX_OK;

    while (rc == NGX_OK && (errno = 0, de = readdir(dp)) != NULL) {

        if (ngx_strcmp(de->d_name, ".") == 0
            || ngx_strcmp(de->d_name, "..") == 0)
        {
            continue;
        }

        if (fstatat(fd, de->d_name, &sb, AT_SYMLINK_NOFOLLOW) == -1) {
            rc = NGX_ERROR;

        } else if (S_ISDIR(sb.st_mode)) {
            rc = ngx_invoke_tree_walk(tree, fd, de->d_name);

        } else {
            rc = tree->file(tree, fd, de->d_name);
        }
    }

    if (rc == NGX_OK && errno) {
        rc = NGX_ERROR;
    }

    if (rc == NGX_OK) {
        rc = tree->directory(tree, fd, dir, name);
    }

    tree->depth--;

    err = errno;
    (void) closedir(dp);
    errno = err;

    return rc;
}


static ngx_int_t
ngx_invoke_tree_sync_file(ngx_invoke_tree_t *tree, int dir, const char *name)
{
    int        fd, rc;
    ngx_err_t  err;

    fd = openat(dir, name, O_RDONLY|O_NONBLOCK|O_NOFOLLOW|O_CLOEXEC);

    if (fd == -1) {
        return errno == ELOOP ? NGX_OK : NGX_ERROR;
    }

    rc = fsync(fd);
    err = errno;

    (void) close(fd);
    errno = err;

    return rc == -1 ? NGX_ERROR : NGX_OK;
}


static ngx_int_t
ngx_invoke_tree_sync_directory(ngx_invoke_tree_t *tree, int fd, int dir,
    const char *name)
{
    return fsync(fd) == -1 ? NGX_ERROR : NGX_OK;
}


static ngx_int_t
ngx_invoke_tree_count_file(ngx_invoke_tree_t *tree, int dir, const char *name)
{
    struct stat  sb;

    if (fstatat(dir, name, &sb, AT_SYMLINK_NOFOLLOW) == -1) {
        return NGX_ERROR;
    }

    /* a part of one that has several links */

    tree->size += ngx_align(sb.st_size, (off_t) NGX_INVOKE_TREE_BLOCK)
                  / ngx_max(sb.st_nlink, 1);

    return NGX_OK;
}


static ngx_int_t
ngx_invoke_tree_count_directory(ngx_invoke_tree_t *tree, int fd, int dir,
    const char *name)
{
    tree->size += NGX_INVOKE_TREE_BLOCK;

    return NGX_OK;
}


static ngx_int_t
ngx_invoke_tree_remove_file(ngx_invoke_tree_t *tree, int dir,
    const char *name)
{
    return unlinkat(dir, name, 0) == -1 ? NGX_ERROR : NGX_OK;
}


static ngx_int_t
ngx_invoke_tree_remove_directory(ngx_invoke_tree_t *tree, int fd, int dir,
    const char *name)
{
    return unlinkat(dir, name, AT_REMOVEDIR) == -1 ? NGX_ERROR : NGX_OK;
}
