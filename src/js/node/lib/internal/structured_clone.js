'use strict';

const {
  codes: { ERR_INVALID_ARG_TYPE, ERR_MISSING_ARGS },
} = require('internal/errors');

const { clone } = internalBinding('messaging');

function structuredClone(value, options = undefined) {
  if (arguments.length === 0) {
    throw new ERR_MISSING_ARGS('value');
  }

  let transfer;

  if (options?.transfer !== undefined) {
    if (typeof options.transfer !== 'object' || options.transfer === null) {
      throw new ERR_INVALID_ARG_TYPE('options.transfer', 'Iterable',
                                     options.transfer);
    }

    transfer = [...options.transfer];
  }

  return clone(value, transfer);
}

module.exports = { structuredClone };
