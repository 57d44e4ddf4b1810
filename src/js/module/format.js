'use strict';

/*
 * What a file is: 'module', 'commonjs', 'json' or 'unknown', by its name, the
 * "type" of its package and, without that, its syntax: what does not compile as
 * CommonJS is an ES module where it compiles as one, or V8's error says so.
 */

const { SyntaxError } = intrinsics;

const { dirname, extname } = require('lib/path');

const native = binding('module');

/* the "type" of the package that a file belongs to, '' for none */

function typeOf(filename) {
    const key = `type\0${dirname(filename)}`;
    let type = native.recall(key);

    if (type === undefined) {
        const { fact, packageScope } = require('module/resolve');
        const scope = packageScope(filename);

        type = scope === undefined ? undefined : fact(scope.facts, 'type');
        type = type === 'module' || type === 'commonjs' ? type : '';
        native.remember(key, type);
    }

    return type;
}

/* 'module' or 'commonjs' where that is said; '': the syntax tells */

function declared(filename) {
    switch (extname(filename)) {
    case '.mts':
    case '.cts':
    case '.ts':
        return require('module/typescript').formatOf(filename, typeOf);
    case '.mjs':
        return 'module';
    case '.cjs':
        return 'commonjs';
    case '.js':
        return typeOf(filename);
    default:
        return '';
    }
}

function remember(filename) {
    const url = require('module/esm-resolve').urlOf(filename);

    native.remember(`url\0${filename}`, url);

    return url;
}

/* the URL of what is said to be an ES module, for require(), or undefined */

function urlOfModule(filename) {
    return declared(filename) === 'module' ? remember(filename) : undefined;
}

/* the same of one that it is by its syntax: why it is no CommonJS */

function urlOfDetected(filename, error) {
    return error instanceof SyntaxError && declared(filename) === ''
           && (native.isModule(error.message)
               || require('module/esm-more').compiles(filename))
           ? remember(filename) : undefined;
}

function detect(filename) {
    if (native.recall(`url\0${filename}`) !== undefined) {
        return 'module';
    }

    try {
        native.compile(filename, false, true);
    } catch (error) {
        if (urlOfDetected(filename, error) !== undefined) {
            return 'module';
        }
    }

    /* what else fails is told when it is loaded */

    return 'commonjs';
}

/* as import sees it */

function importedFormatOf(filename) {
    switch (extname(filename)) {
    case '.js':
    case '.mjs':
    case '.cjs':
    case '.ts':
    case '.mts':
    case '.cts':
        return declared(filename) || detect(filename);
    case '':
        return typeOf(filename) || detect(filename);
    case '.json':
        return 'json';
    default:
        return 'unknown';
    }
}

module.exports = {
    __proto__: null,
    importedFormatOf,
    urlOfDetected,
    urlOfModule,
};
