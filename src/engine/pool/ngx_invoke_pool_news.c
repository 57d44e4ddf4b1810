
#include "ngx_invoke_pool_int.h"
#include "ngx_invoke_code_cache.h"


static void ngx_invoke_news_took(ngx_invoke_actor_t *actor);
static void ngx_invoke_news_failed(ngx_invoke_invocation_t *inv);
static void ngx_invoke_news_finished(ngx_invoke_invocation_t *inv);
static void ngx_invoke_news_thrown(ngx_invoke_invocation_t *inv);
static void ngx_invoke_news_console(ngx_invoke_console_message_t *console);
static void ngx_invoke_news_dropped(ngx_invoke_dropped_message_t *dropped);
static void ngx_invoke_news_crashed(ngx_invoke_actor_t *actor);
static void ngx_invoke_news_gone(ngx_invoke_actor_t *actor);


void
ngx_invoke_pool_news(void *data)
{
    ngx_invoke_message_t        *m, *next;
    ngx_invoke_invocation_t     *inv;
    ngx_invoke_reply_message_t  *reply;

    for (m = ngx_invoke_mailbox_take(&ngx_invoke_pool.news);
         m != NULL;
         m = next)
    {
        next = m->next;

        switch ((ngx_invoke_news_e) m->type) {

        case NGX_INVOKE_NEWS_READY:
            ngx_invoke_pool_ready(((ngx_invoke_actor_message_t *) m)->actor);
            break;

        case NGX_INVOKE_NEWS_REPLY:
            reply = (ngx_invoke_reply_message_t *) m;
            ngx_invoke_news_took(reply->actor);

            if (ngx_invoke_invocation_left(reply->inv)) {
                ngx_invoke_reply_free(&reply->reply);

            } else {
                reply->inv->owner->reply(reply->inv, &reply->reply);
            }

            break;

        case NGX_INVOKE_NEWS_CONSOLE:
            ngx_invoke_news_console((ngx_invoke_console_message_t *) m);
            break;

        case NGX_INVOKE_NEWS_BODY:
            inv = ((ngx_invoke_invocation_message_t *) m)->inv;

            if (ngx_invoke_invocation_left(inv)) {
                (void) ngx_invoke_invocation_body(inv, NULL, 0);

            } else {
                inv->owner->body(inv);
            }

            break;

        case NGX_INVOKE_NEWS_FAILED:
            ngx_invoke_news_failed(
                ((ngx_invoke_invocation_message_t *) m)->inv);
            break;

        case NGX_INVOKE_NEWS_FINISHED:
            ngx_invoke_news_finished((ngx_invoke_invocation_t *) m);
            break;

        case NGX_INVOKE_NEWS_WORK:
            ngx_invoke_works_add((ngx_invoke_work_t *) m);
            break;

        case NGX_INVOKE_NEWS_DROPPED:
            ngx_invoke_news_dropped((ngx_invoke_dropped_message_t *) m);
            break;

        case NGX_INVOKE_NEWS_AWAKE:
            __atomic_store_n(&((ngx_invoke_actor_message_t *) m)->actor
                                 ->awake, 0, __ATOMIC_SEQ_CST);
            ngx_invoke_limits_watch();
            break;

        case NGX_INVOKE_NEWS_CRASHED:
            ngx_invoke_news_crashed(((ngx_invoke_actor_message_t *) m)->actor);
            break;

        case NGX_INVOKE_NEWS_GONE:
            ngx_invoke_news_gone(((ngx_invoke_actor_message_t *) m)->actor);
            break;
        }

        ngx_invoke_pool_settle();
    }

    ngx_invoke_works_resume();
    ngx_invoke_code_cache_tell(ngx_invoke_pool.log);

    /* A thread may have come to rest. */

    ngx_invoke_pool.wants_next = 1;

    ngx_invoke_pool_settle();
}


static void
ngx_invoke_news_took(ngx_invoke_actor_t *actor)
{
    (void) __atomic_sub_fetch(&actor->outbox.untold, 1, __ATOMIC_RELAXED);
}


