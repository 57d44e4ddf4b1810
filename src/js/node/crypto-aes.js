'use strict';

/* AES as WebCrypto has it: a job of Node's crypto binding. */

const { TypedArrayPrototypeGetBuffer, TypeError } = intrinsics;

const { Job } = require('node/crypto-jobs');
const { KeyObjectHandle, coded } = require('node/crypto-keys');

const native = binding('node/crypto');

const ENCRYPT = 0;

/* the numbers are Node's: three sizes of a key for each mode */

const MODES = ['CTR', 'CBC', 'GCM', 'KW'];
const CTR = 0;
const GCM = 2;
const KW = 3;

const exported = { __proto__: null };

for (let i = 0; i < MODES.length * 3; i++) {
    exported[`kKeyVariantAES_${MODES[(i - i % 3) / 3]}_${128 + i % 3 * 64}`]
        = i;
}

function cipherName(variant) {
    const bits = 128 + variant % 3 * 64;
    const mode = (variant - variant % 3) / 3;

    return mode === KW ? `id-aes${bits}-wrap`
           : `aes-${bits}-${mode === CTR ? 'ctr' : mode === GCM ? 'gcm'
                                                                : 'cbc'}`;
}

class AESCipherJob extends Job {
    #encrypts;
    #name;
    #key;
    #data;
    #iv;
    #number;
    #tag;
    #aad;

    constructor(mode, cipherMode, key, data, variant, iv, third, aad) {
        super(mode);
        this.#encrypts = cipherMode === ENCRYPT;
        this.#name = cipherName(variant);
        this.#key = KeyObjectHandle.raw(key);
        this.#data = this.keep(data);
        this.#iv = this.keep(iv);

        /* of GCM it is the tag, or how long one is made */
        if (typeof third === 'number') {
            this.#number = third;
        } else {
            this.#tag = this.keep(third);
        }

        this.#aad = this.keep(aad);

        /* NIST's length, and no counter at all with the others */
        if (iv !== undefined
            && iv.byteLength < (variant - variant % 3 === 3 * GCM ? 12 : 16))
        {
            throw coded(TypeError, 'ERR_CRYPTO_INVALID_IV',
                        'Invalid initialization vector');
        }
    }

    perform() {
        return TypedArrayPrototypeGetBuffer(
            native.aes(this.#encrypts, this.#name, this.#key, this.#data,
                       this.#iv, this.#number, this.#tag, this.#aad));
    }
}

exported.AESCipherJob = AESCipherJob;

module.exports = exported;
