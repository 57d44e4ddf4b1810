'use strict';

const { Map, MapPrototypeGet, MapPrototypeSet } = intrinsics;

const list = binding('node/uv').errors();
const names = new Map();

for (let i = 0; i < list.length; i += 3) {
    exports[`UV_${list[i + 1]}`] = list[i];
    MapPrototypeSet(names, list[i], list[i + 1]);
}

exports.errors = undefined;

exports.errname = function errname(value) {
    return MapPrototypeGet(names, value) ?? `Unknown system error ${value}`;
};

/* a new one each time: what uses it may be a function's */

exports.getErrorMap = function getErrorMap() {
    const map = new Map();

    for (let i = 0; i < list.length; i += 3) {
        MapPrototypeSet(map, list[i], [list[i + 1], list[i + 2]]);
    }

    return map;
};
