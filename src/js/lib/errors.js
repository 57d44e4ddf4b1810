'use strict';

/* Errors as Node makes them; lib/thrown has what becomes of those thrown. */

const {
    Error,
    ErrorCaptureStackTrace,
    ObjectDefineProperty,
    StringPrototypeEndsWith,
    StringPrototypeIncludes,
    StringPrototypeSlice,
    TypeError,
} = intrinsics;

function define(object, name, value) {
    ObjectDefineProperty(object, name, {
        __proto__: null,
        value,
        writable: true,
        enumerable: true,
        configurable: true,
    });
}

/*
 * An error with a code; the code stands in the first line of the stack as in
 * Node ("TypeError [ERR_X]: text").  Frames above `from` are left out.
 */

function nodeError(Base, code, message, from) {
    const error = new Base(message);

    ErrorCaptureStackTrace(error, from ?? nodeError);
    define(error, 'code', code);

    try {
        const name = error.name;
        const { stack } = error;
        const end = name.length;

        if (typeof stack === 'string'
            && StringPrototypeSlice(stack, 0, end) === name)
        {
            ObjectDefineProperty(error, 'stack', {
                __proto__: null,
                value: `${name} [${code}]${StringPrototypeSlice(stack, end)}`,
                writable: true,
                enumerable: false,
                configurable: true,
            });
        }

    } catch {
        /* the user's Error.prepareStackTrace threw */
    }

    return error;
}

/* "Received ..." of ERR_INVALID_ARG_TYPE */

function received(value) {
    if (value === null || value === undefined) {
        return ` Received ${value}`;
    }

    if (typeof value === 'function') {
        return ` Received function ${safeString(value, 'name')}`;
    }

    if (typeof value === 'object') {
        let name;

        try {
            name = value.constructor?.name;
        } catch {
            name = undefined;
        }

        if (typeof name === 'string' && name !== '') {
            return ` Received an instance of ${name}`;
        }

        return ` Received ${require('lib/format').inspect(value,
            { __proto__: null, depth: -1 })}`;
    }

    let text = require('lib/format').inspect(value);

    if (text.length > 28) {
        text = `${StringPrototypeSlice(text, 0, 25)}...`;
    }

    return ` Received type ${typeof value} (${text})`;
}

/* `expected`: as it reads in the message: "of type string", "one of ..." */

function invalidArgType(name, expected, value, from) {
    const kind = StringPrototypeIncludes(name, '.') ? 'property' : 'argument';
    const what = StringPrototypeEndsWith(name, ' argument')
                 ? name : `"${name}" ${kind}`;

    return nodeError(TypeError, 'ERR_INVALID_ARG_TYPE',
                     `The ${what} must be ${expected}.${received(value)}`,
                     from ?? invalidArgType);
}

function safeString(object, name) {
    try {
        const value = object[name];

        return typeof value === 'string' ? value : '';

    } catch {
        return '';
    }
}

module.exports = () => ({
    __proto__: null,
    define,
    invalidArgType,
    nodeError,
    safeString,
});
