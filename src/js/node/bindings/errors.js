'use strict';

const { uncaught } = require('run/invocation');

function nothing() {}

module.exports = {
    __proto__: null,
    setEnhanceStackForFatalException: nothing,
    setGetSourceMapErrorSource: nothing,
    setMaybeCacheGeneratedSourceMap: nothing,
    setSourceMapsEnabled: nothing,

    /* an exception that nobody can catch ends the invocation */
    triggerUncaughtException(error) {
        uncaught(error, binding('loop').asyncGet());
    },

    exitCodes: { __proto__: null, kNoFailure: 0, kGenericUserError: 1 },
};
