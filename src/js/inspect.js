'use strict';

/* Values as text: what Node's util.inspect gives for what programs print. */

const {
    ArrayIsArray,
    ArrayPrototypeIndexOf,
    ArrayPrototypeJoin,
    ArrayPrototypePop,
    ArrayPrototypePush,
    ArrayPrototypeSplice,
    ArrayPrototypeUnshift,
    ArrayBufferPrototypeGetByteLength,
    BigIntPrototypeValueOf,
    BooleanPrototypeValueOf,
    DatePrototypeGetTime,
    DatePrototypeToISOString,
    Error,
    ErrorPrototypeToString,
    FunctionPrototypeToString,
    Map,
    MapPrototypeForEach,
    MapPrototypeGet,
    MapPrototypeGetSize,
    MapPrototypeSet,
    MathFloor,
    MathMax,
    MathMin,
    MathRound,
    MathSqrt,
    NumberIsNaN,
    NumberPrototypeToString,
    NumberPrototypeValueOf,
    ObjectGetOwnPropertyDescriptor,
    ObjectIs,
    ObjectKeys,
    ObjectPrototypeHasOwnProperty,
    ObjectPrototypePropertyIsEnumerable,
    ObjectPrototypeToString,
    ReflectApply,
    ReflectGetPrototypeOf,
    ReflectOwnKeys,
    RegExpPrototypeExec,
    RegExpPrototypeGetSource,
    RegExpPrototypeToString,
    SetPrototypeForEach,
    SetPrototypeGetSize,
    String,
    StringPrototypeCharCodeAt,
    StringPrototypeEndsWith,
    StringPrototypeIncludes,
    StringPrototypeIndexOf,
    StringPrototypePadEnd,
    StringPrototypePadStart,
    StringPrototypeRepeat,
    StringPrototypeSlice,
    StringPrototypeStartsWith,
    StringPrototypeToString,
    SymbolFor,
    SymbolPrototypeToString,
    SymbolPrototypeValueOf,
    SymbolToStringTag,
    TypedArrayPrototypeGetLength,
    TypedArrayPrototypeGetSymbolToStringTag,
    Uint8Array,
} = intrinsics;

const CUSTOM = SymbolFor('nodejs.util.inspect.custom');

const OBJECT = 0;
const ARRAY = 1;
const EXTRAS = 2;

const LONG = 16;

/* whether a native method accepts the value: tells what it is */

function is(method, value) {
    try {
        method(value);
        return true;
    } catch {
        return false;
    }
}

class Context {
    depth = 2;
    maxArrayLength = 100;
    maxStringLength = 10000;
    breakLength = 80;
    compact = 3;
    showHidden = false;
    customInspect = true;
    getters = false;
    sorted = false;
    options;

    seen = [];
    circular = null;
    indentation = 0;
    currentDepth = 0;
    budget = 0;

    constructor(options) {
        this.options = options;

        if (options === undefined || options === null) {
            return;
        }

        this.#take(options, 'depth');
        this.#take(options, 'maxArrayLength');
        this.#take(options, 'maxStringLength');
        this.#take(options, 'breakLength');
        this.#take(options, 'compact');
        this.#take(options, 'showHidden');
        this.#take(options, 'customInspect');
        this.#take(options, 'getters');
        this.#take(options, 'sorted');

        this.depth ??= Infinity;
        this.maxArrayLength ??= Infinity;
        this.maxStringLength ??= Infinity;
    }

    #take(options, name) {
        const value = options[name];

        if (value !== undefined) {
            this[name] = value;
        }
    }
}

function inspect(value, options) {
    return formatValue(new Context(options), value, 0);
}

function escapeOf(code) {
    switch (code) {
    case 8:
        return '\\b';
    case 9:
        return '\\t';
    case 10:
        return '\\n';
    case 12:
        return '\\f';
    case 13:
        return '\\r';
    case 92:
        return '\\\\';
    case 39:
        return "\\'";
    }

    const hex = NumberPrototypeToString(code, 16);

    return code > 0xff ? `\\u${hex}`
           : `\\x${hex.length === 1 ? '0' : ''}${
               code < 32 || code > 126 ? upper(hex) : hex}`;
}

