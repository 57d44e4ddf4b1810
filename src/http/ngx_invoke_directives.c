
#include "ngx_invoke_http.h"
#include "ngx_invoke_main.h"
#include "ngx_invoke_params.h"
#include "ngx_invoke_status.h"


#define NGX_INVOKE_ISOLATES_MAX  1024


static char *ngx_invoke_conf_directory(ngx_conf_t *cf,
    ngx_invoke_loc_conf_t *lcf, ngx_str_t *value);
static void ngx_invoke_conf_look(ngx_conf_t *cf, ngx_str_t *directory);
static ngx_int_t ngx_invoke_conf_note(ngx_conf_t *cf, ngx_str_t *directory);
static char *ngx_invoke_conf_handler(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_invoke_loc_conf_t *lcf, ngx_http_handler_pt handler);
static ngx_http_complex_value_t *ngx_invoke_conf_value(ngx_conf_t *cf,
    ngx_str_t *value);
static ngx_uint_t ngx_invoke_conf_captures(ngx_conf_t *cf,
    ngx_str_t *value);
static ngx_uint_t ngx_invoke_conf_capture(ngx_conf_t *cf, ngx_str_t *name);
static char *ngx_invoke_conf_check_time(ngx_conf_t *cf, void *post,
    void *data);
static char *ngx_invoke_conf_check_size(ngx_conf_t *cf, void *post,
    void *data);
static char *ngx_invoke_conf_check_memory(ngx_conf_t *cf, void *post,
    void *data);
static char *ngx_invoke_conf_check_concurrency(ngx_conf_t *cf, void *post,
    void *data);


ngx_conf_post_t  ngx_invoke_conf_positive_time = {
    ngx_invoke_conf_check_time
};


ngx_conf_post_t  ngx_invoke_conf_positive_size = {
    ngx_invoke_conf_check_size
};


ngx_conf_post_t  ngx_invoke_conf_memory = {
    ngx_invoke_conf_check_memory
};


ngx_conf_post_t  ngx_invoke_conf_concurrency = {
    ngx_invoke_conf_check_concurrency
};


ngx_conf_enum_t  ngx_invoke_conf_etags[] = {
    { ngx_string("off"), NGX_INVOKE_ETAG_OFF },
    { ngx_string("weak"), NGX_INVOKE_ETAG_WEAK },
    { ngx_string("strong"), NGX_INVOKE_ETAG_STRONG },
    { ngx_null_string, 0 }
};


char *
ngx_invoke_conf_invoke(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_invoke_loc_conf_t *lcf = conf;

    char                      *rv;
    ngx_str_t                 *value;
    ngx_invoke_main_conf_t    *mcf;
    ngx_http_core_loc_conf_t  *clcf;

    if (lcf->function) {
        return "is duplicate";
    }

    rv = ngx_invoke_conf_handler(cf, cmd, lcf, ngx_invoke_handler);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    value = cf->args->elts;

    if (value[1].len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invoke: empty directory or function id");
        return NGX_CONF_ERROR;
    }

    lcf->function = ngx_invoke_conf_value(cf, &value[1]);
    if (lcf->function == NULL) {
        return NGX_CONF_ERROR;
    }

    if (lcf->function->lengths == NULL) {
        rv = ngx_invoke_conf_directory(cf, lcf, &lcf->function->value);
        if (rv != NGX_CONF_OK) {
            return rv;
        }
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->name.len && clcf->name.data[clcf->name.len - 1] == '/') {
        clcf->auto_redirect = 1;
    }

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_invoke_module);

    mcf->used = 1;

    mcf->thread_pool = ngx_thread_pool_add(cf, NULL);
    if (mcf->thread_pool == NULL) {
        return NGX_CONF_ERROR;
    }

    mcf->pool.threads = mcf->thread_pool;

    return NGX_CONF_OK;
}


/*
 * A directory may come after nginx has started, so that one that is not
 * there is worth a warning only.
 */

