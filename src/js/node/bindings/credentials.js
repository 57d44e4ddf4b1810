'use strict';

module.exports = {
    __proto__: null,
    implementsPosixCredentials: true,

    safeGetenv(name) {
        return require('process').process.env[name];
    },
};
