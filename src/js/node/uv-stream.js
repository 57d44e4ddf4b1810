'use strict';

/*
 * Streams of libuv's, which TCP and pipes are: they connect, and in tests
 * listen.  A connect that is not told in its time has failed.
 */

const { Symbol } = intrinsics;

const {
    IO_CONNECTED,
    IO_CONNECTION,
} = require('run/constants');
const {
    abandoned,
    adopt,
    happened,
    holderOf,
    setHeld,
} = require('node/handles');
const { clearTimeout, setTimeout, tellSoon } = require('run/timers');
const { Request, StreamBase } = require('node/stream-base');

const native = binding('node/uv_stream');
const { asyncSet } = binding('loop');

/* a wrap for the holder of a connection, which each class has */
const accepted = Symbol('accepted');

const ECANCELED = -125;
const ETIMEDOUT = -110;

/* the first of the errors that are not libuv's */
const EDENIED = -4801;

/* for the classes on it: what connect() of C has said */
let connecting;

class LibuvStreamWrap extends StreamBase {
    onconnection = null;

    #connect = null;
    #timer = null;
    #listens = false;

    setBlocking() {
        return 0;
    }

    listen(backlog) {
        const result = native.listen(holderOf(this), backlog);

        if (result === 0) {
            this.#listens = true;
            setHeld(this, true, 0);
        }

        return result;
    }

    static {

        /* `later`: an error is to be told later; what policy denies always is */

        connecting = (wrap, request, result, later) => {
            if (result < 0 && !later && result > EDENIED) {
                return result;
            }

            adopt(wrap);
            wrap.#connect = new Request(request);
            setHeld(wrap, false, 1);

            if (result < 0) {
                // as libuv tells it: who awaits what connects can listen then
                tellSoon(() => wrap.#connected(result));
                return 0;
            }

            wrap.#timer = setTimeout(() => wrap.#connected(ETIMEDOUT),
                                     native.timeout());
            wrap.#timer.unref();

            return 0;
        };
    }

    [happened](event, value) {
        if (event === IO_CONNECTED) {
            this.#connected(value);
        } else if (event === IO_CONNECTION) {
            this.#accept(value);
        } else {
            super[happened](event, value);
        }
    }

    #connected(status) {
        const request = this.#connect;

        if (request === null) {
            return;
        }

        if (this.#timer !== null) {
            clearTimeout(this.#timer);
        }

        this.#connect = null;
        this.#timer = null;
        setHeld(this, false, -1);
        asyncSet(request.data);

        request.object.oncomplete(status, this, request.object, true, true);
    }

    #accept(status) {
        if (!this.#listens) {
            return;
        }

        let client;

        if (status === 0) {
            client = native.accept(holderOf(this));

            if (typeof client === 'number') {
                return;
            }

            client = this[accepted](client);
        }

        if (this.onconnection === null) {
            client?.close();
        } else {
            this.onconnection(status, client);
        }
    }

    [abandoned]() {
        super[abandoned]();
        this.#connected(ECANCELED);
    }
}

module.exports = { __proto__: null, LibuvStreamWrap, accepted, connecting };
