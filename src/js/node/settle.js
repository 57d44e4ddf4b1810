'use strict';

/*
 * Brings the modules that a context template holds into the form that is made
 * soonest in each context.
 */

const {
    ArrayPrototypeIndexOf,
    ReflectGetOwnPropertyDescriptor,
    ReflectOwnKeys,
} = intrinsics;

/* after as many V8 looks things up in the way that stays */
const LOOKUPS = 500;

/*
 * V8 has a map for each property that was added to an object, until one goes
 * that was not the last.
 */

function compact(exports) {
    exports.first = true;
    exports.second = true;
    delete exports.first;
    delete exports.second;
}

/* A prototype gets its final form when it is looked into for the first time. */

function lookInto(constructor) {
    const object = { __proto__: constructor.prototype };

    for (let i = 0; i < LOOKUPS; i++) {
        object.missing;
    }
}

/* other functions get a prototype by being asked for it */

function isClass(value) {
    const initial = typeof value === 'function' ? value.name[0] : '';

    return initial >= 'A' && initial <= 'Z';
}

/* most of the classes of errors are of modules that are not here */

function keepUsed(codes) {
    const names = ReflectOwnKeys(codes);
    const used = require('node/names').errors;
    const kept = { __proto__: null };

    /* a table gets small only when it is empty */

    for (let i = 0; i < names.length; i++) {
        if (ArrayPrototypeIndexOf(used, names[i]) >= 0) {
            kept[names[i]] = codes[names[i]];
        }

        delete codes[names[i]];
    }

    for (const name in kept) {
        codes[name] = kept[name];
    }
}

/* id -> exports */

function settle(modules) {
    keepUsed(modules['internal/errors'].codes);

    const ids = ReflectOwnKeys(modules);

    for (let i = 0; i < ids.length; i++) {
        const exports = modules[ids[i]];

        if (typeof exports === 'object') {
            compact(exports);
        }

        if (isClass(exports)) {
            lookInto(exports);
        }

        const names = ReflectOwnKeys(exports);

        for (let n = 0; n < names.length; n++) {
            const { value } = ReflectGetOwnPropertyDescriptor(exports,
                                                              names[n]);
            if (isClass(value)) {
                lookInto(value);
            }
        }
    }
}

module.exports = { __proto__: null, settle };
