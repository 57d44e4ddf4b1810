
#include "ngx_invoke_openssl.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>


static void ngx_invoke_bind_spkac_verify(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_spkac_key(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_spkac_challenge(ngx_invoke_v8_call_t *call);


/* Of the crypto binding: keys signed as browsers did for <keygen>. */

const ngx_invoke_v8_native_t  ngx_invoke_bind_spkac[] = {
    { "spkacVerify", ngx_invoke_bind_spkac_verify },
    { "spkacKey", ngx_invoke_bind_spkac_key },
    { "spkacChallenge", ngx_invoke_bind_spkac_challenge },
    { NULL, NULL }
};


/* actor thread, all of this file */

/* Argument 0, or NULL: it is none, or it has thrown. */

static NETSCAPE_SPKI *
ngx_invoke_spkac_get(ngx_invoke_v8_call_t *call)
{
    NETSCAPE_SPKI       *spki;
    ngx_invoke_input_t   in;

    if (ngx_invoke_input_get(call, 0, -1, &in) != NGX_OK) {
        return NULL;
    }

    /* without a length OpenSSL looks for the end of a string */

    spki = in.len > 0 && in.len <= INT_MAX
           ? NETSCAPE_SPKI_b64_decode((const char *) in.data, in.len) : NULL;

    ngx_invoke_input_free(&in);

    if (spki == NULL) {
        ERR_clear_error();
    }

    return spki;
}


/* spkacVerify(data) → whether it is signed by the key within, or undefined */

static void
ngx_invoke_bind_spkac_verify(ngx_invoke_v8_call_t *call)
{
    int             rc;
    EVP_PKEY       *pkey;
    NETSCAPE_SPKI  *spki;

    spki = ngx_invoke_spkac_get(call);
    if (spki == NULL) {
        return;
    }

    pkey = NETSCAPE_SPKI_get_pubkey(spki);
    rc = pkey != NULL && NETSCAPE_SPKI_verify(spki, pkey) > 0;

    EVP_PKEY_free(pkey);
    NETSCAPE_SPKI_free(spki);
    ERR_clear_error();

    ngx_invoke_v8_return(call, ngx_invoke_v8_new_boolean(call, rc));
}


/* spkacKey(data) → Uint8Array with PEM, or undefined */

static void
ngx_invoke_bind_spkac_key(ngx_invoke_v8_call_t *call)
{
    BIO            *bio;
    char           *data;
    long            len;
    EVP_PKEY       *pkey;
    NETSCAPE_SPKI  *spki;

    spki = ngx_invoke_spkac_get(call);
    if (spki == NULL) {
        return;
    }

    pkey = NETSCAPE_SPKI_get_pubkey(spki);
    bio = BIO_new(BIO_s_mem());

    if (pkey != NULL && bio != NULL && PEM_write_bio_PUBKEY(bio, pkey) == 1) {
        len = BIO_get_mem_data(bio, &data);
        ngx_invoke_openssl_return(call, -1, (uint8_t *) data, len);
    }

    BIO_free(bio);
    EVP_PKEY_free(pkey);
    NETSCAPE_SPKI_free(spki);
    ERR_clear_error();
}


/* spkacChallenge(data) → Uint8Array, or undefined */

static void
ngx_invoke_bind_spkac_challenge(ngx_invoke_v8_call_t *call)
{
    int             len;
    uint8_t        *data;
    NETSCAPE_SPKI  *spki;

    spki = ngx_invoke_spkac_get(call);
    if (spki == NULL) {
        return;
    }

    data = NULL;
    len = ASN1_STRING_to_UTF8(&data, spki->spkac->challenge);

    if (len >= 0) {
        ngx_invoke_openssl_return(call, -1, data, len);
        OPENSSL_free(data);
    }

    NETSCAPE_SPKI_free(spki);
    ERR_clear_error();
}