static char *
ngx_invoke_conf_directory(ngx_conf_t *cf, ngx_invoke_loc_conf_t *lcf,
    ngx_str_t *value)
{
    ngx_str_t  path;

    path = *value;

    if (path.data[0] == '.' && path.len > 1 && path.data[1] == '/') {

        path.data += 2;
        path.len -= 2;

        if (ngx_conf_full_name(cf->cycle, &path, 0) != NGX_OK) {
            return NGX_CONF_ERROR;
        }

    } else if (path.data[0] != '/') {

        if (ngx_strlchr(path.data, path.data + path.len, '/')) {
            ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                               "invoke: \"%V\" is not a directory, which "
                               "begins with \"/\" or \"./\", but the id of a "
                               "function", &path);
        }

        return NGX_CONF_OK;
    }

    while (path.len > 1 && path.data[path.len - 1] == '/') {
        path.len--;
    }

    lcf->directory.len = path.len;
    lcf->directory.data = ngx_pnalloc(cf->pool, path.len + 1);

    if (lcf->directory.data == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memcpy(lcf->directory.data, path.data, path.len);
    lcf->directory.data[path.len] = '\0';

    if (ngx_invoke_conf_note(cf, &lcf->directory) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    ngx_invoke_conf_look(cf, &lcf->directory);

    return NGX_CONF_OK;
}


static void
ngx_invoke_conf_look(ngx_conf_t *cf, ngx_str_t *directory)
{
    int        fd;
    char       path[NGX_MAX_PATH];
    ngx_int_t  rc;

    fd = open((char *) directory->data, O_PATH|O_DIRECTORY|O_CLOEXEC);

    rc = (fd == -1) ? NGX_DECLINED : ngx_invoke_main(fd, path, NULL);

    if (rc == NGX_DECLINED) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, ngx_errno,
                           "invoke: no function in \"%V\": "
                           ngx_file_info_n " \"%V/index.js\" failed",
                           directory, directory);

    } else if (rc == NGX_ERROR) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "invoke: no function in \"%V\": \"main\" of its "
                           "package.json names no file", directory);
    }

    if (fd != -1) {
        (void) close(fd);
    }
}


/* "nginx -t" looks into each directory, once. */

static ngx_int_t
ngx_invoke_conf_note(ngx_conf_t *cf, ngx_str_t *directory)
{
    ngx_str_t               *noted;
    ngx_uint_t               i;
    ngx_invoke_main_conf_t  *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_invoke_module);

    if (mcf->directories == NULL) {
        mcf->directories = ngx_array_create(cf->pool, 4, sizeof(ngx_str_t));
        if (mcf->directories == NULL) {
            return NGX_ERROR;
        }
    }

    noted = mcf->directories->elts;

    for (i = 0; i < mcf->directories->nelts; i++) {
        if (noted[i].len == directory->len
            && ngx_memcmp(noted[i].data, directory->data, directory->len) == 0)
        {
            return NGX_OK;
        }
    }

    noted = ngx_array_push(mcf->directories);
    if (noted == NULL) {
        return NGX_ERROR;
    }

    *noted = *directory;

    return NGX_OK;
}


static char *
ngx_invoke_conf_handler(ngx_conf_t *cf, ngx_command_t *cmd,
    ngx_invoke_loc_conf_t *lcf, ngx_http_handler_pt handler)
{
    ngx_invoke_main_conf_t    *mcf;
    ngx_http_core_loc_conf_t  *clcf;

    if (lcf->function || lcf->metrics || lcf->health || lcf->cache) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" conflicts with \"%s\" in the same location",
                           &cmd->name,
                           lcf->function ? "invoke"
                           : lcf->metrics ? "invoke_metrics"
                           : lcf->health ? "invoke_health" : "invoke_cache");
        return NGX_CONF_ERROR;
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = handler;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_invoke_module);
    mcf->observed = 1;

    return NGX_CONF_OK;
}


