'use strict';

/* The bytes of a Blob, kept in JavaScript, and the Blobs that have a URL. */

const {
    ArrayIsArray,
    Map,
    MapPrototypeDelete,
    MapPrototypeGet,
    MapPrototypeSet,
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

/* id within a URL -> what makes the same Blob again */
let stored = null;

function storeDataObject(id, handle, size, type) {
    MapPrototypeSet(stored ??= new Map(), id, [handle, size, type]);
}

function getDataObject(id) {
    return stored === null ? undefined : MapPrototypeGet(stored, id);
}

function revokeDataObject(id) {
    if (stored !== null) {
        MapPrototypeDelete(stored, id);
    }
}

module.exports = {
    __proto__: null,
    FixedSizeBlobCopyJob,
    createBlob,
    getDataObject,
    revokeDataObject,
    storeDataObject,
};
