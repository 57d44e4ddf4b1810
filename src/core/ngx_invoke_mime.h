/*
 * Media types by file extension, and their default charsets: mime-db with the
 * preferences of the npm package mime-types 3, which Express 5 uses.
 */

#ifndef _NGX_INVOKE_MIME_H_INCLUDED_
#define _NGX_INVOKE_MIME_H_INCLUDED_


#include <stddef.h>


/*
 * Takes an extension without its dot, in any case.  Returns a constant string
 * ("text/html"), or NULL when the extension is unknown.  Any thread may call
 * it.
 */

const char *ngx_invoke_mime_type(const char *ext, size_t len);

/*
 * Takes a media type in any case; parameters after ";" are ignored.  Returns
 * a constant string ("UTF-8"), which is also what any other text type gets, or
 * NULL when the type has no default charset.  Any thread may call it.
 */

const char *ngx_invoke_mime_charset(const char *type, size_t len);


#endif /* _NGX_INVOKE_MIME_H_INCLUDED_ */
