'use strict';

/*
 * ES modules: their graph, and what imports them.  V8 knows a module by a
 * number of the context; here a record is what it was made of.
 *
 *     compiled --> linked --> instantiated --> evaluated
 *
 * All files are at hand, so that a graph is linked at once: only its
 * evaluation may wait.  Here is what each context does that has such modules;
 * module/esm-more has the rest, as modules that are none of V8's: built-in
 * ones, CommonJS and JSON.
 */

const {
    ArrayPrototypePush,
    StringPrototypeIncludes,
    StringPrototypeIndexOf,
    StringPrototypeSlice,
} = intrinsics;

const { dirname } = require('lib/path');
const { load: evaluated } = require('run/invocation');

const native = binding('modules');
const { recall } = binding('module');

/* of the hook "module" */

const EVALUATE = 2;

/* url -> record, and by number */
const records = { __proto__: null };
const numbers = [];

/*
 * What module/module has entered is none of these before it is asked for.
 *
 * `requests`: what it imports, each specifier with its attributes, behind its
 * number; `exports`: what sets those of a module that is none of V8's.
 */

function add(url, filename, requests, exports) {
    const record = {
        number: requests[0],
        url,
        filename,
        requests,
        exports,
        linked: exports !== undefined,
    };

    records[url] = record;
    numbers[record.number] = record;

    return record;
}

/* the path that a URL of the package, or the path of a script, names */

function pathOf(url) {
    return StringPrototypeIncludes(url, '%')
           || StringPrototypeIncludes(url, '?')
           || StringPrototypeIncludes(url, '#')
           ? require('module/esm-resolve').pathOf(url)
           : StringPrototypeSlice(url, 7);
}

/* what is found there, once for the context */

function recordOf(format, url) {
    const known = records[url];

    if (known !== undefined) {
        return known;
    }

    try {
        if (format !== 'module') {
            return require('module/esm-more').makeRecord(format, url);
        }

        const filename = pathOf(url);

        return add(url, filename, native.compile(filename, url), undefined);

    } catch (error) {
        throw failed(url, error);
    }
}

/* what has failed fails with the same error whenever it is tried again */

function failed(url, error) {
    return require('module/esm-more').failed(url, error);
}

/* what a specifier means in a file: "<format> <url>" */

function resolve(specifier, base) {
    return recall(`import\0${dirname(base)}\0${specifier}`)
           ?? require('module/esm-resolve').resolve(specifier, base);
}

function imported(specifier, base, attributes) {
    const answer = resolve(specifier, base);
    const at = StringPrototypeIndexOf(answer, ' ');
    const format = StringPrototypeSlice(answer, 0, at);
    const url = StringPrototypeSlice(answer, at + 1);

    if (attributes !== undefined || format === 'json') {
        require('module/esm-more').checkAttributes(attributes, format, url);
    }

    return recordOf(format, url);
}

/* Loads all that a module imports, and so on. */

function linkAll(linked) {
    for (let i = 0; i < linked.length; i++) {
        const { number, filename, requests } = linked[i];

        for (let k = 1; k < requests.length; k += 2) {
            const to = imported(requests[k], filename, requests[k + 1]);

            native.link(number, (k - 1) / 2, to.number);

            if (!to.linked) {
                to.linked = true;
                ArrayPrototypePush(linked, to);
            }
        }
    }
}

function link(record) {
    if (record.linked) {
        return;
    }

    record.linked = true;

    /* it imports nothing */

    if (record.requests.length === 1) {
        return;
    }

    const linked = [record];

    try {
        linkAll(linked);

    } catch (error) {
        for (let i = 0; i < linked.length; i++) {
            linked[i].linked = false;
        }

        throw failed(record.url, error);
    }
}

/* its namespace; undefined: something awaits */

function evaluate(record) {
    link(record);

    try {
        return evaluated(native.run, record.number);
    } catch (error) {
        throw require('module/esm-more').explain(error, record);
    }
}

/* what V8 asks for */

function answer(what, a, b, c) {
    return what === EVALUATE ? numbers[a].exports()
           : require('module/esm-more').answer(what, a, b, c);
}

/* what of an entry's exports serves; a namespace inherits nothing */

function handlerOf(namespace) {
    const { default: main } = namespace;

    if (main !== undefined) {
        return main;
    }

    const { handler, fetch } = namespace;

    return typeof handler === 'function' ? handler
           : fetch !== undefined ? namespace : undefined;
}

/* The entry: its exports, or a promise of them, are module.exports. */

function loadEntry(module, filename, url) {
    let namespace;
    let record;

    try {
        record = recordOf('module', url);
        namespace = evaluate(record);

    } catch (error) {
        require('module/esm-more').forgetFailed();
        throw error;
    }

    if (namespace === undefined) {
        return require('module/esm-more').finishEntry(module, record);
    }

    module.exports = handlerOf(namespace);

    return undefined;
}

/*
 * For module/module: the ES module of a file, whose URL that is, becomes a
 * module of CommonJS.
 */

function load(module, filename, url) {
    module.exports = require('module/esm-more')
                     .required(recordOf('module', url), module.parent);
}

module.exports = {
    __proto__: null,
    add,
    answer,
    evaluate,
    handlerOf,
    imported,
    link,
    load,
    loadEntry,
    numbers,
    pathOf,
    recordOf,
    records,
    resolve,
};
