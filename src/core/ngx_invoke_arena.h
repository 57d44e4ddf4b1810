/*
 * A bump allocator over malloc: all of it is freed at once. It belongs to
 * one struct and follows that from thread to thread; no two threads may use
 * one arena at a time.
 */

#ifndef _NGX_INVOKE_ARENA_H_INCLUDED_
#define _NGX_INVOKE_ARENA_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


typedef struct ngx_invoke_arena_block_s  ngx_invoke_arena_block_t;

typedef struct {
    u_char                    *pos;
    u_char                    *end;
    ngx_invoke_arena_block_t  *blocks;  /* newest first; all malloc'ed */
} ngx_invoke_arena_t;


/* Starts with "size" bytes at "buf", which are not the arena's to free. */
void ngx_invoke_arena_init(ngx_invoke_arena_t *arena, void *buf, size_t size);

/* Frees all further blocks; the arena must not be used after it. */
void ngx_invoke_arena_done(ngx_invoke_arena_t *arena);

/* n bytes, aligned for any type; NULL when memory is out. */
void *ngx_invoke_arena_alloc(ngx_invoke_arena_t *arena, size_t n);

/* Copies a string into the arena, a NUL behind it; NGX_OK or NGX_ERROR. */
ngx_int_t ngx_invoke_arena_copy(ngx_invoke_arena_t *arena, ngx_str_t *dst,
    const u_char *data, size_t len);


#endif /* _NGX_INVOKE_ARENA_H_INCLUDED_ */
