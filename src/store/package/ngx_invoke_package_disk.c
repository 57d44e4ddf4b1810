
#include "ngx_invoke_package_disk.h"
#include "ngx_invoke_escape.h"
#include "ngx_invoke_metrics.h"
#include "ngx_invoke_s3.h"
#include "ngx_invoke_tree.h"
#include "ngx_invoke_unpack.h"

#include <sys/file.h>


/* An archive has no more bytes than this. */
#define NGX_INVOKE_PACKAGE_MAX  ((off_t) 256 * 1024 * 1024)


/* The descriptors of a task. */

typedef struct {
    int     cache;
    int     lock;               /* the directory */
    int     tmp;
    int     held;               /* lock/<digest>, locked */
    int     archive;
    time_t  modified;           /* the archive, in the object store */
    char    name[NGX_INVOKE_PACKAGE_ASIDE_NAME];
} ngx_invoke_package_place_t;


static ngx_int_t ngx_invoke_package_cache(ngx_invoke_package_job_t *job,
    ngx_invoke_package_place_t *place);
static int ngx_invoke_package_directory(int cache, const char *name);
static ngx_int_t ngx_invoke_package_writable(ngx_invoke_package_job_t *job,
    ngx_invoke_package_place_t *place);
static void ngx_invoke_package_look(ngx_invoke_package_job_t *job, int cache);
static ngx_int_t ngx_invoke_package_flock(ngx_invoke_package_job_t *job,
    int fd, int operation);
static ngx_int_t ngx_invoke_package_hold(ngx_invoke_package_job_t *job,
    ngx_invoke_package_place_t *place);
static ngx_int_t ngx_invoke_package_download(ngx_invoke_package_job_t *job,
    ngx_invoke_package_place_t *place);
static int ngx_invoke_package_file(int dir, const char *name);
static void ngx_invoke_package_unpack(ngx_invoke_package_job_t *job,
    ngx_invoke_package_place_t *place);
static ngx_int_t ngx_invoke_package_aside(ngx_invoke_package_job_t *job,
    ngx_invoke_package_place_t *place);
static ngx_int_t ngx_invoke_package_refused(ngx_invoke_package_job_t *job,
    ngx_invoke_unpack_t *unpack, ngx_invoke_unpack_rc_e rc);
static ngx_int_t ngx_invoke_package_install(ngx_invoke_package_job_t *job,
    ngx_invoke_package_place_t *place, off_t size);
static ngx_int_t ngx_invoke_package_local(ngx_invoke_package_job_t *job,
    const char *what, ngx_err_t err);
static ngx_int_t ngx_invoke_package_fail(ngx_invoke_package_job_t *job,
    const char *failed);
static void ngx_invoke_package_close(ngx_invoke_package_place_t *place);


/* by ngx_invoke_s3_rc_e */

static const char  *ngx_invoke_package_s3[] = {
    NULL,
    "the object store has no such object",
    "the object store denies access",
    "the object store cannot be reached",
    "the object store does not answer in time",
    "the object store fails",
    "the object store gives no object",
    "its archive is too large",
    NULL,
    "the worker ends"
};


/* Nothing else becomes a name in the cache. Any thread. */

