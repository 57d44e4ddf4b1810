'use strict';

/* There is no inspector: what would connect to one throws. */

const EventEmitter = require('events');
const {
  codes: {
    ERR_INSPECTOR_NOT_ACTIVE,
    ERR_INSPECTOR_NOT_AVAILABLE,
    ERR_INSPECTOR_NOT_CONNECTED,
    ERR_INSPECTOR_NOT_WORKER,
  },
} = require('internal/errors');
const { validateString } = require('internal/validators');
const { console } = internalBinding('invoke');

class Session extends EventEmitter {
  connect() {
    throw new ERR_INSPECTOR_NOT_AVAILABLE();
  }

  connectToMainThread() {
    throw new ERR_INSPECTOR_NOT_WORKER();
  }

  post(method) {
    validateString(method, 'method');
    throw new ERR_INSPECTOR_NOT_CONNECTED();
  }

  disconnect() {}
}

module.exports = {
  open() {
    throw new ERR_INSPECTOR_NOT_AVAILABLE();
  },
  close() {},
  url() {
    return undefined;
  },
  waitForDebugger() {
    throw new ERR_INSPECTOR_NOT_ACTIVE();
  },
  console,
  Session,
};
