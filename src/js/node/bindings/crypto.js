'use strict';

/*
 * Node's crypto binding.  Its classes are here, over natives that know objects
 * of OpenSSL by a holder each.  A job that is not waited for is done in an
 * immediate, which holds the invocation and is charged to it.
 */

const {
    Error,
    ErrorCaptureStackTrace,
    ObjectAssign,
    RangeError,
    ReflectApply,
    TypeError,
    TypedArrayPrototypeGetBuffer,
    Uint8Array,
} = intrinsics;

const { setImmediate } = require('run/timers');
const { toBuffer } = require('node/buffer-prototype');

const native = binding('node/crypto');

/* from now on there can be keys */
require('node/process').process.versions.openssl = '3.0.13';

const ASYNC = 0;
const SYNC = 1;
const SIGN = 0;

const SECRET = 0;
const PUBLIC = 1;
const PRIVATE = 2;

/* in Node's numbers of encodings */
const BASE64URL = 7;

function coded(Base, code, message) {
    const error = new Base(message);

    ErrorCaptureStackTrace(error, coded);
    error.code = code;

    return error;
}

function bytes(value) {
    return typeof value === 'string' ? value : toBuffer(value);
}

/* What is not there yet says so when it is used. */

function absent(name) {
    throw coded(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM',
                `crypto: ${name} is not available here`);
}

function absentClass(name) {
    return class {
        constructor() {
            absent(name);
        }
    };
}

function absentFunction(name) {
    return () => absent(name);
}

/* Digests */

class Hash {
    #hash;

