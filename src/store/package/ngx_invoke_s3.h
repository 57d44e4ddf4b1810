/*
 * Objects of an S3 bucket, by libcurl, whose AWS_SIGV4 signs the requests
 * (AWS Signature Version 4, https://docs.aws.amazon.com/AmazonS3/latest/API/).
 */

#ifndef _NGX_INVOKE_S3_H_INCLUDED_
#define _NGX_INVOKE_S3_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


typedef struct {
    ngx_str_t           url;            /* "http[s]://host[:port]"; len 0: no
                                           object store */
    ngx_str_t           bucket;
    ngx_str_t           region;
    ngx_str_t           access_key;     /* len 0: anonymous */
    ngx_str_t           secret_key;
    ngx_str_t           ca;             /* file, len 0: the system's roots;
                                           with a NUL behind it */
    ngx_uint_t          virtual_host;   /* the bucket is in the host's name */
} ngx_invoke_s3_conf_t;


typedef enum {
    NGX_INVOKE_S3_OK = 0,
    NGX_INVOKE_S3_MISSING,              /* there is no such object */
    NGX_INVOKE_S3_DENIED,               /* 401, 403 */
    NGX_INVOKE_S3_CONNECT,              /* no connection, or it was lost */
    NGX_INVOKE_S3_TIMEOUT,              /* it does not answer, or is slow */
    NGX_INVOKE_S3_SERVER,               /* 429, 5xx */
    NGX_INVOKE_S3_REFUSED,              /* any other answer is no object, and
                                           some keys cannot be asked for */
    NGX_INVOKE_S3_TOO_LARGE,
    NGX_INVOKE_S3_LOCAL,                /* this host's fault: err */
    NGX_INVOKE_S3_STOPPED
} ngx_invoke_s3_rc_e;


/* The store, not the object, is at fault: with another one it is no better. */
#define ngx_invoke_s3_away(rc)                                                \
    ((rc) == NGX_INVOKE_S3_CONNECT || (rc) == NGX_INVOKE_S3_TIMEOUT           \
     || (rc) == NGX_INVOKE_S3_SERVER)


#define NGX_INVOKE_S3_DETAIL  320

typedef struct {
    const ngx_invoke_s3_conf_t  *conf;
    ngx_str_t           key;
    int                 fd;             /* a file, empty, where it goes */
    off_t               max;            /* bytes */
    ngx_uint_t        (*stop)(void *data);  /* asked about once a second */
    void               *data;

    /* the result */

    u_char              sha256[32];
    off_t               size;
    time_t              modified;       /* Last-Modified, 0: there is none */
    ngx_err_t           err;
    u_char              detail[NGX_INVOKE_S3_DETAIL];   /* why not, for logs */
} ngx_invoke_s3_get_t;


/* In init_process and exit_process: libcurl's own. Event loop. */
ngx_int_t ngx_invoke_s3_init(void);
void ngx_invoke_s3_exit(void);

/*
 * Gets an object into a file. What may pass, namely a connection that fails or
 * breaks, 429 and 5xx, is tried again a few times, from where it broke if the
 * object is the same. Blocks. Thread pool.
 */
ngx_invoke_s3_rc_e ngx_invoke_s3_get(ngx_invoke_s3_get_t *get);


#endif /* _NGX_INVOKE_S3_H_INCLUDED_ */
