
#include "ngx_invoke_secret.h"


/* A secret's file is small. */
#define NGX_INVOKE_SECRET_MAX  4096


char *
ngx_invoke_conf_secret(ngx_conf_t *cf, ngx_str_t *value)
{
    ssize_t     n;
    ngx_fd_t    fd;
    ngx_str_t   file;
    u_char     *buf;

    if (value->len < 5 || ngx_strncmp(value->data, "file:", 5) != 0) {
        return NGX_CONF_OK;
    }

    file.data = value->data + 5;
    file.len = value->len - 5;

    if (file.len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "empty name in \"file:\"");
        return NGX_CONF_ERROR;
    }

    buf = ngx_pnalloc(cf->pool, NGX_INVOKE_SECRET_MAX + 1);

    if (buf == NULL || ngx_conf_full_name(cf->cycle, &file, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    fd = ngx_open_file(file.data, NGX_FILE_RDONLY|O_NONBLOCK, NGX_FILE_OPEN,
                       0);

    if (fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_open_file_n " \"%V\" failed", &file);
        return NGX_CONF_ERROR;
    }

    n = ngx_read_fd(fd, buf, NGX_INVOKE_SECRET_MAX + 1);

    if (n == -1) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_read_fd_n " \"%V\" failed", &file);
    }

    (void) ngx_close_file(fd);

    if (n == -1) {
        return NGX_CONF_ERROR;
    }

    if (n > NGX_INVOKE_SECRET_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" is too long for a secret", &file);
        return NGX_CONF_ERROR;
    }

    if (n > 0 && buf[n - 1] == '\n') {
        n--;
    }

    if (n > 0 && buf[n - 1] == '\r') {
        n--;
    }

    if (n == 0 || ngx_strlchr(buf, buf + n, '\0') != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           n == 0 ? "\"%V\" has no secret"
                                  : "\"%V\" has a NUL in its secret", &file);
        return NGX_CONF_ERROR;
    }

    buf[n] = '\0';
    value->data = buf;
    value->len = n;

    return NGX_CONF_OK;
}
