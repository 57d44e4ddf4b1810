'use strict';

/* req.socket: who is at the other end; the connection itself is nginx's. */

const { StringPrototypeIncludes } = intrinsics;

const { Emitter } = require('lib/emitter');
const { INFO_IP, INFO_PORT, INFO_PROTOCOL } = require('run/constants');

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
        this.encrypted = info[INFO_PROTOCOL] === 'https';
        this.remoteAddress = info[INFO_IP];
        this.remotePort = info[INFO_PORT] || undefined;
        this.remoteFamily = StringPrototypeIncludes(`${info[INFO_IP]}`, ':')
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
