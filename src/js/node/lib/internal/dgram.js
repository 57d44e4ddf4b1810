'use strict';

/*
 * Handles for datagrams, which the policy lets none out of. So no name needs
 * to be looked up for them.
 */

const { Symbol } = primordials;

const {
  codes: { ERR_SOCKET_BAD_TYPE },
} = require('internal/errors');
const { validateFunction } = require('internal/validators');
const { UDP } = internalBinding('udp_wrap');
const { UV_EACCES } = internalBinding('uv');

const kStateSymbol = Symbol('state symbol');

function newHandle(type, lookup) {
  if (lookup !== undefined) {
    validateFunction(lookup, 'lookup');
  }

  if (type !== 'udp4' && type !== 'udp6') {
    throw new ERR_SOCKET_BAD_TYPE();
  }

  const any = type === 'udp4' ? '127.0.0.1' : '::1';
  const handle = new UDP();

  handle.lookup = (address, callback) => {
    process.nextTick(callback, null, address || any);
  };

  return handle;
}

function _createSocketHandle() {
  return UV_EACCES;
}

module.exports = {
  kStateSymbol,
  _createSocketHandle,
  newHandle,
};
