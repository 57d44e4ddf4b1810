'use strict';

/* What the files of src/js/node/lib use of the engine's own. */

module.exports = {
    __proto__: null,
    find: require('run/invocation').find,
    loop: binding('loop'),
    time: binding('process'),
    ticks: require('run/ticks'),
    timers: require('run/timers'),

    get apart() {
        return require('node/tls-context').apart;
    },

    get patience() {
        return require('node/lot').patience;
    },

    get console() {
        return require('process/console').console;
    },

    get timersModule() {
        return require('run/timers-module').timers;
    },
};
