
#include "ngx_invoke_table.h"


static void ngx_invoke_table_put(ngx_invoke_table_t *table,
    ngx_invoke_table_entry_t *entry, ngx_invoke_table_list_t *list);


void
ngx_invoke_table_init(ngx_invoke_table_t *table, ngx_uint_t max,
    void (*forget)(void *entry))
{
    ngx_rbtree_init(&table->rbtree, &table->sentinel,
                    ngx_str_rbtree_insert_value);

    table->max = max;
    table->forget = forget;
}


void
ngx_invoke_table_list(ngx_invoke_table_list_t *list)
{
    ngx_queue_init(&list->entries);
    list->n = 0;
}


void *
ngx_invoke_table_find(ngx_invoke_table_t *table, ngx_str_t *name)
{
    ngx_queue_t               *q;
    ngx_invoke_table_entry_t  *entry;

    entry = (ngx_invoke_table_entry_t *)
                ngx_str_rbtree_lookup(&table->rbtree, name,
                                      ngx_murmur_hash2(name->data, name->len));

    if (entry) {
        q = &entry->queue;

        if (q != ngx_queue_head(&entry->list->entries)) {
            ngx_queue_remove(q);
            ngx_queue_insert_head(&entry->list->entries, q);
        }
    }

    return entry;
}


void
ngx_invoke_table_add(ngx_invoke_table_t *table,
    ngx_invoke_table_entry_t *entry, ngx_str_t *name,
    ngx_invoke_table_list_t *list)
{
    entry->sn.node.key = ngx_murmur_hash2(name->data, name->len);
    entry->sn.str = *name;

    ngx_rbtree_insert(&table->rbtree, &entry->sn.node);

    ngx_invoke_table_put(table, entry, list);
}


/* Makes room in a list, and puts an entry there that is in none. */

static void
ngx_invoke_table_put(ngx_invoke_table_t *table,
    ngx_invoke_table_entry_t *entry, ngx_invoke_table_list_t *list)
{
    ngx_queue_t  *q, *last;

    for (q = ngx_queue_last(&list->entries);
         list->n >= table->max && q != ngx_queue_sentinel(&list->entries);
         /* void */ )
    {
        last = q;
        q = ngx_queue_prev(q);

        table->forget(ngx_queue_data(last, ngx_invoke_table_entry_t, queue));
    }

    ngx_queue_insert_head(&list->entries, &entry->queue);
    list->n++;

    entry->list = list;
}


void
ngx_invoke_table_move(ngx_invoke_table_t *table,
    ngx_invoke_table_entry_t *entry, ngx_invoke_table_list_t *list)
{
    if (entry->list != list) {
        ngx_queue_remove(&entry->queue);
        entry->list->n--;

        ngx_invoke_table_put(table, entry, list);
    }
}


void
ngx_invoke_table_remove(ngx_invoke_table_t *table,
    ngx_invoke_table_entry_t *entry)
{
    ngx_rbtree_delete(&table->rbtree, &entry->sn.node);
    ngx_queue_remove(&entry->queue);
    entry->list->n--;
}


void
ngx_invoke_table_each(ngx_invoke_table_list_t *list,
    void (*handler)(void *entry))
{
    ngx_queue_t  *q, *next;

    for (q = ngx_queue_head(&list->entries);
         q != ngx_queue_sentinel(&list->entries);
         q = next)
    {
        next = ngx_queue_next(q);

        handler(ngx_queue_data(q, ngx_invoke_table_entry_t, queue));
    }
}
