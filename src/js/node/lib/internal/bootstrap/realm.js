'use strict';

/* What Node's library asks the realm about: which modules there are. */

const { StringPrototypeSlice, StringPrototypeStartsWith } = primordials;

const { isBuiltin, names } = internalBinding('realm');

const BuiltinModule = {
  __proto__: null,

  canBeRequiredByUsers: isBuiltin,
  canBeRequiredWithoutScheme: isBuiltin,
  exists(id) {
    return StringPrototypeStartsWith(id, 'internal/') || isBuiltin(id);
  },
  getCanBeRequiredByUsersWithoutSchemeList() {
    return names();
  },
  getSchemeOnlyModuleNames() {
    return [];
  },
  isBuiltin(id) {
    return isBuiltin(id) || (StringPrototypeStartsWith(id, 'node:') &&
                             isBuiltin(StringPrototypeSlice(id, 5)));
  },
  normalizeRequirableId(id) {
    if (StringPrototypeStartsWith(id, 'node:')) {
      id = StringPrototypeSlice(id, 5);
    }
    return isBuiltin(id) ? id : undefined;
  },
};

module.exports = { BuiltinModule, internalBinding };
