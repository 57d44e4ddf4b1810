
#include "ngx_invoke_http.h"


#define NGX_INVOKE_REDIS_PORT        6379
#define NGX_INVOKE_REDIS_PREFIX_MAX  128


static char *ngx_invoke_conf_s3_parameter(ngx_conf_t *cf,
    ngx_invoke_s3_conf_t *s3, ngx_str_t *value);
static char *ngx_invoke_conf_s3_url(ngx_conf_t *cf, ngx_str_t *url);
static char *ngx_invoke_conf_s3_ca(ngx_conf_t *cf, ngx_str_t *ca);
static char *ngx_invoke_conf_redis_address(ngx_conf_t *cf,
    ngx_invoke_redis_conf_t *redis, ngx_str_t *address);
static char *ngx_invoke_conf_redis_param(ngx_conf_t *cf,
    ngx_invoke_redis_conf_t *redis, ngx_str_t *param);
static char *ngx_invoke_conf_redis_tls(ngx_conf_t *cf,
    ngx_invoke_redis_conf_t *redis, ngx_str_t *value);


char *
ngx_invoke_conf_postgres(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_invoke_main_conf_t *mcf = conf;

    ngx_str_t  *value;

    if (mcf->postgres.conninfo.len) {
        return "is duplicate";
    }

    value = cf->args->elts;

    return ngx_invoke_postgres_conf(cf, &value[1], &mcf->postgres);
}


char *
ngx_invoke_conf_s3(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_invoke_main_conf_t *mcf = conf;

    ngx_str_t             *value;
    ngx_uint_t             i;
    ngx_invoke_s3_conf_t  *s3;

    s3 = &mcf->package.s3;

    if (s3->url.data) {
        return "is duplicate";
    }

    value = cf->args->elts;
    s3->virtual_host = NGX_CONF_UNSET_UINT;

    for (i = 2; i < cf->args->nelts; i++) {
        if (ngx_invoke_conf_s3_parameter(cf, s3, &value[i]) != NGX_CONF_OK) {
            return NGX_CONF_ERROR;
        }
    }

    if (s3->bucket.len == 0) {
        return "has no \"bucket=\"";
    }

    if ((s3->access_key.len == 0) != (s3->secret_key.len == 0)) {
        return s3->access_key.len
               ? "has \"access_key=\" without \"secret_key=\""
               : "has \"secret_key=\" without \"access_key=\"";
    }

    if (s3->region.len == 0) {
        ngx_str_set(&s3->region, "us-east-1");
    }

    if (s3->virtual_host == NGX_CONF_UNSET_UINT) {
        s3->virtual_host = 0;
    }

    s3->url = value[1];

    return ngx_invoke_conf_s3_url(cf, &s3->url);
}


/* Of secrets not even an error shows the value. */

static char *
ngx_invoke_conf_s3_parameter(ngx_conf_t *cf, ngx_invoke_s3_conf_t *s3,
    ngx_str_t *value)
{
    size_t      len;
    ngx_str_t   v, name;
    ngx_str_t  *field;
    u_char     *p;

    p = ngx_strlchr(value->data, value->data + value->len, '=');

    if (p == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\"",
                           value);
        return NGX_CONF_ERROR;
    }

    len = p - value->data;

    name.data = value->data;
    name.len = len;

    v.data = p + 1;
    v.len = value->len - len - 1;

#define ngx_invoke_conf_is(s)                                                 \
    (len == sizeof(s) - 1 && ngx_strncmp(value->data, s, sizeof(s) - 1) == 0)

    field = ngx_invoke_conf_is("bucket") ? &s3->bucket
            : ngx_invoke_conf_is("region") ? &s3->region
            : ngx_invoke_conf_is("access_key") ? &s3->access_key
            : ngx_invoke_conf_is("secret_key") ? &s3->secret_key
            : ngx_invoke_conf_is("ca") ? &s3->ca : NULL;

    if (field) {

        if (v.len == 0 || field->data) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               v.len ? "duplicate parameter \"%V\""
                                     : "parameter \"%V\" is empty", &name);
            return NGX_CONF_ERROR;
        }

        *field = v;

        if (field == &s3->access_key || field == &s3->secret_key) {
            return ngx_invoke_conf_secret(cf, field);
        }

        if (field == &s3->ca) {
            return ngx_invoke_conf_s3_ca(cf, field);
        }

        return NGX_CONF_OK;
    }

    if (ngx_invoke_conf_is("style")
        && s3->virtual_host == NGX_CONF_UNSET_UINT)
    {
        if (v.len == 4 && ngx_strncmp(v.data, "path", 4) == 0) {
            s3->virtual_host = 0;
            return NGX_CONF_OK;
        }

        if (v.len == 7 && ngx_strncmp(v.data, "virtual", 7) == 0) {
            s3->virtual_host = 1;
            return NGX_CONF_OK;
        }
    }

