
#include "ngx_invoke_code_cache.h"
#include "ngx_invoke_metrics.h"
#include "ngx_invoke_v8.h"

#include <openssl/evp.h>
#include <sys/stat.h>
#include <zlib.h>


/* In the place of an error. */
#define NGX_INVOKE_CODE_TOLD    -1

/* A use is noted when the last one is so many seconds ago. */
#define NGX_INVOKE_CODE_USED    3600

#define NGX_INVOKE_CODE_MAX     (64 * 1024 * 1024)
#define NGX_INVOKE_CODE_MAGIC   0x31636e69u


/* What a file ends with, behind the code. */

typedef struct {
    uint32_t            magic;
    uint32_t            crc;
    uint64_t            len;
} ngx_invoke_code_end_t;


static ngx_int_t ngx_invoke_code_cache_name(ngx_invoke_module_t *m,
    char name[NGX_INVOKE_CODE_NAME + 1]);
static ngx_int_t ngx_invoke_code_cache_write(int fd, const u_char *data,
    size_t len);


static struct {
    int                  fd;                /* of the directory, or -1 */
    u_char               path[NGX_MAX_PATH];
    uint32_t             aside;             /* atomic, files written */
    int                  failed;            /* atomic, the first errno */
} ngx_invoke_code_cache = { .fd = -1 };


/* The path of the directory, NGX_MAX_PATH bytes. NGX_ERROR: too long. */

static ngx_int_t
ngx_invoke_code_cache_path(const ngx_str_t *cache, u_char *path)
{
    if (cache->len + sizeof("/code") > NGX_MAX_PATH) {
        return NGX_ERROR;
    }

    (void) ngx_cpymem(ngx_cpymem(path, cache->data, cache->len),
                      "/code", sizeof("/code"));

    return NGX_OK;
}


void
ngx_invoke_code_cache_create(const ngx_str_t *cache, ngx_uid_t uid,
    ngx_gid_t gid, ngx_log_t *log)
{
    u_char       path[NGX_MAX_PATH];
    ngx_uint_t   i;
    const char  *failed;

    if (ngx_invoke_code_cache_path(cache, path) != NGX_OK) {
        ngx_log_error(NGX_LOG_WARN, log, 0,
                      "invoke: no code cache: \"%V\" is too long", cache);
        return;
    }

    /* the cache, then the directory in it */

    for (i = 0; i < 2; i++) {
        path[cache->len] = i == 0 ? '\0' : '/';

        if (ngx_create_dir(path, 0700) == NGX_FILE_ERROR) {

            if (ngx_errno == NGX_EEXIST) {
                continue;
            }

            failed = ngx_create_dir_n;

        } else if (uid != (ngx_uid_t) -1
                   && lchown((char *) path, uid, gid) == -1)
        {
            failed = "lchown()";

        } else {
            continue;
        }

        ngx_log_error(NGX_LOG_WARN, log, ngx_errno,
                      "invoke: no code cache: %s \"%s\" failed", failed,
                      path);
        return;
    }
}


void
ngx_invoke_code_cache_init(const ngx_str_t *cache, ngx_cycle_t *cycle)
{
    int          fd;
    u_char      *path = ngx_invoke_code_cache.path;
    ngx_err_t    err = 0;
    struct stat  sb;
    const char  *failed = NULL;

    if (ngx_invoke_code_cache_path(cache, path) != NGX_OK) {
        return;
    }

    fd = open((char *) path, O_RDONLY|O_DIRECTORY|O_NOFOLLOW|O_CLOEXEC);

    if (fd == -1 || fstat(fd, &sb) == -1) {
        err = ngx_errno;

        if (err == NGX_ENOENT) {

            /* that it could not be made was told */
            return;
        }

        failed = "it cannot be opened";

    } else if (sb.st_uid != geteuid() || (sb.st_mode & 022)) {
        failed = "it is not the worker's own";
    }

    if (failed != NULL) {
        ngx_log_error(NGX_LOG_WARN, cycle->log, err,
                      "invoke: no code cache in \"%s\": %s", path, failed);

        if (fd != -1) {
            (void) close(fd);
        }

        return;
    }

    ngx_invoke_code_cache.fd = fd;
}


