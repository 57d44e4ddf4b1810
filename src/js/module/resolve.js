'use strict';

/*
 * From a request to a file name, by the rules of Node's CommonJS loader:
 * files, extensions, directories, package.json main, exports and imports,
 * self-reference, node_modules.
 */

const {
    ArrayIsArray,
    ArrayPrototypeIndexOf,
    ArrayPrototypeJoin,
    ArrayPrototypePush,
    Error,
    JSONParse,
    JSONStringify,
    ObjectKeys,
    ObjectPrototypeHasOwnProperty,
    RegExpPrototypeExec,
    StringPrototypeEndsWith,
    StringPrototypeIncludes,
    StringPrototypeIndexOf,
    StringPrototypeLastIndexOf,
    StringPrototypeSlice,
    StringPrototypeStartsWith,
    SyntaxError,
    TypeError,
    decodeURIComponent,
} = intrinsics;

const { define, nodeError } = require('lib/errors');
const { extensions, isBuiltin } = require('module/module');
const { dirname, resolve: resolvePath, rooted } = require('lib/path');

const native = binding('module');

const NODE_BUILTINS = [
    'assert', 'assert/strict', 'async_hooks', 'buffer', 'child_process',
    'cluster', 'console', 'constants', 'crypto', 'dgram',
    'diagnostics_channel', 'dns', 'dns/promises', 'domain', 'events', 'fs',
    'fs/promises', 'http', 'http2', 'https', 'inspector', 'module', 'net',
    'os', 'path', 'path/posix', 'path/win32', 'perf_hooks', 'process',
    'punycode', 'querystring', 'readline', 'readline/promises', 'repl',
    'stream', 'stream/consumers', 'stream/promises', 'stream/web',
    'string_decoder', 'sys', 'timers', 'timers/promises', 'tls',
    'trace_events', 'tty', 'url', 'util', 'util/types', 'v8', 'vm', 'wasi',
    'worker_threads', 'zlib',
];

/* directory -> facts of its package.json, for this context */
const packages = { __proto__: null };

const NONE = { __proto__: null, exists: false };

function own(object, key) {
    return ObjectPrototypeHasOwnProperty(object, key) ? object[key]
           : undefined;
}

/*
 * What an answer depends on besides its file: the names that were not there
 * before it, and the one that a link has led from.  When that changes it is
 * another version of the function, as when a loaded file does.
 */

let missing = null;
let linked = null;

function kindOf(path) {
    const kind = native.stat(path);

    if (kind < 0 && missing !== null) {
        ArrayPrototypePush(missing, path);
    }

    return kind;
}

function note() {
    for (let i = 0; i < missing.length; i++) {
        native.note(missing[i], false);
    }

    if (linked !== null) {
        native.note(linked, true);
    }
}

/* what the loader needs of a package.json; one that may not be read is none */

function readPackage(directory) {
    const known = packages[directory];

    if (known !== undefined) {
        return known;
    }

    const key = `package\0${directory}`;
    let text = native.recall(key);

    if (text === undefined) {
        text = packageFacts(resolvePath(directory, 'package.json'));
        native.remember(key, text);
    }

    return packages[directory] = text === '' ? NONE : JSONParse(text);
}

/* as JSON; '' when there is no such package */

function packageFacts(path) {
    if (native.stat(path) !== 0) {
        native.note(path, false);
        return '';
    }

    let text, json;

    try {
        text = native.read(path);

    } catch (error) {
        if (error.code !== 'EACCES' && error.code !== 'ENOENT') {
            throw error;
        }

        native.note(path, true);
        return '';
    }

    try {
        json = JSONParse(text);

        if (json === null) {
            throw new SyntaxError('it is null');
        }

    } catch (error) {
        error.message = `Error parsing ${path}: ${error.message}`;
        error.path = path;
        throw error;
    }

    const facts = { __proto__: null, exists: true };

    const names = ['name', 'main', 'module', 'type'];

    for (let i = 0; i < names.length; i++) {
        const name = names[i];
        const value = own(json, name);

        if (typeof value === 'string') {
            facts[name] = value;
        }
    }

    facts.exports = own(json, 'exports');
    facts.imports = own(json, 'imports');

    return JSONStringify(facts);
}

