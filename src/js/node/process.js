'use strict';

/*
 * The `process` that Node's library sees.  It is not the one of functions,
 * whom its members would show too much, but tells the same.
 */

const process = {

    /* that there is OpenSSL is asked, not which */
    versions: { __proto__: null, node: '18.20.4', uv: '1.44.2',
                unicode: '14.0', modules: '108', openssl: true },

    version: 'v18.20.4',
    platform: 'linux',
    pid: 1,
    argv: ['node', 'index.js'],
    execArgv: [],
    execPath: '/usr/local/bin/node',
    release: { name: 'node' },
    domain: null,

    get noDeprecation() {
        return require('process/process').process.noDeprecation;
    },

    get throwDeprecation() {
        return require('process/process').process.throwDeprecation;
    },

    get traceDeprecation() {
        return require('process/process').process.traceDeprecation;
    },

    get arch() {
        return require('process/process').process.arch;
    },

    get env() {
        return require('process/process').process.env;
    },

    get stdout() {
        return require('process/process').process.stdout;
    },

    get stderr() {
        return require('process/process').process.stderr;
    },

    cwd() {
        return '/';
    },

    umask() {
        return 0o22;
    },

    hrtime(former) {
        return require('process/process').process.hrtime(former);
    },

    emitWarning(warning, ...rest) {
        /* which is a global, as it is in later versions */
        if (rest[0] !== 'ExperimentalWarning'
            || warning !== 'buffer.File is an experimental feature and might '
                           + 'change at any time')
        {
            require('process/process').process.emitWarning(warning, ...rest);
        }
    },

    nextTick(callback, ...args) {
        require('run/ticks').enqueue(callback, args);
    },

    emit(...args) {
        return require('process/process').process.emit(...args);
    },

    listenerCount(event) {
        return require('process/process').process.listenerCount(event);
    },

    on(event, listener) {
        return require('process/process').process.on(event, listener);
    },

    once(event, listener) {
        return require('process/process').process.once(event, listener);
    },

    off(event, listener) {
        return require('process/process').process.off(event, listener);
    },

    listeners(event) {
        return require('process/process').process.listeners(event);
    },

    prependListener(event, listener) {
        return require('process/process').process.prependListener(event,
                                                                  listener);
    },

    hasUncaughtExceptionCaptureCallback() {
        return require('process/process').process
            .hasUncaughtExceptionCaptureCallback();
    },

    setUncaughtExceptionCaptureCallback(fn) {
        require('process/process').process
            .setUncaughtExceptionCaptureCallback(fn);
    },
};

process.hrtime.bigint
    = () => require('process/process').process.hrtime.bigint();
process.removeListener = process.off;

module.exports = { __proto__: null, process };
