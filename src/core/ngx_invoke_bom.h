/*
 * The mark that a text in UTF-8 may begin with, and that is none of it. Any
 * thread.
 */

#ifndef _NGX_INVOKE_BOM_H_INCLUDED_
#define _NGX_INVOKE_BOM_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* How many bytes of a text are such a mark. */

static ngx_inline size_t
ngx_invoke_bom(const u_char *text, size_t len)
{
    return len >= 3 && ngx_memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}


#endif /* _NGX_INVOKE_BOM_H_INCLUDED_ */
