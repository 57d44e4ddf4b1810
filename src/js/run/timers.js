'use strict';

/*
 * Timers and immediates.  Timers stand in a binary heap ordered by expiry and
 * age; each belongs to the invocation that set it, runs on its behalf and
 * ends with it, or to the connection that it was set for: `common`.
 */

const {
    MathFloor,
    MathMax,
    MapPrototypeDelete,
    MapPrototypeGet,
    MapPrototypeSet,
    Map,
    ObjectDefineProperty,
    ObjectSetPrototypeOf,
    Promise,
    ReflectApply,
    SymbolFor,
    SymbolToPrimitive,
} = intrinsics;

const { invalidArgType } = require('lib/errors');
const { common, owner: ownerNow, uncaught } = require('run/invocation');

const loop = binding('loop');
const { asyncGet, asyncSet } = loop;

const dispose = SymbolFor('nodejs.dispose');

const TIMEOUT_MAX = 2 ** 31 - 1;

let heap = null;
let sequence = 0;
let armed = Infinity;

/* numeric ids that were asked for by converting a Timeout to a primitive */
let ids = null;
let lastId = 0;

function check(callback, from) {
    if (typeof callback !== 'function') {
        throw invalidArgType('callback', 'of type function', callback, from);
    }
}

/* an array that no setter of the user's Array.prototype gets at */

function newHeap() {
    return ObjectSetPrototypeOf([], null);
}

/* over their private state, for this file alone */

let clearTimer, drop, expiryOf, fireTimer, isPrompt, isTimeout;
let ageOf, clearIt, fireImmediate, isImmediate, nextOf;

class Timeout {
    #callback;
    #args;
    #repeat;
    #delay;
    #owner = null;
    #id;
    #refed = true;
    #known = 0;
    #done = false;

    /* place in the heap; -1: not in it */
    #index = -1;
    #expiry = 0;
    #sequence = 0;

    constructor(callback, delay, args, repeat) {
        delay *= 1;

        if (!(delay >= 1 && delay <= TIMEOUT_MAX)) {
            if (delay > TIMEOUT_MAX) {
                require('process/process').emitWarning(`${delay} does not fit `
                    + 'into a 32-bit signed integer.\nTimeout duration was set '
                    + 'to 1.', 'TimeoutOverflowWarning');
            }

            delay = 1;
        }

        this.#callback = callback;
        this.#args = args;
        this.#repeat = repeat;
        this.#delay = MathFloor(delay);
        this.#owner = ownerNow();
        this.#id = asyncGet();
        this.#start();
    }

    ref() {
        if (#refed in this && !this.#refed) {
            this.#refed = true;

            if (this.#index !== -1) {
                this.#hold();
            }
        }

        return this;
    }

    unref() {
        if (#refed in this && this.#refed) {
            this.#refed = false;

            if (this.#index !== -1) {
                this.#owner.unhold();
            }
        }

        return this;
    }

    hasRef() {
        return this.#refed;
    }

    get _destroyed() {
        return this.#callback === null || this.#done;
    }

    /* the time of an interval, which code may make of a timeout */

    get _repeat() {
        return this.#repeat ? this.#delay : null;
    }

    set _repeat(delay) {
        this.#repeat = delay >= 1 && delay <= TIMEOUT_MAX;

        if (this.#repeat) {
            this.#delay = MathFloor(delay);
        }
    }

    [dispose]() {
        clear(this);
    }

    refresh() {
        if (this.#callback !== null) {
            if (this.#index !== -1) {
                this.#remove();
            }

            this.#start();
        }

        return this;
    }

    close() {
        clear(this);
        return this;
    }

    [SymbolToPrimitive]() {
        if (this.#known === 0) {
            this.#known = ++lastId;
            MapPrototypeSet(ids ??= new Map(), this.#known, this);
        }

        return this.#known;
    }

    #hold() {
        if (this.#refed) {
            this.#owner.hold();
        }
    }

    #start() {
        const owner = this.#owner;

        /* what runs for nobody makes no timer */
        if (owner === null || owner.over) {
            return;
        }

        owner.timers++;
        this.#done = false;
        this.#expiry = loop.now() + this.#delay;
        this.#sequence = sequence++;
        this.#hold();

        const list = heap ??= newHeap();

        Timeout.#up(list, this, list.length);

