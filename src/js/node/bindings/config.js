'use strict';

module.exports = {
    __proto__: null,
    isDebugBuild: false,
    hasOpenSSL: false,
    fipsMode: false,
    hasIntl: true,
    hasTracing: false,
    hasNodeOptions: false,
    noBrowserGlobals: false,
    hasInspector: false,
    hasDtrace: false,
    hasCrypto: false,
    bits: 64,
};
