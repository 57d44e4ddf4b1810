'use strict';

/*
 * What the engine's own JavaScript uses of the language, taken before any
 * user code runs.  The names are those of Node's primordials.  Nothing here
 * looks anything up later in an object that user code can change.
 */

const { apply, ownKeys, getPrototypeOf } = Reflect;
const { bind, call } = Function.prototype;

/* uncurry(f)(thisArg, ...args) is f.call(thisArg, ...args) */
const uncurry = apply(bind, bind, [call]);

const TypedArrayPrototype = getPrototypeOf(Uint8Array.prototype);

function getter(object, name) {
    return uncurry(Object.getOwnPropertyDescriptor(object, name).get);
}

module.exports = {
    __proto__: null,

    ReflectApply: apply,
    ReflectOwnKeys: ownKeys,
    ReflectGetPrototypeOf: getPrototypeOf,
    ReflectDeleteProperty: Reflect.deleteProperty,
    ReflectGetOwnPropertyDescriptor: Reflect.getOwnPropertyDescriptor,

    ObjectPrototype: Object.prototype,
    ObjectAssign: Object.assign,
    ObjectDefineProperty: Object.defineProperty,
    ObjectKeys: Object.keys,
    ObjectSetPrototypeOf: Object.setPrototypeOf,
    ObjectFreeze: Object.freeze,
    ObjectPrototypeHasOwnProperty: uncurry(Object.prototype.hasOwnProperty),

    ArrayIsArray: Array.isArray,
    ArrayPrototypeIndexOf: uncurry(Array.prototype.indexOf),
    ArrayPrototypeJoin: uncurry(Array.prototype.join),
    ArrayPrototypePop: uncurry(Array.prototype.pop),
    ArrayPrototypePush: uncurry(Array.prototype.push),
    ArrayPrototypeReverse: uncurry(Array.prototype.reverse),
    ArrayPrototypeSlice: uncurry(Array.prototype.slice),
    ArrayPrototypeSort: uncurry(Array.prototype.sort),
    ArrayPrototypeSplice: uncurry(Array.prototype.splice),
    ArrayPrototypeUnshift: uncurry(Array.prototype.unshift),

    ArrayBufferIsView: ArrayBuffer.isView,
    BigInt64Array,
    Float64Array,
    Uint8Array,
    Uint32Array,
    TypedArrayPrototypeSubarray:
        uncurry(TypedArrayPrototype.subarray),
    TypedArrayPrototypeSet: uncurry(TypedArrayPrototype.set),
    TypedArrayPrototypeGetBuffer: getter(TypedArrayPrototype, 'buffer'),
    TypedArrayPrototypeGetLength: getter(TypedArrayPrototype, 'length'),
    ArrayBufferPrototypeGetByteLength:
        getter(ArrayBuffer.prototype, 'byteLength'),

    StringPrototypeCharCodeAt: uncurry(String.prototype.charCodeAt),
    StringPrototypeEndsWith: uncurry(String.prototype.endsWith),
    StringPrototypeIncludes: uncurry(String.prototype.includes),
    StringPrototypeIndexOf: uncurry(String.prototype.indexOf),
    StringPrototypeLastIndexOf: uncurry(String.prototype.lastIndexOf),
    StringPrototypePadStart: uncurry(String.prototype.padStart),
    StringPrototypeSlice: uncurry(String.prototype.slice),
    StringPrototypeStartsWith: uncurry(String.prototype.startsWith),
    StringPrototypeToLowerCase: uncurry(String.prototype.toLowerCase),
    StringPrototypeToUpperCase: uncurry(String.prototype.toUpperCase),
    StringPrototypeTrim: uncurry(String.prototype.trim),
    StringFromCharCode: String.fromCharCode,

    RegExpPrototypeExec: uncurry(RegExp.prototype.exec),

    Map,
    MapPrototypeDelete: uncurry(Map.prototype.delete),
    MapPrototypeForEach: uncurry(Map.prototype.forEach),
    MapPrototypeGet: uncurry(Map.prototype.get),
    MapPrototypeSet: uncurry(Map.prototype.set),

    Promise,
    PromisePrototypeThen: uncurry(Promise.prototype.then),

    String,
    Number,
    NumberIsInteger: Number.isInteger,
    NumberIsNaN: Number.isNaN,
    NumberParseFloat: Number.parseFloat,
    NumberParseInt: Number.parseInt,
    NumberPrototypeToFixed: uncurry(Number.prototype.toFixed),
    NumberPrototypeToString: uncurry(Number.prototype.toString),
    MathFloor: Math.floor,
    MathMax: Math.max,
    MathMin: Math.min,
    BigInt,

    Date,
    DateNow: Date.now,
    DateParse: Date.parse,
    DatePrototypeGetTime: uncurry(Date.prototype.getTime),
    DatePrototypeToUTCString: uncurry(Date.prototype.toUTCString),

    Error,
    RangeError,
    SyntaxError,
    TypeError,
    ErrorCaptureStackTrace: Error.captureStackTrace,

    JSONParse: JSON.parse,
    JSONStringify: JSON.stringify,

    WeakMap,
    WeakMapPrototypeDelete: uncurry(WeakMap.prototype.delete),
    WeakMapPrototypeGet: uncurry(WeakMap.prototype.get),
    WeakMapPrototypeSet: uncurry(WeakMap.prototype.set),
    WeakRef,
    WeakRefPrototypeDeref: uncurry(WeakRef.prototype.deref),

    decodeURIComponent,
    encodeURIComponent,

    Symbol,
    SymbolAsyncIterator: Symbol.asyncIterator,
    SymbolFor: Symbol.for,
    SymbolIterator: Symbol.iterator,
    SymbolPrototypeToString: uncurry(Symbol.prototype.toString),
    SymbolToPrimitive: Symbol.toPrimitive,
    SymbolToStringTag: Symbol.toStringTag,
};
