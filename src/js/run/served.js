'use strict';

/*
 * What a module may export, or do, instead of giving a function of req and res:
 *
 *     an application of Express     it is called
 *     an http.Server, or https      its event 'request'; listen() while the
 *                                   module loads, or after, is as good as an
 *                                   export
 *     an application of Koa         what its callback() gives, once
 *     { fetch(request, env, ctx) }  a Request is made, its Response sent
 *     any of these as the default export of a translated ES module
 *
 * Such code knows req and res as Node has them, so they get the prototypes of
 * http.IncomingMessage and http.ServerResponse.
 */

const {
    ArrayPrototypePush,
    Error,
    ObjectSetPrototypeOf,
    ReflectApply,
    ReflectGetPrototypeOf,
    RegExpPrototypeExec,
} = intrinsics;

const { nodeError } = require('lib/errors');
const { find, run } = require('run/invocation');
const { BAD_EXPORT } = require('run/constants');
const { asyncGet, asyncSet } = binding('loop');
const { listens } = binding('node/tcp');

/* of http's and https' servers, once a function has loaded them */

const serverPrototypes = [];
let server = null;

/* invocations for which nothing listens yet */
let waiting = [];

/* what was exported, and what serves it */
let exported;
let handler;

function isUpon(object, prototype) {
    for (let i = 0; i < 16 && object !== null; i++) {
        if (object === prototype) {
            return true;
        }

        object = ReflectGetPrototypeOf(object);
    }

    return false;
}

function isObject(value) {
    return value !== null
           && (typeof value === 'object' || typeof value === 'function');
}

/* as Node's classes know them, without what Express's have besides */

function bare(invocation) {
    const { load } = require('node/realm');
    const { req, res } = invocation;

    invocation.bare = true;
    ObjectSetPrototypeOf(req, load('_http_incoming').IncomingMessage.prototype);
    ObjectSetPrototypeOf(res, load('_http_server').ServerResponse.prototype);
}

function byServer(server) {
    return (invocation) => {
        const { req, res } = invocation;

        bare(invocation);

        if (req.headers.upgrade !== undefined
            && server.listenerCount('upgrade') !== 0
            && RegExpPrototypeExec(/\bupgrade\b/i, `${req.headers.connection}`)
               !== null)
        {
            res.writeHead(501);
            res.end();
            return undefined;
        }

        server.emit('request', req, res);

        return undefined;
    };
}

/* applications of Express have a prototype of requests that is upon Node's */

function isExpress(app) {
    return isObject(app.request) && serverPrototypes.length !== 0
           && isUpon(app.request, require('node/realm')
                     .load('_http_incoming').IncomingMessage.prototype);
}

function byFunction(fn) {
    return (invocation) => {
        bare(invocation);
        return fn(invocation.req, invocation.res);
    };
}

/* undefined: it is nothing that serves */

function handlerOf(exports) {
    if (typeof exports === 'function') {
        return isExpress(exports) ? byFunction(exports)
               : ({ req, res }) => exports(req, res);
    }

    if (!isObject(exports)) {
        return undefined;
    }

    for (let i = 0; i < serverPrototypes.length; i++) {
        if (isUpon(exports, serverPrototypes[i])) {
            return byServer(exports);
        }
    }

    if (exports.__esModule === true && isObject(exports.default)) {
        return handlerOf(exports.default);
    }

    if (typeof exports.callback === 'function'
        && typeof exports.emit === 'function')
    {
        return byFunction(exports.callback());
    }

    if (typeof exports.fetch === 'function') {
        return require('http/fetch-handler').handlerOf(exports);
    }

    return undefined;
}

function badExport(invocation) {
    invocation.failWith('Error', 'Module must export a function. Expected: '
                        + 'module.exports = function(req, res) {...}', '',
                        BAD_EXPORT);
}

/* For what is not simply a function; gives what the handler returned. */

function serve(invocation, exports) {
    if (exported !== exports || handler === undefined) {
        exported = exports;
        handler = handlerOf(exports) ?? (server !== null ? byServer(server)
                                         : undefined);
    }

    if (handler !== undefined) {
        return handler(invocation);
    }

    if (serverPrototypes.length === 0) {
        badExport(invocation);
        return undefined;
    }

    invocation.unserved = true;
    ArrayPrototypePush(waiting, invocation);

    return undefined;
}

/* a server listens: those that waited for it go on */

function goOn(from) {
    const list = waiting;
    const former = asyncGet();

    server ??= from;
    waiting = [];

    for (let i = 0; i < list.length; i++) {
        const invocation = list[i];

        if (!invocation.over) {
            invocation.unserved = false;
            invocation.settled = false;
            asyncSet(invocation.id);

            try {
                run(invocation, exported);
            } catch (error) {
                invocation.fail(error);
            }
        }
    }

    asyncSet(former);
}

/* in place of a socket that listens, for address(), close() and listening */

class Handle {
    #address;

    constructor(address) {
        this.#address = address;
    }

    getsockname(out) {
        out.address = this.#address.address;
        out.family = this.#address.family;
        out.port = this.#address.port;

        return 0;
    }

    close(callback) {
        if (typeof callback === 'function') {
            require('run/ticks').enqueue(callback, []);
        }
    }

    ref() {}

    unref() {}
}

function listen(server, args) {
    const { isIPv6, _normalizeArgs } = require('node/realm').load('net');
    const { 0: options, 1: callback } = _normalizeArgs(args);
    const { validatePort } = require('node/realm').load('internal/validators');
    const { enqueue } = require('run/ticks');

    if (server._handle) {
        throw nodeError(Error, 'ERR_SERVER_ALREADY_LISTEN', 'Listen method has '
                        + 'been called more than once without closing.',
                        server.listen);
    }

    const port = options.port === undefined || options.port === null ? 0
                 : validatePort(options.port, 'options.port');
    const address = typeof options.host === 'string' ? options.host : '::';

    if (typeof callback === 'function') {
        server.once('listening', callback);
    }

    /* connections are nginx's: there is nothing to look after */

    const listeners = server.listeners('listening');

    for (let i = 0; i < listeners.length; i++) {
        if (listeners[i].name === 'setupConnectionsTracking') {
            server.removeListener('listening', listeners[i]);
        }
    }

    server._handle = new Handle({
        __proto__: null,
        address,
        family: isIPv6(address) ? 'IPv6' : 'IPv4',
        port: port | 0,
    });

    enqueue(() => {
        if (server._handle) {
            server.emit('listening');
            goOn(server);
        }
    }, []);

    return server;
}

/*
 * http.Server, https.Server: what they get is nginx's requests.  It is asked at
 * each call whether sockets may listen, since a snapshot may hold these.
 */

function record(prototype) {
    const { listen: original } = prototype;

    ArrayPrototypePush(serverPrototypes, prototype);

    prototype.listen = function(...args) {
        return listens() ? ReflectApply(original, this, args)
               : listen(this, args);
    };
}

/* any other server: a function is reached by nginx alone */

function refuse(prototype) {
    const { listen: original } = prototype;

    prototype.listen = function listen(...args) {
        if (listens()) {
            return ReflectApply(original, this, args);
        }

        const error = nodeError(Error, 'ENOTSUP', 'HTTP server functionality '
                                + 'not supported in serverless environment',
                                listen);

        error.syscall = 'listen';
        require('run/ticks').enqueue(() => this.emit('error', error), []);

        return this;
    };
}

module.exports = { __proto__: null, badExport, record, refuse, serve };
