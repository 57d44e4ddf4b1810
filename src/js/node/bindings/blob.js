'use strict';

function nothing() {}

module.exports = {
    __proto__: null,
    getDataObject: nothing,
    revokeDataObject: nothing,
    storeDataObject: nothing,
};
