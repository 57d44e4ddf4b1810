'use strict';

/*
 * What Node's library has behind a KeyObject: a type, and a key that natives
 * know by a holder.
 */

const {
    ArrayPrototypePush,
    Error,
    ErrorCaptureStackTrace,
    ReflectApply,
    TypeError,
    TypedArrayPrototypeGetBuffer,
    TypedArrayPrototypeSet,
    Uint8Array,
} = intrinsics;

const { toBuffer } = require('node/buffer-prototype');

const { internalBinding } = require('node/realm');
const { JSTransferable } = internalBinding('messaging');
const { messaging_clone_symbol: kClone } = internalBinding('symbols');

const native = binding('node/crypto');

const SECRET = 0;
const PUBLIC = 1;
const PRIVATE = 2;

/* what keyRaw() gives, by number */
const HALF = 0;
const PRIVATE_HALF = 1;
const POINT = 2;

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

function base64url(data) {
    return ReflectApply(binding('node/buffer').base64urlSlice, data, []);
}

/* undefined: it is no string */

function fromBase64url(text) {
    return typeof text === 'string'
           ? binding('node/buffer').createFromString(text, BASE64URL)
           : undefined;
}

/* JWK's name of a curve -> OpenSSL's, and the bytes of a coordinate */

const CURVES = {
    '__proto__': null,
    'P-256': { name: 'prime256v1', size: 32 },
    'P-384': { name: 'secp384r1', size: 48 },
    'P-521': { name: 'secp521r1', size: 66 },
    'secp256k1': { name: 'secp256k1', size: 32 },
};

/* of keys without parameters: JWK's name, Node's and OpenSSL's number */

const EDWARDS = [
    ['Ed25519', 'ed25519', 1087],
    ['Ed448', 'ed448', 1088],
    ['X25519', 'x25519', 1034],
    ['X448', 'x448', 1035],
];

/* JWK's names of the numbers of an RSA key, and OpenSSL's */