function fact(facts, name) {
    return own(facts, name) ?? undefined;
}

/* the package to which a file belongs: { facts, path }, or undefined */

function packageScope(filename) {
    let directory = dirname(filename);

    for (;;) {
        if (StringPrototypeEndsWith(directory, '/node_modules')) {
            return undefined;
        }

        const facts = readPackage(directory);

        if (facts.exists) {
            return { __proto__: null, facts, path: directory };
        }

        if (directory === '/') {
            return undefined;
        }

        directory = dirname(directory);
    }
}

function tryFile(path) {
    if (kindOf(path) !== 0) {
        return undefined;
    }

    const filename = native.realpath(path);

    linked = filename === path ? null : path;

    return filename;
}

function tryExtensions(path) {
    const names = ObjectKeys(extensions);

    for (let i = 0; i < names.length; i++) {
        const filename = tryFile(path + names[i]);

        if (filename !== undefined) {
            return filename;
        }
    }

    return undefined;
}

function tryDirectory(directory, request) {
    const facts = readPackage(directory);
    const main = fact(facts, 'main');
    const index = resolvePath(directory, 'index');

    if (main === undefined || main === '') {
        const other = fact(facts, 'module');

        return tryExtensions(index)
               ?? (other === undefined ? undefined
                   : tryFile(resolvePath(directory, other)));
    }

    const path = resolvePath(directory, main);
    const filename = tryFile(path) ?? tryExtensions(path)
                     ?? tryExtensions(resolvePath(path, 'index'))
                     ?? tryExtensions(index);

    if (filename === undefined) {
        const error = new Error(`Cannot find module '${path}'. Please verify `
            + 'that the package.json has a valid "main" entry');

        error.code = 'MODULE_NOT_FOUND';
        error.path = resolvePath(directory, 'package.json');
        error.requestPath = request;
        throw error;
    }

    return filename;
}

function tryPath(path, request, isDirectory) {
    let filename;

    if (!isDirectory) {
        filename = tryFile(path) ?? tryExtensions(path);
    }

    if (filename === undefined && kindOf(path) === 1) {
        filename = tryDirectory(path, request);
    }

    return filename;
}

/* "x/", "x/." and "x/.." name directories */

function namesDirectory(request) {
    return RegExpPrototypeExec(/(?:^|\/)\.{0,2}$/, request) !== null;
}

function isRelative(request) {
    return RegExpPrototypeExec(/^\.{1,2}(?:\/|$)/, request) !== null;
}

function nodeModulePaths(from) {
    const paths = [];
    let directory = resolvePath('/', from);

    while (directory !== '/') {
        if (!StringPrototypeEndsWith(directory, '/node_modules')) {
            ArrayPrototypePush(paths, `${directory}/node_modules`);
        }

        directory = dirname(directory);
    }

    ArrayPrototypePush(paths, '/node_modules');

    return paths;
}

function lookupPaths(request, parent) {
    if (isBuiltin(request)) {
        return null;
    }

    if (isRelative(request)) {
        return [parent?.path ?? '/'];
    }

    return parent?.paths ?? ['/node_modules'];
}

function findPath(request, paths) {
    if (request[0] === '/') {
        return tryPath(resolvePath('/', rooted(request)), request,
                       namesDirectory(request));
    }

    const isDirectory = namesDirectory(request);
    const relative = isRelative(request);

    for (let i = 0; i < paths.length; i++) {
        const directory = paths[i];

        if (!relative) {
            if (kindOf(directory) !== 1) {
                continue;
            }

            const filename = tryExports(directory, request);

            if (filename !== undefined) {
                return filename;
            }
        }

        const filename = tryPath(resolvePath(directory, request), request,
                                 isDirectory);

        if (filename !== undefined) {
            return filename;
        }
    }

    return undefined;
}

/* node_modules/<name> with "exports" */

function tryExports(directory, request) {
    const parts = RegExpPrototypeExec(
        /^((?:@[^/\\%]+\/)?[^./\\%][^/\\%]*)(\/.*)?$/, request);

    if (parts === null) {
        return undefined;
    }

    const path = resolvePath(directory, parts[1]);
    const facts = readPackage(path);
    const exports = fact(facts, 'exports');

    if (exports === undefined) {
        return undefined;
    }

    return existing(resolveExports(path, exports, `.${parts[2] ?? ''}`,
                                   undefined, 'require'), path);
}

