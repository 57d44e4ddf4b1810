'use strict';

/*
 * console: every call is one entry of the invocation's log.  Indentation,
 * counts and times belong to the invocation, too.
 */

const {
    ArrayPrototypeUnshift,
    ErrorCaptureStackTrace,
    MathFloor,
    NumberPrototypeToFixed,
    ObjectDefineProperty,
    ObjectSetPrototypeOf,
    ReflectGetOwnPropertyDescriptor,
    ReflectOwnKeys,
    Error,
    String,
    StringPrototypeIndexOf,
    StringPrototypePadStart,
    StringPrototypeSlice,
    SymbolToStringTag,
} = intrinsics;

const { traced } = require('lib/thrown');
const { current, currentId } = require('run/invocation');
const { divert } = require('process/stdio');

const native = binding('invocation');
const loop = binding('loop');

const {
    CONSOLE_DEBUG: DEBUG,
    CONSOLE_LOG: LOG,
    CONSOLE_INFO: INFO,
    CONSOLE_WARN: WARN,
    CONSOLE_ERROR: ERROR,
    CONSOLE_TRACE: TRACE,
} = require('run/constants');

class State {
    indent = '';
    counts = { __proto__: null };
    times = { __proto__: null };
}

/* of code that runs for no invocation */
let common = null;

function state() {
    const invocation = current();

    return invocation === null ? common ??= new State()
           : invocation.console ??= new State();
}

function indentOf() {
    const invocation = current();

    return (invocation === null ? common : invocation.console)?.indent ?? '';
}

function indented(text, indent) {
    if (indent === '') {
        return text;
    }

    let result = indent;
    let start = 0;

    for (;;) {
        const end = StringPrototypeIndexOf(text, '\n', start);

        if (end === -1) {
            return result + StringPrototypeSlice(text, start);
        }

        result += StringPrototypeSlice(text, start, end + 1) + indent;
        start = end + 1;
    }
}

/* one entry of the log */

function print(level, text) {
    native.console(currentId(), level, text);
}

function emit(level, text) {
    text = indented(traced(text), indentOf());

    if (!divert(level === DEBUG || level === LOG || level === INFO ? 0 : 1,
                text))
    {
        print(level, text);
    }
}

function write(level, args) {
    const { 0: first } = args;

    emit(level, args.length === 0 ? ''
                : args.length === 1 && typeof first === 'string' ? first
                  : require('lib/format').format(args));
}

function warning(text) {
    require('process/process').emitWarning(text);
}

/* "1.234ms", "1.234s", "1:02.345 (m:ss.mmm)" as Node prints them */

function duration(ms) {
    if (ms < 1000) {
        return `${+NumberPrototypeToFixed(ms, 3)}ms`;
    }

    if (ms < 60000) {
        return `${NumberPrototypeToFixed(ms / 1000, 3)}s`;
    }

    const hours = MathFloor(ms / 3600000);
    const minutes = MathFloor(ms % 3600000 / 60000);
    const seconds = StringPrototypePadStart(
        NumberPrototypeToFixed(ms % 60000 / 1000, 3), 6, '0');

    return hours === 0 ? `${minutes}:${seconds} (m:ss.mmm)`
           : `${hours}:${StringPrototypePadStart(`${minutes}`, 2, '0')}:`
             + `${seconds} (h:mm:ss.mmm)`;
}

function elapsed(method, label) {
    const start = state().times[label];

    if (start === undefined) {
        warning(`No such label '${label}' for console.${method}()`);
        return undefined;
    }

    return duration(loop.now() - start);
}

/* what Node's console needs to see of a stream */

const silent = {
    __proto__: null,

    write() {},

    on() {},

    once() {},

    removeListener() {},

    listenerCount() {
        return 0;
    },
};

/* a table by Node's own console, written where ours writes */

function table(data, properties) {
    const { Console } = library();
    const stream = {
        __proto__: silent,

        write(text) {
            emit(LOG, StringPrototypeSlice(text, 0, -1));
        },
    };

    new Console({ __proto__: null, stdout: stream, stderr: stream,
                  inspectOptions: { __proto__: null } })
        .table(data, properties);
}

