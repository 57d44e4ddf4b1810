
#include "ngx_invoke_outbox.h"


/* News that are held back at most while there is more to do. */
#define NGX_INVOKE_BATCH  16

/* News of an actor that the loop finds at once, about; the wait for it, ns. */
#define NGX_INVOKE_UNTOLD      256
#define NGX_INVOKE_PACE        50000
#define NGX_INVOKE_PACE_TIMES  400


/* actor thread, all of this file */

void
ngx_invoke_outbox_tell(ngx_invoke_outbox_t *box,
    ngx_invoke_message_t *message, ngx_invoke_news_e type)
{
    message->type = type;

    ngx_invoke_mailbox_push(box->news, message);

    if (++box->unsignalled >= NGX_INVOKE_BATCH) {
        ngx_invoke_outbox_signal(box);
    }
}


void
ngx_invoke_outbox_pace(ngx_invoke_outbox_t *box)
{
    ngx_uint_t       n;
    struct timespec  ts = { 0, NGX_INVOKE_PACE };

    if (__atomic_add_fetch(&box->untold, 1, __ATOMIC_RELAXED)
        < NGX_INVOKE_UNTOLD)
    {
        return;
    }

    /* Not for ever: a loop that waits for the thread to end takes nothing. */

    for (n = 0; n < NGX_INVOKE_PACE_TIMES; n++) {
        ngx_invoke_outbox_signal(box);
        (void) nanosleep(&ts, NULL);

        if (__atomic_load_n(&box->untold, __ATOMIC_RELAXED)
            < NGX_INVOKE_UNTOLD / 2)
        {
            break;
        }
    }
}


void
ngx_invoke_outbox_signal(ngx_invoke_outbox_t *box)
{
    box->unsignalled = 0;
    ngx_invoke_notify_signal(box->notify);
}
