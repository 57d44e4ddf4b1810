'use strict';

const { isBuiltin, names } = require('node/builtins');

module.exports = { __proto__: null, isBuiltin, names };
