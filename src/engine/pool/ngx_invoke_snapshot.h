/*
 * The startup snapshot: V8's heap with src/js evaluated, from which every
 * isolate and context starts. V8 must not run in the master, whose children
 * would inherit threads that do not exist, so a child made for it builds the
 * blob and hands it back through a pipe.
 */

#ifndef _NGX_INVOKE_SNAPSHOT_H_INCLUDED_
#define _NGX_INVOKE_SNAPSHOT_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/*
 * In the master, before the workers are forked: has a child build the startup
 * snapshot, and keeps the blob for all workers; kept over reloads while the
 * flags are the same. NGX_ERROR is logged. Not with "nginx -t".
 */
ngx_int_t ngx_invoke_snapshot_build(const ngx_str_t *flags, ngx_log_t *log);

/* The blob, and its flags as a C string. In a worker. */
void ngx_invoke_snapshot_get(const uint8_t **blob, size_t *len,
    const char **flags);


#endif /* _NGX_INVOKE_SNAPSHOT_H_INCLUDED_ */