void
ngx_invoke_code_cache_tell(ngx_log_t *log)
{
    int  err;

    err = __atomic_load_n(&ngx_invoke_code_cache.failed, __ATOMIC_RELAXED);

    if (err == 0 || err == NGX_INVOKE_CODE_TOLD) {
        return;
    }

    __atomic_store_n(&ngx_invoke_code_cache.failed, NGX_INVOKE_CODE_TOLD,
                     __ATOMIC_RELAXED);

    ngx_log_error(NGX_LOG_WARN, log, err,
                  "invoke: code could not be kept in \"%s\"",
                  ngx_invoke_code_cache.path);
}


/* actor thread, all below */

void
ngx_invoke_code_cache_load(ngx_invoke_module_t *m)
{
    char     name[NGX_INVOKE_CODE_NAME + 1];
    size_t   len;
    u_char  *code;

    if (ngx_invoke_code_cache_name(m, name) != NGX_OK) {
        return;
    }

    code = ngx_invoke_code_cache_get(name, &len);

    if (code != NULL) {
        ngx_invoke_module_set_code(m, code, len);
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_MODULES_CODE_LOADED, 1);
    }
}


u_char *
ngx_invoke_code_cache_get(const char *name, size_t *len)
{
    int                     fd;
    u_char                 *data;
    struct stat             sb;
    ngx_invoke_code_end_t   end;

    if (ngx_invoke_code_cache.fd == -1) {
        return NULL;
    }

    fd = openat(ngx_invoke_code_cache.fd, name,
                O_RDONLY|O_NOFOLLOW|O_NONBLOCK|O_CLOEXEC);
    if (fd == -1) {
        return NULL;
    }

    data = NULL;

    if (fstat(fd, &sb) == -1 || !S_ISREG(sb.st_mode)
        || sb.st_size <= (off_t) sizeof(end)
        || sb.st_size > NGX_INVOKE_CODE_MAX)
    {
        goto bad;
    }

    *len = sb.st_size - sizeof(end);

    data = malloc(sb.st_size);

    if (data == NULL || read(fd, data, sb.st_size) != sb.st_size) {
        goto bad;
    }

    ngx_memcpy(&end, data + *len, sizeof(end));

    if (end.magic != NGX_INVOKE_CODE_MAGIC || end.len != *len
        || end.crc != crc32_z(0, data, *len))
    {
        goto bad;
    }

    data[*len] = '\0';

    if (time(NULL) - sb.st_mtime > NGX_INVOKE_CODE_USED) {
        (void) futimens(fd, NULL);
    }

    (void) close(fd);

    return data;

bad:

    free(data);
    (void) close(fd);
    (void) unlinkat(ngx_invoke_code_cache.fd, name, 0);

    return NULL;
}


void
ngx_invoke_code_cache_store(ngx_invoke_module_t *m)
{
    char  name[NGX_INVOKE_CODE_NAME + 1];

    if (ngx_invoke_code_cache_name(m, name) == NGX_OK
        && ngx_invoke_code_cache_put(name, m->code, m->code_len) == NGX_OK)
    {
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_MODULES_CODE_STORED, 1);
    }
}


