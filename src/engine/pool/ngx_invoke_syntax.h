/*
 * Syntax errors that "nginx -t" tells.
 */

#ifndef _NGX_INVOKE_SYNTAX_H_INCLUDED_
#define _NGX_INVOKE_SYNTAX_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/*
 * Warns of syntax errors of the entry of each directory, paths with a NUL
 * behind them; V8 runs in a child, as for the startup snapshot. With
 * "nginx -t" only.
 */
void ngx_invoke_syntax_check(ngx_array_t *directories, const ngx_str_t *flags,
    ngx_log_t *log);


#endif /* _NGX_INVOKE_SYNTAX_H_INCLUDED_ */
