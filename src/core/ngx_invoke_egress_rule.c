
#include "ngx_invoke_egress_rule.h"


static const char *ngx_invoke_egress_rule_target(
    ngx_invoke_egress_rule_t *rule, ngx_str_t *word);
static const char *ngx_invoke_egress_rule_cidr(ngx_invoke_egress_rule_t *rule,
    ngx_str_t *word);
static const char *ngx_invoke_egress_rule_name(ngx_invoke_egress_rule_t *rule,
    ngx_str_t *word);
static const char *ngx_invoke_egress_rule_ports(
    ngx_invoke_egress_rule_t *rule, ngx_str_t *word);
static ngx_uint_t ngx_invoke_egress_word(const ngx_str_t *word,
    const char *text);


const char *
ngx_invoke_egress_rule_read(ngx_invoke_egress_rule_t *rule, ngx_str_t *words,
    ngx_uint_t n, ngx_uint_t *bad)
{
    const char  *err;

    ngx_memzero(rule, sizeof(ngx_invoke_egress_rule_t));
    rule->last = 65535;

    *bad = 0;

    if (n == 0) {
        return "neither \"allow\" nor \"deny\"";
    }

    if (ngx_invoke_egress_word(&words[0], "allow")) {
        rule->allow = 1;

    } else if (!ngx_invoke_egress_word(&words[0], "deny")) {
        return "neither \"allow\" nor \"deny\"";
    }

    *bad = 1;

    if (n < 2) {
        return "no address, name or path";
    }

    err = ngx_invoke_egress_rule_target(rule, &words[1]);

    for (*bad = 2; err == NULL && *bad < n; (*bad)++) {

        if (ngx_invoke_egress_word(&words[*bad], "private")) {

            if (rule->private || rule->ports || !rule->allow
                || (rule->target != NGX_INVOKE_EGRESS_ALL
                    && rule->target != NGX_INVOKE_EGRESS_NAME))
            {
                return "\"private\" follows the name, or \"all\", of an "
                       "\"allow\"";
            }

            rule->private = 1;
            continue;
        }

        if (rule->ports || rule->target == NGX_INVOKE_EGRESS_PATH) {
            return "too much";
        }

        err = ngx_invoke_egress_rule_ports(rule, &words[*bad]);
    }

    if (err != NULL) {
        (*bad)--;
    }

    return err;
}


static ngx_uint_t
ngx_invoke_egress_word(const ngx_str_t *word, const char *text)
{
    return word->len == ngx_strlen(text)
           && ngx_strncasecmp(word->data, (u_char *) text, word->len) == 0;
}


static const char *
ngx_invoke_egress_rule_target(ngx_invoke_egress_rule_t *rule, ngx_str_t *word)
{
    ngx_uint_t  i, digits;

    if (ngx_invoke_egress_word(word, "all")) {
        rule->target = NGX_INVOKE_EGRESS_ALL;
        return NULL;
    }

    if (word->len >= 5 && ngx_strncmp(word->data, "unix:", 5) == 0) {
        rule->target = NGX_INVOKE_EGRESS_PATH;
        rule->name.data = word->data + 5;
        rule->name.len = word->len - 5;

        if (rule->name.len == 0 || rule->name.data[0] != '/'
            || ngx_strlchr(rule->name.data, rule->name.data + rule->name.len,
                           '\0') != NULL)
        {
            return "no absolute path";
        }

        return rule->name.len < sizeof(((struct sockaddr_un *) 0)->sun_path)
               ? NULL : "the path is too long";
    }

    /* what looks like an address is one, or a mistake */

    digits = 1;

    for (i = 0; i < word->len; i++) {
        if (ngx_strchr(":/[", word->data[i]) != NULL && word->data[i] != 0) {
            return ngx_invoke_egress_rule_cidr(rule, word);
        }

        digits = digits && ((word->data[i] >= '0' && word->data[i] <= '9')
                            || word->data[i] == '.');
    }

    return digits ? ngx_invoke_egress_rule_cidr(rule, word)
                  : ngx_invoke_egress_rule_name(rule, word);
}


static const char *
ngx_invoke_egress_rule_cidr(ngx_invoke_egress_rule_t *rule, ngx_str_t *word)
{
    u_char              *slash;
    ngx_int_t            bits;
    ngx_str_t            text, mask;
    ngx_uint_t           i, most;
    struct sockaddr_in6  sin6;
    ngx_invoke_egress_ip_t   outer, as[NGX_INVOKE_EGRESS_INSIDE];

    rule->target = NGX_INVOKE_EGRESS_CIDR;

    text = *word;
    slash = ngx_strlchr(word->data, word->data + word->len, '/');

    if (slash != NULL) {
        text.len = slash - word->data;
    }

    if (ngx_invoke_egress_ip_read(&rule->ip, &text) != NGX_OK) {
        return "no address";
    }

    most = rule->ip.family == AF_INET ? 32 : 128;
    bits = most;

    if (slash != NULL) {
        mask.data = slash + 1;
        mask.len = word->data + word->len - mask.data;

        bits = ngx_atoi(mask.data, mask.len);

        if (bits == NGX_ERROR || bits > (ngx_int_t) most) {
            return "no prefix length";
        }
    }

    rule->bits = bits;

    for (i = bits; i < most; i++) {
        if (rule->ip.bytes[i / 8] & (0x80 >> (i % 8))) {
            return "has bits that its prefix length leaves out";
        }
    }

    if (most == 32) {
        return NULL;
    }

    /* what has an IPv4 address in it is never judged by what it looks like */

    ngx_memzero(&sin6, sizeof(sin6));
    sin6.sin6_family = AF_INET6;
    ngx_memcpy(&sin6.sin6_addr, rule->ip.bytes, 16);

    (void) ngx_invoke_egress_inside((struct sockaddr *) &sin6, &outer, as);

    if (outer.family == AF_INET && bits >= 96) {
        rule->ip = outer;
        rule->bits -= 96;

    } else if (as[0].family == AF_INET && rule->allow
               && bits >= (rule->ip.bytes[0] == 0 ? 96
                           : rule->ip.bytes[1] == 0x02 ? 16 : 32))
    {
        return "is judged as the IPv4 address in it: name that";
    }

    return NULL;
}


