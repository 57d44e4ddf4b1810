/*
 * Strings as bytes and bytes as strings, in Node's encodings and with what
 * Node makes of malformed input.
 */

#ifndef _NGX_INVOKE_ENCODE_H_INCLUDED_
#define _NGX_INVOKE_ENCODE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include "ngx_invoke_v8.h"


/* The numbers of Node's enum encoding, which its JavaScript hands over. */

typedef enum {
    NGX_INVOKE_ENCODE_ASCII = 0,
    NGX_INVOKE_ENCODE_UTF8,
    NGX_INVOKE_ENCODE_BASE64,
    NGX_INVOKE_ENCODE_UCS2,
    NGX_INVOKE_ENCODE_LATIN1,
    NGX_INVOKE_ENCODE_HEX,
    NGX_INVOKE_ENCODE_BUFFER,
    NGX_INVOKE_ENCODE_BASE64URL,
    NGX_INVOKE_ENCODES
} ngx_invoke_encode_e;


/* All of this is for the actor's thread. */

/* The string that these bytes are; NULL: an exception is pending. */
ngx_invoke_v8_value_t ngx_invoke_encode_make(ngx_invoke_v8_call_t *call,
    ngx_invoke_encode_e enc, const uint8_t *data, size_t len);

/* A Uint8Array of what a string stands for; NULL: as above. */
ngx_invoke_v8_value_t ngx_invoke_encode_bytes(ngx_invoke_v8_call_t *call,
    ngx_invoke_encode_e enc, ngx_invoke_v8_value_t string);

/*
 * Writes at most "size" bytes of a string, whole characters only, and
 * returns how many. 0 when memory is out.
 */
size_t ngx_invoke_encode_write(ngx_invoke_v8_call_t *call,
    ngx_invoke_encode_e enc, ngx_invoke_v8_value_t string, uint8_t *buf,
    size_t size);

/* Bytes that all of a string takes at most, for UTF-8 exactly. */
size_t ngx_invoke_encode_size(ngx_invoke_v8_call_t *call,
    ngx_invoke_encode_e enc, ngx_invoke_v8_value_t string);

/* The encoding that a value names, in any case; else "otherwise". */
ngx_invoke_encode_e ngx_invoke_encode_parse(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t name, ngx_invoke_encode_e otherwise);


#endif /* _NGX_INVOKE_ENCODE_H_INCLUDED_ */
