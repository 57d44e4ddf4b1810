
#include "ngx_invoke_openssl.h"

#include <openssl/err.h>
#include <openssl/objects.h>


static void ngx_invoke_bind_cipher_create(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_cipher_update(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_cipher_final(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_cipher_padding(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_cipher_tag(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_cipher_set_tag(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_cipher_aad(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_cipher_info(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_cipher_names(ngx_invoke_v8_call_t *call);


/* Of the crypto binding: symmetric ciphers. */

const ngx_invoke_v8_native_t  ngx_invoke_bind_cipher[] = {
    { "cipherCreate", ngx_invoke_bind_cipher_create },
    { "cipherUpdate", ngx_invoke_bind_cipher_update },
    { "cipherFinal", ngx_invoke_bind_cipher_final },
    { "cipherPadding", ngx_invoke_bind_cipher_padding },
    { "cipherTag", ngx_invoke_bind_cipher_tag },
    { "cipherSetTag", ngx_invoke_bind_cipher_set_tag },
    { "cipherAAD", ngx_invoke_bind_cipher_aad },
    { "cipherInfo", ngx_invoke_bind_cipher_info },
    { "cipherNames", ngx_invoke_bind_cipher_names },
    { NULL, NULL }
};


/* What OpenSSL takes for one, about. */
#define NGX_INVOKE_CIPHER_SIZE  1024

#define NGX_INVOKE_TAG_SIZE     16


typedef struct {
    EVP_CIPHER_CTX  *ctx;               /* NULL: it has ended */
    int              limit;             /* of a message with CCM */
    int              tag_len;           /* -1: not known */
    uint8_t          tag[NGX_INVOKE_TAG_SIZE];
    unsigned         encrypts:1;
    unsigned         authenticated:1;
    unsigned         tag_known:1;
    unsigned         tag_passed:1;
    unsigned         failed:1;          /* CCM: told by final() */
} ngx_invoke_cipher_t;


static const char  ngx_invoke_cipher_kind;


/* actor thread, all of this file */

static void
ngx_invoke_cipher_free(void *data)
{
    ngx_invoke_cipher_t  *c = data;

    EVP_CIPHER_CTX_free(c->ctx);
    free(c);
}


static ngx_int_t
ngx_invoke_cipher_throw(ngx_invoke_v8_call_t *call,
    ngx_invoke_v8_error_e kind, const char *code, const char *message)
{
    ERR_clear_error();
    ngx_invoke_v8_throw(call, kind, code, message);

    return NGX_ERROR;
}


static ngx_int_t
ngx_invoke_cipher_bad_iv(ngx_invoke_v8_call_t *call)
{
    return ngx_invoke_cipher_throw(call, NGX_INVOKE_V8_TYPE_ERROR,
                                   "ERR_CRYPTO_INVALID_IV",
                                   "Invalid initialization vector");
}


static ngx_int_t
ngx_invoke_cipher_bad_tag(ngx_invoke_v8_call_t *call, int len)
{
    char  text[64];

    snprintf(text, sizeof(text), "Invalid authentication tag length: %u",
             (unsigned) len);

    return ngx_invoke_cipher_throw(call, NGX_INVOKE_V8_TYPE_ERROR,
                                   "ERR_CRYPTO_INVALID_AUTH_TAG", text);
}


static ngx_uint_t
ngx_invoke_cipher_authenticates(const EVP_CIPHER *cipher)
{
    switch (EVP_CIPHER_get_mode(cipher)) {

    case EVP_CIPH_CCM_MODE:
    case EVP_CIPH_GCM_MODE:
    case EVP_CIPH_OCB_MODE:
        return 1;

    case EVP_CIPH_STREAM_CIPHER:
        return EVP_CIPHER_get_nid(cipher) == NID_chacha20_poly1305;

    default:
        return 0;
    }
}


static ngx_uint_t
ngx_invoke_cipher_gcm_tag(int len)
{
    return len == 4 || len == 8 || (len >= 12 && len <= 16);
}


/* Lengths of the vector and of the tag, as NIST and Node have them. */

static ngx_int_t
ngx_invoke_cipher_authenticate(ngx_invoke_v8_call_t *call,
    ngx_invoke_cipher_t *c, const char *name, int iv_len, int tag_len)
{
    int   mode;
    char  text[160];

    c->authenticated = 1;

    if (EVP_CIPHER_CTX_ctrl(c->ctx, EVP_CTRL_AEAD_SET_IVLEN, iv_len, NULL)
        <= 0)
    {
        return ngx_invoke_cipher_bad_iv(call);
    }

    mode = EVP_CIPHER_CTX_get_mode(c->ctx);

    if (mode == EVP_CIPH_GCM_MODE) {

        if (tag_len != -1 && !ngx_invoke_cipher_gcm_tag(tag_len)) {
            return ngx_invoke_cipher_bad_tag(call, tag_len);
        }

        c->tag_len = tag_len;

        return NGX_OK;
    }

    if (tag_len == -1) {

        if (EVP_CIPHER_CTX_get_nid(c->ctx) != NID_chacha20_poly1305) {
            snprintf(text, sizeof(text), "authTagLength required for %s",
                     name);
            return ngx_invoke_cipher_throw(call, NGX_INVOKE_V8_TYPE_ERROR,
                                           "ERR_CRYPTO_INVALID_AUTH_TAG",
                                           text);
        }

        tag_len = NGX_INVOKE_TAG_SIZE;
    }

    if (tag_len < 0 || tag_len > NGX_INVOKE_TAG_SIZE
        || EVP_CIPHER_CTX_ctrl(c->ctx, EVP_CTRL_AEAD_SET_TAG, tag_len, NULL)
           <= 0)
    {
        return ngx_invoke_cipher_bad_tag(call, tag_len);
    }

    c->tag_len = tag_len;
    c->limit = iv_len == 12 ? 16777215 : iv_len == 13 ? 65535 : INT_MAX;

    return NGX_OK;
}


static ngx_int_t
ngx_invoke_cipher_init(ngx_invoke_v8_call_t *call, ngx_invoke_cipher_t *c,
    const EVP_CIPHER *cipher, const char *name, ngx_invoke_input_t *key,
    const uint8_t *iv, size_t iv_len, int tag_len)
{
    if (EVP_CIPHER_get_mode(cipher) == EVP_CIPH_WRAP_MODE) {
        EVP_CIPHER_CTX_set_flags(c->ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    }

    if (EVP_CipherInit_ex(c->ctx, cipher, NULL, NULL, NULL, c->encrypts)
        != 1)
    {
        ngx_invoke_openssl_throw(call, "Failed to initialize cipher");
        return NGX_ERROR;
    }

    if (ngx_invoke_cipher_authenticates(cipher)
        && ngx_invoke_cipher_authenticate(call, c, name, iv_len, tag_len)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (key->len > EVP_MAX_KEY_LENGTH
        || EVP_CIPHER_CTX_set_key_length(c->ctx, key->len) != 1)
    {
        return ngx_invoke_cipher_throw(call, NGX_INVOKE_V8_RANGE_ERROR,
                                       "ERR_CRYPTO_INVALID_KEYLEN",
                                       "Invalid key length");
    }

    if (EVP_CipherInit_ex(c->ctx, NULL, NULL, key->data, iv, c->encrypts)
        != 1)
    {
        ngx_invoke_openssl_throw(call, "Failed to initialize cipher");
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* Of createCipher(): key and vector are made of a password. */

static ngx_int_t
ngx_invoke_cipher_password(ngx_invoke_v8_call_t *call,
    ngx_invoke_cipher_t *c, const EVP_CIPHER *cipher, const char *name,
    ngx_invoke_input_t *password, int tag_len)
{
    int                  len;
    uint8_t              key[EVP_MAX_KEY_LENGTH], iv[EVP_MAX_IV_LENGTH];
    ngx_int_t            rc;
    ngx_invoke_input_t   made;

    len = EVP_BytesToKey(cipher, EVP_md5(), NULL, password->data,
                         password->len, 1, key, iv);

    made.data = key;
    made.len = len;

    rc = ngx_invoke_cipher_init(call, c, cipher, name, &made, iv,
                                EVP_CIPHER_get_iv_length(cipher), tag_len);

    OPENSSL_cleanse(key, sizeof(key));

    return rc;
}


static ngx_int_t
ngx_invoke_cipher_vector(ngx_invoke_v8_call_t *call, ngx_invoke_cipher_t *c,
    const EVP_CIPHER *cipher, const char *name, ngx_invoke_input_t *key,
    int tag_len)
{
    size_t                 len;
    ngx_invoke_input_t     iv;
    ngx_invoke_v8_value_t  v;

    v = ngx_invoke_v8_arg(call, 2);

    if (ngx_invoke_v8_type(v) == NGX_INVOKE_V8_NULL) {
        iv.data = NULL;
        iv.len = 0;

    } else if (ngx_invoke_view_get(call, v, &iv.view) == NGX_OK) {
        iv.data = iv.view.data;
        iv.len = iv.view.len;

    } else {
        return NGX_ERROR;
    }

    len = EVP_CIPHER_get_iv_length(cipher);

    if ((iv.len == 0 && len != 0)
        || iv.len > INT_MAX
        || (iv.len > 0 && iv.len != len
            && !ngx_invoke_cipher_authenticates(cipher))
        || (iv.len > 12
            && EVP_CIPHER_get_nid(cipher) == NID_chacha20_poly1305))
    {
        return ngx_invoke_cipher_bad_iv(call);
    }

    return ngx_invoke_cipher_init(call, c, cipher, name, key, iv.data,
                                  iv.len, tag_len);
}


/*
 * cipherCreate(name, key, vector, length of the tag, whether it encrypts) →
 * cipher; the vector is null if the cipher has none, and undefined: the key is
 * a password
 */

static void
ngx_invoke_bind_cipher_create(ngx_invoke_v8_call_t *call)
{
    int                     tag_len;
    char                    name[80];
    ngx_int_t               rc;
    const EVP_CIPHER       *cipher;
    ngx_invoke_input_t      key;
    ngx_invoke_cipher_t    *c;
    ngx_invoke_v8_value_t   value;

    ngx_invoke_openssl_name(call, 0, name, sizeof(name));

    cipher = ngx_invoke_openssl_cipher(call, 0);
    if (cipher == NULL) {
        (void) ngx_invoke_cipher_throw(call, NGX_INVOKE_V8_ERROR,
                                       "ERR_CRYPTO_UNKNOWN_CIPHER",
                                       "Unknown cipher");
        return;
    }

    if (ngx_invoke_input_get(call, 1, -1, &key) != NGX_OK) {
        return;
    }

    c = calloc(1, sizeof(ngx_invoke_cipher_t));

    if (c == NULL || (c->ctx = EVP_CIPHER_CTX_new()) == NULL) {
        (void) ngx_invoke_cipher_throw(call, NGX_INVOKE_V8_RANGE_ERROR, NULL,
                                       "Out of memory");
        free(c);
        ngx_invoke_input_free(&key);
        return;
    }

    tag_len = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 3));
    c->encrypts = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 4)) == 1;
    c->tag_len = -1;

    rc = ngx_invoke_v8_type(ngx_invoke_v8_arg(call, 2))
         == NGX_INVOKE_V8_UNDEFINED
         ? ngx_invoke_cipher_password(call, c, cipher, name, &key, tag_len)
         : ngx_invoke_cipher_vector(call, c, cipher, name, &key, tag_len);

    ngx_invoke_input_free(&key);

    if (rc != NGX_OK) {
        ngx_invoke_cipher_free(c);
        return;
    }

    value = ngx_invoke_v8_new_holder(call, &ngx_invoke_cipher_kind, c,
                                     NGX_INVOKE_CIPHER_SIZE,
                                     ngx_invoke_cipher_free);
    if (value != NULL) {
        ngx_invoke_v8_return(call, value);
    }
}


/* Argument 0, or NULL: it has thrown. */

static ngx_invoke_cipher_t *
ngx_invoke_cipher_of(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_cipher_t  *c;

    c = ngx_invoke_v8_holder(ngx_invoke_v8_arg(call, 0),
                             &ngx_invoke_cipher_kind);
    if (c == NULL) {
        (void) ngx_invoke_cipher_throw(call, NGX_INVOKE_V8_TYPE_ERROR,
                                       "ERR_INVALID_THIS",
                                       "this is no cipher");
    }

    ERR_clear_error();

    return c;
}


static ngx_int_t
ngx_invoke_cipher_pass_tag(ngx_invoke_cipher_t *c)
{
    if (c->encrypts || !c->tag_known || c->tag_passed) {
        return NGX_OK;
    }

    c->tag_passed = 1;

    return EVP_CIPHER_CTX_ctrl(c->ctx, EVP_CTRL_AEAD_SET_TAG, c->tag_len,
                               c->tag)
           == 1
           ? NGX_OK : NGX_ERROR;
}


/* What comes out of "in", a Uint8Array. */

static void
ngx_invoke_cipher_run(ngx_invoke_v8_call_t *call, ngx_invoke_cipher_t *c,
    ngx_invoke_input_t *in)
{
    int        len;
    uint8_t   *out, small[1024];

    /* a block more than was given, two for wrapped keys */

    len = in->len + 2 * EVP_CIPHER_CTX_get_block_size(c->ctx)
          + NGX_INVOKE_TAG_SIZE;

    out = len <= (int) sizeof(small) ? small : malloc(len);
    if (out == NULL) {
        (void) ngx_invoke_cipher_throw(call, NGX_INVOKE_V8_RANGE_ERROR, NULL,
                                       "Out of memory");
        return;
    }

    if (EVP_CipherUpdate(c->ctx, out, &len, in->data, in->len) == 1) {
        ngx_invoke_openssl_return(call, -1, out, len);

    } else if (!c->encrypts
               && EVP_CIPHER_CTX_get_mode(c->ctx) == EVP_CIPH_CCM_MODE)
    {
        c->failed = 1;
        ngx_invoke_openssl_return(call, -1, out, 0);

    } else {
        ngx_invoke_openssl_throw(call,
                                 "Trying to add data in unsupported state");
    }

    if (out != small) {
        free(out);
    }

    ERR_clear_error();
}


/* cipherUpdate(cipher, data, encoding) → Uint8Array */

static void
ngx_invoke_bind_cipher_update(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_input_t    in;
    ngx_invoke_cipher_t  *c;

    c = ngx_invoke_cipher_of(call);

    if (c == NULL || ngx_invoke_input_get(call, 1, 2, &in) != NGX_OK) {
        return;
    }

    if (c->ctx == NULL || in.len > INT_MAX - 256) {
        ngx_invoke_openssl_throw(call,
                                 "Trying to add data in unsupported state");

    } else if (c->limit > 0 && (int) in.len > c->limit
               && EVP_CIPHER_CTX_get_mode(c->ctx) == EVP_CIPH_CCM_MODE)
    {
        (void) ngx_invoke_cipher_throw(call, NGX_INVOKE_V8_RANGE_ERROR,
                                       "ERR_CRYPTO_INVALID_MESSAGELEN",
                                       "Invalid message length");

    } else if (ngx_invoke_cipher_pass_tag(c) != NGX_OK) {
        ngx_invoke_openssl_throw(call,
                                 "Trying to add data in unsupported state");

    } else {
        ngx_invoke_cipher_run(call, c, &in);
    }

    ngx_invoke_input_free(&in);
}


static ngx_int_t
ngx_invoke_cipher_finish(ngx_invoke_cipher_t *c, uint8_t *out, int *len)
{
    *len = 0;

    if (ngx_invoke_cipher_pass_tag(c) != NGX_OK) {
        return NGX_ERROR;
    }

    if (!c->encrypts && EVP_CIPHER_CTX_get_mode(c->ctx) == EVP_CIPH_CCM_MODE)
    {
        return c->failed ? NGX_ERROR : NGX_OK;
    }

    if (EVP_CipherFinal_ex(c->ctx, out, len) != 1) {
        return NGX_ERROR;
    }

    if (!c->encrypts || !c->authenticated) {
        return NGX_OK;
    }

    if (c->tag_len == -1) {
        c->tag_len = NGX_INVOKE_TAG_SIZE;
    }

    return EVP_CIPHER_CTX_ctrl(c->ctx, EVP_CTRL_AEAD_GET_TAG, c->tag_len,
                               c->tag)
           == 1
           ? NGX_OK : NGX_ERROR;
}


/* cipherFinal(cipher) → Uint8Array */

static void
ngx_invoke_bind_cipher_final(ngx_invoke_v8_call_t *call)
{
    int                   len;
    uint8_t               out[2 * EVP_MAX_BLOCK_LENGTH];
    ngx_int_t             rc;
    ngx_invoke_cipher_t  *c;

    c = ngx_invoke_cipher_of(call);
    if (c == NULL) {
        return;
    }

    if (c->ctx == NULL) {
        (void) ngx_invoke_cipher_throw(call, NGX_INVOKE_V8_ERROR,
                                       "ERR_CRYPTO_INVALID_STATE",
                                       "Invalid state");
        return;
    }

    rc = ngx_invoke_cipher_finish(c, out, &len);

    EVP_CIPHER_CTX_free(c->ctx);
    c->ctx = NULL;

    if (rc == NGX_OK) {
        ngx_invoke_openssl_return(call, -1, out, len);

    } else {
        ngx_invoke_openssl_throw(call, c->authenticated
            ? "Unsupported state or unable to authenticate data"
            : "Unsupported state");
    }
}


/* cipherPadding(cipher, whether) → whether it could be set */

static void
ngx_invoke_bind_cipher_padding(ngx_invoke_v8_call_t *call)
{
    int                   rc;
    ngx_invoke_cipher_t  *c;

    c = ngx_invoke_cipher_of(call);
    if (c == NULL) {
        return;
    }

    rc = c->ctx != NULL
         && EVP_CIPHER_CTX_set_padding(c->ctx,
                ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1)))
            == 1;

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_boolean(call, rc));
}


/* cipherTag(cipher) → Uint8Array, or undefined: there is none yet */

static void
ngx_invoke_bind_cipher_tag(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_cipher_t  *c;

    c = ngx_invoke_cipher_of(call);

    if (c != NULL && c->ctx == NULL && c->encrypts && c->authenticated
        && c->tag_len != -1)
    {
        ngx_invoke_openssl_return(call, -1, c->tag, c->tag_len);
    }
}


/* cipherSetTag(cipher, tag) → whether it was for that */

static void
ngx_invoke_bind_cipher_set_tag(ngx_invoke_v8_call_t *call)
{
    int                   len;
    ngx_invoke_view_t     tag;
    ngx_invoke_cipher_t  *c;

    c = ngx_invoke_cipher_of(call);

    if (c == NULL
        || ngx_invoke_view_get(call, ngx_invoke_v8_arg(call, 1), &tag)
           != NGX_OK)
    {
        return;
    }

    if (c->ctx == NULL || !c->authenticated || c->encrypts || c->tag_known) {
        ngx_invoke_v8_return(call, ngx_invoke_v8_new_boolean(call, 0));
        return;
    }

    len = ngx_min(tag.len, INT_MAX);

    if ((c->tag_len != -1 && c->tag_len != len)
        || len > NGX_INVOKE_TAG_SIZE
        || (EVP_CIPHER_CTX_get_mode(c->ctx) == EVP_CIPH_GCM_MODE
            && !ngx_invoke_cipher_gcm_tag(len)))
    {
        (void) ngx_invoke_cipher_bad_tag(call, len);
        return;
    }

    c->tag_len = len;
    c->tag_known = 1;
    ngx_memcpy(c->tag, tag.data, len);

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_boolean(call, 1));
}


/* cipherAAD(cipher, data, length of the text or -1) → whether it was taken */

static void
ngx_invoke_bind_cipher_aad(ngx_invoke_v8_call_t *call)
{
    int                   len, text, rc;
    ngx_invoke_view_t     aad;
    ngx_invoke_cipher_t  *c;

    c = ngx_invoke_cipher_of(call);

    if (c == NULL
        || ngx_invoke_view_get(call, ngx_invoke_v8_arg(call, 1), &aad)
           != NGX_OK)
    {
        return;
    }

    text = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 2));
    rc = c->ctx != NULL && c->authenticated && aad.len <= INT_MAX;

    if (rc && EVP_CIPHER_CTX_get_mode(c->ctx) == EVP_CIPH_CCM_MODE) {

        if (text < 0) {
            (void) ngx_invoke_cipher_throw(call, NGX_INVOKE_V8_TYPE_ERROR,
                            "ERR_MISSING_ARGS",
                            "options.plaintextLength required for CCM mode "
                            "with AAD");
            return;
        }

        if (text > c->limit) {
            (void) ngx_invoke_cipher_throw(call, NGX_INVOKE_V8_RANGE_ERROR,
                                           "ERR_CRYPTO_INVALID_MESSAGELEN",
                                           "Invalid message length");
            return;
        }

        rc = ngx_invoke_cipher_pass_tag(c) == NGX_OK
             && EVP_CipherUpdate(c->ctx, NULL, &len, NULL, text) == 1;
    }

    rc = rc && EVP_CipherUpdate(c->ctx, NULL, &len, aad.data, aad.len) == 1;

    ERR_clear_error();
    ngx_invoke_v8_return(call, ngx_invoke_v8_new_boolean(call, rc));
}


/* Whether a length of the key or of the vector would do; -1: not asked. */

static ngx_uint_t
ngx_invoke_cipher_fits(const EVP_CIPHER *cipher, int key_len, int iv_len)
{
    int              rc, mode;
    EVP_CIPHER_CTX  *ctx;

    if (key_len == -1 && iv_len == -1) {
        return 1;
    }

    ctx = EVP_CIPHER_CTX_new();
    mode = EVP_CIPHER_get_mode(cipher);

    rc = ctx != NULL
         && EVP_CipherInit_ex(ctx, cipher, NULL, NULL, NULL, 1) == 1
         && (key_len == -1
             || EVP_CIPHER_CTX_set_key_length(ctx, key_len) == 1);

    if (rc && iv_len != -1) {

        if (mode == EVP_CIPH_CCM_MODE) {
            rc = iv_len >= 7 && iv_len <= 13;

        } else if (mode == EVP_CIPH_GCM_MODE || mode == EVP_CIPH_OCB_MODE) {
            rc = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, iv_len,
                                     NULL)
                 == 1;

        } else {
            rc = iv_len == EVP_CIPHER_get_iv_length(cipher);
        }
    }

    EVP_CIPHER_CTX_free(ctx);

    return rc;
}


/*
 * cipherInfo(name or number, length of the key or -1, of the vector or -1) →
 * [mode, name, number, length of a block, of the vector, of the key]
 */

static void
ngx_invoke_bind_cipher_info(ngx_invoke_v8_call_t *call)
{
    int                     i, key_len, iv_len, number[4];
    char                    name[80];
    const char             *sn;
    const EVP_CIPHER       *cipher;
    ngx_invoke_v8_value_t   v, values[6];

    v = ngx_invoke_v8_arg(call, 0);

    if (ngx_invoke_v8_type(v) == NGX_INVOKE_V8_STRING) {
        ngx_invoke_openssl_name(call, 0, name, sizeof(name));
        cipher = EVP_get_cipherbyname(name);

    } else {
        sn = OBJ_nid2sn(ngx_invoke_v8_int32(v));
        cipher = sn != NULL ? EVP_get_cipherbyname(sn) : NULL;
    }

    key_len = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 1));
    iv_len = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 2));

    if (cipher == NULL || !ngx_invoke_cipher_fits(cipher, key_len, iv_len)) {
        ERR_clear_error();
        return;
    }

    ERR_clear_error();

    number[0] = EVP_CIPHER_get_nid(cipher);
    number[1] = EVP_CIPHER_get_block_size(cipher);
    number[2] = iv_len != -1 ? iv_len : EVP_CIPHER_get_iv_length(cipher);
    number[3] = key_len != -1 ? key_len : EVP_CIPHER_get_key_length(cipher);

    sn = OBJ_nid2sn(number[0]);

    values[0] = ngx_invoke_v8_new_number(call, EVP_CIPHER_get_mode(cipher));
    values[1] = ngx_invoke_v8_new_name(call, sn, ngx_strlen(sn));

    for (i = 0; i < 4; i++) {
        values[2 + i] = ngx_invoke_v8_new_number(call, number[i]);
    }

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_array(call, values, 6));
}


static void
ngx_invoke_cipher_name(const EVP_CIPHER *cipher, const char *from,
    const char *to, void *data)
{
    EVP_CIPHER                  *fetched;
    ngx_invoke_openssl_names_t  *list = data;

    if (from == NULL || list->n == sizeof(list->names) / sizeof(char *)) {
        return;
    }

    /* those of a provider that is not loaded have a name alone */

    fetched = EVP_CIPHER_fetch(NULL,
                               cipher != NULL ? EVP_CIPHER_get0_name(cipher)
                                              : to != NULL ? to : from,
                               NULL);
    if (fetched != NULL) {
        EVP_CIPHER_free(fetched);
        list->names[list->n++] = from;
    }
}


/* cipherNames() → array */

static void
ngx_invoke_bind_cipher_names(ngx_invoke_v8_call_t *call)
{
    ngx_invoke_openssl_names_t  list;

    list.n = 0;
    EVP_CIPHER_do_all_sorted(ngx_invoke_cipher_name, &list);

    ngx_invoke_openssl_names(call, &list);
}
