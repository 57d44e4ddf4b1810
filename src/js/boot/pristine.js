'use strict';

/*
 * The language's own objects as they are before any user code runs.  Node's
 * library copies them when it is evaluated, which in a lean context is after
 * a function may have changed them: for that moment they are as here.
 */

const {
    ArrayPrototypeIndexOf,
    ArrayPrototypeJoin,
    ArrayPrototypePush,
    ArrayPrototypeSlice,
    Map,
    MapPrototypeGet,
    MapPrototypeSet,
    ObjectDefineProperty,
    ObjectPrototype,
    ObjectPrototypeHasOwnProperty,
    ReflectDeleteProperty,
    ReflectGetOwnPropertyDescriptor,
    ReflectGetPrototypeOf,
    ReflectOwnKeys,
    Error,
    StringPrototypeIndexOf,
    StringPrototypeSlice,
    StringPrototypeToUpperCase,
    Symbol,
    SymbolIterator,
    SymbolPrototypeToString,
} = intrinsics;

const host = require('host');

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

/* of them, those of which primordials.js makes a class with all properties */
const WHOLE = [
    'FinalizationRegistry', 'Map', 'Promise', 'Set', 'WeakMap', 'WeakRef',
    'WeakSet',
];

/* what copying takes, besides what is copied, by names of the same form */
const TOOLS = [
    'ArrayIteratorPrototypeNext', 'ArrayPrototypeForEach',
    'ArrayPrototypeIncludes', 'ArrayPrototypeSymbolIterator',
    'FunctionPrototypeApply', 'FunctionPrototypeBind', 'FunctionPrototypeCall',
    'ReflectDefineProperty', 'ReflectGetOwnPropertyDescriptor',
    'ReflectGetPrototypeOf', 'ReflectOwnKeys', 'StringPrototypeSlice',
    'StringPrototypeToUpperCase', 'SymbolPrototypeGetDescription',
];

/* what a property descriptor inherits, if Object.prototype has it */
const ATTRIBUTES = [
    'configurable', 'enumerable', 'get', 'set', 'value', 'writable',
];

const { global } = host;

/*
 * What there was of what is copied, in as few slots as can be, for every lean
 * context holds it: the objects, each followed by the values of its properties
 * (a getter and a setter are two), and their names in one string, a line for
 * each, in capitals what a class has and the copies do not.
 */

const values = [];
const lines = [];

/* names of copies -> true */
const wanted = { __proto__: null };

function note(object, key, copied) {
    const descriptor = ReflectGetOwnPropertyDescriptor(object, key);
    const data = descriptor.get === undefined && descriptor.set === undefined;

    if (data) {
        ArrayPrototypePush(values, descriptor.value);
    } else {
        ArrayPrototypePush(values, descriptor.get, descriptor.set);
    }

    ArrayPrototypePush(lines, (copied ? data ? 'd' : 'a' : data ? 'D' : 'A')
        + (typeof key === 'symbol'
           ? StringPrototypeSlice(SymbolPrototypeToString(key), 7, -1)
           : `.${key}`));
}

/* Whether the copy of a property, as Node's primordials.js names it, is used. */

function used(prefix, key) {
    let name = key;
    let mark = '';

    if (typeof key === 'symbol') {
        name = StringPrototypeSlice(SymbolPrototypeToString(key), 14, -1);
        mark = 'Symbol';
    }

    name = mark + StringPrototypeToUpperCase(name[0])
           + StringPrototypeSlice(name, 1);

    return wanted[prefix + name] || wanted[`${prefix}${name}Apply`]
           || wanted[`${prefix}Get${name}`] || wanted[`${prefix}Set${name}`];
}

function record(object, prefix, whole) {
    const keys = ReflectOwnKeys(object);
    let none = true;

    for (let i = 0; i < keys.length; i++) {
        const copied = used(prefix, keys[i]);

        if (!copied && !whole) {
            continue;
        }

        if (none) {
            none = false;
            ArrayPrototypePush(values, object);
            ArrayPrototypePush(lines, '=');
        }

        note(object, keys[i], copied);
    }
}

