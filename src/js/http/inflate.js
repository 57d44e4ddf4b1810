'use strict';

/* Bodies with a Content-Encoding, as body-parser takes them. */

const {
    ArrayPrototypePush,
    Error,
    TypedArrayPrototypeGetLength,
    TypedArrayPrototypeSet,
    TypedArrayPrototypeSubarray,
    Uint32Array,
    Uint8Array,
} = intrinsics;

const { define } = require('lib/errors');
const { BAD_REQUEST, BODY_TOO_LARGE } = require('run/constants');

const native = binding('node/zlib');

/* encoding -> Node's mode, and the flush that tells the end */

const MODES = {
    __proto__: null,
    br: [8, 2],
    deflate: [2, 4],
    gzip: [4, 4],
};

const PIECE = 65536;

/* what comes out at most, in bytes */
const LIMIT = 10 * 1024 * 1024;

function supported(encoding) {
    return MODES[encoding] !== undefined;
}

function tooLarge() {
    const { requestError } = require('lib/thrown');
    const error = requestError(Error, BODY_TOO_LARGE, 413, 'entity.too.large',
                               'request entity too large', inflate);

    define(error, 'limit', LIMIT);

    return error;
}

function failed({ 0: message, 1: errno, 2: code }) {
    const { requestError } = require('lib/thrown');
    const error = requestError(Error, BAD_REQUEST, 400, 'encoding.failed',
                               message, inflate);

    define(error, 'errno', errno);
    define(error, 'code', code);

    return error;
}

function join(pieces, length) {
    const all = new Uint8Array(length);
    let at = 0;

    for (let i = 0; i < pieces.length; i++) {
        TypedArrayPrototypeSet(all, pieces[i], at);
        at += TypedArrayPrototypeGetLength(pieces[i]);
    }

    return all;
}

function run(stream, bytes, flush) {
    const size = TypedArrayPrototypeGetLength(bytes);
    const left = new Uint32Array(2);
    const pieces = [];
    let length = 0;

    left[1] = size;

    for (;;) {
        const piece = new Uint8Array(PIECE);
        const error = native.write(stream, flush, bytes, size - left[1],
                                   left[1], piece, 0, PIECE, left);

        if (error !== undefined) {
            throw failed(error);
        }

        const made = PIECE - left[0];

        length += made;

        if (length > LIMIT || !native.hasRoom(length)) {
            throw tooLarge();
        }

        ArrayPrototypePush(pieces,
                           TypedArrayPrototypeSubarray(piece, 0, made));

        if (left[0] !== 0) {
            return join(pieces, length);
        }
    }
}

function inflate(bytes, encoding) {
    const { 0: mode, 1: flush } = MODES[encoding];
    const stream = native.create(mode);

    if (encoding === 'br') {
        native.initBrotli(stream, new Uint32Array(0));
    } else {
        native.init(stream, 15, 0, 0, 0, undefined);
    }

    try {
        return run(stream, bytes, flush);
    } finally {
        native.close(stream);
    }
}

module.exports = { __proto__: null, inflate, supported };
