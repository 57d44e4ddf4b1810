'use strict';

/*
 * What strips types, over amaro: evaluated in an isolate that does nothing else,
 * never in one of functions.  Of Node's amaro asks for these alone.
 */

const { 0: amaro, 1: wasm, 2: decode, 3: encode } = binding;

class TextDecoder {
    decode(bytes) {
        return bytes === undefined ? '' : decode(bytes);
    }
}

class TextEncoder {
    encodeInto(text, bytes) {
        return { written: encode(text, bytes) };
    }
}

const given = { Buffer: { from: () => wasm }, TextDecoder, TextEncoder };
const loaded = { exports: {} };

amaro(loaded.exports, () => given, loaded);

const { transformSync } = loaded.exports;

/* Whether it was refused, and the text without types, or why, as JSON */

module.exports = (text) => {
    try {
        return [false, transformSync(text, { mode: 'strip-only' }).code];

    } catch (error) {
        if (error?.code === undefined) {
            throw error;
        }

        return [true, JSON.stringify([error.code, error.message,
                                      error.startLine, error.snippet])];
    }
};
