'use strict';

/* The layout of a decoder's state, and the numbers of encodings. */

module.exports = {
    __proto__: null,
    kIncompleteCharactersStart: 0,
    kIncompleteCharactersEnd: 4,
    kMissingBytes: 4,
    kBufferedBytes: 5,
    kEncodingField: 6,
    kNumFields: 7,
    kSize: 7,
    encodings: [
        'ascii',
        'utf8',
        'base64',
        'utf16le',
        'latin1',
        'hex',
        'buffer',
        'base64url',
    ],
};
