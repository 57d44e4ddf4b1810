/*
 * What an isolate keeps: programs, with the contexts of isolation "function",
 * as many as memory holds: that of the isolate, and what all of the worker may
 * come to. Those that were used the longest time ago leave first; all but the
 * one that runs do when that needs the room. Actor thread.
 *
 * V8 does not tell what a single context takes. What lives is known by its
 * full collections; what programs have added since is taken to be as much,
 * each, as those that were there.
 */

#ifndef _NGX_INVOKE_KEEP_H_INCLUDED_
#define _NGX_INVOKE_KEEP_H_INCLUDED_


#include "ngx_invoke_isolate.h"


/* The isolate is there, without any; it is not any more. */
void ngx_invoke_keep_init(ngx_invoke_isolate_t *iso);
void ngx_invoke_keep_done(ngx_invoke_isolate_t *iso);

/* Drops older versions of a function, in which nothing runs. */
void ngx_invoke_keep_renew(ngx_invoke_isolate_t *iso,
    ngx_invoke_function_t *f);

/*
 * Drops programs in which nothing runs while they take too much, but for the
 * one that was used last.
 */
void ngx_invoke_keep_fit(ngx_invoke_isolate_t *iso);

/*
 * Whether there are programs that can be dropped, from within V8; "now": drops
 * them. Of those is none whose JavaScript runs, or for which a context is made.
 */
int ngx_invoke_keep_give_up(void *data, int now);


#endif /* _NGX_INVOKE_KEEP_H_INCLUDED_ */
