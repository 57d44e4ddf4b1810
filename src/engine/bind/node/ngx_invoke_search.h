/*
 * Search in bytes, in time that grows with the length of what is searched,
 * whatever is looked for: it runs where nobody can interrupt it.
 */

#ifndef _NGX_INVOKE_SEARCH_H_INCLUDED_
#define _NGX_INVOKE_SEARCH_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


#define NGX_INVOKE_SEARCH_NONE    -1
#define NGX_INVOKE_SEARCH_MEMORY  -2


/*
 * The byte offset of the first match at "from" or behind it, or of the last
 * one at "from" or before it. Matches start at multiples of unit (1 or 2)
 * bytes; hay_len is one, and len > 0. Any thread.
 */
ssize_t ngx_invoke_search(const uint8_t *hay, size_t hay_len,
    const uint8_t *needle, size_t len, size_t unit, size_t from,
    ngx_uint_t forward);


#endif /* _NGX_INVOKE_SEARCH_H_INCLUDED_ */
