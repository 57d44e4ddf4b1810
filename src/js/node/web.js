'use strict';

/*
 * The parts of npm packages that the module embeds: of undici fetch(), Headers,
 * Request, Response, FormData and WebSocket, and URLPattern.
 *
 * They are written over the globals that a function has, so they get no way to
 * what a function is not to have: their require() gives modules that it could
 * require, too, and their own files. Modules that would cost more than what is
 * needed of them are there in a form that loads them by use.
 */

const {
    ArrayPrototypePop,
    ArrayPrototypePush,
    ErrorCaptureStackTrace,
    ObjectDefineProperty,
    ReflectApply,
    StringPrototypeIndexOf,
    StringPrototypeSlice,
    StringPrototypeStartsWith,
    TypeError,
} = intrinsics;

const { compile } = require('host');
const builtins = require('node/builtins');
const realm = require('node/realm');

const FETCH = 'npm/undici/lib/web/fetch/index';

/* global -> the file that exports it */

const FILES = {
    '__proto__': null,
    'EventSource': 'npm/undici/lib/web/eventsource/eventsource',
    'CloseEvent': 'npm/undici/lib/web/websocket/events',
    'FormData': 'npm/undici/lib/web/fetch/formdata',
    'Headers': 'npm/undici/lib/web/fetch/headers',
    'Request': 'npm/undici/lib/web/fetch/request',
    'Response': 'npm/undici/lib/web/fetch/response',
    'URLPattern': 'npm/urlpattern-polyfill/dist/urlpattern',
    'WebSocket': 'npm/undici/lib/web/websocket/websocket',
};

/* id -> exports */
const modules = { __proto__: null };

/* what they see of process */

const process = {
    __proto__: null,
    env: { __proto__: null },
    version: 'v18.20.4',
    versions: { __proto__: null, node: '18.20.4', icu: '72.1' },
    emitWarning() {},

    nextTick(callback, ...args) {
        require('run/ticks').enqueue(callback, args);
    },
};

/* a module whose members are those of another, which is loaded by their use */

function lazily(name, members) {
    const facade = {};

    for (let i = 0; i < members.length; i++) {
        const member = members[i];

        ObjectDefineProperty(facade, member, {
            __proto__: null,
            get: () => builtins.load(name)[member],
            enumerable: true,
            configurable: true,
        });
    }

    return facade;
}

const MADE = {
    '__proto__': null,

    'assert'() {
        const assert = (value, ...args) => {
            if (!value) {
                builtins.load('assert')(value, ...args);
            }
        };

        assert.strictEqual = (actual, expected, ...args) => {
            if (actual !== expected) {
                builtins.load('assert').strictEqual(actual, expected, ...args);
            }
        };

        return assert;
    },

    'crypto'() {
        const crypto = lazily('crypto', ['createHash', 'randomBytes',
                                         'randomFillSync', 'randomInt']);

        /* those that are asked for */
        crypto.getHashes = () => ['sha256', 'sha384', 'sha512'];

        return crypto;
    },

    'http'() {
        return {
            STATUS_CODES: { 101: 'Switching Protocols' },

            /* whether a stream is one is asked, which none of theirs is */
            IncomingMessage: class {},
        };
    },

    'net'() {
        return {
            isIP: (host) => realm.load('internal/net').isIP(host),
        };
    },

    'perf_hooks'() {
        let now;

        return {
            performance: {
                now: () => {
                    now ??= realm.load('internal/perf/utils').now;

                    return now();
                },
            },
        };
    },

    'querystring'() {
        return {
            stringify: (...args) => builtins.load('querystring')
                .stringify(...args),
        };
    },

    'zlib'() {
        return lazily('zlib', ['Z_DEFAULT_WINDOWBITS', 'constants',
                               'createBrotliDecompress', 'createGunzip',
                               'createInflate', 'createInflateRaw']);
    },

    'worker_threads'() {
        return lazily('worker_threads', ['MessagePort']);
    },

    'npm/undici/lib/web/fetch/formdata-parser'() {
        return realm.load('internal/web/multipart');
    },

    'npm/undici/lib/web/fetch'() {
        return load(FETCH);
    },

    'npm/undici/lib/global'() {
        return realm.load('internal/web/dispatcher');
    },
};

