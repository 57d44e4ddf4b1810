'use strict';

const { toBuffer } = require('node/buffer-prototype');

const native = binding('node/icu');

module.exports = {
    __proto__: null,

    /* a Buffer, or ICU's number of what went wrong */
    transcode(source, from, to) {
        const result = native.transcode(source, from, to);

        return typeof result === 'number' ? result : toBuffer(result);
    },
};
