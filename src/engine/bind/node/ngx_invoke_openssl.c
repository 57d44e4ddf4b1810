
#include "ngx_invoke_openssl.h"
#include "ngx_invoke_encode.h"

#include <openssl/err.h>


#define NGX_INVOKE_OPENSSL_ERRORS  16


typedef struct {
    int          lib;
    const char  *name;
} ngx_invoke_openssl_lib_t;


/* The libraries whose names are in the codes of errors. */

static const ngx_invoke_openssl_lib_t  ngx_invoke_openssl_libs[] = {
    { ERR_LIB_SYS, "SYS_" },
    { ERR_LIB_BN, "BN_" },
    { ERR_LIB_RSA, "RSA_" },
    { ERR_LIB_DH, "DH_" },
    { ERR_LIB_EVP, "EVP_" },
    { ERR_LIB_BUF, "BUF_" },
    { ERR_LIB_OBJ, "OBJ_" },
    { ERR_LIB_PEM, "PEM_" },
    { ERR_LIB_DSA, "DSA_" },
    { ERR_LIB_X509, "X509_" },
    { ERR_LIB_ASN1, "ASN1_" },
    { ERR_LIB_CONF, "CONF_" },
    { ERR_LIB_CRYPTO, "CRYPTO_" },
    { ERR_LIB_EC, "EC_" },
    { ERR_LIB_BIO, "BIO_" },
    { ERR_LIB_PKCS7, "PKCS7_" },
    { ERR_LIB_X509V3, "X509V3_" },
    { ERR_LIB_PKCS12, "PKCS12_" },
    { ERR_LIB_RAND, "RAND_" },
    { ERR_LIB_DSO, "DSO_" },
    { ERR_LIB_ENGINE, "ENGINE_" },
    { ERR_LIB_OCSP, "OCSP_" },
    { ERR_LIB_UI, "UI_" },
    { ERR_LIB_COMP, "COMP_" },
    { ERR_LIB_ECDSA, "ECDSA_" },
    { ERR_LIB_ECDH, "ECDH_" },
    { ERR_LIB_OSSL_STORE, "OSSL_STORE_" },
    { ERR_LIB_CMS, "CMS_" },
    { ERR_LIB_TS, "TS_" },
    { ERR_LIB_HMAC, "HMAC_" },
    { ERR_LIB_CT, "CT_" },
    { ERR_LIB_ASYNC, "ASYNC_" },
    { ERR_LIB_KDF, "KDF_" },
    { ERR_LIB_SM2, "SM2_" },
    { ERR_LIB_USER, "USER_" },
    { 0, NULL }
};


static const char  ngx_invoke_key_kind;

/* What OpenSSL takes for a key of two halves, about. */
#define NGX_INVOKE_KEY_SIZE  4096


/* actor thread, all of this file */

static ngx_int_t
ngx_invoke_openssl_set(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t error, const char *key, const char *text)
{
    ngx_invoke_v8_value_t  value;

    if (text == NULL) {
        return NGX_OK;
    }

    value = ngx_invoke_v8_new_string(call, NGX_INVOKE_V8_UTF8, text,
                                     ngx_strlen(text));

    return value != NULL && ngx_invoke_v8_set(call, error, key, value) == 0
           ? NGX_OK : NGX_ERROR;
}


/*
 * "bad decrypt" of OpenSSL's providers, which have no name there, is
 * ERR_OSSL_BAD_DECRYPT; of its EVP it is ERR_OSSL_EVP_BAD_DECRYPT.
 */

static void
ngx_invoke_openssl_code(unsigned long err, const char *reason, char *code,
    size_t size)
{
    char                            *p;
    const char                      *lib;
    const ngx_invoke_openssl_lib_t  *l;

    lib = "";

    for (l = ngx_invoke_openssl_libs; l->name != NULL; l++) {
        if (l->lib == ERR_GET_LIB(err)) {
            lib = l->name;
            break;
        }
    }

    if (ERR_GET_LIB(err) == ERR_LIB_SSL) {
        snprintf(code, size, "ERR_SSL_%s", reason);

    } else {
        snprintf(code, size, "ERR_OSSL_%s%s", lib, reason);
    }

    for (p = code; *p != '\0'; p++) {
        *p = *p == ' ' ? '_' : ngx_toupper(*p);
    }
}


/* The errors behind the first, the last one first, as Node tells them. */

static ngx_int_t
ngx_invoke_openssl_stack(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_value_t error)
{
    char                   text[256];
    ngx_uint_t             n, i;
    unsigned long          err;
    ngx_invoke_v8_value_t  stack, list[NGX_INVOKE_OPENSSL_ERRORS], swap;

    n = 0;

    while ((err = ERR_get_error()) != 0 && n < NGX_INVOKE_OPENSSL_ERRORS) {
        ERR_error_string_n(err, text, sizeof(text));

        list[n] = ngx_invoke_v8_new_string(call, NGX_INVOKE_V8_UTF8, text,
                                           ngx_strlen(text));
        if (list[n++] == NULL) {
            return NGX_ERROR;
        }
    }

    if (n == 0) {
        return NGX_OK;
    }

    for (i = 0; i < n / 2; i++) {
        swap = list[i];
        list[i] = list[n - 1 - i];
        list[n - 1 - i] = swap;
    }

    stack = ngx_invoke_v8_new_array(call, list, n);

    return stack != NULL
           && ngx_invoke_v8_set(call, error, "opensslErrorStack", stack) == 0
           ? NGX_OK : NGX_ERROR;
}


