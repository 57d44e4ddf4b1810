'use strict';

/*
 * A body that is streamed, with "invoke_request_buffering off": nginx reads on
 * when the next piece is asked for.
 */

const { Error } = intrinsics;

const { nodeError } = require('lib/errors');

const native = binding('invocation');

/* `take` gets an Uint8Array, null for the end, or undefined: it was cut off */

function ask(invocation, take) {
    if (invocation.released) {
        take(null);
        return;
    }

    /* it may still answer, once the piece has come */
    invocation.pending++;
    invocation.take = take;
    native.bodyAsk(invocation.id);
}

function come(invocation, length) {
    const { take } = invocation;

    if (take === null) {
        return;
    }

    invocation.take = null;

    try {
        take(length > 0 ? native.bodyPiece() : length === 0 ? null : undefined);
    } finally {
        invocation.unhold();
    }
}

function cutOff() {
    return nodeError(Error, 'ECONNRESET', 'aborted');
}

module.exports = { __proto__: null, ask, come, cutOff };
