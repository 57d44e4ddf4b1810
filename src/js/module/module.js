'use strict';

/*
 * CommonJS: the modules of a package, their cache and require().  How a
 * request becomes a file name is in resolve.js; the answers are remembered for
 * the version of the function, so a fresh context seldom needs it.
 */

const {
    ArrayPrototypeIndexOf,
    ArrayPrototypePush,
    ArrayPrototypeSplice,
    Error,
    JSONParse,
    ReflectApply,
    StringPrototypeIndexOf,
    StringPrototypeLastIndexOf,
    StringPrototypeSlice,
    StringPrototypeStartsWith,
    TypeError,
} = intrinsics;

const { define, invalidArgType, nodeError } = require('lib/errors');
const { dirname } = require('lib/path');
const { load } = require('run/invocation');

const native = binding('module');

const ENTRY = '/index.js';

/* file name -> Module; what require.cache shows and may change */
const cache = { __proto__: null };

/* "directory\0request" -> file name, for this context */
const resolved = { __proto__: null };

const PARAMETERS = ['exports', 'require', 'module', '__filename', '__dirname'];

/* a larger one is read again for each context */
const REMEMBERED_JSON = 65536;

/* how a file becomes a module; what require.extensions shows and may change */

const extensions = {
    __proto__: null,

    '.js'(module, filename) {
        evaluate(module, filename);
    },

    '.json'(module, filename) {
        const key = `json\0${filename}`;
        let text = native.recall(key);

        if (text === undefined) {
            text = native.read(filename);

            if (text.length <= REMEMBERED_JSON) {
                native.remember(key, text);
            }
        }

        try {
            module.exports = JSONParse(text);
        } catch (error) {
            error.message = `${filename}: ${error.message}`;
            throw error;
        }
    },

    '.node'(module, filename) {
        const error = new Error(`${filename}: native addons cannot be loaded`);

        error.code = 'ERR_DLOPEN_FAILED';
        throw error;
    },
};

/*
 * While the entry is evaluated with top-level await, `loading` is a promise.
 * `imported`: what ES modules import, as it was when it was loaded; a null by
 * its file name is for one that is not yet.
 */

const entry = {
    __proto__: null,
    module: null,
    loading: null,
    exports: null,
    imported: null,
};

class Module {
    id;
    path;
    exports = {};
    filename = null;
    loaded = false;
    children = [];
    #parent = undefined;

