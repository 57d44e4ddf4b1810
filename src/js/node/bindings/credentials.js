'use strict';

module.exports = {
    __proto__: null,
    implementsPosixCredentials: true,

    safeGetenv(name) {
        return require('process/process').process.env[name];
    },
};
