'use strict';

/* Pipes to other processes, which there are none of. */

class Pipe {}

module.exports = {
    __proto__: null,
    Pipe,
    constants: {
        __proto__: null,
        IPC: 2,
        SERVER: 1,
        SOCKET: 0,
        UV_READABLE: 1,
        UV_WRITABLE: 2,
    },
};