static ngx_http_complex_value_t *
ngx_invoke_conf_value(ngx_conf_t *cf, ngx_str_t *value)
{
    ngx_http_complex_value_t          *complex;
    ngx_http_compile_complex_value_t   ccv;

    complex = ngx_pcalloc(cf->pool, sizeof(ngx_http_complex_value_t));
    if (complex == NULL) {
        return NULL;
    }

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = value;
    ccv.complex_value = complex;

    return ngx_http_compile_complex_value(&ccv) == NGX_OK ? complex : NULL;
}


/* A "?" in the value, not in its variables, begins a query of its own. */

char *
ngx_invoke_conf_path(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_invoke_loc_conf_t *lcf = conf;

    u_char     *p;
    ngx_str_t  *value, path, args;

    if (lcf->path != NGX_CONF_UNSET_PTR) {
        return "is duplicate";
    }

    value = cf->args->elts;
    path = value[1];

    p = ngx_strlchr(path.data, path.data + path.len, '?');

    if (p) {
        args.data = p + 1;
        args.len = path.data + path.len - args.data;
        path.len = p - path.data;

        lcf->path_args = ngx_invoke_conf_value(cf, &args);
        if (lcf->path_args == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    lcf->path = ngx_invoke_conf_value(cf, &path);
    if (lcf->path == NULL) {
        return NGX_CONF_ERROR;
    }

    lcf->path_decoded = ngx_invoke_conf_captures(cf, &path);

    return NGX_CONF_OK;
}


/*
 * Whether all variables of a value are of the decoded URI, captures most of
 * all, and nothing in it is escaped already.
 */

static ngx_uint_t
ngx_invoke_conf_captures(ngx_conf_t *cf, ngx_str_t *value)
{
    u_char     *p, *last;
    ngx_str_t   name;
    ngx_uint_t  bracket;

    p = value->data;
    last = p + value->len;

    while (p < last) {

        if (*p == '%') {
            return 0;
        }

        if (*p++ != '$') {
            continue;
        }

        bracket = (p < last && *p == '{');
        p += bracket;

        for (name.data = p; p < last; p++) {
            if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z')
                  || (*p >= '0' && *p <= '9') || *p == '_'))
            {
                break;
            }

            /* $1 is one digit long */

            if (!bracket && name.data == p && *p >= '1' && *p <= '9') {
                p++;
                break;
            }
        }

        name.len = p - name.data;

        if (!ngx_invoke_conf_capture(cf, &name)) {
            return 0;
        }
    }

    return 1;
}


static ngx_uint_t
ngx_invoke_conf_capture(ngx_conf_t *cf, ngx_str_t *name)
{
#if (NGX_PCRE)
    ngx_uint_t                  i;
    ngx_http_variable_t        *v;
    ngx_http_regex_variable_t  *rv;
    ngx_http_core_loc_conf_t   *clcf;
    ngx_http_core_main_conf_t  *cmcf;
#endif

    if (name->len == 1 && name->data[0] >= '1' && name->data[0] <= '9') {
        return 1;
    }

    if ((name->len == 3 && ngx_strncmp(name->data, "uri", 3) == 0)
        || (name->len == 12
            && ngx_strncmp(name->data, "document_uri", 12) == 0))
    {
        return 1;
    }

#if (NGX_PCRE)

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->regex == NULL) {
        return 0;
    }

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    v = cmcf->variables.elts;
    rv = clcf->regex->variables;

    for (i = 0; i < clcf->regex->nvariables; i++) {
        if (v[rv[i].index].name.len == name->len
            && ngx_strncasecmp(v[rv[i].index].name.data, name->data,
                               name->len)
               == 0)
        {
            return 1;
        }
    }

#endif

    return 0;
}


