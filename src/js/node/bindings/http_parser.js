'use strict';

/*
 * HTTPParser over a parser of C, which takes bytes until JavaScript has to
 * decide something and then tells what it has met, in parts.
 */

const {
    ArrayPrototypePush,
    ArrayPrototypeSort,
    Error,
    Map,
    MapPrototypeDelete,
    MapPrototypeForEach,
    MapPrototypeSet,
    ReflectApply,
    Uint8Array,
} = intrinsics;

const { toBuffer } = require('node/buffer-prototype');

const native = binding('node/http_parser');
const { now } = binding('loop');

const REQUEST = 1;
const MAX_HEADER_SIZE = 16384;

/* the parts; the first five are the keys of callbacks, too */
const BEGIN = 0;
const HEADERS = 1;
const HEADERS_COMPLETE = 2;
const BODY = 3;
const COMPLETE = 4;

let startOf, put, drop;

class HTTPParser {
    #parser = native.create();
    #type = REQUEST;
    #list = null;

    /* changes when the parser begins anew, and when it is closed */
    #life = 0;
    #bytes = null;

    /* of the message under way; 0: there is none */
    #started = 0;
    #completed = false;

    initialize(type, resource, maxHeaderSize, lenient, list) {
        if (this.#parser === null) {
            return;
        }

        native.init(this.#parser, type, maxHeaderSize || MAX_HEADER_SIZE,
                    lenient ?? 0);
        this.#type = type;
        this.#life++;
        this.#completed = false;
        this.#list = list ?? null;

        if (this.#list !== null) {
            this.#started = now();
            put(this.#list, this, true);
        }
    }

    execute(bytes) {
        return this.#parser === null ? undefined : this.#run(bytes);
    }

    finish() {
        return this.#parser === null ? undefined : this.#run(undefined);
    }

    #run(bytes) {
        const life = this.#life;
        let verdict = 0;
        let at = 0;

        for (;;) {
            const parts = native.execute(this.#parser, bytes, at, verdict);
            const { 0: more, 1: end, 2: code, 3: reason } = parts;

            this.#bytes = bytes;

            try {
                verdict = this.#tell(parts, life) | 0;
            } finally {
                this.#bytes = null;
            }

            if (code !== undefined) {
                const error = new Error('Parse Error');

                error.bytesParsed = end;
                error.code = code;
                error.reason = reason;

                return error;
            }

            if (!more || this.#life !== life) {
                return bytes === undefined ? undefined : end;
            }

            at = end;
        }
    }

    /* what the callback for the end of the headers gave, if that was there */

    #tell(parts, life) {
        let verdict = 0;

        for (let i = 4; i < parts.length && this.#life === life;) {
            const part = parts[i++];

            switch (part) {
            case BEGIN:
                this.#started = now();
                this.#completed = false;
                this.#track(true);
                this.#call(part, []);
                break;

            case HEADERS:
                this.#call(part, [parts[i], parts[i + 1]]);
                i += 2;
                break;

            case HEADERS_COMPLETE: {
                const isRequest = this.#type === REQUEST;

                this.#completed = true;
                verdict = this.#call(part, [
                    parts[i + 2],
                    parts[i + 3],
                    parts[i],
                    isRequest ? parts[i + 4] : undefined,
                    isRequest ? parts[i + 1] : undefined,
                    isRequest ? undefined : parts[i + 5],
                    isRequest ? undefined : parts[i + 6],
                    parts[i + 7],
                    parts[i + 8],
                ]);
                i += 9;
                break;
            }

            case BODY:
                this.#call(part, [toBuffer(parts[i++])]);
                break;

            case COMPLETE:
                this.#started = 0;
                this.#track(false);
                this.#call(part, []);
                break;
            }
        }

        return verdict;
    }

    #call(key, args) {
        const callback = this[key];

        return typeof callback === 'function'
               ? ReflectApply(callback, this, args) : 0;
    }

    #track(active) {
        if (this.#list !== null) {
            put(this.#list, this, active);
        }
    }

    close() {
        this.remove();
        this.#parser = null;
        this.#life++;
    }

    free() {}

    remove() {
        if (this.#list !== null) {
            drop(this.#list, this);
        }
    }

    pause() {
        if (this.#parser !== null) {
            native.pause(this.#parser, true);
        }
    }

    resume() {
        if (this.#parser !== null) {
            native.pause(this.#parser, false);
        }
    }

    /* what a socket reads goes through JavaScript in any case */

    consume() {}

    unconsume() {}

    getCurrentBuffer() {
        return toBuffer(new Uint8Array(this.#bytes ?? 0));
    }

    duration() {
        return this.#started === 0 ? 0 : now() - this.#started;
    }

    headersCompleted() {
        return this.#completed;
    }

    static {
        startOf = (parser) => parser.#started;
    }
}

const CONSTANTS = {
    __proto__: null,
    REQUEST,
    RESPONSE: 2,
    kOnMessageBegin: BEGIN,
    kOnHeaders: HEADERS,
    kOnHeadersComplete: HEADERS_COMPLETE,
    kOnBody: BODY,
    kOnMessageComplete: COMPLETE,
    kOnExecute: 5,
    kOnTimeout: 6,
    kLenientNone: 0,
    kLenientHeaders: 1,
    kLenientChunkedLength: 2,
    kLenientKeepAlive: 4,
    kLenientAll: 7,
};

for (const name in CONSTANTS) {
    HTTPParser[name] = CONSTANTS[name];
}

/* the parsers of a server's connections: with a message under way, or idle */

class ConnectionsList {
    #parsers = new Map();

    static {
        put = (list, parser, active) => {
            MapPrototypeSet(list.#parsers, parser, active);
        };

        drop = (list, parser) => {
            MapPrototypeDelete(list.#parsers, parser);
        };
    }

    #those(is) {
        const result = [];

        MapPrototypeForEach(this.#parsers, (active, parser) => {
            if (is(parser, active)) {
                ArrayPrototypePush(result, parser);
            }
        });

        return ArrayPrototypeSort(result, (a, b) => startOf(a) - startOf(b));
    }

    all() {
        return this.#those(() => true);
    }

    idle() {
        return this.#those((parser) => startOf(parser) === 0);
    }

    active() {
        return this.#those((parser, active) => active);
    }

    expired(headersTimeout, requestTimeout) {
        if (requestTimeout > 0 && headersTimeout > requestTimeout) {
            const former = headersTimeout;

            headersTimeout = requestTimeout;
            requestTimeout = former;
        }

        const result = this.#those((parser, active) => {
            const age = now() - startOf(parser);

            return active
                   && ((headersTimeout > 0 && age > headersTimeout
                        && !parser.headersCompleted())
                       || (requestTimeout > 0 && age > requestTimeout));
        });

        for (let i = 0; i < result.length; i++) {
            MapPrototypeSet(this.#parsers, result[i], false);
        }

        return result;
    }
}

module.exports = {
    __proto__: null,
    ConnectionsList,
    HTTPParser,
    methods: native.methodNames(),
};
