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

module.exports = { __proto__: null, set, toBuffer };