char *
ngx_invoke_conf_pair(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char  *p = conf;

    u_char                             ch;
    ngx_str_t                         *value;
    ngx_uint_t                         i, bad;
    ngx_array_t                      **array;
    ngx_invoke_pair_t                 *pair;
    ngx_http_compile_complex_value_t   ccv;

    array = (ngx_array_t **) (p + cmd->offset);

    value = cf->args->elts;

    bad = (value[1].len == 0);

    for (i = 0; i < value[1].len; i++) {
        ch = value[1].data[i];

        switch (cmd->offset) {

        case offsetof(ngx_invoke_loc_conf_t, headers):

            value[1].data[i] = ngx_tolower(ch);

            if (ch <= ' ' || ch >= 0x7f
                || ngx_strchr("\"(),/:;<=>?@[\\]{}", ch))
            {
                bad = 1;
            }

            break;

        case offsetof(ngx_invoke_loc_conf_t, env):

            if (ch == '=' || ch == '\0') {
                bad = 1;
            }

            break;

        default:
            break;
        }
    }

    if (bad) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid name \"%V\" in \"%V\"",
                           &value[1], &cmd->name);
        return NGX_CONF_ERROR;
    }

    if (*array == NGX_CONF_UNSET_PTR) {
        *array = ngx_array_create(cf->pool, 4, sizeof(ngx_invoke_pair_t));
        if (*array == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    pair = (*array)->elts;

    for (i = 0; i < (*array)->nelts; i++) {
        if (pair[i].name.len == value[1].len
            && ngx_strncmp(pair[i].name.data, value[1].data, value[1].len)
               == 0)
        {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "duplicate \"%V\" in \"%V\"",
                               &value[1], &cmd->name);
            return NGX_CONF_ERROR;
        }
    }

    pair = ngx_array_push(*array);
    if (pair == NULL) {
        return NGX_CONF_ERROR;
    }

    pair->name = value[1];

    ngx_memzero(&ccv, sizeof(ngx_http_compile_complex_value_t));

    ccv.cf = cf;
    ccv.value = &value[2];
    ccv.complex_value = &pair->value;

    if (ngx_http_compile_complex_value(&ccv) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_invoke_conf_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char  *p = conf;

    u_char                  *colon;
    ssize_t                  size;
    ngx_str_t               *value, s;
    ngx_invoke_zone_conf_t  *zone;

    zone = (ngx_invoke_zone_conf_t *) (p + cmd->offset);

    if (zone->size) {
        return "is duplicate";
    }

    value = cf->args->elts;

    colon = ngx_strlchr(value[1].data, value[1].data + value[1].len, ':');

    if (colon == NULL || colon == value[1].data) {
        goto invalid;
    }

    s.data = colon + 1;
    s.len = value[1].data + value[1].len - s.data;

    size = ngx_parse_size(&s);

    if (size == NGX_ERROR) {
        goto invalid;
    }

    if (size < (ssize_t) (8 * ngx_pagesize)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "zone \"%V\" is too small in \"%V\", it takes "
                           "%uzk or more", &value[1], &cmd->name,
                           8 * ngx_pagesize / 1024);
        return NGX_CONF_ERROR;
    }

    zone->name.data = value[1].data;
    zone->name.len = colon - value[1].data;
    zone->size = size;

    return NGX_CONF_OK;

invalid:

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid zone \"%V\" in \"%V\", it takes a name, "
                       "\":\" and a size", &value[1], &cmd->name);

    return NGX_CONF_ERROR;
}


char *
ngx_invoke_conf_isolates(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_invoke_main_conf_t *mcf = conf;

    ngx_int_t            base;
    ngx_str_t           *value;
    ngx_invoke_param_t   params[] = {
        ngx_invoke_param("max", NUMBER, 1, NGX_INVOKE_ISOLATES_MAX,
                         &mcf->pool.max),
        ngx_invoke_param("idle", TIME, 1, 0, &mcf->pool.idle),
        ngx_invoke_param_null
    };

    if (mcf->pool.base != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;

    base = ngx_atoi(value[1].data, value[1].len);

    if (base < 1 || base > NGX_INVOKE_ISOLATES_MAX) {
        return ngx_invoke_param_invalid(cf, &value[1], "a number from 1 to "
                              ngx_value(NGX_INVOKE_ISOLATES_MAX));
    }

    if (ngx_invoke_params(cf, 2, params) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    if (mcf->pool.max != NGX_CONF_UNSET_UINT
        && base > (ngx_int_t) mcf->pool.max)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" has a base of %i, more than its "
                           "\"max=%ui\"", &cmd->name, base, mcf->pool.max);
        return NGX_CONF_ERROR;
    }

    mcf->pool.base = base;

    return NGX_CONF_OK;
}


