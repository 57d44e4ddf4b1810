/*
 * The version of a function that requests get: what was made last of a record
 * and its package, while the package of the next one is brought to this host's
 * disk.
 *
 * All functions: event loop.
 */

#ifndef _NGX_INVOKE_VERSION_H_INCLUDED_
#define _NGX_INVOKE_VERSION_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_invoke_function.h"
#include "ngx_invoke_package.h"
#include "ngx_invoke_record.h"


typedef struct ngx_invoke_version_s  ngx_invoke_version_t;

struct ngx_invoke_version_s {
    ngx_invoke_function_t        *function;     /* the current one, or NULL */
    ngx_invoke_record_t          *made_of;      /* what it was made of */
    ngx_invoke_record_t          *wanted;       /* what is being fetched, or
                                                   was in vain; or NULL */
    ngx_invoke_package_lookup_t   package;
    const char                   *failed;       /* wanted is not to be had */
    ngx_msec_t                    missed;       /* since */
    ngx_msec_t                    tried;
    unsigned                      fetches:1;

    /* what is called when a fetch has ended, for those who were to wait */
    void                        (*handler)(ngx_invoke_version_t *version);
    void                         *data;
    ngx_log_t                    *log;
};


/* Of a version that is all zeros but for handler, data and log. */
void ngx_invoke_version_init(ngx_invoke_version_t *version);

/* Fetches what a record says, unless that is the current version. */
void ngx_invoke_version_prepare(ngx_invoke_version_t *version,
    ngx_invoke_record_t *record);

/*
 * The version that a request gets now, where a record says what is to be the
 * current one. NGX_OK: *function is set, a reference and a use of it
 * (ngx_invoke_function_use()). NGX_AGAIN: the handler will be called. NGX_BUSY:
 * there is none, *failed says why. A version that is not to be had is tried
 * again from time to time, and the former one goes on for "grace" ms.
 */
ngx_int_t ngx_invoke_version_get(ngx_invoke_version_t *version,
    ngx_invoke_record_t *record, ngx_msec_t grace,
    ngx_invoke_function_t **function, const char **failed);

/* Drops what there is; the handler is not called. */
void ngx_invoke_version_drop(ngx_invoke_version_t *version);


#endif /* _NGX_INVOKE_VERSION_H_INCLUDED_ */
