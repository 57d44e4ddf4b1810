
#include "ngx_invoke_pool_int.h"


/* What an isolate adds to the numbers of the pool. */

typedef struct {
    ngx_uint_t  total;
    ngx_uint_t  available;
    ngx_uint_t  active;
    ngx_uint_t  starting;
    ngx_uint_t  parked;
    ngx_uint_t  invocations;
} ngx_invoke_tally_t;


static void ngx_invoke_tally_of(ngx_invoke_actor_t *actor,
    ngx_invoke_tally_t *tally);
static void ngx_invoke_tally_change(ngx_invoke_actor_t *actor,
    const ngx_invoke_tally_t *was, const ngx_invoke_tally_t *is);


ngx_invoke_pool_t                ngx_invoke_pool;

static const ngx_invoke_tally_t  ngx_invoke_tally_none;


void
ngx_invoke_pool_stat(ngx_invoke_pool_stat_t *stat)
{
    *stat = ngx_invoke_pool.stat;
}


void
ngx_invoke_pool_set(ngx_invoke_actor_t *actor, ngx_invoke_actor_state_e state,
    ngx_uint_t load)
{
    ngx_invoke_tally_t  was, is;

    ngx_invoke_tally_of(actor, &was);

    actor->state = state;
    actor->load = load;

    ngx_invoke_tally_of(actor, &is);
    ngx_invoke_tally_change(actor, &was, &is);
}


void
ngx_invoke_pool_join(ngx_invoke_actor_t *actor)
{
    ngx_invoke_tally_t  is;

    ngx_invoke_tally_of(actor, &is);
    ngx_invoke_tally_change(actor, &ngx_invoke_tally_none, &is);
}


void
ngx_invoke_pool_part(ngx_invoke_actor_t *actor)
{
    ngx_invoke_tally_t  was;

    ngx_invoke_tally_of(actor, &was);
    ngx_invoke_tally_change(actor, &was, &ngx_invoke_tally_none);
}


/* The invocations of one that is parked have ended by that. */

static void
ngx_invoke_tally_of(ngx_invoke_actor_t *actor, ngx_invoke_tally_t *tally)
{
    ngx_uint_t  runs;

    runs = actor->state != NGX_INVOKE_ACTOR_PARKED;

    tally->total = runs;
    tally->available = actor->state == NGX_INVOKE_ACTOR_READY
                       && actor->load == 0;
    tally->active = runs && actor->load > 0;
    tally->starting = actor->state == NGX_INVOKE_ACTOR_STARTING;
    tally->parked = !runs;
    tally->invocations = runs ? actor->load : 0;
}


static void
ngx_invoke_tally_change(ngx_invoke_actor_t *actor,
    const ngx_invoke_tally_t *was, const ngx_invoke_tally_t *is)
{
    ngx_invoke_pool_stat_t  *stat = &ngx_invoke_pool.stat;

#define ngx_invoke_tally_add(name, metric)                                    \
    if (is->name != was->name) {                                              \
        stat->name += is->name - was->name;                                   \
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_ISOLATES_##metric,           \
                               is->name - was->name);                         \
    }

    ngx_invoke_tally_add(total, TOTAL)
    ngx_invoke_tally_add(available, AVAILABLE)
    ngx_invoke_tally_add(active, ACTIVE)
    ngx_invoke_tally_add(starting, STARTING)
    ngx_invoke_tally_add(parked, PARKED)

#undef ngx_invoke_tally_add

    if (is->invocations != was->invocations) {
        ngx_invoke_metrics_add(NGX_INVOKE_METRIC_INVOCATIONS_ACTIVE,
                               is->invocations - was->invocations);
    }

    if (is->available && !was->available) {
        actor->idle_since = ngx_current_msec;
    }

    if (is->total == was->total) {
        return;
    }

    if (actor->memory != ngx_invoke_pool.conf->memory) {
        ngx_invoke_pool.others += is->total - was->total;
    }

    if (actor == ngx_invoke_pool.leaver) {
        ngx_invoke_pool.leaver = NULL;
    }
}


void
ngx_invoke_pool_waits(ngx_int_t n)
{
    ngx_invoke_pool.stat.waiting += n;

    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_QUEUE_WAITING, n);
    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_INVOCATIONS_ACTIVE, n);
}
