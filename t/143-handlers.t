# What index.js may export, and how a handler may end.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: a function, an arrow function, async ones
--- function
const handlers = {
    '/f': function (req, res) { res.send('function'); },
    '/a': (req, res) => res.send('arrow'),
    '/af': async function (req, res) { res.send('async function'); },
    '/aa': async (req, res) => { res.send('async arrow'); },
};

module.exports = (req, res) => handlers[req.path](req, res);
--- request eval
["GET /t/f",
 "GET /t/a",
 "GET /t/af",
 "GET /t/aa"]
--- response_body eval
["function",
 "arrow",
 "async function",
 "async arrow"]



=== TEST 2: arguments and this
--- function
'use strict';

module.exports = function (...args) {
    args[1].json([this === undefined, args.length, args[0] === args[1].req]);
};
--- request
GET /t
--- response_body chomp
[true,2,true]



=== TEST 3: an object that can be called
--- function
class Router extends Function {
    constructor() {
        super('...args', 'return this.handle(...args)');
        return this.bind(this);
    }
}

const router = Object.assign((req, res) => router.handle(req, res), {
    handle: (req, res) => res.send('routed'),
});

module.exports = router;
--- request
GET /t
--- response_body chomp
routed



=== TEST 4: a Proxy
--- function
module.exports = new Proxy(() => {}, {
    apply: (target, self, [req, res]) => res.send('by proxy'),
});
--- request
GET /t
--- response_body chomp
by proxy



=== TEST 5: an async handler that answers after waiting
--- function
module.exports = async (req, res) => {
    await sleep(5);
    res.send('later');
};
--- request
GET /t
--- response_body chomp
later



=== TEST 6: the value that is returned does not matter
--- function
module.exports = (req, res) => {
    res.send('x');
    return { status: 500 };
};
--- request
GET /t
--- response_body chomp
x



=== TEST 7: a thenable is waited for
--- function
module.exports = (req, res) => ({
    then(resolve) {
        setTimeout(() => {
            res.send('thenable');
            resolve();
        }, 5);
    },
});
--- request
GET /t
--- response_body chomp
thenable



=== TEST 8: a function with then() is a thenable, too
--- function
module.exports = (req, res) => Object.assign(() => {}, {
    then(resolve) {
        res.send('thenable');
        resolve();
    },
});
--- request
GET /t
--- response_body chomp
thenable



=== TEST 9: a thenable that rejects
--- function
module.exports = () => ({
    then(resolve, reject) {
        reject(new Error('refused'));
    },
});
--- request
GET /t
--- error_code: 500
--- response_body_like chomp
"message":"refused"
--- error_log
refused



=== TEST 10: a thenable that throws
--- function
module.exports = () => ({
    get then() {
        throw new Error('no then');
    },
});
--- request
GET /t
--- error_code: 500
--- response_body_like chomp
"message":"no then"
--- error_log
no then



=== TEST 11: a generator function is called, not iterated
--- function
module.exports = function* (req, res) {
    res.send('never');
};
--- request
GET /t
--- response_body eval
""
--- error_log
without a response



=== TEST 12: a class is no handler
--- function
module.exports = class {
    constructor(req, res) {
        res.send('x');
    }
};
--- request
GET /t
--- error_code: 500
--- response_body_like chomp
Class constructors cannot be invoked without 'new'
--- error_log
Class constructors



