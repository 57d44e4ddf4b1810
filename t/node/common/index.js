'use strict';

/*
 * What Node's tests expect of their test/common, as far as it makes sense in
 * a function.
 */

const assert = require('assert');
const { inspect } = require('util');

const state = globalThis[Symbol.for('invoke.test')];

const noop = () => {};

// the tests of other modules would ask for more of it
const ofCrypto = /\/test-((global-)?(web)?crypto|tls|https)/.test(state?.file);

function where() {
  const error = new Error();
  return error.stack.split('\n').slice(3, 5).join(' ').trim();
}

function counted(fn, criteria, field) {
  if (typeof fn === 'number') {
    criteria = fn;
    fn = noop;
  } else if (fn === undefined) {
    fn = noop;
  }

  criteria ??= 1;

  const label = `${fn.name || 'anonymous'} ${field} ${criteria} at ${where()}`;
  /* many may be made at the same place */
  const call = { toString: () => label };
  let actual = 0;

  if (criteria > 0) {
    state.pending.add(call);
  } else {
    label.length;
  }

  state.exit.unshift(() => {
    if (field === 'exact' ? actual !== criteria : actual < criteria) {
      throw new Error(`Mismatched calls: ${label}, actual ${actual}`);
    }
  });

  function wrapper(...args) {
    actual++;
    if (actual >= criteria) {
      state.pending.delete(call);
    }
    return fn.apply(this, args);
  }

  Object.defineProperties(wrapper, {
    name: { value: fn.name, writable: false, enumerable: false,
            configurable: true },
    length: { value: fn.length, writable: false, enumerable: false,
              configurable: true },
  });

  return wrapper;
}

function mustCall(fn, exact) {
  return counted(fn, exact, 'exact');
}

function mustCallAtLeast(fn, minimum) {
  return counted(fn, minimum, 'minimum');
}

function mustSucceed(fn, exact) {
  return mustCall(function(err, ...args) {
    assert.ifError(err);
    if (typeof fn === 'function') {
      return fn.apply(this, args);
    }
  }, exact);
}

function mustNotCall(message) {
  const at = where();
  return function mustNotCall(...args) {
    const text = `${message || 'function should not have been called'} at ` +
      `${at}${args.length ? ` called with ${inspect(args)}` : ''}`;
    state.failed ??= new Error(text);
    throw new Error(text);
  };
}

function expectsError(validator, exact) {
  return mustCall((...args) => {
    if (args.length !== 1) {
      assert.fail(`Expected one argument, got ${inspect(args)}`);
    }
    const error = args.pop();
    assert.strictEqual(
      Object.prototype.propertyIsEnumerable.call(error, 'message'), false);
    assert.throws(() => { throw error; }, validator);
    return true;
  }, exact);
}

function expectWarning(nameOrMap, expected, code) {
  const map = typeof nameOrMap === 'string' ?
    { [nameOrMap]: typeof expected === 'string' ? [[expected, code]] :
      Array.isArray(expected) && !Array.isArray(expected[0]) ?
        [expected] : expected } : nameOrMap;
  const catches = { __proto__: null };

  for (const name of Object.keys(map)) {
    let list = map[name];
    if (typeof list === 'string') {
      list = [[list]];
    } else if (!Array.isArray(list)) {
      list = Object.entries(list).map(([a, b]) => [b, a]);
    } else if (!Array.isArray(list[0])) {
      list = [list];
    }
    catches[name] = mustCall((warning) => {
      const [message, code] = list.shift();
      assert.strictEqual(warning.name, name);
      if (typeof message === 'string') {
        assert.strictEqual(warning.message, message);
      } else {
        assert.match(warning.message, message);
      }
      assert.strictEqual(warning.code, code);
    }, list.length);
  }

  process.on('warning', (warning) => catches[warning.name]?.(warning));
}

function skip(why) {
  const error = new Error(`skip: ${why}`);
  error.skip = why;
  throw error;
}

function getArrayBufferViews(buf) {
  const { buffer, byteOffset, byteLength } = buf;
  const out = [];
  for (const type of [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array,
                      Uint16Array, Int32Array, Uint32Array, Float32Array,
                      Float64Array, BigInt64Array, BigUint64Array,
                      DataView]) {
    const { BYTES_PER_ELEMENT = 1 } = type;
    if (byteLength % BYTES_PER_ELEMENT === 0) {
      out.push(new type(buffer, byteOffset, byteLength / BYTES_PER_ELEMENT));
    }
  }
  return out;
}

function getBufferSources(buf) {
  return [...getArrayBufferViews(buf), new Uint8Array(buf).buffer];
}

function invalidArgTypeHelper(input) {
  if (input == null) {
    return ` Received ${input}`;
  }
  if (typeof input === 'function' && input.name) {
    return ` Received function ${input.name}`;
  }
  if (typeof input === 'object') {
    if (input.constructor?.name) {
      return ` Received an instance of ${input.constructor.name}`;
    }
    return ` Received ${inspect(input, { depth: -1 })}`;
  }
  let inspected = inspect(input, { colors: false });
  if (inspected.length > 28) {
    inspected = `${inspected.slice(inspected, 0, 25)}...`;
  }
  return ` Received type ${typeof input} (${inspected})`;
}

function mustNotMutateObjectDeep(original) {
  return original;
}

module.exports = {
  PIPE: `${state?.tmp}/${/[^/]*(?=\.js$)/.exec(state?.file)}`,
  allowGlobals: noop,
  bits: 64,
  buildType: 'Release',
  canCreateSymLink: () => false,
  defaultAutoSelectFamilyAttemptTimeout: 250,
  disableCrashOnUnhandledRejection: noop,
  enoughTestMem: true,
  expectWarning,
  expectsError,
  getArrayBufferViews,
  getBufferSources,
  getCallSite: where,
  getTTYfd: () => -1,
  hasCrypto: ofCrypto,
  hasFipsCrypto: false,
  hasIPv6: false,
  hasIntl: true,
  hasMultiLocalhost: () => false,
  hasOpenSSL3: ofCrypto,
  hasQuic: false,
  inFreeBSDJail: false,
  invalidArgTypeHelper,
  isAIX: false,
  isAlive: () => true,
  isDumbTerminal: false,
  isFreeBSD: false,
  isIBMi: false,
  isInsideDirWithUnusualChars: false,
  isLinux: true,
  isLinuxPPCBE: false,
  isMainThread: true,
  isOSX: false,
  isOpenBSD: false,
  isSunOS: false,
  isWindows: false,
  localhostIPv4: '127.0.0.1',
  mustCall,
  mustCallAtLeast,
  mustNotCall,
  mustNotMutateObjectDeep,
  mustSucceed,
  nodeProcessAborted: () => false,
  opensslCli: false,
  platformTimeout: (ms) => ms,
  printSkipMessage: noop,
  requireNoPackageJSONAbove: noop,
  runWithInvalidFD: (fn) => fn(1 << 20),
  skip,
  skipIf32Bits: noop,
  skipIfDumbTerminal: noop,
  skipIfEslintMissing: () => skip('no eslint'),
  skipIfInspectorDisabled: () => skip('no inspector'),
  skipIfReportDisabled: () => skip('no reports'),
  skipIfWorker: noop,
};