ngx_int_t
ngx_invoke_package_digest(ngx_str_t *digest, u_char *dst)
{
    size_t  i;

    if (digest->len != NGX_INVOKE_PACKAGE_DIGEST) {
        return NGX_ERROR;
    }

    for (i = 0; i < digest->len; i++) {
        dst[i] = ngx_tolower(digest->data[i]);

        if (!((dst[i] >= '0' && dst[i] <= '9')
              || (dst[i] >= 'a' && dst[i] <= 'f')))
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


void
ngx_invoke_package_check(const ngx_invoke_package_conf_t *conf,
    ngx_log_t *log)
{
    ngx_invoke_package_job_t    job;
    ngx_invoke_package_place_t  place;

    job.conf = conf;

    if ((ngx_invoke_package_cache(&job, &place) != NGX_OK
         || ngx_invoke_package_writable(&job, &place) != NGX_OK)
        && job.err != NGX_ENOENT)
    {
        ngx_log_error(NGX_LOG_ERR, log, job.err,
                      "invoke: no package can be stored in \"%V\" of "
                      "\"invoke_package_cache\": %*s", &conf->path,
                      job.detail_len, job.detail);
    }

    ngx_invoke_package_close(&place);
}


/* thread pool, all below */

void
ngx_invoke_package_open(ngx_invoke_package_job_t *job)
{
    ngx_invoke_package_place_t  place;

    if (ngx_invoke_package_cache(job, &place) == NGX_OK) {
        ngx_invoke_package_look(job, place.cache);
    }

    ngx_invoke_package_close(&place);
}


void
ngx_invoke_package_fetch(ngx_invoke_package_job_t *job)
{
    ngx_invoke_package_place_t  place;

    if (ngx_invoke_package_cache(job, &place) == NGX_OK
        && ngx_invoke_package_writable(job, &place) == NGX_OK
        && ngx_invoke_package_hold(job, &place) == NGX_OK
        && ngx_invoke_package_download(job, &place) == NGX_OK)
    {
        ngx_invoke_package_unpack(job, &place);
    }

    /* one that is not there leaves no lock, which nobody else could remove */

    if (place.held != -1 && job->rc == NGX_INVOKE_PACKAGE_FAILED) {
        (void) unlinkat(place.lock, (char *) job->digest, 0);
    }

    ngx_invoke_package_close(&place);
}


static ngx_int_t
ngx_invoke_package_cache(ngx_invoke_package_job_t *job,
    ngx_invoke_package_place_t *place)
{
    const char   *path = (char *) job->conf->path.data;
    struct stat   sb;

    ngx_memset(place, 0xff, sizeof(ngx_invoke_package_place_t));

    job->rc = NGX_INVOKE_PACKAGE_FAILED;
    job->fd = -1;
    job->size = 0;
    job->failed = NULL;
    job->err = 0;
    job->away = 0;
    job->detail_len = 0;

    place->cache = open(path, O_RDONLY|O_DIRECTORY|O_CLOEXEC);

    if (place->cache == -1 || fstat(place->cache, &sb) == -1) {
        return ngx_invoke_package_local(job, "open() of the cache failed",
                                        errno);
    }

    if (sb.st_uid != geteuid()) {
        return ngx_invoke_package_local(job, "the cache belongs to another "
                                             "user than the worker's", EPERM);
    }

    if (sb.st_mode & 022) {
        return ngx_invoke_package_local(job, "others than its owner may "
                                             "write the cache", EPERM);
    }

    place->lock = ngx_invoke_package_directory(place->cache, "lock");

    if (place->lock == -1) {
        return ngx_invoke_package_local(job, "open() of \"lock\" failed",
                                        errno);
    }

    place->tmp = ngx_invoke_package_directory(place->cache, "tmp");

    if (place->tmp == -1) {
        return ngx_invoke_package_local(job, "open() of \"tmp\" failed",
                                        errno);
    }

    return NGX_OK;
}


static int
ngx_invoke_package_directory(int cache, const char *name)
{
    if (mkdirat(cache, name, 0700) == -1 && errno != EEXIST) {
        return -1;
    }

    return openat(cache, name, O_RDONLY|O_DIRECTORY|O_NOFOLLOW|O_CLOEXEC);
}


/* What would only show once a package has been fetched and unpacked. */

static ngx_int_t
ngx_invoke_package_writable(ngx_invoke_package_job_t *job,
    ngx_invoke_package_place_t *place)
{
    struct stat  cache, tmp;

    if (faccessat(place->cache, ".", W_OK|X_OK, AT_EACCESS) == -1) {
        return ngx_invoke_package_local(job, "the cache is not writable",
                                        errno);
    }

    if (fstat(place->cache, &cache) == -1 || fstat(place->tmp, &tmp) == -1) {
        return ngx_invoke_package_local(job, "fstat() failed", errno);
    }

    if (cache.st_dev != tmp.st_dev) {
        return ngx_invoke_package_local(job, "\"tmp\" is on another file "
                                             "system than the cache", EXDEV);
    }

    return NGX_OK;
}


/*
 * Who removes a package locks it first. So one that is locked here and still
 * has its name stays.
 */

static void
ngx_invoke_package_look(ngx_invoke_package_job_t *job, int cache)
{
    int          fd;
    const char  *digest = (char *) job->digest;
    struct stat  sb, now;

    fd = openat(cache, digest, O_RDONLY|O_DIRECTORY|O_NOFOLLOW|O_CLOEXEC);

    if (fd == -1) {

        if (errno == ENOENT) {
            job->rc = NGX_INVOKE_PACKAGE_ABSENT;
            return;
        }

        (void) ngx_invoke_package_local(job, "open() of it failed", errno);
        return;
    }

    if (ngx_invoke_package_flock(job, fd, LOCK_SH) != NGX_OK) {
        (void) close(fd);
        return;
    }

    if (fstat(fd, &sb) == 0
        && fstatat(cache, digest, &now, AT_SYMLINK_NOFOLLOW) == 0
        && sb.st_dev == now.st_dev && sb.st_ino == now.st_ino)
    {
        (void) futimens(fd, NULL);

        job->rc = NGX_INVOKE_PACKAGE_FOUND;
        job->fd = fd;
        return;
    }

    (void) close(fd);

    job->rc = NGX_INVOKE_PACKAGE_BUSY;
}


/*
 * Without success job->rc is BUSY or FAILED: who waits for another one, where
 * a disk has no locks or none is left, would wait for nobody.
 */

static ngx_int_t
ngx_invoke_package_flock(ngx_invoke_package_job_t *job, int fd, int operation)
{
    if (flock(fd, operation|LOCK_NB) == 0) {
        return NGX_OK;
    }

    if (errno == EWOULDBLOCK) {
        job->rc = NGX_INVOKE_PACKAGE_BUSY;
        return NGX_BUSY;
    }

    return ngx_invoke_package_local(job, "flock() failed", errno);
}


/*
 * Takes the lock of the digest. NGX_DECLINED: job->rc says what is, another
 * one has it, or has just brought the package.
 */

static ngx_int_t
ngx_invoke_package_hold(ngx_invoke_package_job_t *job,
    ngx_invoke_package_place_t *place)
{
    int          fd;
    struct stat  sb;

    fd = openat(place->lock, (char *) job->digest,
                O_RDWR|O_CREAT|O_NOFOLLOW|O_CLOEXEC, 0600);
    if (fd == -1) {
        return ngx_invoke_package_local(job, "open() of its lock failed",
                                        errno);
    }

    if (ngx_invoke_package_flock(job, fd, LOCK_EX) != NGX_OK) {
        (void) close(fd);
        return NGX_DECLINED;
    }

    /* without a name it is the lock of one who has given up */

    if (fstat(fd, &sb) == -1 || sb.st_nlink == 0) {
        (void) close(fd);
        job->rc = NGX_INVOKE_PACKAGE_BUSY;
        return NGX_DECLINED;
    }

    place->held = fd;

    ngx_invoke_package_look(job, place->cache);

    return job->rc == NGX_INVOKE_PACKAGE_ABSENT ? NGX_OK : NGX_DECLINED;
}


static ngx_int_t
ngx_invoke_package_download(ngx_invoke_package_job_t *job,
    ngx_invoke_package_place_t *place)
{
    u_char               hash[NGX_INVOKE_PACKAGE_DIGEST];
    ngx_invoke_s3_rc_e   rc;
    ngx_invoke_s3_get_t  get;

    ngx_invoke_package_aside_name(place->name, (char *) job->digest);

    place->archive = ngx_invoke_package_file(place->tmp, place->name);

    if (place->archive == -1) {
        return ngx_invoke_package_local(job, "open() of an archive failed",
                                        errno);
    }

    get.conf = &job->conf->s3;
    get.key = job->key;
    get.fd = place->archive;
    get.max = NGX_INVOKE_PACKAGE_MAX;
    get.stop = job->stop;
    get.data = job->data;

    rc = ngx_invoke_s3_get(&get);

    if (rc == NGX_INVOKE_S3_LOCAL) {
        return ngx_invoke_package_local(job, "its archive cannot be written",
                                        get.err);
    }

    if (rc == NGX_INVOKE_S3_TOO_LARGE) {
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_PACKAGES_SIZE, 1);
    }

    if (rc != NGX_INVOKE_S3_OK) {
        job->away = ngx_invoke_s3_away(rc);
        job->detail_len = ngx_sprintf(job->detail, "%s", get.detail)
                          - job->detail;

        return ngx_invoke_package_fail(job, ngx_invoke_package_s3[rc]);
    }

    (void) ngx_hex_dump(hash, get.sha256, sizeof(get.sha256));

    if (ngx_memcmp(hash, job->digest, NGX_INVOKE_PACKAGE_DIGEST) != 0) {
        job->detail_len = ngx_sprintf(job->detail,
                                      "%O bytes with SHA-256 %*s", get.size,
                                      sizeof(hash), hash)
                          - job->detail;

        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_PACKAGES_HASH, 1);

        return ngx_invoke_package_fail(job,
                                       "its archive has another hash");
    }

    place->modified = get.modified;

    return NGX_OK;
}