/* a package that requires itself by its name */

function trySelf(request, parent) {
    if (typeof parent?.filename !== 'string') {
        return undefined;
    }

    const scope = packageScope(parent.filename);

    if (scope === undefined) {
        return undefined;
    }

    const exports = fact(scope.facts, 'exports');
    const name = fact(scope.facts, 'name');
    let subpath;

    if (exports === undefined || name === undefined) {
        return undefined;
    }

    if (request === name) {
        subpath = '.';
    } else if (StringPrototypeStartsWith(request, `${name}/`)) {
        subpath = `.${StringPrototypeSlice(request, name.length)}`;
    } else {
        return undefined;
    }

    return existing(resolveExports(scope.path, exports, subpath,
                                   parent.filename, 'require'), scope.path);
}

function tryImports(request, parent) {
    const found = resolveImports(request, parent?.filename, 'require');

    return found === undefined || isBuiltin(found.target) ? found?.target
           : existing(found.target, found.path);
}

/*
 * What "imports" of the package of `base` say; undefined: it has none.  The way
 * to it is 'require' or 'import'.
 */

function resolveImports(request, base, way) {
    const scope = typeof base !== 'string' ? undefined : packageScope(base);
    const imports = scope === undefined ? undefined
                    : fact(scope.facts, 'imports');

    if (imports === undefined) {
        return undefined;
    }

    if (request === '#' || StringPrototypeStartsWith(request, '#/')
        || StringPrototypeEndsWith(request, '/'))
    {
        throw nodeError(TypeError, 'ERR_INVALID_MODULE_SPECIFIER',
                        `Invalid module "${request}" is not a valid internal `
                        + `imports specifier name imported from ${base}`);
    }

    const target = match(imports, request, { __proto__: null,
                         path: scope.path, internal: true, base, way });

    if (target === undefined || target === null) {
        throw nodeError(TypeError, 'ERR_PACKAGE_IMPORT_NOT_DEFINED',
                        `Package import specifier "${request}" is not defined`
                        + ` in package ${inDirectory(scope.path)}package.json`
                        + ` imported from ${base}`);
    }

    return { __proto__: null, target, path: scope.path };
}

function existing(path, directory) {
    const filename = isBuiltin(path) ? path : tryFile(path);

    if (filename === undefined) {
        const error = new Error(`Cannot find module '${path}'`);

        error.code = 'MODULE_NOT_FOUND';
        error.path = resolvePath(directory, 'package.json');
        throw error;
    }

    return filename;
}

function inDirectory(path) {
    return path === '/' ? '/' : `${path}/`;
}

function from(base) {
    return base === undefined ? '' : ` imported from ${base}`;
}

/* the file to which `subpath` of a package leads by its "exports" */

function resolveExports(path, exports, subpath, base, way) {
    const context = { __proto__: null, path, internal: false, base, way };
    const map = isSugar(exports, context) ? { __proto__: null, '.': exports }
                : exports;
    const target = match(map, subpath, context);

    if (target === undefined || target === null) {
        throw nodeError(Error, 'ERR_PACKAGE_PATH_NOT_EXPORTED',
            subpath === '.'
            ? `No "exports" main defined in ${inDirectory(path)}package.json`
              + from(base)
            : `Package subpath '${subpath}' is not defined by "exports" in `
              + `${inDirectory(path)}package.json${from(base)}`);
    }

    return target;
}

function badConfig(context, text) {
    return nodeError(Error, 'ERR_INVALID_PACKAGE_CONFIG',
                     `Invalid package config ${inDirectory(context.path)}`
                     + 'package.json'
                     + (context.base === undefined ? ''
                        : ` while importing ${context.base}`) + `. ${text}`);
}

