
#include "ngx_invoke_actor.h"
#include "ngx_invoke_clock.h"
#include "ngx_invoke_poll.h"
#include "ngx_invoke_thread.h"

#include <sys/prctl.h>
#include <sys/resource.h>


/* How much nicer than the loop a thread is that takes its time. */
#define NGX_INVOKE_NICE  5


static void *ngx_invoke_actor_main(void *data);
static void ngx_invoke_actor_own(ngx_invoke_actor_t *actor);
static ngx_uint_t ngx_invoke_actor_rest(ngx_invoke_actor_t *actor,
    int64_t wait);
static ngx_int_t ngx_invoke_actor_mail(ngx_invoke_actor_t *actor);


ngx_invoke_actor_t *
ngx_invoke_actor_start(size_t memory, ngx_invoke_mailbox_t *news,
    ngx_invoke_notify_t *notify)
{
    int                  rc;
    ngx_invoke_actor_t  *actor;

    actor = calloc(1, sizeof(ngx_invoke_actor_t));
    if (actor == NULL) {
        return NULL;
    }

    ngx_queue_init(&actor->invocations);
    ngx_queue_init(&actor->homes);
    ngx_queue_init(&actor->works);
    ngx_queue_init(&actor->running);
    ngx_invoke_mailbox_init(&actor->mailbox);

    actor->state = NGX_INVOKE_ACTOR_STARTING;
    actor->memory = memory;
    actor->watch.nobody = actor;
    actor->watch.started = ngx_invoke_now();
    actor->outbox.news = news;
    actor->outbox.notify = notify;
    actor->crash.outbox = &actor->outbox;
    actor->crash.news.actor = actor;
    actor->ready_news.actor = actor;
    actor->gone_news.actor = actor;
    actor->awake_news.actor = actor;

    rc = ngx_invoke_thread_create(&actor->thread, ngx_invoke_actor_main, actor);

    if (rc != 0) {
        free(actor);
        ngx_set_errno(rc);
        return NULL;
    }

    return actor;
}


void
ngx_invoke_actor_join(ngx_invoke_actor_t *actor)
{
    ngx_invoke_message_t  *m, *next;

    (void) pthread_join(actor->thread, NULL);

    for (m = ngx_invoke_mailbox_take(&actor->mailbox); m != NULL; m = next) {
        next = m->next;

        if (m->type == NGX_INVOKE_MAIL_WORK) {
            ngx_invoke_work_free((ngx_invoke_work_t *) m);

        } else {
            free(m);
        }
    }

    if (actor->function != NULL) {
        ngx_invoke_function_release(actor->function);
    }

    ngx_invoke_poll_free(&actor->isolate);
    free(actor);
}


ngx_int_t
ngx_invoke_actor_send(ngx_invoke_actor_t *actor, ngx_invoke_mail_e type,
    ngx_invoke_invocation_t *inv)
{
    ngx_invoke_mail_t  *mail;

    mail = malloc(sizeof(ngx_invoke_mail_t));
    if (mail == NULL) {
        return NGX_ERROR;
    }

    mail->message.type = type;
    mail->inv = inv;

    if (type == NGX_INVOKE_MAIL_RUN) {
        inv->mail = mail;
    }

    ngx_invoke_mailbox_push(&actor->mailbox, &mail->message);

    return NGX_OK;
}


ngx_int_t
ngx_invoke_actor_withdraw(ngx_invoke_invocation_t *inv)
{
    if (inv->mail == NULL
        || __atomic_exchange_n(&inv->mail->inv, NULL, __ATOMIC_SEQ_CST)
           == NULL)
    {
        return NGX_DECLINED;
    }

    inv->mail = NULL;

    return NGX_OK;
}


ngx_uint_t
ngx_invoke_actor_awake(ngx_invoke_actor_t *actor)
{
    return !__atomic_load_n(&actor->mailbox.asleep, __ATOMIC_RELAXED)
           || !ngx_invoke_mailbox_empty(&actor->mailbox);
}


void
ngx_invoke_actor_demote(ngx_invoke_actor_t *actor)
{
    actor->nice = 1;

    /* A thread of Linux has a priority of its own. */

    (void) setpriority(PRIO_PROCESS, actor->tid,
                       getpriority(PRIO_PROCESS, 0) + NGX_INVOKE_NICE);
}


ngx_str_t
ngx_invoke_actor_name(ngx_invoke_actor_t *actor, u_char *buf)
{
    ngx_str_t  none = ngx_string("-");

    return actor->function != NULL
           ? ngx_invoke_escape_name(buf, &actor->function->id) : none;
}


/* actor thread */

