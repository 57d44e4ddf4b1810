'use strict';

/* What a function has of require('timers'), with its promises. */

const {
    Error,
    MathFloor,
    ObjectDefineProperty,
    Promise,
    RangeError,
    Symbol,
} = intrinsics;

const loop = binding('loop');

const TIMEOUT_MAX = 2 ** 31 - 1;

const { define, nodeError, invalidArgType } = require('lib/errors');
const {
    Immediate,
    Timeout,
    clearImmediate,
    clearInterval,
    clearTimeout,
    setImmediate,
    setInterval,
    setTimeout,
    sleep,
} = require('run/timers');

function abortError(signal) {
    const error = nodeError(Error, 'ABORT_ERR', 'The operation was aborted');

    define(error, 'name', 'AbortError');

    if (signal?.reason !== undefined) {
        define(error, 'cause', signal.reason);
    }

    return error;
}

function signalOf(options) {
    const signal = options?.signal;

    if (signal !== undefined && (typeof signal !== 'object' || signal === null
                                 || typeof signal.aborted !== 'boolean'))
    {
        throw invalidArgType('options.signal', 'an instance of AbortSignal',
                             signal);
    }

    return signal;
}

/* `start` takes what settles the promise and gives what stops the timer */

function cancelable(options, start) {
    return new Promise((resolve, reject) => {
        const signal = signalOf(options);

        if (signal?.aborted) {
            reject(abortError(signal));
            return;
        }

        const abort = () => {
            stop();
            reject(abortError(signal));
        };

        const stop = start((value) => {
            signal?.removeEventListener('abort', abort);
            resolve(value);
        });

        signal?.addEventListener('abort', abort, { once: true });
    });
}

function unref(timer, options) {
    if (options?.ref === false) {
        timer.unref();
    }
}

const promises = {
    scheduler: {
        wait(delay, options) {
            return promises.setTimeout(delay, undefined, options);
        },

        yield() {
            return promises.setImmediate();
        },
    },

    setTimeout(delay, value, options) {
        return cancelable(options, (settle) => {
            const timer = setTimeout(settle, delay, value);

            unref(timer, options);

            return () => clearTimeout(timer);
        });
    },

    setImmediate(value, options) {
        return cancelable(options, (settle) => {
            const immediate = setImmediate(settle, value);

            unref(immediate, options);

            return () => clearImmediate(immediate);
        });
    },

    async *setInterval(delay, value, options) {
        const signal = signalOf(options);
        let wake;
        let due = 0;

        if (signal?.aborted) {
            throw abortError(signal);
        }

        const timer = setInterval(() => {
            due++;
            wake?.();
        }, delay);

        const abort = () => wake?.();

        unref(timer, options);
        signal?.addEventListener('abort', abort, { once: true });

        try {
            for (;;) {
                if (due === 0 && !signal?.aborted) {
                    await new Promise((resolve) => {
                        wake = resolve;
                    });
                }

                if (signal?.aborted) {
                    throw abortError(signal);
                }

                for (; due > 0; due--) {
                    yield value;
                }
            }

        } finally {
            clearInterval(timer);
            signal?.removeEventListener('abort', abort);
        }
    },
};

/*
 * The timers of objects that have a time and a callback, which Node has
 * given up but keeps.
 */

const kTimer = Symbol('timer');

function durationOf(msecs) {
    if (typeof msecs !== 'number') {
        throw invalidArgType('msecs', 'of type number', msecs, enroll);
    }

    if (!(msecs >= 0 && msecs < Infinity)) {
        throw nodeError(RangeError, 'ERR_OUT_OF_RANGE', 'The value of "msecs" '
                        + 'is out of range. It must be a non-negative finite '
                        + `number. Received ${msecs}`, enroll);
    }

    if (msecs > TIMEOUT_MAX) {
        require('process/process').emitWarning(`${msecs} does not fit into a `
            + '32-bit signed integer.\nTimer duration was truncated to '
            + `${TIMEOUT_MAX}.`, 'TimeoutOverflowWarning');

        return TIMEOUT_MAX;
    }

    return msecs;
}

function enroll(item, msecs) {
    msecs = durationOf(msecs);

    if (item[kTimer] !== undefined) {
        unenroll(item);
    }

    item._idleTimeout = msecs;
}

function unenroll(item) {
    if (item instanceof Timeout) {
        clearTimeout(item);
        return;
    }

    clearTimeout(item[kTimer]);
    define(item, kTimer, undefined);
    item._idleTimeout = -1;
}

function start(item) {
    if (item instanceof Timeout) {
        return item.refresh();
    }

    clearTimeout(item[kTimer]);

    if (!(item._idleTimeout >= 0)) {
        return undefined;
    }

    item._idleStart = MathFloor(loop.now());

    const timer = setTimeout(() => {
        if (typeof item._onTimeout === 'function') {
            item._onTimeout();
        }
    }, item._idleTimeout);

    ObjectDefineProperty(item, kTimer, { __proto__: null, value: timer,
                                         writable: true,
                                         configurable: true });

    return timer;
}

function active(item) {
    start(item);
}

function _unrefActive(item) {
    start(item)?.unref();
}

function deprecated(name, fn, text, code) {
    let warned = false;

    const wrapper = function (...args) {
        if (!warned) {
            warned = true;
            require('process/process').process.emitWarning(
                text, 'DeprecationWarning', code);
        }

        return fn(...args);
    };

    ObjectDefineProperty(wrapper, 'name', { __proto__: null, value: name });

    return wrapper;
}

const timers = {
    _unrefActive: deprecated('_unrefActive', _unrefActive,
        'timers._unrefActive() is deprecated. Please use timeout.refresh() '
        + 'instead.', 'DEP0127'),
    active: deprecated('active', active, 'timers.active() is deprecated. '
        + 'Please use timeout.refresh() instead.', 'DEP0126'),
    enroll: deprecated('enroll', enroll, 'timers.enroll() is deprecated. '
        + 'Please use setTimeout instead.', 'DEP0095'),
    unenroll: deprecated('unenroll', unenroll, 'timers.unenroll() is '
        + 'deprecated. Please use clearTimeout instead.', 'DEP0096'),
    sleep,
    setTimeout,
    setInterval,
    setImmediate,
    clearTimeout,
    clearInterval,
    clearImmediate,
    Timeout,
    Immediate,
    promises,
};

module.exports = { __proto__: null, promises, timers };
