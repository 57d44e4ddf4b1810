/*
 * The parameters "name=value" of a directive, by a table with a row for each
 * that ends with one without a name. In the master, at configuration time.
 */

#ifndef _NGX_INVOKE_PARAMS_H_INCLUDED_
#define _NGX_INVOKE_PARAMS_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


typedef enum {
    NGX_INVOKE_PARAM_NUMBER = 0,    /* to an ngx_uint_t */
    NGX_INVOKE_PARAM_TIME,          /* to an ngx_msec_t */
    NGX_INVOKE_PARAM_SECONDS,       /* to a time_t */
    NGX_INVOKE_PARAM_SIZE,          /* to a size_t */
    NGX_INVOKE_PARAM_OFFSET,        /* to an off_t */

    /* of these an error shows the name alone: there are secrets among them */

    NGX_INVOKE_PARAM_TEXT,          /* to an ngx_str_t, then it is checked */
    NGX_INVOKE_PARAM_OTHER          /* it is checked, which sets it */
} ngx_invoke_param_kind_e;


typedef struct ngx_invoke_param_s  ngx_invoke_param_t;

/* NGX_CONF_OK, or NGX_CONF_ERROR, which was logged. */
typedef char *(*ngx_invoke_param_pt)(ngx_conf_t *cf,
    ngx_invoke_param_t *param, ngx_str_t *value);

struct ngx_invoke_param_s {
    ngx_str_t                 name;
    ngx_invoke_param_kind_e   kind;
    off_t                     min;      /* of a number */
    off_t                     max;      /* 0: none */
    void                     *dst;
    ngx_invoke_param_pt       check;    /* of TEXT and OTHER */
    ngx_uint_t                set;
};


#define ngx_invoke_param(name, kind, min, max, dst)                           \
    { ngx_string(name), NGX_INVOKE_PARAM_##kind, min, max, dst, NULL, 0 }

#define ngx_invoke_param_checked(name, kind, dst, check)                      \
    { ngx_string(name), NGX_INVOKE_PARAM_##kind, 0, 0, dst, check, 0 }

#define ngx_invoke_param_null                                                 \
    { ngx_null_string, NGX_INVOKE_PARAM_NUMBER, 0, 0, NULL, NULL, 0 }


/*
 * Reads the arguments of a directive from the first-th on, each name once at
 * most; rows that were there have "set". NGX_CONF_ERROR is logged.
 */
char *ngx_invoke_params(ngx_conf_t *cf, ngx_uint_t first,
    ngx_invoke_param_t *params);

/*
 * Logs that an argument of the directive is invalid, and what it takes
 * instead, which may be empty; NGX_CONF_ERROR.
 */
char *ngx_invoke_param_invalid(ngx_conf_t *cf, ngx_str_t *arg,
    const char *takes);


#endif /* _NGX_INVOKE_PARAMS_H_INCLUDED_ */
