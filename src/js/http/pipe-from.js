'use strict';

/*
 * res.pipeFrom(): answers with another response, that of fetch() or of an HTTP
 * client: its status, its headers and its body as it arrives.
 */

const {
    ArrayBufferIsView,
    ArrayIsArray,
    ObjectKeys,
    Promise,
    String,
    StringPrototypeToLowerCase,
    SymbolAsyncIterator,
    TypeError,
} = intrinsics;

const { isArrayBuffer } = require('http/outgoing');

/* they describe the other connection */

const LEFT_OUT = {
    __proto__: null,
    'connection': true,
    'content-encoding': true,
    'content-length': true,
    'keep-alive': true,
    'transfer-encoding': true,
};

function copyHeaders(response, headers) {
    if (headers === undefined || headers === null) {
        return;
    }

    if (typeof headers.forEach === 'function') {
        const cookies = typeof headers.getSetCookie === 'function'
                        ? headers.getSetCookie() : undefined;

        headers.forEach((value, name) => {
            copyHeader(response, name, value, cookies);
        });

        return;
    }

    const names = ObjectKeys(headers);

    for (let i = 0; i < names.length; i++) {
        copyHeader(response, names[i], headers[names[i]], undefined);
    }
}

function copyHeader(response, name, value, cookies) {
    const lower = StringPrototypeToLowerCase(String(name));

    if (LEFT_OUT[lower] || value === undefined) {
        return;
    }

    response.setHeader(name, lower === 'set-cookie' && cookies !== undefined
                             ? cookies
                             : ArrayIsArray(value) ? value : String(value));
}

/* resolves when the client has taken in what was written so far, or left */

function room(response) {
    return new Promise((resolve) => {
        const go = () => {
            response.off('drain', go);
            response.off('close', go);
            resolve();
        };

        response.on('drain', go);
        response.on('close', go);
    });
}

async function writeTo(response, chunk) {
    if (!response.write(chunk)) {
        await room(response);
    }
}

async function copyBody(response, source) {
    const body = source.body ?? source;

    if (typeof body === 'string' || ArrayBufferIsView(body)
        || isArrayBuffer(body))
    {
        response.write(body);

    } else if (typeof body.getReader === 'function') {
        const reader = body.getReader();

        for (;;) {
            const { done, value } = await reader.read();

            if (done) {
                break;
            }

            await writeTo(response, value);
        }

    } else if (typeof body[SymbolAsyncIterator] === 'function') {
        const iterator = body[SymbolAsyncIterator]();

        for (;;) {
            const { done, value } = await iterator.next();

            if (done) {
                break;
            }

            await writeTo(response, value);
        }

    } else if (typeof body.on === 'function') {
        await new Promise((resolve, reject) => {
            body.on('data', (chunk) => {
                if (!response.write(chunk)
                    && typeof body.pause === 'function')
                {
                    body.pause();
                    response.once('drain', () => body.resume());
                }
            });

            body.on('end', resolve);
            body.on('error', reject);
        });

    } else if (typeof source.arrayBuffer === 'function') {
        response.write(await source.arrayBuffer());

    } else if (typeof source.text === 'function') {
        response.write(await source.text());
    }
}

async function pipeFrom(response, source) {
    if (typeof source !== 'object' || source === null) {
        throw new TypeError('res.pipeFrom() needs a response of fetch() or '
                            + 'of an HTTP client');
    }

    const status = source.status ?? source.statusCode;

    if (status !== undefined) {
        response.status(status);
    }

    copyHeaders(response, source.headers);

    if (source.body !== null) {
        await copyBody(response, source);
    }

    response.end();

    return response;
}

module.exports = { __proto__: null, pipeFrom };
