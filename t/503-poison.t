# Functions that change what all JavaScript rests upon, and errors and exports
# that fight back.

use TestHostile timeout => '3s', parallel => 4, patient => 1;

run_hostile();

__DATA__
=== poisons Object.prototype
--- expect: 200 -
Object.prototype.status = 599;
Object.prototype.headers = { 'x-evil': '1' };
Object.prototype.then = function () { throw new Error('then'); };
Object.prototype.value = 1;
Object.prototype.writable = false;
Object.prototype.get = () => { throw new Error('get'); };
module.exports = (req, res) => res.json({ a: 1 });

=== setters on Object.prototype
--- expect: 200 -
for (const name of ['id', 'code', 'name', 'message', 'stack', 'body', 'query',
                    'path', 'length', '0', '1', 'exports', 'loaded', 'done'])
    Object.defineProperty(Object.prototype, name, {
        set() { throw new Error('set ' + name); },
        get() { throw new Error('get ' + name); },
        configurable: true });
module.exports = (req, res) => res.end('ok');

=== poisons Array.prototype
--- expect: 200 -
for (const name of Object.getOwnPropertyNames(Array.prototype))
    if (name !== 'length' && name !== 'constructor')
        Array.prototype[name] = () => { throw new Error('poisoned ' + name); };
Array.prototype[Symbol.iterator] = () => { throw new Error('poisoned'); };
Object.defineProperty(Array.prototype, 0, { set() { throw new Error('set 0'); }, configurable: true });
module.exports = (req, res) => res.set('x-a', 'b').json({ a: req.query, b: req.headers });

=== poisons Promise.prototype.then
--- expect: (200 -|50. (exception|timeout))
Promise.prototype.then = () => { throw new Error('then'); };
Promise.prototype.catch = Promise.prototype.finally = Promise.prototype.then;
Promise.resolve = Promise.reject = () => { throw new Error('resolve'); };
module.exports = async (req, res) => res.send('ok');

=== Promise.prototype.constructor and species
--- expect: (200 -|50. (exception|timeout))
Promise.prototype.constructor = function () { throw new Error('constructor'); };
Object.defineProperty(Promise, Symbol.species, { get() { throw new Error('species'); } });
module.exports = async (req, res) => { await Promise.resolve(); res.send('ok'); };

=== poisons JSON
--- expect: (200 -|500 exception)
JSON.stringify = JSON.parse = () => { for (;;); };
module.exports = (req, res) => res.json({ a: 1 });

=== poisons Function.prototype
--- expect: 200 -
Function.prototype.call = Function.prototype.apply = Function.prototype.bind = () => { throw new Error('call'); };
Function.prototype[Symbol.hasInstance] = undefined;
module.exports = (req, res) => res.status(200).type('text').send('ok');

=== poisons Reflect, Symbol and Object
--- expect: 200 -
const names = Object.getOwnPropertyNames;
for (const object of [Reflect, Object, Number, String, Symbol, Math, Date])
    for (const name of names(object))
        try { object[name] = () => { throw new Error('poisoned ' + name); }; } catch {}
module.exports = (req, res) => res.set('a', 'b').cookie('a', 'b', { maxAge: 1 }).json([1]);

=== poisons String and RegExp
--- expect: 200 -
for (const proto of [String.prototype, RegExp.prototype, Number.prototype])
    for (const name of Reflect.ownKeys(proto))
        if (name !== 'constructor')
            try { Object.defineProperty(proto, name, { value() { throw new Error('poisoned ' + String(name)); } }); } catch {}
module.exports = (req, res) => {
    res.set('content-type', 'text/plain; charset=utf-8').append('x', 'y').send('ok' + req.get('host') + req.path);
};

=== poisons Map, Set and WeakMap
--- expect: 200 -
for (const proto of [Map.prototype, Set.prototype, WeakMap.prototype, WeakSet.prototype])
    for (const name of Reflect.ownKeys(proto))
        if (name !== 'constructor')
            try { Object.defineProperty(proto, name, { value() { throw new Error('poisoned'); } }); } catch {}
module.exports = async (req, res) => { await new Promise(r => setTimeout(r, 1)); res.json(req.headers); };

