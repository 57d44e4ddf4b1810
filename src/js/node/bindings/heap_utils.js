'use strict';

/* Snapshots of the heap would show what is not the function's. */

const { Error } = intrinsics;
const { nodeError } = require('lib/errors');

function refuse() {
    throw nodeError(Error, 'EACCES',
                    'heap snapshot: operation not permitted', refuse);
}

module.exports = {
    __proto__: null,
    createHeapSnapshotStream: refuse,
    triggerHeapSnapshot: refuse,
};
