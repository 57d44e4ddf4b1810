'use strict';

/*
 * The globals that a function finds besides those of the language.  Most are
 * made when they are first asked for and are plain properties from then on;
 * the attributes are Node's.
 */

const {
    ObjectDefineProperty,
    SymbolAsyncDispose,
    SymbolDispose,
    SymbolToStringTag,
} = intrinsics;

const { global, lazy } = require('host');
const { queueMicrotask } = require('ticks');

/* the file of Node's library that exports a global */

function fileOf(name) {
    switch (name) {
    case 'Blob':
    case 'Buffer':
    case 'atob':
    case 'btoa':
        return 'buffer';

    case 'EventEmitter':
        return 'events';

    case 'AbortController':
    case 'AbortSignal':
        return 'internal/abort_controller';

    case 'TextDecoder':
    case 'TextEncoder':
        return 'internal/encoding';

    case 'CustomEvent':
    case 'Event':
    case 'EventTarget':
        return 'internal/event_target';

    case 'structuredClone':
        return 'internal/structured_clone';

    case 'URL':
    case 'URLSearchParams':
        return 'internal/url';

    case 'CompressionStream':
    case 'DecompressionStream':
        return 'internal/webstreams/compression';

    case 'TextDecoderStream':
    case 'TextEncoderStream':
        return 'internal/webstreams/encoding';

    case 'ByteLengthQueuingStrategy':
    case 'CountQueuingStrategy':
        return 'internal/webstreams/queuingstrategies';

    case 'ReadableByteStreamController':
    case 'ReadableStream':
    case 'ReadableStreamBYOBReader':
    case 'ReadableStreamBYOBRequest':
    case 'ReadableStreamDefaultController':
    case 'ReadableStreamDefaultReader':
        return 'internal/webstreams/readablestream';

    case 'TransformStream':
    case 'TransformStreamDefaultController':
        return 'internal/webstreams/transformstream';

    case 'WritableStream':
    case 'WritableStreamDefaultController':
    case 'WritableStreamDefaultWriter':
        return 'internal/webstreams/writablestream';

    case 'Performance':
    case 'PerformanceEntry':
    case 'PerformanceMark':
    case 'PerformanceMeasure':
    case 'PerformanceObserver':
    case 'PerformanceObserverEntryList':
    case 'PerformanceResourceTiming':
    case 'performance':
        return 'perf_hooks';
    }
}

/* the value of a lazy global */

function make(name) {
    switch (name) {
    case 'console':
        return require('console').console;

    case 'process':
        return require('process').process;

    case 'clearImmediate':
    case 'clearInterval':
    case 'clearTimeout':
    case 'setImmediate':
    case 'setInterval':
    case 'setTimeout':
    case 'sleep':
        return require('timers')[name];

    case 'DOMException':
        require('node/realm').load('internal/errors');
        return require('node/realm').domException();

    default:
        return require('node/realm').load(fileOf(name))[name];
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
    /* as a loop over the global object shows them */

    const shown = [
        'clearImmediate', 'setImmediate', 'structuredClone', 'clearInterval',
        'clearTimeout', 'setInterval', 'setTimeout', 'atob', 'btoa',
        'performance', 'sleep',
    ];

    const hidden = [
        'console', 'process', 'DOMException', 'AbortController', 'AbortSignal',
        'Blob', 'Buffer', 'ByteLengthQueuingStrategy', 'CompressionStream',
        'CountQueuingStrategy', 'CustomEvent', 'DecompressionStream', 'Event',
        'EventEmitter', 'EventTarget', 'Performance', 'PerformanceEntry',
        'PerformanceMark', 'PerformanceMeasure', 'PerformanceObserver',
        'PerformanceObserverEntryList', 'PerformanceResourceTiming',
        'ReadableByteStreamController', 'ReadableStream',
        'ReadableStreamBYOBReader', 'ReadableStreamBYOBRequest',
        'ReadableStreamDefaultController', 'ReadableStreamDefaultReader',
        'TextDecoder', 'TextDecoderStream', 'TextEncoder', 'TextEncoderStream',
        'TransformStream', 'TransformStreamDefaultController', 'URL',
        'URLSearchParams', 'WritableStream', 'WritableStreamDefaultController',
        'WritableStreamDefaultWriter',
    ];

    value('global', global);
    value('queueMicrotask', queueMicrotask);

    for (let i = 0; i < shown.length; i++) {
        lazy(shown[i], true);
    }

    for (let i = 0; i < hidden.length; i++) {
        lazy(hidden[i], false);
    }

    fixed(global.Symbol, 'dispose', SymbolDispose);
    fixed(global.Symbol, 'asyncDispose', SymbolAsyncDispose);

    ObjectDefineProperty(global, SymbolToStringTag, {
        __proto__: null,
        value: 'global',
        writable: false,
        enumerable: false,
        configurable: true,
    });
}

module.exports = { __proto__: null, install, make };
