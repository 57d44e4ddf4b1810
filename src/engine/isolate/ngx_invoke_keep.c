
#include "ngx_invoke_keep.h"
#include "ngx_invoke_context.h"
#include "ngx_invoke_metrics.h"
#include "ngx_invoke_program.h"


/* Of its memory limit, what an isolate may come to. */
#define NGX_INVOKE_KEEP_PART  2

/* What all of a worker may come to without looking at their number, limits. */
#define NGX_INVOKE_KEEP_ALL(memory)  ((memory) + (memory) / 2)

/* What a program with a context takes at least, and until it is known. */
#define NGX_INVOKE_KEEP_LEAST  (128 * 1024)
#define NGX_INVOKE_KEEP_GUESS  (512 * 1024)


static size_t ngx_invoke_keep_most(ngx_invoke_isolate_t *iso);
static size_t ngx_invoke_keep_estimate(ngx_invoke_isolate_t *iso);
static void ngx_invoke_keep_account(ngx_invoke_isolate_t *iso, size_t held);
static ngx_invoke_program_t *ngx_invoke_keep_idle(ngx_invoke_isolate_t *iso,
    ngx_invoke_program_t *stays);
static void ngx_invoke_keep_drop(ngx_invoke_isolate_t *iso,
    ngx_invoke_program_t *program);


/* Isolates of this worker, and what they keep together, bytes; atomic. */

static size_t  ngx_invoke_keep_isolates;
static size_t  ngx_invoke_keep_held;


/* actor thread, all of this file */

void
ngx_invoke_keep_init(ngx_invoke_isolate_t *iso)
{
    ngx_invoke_v8_stat_t  stat;

    ngx_invoke_v8_isolate_stat(iso->v8, &stat);
    iso->bare = stat.heap_used;

    (void) __atomic_fetch_add(&ngx_invoke_keep_isolates, 1, __ATOMIC_RELAXED);
}


void
ngx_invoke_keep_done(ngx_invoke_isolate_t *iso)
{
    ngx_invoke_keep_account(iso, 0);

    (void) __atomic_fetch_sub(&ngx_invoke_keep_isolates, 1, __ATOMIC_RELAXED);
}


void
ngx_invoke_keep_renew(ngx_invoke_isolate_t *iso, ngx_invoke_function_t *f)
{
    ngx_str_t             *id;
    ngx_queue_t           *q, *next;
    ngx_invoke_program_t  *program;

    for (q = ngx_queue_head(&iso->programs);
         q != ngx_queue_sentinel(&iso->programs);
         q = next)
    {
        next = ngx_queue_next(q);
        program = ngx_queue_data(q, ngx_invoke_program_t, queue);
        id = &program->function->id;

        if (program->function != f && program->runs == 0
            && id->len == f->id.len
            && ngx_memcmp(id->data, f->id.data, id->len) == 0)
        {
            ngx_invoke_keep_drop(iso, program);
        }
    }
}


void
ngx_invoke_keep_fit(ngx_invoke_isolate_t *iso)
{
    size_t                 most, held;
    ngx_queue_t           *q;
    ngx_invoke_program_t  *latest, *program;
    ngx_invoke_v8_stat_t   stat;

    if (ngx_queue_empty(&iso->programs)) {
        return;
    }

    q = ngx_queue_head(&iso->programs);
    latest = ngx_queue_data(q, ngx_invoke_program_t, queue);
    program = ngx_invoke_keep_idle(iso, latest);

    most = ngx_invoke_keep_most(iso);
    ngx_invoke_v8_isolate_stat(iso->v8, &stat);

    if (program != NULL
        && stat.heap_used + stat.external > most + most / 2)
    {
        /* It has to be known what of that is garbage. */

        ngx_invoke_v8_collect_some(iso->v8);
        ngx_invoke_v8_isolate_stat(iso->v8, &stat);
    }

    if (stat.collections != iso->collections) {
        iso->collections = stat.collections;
        iso->live = stat.live;
        iso->counted = iso->nprograms;
    }

    held = stat.heap_used + stat.external;

    if (held > most) {
        held = ngx_invoke_keep_estimate(iso);

        while (held > most && program != NULL) {
            ngx_invoke_keep_drop(iso, program);
            ngx_invoke_metrics_add(NGX_INVOKE_METRIC_PROGRAMS_DROPPED, 1);

            program = ngx_invoke_keep_idle(iso, latest);
            held = ngx_invoke_keep_estimate(iso);
        }
    }

    ngx_invoke_keep_account(iso, held);
}


