'use strict';

/*
 * The globals that a function finds besides those of the language.  Most are
 * made when they are first asked for and are plain properties from then on;
 * the attributes are Node's.
 */

const {
    ObjectDefineProperty,
    SymbolFor,
    SymbolToStringTag,
} = intrinsics;

const { global, lazy } = require('host');
const { queueMicrotask } = require('run/ticks');

/* name -> the file of Node's library that exports it */

const FILES = {
    '__proto__': null,
    'AbortController': 'internal/abort_controller',
    'AbortSignal': 'internal/abort_controller',
    'Blob': 'buffer',
    'BroadcastChannel': 'internal/worker/io',
    'Buffer': 'buffer',
    'ByteLengthQueuingStrategy': 'internal/webstreams/queuingstrategies',
    'CompressionStream': 'internal/webstreams/compression',
    'Crypto': 'internal/crypto/webcrypto',
    'CryptoKey': 'internal/crypto/webcrypto',
    'CountQueuingStrategy': 'internal/webstreams/queuingstrategies',
    'CustomEvent': 'internal/event_target',
    'DecompressionStream': 'internal/webstreams/compression',
    'ErrorEvent': 'internal/event_classes',
    'Event': 'internal/event_target',
    'EventEmitter': 'events',
    'EventTarget': 'internal/event_target',
    'File': 'buffer',
    'MessageChannel': 'internal/worker/io',
    'MessageEvent': 'internal/worker/io',
    'MessagePort': 'internal/worker/io',
    'SubtleCrypto': 'internal/crypto/webcrypto',
    'Performance': 'perf_hooks',
    'PerformanceEntry': 'perf_hooks',
    'PerformanceMark': 'perf_hooks',
    'PerformanceMeasure': 'perf_hooks',
    'PerformanceObserver': 'perf_hooks',
    'PerformanceObserverEntryList': 'perf_hooks',
    'PerformanceResourceTiming': 'perf_hooks',
    'PromiseRejectionEvent': 'internal/event_classes',
    'ReadableByteStreamController': 'internal/webstreams/readablestream',
    'ReadableStream': 'internal/webstreams/readablestream',
    'ReadableStreamBYOBReader': 'internal/webstreams/readablestream',
    'ReadableStreamBYOBRequest': 'internal/webstreams/readablestream',
    'ReadableStreamDefaultController': 'internal/webstreams/readablestream',
    'ReadableStreamDefaultReader': 'internal/webstreams/readablestream',
    'TextDecoder': 'internal/encoding',
    'TextDecoderStream': 'internal/webstreams/encoding',
    'TextEncoder': 'internal/encoding',
    'TextEncoderStream': 'internal/webstreams/encoding',
    'TransformStream': 'internal/webstreams/transformstream',
    'TransformStreamDefaultController':
        'internal/webstreams/transformstream',
    'URL': 'internal/url',
    'URLSearchParams': 'internal/url',
    'WritableStream': 'internal/webstreams/writablestream',
    'WritableStreamDefaultController':
        'internal/webstreams/writablestream',
    'WritableStreamDefaultWriter': 'internal/webstreams/writablestream',
};

/* the same, of those that a loop over the global object shows */

const OPERATIONS = {
    '__proto__': null,
    'atob': 'buffer',
    'btoa': 'buffer',
    'crypto': 'internal/crypto/webcrypto',
    'performance': 'perf_hooks',
    'reportError': 'internal/report_error',
    'structuredClone': 'internal/structured_clone',
};

/* of packages of npm that the module embeds */

const WEB = ['CloseEvent', 'EventSource', 'FormData', 'Headers', 'Request',
             'Response', 'URLPattern', 'WebSocket'];

/* the value of a lazy global, which is there where it is V8's */

function make(name, object) {
    switch (name) {
    case 'console':
        return require('process/console').console;

    case 'process':
        return require('process/process').process;

    case 'clearImmediate':
    case 'clearInterval':
    case 'clearTimeout':
    case 'setImmediate':
    case 'setInterval':
    case 'setTimeout':
    case 'sleep':
        return require('run/timers')[name];

    case 'DOMException':
        require('node/realm').load('internal/errors');
        return require('node/realm').domException();

    case 'navigator':
        return require('process/navigator').navigator;

    case 'WebAssembly':
        require('node/wasm-streaming').add(object);
        return object;

    case 'self':
        return global;

    case 'fetch':
    case 'CloseEvent':
    case 'EventSource':
    case 'FormData':
    case 'Headers':
    case 'Request':
    case 'Response':
    case 'URLPattern':
    case 'WebSocket':
        return require('node/web').make(name);

    default:
        return require('node/realm').load(FILES[name] ?? OPERATIONS[name])[
            name];
    }
}

function value(name, value) {
    ObjectDefineProperty(global, name, {
        __proto__: null,
        value,
        writable: true,
        enumerable: true,
        configurable: true,
    });
}

function fixed(object, name, value) {
    ObjectDefineProperty(object, name, {
        __proto__: null,
        value,
        writable: false,
        enumerable: false,
        configurable: false,
    });
}

function install() {
    value('global', global);
    value('queueMicrotask', queueMicrotask);
    lazy('clearImmediate', true);
    lazy('setImmediate', true);
    lazy('structuredClone', true);
    lazy('clearInterval', true);
    lazy('clearTimeout', true);
    lazy('setInterval', true);
    lazy('setTimeout', true);
    lazy('atob', true);
    lazy('btoa', true);
    lazy('crypto', true);
    lazy('fetch', true);
    lazy('performance', true);
    lazy('reportError', true);
    lazy('sleep', true);

    lazy('console', false);
    lazy('navigator', false);
    lazy('process', false);
    lazy('self', false);
    lazy('DOMException', false);

    for (const name in FILES) {
        lazy(name, false);
    }

    for (let i = 0; i < WEB.length; i++) {
        lazy(WEB[i], false);
    }

    fixed(global.Symbol, 'dispose', SymbolFor('nodejs.dispose'));
    fixed(global.Symbol, 'asyncDispose', SymbolFor('nodejs.asyncDispose'));

    ObjectDefineProperty(global, SymbolToStringTag, {
        __proto__: null,
        value: 'global',
        writable: false,
        enumerable: false,
        configurable: true,
    });
}

module.exports = { __proto__: null, install, make };
