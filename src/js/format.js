'use strict';

/*
 * Text for console and for messages: what Node's util.format gives.  Whoever
 * needs a value as text takes it from here.
 */

const {
    FunctionPrototypeToString,
    JSONStringify,
    Number,
    NumberParseFloat,
    NumberParseInt,
    ObjectPrototypeHasOwnProperty,
    ReflectGetPrototypeOf,
    String,
    StringPrototypeIncludes,
    StringPrototypeSlice,
    StringPrototypeStartsWith,
} = intrinsics;

const { inspect } = require('inspect');
const { formatNumber } = require('primitives');

/* objects whose class brings its own toString() are %s by it */

function hasOwnToString(value) {
    if (typeof value.toString !== 'function') {
        return false;
    }

    for (let object = value; object !== null;
         object = ReflectGetPrototypeOf(object))
    {
        if (ObjectPrototypeHasOwnProperty(object, 'toString')) {
            if (object === value) {
                return true;
            }

            const { constructor } = object;

            return typeof constructor !== 'function'
                   || !StringPrototypeIncludes(
                          FunctionPrototypeToString(constructor),
                          '[native code]');
        }
    }

    return false;
}

function directive(letter, value, options) {
    switch (letter) {
    case 's':
        if (typeof value === 'number') {
            return formatNumber(value);
        }

        if (typeof value === 'bigint') {
            return `${value}n`;
        }

        return typeof value !== 'object' || value === null
               || hasOwnToString(value) ? String(value)
               : inspect(value, { __proto__: null, ...options, depth: 0,
                                  compact: 3 });

    case 'j':
        try {
            return `${JSONStringify(value)}`;
        } catch (error) {
            if (StringPrototypeStartsWith(`${error?.message}`,
                                          'Converting circular'))
            {
                return '[Circular]';
            }

            throw error;
        }

    case 'O':
        return inspect(value, options);

    case 'o':
        return inspect(value, { __proto__: null, ...options, depth: 4,
                                showHidden: true });

    case 'c':
        return '';
    }

    if (typeof value === 'bigint' && letter !== 'f') {
        return `${value}n`;
    }

    if (typeof value === 'symbol') {
        return 'NaN';
    }

    return formatNumber(letter === 'd' ? Number(value)
                        : letter === 'i' ? NumberParseInt(value)
                          : NumberParseFloat(value));
}

/* util.format() over an array of arguments */

function format(args, options) {
    const { 0: first } = args;
    let text = '';
    let join = '';
    let next = 0;

    if (typeof first === 'string') {
        if (args.length === 1) {
            return first;
        }

        let last = 0;

        for (let i = 0; i < first.length - 1; i++) {
            if (first[i] !== '%') {
                continue;
            }

            const letter = first[++i];

            if (letter === '%') {
                text += StringPrototypeSlice(first, last, i);
                last = i + 1;

            } else if (next + 1 < args.length
                       && StringPrototypeIncludes('sjdOoifc', letter))
            {
                text += StringPrototypeSlice(first, last, i - 1)
                        + directive(letter, args[++next], options);
                last = i + 1;
            }
        }

        if (last !== 0) {
            next++;
            join = ' ';
            text += StringPrototypeSlice(first, last);
        }
    }

    for (; next < args.length; next++) {
        const value = args[next];

        text += join + (typeof value === 'string' ? value
                        : inspect(value, options));
        join = ' ';
    }

    return text;
}

module.exports = { __proto__: null, format, inspect };
