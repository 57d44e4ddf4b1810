
#include "ngx_invoke_local.h"
#include "ngx_invoke_descriptors.h"
#include "ngx_invoke_escape.h"
#include "ngx_invoke_main.h"
#include "ngx_invoke_root.h"
#include "ngx_invoke_table.h"

#include <openssl/evp.h>


#define NGX_INVOKE_LOCAL_MAX       1024     /* entries of a list */
#define NGX_INVOKE_LOCAL_NEGATIVE  1000     /* ms, when they are not checked */
#define NGX_INVOKE_LOCAL_VERSION   64       /* hex digits of SHA-256 */


/*
 * A directory. While a look is under way ("busy") its job belongs to the
 * thread pool; all else is the event loop's.
 */

typedef struct {
    ngx_invoke_table_entry_t  entry;        /* path */
    ngx_queue_t               waiting;      /* lookups */

    ngx_invoke_function_t    *function;     /* or NULL: there is none */
    ngx_err_t                 err;
    const char               *failed;
    ngx_msec_t                checked;
    unsigned                  known:1;      /* it was looked at */
    unsigned                  busy:1;

    ngx_thread_task_t         task;

    /* the job */

    ngx_uint_t                generation;
    ngx_invoke_function_t    *former;
    ngx_invoke_function_t    *result;
    ngx_uint_t                next;         /* result follows former */
    ngx_err_t                 result_err;
    const char               *result_failed;
} ngx_invoke_local_entry_t;


typedef struct {
    ngx_invoke_table_t        table;

    /*
     * Directories that have a function, and names that have none: these are
     * of the client's choosing, and may not drive out those.
     */
    ngx_invoke_table_list_t   functions;
    ngx_invoke_table_list_t   unknown;

    /*
     * A part of the version of what is loaded from the start. It grows
     * whenever a record is forgotten: so is what had been loaded of that
     * directory, and a version that comes back may not stand for other
     * contents of those files.
     */
    ngx_uint_t                generation;

    ngx_thread_pool_t        *pool;
    ngx_log_t                *log;

    /* holds a worker that is to leave until the looks are over */
    ngx_event_t               hold;
    ngx_uint_t                busy;
} ngx_invoke_local_t;


static ngx_invoke_local_entry_t *ngx_invoke_local_entry(ngx_str_t *path);
static void ngx_invoke_local_forget(void *data);
static ngx_int_t ngx_invoke_local_look(ngx_invoke_local_entry_t *entry);
static void ngx_invoke_local_job(void *data, ngx_log_t *log);
static ngx_int_t ngx_invoke_local_check(ngx_invoke_local_entry_t *entry);
static void ngx_invoke_local_load(ngx_invoke_local_entry_t *entry);
static ngx_int_t ngx_invoke_local_changed(ngx_invoke_local_entry_t *entry);
static ngx_invoke_function_t *ngx_invoke_local_record(
    ngx_invoke_local_entry_t *entry, int fd, EVP_MD_CTX *md);
static void ngx_invoke_local_digest(EVP_MD_CTX *md, const char *path,
    const struct stat *sb);
static void ngx_invoke_local_done(ngx_event_t *ev);
static void ngx_invoke_local_hold(ngx_event_t *ev);


static ngx_invoke_local_t  ngx_invoke_local;


void
ngx_invoke_local_init(ngx_thread_pool_t *pool, ngx_log_t *log)
{
    ngx_invoke_local_t  *local;

    local = &ngx_invoke_local;

    ngx_invoke_table_init(&local->table, NGX_INVOKE_LOCAL_MAX,
                          ngx_invoke_local_forget);
    ngx_invoke_table_list(&local->functions);
    ngx_invoke_table_list(&local->unknown);

    local->generation = 0;
    local->busy = 0;
    local->pool = pool;
    local->log = log;

    local->hold.handler = ngx_invoke_local_hold;
    local->hold.data = local;
    local->hold.log = log;
}


