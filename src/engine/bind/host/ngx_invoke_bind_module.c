
#include "ngx_invoke_bind.h"
#include "ngx_invoke_bom.h"
#include "ngx_invoke_descriptors.h"
#include "ngx_invoke_program.h"
#include "ngx_invoke_root.h"
#include "ngx_invoke_v8_syntax.h"


#define NGX_INVOKE_READ_SIZE  (256 * 1024 * 1024)

/* A source map is parsed as JSON, and decoded: so much of the memory limit. */
#define NGX_INVOKE_MAP_PART   32


static void ngx_invoke_bind_stat(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_note(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_realpath(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_read(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_strip(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_compile(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_recall(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_remember(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_need(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_is_module(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_maps(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_exposed(ngx_invoke_v8_call_t *call);


const ngx_invoke_v8_native_t  ngx_invoke_bind_module[] = {
    { "stat", ngx_invoke_bind_stat },
    { "note", ngx_invoke_bind_note },
    { "realpath", ngx_invoke_bind_realpath },
    { "read", ngx_invoke_bind_read },
    { "compile", ngx_invoke_bind_compile },
    { "recall", ngx_invoke_bind_recall },
    { "remember", ngx_invoke_bind_remember },
    { "need", ngx_invoke_bind_need },
    { "isModule", ngx_invoke_bind_is_module },
    { "exposed", ngx_invoke_bind_exposed },
    { NULL, NULL }
};


/* what few contexts need */

const ngx_invoke_v8_native_t  ngx_invoke_bind_module_more[] = {
    { "strip", ngx_invoke_bind_strip },
    { "maps", ngx_invoke_bind_maps },
    { NULL, NULL }
};


ngx_uint_t  ngx_invoke_bind_exposes;


/* actor thread, all of this file */

/*
 * The function of the context that calls, and the path that is the argument,
 * malloc'ed. NULL: it has none yet, or an exception is pending.
 */

static ngx_invoke_function_t *
ngx_invoke_bind_function(ngx_invoke_v8_call_t *call, ngx_str_t *path)
{
    ngx_invoke_context_t  *ctx = ngx_invoke_v8_data(call);

    *path = ngx_invoke_bind_path(call, 0);

    if (path->data == NULL || ctx == NULL || ctx->program == NULL) {
        free(path->data);
        return NULL;
    }

    return ctx->program->function;
}


/*
 * stat(path): 0 a file, 1 a directory, else a negative errno; an exception
 * where that would tell of something else than the file, and be kept.
 */

static void
ngx_invoke_bind_stat(ngx_invoke_v8_call_t *call)
{
    ngx_int_t               rc;
    ngx_str_t               path;
    struct stat             sb;
    ngx_invoke_function_t  *f;

    f = ngx_invoke_bind_function(call, &path);
    if (f == NULL) {
        return;
    }

    if (ngx_invoke_root_stat(f->root_fd, (char *) path.data, 0, &sb) == -1) {
        rc = -ngx_errno;

        if (ngx_invoke_errno_short(-rc)) {
            ngx_invoke_bind_throw_errno(call, -rc, "stat", &path);
            free(path.data);
            return;
        }

    } else {
        rc = S_ISREG(sb.st_mode) ? 0 : S_ISDIR(sb.st_mode) ? 1 : -EACCES;
    }

    free(path.data);

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_number(call, rc));
}


/*
 * note(path, there): when that changes the function has another version, as
 * with a file that was loaded.
 */

static void
ngx_invoke_bind_note(ngx_invoke_v8_call_t *call)
{
    ngx_str_t               path;
    struct stat             sb;
    ngx_invoke_function_t  *f;

    f = ngx_invoke_bind_function(call, &path);
    if (f == NULL) {
        return;
    }

    if (!ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1))) {
        ngx_invoke_function_loaded(f, (char *) path.data, NULL);

    } else if (ngx_invoke_root_stat(f->root_fd, (char *) path.data, 0, &sb)
               == 0)
    {
        ngx_invoke_function_loaded(f, (char *) path.data, &sb);
    }

    free(path.data);
}


static void
ngx_invoke_bind_realpath(ngx_invoke_v8_call_t *call)
{
    char                    buf[NGX_MAX_PATH];
    ssize_t                 n;
    ngx_str_t               path;
    ngx_invoke_function_t  *f;

    f = ngx_invoke_bind_function(call, &path);
    if (f == NULL) {
        return;
    }

    n = ngx_invoke_root_realpath(f->root_fd, (char *) path.data, buf,
                                 sizeof(buf));

    if (n == -1 && ngx_invoke_errno_short(ngx_errno)) {
        ngx_invoke_bind_throw_errno(call, ngx_errno, "realpath", &path);
    }

    free(path.data);

    if (n >= 0) {
        ngx_invoke_v8_return(call,
                             ngx_invoke_v8_new_string(call,
                                                      NGX_INVOKE_V8_UTF8,
                                                      buf, n));
    }
}


/* read(path), or read(path, max): a text, of TypeScript without its types */

static void
ngx_invoke_bind_read(ngx_invoke_v8_call_t *call)
{
    size_t                 len, bom, max;
    u_char                *text;
    ngx_str_t              path;
    ngx_invoke_context_t  *ctx = ngx_invoke_v8_data(call);

    if (ngx_invoke_bind_function(call, &path) == NULL) {
        return;
    }

    if (ngx_invoke_v8_arg_index(call, 1, &max) <= 0) {
        max = NGX_INVOKE_READ_SIZE;
    }

    text = ngx_invoke_program_read(call, ctx, &path, max, &len, NULL);
    free(path.data);

    if (text != NULL) {
        bom = ngx_invoke_bom(text, len);

        ngx_invoke_v8_return(call,
                             ngx_invoke_v8_new_string(call,
                                                      NGX_INVOKE_V8_UTF8,
                                                      text + bom, len - bom));
        free(text);
    }
}


/*
 * strip(path): has the types of a file stripped; why they cannot be, as JSON,
 * or undefined
 */

static void
ngx_invoke_bind_strip(ngx_invoke_v8_call_t *call)
{
    size_t                 len;
    ngx_str_t              path, refused = ngx_null_string;
    ngx_invoke_context_t  *ctx = ngx_invoke_v8_data(call);

    if (ngx_invoke_bind_function(call, &path) == NULL) {
        return;
    }

    free(ngx_invoke_program_read(call, ctx, &path, NGX_INVOKE_READ_SIZE, &len,
                                 &refused));
    free(path.data);

    if (refused.data != NULL) {
        ngx_invoke_v8_return(call,
                             ngx_invoke_v8_new_string(call,
                                                      NGX_INVOKE_V8_UTF8,
                                                      refused.data,
                                                      refused.len));
        free(refused.data);
    }
}


/* compile(path, entry, known) */

static void
ngx_invoke_bind_compile(ngx_invoke_v8_call_t *call)
{
    ngx_str_t              path;
    ngx_invoke_context_t  *ctx = ngx_invoke_v8_data(call);

    path = ngx_invoke_bind_path(call, 0);

    if (path.data != NULL && ctx->program != NULL) {
        ngx_invoke_v8_return(call,
            ngx_invoke_program_compile(call, ctx, &path,
                                       ngx_invoke_v8_int32(
                                           ngx_invoke_v8_arg(call, 1)),
                                       ngx_invoke_v8_int32(
                                           ngx_invoke_v8_arg(call, 2))));
    }

    free(path.data);
}


static void
ngx_invoke_bind_recall(ngx_invoke_v8_call_t *call)
{
    ngx_str_t              key, *value;
    ngx_invoke_context_t  *ctx = ngx_invoke_v8_data(call);

    key = ngx_invoke_bind_string(call, 0, NGX_INVOKE_V8_UTF8);

    if (key.data != NULL && ctx->program != NULL) {
        value = ngx_invoke_program_recall(ctx->program, &key);

        if (value != NULL) {
            ngx_invoke_v8_return(call,
                                 ngx_invoke_v8_new_string(call,
                                                          NGX_INVOKE_V8_UTF8,
                                                          value->data,
                                                          value->len));
        }
    }

    free(key.data);
}


static void
ngx_invoke_bind_remember(ngx_invoke_v8_call_t *call)
{
    ngx_str_t              key, value;
    ngx_invoke_context_t  *ctx = ngx_invoke_v8_data(call);

    key = ngx_invoke_bind_string(call, 0, NGX_INVOKE_V8_UTF8);

    if (key.data == NULL) {
        return;
    }

    value = ngx_invoke_bind_string(call, 1, NGX_INVOKE_V8_UTF8);

    if (value.data != NULL && ctx->program != NULL) {
        ngx_invoke_program_remember(ctx->program, &key, &value);
    }

    free(key.data);
    free(value.data);
}


/* need(template): what is used of Node's library is in that one */

static void
ngx_invoke_bind_need(ngx_invoke_v8_call_t *call)
{
    int                    needed;
    ngx_str_t              name;
    ngx_invoke_context_t  *ctx = ngx_invoke_v8_data(call);

    name = ngx_invoke_bind_string(call, 0, NGX_INVOKE_V8_LATIN1);
    if (name.data == NULL) {
        return;
    }

    needed = ngx_invoke_v8_template((char *) name.data, name.len);
    free(name.data);

    if (ctx != NULL && needed > (int) ctx->needed) {
        ctx->needed = needed;
    }
}


/* isModule(message): of the SyntaxError of a file that is no CommonJS */

static void
ngx_invoke_bind_is_module(ngx_invoke_v8_call_t *call)
{
    ngx_str_t  message;

    message = ngx_invoke_bind_string(call, 0, NGX_INVOKE_V8_UTF8);

    if (message.data != NULL) {
        ngx_invoke_v8_return(call,
            ngx_invoke_v8_new_boolean(call,
                ngx_invoke_v8_syntax_is_es((char *) message.data,
                                           message.len)));
    }

    free(message.data);
}


/*
 * maps(always): the bytes that a source map may have; 0, unless it is always:
 * what is told of errors goes without them
 */

static void
ngx_invoke_bind_maps(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_context_t     *ctx = ngx_invoke_v8_data(call);
    ngx_invoke_invocation_t  *inv;

    if (ctx == NULL) {
        return;
    }

    inv = ngx_invoke_slot_invocation(ctx->isolate->running);

    if (inv != NULL && !inv->limits.source_maps
        && !ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 0)))
    {
        ngx_invoke_v8_return_size(call, 0);
        return;
    }

    ngx_invoke_v8_return_size(call, ctx->isolate->memory
                                    / NGX_INVOKE_MAP_PART);
}


/* exposed() */

static void
ngx_invoke_bind_exposed(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_return(call,
                         ngx_invoke_v8_new_boolean(call,
                                             ngx_invoke_bind_exposes != 0));
}
