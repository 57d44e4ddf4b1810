'use strict';

/* process: what a function may see of the program that it runs in. */

const {
    BigInt,
    Error,
    ErrorCaptureStackTrace,
    ObjectDefineProperty,
    ObjectFreeze,
    RangeError,
    String,
    SymbolToStringTag,
    ArrayIsArray,
} = intrinsics;

const { Emitter } = require('lib/emitter');
const { define, invalidArgType, nodeError } = require('lib/errors');
const { current, watcher } = require('run/invocation');
const { put } = require('lib/pairs');
const { nextTick } = require('run/ticks');

const invocations = binding('invocation');
const native = binding('process');

const NUMBER_MAX = 2 ** 53 - 1;

const REFUSED = [
    'abort', 'chdir', 'dlopen', 'exit', 'initgroups', 'kill', 'reallyExit',
    'setegid', 'seteuid', 'setgid', 'setgroups', 'setuid', '_exit',
];

function refused(name, from) {
    const error = nodeError(Error, 'EACCES',
                            `${name}: operation not permitted`, from);

    define(error, 'errno', -13);

    return error;
}

/* the environment of an invocation: the function may change its own copy */

function environment() {
    const invocation = current();

    if (invocation === null) {
        return {};
    }

    if (invocation.env === null) {
        const list = invocation.released ? []
                     : invocations.env(invocation.id) ?? [];
        const env = {};

        for (let i = 0; i < list.length; i += 2) {
            put(env, list[i], list[i + 1]);
        }

        invocation.env = env;
    }

    return invocation.env;
}

function pairs(list) {
    const object = {};

    for (let i = 0; i < list.length; i += 2) {
        put(object, list[i], list[i + 1]);
    }

    return object;
}

function hrtime(former) {
    const { 0: seconds, 1: nanoseconds } = native.hrtime();

    if (former === undefined) {
        return [seconds, nanoseconds];
    }

    if (!ArrayIsArray(former)) {
        throw invalidArgType('time', 'an instance of Array', former, hrtime);
    }

    if (former.length !== 2) {
        throw nodeError(RangeError, 'ERR_OUT_OF_RANGE', 'The value of "time" '
                        + `is out of range. It must be 2. Received `
                        + `${former.length}`, hrtime);
    }

    const over = nanoseconds < former[1] ? 1 : 0;

    return [seconds - former[0] - over,
            nanoseconds - former[1] + over * 1e9];
}

hrtime.bigint = function bigint() {
    const { 0: seconds, 1: nanoseconds } = native.hrtime();

    return BigInt(seconds) * 1000000000n + BigInt(nanoseconds);
};

function memoryUsage() {
    const { 0: rss, 1: heapTotal, 2: heapUsed, 3: external, 4: arrayBuffers } =
        native.memoryUsage();

    return { rss, heapTotal, heapUsed, external, arrayBuffers };
}

memoryUsage.rss = function rss() {
    return native.memoryUsage()[0];
};

function emitWarning(warning, type, code, from) {
    let detail;

    if (type !== null && typeof type === 'object' && !ArrayIsArray(type)) {
        from = type.ctor;
        code = type.code;
        detail = typeof type.detail === 'string' ? type.detail : undefined;
        type = type.type || 'Warning';

    } else if (typeof type === 'function') {
        from = type;
        code = undefined;
        type = 'Warning';
    }

    if (type !== undefined && typeof type !== 'string') {
        throw invalidArgType('type', 'of type string', type, emitWarning);
    }

    if (typeof code === 'function') {
        from = code;
        code = undefined;

    } else if (code !== undefined && typeof code !== 'string') {
        throw invalidArgType('code', 'of type string', code, emitWarning);
    }

    if (typeof warning === 'string') {
        const { stackTraceLimit } = Error;

        Error.stackTraceLimit = 0;
        warning = new Error(warning);
        Error.stackTraceLimit = stackTraceLimit;

        warning.name = String(type || 'Warning');

        if (code !== undefined) {
            warning.code = code;
        }

        if (detail !== undefined) {
            warning.detail = detail;
        }

        ErrorCaptureStackTrace(warning, from ?? emitWarning);

    } else if (!(warning instanceof Error)) {
        throw invalidArgType('warning', 'of type string or an instance of '
                             + 'Error', warning, emitWarning);
    }

    if (warning.name === 'DeprecationWarning') {
        if (process.noDeprecation) {
            return;
        }

        if (process.throwDeprecation) {
            nextTick(() => {
                throw warning;
            });
            return;
        }
    }

    nextTick(warn, warning);
}

