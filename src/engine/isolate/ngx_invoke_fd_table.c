
#include "ngx_invoke_fd_table.h"


struct ngx_invoke_fd_table_s {
    ngx_uint_t  n;
    int         fds[NGX_INVOKE_FD_TABLE_SIZE];  /* -1: free */
};


/* actor thread, all of this file */

int
ngx_invoke_fd_table_add(ngx_invoke_context_t *ctx, int fd,
    ngx_invoke_descriptors_e part)
{
    ngx_uint_t  i;

    if (ctx->fds == NULL) {
        ctx->fds = malloc(sizeof(ngx_invoke_fd_table_t));

        if (ctx->fds == NULL) {
            (void) close(fd);
            return -ENOMEM;
        }

        ctx->fds->n = 0;

        for (i = 0; i < NGX_INVOKE_FD_TABLE_SIZE; i++) {
            ctx->fds->fds[i] = -1;
        }
    }

    if (ctx->fds->n == NGX_INVOKE_FD_TABLE_SIZE
        || ngx_invoke_descriptors_take(ctx->program->function, part)
           != NGX_OK)
    {
        (void) close(fd);
        return -EMFILE;
    }

    for (i = 0; ctx->fds->fds[i] != -1; i++) { /* void */ }

    ctx->fds->fds[i] = fd;
    ctx->fds->n++;

    return i + NGX_INVOKE_FD_TABLE_FIRST;
}


int
ngx_invoke_fd_table_get(ngx_invoke_context_t *ctx, double number)
{
    /* false for NaN */

    if (ctx->fds == NULL || !(number >= NGX_INVOKE_FD_TABLE_FIRST)
        || number >= NGX_INVOKE_FD_TABLE_FIRST + NGX_INVOKE_FD_TABLE_SIZE)
    {
        return -1;
    }

    return ctx->fds->fds[(ngx_uint_t) number - NGX_INVOKE_FD_TABLE_FIRST];
}


int
ngx_invoke_fd_table_take(ngx_invoke_context_t *ctx, double number)
{
    int  fd;

    fd = ngx_invoke_fd_table_get(ctx, number);

    if (fd != -1) {
        ctx->fds->fds[(ngx_uint_t) number - NGX_INVOKE_FD_TABLE_FIRST] = -1;
        ctx->fds->n--;
    }

    return fd;
}


int
ngx_invoke_fd_table_close(ngx_invoke_context_t *ctx, double number)
{
    int  fd;

    fd = ngx_invoke_fd_table_take(ctx, number);

    if (fd == -1) {
        return -EBADF;
    }

    ngx_invoke_descriptors_close(ctx->program->function, fd);

    return 0;
}


void
ngx_invoke_fd_table_free(ngx_invoke_context_t *ctx)
{
    ngx_uint_t  i;

    if (ctx->fds == NULL) {
        return;
    }

    for (i = 0; i < NGX_INVOKE_FD_TABLE_SIZE; i++) {
        if (ctx->fds->fds[i] != -1) {
            ngx_invoke_descriptors_close(ctx->program->function,
                                         ctx->fds->fds[i]);
        }
    }

    free(ctx->fds);
    ctx->fds = NULL;
}
