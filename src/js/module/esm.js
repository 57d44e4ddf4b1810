'use strict';

/*
 * ES modules: their graph, and what imports them.  V8 knows a module by a
 * number of the context; here a record is what it was made of.
 *
 *     compiled --> linked --> instantiated --> evaluated
 *
 * All files are at hand, so that a graph is linked at once: only its
 * evaluation may wait.  What is no ES module, built-in modules, CommonJS and
 * JSON, is one with exports of its own, which are set when it is evaluated.
 */

const {
    ArrayPrototypePush,
    Error,
    JSONParse,
    ObjectKeys,
    ObjectPrototypeHasOwnProperty,
    RegExpPrototypeExec,
    StringPrototypeIndexOf,
    StringPrototypeSlice,
    StringPrototypeStartsWith,
    SyntaxError,
    TypeError,
} = intrinsics;

const { nodeError } = require('lib/errors');
const { dirname, extname } = require('lib/path');
const { Module } = require('module/module');

const native = binding('modules');
const { read, recall } = binding('module');

/* of hooks.module() */

const IMPORT = 0;
const META = 1;

/* V8's status of a module */

const EVALUATING = 3;
const EVALUATED = 4;
const ERRORED = 5;

/* url -> record, and by number */
const records = { __proto__: null };
const numbers = { __proto__: null };

class Record {
    number;
    url;
    filename;
    format;
    exports;
    linked = false;

    /* `exports`: what sets those of a module that is none of V8's */
    constructor(number, url, filename, format, exports) {
        this.number = number;
        this.url = url;
        this.filename = filename;
        this.format = format;
        this.exports = exports;
        this.linked = exports !== undefined;
    }
}

function add(record) {
    records[record.url] = record;
    numbers[record.number] = record;

    return record;
}

function has(object, key) {
    return ObjectPrototypeHasOwnProperty(object, key);
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

/* a value by its key, whatever getter there is */

function valueOf(object, key) {
    try {
        return has(object, key) ? object[key] : undefined;
    } catch {
        return undefined;
    }
}

/* `get()`: the value when it is evaluated; it exports itself and `names` */

function synthetic(url, filename, format, names, get) {
    const number = native.synthetic(url, names);

    return add(new Record(number, url, filename, format, () => {
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
    }));
}

function builtinRecord(url) {
    const value = require('node/builtins').load(StringPrototypeSlice(url, 5));

    return synthetic(url, undefined, 'builtin', namesOf(value), () => value);
}

function packageRecord(url) {
    const value = require('node/packages').load(url);

    return synthetic(url, undefined, 'builtin', namesOf(value), () => value);
}

function commonjsRecord(url, filename) {
    const names = { __proto__: null, default: true };
    const found = require('module/cjs-names').namesOf(filename);

    for (let i = 0; i < found.length; i++) {
        names[found[i]] = true;
    }

    return synthetic(url, filename, 'commonjs', names, () => {
        const { _cache: cache } = Module;

        return (cache[filename]
                ?? require('module/module').loadFile(filename)).exports;
    });
}

function jsonRecord(url, filename) {
    const text = read(filename);
    let value;

    try {
        value = JSONParse(text);
    } catch (error) {
        error.message = `${filename}: ${error.message}`;
        throw error;
    }

    const { _cache: cache } = Module;

    if (cache[filename] !== undefined) {
        value = cache[filename].exports;
    }

    return synthetic(url, filename, 'json', { __proto__: null, default: true },
                     () => value);
}

/* what is found there, once for the context */

function recordOf(format, url) {
    const known = records[url];

    if (known !== undefined) {
        return known;
    }

    if (format === 'builtin') {
        return builtinRecord(url);
    }

    if (format === 'package') {
        return packageRecord(url);
    }

    const filename = require('module/esm-resolve').pathOf(url);

    switch (format) {
    case 'commonjs':
        return commonjsRecord(url, filename);
    case 'json':
        return jsonRecord(url, filename);
    default:
        return add(new Record(native.compile(filename, url), url, filename,
                              format, undefined));
    }
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
                + `"${attributes[i + 1]}" is not supported`);
        }

        type = attributes[i + 1];
    }

    if (type === (format === 'json' ? 'json' : undefined)) {
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
                    + 'supported');
}

