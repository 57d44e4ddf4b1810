'use strict';

/*
 * Asynchronous contexts follow V8's continuation data here (async_hooks.js),
 * so the fields that Node shares with C are plain arrays that stay as they
 * are; hooks see the resources that JavaScript makes itself.
 */

const { ArrayPrototypePop, ArrayPrototypePush } = intrinsics;

const FIELDS = [
    'kInit', 'kBefore', 'kAfter', 'kDestroy', 'kPromiseResolve', 'kTotals',
    'kCheck', 'kStackLength', 'kUsesExecutionAsyncResource',
];

const IDS = [
    'kExecutionAsyncId', 'kTriggerAsyncId', 'kAsyncIdCounter',
    'kDefaultTriggerAsyncId',
];

const constants = { __proto__: null };
const async_hook_fields = [];
const async_id_fields = [];
const async_ids_stack = [];
const execution_async_resources = [];

for (let i = 0; i < FIELDS.length; i++) {
    constants[FIELDS[i]] = i;
    async_hook_fields[i] = 0;
}

for (let i = 0; i < IDS.length; i++) {
    constants[IDS[i]] = i;
    async_id_fields[i] = 0;
}

async_hook_fields[constants.kCheck] = 1;
async_id_fields[constants.kExecutionAsyncId] = 1;
async_id_fields[constants.kAsyncIdCounter] = 1;
async_id_fields[constants.kDefaultTriggerAsyncId] = -1;

function nothing() {}

function pushAsyncContext(asyncId, triggerAsyncId) {
    ArrayPrototypePush(async_ids_stack, async_id_fields[0],
                       async_id_fields[1]);
    async_hook_fields[constants.kStackLength]++;
    async_id_fields[0] = asyncId;
    async_id_fields[1] = triggerAsyncId;
}

function popAsyncContext() {
    if (async_hook_fields[constants.kStackLength] === 0) {
        return false;
    }

    async_id_fields[1] = ArrayPrototypePop(async_ids_stack);
    async_id_fields[0] = ArrayPrototypePop(async_ids_stack);
    async_hook_fields[constants.kStackLength]--;

    return async_hook_fields[constants.kStackLength] > 0;
}

module.exports = {
    __proto__: null,
    Providers: { __proto__: null },
    async_callback_trampoline: nothing,
    async_hook_fields,
    async_id_fields,
    async_ids_stack,
    clearAsyncIdStack: nothing,
    constants,
    execution_async_resources,

    executionAsyncResource(index) {
        return execution_async_resources[index];
    },

    popAsyncContext,
    pushAsyncContext,
    queueDestroyAsyncId: nothing,
    registerDestroyHook: nothing,
    setCallbackTrampoline: nothing,
    setPromiseHooks: nothing,
    setupHooks: nothing,
};
