'use strict';

/*
 * The names that a module of CommonJS exports, as its text tells: by Node's
 * cjs-module-lexer, with those of what it exports again.  They are remembered
 * for the version of the function.
 */

const {
    JSONParse,
    JSONStringify,
    ObjectKeys,
    StringPrototypeEndsWith,
} = intrinsics;

const { compile } = require('host');
const { Module } = require('module/module');

const native = binding('module');

let lexer;

function parse(text) {
    if (lexer === undefined) {
        const module = { exports: {} };

        compile('internal/deps/cjs-module-lexer/lexer', true)(module.exports,
            undefined, module);
        lexer = module.exports.parse;
    }

    return lexer(text);
}

/* the file that another one exports again, or what is built in */

function resolve(request, filename) {
    const parent = new Module(filename);

    parent.filename = filename;

    return Module._resolveFilename(request, parent, false);
}

function collect(filename, names, seen) {
    let found;

    if (seen[filename]) {
        return;
    }

    seen[filename] = true;

    if (!StringPrototypeEndsWith(filename, '.json')
        && !StringPrototypeEndsWith(filename, '.node'))
    {
        try {
            found = parse(native.read(filename));
        } catch {
            return;
        }

        for (let i = 0; i < found.exports.length; i++) {
            names[found.exports[i]] = true;
        }

        for (let i = 0; i < found.reexports.length; i++) {
            again(found.reexports[i], filename, names, seen);
        }
    }
}

function again(request, filename, names, seen) {
    let target;

    try {
        target = resolve(request, filename);
    } catch {
        return;
    }

    if (target[0] === '/') {
        collect(target, names, seen);
        return;
    }

    const keys = ObjectKeys(Module._load(target, undefined, false));

    for (let i = 0; i < keys.length; i++) {
        names[keys[i]] = true;
    }
}

function namesOf(filename) {
    const key = `names\0${filename}`;
    const known = native.recall(key);

    if (known !== undefined) {
        return JSONParse(known);
    }

    const names = { __proto__: null };

    collect(filename, names, { __proto__: null });

    const all = ObjectKeys(names);

    native.remember(key, JSONStringify(all));

    return all;
}

module.exports = { __proto__: null, namesOf };
