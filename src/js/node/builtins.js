'use strict';

/*
 * The built-in modules that a function can require: name -> the file of
 * Node's library, or what makes it of the engine's own.
 */

const { ReflectOwnKeys } = intrinsics;

const builtins = {
    '__proto__': null,
    '_stream_duplex': '_stream_duplex',
    '_stream_passthrough': '_stream_passthrough',
    '_stream_readable': '_stream_readable',
    '_stream_transform': '_stream_transform',
    '_stream_writable': '_stream_writable',
    'assert': 'assert',
    'assert/strict': 'assert/strict',
    'async_hooks': 'async_hooks',
    'buffer': 'buffer',
    'console': () => require('host').global.console,
    'constants': 'constants',
    'crypto': 'crypto',
    'diagnostics_channel': 'diagnostics_channel',
    'events': 'events',
    'fs': 'fs',
    'fs/promises': 'fs/promises',
    'module': () => require('module/module-module').Module,
    'os': 'os',
    'path': 'path',
    'path/posix': 'path/posix',
    'path/win32': 'path/win32',
    'perf_hooks': 'perf_hooks',
    'process': () => require('process/process').process,
    'punycode': 'punycode',
    'querystring': 'querystring',
    'stream': 'stream',
    'stream/consumers': 'stream/consumers',
    'stream/promises': 'stream/promises',
    'stream/web': 'stream/web',
    'string_decoder': 'string_decoder',
    'sys': 'util',
    'timers': () => require('run/timers-module').timers,
    'timers/promises': () => require('run/timers-module').promises,
    'url': 'url',
    'util': 'util',
    'util/types': 'util/types',

    /* harmless forms of what a function has not or may not do */
    'child_process': 'child_process',
    'cluster': 'cluster',
    'dgram': 'dgram',
    'domain': () => require('process/process').domains(),
    'inspector': 'inspector',
    'readline': 'readline',
    'readline/promises': 'readline/promises',
    'tty': 'tty',
    'v8': 'v8',
    'vm': 'vm',
    'worker_threads': 'worker_threads',
    'zlib': 'zlib',
};

function isBuiltin(name) {
    return builtins[name] !== undefined;
}

function load(name) {
    const source = builtins[name];

    return typeof source === 'string' ? require('node/realm').load(source)
           : source();
}

function names() {
    return ReflectOwnKeys(builtins);
}

module.exports = { __proto__: null, isBuiltin, load, names };
