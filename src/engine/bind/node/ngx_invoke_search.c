
#include "ngx_invoke_search.h"


/* Candidates that are compared one by one before the needle is prepared. */
#define NGX_INVOKE_SEARCH_TRIES  64


static ssize_t ngx_invoke_search_prepared(const uint8_t *hay, size_t hay_len,
    const uint8_t *needle, size_t len, size_t unit, size_t from,
    ngx_uint_t forward);


/* any thread, all of this file */

/*
 * By the first byte as long as that is rare, which is faster than memmem(),
 * whose time is bound.
 */

static const uint8_t *
ngx_invoke_search_forward(const uint8_t *hay, size_t hay_len,
    const uint8_t *needle, size_t len)
{
    size_t          left;
    ngx_uint_t      tries;
    const uint8_t  *p;

    for (tries = 0, left = hay_len; left >= len; tries++) {

        if (tries > 16 + (hay_len - left) / 256) {
            return memmem(hay, left, needle, len);
        }

        p = memchr(hay, needle[0], left - len + 1);

        if (p == NULL || len == 1 || memcmp(p, needle, len) == 0) {
            return p;
        }

        left -= p + 1 - hay;
        hay = p + 1;
    }

    return NULL;
}


ssize_t
ngx_invoke_search(const uint8_t *hay, size_t hay_len, const uint8_t *needle,
    size_t len, size_t unit, size_t from, ngx_uint_t forward)
{
    ngx_uint_t      tries;
    const uint8_t  *p;

    from &= ~(unit - 1);
    len &= ~(unit - 1);

    if (len == 0 || len > hay_len) {
        return NGX_INVOKE_SEARCH_NONE;
    }

    if (forward) {
        if (unit == 1) {
            p = from >= hay_len ? NULL
                : ngx_invoke_search_forward(hay + from, hay_len - from,
                                            needle, len);

            return p != NULL ? p - hay : NGX_INVOKE_SEARCH_NONE;
        }

        /* a match at an odd offset is none */

        for (tries = 0; tries < NGX_INVOKE_SEARCH_TRIES; tries++) {

            p = from < hay_len
                ? memmem(hay + from, hay_len - from, needle, len) : NULL;

            if (p == NULL) {
                return NGX_INVOKE_SEARCH_NONE;
            }

            from = p - hay;

            if ((from & (unit - 1)) == 0) {
                return from;
            }

            from++;
        }

        return ngx_invoke_search_prepared(hay, hay_len, needle, len, unit,
                                          from, 1);
    }

    from = ngx_min(from, hay_len - len);

    for (tries = 0; tries < NGX_INVOKE_SEARCH_TRIES || len == 1; tries++) {

        p = memrchr(hay, needle[0], from + 1);

        if (p == NULL) {
            return NGX_INVOKE_SEARCH_NONE;
        }

        from = p - hay;

        if ((from & (unit - 1)) == 0 && memcmp(p, needle, len) == 0) {
            return from;
        }

        if (from == 0) {
            return NGX_INVOKE_SEARCH_NONE;
        }

        from--;
    }

    return ngx_invoke_search_prepared(hay, hay_len, needle, len, unit, from,
                                      0);
}


/* By Knuth, Morris and Pratt; backwards with both strings reversed. */

static ssize_t
ngx_invoke_search_prepared(const uint8_t *hay, size_t hay_len,
    const uint8_t *needle, size_t len, size_t unit, size_t from,
    ngx_uint_t forward)
{
    size_t   i, k, n, m, *table;
    ssize_t  at;

#define ngx_invoke_needle(i)                                                 \
    (needle + (forward ? (i) : m - 1 - (i)) * unit)
#define ngx_invoke_hay(i)                                                    \
    (hay + (forward ? (i) : n - 1 - (i)) * unit)
#define ngx_invoke_same(a, b)                                                \
    ((a)[0] == (b)[0] && (unit == 1 || (a)[1] == (b)[1]))

    m = len / unit;

    /* what is left to search, in units */

    if (forward) {
        from += from & (unit - 1);
        hay += ngx_min(from, hay_len);
        n = (hay_len - ngx_min(from, hay_len)) / unit;

    } else {
        n = from / unit + m;
    }

    table = malloc(m * sizeof(size_t));
    if (table == NULL) {
        return NGX_INVOKE_SEARCH_MEMORY;
    }

    table[0] = 0;

    for (i = 1, k = 0; i < m; i++) {
        while (k > 0
               && !ngx_invoke_same(ngx_invoke_needle(k),
                                   ngx_invoke_needle(i)))
        {
            k = table[k - 1];
        }

        if (ngx_invoke_same(ngx_invoke_needle(k), ngx_invoke_needle(i))) {
            k++;
        }

        table[i] = k;
    }

    at = NGX_INVOKE_SEARCH_NONE;

    for (i = 0, k = 0; i < n; i++) {
        while (k > 0
               && !ngx_invoke_same(ngx_invoke_needle(k), ngx_invoke_hay(i)))
        {
            k = table[k - 1];
        }

        if (ngx_invoke_same(ngx_invoke_needle(k), ngx_invoke_hay(i))) {
            k++;
        }

        if (k == m) {
            at = forward ? from + (i + 1 - m) * unit : (n - 1 - i) * unit;
            break;
        }
    }

    free(table);

    return at;
}
