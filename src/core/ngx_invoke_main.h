/*
 * The file that a package begins with: its index.js, or, where it has none,
 * the one that "main" of its package.json names, with Node's extensions, or
 * index.mjs, .ts, .mts or .cts. May block on the disk.
 */

#ifndef _NGX_INVOKE_MAIN_H_INCLUDED_
#define _NGX_INVOKE_MAIN_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/*
 * Writes the path of that file in the package, NUL-terminated, to "path", which
 * has NGX_MAX_PATH bytes, and fills sb, which may be NULL. NGX_DECLINED with
 * errno, that of a look at index.js: there is no such file. NGX_ERROR: the
 * package.json cannot be understood, or what it names is not there; the loader
 * has an error for that. Without a file "path" is empty. Any thread.
 */
ngx_int_t ngx_invoke_main(int root_fd, char *path, struct stat *sb);


#endif /* _NGX_INVOKE_MAIN_H_INCLUDED_ */
