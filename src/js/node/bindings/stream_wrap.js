'use strict';

/* Streams over sockets and pipes, which there are none of. */

class WriteWrap {}

class ShutdownWrap {}

module.exports = {
    __proto__: null,
    ShutdownWrap,
    WriteWrap,
    kArrayBufferOffset: 1,
    kBytesWritten: 2,
    kLastWriteWasAsync: 3,
    kReadBytesOrError: 0,
    streamBaseState: [0, 0, 0, 0, 0],
};
