
#include "ngx_invoke_tls.h"

#include <openssl/err.h>


/* What goes with a parked connection: it is charged to the isolate. */

typedef struct {
    SSL                  *ssl;
    uint8_t               key[SHA256_DIGEST_LENGTH];    /* of its sessions */
} ngx_invoke_tls_parked_t;


static void ngx_invoke_tls_parked_free(void *data);


/* actor thread, all of this file */

/* Nothing is under way in either direction, nor has an end been said. */

static ngx_uint_t
ngx_invoke_tls_idle(ngx_invoke_tls_t *t)
{
    return t->ssl != NULL && !t->server && t->established && t->trusted
           && !t->eof && !t->failed && !t->ending && !t->shutting
           && t->in.len == 0 && t->nunread == 0 && t->out.len == 0
           && t->pending.len == 0 && t->sending == 0 && t->waiting == 0
           && SSL_is_init_finished(t->ssl) && SSL_pending(t->ssl) == 0
           && !SSL_has_pending(t->ssl) && SSL_get_shutdown(t->ssl) == 0
           && SSL_get_certificate(t->ssl) == NULL
           && SSL_get_privatekey(t->ssl) == NULL;
}


ngx_int_t
ngx_invoke_tls_unload(ngx_invoke_stream_listener_t *l, ngx_invoke_stream_t *s,
    ngx_invoke_lot_load_t *load)
{
    ngx_invoke_tls_t         *t = ngx_queue_data(l, ngx_invoke_tls_t,
                                                 listener);
    ngx_invoke_tls_parked_t  *parked;

    if (!ngx_invoke_tls_idle(t) || !ngx_invoke_v8_charge(NGX_INVOKE_TLS_SIZE))
    {
        return NGX_DECLINED;
    }

    parked = malloc(sizeof(ngx_invoke_tls_parked_t));

    if (parked == NULL || SSL_up_ref(t->ssl) != 1) {
        free(parked);
        ngx_invoke_v8_discharge(NGX_INVOKE_TLS_SIZE);
        return NGX_DECLINED;
    }

    parked->ssl = t->ssl;
    ngx_memcpy(parked->key, t->key, sizeof(parked->key));

    /* The stream frees its own reference when it closes, which is next. */

    BIO_set_data(SSL_get_rbio(parked->ssl), NULL);
    SSL_set_app_data(parked->ssl, NULL);

    load->data = parked;
    load->free = ngx_invoke_tls_parked_free;

    return NGX_OK;
}


static void
ngx_invoke_tls_parked_free(void *data)
{
    ngx_invoke_tls_parked_t  *parked = data;

    SSL_free(parked->ssl);
    ERR_clear_error();
    free(parked);

    ngx_invoke_v8_discharge(NGX_INVOKE_TLS_SIZE);
}


ngx_int_t
ngx_invoke_tls_load(ngx_invoke_stream_listener_t *l, ngx_invoke_stream_t *s,
    ngx_invoke_lot_load_t load)
{
    ngx_invoke_tls_t         *t = ngx_queue_data(l, ngx_invoke_tls_t,
                                                 listener);
    ngx_invoke_tls_parked_t  *parked = load.data;

    if (parked == NULL || load.free != ngx_invoke_tls_parked_free
        || t->ssl == NULL || t->server || t->started)
    {
        return NGX_DECLINED;
    }

    SSL_free(t->ssl);
    t->ssl = parked->ssl;

    BIO_set_data(SSL_get_rbio(t->ssl), t);
    SSL_set_app_data(t->ssl, t);

    ngx_memcpy(t->key, parked->key, sizeof(t->key));
    t->established = 1;
    t->cached = 1;
    t->trusted = 1;

    free(parked);

    /* the one that it had before is gone */
    ngx_invoke_v8_discharge(NGX_INVOKE_TLS_SIZE);

    return NGX_OK;
}