char *
ngx_invoke_conf_queue(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_invoke_main_conf_t *mcf = conf;

    ngx_int_t            n;
    ngx_str_t           *value;
    ngx_invoke_param_t   params[] = {
        ngx_invoke_param("timeout", TIME, 1, 0, &mcf->pool.queue_timeout),
        ngx_invoke_param_null
    };

    if (mcf->pool.queue != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;

    n = ngx_atoi(value[1].data, value[1].len);

    if (n == NGX_ERROR) {
        return ngx_invoke_param_invalid(cf, &value[1], "a number");
    }

    mcf->pool.queue = n;

    return ngx_invoke_params(cf, 2, params);
}


char *
ngx_invoke_conf_module_cache(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_invoke_main_conf_t *mcf = conf;

    ngx_int_t            n;
    ngx_str_t           *value;
    ngx_invoke_param_t   params[] = {
        ngx_invoke_param("size", SIZE, 1, 0, &mcf->pool.module_cache_size),
        ngx_invoke_param_null
    };

    if (mcf->pool.module_cache != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") == 0 && cf->args->nelts == 2) {
        mcf->pool.module_cache = 0;
        return NGX_CONF_OK;
    }

    n = ngx_atoi(value[1].data, value[1].len);

    if (n == NGX_ERROR || n == 0) {
        return ngx_invoke_param_invalid(cf, &value[1],
                                        "a number above 0, or \"off\"");
    }

    mcf->pool.module_cache = n;

    return ngx_invoke_params(cf, 2, params);
}


char *
ngx_invoke_conf_package_cache(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_invoke_main_conf_t *mcf = conf;

    ngx_str_t                  *value;
    ngx_invoke_package_conf_t  *cache = &mcf->package;
    ngx_invoke_param_t          params[] = {
        ngx_invoke_param("max_size", OFFSET, 1, 0, &cache->max_size),
        ngx_invoke_param("inactive", SECONDS, 1, 0, &cache->inactive),
        ngx_invoke_param_null
    };

    if (cache->path.data) {
        return "is duplicate";
    }

    value = cf->args->elts;

    cache->max_size = NGX_INVOKE_PACKAGE_CACHE_SIZE;
    cache->inactive = NGX_INVOKE_PACKAGE_CACHE_TIME;

    if (ngx_invoke_params(cf, 2, params) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    if (value[1].len == 0) {
        return "has an empty path";
    }

    cache->path = value[1];

    if (ngx_conf_full_name(cf->cycle, &cache->path, 0) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_invoke_conf_v8_flags(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_invoke_main_conf_t *mcf = conf;

    u_char      *p;
    size_t       len;
    ngx_str_t   *value;
    ngx_uint_t   i;

    if (mcf->pool.v8_flags.data) {
        return "is duplicate";
    }

    value = cf->args->elts;
    len = 0;

    for (i = 1; i < cf->args->nelts; i++) {
        if (value[i].len < 3 || ngx_strncmp(value[i].data, "--", 2) != 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "invalid flag \"%V\" in \"%V\", it begins with "
                               "\"--\"", &value[i], &cmd->name);
            return NGX_CONF_ERROR;
        }

        len += value[i].len + 1;
    }

    p = ngx_pnalloc(cf->pool, len);
    if (p == NULL) {
        return NGX_CONF_ERROR;
    }

    mcf->pool.v8_flags.data = p;
    mcf->pool.v8_flags.len = len - 1;

    for (i = 1; i < cf->args->nelts; i++) {
        p = ngx_cpymem(p, value[i].data, value[i].len);
        *p++ = ' ';
    }

    *--p = '\0';

    return NGX_CONF_OK;
}


char *
ngx_invoke_conf_time_or_off(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    char  *p = conf;

    ngx_str_t   *value;
    ngx_msec_t  *time;

    time = (ngx_msec_t *) (p + cmd->offset);

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "off") != 0) {
        return ngx_conf_set_msec_slot(cf, cmd, conf);
    }

    if (*time != NGX_CONF_UNSET_MSEC) {
        return "is duplicate";
    }

    *time = (cmd->offset == offsetof(ngx_invoke_loc_conf_t, directory_check))
            ? NGX_INVOKE_LOCAL_NEVER : 0;

    return NGX_CONF_OK;
}


char *
ngx_invoke_conf_isolation(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_invoke_loc_conf_t *lcf = conf;

    ngx_str_t  *value;

    if (lcf->isolation != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "request") == 0) {
        lcf->isolation = NGX_INVOKE_ISOLATION_REQUEST;
        return NGX_CONF_OK;
    }

    if (ngx_strcmp(value[1].data, "function") == 0) {
        lcf->isolation = NGX_INVOKE_ISOLATION_FUNCTION;
        return NGX_CONF_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid value \"%V\" in \"%V\", it must be "
                       "\"request\" or \"function\"", &value[1], &cmd->name);

    return NGX_CONF_ERROR;
}


