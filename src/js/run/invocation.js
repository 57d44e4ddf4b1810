'use strict';

/*
 * The life of an invocation as JavaScript sees it.
 *
 *     dispatch --> running --> settled --> over
 *                     |                    ^
 *                     +------- fail -------+
 *
 * running: the handler, or the promise that it returned, is at work;
 * settled: it is done, the response or something that still can answer
 *          (timers, ticks, a writer that waits for 'drain') is not;
 * over:    C was told by finish() or fail(), once.
 */

const { MathMax, ObjectAssign, PromisePrototypeThen } = intrinsics;

const { SLOTS } = require('run/constants');

const native = binding('invocation');
const { asyncGet, asyncSet, isPromise, isShared, now } = binding('loop');

/* of files that stand higher; reach() has them before anything is dispatched */
let Request, Response, ask, main;

function reach() {
    ({ Request } = require('http/request'));
    ({ Response } = require('http/response'));
    ({ ask } = require('run/ticks'));
    ({ main } = require('module/module'));
}

/* those that live, by the lower bits of the id, which are unique among them */
const table = { __proto__: null };
const LOWER = SLOTS - 1;

class Invocation {
    #info = null;
    #headers = null;

    constructor(id) {
        this.id = id;
    }

    static is(object) {
        return #info in object;
    }

    get info() {
        return this.#info ??= this.released ? [] : native.info(this.id) ?? [];
    }

    get headers() {
        return this.#headers ??= this.released ? []
                                 : native.headers(this.id) ?? [];
    }

    /* `error`: anything that was thrown */
    fail(error) {
        if (this.over) {
            warn(this.id, error);
            return;
        }

        /* it has answered: what it is kept for goes on */

        if (this.kept !== 0 && this.ended) {
            require('run/wait-until').note(this, 'after the response: ', error);
            return;
        }

        const { describe, requestCode, statusOf } = require('lib/thrown');
        const { name, message, stack } = describe(error);

        this.failWith(name, message, stack, requestCode(error),
                      statusOf(error));
    }

    failWith(name, message, stack, code, status) {
        if (this.over) {
            return;
        }

        if (native.fail(this.id, name, message, stack, code, status)) {
            require('run/wait-until').answered(this);
            return;
        }

        this.over = true;
        this.drop();
        release(this.id);
    }

    settle() {
        this.settled = true;

        if (this.ended && !this.telling && this.kept === 0) {
            this.complete();
        } else {
            watch(this);
        }
    }

    /* after a macrotask, with nothing left in the queues */
    check() {
        if (this.over || this.kept !== 0) {
            return;
        }

        if (this.settled && !this.telling
            && (this.ended || (this.pending === 0 && outside === 0)))
        {
            this.complete();

        } else if (this.left) {
            this.leave();
            require('run/wait-until').leave(this);
            release(this.id);
        }
    }

    complete() {
        if (this.over) {
            return;
        }

        if (this.errors !== 0 && this.ended) {
            require('run/wait-until').fail(this);
            return;
        }

        if (this.streaming || this.ended) {
            this.over = true;
            this.leave();
            native.finish(this.id);
            release(this.id);
            return;
        }

        if (this.unserved) {
            require('run/served').badExport(this);
            return;
        }

        /* nothing was sent: the status that was set, with an empty body */

        let lines;

        try {
            lines = this.res.seal();
        } catch (error) {
            this.fail(error);
            return;
        }

        const { statusCode } = this.res;

        this.over = true;
        this.ended = true;
        this.leave();
        native.finish(this.id, statusCode === 200 && this.refused !== 0
                               ? this.refused : statusCode, lines);
        release(this.id);
    }

    /* one thing more that can answer, and one fewer */
    hold() {
        this.pending++;
    }

    unhold() {
        this.pending--;

        if (this.settled && this.pending === 0) {
            watch(this);
        }
    }

    /* timers and immediates end with the invocation */
    drop() {
        if (this.timers !== 0) {
            require('run/timers').drop(this);
        }
    }

    /* the same, which the log tells of once a version */
    leave() {
        if (this.timers !== 0 || this.immediates !== 0) {
            native.dropped(this.id, this.timers, this.immediates);
            this.drop();
        }
    }
}

