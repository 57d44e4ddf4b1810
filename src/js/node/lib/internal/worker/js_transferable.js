'use strict';

/*
 * An object that is asked what it consists of when it is copied, or transferred,
 * is a carrier: that is what V8 knows it by.  What a constructor has put into an
 * ordinary one goes into a carrier in its place.
 */

const { ObjectGetPrototypeOf, ReflectOwnKeys, SafeMap } = primordials;

const {
  messaging_clone_symbol: kClone,
  messaging_deserialize_symbol: kDeserialize,
  messaging_transfer_symbol: kTransfer,
  messaging_transfer_list_symbol: kTransferList,
} = internalBinding('symbols');
const {
  JSTransferable,
  carrier,
  carrierAs,
} = internalBinding('messaging');

/* prototype -> a carrier with it, and the keys of what it stands for */
const models = new SafeMap();

function modelOf(prototype, keys) {
  const model = carrier(prototype);

  for (let i = 0; i < keys.length; i++) {
    model[keys[i]] = undefined;
  }

  const known = { __proto__: null, model, keys };

  models.set(prototype, known);

  return known;
}

function fits(known, keys) {
  for (let i = 0; i < keys.length; i++) {
    if (known.keys[i] !== keys[i]) {
      return false;
    }
  }

  return known.keys.length === keys.length;
}

function makeTransferable(object) {
  const prototype = ObjectGetPrototypeOf(object);
  const keys = ReflectOwnKeys(object);
  let known = models.get(prototype);

  if (known === undefined || !fits(known, keys)) {
    known = modelOf(prototype, keys);
  }

  const made = carrierAs(known.model);

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
