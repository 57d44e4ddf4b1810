'use strict';

/*
 * What the jobs of Node's crypto binding have in common.  One that is not
 * waited for is done in an immediate, which holds the invocation and is charged
 * to it.
 */

const { tellSoon } = require('run/timers');
const {
    KeyObjectHandle,
    PRIVATE,
    PUBLIC,
} = require('node/crypto-keys');

const native = binding('node/crypto');

const ASYNC = 0;
const SYNC = 1;

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

        tellSoon(() => {
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

/* New keys: the two, each as it is asked for */

class KeyPairGenJob extends Job {
    #generate;
    #encoding;

    constructor(mode, generate, encoding) {
        super(mode);
        this.#generate = generate;
        this.#encoding = encoding;
    }

    perform() {
        const key = this.#generate();
        const { 0: publicFormat, 1: publicType, 2: privateFormat,
                3: privateType, 4: cipher, 5: passphrase } = this.#encoding;

        return [
            encoded(KeyObjectHandle.of(PUBLIC, key), publicFormat,
                    publicType),
            encoded(KeyObjectHandle.of(PRIVATE, key), privateFormat,
                    privateType, cipher, passphrase),
        ];
    }
}

const JWK = 2;

function encoded(handle, format, type, cipher, passphrase) {
    return format === undefined ? handle
           : format === JWK ? handle.exportJwk({}, false)
           : handle.export(format, type, cipher, passphrase);
}

module.exports = { __proto__: null, ASYNC, Job, KeyPairGenJob, SYNC };
