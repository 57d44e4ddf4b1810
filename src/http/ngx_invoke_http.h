/*
 * What the files of src/http share: the configuration of a location and the
 * state of a request. All of it belongs to the event loop.
 */

#ifndef _NGX_INVOKE_HTTP_H_INCLUDED_
#define _NGX_INVOKE_HTTP_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_invoke_metrics.h"
#include "ngx_invoke_invocation.h"
#include "ngx_invoke_code_cache.h"
#include "ngx_invoke_pool.h"
#include "ngx_invoke_local.h"
#include "ngx_invoke_postgres.h"
#include "ngx_invoke_secret.h"
#include "ngx_invoke_package.h"
#include "ngx_invoke_probe.h"
#include "ngx_invoke_store.h"
#include "ngx_invoke_redis.h"
#include "ngx_invoke_text.h"


/* A zone of shared memory; of size 0: not given. */

typedef struct {
    ngx_str_t                   name;
    size_t                      size;
} ngx_invoke_zone_conf_t;


typedef struct {
    ngx_invoke_pool_conf_t      pool;
    ngx_invoke_postgres_conf_t  postgres;
    ngx_invoke_package_conf_t   package;
    ngx_invoke_zone_conf_t      zone_conf;
    ngx_invoke_redis_conf_t     redis;
    ngx_shm_zone_t             *zone;       /* NULL: nothing needs it */
    ngx_thread_pool_t          *thread_pool;
    ngx_int_t                   request_id; /* index of the variable */
    ngx_uint_t                  used;       /* a location has "invoke" */
    ngx_array_t                *directories;    /* of ngx_str_t: those that
                                               locations name; NULL: none */
    ngx_uint_t                  health;     /* a location tells it */
    ngx_uint_t                  observed;   /* or one of the endpoints */

    ngx_invoke_store_conf_t     store;
    ngx_invoke_zone_conf_t      record_zone_conf;
    ngx_shm_zone_t             *record_zone;    /* NULL: there is no store */
    ngx_str_t                   gateway_secret; /* len 0: there is none */
    ngx_invoke_resolver_t       resolver;   /* timeout unset: not given */
    ngx_array_t                 egress;     /* of ngx_invoke_egress_t *, each
                                               policy once */
    ngx_str_t                   ca_certificates;
} ngx_invoke_main_conf_t;


/* What invoke_package_cache is without its parameters: bytes, seconds. */
#define NGX_INVOKE_PACKAGE_CACHE_SIZE  ((off_t) 10 * 1024 * 1024 * 1024)
#define NGX_INVOKE_PACKAGE_CACHE_TIME  (7 * 24 * 60 * 60)


/* A directive "name value" whose value may have variables. */

typedef struct {
    ngx_str_t                   name;
    ngx_http_complex_value_t    value;
} ngx_invoke_pair_t;


typedef struct {
    ngx_http_complex_value_t   *function;   /* NULL: no function here */
    ngx_str_t                   directory;  /* of one without variables */
    ngx_str_t                   prefix;     /* of the location's URIs */
    ngx_http_complex_value_t   *path;
    ngx_http_complex_value_t   *path_args;  /* its query; NULL: none */
    ngx_uint_t                  path_decoded;   /* it is made of captures */
    ngx_http_complex_value_t   *protocol;
    ngx_http_complex_value_t   *host;

    ngx_array_t                *params;     /* of ngx_invoke_pair_t */
    ngx_array_t                *env;
    ngx_array_t                *headers;    /* names in lower case */

    ngx_msec_t                  directory_check;
    ngx_msec_t                  timeout;
    ngx_msec_t                  cpu_limit;
    ngx_uint_t                  isolation;
    ngx_uint_t                  etag;       /* ngx_invoke_etag_e */
    ngx_int_t                   concurrency;
    ngx_int_t                   active;
    size_t                      max_response;
    ngx_array_t                *egress;     /* of ngx_invoke_egress_rule_t */
    ngx_flag_t                  egress_private;
    ngx_invoke_egress_limits_t  egress_limits;
    ngx_invoke_limits_t         limits;     /* all of these */

    ngx_uint_t                  execution_log;  /* ngx_invoke_log_e */
    ngx_flag_t                  console;
    ngx_flag_t                  error_detail;
    ngx_flag_t                  source_maps;
    ngx_flag_t                  ignore_client_abort;
    ngx_flag_t                  request_buffering;
    ngx_flag_t                  intercept_errors;
    ngx_array_t                *hide_headers;   /* of ngx_str_t */

    ngx_uint_t                  metrics;    /* ngx_invoke_metrics_format_e */
    ngx_uint_t                  health;     /* ngx_invoke_health_e */
    ngx_uint_t                  cache;
} ngx_invoke_loc_conf_t;


