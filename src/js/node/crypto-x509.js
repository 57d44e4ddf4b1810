'use strict';

/* What Node's library has behind an X509Certificate. */

const {
    ArrayIsArray,
    ArrayPrototypePush,
    NumberPrototypeToString,
} = intrinsics;

const { KeyObjectHandle, PUBLIC } = require('node/crypto-keys');
const { toBuffer } = require('node/buffer-prototype');

const native = binding('node/crypto');

/* the numbers of texts are the native's */

const SUBJECT = 0;
const ISSUER = 1;
const ALT_NAMES = 2;
const ACCESS = 3;
const FROM = 4;
const TO = 5;
const SHA1 = 6;
const SHA256 = 7;
const SHA512 = 8;
const SERIAL = 9;
const PEM = 10;

const HOST = 0;
const EMAIL = 1;
const IP = 2;

/* false: it is there and cannot be told */

function text(certificate, what) {
    const result = native.x509Text(certificate, what);

    return result === false ? null : result;
}

/* the values of a type that comes twice are an array */

function nameOf(certificate, issuer) {
    const pairs = native.x509Names(certificate, issuer ? 1 : 0);

    if (pairs === undefined) {
        return undefined;
    }

    const name = { __proto__: null };

    for (let i = 0; i < pairs.length; i += 2) {
        const { [i]: type, [i + 1]: value } = pairs;
        const known = name[type];

        if (known === undefined) {
            name[type] = value;

        } else if (ArrayIsArray(known)) {
            ArrayPrototypePush(known, value);

        } else {
            name[type] = [known, value];
        }
    }

    return name;
}

const DIGITS = '0123456789ABCDEF';

function hex(bytes) {
    let result = '';

    for (let i = 0; i < bytes.length; i++) {
        result += DIGITS[bytes[i] >> 4] + DIGITS[bytes[i] & 15];
    }

    return result;
}

/* as printf() has a number: no zero in front */

function exponent(bytes) {
    let value = 0;

    for (let i = 0; i < bytes.length; i++) {
        value = value * 256 + bytes[i];
    }

    return `0x${NumberPrototypeToString(value, 16)}`;
}

function set(target, key, value) {
    if (value !== undefined) {
        target[key] = value;
    }
}

/* DER, the structure with the key's algorithm */
const DER = 0;
const SPKI = 2;
const POINT = 2;

function describeKey(target, certificate) {
    let key;
    let type;

    try {
        key = native.x509Key(certificate);
        type = native.keyType(key);
    } catch {
        return;
    }

    if (type === 'rsa') {
        target.modulus = hex(native.keyNumber(key, 'n', 0));
        target.bits = native.keyBits(key);
        target.exponent = exponent(native.keyNumber(key, 'e', 0));
        target.pubkey = toBuffer(native.keyExport(key, false, DER, SPKI));

    } else if (type === 'ec') {
        const curve = native.keyText(key, 'group');

        target.bits = native.keyBits(key);
        target.pubkey = toBuffer(native.keyRaw(key, POINT));
        set(target, 'asn1Curve', curve);

        if (curve !== undefined) {
            set(target, 'nistCurve', native.x509Nist(curve));
        }
    }
}

/* what tls.getPeerCertificate() gives, less who has issued it */

function describe(certificate) {
    const target = {};

    set(target, 'subject', nameOf(certificate, false));
    set(target, 'issuer', nameOf(certificate, true));
    set(target, 'subjectaltname', text(certificate, ALT_NAMES));
    set(target, 'infoAccess', text(certificate, ACCESS));
    target.ca = native.x509CheckCA(certificate);

    describeKey(target, certificate);

    target.valid_from = text(certificate, FROM);
    target.valid_to = text(certificate, TO);
    set(target, 'fingerprint', text(certificate, SHA1));
    set(target, 'fingerprint256', text(certificate, SHA256));
    set(target, 'fingerprint512', text(certificate, SHA512));
    set(target, 'ext_key_usage', native.x509Usage(certificate));
    set(target, 'serialNumber', text(certificate, SERIAL));
    target.raw = toBuffer(native.x509Raw(certificate));

    return target;
}

class X509Certificate {
    #certificate;
    #issuer;

    /* "chain": who has issued it, who has issued that, and so on */
    static of(certificate, chain, from = 0) {
        const handle = new X509Certificate();

        handle.#certificate = certificate;

        if (chain !== undefined && from < chain.length) {
            handle.#issuer = X509Certificate.of(chain[from], chain, from + 1);
        }

        return handle;
    }

    subject() {
        return text(this.#certificate, SUBJECT);
    }

    issuer() {
        return text(this.#certificate, ISSUER);
    }

    subjectAltName() {
        return text(this.#certificate, ALT_NAMES);
    }

    infoAccess() {
        return text(this.#certificate, ACCESS);
    }

    validFrom() {
        return text(this.#certificate, FROM);
    }

    validTo() {
        return text(this.#certificate, TO);
    }

    fingerprint() {
        return text(this.#certificate, SHA1);
    }

    fingerprint256() {
        return text(this.#certificate, SHA256);
    }

    fingerprint512() {
        return text(this.#certificate, SHA512);
    }

    serialNumber() {
        return text(this.#certificate, SERIAL);
    }

    pem() {
        return text(this.#certificate, PEM);
    }

    keyUsage() {
        return native.x509Usage(this.#certificate);
    }

    raw() {
        return toBuffer(native.x509Raw(this.#certificate));
    }

    publicKey() {
        return KeyObjectHandle.of(PUBLIC, native.x509Key(this.#certificate));
    }

    checkCA() {
        return native.x509CheckCA(this.#certificate);
    }

    checkHost(name, flags) {
        return native.x509Check(this.#certificate, HOST, name, flags);
    }

    checkEmail(name, flags) {
        return native.x509Check(this.#certificate, EMAIL, name, flags);
    }

    checkIP(address, flags) {
        return native.x509Check(this.#certificate, IP, address, flags);
    }

    checkIssued(other) {
        return native.x509CheckIssued(this.#certificate, other.#certificate);
    }

    checkPrivateKey(key) {
        return native.x509CheckKey(this.#certificate,
                                   KeyObjectHandle.raw(key));
    }

    verify(key) {
        return native.x509Verify(this.#certificate, KeyObjectHandle.raw(key));
    }

    toLegacy() {
        return describe(this.#certificate);
    }

    getIssuerCert() {
        return this.#issuer;
    }
}

function parseX509(data) {
    return X509Certificate.of(native.x509Parse(data));
}

module.exports = { __proto__: null, X509Certificate, describe, parseX509 };