function isSugar(exports, context) {
    if (typeof exports === 'string' || ArrayIsArray(exports)) {
        return true;
    }

    if (typeof exports !== 'object') {
        return false;
    }

    const keys = ObjectKeys(exports);
    let sugar = false;

    for (let i = 0; i < keys.length; i++) {
        const conditional = keys[i][0] !== '.';

        if (i === 0) {
            sugar = conditional;

        } else if (sugar !== conditional) {
            throw badConfig(context,
                '"exports" cannot contain some keys starting with \'.\' and '
                + 'some not. The exports object must either be an object of '
                + 'package subpath keys or an object of main entry condition '
                + 'name keys only.');
        }
    }

    return sugar;
}

/* the entry of an exports or imports map that fits, followed to its target */

function match(map, request, context) {
    if (typeof map !== 'object') {
        return undefined;
    }

    if (ObjectPrototypeHasOwnProperty(map, request)
        && !StringPrototypeIncludes(request, '*')
        && !StringPrototypeEndsWith(request, '/'))
    {
        return follow(map[request], '', request, false, context);
    }

    const keys = ObjectKeys(map);
    let best = '';
    let part;

    for (let i = 0; i < keys.length; i++) {
        const key = keys[i];
        const star = StringPrototypeIndexOf(key, '*');

        if (star === -1 || StringPrototypeLastIndexOf(key, '*') !== star
            || !StringPrototypeStartsWith(request,
                                          StringPrototypeSlice(key, 0, star)))
        {
            continue;
        }

        const trailer = StringPrototypeSlice(key, star + 1);

        if (request.length >= key.length
            && StringPrototypeEndsWith(request, trailer)
            && isBetter(key, star, best))
        {
            best = key;
            part = StringPrototypeSlice(request, star,
                                        request.length - trailer.length);
        }
    }

    return best === '' ? undefined
           : follow(map[best], part, best, true, context);
}

/* the longer base wins, then the longer pattern */

function isBetter(key, star, best) {
    const other = StringPrototypeIndexOf(best, '*');

    return other === -1 || star > other
           || (star === other && key.length > best.length);
}

function follow(target, part, key, pattern, context) {
    if (typeof target === 'string') {
        return targetPath(target, part, key, pattern, context);
    }

    if (target === null) {
        return null;
    }

    if (ArrayIsArray(target)) {
        return followFirst(target, part, key, pattern, context);
    }

    if (typeof target === 'object') {
        return followConditions(target, part, key, pattern, context);
    }

    throw badTarget(target, key, context);
}

/* of a list the first that leads somewhere */

function followFirst(targets, part, key, pattern, context) {
    let failure = null;

    for (let i = 0; i < targets.length; i++) {
        let result;

        try {
            result = follow(targets[i], part, key, pattern, context);

        } catch (error) {
            if (error.code !== 'ERR_INVALID_PACKAGE_TARGET') {
                throw error;
            }

            failure = error;
            continue;
        }

        if (result === null) {
            failure = null;

        } else if (result !== undefined) {
            return result;
        }
    }

    if (failure !== null) {
        throw failure;
    }

    return null;
}

/* of an object the first condition that holds and leads somewhere */

function followConditions(targets, part, key, pattern, context) {
    const names = ObjectKeys(targets);

    for (let i = 0; i < names.length; i++) {
        if (RegExpPrototypeExec(/^(?:0|[1-9]\d*)$/, names[i]) !== null) {
            throw badConfig(context, '"exports" cannot contain numeric '
                                     + 'property keys.');
        }
    }

    for (let i = 0; i < names.length; i++) {
        const name = names[i];

        if (name === 'default' || name === context.way || name === 'node'
            || name === 'node-addons' || name === 'module-sync')
        {
            const result = follow(targets[name], part, key, pattern, context);

            if (result !== undefined) {
                return result;
            }
        }
    }

    return undefined;
}

function badTarget(target, key, context) {
    const dotted = typeof target === 'string' && !context.internal
                   && target.length !== 0
                   && !StringPrototypeStartsWith(target, './');
    const text = typeof target === 'string' ? target
                 : JSONStringify(target);
    const where = `in the package config ${inDirectory(context.path)}`
                  + `package.json${from(context.base)}`
                  + (dotted ? '; targets must start with "./"' : '');

    return nodeError(Error, 'ERR_INVALID_PACKAGE_TARGET',
        key === '.'
        ? `Invalid "exports" main target ${JSONStringify(text)} defined `
          + where
        : `Invalid "${context.internal ? 'imports' : 'exports'}" target `
          + `${JSONStringify(text)} defined for '${key}' ${where}`);
}

