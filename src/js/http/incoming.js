'use strict';

/* What Node's http.IncomingMessage gives of a request. */

const {
    ArrayPrototypePush,
    ArrayPrototypeSlice,
    Error,
    ObjectDefineProperty,
    ReflectGetPrototypeOf,
    SymbolAsyncIterator,
    TypeError,
} = intrinsics;

const { Emitter, silent } = require('lib/emitter');
const { define, nodeError } = require('lib/errors');
const { Invocation } = require('run/invocation');
const { put } = require('lib/pairs');
const { INFO_HTTP_VERSION } = require('run/constants');

/* of these headers the first one counts, as in Node */

const SINGLE = {
    __proto__: null,
    'age': true,
    'authorization': true,
    'content-length': true,
    'content-type': true,
    'etag': true,
    'expires': true,
    'from': true,
    'host': true,
    'if-modified-since': true,
    'if-unmodified-since': true,
    'last-modified': true,
    'location': true,
    'max-forwards': true,
    'proxy-authorization': true,
    'referer': true,
    'retry-after': true,
    'server': true,
    'user-agent': true,
};

function joinHeaders(list) {
    const seen = { __proto__: null };
    const result = {};

    for (let i = 0; i < list.length; i += 2) {
        const name = list[i];
        const value = list[i + 1];
        const former = seen[name];
        let joined;

        if (name === 'set-cookie') {
            if (former !== undefined) {
                ArrayPrototypePush(former, value);
                continue;
            }

            joined = [value];

        } else if (former === undefined) {
            joined = value;

        } else if (SINGLE[name]) {
            continue;

        } else {
            joined = `${former}${name === 'cookie' ? '; ' : ', '}${value}`;
        }

        seen[name] = joined;
        put(result, name, joined);
    }

    return result;
}

/* for the engine's own files; what is no request of ours has no invocation */
let abort, asStream, dismiss, invocationOf, listened, self;

class IncomingMessage extends Emitter {
    #invocation;
    #headers = null;
    #streamed = false;
    #closed = false;
    method;
    url;
    res = null;

    constructor(invocation, method, url) {
        super();

        if (typeof invocation !== 'object' || invocation === null
            || !Invocation.is(invocation))
        {
            throw new TypeError('Illegal constructor');
        }

        this.#invocation = invocation;
        this.method = method;
        this.url = url;
    }

    get headers() {
        const own = self(this);

        return own.#headers ??= joinHeaders(own.#invocation.headers);
    }

    set headers(headers) {
        self(this).#headers = headers;
    }

    get headersDistinct() {
        const list = self(this).#invocation.headers;
        const seen = { __proto__: null };

        for (let i = 0; i < list.length; i += 2) {
            const values = seen[list[i]] ??= [];

            ArrayPrototypePush(values, list[i + 1]);
        }

        return seen;
    }

    get rawHeaders() {
        define(this, 'rawHeaders', ArrayPrototypeSlice(
            self(this).#invocation.headers));

        return this.rawHeaders;
    }

    get httpVersion() {
        return self(this).#invocation.info[INFO_HTTP_VERSION];
    }

    get httpVersionMajor() {
        return this.httpVersion >= '2' ? 2 : 1;
    }

    get httpVersionMinor() {
        return +(this.httpVersion[2] ?? 0);
    }

    get socket() {
        const { Connection } = require('http/connection');

        define(this, 'socket', new Connection(self(this).#invocation));

        return this.socket;
    }

    get connection() {
        return this.socket;
    }

    get complete() {
        return true;
    }

    get trailers() {
        define(this, 'trailers', {});
        return this.trailers;
    }

    get rawTrailers() {
        define(this, 'rawTrailers', []);
        return this.rawTrailers;
    }

    /* the body as a stream: each of these makes the request one */

    on(event, listener) {
        return event === 'data' || event === 'readable' || event === 'end'
               || event === 'pause' || event === 'resume'
               ? asStream(this).on(event, listener)
               : super.on(event, listener);
    }

    once(event, listener) {
        return event === 'data' || event === 'readable' || event === 'end'
               || event === 'pause' || event === 'resume'
               ? asStream(this).once(event, listener)
               : super.once(event, listener);
    }

    pause() {
        return asStream(this).pause();
    }

    resume() {
        return asStream(this).resume();
    }

    isPaused() {
        return false;
    }

    read(size) {
        return asStream(this).read(size);
    }

    setEncoding(encoding) {
        return asStream(this).setEncoding(encoding);
    }

    pipe(destination, options) {
        return asStream(this).pipe(destination, options);
    }

    unpipe(destination) {
        return asStream(this).unpipe(destination);
    }

    unshift(chunk, encoding) {
        return asStream(this).unshift(chunk, encoding);
    }

    destroy(error) {
        return asStream(this).destroy(error);
    }

    [SymbolAsyncIterator]() {
        return asStream(this)[SymbolAsyncIterator]();
    }

    get _readableState() {
        return this === IncomingMessage.prototype ? undefined
               : asStream(this)._readableState;
    }

    setTimeout() {
        return this;
    }

    waitUntil(promise) {
        require('run/wait-until').waitUntil(self(this).#invocation, promise,
                                            this.waitUntil);
    }

    #close() {
        if (!this.#closed) {
            this.#closed = true;
            this.emit('close');
        }
    }

    get aborted() {
        return self(this).#invocation.aborted;
    }

    /* a stream that was given a prototype of ours again says these itself */

    get destroyed() {
        const own = self(this);

        return own.#streamed ? asStream(this).destroyed
                             : own.#invocation.aborted;
    }

    get readable() {
        return self(this).#streamed ? asStream(this).readable : true;
    }

    get readableEnded() {
        return self(this).#streamed ? asStream(this).readableEnded : false;
    }

    get readableFlowing() {
        return self(this).#streamed ? asStream(this).readableFlowing : null;
    }

    get readableEncoding() {
        return self(this).#streamed ? asStream(this).readableEncoding : null;
    }

    static {
        self = (object) => {
            while (object !== null && !(#invocation in object)) {
                object = ReflectGetPrototypeOf(object);
            }

            return object;
        };

        invocationOf = (request) => self(request)?.#invocation;

        asStream = (object) => {
            const request = self(object);
            const { adopt, become } = require('http/request-stream');
            const { prototype } = IncomingMessage;

            if (request.#streamed) {

                /* it was given another prototype since, which has us called */
                adopt(request, prototype);

            } else {
                request.#streamed = true;
                become(request, request.#invocation, prototype);
            }

            return request;
        };

        /* the client has left */
        abort = (request) => {
            request.emit('aborted');

            const error = nodeError(Error, 'ECONNRESET', 'aborted');

            if (request.#streamed) {
                request.destroy(request.listenerCount('error') !== 0
                                ? error : undefined);
                return;
            }

            if (request.listenerCount('error') !== 0) {
                request.emit('error', error);
            }

            request.#close();
        };

        listened = (request) => request.#streamed || !silent(request);

        /* its response is done: what nobody has read of it is not to come */
        dismiss = (request) => {
            if (!request.#streamed) {
                request.#close();

            } else if (!asStream(request)._consumed) {
                request.resume();
            }
        };
    }
}

ObjectDefineProperty(IncomingMessage.prototype, 'addListener', {
    __proto__: null,
    value: IncomingMessage.prototype.on,
    writable: true,
    enumerable: false,
    configurable: true,
});

module.exports = () => ({
    __proto__: null,
    IncomingMessage,
    abort,
    dismiss,
    invocationOf,
    listened,
    self,
});
