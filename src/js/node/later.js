'use strict';

/*
 * What the Minimum common web API has of classes that Node 18 has without it:
 * URL.parse(), bytes() of a Blob and ReadableStream.from().
 */

const {
    ObjectDefineProperty,
    ReflectApply,
    String,
    SymbolAsyncIterator,
    SymbolIterator,
    TypeError,
    Uint8Array,
} = intrinsics;

const { nodeError } = require('lib/errors');

function add(object, methods, name) {
    ObjectDefineProperty(object, name, {
        __proto__: null,
        value: methods[name],
        writable: true,
        enumerable: true,
        configurable: true,
    });
}

function addParse(URL) {
    add(URL, {
        parse(url, base = undefined) {
            try {
                return new URL(url, base);
            } catch (error) {
                if (error?.code === 'ERR_INVALID_URL') {
                    return null;
                }

                throw error;
            }
        },
    }, 'parse');
}

function addBytes(prototype) {
    const { arrayBuffer } = prototype;

    add(prototype, {
        async bytes() {
            return new Uint8Array(await ReflectApply(arrayBuffer, this, []));
        },
    }, 'bytes');
}

/*
 * The source of a stream of what an iterator gives: a value is asked for when it
 * is read, and where `wait` is said a promise of one is waited for.
 */

function sourceOf(iterator, wait) {
    return {
        __proto__: null,

        async pull(controller) {
            const { done, value } = await iterator.next();

            if (done) {
                controller.close();
            } else {
                controller.enqueue(wait ? await value : value);
            }
        },

        async cancel(reason) {
            await iterator.return?.(reason);
        },
    };
}

function addFrom(ReadableStream) {
    add(ReadableStream, {
        from(iterable) {
            const later = iterable?.[SymbolAsyncIterator];
            const method = later ?? iterable?.[SymbolIterator];

            if (typeof method !== 'function') {
                throw nodeError(TypeError, 'ERR_ARG_NOT_ITERABLE',
                                `${String(iterable)} is not iterable`,
                                ReadableStream.from);
            }

            return new ReadableStream(
                sourceOf(ReflectApply(method, iterable, []), !later),
                { __proto__: null, highWaterMark: 0 });
        },
    }, 'from');
}

module.exports = { __proto__: null, addBytes, addFrom, addParse };
