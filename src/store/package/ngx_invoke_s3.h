/*
 * Objects of an S3 bucket, by libcurl, whose AWS_SIGV4 signs the requests
 * (AWS Signature Version 4, https://docs.aws.amazon.com/AmazonS3/latest/API/).
 */

#ifndef _NGX_INVOKE_S3_H_INCLUDED_
#define _NGX_INVOKE_S3_H_INCLUDED_


#include "ngx_invoke_core.h"


typedef struct {
    ngx_str_t           url;            /* "http[s]://host[:port]"; len 0: no
                                           object store */
    ngx_str_t           bucket;
    ngx_str_t           region;
    ngx_str_t           access_key;     /* len 0: anonymous */
    ngx_str_t           secret_key;
    ngx_str_t           ca;             /* file, len 0: the system's roots */
    ngx_uint_t          virtual_host;   /* the bucket is in the host's name */
} ngx_invoke_s3_conf_t;


#endif /* _NGX_INVOKE_S3_H_INCLUDED_ */
