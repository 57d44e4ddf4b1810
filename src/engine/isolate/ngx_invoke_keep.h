/*
 * What an isolate keeps: programs, with the contexts of isolation "function",
 * as many as its part of the memory holds. Those that were used the longest
 * time ago leave first. Actor thread.
 *
 * V8 does not tell what a single context takes. What lives is known by its
 * full collections; what programs have added since is taken to be as much,
 * each, as those that were there.
 */

#ifndef _NGX_INVOKE_KEEP_H_INCLUDED_
#define _NGX_INVOKE_KEEP_H_INCLUDED_


#include "ngx_invoke_isolate.h"


/* Drops programs in which nothing runs while they take more than iso->keep. */
void ngx_invoke_keep_fit(ngx_invoke_isolate_t *iso);


#endif /* _NGX_INVOKE_KEEP_H_INCLUDED_ */
