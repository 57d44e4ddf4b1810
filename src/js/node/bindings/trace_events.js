'use strict';

module.exports = {
    __proto__: null,
    available: false,

    getCategoryEnabledBuffer() {
        return [0];
    },

    isTraceCategoryEnabled() {
        return false;
    },

    setTraceCategoryStateUpdateHandler() {},

    trace() {},
};
