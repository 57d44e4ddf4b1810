# console: what its methods print; levels and limits are in 040-errors.t.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: values of all kinds
--- function
module.exports = (req, res) => {
    console.log('a', 1, -0, true, null, undefined, 10n, Symbol('s'), NaN);
    res.end();
};
--- request
GET /t
--- response_body eval
""
--- error_log
console.log: a 1 -0 true null undefined 10n Symbol(s) NaN



=== TEST 2: functions and classes
--- function
module.exports = (req, res) => {
    console.log(() => 1, function named() {}, class K {}, async () => {});
    res.end();
};
--- request
GET /t
--- response_body eval
""
--- error_log
console.log: [Function (anonymous)] [Function: named] [class K] [AsyncFunction (anonymous)]



=== TEST 3: objects and arrays
--- function
module.exports = (req, res) => {
    console.log({ a: 1, b: 'x', c: [1, 'y'] }, [], {}, [undefined, null]);
    res.end();
};
--- request
GET /t
--- response_body eval
""
--- error_log
console.log: { a: 1, b: 'x', c: [ 1, 'y' ] } [] {} [ undefined, null ]



=== TEST 4: depth
--- function
module.exports = (req, res) => {
    console.log({ a: { b: { c: { d: 1 } } } });
    res.end();
};
--- request
GET /t
--- response_body eval
""
--- error_log
console.log: { a: { b: { c: [Object] } } }



=== TEST 5: cycles
--- function
module.exports = (req, res) => {
    const o = { n: 1 };

    o.self = o;
    console.log(o);
    res.end();
};
--- request
GET /t
--- response_body eval
""
--- error_log
console.log: <ref *1> { n: 1, self: [Circular *1] }



=== TEST 6: Map, Set, Date, RegExp
--- function
module.exports = (req, res) => {
    console.log(new Map([[1, { a: 2 }]]), new Set(['x']), new Date(0), /re/g);
    res.end();
};
--- request
GET /t
--- response_body eval
""
--- error_log
console.log: Map(1) { 1 => { a: 2 } } Set(1) { 'x' } 1970-01-01T00:00:00.000Z /re/g



=== TEST 7: instances, null prototypes
--- function
module.exports = (req, res) => {
    class Foo { x = 1; }

    console.log(new Foo(), Object.assign(Object.create(null), { a: 1 }));
    res.end();
};
--- request
GET /t
--- response_body eval
""
--- error_log
console.log: Foo { x: 1 } [Object: null prototype] { a: 1 }



=== TEST 8: bytes
--- function
module.exports = (req, res) => {
    console.log(new Uint8Array([1, 2]), new ArrayBuffer(2));
    res.end();
};
--- request
GET /t
--- response_body eval
""
--- error_log
console.log: Uint8Array(2) [ 1, 2 ] ArrayBuffer { [Uint8Contents]: <00 00>, byteLength: 2 }



=== TEST 9: errors
--- function
module.exports = (req, res) => {
    const e = new Error('boom');

    e.stack = 'STACK';
    console.log(e);
    res.end();
};
--- request
GET /t
--- response_body eval
""
--- error_log
console.log: [STACK]



=== TEST 10: directives
--- function
module.exports = (req, res) => {
    console.log('%s is %d, %i, %f, %j, %o %%', 'a', '4.5', 4.9, '1.5x', { a: 1 }, [1], 'rest', 2);
    res.end();
};
--- request
GET /t
--- response_body eval
""
--- error_log
console.log: a is 4.5, 4, 1.5, {"a":1}, [ 1, [length]: 1 ] % rest 2



=== TEST 11: directives without arguments
--- function
module.exports = (req, res) => {
    console.log('%s %d 100%', 'x');
    res.end();
};
--- request
GET /t
--- response_body eval
""
--- error_log
console.log: x %d 100%



=== TEST 12: several lines are one entry
--- function
module.exports = (req, res) => {
    console.log('one\ntwo');
    res.end();
};
--- request
GET /t
--- response_body eval
""
--- error_log
console.log: one\ntwo



=== TEST 13: nothing
--- function
module.exports = (req, res) => {
    console.log();
    res.end();
};
--- request
GET /t
--- response_body eval
""
--- error_log
console.log: , function



=== TEST 14: log
--- function
module.exports = (req, res) => {
    console.log('text of', 'log');
    res.end();
};
--- request
GET /t
--- response_body eval
""
--- error_log
console.log: text of log



=== TEST 15: info
--- function
module.exports = (req, res) => {
    console.info('text of', 'info');
    res.end();
};
--- request
GET /t
--- response_body eval
""
--- error_log
console.info: text of info



=== TEST 16: warn
--- function
module.exports = (req, res) => {
    console.warn('text of', 'warn');
    res.end();
};
--- request
GET /t
--- response_body eval
""
--- error_log
console.warn: text of warn