/* whether a part is ".", ".." or "node_modules"; %2F is for unescaped() */

function leaves(path) {
    if (RegExpPrototypeExec(/%2f|%5c/i, path) !== null) {
        return false;
    }

    try {
        path = decodeURIComponent(path);
    } catch {
        return true;
    }

    return RegExpPrototypeExec(
        /(?:^|[\\/])(?:\.\.?|node_modules)(?:[\\/]|$)/i, path) !== null;
}

function fill(text, part) {
    let result = '';
    let start = 0;

    for (;;) {
        const star = StringPrototypeIndexOf(text, '*', start);

        if (star === -1) {
            return result + StringPrototypeSlice(text, start);
        }

        result += StringPrototypeSlice(text, start, star) + part;
        start = star + 1;
    }
}

function targetPath(target, part, key, pattern, context) {
    if (!StringPrototypeStartsWith(target, './')) {
        if (context.internal && target[0] !== '/'
            && !StringPrototypeStartsWith(target, '../')
            && RegExpPrototypeExec(/^(?!node:)[a-z][a-z0-9+.-]*:/i, target)
               === null)
        {
            return bareTarget(pattern ? fill(target, part) : target, context);
        }

        throw badTarget(target, key, context);
    }

    if (leaves(StringPrototypeSlice(target, 2))) {
        throw badTarget(target, key, context);
    }

    if (part !== '' && leaves(part)) {
        throw nodeError(TypeError, 'ERR_INVALID_MODULE_SPECIFIER',
            `Invalid module "${fill(key, part)}" request is not a valid match`
            + ` in pattern "${key}" for the `
            + `"${context.internal ? 'imports' : 'exports'}" resolution of `
            + `${inDirectory(context.path)}package.json${from(context.base)}`);
    }

    /* the directory of the package is a name of a file, with no escapes */

    const path = pattern ? fill(target, part) : target;

    return resolvePath(context.path, StringPrototypeIncludes(path, '%')
        ? require('module/esm-resolve').unescaped(path, context) : path);
}

/* an import that leads to another package or to a built-in module */

function bareTarget(target, context) {
    const name = StringPrototypeStartsWith(target, 'node:')
                 ? StringPrototypeSlice(target, 5) : target;

    if (isBuiltin(name)) {
        return name;
    }

    if (context.way === 'import') {
        return require('module/esm-resolve').findPackage(target,
                                                         context.base);
    }

    const filename = findPath(target, nodeModulePaths(context.path));

    if (filename === undefined) {
        throw notFound(target, undefined);
    }

    return filename;
}

/* Node's error; a built-in module that is not there is named as such */

function notFound(request, parent) {
    const stack = [];
    let message = `Cannot find module '${request}'${unavailable(request)}`;

    for (let cursor = parent; cursor; cursor = cursor.parent) {
        ArrayPrototypePush(stack, cursor.filename ?? cursor.id);
    }

    for (let i = 0; i < stack.length; i++) {
        message += i === 0 ? `\nRequire stack:\n- ${stack[i]}`
                   : `\n- ${stack[i]}`;
    }

    const error = new Error(message);

    error.code = 'MODULE_NOT_FOUND';
    error.requireStack = stack;

    return error;
}

function unavailable(name) {
    if (ArrayPrototypeIndexOf(NODE_BUILTINS, name) === -1) {
        return '';
    }

    const names = require('node/builtins').names();

    return ': this built-in module of Node.js is not available here '
           + `(available: ${ArrayPrototypeJoin(names, ', ')})`;
}

/* "node:" and what is no name of a built-in module */

function unknownBuiltin(request) {
    return nodeError(Error, 'ERR_UNKNOWN_BUILTIN_MODULE',
                     `No such built-in module: ${request}`
                     + unavailable(StringPrototypeSlice(request, 5)),
                     unknownBuiltin);
}

/* V8's error of an ES module says what to do, in its stack as well */

