'use strict';

/*
 * Message ports within a context: what is posted is copied at once and told to
 * the other end in an immediate, which holds the invocation that has posted
 * it.  A port that only listens holds none: what could still come is on its
 * way by then.
 */

const {
    ArrayPrototypeIndexOf,
    ArrayPrototypePush,
    ArrayPrototypeSplice,
    Error,
    Map,
    MapPrototypeDelete,
    MapPrototypeGet,
    MapPrototypeSet,
    ObjectDefineProperty,
    ObjectSetPrototypeOf,
    ReflectApply,
    SymbolFor,
    SymbolIterator,
    TypeError,
} = intrinsics;

const { nodeError } = require('lib/errors');
const { internalBinding } = require('node/realm');

const { handle_onclose, no_message_symbol, oninit }
    = internalBinding('symbols');

const native = binding('node/messaging');

const kHybridDispatch = SymbolFor('nodejs.internal.kHybridDispatch');
const kCurrentlyReceivingPorts
    = SymbolFor('nodejs.internal.kCurrentlyReceivingPorts');

/* One end: it stays when the port that shows it is transferred. */

class End {
    /* { value, ports }; null: the other end has closed */
    queue = [];

    /* ends that get what is posted here: one, or those of a name */
    others = [];

    port = null;
}

/* name -> ends of the broadcast channels of that name */
const channels = new Map();

class Carrier {
    constructor(object) {
        return object;
    }
}

let bind, endOf, isPort, take;

/* private fields of the objects that V8 asks about when it copies them */

class PortFields extends Carrier {
    #end;
    #receiving = false;
    #refed = false;
    #closing = false;

    static {
        isPort = (object) => {
            return typeof object === 'object' && object !== null
                   && #end in object;
        };

        bind = (object, end) => {
            const port = new PortFields(object);

            port.#end = end;
            end.port = port;
            port[oninit]?.();

            return port;
        };

        endOf = (port) => {
            return port.#closing ? null : port.#end;
        };

        /* its end goes on to another port */
        take = (port) => {
            const end = port.#end;

            end.port = null;
            port.#end = null;
            later(port);

            return end;
        };
    }

    static setReceiving(port, value) {
        port.#receiving = value;

        const end = port.#end;

        if (value && end !== null) {
            for (let i = 0; i < end.queue.length; i++) {
                schedule(end);
            }
        }
    }

    static isReceiving(port) {
        return port.#receiving;
    }

    static setRefed(port, value) {
        port.#refed = value;
    }

    static isRefed(port) {
        return port.#end === null ? undefined : port.#refed;
    }

    static close(port) {
        const end = port.#end;

        if (end === null || port.#closing) {
            return;
        }

        port.#closing = true;

        require('run/timers').setImmediate(() => {
            port.#end = null;
            disentangle(end);
            port[handle_onclose]?.();
        });
    }
}

function remove(list, item) {
    const index = ArrayPrototypeIndexOf(list, item);

    if (index !== -1) {
        ArrayPrototypeSplice(list, index, 1);
    }
}

/* a port whose end is gone has ended */

function later(port) {
    require('run/timers').setImmediate(() => {
        port[handle_onclose]?.();
    });
}

function disentangle(end) {
    const { others, channel } = end;

    end.port = null;
    end.queue = [];

    if (channel !== undefined) {
        remove(others, end);

        if (others.length === 0) {
            MapPrototypeDelete(channels, channel);
        }

        return;
    }

    for (let i = 0; i < others.length; i++) {
        remove(others[i].others, end);
        push(others[i], null);
    }
}

function schedule(end) {
    require('run/timers').setImmediate(deliver, end);
}

function push(end, message) {
    ArrayPrototypePush(end.queue, message);

    if (end.port !== null
        && (message === null || PortFields.isReceiving(end.port)))
    {
        schedule(end);
    }
}

/* the next message of an end, whose port may have stopped meanwhile */

function next(end, forced) {
    const { port, queue } = end;

    if (port === null || queue.length === 0) {
        return undefined;
    }

    if (queue[0] === null) {
        ArrayPrototypeSplice(queue, 0, 1);
        PortFields.close(port);
        return undefined;
    }

    return forced || PortFields.isReceiving(port)
           ? ArrayPrototypeSplice(queue, 0, 1)[0] : undefined;
}

function deliver(end) {
    const { port } = end;
    const message = next(end, false);

    if (message !== undefined
        && typeof port[kHybridDispatch] === 'function')
    {
        port[kCurrentlyReceivingPorts] = message.ports;
        port[kHybridDispatch](message.value, 'message', undefined);
    }
}

function makePort(end) {
    return bind(ObjectSetPrototypeOf(native.carrier(), MessagePort.prototype),
                end);
}

/* what has gone over: the port whose end was that of another one */

function move(port) {
    return makePort(take(port));
}

function isDetached(port) {
    return endOf(port) === null;
}

/* the elements of an iterable, or undefined: it is none */

