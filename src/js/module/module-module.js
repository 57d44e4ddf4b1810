'use strict';

/* A function's require('module'): the loader as code on loaders knows it. */

const {
    ArrayPrototypeSlice,
    ObjectDefineProperty,
    ObjectFreeze,
    String,
    StringPrototypeStartsWith,
    TypeError,
} = intrinsics;

const { define, nodeError } = require('lib/errors');
const { Module, builtinName, makeRequire } = require('module/module');
const { names } = require('node/builtins');
const { dirname, resolve } = require('lib/path');
const resolver = require('module/resolve');

const WRAPPER = [
    '(function (exports, require, module, __filename, __dirname) { ',
    '\n});',
];

function isBuiltin(name) {
    return builtinName(String(name)) !== undefined;
}

/* a require() as the module of that file has it */

function createRequire(filename) {
    let path = typeof filename === 'string' ? filename
               : typeof filename?.pathname === 'string'
                 ? `file://${filename.pathname}` : undefined;

    if (path !== undefined && StringPrototypeStartsWith(path, 'file://')) {
        path = require('module/esm-resolve').pathOf(path);
    }

    if (path === undefined || path[0] !== '/') {
        throw nodeError(TypeError, 'ERR_INVALID_ARG_VALUE', "The argument "
            + "'filename' must be a file URL object, file URL string, or "
            + 'absolute path string. Received '
            + require('lib/format').inspect(filename), createRequire);
    }

    const directory = path[path.length - 1] === '/';
    const module = new Module(path);

    module.filename = resolve('/', directory ? `${path}noop.js` : path);
    module.path = dirname(module.filename);

    return makeRequire(module);
}

function add(name, value) {
    define(Module, name, value);
}

add('Module', Module);
add('builtinModules', ObjectFreeze(names()));
add('createRequire', createRequire);
add('globalPaths', []);
add('isBuiltin', isBuiltin);
add('wrapper', ArrayPrototypeSlice(WRAPPER));
add('wrap', (source) => WRAPPER[0] + source + WRAPPER[1]);
add('syncBuiltinESMExports', () => require('module/esm-more').syncBuiltins());
add('findSourceMap', (path) => require('module/source-maps')
                               .findSourceMap(path));
add('_nodeModulePaths', resolver.nodeModulePaths);
add('_resolveLookupPaths', resolver.lookupPaths);
add('_findPath', (request, paths) => resolver.findPath(request, paths)
                                     ?? false);

ObjectDefineProperty(Module, 'SourceMap', {
    __proto__: null,
    enumerable: true,
    configurable: true,

    get() {
        return require('node/realm').load('internal/source_map/source_map')
               .SourceMap;
    },
});

module.exports = { __proto__: null, Module };
