/*
 * Text of functions and clients in lines of the log: it stays in its line,
 * says nothing to a terminal, and reads back as what it was. Any thread.
 */

#ifndef _NGX_INVOKE_ESCAPE_H_INCLUDED_
#define _NGX_INVOKE_ESCAPE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* Room that a name takes in a line. */
#define NGX_INVOKE_ESCAPE_NAME  512


/*
 * Copies text up to "last" to "dst" and returns the end of what it has
 * written; *src is left where there was no more room. Control characters, of
 * C1 too, bytes that are no UTF-8, and the backslash are escaped.
 */
u_char *ngx_invoke_escape(u_char *dst, u_char *end, u_char **src,
    u_char *last);

/*
 * The same for a name, into "buf" of NGX_INVOKE_ESCAPE_NAME bytes; what does
 * not fit is left out.
 */
ngx_str_t ngx_invoke_escape_name(u_char *buf, const ngx_str_t *name);


#endif /* _NGX_INVOKE_ESCAPE_H_INCLUDED_ */
