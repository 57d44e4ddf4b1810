'use strict';

/*
 * Copies of values, with what structured cloning knows nothing of: ports, and
 * the objects of Node's library that tell by its symbols what they consist of,
 * when they are copied or transferred.  V8 asks for each of these, as they are
 * carriers (see bindings/messaging.js), and has them in the copy when all the
 * rest is there: before that nothing is transferred.
 */

const {
    ArrayPrototypeIndexOf,
    ArrayPrototypePush,
    Error,
    ObjectKeys,
    StringPrototypeIndexOf,
    StringPrototypeSlice,
    TypeError,
} = intrinsics;

const { nodeError } = require('lib/errors');
const { isDetached, isPort, move } = require('node/ports');
const { internalBinding, load } = require('node/realm');
const { clone, dataCloneError, unlisted } = internalBinding('messaging');
const { isArrayBuffer } = internalBinding('types');

const {
    messaging_clone_symbol: kClone,
    messaging_deserialize_symbol: kDeserialize,
    messaging_transfer_symbol: kTransfer,
    messaging_transfer_list_symbol: kTransferList,
} = internalBinding('symbols');

const { untransferable_object_private_symbol: untransferable }
    = internalBinding('util').privateSymbols;

const native = binding('node/messaging');

/* who makes an object that is filled with what the other one consisted of */

const MAKERS = [
    'internal/abort_controller:ClonedAbortSignal',
    'internal/blob:ClonedBlob',
    'internal/blocklist:InternalBlockList',
    'internal/crypto/keys:InternalCryptoKey',
    'internal/crypto/x509:InternalX509Certificate',
    'internal/fs/promises:FileHandle',
    'internal/histogram:internalHistogram',
    'internal/histogram:internalRecordableHistogram',
    'internal/socketaddress:InternalSocketAddress',
    'internal/webstreams/readablestream:TransferredReadableStream',
    'internal/webstreams/transfer:InternalCloneableDOMException',
    'internal/webstreams/transformstream:TransferredTransformStream',
    'internal/webstreams/writablestream:TransferredWritableStream',
];

function isObject(value) {
    return (typeof value === 'object' && value !== null)
           || typeof value === 'function';
}

function has(object, symbol) {
    return typeof object[symbol] === 'function';
}

function make(name) {
    if (ArrayPrototypeIndexOf(MAKERS, name) === -1) {
        throw new Error(`Unknown deserialize spec ${name}`);
    }

    const colon = StringPrototypeIndexOf(name, ':');
    const Made = load(StringPrototypeSlice(name, 0, colon))
                     [StringPrototypeSlice(name, colon + 1)];

    return new Made();
}

class Copy {
    /* those of the transfer list, and what these bring with them */
    #listed;

    /* what each that is copied consists of */
    #cloned = [];

    #made = [];

    constructor(listed) {
        this.#listed = listed;
    }

    host(object) {
        const at = ArrayPrototypeIndexOf(this.#listed, object);

        if (at !== -1) {
            return at;
        }

        if (isPort(object) || (has(object, kTransfer) && !has(object, kClone)))
        {
            unlisted();
        }

        if (!has(object, kClone)) {
            throw dataCloneError('Cannot clone object of unsupported type.');
        }

        ArrayPrototypePush(this.#cloned, object[kClone]());

        return this.#listed.length + this.#cloned.length - 1;
    }

    ready() {
        const parts = [];

        for (let i = 0; i < this.#listed.length; i++) {
            const object = this.#listed[i];

            /* a getter may have taken it */

            if (isPort(object) && isDetached(object)) {
                throw detached();
            }

            ArrayPrototypePush(parts, isPort(object)
                               ? { __proto__: null, port: object }
                               : has(object, kTransfer) ? object[kTransfer]()
                                 : object[kClone]());
        }

        for (let i = 0; i < this.#cloned.length; i++) {
            ArrayPrototypePush(parts, this.#cloned[i]);
        }

        for (let i = 0; i < parts.length; i++) {
            const { port, make: own, deserializeInfo } = parts[i];

            ArrayPrototypePush(this.#made, deserializeInfo !== undefined
                               ? make(deserializeInfo)
                               : own !== undefined ? own() : move(port));
        }

        for (let i = 0; i < parts.length; i++) {
            const { deserializeInfo, data } = parts[i];

            if (deserializeInfo !== undefined) {
                this.#made[i][kDeserialize](this.#dataOf(data));
            }
        }

        return this.#made;
    }

    /* a handle never changes: it may be that of both */

    #dataOf(data) {
        const names = ObjectKeys(data);
        const copied = { __proto__: null };

        for (let i = 0; i < names.length; i++) {
            const value = data[names[i]];
            const at = ArrayPrototypeIndexOf(this.#listed, value);

            copied[names[i]] = at !== -1 ? this.#made[at]
                               : isObject(value) && names[i] !== 'handle'
                                 ? clone(value) : value;
        }

        return copied;
    }

    get ports() {
        const ports = [];

        for (let i = 0; i < this.#made.length; i++) {
            if (isPort(this.#made[i])) {
                ArrayPrototypePush(ports, this.#made[i]);
            }
        }

        return ports;
    }
}

function detached() {
    return dataCloneError('MessagePort in transfer list is already detached');
}

/* whether an item of the list is a buffer; throws if it may not be there */

function isBuffer(item, known, source) {
    if (isArrayBuffer(item)) {
        return true;
    }

    if (item === source && source !== undefined) {
        throw dataCloneError('Transfer list contains source port');
    }

    if (isPort(item)) {
        if (isDetached(item)) {
            throw detached();
        }

    } else if (!native.isCarrier(item)
               || !(has(item, kTransfer) || has(item, kClone)))
    {
        throw nodeError(TypeError, 'ERR_INVALID_TRANSFER_OBJECT',
                        'Found invalid object in transferList', isBuffer);
    }

    if (ArrayPrototypeIndexOf(known, item) !== -1) {
        throw dataCloneError('Transfer list contains duplicate '
                             + item.constructor.name);
    }

    return false;
}

/*
 * A copy of a value, and the ports that came with it.  "source" is the port
 * that posts it, or undefined.
 */

function copy(value, list, source) {
    const buffers = [];
    const listed = [];

    for (let i = 0; i < list.length; i++) {
        const item = list[i];

        /* one that was marked stays: a port is then none of the list */
        if (!isObject(item) || !item[untransferable]) {
            ArrayPrototypePush(isBuffer(item, listed, source) ? buffers
                               : listed, item);
        }
    }

    for (let i = 0; i < listed.length; i++) {
        const more = has(listed[i], kTransferList) ? listed[i][kTransferList]()
                     : [];

        for (let j = 0; j < more.length; j++) {
            ArrayPrototypePush(listed, more[j]);
        }
    }

    const others = new Copy(listed);

    const result = native.clone(value, buffers, dataCloneError,
                                (object) => others.host(object),
                                () => others.ready());

    return { value: result, ports: others.ports };
}

module.exports = { __proto__: null, Copy, copy };
