'use strict';

/*
 * CompressionStream and DecompressionStream, with the formats that came after
 * Node 18: "deflate-raw" and "brotli".
 */

const { ObjectDefineProperties } = primordials;

const {
  codes: { ERR_INVALID_ARG_VALUE, ERR_INVALID_THIS },
} = require('internal/errors');
const {
  customInspectSymbol,
  kEnumerableProperty,
} = require('internal/util');
const { customInspect } = require('internal/webstreams/util');

/* format -> what makes the stream of zlib, to compress and back */

const FORMATS = {
  '__proto__': null,
  'brotli': ['createBrotliCompress', 'createBrotliDecompress'],
  'deflate': ['createDeflate', 'createInflate'],
  'deflate-raw': ['createDeflateRaw', 'createInflateRaw'],
  'gzip': ['createGzip', 'createGunzip'],
};

function pairOf(format, which) {
  const makers = FORMATS[`${format}`];

  if (makers === undefined) {
    throw new ERR_INVALID_ARG_VALUE('format', format);
  }

  const { newReadableWritablePairFromDuplex } = require(
    'internal/webstreams/adapters');

  return newReadableWritablePairFromDuplex(require('zlib')[makers[which]]());
}

class CompressionStream {
  #pair;

  constructor(format) {
    this.#pair = pairOf(format, 0);
  }

  static #of(value) {
    if (typeof value !== 'object' || value === null || !(#pair in value)) {
      throw new ERR_INVALID_THIS('CompressionStream');
    }

    return value.#pair;
  }

  get readable() {
    return CompressionStream.#of(this).readable;
  }

  get writable() {
    return CompressionStream.#of(this).writable;
  }

  [customInspectSymbol](depth, options) {
    return customInspect(depth, options, 'CompressionStream',
                         CompressionStream.#of(this));
  }
}

class DecompressionStream {
  #pair;

  constructor(format) {
    this.#pair = pairOf(format, 1);
  }

  static #of(value) {
    if (typeof value !== 'object' || value === null || !(#pair in value)) {
      throw new ERR_INVALID_THIS('DecompressionStream');
    }

    return value.#pair;
  }

  get readable() {
    return DecompressionStream.#of(this).readable;
  }

  get writable() {
    return DecompressionStream.#of(this).writable;
  }

  [customInspectSymbol](depth, options) {
    return customInspect(depth, options, 'DecompressionStream',
                         DecompressionStream.#of(this));
  }
}

const accessors = {
  __proto__: null,
  readable: kEnumerableProperty,
  writable: kEnumerableProperty,
};

ObjectDefineProperties(CompressionStream.prototype, accessors);
ObjectDefineProperties(DecompressionStream.prototype, accessors);

module.exports = { CompressionStream, DecompressionStream };