    constructor(algorithm, length) {
        this.#hash = native.hashCreate(
            typeof algorithm === 'object' ? algorithm.#hash : algorithm,
            length);
    }

    update(data, encoding) {
        return native.hashUpdate(this.#hash, data, encoding);
    }

    digest(encoding) {
        return bytes(native.hashDigest(this.#hash, encoding));
    }
}

function invalidDigest(name) {
    return coded(TypeError, 'ERR_CRYPTO_INVALID_DIGEST',
                 `Invalid digest: ${name}`);
}

function checkDigest(name) {
    if (!native.hasDigest(name)) {
        throw invalidDigest(name);
    }
}

class Hmac {
    #hmac;

    init(name, key) {
        this.#hmac = native.hmacCreate(name, KeyObjectHandle.raw(key));

        if (this.#hmac === undefined) {
            throw invalidDigest(name);
        }
    }

    update(data, encoding) {
        return native.hmacUpdate(this.#hmac, data, encoding);
    }

    digest(encoding) {
        return bytes(native.hmacDigest(this.#hmac, encoding));
    }
}

/* Keys */

function base64url(data) {
    return ReflectApply(binding('node/buffer').base64urlSlice, data, []);
}

class KeyObjectHandle {
    #key;
    #type;

    /* what natives know of a key; anything else is as it was */
    static raw(value) {
        if (typeof value !== 'object' || value === null) {
            return value;
        }

        return #key in value ? value.#key : NativeKeyObject.raw(value);
    }

    init(type, data) {
        this.#type = type;

        if (type !== SECRET) {
            absent('an asymmetric key');
        }

        this.#key = native.keySecret(data);
    }

    getSymmetricKeySize() {
        return native.keySize(this.#key);
    }

    keyDetail(target) {
        target.length = 8 * native.keySize(this.#key);

        return target;
    }

    equals(other) {
        return native.keyEquals(this.#key, other.#key);
    }

    export() {
        return toBuffer(native.keyBytes(this.#key));
    }

    exportJwk(target) {
        target.kty = 'oct';
        target.k = base64url(native.keyBytes(this.#key));

        return target;
    }

    initJwk(jwk) {
        if (jwk.kty !== 'oct' || typeof jwk.k !== 'string') {
            return undefined;
        }

        this.init(SECRET,
                  binding('node/buffer').createFromString(jwk.k, BASE64URL));

        return SECRET;
    }
}

class NativeKeyObject {
    #handle;

    constructor(handle) {
        this.#handle = handle;
    }

    static raw(value) {
        return #handle in value ? KeyObjectHandle.raw(value.#handle) : value;
    }
}

function createNativeKeyObjectClass(callback) {
    return callback(NativeKeyObject);
}

/* Ciphers */

class CipherBase {
    #cipher;
    #encrypts;

    constructor(encrypts) {
        this.#encrypts = encrypts ? 1 : 0;
    }

    init(name, password, tagLength) {
        this.#cipher = native.cipherCreate(name, password, undefined,
                                           tagLength, this.#encrypts);
    }

    initiv(name, key, iv, tagLength) {
        this.#cipher = native.cipherCreate(name, KeyObjectHandle.raw(key), iv,
                                           tagLength, this.#encrypts);
    }

    update(data, encoding) {
        return toBuffer(native.cipherUpdate(this.#cipher, data, encoding));
    }

    final() {
        return toBuffer(native.cipherFinal(this.#cipher));
    }

    setAutoPadding(padding) {
        return native.cipherPadding(this.#cipher, padding);
    }

    getAuthTag() {
        const tag = native.cipherTag(this.#cipher);

        return tag === undefined ? undefined : toBuffer(tag);
    }

    setAuthTag(tag) {
        return native.cipherSetTag(this.#cipher, tag);
    }

    setAAD(data, length) {
        return native.cipherAAD(this.#cipher, data, length);
    }
}

/* OpenSSL's numbers of modes; 0 is a stream */

const STREAM = 0;
const MODES = ['stream', 'ecb', 'cbc', 'cfb', 'ofb', 'ctr', 'gcm', 'ccm'];

MODES[0x10001] = 'xts';
MODES[0x10002] = 'wrap';
MODES[0x10003] = 'ocb';

function getCipherInfo(target, name, keyLength = -1, ivLength = -1) {
    const info = native.cipherInfo(name, keyLength, ivLength);

    if (info === undefined) {
        return undefined;
    }

    target.mode = MODES[info[0]];
    target.name = info[1];
    target.nid = info[2];

    if (info[0] !== STREAM) {
        target.blockSize = info[3];
    }

    if (info[4] !== 0) {
        target.ivLength = info[4];
    }

    target.keyLength = info[5];

    return target;
}

/* Jobs */

class Job {
    #mode;
    ondone;

    constructor(mode) {
        this.#mode = mode;
    }

    /* what is read later is copied now */
    keep(data) {
        const value = KeyObjectHandle.raw(data);

        return this.#mode === ASYNC && value === data
               && typeof data === 'object' && data !== null
               ? native.keySecret(data) : value;
    }

    run() {
        if (this.#mode === SYNC) {
            try {
                return [undefined, this.perform()];
            } catch (error) {
                return [error, undefined];
            }
        }

        setImmediate(() => {
            let error;
            let result;

            try {
                result = this.perform();
            } catch (thrown) {
                error = thrown;
            }

            this.ondone(error, result);
        });

        return undefined;
    }
}

class HashJob extends Job {
    #name;
    #data;
    #length;

    constructor(mode, name, data, length) {
        super(mode);
        checkDigest(name);
        this.#name = name;
        this.#data = this.keep(data);
        this.#length = length === undefined ? undefined : length >> 3;
    }

    perform() {
        const hash = native.hashCreate(this.#name, this.#length);

        native.hashUpdate(hash, this.#data);

        return TypedArrayPrototypeGetBuffer(native.hashDigest(hash));
    }
}

class HmacJob extends Job {
    #sign;
    #name;
    #key;
    #data;
    #signature;

    constructor(mode, signMode, name, key, data, signature) {
        super(mode);
        checkDigest(name);
        this.#sign = signMode === SIGN;
        this.#name = name;
        this.#key = this.keep(key);
        this.#data = this.keep(data);
        this.#signature = this.#sign ? undefined : this.keep(signature);
    }

    perform() {
        const hmac = native.hmacCreate(this.#name, this.#key);

        native.hmacUpdate(hmac, this.#data);

        const digest = native.hmacDigest(hmac);

        return this.#sign ? TypedArrayPrototypeGetBuffer(digest)
               : native.equalBytes(digest, this.#signature);
    }
}

class RandomBytesJob extends Job {
    #data;
    #offset;
    #size;

    constructor(mode, data, offset, size) {
        super(mode);
        this.#data = data;
        this.#offset = offset;
        this.#size = size;
    }

    perform() {
        native.randomFill(this.#data, this.#offset, this.#size);
    }
}

class PBKDF2Job extends Job {
    #password;
    #salt;
    #iterations;
    #length;
    #digest;

    constructor(mode, password, salt, iterations, length, digest) {
        super(mode);
        checkDigest(digest);
        this.#password = this.keep(password);
        this.#salt = this.keep(salt);
        this.#iterations = iterations;
        this.#length = length;
        this.#digest = digest;
    }

    perform() {
        return TypedArrayPrototypeGetBuffer(
            native.pbkdf2(this.#password, this.#salt, this.#iterations,
                          this.#length, this.#digest));
    }
}

class ScryptJob extends Job {
    #arguments;

    constructor(mode, password, salt, N, r, p, maxmem, length) {
        super(mode);
        native.scrypt(undefined, undefined, N, r, p, maxmem);
        this.#arguments = [this.keep(password), this.keep(salt), N, r, p,
                           maxmem, length];
    }

    perform() {
        return TypedArrayPrototypeGetBuffer(
            ReflectApply(native.scrypt, undefined, this.#arguments));
    }
}

class HKDFJob extends Job {
    #arguments;

    constructor(mode, digest, key, salt, info, length) {
        super(mode);
        checkDigest(digest);

        if (!native.hkdfMay(digest, length)) {
            throw coded(RangeError, 'ERR_CRYPTO_INVALID_KEYLEN',
                        'Invalid key length');
        }

        this.#arguments = [digest, this.keep(key), this.keep(salt),
                           this.keep(info), length];
    }

    perform() {
        return TypedArrayPrototypeGetBuffer(
            ReflectApply(native.hkdf, undefined, this.#arguments));
    }
}

class SecretKeyGenJob extends Job {
    #size;

    constructor(mode, bits) {
        super(mode);
        this.#size = bits >> 3;
    }

    perform() {
        const data = new Uint8Array(this.#size);
        const handle = new KeyObjectHandle();

        native.randomFill(data, 0, this.#size);
        handle.init(SECRET, data);

        return handle;
    }
}

/* nginx's own TLS uses the same library */

function setFipsCrypto() {
    throw coded(Error, 'ERR_CRYPTO_FIPS_UNAVAILABLE',
                'Cannot set FIPS mode: it is the whole server\'s');
}

function setEngine() {
    throw coded(Error, 'ERR_CRYPTO_CUSTOM_ENGINE_NOT_SUPPORTED',
                'Custom engines not supported by this OpenSSL');
}

const CLASSES = [
    'AESCipherJob', 'CheckPrimeJob', 'DHBitsJob', 'DHKeyExportJob',
    'DhKeyPairGenJob', 'DiffieHellman', 'DiffieHellmanGroup',
    'DsaKeyPairGenJob', 'ECDH', 'ECDHBitsJob', 'ECKeyExportJob',
    'EcKeyPairGenJob', 'NidKeyPairGenJob', 'RSACipherJob',
    'RSAKeyExportJob', 'RandomPrimeJob', 'RsaKeyPairGenJob',
    'SecureContext', 'Sign', 'SignJob', 'Verify',
];

const FUNCTIONS = [
    'ECDHConvertKey', 'certExportChallenge', 'certExportPublicKey',
    'certVerifySpkac', 'getRootCertificates',
    'getSSLCiphers', 'parseX509', 'privateDecrypt', 'privateEncrypt',
    'publicDecrypt', 'publicEncrypt', 'statelessDH',
];

for (let i = 0; i < CLASSES.length; i++) {
    exports[CLASSES[i]] = absentClass(CLASSES[i]);
}

for (let i = 0; i < FUNCTIONS.length; i++) {
    exports[FUNCTIONS[i]] = absentFunction(FUNCTIONS[i]);
}

/* the order is that of the numbers that Node has of them */

const AES = ['CTR_128', 'CTR_192', 'CTR_256', 'CBC_128', 'CBC_192', 'CBC_256',
             'GCM_128', 'GCM_192', 'GCM_256', 'KW_128', 'KW_192', 'KW_256'];

for (let i = 0; i < AES.length; i++) {
    exports[`kKeyVariantAES_${AES[i]}`] = i;
}

const members = {
    __proto__: null,
    CipherBase,
    HKDFJob,
    Hash,
    HashJob,
    Hmac,
    HmacJob,
    KeyObjectHandle,
    PBKDF2Job,
    RandomBytesJob,
    ScryptJob,
    SecretKeyGenJob,
    createNativeKeyObjectClass,
    getHashes: native.hashNames,
    getCipherInfo,
    getCiphers: native.cipherNames,
    getCurves: () => [],
    setEngine,
    setFipsCrypto,

    getFipsCrypto() {
        return 0;
    },

    testFipsCrypto() {
        return false;
    },

    /* there is no secure heap */
    secureHeapUsed() {},

    secureBuffer(size) {
        return new Uint8Array(size);
    },

    EVP_PKEY_ED25519: 1087,
    EVP_PKEY_ED448: 1088,
    EVP_PKEY_X25519: 1034,
    EVP_PKEY_X448: 1035,
    OPENSSL_EC_EXPLICIT_CURVE: 0,
    OPENSSL_EC_NAMED_CURVE: 1,
    RSA_PKCS1_PSS_PADDING: 6,
    X509_CHECK_FLAG_ALWAYS_CHECK_SUBJECT: 1,
    X509_CHECK_FLAG_NO_WILDCARDS: 2,
    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS: 4,
    X509_CHECK_FLAG_MULTI_LABEL_WILDCARDS: 8,
    X509_CHECK_FLAG_SINGLE_LABEL_SUBDOMAINS: 16,
    X509_CHECK_FLAG_NEVER_CHECK_SUBJECT: 32,
    kCryptoJobAsync: ASYNC,
    kCryptoJobSync: SYNC,
    kKeyEncodingPKCS1: 0,
    kKeyEncodingPKCS8: 1,
    kKeyEncodingSPKI: 2,
    kKeyEncodingSEC1: 3,
    kKeyFormatDER: 0,
    kKeyFormatPEM: 1,
    kKeyFormatJWK: 2,
    kKeyTypeSecret: SECRET,
    kKeyTypePublic: PUBLIC,
    kKeyTypePrivate: PRIVATE,
    kKeyVariantRSA_SSA_PKCS1_v1_5: 0,
    kKeyVariantRSA_PSS: 1,
    kKeyVariantRSA_OAEP: 2,
    kSigEncDER: 0,
    kSigEncP1363: 1,
    kSignJobModeSign: SIGN,
    kSignJobModeVerify: 1,
    kWebCryptoCipherEncrypt: 0,
    kWebCryptoCipherDecrypt: 1,
    kWebCryptoKeyFormatRaw: 0,
    kWebCryptoKeyFormatPKCS8: 1,
    kWebCryptoKeyFormatSPKI: 2,
    kWebCryptoKeyFormatJWK: 3,
};

ObjectAssign(exports, members);
