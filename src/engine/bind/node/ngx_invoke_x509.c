
#include "ngx_invoke_x509.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>


/* A name on lines of its own, and within a list of other names. */

#define NGX_INVOKE_X509_LINES                                                 \
    (ASN1_STRFLGS_ESC_2253|ASN1_STRFLGS_ESC_CTRL|ASN1_STRFLGS_UTF8_CONVERT    \
     |XN_FLAG_SEP_MULTILINE|XN_FLAG_FN_SN)

#define NGX_INVOKE_X509_WITHIN                                                \
    (XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB & ~ASN1_STRFLGS_ESC_CTRL)


/* actor thread, all of this file */

/*
 * Whether a name of a list can be told as it is: nothing in it may look like
 * the end of it, or like quotes around it.
 */

static ngx_uint_t
ngx_invoke_x509_plain(const uint8_t *p, const uint8_t *last, ngx_uint_t utf8)
{
    for ( /* void */ ; p < last; p++) {
        if (*p < ' ' || *p == 0x7f || (*p > '~' && !utf8)
            || *p == '"' || *p == '\\' || *p == ',' || *p == '\'')
        {
            return 0;
        }
    }

    return 1;
}


/* A name of a list, as a string of JSON if need be. */

static void
ngx_invoke_x509_name(BIO *bio, ASN1_STRING *name, ngx_uint_t utf8,
    const char *prefix)
{
    ngx_uint_t      plain;
    const uint8_t  *p, *last;

    p = ASN1_STRING_get0_data(name);
    last = p + ASN1_STRING_length(name);
    plain = ngx_invoke_x509_plain(p, last, utf8);

    BIO_printf(bio, "%s%s%s", plain ? "" : "\"",
               prefix != NULL ? prefix : "", prefix != NULL ? ":" : "");

    if (plain) {
        BIO_write(bio, p, last - p);
        return;
    }

    for ( /* void */ ; p < last; p++) {
        if (*p == '"' || *p == '\\') {
            BIO_printf(bio, "\\%c", *p);

        } else if ((*p >= ' ' && *p <= '~' && *p != ',')
                   || (utf8 && *p >= 0x80))
        {
            BIO_write(bio, p, 1);

        } else {
            BIO_printf(bio, "\\u%04x", *p);
        }
    }

    BIO_write(bio, "\"", 1);
}


static ngx_int_t
ngx_invoke_x509_directory(BIO *bio, X509_NAME *name)
{
    BIO          *text;
    char         *data;
    long          len;
    ngx_int_t     rc;
    ASN1_STRING  *string;

    rc = NGX_ERROR;
    text = BIO_new(BIO_s_mem());
    string = ASN1_STRING_new();

    if (text != NULL && string != NULL
        && X509_NAME_print_ex(text, name, 0, NGX_INVOKE_X509_WITHIN) >= 0)
    {
        len = BIO_get_mem_data(text, &data);

        if (ASN1_STRING_set(string, data, len) == 1) {
            ngx_invoke_x509_name(bio, string, 1, NULL);
            rc = NGX_OK;
        }
    }

    ASN1_STRING_free(string);
    BIO_free(text);

    return rc;
}


static void
ngx_invoke_x509_ip(BIO *bio, ASN1_OCTET_STRING *ip)
{
    int             i, len;
    const uint8_t  *p;

    p = ASN1_STRING_get0_data(ip);
    len = ASN1_STRING_length(ip);

    if (len == 4) {
        BIO_printf(bio, "%d.%d.%d.%d", p[0], p[1], p[2], p[3]);

    } else if (len == 16) {
        for (i = 0; i < 8; i++) {
            BIO_printf(bio, "%s%X", i == 0 ? "" : ":",
                       p[2 * i] << 8 | p[2 * i + 1]);
        }

    } else {
        BIO_printf(bio, "<invalid length=%d>", len);
    }
}


static void
ngx_invoke_x509_other(BIO *bio, OTHERNAME *other)
{
    int          type;
    const char  *prefix;

    type = V_ASN1_UTF8STRING;

    switch (OBJ_obj2nid(other->type_id)) {

    case NID_id_on_SmtpUTF8Mailbox:
        prefix = "SmtpUTF8Mailbox";
        break;

    case NID_XmppAddr:
        prefix = "XmppAddr";
        break;

    case NID_SRVName:
        prefix = "SRVName";
        type = V_ASN1_IA5STRING;
        break;

    case NID_ms_upn:
        prefix = "UPN";
        break;

    case NID_NAIRealm:
        prefix = "NAIRealm";
        break;

    default:
        prefix = NULL;
        break;
    }

    BIO_printf(bio, "othername:");

    if (prefix == NULL || other->value->type != type) {
        BIO_printf(bio, "<unsupported>");
        return;
    }

    ngx_invoke_x509_name(bio, other->value->value.asn1_string,
                         type == V_ASN1_UTF8STRING, prefix);
}


