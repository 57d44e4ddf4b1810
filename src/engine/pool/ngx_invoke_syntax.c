
#include "ngx_invoke_syntax.h"
#include "ngx_invoke_v8_syntax.h"

#include <sys/wait.h>


/* beyond that it is not looked at */
#define NGX_INVOKE_SYNTAX_SIZE  (16 * 1024 * 1024)


static void ngx_invoke_syntax_child(ngx_array_t *directories,
    const ngx_str_t *flags, ngx_log_t *log);
static ngx_int_t ngx_invoke_syntax_read(ngx_str_t *directory,
    ngx_invoke_v8_text_t *text);
static void ngx_invoke_syntax_tell(const ngx_invoke_v8_text_t *text,
    const char *message, void *data);


void
ngx_invoke_syntax_check(ngx_array_t *directories, const ngx_str_t *flags,
    ngx_log_t *log)
{
    int    status;
    pid_t  pid;

    if (directories == NULL) {
        return;
    }

    pid = fork();

    if (pid == -1) {
        ngx_log_error(NGX_LOG_WARN, log, ngx_errno, "invoke: fork() failed");
        return;
    }

    if (pid == 0) {
        ngx_invoke_syntax_child(directories, flags, log);
        _exit(0);
    }

    while (waitpid(pid, &status, 0) == -1 && ngx_errno == EINTR) {
        /* again */
    }

    if (!WIFEXITED(status)) {
        ngx_log_error(NGX_LOG_WARN, log, 0,
                      "invoke: functions could not be checked: the child died "
                      "of signal %d", WTERMSIG(status));
    }
}


static void
ngx_invoke_syntax_child(ngx_array_t *directories, const ngx_str_t *flags,
    ngx_log_t *log)
{
    char                   err[1024], *text;
    ngx_str_t             *directory;
    ngx_uint_t             i, n;
    ngx_invoke_v8_text_t  *texts;

    text = malloc(flags->len + 1);
    texts = calloc(directories->nelts, sizeof(ngx_invoke_v8_text_t));

    if (text == NULL || texts == NULL) {
        return;
    }

    (void) ngx_cpystrn((u_char *) text, flags->data, flags->len + 1);

    directory = directories->elts;
    n = 0;

    for (i = 0; i < directories->nelts; i++) {
        if (ngx_invoke_syntax_read(&directory[i], &texts[n]) == NGX_OK) {
            n++;
        }
    }

    if (ngx_invoke_v8_syntax(text, texts, n, ngx_invoke_syntax_tell, log,
                             err, sizeof(err))
        != 0)
    {
        ngx_log_error(NGX_LOG_WARN, log, 0,
                      "invoke: functions could not be checked: %s", err);
    }
}


/* The memory is the child's, which ends. */

static ngx_int_t
ngx_invoke_syntax_read(ngx_str_t *directory, ngx_invoke_v8_text_t *text)
{
    u_char           *path;
    char             *data;
    size_t            size;
    ssize_t           n;
    ngx_fd_t          fd;
    ngx_file_info_t   fi;

    path = malloc(directory->len + sizeof("/index.js"));
    if (path == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_cpymem(ngx_cpymem(path, directory->data, directory->len),
                      "/index.js", sizeof("/index.js"));

    fd = ngx_open_file(path, NGX_FILE_RDONLY|NGX_FILE_NONBLOCK, 0, 0);

    if (fd == NGX_INVALID_FILE) {
        return NGX_ERROR;
    }

    if (ngx_fd_info(fd, &fi) == NGX_FILE_ERROR || !ngx_is_file(&fi)
        || ngx_file_size(&fi) > NGX_INVOKE_SYNTAX_SIZE)
    {
        return NGX_ERROR;
    }

    size = ngx_file_size(&fi);
    data = malloc(size + 1);

    if (data == NULL) {
        return NGX_ERROR;
    }

    n = ngx_read_fd(fd, data, size);

    if (n < 0) {
        return NGX_ERROR;
    }

    text->name = (char *) path;
    text->data = data;
    text->len = n;

    return NGX_OK;
}


static void
ngx_invoke_syntax_tell(const ngx_invoke_v8_text_t *text, const char *message,
    void *data)
{
    ngx_log_t  *log = data;

    ngx_log_error(NGX_LOG_WARN, log, 0, "invoke: \"%s\" does not compile: %s",
                  text->name, message);
}
