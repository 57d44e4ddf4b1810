'use strict';

/*
 * A safe description of anything that was thrown, and errors that tell which
 * status they are answered with.
 */

const {
    Error,
    ErrorCaptureStackTrace,
    NumberIsInteger,
    ObjectDefineProperty,
    RegExpPrototypeExec,
    StringPrototypeIncludes,
    SymbolPrototypeToString,
} = intrinsics;

const { define, safeString } = require('lib/errors');
const { EXCEPTION } = require('run/constants');

/* the stack with those of its causes, as Node prints them */

function stackOf(error, depth) {
    let text = safeString(error, 'stack');
    let cause;

    if (depth === 4) {
        return text;
    }

    try {
        cause = error.cause;
    } catch {
        return text;
    }

    if (cause !== null && typeof cause === 'object' && cause !== error) {
        const inner = stackOf(cause, depth + 1);

        if (inner !== '') {
            text = `${text}\n  [cause]: ${inner}`;
        }
    }

    return text;
}

/* a text that may have stacks, as it is logged or sent */

function traced(text) {
    return StringPrototypeIncludes(text, '    at ')
           ? require('module/source-maps').mapped(text) : text;
}

/*
 * Any thrown value as three strings; never throws, whatever getters the value
 * has.
 */

function describe(thrown) {
    const type = typeof thrown;

    if (thrown !== null && (type === 'object' || type === 'function')) {
        const message = safeString(thrown, 'message');
        const stack = traced(stackOf(thrown, 0));

        if (message !== '' || stack !== '') {
            return {
                __proto__: null,
                name: safeString(thrown, 'name') || 'Error',
                message,
                stack,
            };
        }
    }

    let text;

    try {
        text = type === 'string' ? thrown
               : type === 'symbol' ? SymbolPrototypeToString(thrown)
               : require('lib/format').inspect(thrown);
    } catch {
        text = type;
    }

    return {
        __proto__: null,
        name: 'Error',
        message: type === 'string' ? text
                 : `A value that is not an Error was thrown: ${text}`,
        stack: '',
    };
}

function isStatus(status) {
    return NumberIsInteger(status) && status >= 400 && status <= 599;
}

/*
 * What an error says of the response, as the final handler of Express reads
 * it: its status, or statusCode; 0: nothing.
 */

function statusOf(error) {
    try {
        const { status, statusCode } = error;

        return isStatus(status) ? status : isStatus(statusCode) ? statusCode
                                                                : 0;

    } catch {
        return 0;
    }
}

/* one line or more for the log */

function summary(thrown) {
    const { name, message, stack } = describe(thrown);

    return stack !== '' ? stack : `${name}: ${message}`;
}

/* marks an error, whatever its class, with a code that nothing can forge */

class Identity {
    constructor(object) {
        return object;
    }
}

let requestCode;

class Mark extends Identity {
    #code;

    constructor(error, code) {
        super(error);
        this.#code = code;
    }

    static {
        requestCode = (error) => {
            return typeof error === 'object' && error !== null
                   && #code in error ? error.#code : EXCEPTION;
        };
    }
}

/*
 * An error of the client's request rather than of the function: it keeps its
 * own code and status when nothing in the function catches it.
 */

function requestError(Base, code, status, type, message, from) {
    const error = new Base(message);

    ErrorCaptureStackTrace(error, from);
    new Mark(error, code);

    define(error, 'status', status);
    define(error, 'statusCode', status);
    define(error, 'type', type);
    define(error, 'expose', true);

    return error;
}

/* As http-errors makes it: with the phrase of a status, and a class of it. */

function httpError(status, from) {
    const message = binding('status').reason(status) ?? `${status}`;
    const error = new Error(message);
    let name = '';

    for (let i = 0; i < message.length; i++) {
        if (RegExpPrototypeExec(/[A-Za-z]/, message[i]) !== null) {
            name += message[i];
        }
    }

    ObjectDefineProperty(error, 'name', {
        __proto__: null,
        value: `${name}Error`,
        writable: true,
        enumerable: false,
        configurable: true,
    });
    ErrorCaptureStackTrace(error, from ?? httpError);
    define(error, 'expose', status < 500);
    define(error, 'statusCode', status);
    define(error, 'status', status);

    return error;
}

module.exports = {
    __proto__: null,
    describe,
    httpError,
    requestCode,
    requestError,
    statusOf,
    summary,
    traced,
};