static size_t
ngx_invoke_keep_most(ngx_invoke_isolate_t *iso)
{
    size_t  most, all, n;

    most = iso->memory / NGX_INVOKE_KEEP_PART;
    all = NGX_INVOKE_KEEP_ALL(iso->memory);

    if (__atomic_load_n(&ngx_invoke_keep_held, __ATOMIC_RELAXED) <= all) {
        return most;
    }

    n = __atomic_load_n(&ngx_invoke_keep_isolates, __ATOMIC_RELAXED);

    return ngx_min(most, all / n);
}


static size_t
ngx_invoke_keep_estimate(ngx_invoke_isolate_t *iso)
{
    size_t  each, gone;

    each = iso->counted != 0
           ? (iso->live - ngx_min(iso->live, iso->bare)) / iso->counted
           : NGX_INVOKE_KEEP_GUESS;
    each = ngx_max(each, NGX_INVOKE_KEEP_LEAST);

    if (iso->nprograms >= iso->counted) {
        return iso->live + (iso->nprograms - iso->counted) * each;
    }

    gone = (iso->counted - iso->nprograms) * each;

    return iso->live - ngx_min(iso->live, gone);
}


static void
ngx_invoke_keep_account(ngx_invoke_isolate_t *iso, size_t held)
{
    (void) __atomic_fetch_add(&ngx_invoke_keep_held, held - iso->held,
                              __ATOMIC_RELAXED);
    iso->held = held;
}


int
ngx_invoke_keep_give_up(void *data, int now)
{
    ngx_queue_t           *q;
    ngx_invoke_isolate_t  *iso = data;
    ngx_invoke_program_t  *stays, *program;

    if (ngx_queue_empty(&iso->programs)) {
        return 0;
    }

    if (iso->current != NULL) {
        stays = iso->current->program;

    } else if (now || iso->inside) {

        /* A task of V8 may be of any of them. */

        return 0;

    } else {
        q = ngx_queue_head(&iso->programs);
        stays = ngx_queue_data(q, ngx_invoke_program_t, queue);
    }

    program = ngx_invoke_keep_idle(iso, stays);

    if (program == NULL) {
        return 0;
    }

    while (now && program != NULL) {
        ngx_invoke_keep_drop(iso, program);
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_PROGRAMS_DROPPED, 1);

        program = ngx_invoke_keep_idle(iso, stays);
    }

    return 1;
}


/* The least recently used one in which nothing runs, or NULL. */

static ngx_invoke_program_t *
ngx_invoke_keep_idle(ngx_invoke_isolate_t *iso, ngx_invoke_program_t *stays)
{
    ngx_queue_t           *q;
    ngx_invoke_program_t  *program;

    for (q = ngx_queue_last(&iso->programs);
         q != ngx_queue_sentinel(&iso->programs);
         q = ngx_queue_prev(q))
    {
        program = ngx_queue_data(q, ngx_invoke_program_t, queue);

        if (program->runs == 0 && program != stays) {
            return program;
        }
    }

    return NULL;
}


static void
ngx_invoke_keep_drop(ngx_invoke_isolate_t *iso, ngx_invoke_program_t *program)
{
    ngx_queue_t  *q;

    while (!ngx_queue_empty(&program->shared)) {
        q = ngx_queue_head(&program->shared);
        ngx_invoke_context_free(ngx_queue_data(q, ngx_invoke_context_t, link));
    }

    ngx_invoke_program_free(iso, program);
}
