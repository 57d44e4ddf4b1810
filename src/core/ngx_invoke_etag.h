/*
 * The entity tag of a body, as Express makes it: its length in hexadecimal and
 * the first 27 characters of its SHA-1 in base64.
 */

#ifndef _NGX_INVOKE_ETAG_H_INCLUDED_
#define _NGX_INVOKE_ETAG_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


typedef enum {
    NGX_INVOKE_ETAG_OFF = 0,
    NGX_INVOKE_ETAG_WEAK,
    NGX_INVOKE_ETAG_STRONG
} ngx_invoke_etag_e;


/* What a tag takes at most. */
#define NGX_INVOKE_ETAG_LEN  64


/*
 * Writes the tag of a body into buf, which has room for NGX_INVOKE_ETAG_LEN
 * bytes, and returns its length; with OFF that is 0. Any thread may call it.
 */
size_t ngx_invoke_etag(u_char *buf, ngx_invoke_etag_e kind,
    const u_char *body, size_t len);


#endif /* _NGX_INVOKE_ETAG_H_INCLUDED_ */
