'use strict';

/* What a file is: 'module', 'commonjs', 'json', or undefined, by its name and
 * the "type" of its package. */

const { dirname, extname } = require('lib/path');

const native = binding('module');

/* the "type" of the package that a directory belongs to, '' for none */

function typeOf(filename) {
    const key = `type\0${dirname(filename)}`;
    let type = native.recall(key);

    if (type === undefined) {
        const { fact, packageScope } = require('module/resolve');
        const scope = packageScope(filename);

        type = scope === undefined ? '' : fact(scope.facts, 'type') ?? '';
        native.remember(key, type);
    }

    return type;
}

/* as require() sees it: what is not known is CommonJS */

function formatOf(filename) {
    switch (extname(filename)) {
    case '.mts':
    case '.cts':
    case '.ts':
        return require('module/typescript').formatOf(filename, typeOf);
    case '.mjs':
        return 'module';
    case '.js':
        return typeOf(filename) === 'module' ? 'module' : 'commonjs';
    default:
        return 'commonjs';
    }
}

/* the URL of an ES module that is required, or undefined */

function urlOfModule(filename) {
    if (formatOf(filename) !== 'module') {
        return undefined;
    }

    const url = require('module/esm-resolve').urlOf(filename);

    native.remember(`url\0${filename}`, url);

    return url;
}

/* as import does */

function importedFormatOf(filename) {
    switch (extname(filename)) {
    case '.mjs':
    case '.js':
    case '.cjs':
    case '.mts':
    case '.ts':
    case '.cts':
        return formatOf(filename);
    case '.json':
        return 'json';
    case '':
        return typeOf(filename) === 'module' ? 'module' : 'commonjs';
    default:
        return undefined;
    }
}

module.exports = { __proto__: null, importedFormatOf, urlOfModule };
