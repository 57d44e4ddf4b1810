'use strict';

/*
 * What of Node's messages is asked for by files that most functions load; the
 * ports themselves are made when one is.
 */

const { TypeError } = intrinsics;

const { nodeError } = require('lib/errors');

const native = binding('node/messaging');

class JSTransferable {}

function dataCloneError(message) {
    const { domException } = require('node/realm');

    return new (domException())(message, 'DataCloneError');
}

function unlisted() {
    throw nodeError(TypeError, 'ERR_MISSING_TRANSFERABLE_IN_TRANSFER_LIST',
                    'Object that needs transfer was found in message but not '
                    + 'listed in transferList', unlisted);
}

/* structuredClone() with the ports that it transfers */

function clone(value, list) {
    if (list === undefined) {
        return native.clone(value, undefined, dataCloneError, unlisted);
    }

    return require('node/ports').copy(value, list, undefined).value;
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
    clone,
    dataCloneError,
    drainMessagePort() {},
    unlisted,
};
