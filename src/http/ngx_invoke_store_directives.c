
#include "ngx_invoke_http.h"


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