/* Node's console, to whose instances ours belongs from then on */

let loaded = false;

function library() {
    const node = require('node/realm').load('internal/console/constructor');

    if (!loaded) {
        const sample = new node.Console({ __proto__: null, stdout: silent,
                                          stderr: silent });
        const keys = ReflectOwnKeys(sample);

        loaded = true;

        for (let i = 0; i < keys.length; i++) {
            if (typeof keys[i] === 'symbol' && keys[i] !== SymbolToStringTag) {
                ObjectDefineProperty(console, keys[i], ObjectSetPrototypeOf(
                    ReflectGetOwnPropertyDescriptor(sample, keys[i]), null));
            }
        }
    }

    return node;
}

const console = {
    log(...args) {
        write(LOG, args);
    },

    warn(...args) {
        write(WARN, args);
    },

    dir(object, options) {
        emit(LOG, require('lib/format').inspect(object, {
            __proto__: null,
            customInspect: false,
            ...options,
        }));
    },

    time(label = 'default') {
        const { times } = state();

        label = `${label}`;

        if (times[label] !== undefined) {
            warning(`Label '${label}' already exists for console.time()`);
            return;
        }

        times[label] = loop.now();
    },

    timeEnd(label = 'default') {
        label = `${label}`;

        const time = elapsed('timeEnd', label);

        if (time !== undefined) {
            emit(LOG, `${label}: ${time}`);
            delete state().times[label];
        }
    },

    timeLog(label = 'default', ...data) {
        label = `${label}`;

        const time = elapsed('timeLog', label);

        if (time !== undefined) {
            ArrayPrototypeUnshift(data, '%s: %s', label, time);
            write(LOG, data);
        }
    },

    trace(...args) {
        const error = new Error(args.length === 0 ? ''
                                : require('lib/format').format(args));

        ObjectDefineProperty(error, 'name', { __proto__: null,
                                              value: 'Trace' });
        ErrorCaptureStackTrace(error, console.trace);
        emit(TRACE, `${error.stack}`);
    },

    assert(value, ...args) {
        if (!value) {
            const { 0: first } = args;

            if (args.length === 0) {
                args = ['Assertion failed'];
            } else {
                args[0] = `Assertion failed: ${String(first)}`;
            }

            write(ERROR, args);
        }
    },

    clear() {},

    count(label = 'default') {
        const { counts } = state();

        label = `${label}`;
        counts[label] = (counts[label] ?? 0) + 1;
        emit(LOG, `${label}: ${counts[label]}`);
    },

    countReset(label = 'default') {
        const { counts } = state();

        label = `${label}`;

        if (counts[label] === undefined) {
            warning(`Count for '${label}' does not exist`);
            return;
        }

        delete counts[label];
    },

    group(...args) {
        if (args.length !== 0) {
            write(LOG, args);
        }

        state().indent += '  ';
    },

    groupEnd() {
        const own = state();

        own.indent = StringPrototypeSlice(own.indent, 2);
    },

    table(data, properties) {
        if (data === null || typeof data !== 'object') {
            write(LOG, [data]);
        } else {
            table(data, properties);
        }
    },

    debug(...args) {
        write(DEBUG, args);
    },

    info(...args) {
        write(INFO, args);
    },

    error(...args) {
        write(ERROR, args);
    },

    dirxml(...args) {
        write(LOG, args);
    },
};

console.groupCollapsed = console.group;

ObjectDefineProperty(console, SymbolToStringTag, {
    __proto__: null,
    value: 'console',
    writable: false,
    enumerable: false,
    configurable: true,
});

ObjectDefineProperty(console, 'Console', {
    __proto__: null,

    get() {
        return library().Console;
    },

    set(value) {
        ObjectDefineProperty(console, 'Console', { __proto__: null, value,
                                                   writable: true });
    },

    enumerable: true,
    configurable: true,
});

module.exports = { __proto__: null, console, emit, print };
