
#include "ngx_invoke_syntax.h"
#include "ngx_invoke_main.h"
#include "ngx_invoke_root.h"
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
    int           fd;
    char         *name;
    char          path[NGX_MAX_PATH];
    size_t        len;
    u_char       *data;
    struct stat   sb;

    fd = open((char *) directory->data, O_PATH|O_DIRECTORY|O_CLOEXEC);

    if (fd == -1 || ngx_invoke_main(fd, path, NULL) != NGX_OK) {
        return NGX_ERROR;
    }

    len = ngx_strlen(path);

    if (ngx_strcmp(&path[len - 3], ".js") != 0
        && (len < sizeof(".mjs") - 1
            || ngx_strcmp(&path[len - 4], ".mjs") != 0))
    {
        return NGX_ERROR;
    }

    data = ngx_invoke_root_read(fd, path, NGX_INVOKE_SYNTAX_SIZE, &sb,
                                &text->len);
    name = malloc(directory->len + len + 1);

    if (data == NULL || name == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_cpymem(ngx_cpymem(name, directory->data, directory->len),
                      path, len + 1);

    text->name = name;
    text->data = (char *) data;

    /* whose "type" tells what the file is */

    text->package = (char *) ngx_invoke_root_read(fd, "/package.json",
                                                  NGX_INVOKE_SYNTAX_SIZE, &sb,
                                                  &text->package_len);

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
