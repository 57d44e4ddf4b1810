'use strict';

/*
 * WebAssembly.compileStreaming() and instantiateStreaming(), by Node's checks of
 * a Response; the code is compiled once it is all there.
 */

const { ObjectDefineProperty, TypeError } = intrinsics;

const { invalidArgType, nodeError } = require('lib/errors');

function unfit(what) {
    return nodeError(TypeError, 'ERR_WEBASSEMBLY_RESPONSE',
                     `WebAssembly response ${what}`, bytesOf);
}

async function bytesOf(source) {
    const response = await source;

    if (!(response instanceof require('node/web').make('Response'))) {
        throw invalidArgType('source', 'an instance of Response or an Promise '
                             + 'resolving to Response', response, bytesOf);
    }

    const type = response.headers.get('content-type');

    if (type !== 'application/wasm') {
        throw unfit(`has unsupported MIME type '${type}'`);
    }

    if (!response.ok) {
        throw unfit(`has status code ${response.status}`);
    }

    if (response.bodyUsed) {
        throw unfit('body has already been used');
    }

    /* unlike arrayBuffer(), whatever the pieces of the body are */

    return require('node/realm').load('stream/consumers')
           .arrayBuffer(response.body ?? []);
}

function add(wasm) {
    const { compile, instantiate } = wasm;

    const streaming = {
        __proto__: null,

        async compileStreaming(source) {
            return compile(await bytesOf(source));
        },

        async instantiateStreaming(source, imports = undefined) {
            return instantiate(await bytesOf(source), imports);
        },
    };

    for (const name in streaming) {
        ObjectDefineProperty(wasm, name, {
            __proto__: null,
            value: streaming[name],
            writable: true,
            enumerable: true,
            configurable: true,
        });
    }
}

module.exports = { __proto__: null, add };
