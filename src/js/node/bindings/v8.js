'use strict';

/*
 * What V8 tells of itself: the account of the isolate, which is of the old
 * space here, as spaces are not accounted for one by one. What would change
 * the process is refused.
 */

const {
    Error,
    JSONStringify,
    MathMax,
    StringPrototypeCharCodeAt,
} = intrinsics;

const { nodeError } = require('lib/errors');

const native = binding('process');

const SPACES = [
    'read_only_space', 'old_space', 'code_space', 'map_space',
    'large_object_space', 'code_large_object_space',
    'new_large_object_space', 'new_space',
];

const heapStatisticsBuffer = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const heapSpaceStatisticsBuffer = [0, 0, 0, 0];
const heapCodeStatisticsBuffer = [0, 0, 0, 0];

function refuse() {
    throw nodeError(Error, 'EACCES', 'v8: operation not permitted', refuse);
}

/* what compiled code depends on, as a number */

function cachedDataVersionTag() {
    const { v8 } = require('process/process').process.versions;
    let hash = 0;

    for (let i = 0; i < v8.length; i++) {
        hash = (hash * 31 + StringPrototypeCharCodeAt(v8, i)) >>> 0;
    }

    return hash;
}

class GCProfiler {
    #start = 0;

    start() {
        this.#start = binding('loop').now();
    }

    stop() {
        return JSONStringify({ version: 1, startTime: this.#start,
                               statistics: [],
                               endTime: binding('loop').now() });
    }
}

module.exports = {
    __proto__: null,
    GCProfiler,
    cachedDataVersionTag,
    heapCodeStatisticsBuffer,
    heapSpaceStatisticsBuffer,
    heapStatisticsBuffer,
    setFlagsFromString: refuse,
    setHeapSnapshotNearHeapLimit: refuse,

    updateHeapStatisticsBuffer() {
        const { 1: total, 2: used, 3: external, 5: limit } =
            native.memoryUsage();

        heapStatisticsBuffer[0] = total;
        heapStatisticsBuffer[2] = total;
        heapStatisticsBuffer[3] = MathMax(limit - used, 0);
        heapStatisticsBuffer[4] = used;
        heapStatisticsBuffer[5] = limit;
        heapStatisticsBuffer[9] = 1;
        heapStatisticsBuffer[13] = external;
    },

    updateHeapSpaceStatisticsBuffer(index) {
        const { 1: total, 2: used } = native.memoryUsage();
        const old = SPACES[index] === 'old_space';

        heapSpaceStatisticsBuffer[0] = old ? total : 0;
        heapSpaceStatisticsBuffer[1] = old ? used : 0;
        heapSpaceStatisticsBuffer[2] = old ? MathMax(total - used, 0) : 0;
        heapSpaceStatisticsBuffer[3] = old ? total : 0;
    },

    updateHeapCodeStatisticsBuffer() {},

    kTotalHeapSizeIndex: 0,
    kTotalHeapSizeExecutableIndex: 1,
    kTotalPhysicalSizeIndex: 2,
    kTotalAvailableSize: 3,
    kUsedHeapSizeIndex: 4,
    kHeapSizeLimitIndex: 5,
    kMallocedMemoryIndex: 6,
    kPeakMallocedMemoryIndex: 7,
    kDoesZapGarbageIndex: 8,
    kNumberOfNativeContextsIndex: 9,
    kNumberOfDetachedContextsIndex: 10,
    kTotalGlobalHandlesSizeIndex: 11,
    kUsedGlobalHandlesSizeIndex: 12,
    kExternalMemoryIndex: 13,

    kHeapSpaces: SPACES,
    kSpaceSizeIndex: 0,
    kSpaceUsedSizeIndex: 1,
    kSpaceAvailableSizeIndex: 2,
    kPhysicalSpaceSizeIndex: 3,

    kCodeAndMetadataSizeIndex: 0,
    kBytecodeAndMetadataSizeIndex: 1,
    kExternalScriptSourceSizeIndex: 2,
    kCPUProfilerMetaDataSizeIndex: 3,
};
