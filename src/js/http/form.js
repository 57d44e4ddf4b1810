'use strict';

/*
 * application/x-www-form-urlencoded with nesting, by the rules of the package
 * qs as Express uses it: a[b]=1, a[]=1, a[0]=1, repeated names are arrays.
 */

const {
    ArrayIsArray,
    ArrayPrototypePush,
    Error,
    MathMax,
    ObjectKeys,
    ObjectPrototypeHasOwnProperty,
    RegExpPrototypeExec,
    StringFromCharCode,
    StringPrototypeIndexOf,
    StringPrototypeSlice,
    NumberParseInt,
    decodeURIComponent,
} = intrinsics;

const { blanks, put } = require('lib/pairs');
const { BAD_REQUEST } = require('run/constants');

const MAX_PARAMETERS = 1000;
const MAX_DEPTH = 32;

function refuse(type, message) {
    return require('lib/thrown').requestError(Error, BAD_REQUEST, 400,
                                              type, message, parse);
}

/* %XX as UTF-8; text with a wrong escape stays as it is */

function unescape(text) {
    try {
        return decodeURIComponent(text);
    } catch {
        return text;
    }
}

/* %XX as ISO-8859-1 */

function unescapeLatin1(text) {
    let result = '';

    for (let i = 0; i < text.length; i++) {
        const match = text[i] !== '%' ? null
                      : RegExpPrototypeExec(/^%([0-9a-fA-F]{2})/,
                            StringPrototypeSlice(text, i, i + 3));

        if (match === null) {
            result += text[i];
        } else {
            result += StringFromCharCode(NumberParseInt(match[1], 16));
            i += 2;
        }
    }

    return result;
}

/* "%5B" and "%5D" count as brackets before all else */

function brackets(text) {
    let result = '';
    let start = 0;

    for (;;) {
        const at = StringPrototypeIndexOf(text, '%5', start);

        if (at === -1) {
            return result + StringPrototypeSlice(text, start);
        }

        const digit = text[at + 2];

        result += StringPrototypeSlice(text, start, at);
        start = at + 3;

        if (digit === 'B' || digit === 'b') {
            result += '[';
        } else if (digit === 'D' || digit === 'd') {
            result += ']';
        } else {
            result += '%5';
            start = at + 2;
        }
    }
}

/* "a[b][c]" -> ["a", "[b]", "[c]"] */

function split(name) {
    const first = StringPrototypeIndexOf(name, '[');
    const parts = [];
    let open = first;

    if (first !== 0) {
        ArrayPrototypePush(parts, first === -1 ? name
                                  : StringPrototypeSlice(name, 0, first));
    }

    for (let depth = 0; open !== -1; depth++) {
        if (depth === MAX_DEPTH) {
            throw refuse('querystring.parse.rangeError',
                         'The input exceeded the depth');
        }

        let level = 1;
        let i = open + 1;

        for (; i < name.length && level !== 0; i++) {
            if (name[i] === '[') {
                level++;
            } else if (name[i] === ']') {
                level--;
            }
        }

        if (level !== 0) {
            ArrayPrototypePush(parts,
                               `[${StringPrototypeSlice(name, open)}]`);
            break;
        }

        ArrayPrototypePush(parts, StringPrototypeSlice(name, open, i));
        open = StringPrototypeIndexOf(name, '[', i);
    }

    return parts;
}

/* what one name and its value amount to: { a: { b: { c: value } } } */

function nest(parts, value, limit) {
    for (let i = parts.length - 1; i >= 0; i--) {
        const part = parts[i];
        let outer;

        if (part === '[]') {
            value = ArrayIsArray(value) ? value : [value];
            continue;
        }

        const bracketed = part[0] === '[' && part[part.length - 1] === ']';
        const key = bracketed ? StringPrototypeSlice(part, 1, -1) : part;

        if (bracketed && RegExpPrototypeExec(/^(?:0|[1-9]\d{0,8})$/, key)
                         !== null && +key < limit)
        {
            outer = [];
            outer[+key] = value;

        } else {
            outer = {};

            if (key !== '__proto__') {
                put(outer, key, value);
            }
        }

        value = outer;
    }

    return value;
}