void
ngx_invoke_openssl_throw(ngx_invoke_v8_call_t *call, const char *message)
{
    char                    text[256], code[256];
    const char             *reason;
    unsigned long           err;
    ngx_invoke_v8_value_t   error;

    err = ERR_get_error();

    if (err != 0 || message == NULL) {
        ERR_error_string_n(err, text, sizeof(text));
        message = text;
    }

    error = ngx_invoke_v8_error(call, NGX_INVOKE_V8_ERROR, NULL, message);

    if (error == NULL
        || ngx_invoke_openssl_stack(call, error) != NGX_OK)
    {
        goto done;
    }

    if (err != 0) {
        reason = ERR_reason_error_string(err);

        if (ngx_invoke_openssl_set(call, error, "library",
                                   ERR_lib_error_string(err))
            != NGX_OK
            || ngx_invoke_openssl_set(call, error, "reason", reason)
               != NGX_OK)
        {
            goto done;
        }

        if (reason != NULL) {
            ngx_invoke_openssl_code(err, reason, code, sizeof(code));

            if (ngx_invoke_openssl_set(call, error, "code", code) != NGX_OK)
            {
                goto done;
            }
        }
    }

    ngx_invoke_v8_throw_value(call, error);

done:

    ERR_clear_error();
}


static void
ngx_invoke_key_free(void *data)
{
    ngx_invoke_key_t  *key = data;

    if (key->secret != NULL) {
        OPENSSL_cleanse(key->secret, key->len);
        ngx_invoke_v8_free(key->secret);
    }

    EVP_PKEY_free(key->pkey);
    free(key);
}


ngx_invoke_key_t *
ngx_invoke_key_get(ngx_invoke_v8_value_t v)
{
    return ngx_invoke_v8_holder(v, &ngx_invoke_key_kind);
}


ngx_invoke_key_t *
ngx_invoke_key_pair(ngx_invoke_v8_call_t *call, int i)
{
    ngx_invoke_key_t  *key;

    key = ngx_invoke_key_get(ngx_invoke_v8_arg(call, i));

    if (key == NULL || key->pkey == NULL) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_TYPE_ERROR,
                            "ERR_INVALID_ARG_TYPE",
                            "The argument must be an asymmetric key");
        return NULL;
    }

    ERR_clear_error();

    return key;
}


ngx_invoke_key_t *
ngx_invoke_key_new(ngx_invoke_v8_call_t *call, EVP_PKEY *pkey)
{
    ngx_invoke_key_t  *key;

    key = calloc(1, sizeof(ngx_invoke_key_t));

    if (key == NULL) {
        EVP_PKEY_free(pkey);
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR, NULL,
                            "Out of memory");
        return NULL;
    }

    key->pkey = pkey;

    return key;
}


void
ngx_invoke_key_return(ngx_invoke_v8_call_t *call, ngx_invoke_key_t *key)
{
    ngx_invoke_v8_value_t  value;

    value = ngx_invoke_v8_new_holder(call, &ngx_invoke_key_kind, key,
                                     key->pkey != NULL
                                     ? NGX_INVOKE_KEY_SIZE
                                     : sizeof(ngx_invoke_key_t),
                                     ngx_invoke_key_free);
    if (value != NULL) {
        ngx_invoke_v8_return(call, value);
    }
}


ngx_int_t
ngx_invoke_input_get(ngx_invoke_v8_call_t *call, int i, int enc,
    ngx_invoke_input_t *in)
{
    size_t                  size;
    ngx_invoke_key_t       *key;
    ngx_invoke_encode_e     encoding;
    ngx_invoke_v8_type_e    type;
    ngx_invoke_v8_value_t   v;

    in->text = NULL;
    v = ngx_invoke_v8_arg(call, i);
    type = ngx_invoke_v8_type(v);

    if (type == NGX_INVOKE_V8_STRING) {
        encoding = enc < 0 ? NGX_INVOKE_ENCODE_UTF8
            : ngx_invoke_encode_parse(call, ngx_invoke_v8_arg(call, enc),
                                      NGX_INVOKE_ENCODE_UTF8);

        if (encoding == NGX_INVOKE_ENCODE_BUFFER) {
            encoding = NGX_INVOKE_ENCODE_UTF8;
        }

        size = ngx_invoke_encode_size(call, encoding, v);

        if (size <= sizeof(in->view.room)) {
            in->data = in->view.room;

        } else {
            in->text = malloc(size);
            if (in->text == NULL) {
                ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR, NULL,
                                    "Out of memory");
                return NGX_ERROR;
            }

            in->data = in->text;
        }

        in->len = ngx_invoke_encode_write(call, encoding, v,
                                        (uint8_t *) in->data, size);

        return NGX_OK;
    }

    key = type == NGX_INVOKE_V8_OBJECT ? ngx_invoke_key_get(v) : NULL;

    if (key != NULL && key->pkey == NULL) {
        in->data = key->secret;
        in->len = key->len;
        return NGX_OK;
    }

    if (ngx_invoke_view_get(call, v, &in->view) != NGX_OK) {
        return NGX_ERROR;
    }

    in->data = in->view.data;
    in->len = in->view.len;

    return NGX_OK;
}


