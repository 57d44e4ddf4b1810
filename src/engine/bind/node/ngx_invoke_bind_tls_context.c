
#include "ngx_invoke_tls_context.h"
#include "ngx_invoke_roots.h"

#include <openssl/err.h>


/* What OpenSSL takes for a context that is not in the table, about. */
#define NGX_INVOKE_TLS_CONTEXT_SIZE  (16 * 1024)

/* Of invoke_ca_certificates. */
#define NGX_INVOKE_TLS_MAX_ROOTS  1024


static void ngx_invoke_bind_context_create(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_context_step(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_context_version(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_context_tickets(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_context_certificate(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_context_close(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_context_ciphers(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_context_roots(ngx_invoke_v8_call_t *call);


/* Of the crypto binding: what a SecureContext is. */

const ngx_invoke_v8_native_t  ngx_invoke_bind_tls_context[] = {
    { "contextCreate", ngx_invoke_bind_context_create },
    { "contextStep", ngx_invoke_bind_context_step },
    { "contextVersion", ngx_invoke_bind_context_version },
    { "contextTickets", ngx_invoke_bind_context_tickets },
    { "contextCertificate", ngx_invoke_bind_context_certificate },
    { "contextClose", ngx_invoke_bind_context_close },
    { "tlsCiphers", ngx_invoke_bind_context_ciphers },
    { "rootCertificates", ngx_invoke_bind_context_roots },
    { NULL, NULL }
};


static const char  ngx_invoke_tls_context_kind;


/* actor thread, all of this file */

static void
ngx_invoke_bind_context_free(void *data)
{
    ngx_invoke_tls_context_free(data);
}


ngx_invoke_tls_context_t *
ngx_invoke_tls_context_arg(ngx_invoke_v8_call_t *call, int i)
{
    ngx_invoke_tls_context_t  *c;

    c = ngx_invoke_v8_holder(ngx_invoke_v8_arg(call, i),
                             &ngx_invoke_tls_context_kind);

    if (c == NULL || c->closed) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_TYPE_ERROR,
                            "ERR_TLS_INVALID_CONTEXT",
                            c == NULL ? "context must be a SecureContext"
                                      : "The SecureContext is closed");
        return NULL;
    }

    ERR_clear_error();

    return c;
}


/* contextCreate() → context */

static void
ngx_invoke_bind_context_create(ngx_invoke_v8_call_t *call)
{
    ngx_str_t                  none, *id;
    ngx_invoke_context_t      *ctx = ngx_invoke_v8_data(call);
    ngx_invoke_v8_value_t      value;
    ngx_invoke_tls_context_t  *c;

    ngx_str_set(&none, "");
    id = ctx != NULL && ctx->program != NULL ? &ctx->program->function->id
                                             : &none;

    c = ngx_invoke_tls_context_create(id);

    if (c == NULL) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR, NULL,
                            "Out of memory");
        return;
    }

    value = ngx_invoke_v8_new_holder(call, &ngx_invoke_tls_context_kind, c,
                                     NGX_INVOKE_TLS_CONTEXT_SIZE,
                                     ngx_invoke_bind_context_free);
    if (value != NULL) {
        ngx_invoke_v8_return(call, value);
    }
}


/* Bytes or a string with a NUL behind them; nothing is an empty one. */

static ngx_int_t
ngx_invoke_bind_context_text(ngx_invoke_v8_call_t *call, int i,
    ngx_str_t *text)
{
    ngx_invoke_input_t  in;

    if (ngx_invoke_input_get(call, i, -1, &in) != NGX_OK) {
        return NGX_ERROR;
    }

    text->data = malloc(in.len + 1);

    if (text->data == NULL) {
        ngx_invoke_input_free(&in);
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR, NULL,
                            "Out of memory");
        return NGX_ERROR;
    }

    text->len = in.len;
    ngx_memcpy(text->data, in.data, in.len);
    text->data[in.len] = '\0';

    ngx_invoke_input_free(&in);

    return NGX_OK;
}


static void
ngx_invoke_bind_context_wipe(ngx_str_t *text)
{
    OPENSSL_cleanse(text->data, text->len);
    free(text->data);
}


/*
 * contextStep(context, what, bytes or string, passphrase or undefined,
 * number, last number) → the last number, or bits of a parameter
 */

static void
ngx_invoke_bind_context_step(ngx_invoke_v8_call_t *call)
{
    double                     number;
    ngx_invoke_tls_step_t      step;
    ngx_invoke_tls_context_t  *c;
    ngx_invoke_tls_refusal_t   refusal;

    c = ngx_invoke_tls_context_arg(call, 0);
    if (c == NULL) {
        return;
    }

    step.what = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1));
    step.passphrase = ngx_invoke_v8_type(ngx_invoke_v8_arg(call, 3))
                      != NGX_INVOKE_V8_UNDEFINED;

    number = ngx_invoke_v8_number(ngx_invoke_v8_arg(call, 4));
    step.number = number > -9e15 && number < 9e15 ? (int64_t) number : 0;
    step.last = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 5));

    if (step.what >= NGX_INVOKE_TLS_STEPS
        || (step.what == NGX_INVOKE_TLS_INIT) != (c->len == 0))
    {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_ERROR,
                            "ERR_CRYPTO_INVALID_STATE",
                            "The SecureContext is in another state");
        return;
    }

    if (ngx_invoke_bind_context_text(call, 2, &step.data) != NGX_OK) {
        return;
    }

    ngx_str_set(&step.pass, "");

    if (step.passphrase
        && ngx_invoke_bind_context_text(call, 3, &step.pass) != NGX_OK)
    {
        ngx_invoke_bind_context_wipe(&step.data);
        return;
    }

    if (ngx_invoke_tls_context_step(c, &step, &refusal) != NGX_OK) {

        if (refusal.message == NULL) {
            ngx_invoke_openssl_throw(call, step.what == NGX_INVOKE_TLS_CIPHERS
                                           || step.what
                                              == NGX_INVOKE_TLS_SUITES
                                           ? "Failed to set ciphers"
                                           : "Failed to set up TLS");
        } else {
            ngx_invoke_v8_throw(call, refusal.kind, refusal.code,
                                refusal.message);
        }

    } else {
        ngx_invoke_v8_return_number(call, step.last);
    }

    ngx_invoke_bind_context_wipe(&step.data);

    if (step.passphrase) {
        ngx_invoke_bind_context_wipe(&step.pass);
    }

    ERR_clear_error();
}