function upper(hex) {
    return intrinsics.StringPrototypeToUpperCase(hex);
}

function quote(text) {
    let mark = "'";

    if (StringPrototypeIncludes(text, "'")) {
        if (!StringPrototypeIncludes(text, '"')) {
            mark = '"';
        } else if (!StringPrototypeIncludes(text, '`')
                   && !StringPrototypeIncludes(text, '${'))
        {
            mark = '`';
        }
    }

    return mark + escape(text, mark === "'") + mark;
}

function escape(text, quotes) {
    let result = '';
    let last = 0;

    for (let i = 0; i < text.length; i++) {
        const code = StringPrototypeCharCodeAt(text, i);

        if (code >= 0xd800 && code <= 0xdfff) {
            const next = i + 1 < text.length
                         ? StringPrototypeCharCodeAt(text, i + 1) : 0;

            if (code < 0xdc00 && next >= 0xdc00 && next <= 0xdfff) {
                i++;
                continue;
            }

        } else if (code >= 32 && code !== 92 && (code !== 39 || !quotes)
                   && (code < 127 || code > 159))
        {
            continue;
        }

        result += StringPrototypeSlice(text, last, i) + escapeOf(code);
        last = i + 1;
    }

    return last === 0 ? text : result + StringPrototypeSlice(text, last);
}

function formatNumber(number) {
    return ObjectIs(number, -0) ? '-0' : `${number}`;
}

function formatPrimitive(ctx, value) {
    switch (typeof value) {
    case 'string':
        return formatString(ctx, value);
    case 'number':
        return formatNumber(value);
    case 'bigint':
        return `${value}n`;
    case 'symbol':
        return SymbolPrototypeToString(value);
    }

    return `${value}`;
}

function formatString(ctx, value) {
    let trailer = '';

    if (value.length > ctx.maxStringLength) {
        const rest = value.length - ctx.maxStringLength;

        value = StringPrototypeSlice(value, 0, ctx.maxStringLength);
        trailer = `... ${rest} more character${rest > 1 ? 's' : ''}`;
    }

    if (value.length <= LONG
        || value.length <= ctx.breakLength - ctx.indentation - 4)
    {
        return quote(value) + trailer;
    }

    /* long strings break after their own line ends */

    const lines = [];
    let start = 0;

    while (start < value.length) {
        const end = StringPrototypeIndexOf(value, '\n', start);
        const stop = end === -1 ? value.length : end + 1;

        ArrayPrototypePush(lines, quote(StringPrototypeSlice(value, start,
                                                             stop)));
        start = stop;
    }

    return ArrayPrototypeJoin(lines, ` +\n${blanks(ctx.indentation + 2)}`)
           + trailer;
}

function blanks(count) {
    return StringPrototypeRepeat(' ', count);
}

function indentLines(text, count) {
    if (count === 0) {
        return text;
    }

    const lines = [];
    let start = 0;

    for (;;) {
        const end = StringPrototypeIndexOf(text, '\n', start);

        if (end === -1) {
            ArrayPrototypePush(lines, StringPrototypeSlice(text, start));
            return ArrayPrototypeJoin(lines, `\n${blanks(count)}`);
        }

        ArrayPrototypePush(lines, StringPrototypeSlice(text, start, end));
        start = end + 1;
    }
}

