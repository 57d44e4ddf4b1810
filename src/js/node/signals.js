'use strict';

/*
 * AbortSignals that share their shape. Node makes an EventTarget, and gives it
 * another prototype before it adds members: to V8 that is an object which may be
 * a prototype itself, with a map of its own for each member of each signal, so
 * that no inline cache ever knows one. Node's module makes its EventTargets by
 * Target, which gives them the prototype of a signal at once.
 */

const { ObjectSetPrototypeOf } = intrinsics;

const { primordials: { ReflectConstruct } } = require('node/realm');

let AbortSignal;

/* in place of require() of internal/abort_controller */

function requireOf(load) {
    return (id) => {
        const exports = load(id);

        return id === 'internal/event_target'
               ? { __proto__: exports, EventTarget: targetOf(exports) }
               : exports;
    };
}

function targetOf({ EventTarget }) {
    function Target() {
        return ReflectConstruct(EventTarget, [], AbortSignal);
    }

    /* what a class that extends it inherits */
    Target.prototype = EventTarget.prototype;

    return Target;
}

/* the module is loaded */

function settle(exports, { EventTarget }) {
    ({ AbortSignal } = exports);
    ObjectSetPrototypeOf(AbortSignal, EventTarget);
}

module.exports = { __proto__: null, requireOf, settle };
