# Built-in functions of V8 that take for ever and cannot be interrupted, and
# recursions without an end.

use TestHostile timeout => '1s', parallel => 2;

run_hostile();

__DATA__
=== fill of a sparse array
--- expect: 50. (timeout|memory)
module.exports = (req, res) => { const a = []; a.length = 2 ** 32 - 1; a.fill(0); res.end(); };

=== sort of a sparse array
--- expect: 50. (timeout|exception|memory|crashed)
module.exports = (req, res) => {
    const a = [3, 1, 2];
    a.length = 2 ** 32 - 1;
    a[2 ** 32 - 2] = 0;
    a.sort();
    res.end();
};

=== reverse of a sparse array
--- expect: 50. (timeout|exception|memory|crashed)
module.exports = (req, res) => { const a = [1]; a.length = 2 ** 32 - 1; a.reverse(); res.end(); };

=== indexOf over an object that claims a length
--- expect: 50. (timeout|exception|memory|crashed)
module.exports = (req, res) => {
    res.json(Array.prototype.indexOf.call({ length: Number.MAX_SAFE_INTEGER }, 1));
};

=== includes over a sparse array
--- expect: (200 -|50. (timeout|exception|memory|crashed))
module.exports = (req, res) => { const a = []; a.length = 2 ** 32 - 1; res.json(a.includes(1)); };

=== splice and unshift over a claimed length
--- expect: 50. (timeout|exception|memory|crashed)
module.exports = (req, res) => {
    Array.prototype.unshift.call({ length: 2 ** 53 - 2 }, 1);
    Array.prototype.splice.call({ length: 2 ** 53 - 2 }, 0, 1);
    res.end();
};

=== join of what has a length
--- expect: 50. (timeout|exception|memory|crashed)
module.exports = (req, res) => res.send(Array.prototype.join.call({ length: 2 ** 32 }, ''));

=== copyWithin and lastIndexOf
--- expect: 50. (timeout|exception|memory|crashed)
module.exports = (req, res) => {
    const a = [];
    a.length = 2 ** 32 - 1;
    a.copyWithin(0, 1);
    a.lastIndexOf(1);
    res.end();
};

=== forEach over a claimed length
--- expect: 504 timeout
module.exports = () => { Array.prototype.forEach.call({ length: 2 ** 53 - 1 }, () => {}); };

=== flat of an array that holds itself
--- expect: 50. (timeout|exception|memory|crashed)
module.exports = (req, res) => { const a = []; a.push(a, a); res.json(a.flat(Infinity)); };

=== fill of a large typed array, again and again
--- expect: 504 timeout
module.exports = () => { const a = new Uint8Array(2e7); for (;;) a.fill(1).reverse(); };

=== sort of a large typed array
--- expect: 50. (timeout|memory|exception)
module.exports = (req, res) => {
    const a = new Float64Array(4e6);
    for (;;) { for (let i = 0; i < a.length; i++) a[i] = Math.random(); a.sort(); }
};

=== localeCompare and Intl in a loop
--- expect: 504 timeout
module.exports = () => {
    for (;;) 'a'.repeat(10000).localeCompare('b'.repeat(10000), 'sv', { numeric: true });
};

=== Intl objects by the thousand
--- expect: 50. (timeout|memory|crashed)
module.exports = () => {
    const keep = [];
    for (;;) keep.push(new Intl.NumberFormat('de-DE'), new Intl.Collator('sv'));
};

=== indexOf of a pattern that nearly matches
--- expect: 50. (timeout|memory|crashed)
module.exports = (req, res) => {
    const text = 'a'.repeat(2 ** 22), part = 'a'.repeat(2 ** 21) + 'b';
    for (;;) text.lastIndexOf(part);
};

=== replaceAll that grows
--- expect: 50. (timeout|memory|crashed|exception)
module.exports = (req, res) => { let s = 'ab'; for (;;) s = s.replaceAll('a', s); };

=== deep recursion
--- expect: 500 exception
--- body: Maximum call stack size exceeded
module.exports = () => { (function deep() { deep(); })(); };

=== deep recursion that is caught
--- expect: 504 timeout
module.exports = () => { (function deep() { try { deep(); } finally { deep(); } })(); };

=== deep recursion at load
--- expect: 50. (exception|timeout)
(function deep() { deep(); })();

=== deep recursion by require
--- expect: 50. (exception|timeout)
delete require.cache[__filename];
module.exports = require(__filename);

=== deep recursion by toString
--- expect: 50. (exception|timeout)
module.exports = (req, res) => { const o = { toString() { return '' + o; } }; res.send('' + o); };

