
#include "ngx_invoke_bind.h"
#include "ngx_invoke_mime.h"


static void ngx_invoke_bind_mime_type(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_mime_charset(ngx_invoke_v8_call_t *call);


const ngx_invoke_v8_native_t  ngx_invoke_bind_mime[] = {
    { "type", ngx_invoke_bind_mime_type },
    { "charset", ngx_invoke_bind_mime_charset },
    { NULL, NULL }
};


/* actor thread, all of this file */

static void
ngx_invoke_bind_mime_type(ngx_invoke_v8_call_t *call)
{
    ngx_str_t    ext;
    const char  *type;

    ext = ngx_invoke_bind_string(call, 0, NGX_INVOKE_V8_UTF8);

    if (ext.data != NULL) {
        type = ngx_invoke_mime_type((char *) ext.data, ext.len);
        free(ext.data);

        if (type != NULL) {
            ngx_invoke_v8_return(call,
                                 ngx_invoke_v8_new_name(call, type,
                                                        ngx_strlen(type)));
        }
    }
}


static void
ngx_invoke_bind_mime_charset(ngx_invoke_v8_call_t *call)
{
    ngx_str_t  type;

    type = ngx_invoke_bind_string(call, 0, NGX_INVOKE_V8_UTF8);

    if (type.data != NULL) {
        if (ngx_invoke_mime_charset((char *) type.data, type.len) != NULL) {
            ngx_invoke_v8_return(call,
                                 ngx_invoke_v8_new_name(call, "utf-8", 5));
        }

        free(type.data);
    }
}