static ngx_int_t
ngx_invoke_x509_general(BIO *bio, GENERAL_NAME *gen)
{
    char  text[256];

    switch (gen->type) {

    case GEN_DNS:
        BIO_printf(bio, "DNS:");
        ngx_invoke_x509_name(bio, gen->d.dNSName, 0, NULL);
        break;

    case GEN_EMAIL:
        BIO_printf(bio, "email:");
        ngx_invoke_x509_name(bio, gen->d.rfc822Name, 0, NULL);
        break;

    case GEN_URI:
        BIO_printf(bio, "URI:");
        ngx_invoke_x509_name(bio, gen->d.uniformResourceIdentifier, 0, NULL);
        break;

    case GEN_DIRNAME:
        BIO_printf(bio, "DirName:");
        return ngx_invoke_x509_directory(bio, gen->d.dirn);

    case GEN_IPADD:
        BIO_printf(bio, "IP Address:");
        ngx_invoke_x509_ip(bio, gen->d.ip);
        break;

    case GEN_RID:
        OBJ_obj2txt(text, sizeof(text), gen->d.rid, 1);
        BIO_printf(bio, "Registered ID:%s", text);
        break;

    case GEN_OTHERNAME:
        ngx_invoke_x509_other(bio, gen->d.otherName);
        break;

    case GEN_X400:
        BIO_printf(bio, "X400Name:<unsupported>");
        break;

    default:
        BIO_printf(bio, "EdiPartyName:<unsupported>");
        break;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_invoke_x509_alt_names(BIO *bio, X509 *cert)
{
    int             i, index;
    ngx_int_t       rc;
    GENERAL_NAMES  *names;

    index = X509_get_ext_by_NID(cert, NID_subject_alt_name, -1);
    if (index < 0) {
        return NGX_DECLINED;
    }

    names = X509V3_EXT_d2i(X509_get_ext(cert, index));
    if (names == NULL) {
        return NGX_ERROR;
    }

    rc = NGX_OK;

    for (i = 0; i < sk_GENERAL_NAME_num(names) && rc == NGX_OK; i++) {
        if (i != 0) {
            BIO_printf(bio, ", ");
        }

        rc = ngx_invoke_x509_general(bio, sk_GENERAL_NAME_value(names, i));
    }

    sk_GENERAL_NAME_pop_free(names, GENERAL_NAME_free);

    return rc;
}


static ngx_int_t
ngx_invoke_x509_access(BIO *bio, X509 *cert)
{
    int                     i, index;
    char                    text[80];
    ngx_int_t               rc;
    ACCESS_DESCRIPTION     *access;
    AUTHORITY_INFO_ACCESS  *list;

    index = X509_get_ext_by_NID(cert, NID_info_access, -1);
    if (index < 0) {
        return NGX_DECLINED;
    }

    list = X509V3_EXT_d2i(X509_get_ext(cert, index));
    if (list == NULL) {
        return NGX_ERROR;
    }

    rc = NGX_OK;

    for (i = 0; i < sk_ACCESS_DESCRIPTION_num(list) && rc == NGX_OK; i++) {
        access = sk_ACCESS_DESCRIPTION_value(list, i);

        i2t_ASN1_OBJECT(text, sizeof(text), access->method);
        BIO_printf(bio, "%s%s - ", i == 0 ? "" : "\n", text);

        rc = ngx_invoke_x509_general(bio, access->location);
    }

    sk_ACCESS_DESCRIPTION_pop_free(list, ACCESS_DESCRIPTION_free);

    return rc;
}


static ngx_int_t
ngx_invoke_x509_digest(BIO *bio, X509 *cert, const EVP_MD *md)
{
    unsigned  i, len;
    uint8_t   digest[EVP_MAX_MD_SIZE];

    if (X509_digest(cert, md, digest, &len) != 1) {
        return NGX_DECLINED;
    }

    for (i = 0; i < len; i++) {
        BIO_printf(bio, "%s%02X", i == 0 ? "" : ":", digest[i]);
    }

    return NGX_OK;
}


static ngx_int_t
ngx_invoke_x509_serial(BIO *bio, X509 *cert)
{
    char    *text;
    BIGNUM  *bn;

    bn = ASN1_INTEGER_to_BN(X509_get_serialNumber(cert), NULL);
    text = bn != NULL ? BN_bn2hex(bn) : NULL;

    if (text != NULL) {
        BIO_printf(bio, "%s", text);
    }

    BN_free(bn);
    OPENSSL_free(text);

    return text != NULL ? NGX_OK : NGX_DECLINED;
}


ngx_int_t
ngx_invoke_x509_text(BIO *bio, X509 *cert, ngx_invoke_x509_text_e what)
{
    int  rc;

    switch (what) {

    case NGX_INVOKE_X509_SUBJECT:
        rc = X509_NAME_print_ex(bio, X509_get_subject_name(cert), 0,
                                NGX_INVOKE_X509_LINES);
        break;

    case NGX_INVOKE_X509_ISSUER:
        rc = X509_NAME_print_ex(bio, X509_get_issuer_name(cert), 0,
                                NGX_INVOKE_X509_LINES);
        break;

    case NGX_INVOKE_X509_ALT_NAMES:
        return ngx_invoke_x509_alt_names(bio, cert);

    case NGX_INVOKE_X509_ACCESS:
        return ngx_invoke_x509_access(bio, cert);

    case NGX_INVOKE_X509_FROM:
        (void) ASN1_TIME_print(bio, X509_get0_notBefore(cert));
        return NGX_OK;

    case NGX_INVOKE_X509_TO:
        (void) ASN1_TIME_print(bio, X509_get0_notAfter(cert));
        return NGX_OK;

    case NGX_INVOKE_X509_SHA1:
        return ngx_invoke_x509_digest(bio, cert, EVP_sha1());

    case NGX_INVOKE_X509_SHA256:
        return ngx_invoke_x509_digest(bio, cert, EVP_sha256());

    case NGX_INVOKE_X509_SHA512:
        return ngx_invoke_x509_digest(bio, cert, EVP_sha512());

    case NGX_INVOKE_X509_SERIAL:
        return ngx_invoke_x509_serial(bio, cert);

    default:
        rc = PEM_write_bio_X509(bio, cert);
        break;
    }

    return rc > 0 ? NGX_OK : NGX_DECLINED;
}
