'use strict';

/*
 * Node's vm within the one context that a function has.  V8 trusts a code
 * cache that it is given, so one of a function is never used: it is told to
 * be rejected, and the one that is made is empty.
 */

const { Error } = intrinsics;

const { nodeError } = require('lib/errors');

const native = binding('node/contextify');

function unavailable(what, from) {
    return nodeError(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM',
                     `The feature ${what} is unavailable: a function has one `
                     + 'context', from);
}

function emptyCache() {
    return require('node/realm').load('buffer').Buffer.alloc(0);
}

class ContextifyScript {
    #script;

    constructor(code, filename, lineOffset, columnOffset, cachedData,
                produceCachedData)
    {
        this.#script = native.script(code, filename, lineOffset,
                                     columnOffset);

        if (cachedData !== undefined) {
            this.cachedDataRejected = true;
        }

        if (produceCachedData) {
            this.cachedDataProduced = false;
        }

        this.sourceMapURL = undefined;
    }

    createCachedData() {
        return emptyCache();
    }

    runInContext(context, timeout) {
        if (timeout !== -1) {
            throw nodeError(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM',
                            'The option timeout of vm is unavailable: the '
                            + 'limits of the function hold',
                            this.runInContext);
        }

        return native.run(this.#script);
    }
}

class MicrotaskQueue {}

function compileFunction(code, filename, lineOffset, columnOffset, cachedData,
                         produceCachedData, parsingContext,
                         contextExtensions, params)
{
    return {
        __proto__: null,
        function: native.compile(code, filename, lineOffset, columnOffset,
                                 params, contextExtensions),
        cachedDataRejected: cachedData === undefined ? undefined : true,
        cachedDataProduced: produceCachedData ? false : undefined,
        sourceMapURL: undefined,
    };
}

module.exports = {
    __proto__: null,
    ContextifyScript,
    MicrotaskQueue,
    compileFunction,

    constants: {
        __proto__: null,
        measureMemory: {
            __proto__: null,
            mode: { __proto__: null, SUMMARY: 0, DETAILED: 1 },
            execution: { __proto__: null, DEFAULT: 0, EAGER: 1 },
        },
    },

    isContext() {
        return false;
    },

    makeContext() {
        throw unavailable('vm.createContext()', module.exports.makeContext);
    },

    measureMemory() {},
};
