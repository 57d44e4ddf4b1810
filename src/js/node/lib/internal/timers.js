'use strict';

/* The engine's timers under the names that Node's library has for its own. */

const { NumberIsFinite, Symbol } = primordials;

const { timers } = internalBinding('invoke');

const {
  validateFunction,
  validateNumber,
} = require('internal/validators');

const {
  ERR_OUT_OF_RANGE,
} = require('internal/errors').codes;

const TIMEOUT_MAX = 2 ** 31 - 1;

function getTimerDuration(msecs, name) {
  validateNumber(msecs, name);
  if (msecs < 0 || !NumberIsFinite(msecs)) {
    throw new ERR_OUT_OF_RANGE(name, 'a non-negative finite number', msecs);
  }

  if (msecs > TIMEOUT_MAX) {
    process.emitWarning(`${msecs} does not fit into a 32-bit signed integer.` +
                        `\nTimer duration was truncated to ${TIMEOUT_MAX}.`,
                        'TimeoutOverflowWarning');
    return TIMEOUT_MAX;
  }

  return msecs;
}

function setUnrefTimeout(callback, after) {
  validateFunction(callback, 'callback');
  return timers.setTimeout(callback, after).unref();
}

module.exports = {
  Immediate: timers.Immediate,
  TIMEOUT_MAX,
  Timeout: timers.Timeout,
  getTimerDuration,
  kTimeout: Symbol('timeout'),
  setUnrefTimeout,
};
