/*
 * The part of ada's C interface (ada_c.h of github.com/ada-url/ada, version
 * 2) that the bindings use. libnode exports it; Debian 12 has no header.
 */

#ifndef _NGX_INVOKE_ADA_H_INCLUDED_
#define _NGX_INVOKE_ADA_H_INCLUDED_


#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>


#define NGX_INVOKE_ADA_OMITTED  ((uint32_t) -1)


typedef void  *ada_url;

/* A part of the URL, valid until that changes. */

typedef struct {
    const char  *data;
    size_t       length;
} ada_string;

typedef struct {
    const char  *data;
    size_t       length;
} ada_owned_string;

typedef struct {
    uint32_t  protocol_end;
    uint32_t  username_end;
    uint32_t  host_start;
    uint32_t  host_end;
    uint32_t  port;
    uint32_t  pathname_start;
    uint32_t  search_start;
    uint32_t  hash_start;
} ada_url_components;


ada_url ada_parse(const char *input, size_t length);
ada_url ada_parse_with_base(const char *input, size_t input_length,
    const char *base, size_t base_length);
bool ada_can_parse(const char *input, size_t length);
bool ada_can_parse_with_base(const char *input, size_t input_length,
    const char *base, size_t base_length);
void ada_free(ada_url url);
bool ada_is_valid(ada_url url);

ada_string ada_get_href(ada_url url);
ada_string ada_get_hostname(ada_url url);
uint8_t ada_get_scheme_type(ada_url url);
const ada_url_components *ada_get_components(ada_url url);

bool ada_set_href(ada_url url, const char *input, size_t length);
bool ada_set_host(ada_url url, const char *input, size_t length);
bool ada_set_hostname(ada_url url, const char *input, size_t length);
bool ada_set_protocol(ada_url url, const char *input, size_t length);
bool ada_set_username(ada_url url, const char *input, size_t length);
bool ada_set_password(ada_url url, const char *input, size_t length);
bool ada_set_port(ada_url url, const char *input, size_t length);
bool ada_set_pathname(ada_url url, const char *input, size_t length);
void ada_set_search(ada_url url, const char *input, size_t length);
void ada_set_hash(ada_url url, const char *input, size_t length);

ada_owned_string ada_idna_to_unicode(const char *input, size_t length);
ada_owned_string ada_idna_to_ascii(const char *input, size_t length);
void ada_free_owned_string(ada_owned_string owned);


#endif /* _NGX_INVOKE_ADA_H_INCLUDED_ */