        if (this.#index === 0) {
            arm();
        }
    }

    static #before(a, b) {
        return a.#expiry < b.#expiry
               || (a.#expiry === b.#expiry && a.#sequence < b.#sequence);
    }

    static #up(list, timer, index) {
        while (index > 0) {
            const above = (index - 1) >> 1;
            const other = list[above];

            if (!Timeout.#before(timer, other)) {
                break;
            }

            list[index] = other;
            other.#index = index;
            index = above;
        }

        list[index] = timer;
        timer.#index = index;
    }

    static #down(list, timer, index) {
        const { length } = list;

        for (;;) {
            let below = 2 * index + 1;

            if (below >= length) {
                break;
            }

            if (below + 1 < length
                && Timeout.#before(list[below + 1], list[below]))
            {
                below++;
            }

            const other = list[below];

            if (!Timeout.#before(other, timer)) {
                break;
            }

            list[index] = other;
            other.#index = index;
            index = below;
        }

        list[index] = timer;
        timer.#index = index;
    }

    #remove() {
        const index = this.#index;
        const last = heap.length - 1;
        const end = heap[last];
        const owner = this.#owner;

        heap.length = last;
        this.#index = -1;

        if (end !== this) {
            Timeout.#down(heap, end, index);
            Timeout.#up(heap, end, end.#index);
        }

        owner.timers--;

        if (this.#refed) {
            owner.unhold();
        }
    }

    #forget() {
        this.#callback = null;
        this.#args = null;

        if (this.#known !== 0) {
            MapPrototypeDelete(ids, this.#known);
            this.#known = 0;
        }
    }

    static {
        isTimeout = (object) => {
            return typeof object === 'object' && object !== null
                   && #index in object;
        };

        clearTimer = (timer) => {
            if (timer.#index !== -1) {
                timer.#remove();
            }

            timer.#forget();
        };

        expiryOf = (timer) => {
            return timer.#expiry;
        };

        /* whether the timer has (nearly) no delay and is older than `age` */
        isPrompt = (timer, age) => {
            return timer.#delay === 1 && timer.#sequence < age;
        };

        fireTimer = (timer) => {
            const callback = timer.#callback;
            const owner = timer.#owner;
            const id = timer.#id;

            /* holds the invocation until the callback has run */
            owner.hold();

            timer.#remove();
            asyncSet(id);

            try {
                ReflectApply(callback, timer, timer.#args);
            } catch (error) {
                uncaught(error, id);
            }

            if (timer.#callback !== null && timer.#index === -1) {
                if (timer.#repeat) {
                    timer.#start();
                } else {
                    timer.#done = true;

                    if (timer.#known !== 0) {
                        MapPrototypeDelete(ids, timer.#known);
                        timer.#known = 0;
                    }
                }
            }

            owner.unhold();
        };

        /* without the timers of an invocation that is over */
        drop = (owner) => {
            const rest = newHeap();
            const all = heap;

            heap = null;

            for (let i = 0; i < all.length; i++) {
                const timer = all[i];

                if (timer.#owner === owner) {
                    timer.#index = -1;
                    timer.#forget();
                } else {
                    Timeout.#up(rest, timer, rest.length);
                }
            }

            owner.timers = 0;

            if (rest.length !== 0) {
                heap = rest;
            }

            arm();
        };
    }
}

/*
 * Asks C for the next expiry, unless it was already asked for.  Where nothing
 * may run between invocations nothing is due.
 */

function arm() {
    const next = heap === null || heap.length === 0 || !common.lives()
                 ? Infinity : expiryOf(heap[0]);

    if (next === armed) {
        return;
    }

    armed = next;
    loop.timer(next === Infinity ? -1
               : MathMax(next - loop.now(), 0));
}

function resume() {
    arm();

    if (first !== null) {
        loop.immediate();
    }
}

function run() {
    armed = Infinity;

    if (!common.lives()) {
        return;
    }

    const entered = common.enter();
    const now = loop.now();

    while (heap !== null && heap.length !== 0
           && expiryOf(heap[0]) <= now)
    {
        fireTimer(heap[0]);
        loop.runQueues();
    }

    common.leave(entered);

    /* a callback may have armed it for a timer that is no longer the next */
    armed = NaN;
    arm();
}

function setTimeout(callback, delay, ...args) {
    check(callback, setTimeout);
    return new Timeout(callback, delay, args, false);
}

function setInterval(callback, delay, ...args) {
    check(callback, setInterval);
    return new Timeout(callback, delay, args, true);
}

function clear(timer) {
    if (isTimeout(timer)) {
        clearTimer(timer);
        return;
    }

    if ((typeof timer === 'number' || typeof timer === 'string')
        && ids !== null)
    {
        const known = MapPrototypeGet(ids, +timer);

        if (known !== undefined) {
            clearTimer(known);
        }
    }
}

function clearTimeout(timer) {
    clear(timer);
}

function clearInterval(timer) {
    clear(timer);
}

function sleep(delay) {
    return new Promise((resolve) => {
        new Timeout(resolve, delay, [undefined], false);
    });
}

/* immediates: a list; those that callbacks add run the next time */

let first = null;
let final = null;

class Immediate {
    #callback;
    #args;
    #owner;
    #id;
    #refed = true;
    #age = sequence;
    #next = null;

    constructor(callback, args) {
        const owner = ownerNow();

        this.#callback = callback;
        this.#args = args;
        this.#owner = owner;
        this.#id = asyncGet();

        if (owner === null || owner.over) {
            this.#callback = null;
            return;
        }

        owner.hold();
        owner.immediates++;

        if (final === null) {
            first = this;
            loop.immediate();
        } else {
            final.#next = this;
        }

        final = this;
    }

    ref() {
        if (#refed in this && !this.#refed) {
            this.#refed = true;

            if (this.#callback !== null) {
                this.#owner.hold();
            }
        }

        return this;
    }

    unref() {
        if (#refed in this && this.#refed) {
            if (this.#callback !== null) {
                this.#owner.unhold();
            }

            this.#refed = false;
        }

        return this;
    }

    hasRef() {
        return this.#refed;
    }

    get _destroyed() {
        return this.#callback === null;
    }

    [dispose]() {
        clearIt(this);
    }

    static {
        isImmediate = (object) => {
            return typeof object === 'object' && object !== null
                   && #next in object;
        };

        clearIt = (immediate) => {
            const owner = immediate.#owner;

            if (immediate.#callback === null) {
                return;
            }

            immediate.#callback = null;
            immediate.#args = null;
            owner.immediates--;

            if (immediate.#refed) {
                owner.unhold();
            }
        };

        nextOf = (immediate) => {
            return immediate.#next;
        };

        ageOf = (immediate) => {
            return immediate.#age;
        };

        fireImmediate = (immediate) => {
            const callback = immediate.#callback;

            if (callback === null) {
                return;
            }

            const owner = immediate.#owner;
            const id = immediate.#id;

            if (owner.over) {
                return;
            }

            asyncSet(id);

            try {
                ReflectApply(callback, immediate, immediate.#args);
            } catch (error) {
                uncaught(error, id);
            }

            clearIt(immediate);
        };
    }
}

/* `checks`: before timers, as after what came from outside */

function runImmediates(checks) {
    if (common.immediates !== 0 && !common.lives()) {
        return;
    }

    const entered = common.enter();
    const end = final;

    for (let immediate = null; immediate !== end;) {
        immediate = first;

        /* when it is terminated those behind it are still there */
        first = nextOf(immediate);

        if (first === null) {
            final = null;
        }

        /* a timer without delay that was set before runs before */

        while (!checks && heap !== null && heap.length !== 0
               && isPrompt(heap[0], ageOf(immediate)))
        {
            fireTimer(heap[0]);
            loop.runQueues();
        }

        fireImmediate(immediate);
        loop.runQueues();
    }

    common.leave(entered);

    if (first !== null) {
        loop.immediate();
    }

    arm();
}

function setImmediate(callback, ...args) {
    check(callback, setImmediate);
    return new Immediate(callback, args);
}

/* what Node's loop tells of, as the end of an operation on files */

function tellSoon(callback) {
    new Immediate(fromOutside, [callback]);
}

function fromOutside(callback) {
    loop.outside();
    callback();
}

function clearImmediate(immediate) {
    if (isImmediate(immediate)) {
        clearIt(immediate);
    }
}

/* what util.promisify() makes of them */

function promisified(fn, name) {
    ObjectDefineProperty(fn, SymbolFor('nodejs.util.promisify.custom'), {
        __proto__: null,

        get() {
            return require('run/timers-module').promises[name];
        },

        enumerable: true,
    });
}

promisified(setTimeout, 'setTimeout');
promisified(setImmediate, 'setImmediate');

module.exports = {
    __proto__: null,
    Immediate,
    Timeout,
    clearImmediate,
    clearInterval,
    clearTimeout,
    drop,
    resume,
    run,
    runImmediates,
    setImmediate,
    setInterval,
    setTimeout,
    sleep,
    tellSoon,
};
