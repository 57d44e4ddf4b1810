/*
 * The syntax of modules: the check of it for "nginx -t", and what tells an ES
 * module where nothing else does.
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
 * Whether a file that does not compile as CommonJS can be nothing but an ES
 * module, by the message of the SyntaxError. Any thread.
 */
int ngx_invoke_v8_syntax_is_es(const char *message, size_t len);

/*
 * Tells the first syntax error of each text that has one: an ES module by its
 * name, its package's "type" or, without that, its syntax; else CommonJS. 0,
 * or -1 with a
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
