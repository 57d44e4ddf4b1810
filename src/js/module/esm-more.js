'use strict';

/*
 * What few modules need of module/esm: those that are none of V8's, import()
 * and import.meta, require() of ES modules, and what errors tell.
 */

const {
    Error,
    JSONParse,
    ObjectKeys,
    ObjectPrototypeHasOwnProperty,
    ReflectGetPrototypeOf,
    ReflectOwnKeys,
    RegExpPrototypeExec,
    StringPrototypeIndexOf,
    StringPrototypeSlice,
    StringPrototypeStartsWith,
    SyntaxError,
    TypeError,
    decodeURIComponent,
} = intrinsics;

const { nodeError } = require('lib/errors');
const { dirname, extname } = require('lib/path');
const {
    add,
    evaluate,
    handlerOf,
    imported,
    link,
    numbers,
    pathOf,
    recordOf,
    records,
    resolve,
} = require('module/esm');
const { Module, entry } = require('module/module');

const native = binding('modules/more');
const { read } = binding('module');

/* of the hook "module" */

const IMPORT = 0;

/* V8's status of a module */

const UNINSTANTIATED = 0;
const EVALUATING = 3;
const EVALUATED = 4;
const ERRORED = 5;

const NONE = { __proto__: null, requests: [] };

/* url -> how it has failed */
let failures = { __proto__: null };

function failed(url, error) {
    return failures[url] ??= error;
}

/* "default" and those keys of a value, as the keys of an object */

function namesOf(value) {
    const names = { __proto__: null, default: true };
    const type = typeof value;

    if (value !== null && (type === 'object' || type === 'function')) {
        const keys = ObjectKeys(value);

        for (let i = 0; i < keys.length; i++) {
            names[keys[i]] = true;
        }
    }

    return names;
}

function has(object, key) {
    return ObjectPrototypeHasOwnProperty(object, key);
}

/* `process` has most of what Node's has as its own by its class */

function process() {
    return require('process/process').process;
}

function processNames(names) {
    const keys = ReflectOwnKeys(ReflectGetPrototypeOf(process()));

    for (let i = 0; i < keys.length; i++) {
        if (typeof keys[i] === 'string' && keys[i] !== 'constructor') {
            names[keys[i]] = true;
        }
    }

    return names;
}

/* a value by its key, whatever getter there is */

function valueOf(object, key) {
    try {
        return has(object, key) || object === process() ? object[key]
                                                        : undefined;
    } catch {
        return undefined;
    }
}

/* `get()`: the value when it is evaluated; it exports itself and `names` */

function synthetic(url, filename, names, get) {
    const number = native.synthetic(url, names);

    return add(url, filename, [number], () => {
        const value = get();
        const type = typeof value;
        const keys = ObjectKeys(names);

        native.export(number, 'default', value);

        if (value !== null && (type === 'object' || type === 'function')) {
            for (let i = 0; i < keys.length; i++) {
                if (keys[i] !== 'default') {
                    native.export(number, keys[i], valueOf(value, keys[i]));
                }
            }
        }
    });
}

function builtinRecord(url) {
    const value = require('node/builtins').load(StringPrototypeSlice(url, 5));
    const names = namesOf(value);

    return synthetic(url, undefined,
                     url === 'node:process' ? processNames(names) : names,
                     () => value);
}

function packageRecord(url) {
    const value = require('node/packages').load(url);

    return synthetic(url, undefined, namesOf(value), () => value);
}

function commonjsRecord(url, filename) {
    const names = { __proto__: null, default: true };
    const found = require('module/cjs-names').namesOf(filename);

    for (let i = 0; i < found.length; i++) {
        names[found[i]] = true;
    }

    const imported = entry.imported ??= { __proto__: null };

    imported[filename] ??= null;

    return synthetic(url, filename, names, () => {
        const module = Module._cache[filename]
                       ?? require('module/module').loadFile(filename);

        return (imported[filename] ?? module).exports;
    });
}

