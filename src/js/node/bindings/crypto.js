'use strict';

/*
 * Node's crypto binding.  Its classes are here and in crypto-*.js, over natives
 * that know objects of OpenSSL by a holder each.
 */

const {
    ArrayPrototypePush,
    ArrayPrototypeSlice,
    Error,
    ObjectAssign,
    RangeError,
    ReflectApply,
    TypeError,
    TypedArrayPrototypeGetBuffer,
    Uint8Array,
} = intrinsics;

const { toBuffer } = require('node/buffer-prototype');

const {
    KeyObjectHandle,
    NativeKeyObject,
    PRIVATE,
    PUBLIC,
    SECRET,
    bytes,
    coded,
} = require('node/crypto-keys');

const { parseX509 } = require('node/crypto-x509');
const { SecureContext, getRootCertificates, getSSLCiphers }
    = require('node/tls-context');

const {
    ASYNC,
    Job,
    KeyPairGenJob,
    SYNC,
} = require('node/crypto-jobs');

const native = binding('node/crypto');

/* from now on there can be keys */
require('node/process').process.versions.openssl = '3.0.13';

const SIGN = 0;

/* Digests: OpenSSL takes long to find one by its name */

const numbers = { __proto__: null };

function digestOf(name) {
    const number = numbers[name];

    if (number !== undefined) {
        return number;
    }

    const found = native.digestNumber(name);

    return found === -1 ? name : numbers[name] = found;
}

/* Node's numbers of encodings, which are told faster than their names */

const ENCODINGS = {
    __proto__: null,
    base64: 2,
    hex: 5,
    buffer: 6,
    base64url: 7,
};

class Hash {
    #hash;

    constructor(algorithm, length) {
        this.#hash = native.hashCreate(
            typeof algorithm === 'object' ? algorithm.#hash
                                          : digestOf(algorithm), length);
    }

    update(data, encoding) {
        return native.hashUpdate(this.#hash, data, encoding);
    }

    digest(encoding) {
        return bytes(native.hashDigest(this.#hash,
                                       ENCODINGS[encoding] ?? encoding));
    }
}

function invalidDigest(name, kind = 'digest') {
    return coded(TypeError, 'ERR_CRYPTO_INVALID_DIGEST',
                 `Invalid ${kind}: ${name}`);
}

function checkDigest(name, kind = 'digest') {
    if (!native.hasDigest(name)) {
        throw invalidDigest(name, kind);
    }
}

class Hmac {
    #hmac;

    init(name, key) {
        this.#hmac = native.hmacCreate(digestOf(name),
                                       KeyObjectHandle.raw(key));

        if (this.#hmac === undefined) {
            throw invalidDigest(name);
        }
    }

    update(data, encoding) {
        return native.hmacUpdate(this.#hmac, data, encoding);
    }

    digest(encoding) {
        return bytes(native.hmacDigest(this.#hmac,
                                       ENCODINGS[encoding] ?? encoding));
    }
}

/* Keys */

function createNativeKeyObjectClass(callback) {
    return callback(NativeKeyObject);
}

/* Ciphers: OpenSSL's numbers of modes; 0 is a stream */

const STREAM = 0;
const CTR = 5;
const CCM = 7;

const MODES = ['stream', 'ecb', 'cbc', 'cfb', 'ofb', 'ctr', 'gcm', 'ccm'];

MODES[0x10001] = 'xts';
MODES[0x10002] = 'wrap';
MODES[0x10003] = 'ocb';

class CipherBase {
    #cipher;
    #encrypts;

    constructor(encrypts) {
        this.#encrypts = encrypts ? 1 : 0;
    }

