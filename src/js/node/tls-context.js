'use strict';

/*
 * What Node's library has behind a SecureContext: steps that a native takes,
 * by their numbers.
 */

const {
    ArrayPrototypePush,
    ReflectApply,
    StringPrototypeToLowerCase,
} = intrinsics;

const { toBuffer } = require('node/buffer-prototype');

const native = binding('node/tls_context');

const INIT = 0;
const OPTIONS = 1;
const SUITES = 2;
const CIPHERS = 3;
const SIGALGS = 4;
const CURVES = 5;
const ROOTS = 6;
const CA = 7;
const CRL = 8;
const CERT = 9;
const KEY = 10;
const PKCS12 = 11;
const DH = 12;
const MIN = 13;
const MAX = 14;
const SESSION_ID = 15;
const SESSION_TIMEOUT = 16;

/* bits of parameters that are warned of below */
const WEAK_DH = 2048;

class SecureContext {
    #context = native.contextCreate();

    /* what natives know of it */
    static raw(value) {
        return value.#context;
    }

    #step(what, data = '', number = 0) {
        return native.contextStep(this.#context, what, data, undefined,
                                  number, 0);
    }

    init(method, min, max) {
        native.contextStep(this.#context, INIT, method || '', undefined, min,
                           max);
    }

    setOptions(value) {
        this.#step(OPTIONS, '', value);
    }

    setCipherSuites(list) {
        this.#step(SUITES, list);
    }

    setCiphers(list) {
        this.#step(CIPHERS, list);
    }

    setSigalgs(list) {
        this.#step(SIGALGS, list);
    }

    setECDHCurve(list) {
        this.#step(CURVES, list);
    }

    addRootCerts() {
        this.#step(ROOTS);
    }

    addCACert(pem) {
        this.#step(CA, pem);
    }

    addCRL(pem) {
        this.#step(CRL, pem);
    }

    setCert(pem) {
        this.#step(CERT, pem);
    }

    setKey(pem, passphrase) {
        native.contextStep(this.#context, KEY, pem, passphrase ?? undefined,
                           0, 0);
    }

    loadPKCS12(data, passphrase) {
        native.contextStep(this.#context, PKCS12, data, passphrase, 0, 0);
    }

    /* true: by itself */
    setDHParam(pem) {
        const bits = this.#step(DH, pem === true ? '' : pem,
                                pem === true ? 1 : 0);

        return bits > 0 && bits < WEAK_DH
               ? 'DH parameter is less than 2048 bits' : undefined;
    }

    setMinProto(version) {
        this.#step(MIN, '', version);
    }

    setMaxProto(version) {
        this.#step(MAX, '', version);
    }

    getMinProto() {
        return native.contextVersion(this.#context, 0);
    }

    getMaxProto() {
        return native.contextVersion(this.#context, 1);
    }

    setSessionIdContext(text) {
        this.#step(SESSION_ID, text);
    }

    setSessionTimeout(seconds) {
        this.#step(SESSION_TIMEOUT, '', seconds);
    }

    getTicketKeys() {
        return toBuffer(native.contextTickets(this.#context));
    }

    setTicketKeys(keys) {
        native.contextTickets(this.#context, keys);

        return true;
    }

    getCertificate() {
        return this.#certificate(0);
    }

    getIssuer() {
        return this.#certificate(1);
    }

    #certificate(which) {
        const data = native.contextCertificate(this.#context, which);

        return data === undefined ? null : toBuffer(data);
    }

    close() {
        native.contextClose(this.#context);
    }
}

/* those of TLS 1.3 that are off by default are told as well */

const OTHERS = ['tls_aes_128_ccm_8_sha256', 'tls_aes_128_ccm_sha256'];

function getSSLCiphers() {
    const names = native.tlsCiphers();
    const result = [];

    for (let i = 0; i < names.length; i++) {
        ArrayPrototypePush(result, StringPrototypeToLowerCase(names[i]));
    }

    for (let i = 0; i < OTHERS.length; i++) {
        ArrayPrototypePush(result, OTHERS[i]);
    }

    return result;
}

/* Node's own tls.checkServerIdentity(), which a function may replace */

let check;

function identityCheck() {
    return check;
}

function setIdentityCheck(value) {
    check = value;
}

/*
 * process.env is the invocation's, an agent the context's: what one has let pass
 * by NODE_TLS_REJECT_UNAUTHORIZED is not kept for another which has not said so.
 * A connection stays what it was made as, whoever is at work when it is free.
 */

function apart() {
    const { env } = require('process/process').process;

    return env.NODE_TLS_REJECT_UNAUTHORIZED === '0' ? ':unauthorized' : '';
}

function keepApart(prototype) {
    const { getName } = prototype;
    const named = {
        getName(options = undefined) {
            const made = options?._agentKey;

            if (typeof made === 'string') {
                return made;
            }

            return `${ReflectApply(getName, this, [options])}${apart()}`;
        },
    };

    prototype.getName = named.getName;
}

module.exports = {
    __proto__: null,
    SecureContext,
    apart,
    getRootCertificates: native.rootCertificates,
    getSSLCiphers,
    identityCheck,
    keepApart,
    setIdentityCheck,
};
