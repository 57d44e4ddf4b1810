'use strict';

/* The numbers that depend on the platform come from C. */

const { ObjectDefineProperty, ObjectFreeze } = intrinsics;

const native = binding('node/constants');

function collect(list) {
    const object = { __proto__: null };

    for (let i = 0; i < list.length; i += 2) {
        object[list[i]] = list[i + 1];
    }

    return object;
}

function value(object, name, value) {
    ObjectDefineProperty(object, name, {
        __proto__: null,
        value,
        writable: true,
        enumerable: true,
        configurable: true,
    });

    return value;
}

module.exports = {
    __proto__: null,

    os: {
        __proto__: null,
        UV_UDP_REUSEADDR: 4,
        dlopen: collect(native.dlopen()),
        errno: collect(native.errno()),
        signals: collect(native.signals()),
        priority: {
            __proto__: null,
            PRIORITY_LOW: 19,
            PRIORITY_BELOW_NORMAL: 10,
            PRIORITY_NORMAL: 0,
            PRIORITY_ABOVE_NORMAL: -7,
            PRIORITY_HIGH: -14,
            PRIORITY_HIGHEST: -20,
        },
    },

    fs: collect(native.fs()),

    get crypto() {
        return require('node/crypto-constants');
    },

    /* few functions need them */
    get zlib() {
        const constants = collect(binding('node/zlib').constants());

        constants.Z_MAX_CHUNK = Infinity;

        return value(this, 'zlib', ObjectFreeze(constants));
    },

    trace: {
        __proto__: null,
        TRACE_EVENT_PHASE_BEGIN: 66,
        TRACE_EVENT_PHASE_END: 69,
        TRACE_EVENT_PHASE_COMPLETE: 88,
        TRACE_EVENT_PHASE_INSTANT: 73,
        TRACE_EVENT_PHASE_ASYNC_BEGIN: 83,
        TRACE_EVENT_PHASE_ASYNC_STEP_INTO: 84,
        TRACE_EVENT_PHASE_ASYNC_STEP_PAST: 112,
        TRACE_EVENT_PHASE_ASYNC_END: 70,
        TRACE_EVENT_PHASE_NESTABLE_ASYNC_BEGIN: 98,
        TRACE_EVENT_PHASE_NESTABLE_ASYNC_END: 101,
        TRACE_EVENT_PHASE_NESTABLE_ASYNC_INSTANT: 110,
        TRACE_EVENT_PHASE_FLOW_BEGIN: 115,
        TRACE_EVENT_PHASE_FLOW_STEP: 116,
        TRACE_EVENT_PHASE_FLOW_END: 102,
        TRACE_EVENT_PHASE_METADATA: 77,
        TRACE_EVENT_PHASE_COUNTER: 67,
        TRACE_EVENT_PHASE_SAMPLE: 80,
        TRACE_EVENT_PHASE_CREATE_OBJECT: 78,
        TRACE_EVENT_PHASE_SNAPSHOT_OBJECT: 79,
        TRACE_EVENT_PHASE_DELETE_OBJECT: 68,
        TRACE_EVENT_PHASE_MEMORY_DUMP: 118,
        TRACE_EVENT_PHASE_MARK: 82,
        TRACE_EVENT_PHASE_CLOCK_SYNC: 99,
        TRACE_EVENT_PHASE_ENTER_CONTEXT: 40,
        TRACE_EVENT_PHASE_LEAVE_CONTEXT: 41,
        TRACE_EVENT_PHASE_LINK_IDS: 61,
    },

    errno: undefined,
    signals: undefined,
    dlopen: undefined,
};