/* what a specifier means in a file: { format, url } */

function resolve(specifier, base) {
    const answer = recall(`import\0${dirname(base)}\0${specifier}`)
                   ?? require('module/esm-resolve').resolve(specifier, base);
    const at = StringPrototypeIndexOf(answer, ' ');

    return {
        __proto__: null,
        format: StringPrototypeSlice(answer, 0, at),
        url: StringPrototypeSlice(answer, at + 1),
    };
}

function imported(specifier, base, attributes) {
    const { format, url } = resolve(specifier, base);

    checkAttributes(attributes, format, url);

    return recordOf(format, url);
}

/* Loads all that a module imports, and so on. */

function linkAll(root, linked) {
    ArrayPrototypePush(linked, root);
    root.linked = true;

    for (let i = 0; i < linked.length; i++) {
        const { number, filename } = linked[i];
        const requests = native.requests(number);

        for (let k = 0; k < requests.length; k += 2) {
            const to = imported(requests[k], filename, requests[k + 1]);

            native.link(number, k / 2, to.number);

            if (!to.linked) {
                to.linked = true;
                ArrayPrototypePush(linked, to);
            }
        }
    }
}

function link(record) {
    const linked = [];
    let threw = true;

    if (record.linked) {
        if (record.exports !== undefined) {
            native.instantiate(record.number);
        }

        return;
    }

    try {
        linkAll(record, linked);

        try {
            native.instantiate(record.number);
        } catch (error) {
            explain(error, linked);
            throw error;
        }

        threw = false;

    } finally {
        for (let i = 0; threw && i < linked.length; i++) {
            linked[i].linked = false;
        }
    }
}

/* whether the first module that asks for it gets one of CommonJS */

function isCommonjs(specifier, linked) {
    for (let i = 0; i < linked.length; i++) {
        const requests = native.requests(linked[i].number);

        for (let k = 0; k < requests.length; k += 2) {
            if (requests[k] === specifier) {
                return resolve(specifier, linked[i].filename).format
                       === 'commonjs';
            }
        }
    }

    return false;
}

/* a name that a module of CommonJS has, and that cannot be told by its text */

function explain(error, linked) {
    const parts = RegExpPrototypeExec(
        /^The requested module '(.*)' does not provide an export named '(.*)'$/s,
        error instanceof SyntaxError ? error.message : '');

    if (parts === null || !isCommonjs(parts[1], linked)) {
        return;
    }

    const { message, stack } = error;
    const at = StringPrototypeIndexOf(stack, message);

    error.message = `Named export '${parts[2]}' not found. The requested `
        + `module '${parts[1]}' is a CommonJS module, which may not support `
        + 'all module.exports as named exports.\nCommonJS modules can always '
        + 'be imported via the default export, for example using:\n\nimport '
        + `pkg from '${parts[1]}';\nconst { ${parts[2]} } = pkg;\n`;

    if (at !== -1) {
        error.stack = StringPrototypeSlice(stack, 0, at) + error.message
                      + StringPrototypeSlice(stack, at + message.length);
    }
}

/* what its author may have taken for CommonJS, as Node tells it */

function tell(error, { filename }) {
    const parts = RegExpPrototypeExec(
        /^(require|exports|module|__filename|__dirname) is not defined$/,
        error instanceof Error && error.name === 'ReferenceError'
        ? `${error.message}` : '');

    if (parts === null) {
        return error;
    }

    error.message += ' in ES module scope'
        + (parts[1] === 'require' ? ', you can use import instead' : '');

    if (extname(filename) === '.js') {
        const scope = require('module/resolve').packageScope(filename);

        error.message += '\nThis file is being treated as an ES module because '
            + `it has a '.js' file extension and '${scope.path === '/' ? ''
                                                    : scope.path}/`
            + 'package.json\' contains "type": "module". To treat it as a '
            + "CommonJS script, rename it to use the '.cjs' file extension.";
    }

    return error;
}

/* undefined, or a promise where something awaits */