ngx_int_t
ngx_invoke_code_cache_put(const char *name, const u_char *data, size_t len)
{
    int        fd, none;
    u_char     aside[NGX_INT64_LEN * 2 + sizeof("tmp..")];
    uint32_t   n;
    ngx_int_t  rc;

    if (ngx_invoke_code_cache.fd == -1
        || len > NGX_INVOKE_CODE_MAX - sizeof(ngx_invoke_code_end_t))
    {
        return NGX_DECLINED;
    }

    n = __atomic_add_fetch(&ngx_invoke_code_cache.aside, 1, __ATOMIC_RELAXED);
    *ngx_sprintf(aside, "tmp.%P.%uD", ngx_pid, n) = '\0';

    fd = openat(ngx_invoke_code_cache.fd, (char *) aside,
                O_WRONLY|O_CREAT|O_TRUNC|O_NOFOLLOW|O_CLOEXEC, 0600);
    rc = NGX_OK;

    if (fd == -1 || ngx_invoke_code_cache_write(fd, data, len) != NGX_OK
        || renameat(ngx_invoke_code_cache.fd, (char *) aside,
                    ngx_invoke_code_cache.fd, name) != 0)
    {
        rc = NGX_ERROR;
        none = 0;
        (void) __atomic_compare_exchange_n(&ngx_invoke_code_cache.failed,
                                           &none, ngx_errno, 0,
                                           __ATOMIC_RELAXED, __ATOMIC_RELAXED);
        (void) unlinkat(ngx_invoke_code_cache.fd, (char *) aside, 0);
    }

    if (fd != -1) {
        (void) close(fd);
    }

    return rc;
}


static ngx_int_t
ngx_invoke_code_cache_write(int fd, const u_char *data, size_t len)
{
    struct iovec           iov[2];
    ngx_invoke_code_end_t  end;

    end.magic = NGX_INVOKE_CODE_MAGIC;
    end.crc = crc32_z(0, data, len);
    end.len = len;

    iov[0].iov_base = (void *) data;
    iov[0].iov_len = len;
    iov[1].iov_base = &end;
    iov[1].iov_len = sizeof(end);

    /* one that is cut short sets no errno: the disk is full */
    ngx_set_errno(ENOSPC);

    return writev(fd, iov, 2) == (ssize_t) (len + sizeof(end))
           ? NGX_OK : NGX_ERROR;
}


void
ngx_invoke_code_cache_remove(ngx_invoke_module_t *m)
{
    char  name[NGX_INVOKE_CODE_NAME + 1];

    if (ngx_invoke_code_cache_name(m, name) == NGX_OK) {
        (void) unlinkat(ngx_invoke_code_cache.fd, name, 0);
    }
}


/* NGX_DECLINED: there is no cache. */

static ngx_int_t
ngx_invoke_code_cache_name(ngx_invoke_module_t *m,
    char name[NGX_INVOKE_CODE_NAME + 1])
{
    if (ngx_invoke_code_cache.fd == -1) {
        return NGX_DECLINED;
    }

    return ngx_invoke_code_cache_digest(ngx_invoke_v8_identity(),
                                        m->kind == NGX_INVOKE_MODULE_ES
                                        ? "module" : NULL,
                                        m->source, m->len, name);
}


ngx_int_t
ngx_invoke_code_cache_digest(const char *identity, const char *kind,
    const u_char *data, size_t len, char name[NGX_INVOKE_CODE_NAME + 1])
{
    u_char       hash[EVP_MAX_MD_SIZE];
    EVP_MD_CTX  *md;
    ngx_int_t    rc;

    md = EVP_MD_CTX_new();
    if (md == NULL) {
        return NGX_ERROR;
    }

    rc = EVP_DigestInit_ex(md, EVP_sha256(), NULL)
         && EVP_DigestUpdate(md, identity, ngx_strlen(identity) + 1)
         && (kind == NULL
             || EVP_DigestUpdate(md, kind, ngx_strlen(kind) + 1))
         && EVP_DigestUpdate(md, data, len)
         && EVP_DigestFinal_ex(md, hash, NULL) ? NGX_OK : NGX_ERROR;

    EVP_MD_CTX_free(md);

    *ngx_hex_dump((u_char *) name, hash, NGX_INVOKE_CODE_NAME / 2) = '\0';

    return rc;
}
