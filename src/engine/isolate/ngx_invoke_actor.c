
#include "ngx_invoke_actor.h"
#include "ngx_invoke_clock.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>


/* News that are held back at most while there is more to do. */
#define NGX_INVOKE_BATCH  16

/* News of an actor that the loop finds at once, about; the wait for it, ns. */
#define NGX_INVOKE_UNTOLD      256
#define NGX_INVOKE_PACE        50000
#define NGX_INVOKE_PACE_TIMES  400

/*
 * What nobody's JavaScript takes less of at a time is not added up, ns, nor
 * that part of an isolate's age.
 */
#define NGX_INVOKE_UNOWNED       10000000
#define NGX_INVOKE_UNOWNED_PART  20

/* How long a reading of the clock of CPU time does, ns. */
#define NGX_INVOKE_CLOCK  100000


/* How much nicer than the loop a thread is that takes its time. */
#define NGX_INVOKE_NICE  5


static void *ngx_invoke_actor_main(void *data);
static void *ngx_invoke_actor_nothing(void *data);
static void ngx_invoke_actor_own(ngx_invoke_actor_t *actor);
static ngx_uint_t ngx_invoke_actor_rest(ngx_invoke_actor_t *actor,
    int64_t wait);
static void ngx_invoke_actor_signal_loop(ngx_invoke_actor_t *actor);
static ngx_uint_t ngx_invoke_actor_disarm(ngx_invoke_actor_t *actor,
    uintptr_t who);
static void ngx_invoke_actor_mail(ngx_invoke_actor_t *actor);
static void ngx_invoke_actor_park(ngx_invoke_actor_t *actor,
    const char *cause, int oom);
static void ngx_invoke_actor_signal(int signo, siginfo_t *info, void *uc);


static __thread ngx_invoke_actor_t  *ngx_invoke_actor_current;

static const int  ngx_invoke_actor_signos[] = {
    SIGTRAP, SIGILL, SIGABRT, SIGFPE, SIGSEGV, SIGBUS
};


