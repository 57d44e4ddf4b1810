'use strict';

/* navigator, as much of it as Node has. */

const { ObjectFreeze, SymbolToStringTag, TypeError } = intrinsics;

const { nodeError } = require('lib/errors');

/* what the one who may make it has */
const key = {};

class Navigator {
    #languages = ObjectFreeze(['en-US']);

    constructor(given) {
        if (given !== key) {
            throw nodeError(TypeError, 'ERR_ILLEGAL_CONSTRUCTOR',
                            'Illegal constructor', Navigator);
        }
    }

    get hardwareConcurrency() {
        return 1;
    }

    get language() {
        return this.#languages[0];
    }

    get languages() {
        return this.#languages;
    }

    get platform() {
        return 'linux';
    }

    get userAgent() {
        return 'Node.js/18';
    }

    get [SymbolToStringTag]() {
        return 'Navigator';
    }
}

const navigator = new Navigator(key);

module.exports = { __proto__: null, navigator };