#undef ngx_invoke_conf_is

    /* what follows a name that is misspelt may be a secret */

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\"",
                       &name);

    return NGX_CONF_ERROR;
}


/* "http[s]://host[:port]", without the slash that may follow. */

static char *
ngx_invoke_conf_s3_url(ngx_conf_t *cf, ngx_str_t *url)
{
    u_char  *p, *last;

    if (url->len && url->data[url->len - 1] == '/') {
        url->len--;
    }

    last = url->data + url->len;

    if (url->len > 7 && ngx_strncasecmp(url->data, (u_char *) "http://", 7)
                        == 0)
    {
        p = url->data + 7;

    } else if (url->len > 8
               && ngx_strncasecmp(url->data, (u_char *) "https://", 8) == 0)
    {
        p = url->data + 8;

    } else {
        p = last;
    }

    ngx_strlow(url->data, url->data, p - url->data);

    if (p < last) {

        while (p < last && *p > ' ' && *p < 0x7f && ngx_strchr("/?#@\\", *p)
                                                    == NULL)
        {
            p++;
        }

        if (p == last) {
            return NGX_CONF_OK;
        }
    }

    /* it may have a password */

    return "has a URL that is not \"http[s]://host[:port]\"";
}


static char *
ngx_invoke_conf_s3_ca(ngx_conf_t *cf, ngx_str_t *ca)
{
    ngx_fd_t  fd;

    if (ngx_conf_full_name(cf->cycle, ca, 1) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    fd = ngx_open_file(ca->data, NGX_FILE_RDONLY|O_NONBLOCK, NGX_FILE_OPEN,
                       0);

    if (fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           ngx_open_file_n " \"%V\" failed", ca);
        return NGX_CONF_ERROR;
    }

    (void) ngx_close_file(fd);

    return NGX_CONF_OK;
}


char *
ngx_invoke_conf_gateway_secret(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_invoke_main_conf_t *mcf = conf;

    ngx_str_t  *value;

    if (mcf->gateway_secret.data) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (value[1].len == 0) {
        return "is empty";
    }

    mcf->gateway_secret = value[1];

    return ngx_invoke_conf_secret(cf, &mcf->gateway_secret);
}


/* "off", or "on", with bodies or without. */

char *
ngx_invoke_conf_execution_log(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_invoke_loc_conf_t  *lcf = conf;

    ngx_str_t  *value;

    if (lcf->execution_log != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_strcmp(value[1].data, "on") == 0) {
        lcf->execution_log = NGX_INVOKE_LOG_ON;

    } else if (ngx_strcmp(value[1].data, "off") == 0) {
        lcf->execution_log = NGX_INVOKE_LOG_OFF;

    } else {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\", it must be \"on\" or "
                           "\"off\"", &value[1]);
        return NGX_CONF_ERROR;
    }

    if (cf->args->nelts == 2) {
        return NGX_CONF_OK;
    }

    if (lcf->execution_log == NGX_INVOKE_LOG_ON) {

        if (ngx_strcmp(value[2].data, "bodies=on") == 0) {
            lcf->execution_log = NGX_INVOKE_LOG_BODIES;
            return NGX_CONF_OK;
        }

        if (ngx_strcmp(value[2].data, "bodies=off") == 0) {
            return NGX_CONF_OK;
        }
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\"",
                       &value[2]);

    return NGX_CONF_ERROR;
}


char *
ngx_invoke_conf_redis(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_invoke_main_conf_t *mcf = conf;

    ngx_str_t                *value;
    ngx_uint_t                i;
    ngx_invoke_redis_conf_t  *redis;

    redis = &mcf->redis;

    if (redis->naddrs) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_invoke_conf_redis_address(cf, redis, &value[1]) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    for (i = 2; i < cf->args->nelts; i++) {
        if (ngx_invoke_conf_redis_param(cf, redis, &value[i]) != NGX_CONF_OK) {
            return NGX_CONF_ERROR;
        }
    }

    if (redis->user.data && redis->password.data == NULL) {
        return "has \"user=\" without \"password=\"";
    }

    if (redis->prefix.data == NULL) {
        ngx_str_set(&redis->prefix, "invoke:");
    }

    return NGX_CONF_OK;
}


/* Names are looked up here, once, as those of proxy_pass are. */

