/*
 * The JavaScript that the module carries: src/js and the files of Node's
 * library named in src/js/node.files, made by util/lib/embed-js.
 */

#ifndef _NGX_INVOKE_JS_FILES_H_INCLUDED_
#define _NGX_INVOKE_JS_FILES_H_INCLUDED_


#include <stddef.h>


#ifdef __cplusplus
extern "C" {
#endif


/*
 * A file of src/js has its path there, without ".js", after "invoke/"; a file
 * of Node's library has its path in lib/ without ".js" ("internal/util").  The
 * data is a function expression around the file, whose first line therefore
 * starts at that column.  It lives as long as the module and is followed by a
 * null byte that len does not count.  All bytes are below 0x80, so that V8 may
 * use them in place, as an external one-byte string.
 */

typedef struct {
    const char           *name;
    const unsigned char  *data;
    size_t                len;
    long                  column;
} ngx_invoke_js_file_t;


/* sorted by name, as strcmp() does; constant, so any thread may read it */

extern const ngx_invoke_js_file_t  ngx_invoke_js_files[];
extern const size_t                ngx_invoke_js_files_n;


/*
 * The WebAssembly of npm's amaro, whose JavaScript is among the files without
 * it, and its version; of no length where the build has none.
 */

extern const unsigned char  ngx_invoke_js_wasm[];
extern const size_t         ngx_invoke_js_wasm_len;
extern const char           ngx_invoke_js_wasm_version[];


#ifdef __cplusplus
}
#endif


#endif /* _NGX_INVOKE_JS_FILES_H_INCLUDED_ */
