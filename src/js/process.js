'use strict';

/* process: what a function may see of the program that it runs in. */

const {
    BigInt,
    Error,
    ObjectDefineProperty,
    ObjectFreeze,
    RangeError,
    String,
    SymbolToStringTag,
    ArrayIsArray,
} = intrinsics;

const { define, invalidArgType, nodeError } = require('errors');
const { current } = require('invocation');
const { put } = require('query');
const { nextTick } = require('ticks');

const invocations = binding('invocation');
const native = binding('process');

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

function emitWarning(warning, type, code) {
    let name = 'Warning';
    let detail;

    if (typeof type === 'object' && type !== null) {
        name = type.type ?? name;
        code = type.code;
        detail = type.detail;

    } else if (typeof type === 'string') {
        name = type;
    }

    if (typeof code !== 'string') {
        code = undefined;
    }

    let text;

    if (typeof warning === 'string') {
        text = warning;

    } else if (warning instanceof Error) {
        name = String(warning.name);
        text = String(warning.message);
        code ??= warning.code;

    } else {
        throw invalidArgType('warning', 'of type string or an instance of '
                             + 'Error', warning, emitWarning);
    }

    require('console').emit(3, `(node:1) ${code === undefined ? ''
                                           : `[${String(code)}] `}${name}: `
                               + text + (typeof detail === 'string'
                                         ? `\n${detail}` : ''));
}

function stream(level, fd) {
    let rest = '';

    return {
        fd,
        isTTY: false,
        writable: true,
        columns: 80,

        /* whole lines go to the log, each as one entry */
        write(chunk, encoding, callback) {
            if (typeof encoding === 'function') {
                callback = encoding;
            }

            rest += typeof chunk === 'string' ? chunk
                    : require('bytes').toString(chunk, 'utf8');

            if (rest[rest.length - 1] === '\n') {
                require('console').emit(level, intrinsics
                    .StringPrototypeSlice(rest, 0, -1));
                rest = '';
            }

            if (typeof callback === 'function') {
                nextTick(callback);
            }

            return true;
        },

        end() {},

        on() {
            return this;
        },

        once() {
            return this;
        },

        removeListener() {
            return this;
        },
    };
}

/* events of a process do not happen here */

function chain() {
    return this;
}

class Process {
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
                            variables: ObjectFreeze({}) });
    connected = false;
    domain = null;
    _exiting = false;
    stdout = stream(1, 1);
    stderr = stream(4, 2);

    constructor() {
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

    get mainModule() {
        return require('module').entry.module ?? undefined;
    }

    cwd() {
        return '/';
    }

    uptime() {
        return native.uptime();
    }

    cpuUsage(former) {
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

    emit() {
        return false;
    }

    listenerCount() {
        return 0;
    }

    listeners() {
        return [];
    }

    send() {
        return false;
    }

    disconnect() {}

    hasUncaughtExceptionCaptureCallback() {
        return false;
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

const CHAINED = ['addListener', 'off', 'on', 'once', 'prependListener',
                 'prependOnceListener', 'removeAllListeners',
                 'removeListener', 'setMaxListeners'];

for (let i = 0; i < CHAINED.length; i++) {
    method(CHAINED[i], chain);
}

for (let i = 0; i < REFUSED.length; i++) {
    const name = REFUSED[i];

    method(name, () => {
        throw refused(name, prototype[name]);
    });
}

method('assert', (value, message) => {
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

ObjectDefineProperty(prototype, SymbolToStringTag, {
    __proto__: null,
    value: 'process',
    writable: false,
    enumerable: false,
    configurable: true,
});

ObjectDefineProperty(Process, 'name', { __proto__: null, value: 'process',
                                        configurable: true });

module.exports = { __proto__: null, emitWarning, process: new Process() };
