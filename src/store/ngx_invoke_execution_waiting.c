
#include "ngx_invoke_execution_waiting.h"
#include "ngx_invoke_execution_row.h"
#include "ngx_invoke_metrics.h"


#define NGX_INVOKE_EXECUTION_WAITING_SIZE       (16 * 1024 * 1024)
#define NGX_INVOKE_EXECUTION_WAITING_FUNCTIONS  65536


ngx_invoke_execution_waiting_t  ngx_invoke_execution_waiting;


void
ngx_invoke_execution_waiting_init(void)
{
    ngx_invoke_execution_waiting_t  *w;

    w = &ngx_invoke_execution_waiting;

    ngx_memzero(w, sizeof(ngx_invoke_execution_waiting_t));

    ngx_queue_init(&w->rows);
    ngx_queue_init(&w->counts);
    ngx_rbtree_init(&w->tree, &w->sentinel, ngx_str_rbtree_insert_value);
}


ngx_int_t
ngx_invoke_execution_waiting_push(const ngx_invoke_execution_row_t *row)
{
    size_t                           size;
    ngx_str_t                        json;
    ngx_invoke_execution_entry_t    *entry;
    ngx_invoke_execution_waiting_t  *w;

    w = &ngx_invoke_execution_waiting;

    json = ngx_invoke_execution_row_json(row);
    size = sizeof(ngx_invoke_execution_entry_t) + json.len;

    if (json.data == NULL
        || w->size + size > NGX_INVOKE_EXECUTION_WAITING_SIZE)
    {
        return NGX_DECLINED;
    }

    entry = malloc(size);
    if (entry == NULL) {
        return NGX_DECLINED;
    }

    ngx_memcpy(entry->function, row->function.data, NGX_INVOKE_EXECUTION_UUID);
    ngx_memcpy(entry->json, json.data, json.len);

    entry->sec = row->sec;
    entry->msec = row->msec;
    entry->len = json.len;

    ngx_queue_insert_tail(&w->rows, &entry->queue);

    w->size += size;
    w->nrows++;

    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_LOG_PENDING, 1);

    return NGX_OK;
}


void
ngx_invoke_execution_waiting_count(const u_char *function, ngx_uint_t n,
    time_t sec, ngx_uint_t msec)
{
    uint32_t                         hash;
    ngx_str_t                        name;
    ngx_invoke_execution_count_t    *count;
    ngx_invoke_execution_waiting_t  *w;

    w = &ngx_invoke_execution_waiting;

    name.data = (u_char *) function;
    name.len = NGX_INVOKE_EXECUTION_UUID;

    hash = ngx_crc32_short(name.data, name.len);

    count = (ngx_invoke_execution_count_t *)
                                ngx_str_rbtree_lookup(&w->tree, &name, hash);

    if (count == NULL) {

        if (w->ncounts == NGX_INVOKE_EXECUTION_WAITING_FUNCTIONS) {
            return;
        }

        count = calloc(1, sizeof(ngx_invoke_execution_count_t));
        if (count == NULL) {
            return;
        }

        ngx_memcpy(count->function, function, name.len);

        count->sn.node.key = hash;
        count->sn.str.len = name.len;
        count->sn.str.data = count->function;

        ngx_rbtree_insert(&w->tree, &count->sn.node);
        ngx_queue_insert_tail(&w->counts, &count->queue);
        w->ncounts++;
    }

    count->n += n;

    if (count->sec < sec || (count->sec == sec && count->msec < msec)) {
        count->sec = sec;
        count->msec = msec;
    }
}


ngx_uint_t
ngx_invoke_execution_waiting_take_rows(ngx_queue_t *rows, ngx_uint_t n,
    size_t size)
{
    size_t                           taken;
    ngx_uint_t                       i;
    ngx_queue_t                     *q;
    ngx_invoke_execution_entry_t    *row;
    ngx_invoke_execution_waiting_t  *w;

    w = &ngx_invoke_execution_waiting;

    taken = 0;

    for (i = 0; i < n && !ngx_queue_empty(&w->rows); i++) {

        q = ngx_queue_head(&w->rows);
        row = ngx_queue_data(q, ngx_invoke_execution_entry_t, queue);

        taken += row->len;

        if (i && taken > size) {
            break;
        }

        ngx_queue_remove(q);
        ngx_queue_insert_tail(rows, q);

        w->nrows--;
    }

    return i;
}


ngx_uint_t
ngx_invoke_execution_waiting_take_counts(ngx_queue_t *counts, ngx_uint_t n)
{
    ngx_uint_t                       i;
    ngx_queue_t                     *q;
    ngx_invoke_execution_count_t    *count;
    ngx_invoke_execution_waiting_t  *w;

    w = &ngx_invoke_execution_waiting;

    for (i = 0; i < n && !ngx_queue_empty(&w->counts); i++) {

        q = ngx_queue_head(&w->counts);
        count = ngx_queue_data(q, ngx_invoke_execution_count_t, queue);

        ngx_rbtree_delete(&w->tree, &count->sn.node);
        ngx_queue_remove(q);
        ngx_queue_insert_tail(counts, q);

        w->ncounts--;
    }

    return i;
}