void
ngx_invoke_local_exit(void)
{
    if (ngx_invoke_local.pool == NULL) {
        return;
    }

    ngx_invoke_table_each(&ngx_invoke_local.functions,
                          ngx_invoke_local_forget);
    ngx_invoke_table_each(&ngx_invoke_local.unknown, ngx_invoke_local_forget);

    if (ngx_invoke_local.hold.timer_set) {
        ngx_del_timer(&ngx_invoke_local.hold);
    }

    ngx_invoke_local.pool = NULL;
}


ngx_int_t
ngx_invoke_local_find(ngx_invoke_local_lookup_t *lookup, ngx_str_t *path,
    ngx_msec_t interval)
{
    ngx_invoke_local_entry_t  *entry;

    lookup->function = NULL;
    lookup->err = 0;
    lookup->failed = NULL;
    lookup->waiting = 0;

    entry = ngx_invoke_local_entry(path);
    if (entry == NULL) {
        return NGX_ERROR;
    }

    if (interval == NGX_INVOKE_LOCAL_NEVER && entry->function == NULL) {
        interval = NGX_INVOKE_LOCAL_NEGATIVE;
    }

    if (!entry->busy) {

        if (entry->known
            && (interval == NGX_INVOKE_LOCAL_NEVER
                || ngx_current_msec - entry->checked < interval))
        {
            lookup->err = entry->err;
            lookup->failed = entry->failed;

            if (entry->function == NULL) {
                return NGX_DECLINED;
            }

            lookup->function = ngx_invoke_function_hold(entry->function);

            return NGX_OK;
        }

        if (ngx_invoke_local_look(entry) != NGX_OK) {

            if (entry->function == NULL) {
                return NGX_ERROR;
            }

            lookup->function = ngx_invoke_function_hold(entry->function);

            return NGX_OK;
        }
    }

    ngx_queue_insert_tail(&entry->waiting, &lookup->queue);
    lookup->waiting = 1;

    return NGX_AGAIN;
}


void
ngx_invoke_local_cancel(ngx_invoke_local_lookup_t *lookup)
{
    if (lookup->waiting) {
        ngx_queue_remove(&lookup->queue);
        lookup->waiting = 0;

        if (lookup->function) {
            ngx_invoke_function_release(lookup->function);
            lookup->function = NULL;
        }
    }
}


static ngx_invoke_local_entry_t *
ngx_invoke_local_entry(ngx_str_t *path)
{
    ngx_str_t                  name;
    ngx_invoke_local_t        *local;
    ngx_invoke_local_entry_t  *entry;

    local = &ngx_invoke_local;

    entry = ngx_invoke_table_find(&local->table, path);
    if (entry) {
        return entry;
    }

    entry = calloc(1, sizeof(ngx_invoke_local_entry_t) + path->len + 1);
    if (entry == NULL) {
        return NULL;
    }

    name.len = path->len;
    name.data = (u_char *) (entry + 1);
    ngx_memcpy(name.data, path->data, path->len);

    ngx_queue_init(&entry->waiting);

    entry->task.ctx = entry;
    entry->task.handler = ngx_invoke_local_job;
    entry->task.event.data = entry;
    entry->task.event.handler = ngx_invoke_local_done;
    entry->task.event.log = local->log;

    ngx_invoke_table_add(&local->table, &entry->entry, &name,
                         &local->unknown);

    return entry;
}


/* One that a thread has stays. */

static void
ngx_invoke_local_forget(void *data)
{
    ngx_invoke_local_entry_t *entry = data;

    if (entry->busy) {
        return;
    }

    ngx_invoke_table_remove(&ngx_invoke_local.table, &entry->entry);

    if (entry->function) {
        ngx_invoke_local.generation++;
        ngx_invoke_function_release(entry->function);
    }

    free(entry);
}


