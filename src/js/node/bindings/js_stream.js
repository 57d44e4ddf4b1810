'use strict';

/*
 * Streams of JavaScript that C can use as those of its own.  What it asks for
 * comes as an event.
 */

const { ReflectApply } = intrinsics;

const { HandleWrap, happened, holderOf } = require('node/handles');
const { StreamBase } = require('node/stream-base');
const { toBuffer } = require('node/buffer-prototype');

const native = binding('node/js_stream');
const { take } = binding('node/handle');

const { close: closeHandle, unref: unrefHandle } = HandleWrap.prototype;

/* events of C */

const READ_START = 16;
const READ_STOP = 17;
const WRITE = 18;
const SHUTDOWN = 19;

class JSStream extends StreamBase {
    #close = undefined;

    constructor() {
        super(native.create());
        ReflectApply(unrefHandle, this, []);
    }

    /* Node's library gives it a close() of its own, after which C's follows */

    get close() {
        return (callback) => {
            const close = this.#close;

            if (close === undefined) {
                ReflectApply(closeHandle, this, [callback]);
                return;
            }

            ReflectApply(close, this, [() => {
                ReflectApply(closeHandle, this, []);
                callback?.();
            }]);
        };
    }

    set close(close) {
        this.#close = close;
    }

    [happened](event, value) {
        switch (event) {
        case READ_START:
            this.onreadstart?.();
            break;

        case READ_STOP:
            this.onreadstop?.();
            break;

        case WRITE: {
            const bytes = take();

            this.onwrite?.({}, bytes === undefined ? [] : [toBuffer(bytes)]);
            break;
        }

        case SHUTDOWN:
            this.onshutdown?.({});
            break;

        default:
            super[happened](event, value);
        }
    }

    finishWrite(request, status) {
        native.written(holderOf(this), status);
    }

    finishShutdown(request, status) {
        native.shut(holderOf(this), status);
    }

    readBuffer(bytes) {
        native.read(holderOf(this), bytes);
    }

    emitEOF() {
        native.end(holderOf(this));
    }
}

module.exports = { __proto__: null, JSStream };