function parsed(text, name) {
    try {
        return JSONParse(text);
    } catch (error) {
        error.message = `${name}: ${error.message}`;
        throw error;
    }
}

/* require() has the same, whose exports may have become others meanwhile */

function jsonRecord(url, filename) {
    const { _cache: cache } = Module;
    let module = cache[filename];

    if (module === undefined || !module.loaded) {
        module = new Module(filename);
        module.filename = filename;
        module.exports = parsed(read(filename), filename);
        module.loaded = true;
        cache[filename] = module;
    }

    return synthetic(url, filename, { __proto__: null, default: true },
                     () => module.exports);
}

/* what a URL holds */

function dataOf(url) {
    const { 1: base64, 2: text } = RegExpPrototypeExec(
        /^data:[^,]*?(;base64)?,(.*)$/is, url);

    return require('node/realm').load('buffer').Buffer
           .from(decodeURIComponent(text),
                 base64 === undefined ? 'utf8' : 'base64').toString();
}

function dataRecord(format, url) {
    if (format === 'data') {
        return add(url, url, native.text(dataOf(url), url), undefined);
    }

    const value = parsed(dataOf(url), url);

    return synthetic(url, url, { __proto__: null, default: true },
                     () => value);
}

function isData(url) {
    return RegExpPrototypeExec(/^data:/i, url) !== null;
}

function makeRecord(format, url) {
    if (format === 'unknown') {
        throw require('module/esm-resolve').unknown(url);
    }

    if (isData(url)) {
        return dataRecord(format, url);
    }

    switch (format) {
    case 'builtin':
        return builtinRecord(url);
    case 'package':
        return packageRecord(url);
    case 'commonjs':
        return commonjsRecord(url, pathOf(url));
    default:
        return jsonRecord(url, pathOf(url));
    }
}

/* whether a file compiles as an ES module */

function compiles(filename) {
    try {
        recordOf('module', require('module/esm-resolve').urlOf(filename));
    } catch {
        return false;
    }

    return true;
}

/*
 * "with { type: 'json' }" has to be there for JSON, and for nothing else.
 * `attributes`: undefined, or keys and values.
 */

function checkAttributes(attributes, format, url) {
    let type;

    for (let i = 0; attributes !== undefined && i < attributes.length; i += 2) {
        if (attributes[i] !== 'type') {
            throw nodeError(TypeError, 'ERR_IMPORT_ATTRIBUTE_UNSUPPORTED',
                `Import attribute "${attributes[i]}" with value `
                + `"${attributes[i + 1]}" is not supported in ${url}`);
        }

        type = attributes[i + 1];
    }

    if (type === (format === 'json' ? 'json' : undefined)
        || format === 'unknown')
    {
        return;
    }

    if (type === undefined) {
        throw nodeError(TypeError, 'ERR_IMPORT_ATTRIBUTE_MISSING',
                        `Module "${url}" needs an import attribute of "type: `
                        + 'json"');
    }

    if (type === 'json') {
        throw nodeError(TypeError, 'ERR_IMPORT_ATTRIBUTE_TYPE_INCOMPATIBLE',
                        `Module "${url}" is not of type "json"`);
    }

    throw nodeError(TypeError, 'ERR_IMPORT_ATTRIBUTE_UNSUPPORTED',
                    `Import attribute "type" with value "${type}" is not `
                    + `supported in ${url}`);
}

/* whether the first module that asks for it gets one of CommonJS */

function isCommonjs(specifier) {
    for (let i = 0; i < numbers.length; i++) {
        const { filename, requests } = numbers[i] ?? NONE;

        for (let k = 1; k < requests.length; k += 2) {
            if (requests[k] === specifier) {
                return StringPrototypeStartsWith(resolve(specifier, filename),
                                                 'commonjs ');
            }
        }
    }

    return false;
}

/* "{ a as b }" of an import, as it is in an assignment */