static char *
ngx_invoke_conf_redis_address(ngx_conf_t *cf, ngx_invoke_redis_conf_t *redis,
    ngx_str_t *address)
{
    ngx_url_t  u;

    ngx_memzero(&u, sizeof(ngx_url_t));

    u.url = *address;
    u.default_port = NGX_INVOKE_REDIS_PORT;

    if (ngx_parse_url(cf->pool, &u) != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s in \"%V\"",
                           u.err ? u.err : "invalid address", address);
        return NGX_CONF_ERROR;
    }

    redis->name = u.url;
    redis->addrs = u.addrs;
    redis->naddrs = u.naddrs;
    redis->host = u.host;

    /* as in a certificate */

    if (redis->host.len > 2 && redis->host.data[0] == '[') {
        redis->host.data++;
        redis->host.len -= 2;
    }

    return NGX_CONF_OK;
}


static char *
ngx_invoke_conf_redis_param(ngx_conf_t *cf, ngx_invoke_redis_conf_t *redis,
    ngx_str_t *param)
{
    u_char      *p;
    ngx_str_t    name, value, *slot, tls;
    ngx_uint_t   i;

    struct {
        ngx_str_t   name;
        ngx_str_t  *slot;
    } params[] = {
        { ngx_string("user"), &redis->user },
        { ngx_string("password"), &redis->password },
        { ngx_string("db"), &redis->db },
        { ngx_string("prefix"), &redis->prefix },
        { ngx_string("tls"), &tls }
    };

    ngx_str_null(&tls);

    p = ngx_strlchr(param->data, param->data + param->len, '=');

    name.data = param->data;
    name.len = p ? (size_t) (p - param->data) : param->len;

    slot = NULL;

    for (i = 0; i < sizeof(params) / sizeof(params[0]); i++) {
        if (name.len == params[i].name.len
            && ngx_strncmp(name.data, params[i].name.data, name.len) == 0)
        {
            slot = params[i].slot;
        }
    }

    /* what follows the name may be a secret */

    if (p == NULL || slot == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid parameter \"%V\"",
                           &name);
        return NGX_CONF_ERROR;
    }

    value.data = p + 1;
    value.len = param->data + param->len - value.data;

    if (slot->data) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "duplicate parameter \"%V\"",
                           &name);
        return NGX_CONF_ERROR;
    }

    *slot = value;

    if (slot == &tls) {
        return ngx_invoke_conf_redis_tls(cf, redis, &value);
    }

    if (slot == &redis->password
        && ngx_invoke_conf_secret(cf, slot) != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (slot->len == 0 && slot != &redis->prefix) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "empty \"%V\"", &name);
        return NGX_CONF_ERROR;
    }

    if ((slot == &redis->db && ngx_atoi(value.data, value.len) == NGX_ERROR)
        || (slot == &redis->prefix && value.len > NGX_INVOKE_REDIS_PREFIX_MAX))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid %V \"%V\"", &name,
                           &value);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_invoke_conf_redis_tls(ngx_conf_t *cf, ngx_invoke_redis_conf_t *redis,
    ngx_str_t *value)
{
#if (NGX_SSL)
    ngx_pool_cleanup_t  *cln;
#endif

    if (value->len == 3 && ngx_strncmp(value->data, "off", 3) == 0) {
        return NGX_CONF_OK;
    }

    if (value->len != 2 || ngx_strncmp(value->data, "on", 2) != 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid tls \"%V\"", value);
        return NGX_CONF_ERROR;
    }

#if (NGX_SSL)

    if (redis->ssl) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "duplicate parameter \"tls\"");
        return NGX_CONF_ERROR;
    }

    redis->ssl = ngx_pcalloc(cf->pool, sizeof(ngx_ssl_t));
    if (redis->ssl == NULL) {
        return NGX_CONF_ERROR;
    }

    redis->ssl->log = cf->log;

    if (ngx_ssl_create(redis->ssl, NGX_SSL_TLSv1_2|NGX_SSL_TLSv1_3, NULL)
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        ngx_ssl_cleanup_ctx(redis->ssl);
        return NGX_CONF_ERROR;
    }

    cln->handler = ngx_ssl_cleanup_ctx;
    cln->data = redis->ssl;

    if (SSL_CTX_set_default_verify_paths(redis->ssl->ctx) != 1) {
        ngx_ssl_error(NGX_LOG_EMERG, cf->log, 0,
                      "SSL_CTX_set_default_verify_paths() failed");
        return NGX_CONF_ERROR;
    }

    SSL_CTX_set_verify(redis->ssl->ctx, SSL_VERIFY_PEER, NULL);

    return NGX_CONF_OK;

#else

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"tls=on\" needs an nginx that was built with SSL");
    return NGX_CONF_ERROR;

#endif
}