static ngx_int_t
ngx_invoke_local_look(ngx_invoke_local_entry_t *entry)
{
    ngx_invoke_local_t  *local;

    local = &ngx_invoke_local;

    entry->generation = local->generation;
    entry->former = entry->function;
    entry->result = NULL;
    entry->next = 0;
    entry->result_err = 0;
    entry->result_failed = NULL;

    if (ngx_thread_task_post(local->pool, &entry->task) != NGX_OK) {
        return NGX_ERROR;
    }

    entry->busy = 1;

    if (local->busy++ == 0) {
        ngx_add_timer(&local->hold, 1000);
    }

    return NGX_OK;
}


/*
 * The entry keeps its reference to the former record until the job is done.
 * With a record that still holds the result is the former itself, and so it is
 * where descriptors or memory have run out.
 */

/* thread pool */

static void
ngx_invoke_local_job(void *data, ngx_log_t *log)
{
    ngx_invoke_local_entry_t *entry = data;

    if (entry->former == NULL || ngx_invoke_local_check(entry) != NGX_OK) {
        ngx_invoke_local_load(entry);
    }

    if (entry->result == NULL && ngx_invoke_errno_short(entry->result_err)) {
        entry->result = entry->former;
    }
}


/*
 * Looks for changes in what was loaded. NGX_DECLINED: it is another directory,
 * or has to be loaded from the start.
 */

/* thread pool */

static ngx_int_t
ngx_invoke_local_check(ngx_invoke_local_entry_t *entry)
{
    ngx_int_t    rc;
    struct stat  sb, now;

    if (fstat(entry->former->root_fd, &sb) == -1
        || stat((char *) entry->entry.sn.str.data, &now) == -1)
    {
        entry->result_err = errno;
        return ngx_invoke_errno_short(errno) ? NGX_OK : NGX_DECLINED;
    }

    if (sb.st_dev != now.st_dev || sb.st_ino != now.st_ino) {
        return NGX_DECLINED;
    }

    rc = ngx_invoke_function_unchanged(entry->former);

    if (rc == NGX_ERROR) {
        entry->result_err = errno;
        return NGX_OK;
    }

    if (rc == NGX_OK) {
        entry->result = entry->former;
        return NGX_OK;
    }

    return ngx_invoke_local_changed(entry);
}


/* thread pool */

static void
ngx_invoke_local_load(ngx_invoke_local_entry_t *entry)
{
    int          fd;
    char        *path;
    EVP_MD_CTX  *md;
    struct stat  sb;

    entry->result_err = 0;
    path = (char *) entry->entry.sn.str.data;

    fd = open(path, O_PATH|O_DIRECTORY|O_CLOEXEC);

    if (fd == -1) {
        entry->result_err = errno;
        entry->result_failed = "open() of the directory failed";
        return;
    }

    md = EVP_MD_CTX_new();

    if (md == NULL || !EVP_DigestInit_ex(md, EVP_sha256(), NULL)) {
        entry->result_err = ENOMEM;
        entry->result_failed = "no memory for its version";
        goto failed;
    }

    if (fstat(fd, &sb) == -1) {
        entry->result_err = errno;
        entry->result_failed = "fstat() of the directory failed";
        goto failed;
    }

    (void) EVP_DigestUpdate(md, &entry->generation, sizeof(ngx_uint_t));

    /* of the directory itself the times do not count */

    sb.st_size = 0;
    sb.st_mtim.tv_sec = 0;
    sb.st_mtim.tv_nsec = 0;
    sb.st_ctim.tv_sec = 0;
    sb.st_ctim.tv_nsec = 0;

    ngx_invoke_local_digest(md, path, &sb);

    entry->result = ngx_invoke_local_record(entry, fd, md);

    EVP_MD_CTX_free(md);

    return;

failed:

    EVP_MD_CTX_free(md);
    (void) close(fd);
}


/*
 * The next version of a record some of whose files have changed.
 * NGX_DECLINED: it has to be loaded from the start.
 */

