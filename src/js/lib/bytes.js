'use strict';

/*
 * Strings to bytes and back, by the natives of Node's buffer binding, for which
 * nothing of Node's library has to be there.
 */

const { ReflectApply, StringPrototypeToLowerCase, TypeError } = intrinsics;

const { nodeError } = require('lib/errors');

const native = binding('node/buffer');

/* Node's numbers of the encodings */

const ENCODINGS = {
    '__proto__': null,
    'ascii': 0,
    '': 1,
    'utf8': 1,
    'utf-8': 1,
    'base64': 2,
    'ucs2': 3,
    'ucs-2': 3,
    'utf16le': 3,
    'utf-16le': 3,
    'latin1': 4,
    'binary': 4,
    'hex': 5,
    'base64url': 7,
};

function toBytes(text, encoding) {
    const number = ENCODINGS[StringPrototypeToLowerCase(encoding)];

    if (number === undefined) {
        throw nodeError(TypeError, 'ERR_UNKNOWN_ENCODING',
                        `Unknown encoding: ${encoding}`);
    }

    return native.createFromString(text, number);
}

function latin1(bytes) {
    return ReflectApply(native.latin1Slice, bytes, []);
}

function utf16le(bytes) {
    return ReflectApply(native.ucs2Slice, bytes, []);
}

/* changes the bytes, too */

function utf16be(bytes) {
    return utf16le(native.swap16(bytes));
}

module.exports = { __proto__: null, latin1, toBytes, utf16be, utf16le };
