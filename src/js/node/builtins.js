'use strict';

/*
 * The built-in modules that a function can require.  A list of constants
 * takes nothing in a context, whatever its length; an object would.
 */

const {
    ArrayPrototypeIndexOf,
    ArrayPrototypePush,
    ArrayPrototypeSlice,
    ArrayPrototypeSort,
    ReflectOwnKeys,
    StringPrototypeStartsWith,
} = intrinsics;

const { exposed } = binding('module');

/* files of Node's library of the same name, or what stands in for them */

const FILES = [
    '_http_agent', '_http_client', '_http_common', '_http_incoming',
    '_http_outgoing', '_http_server', '_stream_duplex', '_stream_passthrough',
    '_stream_readable', '_stream_transform', '_stream_writable',
    '_tls_common', '_tls_wrap', 'assert', 'assert/strict', 'async_hooks',
    'buffer', 'child_process', 'cluster', 'constants', 'crypto', 'dgram',
    'diagnostics_channel', 'dns', 'dns/promises', 'events', 'fs',
    'fs/promises', 'http', 'http2', 'https', 'inspector', 'net', 'os', 'path',
    'path/posix', 'path/win32', 'perf_hooks', 'punycode', 'querystring',
    'readline', 'readline/promises', 'stream', 'stream/consumers',
    'stream/promises', 'stream/web', 'string_decoder', 'tls', 'tty', 'url',
    'util', 'util/types', 'v8', 'vm', 'worker_threads', 'zlib',
];

/* what makes the others */

const OTHERS = {
    '__proto__': null,
    'console': () => require('host').global.console,
    'domain': () => require('process/process').domains(),
    'module': () => require('module/module-module').Module,
    'process': () => require('process/process').process,
    'sys': () => require('node/realm').load('util'),
    'timers': () => require('run/timers-module').timers,
    'timers/promises': () => require('run/timers-module').promises,
};

/* Node's own tests may have what no function has */

function isExposed(name) {
    return StringPrototypeStartsWith(name, 'internal/') && exposed()
           && require('process/process').process.env.NODE_OPTIONS
              === '--expose-internals';
}

function isBuiltin(name) {
    return ArrayPrototypeIndexOf(FILES, name) !== -1
           || OTHERS[name] !== undefined || isExposed(name);
}

function load(name) {
    const other = OTHERS[name];

    if (name === 'internal/test/binding') {
        const { internalBinding, primordials } = require('node/realm');

        require('process/process').process.emitWarning(
            'These APIs are for internal testing only. Do not use them.', name);

        return { internalBinding, primordials };
    }

    return other === undefined ? require('node/realm').load(name) : other();
}

function names() {
    const all = ArrayPrototypeSlice(FILES);
    const others = ReflectOwnKeys(OTHERS);

    for (let i = 0; i < others.length; i++) {
        ArrayPrototypePush(all, others[i]);
    }

    return ArrayPrototypeSort(all);
}

module.exports = { __proto__: null, isBuiltin, load, names };
