/*
 * Reason phrases of HTTP's statuses: those of Node's http.STATUS_CODES.
 */

#ifndef _NGX_INVOKE_REASON_H_INCLUDED_
#define _NGX_INVOKE_REASON_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/*
 * The status line after the protocol, "404 Not Found", a constant; NULL: the
 * status has no phrase.  Any thread may call it.
 */

const ngx_str_t *ngx_invoke_reason_line(ngx_uint_t status);


/* Where the phrase starts in it. */
#define NGX_INVOKE_REASON_PHRASE  4


#endif /* _NGX_INVOKE_REASON_H_INCLUDED_ */