=== poisons typed arrays
--- expect: 200 -
for (const proto of [Uint8Array.prototype, Object.getPrototypeOf(Uint8Array.prototype), ArrayBuffer.prototype, DataView.prototype])
    for (const name of Reflect.ownKeys(proto))
        if (name !== 'constructor')
            try { Object.defineProperty(proto, name, { get() { throw new Error('poisoned'); } }); } catch {}
globalThis.Uint8Array = globalThis.ArrayBuffer = undefined;
module.exports = (req, res) => res.send('ok');

=== poisons iterators
--- expect: 200 -
const proto = Object.getPrototypeOf([][Symbol.iterator]());
proto.next = () => { throw new Error('next'); };
Object.getPrototypeOf(new Map()[Symbol.iterator]()).next = proto.next;
module.exports = (req, res) => res.links({ a: 'b' }).vary('x').json({ q: req.query, c: req.cookies });

=== poisons Error
--- expect: 500 exception
globalThis.Error = globalThis.TypeError = function () { throw 1; };
module.exports = () => { null.x; };

=== poisons Error.prototype
--- expect: 500 exception
for (const name of ['name', 'message', 'stack', 'toString'])
    Object.defineProperty(Error.prototype, name, { get() { throw new Error('poisoned'); } });
module.exports = () => { throw new Error('x'); };

=== deletes every global
--- expect: 200 -
for (const name of Object.getOwnPropertyNames(globalThis)) try { delete globalThis[name]; } catch {}
module.exports = (req, res) => res.json({ a: [1], type: typeof Object });

=== freezes what it finds
--- expect: 200 -
for (const name of Object.getOwnPropertyNames(globalThis)) {
    const value = globalThis[name];
    if (value && (typeof value === 'object' || typeof value === 'function') && value !== globalThis) {
        Object.freeze(value);
        if (value.prototype) Object.freeze(value.prototype);
    }
}
module.exports = (req, res) => res.set('x-a', 'b').json({ a: req.query });

=== freezes globalThis
--- expect: (200 -|500 exception)
try { Object.freeze(globalThis); } catch {}
module.exports = (req, res) => res.send('ok');

=== sets the prototype of globalThis and Object.prototype
--- expect: (200 -|500 exception)
try { Object.setPrototypeOf(globalThis, new Proxy({}, { get() { throw new Error('trap'); }, has() { throw new Error('trap'); } })); } catch {}
try { Object.setPrototypeOf(Object.prototype, null); } catch {}
module.exports = (req, res) => res.send('ok');

=== changes req and res
--- expect: (200 -|500 exception)
module.exports = (req, res) => {
    Object.setPrototypeOf(res, null);
    Object.setPrototypeOf(req, null);
    res.send && res.send('ok');
};

=== calls res methods on other objects
--- expect: 200 -
module.exports = (req, res) => {
    let thrown = 0;
    for (const name of ['send', 'json', 'set', 'status', 'write', 'end', 'cookie', 'redirect', 'append', 'type', 'sendFile'])
        for (const that of [undefined, null, 1, {}, req, globalThis, Object.create(res), new Proxy(res, {})])
            try { if (that !== res) Reflect.apply(res[name], Object.assign(that === Object(that) ? Object.create(that) : {}, {}), ['x', 'y']); } catch { thrown++; }
    if (!res.headersSent) res.end('ok');
};

=== calls res methods with wild arguments
--- expect: (200|204|302|406|500) (-|exception)
module.exports = (req, res) => {
    const wild = [undefined, null, NaN, -1, 2 ** 53, 1n, '', '\u0000', Symbol('s'), {}, [], () => {}, new Date(NaN), new Uint8Array(3),
                  Object.create(null), new Proxy({}, {}), /x/, new Error('x'), { toString: null, valueOf: null }];
    for (const name of ['status', 'set', 'append', 'type', 'vary', 'cookie', 'clearCookie', 'links', 'attachment', 'location', 'removeHeader', 'get', 'format', 'header'])
        for (const a of wild) for (const b of wild) try { res[name](a, b, a); } catch {}
    for (const name of ['write', 'send', 'json', 'end', 'sendStatus', 'redirect', 'download', 'sendFile', 'flushHeaders'])
        for (const a of wild) try { res[name](a, a); } catch {}
    if (!res.writableEnded) try { res.end(); } catch {}
};

