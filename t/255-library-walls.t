# No way leads from a function to the bindings and internal modules of Node's
# library, and what an invocation does to the library stays with it.

use TestInvoke 'no_plan';

repeat_each(2);
run_tests();

__DATA__

=== TEST 1: process.binding() and its kin know nothing
--- function
module.exports = (req, res) => {
    const answers = [];

    for (const name of ['binding', '_linkedBinding', 'dlopen']) {
        for (const module of ['fs', 'util', 'node/fs', 'loop', 'buffer']) {
            try {
                process[name](module);
                answers.push(`${name}(${module}) gave something`);
            } catch (error) {
                answers.push(error.code);
            }
        }
    }

    res.send([...new Set(answers)].join());
};
--- request
GET /t
--- response_body chomp
ERR_UNKNOWN_BUILTIN_MODULE,EACCES


=== TEST 2: internal modules cannot be required
--- function
const Module = require('module');

module.exports = (req, res) => {
    const found = [];

    for (const name of ['internal/util', 'internal/bootstrap/realm',
                        'internal/options', 'internal/errors', 'realm',
                        'node/realm', 'invoke/node/realm', 'host', 'loop',
                        'internal/per_context/primordials', 'primordials',
                        'intrinsics', '__proto__', 'constructor']) {
        for (const prefix of ['', 'node:', './', '/', 'node:node:']) {
            for (const load of [require, (n) => Module._load(n, module),
                                (n) => module.constructor._load(n),
                                (n) => Module.createRequire('/x.js')(n),
                                (n) => new Module('x').require(n)]) {
                try {
                    load(prefix + name);
                    found.push(prefix + name);
                } catch {
                    /* as it should be */
                }
            }
        }
    }

    res.send(`[${found}] [${
        Module.builtinModules.filter((n) => /internal/.test(n))}]`);
};
--- request
GET /t
--- response_body chomp
[] []


=== TEST 3: call sites show no functions and receivers of the library
--- function
const { EventEmitter } = require('events');
const util = require('util');

module.exports = async (req, res) => {
    const leaks = new Set();
    let sites = 0;

    function look(_, trace) {
        for (const site of trace) {
            sites++;
            const file = String(site.getFileName());
            if (file.startsWith('node:') || file === 'null') {
                if (site.getThis() !== undefined
                    || site.getFunction() !== undefined) {
                    leaks.add(`${file} ${site.getFunctionName()}`);
                }
            }
        }
        return trace.length;
    }

    Error.prepareStackTrace = look;

    const grab = () => void new Error('x').stack;

    new EventEmitter().on('e', grab).emit('e');
    util.inspect({ [util.inspect.custom]: grab });
    util.inspect(new Proxy({}, { get: grab, ownKeys() { grab(); return []; } }),
                 { showProxy: false });
    [3, 1, 2].sort(grab);
    require('assert').throws(() => { grab(); throw new Error('y'); });
    JSON.stringify(Buffer.from('x'), grab);
    new URLSearchParams({ a: { toString() { grab(); return ''; } } });
    try { structuredClone({ get x() { grab(); return 1; } }); } catch {}
    try { Buffer.from({ valueOf: grab }); } catch {}
    await new Promise((r) => setTimeout(() => { grab(); r(); }, 1));
    await new Promise((r) => process.nextTick(() => { grab(); r(); }));
    await new Promise((r) => setImmediate(() => { grab(); r(); }));
    require('stream').Readable.from(['a']).on('data', grab);
    await new Promise((r) => setTimeout(r, 5));
    grab();

    Error.prepareStackTrace = undefined;
    res.send(`${sites > 20} leaks: [${[...leaks]}]`);
};
--- request
GET /t
--- response_body chomp
true leaks: []


