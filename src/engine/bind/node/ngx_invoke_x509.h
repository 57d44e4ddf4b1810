/*
 * Certificates as Node tells them. Actor thread.
 */

#ifndef _NGX_INVOKE_X509_H_INCLUDED_
#define _NGX_INVOKE_X509_H_INCLUDED_


#include "ngx_invoke_openssl.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>


/* What can be told in words; src/js knows the numbers. */

typedef enum {
    NGX_INVOKE_X509_SUBJECT = 0,
    NGX_INVOKE_X509_ISSUER,
    NGX_INVOKE_X509_ALT_NAMES,
    NGX_INVOKE_X509_ACCESS,
    NGX_INVOKE_X509_FROM,
    NGX_INVOKE_X509_TO,
    NGX_INVOKE_X509_SHA1,
    NGX_INVOKE_X509_SHA256,
    NGX_INVOKE_X509_SHA512,
    NGX_INVOKE_X509_SERIAL,
    NGX_INVOKE_X509_PEM
} ngx_invoke_x509_text_e;


/*
 * Writes it in UTF-8. NGX_DECLINED: the certificate has none, NGX_ERROR: it
 * cannot be told.
 */
ngx_int_t ngx_invoke_x509_text(BIO *bio, X509 *cert,
    ngx_invoke_x509_text_e what);

/* The certificate that a value has, or NULL. */
X509 *ngx_invoke_x509_get(ngx_invoke_v8_value_t v);
/* A value that takes over the certificate; NULL: it has thrown. */
ngx_invoke_v8_value_t ngx_invoke_x509_new(ngx_invoke_v8_call_t *call,
    X509 *cert);


#endif /* _NGX_INVOKE_X509_H_INCLUDED_ */
