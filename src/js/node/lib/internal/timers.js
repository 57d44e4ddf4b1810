'use strict';

/* The engine's timers under the names that Node's library has for its own. */

const { Symbol } = primordials;

const { timers } = internalBinding('invoke');

module.exports = {
  Immediate: timers.Immediate,
  TIMEOUT_MAX: 2 ** 31 - 1,
  Timeout: timers.Timeout,
  kTimeout: Symbol('timeout'),
};
