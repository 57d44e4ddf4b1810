'use strict';

/* Objects that only Node's own messages between threads would carry over. */

class JSTransferable {}

class MessagePort {}

class MessageChannel {}

function nothing() {}

module.exports = {
    __proto__: null,

    get DOMException() {
        return require('node/realm').domException();
    },

    JSTransferable,
    MessageChannel,
    MessagePort,
    broadcastChannel: nothing,
    checkMessagePort: nothing,
    drainMessagePort: nothing,
    moveMessagePortToContext: nothing,
    receiveMessageOnPort: nothing,
    setDeserializerCreateObjectFunction: nothing,
    stopMessagePort: nothing,
};
