/*
 * Secrets of the configuration that are kept in files of their own.
 */

#ifndef _NGX_INVOKE_SECRET_H_INCLUDED_
#define _NGX_INVOKE_SECRET_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/*
 * Replaces "file:<path>" by what the file holds, less the newline at its end;
 * NUL-terminated then. NGX_CONF_ERROR: it was logged, without the value. In
 * the master, at configuration time.
 */
char *ngx_invoke_conf_secret(ngx_conf_t *cf, ngx_str_t *value);


#endif /* _NGX_INVOKE_SECRET_H_INCLUDED_ */
