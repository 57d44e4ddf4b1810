
#include "ngx_invoke_crash.h"


static void ngx_invoke_crash_park(ngx_invoke_crash_t *crash,
    const char *cause, int oom);
static void ngx_invoke_crash_signal(int signo, siginfo_t *info, void *uc);


static __thread ngx_invoke_crash_t  *ngx_invoke_crash_current;

static const int  ngx_invoke_crash_signos[] = {
    SIGTRAP, SIGILL, SIGABRT, SIGFPE, SIGSEGV, SIGBUS
};


ngx_int_t
ngx_invoke_crash_signals(ngx_log_t *log)
{
    ngx_uint_t        i;
    struct sigaction  sa;

    ngx_memzero(&sa, sizeof(sa));
    sa.sa_sigaction = ngx_invoke_crash_signal;
    sa.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigemptyset(&sa.sa_mask);

    for (i = 0; i < sizeof(ngx_invoke_crash_signos) / sizeof(int); i++) {
        if (sigaction(ngx_invoke_crash_signos[i], &sa, NULL) == -1) {
            ngx_log_error(NGX_LOG_EMERG, log, ngx_errno,
                          "invoke: sigaction() failed");
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


void
ngx_invoke_crash_mask(sigset_t *set)
{
    ngx_uint_t  i;

    (void) sigfillset(set);

    for (i = 0; i < sizeof(ngx_invoke_crash_signos) / sizeof(int); i++) {
        (void) sigdelset(set, ngx_invoke_crash_signos[i]);
    }
}


/* actor thread, the rest of this file */

void
ngx_invoke_crash_guard(ngx_invoke_crash_t *crash)
{
    ngx_invoke_crash_current = crash;

    /* JavaScript that has used up its stack still gets its signals. */

    crash->stack.ss_size = 4 * SIGSTKSZ;
    crash->stack.ss_sp = malloc(crash->stack.ss_size);

    if (crash->stack.ss_sp != NULL) {
        (void) sigaltstack(&crash->stack, NULL);
    }
}


void
ngx_invoke_crash_unguard(ngx_invoke_crash_t *crash)
{
    crash->stack.ss_flags = SS_DISABLE;
    (void) sigaltstack(&crash->stack, NULL);
    free(crash->stack.ss_sp);
}


/* also in a signal handler */

static void
ngx_invoke_crash_park(ngx_invoke_crash_t *crash, const char *cause, int oom)
{
    sigset_t  all;

    (void) sigfillset(&all);
    (void) pthread_sigmask(SIG_SETMASK, &all, NULL);

    crash->oom = oom;
    __atomic_store_n(&crash->cause, cause, __ATOMIC_RELEASE);

    if (crash->outbox != NULL) {
        ngx_invoke_outbox_tell(crash->outbox, &crash->news.message,
                               NGX_INVOKE_NEWS_CRASHED);
        ngx_invoke_outbox_signal(crash->outbox);
    }

    for ( ;; ) {
        (void) pause();
    }
}


void
ngx_invoke_crash_fatal(void *data, const char *message, int oom)
{
    ngx_invoke_crash_park(ngx_invoke_crash_current, message, oom);
}


/*
 * V8 ends what it cannot unwind by a trap or abort(). On an actor's thread
 * that parks it; on any other thread the signal takes its usual course.
 */

static void
ngx_invoke_crash_signal(int signo, siginfo_t *info, void *uc)
{
    struct sigaction  sa;

    if (ngx_invoke_crash_current != NULL) {
        ngx_invoke_crash_park(ngx_invoke_crash_current, strsignal(signo), 0);
    }

    ngx_memzero(&sa, sizeof(sa));
    sa.sa_handler = SIG_DFL;
    (void) sigaction(signo, &sa, NULL);
    (void) raise(signo);
}
