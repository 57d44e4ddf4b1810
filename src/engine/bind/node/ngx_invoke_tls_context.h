/*
 * What Node calls a SecureContext: an SSL_CTX that is told step by step what it
 * is to be. To make one takes a third of a millisecond, and JavaScript does so
 * for each connection, so that those of the same steps are one, in a table of
 * the worker: the steps are only noted while each was known to succeed behind
 * those before it, and are taken where that is not known, or where the result
 * is used and the table has none.
 *
 * One with a private key is found again by the same function alone. None of
 * the table is ever changed: a step more makes another one of it.
 *
 * Actor thread; the table has a lock.
 */

#ifndef _NGX_INVOKE_TLS_CONTEXT_H_INCLUDED_
#define _NGX_INVOKE_TLS_CONTEXT_H_INCLUDED_


#include "ngx_invoke_openssl.h"

#include <openssl/sha.h>
#include <openssl/ssl.h>


/* src/js knows the numbers. */

typedef enum {
    NGX_INVOKE_TLS_INIT = 0,        /* method; least and last version */
    NGX_INVOKE_TLS_OPTIONS,         /* a number */
    NGX_INVOKE_TLS_SUITES,          /* a list, as all that have a text */
    NGX_INVOKE_TLS_CIPHERS,
    NGX_INVOKE_TLS_SIGALGS,
    NGX_INVOKE_TLS_CURVES,
    NGX_INVOKE_TLS_ROOTS,
    NGX_INVOKE_TLS_CA,              /* PEM */
    NGX_INVOKE_TLS_CRL,             /* PEM */
    NGX_INVOKE_TLS_CERT,            /* PEM */
    NGX_INVOKE_TLS_KEY,             /* PEM and a passphrase */
    NGX_INVOKE_TLS_PKCS12,          /* DER and a passphrase */
    NGX_INVOKE_TLS_DH,              /* PEM, or the number 1: by itself */
    NGX_INVOKE_TLS_MIN,             /* a version */
    NGX_INVOKE_TLS_MAX,
    NGX_INVOKE_TLS_SESSION_ID,
    NGX_INVOKE_TLS_SESSION_TIMEOUT, /* a number */
    NGX_INVOKE_TLS_STEPS
} ngx_invoke_tls_step_e;


/* With what it needs; the bytes have a NUL behind them. */

typedef struct {
    uint32_t                   what;
    uint32_t                   passphrase;  /* whether there is one */
    int64_t                    number;
    int64_t                    last;        /* TLS_DH: set to its bits */
    ngx_str_t                  data;
    ngx_str_t                  pass;
} ngx_invoke_tls_step_t;


/* Why a step was refused. */

typedef struct {
    ngx_invoke_v8_error_e      kind;
    const char                *code;
    const char                *message;     /* NULL: OpenSSL's queue has it */
    char                       text[128];   /* that message may be it */
} ngx_invoke_tls_refusal_t;


typedef struct {
    uint8_t                    digest[SHA256_DIGEST_LENGTH];  /* of all */
    ngx_str_t                  id;          /* of the function */
    u_char                    *steps;       /* noted, one behind another */
    size_t                     len;
    size_t                     size;
    SSL_CTX                   *ctx;         /* NULL: steps are noted alone */
    uint8_t                    tickets[48]; /* keys of those */
    unsigned                   shared:1;    /* ctx is of the table */
    unsigned                   private:1;   /* it is never to be */
    unsigned                   closed:1;
} ngx_invoke_tls_context_t;


/* "id" is of the function, and is copied; NULL: memory is out. */
ngx_invoke_tls_context_t *ngx_invoke_tls_context_create(ngx_str_t *id);
void ngx_invoke_tls_context_free(ngx_invoke_tls_context_t *c);
/* It is not used any more: there is no step, and nothing else. */
void ngx_invoke_tls_context_close(ngx_invoke_tls_context_t *c);

/* NGX_OK; NGX_ERROR: it is refused, and has not been done. */
ngx_int_t ngx_invoke_tls_context_step(ngx_invoke_tls_context_t *c,
    ngx_invoke_tls_step_t *step, ngx_invoke_tls_refusal_t *refusal);

/*
 * What it is by now: to make connections with, which may be one of the table;
 * one that a callback may be set in; and to look at it. NULL: memory is out.
 */
SSL_CTX *ngx_invoke_tls_context_use(ngx_invoke_tls_context_t *c);
SSL_CTX *ngx_invoke_tls_context_private(ngx_invoke_tls_context_t *c);
SSL_CTX *ngx_invoke_tls_context_look(ngx_invoke_tls_context_t *c);

/* The keys of a server's tickets, 48 bytes. */
void ngx_invoke_tls_context_tickets(ngx_invoke_tls_context_t *c,
    const uint8_t *keys);

/* Takes a step on a context. */
ngx_int_t ngx_invoke_tls_step(SSL_CTX *ctx, ngx_invoke_tls_step_t *step,
    ngx_invoke_tls_refusal_t *refusal);
/* The first one: a new context, or NULL. */
SSL_CTX *ngx_invoke_tls_step_init(ngx_invoke_tls_step_t *step,
    ngx_invoke_tls_refusal_t *refusal);

/* The context that argument i is, and that is open; NULL: it has thrown. */
ngx_invoke_tls_context_t *ngx_invoke_tls_context_arg(
    ngx_invoke_v8_call_t *call, int i);


#endif /* _NGX_INVOKE_TLS_CONTEXT_H_INCLUDED_ */
