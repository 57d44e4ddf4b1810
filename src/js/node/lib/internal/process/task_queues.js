'use strict';

const { ticks } = internalBinding('invoke');

module.exports = {
  nextTick: ticks.nextTick,
  queueMicrotask: ticks.queueMicrotask,
};
