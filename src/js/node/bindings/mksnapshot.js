'use strict';

module.exports = {
    __proto__: null,
    setDeserializeMainFunction() {},
    setSerializeCallback() {},
    setDeserializeCallback() {},
};
