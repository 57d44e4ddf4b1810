'use strict';

/* import() of a script is not there, whatever a function gives for it. */

module.exports = {
  importModuleDynamicallyWrap(importModuleDynamically) {
    return importModuleDynamically;
  },
};