function renamed(names) {
    const parts = RegExpPrototypeExec(/^(.*?)\s+as\s+(.*)$/, names);

    return parts === null ? names : `${parts[1]}: ${renamed(parts[2])}`;
}

/* a name that a module of CommonJS has, and that cannot be told by its text */

function explainName(error) {
    const parts = RegExpPrototypeExec(
        /^The requested module '(.*)' does not provide an export named '(.*)'$/s,
        `${error.message}`);

    if (parts === null || !isCommonjs(parts[1])) {
        return;
    }

    const { message } = error;
    const stack = `${error.stack}`;
    const at = StringPrototypeIndexOf(stack, message);
    const names = RegExpPrototypeExec(/^[^\n]*\n[^\n]*(\{.*\})/, stack)?.[1];

    error.message = `Named export '${parts[2]}' not found. The requested `
        + `module '${parts[1]}' is a CommonJS module, which may not support `
        + 'all module.exports as named exports.\nCommonJS modules can always '
        + 'be imported via the default export, for example using:\n\nimport '
        + `pkg from '${parts[1]}';\n`
        + (names === undefined ? '' : `const ${renamed(names)} = pkg;\n`);

    if (at !== -1) {
        error.stack = StringPrototypeSlice(stack, 0, at) + error.message
                      + StringPrototypeSlice(stack, at + message.length);
    }
}

/* what its author may have taken for CommonJS, as Node tells it */

function explainScope(error, { filename, number }) {
    const parts = RegExpPrototypeExec(
        /^(require|exports|module|__filename|__dirname) is not defined$/,
        `${error.message}`);

    if (parts === null) {
        return;
    }

    if (numbers[number] !== undefined && native.awaits(number)) {
        error.message = 'Cannot determine intended module format because both '
            + 'require() and top-level await are present. If the code is '
            + 'intended to be CommonJS, wrap await in an async function. If '
            + 'the code is intended to be an ES module, replace require() with '
            + 'import.';
        error.code = 'ERR_AMBIGUOUS_MODULE_SYNTAX';
        return;
    }

    error.message += ' in ES module scope'
        + (parts[1] === 'require' ? ', you can use import instead' : '');

    if (extname(filename) === '.js') {
        const { fact, packageScope } = require('module/resolve');
        const scope = packageScope(filename);

        if (scope === undefined || fact(scope.facts, 'type') !== 'module') {
            return;
        }

        error.message += '\nThis file is being treated as an ES module because '
            + `it has a '.js' file extension and '${scope.path === '/' ? ''
                                                    : scope.path}/`
            + 'package.json\' contains "type": "module". To treat it as a '
            + "CommonJS script, rename it to use the '.cjs' file extension.";
    }
}

/*
 * An error of what was linked, or evaluated: it says what Node's does.  What an
 * evaluation has thrown V8 remembers.
 */

function explain(error, record) {
    if (error instanceof SyntaxError) {
        explainName(error);

    } else if (error instanceof Error && error.name === 'ReferenceError') {
        explainScope(error, record);
    }

    return numbers[record.number] !== undefined
           && native.status(record.number) === UNINSTANTIATED
           ? failed(record.url, error) : error;
}

/* the namespace of one that awaits */

async function settled(record) {
    try {
        await native.evaluate(record.number);
    } catch (error) {
        throw explain(error, record);
    }

    return native.namespace(record.number);
}

/* import() in a file, or in what was compiled as one */

async function importFrom(specifier, referrer, attributes) {
    /* nothing that is evaluated now is evaluated once more */
    await undefined;

    let base;

    if (typeof referrer === 'string') {
        base = referrer[0] === '/' || isData(referrer) ? referrer
               : StringPrototypeStartsWith(referrer, 'file:///')
                 ? pathOf(referrer) : undefined;
    }

    if (base === undefined) {
        throw nodeError(TypeError, 'ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING',
                        'A dynamic import callback was not specified.');
    }

    const record = imported(specifier, base, attributes);

    return evaluate(record) ?? settled(record);
}

