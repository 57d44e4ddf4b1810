'use strict';

/* Values as text: what Node's util.inspect gives for what programs print. */

const {
    ArrayIsArray,
    ArrayPrototypeIndexOf,
    ArrayPrototypeJoin,
    ArrayPrototypePop,
    ArrayPrototypePush,
    ArrayPrototypeSort,
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
    NumberPrototypeToString,
    ObjectGetOwnPropertyDescriptor,
    ObjectKeys,
    ObjectPrototypeHasOwnProperty,
    ObjectPrototypePropertyIsEnumerable,
    ReflectApply,
    RegExpPrototypeExec,
    SetPrototypeForEach,
    String,
    StringPrototypeIncludes,
    StringPrototypePadEnd,
    StringPrototypePadStart,
    StringPrototypeSlice,
    SymbolFor,
    SymbolPrototypeToString,
    SymbolToStringTag,
    TypedArrayPrototypeGetLength,
    Uint8Array,
} = intrinsics;

const {
    blanks,
    escape,
    formatPrimitive,
    indentLines,
    quote,
} = require('primitives');
const { EXTRAS, OBJECT, constructorName, prefix, shapeOf } =
    require('shapes');

const CUSTOM = SymbolFor('nodejs.util.inspect.custom');

/* entries that stand without their key */
const ARRAY = 1;

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
                   : entriesOf(shape.entries, ctx, value, depth);

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
        ArrayPrototypeSort(output, ctx.sorted === true ? undefined
                                              : ctx.sorted);
    }

    const text = joinEntries(ctx, output, shape, depth, value);

    ctx.budget += text.length;

    if (ctx.budget > 2 ** 27) {
        ctx.depth = -1;
    }

    return text;
}

function entriesOf(kind, ctx, value, depth) {
    switch (kind) {
    case 'array':
        return arrayEntries(ctx, value, depth);
    case 'typed':
        return typedEntries(ctx, value);
    case 'map':
        return mapEntries(ctx, value, depth);
    case 'set':
        return setEntries(ctx, value, depth);
    case 'buffer':
        return bufferEntries(ctx, value);
    }

    return ['<items unknown>'];
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

module.exports = {
    __proto__: null,
    inspect,
};
