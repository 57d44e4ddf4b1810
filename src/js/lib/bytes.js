'use strict';

/* Strings to bytes and back in the encodings that Node's Buffer knows. */

const {
    StringFromCharCode,
    StringPrototypeCharCodeAt,
    StringPrototypeToLowerCase,
    TypeError,
    TypedArrayPrototypeGetLength,
    TypedArrayPrototypeSubarray,
    Uint8Array,
} = intrinsics;

const { nodeError } = require('lib/errors');

const encoding = binding('encoding');

const DIGITS = '0123456789abcdef';
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
                 + '0123456789+/';

/* the plain name of an encoding; undefined, or an error, when unknown */

function normalize(name, strict) {
    switch (name === undefined || name === null || name === '' ? 'utf8'
            : StringPrototypeToLowerCase(`${name}`))
    {
    case 'utf8':
    case 'utf-8':
        return 'utf8';
    case 'ucs2':
    case 'ucs-2':
    case 'utf16le':
    case 'utf-16le':
        return 'utf16le';
    case 'latin1':
    case 'binary':
        return 'latin1';
    case 'ascii':
        return 'ascii';
    case 'hex':
        return 'hex';
    case 'base64':
        return 'base64';
    case 'base64url':
        return 'base64url';
    }

    if (strict) {
        throw nodeError(TypeError, 'ERR_UNKNOWN_ENCODING',
                        `Unknown encoding: ${name}`);
    }

    return undefined;
}

function hex(code) {
    if (code >= 48 && code <= 57) {
        return code - 48;
    }

    code |= 32;

    return code >= 97 && code <= 102 ? code - 87 : -1;
}

/* value of a base64 digit of either alphabet, or -1 */

function sextet(code) {
    if (code >= 65 && code <= 90) {
        return code - 65;
    }

    if (code >= 97 && code <= 122) {
        return code - 71;
    }

    if (code >= 48 && code <= 57) {
        return code + 4;
    }

    return code === 43 || code === 45 ? 62
           : code === 47 || code === 95 ? 63 : -1;
}

function fromHex(text) {
    const bytes = new Uint8Array(text.length >> 1);
    let length = 0;

    for (let i = 0; i + 1 < text.length; i += 2) {
        const high = hex(StringPrototypeCharCodeAt(text, i));
        const low = hex(StringPrototypeCharCodeAt(text, i + 1));

        if (high === -1 || low === -1) {
            break;
        }

        bytes[length++] = high * 16 + low;
    }

    return TypedArrayPrototypeSubarray(bytes, 0, length);
}

function fromBase64(text) {
    const bytes = new Uint8Array((text.length * 3 >> 2) + 3);
    let length = 0;
    let bits = 0;
    let value = 0;

    for (let i = 0; i < text.length; i++) {
        const code = StringPrototypeCharCodeAt(text, i);
        const digit = sextet(code);

        if (code === 61) {
            break;
        }

        if (digit !== -1) {
            value = (value << 6 | digit) & 0xffff;
            bits += 6;

            if (bits >= 8) {
                bits -= 8;
                bytes[length++] = value >> bits & 255;
            }
        }
    }

    return TypedArrayPrototypeSubarray(bytes, 0, length);
}

/* `name` as normalize() gives it */

function fromString(text, name) {
    switch (name) {
    case 'utf8':
        return encoding.toUtf8(text);
    case 'hex':
        return fromHex(text);
    case 'base64':
    case 'base64url':
        return fromBase64(text);
    }

    const wide = name === 'utf16le';
    const bytes = new Uint8Array(wide ? text.length * 2 : text.length);

    for (let i = 0; i < text.length; i++) {
        const code = StringPrototypeCharCodeAt(text, i);

        if (wide) {
            bytes[2 * i] = code & 255;
            bytes[2 * i + 1] = code >> 8;
        } else {
            bytes[i] = code;
        }
    }

    return bytes;
}

function toBase64(bytes, length) {
    let text = '';

    for (let i = 0; i < length; i += 3) {
        const left = length - i;
        const value = bytes[i] << 16 | (left > 1 ? bytes[i + 1] << 8 : 0)
                      | (left > 2 ? bytes[i + 2] : 0);

        text += ALPHABET[value >> 18] + ALPHABET[value >> 12 & 63]
                + (left > 1 ? ALPHABET[value >> 6 & 63] : '=')
                + (left > 2 ? ALPHABET[value & 63] : '=');
    }

    return text;
}

function toString(bytes, name) {
    const length = TypedArrayPrototypeGetLength(bytes);
    let text = '';

    switch (name) {
    case 'utf8':
        return encoding.fromUtf8(bytes);

    case 'base64':
        return toBase64(bytes, length);

    case 'base64url':
        for (const all = toBase64(bytes, length); text.length < all.length; ) {
            const digit = all[text.length];

            if (digit === '=') {
                break;
            }

            text += digit === '+' ? '-' : digit === '/' ? '_' : digit;
        }

        return text;

    case 'hex':
        for (let i = 0; i < length; i++) {
            text += DIGITS[bytes[i] >> 4] + DIGITS[bytes[i] & 15];
        }

        return text;

    case 'utf16le':
        for (let i = 0; i + 1 < length; i += 2) {
            text += StringFromCharCode(bytes[i] | bytes[i + 1] << 8);
        }

        return text;
    }

    for (let i = 0; i < length; i++) {
        text += StringFromCharCode(name === 'ascii' ? bytes[i] & 127
                                   : bytes[i]);
    }

    return text;
}

module.exports = { __proto__: null, fromString, normalize, toString };
