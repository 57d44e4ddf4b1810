'use strict';

/*
 * An operation on files in the forms that Node's library calls it in: with a
 * context object that takes the error, with a request whose oncomplete() is
 * called, and with a promise.  The latter two are done in an immediate,
 * which holds the invocation as long as it stands out.
 */

const {
    Error,
    Map,
    MapPrototypeGet,
    MapPrototypeSet,
    ObjectDefineProperty,
    Promise,
    Symbol,
} = intrinsics;

const { setImmediate } = require('run/timers');

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
            const result = perform(a, b, c, d, e, false);

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

        /* done now, told later: what comes next sees it done */

        let result;
        let error = null;

        try {
            result = perform(a, b, c, d, e, true);

            if (failed(result)) {
                error = this.exception(result, a, b);
            }

        } catch (thrown) {
            error = thrown;
        }

        if (request === kUsePromises) {
            return new Promise((resolve, reject) => {
                setImmediate(() => {
                    if (error !== null) {
                        reject(error);
                    } else {
                        resolve(result);
                    }
                });
            });
        }

        setImmediate(() => {
            if (error !== null) {
                request.oncomplete(error);
            } else if (result === undefined) {
                request.oncomplete(null);
            } else {
                request.oncomplete(null, result);
            }
        });

        return undefined;
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

module.exports = { __proto__: null, FORMS, Operation, failed, kUsePromises };
