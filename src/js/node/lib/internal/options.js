'use strict';

/* The options of the command line, which there is none. */

const values = {
  '__proto__': null,
  '--disable-proto': '',
  '--enable-network-family-autoselection': false,
  '--experimental-eventsource': false,
  '--experimental-fetch': true,
  '--icu-data-dir': '',
  '--insecure-http-parser': false,
  '--max-http-header-size': 16384,
  '--network-family-autoselection': false,
  '--pending-deprecation': false,
  '--stack-trace-limit': 10,
  '--tls-keylog': '',
  '--tls-max-v1.2': false,
  '--tls-max-v1.3': false,
  '--tls-min-v1.0': false,
  '--tls-min-v1.1': false,
  '--tls-min-v1.2': false,
  '--tls-min-v1.3': false,
  '--trace-tls': false,
  '--unhandled-rejections': 'throw',
  '--verify-base-objects': false,
  '--warnings': true,

  get '--tls-cipher-list'() {
    return internalBinding('constants').crypto.defaultCoreCipherList;
  },
};

function getOptionValue(name) {
  return values[name];
}

let warned = false;

function getAllowUnauthorized() {
  if (process.env.NODE_TLS_REJECT_UNAUTHORIZED !== '0') {
    return false;
  }

  if (!warned) {
    warned = true;
    process.emitWarning(
      "Setting the NODE_TLS_REJECT_UNAUTHORIZED environment variable to '0' "
      + 'makes TLS connections and HTTPS requests insecure by disabling '
      + 'certificate verification.');
  }

  return true;
}

module.exports = {
  getAllowUnauthorized,
  getOptionValue,
  options: { __proto__: null },
};
