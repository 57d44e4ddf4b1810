
#include "ngx_invoke_version.h"


#define NGX_INVOKE_VERSION_RETRY  1000      /* ms, after a failure */


static ngx_uint_t ngx_invoke_version_same(ngx_invoke_record_t *a,
    ngx_invoke_record_t *b);
static void ngx_invoke_version_fetch(ngx_invoke_version_t *version,
    ngx_invoke_record_t *record);
static void ngx_invoke_version_fetched(ngx_invoke_package_lookup_t *package);
static void ngx_invoke_version_made(ngx_invoke_version_t *version,
    ngx_int_t rc);
static void ngx_invoke_version_forget(ngx_invoke_version_t *version);


void
ngx_invoke_version_init(ngx_invoke_version_t *version)
{
    version->package.handler = ngx_invoke_version_fetched;
    version->package.data = version;
}


void
ngx_invoke_version_prepare(ngx_invoke_version_t *version,
    ngx_invoke_record_t *record)
{
    if (record->digest.len == 0
        || (version->function
            && ngx_invoke_version_same(version->made_of, record)))
    {
        return;
    }

    ngx_invoke_version_fetch(version, record);
}


ngx_int_t
ngx_invoke_version_get(ngx_invoke_version_t *version,
    ngx_invoke_record_t *record, ngx_msec_t grace,
    ngx_invoke_function_t **function, const char **failed)
{
    ngx_uint_t  i, same;

    if (record->digest.len == 0) {
        *failed = "the function has no active version with a SHA-256";
        return NGX_BUSY;
    }

    for (i = 0; i < 2; i++) {

        if (version->function == NULL
            || !ngx_invoke_version_same(version->made_of, record))
        {
            same = version->wanted
                   && ngx_invoke_version_same(version->wanted, record);

            if (!same
                || (!version->fetches
                    && !(version->failed
                         && ngx_current_msec - version->tried
                            < NGX_INVOKE_VERSION_RETRY)))
            {
                ngx_invoke_version_fetch(version, record);
            }

            if (version->fetches && version->function == NULL) {
                return NGX_AGAIN;
            }

            if (version->failed
                && (version->function == NULL
                    || ngx_current_msec - version->missed >= grace))
            {
                *failed = version->failed;
                return NGX_BUSY;
            }
        }

        if (ngx_invoke_function_use(version->function) == NGX_OK) {
            *function = ngx_invoke_function_hold(version->function);
            return NGX_OK;
        }

        /* nobody used it, and the cache has removed its package */

        ngx_invoke_version_forget(version);
    }

    *failed = "the package is removed all the time";

    return NGX_BUSY;
}


void
ngx_invoke_version_drop(ngx_invoke_version_t *version)
{
    if (version->fetches) {
        ngx_invoke_package_cancel(&version->package);
        version->fetches = 0;
    }

    if (version->wanted) {
        ngx_invoke_record_release(version->wanted);
        version->wanted = NULL;
    }

    ngx_invoke_version_forget(version);

    version->failed = NULL;
}


static void
ngx_invoke_version_forget(ngx_invoke_version_t *version)
{
    if (version->function) {
        ngx_invoke_function_release(version->function);
        ngx_invoke_record_release(version->made_of);
        version->function = NULL;
        version->made_of = NULL;
    }
}


/* Two records of one function are of the same version. */

static ngx_uint_t
ngx_invoke_version_same(ngx_invoke_record_t *a, ngx_invoke_record_t *b)
{
    ngx_uint_t  i;

#define ngx_invoke_version_equal(x, y)                                        \
    ((x).len == (y).len && ngx_memcmp((x).data, (y).data, (x).len) == 0)

    if (a == b) {
        return 1;
    }

    if (!ngx_invoke_version_equal(a->digest, b->digest) || a->nenv != b->nenv)
    {
        return 0;
    }

    for (i = 0; i < a->nenv; i++) {
        if (!ngx_invoke_version_equal(a->env[i].name, b->env[i].name)
            || !ngx_invoke_version_equal(a->env[i].value, b->env[i].value))
        {
            return 0;
        }
    }

#undef ngx_invoke_version_equal

    return 1;
}


/* What was fetched until now is not wanted any more. */

static void
ngx_invoke_version_fetch(ngx_invoke_version_t *version,
    ngx_invoke_record_t *record)
{
    ngx_int_t    rc;
    ngx_uint_t   awaited;

    awaited = version->fetches;

    if (version->fetches) {
        ngx_invoke_package_cancel(&version->package);
        version->fetches = 0;
    }

    ngx_invoke_record_hold(record);

    if (version->wanted) {
        if (!ngx_invoke_version_same(version->wanted, record)) {
            version->failed = NULL;
        }

        ngx_invoke_record_release(version->wanted);
    }

    version->wanted = record;

    version->package.digest = record->digest;
    version->package.key = record->path;

    rc = ngx_invoke_package_find(&version->package);

    if (rc == NGX_AGAIN) {
        version->fetches = 1;
        return;
    }

    ngx_invoke_version_made(version, rc);

    if (awaited) {
        version->handler(version);
    }
}


static void
ngx_invoke_version_fetched(ngx_invoke_package_lookup_t *package)
{
    ngx_invoke_version_t  *version;

    version = package->data;
    version->fetches = 0;

    ngx_invoke_version_made(version, package->fd != -1 ? NGX_OK
                                                       : NGX_DECLINED);

    version->handler(version);
}


static void
ngx_invoke_version_made(ngx_invoke_version_t *version, ngx_int_t rc)
{
    const char             *failed;
    ngx_invoke_record_t    *record;
    ngx_invoke_function_t  *function;

    record = version->wanted;

    if (rc == NGX_OK) {
        function = ngx_invoke_function_create(&record->id, &record->digest,
                                              &version->package.root,
                                              version->package.fd,
                                              record->env, record->nenv);
        free(version->package.root.data);
        failed = "no memory for its record";

    } else {
        function = NULL;
        failed = (rc == NGX_DECLINED) ? version->package.failed
                                      : "no memory to look it up";
    }

    if (function == NULL) {
        if (version->failed == NULL) {
            version->missed = ngx_current_msec;
        }

        version->failed = failed;
        version->tried = ngx_current_msec;

        if (version->function) {
            ngx_log_error(NGX_LOG_ERR, version->log, 0,
                          "invoke: function \"%V\" stays at version %V: "
                          "version %V is not to be had, %s", &record->id,
                          &version->made_of->digest, &record->digest, failed);
        }

        return;
    }

    ngx_log_error(NGX_LOG_INFO, version->log, 0,
                  "invoke: function \"%V\" is at version %V", &record->id,
                  &record->digest);

    ngx_invoke_version_forget(version);
    ngx_invoke_function_package(function);

    version->function = function;
    version->made_of = record;
    version->wanted = NULL;
    version->failed = NULL;
}