function formatValue(ctx, value, depth) {
    if (value === null
        || (typeof value !== 'object' && typeof value !== 'function'))
    {
        return formatPrimitive(ctx, value);
    }

    if (ctx.customInspect) {
        const custom = value[CUSTOM];

        if (typeof custom === 'function' && custom !== inspect) {
            const result = ReflectApply(custom, value, [
                ctx.depth - depth, { ...ctx.options, stylize: String },
                inspect]);

            if (result !== value) {
                return typeof result === 'string'
                       ? indentLines(result, ctx.indentation)
                       : formatValue(ctx, result, depth);
            }
        }
    }

    if (ArrayPrototypeIndexOf(ctx.seen, value) !== -1) {
        const circular = ctx.circular ??= new Map();
        let index = MapPrototypeGet(circular, value);

        if (index === undefined) {
            index = MapPrototypeGetSize(circular) + 1;
            MapPrototypeSet(circular, value, index);
        }

        return `[Circular *${index}]`;
    }

    return formatObject(ctx, value, depth);
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
           ? `Object <${inspect(first, { __proto__: null, depth: -1,
                                         customInspect: false })}>`
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
        shape.entries = value.length === 0 ? null : arrayEntries;

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
        shape.entries = length === 0 ? null : typedEntries;

        return shape;
    }

    const keys = ownKeys(ctx, value, true);

    if (is(MapPrototypeGetSize, value)) {
        const size = MapPrototypeGetSize(value);
        const shape = new Shape(keys, `${prefix(constructor, tag, 'Map',
                                                `(${size})`)}{`);

        shape.entries = size === 0 ? null : mapEntries;

        return shape;
    }

    if (is(SetPrototypeGetSize, value)) {
        const size = SetPrototypeGetSize(value);
        const shape = new Shape(keys, `${prefix(constructor, tag, 'Set',
                                                `(${size})`)}{`);

        shape.entries = size === 0 ? null : setEntries;

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
        shape.entries = bufferEntries;

        return shape;

    } else if (kind === '[object DataView]') {
        ArrayPrototypeUnshift(keys, 'byteLength', 'byteOffset', 'buffer');
        return new Shape(keys, `${prefix(constructor, tag, 'DataView', '')}{`);

    } else if (kind === '[object WeakMap]' || kind === '[object WeakSet]') {
        const shape = new Shape(keys, `${prefix(constructor, tag,
                                                'Object', '')}{`);

        shape.entries = unknownEntries;

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

function formatObject(ctx, value, depth) {
    const constructor = constructorName(value);
    let tag = value[SymbolToStringTag];

    if (typeof tag !== 'string' || (tag !== ''
        && ObjectPrototypePropertyIsEnumerable(value, SymbolToStringTag)))
    {
        tag = '';
    }

    const shape = shapeOf(ctx, value, constructor, tag);
    const { keys } = shape;

    if (keys.length === 0 && shape.entries === null) {
        return shape.bare ? shape.base : `${shape.open}${shape.close}`;
    }

    if (depth > ctx.depth) {
        if (shape.bare && shape.base[0] !== '[') {
            return shape.base;
        }

        const name = StringPrototypeSlice(prefix(constructor, tag, 'Object',
                                                 ''), 0, -1);

        return constructor === null ? name
               : `[${ArrayIsArray(value) && constructor === 'Array' ? 'Array'
                     : name}]`;
    }

    depth++;
    ArrayPrototypePush(ctx.seen, value);
    ctx.currentDepth = depth;

    const output = shape.entries === null ? []
                   : shape.entries(ctx, value, depth);

    for (let i = 0; i < keys.length; i++) {
        ArrayPrototypePush(output, formatProperty(ctx, value, depth, keys[i],
                                                  shape.type));
    }

    if (ctx.circular !== null) {
        const index = MapPrototypeGet(ctx.circular, value);

        if (index !== undefined) {
            shape.base = shape.base === '' ? `<ref *${index}>`
                         : `<ref *${index}> ${shape.base}`;
        }
    }

    ArrayPrototypePop(ctx.seen);

    if (ctx.sorted && shape.type === OBJECT) {
        intrinsics.ArrayPrototypeSort(output, ctx.sorted === true ? undefined
                                              : ctx.sorted);
    }

    const text = joinEntries(ctx, output, shape, depth, value);

    ctx.budget += text.length;

    if (ctx.budget > 2 ** 27) {
        ctx.depth = -1;
    }

    return text;
}

function more(count) {
    return `... ${count} more item${count > 1 ? 's' : ''}`;
}

function arrayEntries(ctx, value, depth) {
    const { length } = value;
    const output = [];
    let i = 0;

    while (i < length && output.length < ctx.maxArrayLength) {
        if (ObjectPrototypeHasOwnProperty(value, i)) {
            ArrayPrototypePush(output, formatProperty(ctx, value, depth,
                                                      `${i}`, ARRAY));
            i++;
            continue;
        }

        const next = nextIndex(value, i);

        ArrayPrototypePush(output, `<${next - i} empty item`
                                   + `${next - i > 1 ? 's' : ''}>`);
        i = next;
    }

    if (i < length) {
        ArrayPrototypePush(output, more(length - i));
    }

    return output;
}

/* the first index after a hole, without walking through it */

function nextIndex(value, from) {
    for (let i = from + 1; i < value.length && i < from + 1000; i++) {
        if (ObjectPrototypeHasOwnProperty(value, i)) {
            return i;
        }
    }

    const keys = ObjectKeys(value);

    for (let i = 0; i < keys.length; i++) {
        if (RegExpPrototypeExec(/^\d+$/, keys[i]) === null) {
            break;
        }

        if (+keys[i] > from) {
            return +keys[i];
        }
    }

    return value.length;
}

function typedEntries(ctx, value) {
    const length = TypedArrayPrototypeGetLength(value);
    const count = MathMin(ctx.maxArrayLength, length);
    const output = [];

    for (let i = 0; i < count; i++) {
        ArrayPrototypePush(output, formatPrimitive(ctx, value[i]));
    }

    if (length > count) {
        ArrayPrototypePush(output, more(length - count));
    }

    return output;
}

function mapEntries(ctx, value, depth) {
    const output = [];

    ctx.indentation += 2;

    MapPrototypeForEach(value, (item, key) => {
        ArrayPrototypePush(output, `${formatValue(ctx, key, depth)} => `
                                   + formatValue(ctx, item, depth));
    });

    ctx.indentation -= 2;

    return output;
}

function setEntries(ctx, value, depth) {
    const output = [];

    ctx.indentation += 2;

    SetPrototypeForEach(value, (item) => {
        ArrayPrototypePush(output, formatValue(ctx, item, depth));
    });

    ctx.indentation -= 2;

    return output;
}

function unknownEntries() {
    return ['<items unknown>'];
}

function bufferEntries(ctx, value) {
    const bytes = new Uint8Array(value);
    const length = TypedArrayPrototypeGetLength(bytes);
    const count = MathMin(ctx.maxArrayLength, length);
    let text = '';

    for (let i = 0; i < count; i++) {
        text += `${i === 0 ? '' : ' '}${StringPrototypePadStart(
            NumberPrototypeToString(bytes[i], 16), 2, '0')}`;
    }

    if (length > count) {
        text += ` ... ${length - count} more byte`
                + (length - count > 1 ? 's' : '');
    }

    return [`[Uint8Contents]: <${text}>`];
}

function formatProperty(ctx, value, depth, key, type) {
    const descriptor = ObjectGetOwnPropertyDescriptor(value, key)
                       ?? { __proto__: null, value: value[key],
                            enumerable: true };
    let text;

    if (ObjectPrototypeHasOwnProperty(descriptor, 'value')) {
        ctx.indentation += 2;
        text = formatValue(ctx, descriptor.value, depth);
        ctx.indentation -= 2;

    } else if (descriptor.get !== undefined) {
        text = descriptor.set !== undefined ? '[Getter/Setter]' : '[Getter]';

        if (ctx.getters) {
            text = getterText(ctx, value, depth, descriptor, text);
        }

    } else {
        text = descriptor.set !== undefined ? '[Setter]' : 'undefined';
    }

    return type === ARRAY ? text : `${formatKey(key, descriptor)}: ${text}`;
}

function getterText(ctx, value, depth, descriptor, label) {
    const open = StringPrototypeSlice(label, 0, -1);

    try {
        const result = ReflectApply(descriptor.get, value, []);

        return typeof result === 'object' && result !== null
               ? `${label} ${formatValue(ctx, result, depth)}`
               : `${open}: ${formatPrimitive(ctx, result)}]`;

    } catch (error) {
        return `${open}: <Inspection threw (${error?.message})>]`;
    }
}

function formatKey(key, descriptor) {
    if (typeof key === 'symbol') {
        return `[${escape(SymbolPrototypeToString(key), true)}]`;
    }

    if (key === '__proto__') {
        return "['__proto__']";
    }

    if (descriptor.enumerable === false) {
        return `[${escape(key, true)}]`;
    }

    return RegExpPrototypeExec(/^[a-zA-Z_][a-zA-Z_0-9]*$/, key) !== null ? key
           : quote(key);
}

function fits(ctx, output, start, base) {
    let total = output.length + start;

    if (total + output.length > ctx.breakLength) {
        return false;
    }

    for (let i = 0; i < output.length; i++) {
        total += output[i].length;

        if (total > ctx.breakLength) {
            return false;
        }
    }

    return base === '' || !StringPrototypeIncludes(base, '\n');
}

function joinEntries(ctx, output, shape, depth, value) {
    const { base, open, close } = shape;
    const before = base === '' ? '' : `${base} `;

    if (typeof ctx.compact === 'number' && ctx.compact >= 1) {
        const entries = output.length;

        if (shape.type === EXTRAS && entries > 6) {
            output = groupEntries(ctx, output, value);
        }

        if (ctx.currentDepth - depth < ctx.compact
            && entries === output.length)
        {
            const start = output.length + ctx.indentation + open.length
                          + base.length + 10;

            if (fits(ctx, output, start, base)) {
                const line = ArrayPrototypeJoin(output, ', ');

                if (!StringPrototypeIncludes(line, '\n')) {
                    return `${before}${open} ${line} ${close}`;
                }
            }
        }
    }

    const indent = `\n${blanks(ctx.indentation)}`;

    return `${before}${open}${indent}  `
           + ArrayPrototypeJoin(output, `,${indent}  `)
           + `${indent}${close}`;
}

/* more than six entries of an array stand in columns */

function groupEntries(ctx, output, value) {
    const count = ctx.maxArrayLength < output.length ? output.length - 1
                  : output.length;
    let total = 0;
    let longest = 0;

    for (let i = 0; i < count; i++) {
        const { length } = output[i];

        total += length + 2;
        longest = MathMax(longest, length);
    }

    const width = longest + 2;

    if (width * 3 + ctx.indentation >= ctx.breakLength
        || (total / width <= 5 && longest > 6))
    {
        return output;
    }

    const bias = MathMax(width - 3
                         - MathSqrt(width - total / output.length), 1);
    const columns = MathMin(MathRound(MathSqrt(2.5 * bias * count) / bias),
                            MathFloor((ctx.breakLength - ctx.indentation)
                                      / width),
                            ctx.compact * 4, 15);

    if (columns <= 1) {
        return output;
    }

    const widths = [];

    for (let i = 0; i < columns; i++) {
        let most = 0;

        for (let j = i; j < count; j += columns) {
            most = MathMax(most, output[j].length);
        }

        ArrayPrototypePush(widths, most + 2);
    }

    let pad = StringPrototypePadStart;

    for (let i = 0; i < output.length; i++) {
        if (typeof value[i] !== 'number' && typeof value[i] !== 'bigint') {
            pad = StringPrototypePadEnd;
            break;
        }
    }

    const lines = [];

    for (let i = 0; i < count; i += columns) {
        const end = MathMin(i + columns, count);
        let line = '';

        for (let j = i; j < end - 1; j++) {
            line += pad(`${output[j]}, `, widths[j - i], ' ');
        }

        line += pad === StringPrototypePadStart
                ? pad(output[end - 1], widths[end - 1 - i] - 2, ' ')
                : output[end - 1];
        ArrayPrototypePush(lines, line);
    }

    if (count < output.length) {
        ArrayPrototypePush(lines, output[count]);
    }

    return lines;
}

module.exports = { __proto__: null, formatNumber, inspect };
