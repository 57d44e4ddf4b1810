'use strict';

/*
 * http.IncomingMessage and http.ServerResponse for what is no request and no
 * response of an invocation are Node's own.  Their prototypes get the members
 * of our classes, which serve objects of ours, and leave all others to Node's:
 * applications give req and res prototypes that are made upon these, as Express
 * does, or constructs its own objects, as light-my-request does.
 */

const {
    ObjectDefineProperty,
    ObjectPrototypeHasOwnProperty,
    ObjectSetPrototypeOf,
    ReflectApply,
    ReflectGetOwnPropertyDescriptor,
    ReflectGetPrototypeOf,
    ReflectOwnKeys,
} = intrinsics;

const { Emitter } = require('lib/emitter');
const { define } = require('lib/errors');
const incoming = require('http/incoming');
const { Request } = require('http/request');
const { STREAM_MEMBERS, join, joinRequests } = require('http/request-stream');
const outgoing = require('http/outgoing');

const { invocationOf } = incoming;
const { ServerResponse } = outgoing;

/* of a request that is no stream yet, members of a stream are ours */

function isOurs(object) {
    return invocationOf(object) !== undefined;
}

function isPlain(object) {
    return invocationOf(object) !== undefined
           && !ObjectPrototypeHasOwnProperty(object, '_readableState');
}

function isResponse(object) {
    return outgoing.invocationOf(object) !== undefined;
}

/* a descriptor that inherits nothing, of the object or what it is upon */

function find(object, key) {
    while (object !== null) {
        const descriptor = ReflectGetOwnPropertyDescriptor(object, key);

        if (descriptor !== undefined) {
            return ObjectSetPrototypeOf(descriptor, null);
        }

        object = ReflectGetPrototypeOf(object);
    }

    return undefined;
}

/* what a descriptor says, of an object whose own property is not asked for */

function read(descriptor, object) {
    return descriptor === undefined ? undefined
           : descriptor.get !== undefined
             ? ReflectApply(descriptor.get, object, []) : descriptor.value;
}

function write(descriptor, object, key, value) {
    if (descriptor?.set !== undefined) {
        ReflectApply(descriptor.set, object, [value]);
    } else {
        define(object, key, value);
    }
}

/* a member of both: `ours` says which of the two descriptors is meant */

function add(prototype, key, is, ours) {
    const nodes = find(prototype, key);
    const enumerable = ObjectPrototypeHasOwnProperty(prototype, key)
                       && nodes.enumerable;

    if (typeof ours.value === 'function'
        && (nodes === undefined || typeof nodes.value === 'function'))
    {
        const both = {
            __proto__: null,
            [key](...args) {
                return ReflectApply(is(this) || nodes === undefined
                                    ? ours.value : nodes.value, this, args);
            },
        };

        ObjectDefineProperty(prototype, key, {
            __proto__: null,
            value: both[key],
            writable: true,
            enumerable,
            configurable: true,
        });

        return;
    }

    ObjectDefineProperty(prototype, key, {
        __proto__: null,
        get() {
            return read(is(this) ? ours : nodes, this);
        },
        set(value) {
            write(is(this) ? ours : nodes, this, key, value);
        },
        enumerable,
        configurable: true,
    });
}

function addAll(prototype, from, choose) {
    const keys = ReflectOwnKeys(from);

    for (let i = 0; i < keys.length; i++) {
        if (keys[i] !== 'constructor') {
            add(prototype, keys[i], choose(keys[i]),
                find(from, keys[i]));
        }
    }
}

function ofStream(key) {
    for (let i = 0; i < STREAM_MEMBERS.length; i++) {
        if (STREAM_MEMBERS[i] === key) {
            return isPlain;
        }
    }

    return isOurs;
}

/*
 * Node's class is left as it is, since some of its members are fixed: the one
 * that is exported is upon it.
 */

function joinIncoming(original) {
    function IncomingMessage(socket) {
        ReflectApply(original, this, [socket]);
    }

    const { prototype } = IncomingMessage;

    ObjectSetPrototypeOf(prototype, original.prototype);
    ObjectSetPrototypeOf(IncomingMessage, ReflectGetPrototypeOf(original));

    addAll(prototype, Emitter.prototype, () => isPlain);
    addAll(prototype, incoming.IncomingMessage.prototype, ofStream);

    add(prototype, 'originalUrl', isOurs,
        find(Request.prototype, 'originalUrl'));

    /* Express 4 saw that there is one before it changes the prototype */
    add(prototype, 'query', (object) => invocationOf(object)?.bare === false,
        find(Request.prototype, 'query'));

    joinRequests(prototype);

    return IncomingMessage;
}

/* the parts of Node's own that middleware uses */

const PARTS = {
    __proto__: null,

    get _header() {
        return outgoing.invocationOf(this).headSent ? 'HTTP/1.1' : null;
    },

    get _headerSent() {
        return outgoing.invocationOf(this).headSent;
    },

    _implicitHeader() {
        this.seal();
    },

    writeHeader(...args) {
        return ReflectApply(this.writeHead, this, args);
    },
};

function joinOutgoing(prototype) {
    addAll(prototype, Emitter.prototype, () => isResponse);
    addAll(prototype, ServerResponse.prototype, () => isResponse);
    addAll(prototype, PARTS, () => isResponse);
    join(ServerResponse.prototype, prototype);
}

/*
 * What a package takes from http.OutgoingMessage to get round those that have
 * been put over a response's own, as cookies does.
 */

const OF_HEADERS = ['appendHeader', 'getHeader', 'getHeaderNames',
                    'getHeaders', 'hasHeader', 'removeHeader', 'setHeader'];

function joinHeaders(prototype) {
    for (let i = 0; i < OF_HEADERS.length; i++) {
        add(prototype, OF_HEADERS[i], isResponse,
            find(ServerResponse.prototype, OF_HEADERS[i]));
    }
}

module.exports = { __proto__: null, joinHeaders, joinIncoming, joinOutgoing };
