'use strict';

/*
 * From the specifier of an import to a URL, by the rules of Node's loader of ES
 * modules: URLs instead of paths, and nothing is guessed: no extension, no
 * index.js.  Packages are looked up as module/resolve does it.
 *
 * The root of URLs is the package: file:///index.mjs is its entry.
 */

const {
    ArrayPrototypeJoin,
    ArrayPrototypePush,
    Error,
    RangeError,
    RegExpPrototypeExec,
    StringPrototypeIncludes,
    StringPrototypeIndexOf,
    StringPrototypeSlice,
    StringPrototypeStartsWith,
    StringPrototypeToLowerCase,
    TypeError,
    decodeURIComponent,
    encodeURIComponent,
} = intrinsics;

const { define, nodeError } = require('lib/errors');
const { isBuiltin } = require('module/module');
const { importedFormatOf } = require('module/format');
const { dirname, extname, resolve: resolvePath, rooted } = require('lib/path');
const {
    fact,
    nodeModulePaths,
    packageScope,
    readPackage,
    resolveExports,
    resolveImports,
} = require('module/resolve');

const native = binding('module');

/* what of a package without "exports" may be its main file */

const MAINS = ['', '.js', '.json', '.node', '/index.js', '/index.json',
               '/index.node'];
const INDEXES = ['/index.js', '/index.json', '/index.node'];

/* what encodeURIComponent() takes for more than it is in a path */

const PLAIN = {
    '__proto__': null,
    '%24': '$', '%26': '&', '%2B': '+', '%2C': ',', '%2F': '/', '%3A': ':',
    '%3B': ';', '%3D': '=', '%40': '@', '%5B': '[', '%5D': ']', '%5E': '^',
    '%7C': '|',
};

const SCHEME = /^[a-z][a-z0-9+.-]*:/i;

