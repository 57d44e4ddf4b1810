'use strict';

/* Diffie-Hellman, over primes and over curves, of Node's crypto binding. */

const {
    ArrayPrototypeSlice,
    RangeError,
    TypedArrayPrototypeGetBuffer,
} = intrinsics;

const { toBuffer } = require('node/buffer-prototype');
const { Job, KeyPairGenJob } = require('node/crypto-jobs');
const { KeyObjectHandle, coded } = require('node/crypto-keys');

const native = binding('node/crypto');

/* in the order of the native's numbers */
const PRIME = 0;
const GENERATOR = 1;
const PUBLIC_KEY = 2;
const PRIVATE_KEY = 3;

/* of the groups that have names */
const NAMED_GENERATOR = 2;

class Base {
    #dh;

    constructor(dh) {
        this.#dh = dh;
        this.verifyError = native.dhVerifyError(dh);
    }

    generateKeys() {
        return toBuffer(native.dhGenerate(this.#dh));
    }

    computeSecret(key) {
        return toBuffer(native.dhSecret(this.#dh, key));
    }

    getPrime() {
        return toBuffer(native.dhNumber(this.#dh, PRIME));
    }

    getGenerator() {
        return toBuffer(native.dhNumber(this.#dh, GENERATOR));
    }

    getPublicKey() {
        return toBuffer(native.dhNumber(this.#dh, PUBLIC_KEY));
    }

    getPrivateKey() {
        return toBuffer(native.dhNumber(this.#dh, PRIVATE_KEY));
    }

    setPublicKey(key) {
        native.dhSet(this.#dh, false, key);
    }

    setPrivateKey(key) {
        native.dhSet(this.#dh, true, key);
    }
}

class DiffieHellman extends Base {
    constructor(sizeOrKey, generator) {
        super(native.dhCreate(sizeOrKey, generator));
    }
}

class DiffieHellmanGroup extends Base {
    constructor(name) {
        super(native.dhGroup(name));
    }
}

class ECDH {
    #ecdh;

    constructor(curve) {
        this.#ecdh = native.ecdhCreate(curve);
    }

    generateKeys() {
        native.ecdhGenerate(this.#ecdh);
    }

    /* a string is the code of an error to Node's library */
    computeSecret(key) {
        const secret = native.ecdhSecret(this.#ecdh, key);

        return secret === undefined ? 'ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY'
               : toBuffer(secret);
    }

    getPublicKey(form) {
        return toBuffer(native.ecdhPublic(this.#ecdh, form));
    }

    getPrivateKey() {
        return toBuffer(native.ecdhPrivate(this.#ecdh));
    }

    setPublicKey(key) {
        native.ecdhSetPublic(this.#ecdh, key);
    }

    setPrivateKey(key) {
        native.ecdhSetPrivate(this.#ecdh, key);
    }
}

function ECDHConvertKey(key, curve, form) {
    return key.byteLength === 0 ? ''
           : toBuffer(native.ecdhConvert(key, curve, form));
}

function statelessDH(own, other) {
    return toBuffer(native.derive(KeyObjectHandle.raw(own),
                                  KeyObjectHandle.raw(other)));
}

/* of any keys that have something in common */

class DHBitsJob extends Job {
    #own;
    #other;

    constructor(mode, other, own) {
        super(mode);

        if (!own.isPrivate || other.isPrivate) {
            throw coded(RangeError, 'ERR_CRYPTO_INVALID_KEYTYPE',
                        'Invalid key type');
        }

        this.#own = KeyObjectHandle.raw(own);
        this.#other = KeyObjectHandle.raw(other);
    }

    perform() {
        return TypedArrayPrototypeGetBuffer(native.derive(this.#own,
                                                          this.#other));
    }
}

class ECDHBitsJob extends DHBitsJob {
    constructor(mode, curve, other, own) {
        super(mode, other, own);
    }
}

class DhKeyPairGenJob extends KeyPairGenJob {
    #prime;

    constructor(mode, prime, ...rest) {
        const named = typeof prime === 'string';
        const generator = named ? NAMED_GENERATOR : rest[0];

        super(mode, () => native.keygenDH(this.#prime, generator),
              named ? rest : ArrayPrototypeSlice(rest, 1));

        this.#prime = named ? native.dhPrime(prime) : this.keep(prime);
    }
}

module.exports = {
    __proto__: null,
    DHBitsJob,
    DhKeyPairGenJob,
    DiffieHellman,
    DiffieHellmanGroup,
    ECDH,
    ECDHBitsJob,
    ECDHConvertKey,
    statelessDH,
};
