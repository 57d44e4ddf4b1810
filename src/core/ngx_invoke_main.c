
#include "ngx_invoke_main.h"
#include "ngx_invoke_bom.h"
#include "ngx_invoke_root.h"


#define NGX_INVOKE_MAIN_PACKAGE  (1024 * 1024)


static ngx_int_t ngx_invoke_main_named(int root_fd, char *name);
static ngx_int_t ngx_invoke_main_member(const u_char *p, const u_char *last,
    char *name);
static const u_char *ngx_invoke_main_space(const u_char *p,
    const u_char *last);
static const u_char *ngx_invoke_main_string(const u_char *p,
    const u_char *last);
static const u_char *ngx_invoke_main_value(const u_char *p,
    const u_char *last);


static const char  *ngx_invoke_main_indexes[] = {
    "/index.mjs", "/index.ts", "/index.mts", "/index.cts", NULL
};


static const char  *ngx_invoke_main_endings[] = {
    "", ".js", ".json", "/index.js", "/index.json", NULL
};


ngx_int_t
ngx_invoke_main(int root_fd, char *path, struct stat *sb)
{
    char          name[NGX_MAX_PATH];
    int           err;
    ngx_int_t     rc;
    ngx_uint_t    i;
    struct stat   buf;

    sb = (sb == NULL) ? &buf : sb;

    (void) ngx_cpystrn((u_char *) path, (u_char *) "/index.js",
                       NGX_MAX_PATH);

    if (ngx_invoke_root_stat(root_fd, path, 0, sb) == 0) {
        if (S_ISREG(sb->st_mode)) {
            return NGX_OK;
        }

        err = S_ISDIR(sb->st_mode) ? EISDIR : EACCES;

    } else {
        err = errno;
    }

    rc = (err == ENOENT) ? ngx_invoke_main_named(root_fd, name)
                         : NGX_DECLINED;

    for (i = 0; err == ENOENT && rc == NGX_DECLINED; i++) {

        if (ngx_invoke_main_indexes[i] == NULL) {
            break;
        }

        (void) ngx_cpystrn((u_char *) path,
                           (u_char *) ngx_invoke_main_indexes[i],
                           NGX_MAX_PATH);

        if (ngx_invoke_root_stat(root_fd, path, 0, sb) == 0
            && S_ISREG(sb->st_mode))
        {
            return NGX_OK;
        }
    }

    if (rc != NGX_OK) {
        path[0] = '\0';
        errno = err;
        return rc;
    }

    for (i = 0; ngx_invoke_main_endings[i]; i++) {

        if (ngx_snprintf((u_char *) path, NGX_MAX_PATH, "/%s%s%Z",
                         ngx_strncmp(name, "./", 2) == 0 ? name + 2 : name,
                         ngx_invoke_main_endings[i])
            == (u_char *) path + NGX_MAX_PATH)
        {
            break;
        }

        if (ngx_invoke_root_stat(root_fd, path, 0, sb) == 0
            && S_ISREG(sb->st_mode))
        {
            return NGX_OK;
        }
    }

    path[0] = '\0';

    return NGX_ERROR;
}


/* NGX_DECLINED: it names none. */

static ngx_int_t
ngx_invoke_main_named(int root_fd, char *name)
{
    size_t        len, bom;
    u_char       *text;
    ngx_int_t     rc;
    struct stat   sb;

    text = ngx_invoke_root_read(root_fd, "/package.json",
                                NGX_INVOKE_MAIN_PACKAGE, &sb, &len);
    if (text == NULL) {
        return errno == ENOENT ? NGX_DECLINED : NGX_ERROR;
    }

    bom = ngx_invoke_bom(text, len);

    rc = ngx_invoke_main_member(text + bom, text + len, name);

    free(text);

    return rc;
}


/* The text of the member "main" of a JSON object; the last one counts. */

static ngx_int_t
ngx_invoke_main_member(const u_char *p, const u_char *last, char *name)
{
    size_t         len;
    ngx_int_t      rc;
    const u_char  *key, *end, *value;

    rc = NGX_DECLINED;
    p = ngx_invoke_main_space(p, last);

    if (p == last || *p != '{') {
        return NGX_ERROR;
    }

    do {
        key = ngx_invoke_main_space(p + 1, last);

        if (key < last && *key == '}') {
            return rc;
        }

        end = ngx_invoke_main_string(key, last);
        p = ngx_invoke_main_space(end, last);

        if (p == last || *p != ':') {
            return NGX_ERROR;
        }

        value = ngx_invoke_main_space(p + 1, last);
        p = ngx_invoke_main_value(value, last);

        if (end - key != sizeof("\"main\"") - 1
            || ngx_strncmp(key, "\"main\"", sizeof("\"main\"") - 1) != 0)
        {
            continue;
        }

        rc = NGX_DECLINED;

        if (value == last || *value != '"') {
            continue;
        }

        len = ngx_invoke_main_string(value, last) - value - 2;

        /* an escape is for a parser */

        if (len >= NGX_MAX_PATH
            || ngx_strlchr((u_char *) value, (u_char *) value + len, '\\'))
        {
            return NGX_ERROR;
        }

        (void) ngx_cpystrn((u_char *) name, (u_char *) value + 1, len + 1);

        rc = (len > 0) ? NGX_OK : NGX_DECLINED;

    } while (p < last && *p == ',');

    return (p < last && *p == '}') ? rc : NGX_ERROR;
}


static const u_char *
ngx_invoke_main_space(const u_char *p, const u_char *last)
{
    while (p < last
           && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
    {
        p++;
    }

    return p;
}


/* Behind a string that begins at p, or the end. */

static const u_char *
ngx_invoke_main_string(const u_char *p, const u_char *last)
{
    if (p == last || *p != '"') {
        return last;
    }

    for (p++; p < last; p++) {
        if (*p == '"') {
            return p + 1;
        }

        if (*p == '\\') {
            p++;
        }
    }

    return last;
}


/* At the comma or the brace behind a value that begins at p, or the end. */

static const u_char *
ngx_invoke_main_value(const u_char *p, const u_char *last)
{
    ngx_uint_t  depth;

    depth = 0;

    while (p < last) {

        if (*p == '"') {
            p = ngx_invoke_main_string(p, last);
            continue;
        }

        if (depth == 0 && (*p == ',' || *p == '}')) {
            return p;
        }

        if (*p == '{' || *p == '[') {
            depth++;

        } else if ((*p == '}' || *p == ']') && depth > 0) {
            depth--;
        }

        p++;
    }

    return last;
}
