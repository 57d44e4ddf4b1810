/*
 * What the natives of an invocation have in common: replies on their way to
 * the loop. Actor thread.
 */

#ifndef _NGX_INVOKE_HOST_H_INCLUDED_
#define _NGX_INVOKE_HOST_H_INCLUDED_


#include "ngx_invoke_isolate.h"


/*
 * A reply with the head from arguments 1 and 2, unless "head" is 0, and the
 * body from argument "body", unless that is 0. NULL: an exception is pending,
 * or the invocation has failed for a response that is too large.
 */
ngx_invoke_reply_message_t *ngx_invoke_reply_create(
    ngx_invoke_v8_call_t *call, ngx_invoke_slot_t *slot, ngx_uint_t head,
    int body);

/* Sends it; the response ends with the last one. */
void ngx_invoke_reply_tell(ngx_invoke_slot_t *slot,
    ngx_invoke_reply_message_t *m, ngx_uint_t last);


#endif /* _NGX_INVOKE_HOST_H_INCLUDED_ */
