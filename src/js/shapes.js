'use strict';

/*
 * How inspect() shows a kind of object: its name, text before its properties,
 * keys, braces.
 */

const {
    ArrayBufferPrototypeGetByteLength,
    ArrayIsArray,
    ArrayPrototypeIndexOf,
    ArrayPrototypePush,
    ArrayPrototypeSplice,
    ArrayPrototypeUnshift,
    BigIntPrototypeValueOf,
    BooleanPrototypeValueOf,
    DatePrototypeGetTime,
    DatePrototypeToISOString,
    Error,
    ErrorPrototypeToString,
    FunctionPrototypeToString,
    Map,
    MapPrototypeGetSize,
    NumberIsNaN,
    NumberPrototypeValueOf,
    ObjectGetOwnPropertyDescriptor,
    ObjectPrototypeHasOwnProperty,
    ObjectPrototypePropertyIsEnumerable,
    ObjectPrototypeToString,
    ReflectGetPrototypeOf,
    ReflectOwnKeys,
    RegExpPrototypeExec,
    RegExpPrototypeGetSource,
    RegExpPrototypeToString,
    SetPrototypeGetSize,
    String,
    StringPrototypeEndsWith,
    StringPrototypeIncludes,
    StringPrototypeIndexOf,
    StringPrototypeSlice,
    StringPrototypeStartsWith,
    StringPrototypeToString,
    SymbolPrototypeValueOf,
    TypedArrayPrototypeGetLength,
    TypedArrayPrototypeGetSymbolToStringTag,
} = intrinsics;

const { formatPrimitive, indentLines } = require('primitives');

/* types of entries */
const OBJECT = 0;
const EXTRAS = 2;

/* whether a native method accepts the value: tells what it is */

function is(method, value) {
    try {
        method(value);
        return true;
    } catch {
        return false;
    }
}

/* the name of the constructor; null for objects without a prototype */

function constructorName(value) {
    for (let object = value; object !== null;
         object = ReflectGetPrototypeOf(object))
    {
        const descriptor = ObjectGetOwnPropertyDescriptor(object,
                                                          'constructor');

        if (descriptor !== undefined
            && typeof descriptor.value === 'function'
            && typeof descriptor.value.name === 'string'
            && descriptor.value.name !== '' && isInstance(value,
                                                          descriptor.value))
        {
            return descriptor.value.name;
        }
    }

    const first = ReflectGetPrototypeOf(value);

    if (first === null) {
        return null;
    }

    const outer = constructorName(first);

    return outer === null
           ? 'Object <[Object: null prototype] {}>'
           : `Object <${outer}>`;
}

function isInstance(value, constructor) {
    try {
        return value instanceof constructor;
    } catch {
        return false;
    }
}

function prefix(constructor, tag, fallback, size) {
    if (constructor === null) {
        return `[${fallback}${size}: null prototype] `
               + (tag !== '' && fallback !== tag ? `[${tag}] ` : '');
    }

    return tag !== '' && constructor !== tag
           ? `${constructor}${size} [${tag}] ` : `${constructor}${size} `;
}

function ownKeys(ctx, value, indexes) {
    const all = ReflectOwnKeys(value);
    const keys = [];

    for (let i = 0; i < all.length; i++) {
        const key = all[i];

        if ((ctx.showHidden || ObjectPrototypePropertyIsEnumerable(value, key))
            && (indexes || typeof key === 'symbol'
                || RegExpPrototypeExec(/^(?:0|[1-9]\d*)$/, key) === null)
            && (indexes || key !== 'length'
                || !ArrayIsArray(value)))
        {
            ArrayPrototypePush(keys, key);
        }
    }

    return keys;
}

/*
 * What is particular to a kind of object: keys to show, how it opens and
 * closes, text before its properties, entries of its own.
 */

class Shape {
    keys;
    base = '';
    open;
    close = '}';
    entries = null;
    type = OBJECT;

    /* complete without the braces when there are no keys */
    bare = false;

    constructor(keys, open) {
        this.keys = keys;
        this.open = open;
    }
}

