'use strict';

/* worker_threads where there is one thread for a function. */

const {
  ObjectFreeze,
  SafeMap,
  SymbolFor,
} = primordials;

const EventEmitter = require('events');
const { notPermitted } = require('internal/not_permitted');

const environmentData = new SafeMap();

class Worker extends EventEmitter {
  constructor() {
    throw notPermitted('Worker');
  }
}

function setEnvironmentData(key, value) {
  if (value === undefined) {
    environmentData.delete(key);
  } else {
    environmentData.set(key, value);
  }
}

function getEnvironmentData(key) {
  return environmentData.get(key);
}

module.exports = {
  isMainThread: true,
  SHARE_ENV: SymbolFor('nodejs.worker_threads.SHARE_ENV'),
  resourceLimits: ObjectFreeze({}),
  setEnvironmentData,
  getEnvironmentData,
  threadId: 0,
  Worker,
};
