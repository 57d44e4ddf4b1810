
#include "ngx_invoke_tls.h"

#include <openssl/bio.h>
#include <pthread.h>


/* What a buffer keeps of memory while there is nothing in it. */
#define NGX_INVOKE_TLS_KEEP  4096


static pthread_once_t   ngx_invoke_tls_bio_once = PTHREAD_ONCE_INIT;
static BIO_METHOD      *ngx_invoke_tls_bio_method;


/* actor thread, all of this file */

ngx_int_t
ngx_invoke_tls_append(ngx_invoke_tls_buffer_t *b, const u_char *data,
    size_t len)
{
    size_t   size;
    u_char  *p;

    if (len > b->size - b->pos - b->len) {

        if (b->len + len <= b->size) {
            ngx_memmove(b->data, b->data + b->pos, b->len);

        } else {
            size = ngx_max(2 * b->size, b->len + len);
            size = ngx_max(size, NGX_INVOKE_TLS_KEEP);

            p = ngx_invoke_v8_alloc(size);
            if (p == NULL) {
                return NGX_ERROR;
            }

            if (b->len > 0) {
                ngx_memcpy(p, b->data + b->pos, b->len);
            }

            ngx_invoke_v8_free(b->data);
            b->data = p;
            b->size = size;
        }

        b->pos = 0;
    }

    if (len > 0) {
        ngx_memcpy(b->data + b->pos + b->len, data, len);
        b->len += len;
    }

    return NGX_OK;
}


void
ngx_invoke_tls_consume(ngx_invoke_tls_buffer_t *b, size_t len)
{
    b->pos += len;
    b->len -= len;

    if (b->len != 0) {
        return;
    }

    b->pos = 0;

    if (b->size > NGX_INVOKE_TLS_KEEP) {
        ngx_invoke_tls_free(b);
    }
}


void
ngx_invoke_tls_free(ngx_invoke_tls_buffer_t *b)
{
    ngx_invoke_v8_free(b->data);
    ngx_memzero(b, sizeof(ngx_invoke_tls_buffer_t));
}


static int
ngx_invoke_tls_bio_read(BIO *bio, char *data, int len)
{
    size_t             n, part;
    ngx_invoke_tls_t  *t = BIO_get_data(bio);

    BIO_clear_retry_flags(bio);

    if (len <= 0) {
        return 0;
    }

    n = ngx_min((size_t) len, t->in.len);

    if (n > 0) {
        ngx_memcpy(data, t->in.data + t->in.pos, n);
        ngx_invoke_tls_consume(&t->in, n);
    }

    part = ngx_min((size_t) len - n, t->nunread);

    if (part > 0) {
        ngx_memcpy(data + n, t->unread, part);
        t->unread += part;
        t->nunread -= part;
        n += part;
    }

    if (n == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }

    return n;
}


static int
ngx_invoke_tls_bio_write(BIO *bio, const char *data, int len)
{
    ngx_invoke_tls_t  *t = BIO_get_data(bio);

    BIO_clear_retry_flags(bio);

    if (len <= 0) {
        return 0;
    }

    return ngx_invoke_tls_append(&t->out, (u_char *) data, len) == NGX_OK
           ? len : -1;
}


static long
ngx_invoke_tls_bio_ctrl(BIO *bio, int cmd, long number, void *data)
{
    ngx_invoke_tls_t  *t = BIO_get_data(bio);

    switch (cmd) {

    case BIO_CTRL_FLUSH:
        return 1;

    case BIO_CTRL_PENDING:
        return t->in.len + t->nunread;

    case BIO_CTRL_WPENDING:
        return t->out.len;

    default:
        return 0;
    }
}


static void
ngx_invoke_tls_bio_init(void)
{
    BIO_METHOD  *m;

    m = BIO_meth_new(BIO_get_new_index()|BIO_TYPE_SOURCE_SINK, "invoke");

    if (m == NULL
        || BIO_meth_set_read(m, ngx_invoke_tls_bio_read) != 1
        || BIO_meth_set_write(m, ngx_invoke_tls_bio_write) != 1
        || BIO_meth_set_ctrl(m, ngx_invoke_tls_bio_ctrl) != 1)
    {
        BIO_meth_free(m);
        return;
    }

    ngx_invoke_tls_bio_method = m;
}


BIO *
ngx_invoke_tls_bio_create(ngx_invoke_tls_t *t)
{
    BIO  *bio;

    (void) pthread_once(&ngx_invoke_tls_bio_once, ngx_invoke_tls_bio_init);

    if (ngx_invoke_tls_bio_method == NULL) {
        return NULL;
    }

    bio = BIO_new(ngx_invoke_tls_bio_method);

    if (bio != NULL) {
        BIO_set_data(bio, t);
        BIO_set_init(bio, 1);
    }

    return bio;
}
