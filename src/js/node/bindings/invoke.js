'use strict';

/* What the files of src/js/node/lib use of the engine's own. */

module.exports = {
    __proto__: null,
    find: require('run/invocation').find,
    loop: binding('loop'),
    time: binding('process'),
    ticks: require('run/ticks'),
    timers: require('run/timers'),

    get console() {
        return require('process/console').console;
    },

    get timersModule() {
        return require('run/timers-module').timers;
    },
};
