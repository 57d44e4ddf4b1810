'use strict';

function emitWarning(...args) {
  process.emitWarning(...args);
}

module.exports = {
  emitWarning,
  emitWarningSync: emitWarning,
};