function listOf(value) {
    if (typeof value !== 'object' || value === null
        || typeof value[SymbolIterator] !== 'function')
    {
        return undefined;
    }

    const list = [];
    const iterator = ReflectApply(value[SymbolIterator], value, []);
    const next = iterator?.next;

    if (typeof next !== 'function') {
        return undefined;
    }

    for (let step = ReflectApply(next, iterator, []); !step.done;
         step = ReflectApply(next, iterator, []))
    {
        ArrayPrototypePush(list, step.value);
    }

    return list;
}

function notIterable(name) {
    return nodeError(TypeError, 'ERR_INVALID_ARG_TYPE',
                     `Optional ${name} argument must be an iterable`,
                     notIterable);
}

function transferList(options) {
    if (options === undefined || options === null) {
        return [];
    }

    if (typeof options !== 'object') {
        throw notIterable('transferList');
    }

    const list = listOf(options);

    if (list !== undefined) {
        return list;
    }

    const { transfer } = options;

    if (transfer === undefined) {
        return [];
    }

    const given = listOf(transfer);

    if (given === undefined) {
        throw notIterable('options.transfer');
    }

    return given;
}

function MessagePort() {
    throw nodeError(TypeError, 'ERR_CONSTRUCT_CALL_INVALID',
                    'Constructor cannot be called', MessagePort);
}

class Methods {
    postMessage(value, options) {
        if (arguments.length === 0) {
            throw nodeError(TypeError, 'ERR_MISSING_ARGS', 'Not enough '
                            + 'arguments to MessagePort.postMessage',
                            this.postMessage);
        }

        const { copy } = require('node/transfer');
        const list = transferList(options);

        if (!isPort(this)) {
            throw new TypeError('Illegal invocation');
        }

        const target = endOf(this)?.others[0]?.port;
        const message = copy(value, list, this);
        const end = endOf(this);

        if (end === null) {
            return undefined;
        }

        const { others } = end;
        let given = false;

        if (target && others.length !== 0 && end.channel === undefined
            && others[0].port !== null && others[0].port !== target)
        {
            require('process/process').process.emitWarning(
                'The target port was posted to itself, and the communication '
                + 'channel was lost');
            PortFields.close(others[0].port);
            return true;
        }

        for (let i = 0; i < others.length; i++) {
            /* each of several gets a copy of its own */
            if (others[i] !== end) {
                push(others[i], given ? copy(message.value, [], undefined)
                                : message);
                given = true;
            }
        }

        return true;
    }

    start() {
        if (isPort(this)) {
            PortFields.setReceiving(this, true);
        }
    }

    close() {
        if (isPort(this)) {
            PortFields.close(this);
        }
    }

    ref() {
        if (isPort(this)) {
            PortFields.setRefed(this, true);
        }
    }

    unref() {
        if (isPort(this)) {
            PortFields.setRefed(this, false);
        }
    }

    hasRef() {
        if (!isPort(this)) {
            throw new TypeError('Illegal invocation');
        }

        return PortFields.isRefed(this);
    }
}

MessagePort.prototype = Methods.prototype;

ObjectDefineProperty(Methods.prototype, 'constructor', {
    __proto__: null,
    value: MessagePort,
    writable: true,
    configurable: true,
});

function MessageChannel() {
    if (new.target === undefined) {
        throw nodeError(TypeError, 'ERR_CONSTRUCT_CALL_REQUIRED', 'Class '
                        + 'constructor MessageChannel cannot be invoked '
                        + 'without `new`', MessageChannel);
    }

    /* the classes of events that a port is of are Node's */
    require('node/realm').load('internal/worker/io');

    const first = new End();
    const second = new End();

    ArrayPrototypePush(first.others, second);
    ArrayPrototypePush(second.others, first);

    this.port1 = makePort(first);
    this.port2 = makePort(second);
}

function broadcastChannel(name) {
    const end = new End();
    let ends = MapPrototypeGet(channels, name);

    if (ends === undefined) {
        MapPrototypeSet(channels, name, ends = []);
    }

    ArrayPrototypePush(ends, end);
    end.others = ends;
    end.channel = name;

    return makePort(end);
}

function receiveMessageOnPort(port) {
    if (!isPort(port)) {
        throw nodeError(TypeError, 'ERR_INVALID_ARG_TYPE', 'The "port" '
                        + 'argument must be a MessagePort instance',
                        receiveMessageOnPort);
    }

    const end = endOf(port);

    const message = end === null ? undefined : next(end, true);

    return message === undefined ? no_message_symbol : message.value;
}

function stopMessagePort(port) {
    if (isPort(port)) {
        PortFields.setReceiving(port, false);
    }
}

function moveMessagePortToContext(port) {
    if (isPort(port) && endOf(port) === null) {
        throw nodeError(Error, 'ERR_CLOSED_MESSAGE_PORT', 'Cannot send data '
                        + 'on closed MessagePort', moveMessagePortToContext);
    }

    throw nodeError(TypeError, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM',
                    'There is no other context', moveMessagePortToContext);
}

module.exports = {
    __proto__: null,
    MessageChannel,
    MessagePort,
    broadcastChannel,
    isDetached,
    isPort,
    move,
    moveMessagePortToContext,
    receiveMessageOnPort,
    stopMessagePort,
};
