'use strict';

module.exports = {
  hasUncaughtExceptionCaptureCallback() {
    return false;
  },
  tryGetCwd() {
    return '/';
  },
};
