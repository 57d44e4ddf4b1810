# Functions that take all the memory they can get.

use TestHostile timeout => '5s', memory => '32m', parallel => 2,
    fresh => 12;

run_hostile();

__DATA__
=== arrays of arrays
--- expect: 500 memory
module.exports = () => { const a = []; for (;;) a.push(new Array(1e5).fill(1)); };

=== arrays of arrays, caught
--- expect: 500 memory
module.exports = () => {
    const a = [];
    for (;;) try { for (;;) a.push(new Array(1e5).fill(1)); } catch {}
};

=== arrays at load
--- expect: 500 memory
const a = [];
for (;;) a.push(new Array(1e5).fill(1));

=== arrays in a promise
--- expect: 500 memory
module.exports = async () => {
    const a = [];
    for (;;) { await null; a.push(new Array(1e5).fill(1)); }
};

=== arrays in a timer, after the response
--- expect: 200 -
--- wait: 3
const a = [];
module.exports = (req, res) => {
    res.send('sent');
    setTimeout(() => { for (;;) a.push(new Array(1e5).fill(1)); }, 1);
};

=== a Map that grows
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = () => { const m = new Map(); for (let i = 0;; i++) m.set(i, { i }); };

=== a Set that grows
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = () => { const s = new Set(); for (let i = 0;; i++) s.add(i + 0.5); };

=== a Set of strings
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = () => { const s = new Set(); for (let i = 0;; i++) s.add('k' + i); };

=== an object that grows
--- expect: 50. (memory|crashed|timeout)
module.exports = () => { const o = {}; for (let i = 0;; i++) o['k' + i] = i; };

=== a WeakMap that grows
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = () => {
    const w = new WeakMap(), keep = [];
    for (;;) { const key = {}; keep.push(key); w.set(key, [key]); }
};

=== symbols
--- expect: 50. (memory|crashed|timeout)
module.exports = () => { for (let i = 0;; i++) Symbol.for('s' + i); };

=== closures
--- expect: 50. (memory|crashed|timeout)
module.exports = () => {
    let f = () => 0;
    for (;;) { const g = f; f = () => g; }
};

=== a string that doubles
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = (req, res) => { let s = 'x'; for (;;) s += s; };

=== strings that are kept
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = () => {
    const keep = [];
    for (let i = 0;; i++) keep.push((String(i) + 'x'.repeat(1e5)).slice(1).toUpperCase());
};

=== repeat and split
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = (req, res) => res.json('x'.repeat(2 ** 28).split(''));

=== repeat and replace
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = (req, res) => res.send('x'.repeat(2 ** 28).replace(/x/g, 'yy'));

=== repeat and toUpperCase
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = (req, res) => res.send('x'.repeat(2 ** 28).toUpperCase());

=== repeat and normalize
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = (req, res) => res.send('\u00e9'.repeat(2 ** 27).normalize('NFD'));

=== repeat and encodeURIComponent
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = (req, res) => res.send(encodeURIComponent('\u20ac'.repeat(2 ** 26)));

=== repeat and JSON.stringify
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = (req, res) => res.send(JSON.stringify('"'.repeat(2 ** 28)));

=== repeat and padStart
--- expect: 50. (memory|crashed|exception|response_too_large|timeout)
module.exports = (req, res) => res.send('x'.padStart(2 ** 29 - 24, 'ab'));

=== spreads a long string
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = (req, res) => res.json([...'.'.repeat(5e8)]);

=== Array.from a long string
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = (req, res) => res.json(Array.from('.'.repeat(5e8)));

=== matches a long string
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = (req, res) => res.json('ab'.repeat(2 ** 27).match(/./g));

=== JSON.stringify of very many numbers
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = (req, res) => res.send(JSON.stringify(new Array(3e7).fill(1.5)));

=== JSON.stringify of very many numbers, typed
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = (req, res) => res.send(JSON.stringify(Array.from(new Float64Array(3e7))));

=== JSON.parse of a deep text
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = (req, res) => res.json(JSON.parse('['.repeat(1e7)));

=== JSON.parse of many objects
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = (req, res) => res.json(JSON.parse('[' + '{"a":[1]},'.repeat(1e7) + '1]'));

=== join of a sparse array
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = (req, res) => res.send(new Array(2 ** 28).join('ab'));

=== Array(n).fill of very many
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = (req, res) => res.json(new Array(2 ** 26).fill({}));

=== Array.from of a length
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = (req, res) => res.json(Array.from({ length: 2 ** 28 }));

=== concat and flat
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = (req, res) => {
    let a = [1];
    for (;;) a = a.concat([a, a]).flat(2);
};

=== spread arguments
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = (req, res) => res.json(Math.max(...new Array(1e8).fill(0)));

=== apply with very many arguments
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = (req, res) => res.json(String.fromCharCode.apply(null, new Array(5e7).fill(65)));