typedef enum {
    NGX_INVOKE_METRICS_JSON = 1,
    NGX_INVOKE_METRICS_PROMETHEUS
} ngx_invoke_metrics_format_e;


typedef enum {
    NGX_INVOKE_HEALTH_ALL = 1,
    NGX_INVOKE_HEALTH_LIVE
} ngx_invoke_health_e;


/*
 * A request and its invocation:
 *
 *   LOOKUP --> BODY --> WAITING --> REPLYING --> SENT
 *      |         |         |           |          |
 *      +---------+---------+-----------+----------+--> DONE
 *
 * LOOKUP: its function is looked up. BODY: its body is read, but for one that
 * is streamed, which may be read in all states that follow. WAITING: the
 * invocation was submitted. REPLYING: the head of the response was sent.
 * SENT: the last part was; the invocation may still run. DONE: the request
 * was finalized, or an error page has taken it over. Each state but LOOKUP
 * may be skipped; only ngx_invoke_ctx_finalize() and the cleanup of a
 * request that is terminated lead to DONE.
 */

typedef enum {
    NGX_INVOKE_LOOKUP = 0,
    NGX_INVOKE_BODY,
    NGX_INVOKE_WAITING,
    NGX_INVOKE_REPLYING,
    NGX_INVOKE_SENT,
    NGX_INVOKE_DONE
} ngx_invoke_state_e;


/* invoke_execution_log */

typedef enum {
    NGX_INVOKE_LOG_OFF = 0,
    NGX_INVOKE_LOG_ON,
    NGX_INVOKE_LOG_BODIES
} ngx_invoke_log_e;

typedef struct ngx_invoke_log_s  ngx_invoke_log_t;


/* What authenticated a request. */

typedef enum {
    NGX_INVOKE_AUTH_NONE = 0,
    NGX_INVOKE_AUTH_BEARER,             /* Authorization: Bearer */
    NGX_INVOKE_AUTH_ARG,                /* ?api_key= */
    NGX_INVOKE_AUTH_ARG_CAMEL,          /* ?apiKey= */
    NGX_INVOKE_AUTH_HEADER              /* x-api-key: */
} ngx_invoke_auth_e;


typedef struct ngx_invoke_part_s  ngx_invoke_part_t;

/* A part of the response that nginx has not yet sent, oldest first. */

struct ngx_invoke_part_s {
    ngx_invoke_part_t          *next;
    ngx_invoke_reply_t         *reply;
    ngx_buf_t                   buf;
    ngx_chain_t                 chain;
    off_t                       left;       /* not yet reported as sent */
};


typedef struct ngx_invoke_ctx_s  ngx_invoke_ctx_t;

struct ngx_invoke_ctx_s {
    ngx_http_request_t         *request;
    ngx_invoke_loc_conf_t      *conf;
    ngx_invoke_state_e          state;

    ngx_str_t                   id;         /* of the function */
    ngx_str_t                   trace_id;
    ngx_str_t                   client_ip;  /* of a gateway's token */
    ngx_invoke_auth_e           auth;
    ngx_invoke_local_lookup_t   lookup;
    ngx_invoke_store_lookup_t   store;      /* its record: of the fleet */

    /* of the look-up: its end, and what takes leave of it, or NULL */

    void                      (*found)(ngx_invoke_ctx_t *ctx);
    void                      (*cancel)(ngx_invoke_ctx_t *ctx);

    ngx_invoke_function_t      *function;   /* a reference */
    ngx_invoke_invocation_t    *inv;        /* NULL: none, or it is over */
    ngx_invoke_log_t           *log;        /* for its row; NULL: nothing */

    /* the response */

    ngx_invoke_part_t          *parts;
    ngx_invoke_part_t         **last_part;
    ngx_invoke_part_t          *free_parts;
    off_t                       rest;       /* of a declared length, or -1 */
    ngx_str_t                   redirect;   /* to where, if "redirected" */
    ngx_int_t                   rc;         /* of the last output */
    ngx_event_t                 end;        /* finalizes after SENT */

    /* how it ended, for the variables */

    ngx_uint_t                  known;      /* the rest is set */
    ngx_invoke_outcome_e        outcome;
    ngx_invoke_measure_t        measure;

