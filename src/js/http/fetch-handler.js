'use strict';

/*
 * An object with a function fetch(request, env, ctx), as handlers of the web
 * have it: a Request is made of what nginx got, and the Response that it gives
 * is sent. Both bodies are streams; ctx.waitUntil() is that of the invocation.
 */

const {
    ArrayBufferIsView,
    Promise,
    PromisePrototypeThen,
    SymbolIterator,
    TypeError,
    TypedArrayPrototypeGetLength,
} = intrinsics;

const { isArrayBuffer } = require('http/outgoing');
const { isDecoded, load, make } = require('node/web');
const { BODY_STREAMED } = require('run/constants');

const native = binding('invocation');

/* Bytes of a request's body that are read at a time. */
const PIECE = 65536;

function headersOf(invocation) {
    const Headers = make('Headers');
    const list = invocation.headers;
    const headers = new Headers();

    for (let i = 0; i < list.length; i += 2) {
        try {
            headers.append(list[i], list[i + 1]);
        } catch {
            /* nginx lets pass what the web does not */
        }
    }

    return headers;
}

function urlOf({ url, protocol, host }) {
    const { URL } = require('node/realm').load('internal/url');

    try {
        return new URL(`${protocol}://${host ?? 'localhost'}${url}`);
    } catch {
        return new URL(`${protocol}://localhost${url}`);
    }
}

/* what is read of the request's body as it is asked for */

function bodyOf(invocation) {
    const { ReadableStream } = require('node/realm')
        .load('internal/webstreams/readablestream');
    const length = native.bodyLength(invocation.id);
    let offset = 0;

    if (length === BODY_STREAMED) {
        return streamOf(invocation, ReadableStream);
    }

    return new ReadableStream({
        __proto__: null,
        type: 'bytes',

        pull(controller) {
            const bytes = invocation.released || offset >= length ? null
                          : native.bodyRead(invocation.id, offset, PIECE);
            const size = bytes === null ? 0
                         : TypedArrayPrototypeGetLength(bytes);

            if (size !== 0) {
                offset += size;
                controller.enqueue(bytes);
            }

            if (size === 0 || offset >= length) {
                controller.close();
                controller.byobRequest?.respond(0);
            }
        },
    }, { __proto__: null, highWaterMark: 0 });
}

function streamOf(invocation, ReadableStream) {
    const { ask, cutOff } = require('http/body-pieces');

    return new ReadableStream({
        __proto__: null,
        type: 'bytes',

        pull(controller) {
            return new Promise((resolve) => ask(invocation, (bytes) => {
                if (bytes === undefined) {
                    controller.error(cutOff());
                } else if (bytes === null) {
                    controller.close();
                    controller.byobRequest?.respond(0);
                } else {
                    controller.enqueue(bytes);
                }

                resolve();
            }));
        },
    }, { __proto__: null, highWaterMark: 0 });
}

function requestOf(invocation) {
    const { req } = invocation;
    const Request = make('Request');
    const { AbortController } = require('node/realm')
        .load('internal/abort_controller');
    const { method } = req;
    const controller = new AbortController();
    const init = {
        __proto__: null,
        method,
        headers: headersOf(invocation),
        signal: controller.signal,
        redirect: 'manual',
    };

    if (method !== 'GET' && method !== 'HEAD'
        && native.bodyLength(invocation.id) !== -1)
    {
        init.body = bodyOf(invocation);
        init.duplex = 'half';
    }

    req.on('aborted', () => controller.abort());

    return new Request(urlOf(req), init);
}

/* names of a header list, or of another implementation's */

function setHeaders(res, headers, skipped) {
    const cookies = [];

    for (const { 0: name, 1: value } of headers) {
        if (name === 'set-cookie') {
            cookies[cookies.length] = value;
        } else if (skipped === null || !skipped[name]) {
            res.setHeader(name, value);
        }
    }

    if (cookies.length !== 0) {
        res.setHeader('set-cookie', cookies);
    }
}

const DECODED = {
    '__proto__': null,
    'content-encoding': true,
    'content-length': true,
};

/* bytes or text that a response was made of, which need no stream */

function sourceOf(response) {
    const { kState } = load('npm/undici/lib/web/fetch/symbols');
    const source = response[kState]?.body?.source;

    return typeof source === 'string' || ArrayBufferIsView(source)
           || isArrayBuffer(source) ? source : undefined;
}

function check(response) {
    if (typeof response !== 'object' || response === null
        || typeof response.status !== 'number'
        || typeof response.headers?.[SymbolIterator] !== 'function')
    {
        throw new TypeError('The fetch handler did not give a Response');
    }

    if (response.status < 200) {
        throw new TypeError('The fetch handler gave a network error');
    }

    if (response.bodyUsed || response.body?.locked) {
        throw new TypeError('The body of the Response was used before');
    }
}

/* what goes on when the client has taken what was written, or has left */

function ready(res) {
    return new Promise((resolve) => {
        res.once('drain', resolve);
        res.once('close', resolve);
    });
}

async function pipe(invocation, body) {
    const { res } = invocation;
    const reader = body.getReader();

    res.once('close', () => {
        if (invocation.aborted) {
            PromisePrototypeThen(reader.cancel(), undefined, () => {});
        }
    });

    res.flushHeaders();

    for (;;) {
        const { done, value } = await reader.read();

        if (done || invocation.aborted) {
            break;
        }

        if (!res.write(value)) {
            await ready(res);
        }
    }

    res.end();
}

async function send(invocation, response) {
    const { req, res } = invocation;

    check(response);

    const { body, status, statusText } = response;

    res.statusCode = status;

    if (statusText) {
        res.statusMessage = statusText;
    }

    setHeaders(res, response.headers, body && isDecoded(body) ? DECODED
                                      : null);

    if (!body || req.method === 'HEAD') {
        if (body) {
            PromisePrototypeThen(body.cancel(), undefined, () => {});
        }

        res.end();
        return;
    }

    const source = sourceOf(response);

    if (source !== undefined) {
        res.end(source);
    } else {
        await pipe(invocation, body);
    }
}

function contextOf({ req }) {
    return {
        waitUntil(promise) {
            req.waitUntil(promise);
        },

        passThroughOnException() {},
    };
}

function handlerOf(exports) {
    return async (invocation) => {
        const { env } = require('process/process').process;

        /* what has no type is sent without one */
        invocation.bare = true;

        await send(invocation, await exports.fetch(requestOf(invocation), env,
                                                   contextOf(invocation)));
    };
}

module.exports = { __proto__: null, handlerOf };
