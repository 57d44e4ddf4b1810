'use strict';

/* Buffer.prototype, for what natives return as plain Uint8Arrays. */

const { ObjectSetPrototypeOf } = intrinsics;

let prototype = null;

function set(object) {
    prototype = object;
}

function toBuffer(bytes) {
    return prototype === null ? bytes
                              : ObjectSetPrototypeOf(bytes, prototype);
}

/* the same for what is not Node's library: evaluates it if need be */

function give(bytes) {
    require('node/realm').load('buffer');

    return toBuffer(bytes);
}

module.exports = { __proto__: null, give, set, toBuffer };
