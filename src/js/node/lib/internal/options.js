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
  '--unhandled-rejections': 'throw',
  '--verify-base-objects': false,
  '--warnings': true,
};

function getOptionValue(name) {
  return values[name];
}

module.exports = {
  getOptionValue,
  options: { __proto__: null },
};
