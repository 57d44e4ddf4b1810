
#include "ngx_invoke_http.h"
#include "ngx_invoke_headers.h"

#include <cjson/cJSON.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>


#define NGX_INVOKE_GATEWAY_SIGNATURE  32        /* bytes of HMAC-SHA-256 */
#define NGX_INVOKE_GATEWAY_TOKEN      8192


static ngx_int_t ngx_invoke_gateway_signed(ngx_str_t *secret, ngx_str_t *text,
    ngx_str_t *signature, ngx_pool_t *pool);
static cJSON *ngx_invoke_gateway_json(ngx_str_t *part, ngx_pool_t *pool);
static ngx_uint_t ngx_invoke_gateway_current(cJSON *claims);
static ngx_int_t ngx_invoke_gateway_ip(ngx_invoke_ctx_t *ctx, cJSON *claims);


/*
 * JSON Web Token, RFC 7519, with the one algorithm HS256 of RFC 7518: what the
 * token itself names is not asked for more than that.
 */

ngx_int_t
ngx_invoke_gateway_check(ngx_invoke_ctx_t *ctx)
{
    cJSON                   *header, *claims, *alg;
    u_char                  *dot, *second, *last;
    ngx_int_t                rc;
    ngx_str_t                token, text, signature, part[2];
    ngx_pool_t              *pool;
    ngx_table_elt_t         *h;
    ngx_invoke_main_conf_t  *mcf;

    static ngx_str_t         name = ngx_string("x-invoke-data");

    mcf = ngx_http_get_module_main_conf(ctx->request, ngx_invoke_module);

    if (mcf->gateway_secret.len == 0) {
        return NGX_OK;
    }

    h = ngx_invoke_headers_find(&ctx->request->headers_in.headers, &name);

    if (h == NULL || h->value.len == 0) {
        return NGX_OK;
    }

    token = h->value;
    last = token.data + token.len;
    pool = ctx->request->pool;

    dot = ngx_strlchr(token.data, last, '.');
    second = dot ? ngx_strlchr(dot + 1, last, '.') : NULL;

    if (second == NULL || token.len > NGX_INVOKE_GATEWAY_TOKEN) {
        return NGX_DECLINED;
    }

    part[0].data = token.data;
    part[0].len = dot - token.data;
    part[1].data = dot + 1;
    part[1].len = second - dot - 1;
    text.data = token.data;
    text.len = second - token.data;
    signature.data = second + 1;
    signature.len = last - second - 1;

    if (ngx_invoke_gateway_signed(&mcf->gateway_secret, &text, &signature,
                                  pool)
        != NGX_OK)
    {
        return NGX_DECLINED;
    }

    header = ngx_invoke_gateway_json(&part[0], pool);
    claims = ngx_invoke_gateway_json(&part[1], pool);

    alg = cJSON_GetObjectItemCaseSensitive(header, "alg");

    rc = NGX_DECLINED;

    if (cJSON_IsString(alg) && ngx_strcmp(alg->valuestring, "HS256") == 0
        && ngx_invoke_gateway_current(claims))
    {
        rc = ngx_invoke_gateway_ip(ctx, claims);
    }

    ctx->trusted = (rc == NGX_OK);

    cJSON_Delete(header);
    cJSON_Delete(claims);

    return rc;
}


static ngx_int_t
ngx_invoke_gateway_signed(ngx_str_t *secret, ngx_str_t *text,
    ngx_str_t *signature, ngx_pool_t *pool)
{
    u_char        hash[EVP_MAX_MD_SIZE];
    ngx_str_t     given;
    unsigned int  len;

    given.data = ngx_pnalloc(pool, ngx_base64_decoded_length(signature->len));

    if (given.data == NULL
        || ngx_decode_base64url(&given, signature) != NGX_OK
        || given.len != NGX_INVOKE_GATEWAY_SIGNATURE)
    {
        return NGX_DECLINED;
    }

    if (HMAC(EVP_sha256(), secret->data, secret->len, text->data, text->len,
             hash, &len)
        == NULL)
    {
        return NGX_ERROR;
    }

    return CRYPTO_memcmp(hash, given.data, given.len) == 0 ? NGX_OK
                                                           : NGX_DECLINED;
}


static cJSON *
ngx_invoke_gateway_json(ngx_str_t *part, ngx_pool_t *pool)
{
    ngx_str_t  text;

    text.data = ngx_pnalloc(pool, ngx_base64_decoded_length(part->len) + 1);

    if (text.data == NULL || ngx_decode_base64url(&text, part) != NGX_OK) {
        return NULL;
    }

    text.data[text.len] = '\0';

    return cJSON_ParseWithLengthOpts((char *) text.data, text.len + 1, NULL,
                                     1);
}


/* Whether it has begun and is not over: a token without an end is none. */

static ngx_uint_t
ngx_invoke_gateway_current(cJSON *claims)
{
    double   now;
    cJSON   *from, *until;

    now = (double) ngx_time();

    from = cJSON_GetObjectItemCaseSensitive(claims, "nbf");
    until = cJSON_GetObjectItemCaseSensitive(claims, "exp");

    if (from && (!cJSON_IsNumber(from) || from->valuedouble > now)) {
        return 0;
    }

    return cJSON_IsNumber(until) && until->valuedouble > now;
}


static ngx_int_t
ngx_invoke_gateway_ip(ngx_invoke_ctx_t *ctx, cJSON *claims)
{
    cJSON  *ip;

    ip = cJSON_GetObjectItemCaseSensitive(claims, "clientIp");

    if (!cJSON_IsString(ip)) {
        return NGX_OK;
    }

    ctx->client_ip.len = ngx_strlen(ip->valuestring);
    ctx->client_ip.data = ngx_pnalloc(ctx->request->pool, ctx->client_ip.len);

    if (ctx->client_ip.data == NULL) {
        ctx->client_ip.len = 0;
        return NGX_ERROR;
    }

    ngx_memcpy(ctx->client_ip.data, ip->valuestring, ctx->client_ip.len);

    return NGX_OK;
}
