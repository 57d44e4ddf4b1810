/*
 * Entries by their names, in lists by their last use: those that were used
 * least recently make room.
 *
 * All functions: event loop.
 */

#ifndef _NGX_INVOKE_TABLE_H_INCLUDED_
#define _NGX_INVOKE_TABLE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


typedef struct {
    ngx_queue_t               entries;      /* last used first */
    ngx_uint_t                n;
} ngx_invoke_table_list_t;


/* The first member of what is kept, which is made of zeros. */

typedef struct {
    ngx_str_node_t            sn;           /* with its name */
    ngx_queue_t               queue;
    ngx_invoke_table_list_t  *list;
} ngx_invoke_table_entry_t;


typedef struct {
    ngx_rbtree_t              rbtree;
    ngx_rbtree_node_t         sentinel;
    ngx_uint_t                max;          /* entries of a list */
    /* removes and frees an entry, unless that is in use */
    void                    (*forget)(void *entry);
} ngx_invoke_table_t;


void ngx_invoke_table_init(ngx_invoke_table_t *table, ngx_uint_t max,
    void (*forget)(void *entry));
void ngx_invoke_table_list(ngx_invoke_table_list_t *list);

/* The entry of a name, which is used by that; NULL: there is none. */
void *ngx_invoke_table_find(ngx_invoke_table_t *table, ngx_str_t *name);

/* Adds an entry to a list of the table; the name is the entry's memory. */
void ngx_invoke_table_add(ngx_invoke_table_t *table,
    ngx_invoke_table_entry_t *entry, ngx_str_t *name,
    ngx_invoke_table_list_t *list);

/* Has it in that list, as used last if it was in another one. */
void ngx_invoke_table_move(ngx_invoke_table_t *table,
    ngx_invoke_table_entry_t *entry, ngx_invoke_table_list_t *list);

void ngx_invoke_table_remove(ngx_invoke_table_t *table,
    ngx_invoke_table_entry_t *entry);

/* Calls a handler for each entry of a list, which may free that one. */
void ngx_invoke_table_each(ngx_invoke_table_list_t *list,
    void (*handler)(void *entry));


#endif /* _NGX_INVOKE_TABLE_H_INCLUDED_ */
