/*
 * The walk over a list of headers of nginx, in and out. Those without a hash
 * are not there: nginx takes a header back by that. Event loop.
 */

#ifndef _NGX_INVOKE_HEADERS_H_INCLUDED_
#define _NGX_INVOKE_HEADERS_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


typedef struct {
    ngx_list_part_t  *part;
    ngx_uint_t        i;
} ngx_invoke_headers_t;


static ngx_inline void
ngx_invoke_headers_start(ngx_invoke_headers_t *it, ngx_list_t *headers)
{
    it->part = &headers->part;
    it->i = 0;
}


/* The next one, or NULL. */

static ngx_inline ngx_table_elt_t *
ngx_invoke_headers_next(ngx_invoke_headers_t *it)
{
    ngx_table_elt_t  *h;

    for ( ;; ) {

        if (it->i == it->part->nelts) {
            if (it->part->next == NULL) {
                return NULL;
            }

            it->part = it->part->next;
            it->i = 0;
            continue;
        }

        h = (ngx_table_elt_t *) it->part->elts + it->i++;

        if (h->hash) {
            return h;
        }
    }
}


/* The first one by a name, or NULL. */

static ngx_inline ngx_table_elt_t *
ngx_invoke_headers_find(ngx_list_t *headers, ngx_str_t *name)
{
    ngx_table_elt_t       *h;
    ngx_invoke_headers_t   it;

    ngx_invoke_headers_start(&it, headers);

    while ((h = ngx_invoke_headers_next(&it)) != NULL) {

        if (h->key.len == name->len
            && ngx_strncasecmp(h->key.data, name->data, name->len) == 0)
        {
            return h;
        }
    }

    return NULL;
}


#endif /* _NGX_INVOKE_HEADERS_H_INCLUDED_ */
