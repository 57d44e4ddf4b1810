
#include "ngx_invoke_bind.h"
#include "ngx_invoke_ada.h"
#include "ngx_invoke_encode.h"


/* What update() changes: the numbers of lib/internal/url.js. */

typedef enum {
    NGX_INVOKE_URL_PROTOCOL = 0,
    NGX_INVOKE_URL_HOST,
    NGX_INVOKE_URL_HOSTNAME,
    NGX_INVOKE_URL_PORT,
    NGX_INVOKE_URL_USERNAME,
    NGX_INVOKE_URL_PASSWORD,
    NGX_INVOKE_URL_PATHNAME,
    NGX_INVOKE_URL_SEARCH,
    NGX_INVOKE_URL_HASH,
    NGX_INVOKE_URL_HREF
} ngx_invoke_url_part_e;


#define NGX_INVOKE_URL_COMPONENTS  9


static void ngx_invoke_bind_url_parse(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_url_can_parse(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_url_update(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_url_format(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_to_ascii(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_to_unicode(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_domain_to_ascii(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_domain_to_unicode(ngx_invoke_v8_call_t *call);


const ngx_invoke_v8_native_t  ngx_invoke_bind_url[] = {
    { "parse", ngx_invoke_bind_url_parse },
    { "canParse", ngx_invoke_bind_url_can_parse },
    { "update", ngx_invoke_bind_url_update },
    { "format", ngx_invoke_bind_url_format },
    { "toASCII", ngx_invoke_bind_to_ascii },
    { "toUnicode", ngx_invoke_bind_to_unicode },
    { "domainToASCII", ngx_invoke_bind_domain_to_ascii },
    { "domainToUnicode", ngx_invoke_bind_domain_to_unicode },
    { NULL, NULL }
};


/* actor thread, all of this file */

static void
ngx_invoke_url_return(ngx_invoke_v8_call_t *call, const char *data,
    size_t len)
{
    ngx_invoke_v8_return(call,
                         ngx_invoke_encode_make(call, NGX_INVOKE_ENCODE_UTF8,
                                              (const uint8_t *) data, len));
}


static void
ngx_invoke_url_return_false(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_v8_return(call, ngx_invoke_v8_new_boolean(call, 0));
}


/*
 * Returns the href and puts the places of its components, which Node's
 * JavaScript cuts it by, into the Uint32Array that argument i is.
 */

static void
ngx_invoke_url_return_parts(ngx_invoke_v8_call_t *call, ada_url url, int i)
{
    size_t                     len;
    uint8_t                   *data;
    uint32_t                   places[NGX_INVOKE_URL_COMPONENTS];
    ada_string                 href;
    const ada_url_components  *c;

    c = ada_get_components(url);

    places[0] = c->protocol_end;
    places[1] = c->username_end;
    places[2] = c->host_start;
    places[3] = c->host_end;
    places[4] = c->port;
    places[5] = c->pathname_start;
    places[6] = c->search_start;
    places[7] = c->hash_start;
    places[8] = ada_get_scheme_type(url);

    if (ngx_invoke_v8_bytes(ngx_invoke_v8_arg(call, i), &data, &len) == 0
        && len >= sizeof(places))
    {
        ngx_memcpy(data, places, sizeof(places));
    }

    href = ada_get_href(url);
    ngx_invoke_url_return(call, href.data, href.length);
}


/*
 * The first two arguments of parse() and canParse(): malloc'ed, base.data NULL
 * when there is none. NGX_ERROR: an exception is pending.
 */

static ngx_int_t
ngx_invoke_url_input(ngx_invoke_v8_call_t *call, ngx_str_t *input,
    ngx_str_t *base)
{
    ngx_str_null(base);

    *input = ngx_invoke_bind_string(call, 0, NGX_INVOKE_V8_UTF8);
    if (input->data == NULL) {
        return NGX_ERROR;
    }

    if (ngx_invoke_v8_type(ngx_invoke_v8_arg(call, 1))
        == NGX_INVOKE_V8_STRING)
    {
        *base = ngx_invoke_bind_string(call, 1, NGX_INVOKE_V8_UTF8);
        if (base->data == NULL) {
            free(input->data);
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* parse(input, base, components): the href, or false */

static void
ngx_invoke_bind_url_parse(ngx_invoke_v8_call_t *call)
{
    ada_url    url;
    ngx_str_t  input, base;

    if (ngx_invoke_url_input(call, &input, &base) != NGX_OK) {
        return;
    }

    url = base.data != NULL
          ? ada_parse_with_base((char *) input.data, input.len,
                                (char *) base.data, base.len)
          : ada_parse((char *) input.data, input.len);

    free(input.data);
    free(base.data);

    if (ada_is_valid(url)) {
        ngx_invoke_url_return_parts(call, url, 2);

    } else {
        ngx_invoke_url_return_false(call);
    }

    ada_free(url);
}


/* canParse(input, base) */

static void
ngx_invoke_bind_url_can_parse(ngx_invoke_v8_call_t *call)
{
    bool       can;
    ngx_str_t  input, base;

    if (ngx_invoke_url_input(call, &input, &base) != NGX_OK) {
        return;
    }

    can = base.data != NULL
          ? ada_can_parse_with_base((char *) input.data, input.len,
                                    (char *) base.data, base.len)
          : ada_can_parse((char *) input.data, input.len);

    free(input.data);
    free(base.data);

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_boolean(call, can));
}


/* update(href, part, value, components): the new href, or false */

static void
ngx_invoke_bind_url_update(ngx_invoke_v8_call_t *call)
{
    bool       done;
    char      *data;
    ada_url    url;
    int32_t    part;
    ngx_str_t  href, value;

    part = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1));

    href = ngx_invoke_bind_string(call, 0, NGX_INVOKE_V8_UTF8);
    if (href.data == NULL) {
        return;
    }

    value = ngx_invoke_bind_string(call, 2, NGX_INVOKE_V8_UTF8);
    if (value.data == NULL) {
        free(href.data);
        return;
    }

    data = (char *) value.data;
    url = ada_parse((char *) href.data, href.len);
    done = ada_is_valid(url);

    if (done) {
        switch (part) {

        case NGX_INVOKE_URL_PROTOCOL:
            done = ada_set_protocol(url, data, value.len);
            break;

        case NGX_INVOKE_URL_HOST:
            done = ada_set_host(url, data, value.len);
            break;

        case NGX_INVOKE_URL_HOSTNAME:
            done = ada_set_hostname(url, data, value.len);
            break;

        case NGX_INVOKE_URL_PORT:
            done = ada_set_port(url, data, value.len);
            break;

        case NGX_INVOKE_URL_USERNAME:
            done = ada_set_username(url, data, value.len);
            break;

        case NGX_INVOKE_URL_PASSWORD:
            done = ada_set_password(url, data, value.len);
            break;

        case NGX_INVOKE_URL_PATHNAME:
            done = ada_set_pathname(url, data, value.len);
            break;

        case NGX_INVOKE_URL_SEARCH:
            ada_set_search(url, data, value.len);
            break;

        case NGX_INVOKE_URL_HASH:
            ada_set_hash(url, data, value.len);
            break;

        case NGX_INVOKE_URL_HREF:
            done = ada_set_href(url, data, value.len);
            break;

        default:
            done = false;
        }
    }

    if (done) {
        ngx_invoke_url_return_parts(call, url, 3);

    } else {
        ngx_invoke_url_return_false(call);
    }

    ada_free(url);
    free(href.data);
    free(value.data);
}


/* format(href, hash, unicode, search, auth) */

static void
ngx_invoke_bind_url_format(ngx_invoke_v8_call_t *call)
{
    char                      *buf, *p;
    size_t                     end, start, size;
    ada_url                    url;
    ngx_str_t                  input;
    ngx_uint_t                 i, shown[5];
    ada_string                 href;
    ada_owned_string           host;
    const ada_url_components  *c;

    input = ngx_invoke_bind_string(call, 0, NGX_INVOKE_V8_UTF8);
    if (input.data == NULL) {
        return;
    }

    for (i = 1; i < 5; i++) {
        shown[i] = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, i)) == 1;
    }

    url = ada_parse((char *) input.data, input.len);

    if (!ada_is_valid(url)) {
        ngx_invoke_url_return(call, (char *) input.data, input.len);
        free(input.data);
        ada_free(url);
        return;
    }

    free(input.data);

    c = ada_get_components(url);
    href = ada_get_href(url);

    host.data = NULL;
    host.length = 0;

    start = c->host_start;

    if (start < c->host_end && href.data[start] == '@') {
        start++;
    }

    if (shown[2] && start < c->host_end) {
        host = ada_idna_to_unicode(href.data + start, c->host_end - start);
    }

    size = href.length + host.length;

    buf = malloc(size + 1);
    if (buf == NULL) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR, NULL,
                            "Out of memory");
        goto done;
    }

    /* "scheme:", then "//user:password@" where it has a host */

    end = shown[4] || start == c->host_start ? start : c->protocol_end;
    p = (char *) ngx_cpymem(buf, href.data, end);

    if (end != start) {
        p = (char *) ngx_cpymem(p, "//", 2);
    }

    p = host.data != NULL
        ? (char *) ngx_cpymem(p, host.data, host.length)
        : (char *) ngx_cpymem(p, href.data + start, c->host_end - start);

    end = c->search_start != NGX_INVOKE_ADA_OMITTED ? c->search_start
          : c->hash_start != NGX_INVOKE_ADA_OMITTED ? c->hash_start
          : href.length;
    p = (char *) ngx_cpymem(p, href.data + c->host_end, end - c->host_end);

    start = c->hash_start != NGX_INVOKE_ADA_OMITTED ? c->hash_start
                                                    : href.length;

    if (shown[3]) {
        p = (char *) ngx_cpymem(p, href.data + end, start - end);
    }

    if (shown[1]) {
        p = (char *) ngx_cpymem(p, href.data + start, href.length - start);
    }

    ngx_invoke_url_return(call, buf, p - buf);
    free(buf);

done:

    if (host.data != NULL) {
        ada_free_owned_string(host);
    }

    ada_free(url);
}


/* Names of hosts */

static void
ngx_invoke_url_convert(ngx_invoke_v8_call_t *call,
    ada_owned_string (*convert)(const char *input, size_t length))
{
    ngx_str_t         input;
    ada_owned_string  out;

    input = ngx_invoke_bind_string(call, 0, NGX_INVOKE_V8_UTF8);

    if (input.data != NULL) {
        out = convert((char *) input.data, input.len);
        ngx_invoke_url_return(call, out.data, out.length);
        ada_free_owned_string(out);
        free(input.data);
    }
}


static void
ngx_invoke_bind_to_ascii(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_url_convert(call, ada_idna_to_ascii);
}


static void
ngx_invoke_bind_to_unicode(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_url_convert(call, ada_idna_to_unicode);
}


/* A domain as the host of a URL with a special scheme; '' when it is none. */

static void
ngx_invoke_url_domain(ngx_invoke_v8_call_t *call, ngx_uint_t unicode)
{
    ada_url           url;
    ngx_str_t         input;
    ada_string        name;
    ada_owned_string  out;

    input = ngx_invoke_bind_string(call, 0, NGX_INVOKE_V8_UTF8);
    if (input.data == NULL) {
        return;
    }

    url = ada_parse("ws://x", 6);

    if (input.len == 0
        || !ada_set_hostname(url, (char *) input.data, input.len))
    {
        ngx_invoke_url_return(call, "", 0);

    } else {
        name = ada_get_hostname(url);

        if (unicode) {
            out = ada_idna_to_unicode(name.data, name.length);
            ngx_invoke_url_return(call, out.data, out.length);
            ada_free_owned_string(out);

        } else {
            ngx_invoke_url_return(call, name.data, name.length);
        }
    }

    ada_free(url);
    free(input.data);
}


static void
ngx_invoke_bind_domain_to_ascii(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_url_domain(call, 0);
}


static void
ngx_invoke_bind_domain_to_unicode(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_url_domain(call, 1);
}
