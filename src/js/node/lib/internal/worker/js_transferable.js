'use strict';

/*
 * An object that is asked what it consists of when it is copied, or transferred,
 * is a carrier: that is what V8 knows it by.  What a constructor has put into an
 * ordinary one goes into a carrier in its place.
 */

const { ObjectGetPrototypeOf, ReflectOwnKeys } = primordials;

const {
  messaging_clone_symbol: kClone,
  messaging_deserialize_symbol: kDeserialize,
  messaging_transfer_symbol: kTransfer,
  messaging_transfer_list_symbol: kTransferList,
} = internalBinding('symbols');
const {
  JSTransferable,
  carrier,
} = internalBinding('messaging');

function makeTransferable(object) {
  const made = carrier(ObjectGetPrototypeOf(object));
  const keys = ReflectOwnKeys(object);

  for (let i = 0; i < keys.length; i++) {
    made[keys[i]] = object[keys[i]];
  }

  return made;
}

module.exports = {
  JSTransferable,
  kClone,
  kDeserialize,
  kTransfer,
  kTransferList,
  makeTransferable,
};
