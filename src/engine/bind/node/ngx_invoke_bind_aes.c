
#include "ngx_invoke_openssl.h"

#include <openssl/err.h>


static void ngx_invoke_bind_aes_run(ngx_invoke_v8_call_t *call);


/* Of the crypto binding: AES as WebCrypto has it, a whole text at once. */

const ngx_invoke_v8_native_t  ngx_invoke_bind_aes[] = {
    { "aes", ngx_invoke_bind_aes_run },
    { NULL, NULL }
};


#define NGX_INVOKE_AES_BLOCK  16

/* What is done between two looks whether the invocation is to end. */
#define NGX_INVOKE_AES_PART   (1024 * 1024)


typedef struct {
    const EVP_CIPHER    *cipher;
    int                  mode;
    int                  encrypts;
    int                  number;        /* bits of the counter or tag's bytes */
    uint8_t             *out;
    size_t               out_len;

    ngx_invoke_input_t   key;
    ngx_invoke_input_t   data;
    ngx_invoke_input_t   iv;
    ngx_invoke_input_t   tag;
    ngx_invoke_input_t   aad;
} ngx_invoke_aes_t;


/* actor thread, all of this file */

/* NGX_OK, or NGX_ERROR: in OpenSSL's queue, or it is to end */

static ngx_int_t
ngx_invoke_aes_update(ngx_invoke_v8_call_t *call, EVP_CIPHER_CTX *ctx,
    ngx_invoke_aes_t *aes, const uint8_t *data, size_t len)
{
    int     out_len;
    size_t  n, part;

    /* a key is wrapped as a whole */

    part = aes->mode == EVP_CIPH_WRAP_MODE ? INT_MAX - NGX_INVOKE_AES_BLOCK
                                           : NGX_INVOKE_AES_PART;

    while (len > 0) {
        n = ngx_min(len, part);

        if (ngx_invoke_openssl_ended(call)
            || EVP_CipherUpdate(ctx, aes->out + aes->out_len, &out_len, data,
                                n)
               != 1)
        {
            return NGX_ERROR;
        }

        aes->out_len += out_len;
        data += n;
        len -= n;
    }

    return NGX_OK;
}


static int
ngx_invoke_aes_gcm(EVP_CIPHER_CTX *ctx, ngx_invoke_aes_t *aes)
{
    int  len;

    if (EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, aes->iv.len, NULL)
        <= 0)
    {
        return 0;
    }

    if (EVP_CipherInit_ex(ctx, NULL, NULL, aes->key.data, aes->iv.data,
                          aes->encrypts)
        != 1)
    {
        return 0;
    }

    if (!aes->encrypts
        && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, aes->tag.len,
                               (void *) aes->tag.data)
           <= 0)
    {
        return 0;
    }

    return aes->aad.len == 0
           || EVP_CipherUpdate(ctx, NULL, &len, aes->aad.data, aes->aad.len)
              == 1;
}


/* All of "data" with a vector. */

static ngx_int_t
ngx_invoke_aes_part(ngx_invoke_v8_call_t *call, ngx_invoke_aes_t *aes,
    const uint8_t *iv, const uint8_t *data, size_t len)
{
    int              rc, out_len;
    EVP_CIPHER_CTX  *ctx;

    ctx = EVP_CIPHER_CTX_new();
    if (ctx == NULL) {
        return NGX_ERROR;
    }

    if (aes->mode == EVP_CIPH_WRAP_MODE) {
        EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    }

    rc = EVP_CipherInit_ex(ctx, aes->cipher, NULL, NULL, NULL, aes->encrypts)
         == 1
         && (aes->mode == EVP_CIPH_GCM_MODE
             ? ngx_invoke_aes_gcm(ctx, aes)
             : EVP_CipherInit_ex(ctx, NULL, NULL, aes->key.data, iv,
                                 aes->encrypts)
               == 1)
         && ngx_invoke_aes_update(call, ctx, aes, data, len) == NGX_OK
         && EVP_CipherFinal_ex(ctx, aes->out + aes->out_len, &out_len) == 1;

    if (rc) {
        aes->out_len += out_len;
    }

    if (rc && aes->encrypts && aes->mode == EVP_CIPH_GCM_MODE) {
        rc = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, aes->number,
                                 aes->out + aes->out_len)
             == 1;
        aes->out_len += aes->number;
    }

    EVP_CIPHER_CTX_free(ctx);

    return rc ? NGX_OK : NGX_ERROR;
}


/*
 * The last bits of the first block are the counter, which goes on with zero
 * after the last one, for OpenSSL all 128 bits are. No block comes twice.
 */

