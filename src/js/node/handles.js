'use strict';

/*
 * The handles of C that a context has, as JavaScript sees them: a HandleWrap
 * each, which Node's library calls `_handle`.  What happens to one comes as a
 * number, an event and a value from the hook, and goes on in [happened](),
 * with the continuation data of whoever made it, or who has worked with it
 * since that one is over.
 *
 * An invocation that has not answered waits as long as a handle of its context
 * is held: a class holds one while something may come of it.
 */

const {
    Map,
    MapPrototypeDelete,
    MapPrototypeForEach,
    MapPrototypeGet,
    MapPrototypeSet,
    ReflectApply,
    Symbol,
} = intrinsics;

const {
    connected,
    find,
    hold,
    isLoaded,
    letGo,
    uncaught,
} = require('run/invocation');
const { internalBinding } = require('node/realm');

const native = binding('node/handle');
const { asyncGet, asyncSet } = binding('loop');
const { IO_CLOSED } = require('run/constants');
const { handle_onclose } = internalBinding('symbols');

/* number -> the wrap of a handle that is not closed */
const handles = new Map();

const happened = Symbol('happened');
const abandoned = Symbol('abandoned');

/* over private state, for this file and the classes on it */
let adopt, dataOf, forget, holderOf, own, setHeld, startClose;

class HandleWrap {
    #holder;
    #number;
    #data = connected(asyncGet());
    #refed = true;

    /* what may come of it: with a reference, and in any case */
    #active = false;
    #requests = 0;
    #held = false;

    #onclose = undefined;
    #closing = false;
    #closed = false;

    /* `holder`: of C */
    constructor(holder) {
        this.#holder = holder;
        this.#number = native.number(holder);
        MapPrototypeSet(handles, this.#number, this);
    }

    close(callback) {
        startClose(this, callback, native.close);
    }

    ref() {
        this.#refed = true;
        this.#update();
    }

    unref() {
        this.#refed = false;
        this.#update();
    }

    hasRef() {
        return this.#refed && !this.#closing;
    }

    getAsyncId() {
        return this.#number;
    }

    getProviderType() {
        return 0;
    }

    /*
     * An Agent gives a connection that has waited to another request, whose it
     * is from now on, whether or not who made it is over.
     */
    asyncReset() {
        own(this);
    }

    #update() {
        const held = this.#requests !== 0
                     || this.#closing && !this.#closed
                     || this.#active && this.#refed;

        if (held !== this.#held) {
            this.#held = held;

            if (held) {
                hold();
            } else {
                letGo();
            }
        }
    }

    /* `value` is what the event says of itself */

    [happened](event, value) {
        if (event !== IO_CLOSED) {
            return;
        }

        const onclose = this.#onclose;

        this.#onclose = undefined;
        forget(this);

        if (onclose !== undefined) {
            ReflectApply(onclose, this, []);
        }
    }

    /* the invocation that made it was ended: it is closed after this */

    [abandoned]() {}

    static {
        /* `close(holder)`: less than 0 where it cannot be closed like that */

        startClose = (wrap, callback, close) => {
            if (wrap.#closing) {
                return 0;
            }

            const result = close(wrap.#holder);

            if (result < 0) {
                return result;
            }

            wrap.#closing = true;
            wrap.#data = connected(asyncGet());

            if (typeof callback === 'function') {
                wrap.#onclose = callback;
            }

            wrap.#update();

            return 0;
        };

        forget = (wrap) => {
            MapPrototypeDelete(handles, wrap.#number);
            wrap.#closed = true;
            wrap.#active = false;
            wrap.#requests = 0;
            wrap.#update();
        };

        holderOf = (wrap) => {
            return #holder in wrap ? wrap.#holder : undefined;
        };

        dataOf = (wrap) => {
            return wrap.#data;
        };

        /* whose handle it is where the one that made it is over */

        adopt = (wrap) => {
            if (find(wrap.#data) === undefined) {
                wrap.#data = connected(asyncGet());
                native.adopt(wrap.#holder);
            }
        };

        /* it is no longer the one's that made it */

        own = (wrap) => {
            if (find(asyncGet()) !== undefined) {
                wrap.#data = connected(asyncGet());
                native.own(wrap.#holder);
            }
        };

        /* something may come of it, if it has a reference; so many requests
         * more are under way */

        setHeld = (wrap, active, requests) => {
            wrap.#active = active;
            wrap.#requests += requests;
            wrap.#update();
        };
    }
}

function tell(number, event, value) {
    const wrap = MapPrototypeGet(handles, number);

    if (wrap === undefined) {
        return;
    }

    asyncSet(dataOf(wrap));

    try {
        wrap[happened](event, value);
    } catch (error) {
        uncaught(error, asyncGet());
    }
}

/*
 * What an invocation has left that was ended, in a context of several, but for
 * what the modules that it loaded have begun.
 */

function release(id) {
    MapPrototypeForEach(handles, (wrap) => {
        const data = dataOf(wrap);

        if ((typeof data === 'object' && data !== null ? data[0] : data)
            === id && !isLoaded(data))
        {
            try {
                wrap[abandoned]();
            } catch (error) {
                uncaught(error, 0);
            }

            wrap.close();
        }
    });
}

module.exports = {
    __proto__: null,
    HandleWrap,
    abandoned,
    adopt,
    happened,
    holderOf,
    release,
    setHeld,
    startClose,
    tell,
};
