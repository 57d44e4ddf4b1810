'use strict';

/* The engine's timers under the names that Node's library has for its own. */

const { Symbol } = primordials;

const { timers } = internalBinding('invoke');

const TIMEOUT_MAX = 2 ** 31 - 1;

function setUnrefTimeout(callback, after) {
  const timer = timers.setTimeout(callback, after);

  timer.unref();

  return timer;
}

function getTimerDuration(msecs, name) {
  const { ERR_OUT_OF_RANGE } = require('internal/errors').codes;

  require('internal/validators').validateNumber(msecs, name);

  if (!(msecs >= 0 && msecs < Infinity)) {
    throw new ERR_OUT_OF_RANGE(name, 'a non-negative finite number', msecs);
  }

  if (msecs > TIMEOUT_MAX) {
    process.emitWarning(
      `${msecs} does not fit into a 32-bit signed integer.\n`
      + `Timer duration was truncated to ${TIMEOUT_MAX}.`,
      'TimeoutOverflowWarning');
    return TIMEOUT_MAX;
  }

  return msecs;
}

module.exports = {
  Immediate: timers.Immediate,
  TIMEOUT_MAX,
  Timeout: timers.Timeout,
  getTimerDuration,
  kTimeout: Symbol('timeout'),
  setUnrefTimeout,
};
