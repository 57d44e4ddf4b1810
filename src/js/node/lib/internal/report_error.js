'use strict';

/* What nobody caught, told by the one who did. */

const {
  codes: { ERR_MISSING_ARGS },
} = require('internal/errors');

const { triggerUncaughtException } = internalBinding('errors');

function reportError(error) {
  if (arguments.length === 0) {
    throw new ERR_MISSING_ARGS('error');
  }

  triggerUncaughtException(error);
}

module.exports = { reportError };
