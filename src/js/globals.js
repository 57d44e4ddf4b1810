'use strict';

/* The globals that a function finds besides those of the language. */

const { ObjectDefineProperty } = intrinsics;

const { queueMicrotask } = require('ticks');
const timers = require('timers');

function value(global, name, value) {
    ObjectDefineProperty(global, name, {
        __proto__: null,
        value,
        writable: true,
        enumerable: true,
        configurable: true,
    });
}

/* evaluated when it is first asked for */

function lazy(global, name, make) {
    ObjectDefineProperty(global, name, {
        __proto__: null,
        enumerable: false,
        configurable: true,

        get() {
            const object = make();

            set(object);

            return object;
        },

        set,
    });

    function set(object) {
        ObjectDefineProperty(global, name, {
            __proto__: null,
            value: object,
            writable: true,
            enumerable: false,
            configurable: true,
        });
    }
}

function install(global) {
    value(global, 'global', global);
    value(global, 'setTimeout', timers.setTimeout);
    value(global, 'setInterval', timers.setInterval);
    value(global, 'setImmediate', timers.setImmediate);
    value(global, 'clearTimeout', timers.clearTimeout);
    value(global, 'clearInterval', timers.clearInterval);
    value(global, 'clearImmediate', timers.clearImmediate);
    value(global, 'queueMicrotask', queueMicrotask);
    value(global, 'sleep', timers.sleep);

    lazy(global, 'console', () => require('console').console);
    lazy(global, 'process', () => require('process').process);
}

module.exports = { __proto__: null, install };
