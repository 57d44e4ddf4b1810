
#include "ngx_invoke_http.h"
#include "ngx_invoke_params.h"


/* What invoke_egress_limits and invoke_egress_timeout are where not given. */

#define NGX_INVOKE_EGRESS_SOCKETS   64
#define NGX_INVOKE_EGRESS_CONNECTS  256
#define NGX_INVOKE_EGRESS_BYTES     (64 * 1024 * 1024)
#define NGX_INVOKE_EGRESS_DNS       64
#define NGX_INVOKE_EGRESS_TIMEOUT   10000

/* More sockets than that no worker has for one context. */
#define NGX_INVOKE_EGRESS_MOST      65536


static char *ngx_invoke_conf_resolver_server(ngx_conf_t *cf,
    ngx_invoke_resolver_t *resolver, ngx_str_t *value);
static ngx_invoke_egress_t *ngx_invoke_egress_policy(ngx_conf_t *cf,
    ngx_invoke_main_conf_t *mcf, ngx_invoke_egress_conf_t *conf);
static void ngx_invoke_egress_cleanup(void *data);


char *
ngx_invoke_conf_egress(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_invoke_loc_conf_t *lcf = conf;

    ngx_str_t                 *value;
    ngx_uint_t                 bad;
    const char                *err;
    ngx_invoke_egress_rule_t  *rule;

    if (lcf->egress == NGX_CONF_UNSET_PTR) {
        lcf->egress = ngx_array_create(cf->pool, 4,
                                       sizeof(ngx_invoke_egress_rule_t));
        if (lcf->egress == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    rule = ngx_array_push(lcf->egress);
    if (rule == NULL) {
        return NGX_CONF_ERROR;
    }

    value = cf->args->elts;

    err = ngx_invoke_egress_rule_read(rule, &value[1], cf->args->nelts - 1,
                                      &bad);

    if (err != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid value \"%V\" in \"%V\": %s",
                           &value[1 + bad], &cmd->name, err);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_invoke_conf_egress_limits(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_invoke_loc_conf_t *lcf = conf;

    ngx_invoke_egress_limits_t  *limits = &lcf->egress_limits;

    ngx_invoke_param_t  params[] = {
        ngx_invoke_param("sockets", NUMBER, 0, NGX_INVOKE_EGRESS_MOST,
                         &limits->sockets),
        ngx_invoke_param("connects", NUMBER, 0, 0, &limits->connects),
        ngx_invoke_param("bytes", SIZE, 0, 0, &limits->bytes),
        ngx_invoke_param("dns", NUMBER, 0, 0, &limits->dns),
        ngx_invoke_param_null
    };

    if (limits->sockets != NGX_CONF_UNSET_UINT
        || limits->connects != NGX_CONF_UNSET_UINT
        || limits->bytes != NGX_CONF_UNSET_SIZE
        || limits->dns != NGX_CONF_UNSET_UINT)
    {
        return "is duplicate";
    }

    return ngx_invoke_params(cf, 1, params);
}


char *
ngx_invoke_conf_resolver(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_invoke_main_conf_t *mcf = conf;

    ngx_str_t           *value;
    ngx_uint_t           i, system;
    ngx_invoke_param_t   params[] = {
        ngx_invoke_param("timeout", TIME, 1, 0, &mcf->resolver.timeout),
        ngx_invoke_param_null
    };

    if (mcf->resolver.nservers || mcf->resolver.timeout != NGX_CONF_UNSET_MSEC)
    {
        return "is duplicate";
    }

    value = cf->args->elts;
    system = 0;

    for (i = 1; i < cf->args->nelts; i++) {

        if (ngx_strlchr(value[i].data, value[i].data + value[i].len, '='))  {
            break;
        }

        if (ngx_strcmp(value[i].data, "system") == 0) {
            system++;
            continue;
        }

        if (ngx_invoke_conf_resolver_server(cf, &mcf->resolver, &value[i])
            != NGX_CONF_OK)
        {
            return NGX_CONF_ERROR;
        }
    }

    if (system + mcf->resolver.nservers == 0) {
        return "names neither \"system\" nor a server";
    }

    if (system > 1 || (system && mcf->resolver.nservers)) {
        return "has \"system\" beside other servers";
    }

    if (ngx_invoke_params(cf, i, params) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    if (mcf->resolver.timeout == NGX_CONF_UNSET_MSEC) {
        mcf->resolver.timeout = 0;
    }

    return NGX_CONF_OK;
}


/* An address with or without a port: no name, which nobody could resolve. */

static char *
ngx_invoke_conf_resolver_server(ngx_conf_t *cf,
    ngx_invoke_resolver_t *resolver, ngx_str_t *value)
{
    u_char                       *last, *colon;
    ngx_int_t                     port;
    ngx_str_t                     text, number;
    ngx_invoke_egress_ip_t        ip;
    ngx_invoke_egress_address_t  *server;

    if (resolver->nservers == NGX_INVOKE_RESOLVERS) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "more than %d servers in \"invoke_resolver\"",
                           NGX_INVOKE_RESOLVERS);
        return NGX_CONF_ERROR;
    }

    port = 53;
    text = *value;
    last = text.data + text.len;

    colon = ngx_strlchr(text.data, last, ':');

    if (text.len && text.data[0] == '[') {
        colon = ngx_strlchr(text.data, last, ']');
        colon = (colon && colon + 1 < last && colon[1] == ':') ? colon + 1
                                                               : NULL;

    } else if (colon && ngx_strlchr(colon + 1, last, ':')) {
        colon = NULL;
    }

    if (colon) {
        number.data = colon + 1;
        number.len = last - number.data;
        text.len = colon - text.data;

        port = ngx_atoi(number.data, number.len);
    }

    if (port < 1 || port > 65535
        || ngx_invoke_egress_ip_read(&ip, &text) != NGX_OK)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid address \"%V\" in \"invoke_resolver\"",
                           value);
        return NGX_CONF_ERROR;
    }

    server = &resolver->servers[resolver->nservers++];

    if (ip.family == AF_INET) {
        server->in.sin_family = AF_INET;
        server->in.sin_port = htons(port);
        ngx_memcpy(&server->in.sin_addr, ip.bytes, 4);

    } else {
        server->in6.sin6_family = AF_INET6;
        server->in6.sin6_port = htons(port);
        ngx_memcpy(&server->in6.sin6_addr, ip.bytes, 16);
    }

    return NGX_CONF_OK;
}


