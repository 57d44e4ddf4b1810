'use strict';

/*
 * An operation on files in the forms that Node's library calls it in: with a
 * context object that takes the error, with a request whose oncomplete() is
 * called, and with a promise.  The latter two are tried at once and told in an
 * immediate.  What would have to wait for a disk a thread elsewhere does: C
 * calls goOn() when that is done.  Both hold the invocation as long as they
 * stand out.
 */

const {
    Error,
    Map,
    MapPrototypeDelete,
    MapPrototypeGet,
    MapPrototypeSet,
    ObjectDefineProperty,
    Promise,
    Symbol,
} = intrinsics;

const { LATER } = require('run/constants');
const { current, find, isLoaded, uncaught } = require('run/invocation');
const { tellSoon } = require('run/timers');

const { asyncGet, asyncSet } = binding('loop');

const kUsePromises = Symbol('fs_use_promises_symbol');

/* errno -> [name, text] */
let errors = null;

function describe(errno) {
    if (errors === null) {
        const list = binding('node/uv').errors();

        errors = new Map();

        for (let i = 0; i < list.length; i += 3) {
            MapPrototypeSet(errors, list[i], [list[i + 1], list[i + 2]]);
        }
    }

    return MapPrototypeGet(errors, errno) ?? ['UNKNOWN', 'unknown error'];
}

function exception(errno, syscall, path, dest) {
    const known = describe(errno);
    const code = known[0];
    let message = `${code}: ${known[1]}, ${syscall}`;

    if (path !== undefined) {
        message += ` '${path}'`;
    }

    if (dest !== undefined) {
        message += ` -> '${dest}'`;
    }

    const error = new Error(message);

    ObjectDefineProperty(error, 'stack', {
        __proto__: null,
        value: `Error: ${message}`,
        writable: true,
        configurable: true,
    });

    error.errno = errno;
    error.code = code;
    error.syscall = syscall;

    if (path !== undefined) {
        error.path = `${path}`;
    }

    if (dest !== undefined) {
        error.dest = `${dest}`;
    }

    return error;
}

/* of the synchronous form, which waits */
const NOW = { __proto__: null, key: 0 };

let lastKey = 0;

/* what a module begins waits here: it may outlast who would be told of it */

function keyOf(owner) {
    return owner === null || owner.over || isLoaded(asyncGet()) ? 0
           : lastKey = lastKey % 0x3fffffff + 1;
}

/* the invocation goes on until the work has come back */

function hold(owner, key, pending) {
    owner.pending++;
    owner.immediates++;
    MapPrototypeSet(owner.works ??= new Map(), key, pending);
}

function failed(result) {
    return typeof result === 'number' && result < 0;
}

class Operation {
    syscall;
    perform;

    /* the numbers of the arguments that an error tells; -1: none */
    path;
    dest;

    constructor(syscall, perform, path, dest) {
        this.syscall = syscall;
        this.perform = perform;
        this.path = path;
        this.dest = dest;
    }

    exception(errno, a, b) {
        return exception(errno, this.syscall, this.path === 0 ? a : undefined,
                         this.dest === 0 ? a : this.dest === 1 ? b
                                                               : undefined);
    }

    run(request, context, a, b, c, d, e) {
        const { perform } = this;

        if (request === undefined) {
            const result = perform(a, b, c, d, e, NOW);

            if (!failed(result)) {
                return result;
            }

            if (typeof context !== 'object' || context === null) {
                throw this.exception(result, a, b);
            }

            context.errno = result;
            context.code = describe(result)[0];
            context.syscall = this.syscall;

            if (this.path === 0) {
                context.path = a;
            }

            if (this.dest !== -1) {
                context.dest = this.dest === 0 ? a : b;
            }

            return undefined;
        }

        const pending = new Pending(this, request, a, b, c, d, e);

        if (request === kUsePromises) {
            return new Promise((resolve, reject) => {
                pending.resolve = resolve;
                pending.reject = reject;
                pending.start();
            });
        }

        pending.start();

        return undefined;
    }
}

/* the asynchronous form under way */

class Pending {
    operation;
    request;
    a;
    b;
    c;
    d;
    e;

    resolve = null;
    reject = null;

    /* by which C knows it; what is nobody's cannot be told anything */
    owner = current();
    key = 0;
    id = undefined;

    result = undefined;
    error = null;

    /* how far an operation of several steps has come */
    index = 0;
    sum = 0;

    constructor(operation, request, a, b, c, d, e) {
        this.operation = operation;
        this.request = request;
        this.a = a;
        this.b = b;
        this.c = c;
        this.d = d;
        this.e = e;

        this.key = keyOf(this.owner);
    }

    /* false: it is done elsewhere */
    perform() {
        const { operation } = this;

        try {
            this.result = operation.perform(this.a, this.b, this.c, this.d,
                                            this.e, this);

            if (failed(this.result)) {
                if (this.result === LATER) {
                    return false;
                }

                this.error = operation.exception(this.result, this.a, this.b);
            }

        } catch (thrown) {
            this.error = thrown;
        }

        return true;
    }

    start() {
        if (this.perform()) {

            /* done now, told later: what comes next sees it done */

            tellSoon(() => this.tell());
            return;
        }

        this.id = asyncGet();
        hold(this.owner, this.key, this);
    }

    tell() {
        const { error, request, result } = this;

        if (request === kUsePromises) {
            if (error !== null) {
                this.reject(error);
            } else {
                this.resolve(result);
            }
        } else if (error !== null) {
            request.oncomplete(error);
        } else if (result === undefined) {
            request.oncomplete(null);
        } else {
            request.oncomplete(null, result);
        }
    }

    goOn() {
        const { owner } = this;

        asyncSet(this.id);

        if (!this.perform()) {
            return;
        }

        MapPrototypeDelete(owner.works, this.key);

        try {
            this.tell();
        } catch (error) {
            uncaught(error, this.id);
        }

        owner.immediates--;
        owner.unhold();
    }
}

/*
 * call(key) once, or again and again as long as it gives false: it is done
 * elsewhere then.
 */

class Attempt {
    call;
    owner = current();
    key = keyOf(this.owner);
    id = asyncGet();

    constructor(call) {
        this.call = call;

        if (!call(this.key)) {
            hold(this.owner, this.key, this);
        }
    }

    goOn() {
        const { call, id, key, owner } = this;

        asyncSet(id);

        try {
            if (!call(key)) {
                return;
            }
        } catch (error) {
            uncaught(error, id);
        }

        MapPrototypeDelete(owner.works, key);
        owner.immediates--;
        owner.unhold();
    }
}

function attempt(call) {
    new Attempt(call);
}

/* a piece of work of an invocation has come back */

function goOn(id, key) {
    const invocation = find(id);

    if (invocation === undefined || invocation.over
        || invocation.works === null)
    {
        return;
    }

    const pending = MapPrototypeGet(invocation.works, key);

    if (pending !== undefined) {
        pending.goOn();
    }
}

/* a function of so many arguments, then the request and the context */

const FORMS = [
    undefined,
    (o) => (a, request, context) => o.run(request, context, a),
    (o) => (a, b, request, context) => o.run(request, context, a, b),
    (o) => (a, b, c, request, context) => o.run(request, context, a, b, c),
    (o) => (a, b, c, d, request, context) =>
        o.run(request, context, a, b, c, d),
    (o) => (a, b, c, d, e, request, context) =>
        o.run(request, context, a, b, c, d, e),
];

module.exports = {
    __proto__: null,
    FORMS,
    Operation,
    attempt,
    exception,
    failed,
    goOn,
    kUsePromises,
};