/* thread pool */

static ngx_int_t
ngx_invoke_local_changed(ngx_invoke_local_entry_t *entry)
{
    int                     fd;
    ngx_uint_t              i;
    EVP_MD_CTX             *md;
    struct stat             sb;
    ngx_invoke_file_t      *file, *files[NGX_INVOKE_FUNCTION_BUCKETS];
    ngx_invoke_function_t  *former;

    former = entry->former;

    fd = fcntl(former->root_fd, F_DUPFD_CLOEXEC, 0);
    if (fd == -1) {
        entry->result_err = errno;
        return ngx_invoke_errno_short(errno) ? NGX_OK : NGX_DECLINED;
    }

    md = EVP_MD_CTX_new();

    if (md == NULL || !EVP_DigestInit_ex(md, EVP_sha256(), NULL)) {
        goto declined;
    }

    (void) EVP_DigestUpdate(md, former->version.data, former->version.len);

    (void) pthread_mutex_lock(&former->mutex);
    ngx_memcpy(files, former->files, sizeof(files));
    (void) pthread_mutex_unlock(&former->mutex);

    for (i = 0; i < NGX_INVOKE_FUNCTION_BUCKETS; i++) {
        for (file = files[i]; file; file = file->next) {

            if (ngx_invoke_root_stat(fd, file->path, 0, &sb) == 0) {
                ngx_invoke_local_digest(md, file->path, &sb);
                continue;
            }

            if (ngx_invoke_errno_short(errno)) {
                entry->result_err = errno;
                goto declined;
            }

            ngx_invoke_local_digest(md, file->path, NULL);
        }
    }

    entry->result = ngx_invoke_local_record(entry, fd, md);
    entry->next = (entry->result != NULL);

    EVP_MD_CTX_free(md);

    return NGX_OK;

declined:

    EVP_MD_CTX_free(md);
    (void) close(fd);

    return ngx_invoke_errno_short(entry->result_err) ? NGX_OK : NGX_DECLINED;
}


/*
 * Makes the record out of the digest so far and the two files that a package
 * is known by; takes over fd.
 */

/* thread pool */

static ngx_invoke_function_t *
ngx_invoke_local_record(ngx_invoke_local_entry_t *entry, int fd,
    EVP_MD_CTX *md)
{
    u_char                  hash[EVP_MAX_MD_SIZE];
    u_char                  hex[NGX_INVOKE_LOCAL_VERSION];
    ngx_str_t               version, *path;
    ngx_uint_t              package, indexed;
    struct stat             index, json;
    ngx_invoke_function_t  *f;
    char                    file[NGX_MAX_PATH];

    if (ngx_invoke_main(fd, file, &index) == NGX_DECLINED) {
        entry->result_err = errno;
        goto failed;
    }

    /* any other file is noted by who loads it, or fails to */

    indexed = (ngx_strcmp(file, "/index.js") == 0);

    package = (ngx_invoke_root_stat(fd, "/package.json", 0, &json) == 0);

    if (!package && ngx_invoke_errno_short(errno)) {
        entry->result_err = errno;
        goto failed;
    }

    ngx_invoke_local_digest(md, "/index.js", indexed ? &index : NULL);
    ngx_invoke_local_digest(md, "/package.json", package ? &json : NULL);

    (void) EVP_DigestFinal_ex(md, hash, NULL);
    (void) ngx_hex_dump(hex, hash, sizeof(hex) / 2);

    version.len = sizeof(hex);
    version.data = hex;

    path = &entry->entry.sn.str;

    f = ngx_invoke_function_create(path, &version, path, fd, NULL, 0);
    if (f == NULL) {
        entry->result_err = ENOMEM;
        entry->result_failed = "no memory for its record";
        return NULL;
    }

    ngx_invoke_function_loaded(f, "/index.js", indexed ? &index : NULL);
    ngx_invoke_function_loaded(f, "/package.json", package ? &json : NULL);

    return f;

failed:

    entry->result_failed = "open() of \"index.js\" failed";
    (void) close(fd);

    return NULL;
}


