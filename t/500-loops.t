# Functions that do not end.

use TestHostile timeout => '1s';

run_hostile();

__DATA__
=== spins in the handler
--- expect: 504 timeout
module.exports = () => { for (;;); };

=== spins at load
--- expect: 504 timeout
for (;;);

=== spins in what require makes of itself
--- expect: 504 timeout
if (module.children.length > 0 || require.main !== module) for (;;);
delete require.cache[__filename];
require.main = null;
module.exports = require('./index.js');
for (;;);

=== spins in a getter of the exported object
--- expect: 504 timeout
Object.defineProperty(module, 'exports', { get() { for (;;); } });

=== spins in toJSON
--- expect: 504 timeout
module.exports = (req, res) => res.json({ toJSON() { for (;;); } });

=== spins in toString of what it sends
--- expect: 504 timeout
module.exports = (req, res) => res.type('text').set('x-a', { toString() { for (;;); } });

=== spins in a timer
--- expect: 504 timeout
module.exports = () => { setTimeout(() => { for (;;); }, 10); };

=== spins in an immediate
--- expect: 504 timeout
module.exports = () => { setImmediate(() => { for (;;); }); };

=== spins in a tick
--- expect: 504 timeout
module.exports = () => { process.nextTick(() => { for (;;); }); };

=== spins in a microtask
--- expect: 504 timeout
module.exports = () => { queueMicrotask(() => { for (;;); }); };

=== spins in finally
--- expect: 504 timeout
module.exports = () => { try { for (;;); } finally { for (;;); } };

=== catches what ends it
--- expect: 504 timeout
module.exports = () => { for (;;) { try { for (;;); } catch { continue; } } };

=== spins after the response
--- expect: 200 -
--- wait: 1.5
module.exports = (req, res) => { res.send('sent'); for (;;); };

=== spins in a timer after the response
--- expect: 200 -
--- wait: 1.5
module.exports = (req, res) => {
    res.send('sent');
    setTimeout(() => { for (;;); }, 20);
};

=== spins in a promise after the response
--- expect: 200 -
--- wait: 1.5
module.exports = async (req, res) => {
    res.send('sent');
    await null;
    for (;;);
};

=== spins in an event handler of the response
--- expect: 200 -
--- wait: 1.5
module.exports = (req, res) => {
    res.on('finish', () => { for (;;); });
    res.send('sent');
};

=== awaits for ever
--- expect: 504 timeout
module.exports = async () => { await new Promise(() => {}); setTimeout(() => {}, 1e9); };

=== awaits for ever, with a timer that keeps it
--- expect: 504 timeout
module.exports = async () => {
    setInterval(() => {}, 1000);
    await new Promise(() => {});
};

=== queues microtasks for ever
--- expect: 504 timeout
module.exports = () => {
    const again = () => { Promise.resolve().then(again); };
    again();
};

=== queues microtasks for ever by queueMicrotask
--- expect: 504 timeout
module.exports = () => { (function again() { queueMicrotask(again); })(); };

=== awaits in a loop for ever
--- expect: 504 timeout
module.exports = async () => { for (;;) await null; };

=== ticks for ever
--- expect: 504 timeout
module.exports = () => { (function again() { process.nextTick(again); })(); };

=== immediates for ever
--- expect: 504 timeout
module.exports = () => { (function again() { setImmediate(again); })(); };

=== timers of no time for ever
--- expect: 504 timeout
module.exports = () => { (function again() { setTimeout(again, 0); })(); };

=== a thousand timers that spawn timers
--- expect: 504 timeout
module.exports = () => {
    const again = () => setTimeout(again, 1);
    for (let i = 0; i < 1000; i++) again();
};

=== a thenable that never settles
--- expect: 504 timeout
module.exports = () => { setInterval(() => {}, 100); return { then() {} }; };

=== a thenable that spins
--- expect: 504 timeout
module.exports = () => ({ then() { for (;;); } });

=== a thenable's getter that spins
--- expect: 504 timeout
module.exports = () => ({ get then() { for (;;); } });

=== generators that delegate for ever
--- expect: 504 timeout
module.exports = () => {
    function* again() { for (;;) yield 1; }
    for (const value of again());
};

=== spins in a Proxy's trap
--- expect: 504 timeout
module.exports = new Proxy(() => {}, { apply() { for (;;); } });

=== spins in Symbol.toPrimitive of a status
--- expect: 50. (timeout|exception)
module.exports = (req, res) => {
    res.status({ [Symbol.toPrimitive]() { for (;;); } }).end();
};

