'use strict';

/* require('timers'), with its promises. */

const { Error, Promise } = intrinsics;

const { define, nodeError, invalidArgType } = require('errors');
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
} = require('timers');

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

const timers = {
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
