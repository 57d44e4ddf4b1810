'use strict';

const { holderOf, startClose } = require('node/handles');
const { LibuvStreamWrap, accepted, connecting } = require('node/uv-stream');

const native = binding('node/tcp');

const EINVAL = -22;

class TCPConnectWrap {}

/* the answer of C into the object that the caller gives */

function named(answer, out) {
    if (typeof answer === 'number') {
        return answer;
    }

    out.address = answer[0];
    out.family = answer[1] ? 'IPv6' : 'IPv4';
    out.port = answer[2];

    return 0;
}

class TCP extends LibuvStreamWrap {

    /* `holder`: of a connection that was accepted */
    constructor(type, holder = native.create()) {
        super(holder);
    }

    [accepted](holder) {
        return new TCP(0, holder);
    }

    /* of a descriptor, which functions have none of */

    open() {
        return EINVAL;
    }

    connect(request, address, port) {
        return connecting(this, request, native.connect(holderOf(this),
                                                        `${address}`, port,
                                                        false), false);
    }

    connect6(request, address, port) {
        return connecting(this, request, native.connect(holderOf(this),
                                                        `${address}`, port,
                                                        true), false);
    }

    /* a port that is not named is any */

    bind(address, port) {
        return native.bind(holderOf(this), `${address}`, port | 0, false, 0);
    }

    bind6(address, port, flags) {
        return native.bind(holderOf(this), `${address}`, port | 0, true,
                           flags);
    }

    getsockname(out) {
        return named(native.name(holderOf(this)), out);
    }

    getpeername(out) {
        return named(native.peer(holderOf(this)), out);
    }

    setNoDelay(on) {
        return native.noDelay(holderOf(this), on);
    }

    setKeepAlive(on, seconds) {
        return native.keepAlive(holderOf(this), on, seconds);
    }

    reset(callback) {
        return startClose(this, callback, native.reset);
    }
}

module.exports = {
    __proto__: null,
    TCP,
    TCPConnectWrap,
    constants: {
        __proto__: null,
        SERVER: 1,
        SOCKET: 0,
        UV_TCP_IPV6ONLY: 1,
    },
};
