'use strict';

/*
 * The realm of Node's own library: its modules, evaluated in this context
 * when they are first asked for, and the internalBinding() that they are
 * given.  Files of src/js/node/lib stand in for Node's of the same name.
 *
 * A binding is made of the native functions that C has registered as
 * "node/<name>" and of what src/js/node/bindings/<name>.js exports.
 */

const {
    Error,
    ObjectDefineProperty,
    ObjectSetPrototypeOf,
    ReflectApply,
    ReflectGetOwnPropertyDescriptor,
    ReflectOwnKeys,
    TypeError,
    TypedArrayPrototypeGetLength,
} = intrinsics;

const { compile } = require('host');
const { templateFor } = require('node/template');

const native = binding('module');

/* id -> exports, as far as they were asked for */
const modules = { __proto__: null };

/* id -> the module that is being evaluated */
const unfinished = { __proto__: null };

const bindings = { __proto__: null };

/*
 * Node's frozen copies of the language's own objects. at() is not there yet
 * when V8 10.2 makes a snapshot.
 */

const primordials = {
    TypedArrayPrototypeAt(array, index) {
        return array[index < 0 ? TypedArrayPrototypeGetLength(array) + index
                     : index];
    },
};

let process;
let ready = false;

/* ids for which a function has asked */
const asked = { __proto__: null };

function internalBinding(name) {
    const known = bindings[name];

    if (known !== undefined) {
        return known;
    }

    const members = binding(`node/${name}`, true);
    const file = compile(`node/bindings/${name}`);

    if (file !== undefined) {
        const module = { __proto__: null, exports: { __proto__: null } };

        bindings[name] = members;
        file(module.exports, require, module, binding, intrinsics);

        const names = ReflectOwnKeys(module.exports);

        for (let i = 0; i < names.length; i++) {
            const descriptor = ReflectGetOwnPropertyDescriptor(
                module.exports, names[i]);

            /* it inherits nothing that a function may have changed */
            ObjectSetPrototypeOf(descriptor, null);
            ObjectDefineProperty(members, names[i], descriptor);
        }

    } else if (ReflectOwnKeys(members).length === 0) {
        throw new Error(`No such binding: ${name}`);
    }

    bindings[name] = members;

    return members;
}

function evaluate(id, module) {
    const file = compile(id, true);

    if (file === undefined) {
        throw new TypeError(`Missing internal module '${id}'`);
    }

    let get = requireInternal;
    let bindingFor = internalBinding;

    switch (id) {
    case 'internal/http':
    case 'internal/perf/observe':
        get = requireLasting;
        break;

    case 'internal/abort_controller':
        get = require('node/signals').requireOf(get);
        break;

    case '_tls_common':
    case '_tls_wrap':
    case 'internal/tls/secure-context':
    case 'tls':
        get = require('node/seldom').requireOf(id, get);
        bindingFor = require('node/seldom').bindingOf(bindingFor);
    }

    ReflectApply(file, undefined, [module.exports, get, module, process,
                                   bindingFor, primordials]);
}

/*
 * Node's library asks for a realm of its own by its vm, which is the
 * functions'.
 */

function requireInternal(id) {
    return provide(id === 'vm' ? 'internal/own_realm' : id);
}

/*
 * Some keep what a timer is to change, as the date of this second. A timer of
 * the invocation that has set it might never do so.
 */

function requireLasting(id) {
    const exports = requireInternal(id);

    if (id !== 'timers' && id !== 'internal/timers') {
        return exports;
    }

    const { outlast } = require('run/invocation');
    const { setImmediate, setUnrefTimeout } = exports;

    return {
        __proto__: null,
        setImmediate: (callback) => outlast(setImmediate, callback),
        setUnrefTimeout: (callback, after) => outlast(setUnrefTimeout, callback,
                                                      after),
    };
}

/*
 * What is done with a module that was loaded: what Node's bootstrap does, and
 * process, req and res, which are ours, become what they are in Node.
 */

