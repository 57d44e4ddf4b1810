
#include "ngx_invoke_package_clear.h"
#include "ngx_invoke_package_disk.h"
#include "ngx_invoke_tree.h"

#include <dirent.h>
#include <sys/file.h>


/* Seconds after which a file of code/ that was not renamed is nobody's. */
#define NGX_INVOKE_PACKAGE_ASIDE  60


typedef struct {
    time_t                  used;
    off_t                   size;
    unsigned                code:1;     /* a file of code/, not a package */
    char                    name[NGX_INVOKE_PACKAGE_DIGEST + 1];
} ngx_invoke_package_item_t;


typedef struct {
    ngx_invoke_package_clear_t  *clear;
    ngx_invoke_package_item_t   *items;
    ngx_uint_t              n;
    ngx_uint_t              allocated;
    int                     cache;
    int                     lock;       /* these three may be -1 */
    int                     tmp;
    int                     code;
    time_t                  now;
} ngx_invoke_package_clear_ctx_t;


typedef void (*ngx_invoke_package_entry_pt)(
    ngx_invoke_package_clear_ctx_t *ctx, int dir, const char *name);


static void ngx_invoke_package_clear_items(
    ngx_invoke_package_clear_ctx_t *ctx);
static void ngx_invoke_package_each(ngx_invoke_package_clear_ctx_t *ctx,
    int dir, ngx_invoke_package_entry_pt handler);
static int ngx_invoke_package_subdirectory(int cache, const char *name);
static ngx_uint_t ngx_invoke_package_is_digest(const char *name);
static void ngx_invoke_package_list_package(
    ngx_invoke_package_clear_ctx_t *ctx, int dir, const char *name);
static void ngx_invoke_package_list_code(ngx_invoke_package_clear_ctx_t *ctx,
    int dir, const char *name);
static ngx_invoke_package_item_t *ngx_invoke_package_item(
    ngx_invoke_package_clear_ctx_t *ctx, const char *name);
static off_t ngx_invoke_package_size(ngx_invoke_package_clear_ctx_t *ctx,
    const char *name);
static int ngx_libc_cdecl ngx_invoke_package_older(const void *one,
    const void *two);
static ngx_int_t ngx_invoke_package_remove(
    ngx_invoke_package_clear_ctx_t *ctx, const char *name);
static void ngx_invoke_package_sweep_tmp(ngx_invoke_package_clear_ctx_t *ctx,
    int dir, const char *name);
static void ngx_invoke_package_sweep_lock(ngx_invoke_package_clear_ctx_t *ctx,
    int dir, const char *name);


/* thread pool, all below */

void
ngx_invoke_package_clear(ngx_invoke_package_clear_t *clear)
{
    ngx_invoke_package_clear_ctx_t  ctx;

    ngx_memzero(&ctx, sizeof(ngx_invoke_package_clear_ctx_t));

    ctx.clear = clear;
    ctx.now = time(NULL);

    clear->packages = 0;
    clear->size = 0;
    clear->code = 0;
    clear->removed = 0;
    clear->freed = 0;
    clear->gone = NULL;
    clear->found = 0;
    clear->in_use = 0;
    clear->err = 0;

    ctx.cache = open((char *) clear->conf->path.data,
                     O_RDONLY|O_DIRECTORY|O_CLOEXEC);

    if (ctx.cache == -1) {
        clear->err = (errno == ENOENT) ? 0 : errno;
        return;
    }

    ctx.lock = ngx_invoke_package_subdirectory(ctx.cache, "lock");
    ctx.tmp = ngx_invoke_package_subdirectory(ctx.cache, "tmp");
    ctx.code = ngx_invoke_package_subdirectory(ctx.cache, "code");

    if (clear->sweep) {
        ngx_invoke_package_each(&ctx, ctx.tmp, ngx_invoke_package_sweep_tmp);
        ngx_invoke_package_each(&ctx, ctx.lock, ngx_invoke_package_sweep_lock);
    }

    ngx_invoke_package_each(&ctx, ctx.cache, ngx_invoke_package_list_package);
    ngx_invoke_package_each(&ctx, ctx.code, ngx_invoke_package_list_code);

    ngx_invoke_package_clear_items(&ctx);

    free(ctx.items);

    (void) close(ctx.cache);

    if (ctx.lock != -1) {
        (void) close(ctx.lock);
    }

    if (ctx.tmp != -1) {
        (void) close(ctx.tmp);
    }

    if (ctx.code != -1) {
        (void) close(ctx.code);
    }
}


