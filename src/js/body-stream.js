'use strict';

/*
 * The body of a request as a stream: pieces of 64 KiB, one a macrotask, as
 * Buffers or strings.
 */

const {
    ArrayPrototypePush,
    ArrayPrototypeShift,
    ArrayPrototypeSplice,
    ArrayPrototypeUnshift,
    TypedArrayPrototypeGetLength,
    TypedArrayPrototypeSubarray,
} = intrinsics;

const ticks = require('ticks');
const timers = require('timers');

const native = binding('invocation');

const PIECE = 65536;

class BodyStream {
    flowing = null;
    ended = false;
    destroyed = false;
    encoding = null;
    #request;
    #invocation;
    #length;
    #offset = 0;
    #decoder = null;

    /* what was put back by unshift() */
    #back = [];
    #pipes = [];
    #scheduled = false;
    #readable = false;

    constructor(request, invocation) {
        this.#request = request;
        this.#invocation = invocation;
        this.#length = invocation.released ? 0
                       : native.bodyLength(invocation.id);
    }

    listened(event) {
        if (event === 'data') {
            if (this.flowing === null) {
                this.resume();
            }

        } else if (event === 'readable') {
            this.#readable = true;
            this.flowing ??= false;
            this.#schedule();
        }
    }

    pause() {
        this.flowing = false;
    }

    resume() {
        if (!this.#readable) {
            this.flowing = true;
            this.#schedule();
        }
    }

    #schedule() {
        if (!this.#scheduled && !this.ended && !this.destroyed) {
            this.#scheduled = true;
            timers.setImmediate(() => this.#step());
        }
    }

    #step() {
        this.#scheduled = false;

        if (this.ended || this.destroyed) {
            return;
        }

        if (this.#readable) {
            if (this.#atEnd) {
                this.#end();
            } else {
                this.#request.emit('readable');
            }

            return;
        }

        if (this.flowing !== true) {
            return;
        }

        const chunk = this.#next();

        if (chunk === null) {
            this.#end();
            return;
        }

        this.#schedule();
        this.#request.emit('data', chunk);
    }

    get #atEnd() {
        return this.#back.length === 0 && this.#offset >= this.#length;
    }

    /* the next piece, or null at the end */

    #next() {
        if (this.#back.length !== 0) {
            return ArrayPrototypeShift(this.#back);
        }

        while (this.#offset < this.#length && !this.#invocation.released) {
            const bytes = native.bodyRead(this.#invocation.id, this.#offset,
                                          PIECE);
            const length = TypedArrayPrototypeGetLength(bytes);

            if (length === 0) {
                break;
            }

            this.#offset += length;

            if (this.#decoder === null) {
                return require('node/buffer-prototype').give(bytes);
            }

            const text = this.#decoder.write(bytes);

            if (text !== '') {
                return text;
            }
        }

        this.#offset = this.#length;

        if (this.#decoder !== null) {
            const text = this.#decoder.end();

            if (text !== '') {
                return text;
            }
        }

        return null;
    }

    #end() {
        if (!this.ended && !this.destroyed) {
            this.ended = true;
            this.#request.emit('end');
            ticks.enqueue(() => this.#request.emit('close'), []);
        }
    }

    read(size) {
        if (this.ended || this.destroyed) {
            return null;
        }

        let chunk = this.#next();

        if (chunk === null) {
            ticks.enqueue(() => this.#end(), []);
            return null;
        }

        if (size > 0 && typeof chunk !== 'string') {
            const length = TypedArrayPrototypeGetLength(chunk);

            if (length > size) {
                ArrayPrototypeUnshift(this.#back, TypedArrayPrototypeSubarray(
                    chunk, size));
                chunk = TypedArrayPrototypeSubarray(chunk, 0, size);
            }
        }

        if (this.#atEnd) {
            ticks.enqueue(() => {
                if (this.#atEnd) {
                    this.#end();
                }
            }, []);
        }

        return chunk;
    }

    unshift(chunk) {
        ArrayPrototypeUnshift(this.#back, chunk);
    }

    setEncoding(encoding) {
        const { Decoder, normalize } = require('bytes');

        this.encoding = normalize(encoding, true);
        this.#decoder = new Decoder(this.encoding);
    }

    pipe(destination, options) {
        const request = this.#request;

        const data = (chunk) => {
            if (destination.write(chunk) === false) {
                this.pause();
                destination.once('drain', resume);
            }
        };

        const resume = () => this.resume();
        const end = () => destination.end();

        ArrayPrototypePush(this.#pipes, { __proto__: null, destination, data,
                                          end });

        if (options?.end !== false) {
            request.once('end', end);
        }

        if (typeof destination.emit === 'function') {
            destination.emit('pipe', request);
        }

        request.on('data', data);
        this.resume();

        return destination;
    }

    unpipe(destination) {
        for (let i = this.#pipes.length - 1; i >= 0; i--) {
            const pipe = this.#pipes[i];

            if (destination === undefined
                || pipe.destination === destination)
            {
                ArrayPrototypeSplice(this.#pipes, i, 1);
                this.#request.off('data', pipe.data);
                this.#request.off('end', pipe.end);

                if (typeof pipe.destination.emit === 'function') {
                    pipe.destination.emit('unpipe', this.#request);
                }
            }
        }

        if (this.#pipes.length === 0) {
            this.pause();
        }
    }

    destroy(error) {
        if (this.destroyed) {
            return;
        }

        this.destroyed = true;

        ticks.enqueue(() => {
            if (error) {
                this.#request.emit('error', error);
            }

            if (!this.ended) {
                this.#request.emit('close');
            }
        }, []);
    }

    async *iterate() {
        this.flowing = false;

        try {
            while (!this.destroyed) {
                const chunk = this.#next();

                if (chunk === null) {
                    this.#end();
                    break;
                }

                yield chunk;
            }

        } finally {
            this.destroy();
        }
    }
}

module.exports = { __proto__: null, BodyStream };
