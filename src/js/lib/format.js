'use strict';

/*
 * util.format and util.inspect for the engine's own files.  Primitive values
 * are shown here, as Node shows them, so that they do not make a context
 * evaluate its library.
 */

const {
    NumberPrototypeToString,
    ReflectApply,
    RegExpPrototypeExec,
    StringPrototypeIncludes,
    SymbolPrototypeToString,
} = intrinsics;

/* a string that is shown as it is, between single quotes */
const PLAIN = /^[ !#-&(-[\]-_a-~]*$/;

function library() {
    return require('node/realm').load('internal/util/inspect');
}

/* undefined: it is not for us */

function primitive(value) {
    switch (typeof value) {
    case 'number':
        return value === 0 && 1 / value < 0 ? '-0'
               : NumberPrototypeToString(value);

    case 'boolean':
    case 'undefined':
        return `${value}`;

    case 'bigint':
        return `${value}n`;

    case 'symbol':
        return SymbolPrototypeToString(value);

    case 'object':
        return value === null ? 'null' : undefined;

    default:
        return undefined;
    }
}

function format(args) {
    const { 0: first } = args;
    let text = '';

    if (args.length > 1 && typeof first === 'string'
        && StringPrototypeIncludes(first, '%'))
    {
        return ReflectApply(library().format, undefined, args);
    }

    for (let i = 0; i < args.length; i++) {
        const shown = typeof args[i] === 'string' ? args[i]
                      : primitive(args[i]);

        if (shown === undefined) {
            return ReflectApply(library().format, undefined, args);
        }

        text += i === 0 ? shown : ` ${shown}`;
    }

    return text;
}

function inspect(value, options) {
    if (options === undefined) {
        const shown = typeof value !== 'string' ? primitive(value)
                      : RegExpPrototypeExec(PLAIN, value) !== null
                        ? `'${value}'` : undefined;

        if (shown !== undefined) {
            return shown;
        }
    }

    return library().inspect(value, options);
}

module.exports = { __proto__: null, format, inspect };