const LOADED = {
    '__proto__': null,

    'internal/buffer'({ FastBuffer }) {
        internalBinding('buffer').setBufferPrototype(FastBuffer.prototype);
    },

    'events'({ prototype }) {
        ObjectSetPrototypeOf(require('lib/emitter').Emitter.prototype,
                             prototype);
    },

    /* nothing is what an empty one gives: undici waits for more than that */
    'internal/blob'({ Blob: { prototype } }) {
        const { stream } = prototype;
        const empty = {
            __proto__: null,

            stream() {
                if (this.size !== 0) {
                    return ReflectApply(stream, this, []);
                }

                const { ReadableStream } = provide(
                    'internal/webstreams/readablestream');

                return new ReadableStream({
                    __proto__: null,
                    start: (controller) => controller.close(),
                });
            },
        };

        prototype.stream = empty.stream;
        require('node/later').addBytes(prototype);
    },

    'internal/abort_controller'(exports) {
        require('node/signals').settle(exports,
                                       provide('internal/event_target'));
    },

    'internal/url'({ URL }) {
        require('node/later').addParse(URL);
    },

    'internal/webstreams/readablestream'({ ReadableStream }) {
        require('node/later').addFrom(ReadableStream);
    },

    'internal/streams/readable'({ prototype }) {
        require('http/request-stream').joinRequests(prototype);
    },

    '_http_agent'({ Agent }) {
        require('node/lot').join(Agent);
    },

    '_http_incoming'(exports) {
        exports.IncomingMessage
            = require('http/join').joinIncoming(exports.IncomingMessage);
    },

    '_http_outgoing'({ OutgoingMessage }) {
        require('http/join').joinHeaders(OutgoingMessage.prototype);
    },

    '_http_server'({ Server, ServerResponse }) {
        require('http/join').joinOutgoing(ServerResponse.prototype);
        require('run/served').record(Server.prototype);
    },

    'https'({ Agent, Server }) {
        require('node/tls-context').keepApart(Agent.prototype);
        require('node/lot').makes(Agent.prototype);
        require('run/served').record(Server.prototype);
    },

    'tls'({ checkServerIdentity }) {
        require('node/tls-context').setIdentityCheck(checkServerIdentity);
    },

    'net'({ Server }) {
        require('run/served').refuse(Server.prototype);
    },
};

function provide(id) {
    const known = modules[id] ?? unfinished[id]?.exports;

    if (known !== undefined) {
        return known;
    }

    const module = { __proto__: null, id, exports: {} };

    unfinished[id] = module;

    try {
        evaluate(id, module);

        if (LOADED[id] !== undefined) {
            LOADED[id](module.exports);
        }

        return modules[id] = module.exports;

    } finally {
        delete unfinished[id];
    }
}

function prepare() {
    if (ready) {
        return;
    }

    ({ process } = require('node/process'));

    require('boot/pristine').within(() => {
        evaluate('internal/per_context/primordials', { exports: {} });
    });

    const errors = requireInternal('internal/errors');

    /*
     * It has looked for OpenSSL. Who asks later wants to know whether there can
     * be a KeyObject, and would load crypto for that.
     */
    requireInternal('internal/util');
    process.versions.openssl = undefined;

    ready = true;
    internalBinding('errors').setPrepareStackTraceCallback(
        errors.prepareStackTrace);
    requireInternal('internal/util/debuglog').initializeDebugEnv('');
}

/* for a template that holds these modules */

function fill(ids) {
    prepare();

    for (let i = 0; i < ids.length; i++) {
        requireInternal(ids[i]);
    }

    require('node/settle').settle(modules);
}

/* a module for a function; C is told what template would have had it */

function load(id) {
    if (asked[id] === undefined) {
        asked[id] = true;
        native.need(templateFor(id));
    }

    prepare();

    return provide(id);
}

/* DOMException, which Node evaluates apart from its modules */

let exception;

function domException() {
    if (exception === undefined) {
        const module = { __proto__: null, exports: {} };

        evaluate('internal/per_context/domexception', module);
        exception = module.exports.DOMException;
    }

    return exception;
}

module.exports = {
    __proto__: null,
    domException,
    fill,
    internalBinding,
    load,
    primordials,
};