function evaluate(record) {
    try {
        return native.evaluate(record.number);
    } catch (error) {
        throw tell(error, record);
    }
}

/* import() in a file, or in what was compiled as one */

async function importFrom(specifier, referrer, attributes) {
    /* nothing that is evaluated now is evaluated once more */
    await undefined;

    const isFile = typeof referrer === 'string'
                   && (referrer[0] === '/'
                       || StringPrototypeStartsWith(referrer, 'file:///'));

    if (!isFile) {
        throw nodeError(TypeError, 'ERR_VM_DYNAMIC_IMPORT_CALLBACK_MISSING',
                        'A dynamic import callback was not specified.');
    }

    const base = require('module/esm-resolve').pathOf(referrer);
    const record = imported(specifier, base, attributes);

    link(record);

    const evaluation = evaluate(record);

    if (evaluation !== undefined) {
        await evaluation;
    }

    return native.namespace(record.number);
}

function fillMeta({ url, filename }, meta) {
    meta.dirname = dirname(filename);
    meta.filename = filename;

    meta.resolve = (specifier) => {
        try {
            return resolve(`${specifier}`, filename).url;

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

/* what V8 asks for */

function answer(what, a, b, c) {
    switch (what) {
    case IMPORT:
        return importFrom(a, b, c);
    case META:
        return fillMeta(numbers[a], b);
    default:
        return numbers[a].exports();
    }
}

/* what of an entry's exports serves */

function handlerOf(namespace) {
    if (has(namespace, 'default') && namespace.default !== undefined) {
        return namespace.default;
    }

    if (has(namespace, 'handler') && typeof namespace.handler === 'function') {
        return namespace.handler;
    }

    return has(namespace, 'fetch') ? namespace : undefined;
}

/* of a failed entry nothing is kept that would fail again by itself */

function forgetFailed() {
    const urls = ObjectKeys(records);

    for (let i = 0; i < urls.length; i++) {
        const record = records[urls[i]];

        if (native.status(record.number) !== EVALUATED) {
            delete records[urls[i]];
            delete numbers[record.number];
            native.drop(record.number);
        }
    }
}

/* The entry: its exports, or a promise of them, are module.exports. */

function loadEntry(module, record) {
    delete Module._cache[module.filename];

    try {
        link(record);

        const evaluation = evaluate(record);

        if (evaluation !== undefined) {
            return finishEntry(module, record, evaluation);
        }

    } catch (error) {
        forgetFailed();
        throw error;
    }

    module.exports = handlerOf(native.namespace(record.number));

    return undefined;
}

async function finishEntry(module, record, evaluation) {
    try {
        await evaluation;
    } catch (error) {
        forgetFailed();
        throw error;
    }

    module.exports = handlerOf(native.namespace(record.number));
}

function cycle(filename) {
    return nodeError(Error, 'ERR_REQUIRE_CYCLE_MODULE',
        `Cannot require() ES Module ${filename} in a cycle. A cycle involving `
        + 'require(esm) is disallowed to maintain invariants mandated by the '
        + 'ECMAScript specification. Try making at least part of the '
        + 'dependency in the graph lazily loaded.');
}

/* what require() gives of an ES module */

function required(record) {
    const namespace = native.namespace(record.number);

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

/* For module/module: a file of ES modules becomes a module of CommonJS. */

function load(module, filename, isEntry) {
    const record = recordOf('module',
                            require('module/esm-resolve').urlOf(filename));

    if (isEntry) {
        return loadEntry(module, record);
    }

    link(record);

    if (native.status(record.number) === EVALUATING) {
        throw cycle(filename);
    }

    if (native.status(record.number) !== ERRORED
        && native.awaits(record.number))
    {
        throw nodeError(Error, 'ERR_REQUIRE_ASYNC_MODULE',
                        'require() cannot be used on an ESM graph with '
                        + 'top-level await. Use import() instead.');
    }

    try {
        evaluate(record);
    } catch (error) {
        throw error?.code === 'ERR_REQUIRE_CYCLE_MODULE' ? cycle(filename)
                                                         : error;
    }

    module.exports = required(record);

    return undefined;
}

module.exports = { __proto__: null, answer, load };
