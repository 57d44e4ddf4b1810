'use strict';

function emitWarning(warning, type, code) {
  process.emitWarning(warning, type, code);
}

module.exports = {
  emitWarning,
  emitWarningSync: emitWarning,
  onWarning() {},
  resetForSerialization() {},
};
