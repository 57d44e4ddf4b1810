/*
 * Trees of files in the package cache, as ngx_invoke_unpack() has made them.
 * No link is followed. All functions block. Thread pool.
 */

#ifndef _NGX_INVOKE_TREE_H_INCLUDED_
#define _NGX_INVOKE_TREE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* Has a directory, and all that is in it, on disk. NGX_ERROR with errno. */
ngx_int_t ngx_invoke_tree_sync(int fd);

/* The bytes that it takes on disk, in whole blocks. NGX_ERROR with errno. */
off_t ngx_invoke_tree_size(int fd);

/* Removes what there is under a name. NGX_ERROR with errno. */
ngx_int_t ngx_invoke_tree_remove(int dir, const char *name);


#endif /* _NGX_INVOKE_TREE_H_INCLUDED_ */
