#include "ngx_invoke_mime.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>


#define NGX_INVOKE_MIME_KEY_LEN  127


typedef struct {
    const char  *key;
    const char  *value;
} ngx_invoke_mime_entry_t;


#include "ngx_invoke_mime_table.h"


#define ngx_invoke_mime_n(table)  (sizeof(table) / sizeof(table[0]))


static const char *ngx_invoke_mime_find(const ngx_invoke_mime_entry_t *table,
    size_t n, const char *key, size_t len);
static int ngx_invoke_mime_cmp(const void *one, const void *two);


const char *
ngx_invoke_mime_type(const char *ext, size_t len)
{
    return ngx_invoke_mime_find(ngx_invoke_mime_types,
                                ngx_invoke_mime_n(ngx_invoke_mime_types),
                                ext, len);
}


const char *
ngx_invoke_mime_charset(const char *type, size_t len)
{
    const char  *end, *charset;

    end = memchr(type, ';', len);
    if (end != NULL) {
        len = end - type;
    }

    while (len > 0 && (type[len - 1] == ' ' || type[len - 1] == '\t')) {
        len--;
    }

    charset = ngx_invoke_mime_find(ngx_invoke_mime_charsets,
                                   ngx_invoke_mime_n(ngx_invoke_mime_charsets),
                                   type, len);
    if (charset != NULL) {
        return charset;
    }

    if (len > 5 && strncasecmp(type, "text/", 5) == 0) {
        return "UTF-8";
    }

    return NULL;
}


static const char *
ngx_invoke_mime_find(const ngx_invoke_mime_entry_t *table, size_t n,
    const char *key, size_t len)
{
    char                            lower[NGX_INVOKE_MIME_KEY_LEN + 1];
    size_t                          i;
    const ngx_invoke_mime_entry_t  *entry;

    if (len == 0 || len > NGX_INVOKE_MIME_KEY_LEN) {
        return NULL;
    }

    for (i = 0; i < len; i++) {
        lower[i] = (key[i] >= 'A' && key[i] <= 'Z') ? (key[i] | 0x20) : key[i];
    }

    lower[len] = '\0';

    if (strlen(lower) != len) {
        return NULL;
    }

    entry = bsearch(lower, table, n, sizeof(ngx_invoke_mime_entry_t),
                    ngx_invoke_mime_cmp);

    return entry != NULL ? entry->value : NULL;
}


static int
ngx_invoke_mime_cmp(const void *one, const void *two)
{
    const ngx_invoke_mime_entry_t  *entry = two;

    return strcmp(one, entry->key);
}
