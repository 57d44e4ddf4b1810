
#include "ngx_invoke_reason.h"


/* in the order of their numbers, with which each starts */

static const ngx_str_t  ngx_invoke_reasons[] = {
    ngx_string("100 Continue"),
    ngx_string("101 Switching Protocols"),
    ngx_string("102 Processing"),
    ngx_string("103 Early Hints"),
    ngx_string("200 OK"),
    ngx_string("201 Created"),
    ngx_string("202 Accepted"),
    ngx_string("203 Non-Authoritative Information"),
    ngx_string("204 No Content"),
    ngx_string("205 Reset Content"),
    ngx_string("206 Partial Content"),
    ngx_string("207 Multi-Status"),
    ngx_string("208 Already Reported"),
    ngx_string("226 IM Used"),
    ngx_string("300 Multiple Choices"),
    ngx_string("301 Moved Permanently"),
    ngx_string("302 Found"),
    ngx_string("303 See Other"),
    ngx_string("304 Not Modified"),
    ngx_string("305 Use Proxy"),
    ngx_string("307 Temporary Redirect"),
    ngx_string("308 Permanent Redirect"),
    ngx_string("400 Bad Request"),
    ngx_string("401 Unauthorized"),
    ngx_string("402 Payment Required"),
    ngx_string("403 Forbidden"),
    ngx_string("404 Not Found"),
    ngx_string("405 Method Not Allowed"),
    ngx_string("406 Not Acceptable"),
    ngx_string("407 Proxy Authentication Required"),
    ngx_string("408 Request Timeout"),
    ngx_string("409 Conflict"),
    ngx_string("410 Gone"),
    ngx_string("411 Length Required"),
    ngx_string("412 Precondition Failed"),
    ngx_string("413 Payload Too Large"),
    ngx_string("414 URI Too Long"),
    ngx_string("415 Unsupported Media Type"),
    ngx_string("416 Range Not Satisfiable"),
    ngx_string("417 Expectation Failed"),
    ngx_string("418 I'm a Teapot"),
    ngx_string("421 Misdirected Request"),
    ngx_string("422 Unprocessable Entity"),
    ngx_string("423 Locked"),
    ngx_string("424 Failed Dependency"),
    ngx_string("425 Too Early"),
    ngx_string("426 Upgrade Required"),
    ngx_string("428 Precondition Required"),
    ngx_string("429 Too Many Requests"),
    ngx_string("431 Request Header Fields Too Large"),
    ngx_string("451 Unavailable For Legal Reasons"),
    ngx_string("500 Internal Server Error"),
    ngx_string("501 Not Implemented"),
    ngx_string("502 Bad Gateway"),
    ngx_string("503 Service Unavailable"),
    ngx_string("504 Gateway Timeout"),
    ngx_string("505 HTTP Version Not Supported"),
    ngx_string("506 Variant Also Negotiates"),
    ngx_string("507 Insufficient Storage"),
    ngx_string("508 Loop Detected"),
    ngx_string("509 Bandwidth Limit Exceeded"),
    ngx_string("510 Not Extended"),
    ngx_string("511 Network Authentication Required"),
    ngx_null_string
};


const ngx_str_t *
ngx_invoke_reason_line(ngx_uint_t status)
{
    const ngx_str_t  *line;

    for (line = ngx_invoke_reasons; line->len != 0; line++) {
        if (ngx_atoi(line->data, 3) == (ngx_int_t) status) {
            return line;
        }
    }

    return NULL;
}
