'use strict';

module.exports = { __proto__: null, natives: { __proto__: null } };
