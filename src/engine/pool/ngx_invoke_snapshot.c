
#include "ngx_invoke_snapshot.h"
#include "ngx_invoke_bind.h"
#include "ngx_invoke_v8.h"

#include <sys/wait.h>


static void ngx_invoke_snapshot_child(int fd, const char *flags,
    ngx_log_t *log);
static ngx_int_t ngx_invoke_snapshot_read(int fd, u_char **data, size_t *len,
    ngx_log_t *log);
static ngx_int_t ngx_invoke_snapshot_write(int fd, const void *data,
    size_t len);


static struct {
    u_char  *blob;
    size_t   len;
    char    *flags;
} ngx_invoke_snapshot;


ngx_int_t
ngx_invoke_snapshot_build(const ngx_str_t *flags, ngx_log_t *log)
{
    int         fds[2], status;
    char       *text;
    u_char     *data;
    pid_t       pid;
    size_t      len;
    ngx_int_t   rc;

    if (ngx_invoke_snapshot.blob != NULL
        && ngx_strlen(ngx_invoke_snapshot.flags) == flags->len
        && ngx_strncmp(ngx_invoke_snapshot.flags, flags->data, flags->len)
           == 0)
    {
        return NGX_OK;
    }

    text = malloc(flags->len + 1);
    if (text == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_cpystrn((u_char *) text, flags->data, flags->len + 1);

    if (pipe(fds) == -1) {
        ngx_log_error(NGX_LOG_EMERG, log, ngx_errno, "invoke: pipe() failed");
        free(text);
        return NGX_ERROR;
    }

    pid = fork();

    if (pid == -1) {
        ngx_log_error(NGX_LOG_EMERG, log, ngx_errno, "invoke: fork() failed");
        (void) close(fds[0]);
        (void) close(fds[1]);
        free(text);
        return NGX_ERROR;
    }

    if (pid == 0) {
        (void) close(fds[0]);
        ngx_invoke_snapshot_child(fds[1], text, log);
        _exit(0);
    }

    (void) close(fds[1]);

    rc = ngx_invoke_snapshot_read(fds[0], &data, &len, log);

    (void) close(fds[0]);

    while (waitpid(pid, &status, 0) == -1 && ngx_errno == EINTR) {
        /* again */
    }

    if (rc != NGX_OK) {
        free(text);
        return NGX_ERROR;
    }

    /* The first byte tells the snapshot from an error message. */

    if (len < 2 || data[0] != 0) {
        ngx_log_error(NGX_LOG_EMERG, log, 0,
                      "invoke: the startup snapshot could not be built: %*s",
                      len > 1 ? len - 1 : sizeof("the child died") - 1,
                      len > 1 ? data + 1 : (u_char *) "the child died");
        free(data);
        free(text);
        return NGX_ERROR;
    }

    free(ngx_invoke_snapshot.blob);
    free(ngx_invoke_snapshot.flags);

    ngx_memmove(data, data + 1, len - 1);

    ngx_invoke_snapshot.blob = data;
    ngx_invoke_snapshot.len = len - 1;
    ngx_invoke_snapshot.flags = text;

    return NGX_OK;
}


void
ngx_invoke_snapshot_get(const uint8_t **blob, size_t *len, const char **flags)
{
    *blob = ngx_invoke_snapshot.blob;
    *len = ngx_invoke_snapshot.len;
    *flags = ngx_invoke_snapshot.flags;
}


/* In the child. */

static void
ngx_invoke_snapshot_child(int fd, const char *flags, ngx_log_t *log)
{
    int                          i;
    char                         err[1024];
    size_t                       len;
    uint8_t                     *blob, failed;
    ngx_uint_t                   level;
    const ngx_invoke_v8_lack_t  *lack;

    ngx_invoke_v8_register(ngx_invoke_bindings);

    failed = ngx_invoke_v8_snapshot(flags, &blob, &len, err, sizeof(err))
             != 0;

    for (i = 0; (lack = ngx_invoke_v8_lack(i)) != NULL; i++) {
        level = lack->limits ? NGX_LOG_WARN : NGX_LOG_NOTICE;

        ngx_log_error(level, log, 0, "invoke: \"%s\" is not in force: %s",
                      lack->name, lack->loss);
    }

    (void) ngx_invoke_snapshot_write(fd, &failed, 1);

    if (failed) {
        (void) ngx_invoke_snapshot_write(fd, err, ngx_strlen(err));

    } else {
        (void) ngx_invoke_snapshot_write(fd, blob, len);
    }
}


static ngx_int_t
ngx_invoke_snapshot_write(int fd, const void *data, size_t len)
{
    ssize_t  n;

    while (len > 0) {
        n = write(fd, data, len);

        if (n == -1 && ngx_errno == EINTR) {
            continue;
        }

        if (n <= 0) {
            return NGX_ERROR;
        }

        data = (const u_char *) data + n;
        len -= n;
    }

    return NGX_OK;
}


/* All that comes until the child closes its end, malloc'ed. */

static ngx_int_t
ngx_invoke_snapshot_read(int fd, u_char **data, size_t *len, ngx_log_t *log)
{
    size_t    size;
    u_char   *p, *buf;
    ssize_t   n;

    size = 4 * 1024 * 1024;
    *len = 0;

    buf = malloc(size);
    if (buf == NULL) {
        return NGX_ERROR;
    }

    for ( ;; ) {
        if (*len == size) {
            size *= 2;

            p = realloc(buf, size);
            if (p == NULL) {
                free(buf);
                return NGX_ERROR;
            }

            buf = p;
        }

        n = read(fd, buf + *len, size - *len);

        if (n == -1 && ngx_errno == EINTR) {
            continue;
        }

        if (n == -1) {
            ngx_log_error(NGX_LOG_EMERG, log, ngx_errno,
                          "invoke: read() of the startup snapshot failed");
            free(buf);
            return NGX_ERROR;
        }

        if (n == 0) {
            break;
        }

        *len += n;
    }

    *data = buf;

    return NGX_OK;
}
