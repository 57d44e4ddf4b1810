'use strict';

/*
 * Packages of npm that the service before ngx_invoke had built in: they answer
 * where the function's own package brings none of that name.  Their code is that
 * of npm, as util/setup has fetched it, and finds the globals of the function.
 */

const {
    Error,
    ReflectApply,
    StringPrototypeEndsWith,
    StringPrototypeSlice,
    StringPrototypeStartsWith,
} = intrinsics;

const { compile } = require('host');
const { nodeError } = require('lib/errors');
const { dirname } = require('lib/path');

/* name -> the file that it begins with */

const ENTRIES = {
    '__proto__': null,
    'mime-db': 'mime-db/db.json',
    'mime-types': 'mime-types/index',
    'node-fetch': 'node-fetch/lib/index',
    'ws': 'ws/index',
};

/* file -> its module */
const modules = { __proto__: null };

function isPackage(name) {
    return name === 'mime-types' || name === 'node-fetch' || name === 'ws';
}

function load(name) {
    return evaluate(ENTRIES[name]);
}

function evaluate(file) {
    if (modules[file] !== undefined) {
        return modules[file].exports;
    }

    const module = { exports: {} };
    const wrapper = compile(`npm/${file}`, true);
    let threw = true;

    modules[file] = module;

    try {
        const value = ReflectApply(wrapper, module.exports, [
            module.exports, (request) => resolve(file, request), module,
            require('process/process').process,
        ]);

        /* a file of JSON is its value */
        module.exports = value ?? module.exports;
        threw = false;

    } finally {
        if (threw) {
            delete modules[file];
        }
    }

    return module.exports;
}

function resolve(from, request) {
    if (StringPrototypeStartsWith(request, './')) {
        const name = StringPrototypeEndsWith(request, '.js')
                     ? StringPrototypeSlice(request, 0, -3) : request;

        return evaluate(StringPrototypeSlice(dirname(`/${from}`), 1)
                        + StringPrototypeSlice(name, 1));
    }

    if (ENTRIES[request] !== undefined) {
        return load(request);
    }

    /* node-fetch asks for a URL that is older than Node's */

    if (request === 'whatwg-url') {
        return require('node/realm').load('internal/url');
    }

    if (require('node/builtins').isBuiltin(request)) {
        return require('node/builtins').load(request);
    }

    /* what a package does without: it has asked in vain before */

    throw nodeError(Error, 'MODULE_NOT_FOUND',
                    `Cannot find module '${request}'`);
}

module.exports = { __proto__: null, isPackage, load };