ngx_int_t
ngx_invoke_actor_signals(ngx_log_t *log)
{
    ngx_uint_t        i;
    struct sigaction  sa;

    ngx_memzero(&sa, sizeof(sa));
    sa.sa_sigaction = ngx_invoke_actor_signal;
    sa.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigemptyset(&sa.sa_mask);

    for (i = 0; i < sizeof(ngx_invoke_actor_signos) / sizeof(int); i++) {
        if (sigaction(ngx_invoke_actor_signos[i], &sa, NULL) == -1) {
            ngx_log_error(NGX_LOG_EMERG, log, ngx_errno,
                          "invoke: sigaction() failed");
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_invoke_actor_room(void)
{
    int        rc;
    void      *p;
    pthread_t  thread;

    p = mmap(NULL, NGX_INVOKE_ROOM, PROT_NONE,
             MAP_PRIVATE|MAP_ANONYMOUS|MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) {
        return NGX_ERROR;
    }

    rc = pthread_create(&thread, NULL, ngx_invoke_actor_nothing, NULL);

    if (rc == 0) {
        (void) pthread_join(thread, NULL);
    }

    (void) munmap(p, NGX_INVOKE_ROOM);

    ngx_set_errno(rc);

    return rc == 0 ? NGX_OK : NGX_ERROR;
}


static void *
ngx_invoke_actor_nothing(void *data)
{
    return NULL;
}


ngx_invoke_actor_t *
ngx_invoke_actor_start(size_t memory, ngx_invoke_mailbox_t *news,
    ngx_invoke_notify_t *notify)
{
    int                  rc;
    sigset_t             all, old;
    pthread_attr_t       attr;
    ngx_invoke_actor_t  *actor;

    actor = calloc(1, sizeof(ngx_invoke_actor_t));
    if (actor == NULL) {
        return NULL;
    }

    ngx_queue_init(&actor->invocations);
    ngx_invoke_mailbox_init(&actor->mailbox);

    actor->state = NGX_INVOKE_ACTOR_STARTING;
    actor->memory = memory;
    actor->started_at = ngx_invoke_now();
    actor->news = news;
    actor->notify = notify;
    actor->ready_news.actor = actor;
    actor->crash_news.actor = actor;
    actor->gone_news.actor = actor;
    actor->awake_news.actor = actor;

    (void) pthread_attr_init(&attr);
    (void) pthread_attr_setstacksize(&attr, NGX_INVOKE_STACK);

    /*
     * Signals of nginx are the loop's; those that a thread raises itself
     * stay open, blocked they would end the process.
     */

    (void) sigfillset(&all);
    (void) sigdelset(&all, SIGTRAP);
    (void) sigdelset(&all, SIGILL);
    (void) sigdelset(&all, SIGABRT);
    (void) sigdelset(&all, SIGFPE);
    (void) sigdelset(&all, SIGSEGV);
    (void) sigdelset(&all, SIGBUS);
    (void) pthread_sigmask(SIG_SETMASK, &all, &old);

    rc = pthread_create(&actor->thread, &attr, ngx_invoke_actor_main, actor);

    (void) pthread_sigmask(SIG_SETMASK, &old, NULL);
    (void) pthread_attr_destroy(&attr);

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
        free(m);
    }

    if (actor->function != NULL) {
        ngx_invoke_function_release(actor->function);
    }

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


void
ngx_invoke_actor_terminate(ngx_invoke_actor_t *actor, void *who)
{
    uintptr_t  expected = (uintptr_t) who;

    if (!__atomic_compare_exchange_n(&actor->current, &expected,
                                     (uintptr_t) who | NGX_INVOKE_TERMINATING,
                                     0, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
    {
        return;
    }

    ngx_invoke_v8_terminate(actor->v8);

    __atomic_store_n(&actor->current,
                     (uintptr_t) who | NGX_INVOKE_TERMINATED,
                     __ATOMIC_SEQ_CST);
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


void *
ngx_invoke_actor_runs(ngx_invoke_actor_t *actor)
{
    uintptr_t  current;

    current = __atomic_load_n(&actor->current, __ATOMIC_ACQUIRE);

    return (void *) (current & ~(uintptr_t) 3);
}


uint64_t
ngx_invoke_actor_clock_read(ngx_invoke_actor_t *actor)
{
    return ngx_invoke_clock_read(actor->cpu_clock);
}


uint64_t
ngx_invoke_actor_spent(ngx_invoke_actor_t *actor, void *who)
{
    uint64_t  now, entered;

    if (ngx_invoke_actor_runs(actor) != who) {
        return 0;
    }

    entered = __atomic_load_n(&actor->entered_cpu, __ATOMIC_ACQUIRE);
    now = ngx_invoke_clock_read(actor->cpu_clock);

    /* Where another one runs by now, that is not known. */

    return ngx_invoke_actor_runs(actor) == who ? now - ngx_min(now, entered)
                                               : 0;
}


uint64_t
ngx_invoke_actor_unowned(ngx_invoke_actor_t *actor)
{
    uint64_t  spent, free;

    spent = __atomic_load_n(&actor->unowned_cpu, __ATOMIC_ACQUIRE)
            + ngx_invoke_actor_spent(actor, actor);
    free = (ngx_invoke_now() - actor->started_at) / NGX_INVOKE_UNOWNED_PART;

    return spent - ngx_min(spent, free);
}


uint64_t
ngx_invoke_actor_cpu(ngx_invoke_actor_t *actor, ngx_invoke_invocation_t *inv)
{
    uint64_t  used;

    used = __atomic_load_n(&inv->cpu_used, __ATOMIC_ACQUIRE);

    return used + ngx_invoke_actor_spent(actor, inv);
}


/* actor thread */

void
ngx_invoke_actor_tell(ngx_invoke_actor_t *actor,
    ngx_invoke_message_t *message, ngx_invoke_news_e type)
{
    message->type = type;

    ngx_invoke_mailbox_push(actor->news, message);

    if (++actor->unsignalled >= NGX_INVOKE_BATCH) {
        ngx_invoke_actor_signal_loop(actor);
    }
}


/* actor thread */

void
ngx_invoke_actor_pace(ngx_invoke_actor_t *actor)
{
    ngx_uint_t       n;
    struct timespec  ts = { 0, NGX_INVOKE_PACE };

    if (__atomic_add_fetch(&actor->untold, 1, __ATOMIC_RELAXED)
        < NGX_INVOKE_UNTOLD)
    {
        return;
    }

    /* Not for ever: a loop that waits for the thread to end takes nothing. */

    for (n = 0; n < NGX_INVOKE_PACE_TIMES; n++) {
        ngx_invoke_actor_signal_loop(actor);
        (void) nanosleep(&ts, NULL);

        if (__atomic_load_n(&actor->untold, __ATOMIC_RELAXED)
            < NGX_INVOKE_UNTOLD / 2)
        {
            break;
        }
    }
}


/* actor thread */

static void
ngx_invoke_actor_signal_loop(ngx_invoke_actor_t *actor)
{
    actor->unsignalled = 0;
    ngx_invoke_notify_signal(actor->notify);
}


/*
 * actor thread: brings actor->cpu up to date. The clock of CPU time is a system
 * call, so for a while after a reading the other clock tells how it went on:
 * the thread has not slept since.
 */

static void
ngx_invoke_actor_clock(ngx_invoke_actor_t *actor)
{
    uint64_t  now;

    now = ngx_invoke_now();

    if (actor->clocked && now - actor->read_at < NGX_INVOKE_CLOCK) {
        actor->cpu = actor->read_cpu + (now - actor->read_at);
        return;
    }

    actor->cpu = ngx_invoke_clock_read(CLOCK_THREAD_CPUTIME_ID);
    actor->read_cpu = actor->cpu;
    actor->read_at = now;
    actor->clocked = 1;
}


/* actor thread */

static void
ngx_invoke_actor_clock_in(ngx_invoke_actor_t *actor)
{
    /* Of work on end the end of one is the start of the next. */

    if (!actor->clocked) {
        ngx_invoke_actor_clock(actor);
    }

    __atomic_store_n(&actor->entered_cpu, actor->cpu, __ATOMIC_RELAXED);
}


/*
 * actor thread: what runs for nobody is the actor's own, and has a limit of its
 * own, too. The loop, which adds up what is noted and what has been spent since
 * then, never counts a thing twice, or as somebody else's: the new start is
 * stored first, and before "current" is.
 */

static void
ngx_invoke_actor_clock_out(ngx_invoke_actor_t *actor,
    ngx_invoke_invocation_t *inv)
{
    uint64_t  used;

    ngx_invoke_actor_clock(actor);

    used = actor->cpu - ngx_min(actor->cpu, actor->entered_cpu);

    __atomic_store_n(&actor->entered_cpu, actor->cpu, __ATOMIC_RELAXED);

    if (inv != NULL) {
        (void) __atomic_fetch_add(&inv->cpu_used, used, __ATOMIC_RELEASE);

    } else if (used >= NGX_INVOKE_UNOWNED) {
        (void) __atomic_fetch_add(&actor->unowned_cpu, used,
                                  __ATOMIC_RELEASE);
    }
}


/* actor thread: as "current" has it */

static uintptr_t
ngx_invoke_actor_owner(ngx_invoke_actor_t *actor,
    ngx_invoke_invocation_t *inv)
{
    return inv != NULL ? (uintptr_t) inv : (uintptr_t) actor;
}


/* actor thread */

void
ngx_invoke_actor_enter(ngx_invoke_actor_t *actor,
    ngx_invoke_invocation_t *inv)
{
    ngx_invoke_actor_clock_in(actor);

    __atomic_store_n(&actor->current, ngx_invoke_actor_owner(actor, inv),
                     __ATOMIC_SEQ_CST);
}


/* actor thread */

ngx_uint_t
ngx_invoke_actor_switch(ngx_invoke_actor_t *actor,
    ngx_invoke_invocation_t *from, ngx_invoke_invocation_t *to)
{
    uintptr_t  current = ngx_invoke_actor_owner(actor, from);

    ngx_invoke_actor_clock_out(actor, from);

    return __atomic_compare_exchange_n(&actor->current, &current,
                                       ngx_invoke_actor_owner(actor, to), 0,
                                       __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}


/* actor thread */

ngx_uint_t
ngx_invoke_actor_leave(ngx_invoke_actor_t *actor,
    ngx_invoke_invocation_t *inv)
{
    ngx_invoke_actor_clock_out(actor, inv);

    return ngx_invoke_actor_disarm(actor, ngx_invoke_actor_owner(actor, inv));
}


/*
 * actor thread: takes "who" out of actor->current. Whether the loop had asked
 * for a termination, which is cancelled.
 */

static ngx_uint_t
ngx_invoke_actor_disarm(ngx_invoke_actor_t *actor, uintptr_t who)
{
    uintptr_t   current;
    ngx_uint_t  terminated = 0;

    for ( ;; ) {
        current = who;

        if (__atomic_compare_exchange_n(&actor->current, &current, 0, 0,
                                        __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        {
            break;
        }

        if (current & NGX_INVOKE_TERMINATED) {
            __atomic_store_n(&actor->current, 0, __ATOMIC_SEQ_CST);
            terminated = 1;
            break;
        }

        /* The loop is between its two steps. */
        ngx_sched_yield();
    }

    if (!__atomic_load_n(&actor->exiting, __ATOMIC_SEQ_CST)) {
        ngx_invoke_v8_cancel_terminate(actor->isolate.v8);
    }

    return terminated;
}


/* actor thread */

ngx_uint_t
ngx_invoke_actor_pump(ngx_invoke_actor_t *actor)
{
    ngx_uint_t  any;

    ngx_invoke_actor_enter(actor, NULL);

    any = ngx_invoke_v8_pump(actor->isolate.v8);

    if (ngx_invoke_actor_leave(actor, NULL)) {
        actor->isolate.no_tasks = 1;
    }

    return any;
}


/* actor thread */

static void *
ngx_invoke_actor_main(void *data)
{
    int64_t              wait, quiet;
    stack_t              ss;
    ngx_invoke_actor_t  *actor = data;

    ngx_invoke_actor_current = actor;

    (void) prctl(PR_SET_NAME, "invoke isolate", 0, 0, 0);

    /* JavaScript that has used up its stack still gets its signals. */

    ngx_memzero(&ss, sizeof(ss));
    ss.ss_size = 4 * SIGSTKSZ;
    ss.ss_sp = malloc(ss.ss_size);

    if (ss.ss_sp != NULL) {
        (void) sigaltstack(&ss, NULL);
    }

    (void) pthread_getcpuclockid(pthread_self(), &actor->cpu_clock);

    if (ngx_invoke_actor_room() == NGX_OK
        && ngx_invoke_isolate_init(&actor->isolate, actor, actor->memory)
           == NGX_OK)
    {
        actor->v8 = actor->isolate.v8;
        actor->account = ngx_invoke_v8_account(actor->v8);
        actor->tid = ngx_log_tid;
        ngx_invoke_actor_tell(actor, &actor->ready_news.message,
                              NGX_INVOKE_NEWS_READY);

        for ( ;; ) {
            ngx_invoke_actor_mail(actor);

            if (actor->done) {
                break;
            }

            wait = ngx_invoke_isolate_turn(&actor->isolate);

            if (wait == 0 || !ngx_invoke_mailbox_empty(&actor->mailbox)) {
                continue;
            }

            if (actor->unsignalled) {
                ngx_invoke_actor_signal_loop(actor);
            }

            wait = ngx_invoke_isolate_idle(&actor->isolate, wait);

            if (wait == 0) {
                continue;
            }

            actor->clocked = 0;
            quiet = ngx_invoke_isolate_quiet(&actor->isolate);

            if (quiet > 0 && (wait < 0 || quiet < wait)) {
                if (ngx_invoke_actor_rest(actor, quiet)) {

                    /* Finalizers may come of it. */

                    ngx_invoke_actor_own(actor);
                    ngx_invoke_isolate_collect(&actor->isolate);
                }

                continue;
            }

            if (ngx_invoke_actor_rest(actor, wait)
                && actor->isolate.runs == 0)
            {
                ngx_invoke_actor_own(actor);
            }
        }

        ngx_invoke_isolate_done(&actor->isolate);
    }

    ss.ss_flags = SS_DISABLE;
    (void) sigaltstack(&ss, NULL);
    free(ss.ss_sp);

    ngx_invoke_actor_tell(actor, &actor->gone_news.message,
                          NGX_INVOKE_NEWS_GONE);
    ngx_invoke_actor_signal_loop(actor);

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
        ngx_invoke_actor_tell(actor, &actor->awake_news.message,
                              NGX_INVOKE_NEWS_AWAKE);
        ngx_invoke_actor_signal_loop(actor);
    }
}


/*
 * actor thread: waits for mail; whether the time was over before. What waits
 * for a core is told that one is free, unless by the end of an invocation.
 */

static ngx_uint_t
ngx_invoke_actor_rest(ngx_invoke_actor_t *actor, int64_t wait)
{
    __atomic_store_n(&actor->turns, actor->turns + 1, __ATOMIC_RELAXED);

    if (__atomic_load_n(&actor->wanted, __ATOMIC_RELAXED)) {
        __atomic_store_n(&actor->wanted, 0, __ATOMIC_RELAXED);

        if (actor->isolate.runs != 0) {
            ngx_invoke_actor_signal_loop(actor);
        }
    }

    return ngx_invoke_mailbox_wait(&actor->mailbox, wait);
}


/* actor thread */

static void
ngx_invoke_actor_mail(ngx_invoke_actor_t *actor)
{
    ngx_invoke_mail_t        *mail;
    ngx_invoke_message_t     *m, *next;
    ngx_invoke_invocation_t  *inv;

    for (m = ngx_invoke_mailbox_take(&actor->mailbox); m != NULL; m = next) {
        next = m->next;
        mail = (ngx_invoke_mail_t *) m;

        inv = __atomic_load_n(&mail->inv, __ATOMIC_RELAXED);

        switch ((ngx_invoke_mail_e) m->type) {

        case NGX_INVOKE_MAIL_RUN:
            inv = __atomic_exchange_n(&mail->inv, NULL, __ATOMIC_SEQ_CST);

            if (inv != NULL) {
                __atomic_store_n(&inv->began, ngx_invoke_now(),
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

        case NGX_INVOKE_MAIL_ABORT:
            ngx_invoke_isolate_abort(&actor->isolate, inv);
            break;

        case NGX_INVOKE_MAIL_KILL:
            ngx_invoke_isolate_kill(&actor->isolate, inv);
            break;

        case NGX_INVOKE_MAIL_SHUTDOWN:
            actor->done = 1;
            break;
        }

        free(mail);
    }
}


/* actor thread, also in a signal handler */

static void
ngx_invoke_actor_park(ngx_invoke_actor_t *actor, const char *cause, int oom)
{
    sigset_t  all;

    (void) sigfillset(&all);
    (void) pthread_sigmask(SIG_SETMASK, &all, NULL);

    actor->crash_cause = cause;
    actor->crash_oom = oom;

    ngx_invoke_actor_tell(actor, &actor->crash_news.message,
                          NGX_INVOKE_NEWS_CRASHED);
    ngx_invoke_actor_signal_loop(actor);

    for ( ;; ) {
        (void) pause();
    }
}


/* actor thread */

void
ngx_invoke_actor_fatal(void *data, const char *message, int oom)
{
    ngx_invoke_isolate_t  *iso = data;

    ngx_invoke_actor_park(iso->actor, message, oom);
}


/*
 * V8 ends what it cannot unwind by a trap or abort(). On an actor's thread
 * that parks it; on any other thread the signal takes its usual course.
 */

static void
ngx_invoke_actor_signal(int signo, siginfo_t *info, void *uc)
{
    struct sigaction  sa;

    if (ngx_invoke_actor_current != NULL) {
        ngx_invoke_actor_park(ngx_invoke_actor_current, strsignal(signo), 0);
    }

    ngx_memzero(&sa, sizeof(sa));
    sa.sa_handler = SIG_DFL;
    (void) sigaction(signo, &sa, NULL);
    (void) raise(signo);
}