/* A file without a name, of which a process that is killed leaves nothing. */

static int
ngx_invoke_package_file(int dir, const char *name)
{
    int  fd;

    fd = openat(dir, ".", O_TMPFILE|O_RDWR|O_CLOEXEC, 0600);

    if (fd != -1 || (errno != EOPNOTSUPP && errno != EISDIR
                     && errno != EINVAL && errno != ENOENT))
    {
        return fd;
    }

    fd = openat(dir, name, O_RDWR|O_CREAT|O_EXCL|O_NOFOLLOW|O_CLOEXEC, 0600);

    if (fd != -1) {
        (void) unlinkat(dir, name, 0);
    }

    return fd;
}


void
ngx_invoke_package_aside_name(char *name, const char *digest)
{
    static ngx_atomic_t  n;

    (void) ngx_sprintf((u_char *) name, "%s.%P.%xi%Z", digest, ngx_pid,
                       (ngx_int_t) ((ngx_random() << 16)
                                    + ngx_atomic_fetch_add(&n, 1) % 65536));
}


static void
ngx_invoke_package_unpack(ngx_invoke_package_job_t *job,
    ngx_invoke_package_place_t *place)
{
    ngx_err_t               err;
    ngx_int_t               ok;
    ngx_invoke_unpack_t     unpack;
    ngx_invoke_unpack_rc_e  rc;

    if (ngx_invoke_package_aside(job, place) != NGX_OK) {
        return;
    }

    if (lseek(place->archive, 0, SEEK_SET) == -1) {
        err = errno;
        (void) ngx_invoke_package_local(job, "lseek() failed", err);
        goto failed;
    }

    unpack.archive = place->archive;
    unpack.dir = job->fd;
    unpack.modified = place->modified;
    unpack.stop = job->stop;
    unpack.data = job->data;

    rc = ngx_invoke_unpack(&unpack);

    ok = (rc == NGX_INVOKE_UNPACK_OK)
         ? ngx_invoke_package_install(job, place, unpack.size)
         : ngx_invoke_package_refused(job, &unpack, rc);

    if (ok == NGX_OK) {
        job->rc = NGX_INVOKE_PACKAGE_FOUND;
        return;
    }

failed:

    (void) ngx_invoke_tree_remove(place->tmp, place->name);
    (void) close(job->fd);
    job->fd = -1;
}


