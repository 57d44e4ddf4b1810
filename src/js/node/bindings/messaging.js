'use strict';

/*
 * What of Node's messages is asked for by files that most functions load; the
 * ports themselves are made when one is.
 */

const { ObjectSetPrototypeOf, TypeError } = intrinsics;

const { nodeError } = require('lib/errors');

const native = binding('node/messaging');

/* what is not copied as other objects are, but asked for what it consists of */

function carrier(prototype) {
    return ObjectSetPrototypeOf(native.carrier(), prototype);
}

class JSTransferable {
    constructor() {
        return carrier(new.target.prototype);
    }
}

function dataCloneError(message) {
    const { domException } = require('node/realm');

    return new (domException())(message, 'DataCloneError');
}

function unlisted() {
    throw nodeError(TypeError, 'ERR_MISSING_TRANSFERABLE_IN_TRANSFER_LIST',
                    'Object that needs transfer was found in message but not '
                    + 'listed in transferList', unlisted);
}

/* structuredClone(): most values have nothing of that in them */

function clone(value, list) {
    if (list !== undefined) {
        return require('node/transfer').copy(value, list, undefined).value;
    }

    let others = null;

    function host(object) {
        others ??= new (require('node/transfer').Copy)([]);

        return others.host(object);
    }

    return native.clone(value, undefined, dataCloneError, host,
                        () => others.ready());
}

module.exports = {
    __proto__: null,

    get DOMException() {
        return require('node/realm').domException();
    },

    get MessageChannel() {
        return require('node/ports').MessageChannel;
    },

    get MessagePort() {
        return require('node/ports').MessagePort;
    },

    get broadcastChannel() {
        return require('node/ports').broadcastChannel;
    },

    get checkMessagePort() {
        return require('node/ports').isPort;
    },

    get moveMessagePortToContext() {
        return require('node/ports').moveMessagePortToContext;
    },

    get receiveMessageOnPort() {
        return require('node/ports').receiveMessageOnPort;
    },

    get stopMessagePort() {
        return require('node/ports').stopMessagePort;
    },

    JSTransferable,
    carrier,
    carrierAs: native.carrier,
    clone,
    dataCloneError,
    drainMessagePort() {},
    unlisted,
};
