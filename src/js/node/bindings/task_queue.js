'use strict';

const { enqueueMicrotask, runMicrotasks } = binding('loop');

module.exports = {
    __proto__: null,
    enqueueMicrotask,
    promiseRejectEvents: { __proto__: null },
    runMicrotasks,

    setPromiseRejectCallback() {},

    setTickCallback() {},

    tickInfo: [0, 0],
};
