/*
 * Types are stripped from TypeScript, by amaro: its semantics are Node's.
 */

#ifndef _NGX_INVOKE_V8_STRIP_H_INCLUDED_
#define _NGX_INVOKE_V8_STRIP_H_INCLUDED_


#include "ngx_invoke_v8.h"


#ifdef __cplusplus
extern "C" {
#endif


typedef struct ngx_invoke_v8_stripper_s  ngx_invoke_v8_stripper_t;


typedef enum {
    NGX_INVOKE_V8_STRIPPED = 0,     /* the text without types */
    NGX_INVOKE_V8_UNSTRIPPABLE,     /* a JSON array: amaro's code and message
                                       of an error, its line and the lines
                                       around it */
    NGX_INVOKE_V8_STRIP_FAILED      /* a message: of no use any more */
} ngx_invoke_v8_stripped_e;


/* amaro's version, NULL: the module was built without it. Any thread. */
const char *ngx_invoke_v8_amaro(void);

/*
 * What strips, in an isolate of its own, where nothing else runs. All other
 * calls are for the thread that made it.
 */
ngx_invoke_v8_stripper_t *ngx_invoke_v8_stripper_create(
    const ngx_invoke_v8_conf_t *conf);
void ngx_invoke_v8_stripper_free(ngx_invoke_v8_stripper_t *s);
/* For ngx_invoke_v8_terminate(). */
ngx_invoke_v8_isolate_t *ngx_invoke_v8_stripper_isolate(
    ngx_invoke_v8_stripper_t *s);

/* The text is UTF-8, as *out is, which is malloc'ed; NULL: memory is out. */
ngx_invoke_v8_stripped_e ngx_invoke_v8_strip(ngx_invoke_v8_stripper_t *s,
    const void *text, size_t len, char **out, size_t *out_len);


#ifdef __cplusplus
}
#endif


#endif /* _NGX_INVOKE_V8_STRIP_H_INCLUDED_ */