=== bind of bind of bind
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = () => { let f = () => 0; for (;;) f = f.bind(null, f); };

=== ArrayBuffers by the hundred
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = () => { const a = []; for (;;) a.push(new ArrayBuffer(1e7)); };

=== ArrayBuffers, caught
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = () => {
    const a = [];
    for (;;) try { a.push(new ArrayBuffer(1e7)); } catch {}
};

=== one ArrayBuffer of the largest size
--- expect: 500 (memory|exception)
module.exports = (req, res) => res.json(new ArrayBuffer(2 ** 33).byteLength);

=== SharedArrayBuffers by the hundred
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = () => { const a = []; for (;;) a.push(new SharedArrayBuffer(1e7)); };

=== resizable ArrayBuffers
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = () => {
    const a = [];
    for (;;) {
        const b = new ArrayBuffer(1, { maxByteLength: 1e7 });
        if (b.resize) b.resize(1e7); else throw new Error('no resize');
        a.push(b);
    }
};

=== typed arrays
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = () => { const a = []; for (;;) a.push(new Float64Array(1e6).fill(1)); };

=== small typed arrays, very many
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = () => { const a = []; for (;;) a.push(new Uint8Array(8)); };

=== WebAssembly memories
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = () => {
    const a = [];
    for (;;) a.push(new WebAssembly.Memory({ initial: 1000, maximum: 65536 }));
};

=== a WebAssembly memory that grows
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536 });
    for (;;) { memory.grow(256); new Uint8Array(memory.buffer).fill(1); }
};

=== WebAssembly tables
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = () => {
    const a = [];
    for (;;) a.push(new WebAssembly.Table({ initial: 1e6, element: 'anyfunc' }));
};

=== BigInts that are kept
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = () => { const a = []; for (let n = 1n;; n <<= 1000n) a.push(n); };

=== a BigInt of the largest size
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = (req, res) => res.send(String((1n << (2n ** 30n - 1n)) * 3n));

=== regular expressions
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = () => {
    const a = [];
    for (let i = 0;; i++) { const r = new RegExp('(a' + i + '){1,20}'.repeat(50)); r.test('a'); a.push(r); }
};

=== compiled functions
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = () => {
    const a = [];
    for (let i = 0;; i++) a.push(new Function('return ' + '1+'.repeat(1000) + i));
};

=== promises that nobody keeps waiting
--- expect: 50. (memory|crashed|timeout)
module.exports = async () => {
    const a = [];
    for (;;) { a.push(new Promise(() => {}).then(() => {})); if (a.length % 1e4 === 0) await null; }
};

=== rejections that nobody handles
--- expect: 50. (memory|crashed|timeout|exception)
module.exports = () => { for (;;) Promise.reject(new Error('x')); };

=== ticks without number
--- expect: 50. (memory|crashed|timeout)
module.exports = () => { for (;;) process.nextTick(() => {}); };

=== timers without number
--- expect: 50. (memory|crashed|timeout)
module.exports = () => { for (;;) setTimeout(() => {}, 1e6); };

=== immediates without number
--- expect: 50. (memory|crashed|timeout)
module.exports = () => { for (;;) setImmediate(() => {}); };

=== microtasks without number
--- expect: 50. (memory|crashed|timeout)
module.exports = () => { for (;;) queueMicrotask(() => {}); };

=== listeners without number
--- expect: 50. (memory|crashed|timeout|exception)
module.exports = (req, res) => { for (;;) res.on('finish', () => {}); };

=== console lines without number
--- expect: 50. (memory|crashed|timeout)
module.exports = () => { for (;;) console.log('x'.repeat(1000)); };

=== a module that evaluates itself again and again
--- expect: 50. (memory|crashed|exception|timeout)
delete require.cache[__filename];
const data = new Array(1e5).fill(1.5);
exports.inner = require('./index.js');
exports.data = data;

=== structured data of getters
--- expect: 50. (memory|crashed|exception|timeout)
module.exports = (req, res) => {
    const make = () => ({ get a() { return make(); } });
    res.json(make());
};

=== errors with long stacks
--- expect: 50. (memory|crashed|timeout)
module.exports = () => {
    Error.stackTraceLimit = Infinity;
    const a = [];
    const deep = n => { if (n) deep(n - 1); else a.push(new Error('x'.repeat(1000))); };
    for (;;) deep(1000);
};

=== headers without number
--- expect: 50. (memory|crashed|exception|response_too_large|timeout)
module.exports = (req, res) => { for (let i = 0;; i++) res.set('x-' + i, 'y'.repeat(100)); };

=== a body without end, that nobody sends
--- expect: (500 (memory|crashed|exception|response_too_large)|closed -)
module.exports = (req, res) => { for (;;) res.write('x'.repeat(1e6)); };