    constructor(id = '', parent = undefined) {
        this.id = id;
        this.path = dirname(id);
        this.#parent = parent;

        if (typeof parent === 'object' && parent !== null
            && #parent in parent)
        {
            ArrayPrototypePush(parent.children, this);
        }
    }

    get parent() {
        return this.#parent;
    }

    set parent(parent) {
        this.#parent = parent;
    }

    get paths() {
        const { nodeModulePaths } = require('module/resolve');

        define(this, 'paths', nodeModulePaths(this.path));

        return this.paths;
    }

    set paths(paths) {
        define(this, 'paths', paths);
    }

    require(id) {
        if (typeof id !== 'string') {
            throw invalidArgType('id', 'of type string', id,
                                 Module.prototype.require);
        }

        if (id === '') {
            throw nodeError(TypeError, 'ERR_INVALID_ARG_VALUE',
                            "The argument 'id' must be a non-empty string. "
                            + "Received ''", Module.prototype.require);
        }

        return Module._load(id, this, false);
    }

    load(filename) {
        this.filename = filename;
        this.path = dirname(filename);

        extensions[extensionOf(filename)](this, filename);
        this.loaded = true;

        if (entry.imported?.[filename] === null) {
            entry.imported[filename] = { __proto__: null,
                                         exports: this.exports };
        }
    }

    /* text that is in no file of the package */

    _compile(content, filename) {
        const { compile } = binding('node/contextify');
        const wrapper = compile(`${content}`, `${filename}`, 0, 0, PARAMETERS,
                                undefined);

        return call(wrapper, this, filename);
    }

    static _load(request, parent, isMain) {
        const builtin = builtinName(request);

        if (builtin !== undefined) {
            const instead = cache[request];

            return instead !== undefined ? instead.exports
                   : require('node/builtins').load(builtin);
        }

        if (StringPrototypeStartsWith(request, 'node:')) {
            throw require('module/resolve').unknownBuiltin(request);
        }

        const filename = Module._resolveFilename(request, parent, isMain);
        const known = cache[filename];

        if (known !== undefined) {
            adopt(parent, known);
            return known.exports;
        }

        if (isBuiltin(filename)) {
            return require('node/builtins').load(filename);
        }

        if (filename[0] !== '/') {
            return require('node/packages').load(filename);
        }

        return loadFile(filename, parent).exports;
    }

    static _resolveFilename(request, parent, isMain, options) {
        if (builtinName(request) !== undefined) {
            return request;
        }

        if (options !== undefined) {
            return require('module/resolve').resolveWith(request, parent,
                                                         options);
        }

        const key = `${parent?.path ?? '/'}\0${request}`;
        let filename = resolved[key] ?? native.recall(key);

        if (filename === undefined) {
            filename = require('module/resolve')
                .resolve(request, parent, key, entry.module?.loaded === false);
        }

        resolved[key] = filename;

        return filename;
    }
}

Module._cache = cache;
Module._extensions = extensions;

/* the table of them is loaded when a name may be one */

function isBuiltin(name) {
    return name[0] !== '.' && name[0] !== '/'
           && require('node/builtins').isBuiltin(name);
}

function builtinName(request) {
    if (isBuiltin(request)) {
        return request;
    }

    if (StringPrototypeStartsWith(request, 'node:')) {
        const name = StringPrototypeSlice(request, 5);

        if (isBuiltin(name)) {
            return name;
        }
    }

    return undefined;
}

function extensionOf(filename) {
    const name = StringPrototypeSlice(filename,
                     StringPrototypeLastIndexOf(filename, '/') + 1);

    for (let at = StringPrototypeIndexOf(name, '.'); at !== -1;
         at = StringPrototypeIndexOf(name, '.', at + 1))
    {
        if (at !== 0) {
            const extension = StringPrototypeSlice(name, at);

            if (extensions[extension]) {
                return extension;
            }
        }
    }

    return '.js';
}

/* a module that was required again is a child of that parent, too */

function adopt(parent, module) {
    const children = parent?.children;

    if (children !== undefined
        && ArrayPrototypeIndexOf(children, module) === -1)
    {
        ArrayPrototypePush(children, module);
    }
}

function loadFile(filename, parent) {
    const module = new Module(filename, parent);
    let threw = true;

    cache[filename] = module;

    try {
        module.load(filename);
        threw = false;

    } finally {
        if (threw) {
            delete cache[filename];

            const children = parent?.children;
            const index = children === undefined ? -1
                          : ArrayPrototypeIndexOf(children, module);

            if (index !== -1) {
                ArrayPrototypeSplice(children, index, 1);
            }
        }
    }

    return module;
}

function evaluate(module, filename) {
    const isEntry = module === entry.module;
    let wrapper = native.compile(filename, isEntry, false);

    if (wrapper === undefined) {
        const url = native.recall(`url\0${filename}`)
                    ?? require('module/format').urlOfModule(filename);

        if (url !== undefined) {
            return loadES(module, filename, url, isEntry);
        }

        try {
            wrapper = native.compile(filename, isEntry, true);
        } catch (error) {
            return loadDetected(module, filename, isEntry, error);
        }
    }

    return call(wrapper, module, filename);
}

/*
 * An ES module.  Of the entry what was linked in another context is here as
 * well; where that is not all, or fails, module/esm goes on with it.
 */

function loadES(module, filename, url, isEntry) {
    if (!isEntry) {
        return require('module/esm').load(module, filename, url);
    }

    let namespace;

    delete cache[filename];

    try {
        namespace = load(native.enter, url);
    } catch {
        /* it throws the same again, where it is told as Node does */
    }

    if (namespace?.default === undefined) {
        return require('module/esm').loadEntry(module, filename, url);
    }

    module.exports = namespace.default;

    return undefined;
}

/* an ES module by its syntax, which is no CommonJS */

function loadDetected(module, filename, isEntry, error) {
    const url = require('module/format').urlOfDetected(filename, error);

    if (url === undefined) {
        throw require('module/resolve').explained(error, filename);
    }

    return loadES(module, filename, url, isEntry);
}

function call(wrapper, module, filename) {
    return load(ReflectApply, wrapper, module.exports,
                [module.exports, makeRequire(module), module, filename,
                 dirname(filename)]);
}

function makeRequire(module) {
    function require(id) {
        return module.require(id);
    }

    require.resolve = (request, options) => {
        if (typeof request !== 'string') {
            throw invalidArgType('request', 'of type string', request,
                                 require.resolve);
        }

        return Module._resolveFilename(request, module, false, options);
    };

    require.main = entry.module;
    require.extensions = extensions;
    require.cache = cache;

    require.resolve.paths = (request) => lookupPaths(request, module);

    return require;
}

/* in there "require" is the module's */

function lookupPaths(request, module) {
    return require('module/resolve').lookupPaths(request, module);
}

/*
 * The entry of the package: evaluated once for the context.  While it awaits,
 * `loading` is a promise of its exports.
 */

function main() {
    if (entry.module !== null) {
        return entry;
    }

    const filename = mainFile();
    const module = new Module(filename, null);
    let result;

    module.id = '.';
    module.filename = filename;
    module.path = dirname(filename);
    entry.module = module;
    cache[filename] = module;

    try {
        result = evaluate(module, filename);
    } catch (error) {
        forget(filename);
        throw error;
    }

    if (typeof result === 'object' && result !== null
        && typeof result.then === 'function')
    {
        entry.loading = settle(result, filename);

    } else {
        module.loaded = true;
        entry.exports = module.exports;
    }

    return entry;
}

async function settle(result, filename) {
    try {
        await result;
    } catch (error) {
        forget(filename);
        throw error;
    }

    const { module } = entry;

    module.loaded = true;
    entry.loading = null;
    entry.exports = module.exports;

    return entry.exports;
}

function forget(filename) {
    entry.module = null;
    entry.loading = null;
    delete cache[filename];
}

function mainFile() {
    let filename = native.recall('main');

    if (filename === undefined) {
        filename = native.stat(ENTRY) === 0 ? native.realpath(ENTRY)
                   : undefined;

        filename = require('module/resolve').mainOf(filename, ENTRY);
        native.remember('main', filename);
    }

    return filename;
}

module.exports = () => ({
    __proto__: null,
    Module,
    builtinName,
    entry,
    extensions,
    isBuiltin,
    loadFile,
    main,
    makeRequire,
});
