
#include "ngx_invoke_postgres.h"
#include "ngx_invoke_secret.h"


/* of one address, ms; connect_timeout may say otherwise */
#define NGX_INVOKE_POSTGRES_CONNECT_TIMEOUT  3000


typedef struct {
    const char  *keyword;
    const char  *value;
} ngx_invoke_postgres_option_t;


static const char *ngx_invoke_postgres_conf_error(const char *error,
    char *buf, size_t size);
static char *ngx_invoke_postgres_conf_options(ngx_conf_t *cf,
    PQconninfoOption *options, ngx_invoke_postgres_conf_t *conf);
static char *ngx_invoke_postgres_conf_option(ngx_conf_t *cf,
    PQconninfoOption *option, ngx_invoke_postgres_conf_t *conf);
static char *ngx_invoke_postgres_conf_value(ngx_conf_t *cf,
    PQconninfoOption *option, const char *const *allowed);
static void ngx_invoke_postgres_conf_passfile(ngx_conf_t *cf,
    const char *path);
static char *ngx_invoke_postgres_conf_hosts(ngx_conf_t *cf,
    PQconninfoOption *options, ngx_invoke_postgres_conf_t *conf);
static char *ngx_invoke_postgres_conf_list(ngx_conf_t *cf,
    PQconninfoOption *options, const char *keyword, ngx_array_t *list);
static char *ngx_invoke_postgres_conf_port(ngx_conf_t *cf, const char *port);
static const char *ngx_invoke_postgres_conf_get(PQconninfoOption *options,
    const char *keyword);
static char *ngx_invoke_postgres_conf_copy(ngx_conf_t *cf, const char *text,
    size_t len);


static const char *const  ngx_invoke_postgres_sessions[] = {
    "any", "read-write", "read-only", "primary", "standby", "prefer-standby",
    NULL
};

static const char *const  ngx_invoke_postgres_sslmodes[] = {
    "disable", "allow", "prefer", "require", "verify-ca", "verify-full", NULL
};

/*
 * What a conninfo that says nothing of it gets: a server that does not answer
 * is found out sooner than the kernel would; encryption by GSSAPI begins with
 * look-ups that block.
 */

static const ngx_invoke_postgres_option_t  ngx_invoke_postgres_defaults[] = {
    { "fallback_application_name", "ngx_invoke" },
    { "gssencmode", "disable" },
    { "keepalives_idle", "10" },
    { "keepalives_interval", "3" },
    { "keepalives_count", "3" },
    { "tcp_user_timeout", "10000" },
    { NULL, NULL }
};


char *
ngx_invoke_postgres_conf(ngx_conf_t *cf, ngx_str_t *conninfo,
    ngx_invoke_postgres_conf_t *conf)
{
    char              *error, *rv, text[256];
    PQconninfoOption  *options;

    if (conninfo->len == 0) {
        return "has an empty conninfo";
    }

    options = PQconninfoParse((char *) conninfo->data, &error);

    if (options == NULL) {
        if (error == NULL) {
            return NGX_CONF_ERROR;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "invalid conninfo: %s",
                           ngx_invoke_postgres_conf_error(error, text,
                                                          sizeof(text)));
        PQfreemem(error);

        return NGX_CONF_ERROR;
    }

    conf->conninfo = *conninfo;
    conf->connect_timeout = NGX_INVOKE_POSTGRES_CONNECT_TIMEOUT;

    rv = ngx_invoke_postgres_conf_options(cf, options, conf);

    if (rv == NGX_CONF_OK) {
        rv = ngx_invoke_postgres_conf_hosts(cf, options, conf);
    }

    PQconninfoFree(options);

    return rv;
}


/*
 * libpq quotes what it does not understand, which may be a part of a secret:
 * of that only the name of a parameter is told.
 */

static const char *
ngx_invoke_postgres_conf_error(const char *error, char *buf, size_t size)
{
    size_t       len;
    const char  *quote, *p;

    quote = strchr(error, '"');

    if (quote == NULL) {
        len = strcspn(error, "\n");
        (void) snprintf(buf, size, "%.*s", (int) len, error);
        return buf;
    }

    len = quote - error;

    if (strncmp(error, "missing \"=\" after ", 18) == 0) {
        return "there is no \"=\" after the name of a parameter";
    }

    if (strncmp(error, "invalid connection option ", len) == 0
        || strncmp(error, "invalid URI query parameter: ", len) == 0)
    {
        p = quote + 1;
        p += strspn(p, "abcdefghijklmnopqrstuvwxyz_");

        if (*p == '"' && p - quote < 40) {
            (void) snprintf(buf, size, "unknown parameter \"%.*s\"",
                            (int) (p - quote - 1), quote + 1);
            return buf;
        }

        return "unknown parameter";
    }

    while (len && (error[len - 1] == ' ' || error[len - 1] == ':')) {
        len--;
    }

    (void) snprintf(buf, size, "%.*s", (int) len, error);

    return buf;
}


