
#include "ngx_invoke_params.h"


static char *ngx_invoke_param_read(ngx_conf_t *cf,
    ngx_invoke_param_t *params, ngx_str_t *arg);
static ngx_invoke_param_t *ngx_invoke_param_find(ngx_invoke_param_t *params,
    ngx_str_t *name);
static char *ngx_invoke_param_bounds(ngx_conf_t *cf,
    ngx_invoke_param_t *param, ngx_str_t *arg);
static ngx_int_t ngx_invoke_param_number(ngx_invoke_param_t *param,
    ngx_str_t *value);


char *
ngx_invoke_params(ngx_conf_t *cf, ngx_uint_t first, ngx_invoke_param_t *params)
{
    ngx_str_t   *value;
    ngx_uint_t   i;

    value = cf->args->elts;

    for (i = first; i < cf->args->nelts; i++) {
        if (ngx_invoke_param_read(cf, params, &value[i]) != NGX_CONF_OK) {
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


char *
ngx_invoke_param_invalid(ngx_conf_t *cf, ngx_str_t *arg, const char *takes)
{
    ngx_str_t  *value = cf->args->elts;

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid parameter \"%V\" in \"%V\"%s%s",
                       arg, &value[0], *takes ? ", it takes " : "", takes);

    return NGX_CONF_ERROR;
}


static char *
ngx_invoke_param_bounds(ngx_conf_t *cf, ngx_invoke_param_t *param,
    ngx_str_t *arg)
{
    u_char       takes[128];
    const char  *what;

    switch (param->kind) {

    case NGX_INVOKE_PARAM_NUMBER:
        what = "a number";
        break;

    case NGX_INVOKE_PARAM_SIZE:
    case NGX_INVOKE_PARAM_OFFSET:
        what = "a size";
        break;

    default:
        what = "a time";
    }

    if (param->max) {
        *ngx_sprintf(takes, "%s from %O to %O", what, param->min, param->max)
            = '\0';

    } else if (param->min == 1) {
        *ngx_sprintf(takes, "%s above 0", what) = '\0';

    } else {
        *ngx_sprintf(takes, "%s of %O or more", what, param->min) = '\0';
    }

    return ngx_invoke_param_invalid(cf, arg, (char *) takes);
}


static char *
ngx_invoke_param_read(ngx_conf_t *cf, ngx_invoke_param_t *params,
    ngx_str_t *arg)
{
    u_char              *p;
    ngx_str_t            name, value;
    ngx_uint_t           numbers;
    ngx_invoke_param_t  *param;

    numbers = params->kind < NGX_INVOKE_PARAM_TEXT;

    p = ngx_strlchr(arg->data, arg->data + arg->len, '=');

    name.data = arg->data;
    name.len = p ? (size_t) (p - arg->data) : arg->len;

    param = p ? ngx_invoke_param_find(params, &name) : NULL;

    /* what follows a name that is misspelt may be a secret */

    if (param == NULL) {
        return ngx_invoke_param_invalid(cf, numbers ? arg : &name, "");
    }

    value.data = p + 1;
    value.len = arg->data + arg->len - value.data;

    if (numbers) {
        if (param->set) {
            return ngx_invoke_param_invalid(cf, arg, "each name once");
        }

        if (ngx_invoke_param_number(param, &value) != NGX_OK) {
            return ngx_invoke_param_bounds(cf, param, arg);
        }

        param->set = 1;

        return NGX_CONF_OK;
    }

    if (param->set) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "duplicate parameter \"%V\"",
                           &name);
        return NGX_CONF_ERROR;
    }

    param->set = 1;

    if (param->kind == NGX_INVOKE_PARAM_TEXT) {
        *(ngx_str_t *) param->dst = value;
    }

    return param->check(cf, param, &value);
}


static ngx_invoke_param_t *
ngx_invoke_param_find(ngx_invoke_param_t *params, ngx_str_t *name)
{
    ngx_invoke_param_t  *param;

    for (param = params; param->name.len; param++) {
        if (param->name.len == name->len
            && ngx_strncmp(param->name.data, name->data, name->len) == 0)
        {
            return param;
        }
    }

    return NULL;
}


/* NGX_ERROR: it is none, or out of its bounds. */

static ngx_int_t
ngx_invoke_param_number(ngx_invoke_param_t *param, ngx_str_t *value)
{
    off_t  n;

    switch (param->kind) {

    case NGX_INVOKE_PARAM_NUMBER:
        n = ngx_atoi(value->data, value->len);
        break;

    case NGX_INVOKE_PARAM_SIZE:
        n = ngx_parse_size(value);
        break;

    case NGX_INVOKE_PARAM_OFFSET:
        n = ngx_parse_offset(value);
        break;

    default:
        n = ngx_parse_time(value, param->kind == NGX_INVOKE_PARAM_SECONDS);
    }

    if (n == NGX_ERROR || n < param->min || (param->max && n > param->max)) {
        return NGX_ERROR;
    }

    switch (param->kind) {

    case NGX_INVOKE_PARAM_NUMBER:
        *(ngx_uint_t *) param->dst = n;
        break;

    case NGX_INVOKE_PARAM_SIZE:
        *(size_t *) param->dst = n;
        break;

    case NGX_INVOKE_PARAM_OFFSET:
        *(off_t *) param->dst = n;
        break;

    case NGX_INVOKE_PARAM_SECONDS:
        *(time_t *) param->dst = n;
        break;

    default:
        *(ngx_msec_t *) param->dst = n;
    }

    return NGX_OK;
}
