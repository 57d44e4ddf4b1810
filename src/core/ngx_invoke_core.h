/*
 * What every layer above shares: the outcomes of an invocation and the
 * limits that it runs under.
 */

#ifndef _NGX_INVOKE_CORE_H_INCLUDED_
#define _NGX_INVOKE_CORE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* How an invocation ended. ngx_invoke_outcomes[] has a row for each. */

typedef enum {
    NGX_INVOKE_OK = 0,
    NGX_INVOKE_EXCEPTION,
    NGX_INVOKE_BAD_EXPORT,
    NGX_INVOKE_BAD_REQUEST,
    NGX_INVOKE_BAD_CHARSET,
    NGX_INVOKE_TIMEOUT,
    NGX_INVOKE_CPU,
    NGX_INVOKE_MEMORY,
    NGX_INVOKE_CRASHED,
    NGX_INVOKE_RESPONSE_TOO_LARGE,
    NGX_INVOKE_OVERLOADED,
    NGX_INVOKE_UNAVAILABLE,
    NGX_INVOKE_NOT_FOUND,
    NGX_INVOKE_KEY_REQUIRED,
    NGX_INVOKE_KEY_INVALID,
    NGX_INVOKE_FORBIDDEN,
    NGX_INVOKE_ABORTED,
    NGX_INVOKE_OUTCOMES
} ngx_invoke_outcome_e;


typedef struct {
    ngx_str_t               status;     /* $invoke_status, metrics label */
    ngx_str_t               code;       /* error.code of the response */
    ngx_uint_t              http;       /* HTTP status of the response */
    ngx_str_t               message;    /* with invoke_error_detail off */
} ngx_invoke_outcome_t;


extern const ngx_invoke_outcome_t  ngx_invoke_outcomes[NGX_INVOKE_OUTCOMES];


/*
 * Invocations under way in one isolate: what invoke_concurrency may be at
 * most, and what the pool gives to one. A power of two, which fits in the bits
 * of an uint64_t.
 */
#define NGX_INVOKE_SLOTS  64

#if (NGX_INVOKE_SLOTS & (NGX_INVOKE_SLOTS - 1) || NGX_INVOKE_SLOTS > 64)
#error NGX_INVOKE_SLOTS is no power of two, or is over 64
#endif


typedef enum {
    NGX_INVOKE_ISOLATION_REQUEST = 0,   /* a fresh context each time */
    NGX_INVOKE_ISOLATION_FUNCTION       /* one context per version */
} ngx_invoke_isolation_e;


typedef struct {
    ngx_msec_t              timeout;        /* wall time */
    ngx_msec_t              cpu;            /* CPU time, 0: no limit */
    size_t                  memory;         /* of its isolate, 0: the pool's */
    size_t                  response;       /* bytes not yet sent */
    size_t                  console;        /* bytes of console lines */
    ngx_uint_t              concurrency;    /* awaiting in one isolate */
    ngx_invoke_isolation_e  isolation;
} ngx_invoke_limits_t;


/* A name and a value: a header, a parameter, an environment variable. */

typedef struct {
    ngx_str_t               name;
    ngx_str_t               value;
} ngx_invoke_field_t;


#endif /* _NGX_INVOKE_CORE_H_INCLUDED_ */