/* The context that argument 0 is, to be looked at. */

static SSL_CTX *
ngx_invoke_bind_context_look(ngx_invoke_v8_call_t *call)
{
    SSL_CTX                   *ctx;
    ngx_invoke_tls_context_t  *c;

    c = ngx_invoke_tls_context_arg(call, 0);
    if (c == NULL) {
        return NULL;
    }

    ctx = c->len > 0 ? ngx_invoke_tls_context_look(c) : NULL;

    if (ctx == NULL) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_ERROR, NULL,
                            "The SecureContext cannot be made");
    }

    return ctx;
}


/* contextVersion(context, 0: the least, 1: the last) → number */

static void
ngx_invoke_bind_context_version(ngx_invoke_v8_call_t *call)
{
    SSL_CTX  *ctx;

    ctx = ngx_invoke_bind_context_look(call);

    if (ctx != NULL) {
        ngx_invoke_v8_return_number(call,
            ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1)) == 1
            ? SSL_CTX_get_max_proto_version(ctx)
            : SSL_CTX_get_min_proto_version(ctx));
    }
}


/* contextTickets(context, 48 bytes, or undefined) → the keys */

static void
ngx_invoke_bind_context_tickets(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_view_t          view;
    ngx_invoke_v8_value_t      v;
    ngx_invoke_tls_context_t  *c;

    c = ngx_invoke_tls_context_arg(call, 0);
    if (c == NULL) {
        return;
    }

    v = ngx_invoke_v8_arg(call, 1);

    if (ngx_invoke_v8_type(v) != NGX_INVOKE_V8_UNDEFINED) {

        if (ngx_invoke_view_get(call, v, &view) != NGX_OK) {
            return;
        }

        if (view.len != sizeof(c->tickets)) {
            (void) ngx_invoke_bytes_throw(call);
            return;
        }

        ngx_invoke_tls_context_tickets(c, view.data);
    }

    ngx_invoke_openssl_return(call, -1, c->tickets, sizeof(c->tickets));
}


/* Who has issued it: of the chain, or of what is trusted; counted. */

