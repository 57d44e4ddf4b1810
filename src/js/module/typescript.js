'use strict';

/*
 * Files of TypeScript, before one is loaded for the first time: their types are
 * stripped by then, or the error is told as Node tells it.
 */

const {
    Error,
    JSONParse,
    RegExpPrototypeExec,
    SyntaxError,
} = intrinsics;

const { define, nodeError } = require('lib/errors');
const { extname } = require('lib/path');

const { strip } = binding('module/more');

/* by amaro's codes */

const CODES = {
    __proto__: null,
    InvalidSyntax: 'ERR_INVALID_TYPESCRIPT_SYNTAX',
    UnsupportedSyntax: 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX',
};

function check(filename) {
    if (RegExpPrototypeExec(/\/node_modules\//, filename) !== null) {
        throw nodeError(Error,
                        'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING',
                        'Stripping types is currently unsupported for files '
                        + `under node_modules, for "${filename}"`);
    }

    const refused = strip(filename);

    if (refused === undefined) {
        return;
    }

    const { 0: code, 1: message, 2: line, 3: lines } = JSONParse(refused);
    const error = nodeError(SyntaxError, CODES[code] ?? CODES.InvalidSyntax,
                            message, check);

    define(error, 'stack', `${filename}:${line}\n${lines}\n${error.stack}`);

    throw error;
}

/* `typeOf`: of module/format */

function formatOf(filename, typeOf) {
    check(filename);

    switch (extname(filename)) {
    case '.mts':
        return 'module';
    case '.cts':
        return 'commonjs';
    default:
        return typeOf(filename);
    }
}

module.exports = { __proto__: null, formatOf };
