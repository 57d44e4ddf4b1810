
#include "ngx_invoke_arena.h"


#define NGX_INVOKE_ARENA_BLOCK  4096


struct ngx_invoke_arena_block_s {
    ngx_invoke_arena_block_t  *next;
    /* keeps what follows aligned for any type */
    max_align_t                data[];
};


void
ngx_invoke_arena_init(ngx_invoke_arena_t *arena, void *buf, size_t size)
{
    arena->pos = buf;
    arena->end = (u_char *) buf + size;
    arena->blocks = NULL;
}


void
ngx_invoke_arena_done(ngx_invoke_arena_t *arena)
{
    ngx_invoke_arena_block_t  *block, *next;

    for (block = arena->blocks; block != NULL; block = next) {
        next = block->next;
        free(block);
    }
}


void *
ngx_invoke_arena_alloc(ngx_invoke_arena_t *arena, size_t n)
{
    u_char                    *p;
    size_t                     size;
    ngx_invoke_arena_block_t  *block;

    p = ngx_align_ptr(arena->pos, sizeof(max_align_t));

    if (p <= arena->end && n <= (size_t) (arena->end - p)) {
        arena->pos = p + n;
        return p;
    }

    size = ngx_max(n, NGX_INVOKE_ARENA_BLOCK);

    block = malloc(sizeof(ngx_invoke_arena_block_t) + size);
    if (block == NULL) {
        return NULL;
    }

    block->next = arena->blocks;
    arena->blocks = block;

    p = (u_char *) block->data;

    /* A large piece gets a block of its own and leaves the open one. */

    if (n <= NGX_INVOKE_ARENA_BLOCK / 2) {
        arena->pos = p + n;
        arena->end = p + size;
    }

    return p;
}


ngx_int_t
ngx_invoke_arena_copy(ngx_invoke_arena_t *arena, ngx_str_t *dst,
    const u_char *data, size_t len)
{
    dst->data = ngx_invoke_arena_alloc(arena, len + 1);
    if (dst->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(dst->data, data, len);
    dst->data[len] = '\0';
    dst->len = len;

    return NGX_OK;
}