static void
ngx_invoke_package_clear_items(ngx_invoke_package_clear_ctx_t *ctx)
{
    ngx_int_t                    rc;
    ngx_uint_t                   i, asked;
    ngx_invoke_package_item_t   *item;
    ngx_invoke_package_clear_t  *clear = ctx->clear;

    if (ctx->n) {
        qsort(ctx->items, ctx->n, sizeof(ngx_invoke_package_item_t),
              ngx_invoke_package_older);

        clear->gone = malloc(ctx->n * NGX_INVOKE_PACKAGE_DIGEST);
    }

    for (i = 0; i < ctx->n; i++) {
        item = &ctx->items[i];

        asked = (clear->digest && !item->code
                 && ngx_strcmp(clear->digest, item->name) == 0);

        if (!asked
            && clear->size + clear->code <= clear->conf->max_size
            && ctx->now - item->used <= clear->conf->inactive)
        {
            continue;
        }

        if (item->code) {
            if (unlinkat(ctx->code, item->name, 0) == 0) {
                clear->code -= item->size;
                clear->freed += item->size;
            }

            continue;
        }

        rc = ngx_invoke_package_remove(ctx, item->name);

        if (rc == NGX_OK) {
            clear->size -= item->size;
            clear->freed += item->size;
            clear->packages--;

            if (clear->gone) {
                ngx_memcpy(clear->gone
                           + clear->removed * NGX_INVOKE_PACKAGE_DIGEST,
                           item->name, NGX_INVOKE_PACKAGE_DIGEST);
            }

            clear->removed++;
            clear->found |= asked;

        } else if (asked && rc == NGX_BUSY) {
            clear->in_use = 1;
        }
    }
}


static void
ngx_invoke_package_each(ngx_invoke_package_clear_ctx_t *ctx, int dir,
    ngx_invoke_package_entry_pt handler)
{
    int             fd;
    DIR            *dp;
    struct dirent  *de;

    if (dir == -1) {
        return;
    }

    fd = openat(dir, ".", O_RDONLY|O_DIRECTORY|O_CLOEXEC);
    if (fd == -1) {
        return;
    }

    dp = fdopendir(fd);
    if (dp == NULL) {
        (void) close(fd);
        return;
    }

    while ((de = readdir(dp)) != NULL) {
        if (ngx_strcmp(de->d_name, ".") != 0
            && ngx_strcmp(de->d_name, "..") != 0)
        {
            handler(ctx, dir, de->d_name);
        }
    }

    (void) closedir(dp);
}


static int
ngx_invoke_package_subdirectory(int cache, const char *name)
{
    return openat(cache, name, O_RDONLY|O_DIRECTORY|O_NOFOLLOW|O_CLOEXEC);
}


static ngx_uint_t
ngx_invoke_package_is_digest(const char *name)
{
    return strspn(name, "0123456789abcdef") == NGX_INVOKE_PACKAGE_DIGEST
           && name[NGX_INVOKE_PACKAGE_DIGEST] == '\0';
}


static void
ngx_invoke_package_list_package(ngx_invoke_package_clear_ctx_t *ctx, int dir,
    const char *name)
{
    struct stat                 sb;
    ngx_invoke_package_item_t  *item;

    if (!ngx_invoke_package_is_digest(name)
        || fstatat(dir, name, &sb, AT_SYMLINK_NOFOLLOW) == -1
        || !S_ISDIR(sb.st_mode))
    {
        return;
    }

    item = ngx_invoke_package_item(ctx, name);
    if (item == NULL) {
        return;
    }

    item->used = sb.st_mtime;
    item->size = ngx_invoke_package_size(ctx, name);

    ctx->clear->packages++;
    ctx->clear->size += item->size;
}


static void
ngx_invoke_package_list_code(ngx_invoke_package_clear_ctx_t *ctx, int dir,
    const char *name)
{
    struct stat                 sb;
    ngx_invoke_package_item_t  *item;

    if (fstatat(dir, name, &sb, AT_SYMLINK_NOFOLLOW) == -1
        || !S_ISREG(sb.st_mode))
    {
        return;
    }

    if (!ngx_invoke_package_is_digest(name)) {

        if (ctx->now - sb.st_mtime > NGX_INVOKE_PACKAGE_ASIDE) {
            (void) unlinkat(dir, name, 0);
        }

        return;
    }

    item = ngx_invoke_package_item(ctx, name);
    if (item == NULL) {
        return;
    }

    item->code = 1;
    item->used = sb.st_mtime;
    item->size = sb.st_size;

    ctx->clear->code += item->size;
}


static ngx_invoke_package_item_t *
ngx_invoke_package_item(ngx_invoke_package_clear_ctx_t *ctx, const char *name)
{
    ngx_uint_t                  n;
    ngx_invoke_package_item_t  *items;

    if (ctx->n == ctx->allocated) {
        n = ctx->allocated ? 2 * ctx->allocated : 64;

        items = realloc(ctx->items, n * sizeof(ngx_invoke_package_item_t));
        if (items == NULL) {
            return NULL;
        }

        ctx->items = items;
        ctx->allocated = n;
    }

    items = &ctx->items[ctx->n++];

    items->code = 0;
    ngx_memcpy(items->name, name, sizeof(items->name));

    return items;
}


