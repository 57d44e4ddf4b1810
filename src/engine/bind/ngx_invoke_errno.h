/*
 * Errors of system calls as JavaScript sees them: as libuv numbers, names and
 * describes them, on Linux by the negative errno.
 */

#ifndef _NGX_INVOKE_ERRNO_H_INCLUDED_
#define _NGX_INVOKE_ERRNO_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_invoke_v8.h"


typedef struct {
    int          value;
    const char  *name;
    const char  *text;
} ngx_invoke_uv_error_t;


/* All of them; the last one has no name. */
extern const ngx_invoke_uv_error_t  ngx_invoke_uv_errors[];


/* Never NULL. Any thread. */
const ngx_invoke_uv_error_t *ngx_invoke_uv_error(int value);

/*
 * Throws an error as Node has it for a failed system call on a path. Actor
 * thread.
 */
void ngx_invoke_bind_throw_errno(ngx_invoke_v8_call_t *call, ngx_err_t err,
    const char *syscall, ngx_str_t *path);


#endif /* _NGX_INVOKE_ERRNO_H_INCLUDED_ */
