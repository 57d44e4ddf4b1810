/*
 * A connection of TLS to a server of OpenSSL's, beside it: the input says what
 * happens, a byte and what belongs to it at a time. Records come in pieces, with
 * bits changed or bytes of the input between them, while both sides write, end
 * and begin new keys, and what JavaScript is told makes it do more of that.
 */

#include "../../src/engine/isolate/ngx_invoke_handle.c"
#include "../../src/engine/isolate/ngx_invoke_stream.c"
#include "../../src/engine/bind/node/ngx_invoke_tls_bio.c"
#include "../../src/engine/bind/node/ngx_invoke_tls_callbacks.c"
#include "../../src/engine/bind/node/ngx_invoke_tls_session.c"
#include "../../src/engine/bind/node/ngx_invoke_tls.c"
#include "fuzz.h"

#include <openssl/rand.h>
#include <openssl/x509.h>


#pragma clang diagnostic ignored "-Wdeprecated-declarations"


typedef struct {
    const uint8_t         *data;
    size_t                 size;
    ngx_uint_t             depth;
    ngx_uint_t             later;       /* the stream below takes its time */
    ngx_uint_t             under_way;   /* its writes */
    size_t                 charged;
} fuzz_input_t;


static ngx_invoke_isolate_t   fuzz_isolate;
static ngx_invoke_context_t   fuzz_context;
static fuzz_input_t           fuzz;
static ngx_invoke_tls_t      *fuzz_tls;     /* held until the end */
static ngx_invoke_stream_t   *fuzz_below;   /* so is this */
static SSL                   *fuzz_server;
static SSL_CTX               *fuzz_client_ctx;
static SSL_CTX               *fuzz_server_ctx;
static uint32_t               fuzz_random;


static void fuzz_step(void);


/* The same numbers each time */

static int
fuzz_bytes(unsigned char *buf, int n)
{
    int  i;

    for (i = 0; i < n; i++) {
        fuzz_random = fuzz_random * 1103515245 + 12345;
        buf[i] = fuzz_random >> 16;
    }

    return 1;
}


static int
fuzz_seeded(void)
{
    return 1;
}


static const RAND_METHOD  fuzz_rand = {
    NULL, fuzz_bytes, NULL, NULL, fuzz_bytes, fuzz_seeded
};


/* What is elsewhere in the module, as far as a connection needs it. */

void *
ngx_invoke_v8_alloc(size_t size)
{
    return malloc(size);
}


void
ngx_invoke_v8_free(void *p)
{
    free(p);
}


int
ngx_invoke_v8_charge(size_t size)
{
    fuzz.charged += size;

    return 1;
}


void
ngx_invoke_v8_discharge(size_t size)
{
    fuzz_check(fuzz.charged >= size);
    fuzz.charged -= size;
}


void
ngx_invoke_metrics_add(ngx_invoke_metric_e m, ngx_int_t delta)
{
}


SSL_CTX *
ngx_invoke_tls_context_use(ngx_invoke_tls_context_t *c)
{
    return fuzz_client_ctx;
}


/* JavaScript, which may do anything in there. */

void
ngx_invoke_isolate_tell(ngx_invoke_handle_t *h, int32_t event, int32_t value,
    const u_char *data, size_t len)
{
    size_t  i, sum;

    for (i = 0, sum = 0; i < len; i++) {
        sum += data[i];
    }

    if (h->context != NULL && sum != 1 && fuzz.depth < 3) {
        fuzz.depth++;
        fuzz_step();
        fuzz.depth--;
    }
}


/* The stream below: what it is given is the server's to read. */

static int
fuzz_below_none(ngx_invoke_stream_t *s)
{
    return 0;
}


static int
fuzz_below_write(ngx_invoke_stream_t *s, const uv_buf_t *bufs, unsigned n)
{
    unsigned  i;

    for (i = 0; i < n; i++) {
        (void) BIO_write(SSL_get_rbio(fuzz_server), bufs[i].base,
                         bufs[i].len);
    }

    fuzz.under_way += fuzz.later;

    return fuzz.later ? NGX_INVOKE_STREAM_LATER : 0;
}


static int
fuzz_below_shutdown(ngx_invoke_stream_t *s)
{
    return fuzz.later ? NGX_INVOKE_STREAM_LATER : 0;
}


static size_t
fuzz_below_queued(ngx_invoke_stream_t *s)
{
    return 0;
}


static void
fuzz_below_close(ngx_invoke_handle_t *h)
{
    ngx_invoke_stream_closing((ngx_invoke_stream_t *) h);
}


static void
fuzz_below_free(ngx_invoke_handle_t *h)
{
    free(h);
}


static const ngx_invoke_handle_ops_t  fuzz_below_handle_ops = {
    &ngx_invoke_stream_kind, fuzz_below_close, fuzz_below_free
};

