'use strict';

/* Sockets of AF_UNIX. */

const { holderOf } = require('node/handles');
const { LibuvStreamWrap, accepted, connecting } = require('node/uv-stream');

const native = binding('node/pipe');

const EINVAL = -22;

class PipeConnectWrap {}

class Pipe extends LibuvStreamWrap {

    /* `holder`: of a connection that was accepted */
    constructor(type, holder = native.create()) {
        super(holder);
    }

    [accepted](holder) {
        return new Pipe(0, holder);
    }

    /* of a descriptor, which functions have none of */

    open() {
        return EINVAL;
    }

    connect(request, path) {
        return connecting(this, request, native.connect(holderOf(this),
                                                        `${path}`), true);
    }

    bind(path) {
        return native.bind(holderOf(this), `${path}`);
    }

    fchmod() {
        return 0;
    }
}

module.exports = {
    __proto__: null,
    Pipe,
    PipeConnectWrap,
    constants: {
        __proto__: null,
        IPC: 2,
        SERVER: 1,
        SOCKET: 0,
        UV_READABLE: 1,
        UV_WRITABLE: 2,
    },
};
