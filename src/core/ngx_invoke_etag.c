
/*
 * The one-shot functions of OpenSSL 3 look their algorithm up each time, which
 * takes longer than the hash of a short body: these do not.
 */

#define OPENSSL_SUPPRESS_DEPRECATED

#include "ngx_invoke_etag.h"

#include <openssl/sha.h>


size_t
ngx_invoke_etag(u_char *buf, ngx_invoke_etag_e kind, const u_char *body,
    size_t len)
{
    u_char      *p, hash[SHA_DIGEST_LENGTH];
    SHA_CTX      sha;
    ngx_str_t    from, to;
    ngx_uint_t   digits;

    static const u_char  hex[] = "0123456789abcdef";

    if (kind == NGX_INVOKE_ETAG_OFF) {
        return 0;
    }

    if (SHA1_Init(&sha) != 1
        || SHA1_Update(&sha, body, len) != 1
        || SHA1_Final(hash, &sha) != 1)
    {
        return 0;
    }

    p = buf;

    if (kind == NGX_INVOKE_ETAG_WEAK) {
        *p++ = 'W';
        *p++ = '/';
    }

    *p++ = '"';

    for (digits = 1; digits < 2 * sizeof(len) && len >> 4 * digits; digits++) {
        /* void */
    }

    while (digits-- > 0) {
        *p++ = hex[len >> 4 * digits & 15];
    }

    *p++ = '-';

    from.data = hash;
    from.len = SHA_DIGEST_LENGTH;
    to.data = p;

    ngx_encode_base64(&to, &from);

    /* in place of its padding */

    p += to.len;
    p[-1] = '"';

    return p - buf;
}