char *
ngx_invoke_conf_metrics(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_invoke_loc_conf_t *lcf = conf;

    char        *rv;
    ngx_str_t   *value;
    ngx_uint_t   format;

    if (lcf->metrics) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "json") == 0) {
        format = NGX_INVOKE_METRICS_JSON;

    } else if (ngx_strcmp(value[1].data, "prometheus") == 0) {
        format = NGX_INVOKE_METRICS_PROMETHEUS;

    } else {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"%V\", it must be "
                           "\"json\" or \"prometheus\"", &value[1],
                           &cmd->name);
        return NGX_CONF_ERROR;
    }

    rv = ngx_invoke_conf_handler(cf, cmd, lcf, ngx_invoke_endpoint_metrics);
    lcf->metrics = format;

    return rv;
}


char *
ngx_invoke_conf_health(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_invoke_loc_conf_t *lcf = conf;

    char                    *rv;
    ngx_str_t               *value;
    ngx_invoke_main_conf_t  *mcf;

    if (lcf->health) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (cf->args->nelts == 2 && ngx_strcmp(value[1].data, "live") != 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"%V\", it must be "
                           "\"live\" or nothing", &value[1], &cmd->name);
        return NGX_CONF_ERROR;
    }

    rv = ngx_invoke_conf_handler(cf, cmd, lcf, ngx_invoke_endpoint_health);

    lcf->health = (cf->args->nelts == 2) ? NGX_INVOKE_HEALTH_LIVE
                                         : NGX_INVOKE_HEALTH_ALL;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_invoke_module);
    mcf->health = 1;

    return rv;
}


char *
ngx_invoke_conf_cache(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_invoke_loc_conf_t *lcf = conf;

    char  *rv;

    if (lcf->cache) {
        return "is duplicate";
    }

    rv = ngx_invoke_conf_handler(cf, cmd, lcf, ngx_invoke_cache_handler);
    lcf->cache = 1;

    return rv;
}


static char *
ngx_invoke_conf_check_time(ngx_conf_t *cf, void *post, void *data)
{
    ngx_msec_t *time = data;

    return *time ? NGX_CONF_OK : "takes a time above 0";
}


static char *
ngx_invoke_conf_check_size(ngx_conf_t *cf, void *post, void *data)
{
    size_t *size = data;

    return *size ? NGX_CONF_OK : "takes a size above 0";
}


static char *
ngx_invoke_conf_check_memory(ngx_conf_t *cf, void *post, void *data)
{
    size_t *size = data;

    if (*size < NGX_INVOKE_MEMORY_MIN) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"invoke_memory_limit\" must be at least %uzm",
                           (size_t) NGX_INVOKE_MEMORY_MIN / 1024 / 1024);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_invoke_conf_check_concurrency(ngx_conf_t *cf, void *post, void *data)
{
    ngx_int_t *n = data;

    return *n >= 1 && *n <= NGX_INVOKE_SLOTS
           ? NGX_CONF_OK
           : "takes a number from 1 to " ngx_value(NGX_INVOKE_SLOTS);
}
