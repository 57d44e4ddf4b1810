'use strict';

/*
 * The numbers that C and JavaScript agree on, as C has them: the list is in
 * src/engine/bind/ngx_invoke_shared.h.
 */

const { ObjectFreeze } = intrinsics;

const list = binding('constants').all();
const constants = { __proto__: null };

for (let i = 0; i < list.length; i += 2) {
    constants[list[i]] = list[i + 1];
}

module.exports = ObjectFreeze(constants);
