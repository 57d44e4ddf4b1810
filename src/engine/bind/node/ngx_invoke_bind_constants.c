
#include "ngx_invoke_bind.h"

#include <dlfcn.h>
#include <signal.h>


typedef struct {
    const char  *name;
    int          value;
} ngx_invoke_constant_t;


static void ngx_invoke_bind_errnos(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_signals(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_dlopen(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_fs_constants(ngx_invoke_v8_call_t *call);


const ngx_invoke_v8_native_t  ngx_invoke_bind_constants[] = {
    { "errno", ngx_invoke_bind_errnos },
    { "signals", ngx_invoke_bind_signals },
    { "dlopen", ngx_invoke_bind_dlopen },
    { "fs", ngx_invoke_bind_fs_constants },
    { NULL, NULL }
};


#define C(name)  { #name, name }

static const ngx_invoke_constant_t  ngx_invoke_errnos[] = {
    C(E2BIG), C(EACCES), C(EADDRINUSE), C(EADDRNOTAVAIL), C(EAFNOSUPPORT),
    C(EAGAIN), C(EALREADY), C(EBADF), C(EBADMSG), C(EBUSY), C(ECANCELED),
    C(ECHILD), C(ECONNABORTED), C(ECONNREFUSED), C(ECONNRESET), C(EDEADLK),
    C(EDESTADDRREQ), C(EDOM), C(EDQUOT), C(EEXIST), C(EFAULT), C(EFBIG),
    C(EHOSTUNREACH), C(EIDRM), C(EILSEQ), C(EINPROGRESS), C(EINTR), C(EINVAL),
    C(EIO), C(EISCONN), C(EISDIR), C(ELOOP), C(EMFILE), C(EMLINK), C(EMSGSIZE),
    C(EMULTIHOP), C(ENAMETOOLONG), C(ENETDOWN), C(ENETRESET), C(ENETUNREACH),
    C(ENFILE), C(ENOBUFS), C(ENODATA), C(ENODEV), C(ENOENT), C(ENOEXEC),
    C(ENOLCK), C(ENOLINK), C(ENOMEM), C(ENOMSG), C(ENOPROTOOPT), C(ENOSPC),
    C(ENOSR), C(ENOSTR), C(ENOSYS), C(ENOTCONN), C(ENOTDIR), C(ENOTEMPTY),
    C(ENOTSOCK), C(ENOTSUP), C(ENOTTY), C(ENXIO), C(EOPNOTSUPP), C(EOVERFLOW),
    C(EPERM), C(EPIPE), C(EPROTO), C(EPROTONOSUPPORT), C(EPROTOTYPE),
    C(ERANGE), C(EROFS), C(ESPIPE), C(ESRCH), C(ESTALE), C(ETIME),
    C(ETIMEDOUT), C(ETXTBSY), C(EWOULDBLOCK), C(EXDEV),
    { NULL, 0 }
};

static const ngx_invoke_constant_t  ngx_invoke_signals[] = {
    C(SIGHUP), C(SIGINT), C(SIGQUIT), C(SIGILL), C(SIGTRAP), C(SIGABRT),
    C(SIGIOT), C(SIGBUS), C(SIGFPE), C(SIGKILL), C(SIGUSR1), C(SIGSEGV),
    C(SIGUSR2), C(SIGPIPE), C(SIGALRM), C(SIGTERM), C(SIGCHLD), C(SIGSTKFLT),
    C(SIGCONT), C(SIGSTOP), C(SIGTSTP), C(SIGTTIN), C(SIGTTOU), C(SIGURG),
    C(SIGXCPU), C(SIGXFSZ), C(SIGVTALRM), C(SIGPROF), C(SIGWINCH), C(SIGIO),
    C(SIGPOLL), C(SIGPWR), C(SIGSYS),
    { NULL, 0 }
};

static const ngx_invoke_constant_t  ngx_invoke_dlopens[] = {
    C(RTLD_LAZY), C(RTLD_NOW), C(RTLD_GLOBAL), C(RTLD_LOCAL), C(RTLD_DEEPBIND),
    { NULL, 0 }
};

/* libuv's own numbers are part of its interface. */

static const ngx_invoke_constant_t  ngx_invoke_fs_constants[] = {
    { "UV_FS_SYMLINK_DIR", 1 },
    { "UV_FS_SYMLINK_JUNCTION", 2 },
    C(O_RDONLY),
    C(O_WRONLY),
    C(O_RDWR),
    { "UV_DIRENT_UNKNOWN", 0 },
    { "UV_DIRENT_FILE", 1 },
    { "UV_DIRENT_DIR", 2 },
    { "UV_DIRENT_LINK", 3 },
    { "UV_DIRENT_FIFO", 4 },
    { "UV_DIRENT_SOCKET", 5 },
    { "UV_DIRENT_CHAR", 6 },
    { "UV_DIRENT_BLOCK", 7 },
    C(S_IFMT),
    C(S_IFREG),
    C(S_IFDIR),
    C(S_IFCHR),
    C(S_IFBLK),
    C(S_IFIFO),
    C(S_IFLNK),
    C(S_IFSOCK),
    C(O_CREAT),
    C(O_EXCL),
    { "UV_FS_O_FILEMAP", 0 },
    C(O_NOCTTY),
    C(O_TRUNC),
    C(O_APPEND),
    C(O_DIRECTORY),
    C(O_NOATIME),
    C(O_NOFOLLOW),
    C(O_SYNC),
    C(O_DSYNC),
    C(O_DIRECT),
    C(O_NONBLOCK),
    C(S_IRWXU),
    C(S_IRUSR),
    C(S_IWUSR),
    C(S_IXUSR),
    C(S_IRWXG),
    C(S_IRGRP),
    C(S_IWGRP),
    C(S_IXGRP),
    C(S_IRWXO),
    C(S_IROTH),
    C(S_IWOTH),
    C(S_IXOTH),
    C(F_OK),
    C(R_OK),
    C(W_OK),
    C(X_OK),
    { "UV_FS_COPYFILE_EXCL", 1 },
    { "COPYFILE_EXCL", 1 },
    { "UV_FS_COPYFILE_FICLONE", 2 },
    { "COPYFILE_FICLONE", 2 },
    { "UV_FS_COPYFILE_FICLONE_FORCE", 4 },
    { "COPYFILE_FICLONE_FORCE", 4 },
    { NULL, 0 }
};

#undef C


/* actor thread, all of this file */

/* Returns [name, value, ...]. */

static void
ngx_invoke_bind_list(ngx_invoke_v8_call_t *call,
    const ngx_invoke_constant_t *table)
{
    ngx_uint_t                    i;
    ngx_invoke_v8_value_t         values[2 * 128];
    const ngx_invoke_constant_t  *c;

    for (i = 0, c = table; c->name != NULL && i < 128; i++, c++) {
        values[2 * i] = ngx_invoke_v8_new_name(call, c->name,
                                               ngx_strlen(c->name));
        values[2 * i + 1] = ngx_invoke_v8_new_number(call, c->value);
    }

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_array(call, values, 2 * i));
}


static void
ngx_invoke_bind_errnos(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_list(call, ngx_invoke_errnos);
}


static void
ngx_invoke_bind_signals(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_list(call, ngx_invoke_signals);
}


static void
ngx_invoke_bind_dlopen(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_list(call, ngx_invoke_dlopens);
}


static void
ngx_invoke_bind_fs_constants(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_list(call, ngx_invoke_fs_constants);
}