function explained(error, filename) {
    const { message, stack } = error;

    if (typeof message !== 'string' || typeof stack !== 'string'
        || !native.isModule(message))
    {
        return error;
    }

    const text = `${message}: to load ${filename} as an ES module, set `
                 + '"type": "module" in its package.json or name it .mjs';
    const at = StringPrototypeIndexOf(stack, message);

    define(error, 'message', text);

    if (at !== -1) {
        define(error, 'stack', StringPrototypeSlice(stack, 0, at) + text
                               + StringPrototypeSlice(stack,
                                                      at + message.length));
    }

    return error;
}

function find(request, parent, paths) {
    /* no file has such a name */
    if (StringPrototypeIncludes(request, '\0')) {
        return undefined;
    }

    if (request[0] === '#') {
        const filename = tryImports(request, parent);

        if (filename !== undefined) {
            return filename;
        }
    }

    if (request[0] === '/' || isRelative(request)) {
        return findPath(request, paths);
    }

    return trySelf(request, parent) ?? findPath(request, paths);
}

/*
 * `key`: under which the answer is remembered; `loading`: the entry is evaluated,
 * once for all that its context will run, which goes for what it does not find.
 */

function resolve(request, parent, key, loading) {
    let filename;

    missing = [];
    linked = null;

    try {
        filename = find(request, parent, lookupPaths(request, parent))
                   ?? builtIn(request, parent);

        checkScope(filename);

    } finally {
        if (filename !== undefined || loading) {
            note();
        }

        missing = null;
    }

    if (ObjectKeys(extensions).length === 3) {
        native.remember(key, filename);
    }

    return filename;
}

/* a package that is built in, or "buffer/": one of that name goes before */

function builtIn(request, parent) {
    if (require('node/packages').isPackage(request)) {
        return request;
    }

    const name = StringPrototypeSlice(request, 0, -1);

    if (!StringPrototypeEndsWith(request, '/') || !isBuiltin(name)) {
        throw notFound(request, parent);
    }

    return name;
}

/*
 * Node looks at the package to which a file belongs when it loads that; here
 * it is done once for all contexts that will.
 */

function checkScope(filename) {
    if (filename[0] === '/' && StringPrototypeEndsWith(filename, '.js')) {
        packageScope(filename);
    }
}

/* what else an entry may be called */

function tryIndexes() {
    return tryFile('/index.mjs') ?? tryFile('/index.ts')
           ?? tryFile('/index.mts') ?? tryFile('/index.cts');
}

/* the entry of a function without an index.js is what package.json names */

function mainOf(index, request) {
    let filename = index;

    missing = [];
    linked = null;

    try {
        if (index === undefined) {
            filename = fact(readPackage('/'), 'main') ? tryDirectory('/', '/')
                       : tryIndexes();
        }

        if (filename === undefined) {
            throw notFound(request, undefined);
        }

        checkScope(filename);
        note();

    } finally {
        missing = null;
    }

    return filename;
}

/* require.resolve with options */

function resolveWith(request, parent, options) {
    const given = typeof options === 'object' && options !== null
                  ? options.paths : undefined;
    let paths;

    if (given === undefined) {
        paths = lookupPaths(request, parent);

    } else if (!ArrayIsArray(given)) {
        throw nodeError(TypeError, 'ERR_INVALID_ARG_VALUE',
                        "The property 'options.paths' is invalid. Received "
                        + require('lib/format').inspect(given));

    } else if (isRelative(request)) {
        paths = given;

    } else {
        paths = [];

        for (let i = 0; i < given.length; i++) {
            const more = nodeModulePaths(given[i]);

            for (let j = 0; j < more.length; j++) {
                if (ArrayPrototypeIndexOf(paths, more[j]) === -1) {
                    ArrayPrototypePush(paths, more[j]);
                }
            }
        }
    }

    const filename = find(request, parent, paths);

    if (filename === undefined) {
        throw notFound(request, parent);
    }

    return filename;
}

module.exports = {
    __proto__: null,
    explained,
    fact,
    findPath,
    lookupPaths,
    mainOf,
    nodeModulePaths,
    notFound,
    packageScope,
    readPackage,
    resolve,
    resolveExports,
    resolveImports,
    resolveWith,
    unknownBuiltin,
};
