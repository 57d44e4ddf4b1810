'use strict';

const loop = binding('loop');

module.exports = {
    __proto__: null,

    getLibuvNow() {
        return loop.now();
    },

    immediateInfo: [0, 0, 0],
    timerInfo: [0],
};