function isObject(value) {
    return typeof value === 'object' && value !== null;
}

function append(list, value) {
    if (ArrayIsArray(value)) {
        for (let i = 0; i < value.length; i++) {
            ArrayPrototypePush(list, value[i]);
        }
    } else {
        ArrayPrototypePush(list, value);
    }

    return list;
}

function toObject(list) {
    const object = {};

    for (let i = 0; i < list.length; i++) {
        if (list[i] !== undefined) {
            put(object, `${i}`, list[i]);
        }
    }

    return object;
}

function merge(target, source) {
    if (!isObject(source)) {
        if (source === '') {
            return target;
        }

        if (ArrayIsArray(target)) {
            ArrayPrototypePush(target, source);
            return target;
        }

        return [target, source];
    }

    if (!isObject(target)) {
        return append([target], source);
    }

    if (ArrayIsArray(target) && ArrayIsArray(source)) {
        for (let i = 0; i < source.length; i++) {
            const item = source[i];

            if (item === undefined) {
                continue;
            }

            const former = target[i];

            if (former === undefined) {
                target[i] = item;
            } else if (isObject(former) && isObject(item)) {
                target[i] = merge(former, item);
            } else {
                ArrayPrototypePush(target, item);
            }
        }

        return target;
    }

    if (ArrayIsArray(target)) {
        target = toObject(target);
    }

    const keys = ObjectKeys(source);

    for (let i = 0; i < keys.length; i++) {
        const key = keys[i];

        put(target, key, ObjectPrototypeHasOwnProperty(target, key)
                         ? merge(target[key], source[key]) : source[key]);
    }

    return target;
}

/* arrays without holes */

function compact(value) {
    if (ArrayIsArray(value)) {
        const list = [];

        for (let i = 0; i < value.length; i++) {
            if (value[i] !== undefined) {
                ArrayPrototypePush(list, compact(value[i]));
            }
        }

        return list;
    }

    if (isObject(value)) {
        const keys = ObjectKeys(value);

        for (let i = 0; i < keys.length; i++) {
            put(value, keys[i], compact(value[keys[i]]));
        }
    }

    return value;
}

/* name -> value, or array of the values of a repeated name */

function pairs(text, decode) {
    const flat = { __proto__: null };
    let count = 0;
    let start = 0;

    text = brackets(text);

    while (start <= text.length) {
        let end = StringPrototypeIndexOf(text, '&', start);

        if (end === -1) {
            end = text.length;
        }

        const part = StringPrototypeSlice(text, start, end);

        start = end + 1;

        if (++count > MAX_PARAMETERS) {
            throw refuse('parameters.too.many', 'too many parameters');
        }

        const closing = StringPrototypeIndexOf(part, ']=');
        const equals = closing === -1 ? StringPrototypeIndexOf(part, '=')
                       : closing + 1;
        const name = decode(blanks(equals === -1 ? part
                            : StringPrototypeSlice(part, 0, equals)));
        const value = equals === -1 ? ''
                      : decode(blanks(StringPrototypeSlice(part, equals + 1)));

        if (name === '') {
            continue;
        }

        const former = flat[name];

        flat[name] = former === undefined ? value
                     : append(ArrayIsArray(former) ? former : [former], value);
    }

    flat[''] = count;

    return flat;
}

function parse(text, charset) {
    const flat = pairs(text, charset === 'iso-8859-1' ? unescapeLatin1
                             : unescape);
    const limit = MathMax(100, flat['']);
    const names = ObjectKeys(flat);
    let result = {};

    for (let i = 0; i < names.length; i++) {
        const name = names[i];

        if (name !== '') {
            result = merge(result, nest(split(name), flat[name], limit));
        }
    }

    return compact(result);
}

module.exports = { __proto__: null, parse };
