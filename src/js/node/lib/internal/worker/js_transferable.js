'use strict';

/*
 * What can be cloned and transferred is told by its methods here, and need not
 * be made anew with a hidden class of its own, as in Node: that costs as much
 * as all else of a stream or a signal.
 */

const {
  messaging_clone_symbol: kClone,
  messaging_deserialize_symbol: kDeserialize,
  messaging_transfer_symbol: kTransfer,
  messaging_transfer_list_symbol: kTransferList,
} = internalBinding('symbols');
const {
  JSTransferable,
} = internalBinding('messaging');

function makeTransferable(object) {
  return object;
}

module.exports = {
  JSTransferable,
  kClone,
  kDeserialize,
  kTransfer,
  kTransferList,
  makeTransferable,
};