function shapeOf(ctx, value, constructor, tag) {
    if (ArrayIsArray(value)) {
        const shape = new Shape(ownKeys(ctx, value, false),
            `${constructor !== 'Array' || tag !== ''
               ? prefix(constructor, tag, 'Array', `(${value.length})`)
               : ''}[`);

        shape.close = ']';
        shape.type = EXTRAS;
        shape.entries = value.length === 0 ? null : 'array';

        return shape;
    }

    if (typeof value === 'function') {
        const shape = new Shape(ownKeys(ctx, value, true), '{');

        shape.base = functionBase(value, constructor, tag);
        shape.bare = true;

        return shape;
    }

    const typed = TypedArrayPrototypeGetSymbolToStringTag(value);

    if (typed !== undefined) {
        const length = TypedArrayPrototypeGetLength(value);
        const shape = new Shape(ownKeys(ctx, value, false),
            `${prefix(constructor, tag, typed, `(${length})`)}[`);

        shape.close = ']';
        shape.type = EXTRAS;
        shape.entries = length === 0 ? null : 'typed';

        return shape;
    }

    const keys = ownKeys(ctx, value, true);

    if (is(MapPrototypeGetSize, value)) {
        const size = MapPrototypeGetSize(value);
        const shape = new Shape(keys, `${prefix(constructor, tag, 'Map',
                                                `(${size})`)}{`);

        shape.entries = size === 0 ? null : 'map';

        return shape;
    }

    if (is(SetPrototypeGetSize, value)) {
        const size = SetPrototypeGetSize(value);
        const shape = new Shape(keys, `${prefix(constructor, tag, 'Set',
                                                `(${size})`)}{`);

        shape.entries = size === 0 ? null : 'set';

        return shape;
    }

    return otherShape(ctx, value, constructor, tag, keys);
}

function otherShape(ctx, value, constructor, tag, keys) {
    const kind = ObjectPrototypeToString(value);
    let base;

    if (constructor === 'Object') {
        return new Shape(keys, kind === '[object Arguments]' ? '[Arguments] {'
                               : tag === '' ? '{'
                                 : `${prefix(constructor, tag, '', '')}{`);
    }

    if (is(RegExpPrototypeGetSource, value) && kind === '[object RegExp]') {
        base = named(RegExpPrototypeToString(value), constructor, tag,
                     'RegExp');

    } else if (is(DatePrototypeGetTime, value)) {
        base = named(NumberIsNaN(DatePrototypeGetTime(value)) ? 'Invalid Date'
                     : DatePrototypeToISOString(value), constructor, tag,
                     'Date');

    } else if (kind === '[object Error]' || value instanceof Error) {
        base = errorBase(ctx, value, constructor, tag, keys);

    } else if (is(ArrayBufferPrototypeGetByteLength, value)) {
        const shape = new Shape(keys, `${prefix(constructor, tag,
                                                'ArrayBuffer', '')}{`);

        ArrayPrototypeUnshift(keys, 'byteLength');
        shape.entries = 'buffer';

        return shape;

    } else if (kind === '[object DataView]') {
        ArrayPrototypeUnshift(keys, 'byteLength', 'byteOffset', 'buffer');
        return new Shape(keys, `${prefix(constructor, tag, 'DataView', '')}{`);

    } else if (kind === '[object WeakMap]' || kind === '[object WeakSet]') {
        const shape = new Shape(keys, `${prefix(constructor, tag,
                                                'Object', '')}{`);

        shape.entries = 'unknown';

        return shape;

    } else {
        base = boxedBase(ctx, value, constructor, tag, keys);
    }

    if (base !== undefined) {
        const shape = new Shape(keys, '{');

        shape.base = base;
        shape.bare = true;

        return shape;
    }

    return new Shape(keys, `${prefix(constructor, tag, 'Object', '')}{`);
}

function named(base, constructor, tag, fallback) {
    const name = prefix(constructor, tag, fallback, '');

    return name === `${fallback} ` ? base : name + base;
}

