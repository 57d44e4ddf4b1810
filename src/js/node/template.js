'use strict';

/* What the context template "node" holds evaluated. */

const { fill } = require('node/realm');

const MODULES = ['util', 'buffer', 'events', 'stream', 'url'];

module.exports = {
    __proto__: null,

    fill() {
        fill(MODULES);
    },
};
