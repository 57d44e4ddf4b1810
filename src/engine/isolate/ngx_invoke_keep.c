
#include "ngx_invoke_keep.h"
#include "ngx_invoke_context.h"
#include "ngx_invoke_program.h"


/* What a program with a context takes at least, and until it is known. */
#define NGX_INVOKE_KEEP_LEAST  (128 * 1024)
#define NGX_INVOKE_KEEP_GUESS  (512 * 1024)


static size_t ngx_invoke_keep_estimate(ngx_invoke_isolate_t *iso);
static ngx_uint_t ngx_invoke_keep_drop(ngx_invoke_isolate_t *iso);


/* actor thread, all of this file */

void
ngx_invoke_keep_fit(ngx_invoke_isolate_t *iso)
{
    size_t                keep;
    ngx_invoke_v8_stat_t  stat;

    ngx_invoke_v8_isolate_stat(iso->v8, &stat);

    if (stat.heap_used + stat.external > iso->memory / 4 * 3) {

        /* So near the limit it has to be known what of that is garbage. */

        ngx_invoke_v8_collect(iso->v8);
        ngx_invoke_v8_isolate_stat(iso->v8, &stat);
    }

    if (stat.collections != iso->collections) {
        iso->collections = stat.collections;
        iso->live = stat.live;
        iso->counted = iso->nprograms;
    }

    keep = __atomic_load_n(&iso->keep, __ATOMIC_RELAXED);

    if (stat.heap_used + stat.external <= keep) {
        return;
    }

    while (ngx_invoke_keep_estimate(iso) > keep && ngx_invoke_keep_drop(iso)) {
        /* void */
    }
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


/* The least recently used one in which nothing runs; 0: there is none. */

static ngx_uint_t
ngx_invoke_keep_drop(ngx_invoke_isolate_t *iso)
{
    ngx_queue_t           *q;
    ngx_invoke_program_t  *program;

    for (q = ngx_queue_last(&iso->programs);
         q != ngx_queue_sentinel(&iso->programs);
         q = ngx_queue_prev(q))
    {
        program = ngx_queue_data(q, ngx_invoke_program_t, queue);

        if (program->runs == 0
            && (iso->current == NULL || iso->current->program != program))
        {
            break;
        }
    }

    if (q == ngx_queue_sentinel(&iso->programs)) {
        return 0;
    }

    while (!ngx_queue_empty(&program->shared)) {
        q = ngx_queue_head(&program->shared);
        ngx_invoke_context_free(ngx_queue_data(q, ngx_invoke_context_t, link));
    }

    ngx_invoke_program_free(iso, program);

    return 1;
}