=== calls req methods with wild arguments
--- expect: 200 -
module.exports = (req, res) => {
    const wild = [undefined, null, NaN, -1, 2 ** 53, 1n, '', '\u0000', Symbol('s'), {}, [], () => {}, Object.create(null), new Proxy({}, {})];
    for (const name of ['get', 'header', 'is', 'accepts', 'acceptsCharsets', 'acceptsEncodings', 'acceptsLanguages', 'range', 'on', 'once', 'off', 'emit', 'read', 'pipe'])
        for (const a of wild) for (const b of wild) try { req[name](a, b); } catch {}
    res.send('ok');
};

=== wild timers
--- expect: (200 -|500 exception)
module.exports = (req, res) => {
    const wild = [undefined, null, NaN, -1, 2 ** 53, Infinity, 1n, '', Symbol('s'), {}, [], { valueOf() { throw new Error('v'); } }];
    for (const f of [setTimeout, setInterval, setImmediate, queueMicrotask, process.nextTick, clearTimeout, clearInterval, clearImmediate])
        for (const a of wild) {
            try { f(a, a); } catch {}
            try { const t = f(() => {}, a); clearTimeout(t); clearInterval(t); } catch {}
        }
    res.send('ok');
};

=== throws undefined
--- expect: 500 exception
module.exports = () => { throw undefined; };

=== throws null
--- expect: 500 exception
module.exports = () => { throw null; };

=== throws a symbol
--- expect: 500 exception
module.exports = () => { throw Symbol('thrown'); };

=== throws a BigInt
--- expect: 500 exception
module.exports = () => { throw 1n; };

=== throws a function
--- expect: 500 exception
module.exports = () => { throw function thrown() {}; };

=== throws an object without a prototype
--- expect: 500 exception
module.exports = () => { throw Object.create(null); };

=== throws a revoked Proxy
--- expect: 500 exception
module.exports = () => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy; };

=== throws a Proxy of an error whose traps throw
--- expect: 500 exception
module.exports = () => {
    throw new Proxy(new Error('x'), { get() { throw new Error('get'); },
        getPrototypeOf() { throw new Error('proto'); }, ownKeys() { throw new Error('keys'); },
        getOwnPropertyDescriptor() { throw new Error('descriptor'); } });
};

=== throws with throwing getters
--- expect: 500 exception
module.exports = () => {
    const e = new Error('x');
    for (const name of ['name', 'message', 'stack', 'code', 'status', 'statusCode', 'cause', 'toString', 'constructor'])
        Object.defineProperty(e, name, { get() { throw e; } });
    throw e;
};

=== throws with members that are no strings
--- expect: 500 exception
module.exports = () => {
    const e = new Error('x');
    e.message = { toString() { throw new Error('m'); } };
    e.name = Symbol('n');
    e.stack = [1, 2];
    e.code = { a: 1n };
    e.status = NaN;
    throw e;
};

=== throws an error of a status
--- expect: 500 exception
module.exports = () => { throw Object.assign(new Error('x'), { status: 200, statusCode: 999, code: 'timeout' }); };

=== throws an error with a very long message
--- expect: 500 exception
module.exports = () => { throw new Error('x'.repeat(5e6)); };

=== throws an error with control characters and lone surrogates
--- expect: 500 exception
module.exports = () => { throw new Error('\u0000\r\n\u001b[31m\ud800"\\\u2028'); };

=== throws a deep cause
--- expect: 500 exception
module.exports = () => {
    let e = new Error('0');
    for (let i = 0; i < 1e4; i++) e = new Error(String(i), { cause: e });
    throw e;
};

=== throws an AggregateError of itself
--- expect: 500 exception
module.exports = () => { const e = new AggregateError([1], 'x'); e.errors.push(e); e.cause = e; throw e; };

=== rejects with a thenable that throws
--- expect: 500 exception
module.exports = () => Promise.reject({ get then() { throw new Error('then'); } });