function urlIn(answer) {
    return StringPrototypeSlice(answer, StringPrototypeIndexOf(answer, ' ') + 1);
}

function fillMeta({ url, filename }, meta) {
    if (filename !== url) {
        meta.dirname = dirname(filename);
        meta.filename = filename;
    }

    meta.main = filename === entry.module?.filename;

    meta.resolve = (specifier) => {
        try {
            return urlIn(resolve(`${specifier}`, filename));

        } catch (error) {
            if ((error?.code === 'ERR_MODULE_NOT_FOUND'
                 || error?.code === 'ERR_UNSUPPORTED_DIR_IMPORT')
                && typeof error.url === 'string')
            {
                return error.url;
            }

            throw error;
        }
    };

    meta.url = url;
}

function answer(what, a, b, c) {
    return what === IMPORT ? importFrom(a, b, c)
           : fillMeta(numbers[a] ?? recordOf('module', native.url(a)), b);
}

/* module.syncBuiltinESMExports(): what was changed in them is exported */

function syncBuiltins() {
    for (let i = 0; i < numbers.length; i++) {
        if (numbers[i] !== undefined
            && StringPrototypeStartsWith(numbers[i].url, 'node:')
            && native.status(i) === EVALUATED)
        {
            numbers[i].exports();
        }
    }
}

/* of a failed entry nothing is kept that would fail again by itself */

function forgetFailed() {
    const urls = ObjectKeys(records);

    failures = { __proto__: null };

    for (let i = 0; i < urls.length; i++) {
        const record = records[urls[i]];

        if (native.status(record.number) !== EVALUATED) {
            delete records[urls[i]];
            numbers[record.number] = undefined;
            native.drop(record.number);
        }
    }
}

async function finishEntry(module, record) {
    try {
        module.exports = handlerOf(await settled(record));
    } catch (error) {
        forgetFailed();
        throw error;
    }
}

function cycle({ filename }, parent) {
    const by = parent?.filename;

    return nodeError(Error, 'ERR_REQUIRE_CYCLE_MODULE',
        `Cannot require() ES Module ${filename} in a cycle.`
        + `${typeof by === 'string' ? ` (from ${by})` : ''} A cycle involving `
        + 'require(esm) is not allowed to maintain invariants mandated by the '
        + 'ECMAScript specification. Try making at least part of the '
        + 'dependency in the graph lazily loaded.');
}

function awaiting({ filename }, parent) {
    const by = parent?.filename;

    return nodeError(Error, 'ERR_REQUIRE_ASYNC_MODULE',
        'require() cannot be used on an ESM graph with top-level await. Use '
        + 'import() instead.'
        + (typeof by === 'string' ? `\n  From ${by} ` : '')
        + `\n  Requiring ${filename} `);
}

/* the namespace of one that does not await */

function evaluateNow(record, parent) {
    link(record);
    native.instantiate(record.number);

    const status = native.status(record.number);

    if (status === EVALUATING) {
        throw cycle(record, parent);
    }

    if (status !== ERRORED && native.awaits(record.number)) {
        throw awaiting(record, parent);
    }

    try {
        return evaluate(record);
    } catch (error) {
        throw error?.code === 'ERR_REQUIRE_CYCLE_MODULE'
              ? cycle(record, parent) : error;
    }
}

/* what require() gives of an ES module, in the module `parent` */

function required(record, parent) {
    const namespace = evaluateNow(record, parent);

    if (has(namespace, 'module.exports')) {
        return namespace['module.exports'];
    }

    if (!has(namespace, 'default') || has(namespace, '__esModule')) {
        return namespace;
    }

    const facade = native.facade(record.number);

    native.instantiate(facade);
    native.evaluate(facade);

    return native.namespace(facade);
}

module.exports = {
    __proto__: null,
    answer,
    checkAttributes,
    compiles,
    dataOf,
    explain,
    failed,
    finishEntry,
    forgetFailed,
    makeRecord,
    required,
    syncBuiltins,
};
