'use strict';

/*
 * Node's async_hooks, whose asynchronous contexts are V8's continuation data:
 * the id of the invocation, or an array of it, a map of what the storages hold,
 * and whether it is of a connection.  V8 carries it over promises, the engine
 * over timers and the like.
 */

const {
  ArrayIsArray,
  FunctionPrototypeBind,
  ObjectDefineProperties,
  ObjectIs,
  ReflectApply,
  SafeMap,
} = primordials;

const original = require('node:async_hooks');
const { validateFunction } = require('internal/validators');

const { find, loop } = internalBinding('invoke');
const { asyncGet, asyncSet } = loop;

function idOf(data) {
  return ArrayIsArray(data) ? data[0] : data;
}

/* what was left by an invocation that is over is work of whoever calls it */

function within(frame, fn, receiver, args) {
  const former = asyncGet();

  if (idOf(frame) !== idOf(former) && find(frame) === undefined) {
    frame = ArrayIsArray(frame) ? [idOf(former), frame[1]] : idOf(former);
  }

  asyncSet(frame);

  try {
    return ReflectApply(fn, receiver, args);
  } finally {
    asyncSet(former);
  }
}

class AsyncResource extends original.AsyncResource {
  #frame = asyncGet();

  runInAsyncScope(fn, thisArg, ...args) {
    return within(this.#frame, super.runInAsyncScope, this,
                  [fn, thisArg, ...args]);
  }

  bind(fn, thisArg) {
    validateFunction(fn, 'fn');

    const resource = this;
    const bound = thisArg === undefined ?
      function(...args) {
        return resource.runInAsyncScope(fn, this, ...args);
      } : FunctionPrototypeBind(this.runInAsyncScope, this, fn, thisArg);

    ObjectDefineProperties(bound, {
      length: {
        __proto__: null,
        configurable: true,
        enumerable: false,
        value: fn.length,
        writable: false,
      },
      asyncResource: {
        __proto__: null,
        configurable: true,
        enumerable: true,
        value: this,
        writable: true,
      },
    });

    return bound;
  }

  static bind(fn, type, thisArg) {
    type = type || fn.name;
    return (new AsyncResource(type || 'bound-anonymous-fn')).bind(fn, thisArg);
  }
}

class AsyncLocalStorage {
  /* a new one makes all stores so far unreachable */
  #key = {};

  static bind(fn) {
    return AsyncResource.bind(fn);
  }

  static snapshot() {
    return AsyncLocalStorage.bind((cb, ...args) => cb(...args));
  }

  #frame(store) {
    const data = asyncGet();
    const stores = new SafeMap(ArrayIsArray(data) ? data[1] : undefined);

    stores.set(this.#key, store);

    return [idOf(data), stores, ArrayIsArray(data) && data[2]];
  }

  disable() {
    this.#key = {};
  }

  enterWith(store) {
    asyncSet(this.#frame(store));
  }

  run(store, callback, ...args) {
    if (ObjectIs(store, this.getStore())) {
      return ReflectApply(callback, null, args);
    }

    return within(this.#frame(store), callback, null, args);
  }

  exit(callback, ...args) {
    return within(this.#frame(undefined), callback, null, args);
  }

  getStore() {
    const data = asyncGet();

    return ArrayIsArray(data) ? data[1]?.get(this.#key) : undefined;
  }
}

module.exports = {
  ...original,
  AsyncLocalStorage,
  AsyncResource,
};