static char *
ngx_invoke_postgres_conf_options(ngx_conf_t *cf, PQconninfoOption *options,
    ngx_invoke_postgres_conf_t *conf)
{
    char                                *rv;
    ngx_uint_t                           n;
    PQconninfoOption                    *option;
    const ngx_invoke_postgres_option_t  *o;

    n = 0;

    for (option = options; option->keyword; option++) {
        n++;
    }

    /* one more for client_encoding, whether or not it was given */

    conf->keywords = ngx_pcalloc(cf->pool, (n + 1) * sizeof(char *));
    conf->values = ngx_pcalloc(cf->pool, (n + 1) * sizeof(char *));

    if (conf->keywords == NULL || conf->values == NULL) {
        return NGX_CONF_ERROR;
    }

    for (option = options; option->keyword; option++) {

        if (option->val && option->val[0]) {
            rv = ngx_invoke_postgres_conf_option(cf, option, conf);

            if (rv != NGX_CONF_OK) {
                return rv;
            }

            continue;
        }

        for (o = ngx_invoke_postgres_defaults; o->keyword; o++) {
            if (strcmp(o->keyword, option->keyword) == 0) {
                conf->keywords[conf->n] = o->keyword;
                conf->values[conf->n++] = o->value;
            }
        }
    }

    conf->keywords[conf->n] = "client_encoding";
    conf->values[conf->n++] = "UTF8";

    return NGX_CONF_OK;
}


static char *
ngx_invoke_postgres_conf_option(ngx_conf_t *cf, PQconninfoOption *option,
    ngx_invoke_postgres_conf_t *conf)
{
    char       *rv;
    ngx_int_t   n;
    ngx_str_t   value;

    value.data = (u_char *) option->val;
    value.len = ngx_strlen(option->val);

    if (strcmp(option->keyword, "host") == 0
        || strcmp(option->keyword, "hostaddr") == 0
        || strcmp(option->keyword, "port") == 0
        || strcmp(option->keyword, "client_encoding") == 0)
    {
        return NGX_CONF_OK;
    }

    /* a server that it names would be looked up on the event loop */

    if (strcmp(option->keyword, "service") == 0) {
        return "does not take the parameter \"service\" of a conninfo";
    }

    if (strcmp(option->keyword, "connect_timeout") == 0) {
        n = ngx_atoi(value.data, value.len);

        if (n == NGX_ERROR || n > 3600) {
            return "has an invalid \"connect_timeout\"";
        }

        if (n) {
            conf->connect_timeout = n * 1000;
        }

        return NGX_CONF_OK;
    }

    if (strcmp(option->keyword, "load_balance_hosts") == 0) {
        conf->shuffle = (strcmp(option->val, "random") == 0);
        return NGX_CONF_OK;
    }

    rv = NGX_CONF_OK;

    if (strcmp(option->keyword, "sslmode") == 0) {
        rv = ngx_invoke_postgres_conf_value(cf, option,
                                            ngx_invoke_postgres_sslmodes);

    } else if (strcmp(option->keyword, "target_session_attrs") == 0) {
        rv = ngx_invoke_postgres_conf_value(cf, option,
                                            ngx_invoke_postgres_sessions);

    } else if (strcmp(option->keyword, "password") == 0
               || strcmp(option->keyword, "sslpassword") == 0)
    {
        rv = ngx_invoke_conf_secret(cf, &value);

    } else if (strcmp(option->keyword, "passfile") == 0) {
        ngx_invoke_postgres_conf_passfile(cf, option->val);
    }

    if (rv != NGX_CONF_OK) {
        return rv;
    }

    value.data = (u_char *) ngx_invoke_postgres_conf_copy(cf,
                                            (char *) value.data, value.len);
    if (value.data == NULL) {
        return NGX_CONF_ERROR;
    }

    if (strcmp(option->keyword, "target_session_attrs") == 0) {
        conf->session = (char *) value.data;
        return NGX_CONF_OK;
    }

    conf->keywords[conf->n] = option->keyword;
    conf->values[conf->n++] = (char *) value.data;

    return NGX_CONF_OK;
}


