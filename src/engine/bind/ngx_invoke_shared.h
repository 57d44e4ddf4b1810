/*
 * The numbers that natives and src/js agree on. JavaScript has them by
 * require('run/constants'), under the names that are listed at the end.
 */

#ifndef _NGX_INVOKE_SHARED_H_INCLUDED_
#define _NGX_INVOKE_SHARED_H_INCLUDED_


#include "ngx_invoke_handle.h"
#include "ngx_invoke_invocation.h"


/* What invocation.info() gives, by index. */

typedef enum {
    NGX_INVOKE_INFO_PROTOCOL = 0,
    NGX_INVOKE_INFO_IP,
    NGX_INVOKE_INFO_PORT,
    NGX_INVOKE_INFO_HOST,
    NGX_INVOKE_INFO_HTTP_VERSION,
    NGX_INVOKE_INFO_ORIGINAL_URL,
    NGX_INVOKE_INFO_FUNCTION_ID,
    NGX_INVOKE_INFOS
} ngx_invoke_info_e;


/*
 * What a response is that send() makes: its ETag is wanted; whether the client
 * has it is known. 0: of any other.
 */

#define NGX_INVOKE_RESPOND_TAGGED   1
#define NGX_INVOKE_RESPOND_DECIDED  2


/*
 * What a file that is sent gets beside the headers of the function, in bits;
 * and that it is sent though the client has it.
 */

#define NGX_INVOKE_FILE_LAST_MODIFIED  1
#define NGX_INVOKE_FILE_ETAG           2
#define NGX_INVOKE_FILE_RANGES         4
#define NGX_INVOKE_FILE_NO_CACHE       8


/* Numbers that fs.stat() and fs.statfs() give. */

#define NGX_INVOKE_STAT_FIELDS    18
#define NGX_INVOKE_STATFS_FIELDS  7


/* What natives answer whose work is done elsewhere, for an errno. */

#define NGX_INVOKE_LATER  (-EINPROGRESS)


/* NGX_INVOKE_<name> for each. */

#define NGX_INVOKE_SHARED(X)                                                  \
    X(SLOTS)                                                                  \
    X(INFO_PROTOCOL)                                                          \
    X(INFO_IP)                                                                \
    X(INFO_PORT)                                                              \
    X(INFO_HOST)                                                              \
    X(INFO_HTTP_VERSION)                                                      \
    X(INFO_ORIGINAL_URL)                                                      \
    X(INFO_FUNCTION_ID)                                                       \
    X(RESPOND_TAGGED)                                                         \
    X(RESPOND_DECIDED)                                                        \
    X(FILE_LAST_MODIFIED)                                                     \
    X(FILE_ETAG)                                                              \
    X(FILE_RANGES)                                                            \
    X(FILE_NO_CACHE)                                                          \
    X(CONSOLE_DEBUG)                                                          \
    X(CONSOLE_LOG)                                                            \
    X(CONSOLE_INFO)                                                           \
    X(CONSOLE_WARN)                                                           \
    X(CONSOLE_ERROR)                                                          \
    X(CONSOLE_TRACE)                                                          \
    X(EXCEPTION)                                                              \
    X(BAD_EXPORT)                                                             \
    X(BAD_REQUEST)                                                            \
    X(BAD_CHARSET)                                                            \
    X(BODY_TOO_LARGE)                                                         \
    X(BODY_STREAMED)                                                          \
    X(STAT_FIELDS)                                                            \
    X(STATFS_FIELDS)                                                          \
    X(LATER)                                                                  \
    X(IO_CLOSED)                                                              \
    X(IO_READ)                                                                \
    X(IO_WRITTEN)                                                             \
    X(IO_SHUT)                                                                \
    X(IO_CONNECTED)                                                           \
    X(IO_CONNECTION)                                                          \
    X(IO_OTHER)


#endif /* _NGX_INVOKE_SHARED_H_INCLUDED_ */
