'use strict';

/* What the context template "node" holds evaluated. */

const { load } = require('node/realm');

const MODULES = [];

function fill() {
    for (let i = 0; i < MODULES.length; i++) {
        load(MODULES[i]);
    }
}

module.exports = { __proto__: null, fill };
