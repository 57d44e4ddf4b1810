
#include "ngx_invoke_bind.h"
#include "ngx_invoke_encode.h"
#include "ngx_invoke_fd_table.h"
#include "ngx_invoke_fs.h"
#include "ngx_invoke_shared.h"

#include <sys/sysmacros.h>


/* A native: an operation with what it gets from JavaScript, and gives. */

typedef struct {
    void       (*run)(ngx_invoke_work_t *work);
    /* fills fs; NGX_ERROR: it is answered already */
    ngx_int_t  (*ask)(ngx_invoke_v8_call_t *call, ngx_invoke_fs_t *fs);
    /* the value, once the result is not negative; NGX_AGAIN: goes on */
    ngx_int_t  (*answer)(ngx_invoke_v8_call_t *call, ngx_invoke_fs_t *fs);
    int          key;           /* the number of that argument */
    /* not 0: a descriptor of that part comes of it */
    ngx_invoke_descriptors_e  takes;
} ngx_invoke_fs_native_t;


static void ngx_invoke_bind_fs_open(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_fs_open_to_send(ngx_invoke_v8_call_t *call);
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
 *
 * The last argument of those that may wait for a disk is a key. With none, or
 * 0, they wait; else they are tried without, and where that fails they answer
 * NGX_INVOKE_LATER. The same call is made again in the hook that gets the key,
 * and is answered then.
 */

const ngx_invoke_v8_native_t  ngx_invoke_bind_fs[] = {
    { "open", ngx_invoke_bind_fs_open },
    { "openToSend", ngx_invoke_bind_fs_open_to_send },
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
 * Argument 0 as a path in the package, which the caller frees. NGX_ERROR: it is
 * answered already.
 */

static ngx_int_t
ngx_invoke_fs_ask_path(ngx_invoke_v8_call_t *call, ngx_invoke_fs_t *fs)
{
    size_t                  len;
    uint8_t                *data;
    ngx_str_t              *path = &fs->path;
    ngx_invoke_v8_value_t   v;

    v = ngx_invoke_v8_arg(call, 0);

    if (ngx_invoke_v8_bytes(v, &data, &len) == 0) {

        path->data = malloc(len + 1);
        if (path->data == NULL) {
            ngx_invoke_v8_return_number(call, -ENOMEM);
            return NGX_ERROR;
        }

        ngx_memcpy(path->data, data, len);
        path->data[len] = '\0';
        path->len = len;

        if (ngx_strlen(path->data) != len) {
            ngx_invoke_v8_return_number(call, -EINVAL);
            return NGX_ERROR;
        }

    } else {
        *path = ngx_invoke_bind_path(call, 0);

        if (path->data == NULL) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* The descriptor that argument 0 stands for. */

static ngx_int_t
ngx_invoke_fs_ask_fd(ngx_invoke_v8_call_t *call, ngx_invoke_fs_t *fs)
{
    ngx_invoke_context_t  *ctx = ngx_invoke_v8_data(call);

    fs->fd = ngx_invoke_fd_table_get(ctx, ngx_invoke_v8_number(
                                              ngx_invoke_v8_arg(call, 0)));

    if (fs->fd == -1) {
        ngx_invoke_v8_return_number(call, -EBADF);
        return NGX_ERROR;
    }

    return NGX_OK;
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


/*
 * What would have to wait is done elsewhere, or else here. NULL: elsewhere.
 */

static ngx_invoke_fs_t *
ngx_invoke_fs_later(ngx_invoke_v8_call_t *call,
    const ngx_invoke_fs_native_t *native, ngx_invoke_fs_t *fs, int32_t key)
{
    ngx_invoke_fs_t  *own;

    fs->cached = 0;
    own = fs->own ? fs : ngx_invoke_fs_own(fs, native->takes);

    if (own != NULL) {
        fs = own;

        /* That it says if nobody runs it. */

        fs->result = -EAGAIN;

        if (ngx_invoke_work_post(ngx_invoke_v8_data(call), &fs->work, key)
            == NGX_OK)
        {
            ngx_invoke_v8_return_number(call, NGX_INVOKE_LATER);
            return NULL;
        }
    }

    native->run(&fs->work);

    return fs;
}


static void
ngx_invoke_fs_native(ngx_invoke_v8_call_t *call,
    const ngx_invoke_fs_native_t *native)
{
    int32_t                key;
    ngx_invoke_fs_t       *fs, local;
    ngx_invoke_context_t  *ctx = ngx_invoke_v8_data(call);

    if (ctx == NULL || ctx->program == NULL) {
        ngx_invoke_v8_return_number(call, -ENOENT);
        return;
    }

    key = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, native->key));

    fs = key > 0 ? (ngx_invoke_fs_t *)
                   ngx_invoke_work_take(ctx, key, native->run)
                 : NULL;

    if (fs == NULL) {
        fs = &local;

        ngx_memzero(fs, sizeof(ngx_invoke_fs_t));

        fs->work.run = native->run;
        fs->work.free = ngx_invoke_fs_free;
        fs->function = ctx->program->function;
        fs->fd = -1;
        fs->cached = key > 0;

        if (native->ask(call, fs) != NGX_OK) {
            free(fs->path.data);
            return;
        }

        native->run(&fs->work);

        if (fs->cached && fs->result == -EAGAIN) {
            fs = ngx_invoke_fs_later(call, native, fs, key);
        }
    }

    while (fs != NULL && native->answer(call, fs) == NGX_AGAIN) {
        fs = ngx_invoke_fs_later(call, native, fs, key);
    }

    if (fs != NULL) {
        ngx_invoke_fs_free(&fs->work);
    }
}


/* NGX_DECLINED: the error is the answer. */

static ngx_int_t
ngx_invoke_fs_failed(ngx_invoke_v8_call_t *call, ngx_invoke_fs_t *fs)
{
    if (fs->result < 0) {
        ngx_invoke_v8_return_number(call, fs->result);
        return NGX_DECLINED;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_invoke_fs_answer_code(ngx_invoke_v8_call_t *call, ngx_invoke_fs_t *fs)
{
    ngx_invoke_v8_return_number(call, fs->result);

    return NGX_OK;
}


static ngx_int_t
ngx_invoke_fs_ask_open(ngx_invoke_v8_call_t *call, ngx_invoke_fs_t *fs)
{
    int  flags;

    flags = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1));

    if (ngx_invoke_fs_ask_path(call, fs) != NGX_OK) {
        return NGX_ERROR;
    }

    if ((flags & O_ACCMODE) != O_RDONLY
        || (flags & (O_CREAT|O_TRUNC|O_APPEND)))
    {
        ngx_invoke_v8_return_number(call, -EACCES);
        return NGX_ERROR;
    }

    fs->flags = flags & (O_DIRECTORY|O_NOFOLLOW);

    return NGX_OK;
}


static ngx_int_t
ngx_invoke_fs_answer_fd(ngx_invoke_v8_call_t *call, ngx_invoke_fs_t *fs,
    ngx_invoke_descriptors_e part)
{
    if (ngx_invoke_fs_failed(call, fs) == NGX_OK) {

        /* The table of the context counts it itself. */

        if (fs->counted) {
            fs->counted = 0;
            ngx_invoke_descriptors_close(fs->function, -1);
        }

        ngx_invoke_v8_return_number(call,
            ngx_invoke_fd_table_add(ngx_invoke_v8_data(call), fs->fd, part));
    }

    return NGX_OK;
}


static ngx_int_t
ngx_invoke_fs_answer_open(ngx_invoke_v8_call_t *call, ngx_invoke_fs_t *fs)
{
    return ngx_invoke_fs_answer_fd(call, fs, NGX_INVOKE_DESCRIPTORS_OPENED);
}


static ngx_int_t
ngx_invoke_fs_answer_send(ngx_invoke_v8_call_t *call, ngx_invoke_fs_t *fs)
{
    struct statx  st;

    /* what the kernel knows of a file that is open */

    if (fs->result >= 0
        && statx(fs->fd, "", AT_EMPTY_PATH|AT_STATX_DONT_SYNC, STATX_TYPE, &st)
           == 0
        && S_ISDIR(st.stx_mode))
    {
        (void) close(fs->fd);

        fs->fd = -1;
        fs->result = -EISDIR;
    }

    return ngx_invoke_fs_answer_fd(call, fs, NGX_INVOKE_DESCRIPTORS_SENT);
}


/* open(path, flags, key): a number of the context's table */

static void
ngx_invoke_bind_fs_open(ngx_invoke_v8_call_t *call)
{
    static const ngx_invoke_fs_native_t  native = {
        ngx_invoke_fs_open, ngx_invoke_fs_ask_open,
        ngx_invoke_fs_answer_open, 2, NGX_INVOKE_DESCRIPTORS_OPENED
    };

    ngx_invoke_fs_native(call, &native);
}


/*
 * openToSend(path, key): the same, of a file for invocation.sendFile(); EISDIR
 * for a directory
 */

static void
ngx_invoke_bind_fs_open_to_send(ngx_invoke_v8_call_t *call)
{
    static const ngx_invoke_fs_native_t  native = {
        ngx_invoke_fs_open, ngx_invoke_fs_ask_path,
        ngx_invoke_fs_answer_send, 1, NGX_INVOKE_DESCRIPTORS_SENT
    };

    ngx_invoke_fs_native(call, &native);
}


static void
ngx_invoke_bind_fs_close(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_context_t  *ctx = ngx_invoke_v8_data(call);

    ngx_invoke_v8_return_number(call, ctx == NULL ? -EBADF
        : ngx_invoke_fd_table_close(ctx, ngx_invoke_v8_number(
                                             ngx_invoke_v8_arg(call, 0))));
}


/* The memory that a read is to fill; NGX_ERROR: it is none, or too small. */

static ngx_int_t
ngx_invoke_fs_target(ngx_invoke_v8_call_t *call, ngx_invoke_fs_t *fs)
{
    double    offset, length;
    size_t    len;
    uint8_t  *data;

    offset = ngx_invoke_v8_number(ngx_invoke_v8_arg(call, 2));
    length = ngx_invoke_v8_number(ngx_invoke_v8_arg(call, 3));

    if (ngx_invoke_v8_bytes(ngx_invoke_v8_arg(call, 1), &data, &len) != 0
        || !(offset >= 0 && offset <= len && length >= 0
             && length <= len - offset))
    {
        ngx_invoke_v8_return_number(call, -EINVAL);
        return NGX_ERROR;
    }

    fs->data = data + (size_t) offset;
    fs->len = ngx_min(length, INT32_MAX);

    return NGX_OK;
}


static ngx_int_t
ngx_invoke_fs_ask_read(ngx_invoke_v8_call_t *call, ngx_invoke_fs_t *fs)
{
    double  position;

    if (ngx_invoke_fs_ask_fd(call, fs) != NGX_OK
        || ngx_invoke_fs_target(call, fs) != NGX_OK)
    {
        return NGX_ERROR;
    }

    position = ngx_invoke_v8_number(ngx_invoke_v8_arg(call, 4));

    if (!(position < 0x1p62)) {
        ngx_invoke_v8_return_number(call, -EINVAL);
        return NGX_ERROR;
    }

    fs->position = position >= 0 ? (off_t) position : -1;

    return NGX_OK;
}


/* The memory may have gone meanwhile, or have become smaller. */

static ngx_int_t
ngx_invoke_fs_answer_read(ngx_invoke_v8_call_t *call, ngx_invoke_fs_t *fs)
{
    size_t  asked, len;

    if (fs->result > 0) {
        asked = ngx_min(fs->len - fs->done, NGX_INVOKE_FS_CHUNK);

        if (fs->own) {
            len = fs->len;

            if (ngx_invoke_fs_target(call, fs) != NGX_OK) {
                return NGX_OK;
            }

            if (fs->len != len) {
                ngx_invoke_v8_return_number(call, -EINVAL);
                return NGX_OK;
            }

            ngx_memcpy(fs->data + fs->done, fs->chunk, fs->result);
            fs->data = NULL;
        }

        fs->done += fs->result;

        if (fs->own && (size_t) fs->result == asked && fs->done < fs->len) {
            return NGX_AGAIN;
        }
    }

    /* What was read before an error is read. */

    ngx_invoke_v8_return_number(call, fs->result < 0 && fs->done == 0
                                      ? fs->result : (double) fs->done);

    return NGX_OK;
}


/* read(fd, bytes, offset, length, position, key): position < 0: the next */

static void
ngx_invoke_bind_fs_read(ngx_invoke_v8_call_t *call)
{
    static const ngx_invoke_fs_native_t  native = {
        ngx_invoke_fs_read, ngx_invoke_fs_ask_read,
        ngx_invoke_fs_answer_read, 5, 0
    };

    ngx_invoke_fs_native(call, &native);
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


static ngx_int_t
ngx_invoke_fs_answer_stat(ngx_invoke_v8_call_t *call, ngx_invoke_fs_t *fs)
{
    int64_t  fields[NGX_INVOKE_STAT_FIELDS];

    if (ngx_invoke_fs_failed(call, fs) != NGX_OK) {
        return NGX_OK;
    }

    /* in the order of node_file.h */

    fields[0] = makedev(fs->st.stx_dev_major, fs->st.stx_dev_minor);
    fields[1] = fs->st.stx_mode;
    fields[2] = fs->st.stx_nlink;
    fields[3] = fs->st.stx_uid;
    fields[4] = fs->st.stx_gid;
    fields[5] = makedev(fs->st.stx_rdev_major, fs->st.stx_rdev_minor);
    fields[6] = fs->st.stx_blksize;
    fields[7] = fs->st.stx_ino;
    fields[8] = fs->st.stx_size;
    fields[9] = fs->st.stx_blocks;
    fields[10] = fs->st.stx_atime.tv_sec;
    fields[11] = fs->st.stx_atime.tv_nsec;
    fields[12] = fs->st.stx_mtime.tv_sec;
    fields[13] = fs->st.stx_mtime.tv_nsec;
    fields[14] = fs->st.stx_ctime.tv_sec;
    fields[15] = fs->st.stx_ctime.tv_nsec;
    fields[16] = fs->st.stx_btime.tv_sec;
    fields[17] = fs->st.stx_btime.tv_nsec;

    ngx_invoke_fs_fill(call, fields, NGX_INVOKE_STAT_FIELDS);

    return NGX_OK;
}


static ngx_int_t
ngx_invoke_fs_ask_lstat(ngx_invoke_v8_call_t *call, ngx_invoke_fs_t *fs)
{
    fs->flags = O_NOFOLLOW;

    return ngx_invoke_fs_ask_path(call, fs);
}


/* stat(path, values, bigint, key), and likewise the others */

static void
ngx_invoke_bind_fs_stat(ngx_invoke_v8_call_t *call)
{
    static const ngx_invoke_fs_native_t  native = {
        ngx_invoke_fs_stat, ngx_invoke_fs_ask_path,
        ngx_invoke_fs_answer_stat, 3, 0
    };

    ngx_invoke_fs_native(call, &native);
}


static void
ngx_invoke_bind_fs_lstat(ngx_invoke_v8_call_t *call)
{
    static const ngx_invoke_fs_native_t  native = {
        ngx_invoke_fs_stat, ngx_invoke_fs_ask_lstat,
        ngx_invoke_fs_answer_stat, 3, 0
    };

    ngx_invoke_fs_native(call, &native);
}


static void
ngx_invoke_bind_fs_fstat(ngx_invoke_v8_call_t *call)
{
    static const ngx_invoke_fs_native_t  native = {
        ngx_invoke_fs_stat, ngx_invoke_fs_ask_fd,
        ngx_invoke_fs_answer_stat, 3, 0
    };

    ngx_invoke_fs_native(call, &native);
}


/* The type and sizes of the file system, but no room to write. */

static ngx_int_t
ngx_invoke_fs_answer_statfs(ngx_invoke_v8_call_t *call, ngx_invoke_fs_t *fs)
{
    int64_t  fields[NGX_INVOKE_STATFS_FIELDS];

    if (ngx_invoke_fs_failed(call, fs) != NGX_OK) {
        return NGX_OK;
    }

    fields[0] = fs->fs.f_type;
    fields[1] = fs->fs.f_bsize;
    fields[2] = fs->fs.f_blocks;
    fields[3] = 0;
    fields[4] = 0;
    fields[5] = fs->fs.f_files;
    fields[6] = 0;

    ngx_invoke_fs_fill(call, fields, NGX_INVOKE_STATFS_FIELDS);

    return NGX_OK;
}


static void
ngx_invoke_bind_fs_statfs(ngx_invoke_v8_call_t *call)
{
    static const ngx_invoke_fs_native_t  native = {
        ngx_invoke_fs_statfs, ngx_invoke_fs_ask_path,
        ngx_invoke_fs_answer_statfs, 3, 0
    };

    ngx_invoke_fs_native(call, &native);
}


static ngx_int_t
ngx_invoke_fs_ask_access(ngx_invoke_v8_call_t *call, ngx_invoke_fs_t *fs)
{
    fs->flags = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1));

    return ngx_invoke_fs_ask_path(call, fs);
}


/* access(path, mode, key) */

static void
ngx_invoke_bind_fs_access(ngx_invoke_v8_call_t *call)
{
    static const ngx_invoke_fs_native_t  native = {
        ngx_invoke_fs_access, ngx_invoke_fs_ask_access,
        ngx_invoke_fs_answer_code, 2, 0
    };

    ngx_invoke_fs_native(call, &native);
}


static ngx_int_t
ngx_invoke_fs_answer_text(ngx_invoke_v8_call_t *call, ngx_invoke_fs_t *fs)
{
    ngx_invoke_encode_e  enc;

    if (ngx_invoke_fs_failed(call, fs) == NGX_OK) {
        enc = ngx_invoke_encode_parse(call, ngx_invoke_v8_arg(call, 1),
                                      NGX_INVOKE_ENCODE_UTF8);

        ngx_invoke_v8_return(call,
            ngx_invoke_fs_name(call, enc, (char *) fs->text.data,
                               fs->text.len));
    }

    return NGX_OK;
}


/* readlink(path, encoding, key) */

static void
ngx_invoke_bind_fs_readlink(ngx_invoke_v8_call_t *call)
{
    static const ngx_invoke_fs_native_t  native = {
        ngx_invoke_fs_readlink, ngx_invoke_fs_ask_path,
        ngx_invoke_fs_answer_text, 2, 0
    };

    ngx_invoke_fs_native(call, &native);
}


/* realpath(path, encoding, key) */

static void
ngx_invoke_bind_fs_realpath(ngx_invoke_v8_call_t *call)
{
    static const ngx_invoke_fs_native_t  native = {
        ngx_invoke_fs_realpath, ngx_invoke_fs_ask_path,
        ngx_invoke_fs_answer_text, 2, 0
    };

    ngx_invoke_fs_native(call, &native);
}


static ngx_int_t
ngx_invoke_fs_answer_names(ngx_invoke_v8_call_t *call, ngx_invoke_fs_t *fs)
{
    size_t                  i;
    ngx_invoke_encode_e     enc;
    ngx_invoke_listing_t   *list = &fs->list;
    ngx_invoke_v8_value_t  *values;

    if (ngx_invoke_fs_failed(call, fs) != NGX_OK) {
        return NGX_OK;
    }

    enc = ngx_invoke_encode_parse(call, ngx_invoke_v8_arg(call, 1),
                                  NGX_INVOKE_ENCODE_UTF8);

    values = malloc(2 * list->n * sizeof(ngx_invoke_v8_value_t) + 1);
    if (values == NULL) {
        ngx_invoke_v8_return_number(call, -ENOMEM);
        return NGX_OK;
    }

    for (i = 0; i < list->n; i++) {
        values[2 * i] = ngx_invoke_fs_name(call, enc, list->entries[i]->name,
                                           list->entries[i]->len);
        values[2 * i + 1] = ngx_invoke_v8_new_number(call,
                                                     list->entries[i]->type);
    }

    ngx_invoke_v8_return(call,
                         ngx_invoke_v8_new_array(call, values, 2 * list->n));

    free(values);

    return NGX_OK;
}


/* readdir(path, encoding, key): [name, type, ...] */

static void
ngx_invoke_bind_fs_readdir(ngx_invoke_v8_call_t *call)
{
    static const ngx_invoke_fs_native_t  native = {
        ngx_invoke_fs_readdir, ngx_invoke_fs_ask_path,
        ngx_invoke_fs_answer_names, 2, 0
    };

    ngx_invoke_fs_native(call, &native);
}