    unsigned                    trusted:1;  /* by a gateway's token */
    unsigned                    held:1;     /* the worker, by a look-up */
    unsigned                    discard:1;  /* the response has no body */
    unsigned                    streamed:1; /* the request's body */
    unsigned                    asked:1;    /* for a piece of it */
    unsigned                    redirected:1;   /* by X-Accel-Redirect */
    unsigned                    traced:1;   /* the function set x-trace-id */
    unsigned                    kept:1;     /* parts are freed in the end */
};


extern ngx_module_t  ngx_invoke_module;


/* ngx_invoke_conf.c */

void *ngx_invoke_conf_create_main(ngx_conf_t *cf);
char *ngx_invoke_conf_init_main(ngx_conf_t *cf, void *conf);
void *ngx_invoke_conf_create_loc(ngx_conf_t *cf);
char *ngx_invoke_conf_merge_loc(ngx_conf_t *cf, void *parent, void *child);

/* ngx_invoke_directives.c: the setters of directives, as nginx calls them */

char *ngx_invoke_conf_invoke(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_invoke_conf_path(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_invoke_conf_pair(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_invoke_conf_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_invoke_conf_isolates(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_invoke_conf_queue(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_invoke_conf_package_cache(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_invoke_conf_module_cache(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_invoke_conf_v8_flags(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_invoke_conf_egress(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_invoke_conf_egress_limits(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_invoke_conf_resolver(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_invoke_conf_time_or_off(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_invoke_conf_isolation(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_invoke_conf_metrics(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_invoke_conf_health(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_invoke_conf_cache(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/* ngx_invoke_store_directives.c: those of src/store */

char *ngx_invoke_conf_postgres(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

char *ngx_invoke_conf_s3(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

char *ngx_invoke_conf_gateway_secret(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);

char *ngx_invoke_conf_execution_log(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_invoke_conf_redis(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);

/* checks of values that nginx's own setters have set */

extern ngx_conf_post_t        ngx_invoke_conf_positive_time;
extern ngx_conf_post_t        ngx_invoke_conf_positive_size;
extern ngx_conf_post_t        ngx_invoke_conf_memory;
extern ngx_conf_post_t        ngx_invoke_conf_concurrency;
extern ngx_conf_enum_t        ngx_invoke_conf_etags[];

/* ngx_invoke_ctx.c */

/* The state of a request that begins, with its cleanups; or NULL. */
ngx_invoke_ctx_t *ngx_invoke_ctx_create(ngx_http_request_t *r);

/* The state of a request, also after an internal redirect; or NULL. */
ngx_invoke_ctx_t *ngx_invoke_ctx_get(ngx_http_request_t *r);

/* Has nginx tell when the client leaves. */
ngx_int_t ngx_invoke_ctx_watch(ngx_invoke_ctx_t *ctx);

/*
 * Takes leave of the invocation, which goes on, for another location to
 * answer the request: the caller redirects it, and then finalizes it with
 * NGX_DONE.
 */
void ngx_invoke_ctx_hand_on(ngx_invoke_ctx_t *ctx);

/* What is to be told of the invocation as yet; NULL: nothing. */
const ngx_invoke_measure_t *ngx_invoke_ctx_measured(ngx_invoke_ctx_t *ctx);

/*
 * Notes how the invocation ended, for the variables, and counts it; the
 * times have been set. Only the first call does anything.
 */
void ngx_invoke_ctx_result(ngx_invoke_ctx_t *ctx,
    ngx_invoke_outcome_e outcome);

/*
 * The one end of a request here. What of it is still under way is told so,
 * and the request is finalized with rc; ctx and the request may be gone
 * after it.
 */
void ngx_invoke_ctx_finalize(ngx_invoke_ctx_t *ctx, ngx_int_t rc);

/* ngx_invoke_egress_directives.c */

/*
 * What functions may connect to: an unset configuration, and the policy that
 * one comes to once it has what it inherits. NGX_ERROR: memory is out.
 */
void ngx_invoke_egress_unset(ngx_invoke_loc_conf_t *conf);
ngx_int_t ngx_invoke_egress_merge(ngx_conf_t *cf,
    ngx_invoke_loc_conf_t *prev, ngx_invoke_loc_conf_t *conf);

/* ngx_invoke_handler.c */

/* The content handler of a location with "invoke". */
ngx_int_t ngx_invoke_handler(ngx_http_request_t *r);

/* ngx_invoke_owner.c: of invocations that requests have submitted */

extern const ngx_invoke_owner_t  ngx_invoke_owner_loud;
extern const ngx_invoke_owner_t  ngx_invoke_owner_quiet;  /* no console */

/* ngx_invoke_worker.c */

/*
 * In a worker's init_process and exit_process: the pool of isolates. Without
 * one, which is logged, invocations are refused and all else is served.
 */
void ngx_invoke_worker_init(ngx_invoke_pool_conf_t *conf,
    ngx_cycle_t *cycle);
void ngx_invoke_worker_exit(ngx_cycle_t *cycle);

/*
 * Whether this process has a pool. In init_module that is so where a single
 * process reloads, which keeps the one that it has.
 */
extern ngx_uint_t  ngx_invoke_worker_ready;

/* ngx_invoke_target.c */

/*
 * The directory that the location names, with a NUL behind it; sets ctx->id.
 * NGX_DONE: that is an id of the fleet. NGX_DECLINED when there can be no
 * function: what variables gave may not lead out of the directories that the
 * configuration names, and no store is configured that knows ids.
 */
ngx_int_t ngx_invoke_target(ngx_invoke_ctx_t *ctx, ngx_str_t *path);

/* ngx_invoke_lookup.c: from what the location names to a function */

/*
 * Ends in found(ctx) with ctx->function, or in ngx_invoke_error_refuse(), now
 * or later.
 */
void ngx_invoke_lookup(ngx_invoke_ctx_t *ctx,
    void (*found)(ngx_invoke_ctx_t *ctx));

/* ngx_invoke_request.c */

/*
 * Copies the request into a new invocation, ctx->inv; NGX_ERROR when memory
 * is out. The body has been read.
 */
ngx_int_t ngx_invoke_request_copy(ngx_invoke_ctx_t *ctx);

/* ngx_invoke_request_url.c */

/* Sets inv->url and original_url of ctx->inv; NGX_ERROR: memory is out. */
ngx_int_t ngx_invoke_request_url(ngx_invoke_ctx_t *ctx);

/* ngx_invoke_trace_id.c */

/* Its x-trace-id, else $request_id; in the request's pool. */
ngx_int_t ngx_invoke_request_trace_id(ngx_http_request_t *r, ngx_str_t *id);

/* Has each line of the request's in the log name that of its invocation. */
void ngx_invoke_trace_id_log(ngx_http_request_t *r);

/* ngx_invoke_auth.c: a function of the fleet may ask for its API key */

/*
 * NGX_INVOKE_OK, NGX_INVOKE_KEY_REQUIRED or NGX_INVOKE_KEY_INVALID; sets
 * ctx->auth. ctx->store.record is known.
 */
ngx_invoke_outcome_e ngx_invoke_auth_check(ngx_invoke_ctx_t *ctx);

/* Takes from a query the arguments that have authenticated the request. */
ngx_int_t ngx_invoke_auth_args(ngx_invoke_ctx_t *ctx, ngx_str_t *args);

/* Whether a header is one that no function of the fleet gets to see. */
ngx_uint_t ngx_invoke_auth_hides(ngx_invoke_ctx_t *ctx, ngx_table_elt_t *h);

/*
 * Copies a header's value to p, less the cookie that no function of the fleet
 * gets to see; returns the end.
 */
u_char *ngx_invoke_auth_cookies(ngx_invoke_ctx_t *ctx, ngx_table_elt_t *h,
    u_char *p);

/* ngx_invoke_gateway.c */

/*
 * Checks the token of the former gateway, in x-invoke-data, if there is one
 * and invoke_gateway_secret: sets ctx->trusted and ctx->client_ip.
 * NGX_DECLINED: it is not valid, or over.
 */
ngx_int_t ngx_invoke_gateway_check(ngx_invoke_ctx_t *ctx);

/* ngx_invoke_body.c: with "invoke_request_buffering off" */

/* Has nginx not read the body at once, where there is one; before it does. */
void ngx_invoke_body_prepare(ngx_invoke_ctx_t *ctx);

/* The invocation was submitted: the rest of the body is read when asked for. */
ngx_int_t ngx_invoke_body_start(ngx_invoke_ctx_t *ctx);

/* The function asks for the next piece. */
void ngx_invoke_body_asked(ngx_invoke_ctx_t *ctx);

/* ngx_invoke_response.c */

/* Takes over a part of the response. */
void ngx_invoke_response_reply(ngx_invoke_ctx_t *ctx,
    ngx_invoke_reply_t *reply);

/* ngx_invoke_header.c */

/*
 * Turns the head of a reply into headers_out. NGX_OK; NGX_DECLINED when it
 * holds what may not be sent, "error" then says what; NGX_ERROR. With a
 * length declared for a response that is streamed, ctx->rest is that.
 */
ngx_int_t ngx_invoke_header_set(ngx_invoke_ctx_t *ctx,
    ngx_invoke_reply_t *reply, ngx_str_t *error);

/*
 * Adds a header of the function's, or does what it asks for, unless it is
 * hidden. NGX_OK or NGX_ERROR; name and value must live as long as the request.
 */
ngx_int_t ngx_invoke_header_add(ngx_invoke_ctx_t *ctx, ngx_str_t *name,
    ngx_str_t *value);

/* Sets a status, with a line where nginx has none. */
void ngx_invoke_header_status(ngx_http_request_t *r, ngx_uint_t status);

/* Adds a header; name and value must live as long as the request. */
ngx_table_elt_t *ngx_invoke_header_push(ngx_http_request_t *r,
    ngx_str_t *name, ngx_str_t *value);

/* ngx_invoke_instead.c: others answer instead of the function */

/*
 * Whether what it has sent is not for the client, by invoke_intercept_errors
 * or X-Accel-Redirect. Its head is in headers_out.
 */
ngx_uint_t ngx_invoke_instead_wanted(ngx_invoke_ctx_t *ctx,
    ngx_uint_t status);

/* Then hands the request on; the function goes on, too. */
void ngx_invoke_instead(ngx_invoke_ctx_t *ctx, ngx_uint_t status);

/* ngx_invoke_error.c */

/* Whether the location has an error page for a status, and may use it. */
ngx_uint_t ngx_invoke_error_page(ngx_http_request_t *r, ngx_uint_t status);

/* A failure; the strings may be empty, and are copied. */

typedef struct {
    ngx_invoke_outcome_e        outcome;
    ngx_uint_t                  status;     /* 0: that of the outcome */
    ngx_err_t                   err;
    ngx_str_t                   name;
    ngx_str_t                   message;
    ngx_str_t                   stack;
} ngx_invoke_error_t;

/*
 * Ends the request with a failure, which is logged and counted: by a JSON
 * body, an error page of the location's, or by closing the connection when
 * the head of a response was sent.
 */
void ngx_invoke_error_send(ngx_invoke_ctx_t *ctx, ngx_invoke_error_t *error);

/*
 * The same for one that was not run: "why", a constant, is for the log, with
 * err. Where the body was not read an error page of the location's may read
 * it.
 */
void ngx_invoke_error_refuse(ngx_invoke_ctx_t *ctx,
    ngx_invoke_outcome_e outcome, ngx_err_t err, const char *why);

/* ngx_invoke_error_log.c */

/* One line in the log; "trace" is NULL where the request is there to name it */
void ngx_invoke_error_log(ngx_log_t *log, ngx_str_t *id, ngx_str_t *version,
    ngx_str_t *trace, ngx_invoke_error_t *error);

/* A console line; also of an invocation whose request is gone. */
void ngx_invoke_error_console(ngx_log_t *log, ngx_str_t *id,
    ngx_str_t *trace, ngx_invoke_console_e level, ngx_str_t *text);

/* The console's methods, by ngx_invoke_console_e. */
extern ngx_str_t  ngx_invoke_error_methods[];

/*
 * ngx_invoke_log.c: the row of an invocation in the execution log, if it is
 * of a function of the fleet; these do nothing for others
 */

/* What the row takes up while the request runs. */
void ngx_invoke_log_console(ngx_invoke_ctx_t *ctx, ngx_invoke_console_e level,
    ngx_str_t *text);
void ngx_invoke_log_error(ngx_invoke_ctx_t *ctx, ngx_invoke_error_t *error);
void ngx_invoke_log_request_body(ngx_invoke_ctx_t *ctx);
void ngx_invoke_log_request_part(ngx_invoke_ctx_t *ctx, ngx_chain_t *in);
void ngx_invoke_log_response_body(ngx_invoke_ctx_t *ctx,
    ngx_invoke_reply_t *reply);

/* The request is over: makes the row, and counts the invocation. */
void ngx_invoke_log_request(ngx_invoke_ctx_t *ctx);

/* ngx_invoke_variables.c */

ngx_int_t ngx_invoke_variables_add(ngx_conf_t *cf);


#endif /* _NGX_INVOKE_HTTP_H_INCLUDED_ */
