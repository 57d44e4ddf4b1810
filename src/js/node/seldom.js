'use strict';

/*
 * What Node's modules of TLS ask for as they are loaded, and few connections
 * use: most of crypto, and fs for a log of keys.  A function that connects
 * does not wait for these: they are loaded once one of their members is called.
 */

const { ReflectApply } = intrinsics;

const { primordials: { ReflectConstruct } } = require('node/realm');

/* module -> what it asks for -> the members of that; '': it is one itself */

const SELDOM = {
    '__proto__': null,

    '_tls_wrap': {
        '__proto__': null,
        'crypto': ['createHash'],
        'fs': ['appendFile'],
        'internal/crypto/x509': ['InternalX509Certificate'],
        'internal/js_stream_socket': [''],
    },

    'internal/tls/secure-context': {
        '__proto__': null,
        'internal/crypto/util': ['toBuf'],
    },

    'tls': {
        '__proto__': null,
        'internal/tls/secure-pair': ['createSecurePair'],
    },
};

function later(load, id, name) {
    return function(...args) {
        const exports = load(id);
        const member = name === '' ? exports : exports[name];

        return new.target === undefined ? ReflectApply(member, this, args)
               : ReflectConstruct(member, args);
    };
}

/* in place of require() of the module `id` */

function requireOf(id, load) {
    const seldom = SELDOM[id];

    return (wanted) => {
        const names = seldom?.[wanted];

        if (names === undefined) {
            return load(wanted);
        }

        if (names[0] === '') {
            return later(load, wanted, '');
        }

        const exports = { __proto__: null };

        for (let i = 0; i < names.length; i++) {
            exports[names[i]] = later(load, wanted, names[i]);
        }

        return exports;
    };
}

/*
 * In place of internalBinding(): of crypto they use what is of contexts alone.
 */

function bindingOf(load) {
    return (name) => {
        switch (name) {
        case 'crypto':
            return require('node/tls-context');

        case 'cares_wrap':
            return { __proto__: null,
                     canonicalizeIP: later(load, name, 'canonicalizeIP') };

        default:
            return load(name);
        }
    };
}

module.exports = { __proto__: null, bindingOf, requireOf };