static char *
ngx_invoke_postgres_conf_value(ngx_conf_t *cf, PQconninfoOption *option,
    const char *const *allowed)
{
    for ( /* void */ ; *allowed; allowed++) {
        if (strcmp(option->val, *allowed) == 0) {
            return NGX_CONF_OK;
        }
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "invalid conninfo: invalid value of \"%s\"",
                       option->keyword);

    return NGX_CONF_ERROR;
}


/* libpq would say nothing of it, or say it on stderr, at each connection. */

static void
ngx_invoke_postgres_conf_passfile(ngx_conf_t *cf, const char *path)
{
    ngx_file_info_t  fi;

    if (ngx_file_info(path, &fi) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, ngx_errno,
                           ngx_file_info_n " \"%s\" failed, "
                           "there is no \"passfile\"", path);

    } else if (fi.st_mode & (S_IRWXG|S_IRWXO)) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"%s\" is not used as \"passfile\", "
                           "others than its owner may access it", path);
    }
}


/* As libpq pairs the lists: a port may be one for all. */

static char *
ngx_invoke_postgres_conf_hosts(ngx_conf_t *cf, PQconninfoOption *options,
    ngx_invoke_postgres_conf_t *conf)
{
    char                        *rv;
    const char                 **name, **address, **port;
    ngx_uint_t                   i, n;
    ngx_array_t                  names, addresses, ports;
    ngx_invoke_postgres_host_t  *host;

    if ((rv = ngx_invoke_postgres_conf_list(cf, options, "host", &names))
            != NGX_CONF_OK
        || (rv = ngx_invoke_postgres_conf_list(cf, options, "hostaddr",
                                               &addresses))
           != NGX_CONF_OK
        || (rv = ngx_invoke_postgres_conf_list(cf, options, "port", &ports))
           != NGX_CONF_OK)
    {
        return rv;
    }

    n = addresses.nelts ? addresses.nelts : names.nelts ? names.nelts : 1;

    if ((names.nelts && names.nelts != n)
        || (ports.nelts > 1 && ports.nelts != n))
    {
        return "has lists of hosts, addresses and ports of different lengths";
    }

    name = names.elts;
    address = addresses.elts;
    port = ports.elts;

    if (ngx_array_init(&conf->hosts, cf->pool, n,
                       sizeof(ngx_invoke_postgres_host_t))
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    for (i = 0; i < n; i++) {
        host = ngx_array_push(&conf->hosts);

        host->host = names.nelts ? name[i] : NULL;
        host->hostaddr = addresses.nelts ? address[i] : NULL;
        host->port = ports.nelts ? port[ports.nelts > 1 ? i : 0] : NULL;

        if (host->port) {
            rv = ngx_invoke_postgres_conf_port(cf, host->port);

            if (rv != NGX_CONF_OK) {
                return rv;
            }
        }
    }

    return NGX_CONF_OK;
}


/* Empty members of a list are NULL. */

static char *
ngx_invoke_postgres_conf_list(ngx_conf_t *cf, PQconninfoOption *options,
    const char *keyword, ngx_array_t *list)
{
    size_t       len;
    const char  *p, **member;

    if (ngx_array_init(list, cf->temp_pool, 4, sizeof(char *)) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    p = ngx_invoke_postgres_conf_get(options, keyword);

    if (p == NULL) {
        return NGX_CONF_OK;
    }

    for ( ;; ) {
        len = strcspn(p, ",");

        member = ngx_array_push(list);
        if (member == NULL) {
            return NGX_CONF_ERROR;
        }

        *member = NULL;

        if (len) {
            *member = ngx_invoke_postgres_conf_copy(cf, p, len);
            if (*member == NULL) {
                return NGX_CONF_ERROR;
            }
        }

        if (p[len] == '\0') {
            return NGX_CONF_OK;
        }

        p += len + 1;
    }
}


static char *
ngx_invoke_postgres_conf_port(ngx_conf_t *cf, const char *port)
{
    ngx_int_t  n;

    n = ngx_atoi((u_char *) port, ngx_strlen(port));

    if (n < 1 || n > 65535) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "invalid conninfo: invalid value of \"port\"");
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* What was given, or NULL. */

static const char *
ngx_invoke_postgres_conf_get(PQconninfoOption *options, const char *keyword)
{
    for ( /* void */ ; options->keyword; options++) {
        if (strcmp(options->keyword, keyword) == 0) {
            return options->val && options->val[0] ? options->val : NULL;
        }
    }

    return NULL;
}


static char *
ngx_invoke_postgres_conf_copy(ngx_conf_t *cf, const char *text, size_t len)
{
    u_char  *p;

    p = ngx_pnalloc(cf->pool, len + 1);

    if (p) {
        *ngx_cpymem(p, text, len) = '\0';
    }

    return (char *) p;
}