function capture() {
    const lists = [require('node/names').primordials, TOOLS];

    for (let i = 0; i < lists.length; i++) {
        for (let k = 0; k < lists[i].length; k++) {
            wanted[lists[i][k]] = true;
        }
    }

    for (let i = 0; i < NAMES.length; i++) {
        const name = NAMES[i];
        const value = global[name];
        const whole = ArrayPrototypeIndexOf(WHOLE, name) >= 0;

        if (typeof value === 'object' && value !== global) {
            record(value, name, whole);

        } else if (typeof value === 'function') {
            record(value, name, whole);

            if (value.prototype !== undefined) {
                record(value.prototype, `${name}Prototype`, whole);
            }
        }
    }

    const typedArray = ReflectGetPrototypeOf(global.Uint8Array);
    const arrayIterator = ReflectGetPrototypeOf([].values());

    record(typedArray, 'TypedArray', false);
    record(typedArray.prototype, 'TypedArrayPrototype', false);
    record(arrayIterator, 'ArrayIteratorPrototype', false);
    record(ReflectGetPrototypeOf(''[SymbolIterator]()),
           'StringIteratorPrototype', false);

    ArrayPrototypePush(values, global);
    ArrayPrototypePush(lines, '=');

    for (let i = 0; i < NAMES.length; i++) {
        note(global, NAMES[i], true);
    }

    /* the array has room for more no longer */
    host.pristine = {
        __proto__: null,
        values: ArrayPrototypeSlice(values),
        names: ArrayPrototypeJoin(lines, '\n') + '\n',
    };
}

function same(a, b) {
    return a === b || (a !== a && b !== b);
}

/*
 * Makes the changes that bring objects back, and notes how to undo them. Gives
 * the recorded keys of each object: those to copy, and all of them.
 */

function revert(undo) {
    const { values, names } = host.pristine;
    const known = new Map();
    let object;
    let recorded;
    let at = 0;

    for (let i = 0; i < ATTRIBUTES.length; i++) {
        const key = ATTRIBUTES[i];
        const now = ReflectGetOwnPropertyDescriptor(ObjectPrototype, key);

        if (now !== undefined) {
            change(undo, ObjectPrototype, key, now, undefined);
        }
    }

    for (let start = 0; start < names.length;) {
        const end = StringPrototypeIndexOf(names, '\n', start);
        const name = StringPrototypeSlice(names, start, end);

        start = end + 1;

        if (name === '=') {
            object = values[at++];
            recorded = { __proto__: null, copied: [], all: [] };
            MapPrototypeSet(known, object, recorded);
            continue;
        }

        const key = name[1] === '.' ? StringPrototypeSlice(name, 2)
                    : Symbol[StringPrototypeSlice(name, 8)];
        const now = ReflectGetOwnPropertyDescriptor(object, key);

        ArrayPrototypePush(recorded.all, key);

        if (name[0] === 'd' || name[0] === 'a') {
            ArrayPrototypePush(recorded.copied, key);
        }

        if (name[0] === 'd' || name[0] === 'D') {
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

    return known;
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

/*
 * Who takes Reflect.ownKeys() next, which primordials.js does first of all,
 * gets one that shows what was recorded, and no more but the key of the objects
 * in which primordials.js hands prototypes on.
 */

function narrow(undo, known) {
    const { Reflect } = global;
    const former = bare(ReflectGetOwnPropertyDescriptor(Reflect, 'ownKeys'));

    const value = (object) => {
        const recorded = MapPrototypeGet(known, object);

        put(Reflect, 'ownKeys', former);

        if (recorded === undefined) {
            return ObjectPrototypeHasOwnProperty(object, 'prototype')
                   ? ['prototype'] : [];
        }

        /* the classes come last */
        const keys = recorded.copied;

        recorded.copied = recorded.all;

        return keys;
    };

    /* where it is fixed, more is copied than is used */
    if (put(Reflect, 'ownKeys', { __proto__: null, value })) {
        ArrayPrototypePush(undo, { __proto__: null, object: Reflect,
                                   key: 'ownKeys', former });
    }
}

/* Calls fn(), for once, while everything that was recorded is as it was. */

function within(fn) {
    const undo = [];

    try {
        narrow(undo, revert(undo));
        fn();

        host.pristine = undefined;

    } finally {
        for (let i = undo.length - 1; i >= 0; i--) {
            put(undo[i].object, undo[i].key, undo[i].former);
        }
    }
}

module.exports = { __proto__: null, capture, within };
