'use strict';

/* Node's v8.Serializer and v8.Deserializer over V8's. */

const { ArrayBufferIsView, TypeError } = intrinsics;

const { nodeError } = require('lib/errors');

const native = binding('node/serdes');

function check(view, what, from) {
    if (!ArrayBufferIsView(view)) {
        throw nodeError(TypeError, 'ERR_INVALID_ARG_TYPE',
                        `${what} must be a TypedArray or a DataView`, from);
    }
}

class Serializer {
    #writer = native.writer();

    writeHeader() {
        native.writeHeader(this.#writer);
    }

    writeValue(value) {
        return native.writeValue(this.#writer, this, value);
    }

    releaseBuffer() {
        return require('node/buffer-prototype').toBuffer(
            native.release(this.#writer));
    }

    transferArrayBuffer(id, buffer) {
        native.writeTransfer(this.#writer, id >>> 0, buffer);
    }

    writeUint32(value) {
        native.writeInteger(this.#writer, value >>> 0);
    }

    writeUint64(high, low) {
        high >>>= 0;
        native.writeInteger(this.#writer, low >>> 0, high);
    }

    writeDouble(value) {
        native.writeDouble(this.#writer, +value);
    }

    writeRawBytes(source) {
        check(source, 'source', this.writeRawBytes);
        native.writeRaw(this.#writer, source);
    }

    _setTreatArrayBufferViewsAsHostObjects(on) {
        native.viewsAsHosts(this.#writer, !!on);
    }
}

class Deserializer {
    #reader;

    constructor(buffer) {
        check(buffer, 'buffer', Deserializer);
        this.#reader = native.reader(buffer);
        this.buffer = buffer;
    }

    readHeader() {
        return native.readHeader(this.#reader);
    }

    readValue() {
        return native.readValue(this.#reader, this);
    }

    getWireFormatVersion() {
        return native.readVersion(this.#reader);
    }

    transferArrayBuffer(id, buffer) {
        native.readTransfer(this.#reader, id >>> 0, buffer);
    }

    readUint32() {
        return native.readInteger(this.#reader, false);
    }

    readUint64() {
        return native.readInteger(this.#reader, true);
    }

    readDouble() {
        return native.readDouble(this.#reader);
    }

    _readRawBytes(length) {
        return native.readRaw(this.#reader, +length);
    }
}

module.exports = { __proto__: null, Deserializer, Serializer };
