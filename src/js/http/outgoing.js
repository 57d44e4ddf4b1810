'use strict';

/* What Node's http.ServerResponse gives of a response. */

const {
    ArrayBufferIsView,
    ArrayIsArray,
    ArrayPrototypePush,
    ArrayPrototypeSlice,
    Error,
    ObjectKeys,
    RangeError,
    ReflectGetPrototypeOf,
    RegExpPrototypeExec,
    String,
    StringPrototypeToLowerCase,
    TypeError,
} = intrinsics;

const { Emitter, silent } = require('lib/emitter');
const { invalidArgType, nodeError } = require('lib/errors');
const { abort, dismiss, listened } = require('http/incoming');
const { Invocation, watch } = require('run/invocation');

const native = binding('invocation');

const { RESPOND_DECIDED, RESPOND_TAGGED } = require('run/constants');

/* what nginx says about the connection itself */

const DROPPED = {
    __proto__: null,
    'keep-alive': true,
    'proxy-connection': true,
    'te': true,
    'trailer': true,
    'transfer-encoding': true,
    'upgrade': true,
};

function headersSent(verb, from) {
    return nodeError(Error, 'ERR_HTTP_HEADERS_SENT', `Cannot ${verb} headers `
                     + 'after they are sent to the client', from);
}

function checkName(name, from) {
    if (typeof name !== 'string' || name === ''
        || RegExpPrototypeExec(/[^\^_`a-zA-Z\-0-9!#$%&'*+.|~]/, name) !== null)
    {
        throw nodeError(TypeError, 'ERR_INVALID_HTTP_TOKEN',
                        'Header name must be a valid HTTP token '
                        + `["${require('lib/format').format(['%s', name])}"]`,
                        from);
    }
}

function lowerName(name, from) {
    if (typeof name !== 'string') {
        throw invalidArgType('name', 'of type string', name, from);
    }

    return StringPrototypeToLowerCase(name);
}

function checkValue(name, value, from) {
    if (value === undefined) {
        throw nodeError(TypeError, 'ERR_HTTP_INVALID_HEADER_VALUE',
                        `Invalid value "${value}" for header "${name}"`, from);
    }

    if (RegExpPrototypeExec(/[^\t\x20-\x7e\x80-\xff]/, `${value}`) !== null) {
        throw nodeError(TypeError, 'ERR_INVALID_CHAR',
                        `Invalid character in header content ["${name}"]`,
                        from);
    }
}

function checkPhrase(phrase) {
    if (RegExpPrototypeExec(/[^\t\x20-\x7e\x80-\xff]/, `${phrase}`) !== null) {
        throw nodeError(TypeError, 'ERR_INVALID_CHAR',
                        'Invalid character in statusMessage', checkPhrase);
    }
}

function checkStatus(status, from) {
    const code = status | 0;

    if (code < 100 || code > 999) {
        throw nodeError(RangeError, 'ERR_HTTP_INVALID_STATUS_CODE',
                        `Invalid status code: ${String(status)}`, from);
    }

    return code;
}

/* a body as it goes to C: string, view or buffer */

function toBody(chunk, encoding) {
    if (typeof chunk === 'string') {
        if (typeof encoding === 'string' && encoding !== 'utf8'
            && encoding !== 'utf-8')
        {
            return require('lib/bytes').toBytes(chunk, encoding);
        }

        return chunk;
    }

    return ArrayBufferIsView(chunk) || isArrayBuffer(chunk) ? chunk
           : String(chunk);
}

function isArrayBuffer(value) {
    if (typeof value !== 'object' || value === null) {
        return false;
    }

    try {
        intrinsics.ArrayBufferPrototypeGetByteLength(value);
        return true;
    } catch {
        return false;
    }
}

/* for the engine's own files */
/* `self`: a response, or what it is the prototype of, as that response */
let close, decide, drained, invocationOf, putHeader, respond, self, sendFile,
    tell;

class ServerResponse extends Emitter {
    #invocation;

    /* lower-case name -> value, and -> the name as it was given */
    #headers = null;
    #names = null;

    /* a content type that went out without having been a header before */
    #type = null;

    /* send() has looked whether the client has it */
    #decided = false;

    /* the header lines, once they are fixed */
    #lines = '';
    req;
    statusCode = 200;
    statusMessage = undefined;
    sendDate = true;

    constructor(invocation, req) {
        super();

        if (typeof invocation !== 'object' || invocation === null
            || !Invocation.is(invocation))
        {
            throw new TypeError('Illegal constructor');
        }

        this.#invocation = invocation;
        this.req = req;
        req.res = this;
    }

    setHeader(name, value) {
        const own = self(this);

        if (own.#invocation.headSent) {
            throw headersSent('set', this.setHeader);
        }

        checkName(name, this.setHeader);

        if (ArrayIsArray(value)) {
            value = ArrayPrototypeSlice(value);

            for (let i = 0; i < value.length; i++) {
                checkValue(name, value[i], this.setHeader);
            }

        } else {
            checkValue(name, value, this.setHeader);
        }

        own.#put(name, value);

        return this;
    }

    #put(name, value) {
        const lower = StringPrototypeToLowerCase(name);

        (this.#headers ??= { __proto__: null })[lower] = value;
        (this.#names ??= { __proto__: null })[lower] = name;
    }

    get #known() {
        if (this.#type !== null) {
            this.#put('Content-Type', this.#type);
            this.#type = null;
        }

        return this.#headers;
    }

    getHeader(name) {
        const lower = lowerName(name, this.getHeader);
        const headers = self(this).#known;

        return headers === null ? undefined : headers[lower];
    }

    getHeaderNames() {
        const headers = self(this).#known;

        return headers === null ? [] : ObjectKeys(headers);
    }

    getRawHeaderNames() {
        const own = self(this);
        const names = this.getHeaderNames();

        for (let i = 0; i < names.length; i++) {
            names[i] = own.#names[names[i]];
        }

        return names;
    }

    getHeaders() {
        const headers = self(this).#known;
        const copy = { __proto__: null };

        for (const name in headers) {
            copy[name] = headers[name];
        }

        return copy;
    }

    hasHeader(name) {
        const lower = lowerName(name, this.hasHeader);
        const headers = self(this).#known;

        return headers !== null && lower in headers;
    }

    removeHeader(name) {
        const own = self(this);
        const lower = lowerName(name, this.removeHeader);

        if (own.#invocation.headSent) {
            throw headersSent('remove', this.removeHeader);
        }

        if (own.#headers !== null) {
            delete own.#headers[lower];
            delete own.#names[lower];
        }

        return this;
    }

    appendHeader(name, value) {
        const former = this.getHeader(name);

        if (former === undefined) {
            return this.setHeader(name, value);
        }

        const all = ArrayIsArray(former) ? ArrayPrototypeSlice(former)
                    : [former];

        if (ArrayIsArray(value)) {
            for (let i = 0; i < value.length; i++) {
                ArrayPrototypePush(all, value[i]);
            }
        } else {
            ArrayPrototypePush(all, value);
        }

        return this.setHeader(name, all);
    }

    writeHead(status, reason, headers) {
        const own = self(this);

        if (own.#invocation.headSent) {
            throw headersSent('write', this.writeHead);
        }

        if (typeof status !== 'number') {
            throw nodeError(RangeError, 'ERR_HTTP_INVALID_STATUS_CODE',
                            `Invalid status code: ${String(status)}`,
                            this.writeHead);
        }

        this.statusCode = checkStatus(status, this.writeHead);

        if (typeof reason === 'string') {
            this.statusMessage = reason;
        } else {
            headers ??= reason;
        }

        if (ArrayIsArray(headers)) {
            own.#writeList(headers);

        } else if (headers) {
            const names = ObjectKeys(headers);

            for (let i = 0; i < names.length; i++) {
                this.setHeader(names[i], headers[names[i]]);
            }
        }

        own.#fix();

        return this;
    }

    /* [name, value, ...] or [[name, value], ...] */

    #writeList(list) {
        const flat = !ArrayIsArray(list[0]);

        if (flat && list.length % 2 !== 0) {
            throw nodeError(TypeError, 'ERR_INVALID_ARG_VALUE',
                            "The argument 'headers' is invalid. Received "
                            + require('lib/format').inspect(list),
                            this.writeHead);
        }

        for (let i = 0; i < list.length; i += flat ? 2 : 1) {
            this.removeHeader(flat ? list[i] : list[i][0]);
        }

        for (let i = 0; i < list.length; i += flat ? 2 : 1) {
            this.appendHeader(flat ? list[i] : list[i][0],
                              flat ? list[i + 1] : list[i][1]);
        }
    }

    /* from here on the headers stand */

    #fix() {
        const invocation = this.#invocation;

        if (invocation.headSent) {
            return;
        }

        const status = checkStatus(this.statusCode, checkStatus);

        if (status < 200) {
            throw nodeError(RangeError, 'ERR_HTTP_INVALID_STATUS_CODE',
                            `Invalid status code: ${status}: a response that `
                            + 'is the last one has 200 or above');
        }

        this.statusCode = status;

        const { statusMessage } = this;
        let lines = '';

        /* a line without a name is the phrase of the status */

        if (statusMessage) {
            checkPhrase(statusMessage);
            lines = `:${statusMessage}\n`;
        }

        for (const name in this.#headers) {
            if (DROPPED[name]) {
                continue;
            }

            const value = this.#headers[name];
            const given = this.#names[name];

            if (ArrayIsArray(value)) {
                for (let i = 0; i < value.length; i++) {
                    lines += `${given}: ${value[i]}\n`;
                }
            } else {
                lines += `${given}: ${value}\n`;
            }
        }

        this.#lines = lines;
        invocation.headSent = true;
    }

    /* header lines of a response whose handler sent nothing */

    seal() {
        const own = self(this);

        own.#implicit();

        return own.#lines;
    }

    /* fixes the headers, through a writeHead() that the function replaced */

    #implicit() {
        if (this.#invocation.headSent) {
            return;
        }

        if (this.writeHead !== ServerResponse.prototype.writeHead) {
            this.writeHead(this.statusCode);
        }

        this.#fix();
    }

    #start() {
        const invocation = this.#invocation;

        this.#implicit();

        if (!invocation.streaming) {
            invocation.streaming = true;
            native.head(invocation.id, this.statusCode, this.#lines);
        }
    }

    flushHeaders() {
        const own = self(this);

        if (!own.#invocation.ended) {
            own.#start();
        }
    }

    write(chunk, encoding, callback) {
        const own = self(this);
        const invocation = own.#invocation;

        if (typeof encoding === 'function') {
            callback = encoding;
            encoding = undefined;
        }

        if (chunk === null) {
            throw nodeError(TypeError, 'ERR_STREAM_NULL_VALUES',
                            'May not write null values to stream',
                            this.write);
        }

        if (typeof chunk !== 'string' && !ArrayBufferIsView(chunk)
            && !isArrayBuffer(chunk))
        {
            throw invalidArgType('chunk', 'of type string or'
                + ' an instance of Buffer or Uint8Array', chunk, this.write);
        }

        if (invocation.ended) {
            own.#late(nodeError(Error, 'ERR_STREAM_WRITE_AFTER_END',
                                'write after end', this.write), callback);
            return false;
        }

        chunk = toBody(chunk, encoding);
        own.#start();

        const room = native.write(invocation.id, chunk) !== false;

        if (!room && !invocation.needDrain) {
            invocation.needDrain = true;
            invocation.pending++;
        }

        if (typeof callback === 'function') {
            require('run/ticks').enqueue(callback, [null]);
        }

        return room;
    }

    /* after the end: the callback, or who listens, hears of it */

    #late(error, callback) {
        if (this.#invocation.released) {
            return;
        }

        const { enqueue } = require('run/ticks');

        if (typeof callback === 'function') {
            enqueue(callback, [error]);
        }

        if (this.listenerCount('error') !== 0) {
            enqueue(() => this.emit('error', error), []);
        }
    }

    end(chunk, encoding, callback) {
        const own = self(this);
        const invocation = own.#invocation;

        if (typeof chunk === 'function') {
            callback = chunk;
            chunk = undefined;
            encoding = undefined;

        } else if (typeof encoding === 'function') {
            callback = encoding;
            encoding = undefined;
        }

        if (invocation.ended) {
            if (typeof callback === 'function' && !invocation.released) {
                require('run/ticks').enqueue(callback, [nodeError(Error,
                    'ERR_STREAM_ALREADY_FINISHED',
                    'Cannot call end after a stream was finished', this.end)]);
            }

            return this;
        }

        const body = chunk === undefined ? undefined
                     : toBody(chunk, encoding);

        if (typeof callback === 'function') {
            this.once('finish', callback);
        }

        if (invocation.streaming) {
            invocation.ended = true;

            if (body !== undefined) {
                native.write(invocation.id, body);
            }

            native.end(invocation.id);

        } else {
            own.#implicit();

            invocation.ended = true;

            native.respond(invocation.id, this.statusCode, own.#lines, body,
                           own.#decided ? RESPOND_DECIDED : 0);
        }

        close(this);

        return this;
    }

    on(event, listener) {
        const own = self(this);

        super.on(event, listener);

        if (own.#invocation.ended && !own.#invocation.over) {
            tell(this);
        }

        return this;
    }

    destroy(error) {
        const invocation = self(this).#invocation;

        if (!invocation.ended && !invocation.over) {
            invocation.errored = error ?? null;
            invocation.fail(error ?? nodeError(Error, 'ECONNRESET',
                'The response was destroyed before its end', this.destroy));
        }

        return this;
    }

    waitUntil(promise) {
        require('run/wait-until').waitUntil(self(this).#invocation, promise,
                                            this.waitUntil);
    }

    /*
     * What code for Node calls without asking whether it is there, and what has
     * no effect where nginx writes the response: writers of many small pieces
     * cork, Express applications set a time limit, proxies hand on trailers,
     * WebDAV says that it is at work, and frameworks hint at what a page loads.
     */

    cork() {}

    uncork() {}

    setTimeout() {
        return this;
    }

    addTrailers() {}

    writeProcessing() {}

    writeEarlyHints() {}

    /*
     * The state, by the names of http.ServerResponse, by which on-finished (and
     * so morgan and body-parser) sees the end, pipe() and pipeline() of streams
     * when to go on, and error handlers whether it is too late.
     */

    get headersSent() {
        return self(this).#invocation.headSent;
    }

    get finished() {
        return self(this).#invocation.ended;
    }

    get writableEnded() {
        return self(this).#invocation.ended;
    }

    get writableFinished() {
        return self(this).#invocation.finished;
    }

    get writable() {
        return !self(this).#invocation.ended;
    }

    get writableNeedDrain() {
        return self(this).#invocation.needDrain;
    }

    /* nothing waits here; write() and needDrain tell of nginx's own mark */

    get writableLength() {
        return 0;
    }

    get writableHighWaterMark() {
        return 16384;
    }

    get closed() {
        return self(this).#invocation.told;
    }

    get errored() {
        return self(this).#invocation.errored;
    }

    get destroyed() {
        const { aborted, told } = self(this).#invocation;

        return aborted || told;
    }

    get socket() {
        return this.req.socket;
    }

    get connection() {
        return this.req.socket;
    }

    static {
        /* what is no response of ours has none */
        self = (object) => {
            while (object !== null && !(#invocation in object)) {
                object = ReflectGetPrototypeOf(object);
            }

            return object;
        };

        invocationOf = (response) => self(response)?.#invocation;

        /*
         * Sets a header that is known to be right; one that writeHead() has
         * not named may still be added as long as nothing was sent.
         */
        putHeader = (response, name, value) => {
            const { headSent, streaming, ended } = self(response).#invocation;

            if (headSent) {
                if (streaming || ended) {
                    throw headersSent('set', response.setHeader);
                }

                if (response.hasHeader(name)) {
                    return;
                }

                self(response).#lines += `${name}: ${value}\n`;
            }

            self(response).#put(name, value);
        };

        /*
         * The whole response of send() at once, with its ETag, where nothing
         * was replaced; false: it has to go the long way.  With a type nothing
         * may have been set, with null the type is among what was.
         */

        respond = (response, type, body) => {
            const own = self(response);
            const invocation = own.#invocation;
            const { prototype } = ServerResponse;
            const { statusCode } = response;
            const headers = own.#headers;

            if ((headers !== null && (type !== null || 'etag' in headers
                                      || 'last-modified' in headers))
                || invocation.headSent
                || statusCode === 204 || statusCode === 205
                || statusCode === 304
                || response.statusMessage !== undefined
                || response.end !== prototype.end
                || response.writeHead !== prototype.writeHead
                || !silent(response))
            {
                return false;
            }

            own.#fix();

            if (native.respond(invocation.id, response.statusCode,
                               type === null ? own.#lines
                                             : `Content-Type: ${type}\n`,
                               body, RESPOND_TAGGED))
            {
                invocation.headSent = false;
                return false;
            }

            own.#type = type;
            invocation.ended = true;
            close(response);

            return true;
        };

        /*
         * The same the long way, before the end of it: the ETag of the body,
         * and 304 where the client has it.
         */

        decide = (response, body) => {
            const invocation = self(response).#invocation;

            if (invocation.headSent) {
                return;
            }

            if (body !== undefined && !response.hasHeader('ETag')
                && !invocation.released)
            {
                const tag = native.etag(invocation.id, body);

                if (tag !== undefined) {
                    self(response).#put('ETag', tag);
                }
            }

            self(response).#decided = true;

            if (response.req.fresh) {
                response.statusCode = 304;
            }
        };

        /* a file of the package, that was opened */
        sendFile = (response, fd, flags, start, end) => {
            const invocation = self(response).#invocation;

            self(response).#implicit();
            invocation.ended = true;
            native.sendFile(invocation.id, response.statusCode,
                            self(response).#lines, fd, flags, start, end);
            close(response);
        };

        /* what has settled before its response ends is over then */
        close = (response) => {
            const invocation = self(response).#invocation;

            if (!silent(response) || listened(invocation.req)) {
                tell(response);
            } else if (invocation.settled) {
                watch(invocation);
            }
        };

        /* 'finish' and 'close' go out when the queues are next run */
        tell = (response) => {
            const invocation = self(response).#invocation;

            if (invocation.telling || invocation.told) {
                return;
            }

            invocation.telling = true;

            require('run/ticks').enqueue(() => {
                invocation.finished = true;

                try {
                    response.emit('finish');
                    invocation.told = true;
                    response.emit('close');
                    dismiss(invocation.req);
                } finally {
                    invocation.told = true;
                    invocation.telling = false;

                    if (invocation.settled) {
                        watch(invocation);
                    }
                }
            }, []);
        };

        drained = ({ res }) => {
            const invocation = self(res).#invocation;

            if (invocation.needDrain) {
                invocation.needDrain = false;
                res.emit('drain');
                invocation.unhold();
            }
        };
    }
}

intrinsics.ObjectDefineProperty(ServerResponse.prototype, 'addListener', {
    __proto__: null,
    value: ServerResponse.prototype.on,
    writable: true,
    enumerable: false,
    configurable: true,
});

/* C says that the client has left */

function aborted(invocation) {
    invocation.aborted = true;
    abort(invocation.req);

    if (!invocation.told) {
        invocation.told = true;
        invocation.res.emit('close');
    }
}

/* so it has, but waitUntil() keeps the invocation */

function left(invocation) {
    invocation.left = true;
    aborted(invocation);
}

module.exports = () => ({
    __proto__: null,
    ServerResponse,
    aborted,
    decide,
    drained,
    headersSent,
    invocationOf,
    isArrayBuffer,
    left,
    putHeader,
    respond,
    self,
    sendFile,
});
