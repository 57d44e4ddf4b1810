
#include "ngx_invoke_http.h"
#include "ngx_invoke_params.h"


#define NGX_INVOKE_REDIS_PORT        6379
#define NGX_INVOKE_REDIS_PREFIX_MAX  128


static char *ngx_invoke_conf_s3_text(ngx_conf_t *cf,
    ngx_invoke_param_t *param, ngx_str_t *value);
static char *ngx_invoke_conf_s3_key(ngx_conf_t *cf, ngx_invoke_param_t *param,
    ngx_str_t *value);
static char *ngx_invoke_conf_s3_ca(ngx_conf_t *cf, ngx_invoke_param_t *param,
    ngx_str_t *value);
static char *ngx_invoke_conf_s3_style(ngx_conf_t *cf,
    ngx_invoke_param_t *param, ngx_str_t *value);
static char *ngx_invoke_conf_s3_url(ngx_conf_t *cf, ngx_str_t *url);
static char *ngx_invoke_conf_redis_address(ngx_conf_t *cf,
    ngx_invoke_redis_conf_t *redis, ngx_str_t *address);
static char *ngx_invoke_conf_redis_text(ngx_conf_t *cf,
    ngx_invoke_param_t *param, ngx_str_t *value);
static char *ngx_invoke_conf_redis_password(ngx_conf_t *cf,
    ngx_invoke_param_t *param, ngx_str_t *value);
static char *ngx_invoke_conf_redis_db(ngx_conf_t *cf,
    ngx_invoke_param_t *param, ngx_str_t *value);
static char *ngx_invoke_conf_redis_prefix(ngx_conf_t *cf,
    ngx_invoke_param_t *param, ngx_str_t *value);
static char *ngx_invoke_conf_redis_tls(ngx_conf_t *cf,
    ngx_invoke_param_t *param, ngx_str_t *value);


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
    ngx_invoke_s3_conf_t  *s3 = &mcf->package.s3;
    ngx_invoke_param_t     params[] = {
        ngx_invoke_param_checked("bucket", TEXT, &s3->bucket,
                                 ngx_invoke_conf_s3_text),
        ngx_invoke_param_checked("region", TEXT, &s3->region,
                                 ngx_invoke_conf_s3_text),
        ngx_invoke_param_checked("access_key", TEXT, &s3->access_key,
                                 ngx_invoke_conf_s3_key),
        ngx_invoke_param_checked("secret_key", TEXT, &s3->secret_key,
                                 ngx_invoke_conf_s3_key),
        ngx_invoke_param_checked("ca", TEXT, &s3->ca, ngx_invoke_conf_s3_ca),
        ngx_invoke_param_checked("style", OTHER, &s3->virtual_host,
                                 ngx_invoke_conf_s3_style),
        ngx_invoke_param_null
    };

    if (s3->url.data) {
        return "is duplicate";
    }

    value = cf->args->elts;
    s3->virtual_host = 0;

    if (ngx_invoke_params(cf, 2, params) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
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

    s3->url = value[1];

    return ngx_invoke_conf_s3_url(cf, &s3->url);
}


static char *
ngx_invoke_conf_s3_text(ngx_conf_t *cf, ngx_invoke_param_t *param,
    ngx_str_t *value)
{
    if (value->len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "parameter \"%V\" is empty",
                           &param->name);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_invoke_conf_s3_key(ngx_conf_t *cf, ngx_invoke_param_t *param,
    ngx_str_t *value)
{
    if (ngx_invoke_conf_s3_text(cf, param, value) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    return ngx_invoke_conf_secret(cf, param->dst);
}


static char *
ngx_invoke_conf_s3_style(ngx_conf_t *cf, ngx_invoke_param_t *param,
    ngx_str_t *value)
{
    ngx_uint_t  *virtual_host = param->dst;

    if (value->len == 4 && ngx_strncmp(value->data, "path", 4) == 0) {
        return NGX_CONF_OK;
    }

    if (value->len == 7 && ngx_strncmp(value->data, "virtual", 7) == 0) {
        *virtual_host = 1;
        return NGX_CONF_OK;
    }

    return ngx_invoke_param_invalid(cf, &param->name, "");
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
ngx_invoke_conf_s3_ca(ngx_conf_t *cf, ngx_invoke_param_t *param,
    ngx_str_t *value)
{
    ngx_fd_t    fd;
    ngx_str_t  *ca = param->dst;

    if (ngx_invoke_conf_s3_text(cf, param, value) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

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
    ngx_invoke_redis_conf_t  *redis = &mcf->redis;
    ngx_invoke_param_t        params[] = {
        ngx_invoke_param_checked("user", TEXT, &redis->user,
                                 ngx_invoke_conf_redis_text),
        ngx_invoke_param_checked("password", TEXT, &redis->password,
                                 ngx_invoke_conf_redis_password),
        ngx_invoke_param_checked("db", TEXT, &redis->db,
                                 ngx_invoke_conf_redis_db),
        ngx_invoke_param_checked("prefix", TEXT, &redis->prefix,
                                 ngx_invoke_conf_redis_prefix),
        ngx_invoke_param_checked("tls", OTHER, redis,
                                 ngx_invoke_conf_redis_tls),
        ngx_invoke_param_null
    };

    if (redis->naddrs) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (ngx_invoke_conf_redis_address(cf, redis, &value[1]) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    if (ngx_invoke_params(cf, 2, params) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
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
ngx_invoke_conf_redis_text(ngx_conf_t *cf, ngx_invoke_param_t *param,
    ngx_str_t *value)
{
    ngx_str_t  *text = param->dst;

    if (text->len == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "empty \"%V\"",
                           &param->name);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* One that a file gives may be empty, too. */

static char *
ngx_invoke_conf_redis_password(ngx_conf_t *cf, ngx_invoke_param_t *param,
    ngx_str_t *value)
{
    if (ngx_invoke_conf_secret(cf, param->dst) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    return ngx_invoke_conf_redis_text(cf, param, value);
}


static char *
ngx_invoke_conf_redis_db(ngx_conf_t *cf, ngx_invoke_param_t *param,
    ngx_str_t *value)
{
    if (ngx_invoke_conf_redis_text(cf, param, value) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    if (ngx_atoi(value->data, value->len) == NGX_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid db \"%V\"", value);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_invoke_conf_redis_prefix(ngx_conf_t *cf, ngx_invoke_param_t *param,
    ngx_str_t *value)
{
    if (value->len > NGX_INVOKE_REDIS_PREFIX_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid prefix \"%V\"",
                           value);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_invoke_conf_redis_tls(ngx_conf_t *cf, ngx_invoke_param_t *param,
    ngx_str_t *value)
{
#if (NGX_SSL)
    ngx_pool_cleanup_t       *cln;
    ngx_invoke_redis_conf_t  *redis = param->dst;
#endif

    if (value->len == 3 && ngx_strncmp(value->data, "off", 3) == 0) {
        return NGX_CONF_OK;
    }

    if (value->len != 2 || ngx_strncmp(value->data, "on", 2) != 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid tls \"%V\"", value);
        return NGX_CONF_ERROR;
    }

#if (NGX_SSL)

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