    init(name, password, tagLength) {
        const info = native.cipherInfo(name, -1, -1);

        /* the same vector again gives the text away */
        if (this.#encrypts === 1 && info !== undefined && info[0] >= CTR
            && info[0] <= CCM)
        {
            require('node/process').process.emitWarning(
                `Use Cipheriv for counter mode of ${name}`);
        }

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

/* Signatures */

class SignBase {
    #name;
    #hash;

    init(name) {
        this.#name = name === 'dss1' || name === 'DSS1' ? 'SHA1' : name;

        if (!native.hasDigest(this.#name)) {
            throw coded(TypeError, 'ERR_CRYPTO_INVALID_DIGEST',
                        'Invalid digest');
        }

        this.#hash = native.hashCreate(this.#name);
    }

    update(data, encoding) {
        this.#check();
        native.hashUpdate(this.#hash, data, encoding);
    }

    /* the name of the digest and what it is, once */
    finish() {
        this.#check();

        const digest = native.hashDigest(this.#hash);

        this.#hash = undefined;

        return [this.#name, digest];
    }

    #check() {
        if (this.#hash === undefined) {
            throw coded(Error, 'ERR_CRYPTO_INVALID_STATE', 'Not initialised');
        }
    }
}

class Sign extends SignBase {
    sign(data, format, type, passphrase, padding, saltLength, encoding) {
        const key = KeyObjectHandle.parse(true, data, format, type,
                                          passphrase);
        const { 0: name, 1: digest } = this.finish();

        return toBuffer(native.sign(key, name, digest, padding, saltLength,
                                    encoding, true));
    }
}

class Verify extends SignBase {
    verify(data, format, type, passphrase, signature, padding, saltLength,
           encoding)
    {
        const key = KeyObjectHandle.parse(false, data, format, type,
                                          passphrase);
        const { 0: name, 1: digest } = this.finish();

        return native.verify(key, name, digest, padding, saltLength, encoding,
                             true, signature);
    }
}

class SignJob extends Job {
    #arguments;

    constructor(mode, signMode, keyData, format, type, passphrase, data,
                digest, saltLength, padding, encoding, signature)
    {
        super(mode);

        const key = KeyObjectHandle.parse(signMode === SIGN, keyData, format,
                                          type, passphrase);

        if (typeof digest === 'string') {
            checkDigest(digest);
        }

        this.#arguments = [key, digest, this.keep(data), padding, saltLength,
                           encoding, false];

        if (signMode !== SIGN) {
            ArrayPrototypePush(this.#arguments, this.keep(signature));
        }
    }

    perform() {
        return this.#arguments.length > 7
               ? ReflectApply(native.verify, undefined, this.#arguments)
               : TypedArrayPrototypeGetBuffer(
                   ReflectApply(native.sign, undefined, this.#arguments));
    }
}

/* RSA as a cipher: the numbers are the native's */

function rsaFunction(operation) {
    return (data, format, type, passphrase, buffer, padding, hash, label) =>
        toBuffer(native.rsa(operation,
                            KeyObjectHandle.parse(false, data, format, type,
                                                  passphrase),
                            buffer, padding, hash, label));
}

const OAEP = 4;

class RSACipherJob extends Job {
    #arguments;

    constructor(mode, cipherMode, key, data, variant, hash, label) {
        super(mode);
        checkDigest(hash);
        this.#arguments = [cipherMode, KeyObjectHandle.raw(key),
                           this.keep(data), OAEP, hash, this.keep(label)];
    }

    perform() {
        return TypedArrayPrototypeGetBuffer(
            ReflectApply(native.rsa, undefined, this.#arguments));
    }
}

/* What WebCrypto exports: raw, pkcs8 and spki by number */

const RAW = 0;

class KeyExportJob extends Job {
    #format;
    #handle;

    constructor(mode, format, handle) {
        super(mode);
        this.#format = format;
        this.#handle = handle;
    }

    perform() {
        const handle = this.#handle;
        const curve = handle.getAsymmetricKeyType() === 'ec';

        if (this.#format === RAW) {
            return TypedArrayPrototypeGetBuffer(curve ? handle.point()
                                                      : handle.raw(0));
        }

        /* keyEncoding's numbers of the other two are the same */
        return TypedArrayPrototypeGetBuffer(
            (curve && !handle.isPrivate ? handle.whole() : handle)
                .export(0, this.#format));
    }
}

/* New keys */

const PSS = 1;

class RsaKeyPairGenJob extends KeyPairGenJob {
    constructor(mode, variant, bits, exponent, ...rest) {
        const parameters = variant === PSS ? ArrayPrototypeSlice(rest, 0, 3)
                                           : [];

        const { 0: digest, 1: mgf1 } = parameters;

        if (typeof digest === 'string') {
            checkDigest(digest);
        }

        if (typeof mgf1 === 'string') {
            checkDigest(mgf1, 'MGF1 digest');
        }

        super(mode, () => native.keygenRSA(variant === PSS, bits, exponent,
                                           digest, mgf1, parameters[2]),
              variant === PSS ? ArrayPrototypeSlice(rest, 3) : rest);
    }
}

class EcKeyPairGenJob extends KeyPairGenJob {
    constructor(mode, curve, form, ...encoding) {
        if (!native.hasCurve(curve)) {
            throw coded(TypeError, 'ERR_CRYPTO_INVALID_CURVE',
                        'Invalid EC curve name');
        }

        super(mode, () => native.keygenEC(curve, form), encoding);
    }
}

class DsaKeyPairGenJob extends KeyPairGenJob {
    constructor(mode, bits, divisor, ...encoding) {
        super(mode, () => native.keygenDSA(bits, divisor), encoding);
    }
}

class NidKeyPairGenJob extends KeyPairGenJob {
    constructor(mode, id, ...encoding) {
        super(mode, () => native.keygenId(id), encoding);
    }
}

/* Keys that browsers had signed: what is empty is none to Node */

function exported(data) {
    return data === undefined ? '' : toBuffer(data);
}

function verifySpkac(data) {
    return data.byteLength === 0 ? '' : native.spkacVerify(data) === true;
}

/* Primes */

class RandomPrimeJob extends Job {
    #arguments;

    constructor(mode, bits, safe, add, rem) {
        super(mode);
        native.primeNew(bits, safe, add, rem, true);
        this.#arguments = [bits, safe, this.keep(add), this.keep(rem)];
    }

    perform() {
        return TypedArrayPrototypeGetBuffer(
            ReflectApply(native.primeNew, undefined, this.#arguments));
    }
}

class CheckPrimeJob extends Job {
    #candidate;
    #rounds;

    constructor(mode, candidate, rounds) {
        super(mode);
        this.#candidate = this.keep(candidate);
        this.#rounds = rounds;
    }

    perform() {
        return native.primeCheck(this.#candidate, this.#rounds);
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

const members = {
    __proto__: null,
    CheckPrimeJob,
    CipherBase,
    DsaKeyPairGenJob,
    ECKeyExportJob: KeyExportJob,
    EcKeyPairGenJob,
    HKDFJob,
    Hash,
    HashJob,
    Hmac,
    HmacJob,
    KeyObjectHandle,
    NidKeyPairGenJob,
    PBKDF2Job,
    RSACipherJob,
    RSAKeyExportJob: KeyExportJob,
    RandomBytesJob,
    RandomPrimeJob,
    RsaKeyPairGenJob,
    ScryptJob,
    SecretKeyGenJob,
    SecureContext,
    Sign,
    SignJob,
    Verify,
    certExportChallenge: (data) => exported(native.spkacChallenge(data)),
    certExportPublicKey: (data) => exported(native.spkacKey(data)),
    certVerifySpkac: verifySpkac,
    createNativeKeyObjectClass,
    getRootCertificates,
    getSSLCiphers,
    parseX509,
    getHashes: native.hashNames,
    getCipherInfo,
    getCiphers: native.cipherNames,
    getCurves: native.curveNames,
    publicEncrypt: rsaFunction(0),
    privateDecrypt: rsaFunction(1),
    privateEncrypt: rsaFunction(2),
    publicDecrypt: rsaFunction(3),
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
    kWebCryptoKeyFormatRaw: RAW,
    kWebCryptoKeyFormatPKCS8: 1,
    kWebCryptoKeyFormatSPKI: 2,
    kWebCryptoKeyFormatJWK: 3,
};

ObjectAssign(exports, members, require('node/crypto-aes'),
             require('node/crypto-dh'));