/*
 * What an invocation starts with: on the prototype, since a fresh context pays
 * for each field that a constructor makes.
 */

ObjectAssign(Invocation.prototype, {
    __proto__: null,
    id: 0,
    req: null,
    res: null,
    settled: false,
    over: false,
    released: false,
    aborted: false,

    /* what can still answer: timers and immediates that hold the invocation,
     * a body under way, a writer that was told to wait */
    pending: 0,
    timers: 0,
    immediates: 0,

    /* promises of waitUntil() that are pending, and errors meanwhile; the
     * client has left */
    kept: 0,
    errors: 0,
    left: false,

    /* key -> an operation on files that is done elsewhere */
    works: null,

    /* the response: its headers are fixed, its head is with nginx, its end */
    headSent: false,
    streaming: false,
    ended: false,
    needDrain: false,

    /* who waits for a piece of the body: see http/body-pieces.js */
    take: null,

    /* the status of a file that could not be sent, of which a callback was
     * told that may not answer */
    refused: 0,

    /* nothing was exported that can be called, a server may listen yet;
     * req and res were given the prototypes of Node's classes */
    unserved: false,
    bare: false,

    /* 'finish' and 'close' are still to be told to their listeners */
    telling: false,
    finished: false,
    told: false,
    errored: null,

    env: null,
    console: null,
});

/*
 * Whose timers are those that a module sets while it is loaded, or an event of a
 * connection, where the context is one of several invocations: module and
 * connection are there when the one is over that has loaded it, or worked with
 * it last, and what they wait for, as to connect again, must not end with that
 * one. They run as nobody's then, while there are invocations: so many live. In
 * between they may take so many ms more, of which a turn takes one at least.
 */

const BETWEEN = 1000;

let living = 0;
let left = 0;

const common = {
    __proto__: null,
    over: false,
    timers: 0,
    immediates: 0,
    hold,
    unhold: letGo,
    lives: () => living !== 0 || left > 0,

    /* around a turn */
    enter: () => living === 0 ? now() : 0,

    leave(entered) {
        if (entered !== 0) {
            left -= MathMax(now() - entered, 1);
        }
    },
};

/* settled invocations to be looked at when the queues are empty */

let watched = null;

class Watch {
    invocation;
    next;

    constructor(invocation, next) {
        this.invocation = invocation;
        this.next = next;
    }
}

/*
 * What any of them may still answer by: handles of the context, as sockets,
 * which with isolation "function" more than one works with.
 */

let outside = 0;

function hold() {
    outside++;
}

function letGo() {
    if (--outside !== 0) {
        return;
    }

    for (let i = 0; i < SLOTS; i++) {
        if (table[i] !== undefined && table[i].settled) {
            watch(table[i]);
        }
    }
}

function watch(invocation) {
    watched = new Watch(invocation, watched);
    ask();
}

/* true when something was looked at */

function sweep() {
    if (watched === null) {
        return false;
    }

    while (watched !== null) {
        const { invocation } = watched;

        watched = watched.next;
        asyncSet(invocation.id);
        invocation.check();
    }

    return true;
}

/* the id within continuation data, which may be an array of more */

function idOf(data) {
    return typeof data === 'object' && data !== null ? data[0] : data;
}

function find(data) {
    const id = idOf(data);

    if (id === undefined) {
        return undefined;
    }

    const invocation = table[id & LOWER];

    return invocation !== undefined && invocation.id === id ? invocation
                                                            : undefined;
}

/*
 * That data as a connection has it, or a module that is loaded: the third member
 * tells owner(), and isLoaded() what lasts though the invocation is ended.
 */

const CONNECTED = 1;
const LOADED = 2;

function connected(data) {
    return isShared() && !lasts(data) ? lasting(data, CONNECTED) : data;
}

function lasting(data, how) {
    return typeof data !== 'object' || data === null ? [data, undefined, how]
           : [data[0], data[1], how];
}

function lasts(data) {
    return typeof data === 'object' && data !== null
           && (data[2] === CONNECTED || data[2] === LOADED);
}

function isLoaded(data) {
    return typeof data === 'object' && data !== null && data[2] === LOADED;
}

/* what the timers of the code that runs now belong to */

function owner() {
    const data = asyncGet();

    return lasts(data) ? common : find(data) ?? null;
}

