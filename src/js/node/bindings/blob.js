'use strict';

/* The bytes of a Blob, kept in JavaScript; there is no store of URLs. */

const {
    ArrayIsArray,
    TypedArrayPrototypeGetBuffer,
    TypedArrayPrototypeGetLength,
    TypedArrayPrototypeSet,
    TypedArrayPrototypeSubarray,
    Uint8Array,
} = intrinsics;

let bytesOf;

class Handle {
    #bytes;

    constructor(bytes) {
        this.#bytes = bytes;
    }

    slice(start, end) {
        return new Handle(TypedArrayPrototypeSubarray(this.#bytes, start,
                                                      end));
    }

    static {
        bytesOf = (handle) => handle.#bytes;
    }
}

/* a source is bytes, or [size, handle] of another Blob */

function createBlob(sources, length) {
    const bytes = new Uint8Array(length);
    let at = 0;

    for (let i = 0; i < sources.length; i++) {
        const source = sources[i];
        const part = ArrayIsArray(source) ? bytesOf(source[1])
                     : source instanceof Handle ? bytesOf(source) : source;

        TypedArrayPrototypeSet(bytes, part, at);
        at += TypedArrayPrototypeGetLength(part);
    }

    return new Handle(bytes);
}

class FixedSizeBlobCopyJob {
    #handle;

    constructor(handle) {
        this.#handle = handle;
    }

    /* a new ArrayBuffer, at once */

    run() {
        return TypedArrayPrototypeGetBuffer(
            new Uint8Array(bytesOf(this.#handle)));
    }
}

function nothing() {}

module.exports = {
    __proto__: null,
    FixedSizeBlobCopyJob,
    createBlob,
    getDataObject: nothing,
    revokeDataObject: nothing,
    storeDataObject: nothing,
};
