'use strict';

/* What performance.timeOrigin and the like are made of. */

const process = binding('process');

const MILESTONES = ['TIME_ORIGIN', 'TIME_ORIGIN_TIMESTAMP', 'ENVIRONMENT',
                    'NODE_START', 'V8_START', 'LOOP_START', 'LOOP_EXIT',
                    'BOOTSTRAP_COMPLETE'];

const ENTRIES = ['GC', 'HTTP', 'HTTP2', 'NET', 'DNS'];

const constants = { __proto__: null };
const milestones = [];
const observerCounts = [];

for (let i = 0; i < MILESTONES.length; i++) {
    constants[`NODE_PERFORMANCE_MILESTONE_${MILESTONES[i]}`] = i;
    milestones[i] = 0;
}

for (let i = 0; i < ENTRIES.length; i++) {
    constants[`NODE_PERFORMANCE_ENTRY_TYPE_${ENTRIES[i]}`] = i;
    observerCounts[i] = 0;
}

milestones[constants.NODE_PERFORMANCE_MILESTONE_LOOP_EXIT] = -1;

function nothing() {}

module.exports = {
    __proto__: null,

    get Histogram() {
        return require('node/histogram').Histogram;
    },

    constants,

    createELDHistogram() {
        const { DelayHistogram } = require('node/histogram');

        return new DelayHistogram();
    },

    getTimeOrigin: nothing,

    /* milliseconds since 1970 at which the process has started */
    getTimeOriginTimestamp() {
        return intrinsics.DateNow() - process.uptime() * 1000;
    },

    installGarbageCollectionTracking: nothing,

    loopIdleTime() {
        return 0;
    },

    markBootstrapComplete: nothing,
    milestones,
    notify: nothing,
    observerCounts,
    removeGarbageCollectionTracking: nothing,
    setupObservers: nothing,
};
