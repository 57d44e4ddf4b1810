'use strict';

/* process.nextTick, queueMicrotask and rejections that nobody handles. */

const {
    Map,
    MapPrototypeDelete,
    MapPrototypeForEach,
    MapPrototypeSet,
    ReflectApply,
    WeakMap,
    WeakMapPrototypeDelete,
    WeakMapPrototypeGet,
    WeakMapPrototypeSet,
} = intrinsics;

const { invalidArgType } = require('lib/errors');
const { currentId, sweep, uncaught } = require('run/invocation');

const loop = binding('loop');
const { asyncClear, asyncGet, asyncSet } = loop;

class Tick {
    callback;
    args;
    id;
    next = null;

    constructor(callback, args, id) {
        this.callback = callback;
        this.args = args;
        this.id = id;
    }
}

let head = null;
let tail = null;
let asked = false;
let running = false;

/* promise -> { reason, id, number }: rejected, without a handler yet */
let rejected = null;
let rejections = 0;

/* promise -> its number: 'unhandledRejection' was heard of it */
let told = null;

/* the promises among them that have a handler after all, first to last */
let late = null;

function ask() {
    if (!asked && !running) {
        asked = true;
        loop.tick();
    }
}

function enqueue(callback, args) {
    const tick = new Tick(callback, args, asyncGet());

    if (tail === null) {
        head = tick;
    } else {
        tail.next = tick;
    }

    tail = tick;
    ask();
}

function nextTick(callback, ...args) {
    if (typeof callback !== 'function') {
        throw invalidArgType('callback', 'of type function', callback,
                             nextTick);
    }

    enqueue(callback, args);
}

function queueMicrotask(callback) {
    if (typeof callback !== 'function') {
        throw invalidArgType('callback', 'of type function', callback,
                             queueMicrotask);
    }

    const id = asyncGet();

    loop.enqueueMicrotask(() => {
        asyncSet(id);

        try {
            ReflectApply(callback, undefined, []);
        } catch (error) {
            uncaught(error, id);
        }

        asyncClear();
    });
}

/* runs ticks and microtasks, then looks at rejections, until all is done */

function run() {
    asked = false;
    running = true;

    try {
        do {
            while (head !== null) {
                const tick = head;

                head = tick.next;

                if (head === null) {
                    tail = null;
                }

                asyncSet(tick.id);

                try {
                    ReflectApply(tick.callback, undefined, tick.args);
                } catch (error) {
                    uncaught(error, tick.id);
                }
            }

            loop.runMicrotasks();

        } while (head !== null || handledLate() || unhandled() || sweep());

    } finally {
        running = false;
    }
}

/* V8's report; type 0: rejected without a handler, 1: handled later */

function onReject(type, promise, reason) {
    if (type === 0) {
        MapPrototypeSet(rejected ??= new Map(), promise,
                        { __proto__: null, reason, id: asyncGet(),
                          number: ++rejections });
        ask();

    } else if (type === 1
               && (rejected === null || !MapPrototypeDelete(rejected, promise))
               && told !== null)
    {
        handled(promise);
    }
}

function handled(promise) {
    const number = WeakMapPrototypeGet(told, promise);

    if (number !== undefined) {
        WeakMapPrototypeDelete(told, promise);
        MapPrototypeSet(late ??= new Map(), promise, { __proto__: null, number,
                                                       id: currentId() });
        ask();
    }
}

/* as work of who has added the handler, in none of its stores */

function handledLate() {
    if (late === null) {
        return false;
    }

    const all = late;

    MapPrototypeForEach(all, ({ number, id }, promise) => {
        MapPrototypeDelete(all, promise);
        asyncSet(id);

        try {
            require('process/process').rejectionHandled(promise, number);
        } catch (error) {
            uncaught(error, id);
        }
    });

    late = null;

    return true;
}

function unhandled() {
    if (rejected === null) {
        return false;
    }

    const all = rejected;

    /* one by one: the others are still there when it is terminated */
    MapPrototypeForEach(all, ({ reason, id, number }, promise) => {
        MapPrototypeDelete(all, promise);
        asyncSet(id);

        if (uncaught(reason, id, 'unhandledRejection', promise)) {
            WeakMapPrototypeSet(told ??= new WeakMap(), promise, number);
        }
    });

    rejected = null;

    return true;
}

loop.onReject(onReject);

module.exports = () => ({
    __proto__: null,
    ask,
    enqueue,
    nextTick,
    queueMicrotask,
    run,
});
