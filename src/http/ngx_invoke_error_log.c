
#include "ngx_invoke_http.h"
#include "ngx_invoke_escape.h"


/* of nginx's 2048 bytes a line: the rest is for what nginx adds */
#define NGX_INVOKE_ERROR_LINE  1400


ngx_str_t  ngx_invoke_error_methods[] = {
    ngx_string("debug"),
    ngx_string("log"),
    ngx_string("info"),
    ngx_string("warn"),
    ngx_string("error"),
    ngx_string("trace")
};


static ngx_uint_t  ngx_invoke_error_levels[] = {
    NGX_LOG_DEBUG,
    NGX_LOG_INFO,
    NGX_LOG_INFO,
    NGX_LOG_WARN,
    NGX_LOG_ERR,
    NGX_LOG_ERR
};


void
ngx_invoke_error_log(ngx_log_t *log, ngx_str_t *id, ngx_str_t *version,
    ngx_str_t *trace, ngx_invoke_error_t *error)
{
    u_char      *p, *src, *end, text[NGX_INVOKE_ERROR_LINE];
    u_char       buf[NGX_INVOKE_ESCAPE_NAME];
    ngx_str_t    none, name;
    ngx_uint_t   level;

    switch (error->outcome) {

    case NGX_INVOKE_BAD_REQUEST:
    case NGX_INVOKE_BAD_CHARSET:
    case NGX_INVOKE_BODY_TOO_LARGE:
    case NGX_INVOKE_KEY_REQUIRED:
    case NGX_INVOKE_KEY_INVALID:
    case NGX_INVOKE_FORBIDDEN:
    case NGX_INVOKE_ABORTED:
        level = NGX_LOG_INFO;
        break;

    default:

        /* by its status it tells of the client's doing */

        level = error->status >= 400 && error->status < 500 ? NGX_LOG_INFO
                                                            : NGX_LOG_ERR;
    }

    if (log->log_level < level) {
        return;
    }

    p = text;
    end = text + sizeof(text);

    /* a stack of V8's starts with the other two */

    if (error->stack.len < error->name.len || error->stack.len == 0
        || ngx_strncmp(error->stack.data, error->name.data, error->name.len)
           != 0)
    {
        if (error->name.len) {
            src = error->name.data;
            p = ngx_invoke_escape(p, end, &src, src + error->name.len);
            p = ngx_slprintf(p, end, ": ");
        }

        src = error->message.data;
        p = ngx_invoke_escape(p, end, &src, src + error->message.len);

        if (error->stack.len) {
            p = ngx_slprintf(p, end, ", stack: ");
        }
    }

    src = error->stack.data;
    p = ngx_invoke_escape(p, end, &src, src + error->stack.len);

    ngx_str_null(&none);

    if (version == NULL) {
        version = &none;
    }

    name = ngx_invoke_escape_name(buf, id);

    if (trace == NULL) {
        trace = &none;
    }

    ngx_log_error(level, log, error->err,
                  "invoke: function \"%V\"%s%*s failed, %V: %*s%s%V",
                  &name, version->len ? " version " : "",
                  ngx_min(version->len, 12), version->data,
                  &ngx_invoke_outcomes[error->outcome].code,
                  (size_t) (p - text), text, trace->len ? ", trace: " : "",
                  trace);
}


void
ngx_invoke_error_console(ngx_log_t *log, ngx_str_t *id,
    ngx_str_t *trace, ngx_invoke_console_e level, ngx_str_t *text)
{
    u_char     *p, *src, *last, line[NGX_INVOKE_ERROR_LINE];
    u_char      buf[NGX_INVOKE_ESCAPE_NAME];
    ngx_str_t   name, none;

    if (log->log_level < ngx_invoke_error_levels[level]) {
        return;
    }

    src = text->data;
    last = src + text->len;

    name = ngx_invoke_escape_name(buf, id);
    ngx_str_null(&none);

    if (trace == NULL) {
        trace = &none;
    }

    /* what is too long for a line of the log goes on in the next one */

    do {
        p = ngx_invoke_escape(line, line + sizeof(line), &src, last);

        ngx_log_error(ngx_invoke_error_levels[level], log, 0,
                      "invoke: console.%V: %*s, function: \"%V\"%s%V",
                      &ngx_invoke_error_methods[level],
                      (size_t) (p - line), line, &name,
                      trace->len ? ", trace: " : "", trace);

    } while (src < last);
}
