'use strict';

/*
 * Node's StreamBase over the streams of C: what sockets, pipes and TLS have in
 * common, whose classes pass their constructor a holder of one.
 */

const {
    ArrayPrototypePush,
    ReflectApply,
    Symbol,
    TypedArrayPrototypeGetBuffer,
    TypedArrayPrototypeGetLength,
    TypedArrayPrototypeSet,
} = intrinsics;

const {
    IO_READ,
    IO_SHUT,
    IO_WRITTEN,
} = require('run/constants');
const {
    HandleWrap,
    abandoned,
    adopt,
    happened,
    holderOf,
    setHeld,
} = require('node/handles');

const { connected } = require('run/invocation');

const native = binding('node/stream');
const { take } = binding('node/handle');
const { asyncGet, asyncSet } = binding('loop');

const ECANCELED = -125;

/* by which Node's library is told of reads and writes besides */

const {
    kArrayBufferOffset,
    kBytesWritten,
    kLastWriteWasAsync,
    kReadBytesOrError,
    streamBaseState,
} = require('node/realm').internalBinding('stream_wrap');

/* as C numbers them */

const LATIN1 = 0;
const UTF8 = 1;
const UCS2 = 2;

const ENCODINGS = {
    '__proto__': null,
    'ascii': LATIN1,
    'binary': LATIN1,
    'buffer': UTF8,
    'latin1': LATIN1,
    'ucs-2': UCS2,
    'ucs2': UCS2,
    'utf-16le': UCS2,
    'utf-8': UTF8,
    'utf16le': UCS2,
    'utf8': UTF8,
};

const failWrite = Symbol('failWrite');

/* what was asked for, and for whom */

class Request {
    object;
    data = connected(asyncGet());
    next = null;

    constructor(object) {
        this.object = object;
    }
}

class StreamBase extends HandleWrap {
    onread = undefined;
    reading = false;

    #reads = false;
    #buffer = undefined;

    /* writes in their order, and the end of the writing side */
    #first = null;
    #last = null;
    #shutdown = null;

    get isStreamBase() {
        return true;
    }

    get fd() {
        return -1;
    }

    get bytesRead() {
        return native.bytesRead(holderOf(this));
    }

    get bytesWritten() {
        return native.bytesWritten(holderOf(this));
    }

    get writeQueueSize() {
        return native.queued(holderOf(this));
    }

    readStart() {
        adopt(this);

        const result = native.readStart(holderOf(this));

        if (result === 0) {
            this.#reads = true;
            setHeld(this, true, 0);
        }

        return result;
    }

    readStop() {
        this.#reads = false;
        setHeld(this, false, 0);

        return native.readStop(holderOf(this));
    }

    /* bytes go there, and `onread` is called without any */

    useUserBuffer(buffer) {
        this.#buffer = buffer;
        native.part(holderOf(this), TypedArrayPrototypeGetLength(buffer));
    }

    writeBuffer(request, buffer) {
        return this.#write(request, native.write(holderOf(this), buffer, UTF8));
    }

    writeUtf8String(request, string) {
        return this.#write(request, native.write(holderOf(this), `${string}`,
                                                 UTF8));
    }

    writeLatin1String(request, string) {
        return this.#write(request, native.write(holderOf(this), `${string}`,
                                                 LATIN1));
    }

    writeAsciiString(request, string) {
        return this.writeLatin1String(request, string);
    }

    writeUcs2String(request, string) {
        return this.#write(request, native.write(holderOf(this), `${string}`,
                                                 UCS2));
    }

    /* `chunks`: bytes, or by turns bytes or a string, and its encoding */

    writev(request, chunks, allBuffers) {
        const args = [holderOf(this)];

        for (let i = 0; i < chunks.length; i++) {
            const chunk = chunks[i];
            let encoding = UTF8;

            if (!allBuffers) {
                const name = chunks[++i];

                encoding = ENCODINGS[name];

                if (encoding === undefined) {
                    const { Buffer } = require('node/realm').load('buffer');

                    ArrayPrototypePush(args, Buffer.from(chunk, name));
                    ArrayPrototypePush(args, UTF8);
                    continue;
                }
            }

            ArrayPrototypePush(args, chunk);
            ArrayPrototypePush(args, encoding);
        }

        return this.#write(request, ReflectApply(native.write, undefined,
                                                 args));
    }

    #write(request, result) {
        adopt(this);

        if (result < 0) {
            streamBaseState[kBytesWritten] = 0;
            streamBaseState[kLastWriteWasAsync] = 0;
            return result;
        }

        const later = result % 2;

        streamBaseState[kBytesWritten] = (result - later) / 2;
        streamBaseState[kLastWriteWasAsync] = later;

        if (later !== 0) {
            const write = new Request(request);

            if (this.#first === null) {
                this.#first = write;
            } else {
                this.#last.next = write;
            }

            this.#last = write;
            setHeld(this, this.#reads, 1);
        }

        return 0;
    }

    /* 1: it is done */

    shutdown(request) {
        const result = native.shutdown(holderOf(this));

        if (result === 0) {
            return 1;
        }

        if (result < 0) {
            return result;
        }

        this.#shutdown = new Request(request);
        setHeld(this, this.#reads, 1);

        return 0;
    }

    [happened](event, value) {
        switch (event) {
        case IO_READ:
            this.#read(value);
            break;

        case IO_WRITTEN:
            if (this.#first !== null) {
                const write = this.#first;

                this.#first = write.next;
                this.#complete(write, value, undefined);
            }

            break;

        case IO_SHUT:
            if (this.#shutdown !== null) {
                const request = this.#shutdown;

                this.#shutdown = null;
                this.#complete(request, value, undefined);
            }

            break;

        default:
            super[happened](event, value);
        }
    }

    #complete({ object, data }, status, error) {
        setHeld(this, this.#reads, -1);
        asyncSet(data);

        if (error !== undefined) {
            object.error = error;
        }

        object.oncomplete(status, this, error);
    }

    /* the write that waits has failed for what `error` tells; false: none does */

    [failWrite](status, error) {
        const write = this.#first;

        if (write === null) {
            return false;
        }

        this.#first = write.next;
        this.#complete(write, status, error);

        return true;
    }

    #read(value) {
        if (value < 0 && this.#reads) {
            this.#reads = false;
            setHeld(this, false, 0);
        }

        streamBaseState[kReadBytesOrError] = value;
        streamBaseState[kArrayBufferOffset] = 0;

        if (value < 0) {
            this.onread?.(undefined);
            return;
        }

        const bytes = take();

        if (this.#buffer === undefined) {
            this.onread?.(TypedArrayPrototypeGetBuffer(bytes));
            return;
        }

        TypedArrayPrototypeSet(this.#buffer, bytes);

        const next = this.onread?.(undefined);

        if (next !== undefined) {
            this.useUserBuffer(next);
        }
    }

    [abandoned]() {
        if (this.#reads) {
            this.#read(ECANCELED);
        }
    }
}

module.exports = {
    __proto__: null,
    Request,
    StreamBase,
    failWrite,
};