void
ngx_invoke_input_free(ngx_invoke_input_t *in)
{
    free(in->text);
    in->text = NULL;
}


void
ngx_invoke_openssl_name(ngx_invoke_v8_call_t *call, int i, char *name,
    size_t size)
{
    size_t                 len;
    ngx_invoke_v8_value_t  v;

    v = ngx_invoke_v8_arg(call, i);
    len = ngx_invoke_v8_string_size(call, v, NGX_INVOKE_V8_UTF8);

    if (len >= size) {
        len = 0;

    } else {
        len = ngx_invoke_v8_string_write(call, v, NGX_INVOKE_V8_UTF8, name,
                                         len);
    }

    name[len] = '\0';

    if (ngx_strlen(name) != len) {
        name[0] = '\0';
    }
}


void
ngx_invoke_openssl_return(ngx_invoke_v8_call_t *call, int enc,
    const uint8_t *data, size_t len)
{
    uint8_t                *p;
    ngx_invoke_encode_e     encoding;
    ngx_invoke_v8_value_t   result, v;

    encoding = NGX_INVOKE_ENCODE_BUFFER;

    if (enc >= 0) {
        v = ngx_invoke_v8_arg(call, enc);

        encoding = ngx_invoke_v8_is_int32(v)
                   && (uint32_t) ngx_invoke_v8_int32(v) < NGX_INVOKE_ENCODES
                   ? (ngx_invoke_encode_e) ngx_invoke_v8_int32(v)
                   : ngx_invoke_encode_parse(call, v, encoding);
    }

    if (encoding != NGX_INVOKE_ENCODE_BUFFER) {
        result = ngx_invoke_encode_make(call, encoding, data, len);

    } else {
        result = ngx_invoke_v8_new_bytes(call, len, &p);

        if (result != NULL && len > 0) {
            ngx_memcpy(p, data, len);
        }
    }

    if (result != NULL) {
        ngx_invoke_v8_return(call, result);
    }
}


BIGNUM *
ngx_invoke_openssl_number(ngx_invoke_v8_call_t *call, int i, size_t max)
{
    BIGNUM              *bn;
    ngx_invoke_input_t   in;

    if (ngx_invoke_input_get(call, i, -1, &in) != NGX_OK) {
        return NULL;
    }

    bn = in.len <= max ? BN_bin2bn(in.data, in.len, NULL) : NULL;

    if (in.len > max) {
        ngx_invoke_index_throw(call, "the number is too big");

    } else if (bn == NULL) {
        ngx_invoke_openssl_throw(call, "Out of memory");
    }

    ngx_invoke_input_free(&in);

    return bn;
}


void
ngx_invoke_openssl_return_number(ngx_invoke_v8_call_t *call, const BIGNUM *bn)
{
    uint8_t                *p;
    ngx_invoke_v8_value_t   value;

    value = ngx_invoke_v8_new_bytes(call, BN_num_bytes(bn), &p);

    if (value != NULL) {
        (void) BN_bn2bin(bn, p);
        ngx_invoke_v8_return(call, value);
    }
}


ngx_uint_t
ngx_invoke_openssl_ended(ngx_invoke_v8_call_t *call)
{
    uintptr_t              current;
    ngx_invoke_context_t  *ctx = ngx_invoke_v8_data(call);

    if (ctx == NULL) {
        return 0;
    }

    current = __atomic_load_n(&ctx->isolate->watch->current,
                              __ATOMIC_RELAXED);

    return (current & (NGX_INVOKE_TERMINATING|NGX_INVOKE_TERMINATED)) != 0;
}


static int
ngx_invoke_openssl_goes_on(int a, int b, BN_GENCB *cb)
{
    return !ngx_invoke_openssl_ended(BN_GENCB_get_arg(cb));
}


BN_GENCB *
ngx_invoke_openssl_watch(ngx_invoke_v8_call_t *call)
{
    BN_GENCB  *cb;

    cb = BN_GENCB_new();

    if (cb != NULL) {
        BN_GENCB_set(cb, ngx_invoke_openssl_goes_on, call);
    }

    return cb;
}


void
ngx_invoke_openssl_names(ngx_invoke_v8_call_t *call,
    ngx_invoke_openssl_names_t *list)
{
    ngx_uint_t             i;
    ngx_invoke_v8_value_t  values[NGX_INVOKE_OPENSSL_NAMES];

    ERR_clear_error();

    for (i = 0; i < list->n; i++) {
        values[i] = ngx_invoke_v8_new_name(call, list->names[i],
                                           ngx_strlen(list->names[i]));
    }

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_array(call, values, list->n));
}
