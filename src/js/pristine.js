'use strict';

/*
 * The language's own objects as they are before any user code runs.  Node's
 * library copies them when it is evaluated, which in a lean context is after
 * a function may have changed them: for that moment they are as here.
 */

const {
    ArrayPrototypePush,
    ObjectDefineProperty,
    ObjectPrototype,
    ReflectDeleteProperty,
    ReflectGetOwnPropertyDescriptor,
    ReflectGetPrototypeOf,
    ReflectOwnKeys,
    Error,
    StringPrototypeIndexOf,
    StringPrototypeSlice,
    Symbol,
    SymbolIterator,
    SymbolPrototypeToString,
} = intrinsics;

const { global } = require('host');

const NAMES = [
    'AggregateError', 'Array', 'ArrayBuffer', 'BigInt', 'BigInt64Array',
    'BigUint64Array', 'Boolean', 'DataView', 'Date', 'Error', 'EvalError',
    'FinalizationRegistry', 'Float32Array', 'Float64Array', 'Function',
    'Int16Array', 'Int32Array', 'Int8Array', 'JSON', 'Map', 'Math', 'Number',
    'Object', 'Promise', 'Proxy', 'RangeError', 'ReferenceError', 'Reflect',
    'RegExp', 'Set', 'String', 'Symbol', 'SyntaxError', 'TypeError',
    'URIError', 'Uint16Array', 'Uint32Array', 'Uint8Array',
    'Uint8ClampedArray', 'WeakMap', 'WeakRef', 'WeakSet', 'decodeURI',
    'decodeURIComponent', 'encodeURI', 'encodeURIComponent', 'escape', 'eval',
    'unescape', 'globalThis',
];

/*
 * What there was, in as few slots as can be, for every lean context holds it:
 * the objects, each followed by the values of its properties (a getter and a
 * setter are two), and their names in one string, a line for each.
 */

const values = [];
let names = '';

function note(object, key) {
    const descriptor = ReflectGetOwnPropertyDescriptor(object, key);
    const data = descriptor.get === undefined && descriptor.set === undefined;

    if (data) {
        ArrayPrototypePush(values, descriptor.value);
    } else {
        ArrayPrototypePush(values, descriptor.get, descriptor.set);
    }

    names += (data ? 'd' : 'a')
             + (typeof key === 'symbol'
                ? StringPrototypeSlice(SymbolPrototypeToString(key), 7, -1)
                : `.${key}`)
             + '\n';
}

function record(object) {
    const keys = ReflectOwnKeys(object);

    ArrayPrototypePush(values, object);
    names += '=\n';

    for (let i = 0; i < keys.length; i++) {
        note(object, keys[i]);
    }
}

function capture() {
    for (let i = 0; i < NAMES.length; i++) {
        const value = global[NAMES[i]];

        if (typeof value === 'object' && value !== global) {
            record(value);

        } else if (typeof value === 'function') {
            record(value);

            if (value.prototype !== undefined) {
                record(value.prototype);
            }
        }
    }

    const typedArray = ReflectGetPrototypeOf(global.Uint8Array);
    const arrayIterator = ReflectGetPrototypeOf([].values());

    record(typedArray);
    record(typedArray.prototype);
    record(arrayIterator);
    record(ReflectGetPrototypeOf(arrayIterator));
    record(ReflectGetPrototypeOf(''[SymbolIterator]()));

    ArrayPrototypePush(values, global);
    names += '=\n';

    for (let i = 0; i < NAMES.length; i++) {
        note(global, NAMES[i]);
    }
}

function same(a, b) {
    return a === b || (a !== a && b !== b);
}

/* makes the changes that bring objects back, and notes how to undo them */

function revert(undo) {
    let object;
    let known;
    let at = 0;

    for (let start = 0; start < names.length;) {
        const end = StringPrototypeIndexOf(names, '\n', start);
        const name = StringPrototypeSlice(names, start, end);

        start = end + 1;

        if (name === '=') {
            hide(undo, object, known);
            object = values[at++];
            known = { __proto__: null };
            continue;
        }

        const key = name[1] === '.' ? StringPrototypeSlice(name, 2)
                    : Symbol[StringPrototypeSlice(name, 8)];
        const now = ReflectGetOwnPropertyDescriptor(object, key);

        known[key] = true;

        if (name[0] === 'd') {
            const value = values[at++];

            if (now === undefined || !same(now.value, value)
                || now.get !== undefined)
            {
                change(undo, object, key, now,
                       { __proto__: null, value, writable: true,
                         enumerable: false, configurable: true });
            }

        } else {
            const get = values[at++];
            const set = values[at++];

            if (now === undefined || now.get !== get || now.set !== set) {
                change(undo, object, key, now,
                       { __proto__: null, get, set, enumerable: false,
                         configurable: true });
            }
        }
    }
}

/*
 * Takes away properties that were not there.  One that cannot go does no harm
 * unless it would be taken for a part of property descriptors.
 */

function hide(undo, object, known) {
    if (object === undefined || object === global) {
        return;
    }

    const keys = ReflectOwnKeys(object);

    for (let i = 0; i < keys.length; i++) {
        const key = keys[i];

        if (known[key] !== undefined) {
            continue;
        }

        const former = ReflectGetOwnPropertyDescriptor(object, key);

        if (put(object, key, undefined)) {
            ArrayPrototypePush(undo, { __proto__: null, object, key,
                                       former: bare(former) });

        } else if (object === ObjectPrototype
                   && (key === 'get' || key === 'set' || key === 'value'
                       || key === 'writable' || key === 'enumerable'
                       || key === 'configurable'))
        {
            throw fixed();
        }
    }
}

function fixed() {
    return new Error('Built-in modules cannot be loaded: a property of the '
                     + "language's own objects was fixed by the function");
}

function bare(descriptor) {
    return descriptor === undefined ? undefined
           : intrinsics.ObjectSetPrototypeOf(descriptor, null);
}

function change(undo, object, key, former, wanted) {
    if (!put(object, key, wanted)) {
        throw fixed();
    }

    ArrayPrototypePush(undo, { __proto__: null, object, key,
                               former: bare(former) });
}

function put(object, key, descriptor) {
    if (descriptor === undefined) {
        return ReflectDeleteProperty(object, key);
    }

    try {
        ObjectDefineProperty(object, key, descriptor);
    } catch {
        return false;
    }

    return true;
}

/* calls fn() while everything is as it was */

function within(fn) {
    const undo = [];

    try {
        revert(undo);
        fn();

    } finally {
        for (let i = undo.length - 1; i >= 0; i--) {
            put(undo[i].object, undo[i].key, undo[i].former);
        }
    }
}

module.exports = { __proto__: null, capture, within };
