'use strict';

/* Classes of events that the web has and Node does not. */

const { SymbolToStringTag } = primordials;

const { Event } = require('internal/event_target');
const { kEmptyObject } = require('internal/util');
const {
  codes: { ERR_MISSING_ARGS, ERR_MISSING_OPTION },
} = require('internal/errors');

class ErrorEvent extends Event {
  #message;
  #filename;
  #lineno;
  #colno;
  #error;

  constructor(type, init = kEmptyObject) {
    if (arguments.length === 0) {
      throw new ERR_MISSING_ARGS('type');
    }

    super(type, init);

    const { message = '', filename = '', lineno = 0, colno = 0,
            error } = init;

    this.#message = `${message}`;
    this.#filename = `${filename}`;
    this.#lineno = lineno >>> 0;
    this.#colno = colno >>> 0;
    this.#error = error;
  }

  get message() {
    return this.#message;
  }

  get filename() {
    return this.#filename;
  }

  get lineno() {
    return this.#lineno;
  }

  get colno() {
    return this.#colno;
  }

  get error() {
    return this.#error;
  }

  get [SymbolToStringTag]() {
    return 'ErrorEvent';
  }
}

class PromiseRejectionEvent extends Event {
  #promise;
  #reason;

  constructor(type, init) {
    if (arguments.length < 2) {
      throw new ERR_MISSING_ARGS('type', 'init');
    }

    super(type, init);

    if (init.promise === undefined) {
      throw new ERR_MISSING_OPTION('init.promise');
    }

    this.#promise = init.promise;
    this.#reason = init.reason;
  }

  get promise() {
    return this.#promise;
  }

  get reason() {
    return this.#reason;
  }

  get [SymbolToStringTag]() {
    return 'PromiseRejectionEvent';
  }
}

module.exports = { ErrorEvent, PromiseRejectionEvent };