static const ngx_invoke_stream_ops_t  fuzz_below_ops = {
    fuzz_below_none, fuzz_below_none, fuzz_below_write, fuzz_below_shutdown,
    fuzz_below_none, fuzz_below_queued
};


/* A certificate of its own for the server */

static void
fuzz_certificate(SSL_CTX *ctx)
{
    X509      *x509;
    EVP_PKEY  *pkey;

    pkey = EVP_EC_gen("P-256");
    x509 = X509_new();
    fuzz_check(pkey != NULL && x509 != NULL);

    (void) ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    (void) X509_gmtime_adj(X509_getm_notBefore(x509), 0);
    (void) X509_gmtime_adj(X509_getm_notAfter(x509), 86400);
    (void) X509_set_pubkey(x509, pkey);
    (void) X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN",
                                      MBSTRING_ASC, (u_char *) "a", 1, -1, 0);
    (void) X509_set_issuer_name(x509, X509_get_subject_name(x509));
    fuzz_check(X509_sign(x509, pkey, EVP_sha256()) != 0);

    fuzz_check(SSL_CTX_use_certificate(ctx, x509) == 1
               && SSL_CTX_use_PrivateKey(ctx, pkey) == 1);

    X509_free(x509);
    EVP_PKEY_free(pkey);
}


int LLVMFuzzerInitialize(int *argc, char ***argv);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void) RAND_set_rand_method(&fuzz_rand);

    fuzz_client_ctx = SSL_CTX_new(TLS_client_method());
    fuzz_server_ctx = SSL_CTX_new(TLS_server_method());
    fuzz_check(fuzz_client_ctx != NULL && fuzz_server_ctx != NULL);

    fuzz_certificate(fuzz_server_ctx);
    ngx_invoke_tls_prepare(fuzz_client_ctx);

    SSL_CTX_set_session_cache_mode(fuzz_client_ctx,
                                   SSL_SESS_CACHE_CLIENT
                                   |SSL_SESS_CACHE_NO_INTERNAL);
    return 0;
}


static ngx_uint_t
fuzz_next(void)
{
    if (fuzz.size == 0) {
        return 0;
    }

    fuzz.size--;

    return *fuzz.data++;
}


/* What the stream below tells, in memory of its own. */

static void
fuzz_deliver(const void *data, size_t len, ngx_uint_t change)
{
    u_char  *copy;

    copy = malloc(len);
    fuzz_check(copy != NULL);
    ngx_memcpy(copy, data, len);

    if (change) {
        copy[change % len] ^= 1 << change % 8;
    }

    if (!fuzz_below->handle.closing) {
        ngx_invoke_stream_tell_read(fuzz_below, 0, copy, len);
    }

    free(copy);
}


static void
fuzz_from_server(size_t most, ngx_uint_t change)
{
    int      n;
    u_char   data[8192];

    /* it reads, and with that does what it is to do */

    (void) SSL_read(fuzz_server, data, sizeof(data));
    ERR_clear_error();

    n = BIO_read(SSL_get_wbio(fuzz_server), data,
                 ngx_min(most, sizeof(data)));

    if (n > 0) {
        fuzz_deliver(data, n, change);
    }
}


static void
fuzz_write(ngx_uint_t n)
{
    static char  text[4096];
    uv_buf_t     bufs[3];

    bufs[0] = uv_buf_init(text, n);
    bufs[1] = uv_buf_init(text, 0);
    bufs[2] = uv_buf_init(text, n * 16 % sizeof(text));

    (void) ngx_invoke_stream_write(&fuzz_tls->stream, bufs, 1 + n % 3);
}


static void
fuzz_written(ngx_uint_t status)
{
    if (fuzz.under_way != 0) {
        fuzz.under_way--;
        ngx_invoke_stream_tell_written(fuzz_below, status & 1 ? UV_EPIPE : 0);
    }
}


static void
fuzz_end(ngx_uint_t what)
{
    switch (what % 6) {

    case 0:
        ngx_invoke_tls_destroy(fuzz_tls);
        break;

    case 1:
        ngx_invoke_handle_close(&fuzz_tls->stream.handle);
        break;

    case 2:
        ngx_invoke_handle_close(&fuzz_below->handle);
        break;

    case 3:
        if (!fuzz_below->handle.closing) {
            ngx_invoke_stream_tell_read(fuzz_below, UV_EOF, NULL, 0);
        }
        break;

    case 4:
        (void) ngx_invoke_stream_shutdown(&fuzz_tls->stream);
        break;

    default:
        ngx_invoke_stream_tell_shut(fuzz_below, 0);
    }
}


static void
fuzz_of_server(ngx_uint_t what)
{
    static u_char  text[20000];

    switch (what % 4) {

    case 0:
        (void) SSL_shutdown(fuzz_server);
        break;

    case 1:
        (void) SSL_key_update(fuzz_server, what & 4
                                           ? SSL_KEY_UPDATE_REQUESTED
                                           : SSL_KEY_UPDATE_NOT_REQUESTED);
        break;

    case 2:
        (void) SSL_renegotiate(fuzz_server);
        break;

    default:
        (void) SSL_write(fuzz_server, text, 1 + what * 77 % sizeof(text));
    }

    ERR_clear_error();
}