=== TEST 4: nothing that can be reached is a binding or a realm
--- function
module.exports = (req, res) => {
    const seen = new Set();
    const found = new Set();
    const suspects = ['internalBinding', 'primordials', 'requireInternal',
                      'getOwnNonIndexProperties', 'setPrepareStackTraceCallback',
                      'privateSymbol', 'asyncSet', 'openFileHandle',
                      'setBufferPrototype', 'bodyRead', 'need'];
    const queue = [globalThis, module, require, req, res];

    for (const name of require('module').builtinModules) {
        queue.push(require(name));
    }

    while (queue.length !== 0) {
        const object = queue.pop();

        if (seen.has(object)) {
            continue;
        }

        seen.add(object);

        let keys = [];

        try {
            keys = Reflect.ownKeys(object);
            queue.push(Object.getPrototypeOf(object));
        } catch {
            /* a proxy */
        }

        for (const key of keys) {
            if (suspects.includes(key)) {
                found.add(key);
            }

            let values;

            try {
                const d = Object.getOwnPropertyDescriptor(object, key);
                values = [d.value, d.get, d.set, object[key]];
            } catch {
                values = [];
            }

            for (const value of values) {
                if ((typeof value === 'object' && value !== null)
                    || typeof value === 'function') {
                    queue.push(value);
                }
            }
        }
    }

    res.send(`${seen.size > 2000} found [${[...found]}]`);
};
--- request
GET /t
--- response_body chomp
true found []


=== TEST 5: changed intrinsics see nothing of the library's making
--- function
const leaks = [];

function watch(object, name) {
    const original = object[name];

    Object.defineProperty(object, name, {
        configurable: true,
        writable: true,
        value: function watched(...args) {
            for (const value of [this, ...args]) {
                if (value !== null && (typeof value === 'object'
                    || typeof value === 'function')
                    && (value.internalBinding || value.compile
                        || value.privateSymbols || value.uncurryThis
                        || value.setPrepareStackTraceCallback
                        || value.name === 'internalBinding')) {
                    leaks.push(name);
                }
            }
            return original.apply(this, args);
        },
    });
}

for (const [object, names] of [
    [Object, ['defineProperty', 'freeze', 'keys', 'setPrototypeOf', 'assign',
              'create', 'getOwnPropertyDescriptor']],
    [Reflect, ['apply', 'ownKeys', 'defineProperty', 'construct', 'get']],
    [Function.prototype, ['call', 'bind']],
    [Array.prototype, ['push', 'map', 'forEach', 'includes', 'slice']],
    [Map.prototype, ['set', 'get', 'has']],
    [Set.prototype, ['add', 'has']],
    [WeakMap.prototype, ['set', 'get']],
    [String.prototype, ['slice', 'startsWith']],
    [Promise.prototype, ['then']],
]) {
    for (const name of names) {
        watch(object, name);
    }
}

for (const name of ['exports', 'internalBinding', 'constants']) {
    Object.defineProperty(Object.prototype, name, {
        configurable: true,
        get() { return undefined; },
        set(value) {
            if (value && (value.internalBinding || value.privateSymbols)) {
                leaks.push(`set ${name}`);
            }
            Object.defineProperty(this, name, {
                value, writable: true, enumerable: true, configurable: true });
        },
    });
}

module.exports = (req, res) => {
    for (const name of ['util', 'stream', 'events', 'fs', 'url', 'assert',
                        'perf_hooks', 'async_hooks', 'stream/web', 'os']) {
        require(name);
    }

    res.send(`leaks [${leaks}]`);
};
--- request
GET /t
--- response_body chomp
leaks []


=== TEST 6: an invocation changes the library for itself alone
--- function
const util = require('util');
const before = [util.inspect.name, Buffer.prototype.evil, util.format('%s', 1),
                require('path').sep, process.env.EVIL].join();

module.exports = (req, res) => {
    util.inspect = () => 'evil';
    util.format = () => 'evil';
    Buffer.prototype.evil = 1;
    Buffer.from = null;
    require('path').sep = '\\';
    process.env.EVIL = '1';
    require('events').defaultMaxListeners = 1;
    res.send(before);
};
--- request
GET /t
--- response_body chomp
inspect,,1,/,


=== TEST 7: a built-in module that is not there is named, with those that are
--- function
module.exports = (req, res) => {
    try {
        require('node:repl');
    } catch (error) {
        res.send(`${error.code} ${/repl/.test(error.message)} ` +
                 /available: .*assert.*util/.test(error.message));
    }
};
--- request
GET /t
--- response_body chomp
ERR_UNKNOWN_BUILTIN_MODULE true true