/* into the log, and to those who listen */

function warn(warning) {
    const { name, message, code, detail } = warning;

    if (name !== 'DeprecationWarning' || !process.noDeprecation) {
        require('process/console').emit(3, `(node:1) ${code === undefined ? ''
                                : `[${String(code)}] `}${String(name)}: `
                                + String(message)
                                + (typeof detail === 'string'
                                   ? `\n${detail}` : ''));
    }

    process.emit('warning', warning);
}

function checkUsage(value, name, from) {
    if (typeof value !== 'number') {
        throw invalidArgType(`prevValue.${name}`, 'of type number', value,
                             from);
    }

    if (!(value >= 0 && value <= NUMBER_MAX)) {
        throw nodeError(RangeError, 'ERR_INVALID_ARG_VALUE',
                        `The property 'prevValue.${name}' is invalid. `
                        + `Received ${value}`, from);
    }
}

/* what is called with an exception that nobody caught, or null */
let capture = null;

class Process extends Emitter {
    title = 'node';
    version;
    versions;
    arch;
    platform = 'linux';
    release = ObjectFreeze({ name: 'node', lts: 'Hydrogen' });
    argv = ['node', 'index.js'];
    argv0 = 'node';
    execArgv = [];
    execPath = '/usr/local/bin/node';
    pid = 1;
    ppid = 1;
    debugPort = 9229;
    exitCode = undefined;
    features = ObjectFreeze({ inspector: false, debug: false, uv: true,
                              ipv6: true, tls_alpn: true, tls_sni: true,
                              tls_ocsp: true, tls: true,
                              cached_builtins: true });
    config = ObjectFreeze({ target_defaults: ObjectFreeze({}),
                            variables: ObjectFreeze({
                                node_module_version: 108 }) });
    connected = false;
    domain = null;
    _exiting = false;

    constructor() {
        super();

        const versions = pairs(native.versions());

        this.versions = ObjectFreeze(versions);
        this.version = `v${versions.node}`;
        this.arch = native.arch();
    }

    get env() {
        return environment();
    }

    set env(value) {
        const invocation = current();

        if (invocation !== null) {
            invocation.env = value;
        }
    }

    get stdout() {
        return require('process/stdio').get(0);
    }

    get stderr() {
        return require('process/stdio').get(1);
    }

    get mainModule() {
        return require('module/module').entry.module ?? undefined;
    }

    cwd() {
        return '/';
    }

    uptime() {
        return native.uptime();
    }

    cpuUsage(former) {
        if (former) {
            if (typeof former !== 'object') {
                throw invalidArgType('prevValue', 'of type object', former,
                                     this.cpuUsage);
            }

            checkUsage(former.user, 'user', this.cpuUsage);
            checkUsage(former.system, 'system', this.cpuUsage);
        }

        const { 0: user, 1: system } = native.cpuUsage();

        return { user: user - (former?.user ?? 0),
                 system: system - (former?.system ?? 0) };
    }

    resourceUsage() {
        const { 0: user, 1: system } = native.cpuUsage();

        return {
            userCPUTime: user, systemCPUTime: system,
            maxRSS: native.memoryUsage()[0] / 1024,
            sharedMemorySize: 0, unsharedDataSize: 0, unsharedStackSize: 0,
            minorPageFault: 0, majorPageFault: 0, swappedOut: 0,
            fsRead: 0, fsWrite: 0, ipcSent: 0, ipcReceived: 0,
            signalsCount: 0, voluntaryContextSwitches: 0,
            involuntaryContextSwitches: 0,
        };
    }

