'use strict';

/* The events of req and res: what Node's EventEmitter does, kept small. */

const {
    ArrayPrototypePush,
    ArrayPrototypeSlice,
    ArrayPrototypeSplice,
    ArrayPrototypeUnshift,
    Error,
    ObjectDefineProperty,
    ReflectApply,
    ReflectGetPrototypeOf,
    ReflectOwnKeys,
} = intrinsics;

const { invalidArgType, nodeError } = require('lib/errors');

function check(listener) {
    if (typeof listener !== 'function') {
        throw invalidArgType('listener', 'of type function', listener, check);
    }
}

/* `self`: an emitter, or what it is the prototype of, as that emitter */
let self, silent, takeListeners;

class Emitter {
    /* event -> array of { listener, once }; replaced, never changed, so that
     * an emit under way keeps the list with which it began */
    #events = null;

    #add(event, listener, once, first) {
        check(listener);

        const events = this.#events ??= { __proto__: null };

        if (events.newListener !== undefined) {
            this.emit('newListener', event, listener);
        }

        const former = events[event];
        const entry = { __proto__: null, listener, once };

        if (former === undefined) {
            events[event] = [entry];

        } else {
            const list = ArrayPrototypeSlice(former);

            if (first) {
                ArrayPrototypeUnshift(list, entry);
            } else {
                ArrayPrototypePush(list, entry);
            }

            events[event] = list;
        }

        return this;
    }

    #remove(event, index) {
        const list = ArrayPrototypeSlice(this.#events[event]);
        const { 0: entry } = ArrayPrototypeSplice(list, index, 1);

        if (list.length === 0) {
            delete this.#events[event];
        } else {
            this.#events[event] = list;
        }

        if (this.#events.removeListener !== undefined) {
            this.emit('removeListener', event, entry.listener);
        }
    }

    on(event, listener) {
        return self(this).#add(event, listener, false, false);
    }

    once(event, listener) {
        check(listener);
        this.on(event, listener);

        /* through on(), which readers override; the entry is the last one */
        const list = self(this).#events?.[event];

        if (list !== undefined) {
            const entry = list[list.length - 1];

            if (entry.listener === listener) {
                entry.once = true;
            }
        }

        return this;
    }

    prependListener(event, listener) {
        return self(this).#add(event, listener, false, true);
    }

    prependOnceListener(event, listener) {
        return self(this).#add(event, listener, true, true);
    }

    off(event, listener) {
        const own = self(this);

        check(listener);

        const list = own.#events?.[event];

        if (list !== undefined) {
            for (let i = list.length - 1; i >= 0; i--) {
                if (list[i].listener === listener) {
                    own.#remove(event, i);
                    break;
                }
            }
        }

        return this;
    }

    removeAllListeners(event) {
        const own = self(this);

        if (own.#events !== null) {
            if (arguments.length === 0) {
                own.#events = null;
            } else {
                delete own.#events[event];
            }
        }

        return this;
    }

    emit(event, ...args) {
        const own = self(this);
        const list = own.#events?.[event];

        if (list === undefined) {
            if (event === 'error') {
                const { 0: error } = args;

                if (typeof error === 'object' && error !== null) {
                    throw error;
                }

                throw nodeError(Error, 'ERR_UNHANDLED_ERROR',
                                'Unhandled error. ('
                                + `${require('lib/format').inspect(error)})`);
            }

            return false;
        }

        for (let i = 0; i < list.length; i++) {
            const entry = list[i];

            if (entry.once) {
                const now = own.#events?.[event];
                let at = -1;

                for (let n = 0; now !== undefined && n < now.length; n++) {
                    if (now[n] === entry) {
                        at = n;
                        break;
                    }
                }

                if (at === -1) {
                    continue;
                }

                own.#remove(event, at);
            }

            ReflectApply(entry.listener, this, args);
        }

        return true;
    }

    listenerCount(event) {
        return self(this).#events?.[event]?.length ?? 0;
    }

    listeners(event) {
        const list = self(this).#events?.[event];
        const result = [];

        for (let i = 0; list !== undefined && i < list.length; i++) {
            ArrayPrototypePush(result, list[i].listener);
        }

        return result;
    }

    eventNames() {
        const events = self(this).#events;

        return events === null ? [] : ReflectOwnKeys(events);
    }

    setMaxListeners() {
        return this;
    }

    getMaxListeners() {
        return 10;
    }

    static {
        self = (object) => {
            while (object !== null && !(#events in object)) {
                object = ReflectGetPrototypeOf(object);
            }

            return object;
        };

        /* event, listener, once of all; there are none here from then on */
        takeListeners = (emitter) => {
            const events = self(emitter).#events;
            const names = events === null ? [] : ReflectOwnKeys(events);
            const result = [];

            for (let i = 0; i < names.length; i++) {
                const list = events[names[i]];

                for (let n = 0; n < list.length; n++) {
                    ArrayPrototypePush(result, names[i], list[n].listener,
                                       list[n].once);
                }
            }

            self(emitter).#events = null;

            return result;
        };

        /* whether anybody listens for anything at all */
        silent = (emitter) => {
            return self(emitter).#events === null;
        };
    }
}

function alias(name, of) {
    ObjectDefineProperty(Emitter.prototype, name, {
        __proto__: null,
        value: Emitter.prototype[of],
        writable: true,
        enumerable: false,
        configurable: true,
    });
}

alias('addListener', 'on');
alias('removeListener', 'off');
alias('rawListeners', 'listeners');

module.exports = () => ({ __proto__: null, Emitter, silent, takeListeners });