static ngx_int_t
ngx_invoke_aes_ctr(ngx_invoke_v8_call_t *call, ngx_invoke_aes_t *aes)
{
    size_t             i, n, first;
    uint8_t            iv[NGX_INVOKE_AES_BLOCK];
    ngx_int_t          rc;
    unsigned __int128  counter, mask, left, blocks;

    mask = aes->number == 128 ? ~(unsigned __int128) 0
           : ((unsigned __int128) 1 << aes->number) - 1;
    counter = 0;

    for (i = 0; i < NGX_INVOKE_AES_BLOCK; i++) {
        counter = counter << 8 | aes->iv.data[i];
    }

    blocks = (aes->data.len + NGX_INVOKE_AES_BLOCK - 1)
             / NGX_INVOKE_AES_BLOCK;

    /* one less than there are, since 2^128 is no number here */

    left = mask - (counter & mask);

    if (blocks > 0 && blocks - 1 > mask) {
        return NGX_ERROR;
    }

    if (blocks == 0 || blocks - 1 <= left) {
        return ngx_invoke_aes_part(call, aes, aes->iv.data, aes->data.data,
                                   aes->data.len);
    }

    n = aes->data.len;
    first = (size_t) (left + 1) * NGX_INVOKE_AES_BLOCK;

    rc = ngx_invoke_aes_part(call, aes, aes->iv.data, aes->data.data, first);
    if (rc != NGX_OK) {
        return rc;
    }

    counter &= ~mask;

    for (i = NGX_INVOKE_AES_BLOCK; i-- > 0; counter >>= 8) {
        iv[i] = (uint8_t) counter;
    }

    return ngx_invoke_aes_part(call, aes, iv, aes->data.data + first,
                               n - first);
}


static void
ngx_invoke_aes_do(ngx_invoke_v8_call_t *call, ngx_invoke_aes_t *aes)
{
    size_t     size;
    ngx_int_t  rc;

    /* a block more than was given, and a tag */

    size = aes->data.len + 2 * NGX_INVOKE_AES_BLOCK;

    if (!ngx_invoke_v8_has_room(call, 2 * size)
        || (aes->out = malloc(size)) == NULL)
    {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR, NULL,
                            "Out of memory");
        return;
    }

    aes->out_len = 0;
    ERR_clear_error();

    rc = aes->mode == EVP_CIPH_CTR_MODE
         ? ngx_invoke_aes_ctr(call, aes)
         : ngx_invoke_aes_part(call, aes,
                               aes->iv.len > 0 ? aes->iv.data : NULL,
                               aes->data.data, aes->data.len);

    if (rc == NGX_OK) {
        ngx_invoke_openssl_return(call, -1, aes->out, aes->out_len);

    } else {
        ngx_invoke_openssl_throw(call, "Cipher job failed");
    }

    OPENSSL_cleanse(aes->out, size);
    free(aes->out);
    ERR_clear_error();
}


/* Whether OpenSSL reads and writes no more than was given. */

static ngx_uint_t
ngx_invoke_aes_fits(ngx_invoke_aes_t *aes)
{
    if (aes->key.len != (size_t) EVP_CIPHER_get_key_length(aes->cipher)
        || aes->iv.len > INT_MAX || aes->aad.len > INT_MAX
        || aes->data.len > INT_MAX - 256)
    {
        return 0;
    }

    switch (aes->mode) {

    case EVP_CIPH_CTR_MODE:
        return aes->iv.len == NGX_INVOKE_AES_BLOCK && aes->number > 0
               && aes->number <= 128;

    case EVP_CIPH_GCM_MODE:
        return aes->iv.len > 0
               && (aes->encrypts ? aes->number > 0
                                   && aes->number <= NGX_INVOKE_AES_BLOCK
                                 : aes->tag.len > 0
                                   && aes->tag.len <= NGX_INVOKE_AES_BLOCK);

    case EVP_CIPH_CBC_MODE:
        return aes->iv.len == NGX_INVOKE_AES_BLOCK;

    case EVP_CIPH_WRAP_MODE:
        return aes->iv.len == 0;

    default:
        return 0;
    }
}


/*
 * aes(whether it encrypts, cipher, key, data, vector, bits of the counter or
 * bytes of the tag, tag, additional data) → Uint8Array; those that a mode has
 * not are undefined
 */

static void
ngx_invoke_bind_aes_run(ngx_invoke_v8_call_t *call)
{
    ngx_uint_t           n;
    ngx_invoke_aes_t     aes;
    ngx_invoke_input_t  *in[5];

    static const uint8_t  at[] = { 2, 3, 4, 6, 7 };

    aes.cipher = ngx_invoke_openssl_cipher(call, 1);
    aes.mode = aes.cipher != NULL ? EVP_CIPHER_get_mode(aes.cipher) : -1;
    aes.encrypts = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 0)) == 1;
    aes.number = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, 5));

    in[0] = &aes.key;
    in[1] = &aes.data;
    in[2] = &aes.iv;
    in[3] = &aes.tag;
    in[4] = &aes.aad;

    for (n = 0; n < 5; n++) {
        in[n]->text = NULL;
        in[n]->len = 0;

        if (ngx_invoke_v8_type(ngx_invoke_v8_arg(call, at[n]))
            != NGX_INVOKE_V8_UNDEFINED
            && ngx_invoke_input_get(call, at[n], -1, in[n]) != NGX_OK)
        {
            goto done;
        }
    }

    if (aes.cipher != NULL && ngx_invoke_aes_fits(&aes)) {
        ngx_invoke_aes_do(call, &aes);

    } else {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_ERROR,
                            "ERR_CRYPTO_OPERATION_FAILED",
                            "Cipher job failed");
    }

done:

    while (n-- > 0) {
        ngx_invoke_input_free(in[n]);
    }
}
