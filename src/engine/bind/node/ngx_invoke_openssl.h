/*
 * What the bindings over OpenSSL share: its errors as Node's, and what its
 * functions are given. Actor thread.
 */

#ifndef _NGX_INVOKE_OPENSSL_H_INCLUDED_
#define _NGX_INVOKE_OPENSSL_H_INCLUDED_


#include "ngx_invoke_bind.h"

#include <openssl/bn.h>
#include <openssl/evp.h>


/* Bytes that were given, or those of a string; freed by _free(). */

typedef struct {
    const uint8_t      *data;
    size_t              len;
    uint8_t            *text;
    ngx_invoke_view_t   view;
} ngx_invoke_input_t;


/* Node's numbers of the forms of a key. */

#define NGX_INVOKE_KEY_DER    0
#define NGX_INVOKE_KEY_PEM    1

#define NGX_INVOKE_KEY_PKCS1  0
#define NGX_INVOKE_KEY_PKCS8  1
#define NGX_INVOKE_KEY_SPKI   2
#define NGX_INVOKE_KEY_SEC1   3


/* Of createSecretKey() or a key of two halves; OpenSSL's is counted. */

typedef struct {
    uint8_t            *secret;
    size_t              len;
    EVP_PKEY           *pkey;
} ngx_invoke_key_t;


/* Names of algorithms, which OpenSSL calls back with one by one. */

#define NGX_INVOKE_OPENSSL_NAMES  512

typedef struct {
    const char         *names[NGX_INVOKE_OPENSSL_NAMES];
    ngx_uint_t          n;
} ngx_invoke_openssl_names_t;


/*
 * Throws what OpenSSL's queue of errors begins with, with Node's properties
 * of that, or an error of that message when there is none.
 */
void ngx_invoke_openssl_throw(ngx_invoke_v8_call_t *call,
    const char *message);

/* Returns the names as an array to JavaScript, or throws. */
void ngx_invoke_openssl_names(ngx_invoke_v8_call_t *call,
    ngx_invoke_openssl_names_t *list);

/*
 * Argument i: a string in the encoding that argument "enc" names (-1: UTF-8),
 * bytes, or a secret key. What is something else throws, then NGX_ERROR.
 */
ngx_int_t ngx_invoke_input_get(ngx_invoke_v8_call_t *call, int i, int enc,
    ngx_invoke_input_t *in);
void ngx_invoke_input_free(ngx_invoke_input_t *in);

/* Argument i as a name for OpenSSL; it is empty if it is none. */
void ngx_invoke_openssl_name(ngx_invoke_v8_call_t *call, int i, char *name,
    size_t size);

/*
 * The digest or the cipher that argument i names, as a provider has it where
 * one does; of a digest its number does as well, which tells that it is kept,
 * else -1. NULL: there is none. The process keeps them.
 */
const EVP_MD *ngx_invoke_openssl_digest(ngx_invoke_v8_call_t *call, int i);
ngx_int_t ngx_invoke_openssl_digest_number(ngx_invoke_v8_call_t *call, int i);
const EVP_CIPHER *ngx_invoke_openssl_cipher(ngx_invoke_v8_call_t *call,
    int i);

/* The key that a value has, or NULL. */
ngx_invoke_key_t *ngx_invoke_key_get(ngx_invoke_v8_value_t v);
/* The key of two halves that argument i is, or NULL: it has thrown. */
ngx_invoke_key_t *ngx_invoke_key_pair(ngx_invoke_v8_call_t *call, int i);
/* Takes over OpenSSL's in any case; NULL: it has thrown. */
ngx_invoke_key_t *ngx_invoke_key_new(ngx_invoke_v8_call_t *call,
    EVP_PKEY *pkey);
/* Returns a malloc'ed one, which goes with the value. */
void ngx_invoke_key_return(ngx_invoke_v8_call_t *call,
    ngx_invoke_key_t *key);

/*
 * A Uint8Array of these bytes, or a string of them in the encoding that
 * argument "enc" is, by name or by Node's number.
 */
void ngx_invoke_openssl_return(ngx_invoke_v8_call_t *call, int enc,
    const uint8_t *data, size_t len);

/*
 * The number that is in the bytes of argument i, which are not to be more
 * than "max"; BN_clear_free() it. NULL: it has thrown.
 */
BIGNUM *ngx_invoke_openssl_number(ngx_invoke_v8_call_t *call, int i,
    size_t max);
/* A Uint8Array of a number. */
void ngx_invoke_openssl_return_number(ngx_invoke_v8_call_t *call,
    const BIGNUM *bn);

/* Whether the loop has asked for the end of what runs. */
ngx_uint_t ngx_invoke_openssl_ended(ngx_invoke_v8_call_t *call);
/* The same for OpenSSL's search of primes; BN_GENCB_free() it. Or NULL. */
BN_GENCB *ngx_invoke_openssl_watch(ngx_invoke_v8_call_t *call);


#endif /* _NGX_INVOKE_OPENSSL_H_INCLUDED_ */