static void
fuzz_step(void)
{
    size_t      n;
    ngx_uint_t  i, op;

    op = fuzz_next();

    switch (op % 10) {

    case 0:
        for (i = 0; i < 6; i++) {
            fuzz_from_server(8192, 0);
        }
        break;

    case 1:
        fuzz_from_server(1 + fuzz_next(), 0);
        break;

    case 2:
        fuzz_from_server(8192, 1 + (fuzz_next() | fuzz_next() << 8));
        break;

    case 3:
        n = fuzz_next();
        n = ngx_min(n, fuzz.size);

        if (n != 0) {
            fuzz.data += n;
            fuzz.size -= n;
            fuzz_deliver(fuzz.data - n, n, 0);
        }
        break;

    case 4:
        fuzz_write(fuzz_next());
        break;

    case 5:
        fuzz_written(fuzz_next());
        break;

    case 6:
        fuzz_end(fuzz_next());
        break;

    case 7:
        fuzz_of_server(fuzz_next());
        break;

    case 8:
        fuzz.later = !fuzz.later;
        break;

    default:
        (void) ngx_invoke_stream_read_stop(&fuzz_tls->stream);
        (void) ngx_invoke_stream_read_start(&fuzz_tls->stream);
    }
}


static void
fuzz_begin(ngx_uint_t how)
{
    ngx_invoke_tls_context_t  c;

    ngx_memzero(&c, sizeof(c));
    ngx_memzero(&fuzz_isolate, sizeof(fuzz_isolate));
    ngx_memzero(&fuzz_context, sizeof(fuzz_context));

    ngx_queue_init(&fuzz_isolate.events);
    ngx_queue_init(&fuzz_context.handles);
    fuzz_context.isolate = &fuzz_isolate;

    fuzz_server = SSL_new(fuzz_server_ctx);
    fuzz_check(fuzz_server != NULL);
    SSL_set_bio(fuzz_server, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(fuzz_server);

    if (how & 1) {
        (void) SSL_set_max_proto_version(fuzz_server, TLS1_2_VERSION);
    }

    fuzz_below = malloc(sizeof(ngx_invoke_stream_t));
    fuzz_check(fuzz_below != NULL);
    ngx_invoke_stream_init(fuzz_below, &fuzz_context, &fuzz_below_handle_ops,
                           &fuzz_below_ops);

    fuzz_tls = ngx_invoke_tls_create(&fuzz_context, fuzz_below, &c, 0);
    fuzz_check(fuzz_tls != NULL);

    fuzz_tls->sessions = how >> 1 & 1;
    fuzz_tls->keylog = how >> 2 & 1;
    fuzz_tls->cached = how >> 3 & 1;
    fuzz_tls->held_up = how >> 4 & 1;

    if (how & 32) {
        (void) SSL_set_tlsext_status_type(fuzz_tls->ssl,
                                          TLSEXT_STATUSTYPE_ocsp);
    }

    if (how & 64) {
        fuzz_tls->started = 1;
        ngx_invoke_tls_cycle(fuzz_tls);
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ngx_uint_t              i;
    ngx_invoke_io_event_t  *e;

    if (size < 2) {
        return 0;
    }

    ngx_memzero(&fuzz, sizeof(fuzz));
    fuzz.data = data + 1;
    fuzz.size = size - 1;
    fuzz_random = 1;

    fuzz_begin(data[0]);

    for (i = 0; i < 200 && fuzz.size != 0; i++) {
        fuzz_step();

        fuzz_check(fuzz_tls->nunread == 0);

        while ((e = ngx_invoke_handle_next(&fuzz_isolate)) != NULL) {
            ngx_invoke_isolate_tell(e->handle, e->event, e->value, e->data,
                                    e->len);
            ngx_invoke_handle_done(e);
        }

        if (i == 1 && fuzz_tls->held_up) {
            fuzz_tls->held_up = 0;
            ngx_invoke_tls_cycle(fuzz_tls);
        }
    }

    ngx_invoke_handles_end(&fuzz_context);

    while ((e = ngx_invoke_handle_next(&fuzz_isolate)) != NULL) {
        ngx_invoke_handle_done(e);
    }

    fuzz_check(fuzz_tls->ssl == NULL && fuzz.charged == 0);
    fuzz_check(fuzz_tls->stream.handle.refs == 1
               && fuzz_below->handle.refs == 1);

    ngx_invoke_handle_release(&fuzz_tls->stream.handle);
    ngx_invoke_handle_release(&fuzz_below->handle);
    SSL_free(fuzz_server);

    return 0;
}
