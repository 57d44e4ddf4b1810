'use strict';

/*
 * A directory of the test's for sockets.  Functions write no files: for tests
 * of ES modules nginx does, in the package.
 */

const path = require('path');
const { pathToFileURL } = require('url');

const { file, tmp: sockets } = globalThis[Symbol.for('invoke.test')];

const ofModules = file.startsWith('./test/es-module/');
const tmp = ofModules ? '/test/written' : sockets;

module.exports = {
  path: tmp,
  fileURL: (...paths) => pathToFileURL(path.resolve(tmp, ...paths)),
  refresh() {},
  resolve: (...paths) => path.resolve(tmp, ...paths),
};