function within(data, call, a, b, c) {
    const before = asyncGet();

    asyncSet(data);

    try {
        return call(a, b, c);
    } finally {
        asyncSet(before);
    }
}

/* sets a timer that is its context's, as what the code keeps that sets it */

function outlast(set, callback, after) {
    return within(connected(asyncGet()), set, callback, after);
}

/* evaluates a module: what it begins is its context's */

function load(evaluate, a, b, c) {
    return isShared() ? within(lasting(asyncGet(), LOADED), evaluate, a, b, c)
           : evaluate(a, b, c);
}

/* The invocation on whose behalf code runs now; null: it is nobody's. */

function current() {
    return find(asyncGet()) ?? null;
}

/*
 * The id of that invocation, also when its end was told: what still runs in
 * the same turn may print. 0: there is none.
 */

function currentId() {
    return idOf(asyncGet()) || 0;
}

/*
 * `listen` is set by process.js once a function listens for such errors; true:
 * one has heard of it.
 */

const watcher = { __proto__: null, listen: null };

function uncaught(error, id, event = 'uncaughtException', promise) {
    if (watcher.listen !== null) {
        try {
            if (watcher.listen(event, error, promise)) {
                return true;
            }
        } catch (thrown) {
            error = thrown;
        }
    }

    const invocation = find(id);

    if (invocation !== undefined) {
        invocation.fail(error);
    } else {
        warn(idOf(id) || 0, error);
    }

    return false;
}

function warn(id, error) {
    native.warn(id, `after the end: ${require('lib/thrown').summary(error)}`);
}

function thenable(value) {
    return value !== null
           && (typeof value === 'object' || typeof value === 'function')
           && typeof value.then === 'function';
}

/* what await does, with a promise less where the handler gives one */

function follow(invocation, result) {
    PromisePrototypeThen(isPromise(result) ? result : adopt(result), () => {
        invocation.settle();
    }, (error) => {
        invocation.fail(error);
    });
}

async function adopt(thenable) {
    return thenable;
}

/* the entry evaluates with top-level await, or another invocation does it */

async function wait(invocation, loading) {
    try {
        run(invocation, await loading);
    } catch (error) {
        invocation.fail(error);
    }
}

function run(invocation, handler) {
    if (invocation.over) {
        return;
    }

    const { req, res } = invocation;
    let result;

    if (typeof handler === 'function' && typeof handler.handle !== 'function')
    {
        result = handler(req, res);
    } else {
        result = require('run/served').serve(invocation, handler);
    }

    if (thenable(result)) {
        follow(invocation, result);
    } else {
        invocation.settle();
    }
}

function dispatch(id, method, url) {
    const invocation = new Invocation(id);

    /* cut off in here it is more than there are, never less */

    if (living++ === 0) {
        left = BETWEEN;

        if (common.timers !== 0 || common.immediates !== 0) {
            require('run/timers').resume();
        }
    }

    table[id & LOWER] = invocation;

    try {
        const req = new Request(invocation, method, url);
        const res = new Response(invocation, req);

        invocation.req = req;
        invocation.res = res;

        const { exports, loading } = main();

        if (loading !== null) {
            wait(invocation, loading);
        } else {
            run(invocation, exports);
        }

    } catch (error) {
        invocation.fail(error);
    }
}

/* an event that C reports */

function report(id, tell) {
    const invocation = find(id);

    if (invocation === undefined) {
        return;
    }

    try {
        tell(invocation);
    } catch (error) {
        invocation.fail(error);
    }

    if (invocation.settled || invocation.left) {
        watch(invocation);
    }
}

function release(id) {
    const invocation = find(id);

    if (invocation === undefined) {
        return;
    }

    table[id & LOWER] = undefined;
    living--;

    invocation.released = true;
    invocation.over = true;
    invocation.headSent = true;
    invocation.ended = true;
    invocation.drop();
}

module.exports = () => ({
    __proto__: null,
    Invocation,
    common,
    connected,
    current,
    currentId,
    dispatch,
    find,
    hold,
    isLoaded,
    letGo,
    load,
    outlast,
    owner,
    reach,
    release,
    report,
    run,
    sweep,
    uncaught,
    watch,
    watcher,
});
