/*
 * The bytes of an archive for libarchive. It sets no limit to what it skips,
 * or keeps, between the data of one member and that of the next: a gzip of a
 * few bytes may be any number of them. So gzip is undone here, once, and what
 * one such step may take is counted.
 */

#ifndef _NGX_INVOKE_UNPACK_READ_H_INCLUDED_
#define _NGX_INVOKE_UNPACK_READ_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include <archive.h>
#include <zlib.h>


#define NGX_INVOKE_UNPACK_BUFFER  65536


typedef struct {
    int                     fd;
    off_t                   left;           /* bytes that may be read; the
                                               caller's to set */
    z_stream                gzip;
    unsigned                zip:1;          /* it begins as one does */
    unsigned                gzipped:1;
    unsigned                ended:1;        /* the gzip has */
    unsigned                over:1;         /* none were left */
    u_char                  in[NGX_INVOKE_UNPACK_BUFFER];
    u_char                  out[NGX_INVOKE_UNPACK_BUFFER];
} ngx_invoke_unpack_read_t;


/*
 * Opens a file, at its start, as an archive; "reader" is zeroed. NGX_ERROR: the
 * archive has the error. Thread pool, as the one below.
 */
ngx_int_t ngx_invoke_unpack_read_open(ngx_invoke_unpack_read_t *reader,
    int fd, struct archive *archive);

/* After the archive was freed, in any case. */
void ngx_invoke_unpack_read_close(ngx_invoke_unpack_read_t *reader);


#endif /* _NGX_INVOKE_UNPACK_READ_H_INCLUDED_ */
