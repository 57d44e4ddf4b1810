
#include "ngx_invoke_function.h"
#include "ngx_invoke_root.h"
#include "ngx_invoke_descriptors.h"

#include <sys/file.h>


/* A use is noted on disk when the last one is so many seconds ago. */
#define NGX_INVOKE_FUNCTION_USED  10


static u_char *ngx_invoke_function_copy(u_char *p, ngx_str_t *dst,
    ngx_str_t *src);
static void ngx_invoke_function_free(ngx_invoke_function_t *f);


ngx_invoke_function_t *
ngx_invoke_function_create(ngx_str_t *id, ngx_str_t *version, ngx_str_t *root,
    int root_fd, ngx_invoke_field_t *env, ngx_uint_t nenv)
{
    size_t                  size;
    u_char                 *p;
    ngx_uint_t              i;
    ngx_invoke_function_t  *f;

    size = sizeof(ngx_invoke_function_t) + nenv * sizeof(ngx_invoke_field_t)
           + id->len + 1 + version->len + 1 + root->len + 1;

    for (i = 0; i < nenv; i++) {
        size += env[i].name.len + 1 + env[i].value.len + 1;
    }

    f = calloc(1, size);
    if (f == NULL) {
        (void) close(root_fd);
        return NULL;
    }

    if (pthread_mutex_init(&f->mutex, NULL) != 0) {
        (void) close(root_fd);
        free(f);
        return NULL;
    }

    f->root_fd = root_fd;
    f->nenv = nenv;
    f->env = (ngx_invoke_field_t *) (f + 1);
    f->refs = 1;

    p = (u_char *) (f->env + nenv);

    p = ngx_invoke_function_copy(p, &f->id, id);
    p = ngx_invoke_function_copy(p, &f->version, version);
    p = ngx_invoke_function_copy(p, &f->root, root);

    for (i = 0; i < nenv; i++) {
        p = ngx_invoke_function_copy(p, &f->env[i].name, &env[i].name);
        p = ngx_invoke_function_copy(p, &f->env[i].value, &env[i].value);
    }

    return f;
}


/* calloc() has put the NUL behind it */

static u_char *
ngx_invoke_function_copy(u_char *p, ngx_str_t *dst, ngx_str_t *src)
{
    dst->data = p;
    dst->len = src->len;

    return ngx_cpymem(p, src->data, src->len) + 1;
}


ngx_invoke_function_t *
ngx_invoke_function_hold(ngx_invoke_function_t *f)
{
    (void) __atomic_fetch_add(&f->refs, 1, __ATOMIC_RELAXED);

    return f;
}


void
ngx_invoke_function_release(ngx_invoke_function_t *f)
{
    if (__atomic_sub_fetch(&f->refs, 1, __ATOMIC_ACQ_REL) == 0) {
        ngx_invoke_function_free(f);
    }
}


void
ngx_invoke_function_package(ngx_invoke_function_t *f)
{
    f->package = 1;
    f->used = time(NULL);

    (void) flock(f->root_fd, LOCK_UN);
}


ngx_int_t
ngx_invoke_function_use(ngx_invoke_function_t *f)
{
    time_t       now;
    ngx_int_t    rc;
    struct stat  sb;

    if (!f->package) {
        return NGX_OK;
    }

    rc = NGX_OK;

    (void) pthread_mutex_lock(&f->mutex);

    /* who removes it has it locked until it has no more links */

    if (f->users == 0
        && (flock(f->root_fd, LOCK_SH|LOCK_NB) == -1
            || fstat(f->root_fd, &sb) == -1 || sb.st_nlink == 0))
    {
        rc = NGX_DECLINED;

    } else {
        now = time(NULL);

        if (f->users++ == 0 && now - f->used >= NGX_INVOKE_FUNCTION_USED) {
            f->used = now;
            (void) futimens(f->root_fd, NULL);
        }
    }

    (void) pthread_mutex_unlock(&f->mutex);

    return rc;
}


void
ngx_invoke_function_unuse(ngx_invoke_function_t *f)
{
    if (!f->package) {
        return;
    }

    (void) pthread_mutex_lock(&f->mutex);

    if (--f->users == 0) {
        (void) flock(f->root_fd, LOCK_UN);
    }

    (void) pthread_mutex_unlock(&f->mutex);
}


static void
ngx_invoke_function_free(ngx_invoke_function_t *f)
{
    ngx_uint_t          i;
    ngx_invoke_file_t  *file, *next;

    for (i = 0; i < NGX_INVOKE_FUNCTION_BUCKETS; i++) {
        for (file = f->files[i]; file; file = next) {
            next = file->next;
            free(file);
        }
    }

    (void) pthread_mutex_destroy(&f->mutex);
    (void) close(f->root_fd);

    free(f);
}


void
ngx_invoke_function_loaded(ngx_invoke_function_t *f, const char *path,
    const struct stat *sb)
{
    size_t               len;
    ngx_invoke_file_t   *file, **head;

    len = ngx_strlen(path);

    head = &f->files[ngx_crc32_short((u_char *) path, len)
                     % NGX_INVOKE_FUNCTION_BUCKETS];

    (void) pthread_mutex_lock(&f->mutex);

    for (file = *head; file; file = file->next) {
        if (ngx_strcmp(file->path, path) == 0) {
            goto done;
        }
    }

    if (sb == NULL && f->missing == NGX_INVOKE_FUNCTION_MISSING) {
        goto done;
    }

    file = calloc(1, sizeof(ngx_invoke_file_t) + len);
    if (file == NULL) {
        goto done;
    }

    if (sb) {
        file->dev = sb->st_dev;
        file->ino = sb->st_ino;
        file->size = sb->st_size;
        file->mtime = sb->st_mtim;
        file->ctime = sb->st_ctim;

    } else {
        file->size = -1;
        f->missing++;
    }

    ngx_memcpy(file->path, path, len);

    file->next = *head;
    *head = file;

done:

    (void) pthread_mutex_unlock(&f->mutex);
}


ngx_int_t
ngx_invoke_function_unchanged(ngx_invoke_function_t *f)
{
    ngx_uint_t          i;
    struct stat         sb;
    ngx_invoke_file_t  *file, *files[NGX_INVOKE_FUNCTION_BUCKETS];

    /* entries never change nor go while the record lives */

    (void) pthread_mutex_lock(&f->mutex);
    ngx_memcpy(files, f->files, sizeof(files));
    (void) pthread_mutex_unlock(&f->mutex);

    for (i = 0; i < NGX_INVOKE_FUNCTION_BUCKETS; i++) {

        for (file = files[i]; file; file = file->next) {

            if (ngx_invoke_root_stat(f->root_fd, file->path, 0, &sb) != 0) {

                if (ngx_invoke_errno_short(errno)) {
                    return NGX_ERROR;
                }

                if (file->size == -1) {
                    continue;
                }

                return NGX_DECLINED;
            }

            if (file->size != sb.st_size
                || file->dev != sb.st_dev
                || file->ino != sb.st_ino
                || file->mtime.tv_sec != sb.st_mtim.tv_sec
                || file->mtime.tv_nsec != sb.st_mtim.tv_nsec
                || file->ctime.tv_sec != sb.st_ctim.tv_sec
                || file->ctime.tv_nsec != sb.st_ctim.tv_nsec)
            {
                return NGX_DECLINED;
            }
        }
    }

    return NGX_OK;
}
