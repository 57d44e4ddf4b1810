'use strict';

module.exports = {
    __proto__: null,
    isMainThread: true,
    ownsProcessState: true,
    threadId: 0,
    resourceLimits: [0, 0, 0, 0],

    getEnvMessagePort() {},
};