/* thread pool */

static void
ngx_invoke_local_digest(EVP_MD_CTX *md, const char *path,
    const struct stat *sb)
{
    int64_t  identity[7];

    ngx_memzero(identity, sizeof(identity));

    if (sb) {
        identity[0] = sb->st_dev;
        identity[1] = sb->st_ino;
        identity[2] = sb->st_size;
        identity[3] = sb->st_mtim.tv_sec;
        identity[4] = sb->st_mtim.tv_nsec;
        identity[5] = sb->st_ctim.tv_sec;
        identity[6] = sb->st_ctim.tv_nsec;
    }

    (void) EVP_DigestUpdate(md, path, ngx_strlen(path) + 1);
    (void) EVP_DigestUpdate(md, identity, sizeof(identity));
}


static void
ngx_invoke_local_done(ngx_event_t *ev)
{
    ngx_invoke_local_entry_t *entry = ev->data;

    u_char                      buf[NGX_INVOKE_ESCAPE_NAME];
    ngx_str_t                   name;
    ngx_queue_t                 waiting, *q;
    ngx_invoke_local_t         *local;
    ngx_invoke_table_list_t    *list;
    ngx_invoke_function_t      *former;
    ngx_invoke_local_lookup_t  *lookup;

    local = &ngx_invoke_local;

    entry->busy = 0;
    entry->known = 1;
    entry->checked = ngx_current_msec;
    entry->err = entry->result_err;
    entry->failed = entry->result_failed;

    /* a look that had not the means is made again */

    if (ngx_invoke_errno_short(entry->err)) {
        entry->known = (entry->result != NULL);

        if (entry->result) {
            name = ngx_invoke_escape_name(buf, &entry->entry.sn.str);

            ngx_log_error(NGX_LOG_CRIT, local->log, entry->err,
                          "invoke: function \"%V\" could not be looked at, "
                          "its version stays", &name);
        }
    }

    if (--local->busy == 0) {
        ngx_del_timer(&local->hold);
    }

    former = entry->former;

    if (entry->result != former) {
        entry->function = entry->result;

        if (former) {
            name = ngx_invoke_escape_name(buf, &former->id);

            ngx_log_error(NGX_LOG_INFO, local->log, 0,
                          "invoke: function \"%V\" has changed, version %s%V",
                          &name, entry->function ? "" : "was ",
                          entry->function ? &entry->function->version
                                          : &former->version);

            local->generation += !entry->next;
            ngx_invoke_function_release(former);
        }
    }

    list = entry->function ? &local->functions : &local->unknown;

    ngx_invoke_table_move(&local->table, &entry->entry, list);

    /* handlers may cancel other lookups, and start new ones */

    ngx_queue_init(&waiting);

    if (!ngx_queue_empty(&entry->waiting)) {
        ngx_queue_add(&waiting, &entry->waiting);
        ngx_queue_init(&entry->waiting);

        for (q = ngx_queue_head(&waiting);
             q != ngx_queue_sentinel(&waiting);
             q = ngx_queue_next(q))
        {
            lookup = ngx_queue_data(q, ngx_invoke_local_lookup_t, queue);

            lookup->err = entry->err;
            lookup->failed = entry->failed;

            if (entry->function) {
                lookup->function = ngx_invoke_function_hold(entry->function);
            }
        }
    }

    while (!ngx_queue_empty(&waiting)) {
        q = ngx_queue_head(&waiting);
        ngx_queue_remove(q);

        lookup = ngx_queue_data(q, ngx_invoke_local_lookup_t, queue);
        lookup->waiting = 0;

        lookup->handler(lookup);
    }
}


static void
ngx_invoke_local_hold(ngx_event_t *ev)
{
    ngx_add_timer(ev, 1000);
}
