/*
 * The package cache as the threads of a pool see it: what
 * ngx_invoke_package.c has them do. All functions that do not say otherwise
 * block. Thread pool.
 */

#ifndef _NGX_INVOKE_PACKAGE_DISK_H_INCLUDED_
#define _NGX_INVOKE_PACKAGE_DISK_H_INCLUDED_


#include "ngx_invoke_package.h"


#define NGX_INVOKE_PACKAGE_DIGEST  64
#define NGX_INVOKE_PACKAGE_DETAIL  512


typedef enum {
    NGX_INVOKE_PACKAGE_FOUND = 0,
    NGX_INVOKE_PACKAGE_ABSENT,          /* it is not on disk */
    NGX_INVOKE_PACKAGE_BUSY,            /* another one has it: look again */
    NGX_INVOKE_PACKAGE_FAILED
} ngx_invoke_package_rc_e;


typedef struct {
    const ngx_invoke_package_conf_t  *conf;
    u_char              digest[NGX_INVOKE_PACKAGE_DIGEST + 1];
    ngx_str_t           key;
    ngx_uint_t        (*stop)(void *data);
    void               *data;

    /* the result */

    ngx_invoke_package_rc_e  rc;
    int                 fd;             /* of FOUND: the caller's */
    off_t               size;           /* of one that was brought */
    const char         *failed;         /* of FAILED, a constant */
    ngx_err_t           err;            /* this host's fault */
    ngx_uint_t          away;           /* the object store is away */
    size_t              detail_len;
    u_char              detail[NGX_INVOKE_PACKAGE_DETAIL];
} ngx_invoke_package_job_t;


/* The 64 digits in lower case. NGX_ERROR: it is no SHA-256. Any thread. */
ngx_int_t ngx_invoke_package_digest(ngx_str_t *digest, u_char *dst);

/*
 * The name of a directory in tmp/, which is never used twice: who finds one
 * there that is not locked may remove it by that name.
 */
#define NGX_INVOKE_PACKAGE_ASIDE_NAME                                         \
    (NGX_INVOKE_PACKAGE_DIGEST + 2 * NGX_INT64_LEN + sizeof(".."))

void ngx_invoke_package_aside_name(char *name, const char *digest);

/*
 * Tells of a directory in which no package can be stored; one that is not
 * there the master has told of. At the start of a worker.
 */
void ngx_invoke_package_check(const ngx_invoke_package_conf_t *conf,
    ngx_log_t *log);

/* Opens and locks a package that is on disk: any rc. */
void ngx_invoke_package_open(ngx_invoke_package_job_t *job);

/* Brings one that is not: FOUND, BUSY or FAILED. */
void ngx_invoke_package_fetch(ngx_invoke_package_job_t *job);


#endif /* _NGX_INVOKE_PACKAGE_DISK_H_INCLUDED_ */
