'use strict';

/*
 * Keep-alive over contexts: what an Agent does with a connection that C has to
 * know of.  One that waits for its next request while its context ends goes to
 * the lot of C, where the next context of the function finds it
 * (engine/isolate/ngx_invoke_lot.h).
 *
 * Only connections that an Agent has made itself are for the lot, in the way
 * of Node's own, and those of TLS whose server is to be the right one.
 */

const {
    ArrayIsArray,
    ArrayPrototypePush,
    JSONStringify,
    NumberParseInt,
    ReflectApply,
    RegExpPrototypeExec,
    StringPrototypeToLowerCase,
} = intrinsics;

const { holderOf } = require('node/handles');
const { internalBinding } = require('node/realm');

const native = binding('lot');

/* ms that one may wait whose server does not say how long, and how much
 * earlier it is given up where it does */
const IDLE = 4000;
const EARLIER = 1000;

const NAME = 'keep-alive';
const TIMEOUT = /(?:^|[\s,;])timeout=(\d{1,9})/i;

/* what makes a connection another one, or another's */
const OWN = ['createConnection', 'localAddress', 'localPort', 'lookup',
             'socketPath'];

/* what Agents have for making one */
const makers = [];

function isOwn(agent, options) {
    const { options: always, createConnection } = agent;

    for (let i = 0; i < OWN.length; i++) {
        if (options[OWN[i]] || always?.[OWN[i]]) {
            return true;
        }
    }

    for (let i = 0; i < makers.length; i++) {
        if (createConnection === makers[i]) {
            return false;
        }
    }

    return true;
}

function handleOf(socket) {
    const handle = socket?._handle;

    return typeof handle === 'object' && handle !== null
           && holderOf(handle) !== undefined ? handle : undefined;
}

/* a connection that is about to be made for a request of an agent */

function want(agent, req, socket, options) {
    const handle = handleOf(socket);

    if (handle === undefined || !agent.keepAlive || isOwn(agent, options)) {
        return;
    }

    const what = socket.encrypted === true
                 ? internalBinding('tls_wrap').placeOf(handle)
                 : JSONStringify([`${options.host}`, `${options.port}`]);

    if (what === undefined || !native.want(holderOf(handle), what)) {
        return;
    }

    /* its server may close one that has waited in the very moment: who sends
     * the request again then looks at this, as for the agent's own */

    socket.once('connect', () => {
        if (native.waited(holderOf(handle))) {
            req.reusedSocket = true;
        }
    });
}

/* how long a server keeps what waits: "Keep-Alive: timeout=5" */

function patience(response) {
    const headers = response?.rawHeaders;

    if (!ArrayIsArray(headers)) {
        return IDLE;
    }

    for (let i = 0; i + 1 < headers.length; i += 2) {
        const name = `${headers[i]}`;

        if (name.length === NAME.length
            && StringPrototypeToLowerCase(name) === NAME)
        {
            const match = RegExpPrototypeExec(TIMEOUT, `${headers[i + 1]}`);

            if (match !== null) {
                return NumberParseInt(match[1], 10) * 1000 - EARLIER;
            }
        }
    }

    return IDLE;
}

/* a connection waits from now on; `response` came by it */

function idle(socket, response) {
    const handle = handleOf(socket);

    if (handle !== undefined) {
        native.idle(holderOf(handle), patience(response));
    }
}

/* Node's Agent, once it was loaded */

function join({ prototype }) {
    const { createSocket, keepSocketAlive } = prototype;

    const joined = {
        __proto__: null,

        createSocket(req, options, cb) {
            ReflectApply(createSocket, this, [req, options, (err, socket) => {
                if (!err) {
                    want(this, req, socket, options);
                }

                cb(err, socket);
            }]);
        },

        keepSocketAlive(socket) {
            const result = ReflectApply(keepSocketAlive, this, [socket]);

            if (result) {
                idle(socket, socket._httpMessage?.res);
            }

            return result;
        },
    };

    prototype.createSocket = joined.createSocket;
    prototype.keepSocketAlive = joined.keepSocketAlive;

    makes(prototype);
}

/* another one, which has a way of its own to connect */

function makes({ createConnection }) {
    ArrayPrototypePush(makers, createConnection);
}

module.exports = { __proto__: null, idle, join, makes, patience, want };
