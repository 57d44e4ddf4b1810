
#include "ngx_invoke_openssl.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/objects.h>


static void ngx_invoke_bind_ecdh_create(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_ecdh_generate(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_ecdh_secret(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_ecdh_public(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_ecdh_private(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_ecdh_set_public(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_ecdh_set_private(ngx_invoke_v8_call_t *call);
static void ngx_invoke_bind_ecdh_convert(ngx_invoke_v8_call_t *call);


/* Of the crypto binding: Diffie-Hellman over a curve. */

const ngx_invoke_v8_native_t  ngx_invoke_bind_ecdh[] = {
    { "ecdhCreate", ngx_invoke_bind_ecdh_create },
    { "ecdhGenerate", ngx_invoke_bind_ecdh_generate },
    { "ecdhSecret", ngx_invoke_bind_ecdh_secret },
    { "ecdhPublic", ngx_invoke_bind_ecdh_public },
    { "ecdhPrivate", ngx_invoke_bind_ecdh_private },
    { "ecdhSetPublic", ngx_invoke_bind_ecdh_set_public },
    { "ecdhSetPrivate", ngx_invoke_bind_ecdh_set_private },
    { "ecdhConvert", ngx_invoke_bind_ecdh_convert },
    { NULL, NULL }
};


/* What OpenSSL takes for one, about. */
#define NGX_INVOKE_ECDH_SIZE   2048

/* A point, and a number: no curve of OpenSSL has more than 571 bits. */
#define NGX_INVOKE_ECDH_POINT  256
#define NGX_INVOKE_ECDH_BYTES  72


static const char  ngx_invoke_ecdh_kind;


/* actor thread, all of this file */

static void
ngx_invoke_ecdh_free(void *data)
{
    EC_KEY_free(data);
}


static void
ngx_invoke_ecdh_throw(ngx_invoke_v8_call_t *call, const char *message)
{
    ERR_clear_error();
    ngx_invoke_v8_throw(call, NGX_INVOKE_V8_ERROR,
                        "ERR_CRYPTO_OPERATION_FAILED", message);
}


/* OpenSSL's number of the curve that argument i names; 0: it has thrown. */

static int
ngx_invoke_ecdh_curve(ngx_invoke_v8_call_t *call, int i)
{
    int   nid;
    char  name[80];

    ngx_invoke_openssl_name(call, i, name, sizeof(name));

    nid = OBJ_sn2nid(name);

    if (nid == NID_undef) {
        ERR_clear_error();
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_TYPE_ERROR,
                            "ERR_CRYPTO_INVALID_CURVE",
                            "Invalid EC curve name");
    }

    return nid;
}


/* Argument 0, or NULL: it has thrown. */

static EC_KEY *
ngx_invoke_ecdh_of(ngx_invoke_v8_call_t *call)
{
    EC_KEY  *key;

    key = ngx_invoke_v8_holder(ngx_invoke_v8_arg(call, 0),
                               &ngx_invoke_ecdh_kind);
    if (key == NULL) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_TYPE_ERROR,
                            "ERR_INVALID_THIS", "this is no ECDH");
    }

    ERR_clear_error();

    return key;
}


/* NGX_OK, or NGX_ERROR: it has thrown; *point NULL: it is none of the group */

static ngx_int_t
ngx_invoke_ecdh_point(ngx_invoke_v8_call_t *call, int i,
    const EC_GROUP *group, EC_POINT **point)
{
    ngx_invoke_view_t  view;

    if (ngx_invoke_view_get(call, ngx_invoke_v8_arg(call, i), &view)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    *point = EC_POINT_new(group);

    if (*point != NULL
        && EC_POINT_oct2point(group, *point, view.data, view.len, NULL) != 1)
    {
        EC_POINT_free(*point);
        *point = NULL;
    }

    ERR_clear_error();

    return NGX_OK;
}


/* In the form that argument i names by number. */

static void
ngx_invoke_ecdh_return(ngx_invoke_v8_call_t *call, int i,
    const EC_GROUP *group, const EC_POINT *point)
{
    int      form;
    size_t   len;
    uint8_t  data[NGX_INVOKE_ECDH_POINT];

    form = ngx_invoke_v8_int32(ngx_invoke_v8_arg(call, i));

    len = EC_POINT_point2oct(group, point, form, data, sizeof(data), NULL);

    if (len > 0) {
        ngx_invoke_openssl_return(call, -1, data, len);
        ERR_clear_error();

    } else {
        ngx_invoke_ecdh_throw(call, "Failed to get public key length");
    }
}


/* ecdhCreate(curve) → ecdh */

static void
ngx_invoke_bind_ecdh_create(ngx_invoke_v8_call_t *call)
{
    int                     nid;
    EC_KEY                 *key;
    ngx_invoke_v8_value_t   value;

    nid = ngx_invoke_ecdh_curve(call, 0);
    if (nid == NID_undef) {
        return;
    }

    key = EC_KEY_new_by_curve_name(nid);

    if (key == NULL) {
        ngx_invoke_ecdh_throw(call,
                              "Failed to create key using named curve");
        return;
    }

    value = ngx_invoke_v8_new_holder(call, &ngx_invoke_ecdh_kind, key,
                                     NGX_INVOKE_ECDH_SIZE,
                                     ngx_invoke_ecdh_free);
    if (value != NULL) {
        ngx_invoke_v8_return(call, value);
    }
}


/* ecdhGenerate(ecdh) */

static void
ngx_invoke_bind_ecdh_generate(ngx_invoke_v8_call_t *call)
{
    EC_KEY  *key;

    key = ngx_invoke_ecdh_of(call);

    if (key != NULL && EC_KEY_generate_key(key) != 1) {
        ngx_invoke_ecdh_throw(call, "Failed to generate key");
    }
}


/* ecdhSecret(ecdh, point) → Uint8Array, or undefined: it is no point */

static void
ngx_invoke_bind_ecdh_secret(ngx_invoke_v8_call_t *call)
{
    int              len;
    EC_KEY          *key;
    uint8_t          secret[NGX_INVOKE_ECDH_BYTES];
    EC_POINT        *point;
    const EC_GROUP  *group;

    key = ngx_invoke_ecdh_of(call);
    if (key == NULL) {
        return;
    }

    if (EC_KEY_check_key(key) != 1) {
        ERR_clear_error();
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR,
                            "ERR_CRYPTO_INVALID_KEYPAIR", "Invalid key pair");
        return;
    }

    group = EC_KEY_get0_group(key);

    if (ngx_invoke_ecdh_point(call, 1, group, &point) != NGX_OK
        || point == NULL)
    {
        return;
    }

    len = (EC_GROUP_get_degree(group) + 7) / 8;

    if (len <= (int) sizeof(secret)
        && ECDH_compute_key(secret, len, point, key, NULL) > 0)
    {
        ngx_invoke_openssl_return(call, -1, secret, len);
        ERR_clear_error();

    } else {
        ngx_invoke_ecdh_throw(call, "Failed to compute ECDH key");
    }

    EC_POINT_free(point);
    OPENSSL_cleanse(secret, sizeof(secret));
}


/* ecdhPublic(ecdh, form) → Uint8Array */

static void
ngx_invoke_bind_ecdh_public(ngx_invoke_v8_call_t *call)
{
    EC_KEY          *key;
    const EC_POINT  *point;

    key = ngx_invoke_ecdh_of(call);
    if (key == NULL) {
        return;
    }

    point = EC_KEY_get0_public_key(key);

    if (point != NULL) {
        ngx_invoke_ecdh_return(call, 1, EC_KEY_get0_group(key), point);

    } else {
        ngx_invoke_ecdh_throw(call, "Failed to get ECDH public key");
    }
}


/* ecdhPrivate(ecdh) → Uint8Array */

static void
ngx_invoke_bind_ecdh_private(ngx_invoke_v8_call_t *call)
{
    EC_KEY        *key;
    const BIGNUM  *bn;

    key = ngx_invoke_ecdh_of(call);
    if (key == NULL) {
        return;
    }

    bn = EC_KEY_get0_private_key(key);

    if (bn != NULL) {
        ngx_invoke_openssl_return_number(call, bn);

    } else {
        ngx_invoke_ecdh_throw(call, "Failed to get ECDH private key");
    }
}


/* ecdhSetPublic(ecdh, point) */

static void
ngx_invoke_bind_ecdh_set_public(ngx_invoke_v8_call_t *call)
{
    EC_KEY    *key;
    EC_POINT  *point;

    key = ngx_invoke_ecdh_of(call);

    if (key == NULL
        || ngx_invoke_ecdh_point(call, 1, EC_KEY_get0_group(key), &point)
           != NGX_OK)
    {
        return;
    }

    if (point == NULL) {
        ngx_invoke_ecdh_throw(call, "Failed to convert Buffer to EC_POINT");

    } else if (EC_KEY_set_public_key(key, point) != 1) {
        ngx_invoke_ecdh_throw(call,
                              "Failed to set EC_POINT as the public key");
    }

    EC_POINT_free(point);
}


/* The public key follows from the private one. */

static void
ngx_invoke_ecdh_set_both(ngx_invoke_v8_call_t *call, EC_KEY *key,
    BIGNUM *private)
{
    EC_POINT        *public;
    const EC_GROUP  *group;

    group = EC_KEY_get0_group(key);
    public = EC_POINT_new(group);

    if (public == NULL
        || EC_POINT_mul(group, public, private, NULL, NULL, NULL) != 1)
    {
        ngx_invoke_ecdh_throw(call, "Failed to generate ECDH public key");

    } else if (EC_KEY_set_private_key(key, private) != 1) {
        ngx_invoke_ecdh_throw(call, "Failed to convert BN to a private key");

    } else if (EC_KEY_set_public_key(key, public) != 1) {
        ngx_invoke_ecdh_throw(call, "Failed to set generated public key");
    }

    EC_POINT_free(public);
}


/* ecdhSetPrivate(ecdh, bytes) */

static void
ngx_invoke_bind_ecdh_set_private(ngx_invoke_v8_call_t *call)
{
    BIGNUM        *private;
    EC_KEY        *key;
    const BIGNUM  *order;

    key = ngx_invoke_ecdh_of(call);
    if (key == NULL) {
        return;
    }

    private = ngx_invoke_openssl_number(call, 1, NGX_INVOKE_ECDH_POINT);
    if (private == NULL) {
        return;
    }

    order = EC_GROUP_get0_order(EC_KEY_get0_group(key));

    if (BN_is_zero(private) || BN_cmp(private, order) >= 0) {
        ngx_invoke_v8_throw(call, NGX_INVOKE_V8_RANGE_ERROR,
                            "ERR_CRYPTO_INVALID_KEYTYPE",
                            "Private key is not valid for specified curve.");

    } else {
        ngx_invoke_ecdh_set_both(call, key, private);
    }

    BN_clear_free(private);
}


/* ecdhConvert(point, curve, form) → Uint8Array */

static void
ngx_invoke_bind_ecdh_convert(ngx_invoke_v8_call_t *call)
{
    int        nid;
    EC_GROUP  *group;
    EC_POINT  *point;

    nid = ngx_invoke_ecdh_curve(call, 1);
    if (nid == NID_undef) {
        return;
    }

    group = EC_GROUP_new_by_curve_name(nid);

    if (group == NULL) {
        ngx_invoke_ecdh_throw(call, "Failed to get EC_GROUP");
        return;
    }

    if (ngx_invoke_ecdh_point(call, 0, group, &point) == NGX_OK) {

        if (point != NULL) {
            ngx_invoke_ecdh_return(call, 2, group, point);

        } else {
            ngx_invoke_ecdh_throw(call,
                                  "Failed to convert Buffer to EC_POINT");
        }

        EC_POINT_free(point);
    }

    EC_GROUP_free(group);
}
