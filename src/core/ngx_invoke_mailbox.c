
#include "ngx_invoke_mailbox.h"

#include <linux/futex.h>
#include <sys/syscall.h>


void
ngx_invoke_mailbox_init(ngx_invoke_mailbox_t *box)
{
    box->head = NULL;
    box->asleep = NGX_INVOKE_MAILBOX_AWAKE;
    box->wake = NULL;
    box->data = NULL;
}


void
ngx_invoke_mailbox_push(ngx_invoke_mailbox_t *box,
    ngx_invoke_message_t *m)
{
    m->next = __atomic_load_n(&box->head, __ATOMIC_RELAXED);

    while (!__atomic_compare_exchange_n(&box->head, &m->next, m, 1,
                                        __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
    {
        /* m->next has the new head */
    }
}


void
ngx_invoke_mailbox_wake(ngx_invoke_mailbox_t *box)
{
    switch ((ngx_invoke_mailbox_sleep_e)
            __atomic_exchange_n(&box->asleep, NGX_INVOKE_MAILBOX_AWAKE,
                                __ATOMIC_SEQ_CST))
    {

    case NGX_INVOKE_MAILBOX_AWAKE:
        break;

    case NGX_INVOKE_MAILBOX_ASLEEP:
        (void) syscall(SYS_futex, &box->asleep, FUTEX_WAKE_PRIVATE, 1, NULL,
                       NULL, 0);
        break;

    case NGX_INVOKE_MAILBOX_ELSEWHERE:
        box->wake(box->data);
        break;
    }
}


ngx_invoke_message_t *
ngx_invoke_mailbox_take(ngx_invoke_mailbox_t *box)
{
    ngx_invoke_message_t  *m, *next, *list;

    if (__atomic_load_n(&box->head, __ATOMIC_RELAXED) == NULL) {
        return NULL;
    }

    m = __atomic_exchange_n(&box->head, NULL, __ATOMIC_ACQUIRE);

    for (list = NULL; m != NULL; m = next) {
        next = m->next;
        m->next = list;
        list = m;
    }

    return list;
}


ngx_uint_t
ngx_invoke_mailbox_empty(ngx_invoke_mailbox_t *box)
{
    return __atomic_load_n(&box->head, __ATOMIC_SEQ_CST) == NULL;
}


ngx_uint_t
ngx_invoke_mailbox_wait(ngx_invoke_mailbox_t *box, int64_t ns)
{
    ngx_uint_t       over;
    struct timespec  ts, *timeout;

    over = 0;

    __atomic_store_n(&box->asleep, NGX_INVOKE_MAILBOX_ASLEEP,
                     __ATOMIC_SEQ_CST);

    if (ngx_invoke_mailbox_empty(box)) {

        timeout = NULL;

        if (ns >= 0) {
            ts.tv_sec = ns / 1000000000;
            ts.tv_nsec = ns % 1000000000;
            timeout = &ts;
        }

        over = syscall(SYS_futex, &box->asleep, FUTEX_WAIT_PRIVATE,
                       NGX_INVOKE_MAILBOX_ASLEEP, timeout, NULL, 0)
               == -1
               && errno == ETIMEDOUT;
    }

    ngx_invoke_mailbox_awake(box);

    return over && ngx_invoke_mailbox_empty(box);
}


ngx_uint_t
ngx_invoke_mailbox_sleep(ngx_invoke_mailbox_t *box)
{
    __atomic_store_n(&box->asleep, NGX_INVOKE_MAILBOX_ELSEWHERE,
                     __ATOMIC_SEQ_CST);

    return ngx_invoke_mailbox_empty(box);
}


void
ngx_invoke_mailbox_awake(ngx_invoke_mailbox_t *box)
{
    __atomic_store_n(&box->asleep, NGX_INVOKE_MAILBOX_AWAKE,
                     __ATOMIC_SEQ_CST);
}
