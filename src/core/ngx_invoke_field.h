/*
 * A name and a value: a header, a parameter, an environment variable.
 */

#ifndef _NGX_INVOKE_FIELD_H_INCLUDED_
#define _NGX_INVOKE_FIELD_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


typedef struct {
    ngx_str_t               name;
    ngx_str_t               value;
} ngx_invoke_field_t;


#endif /* _NGX_INVOKE_FIELD_H_INCLUDED_ */
