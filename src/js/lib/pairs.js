'use strict';

/* What query strings, forms, cookies and the environment are read with. */

const {
    ObjectDefineProperty,
    ObjectPrototype,
    StringPrototypeIndexOf,
    StringPrototypeSlice,
} = intrinsics;

/*
 * Sets a property of a plain object as a parser must: whatever the name, it
 * becomes an own property, and no setter that the object inherits runs.
 */

function put(object, name, value) {
    if (name in ObjectPrototype) {
        ObjectDefineProperty(object, name, {
            __proto__: null,
            value,
            writable: true,
            enumerable: true,
            configurable: true,
        });

    } else {
        object[name] = value;
    }
}

/* "+" is a blank */

function blanks(text) {
    let result = '';
    let start = 0;

    for (;;) {
        const plus = StringPrototypeIndexOf(text, '+', start);

        if (plus === -1) {
            return result + StringPrototypeSlice(text, start);
        }

        result += `${StringPrototypeSlice(text, start, plus)} `;
        start = plus + 1;
    }
}

module.exports = () => ({ __proto__: null, blanks, put });