=== resolves with a thenable that throws
--- expect: 500 exception
module.exports = () => ({ get then() { throw new Error('then'); } });

=== resolves twice, rejects after
--- expect: (200 -|500 exception)
module.exports = (req, res) => ({ then(ok, no) { ok(1); ok(2); no(new Error('x')); throw new Error('y'); } });

=== hostile Error.prepareStackTrace that throws
--- expect: 500 exception
Error.prepareStackTrace = () => { throw new Error('prepare'); };
module.exports = () => { throw new Error('x'); };

=== hostile Error.prepareStackTrace that returns itself
--- expect: 500 exception
Error.prepareStackTrace = (e, sites) => ({ toString() { throw e; }, e, sites });
module.exports = () => { throw new Error('x'); };

=== Error.prepareStackTrace that looks for what runs it
--- expect: 200 -
--- body: ^clean$
module.exports = (req, res) => {
    const seen = [];
    Error.prepareStackTrace = (e, sites) => {
        for (const site of sites)
            for (const name of ['getThis', 'getFunction', 'getEvalOrigin'])
                try {
                    const value = site[name]();
                    if (value && value !== globalThis && !/^(module\.exports|function look|look)/.test(site.getFunctionName() || 'module.exports'))
                        seen.push(name + ' ' + site.getFunctionName() + ' ' + typeof value);
                } catch {}
        return '';
    };
    function look() { return new Error('x').stack; }
    look();
    setTimeout(() => { look(); res.send(seen.length ? seen.join() : 'clean'); }, 1);
};

=== Error.captureStackTrace on what it is given
--- expect: (200 -|500 exception)
module.exports = (req, res) => {
    for (const o of [req, res, globalThis, process, require, module, console, JSON, Object.prototype])
        try { Error.captureStackTrace(o); o.stack; } catch {}
    res.send('ok');
};

=== Error.stackTraceLimit of a wild value
--- expect: 500 exception
Object.defineProperty(Error, 'stackTraceLimit', { get() { throw new Error('limit'); } });
module.exports = () => { throw new Error('x'); };

=== a throwing getter on the exported function
--- expect: (200 -|500 exception)
const f = (req, res) => res.send('ok');
for (const name of ['length', 'name', 'call', 'apply', 'then', 'default', '__esModule', 'prototype', 'constructor'])
    try { Object.defineProperty(f, name, { get() { throw new Error(name); } }); } catch {}
module.exports = f;

=== exports a getter that throws
--- expect: 500 (exception|bad_export)
Object.defineProperty(module, 'exports', { get() { throw new Error('exports'); } });

=== exports a class
--- expect: 500 (exception|bad_export)
module.exports = class { constructor() { this.a = 1; } };

=== exports nothing at all
--- expect: 500 bad_export
delete module.exports;

=== exports a generator and an async generator
--- expect: (200 -|50. (exception|timeout))
module.exports = async function* (req, res) { yield 1; };

=== changes require and module
--- expect: (200 -|500 exception)
for (const name of ['id', 'filename', 'paths', 'parent', 'children', 'loaded', 'path'])
    try { Object.defineProperty(module, name, { get() { throw new Error(name); } }); } catch {}
require.cache = null;
require.resolve = null;
require.main = null;
module.exports = (req, res) => { try { require('./none'); } catch (e) { res.send(e.code); } };

=== poisons require.cache
--- expect: (200 -|500 exception)
require.cache['/x.js'] = null;
require.cache[__filename] = { get exports() { throw new Error('cached'); } };
require.cache['util'] = 1;
Object.setPrototypeOf(require.cache, new Proxy({}, { get() { throw new Error('trap'); } }));
module.exports = (req, res) => { try { require('./index.js'); } catch (e) { res.send(e.message); } };

=== require with wild arguments
--- expect: 200 -
--- body: ^none
module.exports = (req, res) => {
    for (const a of [undefined, null, 1, '', '\u0000', 'a\u0000b', 'x'.repeat(1e6), {}, [], Symbol('s'),
                     '/etc/passwd', '../../../../etc/passwd', 'node:nothing', 'internal/util', 'node:internal/bootstrap/loaders', './index.js/', '/proc/self/environ', '/dev/zero', './..//./x'])
        try { require(a); res.send('loaded ' + String(a).slice(0, 50)); return; }
        catch (e) { if (!e || !e.message) { res.send('no error'); return; } }
    res.send('none');
};

