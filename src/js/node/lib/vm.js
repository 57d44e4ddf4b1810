'use strict';

/*
 * Node's library asks for a realm of its own where it wants regular
 * expressions that functions can neither see nor change.
 */

const {
  RegExp,
  RegExpPrototypeExec,
  RegExpPrototypeSymbolReplace,
  RegExpPrototypeSymbolSplit,
  SymbolReplace,
  SymbolSplit,
} = primordials;

class OwnRegExp extends RegExp {
  exec(string) {
    return RegExpPrototypeExec(this, string);
  }

  [SymbolReplace](string, replacement) {
    return RegExpPrototypeSymbolReplace(this, string, replacement);
  }

  [SymbolSplit](string, limit) {
    return RegExpPrototypeSymbolSplit(this, string, limit);
  }
}

module.exports = {
  runInNewContext() {
    return { __proto__: null, RegExp: OwnRegExp };
  },
};
