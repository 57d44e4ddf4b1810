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

module.exports = {
    __proto__: null,

    ReflectApply: apply,
    ReflectOwnKeys: ownKeys,
    ReflectGetPrototypeOf: getPrototypeOf,

    ObjectPrototype: Object.prototype,
    ObjectCreate: Object.create,
    ObjectDefineProperty: Object.defineProperty,
    ObjectGetOwnPropertyDescriptor: Object.getOwnPropertyDescriptor,
    ObjectKeys: Object.keys,
    ObjectSetPrototypeOf: Object.setPrototypeOf,
    ObjectFreeze: Object.freeze,
    ObjectPrototypeHasOwnProperty: uncurry(Object.prototype.hasOwnProperty),
    ObjectPrototypePropertyIsEnumerable:
        uncurry(Object.prototype.propertyIsEnumerable),
    ObjectPrototypeToString: uncurry(Object.prototype.toString),

    FunctionPrototypeToString: uncurry(Function.prototype.toString),

    ArrayIsArray: Array.isArray,
    ArrayPrototypeIndexOf: uncurry(Array.prototype.indexOf),
    ArrayPrototypeJoin: uncurry(Array.prototype.join),
    ArrayPrototypePop: uncurry(Array.prototype.pop),
    ArrayPrototypePush: uncurry(Array.prototype.push),
    ArrayPrototypeReverse: uncurry(Array.prototype.reverse),
    ArrayPrototypeShift: uncurry(Array.prototype.shift),
    ArrayPrototypeSlice: uncurry(Array.prototype.slice),
    ArrayPrototypeSort: uncurry(Array.prototype.sort),
    ArrayPrototypeSplice: uncurry(Array.prototype.splice),
    ArrayPrototypeUnshift: uncurry(Array.prototype.unshift),

    ArrayBuffer,
    ArrayBufferIsView: ArrayBuffer.isView,
    Uint8Array,
    TypedArrayPrototypeSubarray:
        uncurry(getPrototypeOf(Uint8Array.prototype).subarray),
    TypedArrayPrototypeSet: uncurry(getPrototypeOf(Uint8Array.prototype).set),
    TypedArrayPrototypeGetLength: uncurry(Object.getOwnPropertyDescriptor(
        getPrototypeOf(Uint8Array.prototype), 'length').get),
    TypedArrayPrototypeGetSymbolToStringTag:
        uncurry(Object.getOwnPropertyDescriptor(
            getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get),
    ArrayBufferPrototypeGetByteLength: uncurry(
        Object.getOwnPropertyDescriptor(ArrayBuffer.prototype,
                                        'byteLength').get),

    StringPrototypeCharCodeAt: uncurry(String.prototype.charCodeAt),
    StringPrototypeEndsWith: uncurry(String.prototype.endsWith),
    StringPrototypeIncludes: uncurry(String.prototype.includes),
    StringPrototypeIndexOf: uncurry(String.prototype.indexOf),
    StringPrototypeLastIndexOf: uncurry(String.prototype.lastIndexOf),
    StringPrototypePadEnd: uncurry(String.prototype.padEnd),
    StringPrototypePadStart: uncurry(String.prototype.padStart),
    StringPrototypeRepeat: uncurry(String.prototype.repeat),
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
    MapPrototypeHas: uncurry(Map.prototype.has),
    MapPrototypeSet: uncurry(Map.prototype.set),

    Promise,
    PromisePrototypeThen: uncurry(Promise.prototype.then),

    String,
    Number,
    NumberIsInteger: Number.isInteger,
    NumberIsNaN: Number.isNaN,
    NumberParseInt: Number.parseInt,
    MathCeil: Math.ceil,
    MathFloor: Math.floor,
    MathMax: Math.max,
    MathMin: Math.min,
    MathSqrt: Math.sqrt,
    BigInt,

    Date,
    DateNow: Date.now,
    DateParse: Date.parse,
    DatePrototypeGetTime: uncurry(Date.prototype.getTime),
    DatePrototypeToISOString: uncurry(Date.prototype.toISOString),
    DatePrototypeToUTCString: uncurry(Date.prototype.toUTCString),

    Error,
    RangeError,
    SyntaxError,
    TypeError,
    ErrorCaptureStackTrace: Error.captureStackTrace,

    JSONParse: JSON.parse,
    JSONStringify: JSON.stringify,

    decodeURIComponent,
    encodeURIComponent,
    encodeURI,

    Symbol,
    SymbolAsyncIterator: Symbol.asyncIterator,
    SymbolIterator: Symbol.iterator,
    SymbolPrototypeToString: uncurry(Symbol.prototype.toString),
    SymbolToPrimitive: Symbol.toPrimitive,
    SymbolToStringTag: Symbol.toStringTag,

    uncurry,
};