=== deep recursion by toJSON
--- expect: 50. (exception|timeout)
module.exports = (req, res) => { const make = () => ({ toJSON: () => [make()] }); res.json(make()); };

=== deep recursion in the console
--- expect: (200 -|500 exception)
module.exports = (req, res) => {
    let deep = {};
    for (let i = 0; i < 1e5; i++) deep = { deep };
    console.log(deep);
    console.error('%o %j', deep, deep);
    const make = () => ({ get a() { return make(); }, [Symbol.iterator]: make });
    console.dir(make(), { depth: Infinity });
    res.json(1);
};

=== deep objects as JSON
--- expect: 50. (exception|timeout)
module.exports = (req, res) => {
    let deep = {};
    for (let i = 0; i < 1e5; i++) deep = { deep };
    res.json(deep);
};

=== a circular object as JSON
--- expect: 500 exception
--- body: circular
module.exports = (req, res) => { const a = {}; a.a = a; res.json(a); };

=== deep nested arrays to a string
--- expect: 50. (exception|timeout)
module.exports = (req, res) => {
    let a = [];
    for (let i = 0; i < 1e5; i++) a = [a];
    res.send(String(a));
};

=== deep regular expression
--- expect: 50. (exception|timeout)
module.exports = () => { new RegExp('('.repeat(1e5) + ')'.repeat(1e5)).test('a'); };

=== deep source text
--- expect: 50. (exception|timeout)
module.exports = () => { new Function('return ' + '('.repeat(1e6) + ')'.repeat(1e6)); };

=== deep source text of arrows, eval
--- expect: 50. (exception|timeout)
module.exports = () => { (0, eval)('a=>'.repeat(1e5) + '1'); };

=== deep template and class texts
--- expect: 50. (exception|timeout)
module.exports = () => { (0, eval)('`${'.repeat(1e5) + '1' + '}`'.repeat(1e5)); };

=== a chain of bound functions
--- expect: (200 -|500 exception)
module.exports = (req, res) => {
    let f = () => 1;
    for (let i = 0; i < 1e5; i++) f = f.bind(null);
    res.json(f());
};

=== a chain of prototypes
--- expect: 50. (timeout|exception|memory)
module.exports = () => {
    let o = {};
    for (let i = 0; i < 1e5; i++) o = Object.create(o);
    for (;;) o.nothing;
};

=== a chain of proxies
--- expect: 50. (exception|timeout)
module.exports = (req, res) => {
    let p = {};
    for (let i = 0; i < 1e5; i++) p = new Proxy(p, {});
    res.json(p.nothing);
};

=== proxies as prototype of each other
--- expect: 50. (exception|timeout)
module.exports = (req, res) => {
    const p = new Proxy({}, { get: (t, k, r) => r[k], has: (t, k) => k in p });
    Object.setPrototypeOf(Object.prototype.constructor.prototype === p ? {} : p, null);
    res.json(p.a || 'a' in p);
};

=== a Proxy whose every trap recurses
--- expect: 50. (exception|timeout)
const trap = new Proxy({}, { get: () => () => trap.x });
const wild = new Proxy(function () {}, trap);
module.exports = (req, res) => res.json({ [wild]: wild, ...wild });

=== a Proxy as the answer
--- expect: (200 -|500 exception)
module.exports = (req, res) => {
    res.send(new Proxy({}, { ownKeys() { throw new Error('keys'); },
                             get() { throw new Error('get'); } }));
};

=== exports a Proxy of nothing
--- expect: 500 (exception|bad_export)
const { proxy, revoke } = Proxy.revocable(() => {}, {});
revoke();
module.exports = proxy;

=== a generator that resumes itself
--- expect: 50. (exception|timeout)
module.exports = () => {
    const g = (function* () { g.next(); })();
    g.next();
};

=== async recursion without an end
--- expect: 50. (timeout|memory|crashed|exception)
module.exports = async function again() { await again(); };

=== constructors that construct
--- expect: 50. (exception|timeout)
module.exports = () => { class A { b = new A(); } new A(); };

=== getters in getters of the exported function
--- expect: 500 exception
const f = () => {};
Object.defineProperty(f, 'call', { get() { return f.call; } });
Object.defineProperty(f, 'apply', { get() { return f.apply; } });
f.call;
module.exports = f;

=== deep recursion, again and again
--- expect: (200 -|504 timeout)
--- within: 9
module.exports = (req, res) => {
    let n = 0;
    const deep = () => { n++; deep(); };
    for (let i = 0; i < 50; i++) try { deep(); } catch {}
    res.json(n > 1000);
};
