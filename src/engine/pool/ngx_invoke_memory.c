
#include "ngx_invoke_pool_int.h"

#include <sys/resource.h>


/* What a sanitizer takes for itself is in no account either. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define NGX_INVOKE_SANITIZED  1
#else
#define NGX_INVOKE_SANITIZED  0
#endif

/* Of the page faults in /proc/self/task/<id>/stat, behind the name's ")". */
#define NGX_INVOKE_MINFLT  8


static ngx_int_t ngx_invoke_memory_resident(size_t *resident, size_t *private);
static void ngx_invoke_memory_metric(ngx_invoke_metric_e m, size_t *told,
    size_t now);
static uint64_t ngx_invoke_memory_faults(ngx_invoke_actor_t *actor);
static ngx_invoke_actor_t *ngx_invoke_memory_suspect(size_t unseen);


static struct {
    ngx_fd_t    fd;                     /* of statm, 0: not opened yet */
    size_t      rest;                   /* private bytes that are nobody's */
    size_t      told_resident;
    size_t      told_held;
    uint64_t    faults;                 /* of the loop, when suspicious */
    ngx_uint_t  known;                  /* the rest is */
    ngx_uint_t  suspicious;
} ngx_invoke_memory;


ngx_invoke_actor_t *
ngx_invoke_memory_watch(void)
{
    size_t               resident, private, held, limit, unseen;
    ngx_uint_t           idle;
    ngx_queue_t         *q;
    ngx_invoke_actor_t  *actor;

    if (ngx_invoke_memory_resident(&resident, &private) != NGX_OK) {
        return NULL;
    }

    held = 0;
    idle = 1;
    limit = ngx_invoke_pool.conf->memory;

    for (q = ngx_queue_head(&ngx_invoke_pool.actors);
         q != ngx_queue_sentinel(&ngx_invoke_pool.actors);
         q = ngx_queue_next(q))
    {
        actor = ngx_queue_data(q, ngx_invoke_actor_t, queue);

        if (actor->state == NGX_INVOKE_ACTOR_STARTING
            || actor->account == NULL)
        {
            continue;
        }

        held += ngx_invoke_v8_held(actor->account);

        if (__atomic_load_n(&actor->watch.current, __ATOMIC_RELAXED) != 0
            && actor->state != NGX_INVOKE_ACTOR_PARKED)
        {
            idle = 0;
        }
    }

    ngx_invoke_memory_metric(NGX_INVOKE_METRIC_RESIDENT,
                             &ngx_invoke_memory.told_resident, resident);
    ngx_invoke_memory_metric(NGX_INVOKE_METRIC_ACCOUNTED,
                             &ngx_invoke_memory.told_held, held);

    private -= ngx_min(private, held);

    /*
     * Not where it is less, while somebody works: what is accounted for may
     * not be there yet, as the pages of an ArrayBuffer.
     */

    if (idle || !ngx_invoke_memory.known || NGX_INVOKE_SANITIZED) {
        ngx_invoke_memory.rest = private;
        ngx_invoke_memory.known = 1;
        ngx_invoke_memory.suspicious = 0;
        return NULL;
    }

    unseen = private - ngx_min(private, ngx_invoke_memory.rest);

    if (unseen <= limit / 2) {
        ngx_invoke_memory.suspicious = 0;
        return NULL;
    }

    return ngx_invoke_memory_suspect(unseen);
}


/* The resident bytes, and those of them that are of no file. */

static ngx_int_t
ngx_invoke_memory_resident(size_t *resident, size_t *private)
{
    char           buf[128];
    ssize_t        n;
    unsigned long  pages, shared;

    if (ngx_invoke_memory.fd == 0) {
        ngx_invoke_memory.fd = open("/proc/self/statm", O_RDONLY|O_CLOEXEC);
    }

    if (ngx_invoke_memory.fd == -1) {
        return NGX_DECLINED;
    }

    n = pread(ngx_invoke_memory.fd, buf, sizeof(buf) - 1, 0);

    if (n <= 0) {
        return NGX_DECLINED;
    }

    buf[n] = '\0';

    if (sscanf(buf, "%*u %lu %lu", &pages, &shared) != 2) {
        return NGX_DECLINED;
    }

    *resident = pages * ngx_pagesize;
    *private = (pages - ngx_min(pages, shared)) * ngx_pagesize;

    return NGX_OK;
}


static void
ngx_invoke_memory_metric(ngx_invoke_metric_e m, size_t *told, size_t now)
{
    if (now != *told) {
        ngx_invoke_metrics_add(m, (ngx_int_t) now - (ngx_int_t) *told);
        *told = now;
    }
}


static uint64_t
ngx_invoke_memory_faults(ngx_invoke_actor_t *actor)
{
    int       fd, field;
    char      buf[512], *p;
    ssize_t   n;

    (void) ngx_snprintf((u_char *) buf, sizeof(buf),
                        "/proc/self/task/%P/stat%Z", actor->tid);

    fd = open(buf, O_RDONLY|O_CLOEXEC);

    if (fd == -1) {
        return 0;
    }

    n = read(fd, buf, sizeof(buf) - 1);
    (void) close(fd);

    if (n <= 0) {
        return 0;
    }

    buf[n] = '\0';
    p = strrchr(buf, ')');

    for (field = 0; p != NULL && field < NGX_INVOKE_MINFLT; field++) {
        p = strchr(p + 1, ' ');
    }

    return p != NULL ? strtoull(p, NULL, 10) : 0;
}


/*
 * Notes what page faults the threads have taken until now. If somebody is
 * guilty, which may be so where it is more than a limit, it is the one that has
 * taken the most since; where that is the loop, with what nginx has for its
 * clients, nobody is.
 */

static ngx_invoke_actor_t *
ngx_invoke_memory_suspect(size_t unseen)
{
    size_t               limit;
    uint64_t             faults, most;
    ngx_queue_t         *q;
    struct rusage        usage;
    ngx_invoke_actor_t  *actor, *found;

    ngx_memzero(&usage, sizeof(usage));
    (void) getrusage(RUSAGE_THREAD, &usage);

    if (!ngx_invoke_memory.suspicious) {
        ngx_invoke_memory.faults = usage.ru_minflt;
    }

    most = usage.ru_minflt - ngx_invoke_memory.faults;
    found = NULL;

    for (q = ngx_queue_head(&ngx_invoke_pool.actors);
         q != ngx_queue_sentinel(&ngx_invoke_pool.actors);
         q = ngx_queue_next(q))
    {
        actor = ngx_queue_data(q, ngx_invoke_actor_t, queue);

        if (actor->state == NGX_INVOKE_ACTOR_STARTING
            || actor->state == NGX_INVOKE_ACTOR_PARKED)
        {
            continue;
        }

        faults = ngx_invoke_memory_faults(actor);

        if (!ngx_invoke_memory.suspicious || actor->faults == 0) {
            actor->faults = faults;
            continue;
        }

        if (__atomic_load_n(&actor->watch.current, __ATOMIC_RELAXED) != 0
            && faults - ngx_min(faults, actor->faults) > most)
        {
            most = faults - actor->faults;
            found = actor;
        }
    }

    ngx_invoke_memory.suspicious = 1;

    limit = ngx_invoke_pool.conf->memory;

    if (unseen <= limit || (found != NULL && unseen <= found->memory)) {
        return NULL;
    }

    ngx_invoke_memory.suspicious = 0;

    if (found == NULL) {
        ngx_invoke_memory.known = 0;
    }

    return found;
}
