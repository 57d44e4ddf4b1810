# v8 and vm, as far as a function may look into the machine.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: values are serialized as Node 18 does it
--- function
const v8 = require('v8');
const { isDeepStrictEqual } = require('util');

module.exports = (req, res) => {
  const value = {
    a: [1, -2.5, 2n, 'x', '\u20ac', undefined, null, true], d: new Date(0),
    r: /a/g, m: new Map([[1, new Set([2])]]), b: Buffer.from('hi'),
    f: new Float64Array([1.5]), e: new RangeError('no').message,
  };

  value.self = value;

  res.json([
    isDeepStrictEqual(v8.deserialize(v8.serialize(value)), value),
    v8.serialize({ a: 1, b: '\u00fc', c: Buffer.from('x') }).toString('hex'),
    Buffer.isBuffer(v8.serialize(1)),
  ]);
};
--- request
GET /t
--- response_body chomp
[true,"ff0f6f22016149022201622201fc2201635c0a01787b03",true]



=== TEST 2: step by step, and by methods of a class
--- function
const v8 = require('v8');

class Writer extends v8.DefaultSerializer {
  _writeHostObject(view) {
    this.writeUint32(view.length);
    this.writeRawBytes(view);
  }
}

class Reader extends v8.DefaultDeserializer {
  _readHostObject() {
    const length = this.readUint32();

    return { length, first: this.readRawBytes(length)[0] };
  }
}

module.exports = (req, res) => {
  const w = new Writer();

  w.writeHeader();
  w.writeUint64(1, 2);
  w.writeDouble(-0.25);
  w.writeUint32(2 ** 32 - 1);
  w.writeValue([new Uint8Array([7, 8, 9]), 'end']);

  const r = new Reader(w.releaseBuffer());

  r.readHeader();
  res.json([r.readUint64(), r.readDouble(), r.readUint32(), r.readValue(),
            w.releaseBuffer().length]);
};
--- request
GET /t
--- response_body chomp
[[1,2],-0.25,4294967295,[{"length":3,"first":7},"end"],0]



=== TEST 3: what is no serialized value, or cannot be one
--- function
const v8 = require('v8');

module.exports = (req, res) => res.json([
  () => v8.deserialize(Buffer.from('ff0f7b', 'hex')),
  () => v8.deserialize(Buffer.from('ff0f6f', 'hex')),
  () => v8.deserialize(Buffer.from('ff0f5c0affffffff0f', 'hex')),
  () => v8.deserialize('text'),
  () => new v8.Deserializer(new Uint8Array(1)).readDouble(),
  () => new v8.Deserializer(new Uint8Array(4))._readRawBytes(5),
  () => new v8.Deserializer(new Uint8Array(4))._readRawBytes(-1),
  () => v8.serialize(() => {}),
  () => v8.serialize({ get x() { throw new Error('of a getter'); } }),
  () => new v8.Serializer().writeRawBytes('text'),
  () => new (class extends v8.Deserializer {
    _readHostObject() {
      return 1;
    }
  })(Buffer.from('5c', 'hex')).readValue(),
].map((fn) => {
  try {
    return fn();
  } catch ({ code, message }) {
    return code ?? message;
  }
}));
--- request
GET /t
--- response_body chomp
["Unable to deserialize cloned data.","Unable to deserialize cloned data.","ReadRawBytes() failed","ERR_INVALID_ARG_TYPE","ReadDouble() failed","ReadRawBytes() failed","ReadRawBytes() failed","() => {} could not be cloned.","of a getter","ERR_INVALID_ARG_TYPE","readHostObject must return an object"]



=== TEST 4: a reader keeps its bytes, whatever becomes of the buffer
--- function
const v8 = require('v8');

module.exports = (req, res) => {
  const bytes = new Uint8Array(v8.serialize({ text: 'kept' }));
  const reader = new v8.Deserializer(bytes);

  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  reader.readHeader();
  res.json([bytes.length, reader.readValue()]);
};
--- request
GET /t
--- response_body chomp
[0,{"text":"kept"}]



