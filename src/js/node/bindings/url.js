'use strict';

const { Uint32Array } = intrinsics;

const native = binding('node/url');

/* where the components of the URL parsed last are in its href */
const urlComponents = new Uint32Array(9);

module.exports = {
    __proto__: null,
    urlComponents,

    parse(input, base) {
        return native.parse(input, base, urlComponents);
    },

    update(href, part, value) {
        return native.update(href, part, value, urlComponents);
    },
};
