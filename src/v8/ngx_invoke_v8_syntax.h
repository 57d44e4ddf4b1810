/*
 * The check of modules' syntax, for "nginx -t".
 */

#ifndef _NGX_INVOKE_V8_SYNTAX_H_INCLUDED_
#define _NGX_INVOKE_V8_SYNTAX_H_INCLUDED_


#include <stddef.h>


#ifdef __cplusplus
extern "C" {
#endif


typedef struct {
    const char  *name;      /* of its file */
    const char  *data;
    size_t       len;
    const char  *package;   /* the package.json beside it, or NULL */
    size_t       package_len;
} ngx_invoke_v8_text_t;


/*
 * Tells the first syntax error of each text that has one: an ES module by its
 * name or its package's "type", else CommonJS. 0, or -1 with a
 * message in err. It starts and ends V8, which a process can do once: call it
 * in a child made for it.
 */
int ngx_invoke_v8_syntax(const char *flags, const ngx_invoke_v8_text_t *texts,
    size_t n, void (*tell)(const ngx_invoke_v8_text_t *text,
    const char *message, void *data), void *data, char *err, size_t errlen);


#ifdef __cplusplus
}
#endif


#endif /* _NGX_INVOKE_V8_SYNTAX_H_INCLUDED_ */