static void *
ngx_invoke_actor_main(void *data)
{
    int64_t              wait, quiet;
    ngx_invoke_actor_t  *actor = data;

    ngx_invoke_crash_guard(&actor->crash);

    (void) prctl(PR_SET_NAME, "invoke isolate", 0, 0, 0);

    (void) pthread_getcpuclockid(pthread_self(), &actor->watch.clock);

    actor->isolate.actor = actor;
    actor->isolate.watch = &actor->watch;
    actor->isolate.outbox = &actor->outbox;
    actor->isolate.mailbox = &actor->mailbox;

    if (ngx_invoke_thread_room() == NGX_OK
        && ngx_invoke_isolate_init(&actor->isolate, actor->memory,
                                   ngx_invoke_crash_fatal)
           == NGX_OK)
    {
        actor->watch.v8 = actor->isolate.v8;
        actor->account = ngx_invoke_v8_account(actor->isolate.v8);
        actor->tid = ngx_log_tid;
        ngx_invoke_outbox_tell(&actor->outbox, &actor->ready_news.message,
                               NGX_INVOKE_NEWS_READY);

        for ( ;; ) {
            if (ngx_invoke_actor_mail(actor) == NGX_DONE) {
                break;
            }

            ngx_invoke_poll_run(&actor->isolate);

            wait = ngx_invoke_isolate_turn(&actor->isolate);

            if (wait == 0 || !ngx_invoke_mailbox_empty(&actor->mailbox)) {
                continue;
            }

            if (actor->outbox.unsignalled) {
                ngx_invoke_outbox_signal(&actor->outbox);
            }

            wait = ngx_invoke_isolate_idle(&actor->isolate, wait);

            if (wait == 0) {
                continue;
            }

            actor->watch.clocked = 0;
            quiet = ngx_invoke_isolate_quiet(&actor->isolate);

            if (quiet > 0 && (wait < 0 || quiet < wait)) {
                if (ngx_invoke_actor_rest(actor, quiet)) {

                    /* Finalizers may come of it. */

                    ngx_invoke_isolate_collect(&actor->isolate);
                }

                continue;
            }

            (void) ngx_invoke_actor_rest(actor, wait);
        }

        ngx_invoke_isolate_done(&actor->isolate);
    }

    ngx_invoke_crash_unguard(&actor->crash);

    ngx_invoke_outbox_tell(&actor->outbox, &actor->gone_news.message,
                           NGX_INVOKE_NEWS_GONE);
    ngx_invoke_outbox_signal(&actor->outbox);

    return NULL;
}


/*
 * actor thread: does something of its own accord, which the loop, where it
 * waits for nothing, has to watch
 */

static void
ngx_invoke_actor_own(ngx_invoke_actor_t *actor)
{
    if (!__atomic_exchange_n(&actor->awake, 1, __ATOMIC_SEQ_CST)) {
        ngx_invoke_outbox_tell(&actor->outbox, &actor->awake_news.message,
                               NGX_INVOKE_NEWS_AWAKE);
        ngx_invoke_outbox_signal(&actor->outbox);
    }
}


/*
 * actor thread: waits for mail or for the network; whether the time was over
 * before. What waits for a core is told that one is free, unless by the end of
 * an invocation.
 */

static ngx_uint_t
ngx_invoke_actor_rest(ngx_invoke_actor_t *actor, int64_t wait)
{
    ngx_uint_t  over, io;

    __atomic_store_n(&actor->turns, actor->turns + 1, __ATOMIC_RELAXED);

    if (__atomic_load_n(&actor->wanted, __ATOMIC_RELAXED)) {
        __atomic_store_n(&actor->wanted, 0, __ATOMIC_RELAXED);

        if (actor->isolate.runs != 0) {
            ngx_invoke_outbox_signal(&actor->outbox);
        }
    }

    io = 0;
    over = ngx_invoke_poll_wait(&actor->isolate, wait, &io);

    if ((over || io) && actor->isolate.runs == 0) {
        ngx_invoke_actor_own(actor);
    }

    return over;
}


/* actor thread: NGX_DONE when it is to end */

static ngx_int_t
ngx_invoke_actor_mail(ngx_invoke_actor_t *actor)
{
    ngx_int_t                 rc;
    ngx_invoke_mail_t        *mail;
    ngx_invoke_message_t     *m, *next;
    ngx_invoke_invocation_t  *inv;

    rc = NGX_OK;

    for (m = ngx_invoke_mailbox_take(&actor->mailbox); m != NULL; m = next) {
        next = m->next;

        if (m->type == NGX_INVOKE_MAIL_WORK) {
            __atomic_store_n(&actor->taken, actor->taken + 1,
                             __ATOMIC_RELAXED);
            ngx_invoke_isolate_work(&actor->isolate, (ngx_invoke_work_t *) m);
            continue;
        }

        mail = (ngx_invoke_mail_t *) m;
        inv = __atomic_load_n(&mail->inv, __ATOMIC_RELAXED);

        switch ((ngx_invoke_mail_e) m->type) {

        case NGX_INVOKE_MAIL_RUN:
            inv = __atomic_exchange_n(&mail->inv, NULL, __ATOMIC_SEQ_CST);

            if (inv != NULL) {
                __atomic_store_n(&inv->began,
                                 ngx_invoke_watch_now(&actor->watch),
                                 __ATOMIC_RELAXED);
                __atomic_store_n(&actor->started, actor->started + 1,
                                 __ATOMIC_RELAXED);
                __atomic_store_n(&actor->turns, actor->turns + 1,
                                 __ATOMIC_RELAXED);
                ngx_invoke_isolate_run(&actor->isolate, inv);
                continue;
            }

            break;

        case NGX_INVOKE_MAIL_DRAIN:
            ngx_invoke_isolate_drain(&actor->isolate, inv);
            break;

        case NGX_INVOKE_MAIL_BODY:
            ngx_invoke_isolate_body(&actor->isolate, inv,
                                    &((ngx_invoke_body_mail_t *) mail)->data,
                                    ((ngx_invoke_body_mail_t *) mail)->cut);
            break;

        case NGX_INVOKE_MAIL_ABORT:
            ngx_invoke_isolate_abort(&actor->isolate, inv);
            break;

        case NGX_INVOKE_MAIL_LEAVE:
            ngx_invoke_isolate_leave(&actor->isolate, inv);
            break;

        case NGX_INVOKE_MAIL_KILL:
            ngx_invoke_isolate_kill(&actor->isolate, inv);
            break;

        case NGX_INVOKE_MAIL_WORK:
            break;

        case NGX_INVOKE_MAIL_SHUTDOWN:
            rc = NGX_DONE;
            break;
        }

        free(mail);
    }

    return rc;
}