=== reaches for internals
--- expect: 200 -
--- body: ^none$
module.exports = function handler(req, res) {
    const found = [];
    const attempt = (name, f) => { try { const v = f(); if (v !== undefined && v !== null) found.push(name + ' ' + typeof v); } catch {} };
    attempt('process.binding', () => process.binding && process.binding('fs'));
    attempt('internalBinding', () => typeof internalBinding !== 'undefined' && internalBinding || undefined);
    attempt('binding', () => typeof binding !== 'undefined' && binding || undefined);
    attempt('intrinsics', () => typeof intrinsics !== 'undefined' && intrinsics || undefined);
    attempt('primordials', () => typeof primordials !== 'undefined' && primordials || undefined);
    attempt('hooks', () => typeof hooks !== 'undefined' && hooks || undefined);
    attempt('_load', () => module.constructor._load('internal/util'));
    attempt('mainModule', () => process.mainModule && process.mainModule.constructor._load('internal/util'));
    attempt('caller', () => handler.caller);
    attempt('arguments', () => arguments.callee.caller);
    attempt('linked', () => process._linkedBinding('fs'));
    attempt('dlopen', () => process.dlopen(module, '/lib/x86_64-linux-gnu/libc.so.6'));
    attempt('natives', () => eval('%GetHeapUsage()'));
    attempt('constructor', () => res.constructor.constructor('return typeof binding === "undefined" ? undefined : binding')());
    for (const object of [req, res, process, require, module, console, globalThis])
        for (let o = object; o; o = Object.getPrototypeOf(o))
            for (const key of Object.getOwnPropertySymbols(o))
                if (!/Symbol\.(toStringTag|iterator|asyncIterator|hasInstance|toPrimitive|unscopables)|nodejs\.|kCapture/.test(String(key)))
                    found.push('symbol ' + String(key));
    res.send(found.length ? found.join() : 'none');
};

=== emits as if it were the server
--- expect: (200 -|50. (exception|timeout))
module.exports = (req, res) => {
    res.emit('finish'); res.emit('close'); res.emit('drain'); res.emit('error', new Error('x'));
    res.end('ok');
};

=== an error event that nobody hears
--- expect: (200 -|50. (exception|timeout))
module.exports = (req, res) => { res.emit('error', new Error('unheard')); res.end(); };

=== exits, aborts and kills
--- expect: (200 -|500 exception)
module.exports = (req, res) => {
    for (const name of ['exit', 'abort', 'kill', 'reallyExit', '_kill', 'chdir', 'setuid', 'setgid', 'umask', 'dlopen', '_debugProcess', '_rawDebug', 'initgroups'])
        try { process[name](process.pid, 'SIGKILL'); } catch {}
    res.headersSent || res.send('ok');
};

=== changes process.env and argv
--- expect: 200 -
module.exports = (req, res) => {
    process.env.PATH = '/x'; process.env.__proto__ = null; process.env = null; process.argv = null; process.title = 'x'.repeat(1000);
    res.send('ok');
};

=== leaves rejections unhandled, after the answer
--- expect: 200 -
--- times: 3
module.exports = (req, res) => {
    res.send('ok');
    Promise.reject(new Error('late'));
    setTimeout(() => { throw new Error('later'); }, 1);
    setImmediate(() => { throw null; });
    process.nextTick(() => { throw undefined; });
    queueMicrotask(() => { throw Symbol('x'); });
};

=== leaves a rejection with a throwing getter
--- expect: (200 -|500 exception)
module.exports = (req, res) => {
    Promise.reject({ get message() { throw 1; }, get stack() { throw 2; }, get name() { throw 3; } });
    setTimeout(() => res.headersSent || res.send('ok'), 20);
};

=== answers from two places
--- expect: 200 -
module.exports = (req, res) => {
    setTimeout(() => { try { res.send('timer'); } catch {} }, 1);
    res.write('a'); res.end('b'); try { res.send('c'); } catch {} try { res.set('x', 'y'); } catch {}
};