void
ngx_invoke_execution_waiting_return(ngx_queue_t *rows, ngx_queue_t *counts)
{
    ngx_queue_t                     *q;
    ngx_invoke_execution_count_t    *count;
    ngx_invoke_execution_waiting_t  *w;

    w = &ngx_invoke_execution_waiting;

    while (!ngx_queue_empty(rows)) {
        q = ngx_queue_last(rows);

        ngx_queue_remove(q);
        ngx_queue_insert_head(&w->rows, q);

        w->nrows++;
    }

    for (q = ngx_queue_head(counts);
         q != ngx_queue_sentinel(counts);
         q = ngx_queue_next(q))
    {
        count = ngx_queue_data(q, ngx_invoke_execution_count_t, queue);

        ngx_invoke_execution_waiting_count(count->function, count->n,
                                           count->sec, count->msec);
    }

    ngx_invoke_execution_waiting_forget(counts);
}


void
ngx_invoke_execution_waiting_defer(ngx_invoke_execution_entry_t *row)
{
    ngx_queue_insert_tail(&ngx_invoke_execution_waiting.rows, &row->queue);

    ngx_invoke_execution_waiting.nrows++;
}


u_char *
ngx_invoke_execution_waiting_json(ngx_queue_t *rows, ngx_queue_t *counts,
    const char **values)
{
    u_char                        *p, *text;
    size_t                         size;
    ngx_queue_t                   *q;
    ngx_invoke_execution_entry_t  *row;
    ngx_invoke_execution_count_t  *count;

    size = 2 * sizeof("[]");

    for (q = ngx_queue_head(rows);
         q != ngx_queue_sentinel(rows);
         q = ngx_queue_next(q))
    {
        row = ngx_queue_data(q, ngx_invoke_execution_entry_t, queue);
        size += row->len + 1;
    }

    for (q = ngx_queue_head(counts);
         q != ngx_queue_sentinel(counts);
         q = ngx_queue_next(q))
    {
        size += sizeof("{\"f\":\"\",\"n\":,\"t\":.000},")
                + NGX_INVOKE_EXECUTION_UUID + NGX_INT_T_LEN + NGX_TIME_T_LEN;
    }

    text = malloc(size);
    if (text == NULL) {
        return NULL;
    }

    p = text;
    values[0] = (char *) p;
    *p++ = '[';

    for (q = ngx_queue_head(rows);
         q != ngx_queue_sentinel(rows);
         q = ngx_queue_next(q))
    {
        row = ngx_queue_data(q, ngx_invoke_execution_entry_t, queue);

        if (q != ngx_queue_head(rows)) {
            *p++ = ',';
        }

        p = ngx_cpymem(p, row->json, row->len);
    }

    *p++ = ']';
    *p++ = '\0';

    values[1] = (char *) p;
    *p++ = '[';

    for (q = ngx_queue_head(counts);
         q != ngx_queue_sentinel(counts);
         q = ngx_queue_next(q))
    {
        count = ngx_queue_data(q, ngx_invoke_execution_count_t, queue);

        p = ngx_sprintf(p, "%s{\"f\":\"%*s\",\"n\":%ui,\"t\":%T.%03ui}",
                        q == ngx_queue_head(counts) ? "" : ",",
                        (size_t) NGX_INVOKE_EXECUTION_UUID, count->function,
                        ngx_min(count->n, NGX_MAX_INT32_VALUE),
                        count->sec, count->msec);
    }

    *p++ = ']';
    *p = '\0';

    return text;
}


void
ngx_invoke_execution_waiting_free(ngx_invoke_execution_entry_t *row)
{
    ngx_invoke_execution_waiting.size -= sizeof(ngx_invoke_execution_entry_t)
                                         + row->len;

    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_LOG_PENDING, -1);

    free(row);
}


void
ngx_invoke_execution_waiting_forget(ngx_queue_t *counts)
{
    ngx_queue_t  *q;

    while (!ngx_queue_empty(counts)) {
        q = ngx_queue_head(counts);

        ngx_queue_remove(q);
        free(ngx_queue_data(q, ngx_invoke_execution_count_t, queue));
    }
}


void
ngx_invoke_execution_waiting_drop_rows(void)
{
    ngx_queue_t                     *q;
    ngx_invoke_execution_entry_t    *row;
    ngx_invoke_execution_waiting_t  *w;

    w = &ngx_invoke_execution_waiting;

    ngx_invoke_metrics_add(NGX_INVOKE_METRIC_LOG_DROPPED, w->nrows);

    while (!ngx_queue_empty(&w->rows)) {
        q = ngx_queue_head(&w->rows);
        row = ngx_queue_data(q, ngx_invoke_execution_entry_t, queue);

        ngx_queue_remove(q);

        ngx_invoke_execution_waiting_count(row->function, 1, row->sec,
                                           row->msec);
        ngx_invoke_execution_waiting_free(row);
    }

    w->nrows = 0;
}


void
ngx_invoke_execution_waiting_drop_counts(void)
{
    ngx_invoke_execution_waiting_t  *w;

    w = &ngx_invoke_execution_waiting;

    ngx_invoke_execution_waiting_forget(&w->counts);
    ngx_rbtree_init(&w->tree, &w->sentinel, ngx_str_rbtree_insert_value);

    w->ncounts = 0;
}
