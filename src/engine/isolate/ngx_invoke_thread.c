
#include "ngx_invoke_thread.h"
#include "ngx_invoke_crash.h"

#include <sys/mman.h>


/*
 * The stack: what is over NGX_INVOKE_V8_STACK is for C below JavaScript and
 * for what V8 itself does without a look at its limit, such as regular
 * expressions that are nested deeply. What nobody touches takes no memory.
 */
#define NGX_INVOKE_STACK     (64 * 1024 * 1024)

/*
 * Address space that an isolate takes when it is made: 128 MB are for its
 * code, the rest for its heap and for those of the allocators.
 */
#define NGX_INVOKE_ROOM      (160 * 1024 * 1024)


static void *ngx_invoke_thread_nothing(void *data);


ngx_int_t
ngx_invoke_thread_room(void)
{
    int        rc;
    void      *p;
    pthread_t  thread;

    p = mmap(NULL, NGX_INVOKE_ROOM, PROT_NONE,
             MAP_PRIVATE|MAP_ANONYMOUS|MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) {
        return NGX_ERROR;
    }

    rc = pthread_create(&thread, NULL, ngx_invoke_thread_nothing, NULL);

    if (rc == 0) {
        (void) pthread_join(thread, NULL);
    }

    (void) munmap(p, NGX_INVOKE_ROOM);

    ngx_set_errno(rc);

    return rc == 0 ? NGX_OK : NGX_ERROR;
}


static void *
ngx_invoke_thread_nothing(void *data)
{
    return NULL;
}


int
ngx_invoke_thread_create(pthread_t *thread, void *(*main)(void *data),
    void *data)
{
    int             rc;
    sigset_t        all, old;
    pthread_attr_t  attr;

    (void) pthread_attr_init(&attr);
    (void) pthread_attr_setstacksize(&attr, NGX_INVOKE_STACK);

    /* Signals of nginx are the loop's. */

    ngx_invoke_crash_mask(&all);
    (void) pthread_sigmask(SIG_SETMASK, &all, &old);

    rc = pthread_create(thread, &attr, main, data);

    (void) pthread_sigmask(SIG_SETMASK, &old, NULL);
    (void) pthread_attr_destroy(&attr);

    return rc;
}