function urlOf(filename) {
    if (RegExpPrototypeExec(/^[\w\-.~!$&'()*+,;=:@/]*$/, filename) !== null) {
        return `file://${filename}`;
    }

    const encoded = encodeURIComponent(filename);
    let url = 'file://';

    for (let i = 0; i < encoded.length; i++) {
        const plain = encoded[i] === '%'
                      ? PLAIN[StringPrototypeSlice(encoded, i, i + 3)]
                      : undefined;

        if (plain === undefined) {
            url += encoded[i];
        } else {
            url += plain;
            i += 2;
        }
    }

    return url;
}

/* a path of a URL, with its escapes, and what is behind it */

function split(text) {
    const at = RegExpPrototypeExec(/[?#]/, text)?.index ?? text.length;

    return {
        __proto__: null,
        path: StringPrototypeSlice(text, 0, at),
        rest: StringPrototypeSlice(text, at),
    };
}

/* the path that a URL of the package, or the path of a script, names */

function pathOf(url) {
    if (!StringPrototypeStartsWith(url, 'file://')) {
        return url;
    }

    const { path } = split(StringPrototypeSlice(url, 7));

    return StringPrototypeIncludes(path, '%') ? decodeURIComponent(path)
                                              : path;
}

function fromBase(base) {
    return base === undefined ? '' : ` imported from ${base}`;
}

function notFound(what, name, base, url) {
    const error = nodeError(Error, 'ERR_MODULE_NOT_FOUND',
                            `Cannot find ${what} '${name}'${fromBase(base)}`);

    if (url !== undefined) {
        define(error, 'url', url);
    }

    return error;
}

function invalid(specifier, reason, base) {
    return nodeError(TypeError, 'ERR_INVALID_MODULE_SPECIFIER',
                     `Invalid module "${specifier}"${reason}${fromBase(base)}`);
}

/* a path in a directory with its escapes undone; require() tells a whole URL */

function unescaped(path, { path: directory, base, way }) {
    if (RegExpPrototypeExec(/%2f|%5c/i, path) !== null) {
        const full = resolvePath(StringPrototypeSlice(urlOf(directory), 7),
                                 path);

        throw invalid(way === 'require' ? `file://${full}` : full,
                      ' must not include encoded "/" or "\\" characters',
                      base);
    }

    return decodeURIComponent(path);
}

/* a specifier that is a path, with escapes: the file and what is behind it */

function fileOf(text, directory, base) {
    const { path, rest } = split(text);
    let name = ArrayPrototypeJoin(pieces(path), '/');

    if (StringPrototypeIncludes(name, '%')) {
        name = unescaped(name, { __proto__: null, path: directory, base });
    }

    const filename = rooted(resolvePath(directory, name));

    return {
        __proto__: null,
        filename: name[name.length - 1] === '/' && filename !== '/'
                  ? `${filename}/` : filename,
        rest,
    };
}

/* in such a URL "\" is as good as "/" */

function pieces(path) {
    const parts = [];
    let start = 0;

    for (;;) {
        const end = StringPrototypeIndexOf(path, '\\', start);

        if (end === -1) {
            ArrayPrototypePush(parts, StringPrototypeSlice(path, start));
            return parts;
        }

        ArrayPrototypePush(parts, StringPrototypeSlice(path, start, end));
        start = end + 1;
    }
}

/* a file that there is, by its real name, as "format url" */

function finish({ filename, rest }, base) {
    const kind = native.stat(filename);

    if (kind === 1) {
        const error = nodeError(Error, 'ERR_UNSUPPORTED_DIR_IMPORT',
            `Directory import '${filename}' is not supported resolving ES `
            + `modules${fromBase(base)}`);

        define(error, 'url', urlOf(filename) + rest);
        throw error;
    }

    if (kind !== 0 || filename[filename.length - 1] === '/') {
        throw notFound('module', filename, base, urlOf(filename) + rest);
    }

    const real = native.realpath(filename);

    return `${importedFormatOf(real)} ${urlOf(real)}${rest}`;
}

function builtin(name) {
    return `builtin node:${name}`;
}

/* "name", "@scope/name", and what is behind it */

function parsePackage(specifier, base) {
    const parts = RegExpPrototypeExec(
        /^((?:@[^/\\%]+\/)?[^@./\\%][^/\\%]*)(\/.*)?$/s, specifier);

    if (parts === null) {
        throw invalid(specifier, ' is not a valid package name', base);
    }

    return { __proto__: null, name: parts[1], subpath: `.${parts[2] ?? ''}` };
}

function asFile(filename) {
    return { __proto__: null, filename, rest: '' };
}

/* what is in the package of that directory */

function inPackage(path, subpath, base) {
    const facts = readPackage(path);
    const exports = fact(facts, 'exports');

    if (exports !== undefined && exports !== null) {
        return resolveExports(path, exports, subpath, base, 'import');
    }

    if (subpath !== '.') {
        return fileOf(subpath, path, base).filename;
    }

    const main = fact(facts, 'main');

    for (let i = 0; main !== undefined && i < MAINS.length; i++) {
        const filename = resolvePath(path, main) + MAINS[i];

        if (native.stat(filename) === 0) {
            return filename;
        }
    }

    for (let i = 0; i < INDEXES.length; i++) {
        if (native.stat(path + INDEXES[i]) === 0) {
            return path + INDEXES[i];
        }
    }

    throw notFound('package', resolvePath(path, main ?? 'index.js'), base);
}

/* a file of a package by its name, or the name of what is built in */

function findPackage(specifier, base) {
    if (isBuiltin(specifier)) {
        return specifier;
    }

    if (specifier === '') {
        throw notFound('package', '', base);
    }

    const { name, subpath } = parsePackage(specifier, base);
    const scope = packageScope(base);

    if (scope !== undefined && fact(scope.facts, 'name') === name) {
        const exports = fact(scope.facts, 'exports');

        if (exports !== undefined && exports !== null) {
            return resolveExports(scope.path, exports, subpath, base,
                                  'import');
        }
    }

    const paths = nodeModulePaths(dirname(base));

    for (let i = 0; i < paths.length; i++) {
        const path = `${paths[i]}/${name}`;

        if (native.stat(path) === 1) {
            return inPackage(path, subpath, base);
        }
    }

    if (require('node/packages').isPackage(specifier)) {
        return specifier;
    }

    throw notFound('package', name, base);
}

/* a path, or a name of what is built in, as what it is */

function named(target, base) {
    if (target[0] === '/') {
        return finish(asFile(target), base);
    }

    return isBuiltin(target) ? builtin(target) : `package ${target}`;
}

/* the type of what is behind "data:", or undefined */

function typeOfData(rest) {
    return RegExpPrototypeExec(/^([^/,]+\/[^;,]+)[^,]*,/, rest)?.[1];
}

function formatOfData(rest) {
    switch (typeOfData(rest)) {
    case undefined:
        throw nodeError(TypeError, 'ERR_INVALID_URL', 'Invalid URL');
    case 'text/javascript':
    case 'application/javascript':
        return 'data';
    case 'application/json':
        return 'json';
    default:
        return 'unknown';
    }
}

/* why what a URL names is no module; that is told when it is loaded */

function unknown(url) {
    const filename = pathOf(url);

    if (filename === url) {
        const type = typeOfData(StringPrototypeSlice(url, 5));

        return nodeError(RangeError, 'ERR_UNKNOWN_MODULE_FORMAT',
                         `Unknown module format: ${type} for URL ${url}`);
    }

    return nodeError(TypeError, 'ERR_UNKNOWN_FILE_EXTENSION',
                     `Unknown file extension "${extname(filename)}" for `
                     + filename);
}

function withScheme(specifier, scheme, base) {
    const rest = StringPrototypeSlice(specifier, scheme.length);

    if (scheme === 'node:') {
        if (!isBuiltin(rest)) {
            throw nodeError(Error, 'ERR_UNKNOWN_BUILTIN_MODULE',
                            `No such built-in module: ${specifier}`);
        }

        return builtin(rest);
    }

    if (scheme === 'data:') {
        return `${formatOfData(rest)} ${specifier}`;
    }

    if (scheme !== 'file:') {
        throw nodeError(Error, 'ERR_UNSUPPORTED_ESM_URL_SCHEME',
                        'Only URLs with a scheme in: file, data, and node are '
                        + 'supported by the default ESM loader. Received '
                        + `protocol '${scheme}'`);
    }

    const path = RegExpPrototypeExec(/^[\\/]{2}(?:localhost)?([\\/].*)$/is,
                                     rest)?.[1]
                 ?? (RegExpPrototypeExec(/^[\\/]{2}[^\\/]/, rest) === null
                     ? `/${rest}` : undefined);

    if (path === undefined) {
        throw nodeError(TypeError, 'ERR_INVALID_FILE_URL_HOST',
                        'File URL host must be "localhost" or empty on linux');
    }

    return finish(fileOf(path, '/', base), base);
}

/* in a module that a URL holds nothing is beside it */

function findFromData(specifier, base) {
    const scheme = RegExpPrototypeExec(SCHEME, specifier);

    if (scheme !== null) {
        return withScheme(specifier, StringPrototypeToLowerCase(scheme[0]),
                          base);
    }

    if (isBuiltin(specifier)) {
        return builtin(specifier);
    }

    throw nodeError(TypeError, 'ERR_UNSUPPORTED_RESOLVE_REQUEST',
                    `Failed to resolve module specifier "${specifier}" from `
                    + `"${base}": Invalid relative URL or base scheme is not `
                    + 'hierarchical.');
}

function find(specifier, base) {
    if (StringPrototypeStartsWith(base, 'data:')) {
        return findFromData(specifier, base);
    }

    if (RegExpPrototypeExec(/^(?:\/|\.{1,2}(?:\/|$))/, specifier) !== null) {
        return finish(fileOf(specifier, dirname(base), base), base);
    }

    if (specifier[0] === '#') {
        const found = resolveImports(specifier, base, 'import');

        if (found === undefined) {
            const scope = packageScope(base);

            throw nodeError(TypeError, 'ERR_PACKAGE_IMPORT_NOT_DEFINED',
                `Package import specifier "${specifier}" is not defined`
                + (scope === undefined ? '' : ' in package '
                   + `${scope.path === '/' ? '' : scope.path}/package.json`)
                + fromBase(base));
        }

        return named(found.target, base);
    }

    const scheme = RegExpPrototypeExec(SCHEME, specifier);

    if (scheme !== null) {
        return withScheme(specifier, StringPrototypeToLowerCase(scheme[0]),
                          base);
    }

    return named(findPackage(specifier, base), base);
}

/*
 * What `specifier` means in the file `base`: "<format> <url>".  The answers are
 * remembered for the version of the function.
 */

function resolve(specifier, base) {
    const key = `import\0${dirname(base)}\0${specifier}`;
    const answer = find(specifier, base);

    if (RegExpPrototypeExec(/^data:/i, specifier) === null) {
        native.remember(key, answer);
    }

    return answer;
}

module.exports = {
    __proto__: null,
    findPackage,
    pathOf,
    resolve,
    unescaped,
    unknown,
    urlOf,
};
