'use strict';

/*
 * What undici's fetch() has of stream. The body of an answer is read by one
 * iterator, piece by piece, for which it needs no Readable, unless it is decoded
 * on its way.
 */

const {
  ArrayPrototypePush,
  ArrayPrototypeShift,
  Promise,
  PromiseReject,
  PromiseResolve,
  SymbolAsyncIterator,
  TypedArrayPrototypeGetByteLength,
} = primordials;

/* as much as a Readable takes before it says that it is enough */
const ENOUGH = 16384;

let decoded;

class Answer {
  #read;
  #pieces = [];
  #size = 0;
  #waiting = null;
  #ended = false;
  #failed = false;
  #error = undefined;
  #stream = null;

  constructor({ read }) {
    this.#read = read;
  }

  static {
    decoded = (answer) => {
      const { Readable } = require('stream');

      return answer.#stream = new Readable({ read: answer.#read });
    };
  }

  /* it fails by destroy() alone, whose caller knows the error */

  on() {
    return this;
  }

  push(piece) {
    if (this.#stream !== null) {
      return this.#stream.push(piece);
    }

    if (this.#ended) {
      return false;
    }

    if (piece === null) {
      this.#ended = true;
      this.#waiting?.resolve({ value: undefined, done: true });
      this.#waiting = null;
      return false;
    }

    if (typeof piece === 'string') {
      piece = require('buffer').Buffer.from(piece);
    }

    if (this.#waiting !== null) {
      const { resolve } = this.#waiting;

      this.#waiting = null;
      resolve({ value: piece, done: false });
      return true;
    }

    ArrayPrototypePush(this.#pieces, piece);
    this.#size += TypedArrayPrototypeGetByteLength(piece);

    return this.#size < ENOUGH;
  }

  destroy(error) {
    if (this.#stream !== null) {
      this.#stream.destroy(error);

    } else if (!this.#failed) {
      this.#ended = true;
      this.#failed = true;
      this.#error = error;
      this.#pieces = [];
      this.#waiting?.reject(error);
      this.#waiting = null;
    }
  }

  [SymbolAsyncIterator]() {
    return this;
  }

  next() {
    if (this.#pieces.length !== 0) {
      const value = ArrayPrototypeShift(this.#pieces);

      this.#size -= TypedArrayPrototypeGetByteLength(value);

      if (this.#size === 0 && !this.#ended) {
        this.#read();
      }

      return PromiseResolve({ value, done: false });
    }

    if (this.#failed) {
      return PromiseReject(this.#error);
    }

    if (this.#ended) {
      return PromiseResolve({ value: undefined, done: true });
    }

    return new Promise((resolve, reject) => {
      this.#waiting = { __proto__: null, resolve, reject };
      this.#read();
    });
  }
}

module.exports = {
  Readable: Answer,

  finished(...args) {
    return require('stream').finished(...args);
  },

  pipeline(answer, ...streams) {
    return require('stream').pipeline(decoded(answer), ...streams);
  },
};
