/*
 * The descriptors that functions make a worker hold: files that they have
 * open, files that are being sent, request bodies in files. Together they get
 * what worker_rlimit_nofile leaves after worker_connections and a reserve, so
 * that nginx goes on accepting. What is opened and closed again within one
 * call, of which a thread has one at a time, comes out of the reserve, and so
 * do the directories of functions.
 */

#ifndef _NGX_INVOKE_DESCRIPTORS_H_INCLUDED_
#define _NGX_INVOKE_DESCRIPTORS_H_INCLUDED_


#include "ngx_invoke_function.h"


/*
 * What a call that has run out of something says of neither the file that it
 * is about nor its absence.
 */
#define ngx_invoke_errno_short(err)                                           \
    ((err) == NGX_EMFILE || (err) == NGX_ENFILE || (err) == NGX_ENOMEM)


/* How many there are, with so many isolates. In init_process. */
void ngx_invoke_descriptors_init(ngx_cycle_t *cycle, ngx_uint_t isolates);

/*
 * What a function holds may not grow over this part of what is left: a half of
 * all, where it is the only one, for files that nginx sends and for bodies; a
 * fifth for files that it has opened itself. So ten that take what they get
 * leave a tenth.
 */

typedef enum {
    NGX_INVOKE_DESCRIPTORS_SENT = 1,
    NGX_INVOKE_DESCRIPTORS_OPENED = 4
} ngx_invoke_descriptors_e;


/*
 * Takes one for a function. NGX_ERROR: it gets no more, which is EMFILE. Any
 * thread.
 */
ngx_int_t ngx_invoke_descriptors_take(ngx_invoke_function_t *f,
    ngx_invoke_descriptors_e part);

/*
 * Closes one that was taken for f, or gives it back unused (-1). Any thread.
 */
void ngx_invoke_descriptors_close(ngx_invoke_function_t *f, int fd);


#endif /* _NGX_INVOKE_DESCRIPTORS_H_INCLUDED_ */