=== TEST 8: the library copies the language as it was, in a lean context too
--- http_config
invoke_isolates 1 max=1;
--- function
const leaks = [];
const define = Object.defineProperty;
const { apply } = Reflect;

module.exports = (req, res) => {
    if (!('x' in req.query)) {
        res.send('lean');
        return;
    }

    for (const object of [Array.prototype, Map.prototype, Set.prototype,
                          Function.prototype, String.prototype, Reflect,
                          Object, Promise.prototype, RegExp.prototype,
                          WeakMap.prototype]) {
        for (const name of Object.getOwnPropertyNames(object)) {
            const { value } = Object.getOwnPropertyDescriptor(object, name);

            if (typeof value === 'function' && name !== 'constructor'
                && object !== Object && object !== Reflect) {
                define(object, name, {
                    __proto__: null,
                    configurable: true,
                    value: function changed(...args) {
                        for (let i = -1; i < args.length; i++) {
                            const v = i < 0 ? this : args[i];

                            if (v && (v.internalBinding || v.privateSymbols
                                      || v.uncurryThis || v.SafeMap
                                      || v.name === 'internalBinding')) {
                                leaks[leaks.length] = name;
                            }
                        }

                        return apply(value, this, args);
                    },
                });
            }
        }
    }

    const { inspect } = require('util');
    const shown = inspect({ a: [1, 'x'], b: null });

    res.end(`${leaks[0]} ${shown}`);
};
--- request eval
["GET /t", "GET /t", "GET /t", "GET /t", "GET /t?x=1"]
--- response_body eval
["lean", "lean", "lean", "lean", "undefined { a: [ 1, 'x' ], b: null }"]



=== TEST 9: what a function has changed of the language is not lost
--- http_config
invoke_isolates 1 max=1;
--- function
module.exports = (req, res) => {
    if (!('x' in req.query)) {
        res.send('lean');
        return;
    }

    const { ownKeys } = Reflect;
    const push = Array.prototype.push;
    const calls = [];

    Array.prototype.push = function (...args) {
        calls[calls.length] = 'push';
        return push.apply(this, args);
    };
    Reflect.ownKeys = (object) => {
        calls[calls.length] = 'ownKeys';
        return ownKeys(object);
    };
    delete String.prototype.trim;
    Array.prototype.mine = 1;
    Object.freeze(Math);

    const { inspect } = require('util');
    const { Readable } = require('stream');

    const loaded = calls.length;

    const list = [1];
    list.push(2);
    const keys = Reflect.ownKeys({ a: 1 });

    res.end([
        inspect({ list }), typeof Readable, loaded, calls.join(), keys.join(),
        typeof ''.trim, [].mine, Object.isFrozen(Math),
        Object.getOwnPropertyNames(Reflect).includes('ownKeys'),
    ].join(' '));
};
--- request eval
["GET /t", "GET /t", "GET /t", "GET /t", "GET /t?x=1"]
--- response_body eval
["lean", "lean", "lean", "lean",
 "{ list: [ 1, 2 ] } function 0 push,ownKeys a undefined 1 true true"]



=== TEST 10: more and less of the library from run to run
--- http_config
invoke_isolates 1 max=1;
--- function
module.exports = (req, res) => {
    switch (req.query.use) {
    case 'util':
        res.send(require('util').format('%s-%d', 'a', 1));
        break;

    case 'stream':
        require('stream').Readable.from(['b', 'c']).pipe(res);
        break;

    case 'url':
        res.send(new URL('/p?q=1', 'http://h').searchParams.get('q'));
        break;

    case 'fs':
        res.send(require('fs').readdirSync('/').join());
        break;

    case 'encoding':
        res.send(String(new TextEncoder().encode('é').length));
        break;

    default:
        res.send('none');
    }
};
--- request eval
[map { "GET /t?use=$_" } (qw(none none util none none stream util none url),
                          qw(none none none none none none none none none),
                          qw(stream encoding none fs util util url none))]
--- response_body eval
my %answer = (none => 'none', util => 'a-1', stream => 'bc', url => '1',
              fs => 'index.js', encoding => '2');
[map { $answer{$_} } (qw(none none util none none stream util none url),
                      qw(none none none none none none none none none),
                      qw(stream encoding none fs util util url none))]