=== TEST 13: no function: nothing
--- function
const a = 1;
--- request
GET /t
--- error_code: 500
--- response_body_like chomp
"message":"Module must export a function\. Expected: module\.exports = function\(req, res\) \{\.\.\.\}","error":\{"code":"bad_export"
--- error_log
bad_export



=== TEST 14: no function: an object
--- function
module.exports = { a: 1 };
--- request
GET /t
--- error_code: 500
--- response_body_like chomp
"message":"Module must export a function\. Expected: module\.exports = function\(req, res\) \{\.\.\.\}","error":\{"code":"bad_export"
--- error_log
bad_export



=== TEST 15: no function: default
--- function
module.exports.default = (req, res) => res.send("x");
--- request
GET /t
--- error_code: 500
--- response_body_like chomp
"message":"Module must export a function\. Expected: module\.exports = function\(req, res\) \{\.\.\.\}","error":\{"code":"bad_export"
--- error_log
bad_export



=== TEST 16: no function: handler
--- function
exports.handler = (req, res) => res.send("x");
--- request
GET /t
--- error_code: 500
--- response_body_like chomp
"message":"Module must export a function\. Expected: module\.exports = function\(req, res\) \{\.\.\.\}","error":\{"code":"bad_export"
--- error_log
bad_export



=== TEST 17: no function: null
--- function
module.exports = null;
--- request
GET /t
--- error_code: 500
--- response_body_like chomp
"message":"Module must export a function\. Expected: module\.exports = function\(req, res\) \{\.\.\.\}","error":\{"code":"bad_export"
--- error_log
bad_export



=== TEST 18: no function: a string
--- function
module.exports = 'x';
--- request
GET /t
--- error_code: 500
--- response_body_like chomp
"message":"Module must export a function\. Expected: module\.exports = function\(req, res\) \{\.\.\.\}","error":\{"code":"bad_export"
--- error_log
bad_export



=== TEST 19: await at the top level
--- function
const value = await new Promise((resolve) => setTimeout(resolve, 2, 'value'));

module.exports = (req, res) => res.send(value);
--- request
GET /t
--- response_body chomp
value



=== TEST 20: await at the top level, once for a context
--- config
    location /t {
        invoke ./html/fn;
        invoke_isolation function;
    }
--- function
globalThis.loads = (globalThis.loads ?? 0) + 1;
await sleep(10);

module.exports = (req, res) => res.json(globalThis.loads);
--- request eval
["GET /t",
 "GET /t",
 "GET /t"]
--- response_body eval
["1",
 "1",
 "1"]



=== TEST 21: await at the top level that fails
--- function
await sleep(1);
throw new Error('cannot load');
--- request
GET /t
--- error_code: 500
--- response_body_like chomp
"message":"cannot load"
--- error_log
cannot load



=== TEST 22: await at the top level, and no function
--- function
await sleep(1);
module.exports = {};
--- request
GET /t
--- error_code: 500
--- response_body_like chomp
bad_export
--- error_log
bad_export



=== TEST 23: return at the top level
--- function
module.exports = (req, res) => res.send('x');
return;
throw new Error('not reached');
--- request
GET /t
--- response_body chomp
x



=== TEST 24: an exception while the module loads; the next request tries again
--- config
    location /t {
        invoke ./html/fn;
        invoke_isolation function;
    }
--- function
globalThis.tries = (globalThis.tries ?? 0) + 1;

if (globalThis.tries === 1)
    throw new Error('the first time');

console.log('after the first time');
module.exports = (req, res) => res.json(globalThis.tries);
--- request eval
["GET /t",
 "GET /t"]
--- error_code eval
[500, 200]
--- error_log
the first time



=== TEST 25: errors with a cause
--- function
module.exports = () => {
    throw new Error('outer', { cause: new TypeError('inner') });
};
--- request
GET /t
--- error_code: 500
--- response_body_like chomp
"stack":"Error: outer.*\[cause\]: TypeError: inner
--- error_log
Error: outer



=== TEST 26: errors of a class of its own
--- function
class OwnError extends Error {
    name = 'OwnError';
}

module.exports = () => {
    throw new OwnError('mine');
};
--- request
GET /t
--- error_code: 500
--- response_body_like chomp
"message":"mine","error":\{"code":"exception","name":"OwnError"
--- error_log
mine



=== TEST 27: errors that are frozen, or lie
--- function
module.exports = (req) => {
    if (req.path === '/frozen')
        throw Object.freeze(new Error('frozen'));

    if (req.path === '/getters')
        throw { get message() { throw 1; }, get stack() { throw 2; },
                get name() { throw 3; }, get cause() { throw 4; } };

    if (req.path === '/proxy')
        throw new Proxy({}, { get() { throw new Error('trap'); },
                              getPrototypeOf() { throw new Error('trap'); },
                              ownKeys() { throw new Error('trap'); } });

    throw { message: {}, stack: 5, name: Symbol() };
};
--- request eval
["GET /t/frozen",
 "GET /t/getters",
 "GET /t/proxy",
 "GET /t/types"]
--- error_code eval
[500, 500, 500, 500]
--- error_log eval
qr/exception: /



=== TEST 28: what is thrown is no error
--- function
module.exports = (req) => {
    throw { '/s': 'text', '/n': null, '/u': undefined, '/5': 5,
            '/o': { a: 1 }, '/y': Symbol('sym'), '/b': 10n,
            '/f': function f() {} }[req.path];
};
--- request eval
["GET /t/s",
 "GET /t/n",
 "GET /t/u",
 "GET /t/5",
 "GET /t/o",
 "GET /t/y",
 "GET /t/b",
 "GET /t/f"]
--- error_code eval
[500, 500, 500, 500, 500, 500, 500, 500]
--- error_log eval
qr/exception: /



=== TEST 29: a stack overflow can be caught
--- function
module.exports = (req, res) => {
    const deep = () => deep() + 1;

    try {
        deep();
    } catch (e) {
        res.send(e.name + ': ' + e.message);
    }
};
--- request
GET /t
--- response_body chomp
RangeError: Maximum call stack size exceeded



=== TEST 30: a stack overflow that is not caught
--- function
module.exports = () => {
    const deep = () => deep() + 1;

    deep();
};
--- request
GET /t
--- error_code: 500
--- response_body_like chomp
Maximum call stack size exceeded
--- error_log
Maximum call stack size exceeded



=== TEST 31: the globals of a function
--- function
module.exports = (req, res) => {
    const names = ['global', 'globalThis', 'require', 'module', 'exports',
                   '__filename', '__dirname', 'process', 'console',
                   'setTimeout', 'setInterval', 'setImmediate',
                   'clearTimeout', 'clearInterval', 'clearImmediate',
                   'queueMicrotask', 'sleep', 'WebAssembly', 'Intl', 'eval',
                   'SharedArrayBuffer', 'WeakRef'];

    res.json(names.filter((name) => eval('typeof ' + name) === 'undefined'));
};
--- request
GET /t
--- response_body chomp
[]



=== TEST 32: nothing of the engine is a global
--- function
module.exports = (req, res) => {
    const names = ['binding', 'internalBinding', 'hooks', 'compile',
                   'intrinsics', 'primordials', 'invoke', 'ivm', 'req',
                   'res'];

    res.json(names.filter((name) => name in globalThis));
};
--- request
GET /t
--- response_body chomp
[]



=== TEST 33: eval and Function
--- function
module.exports = (req, res) => {
    res.json([eval('1 + 1'), new Function('return 2')()]);
};
--- request
GET /t
--- response_body chomp
[2,2]
