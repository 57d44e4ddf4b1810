
#include "ngx_invoke_bind.h"
#include "ngx_invoke_program.h"


static void ngx_invoke_bind_esm_evaluated(ngx_invoke_v8_call_t *call,
    int number);
static void ngx_invoke_bind_esm_enter(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_esm_compile(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_esm_url(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_esm_text(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_esm_facade(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_esm_synthetic(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_esm_export(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_esm_run(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_esm_link(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_esm_instantiate(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_esm_evaluate(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_esm_namespace(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_esm_status(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_esm_awaits(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_esm_drop(ngx_invoke_v8_call_t *call);


/* ES modules of the context, by their numbers: the way into those known */

const ngx_invoke_v8_native_t  ngx_invoke_bind_esm_entry[] = {
    { "enter", ngx_invoke_bind_esm_enter },
    { NULL, NULL }
};


/* what others need */

const ngx_invoke_v8_native_t  ngx_invoke_bind_esm[] = {
    { "compile", ngx_invoke_bind_esm_compile },
    { "link", ngx_invoke_bind_esm_link },
    { "run", ngx_invoke_bind_esm_run },
    { NULL, NULL }
};


/* and the rest */

const ngx_invoke_v8_native_t  ngx_invoke_bind_esm_more[] = {
    { "url", ngx_invoke_bind_esm_url },
    { "text", ngx_invoke_bind_esm_text },
    { "facade", ngx_invoke_bind_esm_facade },
    { "synthetic", ngx_invoke_bind_esm_synthetic },
    { "export", ngx_invoke_bind_esm_export },
    { "instantiate", ngx_invoke_bind_esm_instantiate },
    { "evaluate", ngx_invoke_bind_esm_evaluate },
    { "namespace", ngx_invoke_bind_esm_namespace },
    { "status", ngx_invoke_bind_esm_status },
    { "awaits", ngx_invoke_bind_esm_awaits },
    { "drop", ngx_invoke_bind_esm_drop },
    { NULL, NULL }
};


/* actor thread, all of this file */

/* Argument i, -1 where it is no number of a module. */

static int
ngx_invoke_bind_esm_number(ngx_invoke_v8_call_t *call, int i)
{
    ngx_invoke_v8_value_t  v = ngx_invoke_v8_arg(call, i);

    return ngx_invoke_v8_is_int32(v) ? ngx_invoke_v8_int32(v) : -1;
}


static void
ngx_invoke_bind_esm_return(ngx_invoke_v8_call_t *call, int number)
{
    if (number >= 0) {
        ngx_invoke_v8_return_number(call, number);
    }
}


/*
 * enter(url): the namespace of the entry, or undefined: not all that it imports
 * was linked before, or something awaits
 */

static void
ngx_invoke_bind_esm_enter(ngx_invoke_v8_call_t *call)
{
    ngx_str_t              url;
    ngx_invoke_context_t  *ctx = ngx_invoke_v8_data(call);

    url = ngx_invoke_bind_path(call, 0);

    if (url.data != NULL && ctx != NULL && ctx->program != NULL
        && ngx_invoke_program_enter(call, ctx, &url) == NGX_OK)
    {
        ngx_invoke_bind_esm_evaluated(call, 0);
    }

    free(url.data);
}


/* compile(path, url): its number, and what it imports */

static void
ngx_invoke_bind_esm_compile(ngx_invoke_v8_call_t *call)
{
    ngx_int_t              number;
    ngx_str_t              path, url;
    ngx_invoke_context_t  *ctx = ngx_invoke_v8_data(call);

    path = ngx_invoke_bind_path(call, 0);
    if (path.data == NULL) {
        return;
    }

    url = ngx_invoke_bind_path(call, 1);

    if (url.data != NULL && ctx != NULL && ctx->program != NULL) {
        number = ngx_invoke_program_import(call, ctx, &path, &url);

        if (number >= 0) {
            ngx_invoke_v8_return(call,
                                 ngx_invoke_v8_module_requests(call, number));
        }
    }

    free(path.data);
    free(url.data);
}


/* url(number): of a file's module */

static void
ngx_invoke_bind_esm_url(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_script_t  *s;

    s = ngx_invoke_v8_module_owner(call, ngx_invoke_bind_esm_number(call, 0));

    if (s != NULL) {
        ngx_invoke_v8_return(call,
            ngx_invoke_v8_new_string(call, NGX_INVOKE_V8_UTF8,
                                     s->node.str.data, s->node.str.len));
    }
}


/* text(text, url): as compile() */

static void
ngx_invoke_bind_esm_text(ngx_invoke_v8_call_t *call)
{
    int  number;

    number = ngx_invoke_v8_module_text(call, ngx_invoke_v8_arg(call, 0),
                                       ngx_invoke_v8_arg(call, 1));

    if (number >= 0) {
        ngx_invoke_v8_return(call,
                             ngx_invoke_v8_module_requests(call, number));
    }
}


/* facade(number) */

static void
ngx_invoke_bind_esm_facade(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_esm_return(call,
        ngx_invoke_v8_module_facade(call,
                                    ngx_invoke_bind_esm_number(call, 0)));
}


/* synthetic(title, names): the keys of an object */

static void
ngx_invoke_bind_esm_synthetic(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_esm_return(call,
        ngx_invoke_v8_module_synthetic(call, ngx_invoke_v8_arg(call, 0),
                                       ngx_invoke_v8_arg(call, 1)));
}


/* export(number, name, value) */

static void
ngx_invoke_bind_esm_export(ngx_invoke_v8_call_t *call)
{
    (void) ngx_invoke_v8_module_export(call,
                                       ngx_invoke_bind_esm_number(call, 0),
                                       ngx_invoke_v8_arg(call, 1),
                                       ngx_invoke_v8_arg(call, 2));
}


/* link(number, i, to) */

static void
ngx_invoke_bind_esm_link(ngx_invoke_v8_call_t *call)
{
    int                   number = ngx_invoke_bind_esm_number(call, 0);
    int                   i = ngx_invoke_bind_esm_number(call, 1);
    int                   to = ngx_invoke_bind_esm_number(call, 2);
    ngx_invoke_script_t  *s, *imported;

    if (ngx_invoke_v8_module_link(call, number, i, to) != 0) {
        return;
    }

    s = ngx_invoke_v8_module_owner(call, number);
    imported = ngx_invoke_v8_module_owner(call, to);

    if (s != NULL && imported != NULL) {
        ngx_invoke_program_linked(s, i,
                                  ngx_invoke_v8_module_links(call, number),
                                  imported);
    }
}


/* run(number): its namespace, undefined where something awaits */

static void
ngx_invoke_bind_esm_run(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_bind_esm_evaluated(call, ngx_invoke_bind_esm_number(call, 0));
}


static void
ngx_invoke_bind_esm_evaluated(ngx_invoke_v8_call_t *call, int number)
{
    ngx_invoke_v8_value_t  result;

    if (ngx_invoke_v8_module_instantiate(call, number) != 0) {
        return;
    }

    result = ngx_invoke_v8_module_evaluate(call, number);

    if (result != NULL
        && ngx_invoke_v8_type(result) == NGX_INVOKE_V8_UNDEFINED)
    {
        ngx_invoke_v8_return(call,
                             ngx_invoke_v8_module_namespace(call, number));
    }
}


/* instantiate(number) */

static void
ngx_invoke_bind_esm_instantiate(ngx_invoke_v8_call_t *call)
{
    (void) ngx_invoke_v8_module_instantiate(call,
                                        ngx_invoke_bind_esm_number(call, 0));
}


/* evaluate(number) */

static void
ngx_invoke_bind_esm_evaluate(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_return(call,
        ngx_invoke_v8_module_evaluate(call,
                                      ngx_invoke_bind_esm_number(call, 0)));
}


/* namespace(number) */

static void
ngx_invoke_bind_esm_namespace(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_return(call,
        ngx_invoke_v8_module_namespace(call,
                                       ngx_invoke_bind_esm_number(call, 0)));
}


/* status(number) */

static void
ngx_invoke_bind_esm_status(ngx_invoke_v8_call_t *call)
{
    int  awaits;

    ngx_invoke_bind_esm_return(call,
        ngx_invoke_v8_module_status(call, ngx_invoke_bind_esm_number(call, 0),
                                    &awaits));
}


/* awaits(number) */

static void
ngx_invoke_bind_esm_awaits(ngx_invoke_v8_call_t *call)
{
    int  awaits;

    if (ngx_invoke_v8_module_status(call, ngx_invoke_bind_esm_number(call, 0),
                                    &awaits) >= 0)
    {
        ngx_invoke_v8_return(call, ngx_invoke_v8_new_boolean(call, awaits));
    }
}


/* drop(number) */

static void
ngx_invoke_bind_esm_drop(ngx_invoke_v8_call_t *call)
{
    (void) ngx_invoke_v8_module_drop(call,
                                     ngx_invoke_bind_esm_number(call, 0));
}
