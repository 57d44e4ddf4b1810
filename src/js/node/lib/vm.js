'use strict';

/*
 * Node's library asks for a realm of its own where it wants regular
 * expressions that leave no trace in the function's RegExp.
 */

const { ObjectSetPrototypeOf, RegExp } = primordials;

class OwnRegExp extends RegExp {
  constructor(pattern, flags) {
    super(pattern, flags);
  }
}

ObjectSetPrototypeOf(OwnRegExp, null);

module.exports = {
  runInNewContext() {
    return { __proto__: null, RegExp: OwnRegExp };
  },
};
