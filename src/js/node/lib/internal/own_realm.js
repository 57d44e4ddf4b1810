'use strict';

/*
 * Node's library asks for a realm of its own where it wants regular
 * expressions that functions can neither see nor change.
 */

const {
  Error,
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

/* the call sites of a stack, of any depth, for isInsideNodeModules() */

function structuredStack(overrideStackTrace) {
  return () => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = Infinity;

    const error = new Error();

    Error.stackTraceLimit = stackTraceLimit;
    overrideStackTrace.set(error, (_, trace) => trace);

    return error.stack;
  };
}

module.exports = {
  runInNewContext(code, context) {
    return context === undefined ?
      { __proto__: null, RegExp: OwnRegExp } :
      structuredStack(context.overrideStackTrace);
  },
};
