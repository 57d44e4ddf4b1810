'use strict';

/* There are no workers, so nothing to send messages to. */

const {
  codes: { ERR_FEATURE_UNAVAILABLE_ON_PLATFORM },
} = require('internal/errors');

class MessageChannel {
  constructor() {
    throw new ERR_FEATURE_UNAVAILABLE_ON_PLATFORM('MessageChannel');
  }
}

class MessagePort {
  constructor() {
    throw new ERR_FEATURE_UNAVAILABLE_ON_PLATFORM('MessagePort');
  }
}

module.exports = { MessageChannel, MessagePort };
