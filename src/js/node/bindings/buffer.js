'use strict';

const { set, toBuffer } = require('node/buffer-prototype');

const native = binding('node/buffer');

module.exports = {
    __proto__: null,

    /* V8's limits on a 64-bit machine */
    kMaxLength: 2 ** 32,
    kStringMaxLength: 0x1fffffe8,

    setBufferPrototype: set,

    /*
     * Node's own library turns the filling with zeroes off by this where
     * Debian's asks for createUnsafeArrayBuffer(). Here it stays on.
     */
    getZeroFillToggle() {
        return [1];
    },

    createFromString(string, encoding) {
        return toBuffer(native.createFromString(string, encoding));
    },
};