    umask(mask) {
        if (mask !== undefined) {
            throw refused('umask', this.umask);
        }

        return 0o22;
    }

    getuid() {
        return 1000;
    }

    getgroups() {
        return [1000];
    }

    binding(name) {
        throw nodeError(Error, 'ERR_UNKNOWN_BUILTIN_MODULE',
                        `No such module: ${String(name)}`, this.binding);
    }

    send() {
        return false;
    }

    disconnect() {}

    setSourceMapsEnabled(val) {
        require('module/source-maps').enable(val, this.setSourceMapsEnabled);
    }

    hasUncaughtExceptionCaptureCallback() {
        return capture !== null;
    }

    setUncaughtExceptionCaptureCallback(fn) {
        if (fn !== null && typeof fn !== 'function') {
            throw invalidArgType('fn', 'of type function or null', fn,
                                 this.setUncaughtExceptionCaptureCallback);
        }

        if (fn !== null && capture !== null) {
            throw nodeError(Error, 'ERR_UNCAUGHT_EXCEPTION_CAPTURE_'
                            + 'ALREADY_SET',
                            '`process.setUncaughtExceptionCaptureCallback()` '
                            + 'was called while a capture callback was '
                            + 'already active',
                            this.setUncaughtExceptionCaptureCallback);
        }

        capture = fn;
    }
}

const { prototype } = Process;

function method(name, value) {
    ObjectDefineProperty(prototype, name, {
        __proto__: null,
        value,
        writable: true,
        enumerable: true,
        configurable: true,
    });
}

for (let i = 0; i < REFUSED.length; i++) {
    const name = REFUSED[i];

    method(name, () => {
        throw refused(name, prototype[name]);
    });
}

let asserted = false;

method('assert', (value, message) => {
    if (!asserted) {
        asserted = true;
        emitWarning('process.assert() is deprecated. Please use the `assert` '
                    + 'module instead.', 'DeprecationWarning', 'DEP0100');
    }

    if (!value) {
        throw nodeError(Error, 'ERR_ASSERTION', String(message ?? 'assertion '
                        + 'error'), prototype.assert);
    }
});

method('emitWarning', emitWarning);
method('hrtime', hrtime);
method('memoryUsage', memoryUsage);
method('nextTick', nextTick);
method('geteuid', prototype.getuid);
method('getgid', prototype.getuid);
method('getegid', prototype.getuid);
method('_linkedBinding', prototype.binding);

ObjectDefineProperty(Process, 'name', { __proto__: null, value: 'process',
                                        configurable: true });

const process = new Process();

ObjectDefineProperty(process, SymbolToStringTag, {
    __proto__: null,
    value: 'process',
    writable: true,
    enumerable: false,
    configurable: false,
});

/* what nobody caught goes to those who listen for it, as in Node */

watcher.listen = (event, error, promise) => {
    if (event === 'unhandledRejection'
        && process.emit(event, error, promise))
    {
        return true;
    }

    if (capture !== null) {
        capture(error);
        return true;
    }

    return process.emit('uncaughtException', error, event);
};

/* the promise of such a rejection has a handler, too late */

function rejectionHandled(promise, number) {
    if (!process.emit('rejectionHandled', promise)) {
        emitWarning('Promise rejection was handled asynchronously (rejection '
                    + `id: ${number})`, 'PromiseRejectionHandledWarning');
    }
}

/*
 * Node's domains, which tell of the one that is entered by the `process` that
 * Node's library sees.
 */

function domains() {
    const inner = require('node/process').process;
    const exports = require('node/realm').load('domain');

    ObjectDefineProperty(process, 'domain', {
        __proto__: null,
        enumerable: true,
        configurable: true,

        get() {
            return inner.domain;
        },

        set(domain) {
            inner.domain = domain;
        },
    });

    return exports;
}

module.exports = { __proto__: null, domains, emitWarning, process,
                   rejectionHandled };