/* Letters, digits and "-_." as they are, "*" for any number of characters. */

static const char *
ngx_invoke_egress_rule_name(ngx_invoke_egress_rule_t *rule, ngx_str_t *word)
{
    u_char      ch;
    ngx_uint_t  i;

    rule->target = NGX_INVOKE_EGRESS_NAME;
    rule->name = *word;

    for (i = 0; i < word->len; i++) {
        ch = ngx_tolower(word->data[i]);
        word->data[i] = ch;

        if ((ch < 'a' || ch > 'z') && (ch < '0' || ch > '9')
            && (ch == '\0' || ngx_strchr("*-_.", ch) == NULL))
        {
            return "no name";
        }
    }

    if (rule->name.len && rule->name.data[rule->name.len - 1] == '.') {
        rule->name.len--;
    }

    return rule->name.len == 0 || rule->name.len > 255 ? "no name" : NULL;
}


static const char *
ngx_invoke_egress_rule_ports(ngx_invoke_egress_rule_t *rule, ngx_str_t *word)
{
    u_char     *dash;
    ngx_int_t   first, last;
    ngx_str_t   text;

    text = *word;
    dash = ngx_strlchr(word->data, word->data + word->len, '-');

    if (dash != NULL) {
        text.len = dash - word->data;
    }

    first = ngx_atoi(text.data, text.len);
    last = first;

    if (dash != NULL) {
        text.data = dash + 1;
        text.len = word->data + word->len - text.data;
        last = ngx_atoi(text.data, text.len);
    }

    if (first < 1 || last < first || last > 65535) {
        return "no port from 1 to 65535, nor a range of them";
    }

    rule->ports = 1;
    rule->first = first;
    rule->last = last;

    return NULL;
}


ngx_int_t
ngx_invoke_egress_ip_read(ngx_invoke_egress_ip_t *ip, const ngx_str_t *text)
{
    char    buf[NGX_INET6_ADDRSTRLEN + 1];
    size_t  len;

    ngx_memzero(ip, sizeof(ngx_invoke_egress_ip_t));

    len = text->len;
    ip->family = AF_INET;

    if (len > 2 && text->data[0] == '[' && text->data[len - 1] == ']') {
        len -= 2;
        ip->family = AF_INET6;

    } else if (ngx_strlchr(text->data, text->data + len, ':') != NULL) {
        ip->family = AF_INET6;
    }

    if (len >= sizeof(buf)) {
        return NGX_DECLINED;
    }

    ngx_memcpy(buf, text->data + (len != text->len), len);
    buf[len] = '\0';

    return ngx_strlen(buf) == len
           && inet_pton(ip->family, buf, ip->bytes) == 1
           ? NGX_OK : NGX_DECLINED;
}


/* any thread, from here on */

ngx_uint_t
ngx_invoke_egress_rule_same(const ngx_invoke_egress_rule_t *a,
    const ngx_invoke_egress_rule_t *b)
{
    return a->target == b->target && a->bits == b->bits
           && a->first == b->first && a->last == b->last
           && a->allow == b->allow && a->ports == b->ports
           && a->private == b->private && a->name.len == b->name.len
           && ngx_memcmp(&a->ip, &b->ip, sizeof(a->ip)) == 0
           && (a->name.len == 0
               || ngx_memcmp(a->name.data, b->name.data, a->name.len) == 0);
}


ngx_uint_t
ngx_invoke_egress_rule_covers(const ngx_invoke_egress_rule_t *rule,
    const ngx_invoke_egress_ip_t *ip)
{
    u_char      mask;
    ngx_uint_t  n;

    if (rule->ip.family != ip->family) {
        return 0;
    }

    n = rule->bits / 8;
    mask = 0xff00 >> (rule->bits % 8);

    return ngx_memcmp(rule->ip.bytes, ip->bytes, n) == 0
           && (mask == 0 || ((rule->ip.bytes[n] ^ ip->bytes[n]) & mask) == 0);
}


/* Goes back to the last star alone, so that it takes no more than n * m. */

ngx_uint_t
ngx_invoke_egress_rule_named(const ngx_invoke_egress_rule_t *rule,
    const ngx_str_t *name)
{
    size_t            i, k, star, from;
    const ngx_str_t  *glob = &rule->name;

    star = glob->len;
    from = 0;

    for (i = 0, k = 0; i < name->len; /* void */ ) {

        if (k < glob->len && glob->data[k] == '*') {
            star = k++;
            from = i;

        } else if (k < glob->len && glob->data[k] == name->data[i]) {
            k++;
            i++;

        } else if (star < glob->len) {
            k = star + 1;
            i = ++from;

        } else {
            return 0;
        }
    }

    while (k < glob->len && glob->data[k] == '*') {
        k++;
    }

    return k == glob->len;
}