=== TEST 17: debug
--- function
module.exports = (req, res) => {
    console.debug('text of', 'debug');
    res.end();
};
--- request
GET /t
--- response_body eval
""
--- error_log
console.debug: text of debug
--- log_level: debug



=== TEST 18: dirxml
--- function
module.exports = (req, res) => {
    console.dirxml('text of', 'dirxml');
    res.end();
};
--- request
GET /t
--- response_body eval
""
--- error_log
console.log: text of dirxml



=== TEST 19: error
--- function
module.exports = (req, res) => {
    console.error('text of', 'error');
    res.end();
};
--- request
GET /t
--- response_body eval
""
--- error_log
console.error: text of error



=== TEST 20: trace
--- function
module.exports = (req, res) => {
    console.trace('here %d', 5);
    res.end();
};
--- request
GET /t
--- response_body eval
""
--- error_log
console.trace: Trace: here 5\n    at module.exports (/index.js:2:13)



=== TEST 21: dir
--- function
module.exports = (req, res) => {
    console.dir({ a: { b: { c: 1 } } }, { depth: 0 });
    res.end();
};
--- request
GET /t
--- response_body eval
""
--- error_log
console.log: { a: [Object] }



=== TEST 22: table
--- function
module.exports = (req, res) => {
    console.table([{ a: 1 }]);
    res.end();
};
--- request
GET /t
--- response_body eval
""
--- error_log
(index)



=== TEST 23: assert
--- function
module.exports = (req, res) => {
    console.assert(true, 'not this');
    console.log('asserted');
    res.end();
};
--- request
GET /t
--- response_body eval
""
--- error_log
asserted
--- no_error_log eval
qr/not this|\[alert\]/



=== TEST 24: count and countReset
--- function
module.exports = (req, res) => {
    console.count();
    console.count('x');
    console.count('x');
    console.countReset('x');
    console.count('x');
    console.countReset('none');
    res.end();
};
--- request
GET /t
--- response_body eval
""
--- error_log
console.log: default: 1
console.log: x: 1
console.log: x: 2
Count for 'none' does not exist



=== TEST 25: time
--- function
module.exports = (req, res) => {
    console.time();
    console.time('x');
    console.timeLog('x', 'and', 1);
    console.timeEnd('x');
    console.timeEnd();
    console.time('y');
    console.time('y');
    console.timeEnd('none');
    res.end();
};
--- request
GET /t
--- response_body eval
""
--- error_log
console.log: x:
ms and 1
console.log: default:
Label 'y' already exists for console.time()
No such label 'none' for console.timeEnd()



=== TEST 26: group
--- function
module.exports = (req, res) => {
    console.group('outer', 1);
    console.log('in\nside');
    console.groupCollapsed();
    console.warn('deeper');
    console.groupEnd();
    console.groupEnd();
    console.groupEnd();
    console.log('out');
    res.end();
};
--- request
GET /t
--- response_body eval
""
--- error_log
console.log: outer 1
console.log:   in\n  side
console.warn:     deeper
console.log: out



=== TEST 27: clear
--- function
module.exports = (req, res) => {
    console.clear();
    console.log('cleared');
    res.end();
};
--- request
GET /t
--- response_body eval
""
--- error_log
console.log: cleared



=== TEST 28: state belongs to the invocation
--- config
    location /t {
        invoke ./html/fn;
        invoke_isolation function;
    }
--- function
module.exports = (req, res) => {
    console.group();
    console.count('n');
    console.log('path ' + req.path);
    res.end();
};
--- request eval
["GET /t/a",
 "GET /t/b"]
--- error_log eval
[qr/console.log:   path/, qr/console.log:   n: 1/]
--- no_error_log
n: 2



=== TEST 29: methods work on their own
--- function
module.exports = (req, res) => {
    const { log, error } = console;

    [1].forEach(log);
    Promise.resolve('resolved').then(console.log);
    setTimeout(console.log, 1, 'from a timer');
    setTimeout(() => res.end(), 10);
};
--- request
GET /t
--- response_body eval
""
--- error_log
console.log: 1 0 [ 1 ]
resolved
from a timer



=== TEST 30: objects that throw when they are looked at
--- function
module.exports = (req, res) => {
    try {
        console.log({ get a() { throw new Error('no'); } });
        console.log('%s', { toString() { throw new Error('thrown'); } });
    } catch (e) {
        res.send(e.message);
    }
};
--- request
GET /t
--- response_body chomp
thrown
--- error_log
[Getter]



=== TEST 31: what the console has
--- function
module.exports = (req, res) => {
    res.json([String(console), typeof require('console').log,
              ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir',
               'dirxml', 'table', 'time', 'timeEnd', 'timeLog', 'count',
               'countReset', 'group', 'groupCollapsed', 'groupEnd',
               'assert', 'clear'].filter(
                   (name) => typeof console[name] !== 'function')]);
};
--- request
GET /t
--- response_body chomp
["[object console]","function",[]]
