'use strict';

/* There are no modules of ECMAScript to register. */

module.exports = { registerModule() {} };