function boxedBase(ctx, value, constructor, tag, keys) {
    let type;
    let primitive;

    if (is(NumberPrototypeValueOf, value)) {
        type = 'Number';
        primitive = NumberPrototypeValueOf(value);

    } else if (is(StringPrototypeToString, value)) {
        type = 'String';
        primitive = StringPrototypeToString(value);
        ArrayPrototypeSplice(keys, 0, primitive.length);

    } else if (is(BooleanPrototypeValueOf, value)) {
        type = 'Boolean';
        primitive = BooleanPrototypeValueOf(value);

    } else if (is(BigIntPrototypeValueOf, value)) {
        type = 'BigInt';
        primitive = BigIntPrototypeValueOf(value);

    } else if (is(SymbolPrototypeValueOf, value)) {
        type = 'Symbol';
        primitive = SymbolPrototypeValueOf(value);

    } else {
        return undefined;
    }

    return `[${type}${type === constructor ? '' : constructor === null
                      ? ' (null prototype)' : ` (${constructor})`}: `
           + `${formatPrimitive(ctx, primitive)}]`
           + (tag !== '' && tag !== constructor ? ` [${tag}]` : '');
}

function functionBase(value, constructor, tag) {
    const source = FunctionPrototypeToString(value);
    const name = ObjectPrototypeHasOwnProperty(value, 'name') ? value.name
                 : '';

    if (RegExpPrototypeExec(/^class(?:\s|\{)/, source) !== null) {
        const parent = ReflectGetPrototypeOf(value);

        return `[class ${name || '(anonymous)'}`
               + (constructor !== 'Function' && constructor !== null
                  ? ` [${constructor}]` : '')
               + (tag !== '' && constructor !== tag ? ` [${tag}]` : '')
               + (constructor === null ? ' extends [null prototype]'
                  : parent?.name ? ` extends ${parent.name}` : '')
               + ']';
    }

    /* AsyncFunction and the like are told by the tag of their prototype */

    const type = tag !== '' && StringPrototypeEndsWith(tag, 'Function') ? tag
                 : 'Function';

    return `[${type}${constructor === null ? ' (null prototype)' : ''}`
           + (name === '' || name === undefined ? ' (anonymous)'
              : `: ${String(name)}`) + ']'
           + (constructor !== type && constructor !== null
              ? ` ${constructor}` : '')
           + (tag !== '' && constructor !== tag ? ` [${tag}]` : '');
}

function stackOf(error) {
    const { stack } = error;

    return stack ? String(stack) : ErrorPrototypeToString(error);
}

function errorBase(ctx, error, constructor, tag, keys) {
    const name = error.name === undefined || error.name === null ? 'Error'
                 : String(error.name);
    let stack = stackOf(error);

    if (!ctx.showHidden) {
        hideTold(keys, error, stack, 'name');
        hideTold(keys, error, stack, 'message');
        hideTold(keys, error, stack, 'stack');
    }

    if ('cause' in error && ArrayPrototypeIndexOf(keys, 'cause') === -1) {
        ArrayPrototypePush(keys, 'cause');
    }

    if (ArrayIsArray(error.errors)
        && ArrayPrototypeIndexOf(keys, 'errors') === -1)
    {
        ArrayPrototypePush(keys, 'errors');
    }

    /* the class where the stack tells only the name of a base */

    if (StringPrototypeEndsWith(name, 'Error')
        && StringPrototypeStartsWith(stack, name)
        && (stack.length === name.length || stack[name.length] === ':'
            || stack[name.length] === '\n'))
    {
        const better = StringPrototypeSlice(prefix(constructor, tag, 'Error',
                                                   ''), 0, -1);
        const rest = StringPrototypeSlice(stack, name.length);

        if (name !== better) {
            stack = StringPrototypeIncludes(better, name) ? better + rest
                    : `${better} [${name}]${rest}`;
        }
    }

    const message = typeof error.message === 'string' ? error.message : '';
    const told = message === '' ? -1 : StringPrototypeIndexOf(stack, message);
    const frames = StringPrototypeIndexOf(stack, '\n    at',
                       told === -1 ? 0 : told + message.length);

    if (frames === -1) {
        stack = `[${stack}]`;
    }

    return indentLines(stack, ctx.indentation);
}

function hideTold(keys, error, stack, name) {
    const index = ArrayPrototypeIndexOf(keys, name);

    if (index !== -1 && StringPrototypeIncludes(stack, String(error[name]))) {
        ArrayPrototypeSplice(keys, index, 1);
    }
}

module.exports = {
    __proto__: null,
    EXTRAS,
    OBJECT,
    constructorName,
    prefix,
    shapeOf,
};
