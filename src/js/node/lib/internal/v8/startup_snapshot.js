'use strict';

/* Node's own snapshots, which have nothing to do with ours. */

module.exports = {
  addSerializeCallback() {},
  isBuildingSnapshot() {
    return false;
  },
  namespace: {
    isBuildingSnapshot() {
      return false;
    },
  },
};
