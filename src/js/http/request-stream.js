'use strict';

/*
 * A request as a stream of Node's: it becomes one, with all its listeners,
 * when a member of a stream is used for the first time.  The pieces of the
 * body are Buffers of 64 KiB at most, and from the second on each has a
 * macrotask of its own.
 */

const {
    ObjectDefineProperty,
    ObjectSetPrototypeOf,
    ReflectApply,
    ReflectGetOwnPropertyDescriptor,
    ReflectGetPrototypeOf,
    ReflectOwnKeys,
    SymbolAsyncIterator,
    TypedArrayPrototypeGetLength,
} = intrinsics;

const { Emitter, takeListeners } = require('lib/emitter');
const { setImmediate } = require('run/timers');

const { BODY_STREAMED } = require('run/constants');

const native = binding('invocation');

const PIECE = 65536;

/* members that are Node's from then on */

const STREAM_MEMBERS = [
    'addListener', 'destroy', 'destroyed', 'isPaused', 'on', 'once', 'pause',
    'pipe', 'read', 'readable', 'readableEncoding', 'readableEnded',
    'readableFlowing', 'resume', 'setEncoding', 'unpipe', 'unshift',
    '_readableState', SymbolAsyncIterator,
];

function isLeft(key) {
    for (let i = 0; i < STREAM_MEMBERS.length; i++) {
        if (STREAM_MEMBERS[i] === key) {
            return true;
        }
    }

    return false;
}

/* the members of `from`, down to those of emitters, upon a readable */

function prototypeOf(from, readable, top) {
    const result = from === top ? { __proto__: readable }
                   : prototypeOf(ReflectGetPrototypeOf(from), readable, top);
    const keys = ReflectOwnKeys(from);

    for (let i = 0; i < keys.length; i++) {
        if (!isLeft(keys[i])) {
            const descriptor = ReflectGetOwnPropertyDescriptor(from, keys[i]);

            ObjectSetPrototypeOf(descriptor, null);
            ObjectDefineProperty(result, keys[i], descriptor);
        }
    }

    return result;
}

/* Node's class that requests are instances of */
let base;

/* one for each prototype that requests have */
const made = [];

function streamPrototype(from, readable, top) {
    for (let i = 0; i < made.length; i += 2) {
        if (made[i] === from) {
            return made[i + 1];
        }
    }

    const result = prototypeOf(from, readable, top);

    made[made.length] = from;
    made[made.length] = result;

    return result;
}

function reader(request, invocation) {
    const length = invocation.released ? 0
                   : native.bodyLength(invocation.id);
    let offset = 0;

    if (length === BODY_STREAMED) {
        return streamer(request, invocation);
    }

    function next() {
        if (invocation.released || offset >= length) {
            request.push(null);
            return;
        }

        const bytes = native.bodyRead(invocation.id, offset, PIECE);
        const size = TypedArrayPrototypeGetLength(bytes);

        offset = size === 0 ? length : offset + size;
        request.push(size === 0 ? null
                     : require('node/buffer-prototype').give(bytes));
    }

    return () => {
        if (offset === 0 || offset >= length) {
            next();
        } else {
            setImmediate(next);
        }
    };
}

function streamer(request, invocation) {
    const { ask, cutOff } = require('http/body-pieces');

    function take(bytes) {
        if (bytes === undefined) {
            request.destroy(request.listenerCount('error') !== 0 ? cutOff()
                            : undefined);
            return;
        }

        request.push(bytes === null ? null
                     : require('node/buffer-prototype').give(bytes));
    }

    return () => ask(invocation, take);
}

function isUpon(object, top) {
    while (object !== null && object !== top) {
        object = ReflectGetPrototypeOf(object);
    }

    return object === top;
}

/* An application may have given it a prototype that is upon Node's. */

function adopt(request, top) {
    const from = ReflectGetPrototypeOf(request);

    if (isUpon(from, top)) {
        ObjectSetPrototypeOf(request, streamPrototype(from, base, top));
    }
}

function become(request, invocation, top) {
    const { Readable } = require('node/realm').load('stream');
    const { prototype } = Readable;
    const listeners = takeListeners(request);

    adopt(request, top);

    const read = reader(request, invocation);

    ReflectApply(Readable, request, [{
        __proto__: null,
        highWaterMark: PIECE,
        read() {
            if (invocation.finished && !request._consumed) {
                request.push(null);
            } else {
                request._consumed = true;
                read();
            }
        },
        destroy,
    }]);

    for (let i = 0; i < listeners.length; i += 3) {
        ReflectApply(listeners[i + 2] ? prototype.once : prototype.on,
                     request, [listeners[i], listeners[i + 1]]);
    }
}

function destroy(error, callback) {
    callback(error);
}

/* once the library has a class, all that is made by ours is an instance of it */

function join(top, prototype) {
    const bridge = { __proto__: prototype };
    const keys = ReflectOwnKeys(Emitter.prototype);

    for (let i = 0; i < keys.length; i++) {
        const descriptor = ReflectGetOwnPropertyDescriptor(Emitter.prototype,
                                                           keys[i]);

        ObjectSetPrototypeOf(descriptor, null);
        ObjectDefineProperty(bridge, keys[i], descriptor);
    }

    ObjectSetPrototypeOf(top, bridge);
}

function joinRequests(prototype) {
    base = prototype;
    join(require('http/incoming').IncomingMessage.prototype, prototype);
}

module.exports = {
    __proto__: null,
    STREAM_MEMBERS,
    adopt,
    become,
    join,
    joinRequests,
};
