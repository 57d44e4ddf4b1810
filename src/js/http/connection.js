'use strict';

/* req.socket: who is at the other end; the connection itself is nginx's. */

const { StringPrototypeIncludes } = intrinsics;

const { Emitter } = require('lib/emitter');

class Connection extends Emitter {
    remoteAddress;
    remotePort;
    remoteFamily;
    encrypted;
    readable = true;
    writable = true;
    destroyed = false;
    #invocation;

    constructor(invocation) {
        super();

        const { info } = invocation;

        this.#invocation = invocation;
        this.encrypted = info[0] === 'https';
        this.remoteAddress = info[1];
        this.remotePort = info[7];
        this.remoteFamily = StringPrototypeIncludes(`${info[1]}`, ':')
                            ? 'IPv6' : 'IPv4';
    }

    setTimeout() {
        return this;
    }

    setNoDelay() {
        return this;
    }

    setKeepAlive() {
        return this;
    }

    destroy(error) {
        this.destroyed = true;
        this.#invocation.res.destroy(error);

        return this;
    }
}

module.exports = { __proto__: null, Connection };
