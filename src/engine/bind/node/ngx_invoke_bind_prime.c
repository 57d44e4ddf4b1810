
#include "ngx_invoke_openssl.h"

#include <openssl/bn.h>
#include <openssl/err.h>


static void ngx_invoke_bind_prime_new(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_prime_check(ngx_invoke_v8_call_t *call);


/* Of the crypto binding: primes. */

const ngx_invoke_v8_native_t  ngx_invoke_bind_prime[] = {
    { "primeNew", ngx_invoke_bind_prime_new },
    { "primeCheck", ngx_invoke_bind_prime_check },
    { NULL, NULL }
};


/* A round of a test of a number that large takes a second. */
#define NGX_INVOKE_PRIME_BITS  16384

/* How far it is looked on from a random number. */
#define NGX_INVOKE_PRIME_STEPS  256


/* actor thread, all of this file */

/*
 * NGX_OK; NGX_DECLINED: none of that many bits follows on that random number;
 * NGX_ERROR: in OpenSSL's queue, or it is to end.
 */

static ngx_int_t
ngx_invoke_prime_try(BIGNUM *prime, int bits, int safe, const BIGNUM *add,
    const BIGNUM *rem, BN_CTX *ctx, BN_GENCB *cb)
{
    int          rc, n;
    BIGNUM      *rest;
    ngx_int_t    result;

    rest = BN_new();
    result = NGX_ERROR;

    if (rest == NULL
        || BN_rand(prime, bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD) != 1
        || BN_mod(rest, prime, add, ctx) != 1
        || BN_sub(prime, prime, rest) != 1
        || (rem != NULL ? BN_add(prime, prime, rem)
                        : BN_add_word(prime, safe ? 3 : 1))
           != 1)
    {
        goto done;
    }

    for (n = 0; n < NGX_INVOKE_PRIME_STEPS; n++) {

        if (BN_num_bits(prime) > bits) {
            break;
        }

        rc = 0;

        if (BN_num_bits(prime) == bits && BN_is_odd(prime)) {
            rc = BN_check_prime(prime, ctx, cb);

            if (rc == 1 && safe) {
                rc = BN_rshift1(rest, prime) == 1
                     ? BN_check_prime(rest, ctx, cb) : -1;
            }
        }

        if (rc == 1) {
            result = NGX_OK;
            goto done;
        }

        if (rc == -1 || BN_add(prime, prime, add) != 1) {
            goto done;
        }
    }

    result = NGX_DECLINED;

done:

    BN_free(rest);

    return result;
}


/*
 * A prime that is rem modulo add. OpenSSL looks for one that there may not
 * be, and cannot be ended while it does.
 */

static ngx_int_t
ngx_invoke_prime_modulo(ngx_invoke_v8_call_t *call, BIGNUM *prime, int bits,
    int safe, const BIGNUM *add, const BIGNUM *rem, BN_GENCB *cb)
{
    BN_CTX     *ctx;
    ngx_int_t   rc;

    if (bits < 2) {
        ERR_raise(ERR_LIB_BN, BN_R_BITS_TOO_SMALL);
        return NGX_ERROR;
    }

    ctx = BN_CTX_new();
    rc = ctx != NULL ? NGX_DECLINED : NGX_ERROR;

    while (rc == NGX_DECLINED && !ngx_invoke_openssl_ended(call)) {
        rc = ngx_invoke_prime_try(prime, bits, safe, add, rem, ctx, cb);
    }

    BN_CTX_free(ctx);

    return rc == NGX_OK ? NGX_OK : NGX_ERROR;
}


static void
ngx_invoke_prime_range(ngx_invoke_v8_call_t *call, const char *message)
{
    ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR, "ERR_OUT_OF_RANGE",
                        message);
}


/* What was asked for: *bn is NULL if it was not. NGX_ERROR: it has thrown. */

static ngx_int_t
ngx_invoke_prime_option(ngx_invoke_v8_call_t *call, int i, BIGNUM **bn)
{
    *bn = NULL;

    if (ngx_invoke_v8_type(ngx_invoke_v8_arg(call, i))
        == NGX_INVOKE_V8_UNDEFINED)
    {
        return NGX_OK;
    }

    *bn = ngx_invoke_openssl_number(call, i, NGX_INVOKE_PRIME_BITS / 8);

    return *bn != NULL ? NGX_OK : NGX_ERROR;
}


/*
 * primeNew(bits, whether it is safe, add, rem, whether this is to look at the
 * arguments alone) → Uint8Array
 */

static void
ngx_invoke_bind_prime_new(ngx_invoke_v8_call_t *call)
{
    int        bits, safe, rc, only;
    BIGNUM    *add, *rem, *prime;
    BN_GENCB  *cb;

    bits = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 0));
    safe = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1)) == 1;
    only = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 4)) == 1;

    if (bits < 1 || bits > NGX_INVOKE_PRIME_BITS) {
        ngx_invoke_prime_range(call, "invalid size");
        return;
    }

    rem = NULL;
    prime = NULL;
    cb = NULL;

    if (ngx_invoke_prime_option(call, 2, &add) != NGX_OK
        || ngx_invoke_prime_option(call, 3, &rem) != NGX_OK)
    {
        goto done;
    }

    if (add != NULL && (BN_is_zero(add) || BN_num_bits(add) > bits)) {
        ngx_invoke_prime_range(call, "invalid options.add");
        goto done;
    }

    if (add != NULL && rem != NULL && BN_cmp(add, rem) != 1) {
        ngx_invoke_prime_range(call, "invalid options.rem");
        goto done;
    }

    if (only) {
        goto done;
    }

    ERR_clear_error();

    prime = BN_new();
    cb = ngx_invoke_openssl_watch(call);

    if (prime == NULL || cb == NULL) {
        rc = 0;

    } else if (add != NULL) {
        rc = ngx_invoke_prime_modulo(call, prime, bits, safe, add, rem, cb)
             == NGX_OK;

    } else {
        rc = BN_generate_prime_ex(prime, bits, safe, NULL, NULL, cb) == 1;
    }

    if (rc) {
        ngx_invoke_openssl_return_number(call, prime);
        ERR_clear_error();

    } else {
        ngx_invoke_openssl_throw(call, "could not generate prime");
    }

done:

    BN_GENCB_free(cb);
    BN_clear_free(prime);
    BN_free(add);
    BN_free(rem);
}


/* primeCheck(candidate, rounds or 0) → boolean */

static void
ngx_invoke_bind_prime_check(ngx_invoke_v8_call_t *call)
{
    int        rc, rounds;
    BIGNUM    *candidate;
    BN_CTX    *ctx;
    BN_GENCB  *cb;

    candidate = ngx_invoke_openssl_number(call, 0, NGX_INVOKE_PRIME_BITS / 8);
    if (candidate == NULL) {
        return;
    }

    ERR_clear_error();

    rounds = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1));
    ctx = BN_CTX_new();
    cb = ngx_invoke_openssl_watch(call);

    rc = ctx != NULL && cb != NULL
         ? BN_is_prime_ex(candidate, ngx_max(rounds, 0), ctx, cb) : -1;

    BN_GENCB_free(cb);
    BN_CTX_free(ctx);
    BN_free(candidate);

    if (rc >= 0) {
        ngx_invoke_v8_return(call, ngx_invoke_v8_new_boolean(call, rc));
        ERR_clear_error();

    } else {
        ngx_invoke_openssl_throw(call, "Operation failed");
    }
}
