'use strict';

/* Heap snapshots would show what is not the function's: there are none. */

class HeapSnapshotStream {}

module.exports = { HeapSnapshotStream };