/*
 * A directory in tmp/, locked as the package that it becomes; one in there
 * that nobody has locked is left over.
 */

static ngx_int_t
ngx_invoke_package_aside(ngx_invoke_package_job_t *job,
    ngx_invoke_package_place_t *place)
{
    ngx_err_t    err;
    const char  *name = place->name;
    struct stat  sb, now;

    if (mkdirat(place->tmp, name, 0755) == -1) {
        return ngx_invoke_package_local(job, "mkdir() in \"tmp\" failed",
                                        errno);
    }

    job->fd = openat(place->tmp, name,
                     O_RDONLY|O_DIRECTORY|O_NOFOLLOW|O_CLOEXEC);

    if (job->fd != -1
        && flock(job->fd, LOCK_SH|LOCK_NB) == 0
        && fstat(job->fd, &sb) == 0
        && fstatat(place->tmp, name, &now, AT_SYMLINK_NOFOLLOW) == 0
        && sb.st_dev == now.st_dev && sb.st_ino == now.st_ino
        && fchmod(job->fd, 0755) == 0)
    {
        return NGX_OK;
    }

    err = errno;

    if (job->fd != -1) {
        (void) close(job->fd);
        job->fd = -1;
    }

    if (err == EWOULDBLOCK || err == ENOENT) {

        /* who removes left-overs was quicker */

        job->rc = NGX_INVOKE_PACKAGE_BUSY;
        return NGX_DECLINED;
    }

    (void) ngx_invoke_tree_remove(place->tmp, name);

    return ngx_invoke_package_local(job, "open() in \"tmp\" failed", err);
}


