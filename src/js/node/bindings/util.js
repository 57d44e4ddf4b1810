'use strict';

const { WeakRef, WeakRefPrototypeDeref } = intrinsics;

const { fromUtf8, toUtf8 } = binding('encoding');
const { privateSymbol } = binding('node/util');

/* keeps its object alive while it is asked to, as Node's own does */

class WeakReference {
    #ref;
    #strong = undefined;
    #count = 0;

    constructor(object) {
        this.#ref = new WeakRef(object);
    }

    get() {
        return WeakRefPrototypeDeref(this.#ref);
    }

    incRef() {
        this.#count++;
        this.#strong = this.get();
        return this.#count;
    }

    decRef() {
        this.#count--;

        if (this.#count === 0) {
            this.#strong = undefined;
        }

        return this.#count;
    }
}

const SYMBOLS = [
    ['arrow_message_private_symbol', 'node:arrowMessage'],
    ['contextify_context_private_symbol', 'node:contextify:context'],
    ['decorated_private_symbol', 'node:decorated'],
    ['host_defined_option_symbol', 'node:host_defined_option_symbol'],
    ['napi_type_tag', 'node:napi:type_tag'],
    ['napi_wrapper', 'node:napi:wrapper'],
    ['untransferable_object_private_symbol', 'node:untransferableObject'],
    ['exiting_aliased_Uint32Array', 'node:exiting_aliased_Uint32Array'],
    ['require_private_symbol', 'node:require_private_symbol'],
];

const privateSymbols = { __proto__: null };

for (let i = 0; i < SYMBOLS.length; i++) {
    privateSymbols[SYMBOLS[i][0]] = privateSymbol(SYMBOLS[i][1]);
}

/* lone surrogates become U+FFFD on their way through UTF-8 */

function toUSVString(string) {
    return fromUtf8(toUtf8(`${string}`));
}

module.exports = {
    __proto__: null,

    constants: {
        __proto__: null,
        kPending: 0,
        kFulfilled: 1,
        kRejected: 2,
        kExiting: 0,
        kExitCode: 1,
        kHasExitCode: 2,
        ALL_PROPERTIES: 0,
        ONLY_WRITABLE: 1,
        ONLY_ENUMERABLE: 2,
        ONLY_CONFIGURABLE: 4,
        SKIP_STRINGS: 8,
        SKIP_SYMBOLS: 16,
        kDisallowCloneAndTransfer: 0,
        kTransferable: 1,
        kCloneable: 2,
    },

    WeakReference,
    privateSymbols,
    shouldAbortOnUncaughtToggle: [0],
    toUSVString,

    getCallerLocation() {},

    getExternalValue() {
        return 0n;
    },

    guessHandleType() {
        return 'PIPE';
    },

    sleep() {},
};
