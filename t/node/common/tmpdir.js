'use strict';

/* A directory of the test's for sockets; functions write no files. */

const path = require('path');

const tmp = globalThis[Symbol.for('invoke.test')].tmp;

module.exports = {
  path: tmp,
  refresh() {},
  resolve: (...paths) => path.resolve(tmp, ...paths),
};