=== TEST 5: the heap is the isolate's, and what would change the process is refused
--- function
const v8 = require('v8');

module.exports = (req, res) => {
  const stat = v8.getHeapStatistics();

  res.json([
    stat.heap_size_limit, stat.used_heap_size > 1e5,
    stat.used_heap_size + stat.total_available_size === stat.heap_size_limit,
    v8.getHeapSpaceStatistics().length, v8.startupSnapshot.isBuildingSnapshot(),
    ...[() => v8.setFlagsFromString('--expose-gc'),
        () => v8.writeHeapSnapshot(), () => v8.getHeapSnapshot(),
        () => v8.setHeapSnapshotNearHeapLimit(1)].map((fn) => {
      try {
        return fn();
      } catch ({ code }) {
        return code;
      }
    }),
  ]);
};
--- request
GET /t
--- response_body chomp
[134217728,true,true,8,false,"EACCES","EACCES","EACCES","EACCES"]



=== TEST 6: scripts in this context
--- function
const vm = require('vm');

module.exports = (req, res) => {
  const script = new vm.Script('globalThis.n = (globalThis.n ?? 0) + 1');
  let where;

  try {
    vm.runInThisContext('\nthrow new Error("x")', { filename: 'there.js',
                                                    lineOffset: 10 });
  } catch ({ stack }) {
    where = stack.split('\n')[1].trim();
  }

  script.runInThisContext();

  res.json([
    script.runInThisContext(), vm.runInThisContext('1 + 1'),
    vm.runInThisContext('typeof require'), where,
    vm.compileFunction('return a + b + c', ['a', 'b'],
                       { contextExtensions: [{ c: 5 }] })(1, 2),
    vm.isContext({}),
  ]);
};
--- request
GET /t
--- response_body chomp
[2,2,"undefined","at there.js:12:7",8,false]



=== TEST 7: what is no script, and what vm has not
--- function
const vm = require('vm');

module.exports = (req, res) => res.json([
  () => new vm.Script('var ;', 'my.js'),
  () => vm.compileFunction('}); (function () {'),
  () => vm.Script.prototype.runInThisContext.call({}),
  () => vm.createContext({}),
  () => vm.runInNewContext('1'),
  () => vm.runInThisContext('1', { timeout: 5 }),
  () => vm.runInThisContext('1', { timeout: -5 }),
  () => vm.runInContext('1', {}),
].map((fn) => {
  try {
    return fn();
  } catch ({ name, code }) {
    return code ?? name;
  }
}));
--- request
GET /t
--- response_body chomp
["SyntaxError","SyntaxError","TypeError","ERR_FEATURE_UNAVAILABLE_ON_PLATFORM","ERR_FEATURE_UNAVAILABLE_ON_PLATFORM","ERR_FEATURE_UNAVAILABLE_ON_PLATFORM","ERR_OUT_OF_RANGE","ERR_INVALID_ARG_TYPE"]



=== TEST 8: V8 is never given a code cache of a function's
--- function
const vm = require('vm');

module.exports = (req, res) => {
  const { cachedDataRejected } = new vm.Script('1', {
    cachedData: Buffer.alloc(100, 1) });
  const made = new vm.Script('1', { produceCachedData: true });

  res.json([cachedDataRejected, made.cachedDataProduced,
            made.createCachedData().length]);
};
--- request
GET /t
--- response_body chomp
[true,false,0]



=== TEST 9: what writers hold counts
--- function
const v8 = require('v8');

module.exports = (req, res) => {
  const bytes = Buffer.alloc(1 << 22);
  const writers = [];

  for (let i = 0; i < 100; i++) {
    const writer = new v8.Serializer();

    for (let n = 0; n < 4; n++) {
      writer.writeRawBytes(bytes);
    }

    writers.push(writer);
  }

  res.send(`${writers.length} are held`);
};
--- request
GET /t
--- error_code: 500
--- response_body_like: "code":"memory"
--- error_log
failed, memory