static ngx_int_t
ngx_invoke_package_refused(ngx_invoke_package_job_t *job,
    ngx_invoke_unpack_t *unpack, ngx_invoke_unpack_rc_e rc)
{
    u_char     buf[NGX_INVOKE_ESCAPE_NAME];
    ngx_str_t  name;

    if (rc == NGX_INVOKE_UNPACK_STOPPED) {
        return ngx_invoke_package_fail(job, "the worker ends");
    }

    name.data = unpack->name;
    name.len = unpack->name_len;
    name = ngx_invoke_escape_name(buf, &name);

    job->detail_len = ngx_slprintf(job->detail,
                                   job->detail + NGX_INVOKE_PACKAGE_DETAIL,
                                   name.len ? "%s, member \"%V\"" : "%s",
                                   unpack->failed, &name)
                      - job->detail;

    if (rc == NGX_INVOKE_UNPACK_LOCAL) {
        return ngx_invoke_package_local(job, NULL, unpack->err);
    }

    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_PACKAGES_DAMAGED
                           + rc - NGX_INVOKE_UNPACK_DAMAGED, 1);

    return ngx_invoke_package_fail(job, "its archive is refused");
}


/* Its size is noted in its lock, for those who sum them up. */

static ngx_int_t
ngx_invoke_package_install(ngx_invoke_package_job_t *job,
    ngx_invoke_package_place_t *place, off_t size)
{
    u_char       buf[NGX_OFF_T_LEN + 1];
    ssize_t      len, n;
    const char  *digest = (char *) job->digest;

    len = ngx_sprintf(buf, "%O\n", size) - buf;

    if (ftruncate(place->held, 0) == -1) {
        return ngx_invoke_package_local(job, "ftruncate() of its lock failed",
                                        errno);
    }

    n = pwrite(place->held, buf, len, 0);

    if (n != len) {
        return ngx_invoke_package_local(job, "write() of its lock failed",
                                        n == -1 ? errno : ENOSPC);
    }

    if (renameat(place->tmp, place->name, place->cache, digest) == -1) {
        return ngx_invoke_package_local(job, "rename() of it failed", errno);
    }

    job->size = size;

    /* it is whole for all who see it; this is for a host that goes down */
    (void) fsync(place->cache);

    return NGX_OK;
}


static ngx_int_t
ngx_invoke_package_local(ngx_invoke_package_job_t *job, const char *what,
    ngx_err_t err)
{
    job->err = err;

    if (what) {
        job->detail_len = ngx_sprintf(job->detail, "%s", what) - job->detail;
    }

    return ngx_invoke_package_fail(job,
                      err == ENOSPC || err == EDQUOT || err == EFBIG
                      ? "no space is left for it" : "it cannot be stored");
}


static ngx_int_t
ngx_invoke_package_fail(ngx_invoke_package_job_t *job, const char *failed)
{
    job->rc = NGX_INVOKE_PACKAGE_FAILED;
    job->failed = failed;

    return NGX_ERROR;
}


static void
ngx_invoke_package_close(ngx_invoke_package_place_t *place)
{
    ngx_uint_t  i;

    int  fds[] = { place->archive, place->held, place->tmp, place->lock,
                   place->cache };

    for (i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
        if (fds[i] != -1) {
            (void) close(fds[i]);
        }
    }
}
