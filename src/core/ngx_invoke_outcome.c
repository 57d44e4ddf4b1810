
#include "ngx_invoke_outcome.h"


#define ngx_invoke_failed  ngx_string("Execution failed")


const ngx_invoke_outcome_t  ngx_invoke_outcomes[NGX_INVOKE_OUTCOMES] = {

    /* NGX_INVOKE_OK */
    { ngx_string("ok"), ngx_null_string, 200, ngx_null_string },

    /* NGX_INVOKE_EXCEPTION */
    { ngx_string("exception"), ngx_string("exception"), 500,
      ngx_invoke_failed },

    /* NGX_INVOKE_BAD_EXPORT */
    { ngx_string("bad_export"), ngx_string("bad_export"), 500,
      ngx_invoke_failed },

    /* NGX_INVOKE_BAD_REQUEST */
    { ngx_string("bad_request"), ngx_string("bad_request"), 400,
      ngx_string("Bad request") },

    /* NGX_INVOKE_BAD_CHARSET */
    { ngx_string("bad_request"), ngx_string("bad_request"), 415,
      ngx_string("Unsupported media type") },

    /* NGX_INVOKE_BODY_TOO_LARGE */
    { ngx_string("bad_request"), ngx_string("bad_request"), 413,
      ngx_string("Request entity too large") },

    /* NGX_INVOKE_TIMEOUT */
    { ngx_string("timeout"), ngx_string("timeout"), 504,
      ngx_invoke_failed },

    /* NGX_INVOKE_CPU */
    { ngx_string("cpu"), ngx_string("cpu"), 504,
      ngx_invoke_failed },

    /* NGX_INVOKE_MEMORY */
    { ngx_string("memory"), ngx_string("memory"), 500,
      ngx_invoke_failed },

    /* NGX_INVOKE_CRASHED */
    { ngx_string("crashed"), ngx_string("crashed"), 500,
      ngx_invoke_failed },

    /* NGX_INVOKE_RESPONSE_TOO_LARGE */
    { ngx_string("response_too_large"), ngx_string("response_too_large"), 500,
      ngx_invoke_failed },

    /* NGX_INVOKE_OVERLOADED */
    { ngx_string("queue"), ngx_string("overloaded"), 503,
      ngx_string("Service overloaded") },

    /* NGX_INVOKE_UNAVAILABLE */
    { ngx_string("unavailable"), ngx_string("package_unavailable"), 502,
      ngx_invoke_failed },

    /* NGX_INVOKE_NOT_FOUND */
    { ngx_string("not_found"), ngx_string("not_found"), 404,
      ngx_string("Function not found") },

    /* NGX_INVOKE_KEY_REQUIRED */
    { ngx_string("api_key_required"), ngx_string("api_key_required"), 401,
      ngx_string("API key required") },

    /* NGX_INVOKE_KEY_INVALID */
    { ngx_string("api_key_invalid"), ngx_string("api_key_invalid"), 403,
      ngx_string("Invalid API key") },

    /* NGX_INVOKE_FORBIDDEN */
    { ngx_string("forbidden"), ngx_string("forbidden"), 403,
      ngx_string("Forbidden: invalid or expired gateway token") },

    /* NGX_INVOKE_ABORTED */
    { ngx_string("aborted"), ngx_string("aborted"), 499,
      ngx_null_string }
};
