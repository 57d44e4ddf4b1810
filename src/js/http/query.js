'use strict';

/* Flat query strings, by the rules of Node's querystring.parse. */

const {
    ArrayIsArray,
    ArrayPrototypePush,
    ObjectPrototypeHasOwnProperty,
    StringPrototypeCharCodeAt,
    StringPrototypeIndexOf,
    StringPrototypeSlice,
    Uint8Array,
    TypedArrayPrototypeSubarray,
    decodeURIComponent,
} = intrinsics;

const { blanks, put } = require('lib/pairs');

const encoding = binding('encoding');

const MAX_KEYS = 1000;
const PERCENT = 37;
const PLUS = 43;

/* the value, or an array of it and the former ones */

function add(object, name, value) {
    if (!ObjectPrototypeHasOwnProperty(object, name)) {
        put(object, name, value);
        return;
    }

    const former = object[name];

    if (ArrayIsArray(former)) {
        ArrayPrototypePush(former, value);
    } else {
        put(object, name, [former, value]);
    }
}

function hex(code) {
    if (code >= 48 && code <= 57) {
        return code - 48;
    }

    code |= 32;

    return code >= 97 && code <= 102 ? code - 87 : -1;
}

/* what decodeURIComponent refuses: byte by byte, bad escapes as they are */

function decodeBytes(text) {
    const bytes = new Uint8Array(text.length);
    let length = 0;

    for (let i = 0; i < text.length; i++) {
        let code = StringPrototypeCharCodeAt(text, i);

        if (code === PERCENT && i + 2 < text.length) {
            const high = hex(StringPrototypeCharCodeAt(text, i + 1));
            const low = hex(StringPrototypeCharCodeAt(text, i + 2));

            if (high !== -1 && low !== -1) {
                code = high * 16 + low;
                i += 2;
            }
        }

        bytes[length++] = code;
    }

    return encoding.fromUtf8(TypedArrayPrototypeSubarray(bytes, 0, length));
}

/* only what has at least one right escape is decoded at all */

function decode(text, start, end) {
    let plus = false;
    let escaped = false;

    for (let i = start; i < end; i++) {
        const code = StringPrototypeCharCodeAt(text, i);

        if (code === PLUS) {
            plus = true;

        } else if (code === PERCENT && i + 2 < end
                   && hex(StringPrototypeCharCodeAt(text, i + 1)) !== -1
                   && hex(StringPrototypeCharCodeAt(text, i + 2)) !== -1)
        {
            escaped = true;
        }
    }

    text = StringPrototypeSlice(text, start, end);

    if (plus) {
        text = blanks(text);
    }

    if (!escaped) {
        return text;
    }

    try {
        return decodeURIComponent(text);
    } catch {
        return decodeBytes(text);
    }
}

/* `text` without its "?" */

function parse(text) {
    const result = {};
    const { length } = text;
    let start = 0;

    /* empty ones count, too */

    for (let n = 0; start < length && n < MAX_KEYS; n++) {
        let end = StringPrototypeIndexOf(text, '&', start);

        if (end === -1) {
            end = length;
        }

        if (end > start) {
            let equals = StringPrototypeIndexOf(text, '=', start);

            if (equals === -1 || equals > end) {
                equals = end;
            }

            add(result, decode(text, start, equals),
                equals < end ? decode(text, equals + 1, end) : '');
        }

        start = end + 1;
    }

    return result;
}

module.exports = () => ({ __proto__: null, parse });
