'use strict';

/*
 * What Node's library knows of streams in C.  Its web streams take a class and
 * a number of here, too, so that this makes no more than they need.
 */

class WriteWrap {}

class ShutdownWrap {}

const state = [0, 0, 0, 0, 0];

module.exports = {
    __proto__: null,
    ShutdownWrap,
    WriteWrap,
    kArrayBufferOffset: 1,
    kBytesWritten: 2,
    kLastWriteWasAsync: 3,
    kReadBytesOrError: 0,
    streamBaseState: state,

    get LibuvStreamWrap() {
        return require('node/uv-stream').LibuvStreamWrap;
    },
};
