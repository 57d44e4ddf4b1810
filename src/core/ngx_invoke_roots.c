
#include "ngx_invoke_roots.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <pthread.h>


static ngx_str_t         ngx_invoke_roots_file;
static pthread_mutex_t   ngx_invoke_roots_mutex = PTHREAD_MUTEX_INITIALIZER;

/* under the mutex until they are set, then as they are for good */
static STACK_OF(X509)   *ngx_invoke_roots_list;
static X509_STORE       *ngx_invoke_roots_shared;


void
ngx_invoke_roots_init(ngx_str_t *pem)
{
    ngx_invoke_roots_file = *pem;
}


ngx_str_t *
ngx_invoke_roots_pem(void)
{
    return &ngx_invoke_roots_file;
}


static X509_STORE *
ngx_invoke_roots_make(STACK_OF(X509) *list)
{
    int          i;
    X509_STORE  *store;

    store = X509_STORE_new();
    if (store == NULL) {
        return NULL;
    }

    for (i = 0; i < sk_X509_num(list); i++) {
        if (X509_STORE_add_cert(store, sk_X509_value(list, i)) != 1) {
            X509_STORE_free(store);
            return NULL;
        }
    }

    return store;
}


/* There is nobody to ask. */

static int
ngx_invoke_roots_password(char *buf, int size, int rwflag, void *data)
{
    return 0;
}


/* Blocks of PEM that are no certificates are skipped. */

static STACK_OF(X509) *
ngx_invoke_roots_parse(ngx_str_t *pem)
{
    BIO             *bio;
    X509            *cert;
    unsigned long    err;
    STACK_OF(X509)  *list;

    list = sk_X509_new_null();
    bio = BIO_new_mem_buf(pem->len > 0 ? (char *) pem->data : "", pem->len);

    if (list == NULL || bio == NULL) {
        goto failed;
    }

    for ( ;; ) {
        ERR_clear_error();
        cert = PEM_read_bio_X509(bio, NULL, ngx_invoke_roots_password, NULL);

        if (cert != NULL) {
            if (sk_X509_push(list, cert) == 0) {
                X509_free(cert);
                goto failed;
            }

            continue;
        }

        err = ERR_peek_last_error();

        if (BIO_pending(bio) == 0
            || (ERR_GET_LIB(err) == ERR_LIB_PEM
                && ERR_GET_REASON(err) == PEM_R_NO_START_LINE))
        {
            break;
        }
    }

    BIO_free(bio);

    return list;

failed:

    BIO_free(bio);
    sk_X509_pop_free(list, X509_free);

    return NULL;
}


static ngx_int_t
ngx_invoke_roots_load(void)
{
    STACK_OF(X509)  *list;

    pthread_mutex_lock(&ngx_invoke_roots_mutex);

    if (ngx_invoke_roots_shared == NULL) {
        list = ngx_invoke_roots_parse(&ngx_invoke_roots_file);

        if (list != NULL) {
            ngx_invoke_roots_shared = ngx_invoke_roots_make(list);
        }

        if (ngx_invoke_roots_shared == NULL) {
            sk_X509_pop_free(list, X509_free);

        } else {
            ngx_invoke_roots_list = list;
        }

        ERR_clear_error();
    }

    pthread_mutex_unlock(&ngx_invoke_roots_mutex);

    return ngx_invoke_roots_shared != NULL ? NGX_OK : NGX_ERROR;
}


X509_STORE *
ngx_invoke_roots_hold(void)
{
    if (ngx_invoke_roots_load() != NGX_OK
        || X509_STORE_up_ref(ngx_invoke_roots_shared) != 1)
    {
        return NULL;
    }

    return ngx_invoke_roots_shared;
}


X509_STORE *
ngx_invoke_roots_copy(void)
{
    if (ngx_invoke_roots_load() != NGX_OK) {
        return NULL;
    }

    return ngx_invoke_roots_make(ngx_invoke_roots_list);
}