static void
ngx_invoke_news_failed(ngx_invoke_invocation_t *inv)
{
    if (ngx_invoke_invocation_left(inv)) {
        return;
    }

    inv->outcome = inv->failed;

    ngx_invoke_news_thrown(inv);
    ngx_invoke_invocation_measure(inv);

    inv->owner->failed(inv);

    /* what ends it, if not JavaScript, has a text of its own */

    ngx_str_null(&inv->error_name);
    ngx_str_null(&inv->error_message);
    ngx_str_null(&inv->error_stack);
    inv->error_status = 0;
}


static void
ngx_invoke_news_finished(ngx_invoke_invocation_t *inv)
{
    ngx_uint_t             left;
    ngx_invoke_actor_t    *actor = inv->actor;
    ngx_invoke_outcome_e   verdict = inv->verdict;

    left = ngx_invoke_invocation_left(inv);

    ngx_invoke_guest_learn(inv);
    ngx_invoke_pool_detach(inv);

    actor->pace = (7 * actor->pace + inv->took) / 8;
    actor->cost = (7 * actor->cost + inv->cpu_used) / 8;

    if (!left) {
        ngx_invoke_news_thrown(inv);
        ngx_invoke_pool_report(inv, verdict);

    } else {
        ngx_invoke_pool_let_go(inv, "aborted");
    }

    ngx_invoke_invocation_free(inv);

    if (verdict == NGX_INVOKE_MEMORY) {
        ngx_invoke_pool_retire(actor, 1);
    }

    if (actor->state == NGX_INVOKE_ACTOR_PARKED && actor->load == 0) {
        ngx_invoke_quarantine_return(actor);
    }

    ngx_invoke_pool_release(actor);

    ngx_invoke_pool.wants_next = 1;
}


static void
ngx_invoke_news_thrown(ngx_invoke_invocation_t *inv)
{
    inv->error_name = inv->thrown_name;
    inv->error_message = inv->thrown_message;
    inv->error_stack = inv->thrown_stack;
    inv->error_status = inv->thrown_status;
}


static void
ngx_invoke_news_console(ngx_invoke_console_message_t *console)
{
    ngx_invoke_news_took(console->actor);

    if (console->inv == NULL) {
        console->owner->unowned(console->function, console->level,
                                &console->text);
        ngx_invoke_function_release(console->function);

    } else {

        /* also when the request is gone */

        console->inv->owner->console(console->inv, console->level,
                                     &console->text);
    }

    free(console);
}


static void
ngx_invoke_news_dropped(ngx_invoke_dropped_message_t *dropped)
{
    ngx_invoke_home_dropped(dropped->actor, dropped->function);
    ngx_invoke_function_release(dropped->function);
    free(dropped);
}


static void
ngx_invoke_news_crashed(ngx_invoke_actor_t *actor)
{
    ngx_invoke_quarantine_park(actor, actor->crash.cause,
                               actor->crash.oom ? NGX_INVOKE_MEMORY
                                                : NGX_INVOKE_CRASHED);
}


static void
ngx_invoke_news_gone(ngx_invoke_actor_t *actor)
{
    ngx_uint_t                failed, left;
    ngx_queue_t              *q;
    ngx_invoke_invocation_t  *inv;

    failed = actor->state == NGX_INVOKE_ACTOR_STARTING;

    ngx_invoke_pool_set(actor, NGX_INVOKE_ACTOR_LEAVING, actor->load);
    ngx_invoke_pool_take_back(actor);
    ngx_invoke_works_detach(actor);

    while (!ngx_queue_empty(&actor->invocations)) {
        q = ngx_queue_head(&actor->invocations);
        inv = ngx_queue_data(q, ngx_invoke_invocation_t, queue);

        left = ngx_invoke_invocation_left(inv);

        ngx_invoke_pool_detach(inv);

        if (!left) {
            ngx_invoke_pool_report(inv, NGX_INVOKE_CRASHED);

        } else {
            ngx_invoke_pool_let_go(inv, "aborted");
        }

        ngx_invoke_invocation_free(inv);
    }

    ngx_invoke_pool_gone(actor, failed);
}