=== spins in a getter of the thrown error
--- expect: 504 timeout
module.exports = () => { throw { get message() { for (;;); } }; };

=== spins in the stack of the thrown error
--- expect: 504 timeout
module.exports = () => {
    const error = new Error('x');
    Object.defineProperty(error, 'stack', { get() { for (;;); } });
    throw error;
};

=== spins in Error.prepareStackTrace
--- expect: 50. (timeout|exception)
module.exports = () => {
    Error.prepareStackTrace = () => { for (;;); };
    throw new Error('x');
};

=== spins in a handler of unhandled rejections
--- expect: 50. (timeout|exception)
module.exports = () => {
    process.on && process.on('unhandledRejection', () => { for (;;); });
    Promise.reject(new Error('x'));
    setInterval(() => {}, 100);
};

=== spins in what console formats
--- expect: 504 timeout
module.exports = (req, res) => {
    console.log({ get a() { for (;;); }, toString() { for (;;); },
                  toJSON() { for (;;); } });
    console.log('%s', { toString() { for (;;); } });
    for (;;);
};

=== a regular expression that backtracks
--- expect: 504 timeout
module.exports = (req, res) => res.send(/^(a+)+$/.test('a'.repeat(60) + 'b'));

=== a regular expression that backtracks, at load
--- expect: 504 timeout
/(x+x+)+y/.test('x'.repeat(80));
module.exports = (req, res) => res.send('');

=== a regular expression of replace and split
--- expect: 504 timeout
module.exports = (req, res) => {
    res.send(('a'.repeat(40) + '!').split(/(?:a|a?)+$/).join()
             + ('a'.repeat(60) + '!').replace(/(?:a|aa)+$/g, ''));
};

=== BigInt powers
--- expect: 50. (timeout|exception|memory)
--- within: 6
module.exports = (req, res) => {
    let n = 3n;
    for (;;) n = n ** 5n;
};

=== BigInt to a string
--- expect: 50. (timeout|exception|memory)
--- within: 8
module.exports = (req, res) => res.send((7n ** 4000000n).toString(10));

=== a Date in a loop
--- expect: 504 timeout
module.exports = () => { while (new Date().toLocaleString('de') || true); };

=== sorts with a comparator that never agrees
--- expect: 504 timeout
module.exports = () => {
    const list = Array.from({ length: 2e6 }, (_, i) => i);
    for (;;) list.sort(() => Math.random() - 0.5);
};

=== eval and Function spin
--- expect: 50. (timeout|exception)
module.exports = () => { new Function('for (;;);')(); eval('for (;;);'); };

=== Atomics.wait
--- expect: 50. (timeout|exception)
module.exports = () => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(8)), 0, 0);
    for (;;);
};

=== Atomics.wait with a long time, again and again
--- expect: 50. (timeout|exception)
module.exports = () => {
    const shared = new Int32Array(new SharedArrayBuffer(8));
    for (;;) Atomics.wait(shared, 0, 0, 1e8);
};

=== a finalizer that spins
--- expect: 200 -|504 timeout
--- wait: 2
--- times: 3
const registry = new FinalizationRegistry(() => { for (;;); });

module.exports = async (req, res) => {
    for (let i = 0; i < 200000; i++) registry.register({}, i);
    await new Promise(done => setTimeout(done, 50));
    res.send('done');
};

=== finalizers that throw
--- expect: 200 -|504 timeout
--- wait: 2
--- times: 3
const registry = new FinalizationRegistry(() => { throw new Error('final'); });

module.exports = async (req, res) => {
    for (let i = 0; i < 200000; i++) registry.register({}, i);
    await new Promise(done => setTimeout(done, 50));
    res.send('done');
};

=== a WeakRef chase: what they refer to lives until the job ends
--- expect: (504 timeout|500 memory)
module.exports = () => {
    const refs = [];
    for (;;) { refs.push(new WeakRef({})); if (refs.length > 1e5) refs.length = 0; }
};

=== WebAssembly that spins
--- expect: 50. (timeout|exception)
module.exports = () => {
    const bytes = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0,
        3, 2, 1, 0, 7, 5, 1, 1, 97, 0, 0, 10, 9, 1, 7, 0, 3, 64, 12, 0, 11, 11]);
    new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports.a();
};

=== spins when WebAssembly has been compiled
--- expect: 504 timeout
module.exports = async () => {
    await WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
    for (;;);
};

=== waits for a body that has come
--- expect: 504 timeout
--- method: POST
module.exports = req => { req.on('data', () => { for (;;); }); };

=== import() that never comes
--- expect: 50. (timeout|exception)
module.exports = async () => { await import('./nothing.mjs'); };
