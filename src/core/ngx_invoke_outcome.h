/*
 * How an invocation ends, what it has taken, and what clients, metrics and logs
 * are told of that.
 */

#ifndef _NGX_INVOKE_OUTCOME_H_INCLUDED_
#define _NGX_INVOKE_OUTCOME_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* ngx_invoke_outcomes[] has a row for each. */

typedef enum {
    NGX_INVOKE_OK = 0,
    NGX_INVOKE_EXCEPTION,
    NGX_INVOKE_BAD_EXPORT,
    NGX_INVOKE_BAD_REQUEST,
    NGX_INVOKE_BAD_CHARSET,
    NGX_INVOKE_BODY_TOO_LARGE,
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


typedef enum {
    NGX_INVOKE_START_COLD = 0,      /* the worker had to load the function */
    NGX_INVOKE_START_WARM,          /* compiled, in a fresh context */
    NGX_INVOKE_START_REUSED         /* in a context that was there */
} ngx_invoke_start_e;


/* What an invocation has taken, until its end or so far. */

typedef struct {
    ngx_uint_t              ran;        /* an isolate took it */
    ngx_invoke_start_e      start;      /* if so */
    uint64_t                wall_time;  /* ns since the submit */
    uint64_t                cpu_time;   /* ns */
    uint64_t                queue_time; /* ns until it was given to one */
} ngx_invoke_measure_t;


typedef struct {
    ngx_str_t               status;     /* $invoke_status, metrics label */
    ngx_str_t               code;       /* error.code of the response */
    ngx_uint_t              http;       /* HTTP status of the response */
    ngx_str_t               message;    /* with invoke_error_detail off */
} ngx_invoke_outcome_t;


extern const ngx_invoke_outcome_t  ngx_invoke_outcomes[NGX_INVOKE_OUTCOMES];


#endif /* _NGX_INVOKE_OUTCOME_H_INCLUDED_ */