static X509 *
ngx_invoke_bind_context_issuer(SSL_CTX *ctx, X509 *cert)
{
    int              i;
    X509            *issuer;
    X509_STORE_CTX  *store;
    STACK_OF(X509)  *chain;

    chain = NULL;
    (void) SSL_CTX_get0_chain_certs(ctx, &chain);

    for (i = 0; i < sk_X509_num(chain); i++) {
        issuer = sk_X509_value(chain, i);

        if (X509_check_issued(issuer, cert) == X509_V_OK) {
            X509_up_ref(issuer);
            return issuer;
        }
    }

    issuer = NULL;
    store = X509_STORE_CTX_new();

    if (store != NULL
        && X509_STORE_CTX_init(store, SSL_CTX_get_cert_store(ctx), NULL, NULL)
           == 1
        && X509_STORE_CTX_get1_issuer(&issuer, store, cert) != 1)
    {
        issuer = NULL;
    }

    X509_STORE_CTX_free(store);

    return issuer;
}


/*
 * contextCertificate(context, 0: its own, 1: that of the issuer) → a Uint8Array
 * with DER, or undefined
 */

static void
ngx_invoke_bind_context_certificate(ngx_invoke_v8_call_t *call)
{
    int       len;
    X509     *cert;
    SSL_CTX  *ctx;
    uint8_t  *der;

    ctx = ngx_invoke_bind_context_look(call);
    if (ctx == NULL) {
        return;
    }

    cert = SSL_CTX_get0_certificate(ctx);

    if (cert != NULL) {
        if (ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1)) == 1) {
            cert = ngx_invoke_bind_context_issuer(ctx, cert);

        } else {
            X509_up_ref(cert);
        }
    }

    der = NULL;
    len = cert != NULL ? i2d_X509(cert, &der) : 0;

    if (len > 0) {
        ngx_invoke_openssl_return(call, -1, der, len);
    }

    OPENSSL_free(der);
    X509_free(cert);
    ERR_clear_error();
}


/* contextClose(context), which may be closed */

static void
ngx_invoke_bind_context_close(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_tls_context_t  *c;

    c = ngx_invoke_v8_holder(ngx_invoke_v8_arg(call, 0),
                             &ngx_invoke_tls_context_kind);

    if (c != NULL) {
        ngx_invoke_tls_context_close(c);
    }
}


/* tlsCiphers() → the names of all that are on by default */

static void
ngx_invoke_bind_context_ciphers(ngx_invoke_v8_call_t *call)
{
    int                          i;
    SSL                         *ssl;
    SSL_CTX                     *ctx;
    STACK_OF(SSL_CIPHER)        *ciphers;
    ngx_invoke_openssl_names_t   list;

    list.n = 0;

    ctx = SSL_CTX_new(TLS_method());
    ssl = ctx != NULL ? SSL_new(ctx) : NULL;
    ciphers = ssl != NULL ? SSL_get_ciphers(ssl) : NULL;

    for (i = 0; i < sk_SSL_CIPHER_num(ciphers)
                && list.n < NGX_INVOKE_OPENSSL_NAMES;
         i++)
    {
        list.names[list.n++]
            = SSL_CIPHER_get_name(sk_SSL_CIPHER_value(ciphers, i));
    }

    ngx_invoke_openssl_names(call, &list);

    SSL_free(ssl);
    SSL_CTX_free(ctx);
}


/* rootCertificates() → strings with PEM, each of one certificate */

static void
ngx_invoke_bind_context_roots(ngx_invoke_v8_call_t *call)
{
    u_char                 *p, *last, *end;
    ngx_str_t              *pem;
    ngx_uint_t              n;
    ngx_invoke_v8_value_t   values[NGX_INVOKE_TLS_MAX_ROOTS];

    static const u_char  begins[] = "-----BEGIN CERTIFICATE-----";
    static const u_char  ends[] = "-----END CERTIFICATE-----";

    pem = ngx_invoke_roots_pem();
    p = pem->data;
    last = p + pem->len;

    for (n = 0; n < NGX_INVOKE_TLS_MAX_ROOTS; n++) {
        p = memmem(p, last - p, begins, sizeof(begins) - 1);
        end = p != NULL ? memmem(p, last - p, ends, sizeof(ends) - 1) : NULL;

        if (end == NULL) {
            break;
        }

        end += sizeof(ends) - 1;
        values[n] = ngx_invoke_v8_new_string(call, NGX_INVOKE_V8_LATIN1, p,
                                             end - p);
        if (values[n] == NULL) {
            return;
        }

        p = end;
    }

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_array(call, values, n));
}