void
ngx_invoke_egress_unset(ngx_invoke_loc_conf_t *conf)
{
    conf->egress = NGX_CONF_UNSET_PTR;
    conf->egress_private = NGX_CONF_UNSET;
    conf->egress_limits.sockets = NGX_CONF_UNSET_UINT;
    conf->egress_limits.connects = NGX_CONF_UNSET_UINT;
    conf->egress_limits.bytes = NGX_CONF_UNSET_SIZE;
    conf->egress_limits.dns = NGX_CONF_UNSET_UINT;
    conf->egress_limits.timeout = NGX_CONF_UNSET_MSEC;
}


ngx_int_t
ngx_invoke_egress_merge(ngx_conf_t *cf, ngx_invoke_loc_conf_t *prev,
    ngx_invoke_loc_conf_t *conf)
{
    ngx_invoke_main_conf_t      *mcf;
    ngx_invoke_egress_conf_t     egress;
    ngx_invoke_egress_limits_t  *limits = &conf->egress_limits;

    if (conf->egress == NGX_CONF_UNSET_PTR) {
        conf->egress = prev->egress;
    }

    ngx_conf_merge_value(conf->egress_private, prev->egress_private, 0);
    ngx_conf_merge_uint_value(limits->sockets, prev->egress_limits.sockets,
                              NGX_INVOKE_EGRESS_SOCKETS);
    ngx_conf_merge_uint_value(limits->connects, prev->egress_limits.connects,
                              NGX_INVOKE_EGRESS_CONNECTS);
    ngx_conf_merge_size_value(limits->bytes, prev->egress_limits.bytes,
                              NGX_INVOKE_EGRESS_BYTES);
    ngx_conf_merge_uint_value(limits->dns, prev->egress_limits.dns,
                              NGX_INVOKE_EGRESS_DNS);
    ngx_conf_merge_msec_value(limits->timeout, prev->egress_limits.timeout,
                              NGX_INVOKE_EGRESS_TIMEOUT);

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_invoke_module);

    if (!mcf->used) {
        return NGX_OK;
    }

    ngx_memzero(&egress, sizeof(egress));

    egress.limits = *limits;
    egress.resolver = mcf->resolver;
    egress.private = conf->egress_private;

    if (conf->egress != NGX_CONF_UNSET_PTR) {
        egress.rules = conf->egress->elts;
        egress.nrules = conf->egress->nelts;
    }

    conf->limits.egress = ngx_invoke_egress_policy(cf, mcf, &egress);

    return conf->limits.egress ? NGX_OK : NGX_ERROR;
}


/* Locations that say the same have one policy, which the cycle holds. */

static ngx_invoke_egress_t *
ngx_invoke_egress_policy(ngx_conf_t *cf, ngx_invoke_main_conf_t *mcf,
    ngx_invoke_egress_conf_t *conf)
{
    ngx_uint_t             i;
    ngx_pool_cleanup_t    *cln;
    ngx_invoke_egress_t   *policy, **known;

    policy = ngx_invoke_egress_create(conf);
    if (policy == NULL) {
        return NULL;
    }

    known = mcf->egress.elts;

    for (i = 0; i < mcf->egress.nelts; i++) {
        if (ngx_invoke_egress_same(policy, known[i])) {
            ngx_invoke_egress_release(policy);
            return known[i];
        }
    }

    cln = ngx_pool_cleanup_add(cf->pool, 0);

    if (cln == NULL) {
        ngx_invoke_egress_release(policy);
        return NULL;
    }

    cln->handler = ngx_invoke_egress_cleanup;
    cln->data = policy;

    if (mcf->egress.elts == NULL
        && ngx_array_init(&mcf->egress, cf->pool, 4,
                          sizeof(ngx_invoke_egress_t *))
           != NGX_OK)
    {
        return NULL;
    }

    known = ngx_array_push(&mcf->egress);
    if (known == NULL) {
        return NULL;
    }

    *known = policy;

    return policy;
}


static void
ngx_invoke_egress_cleanup(void *data)
{
    ngx_invoke_egress_release(data);
}