const RSA_PUBLIC = [['n', 'n'], ['e', 'e']];
const RSA_PRIVATE = [
    ['d', 'd'], ['p', 'rsa-factor1'], ['q', 'rsa-factor2'],
    ['dp', 'rsa-exponent1'], ['dq', 'rsa-exponent2'],
    ['qi', 'rsa-coefficient1'],
];

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

    static of(type, key) {
        const handle = new KeyObjectHandle();

        handle.#type = type;
        handle.#key = key;

        return handle;
    }

    /* what a call was given: a handle, or bytes and how they are to be read */
    static parse(onlyPrivate, data, format, type, passphrase) {
        const raw = KeyObjectHandle.raw(data);

        return raw !== data ? raw
               : native.keyParse(onlyPrivate, data, format, type, passphrase);
    }

    #take(type, key) {
        if (key === undefined) {
            return false;
        }

        this.#type = type;
        this.#key = key;

        return true;
    }

    init(type, data, format, encoding, passphrase) {
        this.#take(type, type === SECRET ? native.keySecret(data)
                         : KeyObjectHandle.parse(type === PRIVATE, data,
                                                 format, encoding,
                                                 passphrase));
    }

    getSymmetricKeySize() {
        return native.keySize(this.#key);
    }

    getAsymmetricKeyType() {
        return native.keyType(this.#key);
    }

    checkEcKeyData() {
        return native.keyCheck(this.#key, this.isPrivate);
    }

    equals(other) {
        return native.keyEquals(this.#key, other.#key);
    }

    keyDetail(target) {
        if (this.#type === SECRET) {
            target.length = 8 * native.keySize(this.#key);
            return target;
        }

        const type = native.keyType(this.#key);

        if (type === 'ec') {
            target.namedCurve = native.keyText(this.#key, 'group');

        } else if (type === 'rsa' || type === 'rsa-pss') {
            target.modulusLength = native.keyBits(this.#key);
            target.publicExponent = TypedArrayPrototypeGetBuffer(
                native.keyNumber(this.#key, 'e', 0));

            const pss = type === 'rsa-pss' ? native.keyPSS(this.#key)
                                           : undefined;

            if (pss !== undefined) {
                target.hashAlgorithm = pss[0];

                if (pss[1] !== undefined) {
                    target.mgf1HashAlgorithm = pss[1];
                }

                target.saltLength = pss[2];
            }

        } else if (type === 'dsa') {
            target.modulusLength = native.keyBits(this.#key);
            target.divisorLength
                = 8 * native.keyNumber(this.#key, 'q', 0).length;
        }

        return target;
    }

    export(format, type, cipher, passphrase) {
        if (this.#type === SECRET) {
            return toBuffer(native.keyBytes(this.#key));
        }

        return bytes(native.keyExport(this.#key, this.#type === PRIVATE,
                                      format, type, cipher, passphrase));
    }

    raw(what) {
        return native.keyRaw(this.#key, what);
    }

    /* the point of a curve in the form that is not compressed */
    point() {
        const group = native.keyText(this.#key, 'group');

        for (const crv in CURVES) {
            if (CURVES[crv].name === group) {
                const { size } = CURVES[crv];

                return pointOf(native.keyNumber(this.#key, 'qx', size),
                               native.keyNumber(this.#key, 'qy', size), size);
            }
        }

        return this.raw(POINT);
    }

    /* the public half with that point */
    whole() {
        const handle = new KeyObjectHandle();

        handle.initECRaw(native.keyText(this.#key, 'group'), this.point());

        return handle;
    }

    get isPrivate() {
        return this.#type === PRIVATE;
    }

    exportJwk(target, pss) {
        if (this.#type === SECRET) {
            target.kty = 'oct';
            target.k = base64url(native.keyBytes(this.#key));
            return target;
        }

        const type = native.keyType(this.#key);

        if (type === 'rsa' || type === 'rsa-pss' && pss) {
            return this.#jwkRSA(target);
        }

        if (type === 'ec') {
            return this.#jwkEC(target);
        }

        for (let i = 0; i < EDWARDS.length; i++) {
            if (EDWARDS[i][1] === type) {
                target.crv = EDWARDS[i][0];

                if (this.isPrivate) {
                    target.d = base64url(this.raw(PRIVATE_HALF));
                }

                target.x = base64url(this.raw(HALF));
                target.kty = 'OKP';
                return target;
            }
        }

        throw coded(Error, 'ERR_CRYPTO_JWK_UNSUPPORTED_KEY_TYPE',
                    'Unsupported JWK Key Type.');
    }

    #numbers(target, list) {
        for (let i = 0; i < list.length; i++) {
            target[list[i][0]] = base64url(
                native.keyNumber(this.#key, list[i][1], 0));
        }
    }

    #jwkRSA(target) {
        target.kty = 'RSA';
        this.#numbers(target, RSA_PUBLIC);

        if (this.isPrivate) {
            this.#numbers(target, RSA_PRIVATE);
        }

        return target;
    }

    #jwkEC(target) {
        const group = native.keyText(this.#key, 'group');

        for (const crv in CURVES) {
            if (CURVES[crv].name === group) {
                const { size } = CURVES[crv];

                target.kty = 'EC';
                target.crv = crv;
                target.x = base64url(native.keyNumber(this.#key, 'qx', size));
                target.y = base64url(native.keyNumber(this.#key, 'qy', size));

                if (this.isPrivate) {
                    target.d = base64url(
                        native.keyNumber(this.#key, 'priv', size));
                }

                return target;
            }
        }

        throw coded(Error, 'ERR_CRYPTO_JWK_UNSUPPORTED_CURVE',
                    `Unsupported JWK EC curve: ${group}.`);
    }

    /* the type of the key; undefined: it is none */
    initJwk(jwk, namedCurve) {
        const type = jwk.kty === 'oct' ? SECRET
                     : jwk.d === undefined ? PUBLIC : PRIVATE;
        let key;

        if (jwk.kty === 'oct') {
            const data = fromBase64url(jwk.k);

            key = data === undefined ? undefined : native.keySecret(data);

        } else if (jwk.kty === 'RSA') {
            key = keyOfRSA(jwk, type);

        } else if (jwk.kty === 'EC') {
            key = keyOfEC(jwk, type, namedCurve);
        }

        return this.#take(type, key) ? type : undefined;
    }

    initECRaw(curve, point) {
        return this.#take(PUBLIC,
                          native.keyMake('EC', false, curve, point));
    }

    initEDRaw(name, data, type) {
        for (let i = 0; i < EDWARDS.length; i++) {
            if (EDWARDS[i][0] === name) {
                return this.#take(type, native.keyMakeRaw(
                    EDWARDS[i][2], type === PRIVATE, data));
            }
        }

        return false;
    }
}

function keyOfRSA(jwk, type) {
    const list = ['RSA', type === PRIVATE, undefined, undefined];

    for (let half = 0; half < (type === PRIVATE ? 2 : 1); half++) {
        const names = half === 0 ? RSA_PUBLIC : RSA_PRIVATE;

        for (let i = 0; i < names.length; i++) {
            const data = fromBase64url(jwk[names[i][0]]);

            if (data === undefined) {
                return undefined;
            }

            ArrayPrototypePush(list, names[i][1], data);
        }
    }

    return ReflectApply(native.keyMake, undefined, list);
}

function pointOf(x, y, size) {
    const point = new Uint8Array(1 + 2 * size);

    point[0] = 4;
    TypedArrayPrototypeSet(point, x, 1 + size - x.length);
    TypedArrayPrototypeSet(point, y, 1 + 2 * size - y.length);

    return point;
}

function keyOfEC(jwk, type, namedCurve) {
    const curve = CURVES[namedCurve];
    const x = fromBase64url(jwk.x);
    const y = fromBase64url(jwk.y);
    const d = type === PRIVATE ? fromBase64url(jwk.d) : null;

    if (curve === undefined) {
        throw coded(TypeError, 'ERR_CRYPTO_INVALID_CURVE',
                    `Invalid EC curve name: ${namedCurve}`);
    }

    if (x === undefined || y === undefined || d === undefined
        || x.length > curve.size || y.length > curve.size)
    {
        return undefined;
    }

    const point = pointOf(x, y, curve.size);

    return d === null
           ? native.keyMake('EC', false, curve.name, point)
           : native.keyMake('EC', true, curve.name, point, 'priv', d);
}

class NativeKeyObject extends JSTransferable {
    #handle;
    #KeyObject;

    constructor(handle) {
        super();
        this.#handle = handle;
        this.#KeyObject = new.target;
    }

    [kClone]() {
        return { __proto__: null,
                 make: () => new this.#KeyObject(this.#handle) };
    }

    static raw(value) {
        return #handle in value ? KeyObjectHandle.raw(value.#handle) : value;
    }
}

module.exports = {
    __proto__: null,
    KeyObjectHandle,
    NativeKeyObject,
    PRIVATE,
    PUBLIC,
    SECRET,
    bytes,
    coded,
};
