/*
 * What the package cache has on disk, and how it gets smaller: packages and
 * files of code/ go when they were not used for long, and beyond max_size
 * those go that were used the least recently. A package that anyone uses
 * stays, whatever its age. Left-overs of processes that have died go, too.
 *
 * All functions block. Thread pool.
 */

#ifndef _NGX_INVOKE_PACKAGE_CLEAR_H_INCLUDED_
#define _NGX_INVOKE_PACKAGE_CLEAR_H_INCLUDED_


#include "ngx_invoke_package.h"


typedef struct {
    const ngx_invoke_package_conf_t  *conf;
    ngx_uint_t          sweep;          /* left-overs, too */
    const u_char       *digest;         /* NULL, or the one to be removed */

    /* the result */

    ngx_uint_t          packages;       /* that there are now */
    off_t               size;           /* bytes of those */
    off_t               code;           /* bytes of code/ */
    ngx_uint_t          removed;        /* packages */
    off_t               freed;          /* bytes, with those of code/ */
    u_char             *gone;           /* digests of the removed ones, one
                                           behind the other; malloc'ed: the
                                           caller's. NULL: they are not told */
    ngx_uint_t          found;          /* digest was there, and is removed */
    ngx_uint_t          in_use;         /* digest is, and stays */
    ngx_err_t           err;            /* it cannot be read */
} ngx_invoke_package_clear_t;


void ngx_invoke_package_clear(ngx_invoke_package_clear_t *clear);


#endif /* _NGX_INVOKE_PACKAGE_CLEAR_H_INCLUDED_ */
