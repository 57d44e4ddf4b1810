'use strict';

/* What the files of src/js/node/lib use of the engine's own. */

module.exports = {
    __proto__: null,
    find: require('invocation').find,
    loop: binding('loop'),
    time: binding('process'),
    ticks: require('ticks'),
    timers: require('timers'),

    get console() {
        return require('console').console;
    },

    get timersModule() {
        return require('builtin-timers').timers;
    },
};
