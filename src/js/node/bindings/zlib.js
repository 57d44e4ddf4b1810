'use strict';

/*
 * The classes that Node's zlib works with, over streams of C.  What Node does
 * in a thread is done at a later turn here: it holds its invocation, which
 * pays for it, and is ended with it.
 */

const { ReflectApply } = intrinsics;

const { tellSoon } = require('run/timers');
const { internalBinding } = require('node/realm');

const native = binding('node/zlib');
const { owner_symbol } = internalBinding('symbols');

/* the output after which it is seen whether there is room for all of it */
const STEP = 1024 * 1024;

class Stream {
    #stream;
    #state;
    #callback;
    #writing = false;
    #closing = false;

    /* of one output, in bytes */
    #made = 0;
    #next = STEP;

    constructor(mode) {
        this.#stream = native.create(mode);
    }

    init(...args) {
        const zlib = args.length === 7;
        const at = zlib ? 4 : 1;

        this.#state = args[at];
        this.#callback = args[at + 1];

        const error = zlib
                      ? native.init(this.#stream, args[0], args[1], args[2],
                                    args[3], args[6])
                      : native.initBrotli(this.#stream, args[0]);

        return this.#told(error);
    }

    params(level, strategy) {
        this.#told(native.params(this.#stream, level, strategy));
    }

    reset() {
        this.#told(native.reset(this.#stream));
    }

    writeSync(flush, input, inOff, inLen, output, outOff, outLen) {
        this.#work(flush, input, inOff, inLen, output, outOff, outLen, true);
    }

    write(flush, input, inOff, inLen, output, outOff, outLen) {
        this.#writing = true;

        tellSoon(() => {
            this.#writing = false;

            if (this.#work(flush, input, inOff, inLen, output, outOff, outLen,
                           this[owner_symbol]?.nread !== undefined))
            {
                ReflectApply(this.#callback, this, []);
            }

            if (this.#closing) {
                native.close(this.#stream);
            }
        });
    }

    close() {
        if (this.#writing) {
            this.#closing = true;
        } else {
            native.close(this.#stream);
        }
    }

    /* `whole`: what comes out is kept until the end */

    #work(flush, input, inOff, inLen, output, outOff, outLen, whole) {
        const error = native.write(this.#stream, flush, input ?? output, inOff,
                                   inLen, output, outOff, outLen, this.#state);

        if (!this.#told(error)) {
            return false;
        }

        if (whole) {
            this.#bound(outLen - this.#state[0]);
        }

        return true;
    }

    /*
     * The pieces are joined in the end.  What finds no room for that is too
     * large, which Node's library tells when it is told the limit.
     */

    #bound(length) {
        this.#made += length;

        if (this.#made < this.#next) {
            return;
        }

        this.#next = this.#made + STEP;

        if (!native.hasRoom(this.#made + STEP)) {
            const owner = this[owner_symbol];
            const limit = this.#made - length;

            if (owner?._maxOutputLength > limit) {
                owner._maxOutputLength = limit;
            }
        }
    }

    /* false: it was an error */

    #told(error) {
        if (error === undefined) {
            return true;
        }

        const { 0: message, 1: errno, 2: code } = error;

        this.onerror?.(message, errno, code);

        return false;
    }
}

class BrotliDecoder extends Stream {}

class BrotliEncoder extends Stream {}

class Zlib extends Stream {}

module.exports = {
    __proto__: null,
    BrotliDecoder,
    BrotliEncoder,
    Zlib,
};