/* a file that has to be there before another one is */

const FIRST = {
    '__proto__': null,
    'npm/undici/lib/web/fetch/request': 'npm/undici/lib/web/fetch/response',
};

/* what is done with a file that was loaded */

const DONE = {
    '__proto__': null,

    /* what never was a connection is closed by its failure */
    'npm/undici/lib/web/websocket/util'(exports) {
        const { failWebsocketConnection, fireEvent } = exports;
        const { kReadyState, kResponse } = load(
            'npm/undici/lib/web/websocket/symbols');
        const { states } = load('npm/undici/lib/web/websocket/constants');

        exports.failWebsocketConnection = (ws, reason) => {
            failWebsocketConnection(ws, reason);

            if (!ws[kResponse]?.socket && ws[kReadyState] !== states.CLOSED) {
                const { CloseEvent } = load('npm/undici/lib/web/websocket/events');

                ws[kReadyState] = states.CLOSED;
                fireEvent('close', ws,
                          (type, init) => new CloseEvent(type, init),
                          { code: 1006 });
            }
        };
    },

    /* one class for all of these events */
    'npm/undici/lib/web/websocket/events'(exports) {
        const { MessageEvent } = realm.load('internal/worker/io');

        exports.ErrorEvent = realm.load('internal/event_classes').ErrorEvent;
        exports.MessageEvent = MessageEvent;
        exports.createFastMessageEvent
            = (type, init) => new MessageEvent(type, init);
    },
};

/* "./x" or "../x/y" as a file of that id has it */

function resolve(id, path) {
    const parts = [];
    let rest = `${id}/../${path}/`;

    while (rest !== '') {
        const end = StringPrototypeIndexOf(rest, '/');
        const part = StringPrototypeSlice(rest, 0, end);

        rest = StringPrototypeSlice(rest, end + 1);

        if (part === '..') {
            ArrayPrototypePop(parts);
        } else if (part !== '.') {
            ArrayPrototypePush(parts, part);
        }
    }

    let result = parts[0];

    for (let i = 1; i < parts.length; i++) {
        result += `/${parts[i]}`;
    }

    return result;
}

function requireFrom(id) {
    return (name) => {
        if (StringPrototypeStartsWith(name, '.')) {
            return load(resolve(id, name));
        }

        if (StringPrototypeStartsWith(name, 'node:')) {
            name = StringPrototypeSlice(name, 5);
        }

        if (name === 'stream' && id === FETCH) {
            return realm.load('internal/web/answer');
        }

        return MADE[name] !== undefined ? load(name) : builtins.load(name);
    };
}

function load(id) {
    const known = modules[id];

    if (known !== undefined) {
        return known.exports;
    }

    if (FIRST[id] !== undefined) {
        load(FIRST[id]);
    }

    const module = modules[id] = { __proto__: null, exports: {} };

    try {
        if (MADE[id] !== undefined) {
            module.exports = MADE[id]();
        } else {
            evaluate(id, module);
            DONE[id]?.(module.exports);
        }

    } catch (error) {
        delete modules[id];
        throw error;
    }

    return module.exports;
}

function evaluate(id, module) {
    const file = compile(id, true);

    if (file === undefined) {
        throw new TypeError(`Missing internal module '${id}'`);
    }

    ReflectApply(file, undefined, [module.exports, requireFrom(id), module,
                                   process, true]);
}

/* bodies whose encoding, which the headers tell, was taken off by fetch() */
let decoded = null;

function note(response) {
    if (response.body !== null && response.headers.has('content-encoding')) {
        decoded ??= new realm.primordials.SafeWeakSet();
        decoded.add(response.body);
    }
}

function isDecoded(body) {
    return decoded !== null && decoded.has(body);
}

/* fetch() of functions: the stack of its errors is theirs */

async function fetch(input, init = undefined) {
    try {
        const response = await load(FETCH).fetch(input, init);

        note(response);

        return response;

    } catch (error) {
        if (typeof error === 'object' && error !== null) {
            ErrorCaptureStackTrace(error, fetch);
        }

        throw error;
    }
}

function make(name) {
    return name === 'fetch' ? fetch : load(FILES[name])[name];
}

module.exports = { __proto__: null, isDecoded, load, make };