/* As its lock says; one without that is counted. */

static off_t
ngx_invoke_package_size(ngx_invoke_package_clear_ctx_t *ctx, const char *name)
{
    int      fd;
    off_t    size;
    u_char   buf[NGX_OFF_T_LEN + 1];
    ssize_t  n;

    size = NGX_ERROR;

    fd = openat(ctx->lock, name, O_RDONLY|O_NOFOLLOW|O_CLOEXEC);

    if (fd != -1) {
        n = read(fd, buf, sizeof(buf));

        if (n > 1 && buf[n - 1] == '\n') {
            size = ngx_atoof(buf, n - 1);
        }

        (void) close(fd);
    }

    if (size != NGX_ERROR) {
        return size;
    }

    fd = openat(ctx->cache, name, O_RDONLY|O_DIRECTORY|O_NOFOLLOW|O_CLOEXEC);
    if (fd == -1) {
        return 0;
    }

    size = ngx_invoke_tree_size(fd);
    (void) close(fd);

    return size == NGX_ERROR ? 0 : size;
}


static int ngx_libc_cdecl
ngx_invoke_package_older(const void *one, const void *two)
{
    const ngx_invoke_package_item_t  *first = one, *second = two;

    return (first->used > second->used) - (first->used < second->used);
}


/*
 * Renamed away under a lock that nobody shares, so that who opens it sees all
 * of it or finds it gone. NGX_BUSY: it is in use.
 */

static ngx_int_t
ngx_invoke_package_remove(ngx_invoke_package_clear_ctx_t *ctx,
    const char *name)
{
    int          fd;
    char         aside[NGX_INVOKE_PACKAGE_ASIDE_NAME];
    ngx_int_t    rc;
    struct stat  sb, now;

    if (ctx->tmp == -1) {
        return NGX_ERROR;
    }

    fd = openat(ctx->cache, name, O_RDONLY|O_DIRECTORY|O_NOFOLLOW|O_CLOEXEC);
    if (fd == -1) {
        return NGX_ERROR;
    }

    if (flock(fd, LOCK_EX|LOCK_NB) == -1) {
        (void) close(fd);
        return NGX_BUSY;
    }

    /* another one may have removed it meanwhile, and a new one have come */

    if (fstat(fd, &sb) == -1
        || fstatat(ctx->cache, name, &now, AT_SYMLINK_NOFOLLOW) == -1
        || sb.st_dev != now.st_dev || sb.st_ino != now.st_ino)
    {
        (void) close(fd);
        return NGX_ERROR;
    }

    ngx_invoke_package_aside_name(aside, name);

    rc = NGX_ERROR;

    if (renameat(ctx->cache, name, ctx->tmp, aside) == 0) {
        ngx_invoke_package_sweep_lock(ctx, ctx->lock, name);
        (void) ngx_invoke_tree_remove(ctx->tmp, aside);
        rc = NGX_OK;
    }

    (void) close(fd);

    return rc;
}


/* Who works on a directory there has locked it. */

static void
ngx_invoke_package_sweep_tmp(ngx_invoke_package_clear_ctx_t *ctx, int dir,
    const char *name)
{
    int          fd;
    struct stat  sb;

    fd = openat(dir, name, O_RDONLY|O_DIRECTORY|O_NOFOLLOW|O_CLOEXEC);

    if (fd == -1) {

        /* archives have no name for longer than a moment */

        if (errno == ENOTDIR || errno == ELOOP) {
            (void) unlinkat(dir, name, 0);
        }

        return;
    }

    if (flock(fd, LOCK_EX|LOCK_NB) == 0
        && fstat(fd, &sb) == 0 && sb.st_nlink)
    {
        (void) ngx_invoke_tree_remove(dir, name);
    }

    (void) close(fd);
}


/* A lock without a package, which nobody holds, is of no use. */

static void
ngx_invoke_package_sweep_lock(ngx_invoke_package_clear_ctx_t *ctx, int dir,
    const char *name)
{
    int          fd;
    struct stat  sb;

    fd = openat(dir, name, O_RDONLY|O_NONBLOCK|O_NOFOLLOW|O_CLOEXEC);
    if (fd == -1) {
        return;
    }

    if (flock(fd, LOCK_EX|LOCK_NB) == 0
        && fstat(fd, &sb) == 0 && sb.st_nlink
        && fstatat(ctx->cache, name, &sb, AT_SYMLINK_NOFOLLOW) == -1
        && errno == ENOENT)
    {
        (void) unlinkat(dir, name, 0);
    }

    (void) close(fd);
}
