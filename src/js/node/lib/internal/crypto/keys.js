'use strict';

/* There are no keys without the crypto module. */

module.exports = {
  isCryptoKey() {
    return false;
  },
  isKeyObject() {
    return false;
  },
};
